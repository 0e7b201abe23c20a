//! Pairs of records that may be one person's: taken over from whoever links records, told to the rules, and judged.

use super::{Quality, officer, places};
use crate::{
    error::QualityError,
    model::Subject,
    store::pairs::{self, Judged, Pair, Reason},
};
use ::store::transact;
use access::Action;
use ledger::{Entry, Subject as About};
use population::{Ask, Whereabouts, facts::Facts};
use std::collections::{BTreeSet, HashMap};
use vocabulary::{Field, FieldSet, Moment, PersonId, Problem, Text, UnitCode, kinds};

/// Most pairs written at a time.
const TOGETHER: usize = 500;
/// Least probability of a pair that is found live.
const LIKELY: f64 = 0.5;
/// Most characters of the reasons of a pair.
const REASONS: usize = 40;

/// A pair as a file of links names it.
#[derive(Clone, Debug)]
pub struct FoundPair {
    /// One record.
    pub one: PersonId,
    /// The other.
    pub other: PersonId,
    /// How probable it is, 0 to 1.
    pub probability: f64,
    /// In bits.
    pub weight: f64,
    /// What speaks for and against it, without values.
    pub reasons: Vec<Reason>,
}

/// With what every pair begins.
const ANY_TWO: Text = Text::new("hai hồ sơ bất kỳ", "any two records");

fn reason(column: &str, text: Text, weight: f32) -> Reason {
    let (vi, en) = (text.vi.to_owned(), text.en.to_owned());
    Reason { column: column.to_owned(), vi, en, weight: weight.into() }
}

fn province(unit: Option<UnitCode>) -> Option<UnitCode> {
    places(unit).into_iter().last()
}

impl Quality {
    /// Takes over pairs of records that were found to be alike, and checks the records again; how many pairs. A pair that
    /// was judged to be of two persons stays so while neither record changes.
    ///
    /// # Errors
    /// Where the store, the registry or the ledger fails; what was taken over so far stays.
    pub async fn take_pairs(&self, found: &[FoundPair]) -> Result<u64, QualityError> {
        self.keep_pairs(found, false).await
    }

    async fn keep_pairs(&self, found: &[FoundPair], live: bool) -> Result<u64, QualityError> {
        let mut count = 0;
        for some in found.chunks(TOGETHER) {
            let mut rows: Vec<Pair> = some
                .iter()
                .filter(|p| p.one != p.other && p.probability.is_finite() && p.weight.is_finite())
                .map(|p| Pair {
                    first: p.one.min(p.other),
                    second: p.one.max(p.other),
                    probability: p.probability.clamp(0.0, 1.0),
                    weight: p.weight,
                    reasons: p.reasons.iter().take(REASONS).cloned().collect(),
                    live,
                    different: None,
                })
                .collect();
            rows.sort_by_key(|p| (p.first, p.second));
            rows.dedup_by_key(|p| (p.first, p.second));
            let now = Moment::now();
            let outcome: Result<(), QualityError> = transact!(self.store(), tx => {
                pairs::put(tx, &rows, now).await?;
                Ok(())
            });
            outcome?;
            count += rows.len() as u64;
            let ids: BTreeSet<PersonId> = rows.iter().flat_map(|p| [p.first, p.second]).collect();
            self.check_again(&ids.into_iter().collect::<Vec<_>>(), &[]).await?;
        }
        Ok(count)
    }

    /// Asks the registry who may be the same person as those whom acts have touched, and takes the likely ones over: so that a
    /// pair that comes about by a corrected name or an import waits for the merge desk within a second, and one that a
    /// correction has ended is gone as soon.
    pub(super) async fn find_pairs(&self, persons: &[PersonId]) -> Result<(), QualityError> {
        let mut found = Vec::new();
        for (one, alike) in self.population().possible_duplicates(&self.own_ask()?, persons).await? {
            let likely = alike.into_iter().filter(|like| like.probability() >= LIKELY);
            found.extend(likely.map(|like| {
                FoundPair {
                    one,
                    other: like.person,
                    probability: like.probability(),
                    weight: like.weight.into(),
                    reasons: std::iter::once(reason("–", ANY_TWO, like.start))
                        .chain(
                            like.reasons
                                .iter()
                                .map(|r| reason(r.topic.text().vi, r.agreement.text(), r.weight)),
                        )
                        .collect(),
                }
            }));
        }
        let again: BTreeSet<(PersonId, PersonId)> =
            found.iter().map(|p| (p.one.min(p.other), p.one.max(p.other))).collect();
        let mut ended = pairs::of(self.store(), persons).await?;
        ended.retain(|p| p.live && p.different.is_none() && !again.contains(&(p.first, p.second)));
        if !ended.is_empty() {
            let outcome: Result<(), QualityError> =
                transact!(self.store(), tx => Ok(pairs::forget(tx, &ended).await?));
            outcome?;
            let ids: BTreeSet<PersonId> = ended.iter().flat_map(|p| [p.first, p.second]).collect();
            self.check_again(&ids.into_iter().collect::<Vec<_>>(), &[]).await?;
        }
        self.keep_pairs(&found, true).await.map(drop)
    }

    /// Where the records of some pairs stand.
    async fn stands(&self, pairs: &[Pair]) -> Result<HashMap<PersonId, Whereabouts>, QualityError> {
        let ids: BTreeSet<PersonId> = pairs.iter().flat_map(|p| [p.first, p.second]).collect();
        let found = self.population().whereabouts(&ids.into_iter().collect::<Vec<_>>()).await?;
        Ok(found.into_iter().map(|w| (w.person, w)).collect())
    }

    /// Tells the facts of records how many others may be the same person's, in the province and elsewhere.
    pub(super) async fn tell_pairs(&self, facts: &mut [Facts], pairs: &[Pair]) -> Result<(), QualityError> {
        if pairs.is_empty() {
            return Ok(());
        }
        let stands = self.stands(pairs).await?;
        let mut of: HashMap<PersonId, Vec<&Pair>> = HashMap::new();
        for pair in pairs.iter().filter(|p| open(p, &stands)) {
            of.entry(pair.first).or_default().push(pair);
            of.entry(pair.second).or_default().push(pair);
        }
        for one in facts {
            for pair in of.get(&one.person).into_iter().flatten() {
                let here = province(one.unit);
                let there = stands.get(&pair.other(one.person)).and_then(|w| province(w.unit));
                if here.is_some() && here == there {
                    one.duplicates_near += 1;
                } else {
                    one.duplicates_far += 1;
                }
            }
        }
        Ok(())
    }

    /// The pairs of a record that are not judged, the strongest first.
    pub(super) async fn open_pairs(&self, person: PersonId) -> Result<Vec<Pair>, QualityError> {
        let mut found = pairs::of(self.store(), &[person]).await?;
        let stands = self.stands(&found).await?;
        found.retain(|p| open(p, &stands));
        found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        Ok(found)
    }

    /// Notes that records are of different persons: their pairs are not proposed again until one of the records changes.
    /// How many pairs that settles.
    pub(super) async fn judge(
        &self,
        ask: &Ask,
        persons: &[PersonId],
        reason: &str,
    ) -> Result<u64, QualityError> {
        let found = pairs::of(self.store(), persons).await?;
        let within = |p: &&Pair| persons.contains(&p.first) && persons.contains(&p.second);
        let found: Vec<&Pair> = found.iter().filter(within).collect();
        let versions: HashMap<PersonId, Whereabouts> =
            self.population().whereabouts(persons).await?.into_iter().map(|w| (w.person, w)).collect();
        let version = |id| versions.get(&id).map(|w| w.version).unwrap_or_default();
        let (by, at) = (officer(ask)?, Moment::now());
        let basis = ask.basis.clone().ok_or_else(|| Problem::new(&kinds::PURPOSE_REQUIRED))?;
        let outcome: Result<_, QualityError> = transact!(self.store(), tx => {
            let mut entries = Vec::new();
            for pair in &found {
                let judged = Judged {
                    versions: (version(pair.first), version(pair.second)),
                    by: by.clone(),
                    at,
                    reason: reason.to_owned(),
                };
                pairs::judge(tx, (pair.first, pair.second), &judged).await?;
                for person in [pair.first, pair.second] {
                    let (actor, fields) = (ask.caller.actor.clone(), FieldSet::of(&[Field::Findings]));
                    entries.push(
                        Entry::changed(actor, basis.clone(), "quality.different", About::Person(person), fields)
                            .note(format!("{} – {}", pair.first, pair.second)),
                    );
                }
            }
            Ok(self.inner.ledger.append_all_in(tx, entries).await?)
        });
        for pending in outcome? {
            self.inner.ledger.confirm(pending).await?;
        }
        self.check_again(persons, &[]).await?;
        Ok(found.len() as u64)
    }

    /// A case about a pair ended as no error: whoever it was compared with is another person.
    pub(super) async fn judge_case(
        &self,
        ask: &Ask,
        subject: Subject,
        rule: &str,
        reason: &str,
    ) -> Result<(), QualityError> {
        let (Subject::Person(person), true) = (subject, self.is_of_pairs(rule)) else { return Ok(()) };
        for pair in self.open_pairs(person).await? {
            self.judge(ask, &[pair.first, pair.second], reason).await?;
        }
        Ok(())
    }

    /// Whether a rule is about pairs of records.
    pub(crate) fn is_of_pairs(&self, rule: &str) -> bool {
        self.rules().find(rule).is_some_and(|r| r.when.contains("duplicates_"))
    }

    /// Whether a rule is about records that may be one person's: by a pair, or by a number that both claim.
    pub(crate) fn is_of_doubles(&self, rule: &str) -> bool {
        self.is_of_pairs(rule) || self.rules().find(rule).is_some_and(|r| r.when.contains("doubles"))
    }

    /// The records that may be the same person's as one: by pairs, the strongest first, and by numbers.
    pub(crate) async fn alike(&self, person: PersonId) -> Result<(Vec<PersonId>, Vec<Pair>), QualityError> {
        let pairs = self.open_pairs(person).await?;
        let mut found: Vec<PersonId> = pairs.iter().map(|p| p.other(person)).collect();
        for rival in self.population().rivals(person).await? {
            if !found.contains(&rival) {
                found.push(rival);
            }
        }
        Ok((found, pairs))
    }

    /// Notes, at the merge desk and without a case, that records are of different persons.
    ///
    /// # Errors
    /// A refusal; a reason of other than 3 to 500 characters.
    pub async fn judge_different(
        &self,
        ask: &Ask,
        persons: &[PersonId],
        reason: &str,
    ) -> Result<u64, QualityError> {
        self.known_to(ask, persons, Action::MergeRecords).await?;
        let reason = super::cases::text(reason, 500, super::cases::REASON, "reason")?;
        self.judge(ask, persons, &reason).await
    }
}

/// Whether a pair is to be looked at: both records stand, and nobody has judged them as they are now.
fn open(pair: &Pair, stands: &HashMap<PersonId, Whereabouts>) -> bool {
    let (Some(first), Some(second)) = (stands.get(&pair.first), stands.get(&pair.second)) else {
        return false;
    };
    first.merged_into.is_none()
        && second.merged_into.is_none()
        && pair.different.as_ref().is_none_or(|d| d.versions != (first.version, second.version))
}
