//! Text with separators (RFC 4180 and what programs make of it), cut into records within bounds.

use crate::{
    buffer::Buffer,
    encoding::{Encoding, decode_bytes},
    options::Limits,
    raw::Raw,
    rules,
};
use memchr::{memchr, memchr_iter, memchr2};
use vocabulary::Violation;

/// Separators looked for, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The records of a CSV file.
pub(crate) struct CsvRows {
    buffer: Buffer,
    delimiter: u8,
    terminator: u8,
    encoding: Encoding,
    limits: Limits,
    number: u64,
}

/// Where a record ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Before a line break.
    Line(usize),
    /// With the file.
    File(usize),
    /// Nowhere within the limit.
    Beyond,
    /// The file or the limit came while a quote was open.
    OpenQuote,
}

impl CsvRows {
    pub(crate) fn new(buffer: Buffer, dialect: Dialect, encoding: Encoding, limits: Limits) -> CsvRows {
        let Dialect { delimiter, terminator } = dialect;
        CsvRows { buffer, delimiter, terminator, encoding, limits, number: 0 }
    }

    /// Reads the next record that is not blank; false at the end.
    pub(crate) fn read(&mut self, raw: &mut Raw) -> Result<bool, Violation> {
        loop {
            if self.buffer.rest().is_empty() && !self.buffer.more(self.number)? {
                return Ok(false);
            }
            self.number += 1;
            raw.begin(self.number);
            let mut quotes = true;
            let mut end = self.find_end(true)?;
            if end == End::OpenQuote {
                // One forgotten quote must not swallow the file: the line is read as if quotes meant nothing.
                quotes = false;
                end = self.find_end(false)?;
                raw.row.refuse(None, rules::QUOTE);
            }
            let (length, used) = match end {
                End::Line(length) => (length, length + 1),
                End::File(length) => (length, length),
                End::Beyond | End::OpenQuote => (self.limits.row.min(self.buffer.rest().len()), 0),
            };
            raw.cut = matches!(end, End::File(_));
            let mut record = &self.buffer.rest()[..length];
            if self.terminator == b'\n' && record.ends_with(b"\r") {
                record = &record[..record.len() - 1];
            }
            let blank = record.is_empty();
            if !blank {
                split(record, self.delimiter, quotes, self.encoding, &self.limits, raw);
            }
            if used > 0 || length == 0 {
                self.buffer.used(used);
            } else {
                raw.row.refuse(None, rules::ROW_LONG);
                self.buffer.skip_past(self.terminator, self.number)?;
            }
            // What Excel writes to name its separator is no row of the table.
            let hint =
                self.number == 1 && raw.used <= 2 && raw.cells().first().is_some_and(|c| is_hint(&c.text));
            if !blank && !hint {
                return Ok(true);
            }
        }
    }

    fn find_end(&mut self, quotes: bool) -> Result<End, Violation> {
        let (mut at, mut open, mut closed) = (0, false, None);
        loop {
            let rest = self.buffer.rest();
            let found = match (quotes, open) {
                (true, true) => memchr(b'"', &rest[at..]),
                (true, false) => memchr2(b'"', self.terminator, &rest[at..]),
                (false, _) => memchr(self.terminator, &rest[at..]),
            };
            if let Some(found) = found {
                let here = at + found;
                if rest[here] == self.terminator && !open {
                    return Ok(if here > self.limits.row { End::Beyond } else { End::Line(here) });
                }
                if open {
                    open = false;
                    closed = Some(here);
                } else if here == 0 || rest[here - 1] == self.delimiter || closed == Some(here - 1) {
                    // At the beginning of a cell, or the second of a doubled quote.
                    open = true;
                }
                at = here + 1;
                if at <= self.limits.row {
                    continue;
                }
            } else {
                at = rest.len();
            }
            if at > self.limits.row {
                return Ok(if open { End::OpenQuote } else { End::Beyond });
            }
            if !self.buffer.more(self.number)? {
                return Ok(if open { End::OpenQuote } else { End::File(self.buffer.rest().len()) });
            }
        }
    }
}

fn is_hint(cell: &str) -> bool {
    cell.len() <= 5 && cell.starts_with("sep=")
}

/// Cuts a record into cells.
fn split(record: &[u8], delimiter: u8, quotes: bool, encoding: Encoding, limits: &Limits, raw: &mut Raw) {
    let quoted = quotes && memchr(b'"', record).is_some();
    if encoding == Encoding::Utf8
        && let Ok(text) = std::str::from_utf8(record)
    {
        if quoted {
            cells_with_quotes(record, delimiter, raw, |raw, column, start, end| {
                raw.put(column, &text[start..end], limits);
            });
        } else {
            let mut start = 0;
            let mut column = 0;
            for end in memchr_iter(delimiter, record).chain([record.len()]) {
                raw.put(column, &text[start..end], limits);
                (start, column) = (end + 1, column + 1);
            }
        }
        return;
    }
    let (_, other) = decode_bytes(record, encoding);
    if other.is_some() {
        raw.row.warn(None, rules::MIXED);
    }
    let encoding = other.unwrap_or(encoding);
    let put = |raw: &mut Raw, column: usize, start: usize, end: usize| {
        raw.put(column, &encoding.decode(&record[start..end]), limits);
    };
    if quoted {
        cells_with_quotes(record, delimiter, raw, put);
    } else {
        let mut start = 0;
        let mut column = 0;
        for end in memchr_iter(delimiter, record).chain([record.len()]) {
            put(raw, column, start, end);
            (start, column) = (end + 1, column + 1);
        }
    }
}

/// Finds the pieces of the cells of a record with quotes, and hands each with its column to `put`.
fn cells_with_quotes(
    record: &[u8],
    delimiter: u8,
    raw: &mut Raw,
    mut put: impl FnMut(&mut Raw, usize, usize, usize),
) {
    let (mut at, mut column) = (0, 0);
    loop {
        let next =
            |from: usize| memchr(delimiter, &record[from..]).map_or(record.len(), |found| from + found);
        if record.get(at) == Some(&b'"') {
            at += 1;
            put(raw, column, at, at);
            while let Some(found) = memchr(b'"', &record[at..]) {
                put(raw, column, at, at + found);
                at += found + 1;
                if record.get(at) != Some(&b'"') {
                    break;
                }
                put(raw, column, at, at + 1);
                at += 1;
            }
            let end = next(at);
            if end > at {
                put(raw, column, at, end);
                if !record[at..end].trim_ascii().is_empty() {
                    raw.row.refuse(Some(column), rules::AFTER_QUOTE);
                }
            }
            at = end;
        } else {
            let end = next(at);
            put(raw, column, at, end);
            at = end;
        }
        if at >= record.len() {
            return;
        }
        at += 1;
        column += 1;
    }
}

/// Whether a byte can stand between cells: neither a part of a letter nor a quote or line break.
pub(crate) fn can_separate(byte: u8) -> bool {
    byte == b'\t' || byte == b' ' || byte.is_ascii_punctuation() && byte != b'"'
}

/// How a file of text separates cells and lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) terminator: u8,
}

/// The dialect of a file by its beginning: the separator by which most lines have the same number of cells.
pub(crate) fn sniff(sample: &[u8]) -> Dialect {
    // Files of old Macintosh programs end their lines with CR alone.
    let terminator =
        if memchr(b'\n', sample).is_none() && memchr(b'\r', sample).is_some() { b'\r' } else { b'\n' };
    if let Some(hint) = sample.strip_prefix(b"sep=").and_then(|rest| rest.first())
        && can_separate(*hint)
    {
        return Dialect { delimiter: *hint, terminator };
    }
    let measure = |delimiter: u8| {
        let mut counts: Vec<usize> = Vec::new();
        let (mut count, mut open) = (0, false);
        for byte in sample {
            match *byte {
                b'"' => open = !open,
                b if b == delimiter && !open => count += 1,
                b if b == terminator && !open => {
                    counts.push(count);
                    count = 0;
                }
                _ => {}
            }
            if counts.len() == 50 {
                break;
            }
        }
        if counts.len() < 50 && count > 0 {
            counts.push(count);
        }
        let same = |n: usize| counts.iter().filter(|count| **count == n).count();
        counts
            .iter()
            .filter(|count| **count > 0)
            .map(|count| (same(*count), *count))
            .max()
            .unwrap_or_default()
    };
    let mut best = (DELIMITERS[0], (0, 0));
    for delimiter in DELIMITERS {
        let measured = measure(delimiter);
        if measured > best.1 {
            best = (delimiter, measured);
        }
    }
    Dialect { delimiter: best.0, terminator }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows_within(bytes: &[u8], limits: Limits) -> Vec<(u64, Vec<String>, Vec<&'static str>)> {
        let buffer = Buffer::new(Box::new(std::io::Cursor::new(bytes.to_vec())));
        let mut rows = CsvRows::new(buffer, sniff(bytes), Encoding::Utf8, limits);
        let mut raw = Raw::default();
        let mut out = Vec::new();
        while rows.read(&mut raw).unwrap() {
            let cells = raw.cells().iter().map(|c| c.text.clone()).collect();
            out.push((raw.row.number, cells, raw.row.notices.iter().map(|n| n.rule).collect()));
        }
        out
    }

    fn rows(text: &str) -> Vec<(u64, Vec<String>, Vec<&'static str>)> {
        rows_within(text.as_bytes(), Limits::default())
    }

    fn row(number: u64, cells: &[&str], rules: &[&'static str]) -> (u64, Vec<String>, Vec<&'static str>) {
        (number, cells.iter().map(|c| (*c).to_owned()).collect(), rules.to_vec())
    }

    #[test]
    fn counts_rows_as_a_spreadsheet_does() {
        assert_eq!(
            rows("a,b\r\n\r\n1,\"x\ny\"\r\n2,\"say \"\"no\"\"\"\r\n3,it\"s\n,"),
            [
                row(1, &["a", "b"], &[]),
                row(3, &["1", "x\ny"], &[]),
                row(4, &["2", "say \"no\""], &[]),
                row(5, &["3", "it\"s"], &[]),
                row(6, &["", ""], &[]),
            ]
        );
        assert_eq!(rows("sep=;\na;b\n1;2\n"), [row(2, &["a", "b"], &[]), row(3, &["1", "2"], &[])]);
        assert_eq!(rows("a\tb\r1\t2\r"), [row(1, &["a", "b"], &[]), row(2, &["1", "2"], &[])]);
    }

    #[test]
    fn a_forgotten_quote_costs_one_row() {
        let text = "a,b\n1,\"x\n2,y\n3,z\n";
        assert_eq!(
            rows(text),
            [
                row(1, &["a", "b"], &[]),
                row(2, &["1", "\"x"], &["row/quote"]),
                row(3, &["2", "y"], &[]),
                row(4, &["3", "z"], &[])
            ]
        );
        assert_eq!(rows("a,b\n\"x\"y,1\n")[1], row(2, &["xy", "1"], &["cell/quote"]));
    }

    #[test]
    fn long_rows_and_cells_stay_within_bounds() {
        let limits = Limits { row: 100, cell: 10, columns: 3, ..Limits::default() };
        let long = "x".repeat(5_000);
        let text = format!("a,b\n{long}\n1,{}\n2,\"{long}\n3,4\n1,2,3,4\n", "y".repeat(20));
        let read = rows_within(text.as_bytes(), limits);
        assert_eq!(read[1], row(2, &[&long[..10]], &["cell/too-long", "row/too-long"]));
        assert_eq!(read[2], row(3, &["1", "yyyyyyyyyy"], &["cell/too-long"]));
        assert_eq!(read[3].2, ["row/quote", "cell/too-long", "row/too-long"]);
        assert_eq!(read[4], row(5, &["3", "4"], &[]));
        assert_eq!(read[5], row(6, &["1", "2", "3"], &[]));
    }

    #[test]
    fn finds_the_separator() {
        for (text, delimiter) in [
            ("Họ tên;Địa chỉ\nA;Xã B, huyện C\nD;E\n", b';'),
            ("a,b,c\n1,2,3\n", b','),
            ("a|b\n1|2\n", b'|'),
            ("a\tb\n1,5\t2\n", b'\t'),
            ("DANH SÁCH\n\na;b;c\n1;2;3\n", b';'),
            ("sep=\u{301}\na,b\n", b','),
            ("one\ntwo\n", b','),
        ] {
            assert_eq!(sniff(text.as_bytes()).delimiter, delimiter, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_by_the_rules_is_read_again(
            table in proptest::collection::vec(proptest::collection::vec("[a-zđ\",;\n\r ]{0,6}", 2..5), 1..8)
        ) {
            let mut text = String::new();
            for cells in &table {
                let quoted: Vec<String> = cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect();
                text.push_str(&quoted.join(","));
                text.push_str("\r\n");
            }
            let buffer = Buffer::new(Box::new(std::io::Cursor::new(text.into_bytes())));
            let dialect = Dialect { delimiter: b',', terminator: b'\n' };
            let mut rows = CsvRows::new(buffer, dialect, Encoding::Utf8, Limits::default());
            let mut raw = Raw::default();
            for cells in &table {
                prop_assert!(rows.read(&mut raw).unwrap());
                let read: Vec<&str> = raw.cells().iter().map(|c| c.text.as_str()).collect();
                prop_assert_eq!(&read, cells);
                prop_assert!(raw.row.notices.is_empty());
            }
            prop_assert!(!rows.read(&mut raw).unwrap());
        }
    }
}
