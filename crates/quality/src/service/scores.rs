//! Scores: of the records of a unit, how many keep all rules of a word; what changed in a week, and what weighs most.

use super::Quality;
use crate::{
    error::QualityError,
    model::Word,
    store::{Units, scores, violations},
};
use access::Action;
use population::Ask;
use std::collections::BTreeMap;
use vocabulary::{Moment, PartialDate, UnitCode};

/// The records of a unit, and how many break a rule: of any word, and of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitScore {
    /// Persons and households.
    pub records: i64,
    /// Of them with any fault.
    pub faulty: i64,
    /// With a fault of each word, in the order of [`Word::ALL`].
    pub by_word: [i64; 4],
}

impl UnitScore {
    fn put(&mut self, word: i16, records: i64, faulty: i64) {
        self.records = self.records.max(records);
        match usize::try_from(word - 1).ok().and_then(|at| self.by_word.get_mut(at)) {
            Some(place) => *place = faulty,
            None => self.faulty = faulty,
        }
    }

    /// Records with a fault of a word; of any without.
    pub fn with_fault(&self, word: Option<Word>) -> i64 {
        match word {
            None => self.faulty,
            Some(word) => Word::ALL
                .iter()
                .position(|w| *w == word)
                .and_then(|at| self.by_word.get(at))
                .copied()
                .unwrap_or_default(),
        }
    }

    /// Hundredths of a percent of records without a fault of a word, rounded down; `None` without records.
    pub fn score(&self, word: Option<Word>) -> Option<i64> {
        let good = self.records.checked_sub(self.with_fault(word))?;
        good.max(0).checked_mul(10_000)?.checked_div(self.records)
    }

    fn add(&mut self, other: &UnitScore) {
        self.records += other.records;
        self.faulty += other.faulty;
        self.by_word.iter_mut().zip(other.by_word).for_each(|(a, b)| *a += b);
    }
}

/// The scores of some units.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// When everybody was checked last: the count of records is of then, the faults are of now.
    pub checked_at: Option<Moment>,
    /// By unit; without one, what belongs to no commune.
    pub units: BTreeMap<Option<UnitCode>, UnitScore>,
    /// All of them.
    pub sum: UnitScore,
    /// The sum about a week ago, and of which day it is.
    pub before: Option<(PartialDate, UnitScore)>,
    /// A week ago by unit.
    pub units_before: BTreeMap<Option<UnitCode>, UnitScore>,
    /// The sums of the last 30 days that have scores, the latest last.
    pub days: BTreeMap<PartialDate, UnitScore>,
    /// Rules with the records that break them now, the most first; with those that were accepted as they are.
    pub causes: Vec<(String, i64, i64)>,
}

/// The day so many days ago, in Viet Nam.
fn days_ago(days: i64) -> PartialDate {
    let (y, m, d) = Moment::now().plus_seconds(-days * 86_400).local_date();
    PartialDate::new(y.unsigned_abs(), m.unsigned_abs(), d.unsigned_abs()).unwrap_or_default()
}

impl Quality {
    /// The scores of the caller's units, or of one of them.
    ///
    /// # Errors
    /// A refusal.
    pub async fn scores(&self, ask: &Ask, unit: Option<UnitCode>) -> Result<Scores, QualityError> {
        let units = match unit {
            Some(unit) => {
                self.decide(ask, Action::CountQuality, Some(super::listed(unit)?))?;
                super::communes(&access::UnitScope::Units(vec![unit]))
            }
            None => self.reach(ask, Action::CountQuality)?,
        };
        let mut found = Scores { checked_at: self.followed().await?.checked_at, ..Scores::default() };
        let Some(day) = scores::last_day(self.store(), PartialDate::today()).await? else { return Ok(found) };
        for (unit, word, records, _) in scores::of_day(self.store(), day, &units).await? {
            found.units.entry(scores::unit(&unit)).or_default().put(word, records, 0);
        }
        for (unit, word, faulty) in scores::faulty(self.store(), &units).await? {
            found.units.entry(scores::unit(&unit)).or_default().put(word, faulty, faulty);
        }
        found.units.values().for_each(|score| found.sum.add(score));
        if let Some(day) = scores::last_day(self.store(), days_ago(7)).await? {
            for (unit, word, records, faulty) in scores::of_day(self.store(), day, &units).await? {
                found.units_before.entry(scores::unit(&unit)).or_default().put(word, records, faulty);
            }
            let mut sum = UnitScore::default();
            found.units_before.values().for_each(|score| sum.add(score));
            found.before = Some((day, sum));
        }
        for (day, word, records, faulty) in scores::sums(self.store(), days_ago(30), &units).await? {
            found.days.entry(day).or_default().put(word, records, faulty);
        }
        found.causes = violations::by_rule(self.store(), &units).await?;
        Ok(found)
    }

    /// How many records break each rule now, in the whole registry; and of them accepted as they are.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn by_rule(&self) -> Result<Vec<(String, i64, i64)>, QualityError> {
        Ok(violations::by_rule(self.store(), &Units::All).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_what_keeps_the_rules() {
        let mut score = UnitScore::default();
        for (word, faulty) in [(0, 30), (1, 10), (2, 0), (3, 25), (4, 1)] {
            score.put(word, 400, faulty);
        }
        assert_eq!(score.score(None), Some(9_250));
        assert_eq!(score.score(Some(Word::Complete)), Some(10_000));
        assert_eq!(score.score(Some(Word::Live)), Some(9_975));
        assert_eq!(UnitScore::default().score(None), None);
        let mut sum = score;
        sum.add(&score);
        assert_eq!((sum.records, sum.score(None)), (800, Some(9_250)));
    }
}
