//! All SQL of this domain, and nothing but SQL and the mapping of rows. One text serves both engines.

pub(crate) mod campaigns;
pub(crate) mod cases;
pub(crate) mod mergings;
pub(crate) mod one_sided;
pub(crate) mod pairs;
pub(crate) mod questions;
pub(crate) mod scores;
pub(crate) mod sectors;
pub(crate) mod violations;

use ::store::{MigrationSet, Param, StoreError, Tx};
use vocabulary::UnitCode;

/// The migrations of this domain.
pub const MIGRATIONS: MigrationSet = ::store::migrations!("quality": "0001_quality", "0002_hamlets", "0003_merging", "0004_sectors", "0005_live_pairs", "0006_vaccination", "0007_one_sided");

/// Serialises what numbers rows.
pub(crate) async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    tx.lock("quality").await
}

/// The communes that somebody may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Units {
    /// The whole country, and what belongs to no commune.
    All,
    /// These.
    These(Vec<UnitCode>),
}

impl Units {
    /// A condition on a column, whose parameters begin at a place: ` AND column IN (…)`, or nothing.
    pub fn clause(&self, column: &str, first: usize) -> String {
        match self {
            Units::All => String::new(),
            Units::These(units) if units.is_empty() => " AND 1 = 0".to_owned(),
            Units::These(units) => {
                let places: Vec<String> = (first..first + units.len()).map(|n| format!("${n}")).collect();
                format!(" AND {column} IN ({})", places.join(", "))
            }
        }
    }

    /// The parameters before it with its own.
    pub fn after<'a>(&'a self, params: &[&'a dyn Param]) -> Vec<&'a dyn Param> {
        let own: &[UnitCode] = match self {
            Units::All => &[],
            Units::These(units) => units,
        };
        params.iter().copied().chain(own.iter().map(|u| u as &dyn Param)).collect()
    }
}

/// A row that this program cannot have written.
pub(crate) fn unreadable(what: &str) -> StoreError {
    StoreError::Other(format!("a stored {what} cannot be read"))
}
