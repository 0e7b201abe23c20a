//! All SQL of the registry, and nothing but SQL and row mapping. Person data leaves this room sealed; what the rules of
//! this crate need plain stays inside the crate.

mod confirmation;
mod load;
mod read;
mod row;
mod search;
mod write;

pub(crate) use confirmation::{Confirmation, confirmation, issuer, save_confirmation};
pub use load::{Loaded, load, rebuild};
pub use read::Change;
pub(crate) use read::{
    act, changes, held_for, history, household, members, person, persons_of_number, placement,
};
pub use search::{Place, Within};
pub(crate) use search::{Query, search};
pub(crate) use write::{act_in, append, before, is_annulled, is_free, lock, new_household, new_person};

use store::MigrationSet;

/// The migrations of this domain.
pub const MIGRATIONS: MigrationSet = store::migrations!("population": "0001_population");
