//! Recording acts: the act, its links, and the state that the fold of all acts yields, in the caller's transaction.

use super::row::{
    ACT, ACT_HOUSEHOLD, ACT_PERSON, ActRow, CLAIM, HOUSEHOLD, PERSON, act_values, claim_values, claims,
    decode_household, decode_person, household_values, link_values, person_values,
};
use crate::{
    acts::{Act, Content, Touched},
    fold,
    model::{Household, Person},
    rules::Before,
};
use store::{StoreError, Tx, params};
use vocabulary::{ActSeq, Actor, HouseholdId, Moment, PartialDate, PersonId, PersonalNumber};

/// Takes the lock of the act sequence, which the transaction then holds to its end: from here on nobody else records.
pub(crate) async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    tx.execute("UPDATE act_head SET seq = seq WHERE id = 1", params![]).await.map(drop)
}

/// A new person identifier.
pub(crate) async fn new_person(tx: &mut Tx) -> Result<PersonId, StoreError> {
    tx.one("UPDATE act_head SET person = person + 1 WHERE id = 1 RETURNING person", params![]).await
}

/// A new household identifier.
pub(crate) async fn new_household(tx: &mut Tx) -> Result<HouseholdId, StoreError> {
    tx.one("UPDATE act_head SET household = household + 1 WHERE id = 1 RETURNING household", params![]).await
}

/// Whether nobody claims a personal number, in force or not.
pub(crate) async fn is_free(tx: &mut Tx, number: PersonalNumber) -> Result<bool, StoreError> {
    let taken: Vec<i64> =
        tx.all("SELECT person FROM number_claim WHERE number = $1 LIMIT 1", params![number]).await?;
    Ok(taken.is_empty())
}

/// The records that an act touches, as they are before it. Plain, because only the pure rules of this crate read them.
pub(crate) async fn before(tx: &mut Tx, touched: &Touched) -> Result<Before, StoreError> {
    let mut before = Before::default();
    for id in &touched.persons {
        let record: Option<String> =
            tx.optional("SELECT record FROM person WHERE id = $1", params![id]).await?;
        let person = record.map(|r| decode_person(&r)).transpose()?.unwrap_or_else(|| Person::new(*id));
        before.persons.insert(*id, person);
    }
    for id in &touched.households {
        let record: Option<String> =
            tx.optional("SELECT record FROM household WHERE id = $1", params![id]).await?;
        let household =
            record.map(|r| decode_household(&r)).transpose()?.unwrap_or_else(|| Household::new(*id));
        before.households.insert(*id, household);
        let members = tx.all("SELECT id FROM person WHERE household = $1 ORDER BY id", params![id]).await?;
        before.members.insert(*id, members);
    }
    Ok(before)
}

/// One act by its number.
pub(crate) async fn act_in(tx: &mut Tx, seq: ActSeq) -> Result<Option<Act>, StoreError> {
    let row: Option<ActRow> = tx
        .optional(
            "SELECT seq, effective, recorded, system, officer, agency, unit, evidence, body FROM act WHERE seq = $1",
            params![seq],
        )
        .await?;
    row.map(ActRow::act).transpose()
}

/// Whether an act in force annuls another.
pub(crate) async fn is_annulled(tx: &mut Tx, act: &Act) -> Result<bool, StoreError> {
    let touched = act.content.touched();
    let related = match (touched.persons.first(), touched.households.first()) {
        (Some(person), _) => acts_of(tx, PERSON_ACTS, person.0).await?,
        (None, Some(household)) => acts_of(tx, HOUSEHOLD_ACTS, household.0).await?,
        (None, None) => Vec::new(),
    };
    Ok(!fold::stands(act.seq, &related))
}

pub(super) const PERSON_ACTS: &str =
    "SELECT a.seq, a.effective, a.recorded, a.system, a.officer, a.agency, a.unit, a.evidence, a.body
    FROM act_person l JOIN act a ON a.seq = l.seq WHERE l.person = $1 ORDER BY a.seq";
pub(super) const HOUSEHOLD_ACTS: &str =
    "SELECT a.seq, a.effective, a.recorded, a.system, a.officer, a.agency, a.unit, a.evidence, a.body
    FROM act_household l JOIN act a ON a.seq = l.seq WHERE l.household = $1 ORDER BY a.seq";

async fn acts_of(tx: &mut Tx, sql: &'static str, id: i64) -> Result<Vec<Act>, StoreError> {
    let rows: Vec<ActRow> = tx.all(sql, params![id]).await?;
    rows.into_iter().map(ActRow::act).collect()
}

/// Appends an act and writes the state that follows. The caller holds the [`lock`] and has checked the rules.
pub(crate) async fn append(
    tx: &mut Tx,
    by: &Actor,
    effective: PartialDate,
    evidence: &str,
    content: Content,
) -> Result<Act, StoreError> {
    let seq: ActSeq =
        ActSeq(tx.one("UPDATE act_head SET seq = seq + 1 WHERE id = 1 RETURNING seq", params![]).await?);
    let act = Act {
        seq,
        effective,
        recorded: Moment::now(),
        by: by.clone(),
        evidence: evidence.trim().to_owned(),
        content,
    };
    tx.load("act", ACT, [act_values(&act)?]).await?;
    let touched = act.content.touched();
    tx.load(
        "act_person",
        ACT_PERSON,
        touched.persons.iter().map(|p| link_values(p.0, seq)).collect::<Vec<_>>(),
    )
    .await?;
    tx.load(
        "act_household",
        ACT_HOUSEHOLD,
        touched.households.iter().map(|h| link_values(h.0, seq)).collect::<Vec<_>>(),
    )
    .await?;
    for id in touched.persons {
        let acts = acts_of(tx, PERSON_ACTS, id.0).await?;
        save_person(tx, &fold::person(id, &acts, None)).await?;
    }
    for id in touched.households {
        let acts = acts_of(tx, HOUSEHOLD_ACTS, id.0).await?;
        save_household(tx, &fold::household(id, &acts, None)).await?;
    }
    Ok(act)
}

/// Writes the state of a person. A record that no act in force creates is removed: its acts remain.
async fn save_person(tx: &mut Tx, person: &Person) -> Result<(), StoreError> {
    tx.execute("DELETE FROM person WHERE id = $1", params![person.id]).await?;
    tx.execute("DELETE FROM number_claim WHERE person = $1", params![person.id]).await?;
    if person.registered {
        tx.load("person", PERSON, [person_values(person)?]).await?;
        tx.load(
            "number_claim",
            CLAIM,
            claims(person).into_iter().map(|c| claim_values(person.id, c)).collect::<Vec<_>>(),
        )
        .await?;
    }
    Ok(())
}

async fn save_household(tx: &mut Tx, household: &Household) -> Result<(), StoreError> {
    tx.execute("DELETE FROM household WHERE id = $1", params![household.id]).await?;
    tx.load("household", HOUSEHOLD, [household_values(household)?]).await?;
    Ok(())
}
