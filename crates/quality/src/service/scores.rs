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
use vocabulary::{Hamlet, Moment, PartialDate, UnitCode};

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

/// The scores of a hamlet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HamletScore {
    /// Which; without one, records whose address names none.
    pub hamlet: Option<Hamlet>,
    /// Now.
    pub now: UnitScore,
    /// About a week ago.
    pub before: Option<UnitScore>,
}

/// Adds up ways of writing one hamlet, under the way that stands in most records.
fn by_hamlet(now: Vec<(String, UnitScore)>, before: Vec<(String, UnitScore)>) -> Vec<HamletScore> {
    // Group 2 stands before group 10.
    let ordered = |word: &str| match word.bytes().all(|b| b.is_ascii_digit()) {
        true => format!("{word:0>9}"),
        false => word.to_owned(),
    };
    let key = |name: &str| {
        let key = Hamlet::from_stored(name.to_owned()).key();
        key.split(' ').map(ordered).collect::<Vec<_>>().join(" ")
    };
    let mut found: BTreeMap<String, (i64, HamletScore)> = BTreeMap::new();
    for (name, score) in now {
        let (most, one) = found.entry(key(&name)).or_default();
        if *most <= score.records {
            *most = score.records;
            one.hamlet = Some(name).filter(|n| !n.is_empty()).map(Hamlet::from_stored);
        }
        one.now.add(&score);
    }
    for (name, score) in before {
        if let Some((_, one)) = found.get_mut(&key(&name)) {
            one.before.get_or_insert_default().add(&score);
        }
    }
    found.into_values().map(|(_, one)| one).collect()
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
    /// By hamlet, where one commune was asked for.
    pub hamlets: Vec<HamletScore>,
    /// Rules with the records that break them now, the most first; with those that were accepted as they are.
    pub causes: Vec<(String, i64, i64)>,
}

/// The day so many days ago, in Viet Nam.
pub(super) fn days_ago(days: i64) -> PartialDate {
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
        let faulty = scores::faulty(self.store(), &units).await?;
        let mut of_units: BTreeMap<(&str, i16), i64> = BTreeMap::new();
        for (unit, _, word, count) in &faulty {
            *of_units.entry((unit, *word)).or_default() += count;
        }
        for ((unit, word), count) in of_units {
            found.units.entry(scores::unit(unit)).or_default().put(word, count, count);
        }
        if let Some(unit) = unit {
            found.hamlets = self.hamlets(unit, day, &faulty).await?;
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

    /// The scores of the hamlets of a commune: records of a day, faults of now.
    async fn hamlets(
        &self,
        unit: UnitCode,
        day: PartialDate,
        faulty: &[scores::Faulty],
    ) -> Result<Vec<HamletScore>, QualityError> {
        let mut now: BTreeMap<String, UnitScore> = BTreeMap::new();
        for (hamlet, word, records, _) in scores::hamlets(self.store(), day, unit).await? {
            now.entry(hamlet).or_default().put(word, records, 0);
        }
        for (_, hamlet, word, count) in faulty {
            now.entry(hamlet.clone()).or_default().put(*word, *count, *count);
        }
        let mut before: BTreeMap<String, UnitScore> = BTreeMap::new();
        if let Some(day) = scores::last_day(self.store(), days_ago(7)).await? {
            for (hamlet, word, records, faulty) in scores::hamlets(self.store(), day, unit).await? {
                before.entry(hamlet).or_default().put(word, records, faulty);
            }
        }
        Ok(by_hamlet(now.into_iter().collect(), before.into_iter().collect()))
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

    #[test]
    fn one_hamlet_written_in_two_ways_has_one_score() {
        let score = |records, faulty| UnitScore { records, faulty, by_word: [faulty, 0, 0, 0] };
        let now = vec![
            ("".to_owned(), score(5, 1)),
            ("Thon Phu Loc".to_owned(), score(2, 1)),
            ("Thôn Phú Lộc".to_owned(), score(90, 4)),
        ];
        let found =
            by_hamlet(now, vec![("Thôn Phú Lộc".to_owned(), score(80, 8)), ("Ấp 1".to_owned(), score(1, 1))]);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].hamlet.as_ref(), found[0].now.records, found[0].before), (None, 5, None));
        assert_eq!(found[1].hamlet.as_ref().map(Hamlet::as_str), Some("Thôn Phú Lộc"));
        assert_eq!((found[1].now, found[1].before), (score(92, 5), Some(score(80, 8))));
        let groups = ["Tổ dân phố 10", "Tổ dân phố 9"].map(|name| (name.to_owned(), score(1, 0)));
        let found = by_hamlet(groups.to_vec(), vec![]);
        assert_eq!(found[0].hamlet.as_ref().map(Hamlet::as_str), Some("Tổ dân phố 9"));
    }
}
