//! The words that every part of dancu shares: numbers, names, dates, codes, and who asks what for.
//!
//! Parsing validates and says which rule failed ([`Invalid`]); formatting round-trips. Values that identify a
//! person print themselves redacted under `Debug` and have no `Display`: showing them takes an explicit call such as
//! [`PersonalNumber::reveal`]. The crate knows nothing of storage, HTTP or any domain rule; with the feature `sql`
//! its values pass to and from both database engines.

mod address;
mod asking;
mod card_text;
mod codes;
mod date;
mod field;
mod hamlet;
mod id;
mod moment;
mod name;
mod number;
mod problem;
mod sex;
#[cfg(feature = "sql")]
mod sql;
mod text;

pub use address::Address;
pub use asking::{Actor, Basis, LegalBasis, Purpose, StaffId, SystemId};
pub use card_text::CardText;
pub use codes::{AgencyCode, DossierCode, OutcomeCode, ProcedureCode, UnitCode, UnitLevel};
pub use date::PartialDate;
pub use field::{Field, FieldSet};
pub use hamlet::Hamlet;
pub use id::{ActSeq, HouseholdId, PersonId};
pub use moment::Moment;
pub use name::{FullName, fold, tone_key};
pub use number::{FormerNumber, NumberShape, PersonalNumber};
pub use problem::{Invalid, Kind, Problem, Violation, kinds};
pub use sex::Sex;
pub use text::{Lang, Text};

/// `dd/mm/yyyy hh:mm` and the other shapes in which people read time here are computed in this zone.
pub const TIME_ZONE: &str = "Asia/Ho_Chi_Minh";
