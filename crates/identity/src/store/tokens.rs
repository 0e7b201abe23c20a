//! Bearer tokens of calling systems.

use crate::{model::Token, secret::Digest};
use ::store::{Store, StoreError, Tx, params, record};
use vocabulary::Moment;

record! {
    /// A token as it is resolved.
    pub(crate) struct Row {
        pub id: i64,
        pub account: String,
        pub ends_at: Moment,
        pub revoked_at: Option<Moment>,
        pub used_at: Option<Moment>,
    }
}

/// The token of a digest.
pub(crate) async fn find(store: &Store, digest: Digest) -> Result<Option<Row>, StoreError> {
    let sql = format!("SELECT {} FROM client_token WHERE digest = $1", Row::COLUMNS);
    store.optional(&sql, params![digest.0.as_slice()]).await
}

/// Adds a new token; its number. Needs [`lock`](super::lock).
pub(crate) async fn insert(
    tx: &mut Tx,
    account: &str,
    digest: Digest,
    label: &str,
    created_at: Moment,
    ends_at: Moment,
) -> Result<i64, StoreError> {
    tx.one(
        "INSERT INTO client_token (id, account, digest, label, created_at, ends_at) \
         VALUES ((SELECT coalesce(max(id), 0) + 1 FROM client_token), $1, $2, $3, $4, $5) RETURNING id",
        params![account, digest.0.as_slice(), label, created_at, ends_at],
    )
    .await
}

record! {
    struct TokenRow {
        id: i64,
        label: String,
        created_at: Moment,
        ends_at: Moment,
        revoked_at: Option<Moment>,
        used_at: Option<Moment>,
    }
}

/// The tokens of a system, the newest first.
pub(crate) async fn list(store: &Store, account: &str) -> Result<Vec<Token>, StoreError> {
    let columns = TokenRow::COLUMNS;
    let sql = format!("SELECT {columns} FROM client_token WHERE account = $1 ORDER BY id DESC LIMIT 200");
    let rows: Vec<TokenRow> = store.all(&sql, params![account]).await?;
    let token = |TokenRow { id, label, created_at, ends_at, revoked_at, used_at }| Token {
        id,
        label,
        created_at,
        ends_at,
        revoked_at,
        used_at,
    };
    Ok(rows.into_iter().map(token).collect())
}

/// How many tokens of a system are neither revoked nor expired.
pub(crate) async fn count_valid(tx: &mut Tx, account: &str, now: Moment) -> Result<i64, StoreError> {
    tx.one(
        "SELECT count(*) FROM client_token WHERE account = $1 AND ends_at > $2 AND revoked_at IS NULL",
        params![account, now],
    )
    .await
}

/// Revokes a token of a system; whether there was one to revoke.
pub(crate) async fn revoke(tx: &mut Tx, account: &str, id: i64, now: Moment) -> Result<bool, StoreError> {
    let revoked = tx
        .execute(
            "UPDATE client_token SET revoked_at = $1 WHERE account = $2 AND id = $3 AND revoked_at IS NULL",
            params![now, account, id],
        )
        .await?;
    Ok(revoked == 1)
}

/// Notes the first use of a day.
pub(crate) async fn used(store: &Store, id: i64, now: Moment) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.execute("UPDATE client_token SET used_at = $1 WHERE id = $2", params![now, id]).await?;
    tx.commit().await
}
