//! What the registry, and in a trial the file so far, know of the persons and households that a batch names: read with few
//! statements, whatever the batch.

use super::{claimed::Claimed, file::Line};
use crate::{
    columns::Told,
    model::{Household, Person},
    service::Error,
    store,
};
use ::store::Tx;
use std::collections::{HashMap, HashSet};
use vocabulary::{ActSeq, FullName, HouseholdId, PersonId};

/// Identifiers of a trial begin beyond this one, where no registry comes.
pub(super) const TRIAL: i64 = 1 << 48;

/// Kinds of claim, as `number_claim` has them.
pub(super) const IN_FORCE: i16 = 1;
/// A former number of 9 digits.
pub(super) const FORMER: i16 = 2;

/// Where records are read and written: the registry; in a trial it is only read, and what the file brings is written into
/// a registry of its own.
pub(super) struct Books<'a> {
    pub registry: &'a mut Tx,
    pub trial: Option<&'a mut Tx>,
    /// Which numbers the registry claims, as far as remembered.
    pub claimed: &'a Claimed,
    /// The registry's last act.
    pub last: ActSeq,
}

impl Books<'_> {
    /// Where is written.
    pub(super) fn target(&mut self) -> &mut Tx {
        match &mut self.trial {
            Some(trial) => trial,
            None => self.registry,
        }
    }

    /// Whether nothing may be written into the registry.
    pub(super) fn is_trial(&self) -> bool {
        self.trial.is_some()
    }

    /// Both, the registry first.
    pub(super) fn each(&mut self) -> Vec<&mut Tx> {
        let mut each: Vec<&mut Tx> = vec![&mut *self.registry];
        if let Some(trial) = &mut self.trial {
            each.push(trial);
        }
        each
    }

    /// Who claims any of these numbers, in any order and as often as they come.
    pub(super) async fn claimants(&mut self, mut numbers: Vec<i64>) -> Result<Vec<store::Claimant>, Error> {
        numbers.sort_unstable();
        numbers.dedup();
        let mut found = match &mut self.trial {
            Some(trial) => store::claimants(trial, &numbers).await?,
            None => Vec::new(),
        };
        found.append(&mut store::claimants(self.registry, &self.claimed.among(numbers, self.last)).await?);
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
        let mut found = store::records(self.registry, &persons, &households).await?;
        if let Some(trial) = &mut self.trial {
            let brought = store::records(trial, &tried, &formed).await?;
            found.persons.extend(brought.persons);
            found.households.extend(brought.households);
        }
        Ok((found.persons, found.households))
    }
}

/// What is known of the numbers, persons and households that a batch names.
#[derive(Default)]
pub(super) struct Known {
    /// By number: who has it in force or had it, and who has it as a former number.
    numbers: HashMap<i64, Vec<(i16, PersonId)>>,
    /// Those who may be the persons of rows, and their relatives.
    pub persons: HashMap<PersonId, Person>,
    /// The households of the former, and those that the import has met.
    pub households: HashMap<HouseholdId, Household>,
    /// Households of earlier batches, by their names in the file.
    pub met: HashMap<String, HouseholdId>,
    namesakes: HashMap<usize, Vec<PersonId>>,
}

impl Known {
    /// Reads all that the rows name.
    pub(super) async fn read(books: &mut Books<'_>, job: i64, lines: &[Line]) -> Result<Known, Error> {
        let sound = || lines.iter().filter(|l| l.sound());
        let mut numbers: Vec<i64> = Vec::new();
        for line in sound() {
            numbers.extend(line.told.number.map(|n| n.as_int()));
            numbers.extend(line.told.formers.iter().map(|c| c.number.as_int()));
            numbers.extend(line.told.relatives().filter_map(|(_, r)| r.number).map(|n| n.as_int()));
        }
        let mut known = Known::default();
        let mut persons: Vec<PersonId> = Vec::new();
        for claim in books.claimants(numbers).await? {
            known.numbers.entry(claim.number).or_default().push((claim.kind, claim.person));
            persons.push(claim.person);
        }
        for (at, line) in lines.iter().enumerate().filter(|(_, l)| l.sound() && l.told.is_numberless()) {
            let Some(name) = &line.told.name else { continue };
            let key = name.folded();
            for tx in books.each() {
                let found = store::numberless_namesakes(tx, &key, line.told.birth).await?;
                persons.extend(&found);
                known.namesakes.entry(at).or_default().extend(found);
            }
        }
        let names: HashSet<String> = sound().filter_map(|l| l.told.household()).collect();
        let names: Vec<String> = names.into_iter().collect();
        known.met.extend(store::met_households(books.target(), job, &names).await?);
        known.records(books, persons).await?;
        Ok(known)
    }

    /// The persons themselves with their households, then the relatives whom their records name.
    async fn records(&mut self, books: &mut Books<'_>, persons: Vec<PersonId>) -> Result<(), Error> {
        (self.persons, _) = books.records(persons, Vec::new()).await?;
        let kin = |p: &Person| [&p.father, &p.mother, &p.spouse, &p.guardian].map(|r| r.as_ref()?.person);
        let kin = self.persons.values().flat_map(kin).flatten();
        let kin = kin.filter(|id| !self.persons.contains_key(id)).collect();
        let homes = self.persons.values().filter_map(|p| p.household).chain(self.met.values().copied());
        let (kin, households) = books.records(kin, homes.collect()).await?;
        self.persons.extend(kin);
        self.households = households;
        Ok(())
    }

    /// Records that may be the person of a row: by number; by a former number and the name; without any number, by name
    /// and birth.
    pub(super) fn candidates(&self, at: usize, told: &Told) -> Vec<PersonId> {
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

    /// Who has a personal number in force, with the name.
    pub(super) fn holders(&self, number: i64) -> Vec<(PersonId, Option<&FullName>)> {
        let claims = self.numbers.get(&number).map(Vec::as_slice).unwrap_or_default();
        let holders = claims.iter().filter(|(kind, _)| *kind == IN_FORCE);
        holders.map(|(_, id)| (*id, self.persons.get(id).and_then(|p| p.name.as_ref()))).collect()
    }
}

/// Whether a row and a record bear the same name.
pub(super) fn same_name(told: &Told, person: &Person) -> bool {
    match (&told.name, &person.name) {
        (Some(a), Some(b)) => a.matches(b),
        _ => false,
    }
}
