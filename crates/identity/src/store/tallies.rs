//! Counts of failed sign-ins.

use crate::lockout::Tally;
use ::store::{StoreError, Tx, params};
use vocabulary::Moment;

/// The tally under a key. The caller holds a lock, so that two attempts cannot share one count.
pub(crate) async fn find(tx: &mut Tx, key: &str) -> Result<Option<Tally>, StoreError> {
    let row: Option<(i64, Moment)> =
        tx.optional("SELECT failures, last_at FROM sign_in_tally WHERE key = $1", params![key]).await?;
    Ok(row.map(|(failures, last)| Tally { failures: u32::try_from(failures).unwrap_or(u32::MAX), last }))
}

/// Writes a tally.
pub(crate) async fn put(tx: &mut Tx, key: &str, tally: Tally) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO sign_in_tally (key, failures, last_at) VALUES ($1, $2, $3) \
         ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at",
        params![key, i64::from(tally.failures), tally.last],
    )
    .await?;
    Ok(())
}

/// Forgets the failures under a key.
pub(crate) async fn clear(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sign_in_tally WHERE key = $1", params![key]).await?;
    Ok(())
}
