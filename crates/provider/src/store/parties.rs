//! Applications that citizens sign in to.

use crate::{model::Party, store::unreadable};
use ::store::{Store, StoreError, Tx, params};
use vocabulary::Moment;

fn party(record: &str) -> Result<Party, StoreError> {
    serde_json::from_str(record).map_err(|_| unreadable("relying party"))
}

/// A party that is not suspended.
pub(crate) async fn find(store: &Store, id: &str) -> Result<Option<Party>, StoreError> {
    let record: Option<String> = store
        .optional("SELECT record FROM relying_party WHERE id = $1 AND suspended_at IS NULL", params![id])
        .await?;
    record.as_deref().map(party).transpose()
}

/// Every party, and since when it is suspended.
pub(crate) async fn list(store: &Store) -> Result<Vec<(Party, Option<Moment>)>, StoreError> {
    let rows: Vec<(String, Option<Moment>)> =
        store.all("SELECT record, suspended_at FROM relying_party ORDER BY id LIMIT 1000", params![]).await?;
    rows.into_iter().map(|(record, suspended)| Ok((party(&record)?, suspended))).collect()
}

/// Registers a party, or replaces its registration.
pub(crate) async fn put(tx: &mut Tx, party: &Party, now: Moment) -> Result<(), StoreError> {
    let record = serde_json::to_string(party).map_err(|_| unreadable("relying party"))?;
    tx.execute(
        "INSERT INTO relying_party (id, record, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET record = excluded.record, changed_at = excluded.changed_at",
        params![party.id.as_str(), record, now],
    )
    .await?;
    Ok(())
}

/// Suspends a party, or lifts its suspension; whether there is one.
pub(crate) async fn suspend(tx: &mut Tx, id: &str, since: Option<Moment>) -> Result<bool, StoreError> {
    let rows =
        tx.execute("UPDATE relying_party SET suspended_at = $2 WHERE id = $1", params![id, since]).await?;
    Ok(rows == 1)
}

/// A party, suspended or not, within a transaction.
pub(crate) async fn any_in(tx: &mut Tx, id: &str) -> Result<Option<(Party, Option<Moment>)>, StoreError> {
    let row: Option<(String, Option<Moment>)> =
        tx.optional("SELECT record, suspended_at FROM relying_party WHERE id = $1", params![id]).await?;
    row.map(|(record, suspended)| Ok((party(&record)?, suspended))).transpose()
}
