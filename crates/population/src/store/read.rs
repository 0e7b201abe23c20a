//! Reading records.

use super::row::{self, ACT_COLUMNS, ActRow, FORMER, IN_FORCE, PAST, act_columns};
use super::search::Within;
use crate::{
    acts::{Content, Touched},
    code,
    model::{Person, Relation},
    sealed::{Happened, History, HouseholdRecord, Kin, PersonRecord},
    verify::{Claims, Held, Number},
};
use ledger::{Comparable, Sealed};
use std::collections::{BTreeMap, HashMap};
use store::{FromRow, Row, Store, StoreError, params};
use vocabulary::{
    ActSeq, Actor, Field, FieldSet, FullName, HouseholdId, Moment, PartialDate, PersonId, PersonalNumber,
    Sex, UnitCode,
};

/// What authorisation needs to know of a record before anything of it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Communes since 1 July 2025: of permanent residence, and of current or last residence where that is another one.
    pub units: [Option<UnitCode>; 2],
    /// Household.
    pub household: Option<HouseholdId>,
    /// The record that took this one in.
    pub merged_into: Option<PersonId>,
}

impl FromRow for Placement {
    fn from_row(row: &Row<'_>) -> Result<Placement, StoreError> {
        Ok(Placement { units: [row.get(0)?, row.get(1)?], household: row.get(2)?, merged_into: row.get(3)? })
    }
}

/// Where a person's record belongs.
pub async fn placement(store: &Store, id: PersonId) -> Result<Option<Placement>, StoreError> {
    store
        .optional("SELECT unit, current_unit, household, merged_into FROM person WHERE id = $1", params![id])
        .await
}

store::record! {
    struct HeldRow {
        id: PersonId,
        name: Option<FullName>,
        birth: PartialDate,
        sex: Option<i16>,
        unit: Option<UnitCode>,
        old_unit: Option<UnitCode>,
        relation: Option<String>,
        merged_into: Option<PersonId>,
        kind: i16,
    }
}

impl HeldRow {
    fn held(self, found_by: Number, in_force: bool) -> Held {
        Held {
            person: self.id,
            found_by,
            in_force,
            name: self.name,
            birth_date: self.birth,
            sex: self.sex.and_then(Sex::from_digit),
            units: [self.unit, self.old_unit],
            relation: self.relation.and_then(|r| Relation::parse(&r).ok()),
            has_other_number: false,
            card: None,
            alive: None,
        }
    }
}

const HELD_BY_NUMBER: &str =
    "SELECT p.id, p.name, p.birth, p.sex, p.unit, p.old_unit, p.relation, p.merged_into, c.kind
    FROM number_claim c JOIN person p ON p.id = c.person WHERE c.number = $1 AND c.kind IN ($2, $3) LIMIT 16";
const CLAIMS: &str = "SELECT person, kind FROM number_claim WHERE number = $1 AND kind IN ($2, $3) LIMIT 16";
const HELD_BY_ID: &str =
    "SELECT p.id, p.name, p.birth, p.sex, p.unit, p.old_unit, p.relation, p.merged_into, CAST($2 AS smallint)
    FROM person p WHERE p.id = $1";

fn kinds(number: Number) -> (i64, i16, i16) {
    match number {
        Number::Personal(n) => (n.as_int(), IN_FORCE, PAST),
        Number::Former(n) => (n.as_int(), FORMER, FORMER),
    }
}

/// Everybody who has a number; merged records are followed to the record kept.
async fn held(store: &Store, number: Number) -> Result<Vec<Held>, StoreError> {
    let (value, kind, other) = kinds(number);
    let rows: Vec<HeldRow> = if store.is_cluster() {
        // Claims lie by number and persons by record, each step on one machine; a join would ask all of them.
        let mut rows = Vec::new();
        for (person, kind) in store.few::<(PersonId, i16)>(CLAIMS, params![value, kind, other]).await? {
            rows.extend(store.optional::<HeldRow>(HELD_BY_ID, params![person, kind]).await?);
        }
        rows
    } else {
        store.few(HELD_BY_NUMBER, params![value, kind, other]).await?
    };
    let mut found: Vec<Held> = Vec::with_capacity(rows.len());
    for mut row in rows {
        let in_force = row.kind != PAST;
        // Merges can chain; a cycle is impossible, since a merged record takes in no other.
        for _ in 0..8 {
            let Some(kept) = row.merged_into else { break };
            row = store.one(HELD_BY_ID, params![kept, row.kind]).await?;
        }
        if !found.iter().any(|h| h.person == row.id) {
            found.push(row.held(number, in_force));
        }
    }
    Ok(found)
}

/// The records that have a number, merged ones followed.
pub async fn persons_of_number(store: &Store, number: Number) -> Result<Vec<PersonId>, StoreError> {
    Ok(held(store, number).await?.into_iter().map(|h| h.person).collect())
}

/// The record that has a number, ready to be compared with the claims. Where several records claim the number, it is
/// the one that agrees best.
pub async fn held_for(
    store: &Store,
    number: Number,
    claims: &Claims,
) -> Result<Option<Sealed<Held>>, StoreError> {
    let mut best: Option<(usize, Held)> = None;
    let folds = claims.card.is_some() || claims.living;
    let all = held(store, number).await?;
    if folds && all.is_empty() {
        // A citizen asks from afar: nobody's number takes as long as somebody's.
        folded(store, PersonId(0)).await?;
    }
    for mut held in all {
        if let Some(other) = claims.other_number {
            let (value, kind, past) = kinds(other);
            held.has_other_number = store
                .optional::<i64>(
                    "SELECT person FROM number_claim WHERE number = $1 AND kind IN ($2, $3) AND person = $4 LIMIT 1",
                    params![value, kind, past, held.person],
                )
                .await?
                .is_some();
        }
        if folds {
            let person = folded(store, held.person).await?;
            held.alive = person.registered.then(|| person.life.is_alive());
            held.card = person.card;
        }
        let agree = held.compare(claims).matched.iter().count();
        if best.as_ref().is_none_or(|(most, _)| agree > *most) {
            best = Some((agree, held));
        }
    }
    Ok(best.map(|(_, held)| Sealed::new(held)))
}

/// A person's record with what belongs to it.
pub async fn person(store: &Store, id: PersonId) -> Result<Option<Sealed<PersonRecord>>, StoreError> {
    person_for(store, id, FieldSet::ALL).await
}

/// A person's record to show these fields of: what stands in other records is read where it belongs to one of them.
pub async fn person_for(
    store: &Store,
    id: PersonId,
    shown: FieldSet,
) -> Result<Option<Sealed<PersonRecord>>, StoreError> {
    let person = folded(store, id).await?;
    if !person.registered {
        return Ok(None);
    }
    let children: Vec<PersonId> = match shown.has(Field::Children) {
        true => {
            store
                .few(
                    "SELECT id FROM person WHERE father = $1 AND merged_into IS NULL
                     UNION SELECT id FROM person WHERE mother = $1 AND merged_into IS NULL ORDER BY id",
                    params![id],
                )
                .await?
        }
        false => Vec::new(),
    };
    let heads: Vec<PersonId> = match person.household.filter(|_| shown.has(Field::Household)) {
        Some(household) => {
            store
                .few(
                    "SELECT id FROM person WHERE household = $1 AND relation = 'head' ORDER BY id",
                    params![household],
                )
                .await?
        }
        None => Vec::new(),
    };
    let other_claims = match person.number.filter(|_| shown.has(Field::Findings)) {
        Some(number) => store
            .few::<i64>(
                "SELECT person FROM number_claim WHERE number = $1 AND kind = $2 AND person <> $3",
                params![number, IN_FORCE, id],
            )
            .await?
            .len(),
        None => 0,
    };
    let relatives = [
        (&person.father, Field::Parents),
        (&person.mother, Field::Parents),
        (&person.spouse, Field::Spouse),
        (&person.guardian, Field::Guardian),
    ];
    let mut ids: Vec<PersonId> = relatives
        .into_iter()
        .filter(|(_, field)| shown.has(*field))
        .filter_map(|(relative, _)| relative.as_ref()?.person)
        .chain(children.iter().copied())
        .chain(heads.iter().copied())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let mut kin = HashMap::with_capacity(ids.len());
    for id in ids {
        // A relative whose record was merged is shown as the record kept.
        let now = super::merge::survivor(store, id).await?;
        let row: Option<(Option<FullName>, Option<PersonalNumber>, PartialDate)> =
            store.optional("SELECT name, number, birth FROM person WHERE id = $1", params![now]).await?;
        if let Some((name, number, birth_date)) = row {
            kin.insert(id, Kin { name, number, birth_date });
        }
    }
    Ok(Some(Sealed::new(PersonRecord { person, kin, children, heads, other_claims })))
}

/// The acts that touch a person, in sequence.
pub(super) const PERSON_ACTS: &str = concat!(
    "SELECT ",
    act_columns!(),
    " FROM act_person l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor WHERE l.person = $1 ORDER BY a.seq"
);
/// The acts that touch a household, in sequence.
pub(super) const HOUSEHOLD_ACTS: &str = concat!(
    "SELECT ",
    act_columns!(),
    " FROM act_household l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor WHERE l.household = $1 ORDER BY a.seq"
);
/// One act.
pub(super) const ACT: &str =
    concat!("SELECT ", act_columns!(), " FROM act a JOIN actor w ON w.id = a.actor WHERE a.seq = $1");

/// A person as the acts leave it; blank where none in force creates the record.
async fn folded(store: &Store, id: PersonId) -> Result<Person, StoreError> {
    Ok(row::person(id, &store.few::<ActRow>(PERSON_ACTS, params![id]).await?))
}

/// All acts that touch a person.
pub async fn history(store: &Store, id: PersonId) -> Result<Sealed<History>, StoreError> {
    let acts = store.few(PERSON_ACTS, params![id]).await?.into_iter().map(|row: ActRow| row.0).collect();
    Ok(Sealed::new(History { person: id, acts }))
}

/// One act, with who recorded it.
pub async fn act(store: &Store, seq: ActSeq) -> Result<Option<(Actor, Sealed<Happened>)>, StoreError> {
    let row: Option<ActRow> = store.optional(ACT, params![seq]).await?;
    Ok(row.map(|ActRow(act)| (act.by.clone(), Sealed::new(Happened(act)))))
}

/// A household without its members, with the commune in which it lives.
pub async fn household(
    store: &Store,
    id: HouseholdId,
) -> Result<Option<(Option<UnitCode>, Sealed<HouseholdRecord>)>, StoreError> {
    let acts: Vec<ActRow> = store.few(HOUSEHOLD_ACTS, params![id]).await?;
    if acts.is_empty() {
        return Ok(None);
    }
    let household = row::household(id, &acts);
    Ok(Some((household.address.new_unit, Sealed::new(HouseholdRecord(household)))))
}

/// An act of one of many persons or households, whose identifier stands behind the act's columns.
pub(super) struct ActOf<T>(pub T, pub ActRow);

impl<T: store::Field> FromRow for ActOf<T> {
    fn from_row(row: &Row<'_>) -> Result<ActOf<T>, StoreError> {
        Ok(ActOf(row.get(ACT_COLUMNS)?, ActRow::from_row(row)?))
    }
}

/// The members of a household: heads first, then by age. Their records come without kin.
pub async fn members(store: &Store, id: HouseholdId) -> Result<Vec<Sealed<PersonRecord>>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        act_columns!(),
        ", p.id FROM person p JOIN act_person l ON l.person = p.id JOIN act a ON a.seq = l.seq
         JOIN actor w ON w.id = a.actor WHERE p.household = $1 ORDER BY a.seq"
    );
    let mut acts: BTreeMap<PersonId, Vec<ActRow>> = BTreeMap::new();
    for ActOf(person, act) in store.few(SQL, params![id]).await? {
        acts.entry(person).or_default().push(act);
    }
    let mut members: Vec<Person> = acts.into_iter().map(|(id, acts)| row::person(id, &acts)).collect();
    members.sort_by_key(|p| (p.relation != Some(Relation::Head), p.birth_date.packed(), p.id));
    Ok(members.into_iter().map(|person| Sealed::new(alone(person))).collect())
}

/// A record without what stands in others.
pub(super) fn alone(person: Person) -> PersonRecord {
    PersonRecord { person, kin: HashMap::new(), children: Vec::new(), heads: Vec::new(), other_claims: 0 }
}

/// One entry of the change feed: which act touched which records. It says nothing of what changed; who needs that
/// looks it up, with a purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Place in the sequence.
    pub seq: ActSeq,
    /// Kind of act.
    pub kind: &'static str,
    /// From when it holds.
    pub effective: PartialDate,
    /// When it was recorded.
    pub recorded: Moment,
    /// The persons touched.
    pub persons: Vec<PersonId>,
    /// The households touched.
    pub households: Vec<HouseholdId>,
    /// Of a merge: the record that ended, and the one that stands for it from then on.
    pub forward: Option<(PersonId, PersonId)>,
}

/// The number of the last act.
pub async fn last_act(store: &Store) -> Result<ActSeq, StoreError> {
    store.one("SELECT seq FROM act_head WHERE id = 1", params![]).await
}

/// The next `limit` changes after a sequence number, in sequence: those that touch somebody who lives, or has lived,
/// within the scope. Also where to go on, which may lie beyond the last of them.
pub async fn changes(
    store: &Store,
    after: ActSeq,
    limit: i64,
    within: &Within,
) -> Result<(Vec<Change>, ActSeq), StoreError> {
    let acts: Vec<(ActSeq, Vec<u8>)> = store
        .all("SELECT seq, body FROM act WHERE seq > $1 ORDER BY seq LIMIT $2", params![after, limit])
        .await?;
    let next = acts.last().map_or(after, |act| act.0);
    let mut changes = Vec::with_capacity(acts.len());
    for (seq, body) in acts {
        let code::Body { effective, recorded, content, .. } = row::decode(&body)?;
        let touched = content.touched();
        if *within == Within::Everywhere || lived_within(store, &touched, within).await? {
            let forward = match &content {
                Content::Merge { kept, absorbed, .. } => Some((*absorbed, *kept)),
                _ => None,
            };
            changes.push(Change {
                forward,
                seq,
                kind: content.kind().0,
                effective,
                recorded,
                persons: touched.persons.into_vec(),
                households: touched.households.into_vec(),
            });
        }
    }
    Ok((changes, next))
}

/// Whether a record that an act touches has ever had a place within the scope.
async fn lived_within(store: &Store, touched: &Touched, within: &Within) -> Result<bool, StoreError> {
    for id in &touched.persons {
        let person = folded(store, *id).await?;
        let places = person.residences.iter().map(|r| &r.address).chain([&person.permanent, &person.current]);
        if places.into_iter().any(|a| within.covers(a.new_unit)) {
            return Ok(true);
        }
    }
    for id in &touched.households {
        let unit: Option<Option<UnitCode>> =
            store.optional("SELECT unit FROM household WHERE id = $1", params![id]).await?;
        if within.covers(unit.flatten()) {
            return Ok(true);
        }
    }
    Ok(false)
}
