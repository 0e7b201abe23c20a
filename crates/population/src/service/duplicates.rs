//! Possible duplicates: of a person who is about to be registered, and of those who are there.

use super::{Ask, Draft, Error, Population, Recorded, with_provinces};
use crate::{
    acts::Content,
    duplicates::{self, Frequency, KinNames, Likeness, Topic, traces},
    model::Person,
    problems::POSSIBLE_DUPLICATE,
    sealed::PersonView,
    store::{
        self,
        duplicates::{self as read, Eyes, Named},
    },
};
use ::store::{Store, Tx};
use access::{Action, Resource};
use ledger::{Entry, Subject};
use linkage::{Kind, two};
use std::collections::{BTreeMap, HashMap, HashSet};
use vocabulary::{Field, FieldSet, Invalid, PartialDate, PersonId, Problem, UnitCode, Violation};

/// Born on one day: beyond so many only those with one of the asked spellings are looked at.
const DAY: i64 = 6_000;
/// Of one name and one year: so many at most.
const YEAR: i64 = 600;
/// Bearers of a name who are counted; of more the year tells how many there are.
const BEARERS: i64 = 64;
/// Records that are read whole.
const READ: usize = 24;

const REASON: Invalid = Invalid::new(
    "duplicate/reason",
    "Nêu vì sao là người khác, tối đa 200 ký tự",
    "Say why it is another person, at most 200 characters",
);

/// Records that an officer has compared with the person about to be registered and found to be others, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// The records.
    pub persons: Vec<PersonId>,
    /// Why, in at most 200 characters; it is kept with the act.
    pub reason: String,
}

impl Apart {
    /// Longest reason, in characters.
    pub const REASON: u16 = 200;
}

/// A record that may be the same person, as far as the caller may see it.
pub struct Candidate {
    /// How sure it is, and why: of the topics only those that the caller may see, and [`Candidate::unseen`].
    pub likeness: Likeness,
    /// What the topics say that the caller may not see, added up.
    pub unseen: f32,
    /// The record.
    pub view: PersonView,
}

/// Records that may be the person who was to be registered.
pub struct Alike {
    /// Those that the caller may see, the likeliest first.
    pub candidates: Vec<Candidate>,
    /// How many more there are outside the caller's units.
    pub elsewhere: usize,
}

impl Alike {
    /// The same as a problem, for who cannot look at records side by side.
    pub fn problem(&self) -> Problem {
        let rule = |c: &Candidate| {
            let said = |lang: vocabulary::Lang| {
                let reasons = c.likeness.reasons.iter();
                let words = reasons.map(|r| {
                    let (topic, text) = (r.topic.text().get(lang), r.agreement.text().get(lang));
                    format!("{topic}: {text} ({:+.1})", r.weight)
                });
                words.collect::<Vec<_>>().join("; ")
            };
            let (id, percent) = (c.view.person.id, c.likeness.percent());
            Violation {
                field: format!("told_apart.persons.{id}"),
                rule: "duplicate/possible",
                vi: format!("Hồ sơ số {id}, khả năng {percent} %. {}", said(vocabulary::Lang::Vi)),
                en: format!("Record {id}, probability {percent} %. {}", said(vocabulary::Lang::En)),
            }
        };
        let problem = Problem {
            violations: self.candidates.iter().map(rule).collect(),
            ..Problem::new(&POSSIBLE_DUPLICATE)
        };
        match self.elsewhere {
            0 => problem,
            n => problem.detail(
                format!("Còn {n} hồ sơ ngoài địa bàn của bạn."),
                format!("There are {n} more outside your units."),
            ),
        }
    }
}

/// What became of a registration.
pub enum Registered {
    /// It was recorded.
    Recorded(Recorded),
    /// Nothing was recorded: these are to be compared first.
    Alike(Alike),
}

/// A person as an act is about to register one; `None` for other acts.
pub(crate) fn newcomer(content: &Content) -> Option<Person> {
    let (id, facts, address) = match content {
        Content::Registration { person, facts } => (person, facts, None),
        Content::Birth { child, facts, address, .. } => (child, facts, Some(address)),
        _ => return None,
    };
    let mut person = Person { registered: true, ..Person::new(*id) };
    facts.iter().for_each(|fact| person.set(fact));
    if let Some(address) = address.filter(|a| !a.is_empty()) {
        person.permanent = address.clone();
    } else if person.permanent.is_empty() && person.current.is_empty() {
        person.permanent = person.birth_registration.clone();
    }
    Some(person)
}

/// What was found in the indexes: whom to look at first.
#[derive(Default)]
struct Trail {
    /// With how near name and birth come, more being nearer.
    found: BTreeMap<PersonId, u8>,
    /// Who claims the same number, or one like it.
    numbered: Vec<PersonId>,
}

impl Trail {
    fn note(&mut self, id: PersonId, near: u8) {
        let best = self.found.entry(id).or_default();
        *best = near.max(*best);
    }

    /// The nearest, those by number first.
    fn nearest(self, own: PersonId) -> Vec<PersonId> {
        let mut named: Vec<(u8, PersonId)> = self.found.into_iter().map(|(id, near)| (near, id)).collect();
        named.sort_unstable_by_key(|(near, id)| (std::cmp::Reverse(*near), *id));
        let mut seen = HashSet::from([own]);
        let all = self.numbered.into_iter().take(READ / 2).chain(named.into_iter().map(|(_, id)| id));
        all.filter(|id| seen.insert(*id)).take(READ).collect()
    }
}

/// How much a name like the asked one is worth a look; 0 for none.
fn near_name(key: &str, other: &str) -> u8 {
    match two::names(Kind::Name, key, other).level {
        1..=3 => 14,
        4 | 5 => 10,
        6 => 4,
        _ => 0,
    }
}

/// How much a birth like the asked one is worth a look.
fn near_birth(born: PartialDate, other: PartialDate) -> u8 {
    match two::dates(born, other).level {
        1 => 14,
        2 | 3 => 8,
        4 => 6,
        5 => 2,
        _ => 0,
    }
}

/// Finds the records that may be the same person, the likeliest first. `asked` is the person as a record.
pub(super) async fn find(eyes: &mut Eyes<'_>, asked: &Person) -> Result<Vec<Likeness>, Error> {
    let mut frequency = Frequency::new(read::size(eyes).await?);
    let mut trail = Trail::default();
    let own: Vec<String> = asked
        .number
        .iter()
        .chain(asked.past_numbers.iter().map(|c| &c.number))
        .map(|n| n.reveal())
        .chain(asked.former_numbers.iter().map(|c| c.number.reveal()))
        .collect();
    let exact: Vec<i64> = own.iter().filter_map(|n| n.parse().ok()).collect();
    trail.numbered.extend(read::claiming(eyes, &exact).await?);
    for number in own.iter().take(4) {
        trail.numbered.extend(read::claiming(eyes, &traces::neighbours(number)).await?);
    }
    if let Some(name) = &asked.name {
        by_name(eyes, asked, name.reveal(), &mut frequency, &mut trail).await?;
    }
    let apart: HashSet<PersonId> = read::told_apart(eyes, asked.id).await?.into_iter().collect();
    let ids: Vec<PersonId> = trail.nearest(asked.id).into_iter().filter(|id| !apart.contains(id)).collect();
    let mut records = read::folded(eyes, &ids).await?;
    // A merged record speaks for the one that was kept.
    let kept: Vec<PersonId> = records.iter().filter_map(|p| p.merged_into).collect();
    records.retain(|p| p.merged_into.is_none());
    let missing: Vec<PersonId> = kept
        .into_iter()
        .filter(|id| *id != asked.id && !apart.contains(id) && records.iter().all(|p| p.id != *id))
        .collect();
    records.extend(read::folded(eyes, &missing).await?.into_iter().filter(|p| p.merged_into.is_none()));
    records.sort_by_key(|p| p.id);
    records.dedup_by_key(|p| p.id);
    weigh(eyes, asked, &records, &mut frequency).await
}

/// Looks for the name and the birth in the indexes.
async fn by_name(
    eyes: &mut Eyes<'_>,
    asked: &Person,
    name: &str,
    frequency: &mut Frequency,
    trail: &mut Trail,
) -> Result<(), Error> {
    let key = vocabulary::fold(name);
    let spellings = traces::spellings(name, &key);
    let meant = two::letters(name);
    let words: Vec<&str> = meant.split(' ').collect();
    let born = asked.birth_date;
    let mut named: Vec<Named> = Vec::new();
    for day in [Some(born).filter(|d| d.is_whole()), traces::swapped(born)].into_iter().flatten() {
        let all = read::born_on(eyes, day, DAY).await?;
        if day == born {
            frequency.note_day(all.len());
        }
        if all.len() as i64 == DAY {
            // A day on which so many are said to be born is one that clerks write where they know none.
            named.extend(read::named_on(eyes, &spellings, &[day]).await?);
        }
        named.extend(all.into_iter().filter(|(_, other, _)| traces::near(&words, other)));
    }
    match born.year() {
        Some(year) => {
            let year = i32::from(year) * 10_000;
            named.extend(read::named_between(eyes, &spellings, (year, year + 9_999), YEAR).await?);
            let mut days = traces::other_years(born);
            days.push(PartialDate::UNKNOWN);
            named.extend(read::named_in_years(eyes, &key, &days).await?);
        }
        None => {
            let units = [&asked.permanent, &asked.current].into_iter().filter_map(|a| a.new_unit);
            for unit in units.collect::<HashSet<UnitCode>>() {
                named.extend(read::named_in(eyes, &spellings, unit).await?);
            }
        }
    }
    // Many bear one name, which is compared once.
    let mut compared: HashMap<&str, u8> = HashMap::new();
    for (id, other, birth) in &named {
        let near = *compared.entry(other).or_insert_with(|| near_name(&meant, other));
        if near > 0 {
            trail.note(*id, near + near_birth(born, *birth));
        }
    }
    Ok(())
}

/// Weighs the records and keeps the likely ones.
async fn weigh(
    eyes: &mut Eyes<'_>,
    asked: &Person,
    records: &[Person],
    frequency: &mut Frequency,
) -> Result<Vec<Likeness>, Error> {
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let mut relatives: Vec<PersonId> = records.iter().chain([asked]).flat_map(duplicates::parents).collect();
    relatives.sort_unstable();
    relatives.dedup();
    let kin: KinNames = read::names(eyes, &relatives).await?;
    // Names of no weight are not counted: a lighter name can only make a record less likely than the lightest one does.
    let likely = |p: &Person, frequency: &Frequency| {
        let found = duplicates::weigh(asked, p, &kin, frequency);
        (found.probability() >= duplicates::LEAST).then_some(found)
    };
    let hopeful: Vec<&Person> = records.iter().filter(|p| likely(p, frequency).is_some()).collect();
    let year = asked.birth_date.year().map(|year| i32::from(year) * 10_000);
    let names = hopeful.iter().copied().chain([asked]).filter_map(|p| p.name.as_ref());
    let keys: HashSet<String> = names.map(|name| name.folded()).collect();
    if !hopeful.is_empty() {
        for key in keys {
            let all = read::bearers(eyes, &key, BEARERS).await?;
            let of_year = match year {
                Some(year) if all == BEARERS => {
                    let one = std::slice::from_ref(&key);
                    read::named_between(eyes, one, (year, year + 9_999), YEAR).await?.len()
                }
                _ => 0,
            };
            frequency.note_name(key, all, BEARERS, of_year as i64);
        }
    }
    let mut found: Vec<Likeness> = hopeful.into_iter().filter_map(|p| likely(p, frequency)).collect();
    found.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.person.cmp(&b.person)));
    found.truncate(duplicates::MOST);
    Ok(found)
}

/// A reading of possible duplicates, entered in the ledger once as a whole; cheap to clone. It names records and says how
/// alike they are, and tells nothing by which anybody is recognised.
#[derive(Clone)]
pub struct DuplicateSurvey {
    store: Store,
}

impl DuplicateSurvey {
    /// The records that may be the same person as each of these, the likeliest first. Pairs that were told apart are left
    /// out, and so is who is not registered or merged into another record.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn of(&self, persons: &[PersonId]) -> Result<Vec<(PersonId, Vec<Likeness>)>, Error> {
        let mut eyes = Eyes::Outside(&self.store);
        let mut found = Vec::with_capacity(persons.len());
        for some in persons.chunks(32) {
            for person in read::folded(&mut eyes, some).await? {
                if person.merged_into.is_none() {
                    found.push((person.id, find(&mut eyes, &person).await?));
                }
            }
        }
        Ok(found)
    }

    /// The records that may be the same person as one who has no record, or another than [`NEW_PERSON`](crate::NEW_PERSON)
    /// who has: the question that every registration asks.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn like(&self, asked: &Person) -> Result<Vec<Likeness>, Error> {
        find(&mut Eyes::Outside(&self.store), asked).await
    }
}

impl Population {
    /// Begins to read possible duplicates.
    ///
    /// # Errors
    /// Forbidden, or where the ledger fails.
    pub async fn duplicate_survey(&self, ask: &Ask, note: String) -> Result<DuplicateSurvey, Error> {
        self.facts_allowed(ask, note).await?;
        Ok(DuplicateSurvey { store: self.store.clone() })
    }

    /// The records that may be the same person as each of these: [`DuplicateSurvey::of`].
    ///
    /// # Errors
    /// Forbidden, or where the store fails.
    pub async fn possible_duplicates(
        &self,
        ask: &Ask,
        persons: &[PersonId],
    ) -> Result<Vec<(PersonId, Vec<Likeness>)>, Error> {
        self.duplicate_survey(ask, format!("duplicates of {} persons", persons.len()))
            .await?
            .of(persons)
            .await
    }

    /// Records an act as [`Population::record`] does, but one that registers a person only where nobody in the whole registry
    /// may be the same person, or where `apart` names all of these that the caller may see and says why they are others.
    ///
    /// # Errors
    /// As of [`Population::record`].
    pub async fn register(&self, ask: &Ask, draft: Draft, apart: &Apart) -> Result<Registered, Error> {
        match self.record_unless(ask, draft, Some(apart)).await {
            Ok(recorded) => Ok(Registered::Recorded(recorded)),
            Err(Error::Alike(found)) => Ok(Registered::Alike(self.compared(ask, found).await?)),
            Err(error) => Err(error),
        }
    }

    /// Within the transaction of an act: whom the person about to be registered was told apart from.
    ///
    /// # Errors
    /// [`Error::Alike`] where somebody is to be compared first.
    pub(super) async fn told_apart(
        &self,
        tx: &mut Tx,
        ask: &Ask,
        content: &Content,
        apart: &Apart,
    ) -> Result<Vec<PersonId>, Error> {
        let Some(asked) = newcomer(content) else { return Ok(Vec::new()) };
        let found = find(&mut Eyes::Inside(tx), &asked).await?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<PersonId> = found.iter().map(|l| l.person).collect();
        let reason = apart.reason.trim();
        let mut open = reason.is_empty();
        for record in read::folded(&mut Eyes::Inside(tx), &ids).await? {
            let visible = self.may_compare_with(ask, &units_of(&record)).is_some();
            open |= visible && !apart.persons.contains(&record.id);
        }
        if open {
            return Err(Error::Alike(found));
        }
        if reason.chars().count() > usize::from(Apart::REASON) {
            return Err(Problem::from(REASON.at("told_apart.reason")).into());
        }
        Ok(ids)
    }

    /// The fields of a record in these units that the caller may see beside a registration.
    fn may_compare_with(&self, ask: &Ask, units: &[UnitCode]) -> Option<FieldSet> {
        const SHOWN: FieldSet = FieldSet::of(&[
            Field::PersonalNumber,
            Field::FormerNumbers,
            Field::FullName,
            Field::BirthDate,
            Field::Sex,
            Field::PermanentResidence,
            Field::CurrentResidence,
            Field::Parents,
            Field::LifeStatus,
        ]);
        let basis = ask.basis.as_ref();
        let decided = self.policy.decide(&ask.caller, Action::Search, Resource::of(units), basis).ok()?;
        Some(SHOWN.and(decided.fields))
    }

    /// The records as far as the caller may see them, each with its entry in the ledger.
    async fn compared(&self, ask: &Ask, found: Vec<Likeness>) -> Result<Alike, Error> {
        const SERVICE: &str = "population.compare-duplicates";
        let basis = ask.basis()?;
        let mut alike = Alike { candidates: Vec::new(), elsewhere: 0 };
        let (mut sealed, mut entries, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for likeness in found {
            let placed = store::placement(&self.store, likeness.person).await?;
            let units = placed.map(|p| with_provinces(p.units)).unwrap_or_default();
            let record = match self.may_compare_with(ask, &units) {
                Some(fields) => store::person(&self.store, likeness.person).await?.map(|r| (r, fields)),
                None => None,
            };
            let Some((record, fields)) = record else {
                alike.elsewhere += 1;
                continue;
            };
            let actor = ask.caller.actor.clone();
            let subject = Subject::Person(likeness.person);
            entries.push(self.entered(ask, Entry::shown(actor, basis.clone(), SERVICE, subject, fields)));
            sealed.push(record);
            seen.push((likeness, fields));
        }
        let receipts = self.ledger.append_all(entries).await?;
        for ((record, receipt), (mut likeness, fields)) in sealed.into_iter().zip(&receipts).zip(seen) {
            let shown = |topic: Topic| fields.has(topic.field());
            let hidden = likeness.reasons.iter().filter(|r| !shown(r.topic));
            let unseen = hidden.map(|r| r.weight).sum();
            likeness.reasons.retain(|r| shown(r.topic));
            alike.candidates.push(Candidate { likeness, unseen, view: record.open(receipt)? });
        }
        Ok(alike)
    }
}

/// The units that answer for a record, with their provinces; those of [`store::placement`].
fn units_of(p: &Person) -> Vec<UnitCode> {
    let last = p.last_commune().filter(|u| p.permanent.new_unit != Some(*u));
    with_provinces([p.permanent.new_unit, last])
}
