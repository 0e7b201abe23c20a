//! What files say beside number, name, birth, sex and residence: the hometown, the ethnic group, and kin by name and number.
//! What either side does not tell is no difference.

use super::{How, Standing, compare, places::Place};
use crate::{
    columns::Told,
    model::{Fact, Person, Relative},
};
use std::collections::HashMap;
use vocabulary::{Field, FieldSet, FullName, PersonId, PersonalNumber};

/// Somebody whom a row or a record names as kin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kin {
    /// The record, of somebody whom the registry knows.
    pub person: Option<PersonId>,
    /// The personal number.
    pub number: Option<PersonalNumber>,
    /// The name.
    pub name: Option<FullName>,
}

impl Kin {
    fn told(relative: &Relative) -> Kin {
        Kin { person: None, number: relative.number, name: relative.name.clone() }
    }

    fn held(relative: Option<&Relative>, records: &HashMap<PersonId, Standing>) -> Kin {
        let Some(relative) = relative else { return Kin::default() };
        let Some(person) = relative.person else { return Kin::told(relative) };
        let record = records.get(&person);
        Kin {
            person: Some(person),
            number: record.and_then(|r| r.number),
            name: record.and_then(|r| r.name.clone()),
        }
    }

    /// Whether nothing is told of them.
    pub fn is_unknown(&self) -> bool {
        self.number.is_none() && self.name.is_none()
    }

    /// How they differ: by the number where both have one, else by the name. `bears` tells whether a number is or was a record's.
    fn differs(&self, held: &Kin, bears: &impl Fn(PersonalNumber, PersonId) -> bool) -> Option<How> {
        if let Some(told) = self.number {
            if held.person.is_some_and(|person| bears(told, person)) {
                return None;
            }
            if let Some(own) = held.number {
                let slip = || compare::slip(&told.reveal(), &own.reveal()).unwrap_or(How::Other);
                return (told != own).then(slip);
            }
        }
        compare::name(self.name.as_ref()?, held.name.as_ref()?)
    }
}

/// Hometown, ethnic group and kin, of a row or of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// The hometown (*quê quán*).
    pub hometown: Place,
    /// The ethnic group (*dân tộc*), by its code.
    pub ethnicity: Option<String>,
    /// The father.
    pub father: Kin,
    /// The mother.
    pub mother: Kin,
    /// Husband or wife.
    pub spouse: Kin,
    /// The guardian.
    pub guardian: Kin,
}

/// The fields of [`Ties`].
pub const TIES: FieldSet =
    FieldSet::of(&[Field::Hometown, Field::Ethnicity, Field::Parents, Field::Spouse, Field::Guardian]);

impl Ties {
    /// What a row says, as far as it is among the fields.
    pub(super) fn told(told: &Told, fields: FieldSet) -> Ties {
        let mut ties = Ties::default();
        for fact in told.facts.iter().filter(|f| fields.has(f.field())) {
            match fact {
                Fact::Hometown(address) => ties.hometown = Place::of(address),
                Fact::Ethnicity(code) => ties.ethnicity.clone_from(code),
                Fact::Father(Some(kin)) => ties.father = Kin::told(kin),
                Fact::Mother(Some(kin)) => ties.mother = Kin::told(kin),
                Fact::Spouse(Some(kin)) => ties.spouse = Kin::told(kin),
                Fact::Guardian(Some(kin)) => ties.guardian = Kin::told(kin),
                _ => {}
            }
        }
        ties
    }

    /// What a record says, with the records of kin.
    pub(crate) fn held(p: &Person, records: &HashMap<PersonId, Standing>) -> Ties {
        let kin = |relative: &Option<Relative>| Kin::held(relative.as_ref(), records);
        Ties {
            hometown: Place::of(&p.hometown),
            ethnicity: p.ethnicity.clone(),
            father: kin(&p.father),
            mother: kin(&p.mother),
            spouse: kin(&p.spouse),
            guardian: kin(&p.guardian),
        }
    }

    /// The kin, each with the sign of its digest and its field.
    pub(super) fn kin(&self) -> [(char, Field, &Kin); 4] {
        [
            ('f', Field::Parents, &self.father),
            ('m', Field::Parents, &self.mother),
            ('w', Field::Spouse, &self.spouse),
            ('g', Field::Guardian, &self.guardian),
        ]
    }

    /// The fields of which something is told.
    pub fn fields(&self) -> FieldSet {
        let kin = self.kin().into_iter().filter(|(.., kin)| !kin.is_unknown()).map(|(_, field, _)| field);
        let own =
            [(Field::Hometown, !self.hometown.is_unknown()), (Field::Ethnicity, self.ethnicity.is_some())];
        kin.chain(own.into_iter().filter(|(_, there)| *there).map(|(field, _)| field)).collect()
    }

    /// In what they differ from a record's; each field once.
    pub fn differing(
        &self,
        held: &Ties,
        bears: impl Fn(PersonalNumber, PersonId) -> bool,
    ) -> Vec<(Field, How)> {
        let mut found: Vec<(Field, How)> = Vec::new();
        found.extend(self.hometown.differs(&held.hometown).map(|how| (Field::Hometown, how)));
        if let (Some(told), Some(own)) = (&self.ethnicity, &held.ethnicity)
            && told != own
        {
            found.push((Field::Ethnicity, How::Other));
        }
        for ((_, field, told), (_, _, own)) in self.kin().into_iter().zip(held.kin()) {
            // Of father and mother the first who differs.
            if found.iter().all(|(known, _)| *known != field) {
                found.extend(told.differs(own, &bears).map(|how| (field, how)));
            }
        }
        found
    }
}
