//! Checking: everybody, a stretch at a time in bounded memory; and again, at once, whoever an act has touched.

use super::Quality;
use crate::{
    error::QualityError,
    model::{Broken, State, Subject},
    rules::Check,
    store::{
        self, Units, cases,
        one_sided::{self, Ties},
        pairs, scores,
        scores::Records,
        violations::{self, Changes, Followed, Standing},
    },
};
use ::store::transact;
use population::{Survey, facts::Facts};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use vocabulary::{ActSeq, Hamlet, HouseholdId, Moment, PartialDate, PersonId, Problem, UnitCode, kinds};

/// Records read at a time.
const STRETCH: i64 = 4_000;
/// Most changes of the feed taken at a time.
const PART: u32 = 1_000;
/// Records checked again at a time.
const TOGETHER: usize = 1_000;

/// What a check of everybody found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Persons checked.
    pub persons: u64,
    /// Households checked.
    pub households: u64,
    /// How many records break each rule.
    pub by_rule: BTreeMap<String, u64>,
}

/// What one stretch yields.
#[derive(Default)]
struct Stretch {
    changes: Changes,
    records: HashMap<(Option<UnitCode>, Option<Hamlet>), i64>,
    count: u64,
    by_rule: BTreeMap<String, u64>,
}

/// Whether so many acts are behind, as after an import, that everybody is checked sooner than each whom they touched.
fn is_far(acts: i64, persons: i64) -> bool {
    acts > (persons / 5).max(50_000)
}

/// What is to be changed so that what stands is what was found.
fn differences(standing: Vec<Standing>, found: Vec<Broken>) -> Changes {
    let mut before: HashMap<(Subject, String), Broken> =
        standing.into_iter().map(|s| ((s.broken.subject, s.broken.rule.clone()), s.broken)).collect();
    let mut changes = Changes::default();
    for broken in found {
        let key = (broken.subject, broken.rule.clone());
        match before.remove(&key) {
            Some(same) if same == broken => {}
            Some(_) => changes.stand.push(broken),
            None => {
                changes.appeared.push(key);
                changes.stand.push(broken);
            }
        }
    }
    changes.gone = before.into_keys().collect();
    changes.gone.sort_unstable();
    changes
}

/// Who names a spouse that does not name back.
fn named(facts: &[Facts]) -> Ties {
    facts.iter().filter_map(|f| Some((f.person, f.one_sided?))).collect()
}

/// One stretch of the registry: kind 1 persons, 2 households.
async fn stretch(
    quality: &Quality,
    survey: &Survey,
    kind: i16,
    (after, to): (i64, i64),
) -> Result<Stretch, QualityError> {
    let (store, rules) = (quality.store(), quality.rules());
    let mut made = Stretch::default();
    let mut found = Vec::new();
    let mut ties = Default::default();
    if kind == 1 {
        let mut facts = survey.persons(after, to).await?;
        quality.tell_pairs(&mut facts, &pairs::between(store, (after, to)).await?).await?;
        made.count = facts.len() as u64;
        let mut check = Check::new(rules);
        for one in &facts {
            *made.records.entry((one.unit, one.hamlet.clone())).or_default() += 1;
            check.person(one, &mut found);
        }
        ties = (one_sided::between(store, (after, to)).await?, named(&facts));
    } else {
        let facts = survey.households(after, to).await?;
        made.count = facts.len() as u64;
        let mut check = Check::new(rules);
        for one in &facts {
            *made.records.entry((one.unit, one.hamlet.clone())).or_default() += 1;
            check.household(one, &mut found);
        }
    }
    for broken in &found {
        *made.by_rule.entry(broken.rule.clone()).or_default() += 1;
    }
    made.changes = differences(violations::between(store, kind, (after, to)).await?, found);
    made.changes.one_sided = ties;
    Ok(made)
}

impl Quality {
    /// Checks everybody: what stands afterwards is what the rules find. `progress` hears how many persons are done, and of
    /// how many. What is recorded meanwhile is checked again by [`Quality::follow`].
    ///
    /// # Errors
    /// Where the store, the registry or the ledger fails; what was found so far stays.
    pub async fn check(&self, mut progress: impl FnMut(u64, u64) + Send) -> Result<Checked, QualityError> {
        let _only_one = self.inner.checking.lock().await;
        let today = PartialDate::today();
        let survey = self.population().survey(&self.own_ask()?, today).await?;
        let mut checked = Checked::default();
        let mut records = Records::new();
        for (kind, last) in [(1, survey.persons), (2, survey.households)] {
            self.check_all(&survey, kind, last, &mut checked, &mut records, &mut progress).await?;
        }
        let faulty = scores::faulty(self.store(), &Units::All).await?;
        let now = Moment::now();
        let state = Followed {
            followed: Some(survey.until),
            checked: today,
            checked_at: Some(now),
            persons: checked.persons as i64,
            households: checked.households as i64,
            rules: self.inner.fingerprint.clone(),
        };
        let outcome: Result<(), QualityError> = transact!(self.store(), tx => {
            store::lock(tx).await?;
            scores::put(tx, today, super::scores::days_ago(8), &records, &faulty).await?;
            violations::checked(tx, &state).await?;
            Ok(())
        });
        outcome?;
        Ok(checked)
    }

    /// All records of a kind: as many stretches are read at once as there are processors, and written in their order.
    async fn check_all(
        &self,
        survey: &Survey,
        kind: i16,
        last: i64,
        checked: &mut Checked,
        records: &mut Records,
        progress: &mut (impl FnMut(u64, u64) + Send),
    ) -> Result<(), QualityError> {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        let mut under_way = VecDeque::new();
        let mut after = 0;
        while after < last || !under_way.is_empty() {
            while after < last && under_way.len() < at_once {
                let to = last.min(after + STRETCH);
                let (quality, survey, range) = (self.clone(), survey.clone(), (after, to));
                under_way
                    .push_back(tokio::spawn(async move { stretch(&quality, &survey, kind, range).await }));
                after = to;
            }
            let Some(next) = under_way.pop_front() else { break };
            let made = next.await.map_err(|_| Problem::new(&kinds::INTERNAL))??;
            for ((unit, hamlet), count) in made.records {
                let unit = unit.map(|u| u.to_string()).unwrap_or_default();
                let hamlet = hamlet.map(|h| h.as_str().to_owned()).unwrap_or_default();
                *records.entry((unit, hamlet)).or_default() += count;
            }
            for (rule, count) in made.by_rule {
                *checked.by_rule.entry(rule).or_default() += count;
            }
            if kind == 1 {
                checked.persons += made.count;
            } else {
                checked.households += made.count;
            }
            self.write(&made.changes, None).await?;
            progress(checked.persons, survey.persons.unsigned_abs());
        }
        Ok(())
    }

    /// Writes changes, and opens cases again whose fault has come back; then goes on to an act.
    async fn write(&self, changes: &Changes, next: Option<ActSeq>) -> Result<(), QualityError> {
        if changes.is_empty() && next.is_none() {
            return Ok(());
        }
        let now = Moment::now();
        transact!(self.store(), tx => {
            violations::apply(tx, changes, now).await?;
            if !changes.appeared.is_empty() && cases::any_fixed(tx).await? {
                for (subject, rule) in &changes.appeared {
                    for mut case in cases::fixed_before(tx, *subject, rule).await? {
                        case.state = State::Open;
                        (case.proposed, case.ended, case.approver) = (None, None, None);
                        case.reason.clear();
                        cases::step(tx, &case, super::ROLE, BACK, now).await?;
                    }
                }
            }
            if let Some(next) = next {
                violations::follow_to(tx, next).await?;
            }
            Ok(())
        })
    }

    /// Takes over what the registry has recorded since the last time; how many records were checked again. Where nobody
    /// has been checked yet, everybody is.
    ///
    /// # Errors
    /// Where the store, the registry or the ledger fails; nothing is lost then.
    pub async fn follow(&self) -> Result<u64, QualityError> {
        let last = self.population().last_act().await?;
        let state = self.followed().await?;
        let Some(mut cursor) = state.followed else {
            let checked = self.check(|_, _| {}).await?;
            return Ok(checked.persons + checked.households);
        };
        if is_far(last.0 - cursor.0, state.persons) {
            let checked = self.check(|_, _| {}).await?;
            self.write(&Changes::default(), Some(last)).await?;
            return Ok(checked.persons + checked.households);
        }
        let mut count = 0;
        while cursor < last {
            let (changes, next) = self.population().changes(&self.own_ask()?, cursor, PART).await?;
            let mut persons = BTreeSet::new();
            let mut households = BTreeSet::new();
            for change in changes {
                persons.extend(change.persons);
                households.extend(change.households);
            }
            let persons: Vec<PersonId> = persons.into_iter().collect();
            let households: Vec<HouseholdId> = households.into_iter().collect();
            self.find_pairs(&persons).await?;
            let (mut persons, households) = self.population().affected(&persons, &households).await?;
            let beyond = one_sided::naming(self.store(), &persons).await?;
            persons.extend(beyond.into_keys());
            persons.sort_unstable();
            persons.dedup();
            count += self.check_again(&persons, &households).await?;
            self.write(&Changes::default(), Some(next)).await?;
            if next <= cursor {
                break;
            }
            cursor = next;
        }
        Ok(count)
    }

    /// Checks some records again; how many.
    pub(crate) async fn check_again(
        &self,
        persons: &[PersonId],
        households: &[HouseholdId],
    ) -> Result<u64, QualityError> {
        let (ask, today) = (self.own_ask()?, PartialDate::today());
        let mut check = Check::new(self.rules());
        let (mut of_persons, mut of_households) = (persons.chunks(TOGETHER), households.chunks(TOGETHER));
        loop {
            let (people, homes) = (of_persons.next(), of_households.next());
            if people.is_none() && homes.is_none() {
                break;
            }
            let (people, homes) = (people.unwrap_or_default(), homes.unwrap_or_default());
            let (mut of_people, of_homes) = self.population().facts(&ask, people, homes, today).await?;
            self.tell_pairs(&mut of_people, &pairs::of(self.store(), people).await?).await?;
            let mut found = Vec::new();
            of_people.iter().for_each(|one| check.person(one, &mut found));
            of_homes.iter().for_each(|one| check.household(one, &mut found));
            let ids: Vec<i64> = people.iter().map(|p| p.0).collect();
            let mut standing = violations::of(self.store(), 1, &ids).await?;
            let ids: Vec<i64> = homes.iter().map(|h| h.0).collect();
            standing.append(&mut violations::of(self.store(), 2, &ids).await?);
            let mut changes = differences(standing, found);
            changes.one_sided = (one_sided::of(self.store(), people).await?, named(&of_people));
            self.write(&changes, None).await?;
            self.rows_again(people).await?;
        }
        Ok((persons.len() + households.len()) as u64)
    }

    /// Checks one record again, and tells whether it still breaks a rule.
    pub(crate) async fn still(&self, subject: Subject, rule: &str) -> Result<Option<Standing>, QualityError> {
        match subject {
            Subject::Row(id) => return self.still_row(id).await,
            Subject::Person(id) => self.check_again(&[id], &[]).await?,
            Subject::Household(id) => self.check_again(&[], &[id]).await?,
        };
        Ok(violations::one(self.store(), subject, rule).await?)
    }

    /// Whether everybody is to be checked: not yet today, or by other rules.
    pub(crate) async fn check_is_due(&self) -> Result<bool, QualityError> {
        let state = self.followed().await?;
        Ok(state.checked != PartialDate::today() || state.rules != self.inner.fingerprint)
    }
}

/// What the step says by which a case is opened again.
const BACK: &str = "Lỗi xuất hiện lại (the fault has come back)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cause, Word};

    fn broken(id: i64, rule: &str, act: i64) -> Broken {
        Broken {
            subject: Subject::Person(PersonId(id)),
            rule: rule.to_owned(),
            word: Word::Clean,
            unit: None,
            hamlet: None,
            cause: Cause { act: ActSeq(act), since: PartialDate::UNKNOWN },
        }
    }

    #[test]
    fn after_an_import_everybody_is_checked_rather_than_each() {
        assert!(is_far(1_000_000, 3_000_000) && is_far(60_000, 0));
        assert!(!is_far(1_000_000, 100_000_000) && !is_far(20_000, 10));
    }

    #[test]
    fn only_what_differs_is_written() {
        let now = Moment::now();
        let stood = |b: Broken| Standing { broken: b, found_at: now, accepted: None };
        let before = vec![stood(broken(1, "a", 1)), stood(broken(1, "b", 1)), stood(broken(2, "a", 5))];
        let changes = differences(before, vec![broken(1, "a", 1), broken(1, "b", 2), broken(3, "a", 7)]);
        assert_eq!(changes.stand, [broken(1, "b", 2), broken(3, "a", 7)]);
        assert_eq!(changes.gone, [(Subject::Person(PersonId(2)), "a".to_owned())]);
        assert_eq!(changes.appeared, [(Subject::Person(PersonId(3)), "a".to_owned())]);
        assert!(differences(vec![stood(broken(1, "a", 1))], vec![broken(1, "a", 1)]).is_empty());
    }
}
