//! Whether a row tells of a record what the record says.

use crate::{
    columns::Told,
    model::{Card, Contact, Fact, FormerClaim, LifeStatus, Person, Relative, ResidenceKind},
};
use std::collections::HashMap;
use vocabulary::{Address, Field, FieldSet, PersonId};

/// The fields in which a row and a record differ. What the row leaves blank does not differ: offices have fewer columns
/// than the register. `known` holds the records of relatives.
pub(super) fn differences(told: &Told, person: &Person, known: &HashMap<PersonId, Person>) -> FieldSet {
    let facts = told.facts.iter().filter(|f| !agrees(f, person, known)).map(Fact::field);
    let mut fields: FieldSet = facts.collect();
    let mut differ = |field, holds: bool| {
        if !holds {
            fields = fields.or(FieldSet::of(&[field]));
        }
    };
    differ(
        Field::PermanentResidence,
        told.permanent.is_empty() || address(&told.permanent, &person.permanent),
    );
    let settled = person.residences.iter().rev().find(|r| r.kind == ResidenceKind::Permanent);
    differ(
        Field::PermanentResidence,
        told.since.is_unknown() || settled.is_none_or(|r| r.from == told.since),
    );
    let with_household = told.home().is_some();
    let relation =
        told.relation.is_none() || with_household && told.life.is_dead() || told.relation == person.relation;
    differ(Field::RelationToHead, relation);
    let past = |number| person.past_numbers.iter().any(|c| c.number == number);
    differ(Field::PersonalNumber, told.past.iter().all(|c| past(c.number)));
    for (field, kind, stay) in [
        (Field::TemporaryResidence, ResidenceKind::Temporary, &told.temporary),
        (Field::TemporaryAbsence, ResidenceKind::Absence, &told.absence),
    ] {
        let Some(stay) = stay else { continue };
        let held = person.residences.iter().rev().find(|r| r.kind == kind && !r.ended);
        differ(
            field,
            held.is_some_and(|r| {
                address(&stay.address, &r.address)
                    && (stay.since.is_unknown() || stay.since == r.from)
                    && (stay.until.is_unknown() || stay.until == r.until)
            }),
        );
    }
    fields
}

fn agrees(fact: &Fact, p: &Person, known: &HashMap<PersonId, Person>) -> bool {
    match fact {
        // Case and the place of the tone mark are not another name.
        Fact::Name(Some(name)) => p.name.as_ref().is_some_and(|n| n.matches(name)),
        Fact::OtherNames(names) => names.iter().all(|n| p.other_names.iter().any(|o| o.matches(n))),
        Fact::BirthPlace(a) => address(a, &p.birth_place),
        Fact::BirthRegistration(a) => address(a, &p.birth_registration),
        Fact::Hometown(a) => address(a, &p.hometown),
        Fact::Current(a) => address(a, &p.current),
        Fact::FormerNumbers(claims) => {
            claims.iter().all(|c| p.former_numbers.iter().any(|held| former(c, held)))
        }
        Fact::Card(Some(told)) => p.card.as_ref().is_some_and(|held| card(told, held)),
        Fact::Card(None) => p.card.is_none(),
        Fact::Contact(contact) => contact_within(contact, &p.contact),
        Fact::Father(Some(r)) => relative(r, p.father.as_ref(), known),
        Fact::Mother(Some(r)) => relative(r, p.mother.as_ref(), known),
        Fact::Spouse(Some(r)) => relative(r, p.spouse.as_ref(), known),
        Fact::Guardian(Some(r)) => relative(r, p.guardian.as_ref(), known),
        Fact::Life(LifeStatus::Dead { on }) => match p.life {
            LifeStatus::Dead { on: held } => on.is_unknown() || *on == held,
            _ => false,
        },
        Fact::Life(life) => p.life == *life,
        Fact::Name(v) => p.name == *v,
        Fact::NameParts(v) => p.name_parts == *v,
        Fact::BirthDate(v) => p.birth_date == *v,
        Fact::Sex(v) => p.sex == *v,
        Fact::Permanent(v) => p.permanent == *v,
        Fact::Ethnicity(v) => p.ethnicity == *v,
        Fact::Religion(v) => p.religion == *v,
        Fact::Nationalities(v) => p.nationalities == *v,
        Fact::BloodGroup(v) => p.blood_group == *v,
        Fact::MaritalStatus(v) => p.marital_status == *v,
        Fact::Occupation(v) => p.occupation == *v,
        Fact::Number(v) => p.number == *v,
        Fact::Household(v) => p.household == *v,
        Fact::Relation(v) => p.relation == *v,
        Fact::Father(v) => p.father == *v,
        Fact::Mother(v) => p.mother == *v,
        Fact::Spouse(v) => p.spouse == *v,
        Fact::Guardian(v) => p.guardian == *v,
    }
}

/// Whether an address says nothing else than another.
fn address(told: &Address, held: &Address) -> bool {
    let text = |told: &str, held: &str| told.is_empty() || told == held;
    let unit = |told: Option<_>, held: Option<_>| told.is_none() || told == held;
    unit(told.new_unit, held.new_unit)
        && unit(told.old_unit, held.old_unit)
        && text(&told.detail, &held.detail)
        && text(&told.text, &held.text)
        && (told.country.is_none() || told.country == held.country)
}

fn former(told: &FormerClaim, held: &FormerClaim) -> bool {
    told.number == held.number
        && (told.issuer.is_empty() || told.issuer == held.issuer)
        && (told.from.is_unknown() || told.from == held.from)
        && (told.until.is_unknown() || told.until == held.until)
}

fn card(told: &Card, held: &Card) -> bool {
    told.issued_on == held.issued_on
        && (told.expires_on.is_unknown() || told.expires_on == held.expires_on)
        && (told.issuer.is_empty() || told.issuer == held.issuer)
}

fn contact_within(told: &Contact, held: &Contact) -> bool {
    told.phones.iter().all(|p| held.phones.contains(p)) && told.emails.iter().all(|e| held.emails.contains(e))
}

/// Whether a relative, told by name and number, is the one of the record.
fn relative(told: &Relative, held: Option<&Relative>, known: &HashMap<PersonId, Person>) -> bool {
    let Some(held) = held else { return false };
    let record = held.person.and_then(|id| known.get(&id));
    let (name, number) = match record {
        Some(person) => (person.name.as_ref(), person.number),
        None => (held.name.as_ref(), held.number),
    };
    if told.number.is_some() && told.number == number && record.is_some() {
        // The name may have been corrected since they were linked.
        return true;
    }
    let names = match (&told.name, name) {
        (None, _) => true,
        (Some(told), Some(held)) => told.matches(held),
        (Some(_), None) => false,
    };
    names && (told.number.is_none() || told.number == number)
}
