//! Recording acts: the act, its links, and the state that the fold of all acts yields, in the caller's transaction.

use super::{
    read::{self, HOUSEHOLD_ACTS, PERSON_ACTS},
    row::{
        self, ACT, ACT_HOUSEHOLD, ACT_PERSON, ActRow, CLAIM, HOUSEHOLD, PERSON, act_values, actor_columns,
        claim_values, claims, household_values, link_values, person_values,
    },
};
use crate::{
    acts::{Act, Content, Touched},
    fold,
    rules::Before,
};
use store::{StoreError, Tx, params};
use vocabulary::{ActSeq, Actor, HouseholdId, Moment, PartialDate, PersonId, PersonalNumber};

/// Takes the lock of the act sequence, which the transaction then holds to its end: from here on nobody else records. Gives
/// the last act.
pub(crate) async fn lock(tx: &mut Tx) -> Result<ActSeq, StoreError> {
    tx.one("UPDATE act_head SET seq = seq WHERE id = 1 RETURNING seq", params![]).await.map(ActSeq)
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
        let acts: Vec<ActRow> = tx.all(PERSON_ACTS, params![id]).await?;
        before.persons.insert(*id, row::person(*id, &acts));
    }
    for id in &touched.households {
        let acts: Vec<ActRow> = tx.all(HOUSEHOLD_ACTS, params![id]).await?;
        before.households.insert(*id, row::household(*id, &acts));
        let members = tx.all("SELECT id FROM person WHERE household = $1 ORDER BY id", params![id]).await?;
        before.members.insert(*id, members);
    }
    Ok(before)
}

/// One act by its number.
pub(crate) async fn act_in(tx: &mut Tx, seq: ActSeq) -> Result<Option<Act>, StoreError> {
    let row: Option<ActRow> = tx.optional(read::ACT, params![seq]).await?;
    Ok(row.map(|row| row.0))
}

/// Whether an act in force annuls another.
pub(crate) async fn is_annulled(tx: &mut Tx, act: &Act) -> Result<bool, StoreError> {
    let touched = act.content.touched();
    let related: Vec<ActRow> = match (touched.persons.first(), touched.households.first()) {
        (Some(person), _) => tx.all(PERSON_ACTS, params![person]).await?,
        (None, Some(household)) => tx.all(HOUSEHOLD_ACTS, params![household]).await?,
        (None, None) => Vec::new(),
    };
    let related: Vec<&Act> = related.iter().map(|row| &row.0).collect();
    Ok(!fold::stands(act.seq, &related))
}

/// The number of an actor, which is given one at the first act. The caller holds the [`lock`].
pub(super) async fn actor(tx: &mut Tx, by: &Actor) -> Result<i32, StoreError> {
    let [system, officer, agency, unit] = actor_columns(by);
    let known: Option<i32> = tx
        .optional(
            "SELECT id FROM actor WHERE system = $1 AND officer = $2 AND agency = $3 AND unit = $4",
            params![system, officer, agency, unit],
        )
        .await?;
    if let Some(id) = known {
        return Ok(id);
    }
    tx.one(
        "INSERT INTO actor (id, system, officer, agency, unit)
         SELECT coalesce(max(id), 0) + 1, $1, $2, $3, $4 FROM actor RETURNING id",
        params![system, officer, agency, unit],
    )
    .await
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
    let actor = actor(tx, by).await?;
    tx.load("act", ACT, [act_values(&act, actor)]).await?;
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
        save_person(tx, "", id, seq).await?;
    }
    for id in touched.households {
        save_household(tx, "", id).await?;
    }
    Ok(act)
}

/// Writes the state of a person that the acts from `since` on have changed, into the tables whose names end so. A record
/// that no act in force creates is removed: its acts remain.
pub(super) async fn save_person(
    tx: &mut Tx,
    tables: &str,
    id: PersonId,
    since: ActSeq,
) -> Result<(), StoreError> {
    let acts: Vec<ActRow> = tx.all(PERSON_ACTS, params![id]).await?;
    let person = row::person(id, &acts);
    let earlier: Vec<&Act> = acts.iter().map(|row| &row.0).filter(|a| a.seq < since).collect();
    let earlier = fold::person(id, &earlier, None);
    // What a record claimed before follows from its acts, so that nothing need find claims by person.
    let before = if earlier.registered { claims(&earlier) } else { Vec::new() };
    let after = if person.registered { claims(&person) } else { Vec::new() };
    let delete = format!("DELETE FROM number_claim{tables} WHERE number = $1 AND kind = $2 AND person = $3");
    for (number, kind) in before.iter().filter(|claim| !after.contains(claim)) {
        tx.execute(&delete, params![number, kind, id]).await?;
    }
    tx.execute(&format!("DELETE FROM person{tables} WHERE id = $1"), params![id]).await?;
    if person.registered {
        tx.load(&format!("person{tables}"), PERSON, [person_values(&person)]).await?;
    }
    let new = after.into_iter().filter(|claim| !before.contains(claim)).map(|c| claim_values(id, c));
    tx.load(&format!("number_claim{tables}"), CLAIM, new.collect::<Vec<_>>()).await?;
    Ok(())
}

/// Writes the state of a household into the table whose name ends so.
pub(super) async fn save_household(tx: &mut Tx, tables: &str, id: HouseholdId) -> Result<(), StoreError> {
    let acts: Vec<ActRow> = tx.all(HOUSEHOLD_ACTS, params![id]).await?;
    tx.execute(&format!("DELETE FROM household{tables} WHERE id = $1"), params![id]).await?;
    tx.load(&format!("household{tables}"), HOUSEHOLD, [household_values(&row::household(id, &acts))]).await?;
    Ok(())
}
