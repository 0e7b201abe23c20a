//! The append-only log of every read and every change of a person's data.
//!
//! Each look-up and each change leaves an [`Entry`]: who, whose data, which service, which fields, what for, what
//! became of it. [`Ledger::append`] makes it durable and gives a [`Receipt`]; only a receipt opens the [`Sealed`]
//! values that the stores of the domains hand out. So nothing is shown that is not logged.
//!
//! The entries are the leaves of a Merkle tree whose root is signed every second ([`Ledger::run`]). What is
//! published – checkpoint, tiles, bundles of salted commitments, in the form of C2SP tlog-tiles – says nothing about
//! anybody, yet lets an outsider notice any later change; [`Ledger::prove`] shows the subject of an entry that it is
//! in the log. See `docs/ledger.md`.
//!
//! The crate knows nothing of persons, permissions or HTTP. Who may read the log is decided by its callers.

mod append;
mod check;
mod edge;
mod entry;
mod error;
mod hash;
mod integrate;
mod keys;
mod note;
mod proof;
mod publish;
mod rows;
mod seal;
mod service;
pub mod tile;
pub mod tree;

pub use check::{Fault, Report};
pub use entry::{Entry, Outcome, Record, Statement, Subject, Verdict, Withheld};
pub use error::LedgerError;
pub use hash::Hash;
pub use keys::{KeyError, KeyFile, Signer};
pub use note::{Checkpoint, NoteFault, Origin, VerifierKey};
pub use proof::{Proof, ProofFault, Proven};
pub use publish::Published;
pub use seal::{Comparable, Compared, Pending, Receipt, Releasable, SealError, Sealed};
pub use service::{Ledger, Page, PreparedEntries};
pub use tile::Resource;

/// The schema of the ledger.
pub const MIGRATIONS: store::MigrationSet = store::migrations!("ledger": "0001_ledger");

#[cfg(test)]
extern crate self as ledger;

#[cfg(test)]
#[path = "../tests/log/mod.rs"]
mod tests;
