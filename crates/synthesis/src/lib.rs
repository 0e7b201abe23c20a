//! A synthetic population (*dân số giả lập*): invented people with believable lives, for demonstrations, tests and
//! benchmarks. No real person goes in, and none comes out.
//!
//! The stream yields one closed group after another: all acts of its persons and households and of nobody else, so
//! that each can be folded and stored by itself. A neighbourhood of about a thousand people is in memory at a time,
//! whatever the size of the whole. The same options yield the same stream on every machine.
//!
//! ```text
//! projection ─ crowd ─ kinship ─ plan ─┐
//!              ages     clans    days  ├ history ─ acts
//! places · names · numbers ───── bio ──┘
//! ```
//!
//! What the acts tell keeps the rules of [`population::rules`]; faults, where wanted, are put in on purpose and are
//! such as real registers have.

mod bio;
mod clan;
mod crowd;
mod day;
mod draw;
mod faults;
mod history;
mod kinship;
mod names;
mod numbers;
mod peoples;
mod places;
mod plan;
mod record;
mod story;
mod stream;
mod streets;
mod summary;

pub use places::commune_police;
pub use story::{STORY_HOUSEHOLDS, STORY_PERSONS, Story, StoryPerson, story_people};
pub use stream::families;
pub use summary::Summary;

use population::acts::Act;
use vocabulary::{PartialDate, UnitCode};

/// What population is wanted.
#[derive(Clone, Debug)]
pub struct Options {
    /// Persons with a record, the people of the stories and some dead among them: 100 to 10,000,000.
    pub persons: u64,
    /// The province by its code in the structure before July 2025; 56 is Khánh Hòa.
    pub province: UnitCode,
    /// Chooses one of very many populations.
    pub seed: u64,
    /// The day up to which lives are told: a whole date from 1 July 2025 to 31 December 2049.
    pub today: PartialDate,
    /// Share of persons with a fault put in on purpose: 0 to 0.5; 0.01 is like a real register.
    pub faults: f64,
}

impl Options {
    /// Persons at least, and at most.
    pub const PERSONS: (u64, u64) = (100, 10_000_000);
}

/// One closed group: every act of every person and household in it, and nobody else's. Sequence numbers run on from
/// family to family, strictly increasing from 1; persons and households are numbered from 1 without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The acts, in sequence.
    pub acts: Vec<Act>,
}
