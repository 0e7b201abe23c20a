//! What the registry, and in a trial the file so far, know of the persons and households that a batch names: read with few
//! statements, whatever the batch.

use super::{claimed::Claimed, file::Line};
use crate::{
    columns::Told,
    model::{Household, Person},
    service::Error,
    store::{self, Source},
};
use ::store::Tx;
use smallvec::SmallVec;
use std::collections::{HashMap, HashSet};
use vocabulary::{ActSeq, FullName, HouseholdId, PartialDate, PersonId, Problem, kinds};

/// Identifiers of a trial begin beyond this one, where no registry comes.
pub(super) const TRIAL: i64 = 1 << 48;

/// Kinds of claim, as `number_claim` has them.
pub(super) const IN_FORCE: i16 = 1;
/// A former number of 9 digits.
pub(super) const FORMER: i16 = 2;

/// Where records are read and written: the registry; in a trial it is only read, and what the file brings is written into
/// a registry of its own.
pub(super) struct Books<'a> {
    pub registry: Source<'a>,
    pub trial: Option<&'a mut Tx>,
    /// Which numbers the registry claims, as far as remembered.
    pub claimed: &'a Claimed,
    /// The registry's last act.
    pub last: ActSeq,
}

impl Books<'_> {
    /// Where is written.
    pub(super) fn target(&mut self) -> Result<&mut Tx, Error> {
        match (&mut self.trial, &mut self.registry) {
            (Some(tx), _) | (None, Source::Tx(tx)) => Ok(tx),
            (None, Source::Store(_)) => Err(Problem::new(&kinds::INTERNAL).into()),
        }
    }

    /// Where the import keeps what it has met.
    fn own(&mut self) -> Source<'_> {
        match &mut self.trial {
            Some(trial) => Source::Tx(trial),
            None => self.registry.lent(),
        }
    }

    /// Whether nothing may be written into the registry.
    pub(super) fn is_trial(&self) -> bool {
        self.trial.is_some()
    }

    /// Both, the registry first.
    pub(super) fn each(&mut self) -> Vec<Source<'_>> {
        let mut each = vec![self.registry.lent()];
        if let Some(trial) = &mut self.trial {
            each.push(Source::Tx(trial));
        }
        each
    }

    /// Who claims any of these numbers, in any order and as often as they come.
    pub(super) async fn claimants(&mut self, mut numbers: Vec<i64>) -> Result<Vec<store::Claimant>, Error> {
        numbers.sort_unstable();
        numbers.dedup();
        let mut found = match &mut self.trial {
            Some(trial) => store::claimants(&mut Source::Tx(trial), &numbers).await?,
            None => Vec::new(),
        };
        found.append(
            &mut store::claimants(&mut self.registry, &self.claimed.among(numbers, self.last)).await?,
        );
        Ok(found)
    }

    /// Persons and households as they are, each from the book in which it stands.
    pub(super) async fn records(
        &mut self,
        mut persons: Vec<PersonId>,
        mut households: Vec<HouseholdId>,
    ) -> Result<(HashMap<PersonId, Person>, HashMap<HouseholdId, Household>), Error> {
        persons.sort_unstable();
        persons.dedup();
        households.sort_unstable();
        households.dedup();
        let tried = persons.split_off(persons.partition_point(|p| p.0 <= TRIAL));
        let formed = households.split_off(households.partition_point(|h| h.0 <= TRIAL));
        let mut found = store::records(&mut self.registry, &persons, &households).await?;
        if let Some(trial) = &mut self.trial {
            let brought = store::records(&mut Source::Tx(trial), &tried, &formed).await?;
            found.persons.extend(brought.persons);
            found.households.extend(brought.households);
        }
        Ok((found.persons, found.households))
    }

    /// Persons of whom nothing but name and number is asked, with no more than these.
    async fn outlines(&mut self, mut persons: Vec<PersonId>) -> Result<HashMap<PersonId, Person>, Error> {
        persons.sort_unstable();
        persons.dedup();
        let tried = persons.split_off(persons.partition_point(|p| p.0 <= TRIAL));
        let mut found = store::outlines(&mut self.registry, &persons).await?;
        if let Some(trial) = &mut self.trial {
            found.extend(store::outlines(&mut Source::Tx(trial), &tried).await?);
        }
        let person =
            |o: store::Outline| (o.id, Person { name: o.name, number: o.number, ..Person::new(o.id) });
        Ok(found.into_iter().map(person).collect())
    }
}

/// A new person, with the name.
type Newcomer = (PersonId, Option<FullName>);

/// What a batch brings that is on its way into the registry.
#[derive(Default)]
pub(super) struct Brought {
    /// New persons with their names, by the number in force.
    pub persons: HashMap<i64, SmallVec<[Newcomer; 1]>>,
    /// Every other number that its rows name as the person's own.
    others: HashSet<i64>,
    /// Names and dates of birth of persons without a number.
    names: HashSet<(String, u32)>,
    /// Names and births of new persons, as duplicates are looked for.
    alike: HashSet<u64>,
    /// Households, by their names in the file.
    households: HashSet<String>,
}

impl Brought {
    /// What these rows bring; `newcomers` are those of them that become records.
    pub(super) fn of<'a>(
        lines: &'a [Line],
        newcomers: impl Iterator<Item = (&'a Line, PersonId)>,
    ) -> Brought {
        let mut brought = Brought::default();
        brought.persons.reserve(lines.len());
        brought.alike.reserve(lines.len());
        for (line, id) in newcomers {
            brought.alike.extend(line.trace());
            if let Some(number) = line.told.number {
                let persons = brought.persons.entry(number.as_int()).or_default();
                persons.push((id, line.told.name.clone()));
            }
        }
        for line in lines {
            let told = &line.told;
            brought.others.extend(told.formers.iter().map(|c| c.number.as_int()));
            brought.others.extend(told.past.iter().map(|c| c.number.as_int()));
            brought.names.extend(line.name_alone().map(|(name, birth)| (name.to_owned(), birth.packed())));
            if let Some(name) = line.household().filter(|name| !brought.households.contains(*name)) {
                brought.households.insert(name.to_owned());
            }
        }
        brought
    }

    /// Whether one of these rows may be of a person or household that the batch brings, so that its record must be there
    /// first.
    pub(super) fn concerns(&self, lines: &[Line]) -> bool {
        let has = |number: i64| self.persons.contains_key(&number) || self.others.contains(&number);
        lines.iter().filter(|line| line.sound()).any(|line| {
            let told = &line.told;
            told.number.is_some_and(|n| has(n.as_int()))
                || told.formers.iter().any(|c| has(c.number.as_int()))
                || !self.names.is_empty()
                    && line
                        .name_alone()
                        .is_some_and(|(name, birth)| self.names.contains(&(name.to_owned(), birth.packed())))
                || line.household().is_some_and(|name| self.households.contains(name))
                || line.traces().any(|trace| self.alike.contains(&trace))
        })
    }
}

/// What is known of the numbers, persons and households that a batch names.
#[derive(Default)]
pub(super) struct Known {
    /// By number: who has it in force or had it, and who has it as a former number.
    numbers: HashMap<i64, Vec<(i16, PersonId)>>,
    /// Those who may be the persons of rows; of the relatives whom rows and records name, name and number alone.
    pub persons: HashMap<PersonId, Person>,
    /// The households of the former, and those that the import has met.
    pub households: HashMap<HouseholdId, Household>,
    /// Households of earlier batches, by their names in the file.
    pub met: HashMap<String, HouseholdId>,
    /// Persons without a number, by folded name and date of birth.
    namesakes: HashMap<(String, u32), Vec<PersonId>>,
}

impl Known {
    /// Reads all that the rows name.
    pub(super) async fn read(books: &mut Books<'_>, job: i64, lines: &[Line]) -> Result<Known, Error> {
        let sound = || lines.iter().filter(|l| l.sound());
        let (mut numbers, mut kin): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
        for line in sound() {
            numbers.extend(line.told.number.map(|n| n.as_int()));
            numbers.extend(line.told.formers.iter().map(|c| c.number.as_int()));
            kin.extend(line.told.relatives().filter_map(|(_, r)| r.number).map(|n| n.as_int()));
        }
        let mut known = Known::default();
        let (mut persons, mut relatives): (Vec<PersonId>, Vec<PersonId>) = (Vec::new(), Vec::new());
        for (numbers, claimed) in [(numbers, &mut persons), (kin, &mut relatives)] {
            for claim in books.claimants(numbers).await? {
                let claims = known.numbers.entry(claim.number).or_default();
                if !claims.contains(&(claim.kind, claim.person)) {
                    claims.push((claim.kind, claim.person));
                }
                claimed.push(claim.person);
            }
        }
        let mut names: Vec<(String, PartialDate)> = sound()
            .filter_map(|line| line.name_alone())
            .map(|(name, birth)| (name.to_owned(), birth))
            .collect();
        names.sort_unstable_by(|a, b| (&a.0, a.1.packed()).cmp(&(&b.0, b.1.packed())));
        names.dedup();
        for mut from in books.each() {
            for namesake in store::numberless_namesakes(&mut from, &names).await? {
                persons.push(namesake.id);
                let key = (namesake.name_key, namesake.birth.packed());
                known.namesakes.entry(key).or_default().push(namesake.id);
            }
        }
        let names: HashSet<&str> = sound().filter_map(|line| line.household()).collect();
        let names: Vec<&str> = names.into_iter().collect();
        known.met.extend(store::met_households(&mut books.own(), job, &names).await?);
        known.records(books, persons, relatives).await?;
        Ok(known)
    }

    /// Adds those whom a batch brings that is on its way into the registry, as far as others name them as relatives.
    pub(super) fn expect(&mut self, brought: &Brought, lines: &[Line]) {
        let relatives = lines.iter().flat_map(|line| line.told.relatives());
        for number in relatives.filter_map(|(_, relative)| relative.number).map(|n| n.as_int()) {
            for (id, name) in brought.persons.get(&number).into_iter().flatten() {
                let claims = self.numbers.entry(number).or_default();
                if !claims.contains(&(IN_FORCE, *id)) {
                    claims.push((IN_FORCE, *id));
                }
                // Of a relative nothing but the name is asked.
                let person = || Person { name: name.clone(), ..Person::new(*id) };
                self.persons.entry(*id).or_insert_with(person);
            }
        }
    }

    /// The persons themselves with their households, then the relatives whom rows or their records name.
    async fn records(
        &mut self,
        books: &mut Books<'_>,
        persons: Vec<PersonId>,
        mut relatives: Vec<PersonId>,
    ) -> Result<(), Error> {
        (self.persons, _) = books.records(persons, Vec::new()).await?;
        let kin = |p: &Person| [&p.father, &p.mother, &p.spouse, &p.guardian].map(|r| r.as_ref()?.person);
        relatives.extend(self.persons.values().flat_map(kin).flatten());
        relatives.retain(|id| !self.persons.contains_key(id));
        let homes = self.persons.values().filter_map(|p| p.household).chain(self.met.values().copied());
        (_, self.households) = books.records(Vec::new(), homes.collect()).await?;
        self.persons.extend(books.outlines(relatives).await?);
        Ok(())
    }

    /// Records that may be the person of a row: by number; by a former number and the name; without any number, by name
    /// and birth.
    pub(super) fn candidates(&self, line: &Line) -> Vec<PersonId> {
        let told = &line.told;
        let by = |number: i64, former: bool| {
            let claims = self.numbers.get(&number).map(Vec::as_slice).unwrap_or_default();
            claims.iter().filter(move |(kind, _)| (*kind == FORMER) == former).map(|(_, person)| *person)
        };
        let mut found: Vec<PersonId> = match told.number {
            Some(number) => by(number.as_int(), false).collect(),
            None => {
                let alone = line.name_alone().filter(|_| !self.namesakes.is_empty());
                let key = alone.map(|(name, birth)| (name.to_owned(), birth.packed()));
                key.and_then(|key| self.namesakes.get(&key).cloned()).unwrap_or_default()
            }
        };
        if found.is_empty() {
            let formers = told.formers.iter().flat_map(|c| by(c.number.as_int(), true));
            found = formers
                .filter(|id| self.persons.get(id).is_some_and(|p| same_name(told, p.name.as_ref())))
                .collect();
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Who has a personal number in force, with the name.
    pub(super) fn holders(&self, number: i64) -> Vec<(PersonId, Option<&FullName>)> {
        let claims = self.numbers.get(&number).map(Vec::as_slice).unwrap_or_default();
        let holders = claims.iter().filter(|(kind, _)| *kind == IN_FORCE);
        holders.map(|(_, id)| (*id, self.persons.get(id).and_then(|p| p.name.as_ref()))).collect()
    }
}

/// Whether a row bears a name.
pub(super) fn same_name(told: &Told, name: Option<&FullName>) -> bool {
    match (&told.name, name) {
        (Some(a), Some(b)) => a.matches(b),
        _ => false,
    }
}
