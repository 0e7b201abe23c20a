//! Use cases: authorise, read sealed, write the ledger entry, open, answer.
//!
//! Every use case takes an [`Ask`]: who asks, for whom, what for. None returns person data without an entry in the
//! ledger, because the store gives only sealed records.

mod audit;
mod batch;
mod changes;
mod confirmation;
mod desk;
mod duplicates;
mod evidence;
mod export;
mod facts;
pub mod import;
mod lookup;
mod merge;
mod own;
mod reconcile;
mod record;

pub use audit::{AUDIT_ROWS, Audited, AuditedEntry};
pub use batch::{BATCH_ROWS, Batch, BatchPlace};
pub use confirmation::{Checked, Issued};
pub(crate) use desk::prefix;
pub use desk::{AccessLog, HouseholdPage, Listing, PersonPage, SearchFor};
pub(crate) use duplicates::newcomer;
pub use duplicates::{Alike, Apart, Candidate, DuplicateSurvey, Registered};
pub use evidence::{ActReceipt, Evidence, check_code};
pub use export::{EXPORT_MOST, EXPORT_PERSONS, ExportOf, FileFormat, PastExport};
pub use facts::{ActSketch, Survey};
pub use lookup::{Citizen, Verified};
pub use merge::{MERGE_MOST, MergeDraft, Merged, Proposer, UnmergeDraft, Whereabouts, later_acts};
pub use record::{Draft, Intent, NEW_HOUSEHOLD, NEW_PERSON, Recorded};

use crate::{duplicates::Likeness, problems::POSSIBLE_DUPLICATE};
use ::store::{Store, StoreError};
use access::{Action, Caller, Denial, Policy, Release, Resource};
use ledger::{Entry, Ledger, LedgerError, SealError, Subject};
use reference::{Era, units};
use std::sync::Arc;
use vocabulary::{Basis, FieldSet, Moment, Problem, Purpose, UnitCode, UnitLevel, kinds};

/// Who asks, and what for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Who.
    pub caller: Caller,
    /// What for; without it nothing about a person is answered.
    pub basis: Option<Basis>,
    /// The request's identifier, as in logs and problem documents.
    pub request: Option<String>,
}

impl Ask {
    /// The basis, or the problem that there is none.
    pub(crate) fn basis(&self) -> Result<Basis, Error> {
        let basis = self.basis.clone().ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?;
        Ok(basis.check().map_err(|i| Problem::from(i.at("basis")))?)
    }

    fn named(&self, entry: Entry) -> Entry {
        match &self.request {
            Some(id) => entry.request(id.clone()),
            None => entry,
        }
    }
}

/// Why a use case did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// For the caller to read.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger failed, so nothing was shown.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An export could not be written.
    #[error("the file could not be written: {0}")]
    File(std::io::Error),
    /// Records that may be of the person about to be registered are to be compared first.
    #[error("records that may be of the same person were not compared")]
    Alike(Vec<Likeness>),
    /// A record was not opened by its receipt: a fault of the program.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Error {
        Error::Problem(denial.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        match error {
            Error::Problem(problem) => problem,
            Error::Store(StoreError::Conflict { .. } | StoreError::Serialization) => {
                Problem::new(&kinds::CONFLICT)
            }
            Error::Store(StoreError::Busy | StoreError::Connection(_)) => {
                tracing::error!(%error, "the store is not available");
                Problem::new(&kinds::UNAVAILABLE)
            }
            Error::Ledger(_) => {
                tracing::error!(%error, "the ledger is not available");
                Problem::new(&kinds::UNAVAILABLE)
            }
            Error::Alike(_) => Problem::new(&POSSIBLE_DUPLICATE),
            Error::Store(_) | Error::Seal(_) | Error::File(_) => {
                tracing::error!(%error, "a use case failed");
                Problem::new(&kinds::INTERNAL)
            }
        }
    }
}

/// How long the entries of an investigation stay hidden from the subject, in days.
pub const SEALED_DAYS: i64 = 180;

/// The registry's use cases; cheap to clone.
#[derive(Clone)]
pub struct Population(Arc<Parts>);

/// What all clones share.
pub struct Parts {
    store: Store,
    ledger: Ledger,
    policy: Arc<Policy>,
    batches: Arc<tokio::sync::Semaphore>,
    imports: import::Runs,
}

impl std::ops::Deref for Population {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Population {
    /// The registry over a store whose migrations are done.
    pub fn new(store: Store, ledger: Ledger, policy: Arc<Policy>) -> Population {
        Population(Arc::new(Parts {
            store,
            ledger,
            policy,
            batches: Arc::new(tokio::sync::Semaphore::new(2)),
            imports: import::Runs::default(),
        }))
    }

    /// The policy by which it decides.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// An entry of this request. A look-up of an investigation, by a caller who may seal, is hidden from the subject
    /// for [`SEALED_DAYS`]; inspection sees it at once.
    fn entered(&self, ask: &Ask, entry: Entry) -> Entry {
        let entry = ask.named(entry);
        let investigation = ask.basis.as_ref().is_some_and(|b| b.purpose == Purpose::Investigation);
        let may_seal = || {
            self.policy.decide(&ask.caller, Action::SealEntries, Resource::NONE, ask.basis.as_ref()).is_ok()
        };
        if investigation && may_seal() {
            entry.sealed_until(Moment::now().plus_seconds(SEALED_DAYS * 86_400))
        } else {
            entry
        }
    }

    /// Decides, and leaves an entry where the answer is no: who knocks at closed doors is seen too.
    async fn decide(
        &self,
        ask: &Ask,
        action: Action,
        service: &'static str,
        subject: Subject,
        units: &[UnitCode],
    ) -> Result<Release, Error> {
        match self.policy.decide(&ask.caller, action, Resource::of(units), ask.basis.as_ref()) {
            Ok(release) => Ok(release),
            Err(denial) => {
                let entry = Entry::refused(
                    ask.caller.actor.clone(),
                    ask.basis.clone(),
                    service,
                    subject,
                    FieldSet::NONE,
                );
                self.ledger.append(ask.named(entry)).await?;
                Err(denial.into())
            }
        }
    }
}

/// Communes with their provinces, as scopes name them.
pub(crate) fn with_provinces(units: impl IntoIterator<Item = Option<UnitCode>>) -> Vec<UnitCode> {
    let mut all = Vec::with_capacity(4);
    for unit in units.into_iter().flatten() {
        all.push(unit);
        if unit.level() == UnitLevel::Commune {
            all.extend(units::province_of(unit, Era::Since2025).map(|province| province.code));
        }
    }
    all
}
