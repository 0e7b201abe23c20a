//! Persons: every field of Law 26/2023 art. 9 that this floor holds, and the facts that set them.

use super::{Card, Relation, Residence};
use serde::{Deserialize, Serialize};
use std::fmt;
use vocabulary::{
    ActSeq, Address, Field, FormerNumber, FullName, HouseholdId, PartialDate, PersonId, PersonalNumber, Sex,
    Text, UnitCode,
};

/// A person as the registry knows them. Everything but the identifier can be missing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The record.
    pub id: PersonId,
    /// The number in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<PersonalNumber>,
    /// Personal numbers that are no longer in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past_numbers: Vec<NumberClaim>,
    /// Former 9-digit numbers, any number of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_numbers: Vec<FormerClaim>,
    /// The identity card in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    /// The name as one string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<FullName>,
    /// The name's parts, where a source gave them; never guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_parts: Option<NameParts>,
    /// Other names (*tên gọi khác*).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<FullName>,
    /// Date of birth, as far as known.
    #[serde(default, skip_serializing_if = "PartialDate::is_unknown_ref")]
    pub birth_date: PartialDate,
    /// Sex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Place of birth.
    #[serde(default, skip_serializing_if = "Address::is_empty")]
    pub birth_place: Address,
    /// Place of birth registration.
    #[serde(default, skip_serializing_if = "Address::is_empty")]
    pub birth_registration: Address,
    /// Hometown.
    #[serde(default, skip_serializing_if = "Address::is_empty")]
    pub hometown: Address,
    /// Permanent residence.
    #[serde(default, skip_serializing_if = "Address::is_empty")]
    pub permanent: Address,
    /// Current residence where it is not the permanent one.
    #[serde(default, skip_serializing_if = "Address::is_empty")]
    pub current: Address,
    /// Code of the ethnic group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ethnicity: Option<String>,
    /// Religion, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub religion: Option<String>,
    /// Nationalities, ISO 3166 alpha-2; empty for stateless or not determined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nationalities: Vec<String>,
    /// Blood group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blood_group: Option<BloodGroup>,
    /// Marital status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marital_status: Option<MaritalStatus>,
    /// Occupation, in words or by code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupation: Option<String>,
    /// Father.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub father: Option<Relative>,
    /// Mother.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mother: Option<Relative>,
    /// Husband or wife.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spouse: Option<Relative>,
    /// Guardian or legal representative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guardian: Option<Relative>,
    /// Household of the permanent residence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<HouseholdId>,
    /// Relation to its head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
    /// Residence records, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub residences: Vec<Residence>,
    /// Alive, dead or missing.
    #[serde(default, skip_serializing_if = "LifeStatus::is_alive")]
    pub life: LifeStatus,
    /// Telephones and e-mail addresses: channels, never identifiers (PAIN-13).
    #[serde(default, skip_serializing_if = "Contact::is_empty")]
    pub contact: Contact,
    /// The record into which this one was merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<PersonId>,
    /// Whether an act still in force created the record.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub registered: bool,
    /// The last act that touched the record: the version that a change must name.
    pub version: ActSeq,
}

/// A personal number that was in force once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberClaim {
    /// The number.
    pub number: PersonalNumber,
    /// Until when.
    pub until: PartialDate,
    /// Why it ended.
    pub reason: String,
}

/// A former number with who issued it and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerClaim {
    /// The number.
    pub number: FormerNumber,
    /// The issuer as the card names it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub issuer: String,
    /// Date of issue.
    #[serde(default, skip_serializing_if = "PartialDate::is_unknown_ref")]
    pub from: PartialDate,
    /// Last day of validity.
    #[serde(default, skip_serializing_if = "PartialDate::is_unknown_ref")]
    pub until: PartialDate,
}

/// The parts of a name, as a source gave them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameParts {
    /// *Họ*.
    pub family: String,
    /// *Chữ đệm*.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub middle: String,
    /// *Tên*.
    pub given: String,
}

impl fmt::Debug for NameParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameParts(redacted)")
    }
}

/// A relative: a record of the registry or, where there is none, what is known of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relative {
    /// The relative's record; name and number are then read from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The name, of a relative without a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<FullName>,
    /// The number, of a relative without a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<PersonalNumber>,
}

impl Relative {
    /// A relative who has a record.
    pub fn recorded(person: PersonId) -> Relative {
        Relative { person: Some(person), name: None, number: None }
    }

    /// A relative known by name only.
    pub fn named(name: FullName) -> Relative {
        Relative { person: None, name: Some(name), number: None }
    }
}

/// Blood group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum BloodGroup {
    A,
    B,
    #[serde(rename = "AB")]
    Ab,
    O,
}

impl BloodGroup {
    /// As people read it.
    pub const fn label(self) -> &'static str {
        match self {
            BloodGroup::A => "A",
            BloodGroup::B => "B",
            BloodGroup::Ab => "AB",
            BloodGroup::O => "O",
        }
    }
}

/// Marital status (*tình trạng hôn nhân*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MaritalStatus {
    /// *Chưa kết hôn*.
    Single,
    /// *Đang có vợ, chồng*.
    Married,
    /// *Đã ly hôn*.
    Divorced,
    /// *Góa*.
    Widowed,
}

impl MaritalStatus {
    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            MaritalStatus::Single => Text::new("Chưa kết hôn", "Single"),
            MaritalStatus::Married => Text::new("Đang có vợ, chồng", "Married"),
            MaritalStatus::Divorced => Text::new("Đã ly hôn", "Divorced"),
            MaritalStatus::Widowed => Text::new("Góa", "Widowed"),
        }
    }
}

/// Whether the person lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "lowercase")]
pub enum LifeStatus {
    /// Lives, as far as known.
    #[default]
    Alive,
    /// Died, at a date as far as known.
    Dead {
        /// The date of death.
        on: PartialDate,
    },
    /// Declared missing by a court (*mất tích*).
    Missing {
        /// Since when.
        since: PartialDate,
    },
}

impl LifeStatus {
    /// Whether the person lives, as far as known.
    pub fn is_alive(&self) -> bool {
        matches!(self, LifeStatus::Alive)
    }

    /// Whether the person died.
    pub fn is_dead(&self) -> bool {
        matches!(self, LifeStatus::Dead { .. })
    }

    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            LifeStatus::Alive => Text::new("Còn sống", "Alive"),
            LifeStatus::Dead { .. } => Text::new("Đã chết", "Dead"),
            LifeStatus::Missing { .. } => Text::new("Mất tích", "Missing"),
        }
    }
}

/// Telephones and e-mail addresses.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Telephone numbers, digits with an optional `+`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<String>,
    /// E-mail addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
}

impl Contact {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.phones.is_empty() && self.emails.is_empty()
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(redacted)")
    }
}

/// A fact about a person that a registration or correction states. `None` or an empty value clears the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // each names a field of `Person`
pub enum Fact {
    Name(Option<FullName>),
    NameParts(Option<NameParts>),
    OtherNames(Vec<FullName>),
    BirthDate(PartialDate),
    Sex(Option<Sex>),
    BirthPlace(Address),
    BirthRegistration(Address),
    Hometown(Address),
    Permanent(Address),
    Current(Address),
    Ethnicity(Option<String>),
    Religion(Option<String>),
    Nationalities(Vec<String>),
    BloodGroup(Option<BloodGroup>),
    MaritalStatus(Option<MaritalStatus>),
    Occupation(Option<String>),
    Father(Option<Relative>),
    Mother(Option<Relative>),
    Spouse(Option<Relative>),
    Guardian(Option<Relative>),
    FormerNumbers(Vec<FormerClaim>),
    Number(Option<PersonalNumber>),
    Household(Option<HouseholdId>),
    Relation(Option<Relation>),
    Contact(Contact),
    Life(LifeStatus),
    Card(Option<Card>),
}

impl Fact {
    /// The field of release to which the fact belongs.
    pub fn field(&self) -> Field {
        match self {
            Fact::Name(_) | Fact::NameParts(_) => Field::FullName,
            Fact::OtherNames(_) => Field::OtherName,
            Fact::BirthDate(_) => Field::BirthDate,
            Fact::Sex(_) => Field::Sex,
            Fact::BirthPlace(_) => Field::BirthPlace,
            Fact::BirthRegistration(_) => Field::BirthRegistration,
            Fact::Hometown(_) => Field::Hometown,
            Fact::Permanent(_) => Field::PermanentResidence,
            Fact::Current(_) => Field::CurrentResidence,
            Fact::Ethnicity(_) => Field::Ethnicity,
            Fact::Religion(_) => Field::Religion,
            Fact::Nationalities(_) => Field::Nationality,
            Fact::BloodGroup(_) => Field::BloodGroup,
            Fact::MaritalStatus(_) => Field::MaritalStatus,
            Fact::Occupation(_) => Field::Occupation,
            Fact::Father(_) | Fact::Mother(_) => Field::Parents,
            Fact::Spouse(_) => Field::Spouse,
            Fact::Guardian(_) => Field::Guardian,
            Fact::FormerNumbers(_) => Field::FormerNumbers,
            Fact::Number(_) => Field::PersonalNumber,
            Fact::Household(_) => Field::Household,
            Fact::Relation(_) => Field::RelationToHead,
            Fact::Contact(_) => Field::Contact,
            Fact::Life(_) => Field::LifeStatus,
            Fact::Card(_) => Field::Card,
        }
    }
}

impl Person {
    /// An empty record.
    pub fn new(id: PersonId) -> Person {
        Person {
            id,
            number: None,
            past_numbers: Vec::new(),
            former_numbers: Vec::new(),
            card: None,
            name: None,
            name_parts: None,
            other_names: Vec::new(),
            birth_date: PartialDate::UNKNOWN,
            sex: None,
            birth_place: Address::default(),
            birth_registration: Address::default(),
            hometown: Address::default(),
            permanent: Address::default(),
            current: Address::default(),
            ethnicity: None,
            religion: None,
            nationalities: Vec::new(),
            blood_group: None,
            marital_status: None,
            occupation: None,
            father: None,
            mother: None,
            spouse: None,
            guardian: None,
            household: None,
            relation: None,
            residences: Vec::new(),
            life: LifeStatus::Alive,
            contact: Contact::default(),
            merged_into: None,
            registered: false,
            version: ActSeq(0),
        }
    }

    /// Sets one fact.
    pub fn set(&mut self, fact: &Fact) {
        match fact.clone() {
            Fact::Name(v) => self.name = v,
            Fact::NameParts(v) => self.name_parts = v,
            Fact::OtherNames(v) => self.other_names = v,
            Fact::BirthDate(v) => self.birth_date = v,
            Fact::Sex(v) => self.sex = v,
            Fact::BirthPlace(v) => self.birth_place = v,
            Fact::BirthRegistration(v) => self.birth_registration = v,
            Fact::Hometown(v) => self.hometown = v,
            Fact::Permanent(v) => self.permanent = v,
            Fact::Current(v) => self.current = v,
            Fact::Ethnicity(v) => self.ethnicity = v,
            Fact::Religion(v) => self.religion = v,
            Fact::Nationalities(v) => self.nationalities = v,
            Fact::BloodGroup(v) => self.blood_group = v,
            Fact::MaritalStatus(v) => self.marital_status = v,
            Fact::Occupation(v) => self.occupation = v,
            Fact::Father(v) => self.father = v,
            Fact::Mother(v) => self.mother = v,
            Fact::Spouse(v) => self.spouse = v,
            Fact::Guardian(v) => self.guardian = v,
            Fact::FormerNumbers(v) => self.former_numbers = v,
            Fact::Number(v) => self.number = v,
            Fact::Household(v) => self.household = v,
            Fact::Relation(v) => self.relation = v,
            Fact::Contact(v) => self.contact = v,
            Fact::Life(v) => self.life = v,
            Fact::Card(v) => self.card = v,
        }
    }

    /// Whether a record is named as father, mother, spouse or guardian.
    pub fn names(&self, record: PersonId) -> bool {
        let relatives = [&self.father, &self.mother, &self.spouse, &self.guardian];
        relatives.into_iter().flatten().any(|r| r.person == Some(record))
    }

    /// The commune, since 1 July 2025, in which the person lives now or lived last: whose officers answer for the record
    /// even after the residence has ended.
    pub fn last_commune(&self) -> Option<UnitCode> {
        self.lives_at().new_unit.or_else(|| self.residences.iter().rev().find_map(|r| r.address.new_unit))
    }

    /// Where the person lives now: the current residence, or else the permanent one.
    pub fn lives_at(&self) -> &Address {
        if self.current.is_empty() { &self.permanent } else { &self.current }
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({}, redacted)", self.id)
    }
}
