//! Records that are compared at the merge desk: found by their numbers, by a case, and who may see them.

use super::Quality;
use crate::{
    error::QualityError,
    model::{State, Subject},
    problems::NO_PAIR,
    store::{Units, mergings, pairs, pairs::Pair},
};
use access::Action;
use population::{Ask, MERGE_MOST, PersonPage, Whereabouts, verify::Number};
use std::collections::BTreeSet;
use vocabulary::{Invalid, PersonId, Problem, UnitCode, kinds};

const RECORDS: Invalid =
    Invalid::new("merge/records", "Chọn từ 2 đến 5 hồ sơ khác nhau", "Choose 2 to 5 different records");
const NOBODY: Invalid = Invalid::new("merge/nobody", "Không có hồ sơ nào như vậy", "There is no such record");

/// Records that may become one, as they stand beside each other.
pub struct Beside {
    /// The records; each look is an entry in the ledger.
    pub records: Vec<PersonPage>,
    /// The pairs among them that whoever links records found.
    pub pairs: Vec<Pair>,
    /// Whether a second officer has to approve.
    pub two: bool,
}

pub(super) fn within(units: &Units, unit: Option<UnitCode>) -> bool {
    match units {
        Units::All => true,
        Units::These(own) => unit.is_some_and(|u| own.contains(&u)),
    }
}

impl Quality {
    /// Where records stand, each that exists; refused where none lies in units in which the caller may do this, or where
    /// nothing links one outside with one of them.
    pub(super) async fn known_to(
        &self,
        ask: &Ask,
        ids: &[PersonId],
        action: Action,
    ) -> Result<Vec<Whereabouts>, QualityError> {
        let units = self.reach(ask, action)?;
        let found = self.population().whereabouts(ids).await?;
        if found.len() != ids.len() {
            return Err(NOBODY.at("records").into());
        }
        let (own, beyond): (Vec<&Whereabouts>, Vec<&Whereabouts>) =
            found.iter().partition(|w| within(&units, w.unit));
        if own.is_empty() {
            return Err(Problem::new(&kinds::FORBIDDEN).into());
        }
        for far in beyond {
            let mut linked = false;
            for near in &own {
                let (alike, _) = self.alike(near.person).await?;
                linked = linked
                    || alike.contains(&far.person)
                    || mergings::together(self.store(), near.person, far.person).await?;
            }
            if !linked {
                return Err(Problem::new(&NO_PAIR).into());
            }
        }
        Ok(found)
    }

    /// The records that were typed, each as `#` and its number, or by a personal or former number; in order, each once.
    ///
    /// # Errors
    /// Invalid, by the place of what leads to nobody.
    pub async fn find_records(&self, ask: &Ask, typed: &[String]) -> Result<Vec<PersonId>, QualityError> {
        self.reach(ask, Action::CompareRecords)?;
        let (mut ids, mut faults) = (Vec::new(), Vec::new());
        for (text, at) in typed.iter().map(|t| t.trim()).zip(1..).filter(|(t, _)| !t.is_empty()) {
            let field = format!("record-{at}");
            let found = match text.strip_prefix('#') {
                Some(id) => match id.trim().parse().map(PersonId) {
                    // A record that was merged leads to the one that stands for it.
                    Ok(id) => {
                        let kept = self.population().survivor(id).await?;
                        let there = self.population().whereabouts(&[kept]).await?;
                        there.into_iter().map(|w| w.person).collect()
                    }
                    Err(_) => Vec::new(),
                },
                None => match Number::parse(text) {
                    Ok(number) => self.population().records_of(number).await?,
                    Err(invalid) => {
                        faults.push(invalid.at(field));
                        continue;
                    }
                },
            };
            if found.is_empty() {
                faults.push(NOBODY.at(field));
            }
            for id in found {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        if faults.is_empty() && !(2..=MERGE_MOST).contains(&ids.len()) {
            faults.push(RECORDS.at("record-1"));
        }
        if faults.is_empty() { Ok(ids) } else { Err(Problem::invalid(faults).into()) }
    }

    /// The records of a case at the merge desk: its own, and those that may be the same person's.
    ///
    /// # Errors
    /// A refusal; not found; a case that is not about records of one person.
    pub async fn records_of_case(&self, ask: &Ask, id: i64) -> Result<Vec<PersonId>, QualityError> {
        let case = self.case_of(ask, id, &[Action::WorkCases, Action::ApproveCases]).await?;
        let Subject::Person(person) = case.subject else {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        };
        let (alike, _) = self.alike(person).await?;
        Ok(std::iter::once(person).chain(alike).take(MERGE_MOST).collect())
    }

    /// A case about records that may be one person's ends as no error, once a lead approves: they are different persons.
    ///
    /// # Errors
    /// A refusal; no reason; a case that waits for approval or has ended.
    pub async fn propose_different(&self, ask: &Ask, case: i64, reason: &str) -> Result<(), QualityError> {
        let found = self.case_of(ask, case, &[Action::WorkCases]).await?;
        let proposal =
            super::Proposal { end: State::NotAnError, reason: reason.to_owned(), version: found.version };
        self.propose(ask, case, &proposal).await
    }

    /// Records side by side, each look entered in the ledger.
    ///
    /// # Errors
    /// A refusal; nothing that links a record outside the caller's units with one within; fewer than two records.
    pub async fn beside(&self, ask: &Ask, ids: &[PersonId]) -> Result<Beside, QualityError> {
        let distinct: BTreeSet<PersonId> = ids.iter().copied().collect();
        if !(2..=MERGE_MOST).contains(&ids.len()) || distinct.len() != ids.len() {
            return Err(RECORDS.at("records").into());
        }
        let stands = self.known_to(ask, ids, Action::CompareRecords).await?;
        let mut pairs = pairs::of(self.store(), ids).await?;
        pairs.retain(|p| distinct.contains(&p.first) && distinct.contains(&p.second));
        let two = match self.reach(ask, Action::MergeRecords) {
            Ok(units) => self.needs_two(&units, &stands),
            Err(_) => true,
        };
        Ok(Beside { records: self.population().compare(ask, ids).await?, pairs, two })
    }
}
