//! Counting what streams by.

use crate::{Family, Injected};
use population::{acts::Content, model::Fact};
use std::collections::BTreeMap;

/// Counts of a stream of families, kept while it flows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Closed groups.
    pub families: u64,
    /// Persons with a record, the dead too.
    pub persons: u64,
    /// Of these, the dead.
    pub dead: u64,
    /// Households ever formed.
    pub households: u64,
    /// Acts.
    pub acts: u64,
    /// Acts by the stable code of their kind.
    pub by_kind: BTreeMap<&'static str, u64>,
    /// Persons who came with a personal number or were issued one.
    pub numbers: u64,
    /// Lines of truth by code of the task of cleaning, `CLN-01` to `CLN-11`, and kind.
    pub injected: BTreeMap<String, u64>,
}

impl Summary {
    /// Adds the counts of another stretch of the stream.
    pub fn merge(&mut self, other: &Summary) {
        self.families += other.families;
        self.persons += other.persons;
        self.dead += other.dead;
        self.households += other.households;
        self.acts += other.acts;
        self.numbers += other.numbers;
        for (kind, count) in &other.by_kind {
            *self.by_kind.entry(kind).or_default() += count;
        }
        for (kind, count) in &other.injected {
            *self.injected.entry(kind.clone()).or_default() += count;
        }
    }

    /// Counts lines of truth.
    pub(crate) fn tell(&mut self, injected: &[Injected]) {
        for one in injected {
            *self.injected.entry(format!("{} {}", one.code, one.kind)).or_default() += 1;
        }
    }

    /// Counts one family; its lines of truth are counted where they are written.
    pub fn add(&mut self, family: &Family) {
        self.families += 1;
        self.acts += family.acts.len() as u64;
        for act in &family.acts {
            *self.by_kind.entry(act.content.kind().0).or_default() += 1;
            match &act.content {
                Content::Registration { facts, .. } | Content::Birth { facts, .. } => {
                    self.persons += 1;
                    self.numbers += u64::from(facts.iter().any(|f| matches!(f, Fact::Number(Some(_)))));
                }
                Content::NumberIssued { .. } => self.numbers += 1,
                Content::Death { .. } => self.dead += 1,
                Content::HouseholdFormed { .. } | Content::HouseholdSplit { .. } => self.households += 1,
                _ => {}
            }
        }
    }
}
