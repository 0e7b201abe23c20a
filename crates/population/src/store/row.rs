//! How records stand in rows.

use crate::{
    acts::{Act, Content},
    model::{Household, HouseholdState, Person},
};
use store::{StoreError, Value};
use vocabulary::{ActSeq, Actor, AgencyCode, Moment, PartialDate, PersonId, StaffId, SystemId, UnitCode};

store::record! {
    /// A row of `act`.
    pub(super) struct ActRow {
        pub seq: ActSeq,
        pub effective: PartialDate,
        pub recorded: Moment,
        pub system: Option<String>,
        pub officer: Option<String>,
        pub agency: AgencyCode,
        pub unit: Option<UnitCode>,
        pub evidence: String,
        pub body: String,
    }
}

fn unreadable(what: &str) -> StoreError {
    StoreError::Other(format!("a stored {what} cannot be read"))
}

impl ActRow {
    pub(super) fn act(self) -> Result<Act, StoreError> {
        let content = decode_content(&self.body)?;
        Ok(Act {
            seq: self.seq,
            effective: self.effective,
            recorded: self.recorded,
            by: Actor {
                system: self.system.and_then(|s| SystemId::parse(&s).ok()),
                officer: self.officer.and_then(|s| StaffId::parse(&s).ok()),
                agency: self.agency,
                unit: self.unit,
            },
            evidence: self.evidence,
            content,
        })
    }
}

pub(super) fn decode_content(body: &str) -> Result<Content, StoreError> {
    serde_json::from_str(body).map_err(|_| unreadable("act"))
}

pub(super) fn encode<T: serde::Serialize>(what: &T) -> Result<String, StoreError> {
    serde_json::to_string(what).map_err(|_| StoreError::Other("a record cannot be encoded".into()))
}

pub(super) fn decode_person(record: &str) -> Result<Person, StoreError> {
    serde_json::from_str(record).map_err(|_| unreadable("person"))
}

pub(super) fn decode_household(record: &str) -> Result<Household, StoreError> {
    serde_json::from_str(record).map_err(|_| unreadable("household"))
}

fn text(value: Option<&str>) -> Value {
    value.map_or(Value::Null, |v| Value::Text(v.to_owned()))
}

fn int(value: Option<i64>) -> Value {
    value.map_or(Value::Null, Value::Int)
}

/// The columns of `act`, in the order of [`act_values`].
pub(super) const ACT: &[&str] =
    &["seq", "kind", "effective", "recorded", "system", "officer", "agency", "unit", "evidence", "body"];

pub(super) fn act_values(act: &Act) -> Result<Vec<Value>, StoreError> {
    Ok(vec![
        Value::Int(act.seq.0),
        Value::Text(act.content.kind().0.to_owned()),
        Value::Int(i64::from(act.effective.packed())),
        Value::from(act.recorded),
        text(act.by.system.as_ref().map(SystemId::as_str)),
        text(act.by.officer.as_ref().map(StaffId::as_str)),
        Value::Text(act.by.agency.as_str().to_owned()),
        text(act.by.unit.as_ref().map(UnitCode::as_str)),
        Value::Text(act.evidence.clone()),
        Value::Text(encode(&act.content)?),
    ])
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
    "merged_into",
    "record",
];

pub(super) fn person_values(p: &Person) -> Result<Vec<Value>, StoreError> {
    let relative = |r: &Option<crate::model::Relative>| int(r.as_ref().and_then(|r| r.person).map(|p| p.0));
    Ok(vec![
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
        int(p.merged_into.map(|m| m.0)),
        Value::Text(encode(p)?),
    ])
}

/// The columns of `household`, in the order of [`household_values`].
pub(super) const HOUSEHOLD: &[&str] = &["id", "unit", "state", "record"];

pub(super) fn household_values(h: &Household) -> Result<Vec<Value>, StoreError> {
    let state = match h.state {
        HouseholdState::Open => "open",
        HouseholdState::Closed => "closed",
        HouseholdState::Void => "void",
    };
    Ok(vec![
        Value::Int(h.id.0),
        text(h.address.new_unit.as_ref().map(UnitCode::as_str)),
        Value::Text(state.to_owned()),
        Value::Text(encode(h)?),
    ])
}

/// Kinds of claim in `number_claim`.
pub(super) const IN_FORCE: i16 = 1;
pub(super) const FORMER: i16 = 2;
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
