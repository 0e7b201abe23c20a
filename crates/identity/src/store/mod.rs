//! All SQL of this domain, and nothing but SQL and the mapping of rows. One text serves both engines.

pub(crate) mod accounts;
pub(crate) mod sessions;
pub(crate) mod tallies;
pub(crate) mod tokens;

use ::store::{Store, StoreError, Tx, params};
use vocabulary::Moment;

/// Signals read at once; more mean that a process slept, and it forgets everything instead.
pub(crate) const SIGNALS: i64 = 1000;

/// Serialises what numbers its rows by counting on, until the transaction ends. Two transactions could otherwise take
/// the same number, or commit in another order than that of their numbers, and a reader would miss one.
pub(crate) async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    tx.lock("identity").await
}

/// Tells every process to forget what it holds of an account. Needs [`lock`].
pub(crate) async fn signal(tx: &mut Tx, account: &str, now: Moment) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO identity_signal (seq, account, at) \
         VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM identity_signal), $1, $2)",
        params![account, now],
    )
    .await?;
    Ok(())
}

/// The number of the last signal; 0 when there was none.
pub(crate) async fn last_signal(store: &Store) -> Result<i64, StoreError> {
    store.one("SELECT coalesce(max(seq), 0) FROM identity_signal", params![]).await
}

/// The signals after one, in order, at most [`SIGNALS`].
pub(crate) async fn signals_after(store: &Store, seq: i64) -> Result<Vec<(i64, String)>, StoreError> {
    store
        .few(
            "SELECT seq, account FROM identity_signal WHERE seq > $1 ORDER BY seq LIMIT $2",
            params![seq, SIGNALS],
        )
        .await
}

/// Forgets what has no further use: sessions ended a day ago, lapsed devices, tallies long forgotten, and signals
/// older than an hour but for the last, from which the numbers count on.
pub(crate) async fn prune(tx: &mut Tx, now: Moment) -> Result<(), StoreError> {
    let day_ago = now.plus_seconds(-86_400);
    tx.execute("DELETE FROM staff_session WHERE ends_at < $1", params![day_ago]).await?;
    tx.execute("DELETE FROM known_device WHERE ends_at < $1", params![now]).await?;
    tx.execute("DELETE FROM sign_in_tally WHERE last_at < $1", params![day_ago]).await?;
    tx.execute(
        "DELETE FROM identity_signal WHERE at < $1 AND seq < (SELECT max(seq) FROM identity_signal)",
        params![now.plus_seconds(-3600)],
    )
    .await?;
    Ok(())
}

/// A row that this program cannot have written.
pub(crate) fn unreadable(what: &str) -> StoreError {
    StoreError::Other(format!("a stored {what} cannot be read"))
}
