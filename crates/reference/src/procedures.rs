//! Administrative procedures (*thủ tục hành chính*) of the national catalogue, as collected in mid-2026. Not complete:
//! the ministries of Health, of Education and of Home Affairs are missing, so an unknown code is not a wrong one.

use crate::search::Keys;
use crate::table;
use std::sync::LazyLock;
use vocabulary::ProcedureCode;

/// A procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// National code, `n.nnnnnn`.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Field of administration.
    pub domain: &'static str,
    /// Ministry.
    pub ministry: &'static str,
    /// Levels that settle it: `bo`, `tinh`, `xa`, with `|` between them.
    pub levels: &'static str,
    /// Decision that published it.
    pub decision: &'static str,
    /// Who may apply, commas between them.
    pub subjects: &'static str,
}

static PROCEDURES: LazyLock<Vec<Procedure>> =
    LazyLock::new(|| {
        let read = |[code, name, domain, ministry, levels, decision, subjects]: [&'static str; 7]| {
            Procedure { code, name, domain, ministry, levels, decision, subjects }
        };
        let mut all: Vec<Procedure> =
            table::rows(include_str!("../../../data/procedures.csv")).map(read).collect();
        all.sort_by_key(|p| p.code);
        all
    });

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::of(PROCEDURES.iter().map(|p| p.name)));

/// Length of a national code; what follows is an agency's code.
const NATIONAL: usize = 8;

/// The catalogue, by code.
pub fn all() -> &'static [Procedure] {
    &PROCEDURES
}

/// The procedure with a national code or with a local one, which has an agency's code after it
/// (`2.000815.000.00.00.H55`).
pub fn find(code: &ProcedureCode) -> Option<&'static Procedure> {
    let national = code.as_str().get(..NATIONAL)?;
    let at = PROCEDURES.binary_search_by_key(&national, |p| p.code).ok()?;
    PROCEDURES.get(at)
}

/// Procedures by name or beginning of the code, best first.
pub fn search(text: &str, limit: usize) -> Vec<&'static Procedure> {
    let typed = text.trim();
    if typed.len() >= 3 && typed.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return PROCEDURES.iter().filter(|p| p.code.starts_with(typed)).take(limit).collect();
    }
    KEYS.search(&PROCEDURES, |p| p.name, text, limit)
}
