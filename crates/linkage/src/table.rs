//! The records of one or two files, as rows of small numbers: codes of distinct texts, packed dates and digits.

use crate::{
    forms::Forms,
    mix::KeyMap,
    schema::{Kind, Schema},
};

/// One compared column.
pub(crate) struct Column {
    pub(crate) header: String,
    pub(crate) kind: Kind,
    /// Where the column begins in a row.
    pub(crate) at: usize,
    pub(crate) values: Values,
    /// Records in which it is not empty.
    pub(crate) filled: usize,
}

/// What the cells of a column stand for. 0 is always "nothing".
pub(crate) enum Values {
    /// Codes of distinct texts; the next cell holds the bag of words, and of names the two after it hold first and last
    /// word together and the last one.
    Texts(Forms),
    /// Digits in two cells: see [`digits`]; where there can be several values, those of the second follow. The map holds
    /// how many records have a value, where more than two do.
    Digits(KeyMap<u64, u32>),
    /// Packed dates: see [`date`]. By value, how many records have it.
    Dates(KeyMap<u32, u32>),
    /// 1 male, 2 female, 3 other; how many records have it.
    Sexes([u32; 4]),
    /// Codes of units.
    Units(Vec<Place>),
}

/// A unit as its code says.
#[derive(Clone, Copy, Default)]
pub(crate) struct Place {
    /// The unit of today, numbered.
    pub(crate) current: u32,
    /// Its province of today, numbered; 0 where unknown.
    pub(crate) province: u32,
    /// Records in the unit of today.
    pub(crate) count: u32,
}

/// The records.
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) ids: Ids,
    /// Records of the left file; those of the right one follow.
    pub(crate) left: usize,
    pub(crate) len: usize,
    pub(crate) two_files: bool,
    pub(crate) stride: usize,
    pub(crate) cells: Vec<u32>,
    /// The schema that was used.
    pub(crate) schema: Schema,
}

impl Table {
    #[inline]
    pub(crate) fn row(&self, record: u32) -> &[u32] {
        let at = record as usize * self.stride;
        &self.cells[at..at + self.stride]
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

    /// How many records share what the cells of a row say in a column.
    #[inline]
    pub(crate) fn count(&self, column: &Column, row: &[u32]) -> u32 {
        let cell = row[column.at];
        match &column.values {
            Values::Texts(forms) => forms.forms[cell as usize].count,
            Values::Digits(counts) => counts.get(&wide(row, column.at)).copied().unwrap_or(2),
            Values::Dates(counts) => counts.get(&cell).copied().unwrap_or(1),
            Values::Sexes(counts) => counts[cell as usize & 3],
            Values::Units(places) => places[cell as usize].count,
        }
    }
}

/// Digits of a row.
#[inline]
pub(crate) fn wide(row: &[u32], at: usize) -> u64 {
    u64::from(row[at]) | u64::from(row[at + 1]) << 32
}

/// The identifiers of the records, one after the other.
#[derive(Default)]
pub(crate) struct Ids {
    text: Vec<u8>,
    ends: Vec<u64>,
}

impl Ids {
    pub(crate) fn push(&mut self, id: &[u8]) {
        self.text.extend_from_slice(id);
        self.ends.push(self.text.len() as u64);
    }

    pub(crate) fn get(&self, record: u32) -> &[u8] {
        let record = record as usize;
        let start = if record == 0 { 0 } else { self.ends[record - 1] as usize };
        &self.text[start..self.ends[record] as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// The first two values of a cell that may hold several.
pub(crate) fn several(text: &[u8], phone: bool) -> [u64; 2] {
    let mut values = text.split(|c| matches!(c, b';' | b'|' | b',' | b'/' | b'\n')).map(|t| digits(t, phone));
    let first = values.find(|value| *value != 0).unwrap_or_default();
    [first, values.find(|value| *value != 0 && *value != first).unwrap_or_default()]
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

/// Packs a date as `year << 16 | month << 8 | day`, with 0 for what is not told. Takes `31/12/1980`, `1980-12-31`,
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
    if year > 9999 || month > 99 || day > 99 { 0 } else { year << 16 | month << 8 | day }
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
        let whole = 1980 << 16 | 12 << 8 | 31;
        for text in ["31/12/1980", "1980-12-31", "19801231", "31121980", "1980-12-31T00:00:00"] {
            assert_eq!(date(text.as_bytes()), whole, "{text}");
        }
        assert_eq!((date(b"12/1980"), date(b"1980")), (1980 << 16 | 12 << 8, 1980 << 16));
        assert_eq!((date(b""), date(b"abc"), date(b"1/2/3/4"), date(b"123456789")), (0, 0, 0, 0));
        assert_eq!(digits(b"+84 912 345 678", true), digits(b"0912.345.678", true));
        let [first, second] = several(b" ;0912345678 | 0988 | 1", true);
        assert_eq!([first, second], [digits(b"0912345678", true), digits(b"0988", true)]);
        assert_ne!(digits(b"012", false), digits(b"12", false));
        assert_eq!(digits(b" - ", false), 0);
        assert_eq!((sex("Nữ".as_bytes()), sex(b"nam"), sex(b""), sex(b"x")), (2, 1, 0, 3));
    }
}
