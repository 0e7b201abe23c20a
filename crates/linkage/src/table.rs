//! The records of one or two files in the order in which they were read, stretch by stretch: rows of small numbers –
//! hashes of texts, packed dates and digits – and beside each row its texts.

use crate::{
    counts::Counts,
    mix::{self, KeySet},
    rules::Part,
    schema::{Kind, Schema},
    spill::Spill,
};
use std::{borrow::Cow, io, ops::Deref};

/// One compared column.
pub(crate) struct Column {
    pub(crate) header: String,
    pub(crate) kind: Kind,
    /// Where the column begins in a row.
    pub(crate) at: usize,
    /// Which of the texts of a record it is, where it is one.
    pub(crate) text: usize,
    /// Where its parts begin.
    pub(crate) parts: usize,
    /// Records in which it is not empty.
    pub(crate) filled: usize,
    /// How many records have a value, where more than two do.
    pub(crate) frequent: Counts,
    /// The chance that the value of a record is that of another one.
    pub(crate) agreement: f64,
    /// Distinct values.
    pub(crate) distinct: usize,
    /// Records with the rarest value of those that two or more have.
    pub(crate) fewest: u32,
}

impl Column {
    /// A column of which nothing is counted yet, after those before it.
    pub(crate) fn after(before: &[Column], header: &str, kind: Kind) -> Column {
        let (mut at, mut text, mut parts) = (FIRST, 0, 1);
        for column in before {
            at += width(column.kind);
            text += usize::from(is_text(column.kind));
            parts += parts_of(column.kind);
        }
        let header = header.to_owned();
        let frequent = Counts::default();
        Column { header, kind, at, text, parts, filled: 0, frequent, agreement: 0.0, distinct: 0, fewest: 2 }
    }

    /// What a row holds in the column, in short; 0 for nothing.
    #[inline]
    pub(crate) fn value(&self, row: &[u32]) -> u32 {
        match self.kind {
            // Texts are the same when their words are.
            kind if is_text(kind) => row[self.at + 1],
            Kind::Number | Kind::FormerNumber | Kind::Phone => short(wide(row, self.at)),
            _ => row[self.at],
        }
    }

    /// log2 of how many records share what a row holds.
    #[inline]
    pub(crate) fn count(&self, row: &[u32]) -> f32 {
        self.frequent.get(self.value(row))
    }
}

/// Cells of a row before those of its columns: where its texts begin.
pub(crate) const FIRST: usize = 1;

/// Values of a cell that may hold several.
pub(crate) const SEVERAL: usize = 4;

/// Cells of a row that a column takes: of a text two hashes, its words and its
/// letters as bits, and of a whole name its spelling; digits
/// in two cells, of several values two as digits and two as hashes; a unit of today and its province; else one.
pub(crate) fn width(kind: Kind) -> usize {
    match kind {
        Kind::Name | Kind::RelativeName => 5,
        Kind::NamePart | Kind::Address | Kind::Text => 4,
        Kind::FormerNumber | Kind::Phone => 6,
        Kind::Sex | Kind::Date => 1,
        _ => 2,
    }
}

pub(crate) fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Name | Kind::NamePart | Kind::RelativeName | Kind::Address | Kind::Text)
}

/// How many parts of its values, for rules, are kept of a column: see [`Column::place`].
pub(crate) fn parts_of(kind: Kind) -> usize {
    match kind {
        Kind::Name | Kind::Number => 3,
        Kind::Date => 4,
        Kind::FormerNumber => 2 + SEVERAL,
        Kind::Phone => SEVERAL,
        _ => 1,
    }
}

impl Column {
    /// Where a part of the column stands among the parts of a stretch; that of the other values of a cell follow.
    pub(crate) fn place(&self, part: Part) -> usize {
        let after = match (self.kind, part) {
            (Kind::FormerNumber, Part::Tail(_)) => SEVERAL,
            (Kind::FormerNumber, Part::Head(_)) => SEVERAL + 1,
            (_, Part::Whole(_)) => 0,
            (_, Part::Ends(_) | Part::Tail(_) | Part::Turned(_)) => 1,
            (_, Part::Last(_) | Part::Head(_) | Part::Year(_)) => 2,
            (_, Part::Day(_)) => 3,
        };
        self.parts + after
    }
}

/// Records that follow each other.
#[derive(Default)]
pub(crate) struct Stretch {
    /// The first of them.
    pub(crate) first: u32,
    pub(crate) len: usize,
    /// Their rows.
    pub(crate) cells: Vec<u32>,
    /// Their identifiers and texts: see [`Texts`].
    pub(crate) texts: Vec<u8>,
    /// By part, its values; none where all are nothing. The first are hashes of the identifiers.
    pub(crate) parts: Vec<Vec<u32>>,
    /// By column, records in which it is not empty.
    pub(crate) filled: Vec<usize>,
    /// Where its rows lie in the temporary file, and behind them its texts of so many bytes.
    pub(crate) spilt: Option<(u64, u64)>,
}

impl Stretch {
    /// Lets the rows and texts go to the temporary file where they do not fit into memory. Fails when the disk refuses.
    pub(crate) fn settle(&mut self, spill: &Spill) -> io::Result<()> {
        let may = 4 * self.cells.len() + self.texts.len();
        let must = 4 * self.parts.iter().map(Vec::len).sum::<usize>();
        if spill.fits(may as u64, must as u64) {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(may);
        bytes.extend(self.cells.iter().flat_map(|cell| cell.to_le_bytes()));
        bytes.extend_from_slice(&self.texts);
        self.spilt = Some((spill.write(&bytes)?, self.texts.len() as u64));
        (self.cells, self.texts) = (Vec::new(), Vec::new());
        Ok(())
    }
}

/// A row, in memory or fetched.
pub(crate) enum Row<'t> {
    Here(&'t [u32]),
    Fetched(Vec<u32>),
}

impl Deref for Row<'_> {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Row::Here(row) => row,
            Row::Fetched(row) => row,
        }
    }
}

/// The records.
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    /// Whether a column identifies the records; else the number of the row does.
    pub(crate) identified: bool,
    /// Records of the left file; those of the right one follow.
    pub(crate) left: usize,
    pub(crate) len: usize,
    pub(crate) two_files: bool,
    /// What errors call the files.
    pub(crate) files: [String; 2],
    pub(crate) stride: usize,
    pub(crate) stretches: Vec<Stretch>,
    pub(crate) spill: Spill,
    /// By records in units of [`NEAR`], the stretch of the first.
    pub(crate) near: Vec<u32>,
    /// Records whose identifier an earlier one bears.
    pub(crate) repeated: KeySet<u32>,
    /// The schema that was used.
    pub(crate) schema: Schema,
}

/// Most cells of a row.
const WIDEST: usize = FIRST + 6 * Schema::MOST;

/// Bytes of the texts of a record, with an identifier of 256 bytes, at most.
const LONGEST_TEXTS: u64 = (2 + 256 + Schema::MOST * (2 + crate::forms::LONGEST)) as u64;

/// Records among which a stretch is looked for.
const NEAR: usize = 1 << 10;

impl Table {
    /// Sets where each record lies.
    pub(crate) fn arrange(&mut self) {
        let mut first = 0;
        for (n, stretch) in (0..).zip(&mut self.stretches) {
            stretch.first = first as u32;
            first += stretch.len;
            self.near.resize(first.div_ceil(NEAR), n);
        }
    }

    #[inline]
    pub(crate) fn stretch(&self, record: u32) -> &Stretch {
        let mut n = self.near[record as usize / NEAR] as usize;
        while (record - self.stretches[n].first) as usize >= self.stretches[n].len {
            n += 1;
        }
        &self.stretches[n]
    }

    #[inline]
    pub(crate) fn row(&self, record: u32) -> Row<'_> {
        let stretch = self.stretch(record);
        let at = (record - stretch.first) as usize * self.stride;
        match stretch.spilt {
            None => Row::Here(&stretch.cells[at..at + self.stride]),
            Some((begin, _)) => {
                let mut row = Vec::with_capacity(self.stride);
                self.fetch(begin + 4 * at as u64, &mut row);
                Row::Fetched(row)
            }
        }
    }

    /// Adds the row of a record.
    #[inline]
    pub(crate) fn copy_row(&self, record: u32, rows: &mut Vec<u32>) {
        let stretch = self.stretch(record);
        let at = (record - stretch.first) as usize * self.stride;
        match stretch.spilt {
            None => rows.extend_from_slice(&stretch.cells[at..at + self.stride]),
            Some((begin, _)) => self.fetch(begin + 4 * at as u64, rows),
        }
    }

    #[cold]
    fn fetch(&self, at: u64, rows: &mut Vec<u32>) {
        let mut bytes = [0; 4 * WIDEST];
        let bytes = &mut bytes[..4 * self.stride];
        self.spill.read(at, bytes);
        rows.extend(bytes.as_chunks::<4>().0.iter().map(|cell| u32::from_le_bytes(*cell)));
    }

    /// The texts of a record of which the row is known; see [`Texts`].
    pub(crate) fn texts(&self, record: u32, row: &[u32]) -> Cow<'_, [u8]> {
        let stretch = self.stretch(record);
        match stretch.spilt {
            None => Cow::Borrowed(&stretch.texts[row[0] as usize..]),
            Some((begin, len)) => {
                let texts = begin + (4 * stretch.len * self.stride) as u64;
                let here = u64::from(row[0]).min(len);
                let mut bytes = vec![0; (len - here).min(LONGEST_TEXTS) as usize];
                self.spill.read(texts + here, &mut bytes);
                // An identifier may be of any length.
                let id = bytes.first_chunk().map_or(0, |len| u64::from(u16::from_le_bytes(*len)));
                if id > 256 {
                    bytes = vec![0; (len - here).min(LONGEST_TEXTS + id) as usize];
                    self.spill.read(texts + here, &mut bytes);
                }
                Cow::Owned(bytes)
            }
        }
    }

    /// Columns of text.
    pub(crate) fn text_columns(&self) -> usize {
        self.columns.iter().filter(|column| is_text(column.kind)).count()
    }

    /// Pairs that could be compared.
    pub(crate) fn possible(&self) -> f64 {
        let (left, all) = (self.left as f64, self.len as f64);
        if self.two_files { left * (all - left) } else { all * (all - 1.0) / 2.0 }
    }

    /// Whether a pair may be compared at all.
    #[inline]
    pub(crate) fn may(&self, a: u32, b: u32) -> bool {
        a != b && (!self.two_files || ((a as usize) < self.left) != ((b as usize) < self.left))
    }

    /// The identifier of a record: its own, or else the number of its row, behind `#` where others have their own. Where an
    /// earlier record bears the same, the row tells them apart.
    pub(crate) fn id(&self, record: u32) -> Vec<u8> {
        let before = if record as usize >= self.left { self.left } else { 0 };
        let row = record as usize - before + 1;
        if !self.identified {
            return row.to_string().into_bytes();
        }
        let own = self.own_id(record);
        if own.is_empty() || self.repeated.contains(&record) {
            return [own, format!("#{row}").into_bytes()].concat();
        }
        own
    }

    /// What stands in the column that identifies records.
    pub(crate) fn own_id(&self, record: u32) -> Vec<u8> {
        Texts(&self.texts(record, &self.row(record))).id().to_vec()
    }
}

/// The texts of a record: the length of its identifier in two bytes, the identifier, for each column of text the length
/// of the folded words and whether there were marks, and then the words. Those of other records may follow.
#[derive(Clone, Copy)]
pub(crate) struct Texts<'t>(pub(crate) &'t [u8]);

impl<'t> Texts<'t> {
    pub(crate) fn id(&self) -> &'t [u8] {
        &self.0[2..2 + self.id_len()]
    }

    /// The first byte.
    pub(crate) fn first(&self) -> u8 {
        self.0[0]
    }

    fn id_len(&self) -> usize {
        usize::from(u16::from_le_bytes([self.0[0], self.0[1]]))
    }

    /// All of the record, which has so many texts, and nothing of another; nothing where it could not be read.
    pub(crate) fn whole(&self, all: usize) -> &'t [u8] {
        let words = 2 + self.id_len() + 2 * all;
        let lens = self.0.get(words - 2 * all..words).unwrap_or_default();
        let len = words + lens.iter().step_by(2).map(|len| usize::from(*len)).sum::<usize>();
        self.0.get(..len).unwrap_or(self.0)
    }

    /// The folded words of the `n`th text of `all`, and whether there were marks.
    #[inline]
    pub(crate) fn get(&self, n: usize, all: usize) -> (&'t [u8], bool) {
        let after = &self.0[2 + self.id_len()..];
        let (lens, words) = after.split_at(2 * all);
        let start: usize = lens[..2 * n].iter().step_by(2).map(|len| usize::from(*len)).sum();
        (&words[start..start + usize::from(lens[2 * n])], lens[2 * n + 1] != 0)
    }
}

/// Digits of a row.
#[inline]
pub(crate) fn wide(row: &[u32], at: usize) -> u64 {
    u64::from(row[at]) | u64::from(row[at + 1]) << 32
}

/// Digits in short; 0 for none.
#[inline]
pub(crate) fn short(digits: u64) -> u32 {
    if digits == 0 { 0 } else { (mix::mix(digits) >> 32) as u32 | 1 }
}

/// The first distinct values of a cell that may hold several.
pub(crate) fn several(text: &[u8], phone: bool) -> [u64; SEVERAL] {
    let (mut values, mut n) = ([0; SEVERAL], 0);
    for part in text.split(|c| matches!(c, b';' | b'|' | b',' | b'/' | b'\n')) {
        let value = digits(part, phone);
        if value != 0 && n < SEVERAL && !values.contains(&value) {
            values[n] = value;
            n += 1;
        }
    }
    values
}

/// Packs up to 15 digits, four bits each with the last lowest, and their number in the highest four bits. Blanks,
/// points and dashes are skipped; letters count as digits by their value so that card numbers with letters differ. 0
/// where there is no digit.
pub(crate) fn digits(text: &[u8], phone: bool) -> u64 {
    let (mut packed, mut len) = (0_u64, 0_u64);
    for &c in text {
        let digit = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'z' | b'A'..=b'Z' => 10 + c.to_ascii_lowercase() % 6,
            _ => continue,
        };
        if len == 15 {
            break;
        }
        packed = packed << 4 | u64::from(digit);
        len += 1;
    }
    // +84 912… and 0912… are one.
    if phone && len >= 11 && packed >> (4 * (len - 2)) == 0x84 {
        len -= 1;
        packed &= (1 << (4 * (len - 1))) - 1;
    }
    if len == 0 { 0 } else { len << 60 | packed }
}

/// Packs a date as its eight digits, four bits each, year first, with 0 for what is not told. Takes `31/12/1980`, `1980-12-31`,
/// `19801231`, `12/1980` and `1980`; 0 for anything else.
pub(crate) fn date(text: &[u8]) -> u32 {
    let mut parts = [(0_u32, 0_usize); 3];
    let (mut n, mut open) = (0, false);
    for &c in text {
        match c {
            b'0'..=b'9' => {
                if !open {
                    if n == 3 {
                        return 0;
                    }
                    (n, open) = (n + 1, true);
                }
                let part = &mut parts[n - 1];
                if part.1 == 8 {
                    return 0;
                }
                *part = (part.0 * 10 + u32::from(c - b'0'), part.1 + 1);
            }
            // A time of day after the date is left out.
            b'T' if n == 3 => break,
            b' ' if n == 3 => break,
            b'/' | b'-' | b'.' | b' ' => open = false,
            _ => return 0,
        }
    }
    let [a, b, c] = parts;
    let (year, month, day) = match n {
        1 if a.1 == 4 => (a.0, 0, 0),
        1 if a.1 == 8 && (1800..2200).contains(&(a.0 / 10_000)) => (a.0 / 10_000, a.0 / 100 % 100, a.0 % 100),
        1 if a.1 == 8 => (a.0 % 10_000, a.0 / 10_000 % 100, a.0 / 1_000_000),
        2 if b.1 == 4 => (b.0, a.0, 0),
        2 if a.1 == 4 => (a.0, b.0, 0),
        3 if a.1 == 4 => (a.0, b.0, c.0),
        3 if c.1 == 4 => (c.0, b.0, a.0),
        _ => return 0,
    };
    // An impossible month or day is what was written; it is compared as it stands.
    if year > 9999 || month > 99 || day > 99 {
        return 0;
    }
    let two = |n: u32| ((n / 10) << 4) | (n % 10);
    two(year / 100) << 24 | two(year % 100) << 16 | two(month) << 8 | two(day)
}

/// Reads a sex: 1 male, 2 female, 3 other, 0 nothing.
pub(crate) fn sex(text: &[u8]) -> u32 {
    match text {
        b"male" | b"Male" | b"MALE" | b"m" | b"M" | b"nam" | b"Nam" | b"NAM" | b"1" => 1,
        b"female" | b"Female" | b"FEMALE" | b"f" | b"F" | b"0" | b"2" => 2,
        [] => 0,
        text => match vocabulary::fold(&String::from_utf8_lossy(text)).as_str() {
            "nu" => 2,
            "nam" => 1,
            "" | "null" | "na" | "nan" | "unknown" | "khong ro" => 0,
            _ => 3,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read() {
        let whole = 0x1980_1231;
        for text in ["31/12/1980", "1980-12-31", "19801231", "31121980", "1980-12-31T00:00:00"] {
            assert_eq!(date(text.as_bytes()), whole, "{text}");
        }
        assert_eq!((date(b"12/1980"), date(b"1980")), (0x1980_1200, 0x1980_0000));
        assert_eq!((date(b""), date(b"abc"), date(b"1/2/3/4"), date(b"123456789")), (0, 0, 0, 0));
        assert_eq!(digits(b"+84 912 345 678", true), digits(b"0912.345.678", true));
        let [first, second, third, fourth] = several(b" ;0912345678 | 0988 | 1;1", true);
        assert_eq!([first, second], [digits(b"0912345678", true), digits(b"0988", true)]);
        assert_eq!([third, fourth], [digits(b"1", true), 0]);
        assert_ne!(digits(b"012", false), digits(b"12", false));
        assert_eq!(digits(b" - ", false), 0);
        assert_eq!((sex("Nữ".as_bytes()), sex(b"nam"), sex(b""), sex(b"x")), (2, 1, 0, 3));
    }
}
