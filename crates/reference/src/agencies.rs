//! Agencies (*cơ quan*) by the head part of their code (QCVN 102:2016): ministries `Gnn`, provinces `Hnn`.

use crate::table;
use std::sync::LazyLock;
use vocabulary::{AgencyCode, UnitCode};

/// An agency at the head of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agency {
    /// Head part of the code, such as `G01` or `H32`.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// `ministry`, `province` or another kind.
    pub kind: &'static str,
    /// For a province: its code before 1 July 2025.
    pub province: Option<UnitCode>,
    /// Whether the code was confirmed by a source; the others follow the alphabetical scheme and may be wrong.
    pub confirmed: bool,
    /// How the code is known.
    pub note: &'static str,
}

static AGENCIES: LazyLock<Vec<Agency>> = LazyLock::new(|| {
    let read = |[code, name, kind, province, status, note]: [&'static str; 6]| Agency {
        code,
        name,
        kind,
        province: UnitCode::parse(province).ok(),
        confirmed: status == "confirmed",
        note,
    };
    table::rows(include_str!("../../../data/agency_codes.csv")).map(read).collect()
});

/// All agencies.
pub fn all() -> &'static [Agency] {
    &AGENCIES
}

/// The agency at the head of a code: `H32` for `000.00.01.H32`, for `H32.1.2` and for `H32`.
pub fn head(code: &AgencyCode) -> Option<&'static Agency> {
    let mut parts = code.as_str().split('.');
    parts.find_map(|part| AGENCIES.iter().find(|a| a.code == part))
}
