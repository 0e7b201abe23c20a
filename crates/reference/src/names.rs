//! How often the parts of names occur, for drawing synthetic names. Parts only: no name of a person is in the data.

use crate::table;
use std::sync::LazyLock;
use vocabulary::Sex;

/// A part of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NamePart {
    /// *Họ*; the same for both sexes.
    Surname,
    /// *Chữ đệm*.
    Middle,
    /// *Tên* of one word.
    Given,
    /// *Tên* of two words.
    GivenPair,
}

/// A word and how often it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The word, or two for [`NamePart::GivenPair`].
    pub token: &'static str,
    /// How often it was counted.
    pub count: u32,
}

struct Row {
    part: NamePart,
    sex: Option<Sex>,
    counted: Counted,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let read = |[part, sex, token, count]: [&'static str; 4]| {
        let part = match part {
            "surname" => NamePart::Surname,
            "middle" => NamePart::Middle,
            "given" => NamePart::Given,
            "given_pair" => NamePart::GivenPair,
            _ => return None,
        };
        Some(Row { part, sex: Sex::parse(sex).ok(), counted: Counted { token, count: count.parse().ok()? } })
    };
    table::rows(include_str!("../../../data/names.csv")).filter_map(read).collect()
});

/// The words of a part for a sex, the commonest first. Surnames are the same whatever the sex; the other parts are
/// counted for male and female.
pub fn frequencies(part: NamePart, sex: Sex) -> impl Iterator<Item = Counted> {
    ROWS.iter().filter(move |r| r.part == part && (r.sex.is_none() || r.sex == Some(sex))).map(|r| r.counted)
}
