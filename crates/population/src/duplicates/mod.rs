//! Which records may be the same person, and how sure that is: found at each registration and import, so that second
//! records do not come in, and for records that are there.
//!
//! Candidates come from the indexes that look-ups and searches have anyway ([`traces`] says what is asked for), so that
//! nothing more is stored or kept current. Each is weighed by what name, dates, numbers, place and relatives say for one
//! person, against two people who have nothing to do with each other and against two of one family ([`weights`]), whichever
//! of the two explains the likeness better: twins and brothers are not taken for one.

pub(crate) mod traces;
mod weights;

pub(crate) use weights::{Frequency, weigh};

use crate::model::{Person, Relative};
use linkage::two::Agreement;
use std::collections::HashMap;
use vocabulary::{Field, FieldSet, FullName, PersonId, Text};

/// Least probability of a record that is told.
pub const LEAST: f64 = 0.1;

/// Most records that are told.
pub const MOST: usize = 8;

/// What two records are compared in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The name.
    Name,
    /// The birth date.
    BirthDate,
    /// The sex.
    Sex,
    /// Personal numbers, in force or not.
    Number,
    /// Former numbers.
    FormerNumber,
    /// The commune in which the person lives or lived last.
    Place,
    /// The father's name.
    Father,
    /// The mother's name.
    Mother,
    /// Telephones.
    Phone,
}

impl Topic {
    /// As people read it.
    pub const fn text(self) -> Text {
        match self {
            Topic::Name => Text::new("Họ tên", "Name"),
            Topic::BirthDate => Text::new("Ngày sinh", "Birth date"),
            Topic::Sex => Text::new("Giới tính", "Sex"),
            Topic::Number => Text::new("Số định danh", "Personal number"),
            Topic::FormerNumber => Text::new("Số CMND", "Former number"),
            Topic::Place => Text::new("Nơi cư trú", "Residence"),
            Topic::Father => Text::new("Cha", "Father"),
            Topic::Mother => Text::new("Mẹ", "Mother"),
            Topic::Phone => Text::new("Điện thoại", "Telephone"),
        }
    }

    /// The field of release to which it belongs.
    pub const fn field(self) -> Field {
        match self {
            Topic::Name => Field::FullName,
            Topic::BirthDate => Field::BirthDate,
            Topic::Sex => Field::Sex,
            Topic::Number => Field::PersonalNumber,
            Topic::FormerNumber => Field::FormerNumbers,
            Topic::Place => Field::PermanentResidence,
            Topic::Father | Topic::Mother => Field::Parents,
            Topic::Phone => Field::Contact,
        }
    }

    /// The fields that comparisons read.
    pub const FIELDS: FieldSet = FieldSet::of(&[
        Field::FullName,
        Field::BirthDate,
        Field::Sex,
        Field::PersonalNumber,
        Field::FormerNumbers,
        Field::PermanentResidence,
        Field::Parents,
        Field::Contact,
    ]);
}

/// What one topic says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reason {
    /// Of what.
    pub topic: Topic,
    /// How far the two agree.
    pub agreement: Agreement,
    /// For one person, in bits (log2 of the odds); negative where it speaks against.
    pub weight: f32,
}

/// A record that may be the same person. It names the record and tells nothing by which anybody is recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct Likeness {
    /// The record.
    pub person: PersonId,
    /// log2 of the odds: [`Likeness::start`] and the weights of the reasons add up to it.
    pub weight: f32,
    /// The weight with which every pair starts.
    pub start: f32,
    /// Whether the reasons speak against two people of one family, who explain the likeness better than two strangers.
    pub against_kin: bool,
    /// What each topic says that both records tell.
    pub reasons: Vec<Reason>,
    /// Whether it is as good as sure: a probability of 0.9999, and nothing of the person's own is another.
    pub certain: bool,
}

impl Likeness {
    /// The probability that the two are one person.
    pub fn probability(&self) -> f64 {
        linkage::probability(self.weight)
    }

    /// The probability in percent, rounded down, so that nothing is called whole that is not.
    pub fn percent(&self) -> u32 {
        (self.probability() * 100.0).floor() as u32
    }
}

/// The names of relatives who have records of their own.
pub(crate) type KinNames = HashMap<PersonId, FullName>;

/// The name of a relative.
fn name_of<'a>(relative: Option<&'a Relative>, kin: &'a KinNames) -> Option<&'a FullName> {
    let relative = relative?;
    relative.person.and_then(|id| kin.get(&id)).or(relative.name.as_ref())
}

/// The relatives of a record whose names are compared.
pub(crate) fn parents(person: &Person) -> impl Iterator<Item = PersonId> + '_ {
    [&person.father, &person.mother].into_iter().flatten().filter_map(|r| r.person)
}
