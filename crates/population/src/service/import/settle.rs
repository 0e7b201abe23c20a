//! From rows that become records to acts: first registration with relatives linked, stays, and households formed or
//! joined.

use super::{
    batch::{Newcomer, Outcome, SERVICE, Taking},
    file::Line,
    known::{Brought, Known},
};
use crate::{
    acts::{Act, Content, Member},
    columns::Column,
    model::{Fact, Relation, Relative},
    service::{Ask, Error},
    store::{self, Link, Reserved},
};
use ::store::Tx;
use ledger::{Entry, Ledger, PreparedEntries, Subject};
use smallvec::SmallVec;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use vocabulary::{
    ActSeq, Actor, Address, Basis, Field, FieldSet, FullName, HouseholdId, Invalid, Moment, PartialDate,
    PersonId, Problem, kinds,
};

const OTHER_RELATIVE: Invalid = Invalid::new(
    "relative/differs",
    "Số này trong hệ thống là của người mang tên khác: chưa liên kết",
    "In the registry the number is of a person of another name: not linked",
);
const OWN_RELATIVE: Invalid = Invalid::new(
    "relative/self",
    "Số của người thân trùng với số của chính người này: chưa liên kết",
    "The relative's number is the person's own: not linked",
);
const ELSEWHERE: Invalid = Invalid::new(
    "household/address",
    "Nơi thường trú khác địa chỉ của hộ",
    "The permanent residence differs from the household's address",
);

/// An act to be appended, before it has its number.
struct Due {
    line: u64,
    effective: PartialDate,
    content: Content,
}

/// The rows of a batch that become records, where they find each other.
struct Circle<'a> {
    newcomers: &'a [Newcomer<'a>],
    /// By personal number.
    numbers: HashMap<i64, SmallVec<[usize; 2]>>,
    known: &'a Known,
}

/// What the rows of a batch turn into.
struct Turned {
    due: Vec<Due>,
    links: Vec<Link>,
}

/// A batch of rows as it is to be written.
pub(super) struct Settled {
    /// What becomes of the rows.
    pub out: Outcome,
    /// The numbers before those that it takes: it holds for a registry that has come exactly so far.
    pub from: Reserved,
    /// What it brings.
    pub brought: Brought,
    acts: Arc<Vec<Act>>,
    persons: usize,
    met: Vec<(String, HouseholdId)>,
    links: Vec<Link>,
    entries: Entries,
}

/// Entries of the ledger, on their way.
enum Entries {
    /// Nothing is to be written.
    None,
    Preparing(Preparing),
    Ready(PreparedEntries),
}

impl Settled {
    /// How far the registry is once it is written.
    pub(super) fn until(&self) -> Reserved {
        Reserved {
            seq: ActSeq(self.from.seq.0 + self.acts.len() as i64),
            person: PersonId(self.from.person.0 + self.persons as i64),
            household: HouseholdId(self.from.household.0 + self.out.households),
        }
    }

    /// Writes it, into a registry that has come as far as it was settled for. May be done again where the transaction has
    /// to be run again.
    pub(super) async fn write(
        &mut self,
        ledger: &Ledger,
        job: i64,
        by: &Actor,
        tx: &mut Tx,
    ) -> Result<(), Error> {
        store::reserve(tx, self.acts.len(), self.persons, self.out.households as usize).await?;
        store::append_all(tx, by, Arc::clone(&self.acts), self.from).await?;
        store::meet_households(tx, job, self.met.clone()).await?;
        store::add_links(tx, job, self.links.clone()).await?;
        if let Entries::Preparing(entries) = &mut self.entries {
            self.entries = Entries::Ready(prepared(entries).await?);
        }
        if let Entries::Ready(entries) = &self.entries {
            self.out.pending = ledger.append_prepared_in(tx, entries).await?;
        }
        Ok(())
    }
}

impl Taking<'_> {
    /// Makes of the newcomers what is to be written.
    pub(super) fn enter(
        &self,
        from: Reserved,
        mut newcomers: Vec<Newcomer<'_>>,
        lines: &[Line],
        known: &Known,
        mut out: Outcome,
    ) -> Settled {
        // Who belongs together, in the order of first appearance.
        let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
        let mut place: HashMap<&str, usize> = HashMap::new();
        for (i, newcomer) in newcomers.iter().enumerate() {
            let Some(name) = newcomer.household else { continue };
            let at = *place.entry(name).or_insert_with(|| {
                groups.push((name, Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push(i);
        }
        let mut met: HashMap<&str, HouseholdId> = known.met.iter().map(|(n, h)| (n.as_str(), *h)).collect();
        let mut new_households = Vec::new();
        for (name, household) in &out.met {
            if !met.contains_key(name.as_str()) {
                met.insert(name, *household);
                new_households.push((name.clone(), *household));
            }
        }
        let formed = groups.iter().filter(|(name, _)| !met.contains_key(name)).count();
        for (newcomer, id) in newcomers.iter_mut().zip(from.person.0 + 1..) {
            newcomer.id = PersonId(id);
        }
        // Most rows become an act, and most households another one.
        let due = Vec::with_capacity(newcomers.len() + groups.len() + newcomers.len() / 2);
        let mut turned = Turned { due, links: Vec::new() };
        let circle = Circle::of(&newcomers, known);
        for newcomer in &newcomers {
            circle.registration(newcomer, &mut turned, &mut out.warnings);
        }
        let mut next = from.household.0;
        for (name, members) in &groups {
            let members: Vec<&Newcomer<'_>> = members.iter().map(|i| &newcomers[*i]).collect();
            match met.get(name) {
                Some(household) => {
                    let address = known.households.get(household).map(|h| h.address.clone());
                    join(
                        *household,
                        &address.unwrap_or_default(),
                        &members,
                        &mut turned.due,
                        &mut out.warnings,
                    );
                }
                None => {
                    next += 1;
                    form(HouseholdId(next), &members, &mut turned.due, &mut out.warnings);
                    new_households.push(((*name).to_owned(), HouseholdId(next)));
                }
            }
        }
        out.households = formed as i64;
        let Turned { due, links } = turned;
        out.acts = due.len() as i64;
        let recorded = Moment::now();
        let (actor, paper) = (&self.ask.caller.actor, self.paper());
        let acts: Vec<Act> = due
            .into_iter()
            .zip(from.seq.0 + 1..)
            .map(|(due, seq)| Act {
                seq: ActSeq(seq),
                effective: due.effective,
                recorded,
                by: actor.clone(),
                evidence: format!("{paper}{}", due.line),
                content: due.content,
            })
            .collect();
        let acts = Arc::new(acts);
        let entries = if self.trial {
            Entries::None
        } else {
            let compared = std::mem::take(&mut out.compared);
            Entries::Preparing(prepare(&acts, compared, self.ask, self.basis))
        };
        let brought = Brought::of(lines, newcomers.iter().map(|n| (n.line, n.id)));
        Settled { out, from, brought, acts, persons: newcomers.len(), met: new_households, links, entries }
    }

    /// The paper behind an act, but for its row: source and file.
    fn paper(&self) -> String {
        const ROW: &str = ", dòng ";
        // Evidence has 200 characters at most, and the number of a row up to twelve.
        let room = 188 - ROW.chars().count();
        let mut text: String = match self.settings.source.as_str() {
            "" => self.file.chars().take(room).collect(),
            source => format!("{source}; {}", self.file).chars().take(room).collect(),
        };
        text.push_str(ROW);
        text
    }
}

/// Entries that are being prepared on another thread.
pub(super) type Preparing = tokio::task::JoinHandle<Result<PreparedEntries, ledger::LedgerError>>;

/// Prepares an entry for each record that the acts touch, and those about comparisons, beside the writing of the acts.
pub(super) fn prepare(acts: &Arc<Vec<Act>>, compared: Vec<Entry>, ask: &Ask, basis: &Basis) -> Preparing {
    let (acts, ask, basis) = (Arc::clone(acts), ask.clone(), basis.clone());
    tokio::task::spawn_blocking(move || {
        let mut changed = Changed::default();
        acts.iter().for_each(|a| changed.add(&a.content));
        let mut entries = PreparedEntries::default();
        entries.add_alike(changed.entry(&ask, &basis), changed.subjects())?;
        entries.add(compared)?;
        Ok(entries)
    })
}

/// The entries, once they are prepared.
pub(super) async fn prepared(entries: &mut Preparing) -> Result<PreparedEntries, Error> {
    Ok(entries.await.map_err(|_| Problem::new(&kinds::INTERNAL))??)
}

impl<'a> Circle<'a> {
    fn of(newcomers: &'a [Newcomer<'a>], known: &'a Known) -> Circle<'a> {
        let mut numbers: HashMap<i64, SmallVec<[usize; 2]>> = HashMap::with_capacity(newcomers.len());
        for (i, newcomer) in newcomers.iter().enumerate() {
            if let Some(number) = newcomer.line.told.number {
                numbers.entry(number.as_int()).or_default().push(i);
            }
        }
        Circle { newcomers, numbers, known }
    }

    /// Who alone has a number in force, here or there; an empty list where nobody has it.
    fn holders(&self, number: i64) -> Vec<(PersonId, Option<&FullName>)> {
        let here = self.numbers.get(&number).map(SmallVec::as_slice).unwrap_or_default();
        let here = here.iter().map(|i| &self.newcomers[*i]).map(|n| (n.id, n.line.told.name.as_ref()));
        here.chain(self.known.holders(number)).collect()
    }

    fn registration(
        &self,
        newcomer: &Newcomer<'_>,
        turned: &mut Turned,
        warnings: &mut Vec<(usize, crate::columns::Fault)>,
    ) {
        let (line, person) = (newcomer.line, newcomer.id);
        let told = &line.told;
        let mut facts = told.facts.clone();
        for fact in &mut facts {
            let (role, field, relative) = match fact {
                Fact::Father(Some(r)) => ("father", Column::FatherNumber, r),
                Fact::Mother(Some(r)) => ("mother", Column::MotherNumber, r),
                Fact::Spouse(Some(r)) => ("spouse", Column::SpouseNumber, r),
                Fact::Guardian(Some(r)) => ("guardian", Column::GuardianNumber, r),
                _ => continue,
            };
            let Some(number) = relative.number else { continue };
            if told.number == Some(number) {
                warnings.push((line.at, line.fault_at(field, OWN_RELATIVE)));
                continue;
            }
            match self.holders(number.as_int()).as_slice() {
                [] => turned.links.push(Link { person, role: role.to_owned(), number }),
                [(id, name)] => {
                    let same = match (&relative.name, name) {
                        (Some(told), Some(held)) => told.matches(held),
                        _ => true,
                    };
                    if same {
                        *relative = Relative::recorded(*id);
                    } else {
                        warnings.push((line.at, line.fault_at(field, OTHER_RELATIVE)));
                    }
                }
                // Several records claim the number: which one is meant is for cleaning to find.
                _ => {}
            }
        }
        let mut effective = PartialDate::UNKNOWN;
        if newcomer.household.is_none() {
            if !told.permanent.is_empty() {
                facts.push(Fact::Permanent(told.permanent.clone()));
                effective = told.since;
            }
            if told.relation.is_some() && told.home().is_none() {
                facts.push(Fact::Relation(told.relation));
            }
        }
        let mut push = |effective, content| turned.due.push(Due { line: line.number, effective, content });
        push(effective, Content::Registration { person, facts });
        for claim in &told.past {
            let (number, reason) = (claim.number, claim.reason.clone());
            push(claim.until, Content::NumberCancelled { person, number, replaced_by: None, reason });
        }
        if let Some(stay) = &told.temporary {
            let (address, until) = (stay.address.clone(), stay.until);
            push(stay.since, Content::TemporaryResidence { persons: vec![person], address, until });
        }
        if let Some(stay) = &told.absence {
            let (address, until) = (stay.address.clone(), stay.until);
            let reason = String::new();
            push(stay.since, Content::Absence { persons: vec![person], address, until, reason });
        }
    }
}

fn member(newcomer: &Newcomer<'_>) -> Member {
    Member { person: newcomer.id, relation: newcomer.line.told.relation.unwrap_or(Relation::Unknown) }
}

/// Forms a household: those who live there since the same day by one act, the others by their own.
fn form(
    household: HouseholdId,
    members: &[&Newcomer<'_>],
    due: &mut Vec<Due>,
    warnings: &mut Vec<(usize, crate::columns::Fault)>,
) {
    let head = members.iter().find(|m| m.line.told.relation == Some(Relation::Head));
    let placed = head.into_iter().chain(members).find(|m| !m.line.told.permanent.is_empty());
    let Some(first) = placed.or(members.first()) else { return };
    let address = first.line.told.permanent.clone();
    let since = first.line.told.since;
    let file = members.iter().map(|m| m.line.told.file.clone()).find(|f| !f.is_empty()).unwrap_or_default();
    let own = |m: &Newcomer<'_>| m.line.told.permanent.is_empty() || m.line.told.permanent == address;
    // The day of another address is not the day on which the household was joined; nobody joined before birth.
    let born_later = |m: &Newcomer<'_>| since.is_whole() && m.line.told.birth.earliest() > since.packed();
    let together = |m: &Newcomer<'_>| m.line.told.since == since || !own(m) && !born_later(m);
    due.push(Due {
        line: first.line.number,
        effective: since,
        content: Content::HouseholdFormed {
            household,
            address: address.clone(),
            file,
            members: members.iter().filter(|m| together(m)).map(|m| member(m)).collect(),
        },
    });
    for m in members {
        let joined = if together(m) { since } else { m.line.told.since };
        if !together(m) {
            due.push(Due {
                line: m.line.number,
                effective: joined,
                content: Content::Move { members: vec![member(m)], household, address: address.clone() },
            });
        }
        if !own(m) {
            warnings.push((m.line.at, m.line.fault(Field::PermanentResidence, ELSEWHERE)));
            let facts = vec![Fact::Permanent(m.line.told.permanent.clone())];
            let content = Content::Correction { person: m.id, facts };
            due.push(Due { line: m.line.number, effective: joined, content });
        }
    }
}

/// Joins a household that is there, at its address.
fn join(
    household: HouseholdId,
    address: &Address,
    members: &[&Newcomer<'_>],
    due: &mut Vec<Due>,
    warnings: &mut Vec<(usize, crate::columns::Fault)>,
) {
    for m in members {
        let own = &m.line.told.permanent;
        let elsewhere = !own.is_empty() && !address.is_empty() && own != address;
        let address = if address.is_empty() { own } else { address }.clone();
        let effective = m.line.told.since;
        let content = Content::Move { members: vec![member(m)], household, address };
        due.push(Due { line: m.line.number, effective, content });
        if elsewhere {
            warnings.push((m.line.at, m.line.fault(Field::PermanentResidence, ELSEWHERE)));
            let content = Content::Correction { person: m.id, facts: vec![Fact::Permanent(own.clone())] };
            due.push(Due { line: m.line.number, effective, content });
        }
    }
}

/// The records that acts touch, with the fields that they set.
#[derive(Default)]
struct Changed {
    persons: BTreeMap<PersonId, FieldSet>,
    households: BTreeMap<HouseholdId, FieldSet>,
}

impl Changed {
    fn add(&mut self, content: &Content) {
        let fields = content.fields();
        let touched = content.touched();
        for id in touched.persons {
            let all = self.persons.entry(id).or_default();
            *all = all.or(fields);
        }
        for id in touched.households {
            let all = self.households.entry(id).or_default();
            *all = all.or(fields);
        }
    }

    /// The entry for a record, but for the record.
    fn entry(&self, ask: &Ask, basis: &Basis) -> Entry {
        let (actor, basis) = (ask.caller.actor.clone(), basis.clone());
        ask.named(Entry::changed(actor, basis, SERVICE, Subject::Nobody, FieldSet::NONE))
    }

    /// The records, with the fields of each.
    fn subjects(self) -> impl Iterator<Item = (Subject, FieldSet)> {
        let persons = self.persons.into_iter().map(|(id, fields)| (Subject::Person(id), fields));
        persons.chain(self.households.into_iter().map(|(id, fields)| (Subject::Household(id), fields)))
    }
}
