//! How accounts stand, what happened to them, and how far the registry has been followed.

use crate::{rules::standing::Standing, store::unreadable};
use ::store::{Store, StoreError, Tx, params, record};
use vocabulary::{ActSeq, Moment, PersonId, PersonalNumber};

/// Something that happened to an account.
pub(crate) struct Event<'a> {
    pub citizen: i64,
    pub at: Moment,
    pub what: &'a str,
    /// Empty where the owner or the registry did it.
    pub officer: &'a str,
    pub agency: &'a str,
    pub reason: &'a str,
    pub legal_basis: &'a str,
}

impl Event<'_> {
    /// Something that no officer did.
    pub fn of<'a>(citizen: i64, what: &'a str, legal_basis: &'a str, at: Moment) -> Event<'a> {
        Event { citizen, at, what, officer: "", agency: "", reason: "", legal_basis }
    }
}

/// Notes what happened.
pub(crate) async fn note(tx: &mut Tx, id: i64, e: &Event<'_>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO citizen_event (id, citizen, at, what, officer, agency, reason, legal_basis) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![id, e.citizen, e.at, e.what, e.officer, e.agency, e.reason, e.legal_basis],
    )
    .await?;
    Ok(())
}

record! {
    /// Something that happened, as pages show it.
    pub(crate) struct Happened {
        pub at: Moment,
        pub what: String,
        pub officer: String,
        pub agency: String,
        pub reason: String,
        pub legal_basis: String,
    }
}

/// What happened to an account, the latest first, at most 50.
pub(crate) async fn events(store: &Store, citizen: i64) -> Result<Vec<Happened>, StoreError> {
    let sql = format!(
        "SELECT {} FROM citizen_event WHERE citizen = $1 ORDER BY at DESC, id LIMIT 50",
        Happened::COLUMNS
    );
    store.all(&sql, params![citizen]).await
}

/// How an account stands, within a transaction.
pub(crate) async fn standing(tx: &mut Tx, citizen: i64) -> Result<Option<Standing>, StoreError> {
    let code: Option<String> =
        tx.optional("SELECT standing FROM citizen WHERE id = $1", params![citizen]).await?;
    code.map(|code| Standing::of(&code).ok_or_else(|| unreadable("standing"))).transpose()
}

/// Sets how an account stands. Whatever it leads to but use ends sessions, grants and tokens; closing it the consents
/// and delegations too. Needs [`lock`](super::lock).
pub(crate) async fn stand(
    tx: &mut Tx,
    citizen: i64,
    standing: Standing,
    now: Moment,
) -> Result<(), StoreError> {
    tx.execute("UPDATE citizen SET standing = $2 WHERE id = $1", params![citizen, standing.code()]).await?;
    if standing == Standing::Active {
        return Ok(());
    }
    tx.execute("DELETE FROM citizen_session WHERE citizen = $1", params![citizen]).await?;
    tx.execute(
        "UPDATE oidc_grant SET revoked_at = $2 WHERE (citizen = $1 OR delegate = $1) AND revoked_at IS NULL",
        params![citizen, now],
    )
    .await?;
    super::organisations::citizen_stands(tx, citizen, standing, now).await?;
    if standing == Standing::Closed {
        tx.execute("DELETE FROM oidc_consent WHERE citizen = $1", params![citizen]).await?;
        tx.execute(
            "UPDATE delegation SET revoked_at = $2 WHERE (citizen = $1 OR delegate = $1) AND revoked_at IS NULL",
            params![citizen, now],
        )
        .await?;
    }
    Ok(())
}

/// The number by which an account signs in; whether it was another.
pub(crate) async fn renumber(tx: &mut Tx, citizen: i64, number: PersonalNumber) -> Result<bool, StoreError> {
    let sql = "UPDATE citizen SET number = $2 WHERE id = $1 AND number <> $2";
    Ok(tx.execute(sql, params![citizen, number]).await? == 1)
}

/// Binds an account to another record of the same person; the children whom that person acts for follow.
pub(crate) async fn rebind(tx: &mut Tx, citizen: i64, person: PersonId) -> Result<(), StoreError> {
    let wards =
        "UPDATE citizen SET guardian = $2 WHERE guardian = (SELECT person FROM citizen WHERE id = $1)";
    tx.execute(wards, params![citizen, person]).await?;
    tx.execute("UPDATE citizen SET person = $2 WHERE id = $1", params![citizen, person]).await?;
    Ok(())
}

record! {
    /// What a merge of records did to an account.
    pub(crate) struct MergedAccount {
        pub citizen: i64,
        pub moved: bool,
        pub standing: String,
    }
}

/// Remembers what a merge of records does to an account, for its undoing.
pub(crate) async fn remember(
    tx: &mut Tx,
    citizen: i64,
    (person, kept): (PersonId, PersonId),
    moved: bool,
    standing: Standing,
    now: Moment,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO citizen_merged (citizen, person, kept, moved, standing, at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (citizen, person) DO UPDATE SET kept = excluded.kept, moved = excluded.moved, \
            standing = excluded.standing, at = excluded.at",
        params![citizen, person, kept, moved, standing.code(), now],
    )
    .await?;
    Ok(())
}

/// The accounts that a merge took from a record, or closed.
pub(crate) async fn merged_from(store: &Store, person: PersonId) -> Result<Vec<MergedAccount>, StoreError> {
    let sql =
        format!("SELECT {} FROM citizen_merged WHERE person = $1 ORDER BY citizen", MergedAccount::COLUMNS);
    store.all(&sql, params![person]).await
}

/// Takes back what a merge did to an account of a record: one that was moved belongs to it again, one that was closed
/// stands as before. Whether there was anything. Needs [`lock`](super::lock).
pub(crate) async fn separate(
    tx: &mut Tx,
    citizen: i64,
    person: PersonId,
    now: Moment,
) -> Result<bool, StoreError> {
    let before: Option<(bool, String)> = tx
        .optional(
            "SELECT moved, standing FROM citizen_merged WHERE citizen = $1 AND person = $2",
            params![citizen, person],
        )
        .await?;
    let Some((moved, code)) = before else { return Ok(false) };
    if moved {
        rebind(tx, citizen, person).await?;
    } else {
        let before = Standing::of(&code).ok_or_else(|| unreadable("standing"))?;
        stand(tx, citizen, before, now).await?;
    }
    tx.execute("DELETE FROM citizen_merged WHERE citizen = $1 AND person = $2", params![citizen, person])
        .await?;
    Ok(true)
}

/// The record of the parent or guardian who acts for a child's account.
pub(crate) async fn guardian(store: &Store, citizen: i64) -> Result<Option<PersonId>, StoreError> {
    let sql = "SELECT guardian FROM citizen WHERE id = $1 AND guardian IS NOT NULL";
    store.optional(sql, params![citizen]).await
}

/// Nobody acts for a child's account any more whom the registry does not name: what that person signed in to for the
/// child ends. Whether somebody did. Needs [`lock`](super::lock).
pub(crate) async fn unguard(
    tx: &mut Tx,
    citizen: i64,
    guardian: PersonId,
    now: Moment,
) -> Result<bool, StoreError> {
    let sql = "UPDATE citizen SET guardian = NULL, guardian_until = NULL WHERE id = $1 AND guardian = $2";
    if tx.execute(sql, params![citizen, guardian]).await? == 0 {
        return Ok(false);
    }
    tx.execute(
        "UPDATE oidc_grant SET revoked_at = $3 WHERE citizen = $1 AND revoked_at IS NULL \
         AND delegate IN (SELECT id FROM citizen WHERE person = $2)",
        params![citizen, guardian, now],
    )
    .await?;
    Ok(true)
}

/// The last act that was followed; `None` before the first time.
pub(crate) async fn followed(store: &Store) -> Result<Option<ActSeq>, StoreError> {
    store.optional("SELECT seq FROM citizen_follow WHERE id = 1", params![]).await
}

/// Notes that every act up to this one was followed.
pub(crate) async fn follow_to(tx: &mut Tx, seq: ActSeq) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO citizen_follow (id, seq) VALUES (1, $1) \
         ON CONFLICT (id) DO UPDATE SET seq = excluded.seq WHERE citizen_follow.seq < excluded.seq",
        params![seq],
    )
    .await?;
    Ok(())
}

/// Accounts that are not closed, after one of them, in order.
pub(crate) async fn some(store: &Store, after: i64) -> Result<Vec<(i64, PersonId)>, StoreError> {
    store
        .all(
            "SELECT id, person FROM citizen WHERE id > $1 AND standing <> 'closed' ORDER BY id LIMIT 500",
            params![after],
        )
        .await
}
