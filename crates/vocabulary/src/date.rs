//! Dates of which a part may be unknown.

use crate::problem::Invalid;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A date as papers give it: whole, month and year, year only, or unknown (facts §3: never store a plain date).
///
/// Held as `yyyymmdd` with zeros for what is unknown, so that dates sort by what is known. Canonical text is
/// `yyyy-mm-dd`, `yyyy-mm`, `yyyy` or empty; people write `dd/mm/yyyy`, `mm/yyyy`, `yyyy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate(u32);

const FORMAT: Invalid = Invalid::new(
    "date/format",
    "Ngày phải có dạng ngày/tháng/năm, tháng/năm hoặc năm",
    "The date must be day/month/year, month/year or year",
);
const CALENDAR: Invalid =
    Invalid::new("date/calendar", "Ngày không có trong lịch", "No such day in the calendar");
const RANGE: Invalid =
    Invalid::new("date/range", "Năm phải từ 1800 đến 2399", "The year must lie between 1800 and 2399");

impl PartialDate {
    /// Nothing is known.
    pub const UNKNOWN: PartialDate = PartialDate(0);

    /// From year, month and day; zero stands for unknown. An unknown month makes the day unknown.
    pub fn new(year: u16, month: u8, day: u8) -> Result<PartialDate, Invalid> {
        if year == 0 && month == 0 && day == 0 {
            return Ok(PartialDate::UNKNOWN);
        }
        if !(1800..2400).contains(&year) {
            return Err(RANGE);
        }
        if month == 0 && day != 0 || month > 12 {
            return Err(CALENDAR);
        }
        if day != 0 && jiff::civil::Date::new(year as i16, month as i8, day as i8).is_err() {
            return Err(CALENDAR);
        }
        Ok(PartialDate(u32::from(year) * 10_000 + u32::from(month) * 100 + u32::from(day)))
    }

    /// From the `yyyymmdd` form.
    pub fn from_packed(packed: u32) -> Result<PartialDate, Invalid> {
        PartialDate::new((packed / 10_000) as u16, (packed / 100 % 100) as u8, (packed % 100) as u8)
    }

    /// The `yyyymmdd` form, zeros for unknown parts.
    pub const fn packed(self) -> u32 {
        self.0
    }

    /// Today in Viet Nam.
    pub fn today() -> PartialDate {
        let (y, m, d) = crate::Moment::now().local_date();
        PartialDate(y as u32 * 10_000 + m as u32 * 100 + d as u32)
    }

    /// Reads `dd/mm/yyyy`, `mm/yyyy`, `yyyy` (also with `-` or `.`), `ddmmyyyy`, and ISO `yyyy-mm-dd`, `yyyy-mm`.
    /// Empty is unknown; so is a part written as zeros (`00/00/1950`).
    pub fn parse(text: &str) -> Result<PartialDate, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(PartialDate::UNKNOWN);
        }
        if text.len() > 10 {
            return Err(FORMAT);
        }
        let number = |part: &str| -> Result<u16, Invalid> {
            if part.is_empty() || part.len() > 4 || !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(FORMAT);
            }
            part.parse().map_err(|_| FORMAT)
        };
        let small = |part: &str| -> Result<u8, Invalid> {
            let n = number(part)?;
            if part.len() > 2 { Err(FORMAT) } else { Ok(n as u8) }
        };
        let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
        match parts.as_slice() {
            [y] if y.len() == 4 => PartialDate::new(number(y)?, 0, 0),
            [dmy] if dmy.len() == 8 && dmy.is_ascii() => {
                PartialDate::new(number(&dmy[4..])?, small(&dmy[2..4])?, small(&dmy[..2])?)
            }
            [y, m] if y.len() == 4 => PartialDate::new(number(y)?, small(m)?, 0),
            [m, y] if y.len() == 4 => PartialDate::new(number(y)?, small(m)?, 0),
            [y, m, d] if y.len() == 4 => PartialDate::new(number(y)?, small(m)?, small(d)?),
            [d, m, y] if y.len() == 4 => PartialDate::new(number(y)?, small(m)?, small(d)?),
            _ => Err(FORMAT),
        }
    }

    /// The year, where known.
    pub fn year(self) -> Option<u16> {
        Some((self.0 / 10_000) as u16).filter(|y| *y > 0)
    }

    /// The month, where known.
    pub fn month(self) -> Option<u8> {
        Some((self.0 / 100 % 100) as u8).filter(|m| *m > 0)
    }

    /// The day, where known.
    pub fn day(self) -> Option<u8> {
        Some((self.0 % 100) as u8).filter(|d| *d > 0)
    }

    /// Whether nothing is known.
    pub fn is_unknown(self) -> bool {
        self.0 == 0
    }

    /// [`PartialDate::is_unknown`] by reference, for serialisation rules.
    pub fn is_unknown_ref(date: &PartialDate) -> bool {
        date.is_unknown()
    }

    /// Whether day, month and year are known.
    pub fn is_whole(self) -> bool {
        self.day().is_some()
    }

    /// Whether two dates can be the same day: equal in every part that both know.
    pub fn agrees_with(self, other: PartialDate) -> bool {
        fn same<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        same(self.year(), other.year()) && same(self.month(), other.month()) && same(self.day(), other.day())
    }

    /// The earliest day that this can be, as `yyyymmdd`; 0 where unknown.
    pub fn earliest(self) -> u32 {
        if self.0 == 0 { 0 } else { self.0.max(self.0 / 10_000 * 10_000 + 101).max(self.0 / 100 * 100 + 1) }
    }

    /// Completed years of age at a date, at most (unknown parts count in favour); `None` where the year is unknown.
    pub fn age_at(self, at: PartialDate) -> Option<u16> {
        let (born, now) = (self.year()?, at.year()?);
        let years = now.checked_sub(born)?;
        let birthday = self.earliest() % 10_000;
        let today = at.0 % 10_000;
        if at.is_whole() && today < birthday { years.checked_sub(1) } else { Some(years) }
    }

    /// Canonical text: `yyyy-mm-dd`, `yyyy-mm`, `yyyy`, or empty.
    pub fn iso(self) -> String {
        match (self.year(), self.month(), self.day()) {
            (None, ..) => String::new(),
            (Some(y), None, _) => format!("{y:04}"),
            (Some(y), Some(m), None) => format!("{y:04}-{m:02}"),
            (Some(y), Some(m), Some(d)) => format!("{y:04}-{m:02}-{d:02}"),
        }
    }

    /// As people here write it: `dd/mm/yyyy`, `mm/yyyy`, `yyyy`, or empty.
    pub fn local_text(self) -> String {
        match (self.year(), self.month(), self.day()) {
            (None, ..) => String::new(),
            (Some(y), None, _) => format!("{y:04}"),
            (Some(y), Some(m), None) => format!("{m:02}/{y:04}"),
            (Some(y), Some(m), Some(d)) => format!("{d:02}/{m:02}/{y:04}"),
        }
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.iso())
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<PartialDate, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        PartialDate::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_the_forms_that_papers_use() {
        let read = |t: &str| PartialDate::parse(t).map(PartialDate::iso);
        for text in ["05/02/1987", "5/2/1987", "05-02-1987", "05021987", "1987-02-05", "5.2.1987"] {
            assert_eq!(read(text).as_deref(), Ok("1987-02-05"), "{text}");
        }
        assert_eq!(read("02/1987").as_deref(), Ok("1987-02"));
        assert_eq!(read("1987").as_deref(), Ok("1987"));
        assert_eq!(read("00/00/1950").as_deref(), Ok("1950"));
        assert_eq!(read("  ").as_deref(), Ok(""));
        assert_eq!(read("30/02/1987"), Err(CALENDAR));
        assert_eq!(read("05/00/1987"), Err(CALENDAR));
        assert_eq!(read("1/1/1066"), Err(RANGE));
        for text in ["x", "1/2/3/4", "198", "12/1987x", "０１/02/1987", "1987-02-05T00:00"] {
            assert_eq!(read(text), Err(FORMAT), "{text}");
        }
    }

    #[test]
    fn age_counts_completed_years() {
        let born = PartialDate::parse("21/11/2012").unwrap();
        assert_eq!(born.age_at(PartialDate::parse("20/11/2026").unwrap()), Some(13));
        assert_eq!(born.age_at(PartialDate::parse("21/11/2026").unwrap()), Some(14));
        assert_eq!(PartialDate::UNKNOWN.age_at(born), None);
        assert!(PartialDate::parse("1950").unwrap().agrees_with(PartialDate::parse("3/4/1950").unwrap()));
    }

    proptest! {
        #[test]
        fn texts_round_trip(y in 1800u16..2400, m in 0u8..=12, d in 0u8..=31) {
            if let Ok(date) = PartialDate::new(y, m, if m == 0 { 0 } else { d }) {
                prop_assert_eq!(PartialDate::parse(&date.iso()), Ok(date));
                prop_assert_eq!(PartialDate::parse(&date.local_text()), Ok(date));
                prop_assert_eq!(PartialDate::from_packed(date.packed()), Ok(date));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = PartialDate::parse(&text);
        }
    }
}
