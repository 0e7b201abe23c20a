//! Reads CSV into a [`Table`]: one thread parses, others encode a share of the columns each. A column is encoded by one
//! thread and in order, so the codes are the same whatever the number of threads.

use crate::{
    error::LinkError,
    forms::{Folder, Forms},
    intern::Interner,
    mix::{self, KeyMap},
    schema::{Kind, Schema},
    table::{self, Column, Ids, Place, Table, Values},
};
use std::{
    cell::Cell,
    fs::File,
    io::{self, Read},
    path::Path,
    rc::Rc,
    sync::{Arc, mpsc},
};

/// Tells of a code of an administrative unit the unit of today and its province, where it knows it.
pub type UnitTable<'a> = &'a (dyn Fn(&str) -> Option<(String, String)> + Sync);

/// Most records that can be linked in one run.
pub const MOST_RECORDS: usize = 400_000_000;

/// Longest cell, in bytes.
const LONGEST_CELL: usize = 1 << 16;

/// Longest record, in bytes: a quote that is never closed would else take the whole file into memory.
const LONGEST_RECORD: usize = 64 << 20;

/// Records handed to the encoders at a time.
const BATCH: usize = 8192;

/// Cells of some records, one after the other.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

/// Reads one or two files. The schema is guessed from the headers of the left one where none is given.
pub(crate) fn read(
    (left, right): (Input<'_>, Option<Input<'_>>),
    schema: Option<&Schema>,
    id: Option<&str>,
    units: Option<UnitTable<'_>>,
    threads: usize,
) -> Result<Table, LinkError> {
    let mut first = Source::open(left)?;
    let mut schema = match schema {
        Some(schema) => schema.clone(),
        None => Schema::guess(first.headers.iter().map(String::as_str)),
    };
    if let Some(id) = id {
        schema.columns.remove(id);
        schema.id = Some(id.to_owned());
    }
    match schema.columns.len() {
        0 => return Err(LinkError::NothingToCompare),
        n if n > Schema::MOST => return Err(LinkError::TooManyColumns),
        _ => {}
    }
    let kinds: Vec<Kind> = schema.columns.values().copied().collect();
    let mut ids = Ids::default();
    let mut left_records = 0;

    let encoded: Result<Vec<Encoder>, LinkError> = std::thread::scope(|scope| {
        let workers = threads.clamp(1, kinds.len());
        let (mut senders, mut handles) = (Vec::new(), Vec::new());
        for worker in 0..workers {
            let (sender, receiver) = mpsc::sync_channel::<Arc<Batch>>(4);
            senders.push(sender);
            let kinds = &kinds;
            handles.push(scope.spawn(move || encode(kinds, worker, workers, &receiver)));
        }
        let feed = |source: &mut Source<'_>, ids: &mut Ids| -> Result<(), LinkError> {
            source.feed(&schema, ids, &mut |batch| {
                let batch = Arc::new(batch);
                // An encoder that has gone tells why when it is joined.
                senders.iter().for_each(|sender| drop(sender.send(Arc::clone(&batch))));
            })
        };
        let mut fed = feed(&mut first, &mut ids);
        left_records = ids.len();
        if let (Ok(()), Some(right)) = (&fed, right) {
            fed = Source::open(right).and_then(|mut second| feed(&mut second, &mut ids));
        }
        drop(senders);
        let mut columns: Vec<Option<Encoder>> = kinds.iter().map(|_| None).collect();
        for handle in handles {
            let Ok(done) = handle.join() else { return Err(LinkError::TooLarge) };
            for (at, encoder) in done? {
                columns[at] = Some(encoder);
            }
        }
        fed?;
        Ok(columns.into_iter().flatten().collect())
    });
    let encoded = encoded?;
    unique(&ids, 0, left_records, &left.name())?;
    if let Some(right) = right {
        unique(&ids, left_records, ids.len(), &right.name())?;
    }
    let headers = schema.columns.keys().cloned();
    let mut table = Table {
        columns: Vec::new(),
        len: ids.len(),
        ids,
        left: left_records,
        two_files: right.is_some(),
        stride: encoded.iter().map(Encoder::width).sum(),
        cells: Vec::new(),
        schema: schema.clone(),
    };
    table.cells = vec![0; table.stride * table.len];
    let mut at = 0;
    for ((header, kind), encoder) in headers.zip(kinds).zip(encoded) {
        let width = encoder.width();
        let values = encoder.finish(kind, units, &mut table.cells, table.stride, at)?;
        let rows = table.cells.chunks_exact(table.stride.max(1));
        let wide = matches!(values, Values::Digits(_));
        let filled = rows.filter(|row| row[at] != 0 || (wide && row[at + 1] != 0)).count();
        table.columns.push(Column { header, kind, at, values, filled });
        at += width;
    }
    Ok(table)
}

/// Refuses identifiers that come twice in one file.
fn unique(ids: &Ids, from: usize, to: usize, file: &str) -> Result<(), LinkError> {
    let mut hashes: Vec<(u64, u32)> = (from..to).map(|n| (mix::bytes(ids.get(n as u32)), n as u32)).collect();
    hashes.sort_unstable();
    let same = hashes.array_windows().filter(|[a, b]| a.0 == b.0).map(|[_, b]| b.1).min();
    match same {
        Some(n) => Err(LinkError::SameId { file: file.to_owned(), record: u64::from(n) - from as u64 + 1 }),
        None => Ok(()),
    }
}

/// The name of a file without its folder.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Records that stand elsewhere than in a CSV file, such as a Parquet file or a register.
pub trait Rows {
    /// What errors call it.
    fn name(&self) -> String;

    /// The headers of the columns.
    fn headers(&self) -> Vec<String>;

    /// Hands out the cells of the columns at the places wanted, record by record, until there are no more or `see` says
    /// `false`.
    ///
    /// Fails when the records cannot be read.
    fn for_each(&self, wanted: &[usize], see: &mut dyn FnMut(&[&[u8]]) -> bool) -> io::Result<()>;
}

/// Where records come from.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// A CSV file; the delimiter is seen from its headers.
    Csv(&'a Path),
    /// Elsewhere.
    Rows(&'a dyn Rows),
}

impl<'a, P: AsRef<Path> + ?Sized> From<&'a P> for Input<'a> {
    fn from(path: &'a P) -> Input<'a> {
        Input::Csv(path.as_ref())
    }
}

impl Input<'_> {
    fn name(&self) -> String {
        match self {
            Input::Csv(path) => name(path),
            Input::Rows(rows) => rows.name(),
        }
    }
}

/// Records being read.
struct Source<'a> {
    file: String,
    headers: Vec<String>,
    from: Opened<'a>,
}

enum Opened<'a> {
    Csv { reader: csv::Reader<Bounded>, read: Rc<Cell<usize>> },
    Rows(&'a dyn Rows),
}

/// A reader that gives up when a record does not end.
struct Bounded {
    file: File,
    read: Rc<Cell<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read.get() > LONGEST_RECORD {
            return Err(io::Error::other("a record of more than 64 MB: is a quote not closed?"));
        }
        let read = self.file.read(buffer)?;
        self.read.set(self.read.get() + read);
        Ok(read)
    }
}

impl<'a> Source<'a> {
    fn open(input: Input<'a>) -> Result<Source<'a>, LinkError> {
        let path = match input {
            Input::Csv(path) => path,
            Input::Rows(rows) => {
                let headers = rows.headers();
                return Ok(Source { file: rows.name(), headers, from: Opened::Rows(rows) });
            }
        };
        let mut source = Source::with(path, b',')?;
        // Spreadsheets here write semicolons.
        if let [only] = source.headers.as_slice()
            && let Some(delimiter) = [b';', b'\t'].into_iter().find(|d| only.as_bytes().contains(d))
        {
            source = Source::with(path, delimiter)?;
        }
        Ok(source)
    }

    fn with(path: &Path, delimiter: u8) -> Result<Source<'a>, LinkError> {
        let file = File::open(path).map_err(|why| LinkError::Io { file: name(path), why })?;
        let read = Rc::new(Cell::new(0));
        let reader = Bounded { file, read: Rc::clone(&read) };
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).buffer_capacity(1 << 18).from_reader(reader);
        let headers = reader.byte_headers().map_err(|error| fault(&name(path), &error))?;
        let headers = headers
            .iter()
            .map(|header| String::from_utf8_lossy(header).trim_start_matches('\u{feff}').trim().to_owned())
            .collect();
        Ok(Source { file: name(path), headers, from: Opened::Csv { reader, read } })
    }

    fn place(&self, header: &str) -> Result<usize, LinkError> {
        let header = header.trim_start_matches('\u{feff}').trim();
        let missing = || LinkError::NoColumn { file: self.file.clone(), header: header.to_owned() };
        self.headers.iter().position(|known| known == header).ok_or_else(missing)
    }

    /// Hands out the cells of the schema in batches and keeps the identifiers.
    fn feed(&mut self, schema: &Schema, ids: &mut Ids, give: &mut dyn FnMut(Batch)) -> Result<(), LinkError> {
        let id = schema.id.as_deref().map(|id| self.place(id)).transpose()?;
        let places: Vec<usize> = schema.columns.keys().map(|h| self.place(h)).collect::<Result<_, _>>()?;
        let mut packer = Packer { ids, give, batch: Batch::default(), rows: 0, row: 0 };
        let refused = |refused, line| match refused {
            Refused::TooMany => LinkError::TooLarge,
            Refused::Long => {
                LinkError::Csv { file: self.file.clone(), line, why: "a cell of more than 64 KB" }
            }
        };
        match &mut self.from {
            Opened::Csv { reader, read } => {
                let mut record = csv::ByteRecord::new();
                while reader.read_byte_record(&mut record).map_err(|error| fault(&self.file, &error))? {
                    read.set(0);
                    let cell = |place: usize| record.get(place).unwrap_or_default();
                    let line = || record.position().map_or(0, csv::Position::line);
                    let packed = packer.pack(id.map(cell), places.iter().map(|place| cell(*place)));
                    packed.map_err(|why| refused(why, line()))?;
                }
            }
            Opened::Rows(rows) => {
                let wanted: Vec<usize> = id.iter().chain(&places).copied().collect();
                let mut failed = None;
                let read = rows.for_each(&wanted, &mut |cells| {
                    let (own, cells) = cells.split_at(usize::from(id.is_some()).min(cells.len()));
                    let packed = packer.pack(own.first().copied(), cells.iter().copied());
                    failed = packed.map_err(|why| refused(why, packer.row)).err();
                    failed.is_none()
                });
                read.map_err(|why| LinkError::Io { file: self.file.clone(), why })?;
                failed.map_or(Ok(()), Err)?;
            }
        }
        packer.finish();
        Ok(())
    }
}

/// Why a record is not taken.
enum Refused {
    Long,
    TooMany,
}

/// Packs cells into batches.
struct Packer<'a> {
    ids: &'a mut Ids,
    give: &'a mut dyn FnMut(Batch),
    batch: Batch,
    rows: usize,
    row: u64,
}

impl Packer<'_> {
    fn pack<'c>(&mut self, id: Option<&[u8]>, cells: impl Iterator<Item = &'c [u8]>) -> Result<(), Refused> {
        self.row += 1;
        match id {
            Some(id) if id.len() > LONGEST_CELL => return Err(Refused::Long),
            Some(id) => self.ids.push(id),
            None => self.ids.push(self.row.to_string().as_bytes()),
        }
        if self.ids.len() > MOST_RECORDS {
            return Err(Refused::TooMany);
        }
        let batch = &mut self.batch;
        for cell in cells {
            let cell = cell.trim_ascii();
            if cell.len() > LONGEST_CELL {
                return Err(Refused::Long);
            }
            batch.bytes.extend_from_slice(cell);
            batch.ends.push(batch.bytes.len() as u32);
        }
        self.rows += 1;
        if self.rows == BATCH || batch.bytes.len() > 1 << 24 {
            let (cells, bytes) = (batch.ends.len(), batch.bytes.len());
            (self.give)(std::mem::take(batch));
            self.rows = 0;
            batch.ends.reserve(cells);
            batch.bytes.reserve(bytes + bytes / 8);
        }
        Ok(())
    }

    fn finish(self) {
        if self.rows > 0 {
            (self.give)(self.batch);
        }
    }
}

fn fault(file: &str, error: &csv::Error) -> LinkError {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::Io(why) => {
            LinkError::Io { file: file.to_owned(), why: io::Error::new(why.kind(), why.to_string()) }
        }
        csv::ErrorKind::UnequalLengths { .. } => LinkError::Csv {
            file: file.to_owned(),
            line,
            why: "số ô khác dòng tiêu đề · another number of cells than the headers",
        },
        _ => LinkError::Csv { file: file.to_owned(), line, why: "CSV không hợp lệ · not CSV" },
    }
}

/// A column being read.
enum Encoder {
    Texts(Interner, Vec<u32>),
    Names(Interner, Vec<u32>),
    Digits(Vec<u64>),
    Several(Vec<[u64; 2]>),
    Dates(Vec<u32>),
    Sexes(Vec<u8>),
    Units(Interner, Vec<u32>),
}

/// Encodes every `workers`th column.
fn encode(
    kinds: &[Kind],
    worker: usize,
    workers: usize,
    batches: &mpsc::Receiver<Arc<Batch>>,
) -> Result<Vec<(usize, Encoder)>, LinkError> {
    let mine = kinds.iter().enumerate().skip(worker).step_by(workers);
    let mut columns: Vec<(usize, Kind, Encoder)> = mine.map(|(at, k)| (at, *k, Encoder::new(*k))).collect();
    for batch in batches {
        for (at, kind, encoder) in &mut columns {
            for cell in (*at..batch.ends.len()).step_by(kinds.len()) {
                let start = if cell == 0 { 0 } else { batch.ends[cell - 1] as usize };
                let text = &batch.bytes[start..batch.ends[cell] as usize];
                encoder.push(*kind, text).ok_or(LinkError::TooLarge)?;
            }
        }
    }
    Ok(columns.into_iter().map(|(at, _, encoder)| (at, encoder)).collect())
}

impl Encoder {
    fn new(kind: Kind) -> Encoder {
        match kind {
            Kind::Name => Encoder::Names(Interner::new(), Vec::new()),
            Kind::NamePart | Kind::RelativeName | Kind::Address | Kind::Text => {
                Encoder::Texts(Interner::new(), Vec::new())
            }
            Kind::Number => Encoder::Digits(Vec::new()),
            Kind::FormerNumber | Kind::Phone => Encoder::Several(Vec::new()),
            Kind::Date => Encoder::Dates(Vec::new()),
            Kind::Sex => Encoder::Sexes(Vec::new()),
            Kind::UnitCode => Encoder::Units(Interner::new(), Vec::new()),
        }
    }

    fn push(&mut self, kind: Kind, text: &[u8]) -> Option<()> {
        match self {
            Encoder::Texts(interner, codes)
            | Encoder::Names(interner, codes)
            | Encoder::Units(interner, codes) => {
                codes.push(interner.code(text)?);
            }
            Encoder::Digits(cells) => cells.push(table::digits(text, false)),
            Encoder::Several(cells) => cells.push(table::several(text, kind == Kind::Phone)),
            Encoder::Dates(cells) => cells.push(table::date(text)),
            Encoder::Sexes(cells) => cells.push(table::sex(text) as u8),
        }
        Some(())
    }

    /// Cells of a row that the column takes.
    fn width(&self) -> usize {
        match self {
            Encoder::Digits(_) | Encoder::Texts(..) => 2,
            Encoder::Names(..) | Encoder::Several(_) => 4,
            _ => 1,
        }
    }

    /// Writes the cells into the rows and computes what is known of each distinct value.
    fn finish(
        self,
        kind: Kind,
        units: Option<UnitTable<'_>>,
        rows: &mut [u32],
        stride: usize,
        at: usize,
    ) -> Result<Values, LinkError> {
        fn write(rows: &mut [u32], stride: usize, at: usize, cells: impl Iterator<Item = u32>) {
            for (row, cell) in rows.chunks_exact_mut(stride).zip(cells) {
                row[at] = cell;
            }
        }
        match self {
            Encoder::Texts(interner, codes) | Encoder::Names(interner, codes) => {
                let forms = forms(&interner, kind)?;
                // What rules ask for stands in the row itself, so that they need not look it up.
                for (row, code) in rows.chunks_exact_mut(stride).zip(codes) {
                    let form = &forms.forms[code as usize];
                    (row[at], row[at + 1]) = (code, form.words_key());
                    if kind == Kind::Name {
                        (row[at + 2], row[at + 3]) = (form.ends, form.last);
                    }
                }
                Ok(Values::Texts(forms))
            }
            Encoder::Digits(cells) => {
                for (row, cell) in rows.chunks_exact_mut(stride).zip(&cells) {
                    (row[at], row[at + 1]) = (*cell as u32, (*cell >> 32) as u32);
                }
                Ok(Values::Digits(frequent(cells)))
            }
            Encoder::Several(cells) => {
                for (row, values) in rows.chunks_exact_mut(stride).zip(&cells) {
                    for (n, value) in values.iter().enumerate() {
                        (row[at + 2 * n], row[at + 2 * n + 1]) = (*value as u32, (*value >> 32) as u32);
                    }
                }
                Ok(Values::Digits(frequent(cells.into_flattened())))
            }
            Encoder::Dates(cells) => {
                let mut counts: KeyMap<u32, u32> = KeyMap::default();
                cells
                    .iter()
                    .filter(|cell| **cell != 0)
                    .for_each(|cell| *counts.entry(*cell).or_default() += 1);
                write(rows, stride, at, cells.into_iter());
                Ok(Values::Dates(counts))
            }
            Encoder::Sexes(cells) => {
                let mut counts = [0; 4];
                cells.iter().for_each(|cell| counts[usize::from(*cell & 3)] += 1);
                write(rows, stride, at, cells.into_iter().map(u32::from));
                Ok(Values::Sexes(counts))
            }
            Encoder::Units(interner, codes) => {
                write(rows, stride, at, codes.into_iter());
                Ok(Values::Units(places(&interner, units)))
            }
        }
    }
}

/// How many records have a value, where more than two do.
fn frequent(mut cells: Vec<u64>) -> KeyMap<u64, u32> {
    cells.sort_unstable();
    let frequent = cells.chunk_by(|a, b| a == b).filter(|run| run.len() > 2 && run[0] != 0);
    frequent.map(|run| (run[0], run.len() as u32)).collect()
}

fn forms(interner: &Interner, kind: Kind) -> Result<Forms, LinkError> {
    let names = matches!(kind, Kind::Name | Kind::NamePart | Kind::RelativeName);
    let (mut folder, mut forms) = (Folder::new(), Forms::with_capacity(interner.len()));
    for code in 0..interner.len() as u32 {
        if !forms.push(&mut folder, interner.text(code), names) {
            return Err(LinkError::TooLarge);
        }
    }
    let mut bags: Vec<(u64, u32)> = forms.forms.iter().map(|form| form.bag).zip(0..).collect();
    bags.sort_unstable();
    for same in bags.chunk_by(|a, b| a.0 == b.0) {
        let count: u32 = same.iter().map(|(_, code)| interner.counts[*code as usize]).sum();
        same.iter().for_each(|(_, code)| forms.forms[*code as usize].count = count);
    }
    Ok(forms)
}

fn places(interner: &Interner, units: Option<UnitTable<'_>>) -> Vec<Place> {
    let mut numbers = Interner::new();
    let mut counts: KeyMap<u32, u32> = KeyMap::default();
    let mut number = |text: &str| numbers.code(text.as_bytes()).unwrap_or_default();
    let mut places: Vec<Place> = (0..interner.len() as u32)
        .map(|code| {
            let text = String::from_utf8_lossy(interner.text(code));
            match units.and_then(|units| units(&text)) {
                Some((current, province)) => Place {
                    current: number(&current),
                    province: number(&format!("province {province}")),
                    count: 0,
                },
                None => Place { current: number(&text), province: 0, count: 0 },
            }
        })
        .collect();
    for (place, count) in places.iter().zip(&interner.counts) {
        *counts.entry(place.current).or_default() += count;
    }
    for place in &mut places {
        place.count = counts.get(&place.current).copied().unwrap_or_default();
    }
    places
}
