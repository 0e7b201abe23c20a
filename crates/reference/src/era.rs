//! The two administrative structures, and how exactly the beginnings and ends of units are known.

use serde::{Deserialize, Serialize};
use vocabulary::{Lang, PartialDate, Text};

/// A structure of administrative units. On 1 July 2025 the 63 provinces became 34, the districts ended, and some ten
/// thousand communes became 3,321.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Era {
    /// Province, district, commune; until 30 June 2025.
    #[serde(rename = "before-2025-07")]
    Before2025,
    /// Province and commune; since 1 July 2025.
    #[serde(rename = "since-2025-07")]
    Since2025,
}

impl Era {
    /// Both, in order of time.
    pub const ALL: [Era; 2] = [Era::Before2025, Era::Since2025];

    /// First day of the new structure, as `yyyymmdd`.
    pub const CHANGE: u32 = 20250701;

    /// The structure in force on a date; `None` where the date does not tell (unknown, or the year 2025 alone).
    pub fn at(date: PartialDate) -> Option<Era> {
        let year = date.year()?;
        let first = date.earliest();
        if first >= Era::CHANGE {
            Some(Era::Since2025)
        } else if year < 2025 || date.month().is_some() {
            Some(Era::Before2025)
        } else {
            None
        }
    }

    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            Era::Before2025 => Text::new("Trước 01/7/2025", "Before 1 July 2025"),
            Era::Since2025 => Text::new("Từ 01/7/2025", "Since 1 July 2025"),
        }
    }
}

/// Beginning or end of a unit, as exactly as the sources know it. Dates are `yyyymmdd` with zeros for unknown parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// On this day.
    On(u32),
    /// On this day or earlier: it is in the oldest list there is.
    NotAfter(u32),
    /// Some day between two lists.
    Between(u32, u32),
    /// Not yet.
    Open,
}

/// From when to when a unit exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Its first day.
    pub from: Bound,
    /// Its last day.
    pub to: Bound,
}

/// The oldest list of communes that the data knows.
pub(crate) const FIRST_LIST: u32 = 20220700;
/// The last day of the old structure, and the newest list of it.
pub(crate) const LAST_DAY: u32 = 20250630;
pub(crate) const LAST_LIST: u32 = 20250600;

impl Validity {
    /// In words.
    pub fn describe(self, lang: Lang) -> String {
        let day = |packed| PartialDate::from_packed(packed).unwrap_or_default().local_text();
        let from = match self.from {
            Bound::On(d) => format!("{} {}", lang.pick("từ", "from"), day(d)),
            Bound::NotAfter(d) => {
                format!("{} {}", lang.pick("có từ trước hoặc trong", "from, or before,"), day(d))
            }
            Bound::Between(a, b) => lang.pick(
                format!("lập trong khoảng {}–{}, chưa rõ ngày", day(a), day(b)),
                format!("set up between {} and {}, day not known", day(a), day(b)),
            ),
            Bound::Open => String::new(),
        };
        let to = match self.to {
            Bound::On(d) => format!("{} {}", lang.pick("đến hết", "until"), day(d)),
            Bound::NotAfter(d) => format!("{} {}", lang.pick("đến trước", "until before"), day(d)),
            Bound::Between(a, b) => lang.pick(
                format!("thôi dùng trong khoảng {}–{}, chưa rõ ngày", day(a), day(b)),
                format!("ended between {} and {}, day not known", day(a), day(b)),
            ),
            Bound::Open => lang.pick("đến nay", "to date").to_owned(),
        };
        format!("{from}; {to}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_tells_the_structure_only_where_it_can() {
        let at = |t: &str| Era::at(PartialDate::parse(t).unwrap());
        assert_eq!(at("30/06/2025"), Some(Era::Before2025));
        assert_eq!(at("01/07/2025"), Some(Era::Since2025));
        assert_eq!(at("06/2025"), Some(Era::Before2025));
        assert_eq!(at("07/2025"), Some(Era::Since2025));
        assert_eq!((at("2025"), at("")), (None, None));
        assert_eq!((at("1950"), at("2026")), (Some(Era::Before2025), Some(Era::Since2025)));
    }
}
