//! Second factors: the app that shows codes, and codes on paper.

use ::store::{Store, StoreError, Tx, params, record};
use vocabulary::Moment;

record! {
    /// An app that shows codes.
    pub(crate) struct Totp {
        pub salt: Vec<u8>,
        pub created_at: Moment,
        pub confirmed_at: Option<Moment>,
    }
}

/// The app of an account, confirmed or not.
pub(crate) async fn totp(store: &Store, citizen: i64) -> Result<Option<Totp>, StoreError> {
    let sql = format!("SELECT {} FROM citizen_totp WHERE citizen = $1", Totp::COLUMNS);
    store.optional(&sql, params![citizen]).await
}

/// Begins with a new app, in place of one that was not confirmed; whether none was.
pub(crate) async fn begin_totp(
    tx: &mut Tx,
    citizen: i64,
    salt: &[u8],
    now: Moment,
) -> Result<bool, StoreError> {
    let rows = tx
        .execute(
            "INSERT INTO citizen_totp (citizen, salt, created_at, confirmed_at, last_step) VALUES ($1, $2, $3, NULL, 0) \
             ON CONFLICT (citizen) DO UPDATE SET salt = excluded.salt, created_at = excluded.created_at \
             WHERE citizen_totp.confirmed_at IS NULL",
            params![citizen, salt, now],
        )
        .await?;
    Ok(rows == 1)
}

/// Confirms the app with the step of its first code; whether it waited for that.
pub(crate) async fn confirm_totp(
    tx: &mut Tx,
    citizen: i64,
    salt: &[u8],
    step: i64,
    now: Moment,
) -> Result<bool, StoreError> {
    let rows = tx
        .execute(
            "UPDATE citizen_totp SET confirmed_at = $4, last_step = $3 \
             WHERE citizen = $1 AND salt = $2 AND confirmed_at IS NULL",
            params![citizen, salt, step, now],
        )
        .await?;
    Ok(rows == 1)
}

/// Accepts the code of a step; whether neither it nor a later one was accepted before.
pub(crate) async fn step(tx: &mut Tx, citizen: i64, step: i64) -> Result<bool, StoreError> {
    let rows = tx
        .execute(
            "UPDATE citizen_totp SET last_step = $2 \
             WHERE citizen = $1 AND confirmed_at IS NOT NULL AND last_step < $2",
            params![citizen, step],
        )
        .await?;
    Ok(rows == 1)
}

/// Removes the app.
pub(crate) async fn remove_totp(tx: &mut Tx, citizen: i64) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM citizen_totp WHERE citizen = $1", params![citizen]).await? == 1)
}

/// Replaces the printed codes of an account.
pub(crate) async fn replace_codes(
    tx: &mut Tx,
    citizen: i64,
    codes: &[Vec<u8>],
    now: Moment,
) -> Result<(), StoreError> {
    let old = "DELETE FROM citizen_recovery_code WHERE citizen = $1 AND source = 'paper'";
    tx.execute(old, params![citizen]).await?;
    for code in codes {
        add_code(tx, citizen, code, "paper", None, now).await?;
    }
    Ok(())
}

/// Ends the codes of a source: the one given out last is the one that counts.
pub(crate) async fn end_codes(tx: &mut Tx, citizen: i64, source: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM citizen_recovery_code WHERE citizen = $1 AND source = $2";
    tx.execute(sql, params![citizen, source]).await?;
    Ok(())
}

/// Adds a code of a source, `paper` or `officer`, that may end.
pub(crate) async fn add_code(
    tx: &mut Tx,
    citizen: i64,
    code: &[u8],
    source: &str,
    ends_at: Option<Moment>,
    now: Moment,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO citizen_recovery_code (citizen, code, source, created_at, ends_at, used_at) \
         VALUES ($1, $2, $3, $4, $5, NULL)",
        params![citizen, code, source, now, ends_at],
    )
    .await?;
    Ok(())
}

/// Uses a code; its source, where it was there and not used.
pub(crate) async fn use_code(
    tx: &mut Tx,
    citizen: i64,
    code: &[u8],
    now: Moment,
) -> Result<Option<String>, StoreError> {
    tx.optional(
        "UPDATE citizen_recovery_code SET used_at = $3 WHERE citizen = $1 AND code = $2 AND used_at IS NULL \
         AND (ends_at IS NULL OR ends_at > $3) RETURNING source",
        params![citizen, code, now],
    )
    .await
}

/// Printed codes that are left, and how many there were.
pub(crate) async fn codes_left(store: &Store, citizen: i64) -> Result<(i64, i64), StoreError> {
    store
        .one(
            "SELECT count(*) FILTER (WHERE used_at IS NULL), count(*) FROM citizen_recovery_code \
             WHERE citizen = $1 AND source = 'paper'",
            params![citizen],
        )
        .await
}

/// Whether a code is there and not used.
pub(crate) async fn has_code(
    store: &Store,
    citizen: i64,
    code: &[u8],
    now: Moment,
) -> Result<bool, StoreError> {
    let row: Option<String> = store
        .optional(
            "SELECT source FROM citizen_recovery_code WHERE citizen = $1 AND code = $2 AND used_at IS NULL \
             AND (ends_at IS NULL OR ends_at > $3)",
            params![citizen, code, now],
        )
        .await?;
    Ok(row.is_some())
}
