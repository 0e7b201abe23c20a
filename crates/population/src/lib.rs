//! The population registry: who lives here – persons, households, residence, personal numbers, with full history.
//!
//! Every change is an [act](acts), appended once and never edited; the current state is what the pure [`fold`] of the
//! acts yields, written in the same transaction. A wrong act is answered by another. What is faulty in reality is
//! stored as it is and named as a [finding](findings); [`rules`] refuse only what contradicts the records.
//!
//! [`Population`] is the face: each use case takes an [`Ask`] – who asks, for which agency, what for – and none shows
//! person data without an entry in the ledger, since the [`store`] hands out only sealed records.
//!
//! What others may call: [`Population`], the [`model`] types, [`acts`] and [`fold`] for synthetic data and tests,
//! [`store::load`] and [`store::rebuild`] for operations, [`MIGRATIONS`].

pub mod acts;
pub mod api;
mod code;
pub mod columns;
pub mod duplicates;
pub mod facts;
pub mod findings;
pub mod fold;
pub mod issue;
pub mod model;
pub mod pages;
pub mod problems;
pub mod reconcile;
pub mod rules;
pub mod sealed;
mod service;
pub mod store;
pub mod verify;

pub use self::store::MIGRATIONS;
pub use service::import;
pub use service::{
    AUDIT_ROWS, AccessLog, ActReceipt, ActSketch, Alike, Apart, Ask, Audited, AuditedEntry, BATCH_ROWS,
    Batch, BatchPlace, Candidate, Checked, Citizen, Draft, DuplicateSurvey, EXPORT_MOST, EXPORT_PERSONS,
    Error, Evidence, ExportOf, FileFormat, HouseholdPage, Intent, Issued, Listing, MERGE_MOST, MergeDraft,
    Merged, NEW_HOUSEHOLD, NEW_PERSON, PastExport, PersonPage, Population, Proposer, Recorded, Registered,
    SearchFor, Survey, UnmergeDraft, Verified, Whereabouts, check_code, later_acts,
};

#[cfg(test)]
mod fold_tests;
