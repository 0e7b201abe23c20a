//! What can go wrong.

use ::store::StoreError;
use ledger::LedgerError;
use vocabulary::{Problem, Violation, kinds};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum QualityError {
    /// Told to a person.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The registry did not answer.
    #[error(transparent)]
    Registry(#[from] population::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<Violation> for QualityError {
    fn from(violation: Violation) -> QualityError {
        QualityError::Refused(violation.into())
    }
}

impl From<access::Denial> for QualityError {
    fn from(denial: access::Denial) -> QualityError {
        QualityError::Refused(denial.into())
    }
}

impl From<QualityError> for Problem {
    fn from(error: QualityError) -> Problem {
        let kind = match error {
            QualityError::Refused(problem) => return problem,
            QualityError::Registry(error) => return error.into(),
            QualityError::Store(StoreError::Conflict { .. } | StoreError::Serialization) => {
                return Problem::new(&kinds::CONFLICT);
            }
            QualityError::Store(StoreError::Busy | StoreError::Connection(_)) | QualityError::Ledger(_) => {
                &kinds::UNAVAILABLE
            }
            QualityError::Store(_) => &kinds::INTERNAL,
        };
        tracing::error!(%error, "a use case of data quality failed");
        Problem::new(kind)
    }
}
