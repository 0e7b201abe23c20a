//! Small code lists of the national exchanges: dossier states, channels, marital status, forms, and so on.

use crate::table;
use std::sync::LazyLock;

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The list, such as `dossier_status`.
    pub list: &'static str,
    /// The code.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Whether a source confirmed it: `confirmed`, `partly`, or `from_memory`, which must be checked before anything
    /// is made to depend on it.
    pub status: &'static str,
    /// Where it is from.
    pub note: &'static str,
}

static CODES: LazyLock<Vec<Code>> = LazyLock::new(|| {
    let read = |[list, code, name, status, note]: [&'static str; 5]| Code { list, code, name, status, note };
    table::rows(include_str!("../../../data/reference_codes.csv")).map(read).collect()
});

/// The entries of a list, in its order: `dossier_status`, `submission_channel`, `marital_status`, `gender`,
/// `blood_group`, `birth_date_precision`, `data_product`, `population_operation`, `residence_form`, `form`.
pub fn list(list: &str) -> impl Iterator<Item = &'static Code> {
    CODES.iter().filter(move |c| c.list == list)
}

/// One entry of a list.
pub fn find(list: &str, code: &str) -> Option<&'static Code> {
    CODES.iter().find(|c| c.list == list && c.code == code)
}
