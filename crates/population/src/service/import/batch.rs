//! One batch of rows: who they are, what becomes of them, and the acts that follow, in one transaction.

use super::{Differing, Settings, file::Line, same::differences};
use crate::{
    acts::{Act, Content, Member, Touched},
    columns::{Column, Fault, Told},
    model::{Fact, LifeStatus, Person, Relation, Relative, Residence, ResidenceKind},
    service::{Ask, Error, Population, with_provinces},
    store::{self, Link},
};
use ::store::Tx;
use access::{Action, Resource};
use ledger::{Entry, Pending, Subject};
use std::collections::{BTreeMap, HashMap, HashSet};
use vocabulary::{
    ActSeq, Address, Basis, Field, FieldSet, HouseholdId, Invalid, Moment, PartialDate, PersonId, UnitCode,
};

/// The service that the entries name.
pub(super) const SERVICE: &str = "population.import";

macro_rules! rules {
    ($($name:ident = $rule:literal, $vi:literal, $en:literal;)*) => {
        $(const $name: Invalid = Invalid::new($rule, $vi, $en);)*
    };
}

rules! {
    DIFFERS = "import/differs", "Người này đã có trong hệ thống với dữ liệu khác ở mục này; việc điều chỉnh cần giấy tờ và được ghi bằng biến động", "The person is in the registry already and differs here; a correction needs its evidence and an act";
    SECOND = "import/second-record", "Số này đã thuộc về hồ sơ khác có dữ liệu khác; đã nhập thành hồ sơ riêng để kiểm tra trùng", "The number belongs to another record with other data; taken in as a record of its own, to be examined as a duplicate";
    NOT_YOURS = "import/unit", "Nơi cư trú ngoài địa bàn được giao", "The place of residence is outside your units";
    NO_UNIT = "import/no-unit", "Chưa rõ xã nơi cư trú: chỉ tài khoản được giao toàn quốc nhập được", "The commune of residence is not known: only an account of the whole country can import the row";
    FIELDS = "import/fields", "Quyền của bạn không cho phép nhập mục này", "Your grants do not allow this field to be imported";
    OTHER_RELATIVE = "relative/differs", "Số này trong hệ thống là của người mang tên khác: chưa liên kết", "In the registry the number is of a person of another name: not linked";
    OWN_RELATIVE = "relative/self", "Số của người thân trùng với số của chính người này: chưa liên kết", "The relative's number is the person's own: not linked";
    DEAD_MEMBER = "household/dead", "Người đã chết không được ghi vào hộ", "The dead are not entered in a household";
    ELSEWHERE = "household/address", "Nơi thường trú khác địa chỉ của hộ", "The permanent residence differs from the household's address";
}

/// What became of a batch.
#[derive(Default)]
pub(super) struct Outcome {
    /// Rows taken in, and those of them with warnings.
    pub accepted: i64,
    /// Of the accepted.
    pub warned: i64,
    /// Rows that tell nothing new.
    pub present: i64,
    /// Rejected rows with the reasons.
    pub rejected: Vec<(usize, Vec<Fault>)>,
    /// Warnings, by row.
    pub warnings: Vec<(usize, Fault)>,
    /// Acts appended.
    pub acts: i64,
    /// Households formed.
    pub households: i64,
    /// Ledger entries written in the transaction.
    pub pending: Vec<Pending>,
    /// Entries about comparisons, for a trial that is rolled back.
    pub compared: Vec<Entry>,
    /// Households of rows that are already there, by their names in the file.
    pub met: HashMap<String, HouseholdId>,
}

/// A row that becomes a record.
struct Newcomer<'a> {
    line: &'a Line,
    /// As later rows of the batch are compared with it.
    person: Person,
    household: Option<String>,
}

/// An act to be appended, before it has its number.
struct Due {
    line: u64,
    effective: PartialDate,
    content: Content,
}

pub(super) struct Taking<'a> {
    pub population: &'a Population,
    pub ask: &'a Ask,
    pub basis: &'a Basis,
    pub job: i64,
    pub file: &'a str,
    pub settings: &'a Settings,
    /// What may be imported where; asked once for each commune.
    pub may: &'a mut HashMap<Option<UnitCode>, Option<FieldSet>>,
}

/// What is known of the numbers and persons that a batch names.
struct Known {
    /// By number: who has it in force or had it, and who has it as a former number.
    numbers: HashMap<i64, Vec<(i16, PersonId)>>,
    persons: HashMap<PersonId, Person>,
    namesakes: HashMap<usize, Vec<PersonId>>,
}

/// Kinds of claim, as `number_claim` has them.
const IN_FORCE: i16 = 1;
const FORMER: i16 = 2;

impl Taking<'_> {
    /// Takes a batch in. The caller holds the lock of the act sequence.
    pub(super) async fn take(&mut self, tx: &mut Tx, lines: &[Line]) -> Result<Outcome, Error> {
        let mut out = Outcome::default();
        let known = self.know(tx, lines).await?;
        let newcomers = self.sort_out(lines, &known, &mut out);
        self.enter(tx, newcomers, &known, &mut out).await?;
        out.accepted = lines.len() as i64 - out.present - out.rejected.len() as i64;
        let warned: HashSet<usize> = out.warnings.iter().map(|(row, _)| *row).collect();
        out.warned = warned.len() as i64;
        Ok(out)
    }

    async fn know(&self, tx: &mut Tx, lines: &[Line]) -> Result<Known, Error> {
        let mut numbers: Vec<i64> = Vec::new();
        for line in lines.iter().filter(|l| l.sound()) {
            numbers.extend(line.told.number.map(|n| n.as_int()));
            numbers.extend(line.told.formers.iter().map(|c| c.number.as_int()));
            numbers.extend(line.told.relatives().filter_map(|(_, r)| r.number).map(|n| n.as_int()));
        }
        numbers.sort_unstable();
        numbers.dedup();
        let mut known = Known { numbers: HashMap::new(), persons: HashMap::new(), namesakes: HashMap::new() };
        let mut persons: Vec<PersonId> = Vec::new();
        for claim in store::claimants(tx, &numbers).await? {
            known.numbers.entry(claim.number).or_default().push((claim.kind, claim.person));
            persons.push(claim.person);
        }
        for (at, line) in lines.iter().enumerate().filter(|(_, l)| l.sound() && l.told.is_numberless()) {
            if let Some(name) = &line.told.name {
                let found = store::numberless_namesakes(tx, &name.folded(), line.told.birth).await?;
                persons.extend(&found);
                known.namesakes.insert(at, found);
            }
        }
        // The persons themselves, then the relatives whom their records name.
        for _ in 0..2 {
            persons.sort_unstable();
            persons.dedup();
            persons.retain(|id| !known.persons.contains_key(id));
            let touched = Touched { persons: std::mem::take(&mut persons), households: Vec::new() };
            for (id, person) in store::before(tx, &touched).await?.persons {
                let kin = [&person.father, &person.mother, &person.spouse, &person.guardian];
                persons.extend(kin.into_iter().flatten().filter_map(|r| r.person));
                known.persons.insert(id, person);
            }
        }
        Ok(known)
    }

    /// Who is new, who is there, and what is refused.
    fn sort_out<'a>(&mut self, lines: &'a [Line], known: &Known, out: &mut Outcome) -> Vec<Newcomer<'a>> {
        let mut newcomers: Vec<Newcomer<'a>> = Vec::new();
        let mut by_number: HashMap<(i16, i64), Vec<usize>> = HashMap::new();
        let mut by_name: HashMap<(String, u32), Vec<usize>> = HashMap::new();
        for (at, line) in lines.iter().enumerate() {
            let told = &line.told;
            if !line.sound() {
                out.rejected.push((at, told.refused.clone()));
                continue;
            }
            if let Some(fault) = self.beyond(told) {
                out.rejected.push((at, vec![fault]));
                continue;
            }
            let in_registry = known.candidates(at, told);
            let name_key = told.name.as_ref().map(|n| (n.folded(), told.birth.packed())).unwrap_or_default();
            let of = |key: (i16, i64)| by_number.get(&key).cloned().unwrap_or_default();
            let mut in_batch: Vec<usize> =
                told.number.map(|n| of((IN_FORCE, n.as_int()))).unwrap_or_default();
            if in_batch.is_empty() && in_registry.is_empty() {
                let formers = told.formers.iter().flat_map(|c| of((FORMER, c.number.as_int())));
                in_batch = formers.filter(|i| same_name(told, &newcomers[*i].person)).collect();
            }
            if told.is_numberless() {
                in_batch = by_name.get(&name_key).cloned().unwrap_or_default();
            }
            let mut difference = None;
            let mut there = false;
            for person in in_registry.iter().filter_map(|id| known.persons.get(id)) {
                let differ = differences(told, person, &known.persons);
                if let (true, Some(name), Some(household)) =
                    (differ.is_empty(), told.household(), person.household)
                {
                    out.met.insert(name, household);
                }
                let compared = told.fields();
                let actor = self.ask.caller.actor.clone();
                let subject = Subject::Person(person.id);
                out.compared.push(Entry::shown(actor, self.basis.clone(), SERVICE, subject, compared));
                there |= differ.is_empty();
                difference.get_or_insert(differ);
            }
            for i in &in_batch {
                let differ = differences(told, &newcomers[*i].person, &known.persons);
                there |= differ.is_empty();
                difference.get_or_insert(differ);
            }
            if there {
                out.present += 1;
                continue;
            }
            if let Some(differ) = difference.filter(|_| !told.is_numberless()) {
                if self.settings.differing == Differing::Reject {
                    out.rejected.push((at, differ.iter().map(|f| line.fault(f, DIFFERS)).collect()));
                    continue;
                }
                out.warnings.push((at, line.fault(Field::PersonalNumber, SECOND)));
            }
            out.warnings.extend(told.warnings.iter().map(|w| (at, w.clone())));
            let next = newcomers.len();
            if let Some(number) = told.number {
                by_number.entry((IN_FORCE, number.as_int())).or_default().push(next);
            }
            for claim in &told.formers {
                by_number.entry((FORMER, claim.number.as_int())).or_default().push(next);
            }
            if told.is_numberless() {
                by_name.entry(name_key).or_default().push(next);
            }
            let mut household = told.household();
            if told.life.is_dead() && household.take().is_some() {
                out.warnings.push((at, line.fault(Field::Household, DEAD_MEMBER)));
            }
            newcomers.push(Newcomer { line, person: provisional(told), household });
        }
        newcomers
    }

    /// Why the caller may not import the row.
    fn beyond(&mut self, told: &Told) -> Option<Fault> {
        let unit = told.permanent.new_unit.or_else(|| told.current().and_then(|a| a.new_unit));
        let (population, ask) = (self.population, self.ask);
        let allowed = *self.may.entry(unit).or_insert_with(|| {
            let units = with_provinces([unit]);
            let decided = population.policy.decide(
                &ask.caller,
                Action::ImportRecords,
                Resource::of(&units),
                ask.basis.as_ref(),
            );
            decided.ok().map(|release| release.fields)
        });
        let fault = |column, invalid, value: &str| Some(Fault { column, invalid, value: value.to_owned() });
        match allowed {
            None => {
                let code = unit.map(|u| u.to_string()).unwrap_or_default();
                fault(Column::PermanentUnit, if unit.is_some() { NOT_YOURS } else { NO_UNIT }, &code)
            }
            Some(fields) => {
                let field = told.fields().without(fields).iter().next()?;
                let column = Column::ALL.iter().copied().find(|c| c.field() == field)?;
                fault(column, FIELDS, "")
            }
        }
    }

    async fn enter(
        &self,
        tx: &mut Tx,
        mut newcomers: Vec<Newcomer<'_>>,
        known: &Known,
        out: &mut Outcome,
    ) -> Result<(), Error> {
        // Who belongs together, in the order of first appearance.
        let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::new();
        for (i, newcomer) in newcomers.iter().enumerate() {
            let Some(name) = &newcomer.household else { continue };
            let at = *place.entry(name.clone()).or_insert_with(|| {
                groups.push((name.clone(), Vec::new()));
                groups.len() - 1
            });
            groups[at].1.push(i);
        }
        let names: Vec<String> = groups.iter().map(|(name, _)| name).chain(out.met.keys()).cloned().collect();
        let mut met: HashMap<String, HouseholdId> =
            store::met_households(tx, self.job, &names).await?.into_iter().collect();
        let mut new_households = Vec::new();
        for (name, household) in &out.met {
            if !met.contains_key(name) {
                met.insert(name.clone(), *household);
                new_households.push((name.clone(), *household));
            }
        }
        let joined = groups.iter().filter_map(|(name, _)| met.get(name)).copied().collect();
        let joined =
            store::before(tx, &Touched { persons: Vec::new(), households: joined }).await?.households;
        let formed = groups.iter().filter(|(name, _)| !met.contains_key(name)).count();
        let first = store::reserve(tx, 0, newcomers.len(), formed).await?;
        for (i, newcomer) in newcomers.iter_mut().enumerate() {
            newcomer.person.id = PersonId(first.person.0 + 1 + i as i64);
        }
        let mut due: Vec<Due> = Vec::new();
        let mut later: Vec<Due> = Vec::new();
        let mut links: Vec<Link> = Vec::new();
        let numbers = new_numbers(&newcomers);
        for newcomer in &newcomers {
            self.registration(newcomer, known, &newcomers, &numbers, &mut due, &mut links, out);
        }
        let mut next = first.household.0;
        for (name, members) in &groups {
            let members: Vec<&Newcomer<'_>> = members.iter().map(|i| &newcomers[*i]).collect();
            match met.get(name) {
                Some(household) => {
                    let address = joined.get(household).map(|h| h.address.clone()).unwrap_or_default();
                    join(*household, address, &members, &mut later, out);
                }
                None => {
                    next += 1;
                    form(HouseholdId(next), &members, &mut due, out);
                    new_households.push((name.clone(), HouseholdId(next)));
                }
            }
        }
        out.households = formed as i64;
        out.acts = (due.len() + later.len()) as i64;
        let seqs = store::reserve(tx, due.len(), 0, 0).await?;
        let recorded = Moment::now();
        let actor = &self.ask.caller.actor;
        let acts: Vec<Act> = due
            .into_iter()
            .zip(seqs.seq.0 + 1..)
            .map(|(due, seq)| Act {
                seq: ActSeq(seq),
                effective: due.effective,
                recorded,
                by: actor.clone(),
                evidence: self.evidence(due.line),
                content: due.content,
            })
            .collect();
        store::append_new(tx, actor, &acts).await?;
        let mut changed = Changed::default();
        acts.iter().for_each(|a| changed.add(&a.content));
        for due in later {
            let act = store::append(tx, actor, due.effective, &self.evidence(due.line), due.content).await?;
            changed.add(&act.content);
        }
        store::meet_households(tx, self.job, new_households).await?;
        store::add_links(tx, self.job, links).await?;
        let mut entries = changed.entries(self.ask, self.basis);
        entries.extend(out.compared.iter().cloned());
        out.pending = self.population.ledger.append_all_in(tx, entries).await?;
        Ok(())
    }

    /// The paper behind an act: source, file and row.
    fn evidence(&self, line: u64) -> String {
        let row = format!(", dòng {line}");
        let room = 200 - row.chars().count();
        let mut text: String = match self.settings.source.as_str() {
            "" => self.file.chars().take(room).collect(),
            source => format!("{source}; {}", self.file).chars().take(room).collect(),
        };
        text.push_str(&row);
        text
    }

    #[allow(clippy::too_many_arguments)] // what one row turns into, and where it goes
    fn registration(
        &self,
        newcomer: &Newcomer<'_>,
        known: &Known,
        newcomers: &[Newcomer<'_>],
        numbers: &HashMap<i64, Vec<usize>>,
        due: &mut Vec<Due>,
        links: &mut Vec<Link>,
        out: &mut Outcome,
    ) {
        let (line, person) = (newcomer.line, newcomer.person.id);
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
                out.warnings.push((line.at, line.fault_at(field, OWN_RELATIVE)));
                continue;
            }
            let here = numbers.get(&number.as_int()).map(Vec::as_slice).unwrap_or_default();
            let there: Vec<PersonId> = known.holders(number.as_int());
            let found = match (here, there.as_slice()) {
                ([one], []) => Some(&newcomers[*one].person),
                ([], [one]) => known.persons.get(one),
                ([], []) => {
                    links.push(Link { person, role: role.to_owned(), number });
                    None
                }
                // Several records claim the number: which one is meant is for cleaning to find.
                _ => None,
            };
            let Some(found) = found else { continue };
            let same = match (&relative.name, &found.name) {
                (Some(told), Some(held)) => told.matches(held),
                _ => true,
            };
            if same {
                *relative = Relative::recorded(found.id);
            } else {
                out.warnings.push((line.at, line.fault_at(field, OTHER_RELATIVE)));
            }
        }
        let mut effective = PartialDate::UNKNOWN;
        if newcomer.household.is_none() {
            if !told.permanent.is_empty() {
                facts.push(Fact::Permanent(told.permanent.clone()));
                effective = told.since;
            }
            if told.relation.is_some() && told.household().is_none() {
                facts.push(Fact::Relation(told.relation));
            }
        }
        let mut push = |effective, content| due.push(Due { line: line.number, effective, content });
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

impl Known {
    /// Records that may be the person of a row: by number; by a former number and the name; without any number, by name
    /// and birth.
    fn candidates(&self, at: usize, told: &Told) -> Vec<PersonId> {
        let by = |number: i64, former: bool| {
            let claims = self.numbers.get(&number).map(Vec::as_slice).unwrap_or_default();
            claims.iter().filter(move |(kind, _)| (*kind == FORMER) == former).map(|(_, person)| *person)
        };
        let mut found: Vec<PersonId> = match told.number {
            Some(number) => by(number.as_int(), false).collect(),
            None => self.namesakes.get(&at).cloned().unwrap_or_default(),
        };
        if found.is_empty() {
            let formers = told.formers.iter().flat_map(|c| by(c.number.as_int(), true));
            found = formers.filter(|id| self.persons.get(id).is_some_and(|p| same_name(told, p))).collect();
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Who has a personal number in force.
    fn holders(&self, number: i64) -> Vec<PersonId> {
        let claims = self.numbers.get(&number).map(Vec::as_slice).unwrap_or_default();
        claims.iter().filter(|(kind, _)| *kind == IN_FORCE).map(|(_, person)| *person).collect()
    }
}

fn same_name(told: &Told, person: &Person) -> bool {
    match (&told.name, &person.name) {
        (Some(a), Some(b)) => a.matches(b),
        _ => false,
    }
}

/// A row as a record, as far as later rows are compared with it.
fn provisional(told: &Told) -> Person {
    let mut person = Person::new(PersonId(0));
    told.facts.iter().for_each(|f| person.set(f));
    person.permanent = told.permanent.clone();
    person.relation = told.relation;
    person.past_numbers = told.past.clone();
    let mut residence = |kind, address: &Address, from, until| {
        person.residences.push(Residence {
            kind,
            address: address.clone(),
            from,
            until,
            ended: false,
            act: ActSeq(0),
        });
    };
    residence(ResidenceKind::Permanent, &told.permanent, told.since, PartialDate::UNKNOWN);
    if let Some(stay) = &told.temporary {
        residence(ResidenceKind::Temporary, &stay.address, stay.since, stay.until);
    }
    if let Some(stay) = &told.absence {
        residence(ResidenceKind::Absence, &stay.address, stay.since, stay.until);
    }
    person
}

fn new_numbers(newcomers: &[Newcomer<'_>]) -> HashMap<i64, Vec<usize>> {
    let mut numbers: HashMap<i64, Vec<usize>> = HashMap::new();
    for (i, newcomer) in newcomers.iter().enumerate() {
        if let Some(number) = newcomer.line.told.number {
            numbers.entry(number.as_int()).or_default().push(i);
        }
    }
    numbers
}

fn member(newcomer: &Newcomer<'_>) -> Member {
    Member { person: newcomer.person.id, relation: newcomer.line.told.relation.unwrap_or(Relation::Unknown) }
}

/// Forms a household: those who live there since the same day by one act, the others by their own.
fn form(household: HouseholdId, members: &[&Newcomer<'_>], due: &mut Vec<Due>, out: &mut Outcome) {
    let head = members.iter().find(|m| m.line.told.relation == Some(Relation::Head));
    let placed = head.into_iter().chain(members).find(|m| !m.line.told.permanent.is_empty());
    let Some(first) = placed.or(members.first()) else { return };
    let address = first.line.told.permanent.clone();
    let since = first.line.told.since;
    let file = members.iter().map(|m| m.line.told.file.clone()).find(|f| !f.is_empty()).unwrap_or_default();
    let own = |m: &Newcomer<'_>| m.line.told.permanent.is_empty() || m.line.told.permanent == address;
    let together = |m: &Newcomer<'_>| m.line.told.since == since || !own(m);
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
        if !together(m) {
            due.push(Due {
                line: m.line.number,
                effective: m.line.told.since,
                content: Content::Move { members: vec![member(m)], household, address: address.clone() },
            });
        }
        if !own(m) {
            out.warnings.push((m.line.at, m.line.fault(Field::PermanentResidence, ELSEWHERE)));
            let facts = vec![Fact::Permanent(m.line.told.permanent.clone())];
            let content = Content::Correction { person: m.person.id, facts };
            due.push(Due { line: m.line.number, effective: since, content });
        }
    }
}

/// Joins a household that is there, at its address.
fn join(
    household: HouseholdId,
    address: Address,
    members: &[&Newcomer<'_>],
    later: &mut Vec<Due>,
    out: &mut Outcome,
) {
    for m in members {
        let own = &m.line.told.permanent;
        let elsewhere = !own.is_empty() && !address.is_empty() && *own != address;
        let address = if address.is_empty() { own } else { &address }.clone();
        let effective = m.line.told.since;
        let content = Content::Move { members: vec![member(m)], household, address };
        later.push(Due { line: m.line.number, effective, content });
        if elsewhere {
            out.warnings.push((m.line.at, m.line.fault(Field::PermanentResidence, ELSEWHERE)));
            let content =
                Content::Correction { person: m.person.id, facts: vec![Fact::Permanent(own.clone())] };
            later.push(Due { line: m.line.number, effective, content });
        }
    }
}

/// The records that acts touch, with the fields that they set.
#[derive(Default)]
pub(super) struct Changed {
    persons: BTreeMap<PersonId, FieldSet>,
    households: BTreeMap<HouseholdId, FieldSet>,
}

impl Changed {
    pub(super) fn add(&mut self, content: &Content) {
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

    /// An entry for each record.
    pub(super) fn entries(self, ask: &Ask, basis: &Basis) -> Vec<Entry> {
        let persons = self.persons.into_iter().map(|(id, fields)| (Subject::Person(id), fields));
        let households = self.households.into_iter().map(|(id, fields)| (Subject::Household(id), fields));
        let entry = |(subject, fields)| {
            ask.named(Entry::changed(ask.caller.actor.clone(), basis.clone(), SERVICE, subject, fields))
        };
        persons.chain(households).map(entry).collect()
    }
}

impl Told {
    /// The household's name within the file: its group, or else its residence file.
    pub(super) fn household(&self) -> Option<String> {
        match (self.group.as_str(), self.file.as_str()) {
            ("", "") => None,
            ("", file) => Some(format!("file:{file}")),
            (group, _) => Some(format!("group:{group}")),
        }
    }

    /// Whether the row has no number by which a person could be known.
    fn is_numberless(&self) -> bool {
        self.number.is_none() && self.formers.is_empty()
    }

    fn relatives(&self) -> impl Iterator<Item = (&'static str, &Relative)> {
        self.facts.iter().filter_map(|fact| match fact {
            Fact::Father(Some(r)) => Some(("father", r)),
            Fact::Mother(Some(r)) => Some(("mother", r)),
            Fact::Spouse(Some(r)) => Some(("spouse", r)),
            Fact::Guardian(Some(r)) => Some(("guardian", r)),
            _ => None,
        })
    }

    fn current(&self) -> Option<&Address> {
        self.facts.iter().find_map(|fact| match fact {
            Fact::Current(a) => Some(a),
            _ => None,
        })
    }

    /// The fields that the row tells of.
    fn fields(&self) -> FieldSet {
        let mut fields: FieldSet = self.facts.iter().map(Fact::field).collect();
        for (field, told) in [
            (Field::PermanentResidence, !self.permanent.is_empty()),
            (Field::Household, self.household().is_some()),
            (Field::RelationToHead, self.relation.is_some()),
            (Field::PersonalNumber, !self.past.is_empty()),
            (Field::TemporaryResidence, self.temporary.is_some()),
            (Field::TemporaryAbsence, self.absence.is_some()),
            (Field::LifeStatus, self.life != LifeStatus::Alive),
        ] {
            if told {
                fields = fields.or(FieldSet::of(&[field]));
            }
        }
        fields
    }
}
