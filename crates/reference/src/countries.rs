//! Countries and territories (ISO 3166-1).

use crate::search::{Query, best};
use crate::table;
use std::sync::LazyLock;
use vocabulary::{Text, fold};

/// A country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country {
    /// Alpha-2 code, such as `VN`.
    pub iso2: &'static str,
    /// Alpha-3 code, such as `VNM`.
    pub iso3: &'static str,
    /// Numeric code, three digits.
    pub number: &'static str,
    /// Name in both languages.
    pub name: Text,
}

static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let read = |[iso2, iso3, number, vi, en]: [&'static str; 5]| Country {
        iso2,
        iso3,
        number,
        name: Text::new(vi, en),
    };
    table::rows(include_str!("../../../data/countries.csv")).map(read).collect()
});

/// Folded names, Vietnamese and English.
static KEYS: LazyLock<Vec<[String; 2]>> =
    LazyLock::new(|| COUNTRIES.iter().map(|c| [fold(c.name.vi), fold(c.name.en)]).collect());

/// All countries.
pub fn all() -> &'static [Country] {
    &COUNTRIES
}

/// The country with an alpha-2 or alpha-3 code, in any case.
pub fn find(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|c| c.iso2.eq_ignore_ascii_case(code) || c.iso3.eq_ignore_ascii_case(code))
}

/// Countries by Vietnamese or English name, best first.
pub fn search(text: &str, limit: usize) -> Vec<&'static Country> {
    let Some(query) = Query::new(text) else { return Vec::new() };
    let rank = |(c, [vi, en]): (&'static Country, &[String; 2])| {
        let ranks = [query.rank(vi, c.name.vi), query.rank(en, c.name.en)];
        Some((ranks.into_iter().flatten().min()?, c))
    };
    best(COUNTRIES.iter().zip(KEYS.iter()).filter_map(rank), limit)
}
