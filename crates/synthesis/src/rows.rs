//! Persons and households as rows. The headers are the codes that the import of register files knows
//! (`population::columns`); `id` is the record's own, to which the truth file refers.

use crate::{
    cells::{Row, digits, put_date},
    faults::sex_code,
};
use population::model::{
    Household, HouseholdState, LifeStatus, MaritalStatus, Person, Relation, Relative, Residence,
    ResidenceKind,
};
use std::collections::BTreeMap;
use vocabulary::{Address, HouseholdId};

/// Headers of `persons.csv`.
pub const PERSONS: &[&str] = &[
    "id",
    "personal_number",
    "past_numbers",
    "past_numbers_until",
    "past_numbers_reason",
    "former_numbers",
    "former_numbers_issuer",
    "former_numbers_from",
    "former_numbers_until",
    "card_issued",
    "card_expires",
    "card_issuer",
    "full_name",
    "birth_date",
    "sex",
    "birth_place_old_unit",
    "birth_place_unit",
    "birth_place",
    "birth_registration_old_unit",
    "birth_registration_unit",
    "hometown_old_unit",
    "hometown_unit",
    "hometown",
    "permanent_old_unit",
    "permanent_unit",
    "permanent_detail",
    "permanent_since",
    "current_old_unit",
    "current_unit",
    "current_detail",
    "temporary_old_unit",
    "temporary_unit",
    "temporary_detail",
    "temporary_since",
    "temporary_until",
    "absence_old_unit",
    "absence_unit",
    "absence_detail",
    "absence_since",
    "absence_until",
    "ethnicity",
    "religion",
    "nationalities",
    "marital_status",
    "blood_group",
    "occupation",
    "father_name",
    "father_number",
    "mother_name",
    "mother_number",
    "spouse_name",
    "spouse_number",
    "guardian_name",
    "guardian_number",
    "household_group",
    "household_file",
    "relation_to_head",
    "phones",
    "emails",
    "life_status",
    "life_date",
];

/// Headers of `households.csv`.
pub const HOUSEHOLDS: &[&str] = &[
    "household_group",
    "household_file",
    "permanent_old_unit",
    "permanent_unit",
    "permanent_detail",
    "formed",
    "state",
    "members",
    "generations",
    "heads",
];

/// A family as its acts leave it: persons in the order of their identifiers, without a gap; households in order.
pub(crate) struct Folded {
    pub(crate) persons: Vec<Person>,
    pub(crate) households: BTreeMap<HouseholdId, Household>,
}

impl Folded {
    fn relative(&self, relative: &Relative) -> Option<&Person> {
        let first = self.persons.first()?.id.0;
        self.persons.get(usize::try_from(relative.person?.0 - first).ok()?)
    }

    /// Writes the row of a person.
    pub(crate) fn person(&self, p: &Person, out: &mut String) {
        let mut row = Row::begin(out);
        row.number(p.id.0, 1);
        row.optional(p.number.map(|n| n.as_int()), 12);
        row.list(&p.past_numbers, |out, c| digits(out, c.number.as_int() as u64, 12));
        row.list(&p.past_numbers, |out, c| put_date(out, c.until));
        row.list(&p.past_numbers, |out, c| out.push_str(&c.reason));
        row.list(&p.former_numbers, |out, c| digits(out, c.number.as_int() as u64, 9));
        row.list(&p.former_numbers, |out, c| out.push_str(&c.issuer));
        row.list(&p.former_numbers, |out, c| put_date(out, c.from));
        row.list(&p.former_numbers, |out, c| put_date(out, c.until));
        row.date(p.card.as_ref().map(|c| c.issued_on).unwrap_or_default());
        row.date(p.card.as_ref().map(|c| c.expires_on).unwrap_or_default());
        row.text(p.card.as_ref().map_or("", |c| &c.issuer));
        row.text(p.name.as_ref().map_or("", |n| n.reveal()));
        row.date(p.birth_date);
        row.text(p.sex.map_or("", sex_code));
        for place in [&p.birth_place, &p.birth_registration, &p.hometown] {
            row.units(place);
            if !std::ptr::eq(place, &p.birth_registration) {
                row.text(&place.text);
            }
        }
        row.units(&p.permanent);
        row.text(&p.permanent.detail);
        let of_kind = |kind| p.residences.iter().rev().filter(move |r: &&Residence| r.kind == kind);
        let settled = of_kind(ResidenceKind::Permanent).find(|r| r.address == p.permanent);
        row.date(settled.map(|r| r.from).unwrap_or_default());
        row.units(&p.current);
        row.text(&p.current.detail);
        for kind in [ResidenceKind::Temporary, ResidenceKind::Absence] {
            let in_force = of_kind(kind).find(|r| !r.ended);
            let nowhere = Address::default();
            let address = in_force.map_or(&nowhere, |r| &r.address);
            row.units(address);
            row.text(&address.detail);
            row.date(in_force.map(|r| r.from).unwrap_or_default());
            row.date(in_force.map(|r| r.until).unwrap_or_default());
        }
        row.text(p.ethnicity.as_deref().unwrap_or_default());
        row.text(p.religion.as_deref().unwrap_or_default());
        row.list(&p.nationalities, |out, n| out.push_str(n));
        row.text(p.marital_status.map_or("", |m| match m {
            MaritalStatus::Single => "single",
            MaritalStatus::Married => "married",
            MaritalStatus::Divorced => "divorced",
            MaritalStatus::Widowed => "widowed",
        }));
        row.text(p.blood_group.map_or("", |b| b.label()));
        row.text(p.occupation.as_deref().unwrap_or_default());
        for relative in [&p.father, &p.mother, &p.spouse, &p.guardian] {
            let recorded = relative.as_ref().and_then(|r| self.relative(r));
            let told = relative.as_ref();
            let name = recorded.and_then(|p| p.name.as_ref()).or(told.and_then(|r| r.name.as_ref()));
            let number = recorded.and_then(|p| p.number).or(told.and_then(|r| r.number));
            row.text(name.map_or("", |n| n.reveal()));
            row.optional(number.map(|n| n.as_int()), 12);
        }
        row.optional(p.household.map(|h| h.0), 1);
        let household = p.household.and_then(|h| self.households.get(&h));
        row.text(household.map_or("", |h| h.file.as_str()));
        row.text(p.relation.map_or("", Relation::code));
        row.list(&p.contact.phones, |out, phone| out.push_str(phone));
        row.list(&p.contact.emails, |out, mail| out.push_str(mail));
        let (life, since) = match p.life {
            LifeStatus::Alive => ("alive", Default::default()),
            LifeStatus::Dead { on } => ("dead", on),
            LifeStatus::Missing { since } => ("missing", since),
        };
        row.text(life);
        row.date(since);
        row.end();
    }

    /// Writes the row of a household.
    pub(crate) fn household(&self, h: &Household, out: &mut String) {
        let relations = self.persons.iter().filter(|p| p.household == Some(h.id)).map(|p| p.relation);
        let (mut members, mut heads) = (0, 0);
        let (mut highest, mut lowest) = (i8::MIN, i8::MAX);
        for relation in relations {
            members += 1;
            heads += i64::from(relation == Some(Relation::Head));
            let level = relation.map_or(0, level);
            (highest, lowest) = (highest.max(level), lowest.min(level));
        }
        let mut row = Row::begin(out);
        row.number(h.id.0, 1);
        row.text(&h.file);
        row.units(&h.address);
        row.text(&h.address.detail);
        row.date(h.formed);
        row.text(match h.state {
            HouseholdState::Open => "open",
            HouseholdState::Closed => "closed",
            HouseholdState::Void => "void",
        });
        row.number(members, 1);
        row.number(if members == 0 { 0 } else { i64::from(highest - lowest) + 1 }, 1);
        row.number(heads, 1);
        row.end();
    }
}

/// The generation of a relation: 0 is the head's, 1 that of the children. Other kin count as the head's.
pub(crate) const fn level(relation: Relation) -> i8 {
    match relation {
        Relation::Grandparent => -2,
        Relation::Parent | Relation::ParentInLaw => -1,
        Relation::Child | Relation::ChildInLaw => 1,
        Relation::Grandchild => 2,
        Relation::Head
        | Relation::Spouse
        | Relation::Sibling
        | Relation::Kin
        | Relation::Lodger
        | Relation::Unknown => 0,
    }
}
