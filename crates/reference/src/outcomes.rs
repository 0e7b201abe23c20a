//! Results of procedures (*kết quả giải quyết thủ tục hành chính*), by which papers are re-used.

use crate::search::Keys;
use crate::table;
use std::sync::LazyLock;
use vocabulary::OutcomeCode;

/// A result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Code, `KQ.<agency>.<6 digits>`.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// How many procedures of the catalogue give it.
    pub procedures: u16,
}

static OUTCOMES: LazyLock<Vec<Outcome>> = LazyLock::new(|| {
    let read = |[code, name, n]: [&'static str; 3]| Some(Outcome { code, name, procedures: n.parse().ok()? });
    let mut all: Vec<Outcome> =
        table::rows(include_str!("../../../data/result_codes.csv")).filter_map(read).collect();
    all.sort_by_key(|o| o.code);
    all
});

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::of(OUTCOMES.iter().map(|o| o.name)));

/// The list, by code.
pub fn all() -> &'static [Outcome] {
    &OUTCOMES
}

/// The result with a code.
pub fn find(code: &OutcomeCode) -> Option<&'static Outcome> {
    let at = OUTCOMES.binary_search_by_key(&code.as_str(), |o| o.code).ok()?;
    OUTCOMES.get(at)
}

/// Results by name, best first.
pub fn search(text: &str, limit: usize) -> Vec<&'static Outcome> {
    KEYS.search(&OUTCOMES, |o| o.name, text, limit)
}
