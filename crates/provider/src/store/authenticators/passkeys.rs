//! Passkeys.

use ::store::{Store, StoreError, Tx, params, record};
use vocabulary::Moment;

record! {
    /// A passkey.
    pub(crate) struct Passkey {
        pub id: i64,
        pub citizen: i64,
        pub name: String,
        pub record: String,
        pub created_at: Moment,
        pub used_at: Option<Moment>,
    }
}

/// The passkeys of an account, the oldest first.
pub(crate) async fn of(store: &Store, citizen: i64) -> Result<Vec<Passkey>, StoreError> {
    let sql = format!(
        "SELECT {} FROM citizen_passkey WHERE citizen = $1 ORDER BY created_at, id LIMIT 100",
        Passkey::COLUMNS
    );
    store.all(&sql, params![citizen]).await
}

/// The passkey of a credential.
pub(crate) async fn find(store: &Store, credential: &[u8]) -> Result<Option<Passkey>, StoreError> {
    let sql = format!("SELECT {} FROM citizen_passkey WHERE credential = $1", Passkey::COLUMNS);
    store.optional(&sql, params![credential]).await
}

/// Adds a passkey; whether nobody had this credential.
pub(crate) async fn insert(tx: &mut Tx, credential: &[u8], p: &Passkey) -> Result<bool, StoreError> {
    let rows = tx
        .execute(
            "INSERT INTO citizen_passkey (id, citizen, credential, name, record, created_at, used_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            params![p.id, p.citizen, credential, p.name.as_str(), p.record.as_str(), p.created_at, p.used_at],
        )
        .await?;
    Ok(rows == 1)
}

/// Notes a use; whether nobody else used it since its record was read.
pub(crate) async fn used(
    tx: &mut Tx,
    id: i64,
    before: &str,
    after: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let rows = tx
        .execute(
            "UPDATE citizen_passkey SET record = $3, used_at = $4 WHERE id = $1 AND record = $2",
            params![id, before, after, now],
        )
        .await?;
    Ok(rows == 1)
}

/// Names one of the account's passkeys anew.
pub(crate) async fn rename(tx: &mut Tx, citizen: i64, id: i64, name: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE citizen_passkey SET name = $3 WHERE citizen = $1 AND id = $2";
    Ok(tx.execute(sql, params![citizen, id, name]).await? == 1)
}

/// Removes one of the account's passkeys.
pub(crate) async fn remove(tx: &mut Tx, citizen: i64, id: i64) -> Result<bool, StoreError> {
    let sql = "DELETE FROM citizen_passkey WHERE citizen = $1 AND id = $2";
    Ok(tx.execute(sql, params![citizen, id]).await? == 1)
}
