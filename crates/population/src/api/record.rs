//! A person's record as it travels: only what was released. A field that was released and is not recorded is `null`;
//! a field that was not released is absent.

use crate::{
    model::{LifeStatus, Relative, Residence, ResidenceKind},
    sealed::PersonView,
};
use reference::{Era, units};
use serde_json::{Map, Value, json};
use vocabulary::{Address, Field, PersonId};

fn address(a: &Address) -> Value {
    if a.is_empty() {
        return Value::Null;
    }
    let path = |unit, era| units::path(unit, era);
    json!({
        "old_unit": a.old_unit,
        "old_unit_name": a.old_unit.and_then(|u| path(u, Era::Before2025)),
        "new_unit": a.new_unit,
        "new_unit_name": a.new_unit.and_then(|u| path(u, Era::Since2025)),
        "detail": a.detail,
        "text": a.text,
        "country": a.country,
    })
}

fn relative(view: &PersonView, r: Option<&Relative>) -> Value {
    match r {
        None => Value::Null,
        Some(Relative { person: Some(id), .. }) => kin(view, *id),
        Some(r) => json!({ "name": r.name, "number": r.number }),
    }
}

fn kin(view: &PersonView, id: PersonId) -> Value {
    match view.kin.get(&id) {
        Some(k) => json!({ "name": k.name, "number": k.number, "birth_date": k.birth_date }),
        None => Value::Null,
    }
}

fn residences(view: &PersonView, kind: ResidenceKind) -> Value {
    let one = |r: &Residence| json!({ "address": address(&r.address), "from": r.from, "until": r.until, "ended": r.ended });
    view.person.residences.iter().filter(|r| r.kind == kind).map(one).collect()
}

/// The released fields by their codes.
pub fn person(view: &PersonView) -> Map<String, Value> {
    let p = &view.person;
    let mut out = Map::new();
    for field in view.shown.iter() {
        let value = match field {
            Field::PersonalNumber => json!(p.number),
            Field::FormerNumbers => json!(p.former_numbers),
            Field::Card => json!(p.card),
            Field::FullName => json!(p.name),
            Field::OtherName => json!(p.other_names),
            Field::BirthDate => json!(p.birth_date),
            Field::Sex => json!(p.sex),
            Field::BirthPlace => address(&p.birth_place),
            Field::BirthRegistration => address(&p.birth_registration),
            Field::Hometown => address(&p.hometown),
            Field::Ethnicity => json!(p.ethnicity),
            Field::Religion => json!(p.religion),
            Field::Nationality => json!(p.nationalities),
            Field::BloodGroup => json!(p.blood_group),
            Field::MaritalStatus => json!(p.marital_status),
            Field::Occupation => json!(p.occupation),
            Field::PermanentResidence => address(&p.permanent),
            Field::CurrentResidence => address(p.lives_at()),
            Field::TemporaryResidence => residences(view, ResidenceKind::Temporary),
            Field::TemporaryAbsence => residences(view, ResidenceKind::Absence),
            Field::Stays => residences(view, ResidenceKind::Stay),
            Field::Household => view.heads.iter().map(|id| kin(view, *id)).collect(),
            Field::RelationToHead => json!(p.relation),
            Field::Parents => json!({
                "father": relative(view, p.father.as_ref()),
                "mother": relative(view, p.mother.as_ref()),
            }),
            Field::Spouse => relative(view, p.spouse.as_ref()),
            Field::Children => view.children.iter().map(|id| kin(view, *id)).collect(),
            Field::Guardian => relative(view, p.guardian.as_ref()),
            Field::LifeStatus => match p.life {
                LifeStatus::Alive => json!({ "is": "alive" }),
                LifeStatus::Dead { on } => json!({ "is": "dead", "on": on }),
                LifeStatus::Missing { since } => json!({ "is": "missing", "since": since }),
            },
            Field::Contact => json!(p.contact),
            // These have services of their own and do not travel with a citizen's data.
            Field::ResidenceFile
            | Field::HouseholdMembers
            | Field::History
            | Field::AccessLog
            | Field::Findings => continue,
        };
        out.insert(field.code().to_owned(), value);
    }
    out
}
