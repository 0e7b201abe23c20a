//! Occupations (*danh mục nghề nghiệp Việt Nam*, Decision 34/2020/QĐ-TTg); the list is not complete, see
//! `data/README.md`.

use crate::search::Keys;
use crate::table;
use std::sync::LazyLock;

/// An occupation or group of occupations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupation {
    /// One to four digits; each further digit is a finer level.
    pub code: &'static str,
    /// Level 1–4, by the length of the code.
    pub level: u8,
    /// Name.
    pub name: &'static str,
}

static OCCUPATIONS: LazyLock<Vec<Occupation>> = LazyLock::new(|| {
    let read =
        |[code, level, name]: [&'static str; 3]| Some(Occupation { code, level: level.parse().ok()?, name });
    table::rows(include_str!("../../../data/occupations.csv")).filter_map(read).collect()
});

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::of(OCCUPATIONS.iter().map(|o| o.name)));

/// The list, by code.
pub fn all() -> &'static [Occupation] {
    &OCCUPATIONS
}

/// The occupation with a code.
pub fn find(code: &str) -> Option<&'static Occupation> {
    OCCUPATIONS.iter().find(|o| o.code == code)
}

/// Occupations by name, best first.
pub fn search(text: &str, limit: usize) -> Vec<&'static Occupation> {
    KEYS.search(&OCCUPATIONS, |o| o.name, text, limit)
}
