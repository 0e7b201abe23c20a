//! Signed-in browsers, and browsers known from before.

use super::{accounts::json, unreadable};
use crate::{model::Session, secret::Digest};
use ::store::{Store, StoreError, Tx, params, record};
use vocabulary::{Basis, Moment};

record! {
    /// A session as it is resolved.
    pub(crate) struct Row {
        pub account: String,
        pub number: i64,
        pub seen_at: Moment,
        pub ends_at: Moment,
        basis: String,
        pub revision: i64,
    }
}

impl Row {
    /// What the officer works on; empty until stated.
    pub fn basis(&self) -> Result<Option<Basis>, StoreError> {
        match self.basis.as_str() {
            "" => Ok(None),
            text => serde_json::from_str(text).map(Some).map_err(|_| unreadable("basis")),
        }
    }
}

/// The session of a digest.
pub(crate) async fn find(store: &Store, digest: Digest) -> Result<Option<Row>, StoreError> {
    let sql = format!("SELECT {} FROM staff_session WHERE digest = $1", Row::COLUMNS);
    store.optional(&sql, params![digest.0.as_slice()]).await
}

/// Adds a new session.
pub(crate) async fn insert(
    tx: &mut Tx,
    digest: Digest,
    account: &str,
    session: &Session,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO staff_session \
         (digest, number, account, created_at, seen_at, ends_at, address, browser, basis, revision) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 0)",
        params![
            digest.0.as_slice(),
            session.number,
            account,
            session.created_at,
            session.seen_at,
            session.ends_at,
            session.address,
            session.browser,
        ],
    )
    .await?;
    Ok(())
}

/// Notes that a session is in use.
pub(crate) async fn touch(store: &Store, digest: Digest, now: Moment) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.execute(
        "UPDATE staff_session SET seen_at = $1 WHERE digest = $2 AND seen_at < $1",
        params![now, digest.0.as_slice()],
    )
    .await?;
    tx.commit().await
}

/// Sets what the session works on; the new revision, or `None` where the session has ended.
pub(crate) async fn set_basis(
    tx: &mut Tx,
    digest: Digest,
    basis: Option<&Basis>,
) -> Result<Option<i64>, StoreError> {
    let text = basis.map(json).transpose()?.unwrap_or_default();
    tx.optional(
        "UPDATE staff_session SET basis = $1, revision = revision + 1 WHERE digest = $2 RETURNING revision",
        params![text, digest.0.as_slice()],
    )
    .await
}

/// The sessions of an account that have not ended, the latest seen first.
pub(crate) async fn list(
    store: &Store,
    account: &str,
    now: Moment,
    idle_since: Moment,
) -> Result<Vec<Session>, StoreError> {
    let rows: Vec<(i64, Moment, Moment, Moment, String, String)> = store
        .all(
            "SELECT number, created_at, seen_at, ends_at, address, browser FROM staff_session \
             WHERE account = $1 AND ends_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, number LIMIT 100",
            params![account, now, idle_since],
        )
        .await?;
    let session = |(number, created_at, seen_at, ends_at, address, browser)| Session {
        number,
        created_at,
        seen_at,
        ends_at,
        address,
        browser,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Ends the session of a digest; the account it belonged to.
pub(crate) async fn end(tx: &mut Tx, digest: Digest) -> Result<Option<String>, StoreError> {
    tx.optional("DELETE FROM staff_session WHERE digest = $1 RETURNING account", params![digest.0.as_slice()])
        .await
}

/// Ends one session of an account; whether there was one.
pub(crate) async fn end_number(tx: &mut Tx, account: &str, number: i64) -> Result<bool, StoreError> {
    let ended = tx
        .execute("DELETE FROM staff_session WHERE account = $1 AND number = $2", params![account, number])
        .await?;
    Ok(ended == 1)
}

/// Ends every session of an account.
pub(crate) async fn end_all(tx: &mut Tx, account: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM staff_session WHERE account = $1", params![account]).await?;
    Ok(())
}

/// Whether the browser has signed in to the account before.
pub(crate) async fn is_known_device(
    tx: &mut Tx,
    digest: Digest,
    account: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let ends_at: Option<Moment> = tx
        .optional(
            "SELECT ends_at FROM known_device WHERE digest = $1 AND account = $2",
            params![digest.0.as_slice(), account],
        )
        .await?;
    Ok(ends_at.is_some_and(|end| end > now))
}

/// Knows a browser from now on.
pub(crate) async fn know_device(
    tx: &mut Tx,
    digest: Digest,
    account: &str,
    ends_at: Moment,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO known_device (digest, account, ends_at) VALUES ($1, $2, $3)",
        params![digest.0.as_slice(), account, ends_at],
    )
    .await?;
    Ok(())
}

/// Knows one browser of an account no longer.
pub(crate) async fn forget_device(tx: &mut Tx, digest: Digest, account: &str) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM known_device WHERE digest = $1 AND account = $2",
        params![digest.0.as_slice(), account],
    )
    .await?;
    Ok(())
}

/// Knows no browser of an account any more.
pub(crate) async fn forget_devices(tx: &mut Tx, account: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM known_device WHERE account = $1", params![account]).await?;
    Ok(())
}
