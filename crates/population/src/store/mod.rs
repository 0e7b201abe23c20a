//! All SQL of the registry, and nothing but SQL and row mapping. Person data leaves this room sealed; what the rules of
//! this crate need plain stays inside the crate.

mod census;
mod confirmation;
pub(crate) mod duplicates;
mod export;
mod facts;
mod import;
mod late;
mod load;
mod many;
mod merge;
mod next;
mod read;
mod rebuild;
mod reconcile;
mod row;
mod search;
mod sizes;
mod write;

pub use census::{Counted, census, household_sizes};
pub(crate) use confirmation::{Confirmation, confirmation, issuer, save_confirmation};
pub use export::PastExport;
pub(crate) use export::{Roll, exports, people, roll, save_export};
pub(crate) use facts::{
    act_sketch, affected, all_doubles, ends, facts_between, facts_of, households_between, households_of,
};
pub(crate) use import::{
    JobRow, Link, RejectRow, add_job, add_links, add_part, add_rejects, claimed, clear_job, drop_links, head,
    job, job_in, job_of_file, jobs, links, meet_households, met_households, named, numberless_namesakes,
    part, rejects, save_job,
};
pub(crate) use late::{complete, do_without};
pub use load::{Loaded, is_whole, load};
pub(crate) use many::{
    Claimant, Outline, Reserved, Source, append_all, claimants, number_from, outlines, records, reserve,
};
pub(crate) use merge::{acts_of, named_by, rivals, survivor, whereabouts};
pub use read::Change;
pub(crate) use read::{
    act, changes, held_for, history, household, last_act, members, person, person_for, persons_of_number,
    placement,
};
pub use rebuild::rebuild;
pub(crate) use reconcile::{claiming, namesakes, standings, ties};
pub(crate) use row::{FORMER, IN_FORCE};
pub use search::{Place, Within};
pub(crate) use search::{Query, search};
pub use sizes::{Room, Sizes, sizes};
pub(crate) use write::{act_in, append, before, is_annulled, is_free, lock, new_household, new_person};

use store::{MigrationSet, Spread};

/// How the tables lie in a cluster: what look-ups and searches read is spread, each row by the key by which it is looked
/// up. The acts stay together: the order of the whole country is made in one place.
pub const SPREAD: &[Spread] =
    &[Spread { table: "person", column: "id" }, Spread { table: "number_claim", column: "number" }];

/// The migrations of this domain.
pub const MIGRATIONS: MigrationSet = store::migrations!("population": "0001_population", "0002_register_export", "0003_import", "0004_told_apart");
