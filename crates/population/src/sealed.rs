//! What the store hands out: records that open only with a ledger receipt, and then show only the released fields.

use crate::{
    acts::Act,
    model::{Contact, Household, LifeStatus, Person},
};
use ledger::{Releasable, Subject};
use std::{collections::HashMap, ops::Deref};
use vocabulary::{Address, Field, FieldSet, FullName, PartialDate, PersonId, PersonalNumber};

/// A person with what belongs to the record but stands in others: the names of relatives, the children, how many other
/// records claim the same number.
#[derive(Clone)]
pub struct PersonRecord {
    /// The person.
    pub person: Person,
    /// Relatives, head of the household and children that have records of their own.
    pub kin: HashMap<PersonId, Kin>,
    /// Children, by the parents that their records name.
    pub children: Vec<PersonId>,
    /// The head or heads of the household.
    pub heads: Vec<PersonId>,
    /// How many other records claim the number in force.
    pub other_claims: usize,
}

/// What a record shows of a relative.
#[derive(Clone)]
pub struct Kin {
    /// The name.
    pub name: Option<FullName>,
    /// The number in force.
    pub number: Option<PersonalNumber>,
    /// Date of birth.
    pub birth_date: PartialDate,
}

/// A person's record as far as it was released: every other field is blank.
#[derive(Clone)]
pub struct PersonView {
    /// The fields released. A field that is released and blank is not recorded.
    pub shown: FieldSet,
    record: PersonRecord,
}

impl PersonView {
    /// The same view with another state of the same person, of which only the released fields are kept.
    pub(crate) fn replaced_by(mut self, mut person: Person) -> PersonView {
        blank(&mut person, self.shown);
        self.record.person = person;
        self
    }
}

impl Deref for PersonView {
    type Target = PersonRecord;

    fn deref(&self) -> &PersonRecord {
        &self.record
    }
}

impl Releasable for PersonRecord {
    type View = PersonView;

    fn subject(&self) -> Subject {
        Subject::Person(self.person.id)
    }

    fn release(mut self, shown: FieldSet) -> PersonView {
        blank(&mut self.person, shown);
        let p = &self.person;
        let mut visible: Vec<PersonId> = [&p.father, &p.mother, &p.spouse, &p.guardian]
            .into_iter()
            .flatten()
            .filter_map(|r| r.person)
            .collect();
        if shown.has(Field::Children) {
            visible.extend(&self.children);
        } else {
            self.children.clear();
        }
        if shown.has(Field::Household) {
            visible.extend(&self.heads);
        } else {
            self.heads.clear();
        }
        if !shown.has(Field::Findings) {
            self.other_claims = 0;
        }
        self.kin.retain(|id, _| visible.contains(id));
        PersonView { shown, record: self }
    }
}

/// A person as a register file holds them: with the number of the household's residence file.
#[derive(Clone)]
pub struct FileRecord {
    /// The person, with father, mother, spouse and guardian as kin.
    pub record: PersonRecord,
    /// Number of the residence file; empty where there is none.
    pub file: String,
}

/// A [`FileRecord`] as far as it was released.
pub struct FileView {
    /// The person.
    pub person: PersonView,
    /// Number of the residence file.
    pub file: String,
}

impl Releasable for FileRecord {
    type View = FileView;

    fn subject(&self) -> Subject {
        self.record.subject()
    }

    fn release(mut self, shown: FieldSet) -> FileView {
        if !shown.has(Field::ResidenceFile) {
            self.file.clear();
        }
        FileView { person: self.record.release(shown), file: self.file }
    }
}

/// Blanks every field that is not released.
fn blank(p: &mut Person, shown: FieldSet) {
    let hidden = |field| !shown.has(field);
    if hidden(Field::PersonalNumber) {
        p.number = None;
        p.past_numbers.clear();
    }
    if hidden(Field::FormerNumbers) {
        p.former_numbers.clear();
    }
    if hidden(Field::Card) {
        p.card = None;
    }
    if hidden(Field::FullName) {
        p.name = None;
        p.name_parts = None;
    }
    if hidden(Field::OtherName) {
        p.other_names.clear();
    }
    if hidden(Field::BirthDate) {
        p.birth_date = PartialDate::UNKNOWN;
    }
    if hidden(Field::Sex) {
        p.sex = None;
    }
    for (field, address) in [
        (Field::BirthPlace, &mut p.birth_place),
        (Field::BirthRegistration, &mut p.birth_registration),
        (Field::Hometown, &mut p.hometown),
        (Field::PermanentResidence, &mut p.permanent),
        (Field::CurrentResidence, &mut p.current),
    ] {
        if hidden(field) {
            *address = Address::default();
        }
    }
    for (field, text) in [
        (Field::Ethnicity, &mut p.ethnicity),
        (Field::Religion, &mut p.religion),
        (Field::Occupation, &mut p.occupation),
    ] {
        if hidden(field) {
            *text = None;
        }
    }
    if hidden(Field::Nationality) {
        p.nationalities.clear();
    }
    if hidden(Field::BloodGroup) {
        p.blood_group = None;
    }
    if hidden(Field::MaritalStatus) {
        p.marital_status = None;
    }
    if hidden(Field::Parents) {
        p.father = None;
        p.mother = None;
    }
    if hidden(Field::Spouse) {
        p.spouse = None;
    }
    if hidden(Field::Guardian) {
        p.guardian = None;
    }
    if hidden(Field::Household) {
        p.household = None;
    }
    if hidden(Field::RelationToHead) {
        p.relation = None;
    }
    p.residences.retain(|r| shown.has(r.kind.field()));
    if hidden(Field::LifeStatus) {
        p.life = LifeStatus::Alive;
        p.merged_into = None;
    }
    if hidden(Field::Contact) {
        p.contact = Contact::default();
    }
}

/// All acts that touch one person, in sequence.
pub struct History {
    /// Whose.
    pub person: PersonId,
    /// The acts.
    pub acts: Vec<Act>,
}

impl Releasable for History {
    type View = Vec<Act>;

    fn subject(&self) -> Subject {
        Subject::Person(self.person)
    }

    fn release(self, shown: FieldSet) -> Vec<Act> {
        if !shown.has(Field::History) {
            return Vec::new();
        }
        // An act says what it set: of fields that are not released, it must not.
        let retained = |act: Act| Some(Act { content: act.content.retained(shown)?, ..act });
        self.acts.into_iter().filter_map(retained).collect()
    }
}

/// One act by itself; its subject is the first record that it touches.
pub struct Happened(pub Act);

impl Releasable for Happened {
    type View = Option<Act>;

    fn subject(&self) -> Subject {
        let touched = self.0.content.touched();
        match (touched.persons.first(), touched.households.first()) {
            (Some(person), _) => Subject::Person(*person),
            (None, Some(household)) => Subject::Household(*household),
            (None, None) => Subject::Nobody,
        }
    }

    fn release(self, shown: FieldSet) -> Option<Act> {
        shown.has(Field::History).then_some(self.0)
    }
}

/// A household without its members, who are persons of their own.
pub struct HouseholdRecord(pub Household);

impl Releasable for HouseholdRecord {
    type View = Household;

    fn subject(&self) -> Subject {
        Subject::Household(self.0.id)
    }

    fn release(mut self, shown: FieldSet) -> Household {
        if !shown.has(Field::Household) {
            self.0.address = Address::default();
            self.0.file.clear();
        }
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Card, Relation, Relative};
    use vocabulary::{HouseholdId, Sex, UnitCode};

    fn full() -> PersonRecord {
        let mut p = Person::new(PersonId(1));
        let address = Address {
            new_unit: UnitCode::parse("22366").ok(),
            detail: "1 Trần Phú".into(),
            ..Address::default()
        };
        p.number = PersonalNumber::parse("056185001234").ok();
        p.name = FullName::parse("Nguyễn Thị Hòa").ok();
        p.birth_date = PartialDate::parse("1985").unwrap();
        p.sex = Some(Sex::Female);
        let (issued_on, expires_on) = (PartialDate::parse("2021-04-28").unwrap(), PartialDate::UNKNOWN);
        p.card = Some(Card { issued_on, expires_on, issuer: "".into() });
        (p.birth_place, p.hometown, p.permanent) = (address.clone(), address.clone(), address);
        p.father = Some(Relative::recorded(PersonId(2)));
        p.household = Some(HouseholdId(3));
        p.relation = Some(Relation::Head);
        let kin = Kin {
            name: FullName::parse("Nguyễn Văn Ba").ok(),
            number: None,
            birth_date: PartialDate::UNKNOWN,
        };
        PersonRecord {
            person: p,
            kin: HashMap::from([(PersonId(2), kin.clone()), (PersonId(4), kin.clone()), (PersonId(1), kin)]),
            children: vec![PersonId(4)],
            heads: vec![PersonId(1)],
            other_claims: 1,
        }
    }

    #[test]
    fn nothing_released_shows_nothing() {
        let view = full().release(FieldSet::NONE);
        let mut empty = Person::new(PersonId(1));
        empty.version = view.person.version;
        assert_eq!(view.person, empty);
        assert!(
            view.kin.is_empty()
                && view.children.is_empty()
                && view.heads.is_empty()
                && view.other_claims == 0
        );
    }

    #[test]
    fn each_field_alone_shows_itself_alone() {
        let everything = full().release(FieldSet::ALL);
        assert_eq!(everything.person, full().person);
        for field in Field::ALL {
            let shown = full().release(FieldSet::of(&[*field]));
            let hidden = full().release(FieldSet::ALL.without(FieldSet::of(&[*field])));
            let text = |v: &PersonView| serde_json::to_string(&v.person).unwrap();
            if *field == Field::Parents {
                assert!(shown.kin.contains_key(&PersonId(2)) && !hidden.kin.contains_key(&PersonId(2)));
            }
            if *field == Field::Card {
                assert!(text(&shown).contains("2021-04-28") && !text(&hidden).contains("2021-04-28"));
            }
            if *field == Field::FullName {
                assert!(text(&shown).contains("Hòa") && !text(&hidden).contains("Hòa"));
            }
            if *field == Field::PersonalNumber {
                assert!(text(&shown).contains("056185001234") && !text(&hidden).contains("056185001234"));
            }
        }
    }
}
