//! Recording acts: authorised by kind and unit, checked by the rules, written with the state, the ledger entries and
//! the place in the change feed in one transaction.

use super::{Apart, Ask, Error, Population, desk::prefix, with_provinces};
use crate::{
    acts::{Act, Content},
    findings::{self, Finding},
    issue::{self, Seed},
    model::{Fact, Person},
    problems::NOT_IN_FORCE,
    rules, store,
};
use ::store::{Tx, transact};
use access::{Action, Resource};
use ledger::{Entry, Subject};
use smallvec::{SmallVec, smallvec};
use vocabulary::{
    ActSeq, Address, Field, FieldSet, HouseholdId, PartialDate, PersonId, PersonalNumber, Problem, UnitCode,
    kinds,
};

/// Stands for the record that an act creates, in its [`Content`].
pub const NEW_PERSON: PersonId = PersonId(0);
/// Stands for the household that an act creates, in its [`Content`].
pub const NEW_HOUSEHOLD: HouseholdId = HouseholdId(0);

/// What is to be recorded.
#[derive(Clone, Debug)]
pub struct Draft {
    /// From when it holds.
    pub effective: PartialDate,
    /// The paper behind it.
    pub evidence: String,
    /// The act.
    pub intent: Intent,
    /// The version of each person's record that the officer saw; a record that has changed since is a conflict.
    pub seen: Vec<(PersonId, ActSeq)>,
}

/// An act, or one whose number the registry chooses.
#[derive(Clone, Debug)]
pub enum Intent {
    /// An act as it stands, with [`NEW_PERSON`] and [`NEW_HOUSEHOLD`] for records that it creates.
    Act(Content),
    /// A birth, together with the child's number.
    BirthWithNumber(Content),
    /// A number for a person who has none.
    IssueNumber(PersonId),
    /// Another number for a person, with the reason.
    ReplaceNumber(PersonId, PersonalNumber, String),
}

impl Intent {
    /// The first person whom the act touches and who has a record already.
    fn first_person(&self) -> Option<PersonId> {
        match self {
            Intent::Act(content) | Intent::BirthWithNumber(content) => {
                content.touched().persons.into_iter().find(|p| *p != NEW_PERSON)
            }
            Intent::IssueNumber(person) | Intent::ReplaceNumber(person, ..) => Some(*person),
        }
    }
}

/// What was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The acts, in sequence: one, or a birth and the number issued with it.
    pub acts: Vec<Act>,
    /// The person whom the act created, or the first whom it touches.
    pub person: Option<PersonId>,
    /// The household that it created or touches.
    pub household: Option<HouseholdId>,
    /// The number that was issued.
    pub number: Option<PersonalNumber>,
    /// What is unlikely in the records as they now are: warnings, which stand in nobody's way.
    pub warnings: Vec<Finding>,
    /// The ledger entries.
    pub entries: Vec<u64>,
}

/// The action that a kind of act needs.
fn action(content: &Content) -> Action {
    match content {
        Content::Birth { .. }
        | Content::Death { .. }
        | Content::Disappearance { .. }
        | Content::Reappearance { .. }
        | Content::Marriage { .. }
        | Content::Divorce { .. }
        | Content::Adoption { .. }
        | Content::Guardianship { .. } => Action::RecordCivilAct,
        Content::Registration { .. }
        | Content::Correction { .. }
        | Content::ContactChange { .. }
        | Content::FormerNumberAdded { .. }
        | Content::Annulment { .. } => Action::CorrectRecord,
        Content::NumberIssued { .. } | Content::NumberCancelled { .. } => Action::IssueNumber,
        Content::Merge { .. } | Content::Unmerge { .. } => Action::MergeRecords,
        _ => Action::RecordResidenceAct,
    }
}

/// The place to which an act brings people: whose officer records it.
fn destination(content: &Content) -> Option<&Address> {
    match content {
        Content::Move { address, .. }
        | Content::TemporaryResidence { address, .. }
        | Content::Stay { address, .. }
        | Content::HouseholdFormed { address, .. }
        | Content::HouseholdSplit { address, .. }
        | Content::HouseholdMerged { address, .. } => Some(address),
        Content::Birth { address, household: Some(_), .. } => Some(address),
        _ => None,
    }
}

/// Puts identifiers in the place of [`NEW_PERSON`] and [`NEW_HOUSEHOLD`].
async fn identified(tx: &mut Tx, mut content: Content) -> Result<Content, Error> {
    let person: Option<&mut PersonId> = match &mut content {
        Content::Registration { person, .. } => Some(person),
        Content::Birth { child, .. } => Some(child),
        _ => None,
    };
    if let Some(person) = person.filter(|p| **p == NEW_PERSON) {
        *person = store::new_person(tx).await?;
    }
    let household: Option<&mut HouseholdId> = match &mut content {
        Content::HouseholdFormed { household, .. } => Some(household),
        Content::HouseholdSplit { to, .. } => Some(to),
        _ => None,
    };
    if let Some(household) = household.filter(|h| **h == NEW_HOUSEHOLD) {
        *household = store::new_household(tx).await?;
    }
    Ok(content)
}

/// A number for a person: by place of birth registration, sex and year, and nobody's yet.
async fn choose_number(tx: &mut Tx, person: &Person) -> Result<PersonalNumber, Error> {
    let unsuitable = || Problem::from(issue::UNSUITABLE.at("person"));
    let seed = Seed {
        prefix: prefix(person).ok_or_else(unsuitable)?,
        sex: person.sex.ok_or_else(unsuitable)?,
        year: person.birth_date.year().ok_or_else(unsuitable)?,
    };
    let candidates = issue::candidates(seed, &mut rand::rng()).map_err(|i| Problem::from(i.at("person")))?;
    for number in candidates {
        if store::is_free(tx, number).await? {
            return Ok(number);
        }
    }
    Err(Problem::from(issue::EXHAUSTED.at("person")).into())
}

impl Population {
    /// Records an act.
    ///
    /// # Errors
    /// Forbidden where no grant covers the kind of act in the unit concerned; conflict where a record has changed
    /// since the officer saw it; invalid with every rule that the act breaks. Nothing is changed then.
    pub async fn record(&self, ask: &Ask, draft: Draft) -> Result<Recorded, Error> {
        self.record_unless(ask, draft, None).await
    }

    /// The same, unless somebody may be the person about to be registered who was not told apart.
    pub(super) async fn record_unless(
        &self,
        ask: &Ask,
        draft: Draft,
        apart: Option<&Apart>,
    ) -> Result<Recorded, Error> {
        let basis = ask.basis()?;
        let outcome = transact!(self.store, tx => {
            store::lock(tx).await?;
            let mut acts = Vec::with_capacity(2);
            let mut number = None;
            let first = match &draft.intent {
                Intent::Act(content) | Intent::BirthWithNumber(content) => identified(tx, content.clone()).await?,
                Intent::IssueNumber(person) => {
                    let before = store::before(tx, &touching(*person)).await?;
                    let chosen = choose_number(tx, known(&before, *person)?).await?;
                    number = Some(chosen);
                    Content::NumberIssued { person: *person, number: chosen }
                }
                Intent::ReplaceNumber(person, old, reason) => {
                    let before = store::before(tx, &touching(*person)).await?;
                    let chosen = choose_number(tx, known(&before, *person)?).await?;
                    number = Some(chosen);
                    Content::NumberCancelled {
                        person: *person, number: *old, replaced_by: Some(chosen), reason: reason.clone(),
                    }
                }
            };
            let first = self.completed(tx, first).await?;
            let touched = first.touched();
            let before = store::before(tx, &touched).await?;
            self.may_record(ask, &first, &before)?;
            if let Content::Merge { kept, absorbed, .. } | Content::Unmerge { kept, absorbed, .. } = &first {
                let records = [kept, absorbed].into_iter().filter_map(|id| before.persons.get(id));
                self.may_merge(ask, &records.collect::<Vec<_>>(), None)?;
            }
            for (id, seen) in &draft.seen {
                if before.persons.get(id).is_some_and(|p| p.version != *seen) {
                    return Err(Problem::new(&kinds::CONFLICT).into());
                }
            }
            if let Some(wrong) = first.annuls() {
                let standing = match store::act_in(tx, wrong).await? {
                    Some(act) => {
                        let same = act.content.touched() == touched;
                        let merge = matches!(act.content, Content::Merge { .. });
                        let fits = same && merge == matches!(first, Content::Unmerge { .. });
                        fits && !store::is_annulled(tx, &act).await?
                    }
                    None => false,
                };
                if !standing {
                    return Err(Problem::new(&NOT_IN_FORCE).into());
                }
                if let Content::Unmerge { merge, kept, .. } = &first {
                    self.nothing_later(tx, *kept, &[*merge], &[]).await?;
                }
            }
            let violations = rules::check(&first, draft.effective, &draft.evidence, &before, PartialDate::today());
            if !violations.is_empty() {
                return Err(Problem::invalid(violations).into());
            }
            let others = match apart {
                Some(apart) => self.told_apart(tx, ask, &first, apart).await?,
                None => Vec::new(),
            };
            acts.push(store::append(tx, &ask.caller.actor, draft.effective, &draft.evidence, first).await?);
            let person = touched.persons.first().copied();
            let mut note = None;
            if let (Some(apart), Some(person), Some(act)) = (apart.filter(|_| !others.is_empty()), person, acts.first()) {
                let reason = apart.reason.trim();
                store::duplicates::tell_apart(tx, person, &others, act.seq, reason).await?;
                let ids: Vec<String> = others.iter().map(PersonId::to_string).collect();
                note = Some(format!("not {}: {reason}", ids.join(", ")));
            }
            if let (Intent::BirthWithNumber(_), Some(child)) = (&draft.intent, person) {
                let before = store::before(tx, &touching(child)).await?;
                let chosen = choose_number(tx, known(&before, child)?).await?;
                number = Some(chosen);
                let issued = Content::NumberIssued { person: child, number: chosen };
                acts.push(store::append(tx, &ask.caller.actor, draft.effective, &draft.evidence, issued).await?);
            }
            let after = store::before(tx, &touched).await?;
            let warnings = touched
                .persons
                .iter()
                .filter_map(|id| after.persons.get(id))
                .flat_map(|p| findings::of_person(p, PartialDate::today(), prefix(p), 0))
                .collect();
            let mut entries = Vec::new();
            for act in &acts {
                let fields = act.content.fields();
                let touched = act.content.touched();
                let subjects = touched.persons.iter().map(|p| Subject::Person(*p));
                let subjects = subjects.chain(touched.households.iter().map(|h| Subject::Household(*h)));
                for subject in subjects {
                    let actor = ask.caller.actor.clone();
                    let entry = Entry::changed(actor, basis.clone(), service(&act.content), subject, fields);
                    let entry = match note.take() {
                        Some(note) => entry.note(note),
                        None => entry,
                    };
                    entries.push(self.entered(ask, entry));
                }
            }
            let pending = self.ledger.append_all_in(tx, entries).await?;
            let household = touched.households.last().copied();
            let recorded = Recorded { acts, person, household, number, warnings, entries: Vec::new() };
            Ok::<_, Error>((recorded, pending))
        });
        if let Err(Error::Problem(problem)) = &outcome
            && problem.kind == &kinds::FORBIDDEN
        {
            // Nothing of the refused act remains, but who tried it does.
            let subject = draft.intent.first_person().map_or(Subject::Nobody, Subject::Person);
            let actor = ask.caller.actor.clone();
            let entry =
                Entry::refused(actor, ask.basis.clone(), "population.record", subject, FieldSet::NONE);
            self.ledger.append(ask.named(entry)).await?;
        }
        let (recorded, pending) = outcome?;
        let mut entries = Vec::with_capacity(pending.len());
        for entry in pending {
            entries.push(self.ledger.confirm(entry).await?.seq());
        }
        Ok(Recorded { entries, ..recorded })
    }

    /// Whether the caller may record this act: in the unit to which it brings people, or else where they live now.
    fn may_record(&self, ask: &Ask, content: &Content, before: &rules::Before) -> Result<(), Error> {
        let units: Vec<UnitCode> = match destination(content) {
            Some(address) => with_provinces([address.new_unit]),
            None => {
                let persons = before.persons.values().filter_map(Person::last_commune);
                let permanent = before.persons.values().filter_map(|p| p.permanent.new_unit);
                let households = before.households.values().filter_map(|h| h.address.new_unit);
                let registration = registration_place(content);
                let mut units: Vec<UnitCode> = persons
                    .chain(permanent)
                    .chain(households)
                    .chain(registration)
                    .flat_map(|u| with_provinces([Some(u)]))
                    .collect();
                units.sort_unstable();
                units.dedup();
                units
            }
        };
        let release =
            self.policy.decide(&ask.caller, action(content), Resource::of(&units), ask.basis.as_ref())?;
        let beyond = content.fields().without(release.fields).without(FieldSet::of(&[Field::History]));
        if beyond.is_empty() {
            return Ok(());
        }
        let violations = beyond.iter().map(|f| NOT_SETTABLE.at(f.code())).collect();
        Err(Problem { violations, ..Problem::new(&kinds::FORBIDDEN) }.into())
    }
}

const NOT_SETTABLE: vocabulary::Invalid = vocabulary::Invalid::new(
    "record/field-not-granted",
    "Quyền của bạn không cho phép thay đổi trường này",
    "Your grants do not allow this field to be changed",
);

/// Where a birth or first registration is registered, which is where the officer has to answer for.
fn registration_place(content: &Content) -> Option<UnitCode> {
    let (Content::Birth { facts, .. } | Content::Registration { facts, .. }) = content else { return None };
    facts.iter().find_map(|f| match f {
        Fact::BirthRegistration(a) if matches!(content, Content::Birth { .. }) => a.new_unit,
        Fact::Permanent(a) | Fact::Current(a) if matches!(content, Content::Registration { .. }) => {
            a.new_unit
        }
        _ => None,
    })
}

fn touching(person: PersonId) -> crate::acts::Touched {
    crate::acts::Touched { persons: smallvec![person], households: SmallVec::new() }
}

fn known(before: &rules::Before, person: PersonId) -> Result<&Person, Error> {
    before.persons.get(&person).filter(|p| p.registered).ok_or_else(|| Problem::new(&kinds::NOT_FOUND).into())
}

fn service(content: &Content) -> &'static str {
    match action(content) {
        Action::RecordCivilAct => "population.record-civil-act",
        Action::CorrectRecord => "population.correct",
        Action::IssueNumber => "population.issue-number",
        Action::MergeRecords => "population.merge",
        _ => "population.record-residence-act",
    }
}
