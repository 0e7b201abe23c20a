//! Data quality (*đúng, đủ, sạch, sống*): which records break which rules, who cleans them, and how good each unit's data
//! is.
//!
//! [`rules`] are data, asked of the facts of a record; a violation says why, since when and which act made it, and is
//! checked again in the second in which an act touches the record or one around it. Campaigns hand violations out as
//! cases; each case is in one state, and every figure is a count of cases by state, so that totals always add up.
//!
//! Records that may be one person's are merged at a desk of their own, by two officers where it reaches across communes.
//!
//! [`Quality`] is the face; [`MIGRATIONS`], [`pages::pages`], [`api::api`] and [`Quality::run`] are what the binary composes.

pub mod api;
mod error;
mod jobs;
pub mod model;
pub mod pages;
pub mod problems;
pub mod rules;
pub mod sectors;
mod service;
mod store;

pub use error::QualityError;
pub use service::{
    Bearer, Beside, CasePage, Checked, Decision, DuplicatePage, FoundPair, HamletScore, HeldFile, HeldReader,
    MergingPage, Mergings, NewCampaign, NewMerging, OUTCOMES, Opened, Progress, Proposal, Quality, RowCounts,
    RunProgress, RunState, Scores, SectorFile, SectorRun, SectorSettings, Side, UnitScore, UnitTotals,
    Watched, prepare,
};
pub use store::MIGRATIONS;
pub use store::campaigns::Campaign;
pub use store::cases::{Case, Sort, Step, Wanted};
pub use store::mergings::{Merging, MergingKind, MergingPart, MergingRecord, MergingState};
pub use store::pairs::{Judged, Pair, Reason};
pub use store::questions::Question;
pub use store::sectors::{Finding, SectorOutcome, SectorQuestion, WaitingQuestion};
