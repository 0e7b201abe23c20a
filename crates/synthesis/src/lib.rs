//! A synthetic population (*dân số giả lập*): invented people with believable lives, for demonstrations, tests and
//! benchmarks. No real person goes in, and none comes out.
//!
//! The stream yields one closed group after another: all acts of its persons and households and of nobody else, so
//! that each can be folded and stored by itself. A few neighbourhoods of about a thousand people are in memory at a time,
//! whatever the size of the whole: each is told by itself, by as many threads as there are processors, and taken in
//! order. The same options yield the same stream on every machine.
//!
//! ```text
//! atlas ─ crowd ─ kinship ─ plan ─┐             ┌ families → registry
//! map     ages     clans    days  ├ history ─ acts
//! places · names · numbers ─ bio ─┘  + faults   └ rows → files → census
//! ```
//!
//! What the acts tell keeps the rules of [`population::rules`]; faults, where wanted, are put in on purpose and are
//! such as real registers have.

mod atlas;
mod bio;
mod card;
mod cells;
mod census;
mod clan;
mod corruptions;
mod crowd;
mod day;
mod draw;
mod duplicates;
mod faults;
mod files;
mod folder;
mod history;
mod in_order;
mod kinship;
mod names;
mod numbers;
mod peoples;
mod places;
mod plan;
mod record;
mod rows;
mod sectors;
mod story;
mod stream;
mod streets;
mod summary;
mod truth;

pub use census::{Cell, Census, Comparison, Seen};
pub use files::{FilesError, TRUTH, write_files};
pub use folder::{Surveyed, survey};
pub use places::commune_police;
pub use rows::{HOUSEHOLDS, PERSONS};
pub use sectors::SECTOR;
pub use story::{STORY_HOUSEHOLDS, STORY_PERSONS, Story, StoryPerson, story_people};
pub use stream::families;
pub use summary::Summary;
pub use truth::Injected;

use population::acts::Act;
use reference::projection::YEARS;
use vocabulary::{PartialDate, UnitCode};

/// Where the population lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// In one province, by its code in the structure before July 2025; 56 is Khánh Hòa.
    Province(UnitCode),
    /// In all provinces, in proportion to the projection.
    All,
}

/// What population is wanted.
#[derive(Clone, Debug)]
pub struct Options {
    /// Records of persons, the people of the stories, some dead and the duplicates among them: 100 to 10,000,000 for a
    /// province, 20,000 to 200,000,000 for all.
    pub persons: u64,
    /// Where they live.
    pub region: Region,
    /// Chooses one of very many populations.
    pub seed: u64,
    /// The day up to which lives are told: a whole date from 1 July 2025 to 31 December 2049.
    pub today: PartialDate,
    /// The projected year whose ages and sexes the population has on that day, one of [`YEARS`]; the nearest where none
    /// is given.
    pub year: Option<u16>,
    /// Share of records with a fault put in on purpose: 0 to 0.5; 0.01 is like a real register.
    pub faults: f64,
    /// Threads that invent people, as many as processors where none are given. They change the time it takes and
    /// nothing else.
    pub threads: Option<usize>,
}

impl Options {
    /// Records of a province at least, and at most.
    pub const PERSONS: (u64, u64) = (100, 10_000_000);
    /// Records of all provinces at least, and at most: there are not many more numbers of the old structure.
    pub const PERSONS_OF_ALL: (u64, u64) = (20_000, 200_000_000);

    /// The projected year that the population follows.
    pub fn projected_year(&self) -> u16 {
        let today = self.today.year().unwrap_or_default();
        let nearest = || YEARS.into_iter().min_by_key(|y| y.abs_diff(today)).unwrap_or_default();
        self.year.unwrap_or_else(nearest)
    }

    /// How many threads invent people.
    pub(crate) fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }
}

/// One closed group: every act of every person and household in it, and nobody else's. Sequence numbers run on from
/// family to family, strictly increasing from 1; persons are numbered from 1 without gaps, households upwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The acts, in sequence.
    pub acts: Vec<Act>,
    /// What was put in on purpose.
    pub truth: Vec<Injected>,
}
