//! How records stand in rows.

use crate::{
    acts::Act,
    code, fold,
    model::{Household, Person},
};
use store::{FromRow, Row, StoreError, Value};
use vocabulary::{ActSeq, Actor, AgencyCode, HouseholdId, PersonId, StaffId, SystemId, UnitCode};

/// A row of `act` with its actor: the columns of [`act_columns`](super::row::act_columns).
pub(super) struct ActRow(pub Act);

/// The columns that make an [`ActRow`], of `act a JOIN actor w ON w.id = a.actor`.
macro_rules! act_columns {
    () => {
        "a.seq, a.body, w.system, w.officer, w.agency, w.unit"
    };
}
pub(super) use act_columns;

/// How many columns they are.
pub(super) const ACT_COLUMNS: usize = 6;

impl FromRow for ActRow {
    fn from_row(row: &Row<'_>) -> Result<ActRow, StoreError> {
        act(row.get(0)?, &row.get::<Vec<u8>>(1)?, actor(row, 2)?).map(ActRow)
    }
}

/// The actor in the four columns from one on; what an actor does not have is empty.
pub(super) fn actor(row: &Row<'_>, at: usize) -> Result<Actor, StoreError> {
    let unit: String = row.get(at + 3)?;
    Ok(Actor {
        system: SystemId::parse(&row.get::<String>(at)?).ok(),
        officer: StaffId::parse(&row.get::<String>(at + 1)?).ok(),
        agency: row.get::<AgencyCode>(at + 2)?,
        unit: UnitCode::parse(&unit).ok(),
    })
}

/// The same four columns for writing.
pub(super) fn actor_columns(by: &Actor) -> [&str; 4] {
    [
        by.system.as_ref().map_or("", SystemId::as_str),
        by.officer.as_ref().map_or("", StaffId::as_str),
        by.agency.as_str(),
        by.unit.as_ref().map_or("", UnitCode::as_str),
    ]
}

/// An act from its parts.
pub(super) fn act(seq: ActSeq, body: &[u8], by: Actor) -> Result<Act, StoreError> {
    let code::Body { effective, recorded, evidence, content } = decode(body)?;
    Ok(Act { seq, effective, recorded, by, evidence, content })
}

/// The content of a stored act and when it holds.
pub(super) fn decode(body: &[u8]) -> Result<code::Body, StoreError> {
    code::decode(body).map_err(|unreadable| StoreError::Other(unreadable.to_string()))
}

/// A person as the acts leave it; blank where none in force creates the record.
pub(super) fn person(id: PersonId, acts: &[ActRow]) -> Person {
    let acts: Vec<&Act> = acts.iter().map(|row| &row.0).collect();
    let person = fold::person(id, &acts, None);
    if person.registered { person } else { Person::new(id) }
}

/// A household as the acts leave it.
pub(super) fn household(id: HouseholdId, acts: &[ActRow]) -> Household {
    let acts: Vec<&Act> = acts.iter().map(|row| &row.0).collect();
    fold::household(id, &acts, None)
}

fn text(value: Option<&str>) -> Value {
    value.map_or(Value::Null, |v| Value::Text(v.to_owned()))
}

fn int(value: Option<i64>) -> Value {
    value.map_or(Value::Null, Value::Int)
}

/// The columns of `act`, in the order of [`act_values`].
pub(super) const ACT: &[&str] = &["seq", "actor", "body"];

pub(super) fn act_values(act: &Act, actor: i32) -> Vec<Value> {
    vec![Value::Int(act.seq.0), Value::Int(i64::from(actor)), Value::Bytes(code::encode(act))]
}

/// The columns of `person`, in the order of [`person_values`].
pub(super) const PERSON: &[&str] = &[
    "id",
    "number",
    "name",
    "name_key",
    "birth",
    "sex",
    "unit",
    "old_unit",
    "current_unit",
    "household",
    "relation",
    "father",
    "mother",
    "spouse",
    "guardian",
    "merged_into",
];

pub(super) fn person_values(p: &Person) -> Vec<Value> {
    let relative = |r: &Option<crate::model::Relative>| int(r.as_ref().and_then(|r| r.person).map(|p| p.0));
    vec![
        Value::Int(p.id.0),
        int(p.number.map(|n| n.as_int())),
        text(p.name.as_ref().map(|n| n.reveal())),
        Value::Text(p.name.as_ref().map(|n| n.folded()).unwrap_or_default()),
        Value::Int(i64::from(p.birth_date.packed())),
        int(p.sex.map(|s| i64::from(s.digit()))),
        text(p.permanent.new_unit.as_ref().map(UnitCode::as_str)),
        text(p.permanent.old_unit.as_ref().map(UnitCode::as_str)),
        text(p.last_commune().filter(|u| p.permanent.new_unit != Some(*u)).as_ref().map(UnitCode::as_str)),
        int(p.household.map(|h| h.0)),
        text(p.relation.map(|r| r.code())),
        relative(&p.father),
        relative(&p.mother),
        relative(&p.spouse),
        relative(&p.guardian),
        int(p.merged_into.map(|m| m.0)),
    ]
}

/// The columns of `household`, in the order of [`household_values`].
pub(super) const HOUSEHOLD: &[&str] = &["id", "unit", "file"];

pub(super) fn household_values(h: &Household) -> Vec<Value> {
    vec![
        Value::Int(h.id.0),
        text(h.address.new_unit.as_ref().map(UnitCode::as_str)),
        Value::Text(h.file.clone()),
    ]
}

/// Kinds of claim in `number_claim`.
pub(crate) const IN_FORCE: i16 = 1;
pub(crate) const FORMER: i16 = 2;
pub(super) const PAST: i16 = 3;

/// The numbers that a person claims, with the kind of claim; each once.
pub(super) fn claims(p: &Person) -> Vec<(i64, i16)> {
    let mut claims: Vec<(i64, i16)> = p
        .number
        .iter()
        .map(|n| (n.as_int(), IN_FORCE))
        .chain(p.former_numbers.iter().map(|c| (c.number.as_int(), FORMER)))
        .chain(p.past_numbers.iter().map(|c| (c.number.as_int(), PAST)))
        .collect();
    claims.sort_unstable();
    claims.dedup();
    claims
}

pub(super) const CLAIM: &[&str] = &["number", "kind", "person"];
pub(super) const ACT_PERSON: &[&str] = &["person", "seq"];
pub(super) const ACT_HOUSEHOLD: &[&str] = &["household", "seq"];

pub(super) fn claim_values(person: PersonId, (number, kind): (i64, i16)) -> Vec<Value> {
    vec![Value::Int(number), Value::Int(i64::from(kind)), Value::Int(person.0)]
}

pub(super) fn link_values(subject: i64, seq: ActSeq) -> Vec<Value> {
    vec![Value::Int(subject), Value::Int(seq.0)]
}
