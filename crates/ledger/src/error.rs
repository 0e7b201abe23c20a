//! What can go wrong.

use crate::{KeyError, NoteFault};
use store::StoreError;
use vocabulary::{Invalid, Problem, kinds};

/// Why the ledger could not do what it was asked. Whoever gets it has no receipt, and shows nothing.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The entry breaks a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The store failed. After [`StoreError::Connection`] the entry may stand in the log nevertheless.
    #[error("the ledger's store: {0}")]
    Store(#[from] StoreError),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The newest checkpoint was not signed with this key under this origin. To go on with another key is to begin
    /// another log.
    #[error("the ledger was signed with another key or under another origin: {0}")]
    OtherKey(NoteFault),
    /// What is stored contradicts what was signed; nothing further is signed. The check of the log says where.
    #[error("the ledger is damaged: {0}")]
    Damaged(&'static str),
    /// There is no such entry.
    #[error("there is no such ledger entry")]
    NoSuchEntry,
    /// The transaction in which the entry was written has not been committed.
    #[error("the ledger entry is not durable")]
    NotDurable,
    /// An entry could not be put into JSON.
    #[error("a ledger entry could not be written: {0}")]
    Unwritable(String),
    /// The ledger is shutting down.
    #[error("the ledger is closed")]
    Closed,
    /// A file could not be written, or a thread not started.
    #[error("the ledger and the system: {0}")]
    System(#[from] std::io::Error),
}

impl LedgerError {
    pub(crate) fn unwritable(error: serde_json::Error) -> LedgerError {
        LedgerError::Unwritable(error.to_string())
    }
}

/// As callers of the product are told.
impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Problem {
        match error {
            LedgerError::Invalid(invalid) => Problem::invalid(vec![invalid.at("")]),
            LedgerError::NoSuchEntry => Problem::new(&kinds::NOT_FOUND),
            LedgerError::Store(StoreError::Busy | StoreError::Connection(_)) | LedgerError::Closed => {
                Problem::new(&kinds::UNAVAILABLE)
            }
            _ => Problem::new(&kinds::INTERNAL),
        }
    }
}
