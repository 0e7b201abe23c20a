//! A file as a table: what it is, its headers, its rows.

use crate::{
    buffer::{Buffer, FromUtf16},
    csv::{CsvRows, Dialect, can_separate, sniff},
    encoding::{Column, Encoding, detect_bytes, repair},
    format::{self, Format},
    header, json, mapping,
    options::Options,
    raw::Raw,
    reject::REASON,
    row::{Notice, Row},
    rules,
    xlsx::{SheetRows, Workbook},
};
use std::{
    collections::{HashSet, VecDeque},
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use vocabulary::{Invalid, Violation};

/// What a table can be read from.
pub trait Input: Read + Seek + Send {}

impl<T: Read + Seek + Send> Input for T {}

/// Bytes at the beginning by which a file is judged.
const SAMPLE: usize = 256 << 10;
/// Rows by which the columns are judged, and the bytes that they may take.
const AHEAD: (usize, usize) = (200, 8 << 20);
/// How far text that has only ASCII is searched for its first other letter.
const SEARCH: u64 = 64 << 20;

/// An open file, positioned at its first row below the header. An iterator over [`Row`]s; [`Table::read`] does the same
/// without a new row each time. Reading stops at the first `Violation`, which is one of the file; what is wrong with a row
/// stands in its notices.
pub struct Table {
    /// What the file is.
    pub format: Format,
    /// The encoding of the text; UTF-8 for workbooks, whose columns may still be in an old font.
    pub encoding: Encoding,
    /// The separator of a CSV file.
    pub delimiter: Option<u8>,
    /// The worksheet that is read.
    pub sheet: Option<String>,
    /// The visible worksheets of the workbook.
    pub sheets: Vec<String>,
    /// The headers in NFC, line breaks as blanks; empty where a column has none. Those of JSON Lines are the keys.
    pub headers: Vec<String>,
    /// The encoding that each column's letters are taken from.
    pub columns: Vec<Encoding>,
    /// The header row as a spreadsheet counts; 0 for JSON Lines.
    pub header_row: u64,
    /// What is to be said about the file as a whole.
    pub notices: Vec<Notice>,
    rows: Rows,
    ahead: VecDeque<Raw>,
    spare: Raw,
    /// The column that tells why rows were rejected before, and is not read.
    reason: Option<usize>,
    failed: Option<Violation>,
    /// Whether the iterator has said so.
    told: bool,
    done: Arc<AtomicU64>,
    size: u64,
}

enum Rows {
    Csv(CsvRows),
    Json(json::JsonRows),
    Sheet(Box<SheetRows>),
}

impl Rows {
    fn read(&mut self, raw: &mut Raw) -> Result<bool, Violation> {
        match self {
            Rows::Csv(rows) => rows.read(raw),
            Rows::Json(rows) => rows.read(raw),
            Rows::Sheet(rows) => rows.read(raw),
        }
    }
}

impl Table {
    /// Opens a file. Its name serves as a hint where the options have none.
    pub fn open(path: impl AsRef<Path>, mut options: Options) -> Result<Table, Violation> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|_| rules::file(rules::UNREADABLE))?;
        if options.name.is_none() {
            options.name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        }
        Table::read_from(file, options)
    }

    /// Opens anything that can be read and searched.
    pub fn read_from(input: impl Input + 'static, options: Options) -> Result<Table, Violation> {
        let done = Arc::new(AtomicU64::new(0));
        let mut input = Counted { input: Box::new(input), done: Arc::clone(&done) };
        let unreadable = |_| rules::file(rules::UNREADABLE);
        let size = input.seek(SeekFrom::End(0)).map_err(unreadable)?;
        let head = sample(&mut input, 0)?;
        let mut table = match format::of_head(&head)? {
            Some(_) => Table::open_workbook(Box::new(input), &options)?,
            None => Table::open_text(input, &head, &options)?,
        };
        table.size = size;
        table.done = done;
        Ok(table)
    }

    fn open_text(mut input: Counted, head: &[u8], options: &Options) -> Result<Table, Violation> {
        let mark = format::byte_order_mark(head);
        let (mut encoding, skip) = mark.unwrap_or((Encoding::Utf8, 0));
        let mut sampled = head[skip..].to_vec();
        if mark.is_none() {
            encoding = detect_bytes(head);
            if encoding == Encoding::Utf8
                && head.is_ascii()
                && let Some(later) = first_letters(&mut input, head.len() as u64)?
            {
                encoding = detect_bytes(&later);
            }
        }
        encoding = options.encoding.unwrap_or(encoding);
        let utf16 = match encoding {
            Encoding::Utf16Le => Some(encoding_rs::UTF_16LE),
            Encoding::Utf16Be => Some(encoding_rs::UTF_16BE),
            _ => None,
        };
        input.seek(SeekFrom::Start(skip as u64)).map_err(|_| rules::file(rules::UNREADABLE))?;
        let (reader, text_encoding): (Box<dyn Read + Send>, _) = match utf16 {
            Some(utf16) => {
                sampled = utf16.decode_without_bom_handling(&sampled).0.into_owned().into_bytes();
                (Box::new(FromUtf16::new(input, utf16)), Encoding::Utf8)
            }
            None => (Box::new(input), encoding),
        };
        let (format, misnamed) = format::of_text(&sampled, options.name.as_deref())?;
        let buffer = Buffer::new(reader);
        let limits = options.limits;
        let mut table = if format == Format::JsonLines {
            // The sample may end within a line, whose keys do not count then.
            let lines = match memchr::memrchr(b'\n', &sampled) {
                Some(at) if sampled.len() >= SAMPLE / 4 => &sampled[..at],
                _ => &sampled,
            };
            let keys = json::keys(lines, text_encoding, &limits)?;
            let rows = json::JsonRows::new(buffer, keys.clone(), text_encoding, limits);
            let mut table = Table::with(format, Rows::Json(rows));
            table.set_headers(keys.into_iter());
            table.fill_ahead(AHEAD.0);
            table
        } else {
            let found = sniff(&sampled);
            let dialect = Dialect {
                delimiter: options.delimiter.filter(|d| can_separate(*d)).unwrap_or(found.delimiter),
                ..found
            };
            let mut table =
                Table::with(format, Rows::Csv(CsvRows::new(buffer, dialect, text_encoding, limits)));
            table.delimiter = Some(dialect.delimiter);
            table.find_header(options)?;
            table
        };
        table.encoding = encoding;
        table.remark_text(misnamed);
        Ok(table)
    }

    fn remark_text(&mut self, misnamed: bool) {
        if misnamed {
            self.notices.push(Notice::of_file(rules::NAME_DIFFERS));
        }
        if matches!(self.encoding, Encoding::Windows1258 | Encoding::Tcvn3 | Encoding::Vni) {
            self.notices.push(Notice::of_file(rules::LEGACY));
        }
    }

    /// Opens the worksheet asked for, or the one with most of the known names, or the first that has a header.
    fn open_workbook(input: Box<dyn Input>, options: &Options) -> Result<Table, Violation> {
        let (mut workbook, mut input) = Workbook::open(input, &options.limits)?;
        let known = keys_of(&options.known);
        let sheets: Vec<String> = workbook.visible().map(|sheet| sheet.name.clone()).collect();
        let candidates: Vec<String> = match &options.sheet {
            Some(name) => vec![name.clone()],
            None => sheets.iter().take(20).cloned().collect(),
        };
        let mut best: Option<(usize, String)> = None;
        let mut fault = None;
        if candidates.len() > 1 {
            for name in &candidates {
                let rows = SheetRows::open(workbook, input, name, options.limits)?;
                let mut table = Table::with(Format::Xlsx, Rows::Sheet(Box::new(rows)));
                let found = table.find_header(options);
                let count = table.headers.iter().filter(|h| known.contains(&mapping::key(h))).count();
                let Rows::Sheet(rows) = table.rows else { return Err(rules::file(rules::NO_SHEET)) };
                (workbook, input) = rows.close();
                match found {
                    // Without known names the first sheet with a header is the one.
                    Ok(()) if best.as_ref().is_none_or(|(most, _)| count > *most) => {
                        best = Some((count, name.clone()))
                    }
                    Ok(()) => {}
                    Err(other) => fault = fault.or(Some(other)),
                }
            }
        }
        let name = match (best, candidates.into_iter().next()) {
            (Some((_, name)), _) => name,
            (None, Some(first)) if fault.is_none() => first,
            _ => return Err(fault.unwrap_or_else(|| rules::file(rules::NO_SHEET))),
        };
        let rows = SheetRows::open(workbook, input, &name, options.limits)?;
        let mut table = Table::with(Format::Xlsx, Rows::Sheet(Box::new(rows)));
        if sheets.len() > 1 && options.sheet.is_none() {
            table.notices.push(Notice::of_file(rules::SHEETS));
        }
        table.sheet = Some(name);
        table.sheets = sheets;
        table.find_header(options)?;
        Ok(table)
    }

    fn with(format: Format, rows: Rows) -> Table {
        Table {
            format,
            encoding: Encoding::Utf8,
            delimiter: None,
            sheet: None,
            sheets: Vec::new(),
            headers: Vec::new(),
            columns: Vec::new(),
            header_row: 0,
            notices: Vec::new(),
            rows,
            ahead: VecDeque::new(),
            spare: Raw::default(),
            reason: None,
            failed: None,
            told: false,
            done: Arc::default(),
            size: 0,
        }
    }

    /// Reads rows up to the header row, and some more by which the columns are judged.
    fn find_header(&mut self, options: &Options) -> Result<(), Violation> {
        let known = keys_of(&options.known);
        let mut first: Vec<Raw> = Vec::new();
        let mut size = 0;
        // A header row named by the caller may lie deeper than we would look.
        let last = options.header_row;
        while last.is_some() || first.len() < header::LOOK && size < AHEAD.1 {
            let mut raw = Raw::default();
            match self.rows.read(&mut raw) {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) if first.is_empty() => return Err(fault),
                Err(fault) => {
                    self.failed = Some(fault);
                    break;
                }
            }
            size += raw.size();
            if last.is_some_and(|row| raw.row.number < row) {
                first.clear();
                size = 0;
                continue;
            }
            let at_last = last.is_some();
            first.push(raw);
            if at_last {
                break;
            }
        }
        if first.is_empty() {
            return Err(rules::file(if last.is_some() { rules::NO_HEADER } else { rules::EMPTY }));
        }
        let found = match last {
            Some(_) => Some(0),
            None => header::find(&first, &known),
        };
        let Some(found) = found else { return Err(rules::file(rules::NO_HEADER)) };
        if first[found].excess {
            return Err(rules::at_row(rules::MANY_COLUMNS, first[found].row.number));
        }
        if let Some(fault) = first[found].row.notices.iter().find(|n| n.severity == crate::Severity::Error) {
            return Err(fault.violation());
        }
        self.header_row = first[found].row.number;
        if found > 0 {
            self.notices.push(Notice { row: self.header_row, ..Notice::of_file(rules::HEADER_BELOW) });
        }
        let mut below: VecDeque<Raw> = first.drain(found..).collect();
        if let Some(header) = below.pop_front() {
            self.set_headers(header.cells().iter().map(|cell| cell.text.clone()));
        }
        if below.is_empty() && self.failed.is_none() {
            self.ahead = below;
            self.fill_ahead(1);
        } else {
            self.ahead = below;
        }
        if self.ahead.front().is_some_and(header::numbers_columns)
            && let Some(numbers) = self.ahead.pop_front()
        {
            self.notices.push(Notice { row: numbers.row.number, ..Notice::of_file(rules::HEADER_NUMBERS) });
        }
        self.fill_ahead(AHEAD.0);
        Ok(())
    }

    fn set_headers(&mut self, headers: impl Iterator<Item = String>) {
        let tidy = |header: String| {
            let mut header = header.split_whitespace().collect::<Vec<_>>().join(" ");
            repair(&mut header, Encoding::Utf8);
            header
        };
        self.headers = headers.map(tidy).collect();
        while self.headers.last().is_some_and(String::is_empty) {
            self.headers.pop();
        }
        if self.headers.last().is_some_and(|last| last == REASON) {
            self.headers.pop();
            self.reason = Some(self.headers.len());
        }
        let mut seen = HashSet::new();
        for (column, header) in self.headers.iter().enumerate() {
            let rule = match header.as_str() {
                "" => rules::HEADER_EMPTY,
                name if !seen.insert(mapping::key(name)) => rules::HEADER_TWICE,
                _ => continue,
            };
            self.notices.push(Notice { row: self.header_row, column: Some(column), ..Notice::of_file(rule) });
        }
        self.columns = vec![Encoding::Utf8; self.headers.len()];
    }

    /// Reads rows ahead and judges the columns by them.
    fn fill_ahead(&mut self, rows: usize) {
        let mut size: usize = self.ahead.iter().map(Raw::size).sum();
        while self.failed.is_none() && self.ahead.len() < rows && size < AHEAD.1 {
            let mut raw = Raw::default();
            match self.rows.read(&mut raw) {
                Ok(true) => {
                    size += raw.size();
                    self.ahead.push_back(raw);
                }
                Ok(false) => break,
                Err(fault) => self.failed = Some(fault),
            }
        }
        if rows < AHEAD.0 {
            return;
        }
        for column in 0..self.headers.len() {
            let mut judged = Column::default();
            for text in self.ahead.iter().filter_map(|raw| raw.cells().get(column)) {
                judged.learn(&text.text);
            }
            self.columns[column] = judged.encoding();
            if self.columns[column] != Encoding::Utf8 {
                self.notices.push(Notice { column: Some(column), ..Notice::of_file(rules::LEGACY_COLUMN) });
            }
        }
        // A header in a legacy font may have too few words to tell by itself.
        for (header, encoding) in self.headers.iter_mut().zip(&self.columns) {
            repair(header, *encoding);
        }
    }

    /// Reads the next row that is not blank into `row`; false at the end.
    pub fn read(&mut self, row: &mut Row) -> Result<bool, Violation> {
        loop {
            if let Some(mut raw) = self.ahead.pop_front() {
                if self.take(&mut raw, row) {
                    return Ok(true);
                }
                continue;
            }
            if let Some(fault) = &self.failed {
                return Err(fault.clone());
            }
            let mut raw = std::mem::take(&mut self.spare);
            let read = self.rows.read(&mut raw);
            let more = match &read {
                Ok(true) => self.take(&mut raw, row),
                _ => false,
            };
            self.spare = raw;
            match read {
                Ok(true) if more => return Ok(true),
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(fault) => {
                    self.failed = Some(fault.clone());
                    return Err(fault);
                }
            }
        }
    }

    /// Makes a row of what was read: as many cells as headers, in NFC, with what is to be said. False if it is blank.
    fn take(&mut self, raw: &mut Raw, row: &mut Row) -> bool {
        let width = self.headers.len();
        std::mem::swap(row, &mut raw.row);
        let used = raw.used;
        let beyond = row.cells[..used].iter().enumerate().skip(width);
        let excess = raw.excess
            || beyond.filter(|(at, _)| Some(*at) != self.reason).any(|(_, c)| !c.text.trim().is_empty());
        if excess {
            row.refuse(None, rules::TOO_MANY_CELLS);
        }
        if used < width && self.format == Format::Csv && !row.has_errors() {
            if raw.cut { row.refuse(None, rules::CUT_OFF) } else { row.warn(None, rules::TOO_FEW_CELLS) }
        }
        for cell in row.cells.iter_mut().skip(used) {
            cell.clear();
        }
        row.cells.resize_with(width, Default::default);
        let mut blank = !row.has_errors();
        for column in 0..width {
            let cell = &mut row.cells[column];
            if cell.formula {
                blank = false;
            }
            if cell.text.is_empty() {
                continue;
            }
            let fault = tidy(&mut cell.text, self.columns[column], self.format == Format::Csv);
            blank &= cell.text.is_empty();
            let formula = cell.formula;
            match fault {
                Some(rules::MIXED) => row.warn(Some(column), rules::MIXED),
                Some(rule) => row.refuse(Some(column), rule),
                None => {}
            }
            if formula {
                row.warn(Some(column), rules::FORMULA);
            }
        }
        !blank
    }

    /// How much of the file has been read: bytes done, bytes in all. A workbook counts what is packed.
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed).min(self.size), self.size)
    }
}

impl Iterator for Table {
    type Item = Result<Row, Violation>;

    fn next(&mut self) -> Option<Result<Row, Violation>> {
        if self.told {
            return None;
        }
        let mut row = Row::default();
        match self.read(&mut row) {
            Ok(true) => Some(Ok(row)),
            Ok(false) => None,
            Err(fault) => {
                self.told = true;
                Some(Err(fault))
            }
        }
    }
}

fn keys_of(known: &[String]) -> HashSet<String> {
    known.iter().map(|name| mapping::key(name)).filter(|key| !key.is_empty()).collect()
}

/// Trims a cell, brings it into NFC and Unicode, and takes off what defuses formulas in a CSV file.
fn tidy(text: &mut String, column: Encoding, csv: bool) -> Option<Invalid> {
    let (mut high, mut control) = (0u8, false);
    for byte in text.bytes() {
        high |= byte;
        control |= byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t') || byte == 0x7F;
    }
    let mut fault = None;
    if high >= 0x80 {
        if repair(text, column).is_some() {
            fault = Some(rules::MIXED);
        }
        if text.contains('\u{FFFD}') {
            fault = Some(rules::UNKNOWN_LETTER);
        }
    }
    if control {
        text.retain(|c| !c.is_ascii_control() || matches!(c, '\n' | '\r' | '\t'));
        fault = Some(rules::CONTROL);
    }
    trim(text);
    if csv && crate::writer::is_defused(text) {
        text.remove(0);
    }
    fault
}

fn trim(text: &mut String) {
    let blank = |c: char| c.is_whitespace() || c == '\u{FEFF}' || c == '\u{200B}';
    let kept = text.trim_end_matches(blank).len();
    text.truncate(kept);
    let lead = text.len() - text.trim_start_matches(blank).len();
    if lead > 0 {
        text.drain(..lead);
    }
}

/// The bytes from a place on.
fn sample(input: &mut Counted, from: u64) -> Result<Vec<u8>, Violation> {
    let unreadable = |_| rules::file(rules::UNREADABLE);
    let mut head = Vec::with_capacity(SAMPLE);
    input.seek(SeekFrom::Start(from)).map_err(unreadable)?;
    input.take(SAMPLE as u64).read_to_end(&mut head).map_err(unreadable)?;
    Ok(head)
}

/// The bytes about the first letter that is not ASCII, where the beginning of the file has none.
fn first_letters(input: &mut Counted, from: u64) -> Result<Option<Vec<u8>>, Violation> {
    let mut at = from;
    while at < SEARCH {
        let bytes = sample(input, at)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if let Some(found) = bytes.iter().position(|b| !b.is_ascii()) {
            return sample(input, at + found as u64).map(Some);
        }
        at += bytes.len() as u64;
    }
    Ok(None)
}

/// Counts what is read, for the progress bar.
struct Counted {
    input: Box<dyn Input>,
    done: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(out)?;
        self.done.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = self.input.seek(to)?;
        self.done.store(at, Ordering::Relaxed);
        Ok(at)
    }
}
