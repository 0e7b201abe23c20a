//! What can go wrong here, and how it is told.

use crate::{password::HashError, secret::NoRandomness};
use access::Denial;
use ledger::LedgerError;
use store::StoreError;
use vocabulary::{Problem, Violation, kinds};

/// Why a use case of this domain failed. Only [`Problem`]s are told as they are; faults of ours are logged, without
/// any value of a request, and told as such.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The caller is told why.
    #[error(transparent)]
    Refused(Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Passwords cannot be hashed, or too many at once.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// No randomness for a secret.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
}

impl From<Problem> for IdentityError {
    fn from(problem: Problem) -> IdentityError {
        IdentityError::Refused(problem)
    }
}

impl From<Violation> for IdentityError {
    fn from(violation: Violation) -> IdentityError {
        IdentityError::Refused(violation.into())
    }
}

impl From<Denial> for IdentityError {
    fn from(denial: Denial) -> IdentityError {
        IdentityError::Refused(denial.into())
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Problem {
        let kind = match &error {
            IdentityError::Refused(problem) => return problem.clone(),
            IdentityError::Hash(HashError::Busy) => {
                return Problem::new(&kinds::UNAVAILABLE).detail(
                    "Đang có quá nhiều người đăng nhập cùng lúc.",
                    "Too many people are signing in at once.",
                );
            }
            IdentityError::Store(StoreError::Busy | StoreError::Connection(_)) => &kinds::UNAVAILABLE,
            _ => &kinds::INTERNAL,
        };
        tracing::error!(%error, "identity failed");
        Problem::new(kind)
    }
}

/// Nothing by that name.
pub(crate) fn not_found() -> IdentityError {
    Problem::new(&kinds::NOT_FOUND).into()
}
