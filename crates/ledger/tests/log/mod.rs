//! What the tests of this crate share.

// Each test program uses a part of it.
#![allow(dead_code, clippy::unwrap_used)]

use ledger::{Comparable, Entry, KeyFile, Ledger, Origin, Releasable, Subject, Verdict};
use std::sync::Arc;
use store::Store;
use vocabulary::{
    Actor, AgencyCode, Basis, DossierCode, Field, FieldSet, LegalBasis, PersonId, ProcedureCode, Purpose,
    StaffId,
};

/// Officer Lan of the ministry.
pub fn actor() -> Actor {
    Actor {
        system: None,
        officer: Some(StaffId::parse("lan.tt").unwrap()),
        agency: AgencyCode::parse("G01").unwrap(),
        unit: None,
    }
}

/// A dossier for permanent residence.
pub fn basis() -> Basis {
    Basis {
        purpose: Purpose::Procedure,
        legal_basis: LegalBasis::parse("Luật Cư trú 2020, Điều 38").unwrap(),
        procedure: Some(ProcedureCode::parse("1.004222").unwrap()),
        dossier: Some(DossierCode::parse("000.17.22.H56-210531-0001").unwrap()),
    }
}

/// Name and birth date of a person are shown.
pub fn entry(person: i64) -> Entry {
    let fields = FieldSet::of(&[Field::FullName, Field::BirthDate]);
    Entry::shown(actor(), basis(), "population.citizen", Subject::Person(PersonId(person)), fields)
}

/// Entries about the persons of these numbers.
pub fn entries(persons: std::ops::Range<i64>) -> Vec<Entry> {
    persons.map(entry).collect()
}

/// The ledger of a store, with a key of its own.
pub async fn open(store: &Store) -> Ledger {
    open_with(store, Arc::new(KeyFile::generate().unwrap())).await
}

/// The ledger of a store with this key.
pub async fn open_with(store: &Store, key: Arc<KeyFile>) -> Ledger {
    Ledger::open(store.clone(), key, Origin::parse("dancu.example/ledger").unwrap()).await.unwrap()
}

/// The smallest thing that can be sealed and compared.
pub struct Someone {
    /// Record.
    pub id: i64,
    /// Name.
    pub name: &'static str,
    /// Birth year.
    pub year: u16,
}

impl Releasable for Someone {
    type View = (Option<&'static str>, Option<u16>);

    fn subject(&self) -> Subject {
        Subject::Person(PersonId(self.id))
    }

    fn release(self, fields: FieldSet) -> Self::View {
        (fields.has(Field::FullName).then_some(self.name), fields.has(Field::BirthDate).then_some(self.year))
    }
}

impl Comparable for Someone {
    type Claim = (Option<&'static str>, Option<u16>);

    fn compare(&self, (name, year): &Self::Claim) -> Verdict {
        let mut verdict = Verdict::default();
        let mut tell = |field, right: Option<bool>| {
            let set = match right {
                Some(true) => &mut verdict.matched,
                Some(false) => &mut verdict.differing,
                None => return,
            };
            *set = set.or(FieldSet::of(&[field]));
        };
        tell(Field::FullName, name.map(|name| name == self.name));
        tell(Field::BirthDate, year.map(|year| year == self.year));
        verdict
    }
}
