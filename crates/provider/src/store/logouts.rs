//! Applications to be told when a session ends.

use ::store::{Store, StoreError, Tx, params, record};
use vocabulary::Moment;

record! {
    /// An application to be told.
    pub(crate) struct Notice {
        pub id: i64,
        pub session: i64,
        pub client: String,
        pub citizen: i64,
        pub tries: i64,
    }
}

/// Remembers to tell an application when a session ends.
pub(crate) async fn watch(
    tx: &mut Tx,
    id: i64,
    session: i64,
    client: &str,
    citizen: i64,
    now: Moment,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO oidc_logout (id, session, live, client, citizen, due_at, tries) VALUES ($1, $2, \
         (SELECT number FROM citizen_session WHERE number = $2), $3, $4, $5, 0) ON CONFLICT DO NOTHING",
        params![id, session, client, citizen, now],
    )
    .await?;
    Ok(())
}

/// Whether anybody is to be told.
pub(crate) async fn any_due(store: &Store, now: Moment) -> Result<bool, StoreError> {
    let due: Option<i64> = store
        .optional("SELECT id FROM oidc_logout WHERE live IS NULL AND due_at <= $1 LIMIT 1", params![now])
        .await?;
    Ok(due.is_some())
}

/// Takes some that are due, and leaves them alone until a moment. Needs [`lock`](super::lock).
pub(crate) async fn take(tx: &mut Tx, now: Moment, until: Moment) -> Result<Vec<Notice>, StoreError> {
    let sql = format!(
        "UPDATE oidc_logout SET due_at = $2, tries = tries + 1 WHERE id IN \
         (SELECT id FROM oidc_logout WHERE live IS NULL AND due_at <= $1 ORDER BY due_at, id LIMIT 50) RETURNING {}",
        Notice::COLUMNS
    );
    tx.all(&sql, params![now, until]).await
}

/// Tries again later.
pub(crate) async fn put_off(tx: &mut Tx, id: i64, until: Moment) -> Result<(), StoreError> {
    tx.execute("UPDATE oidc_logout SET due_at = $2 WHERE id = $1", params![id, until]).await?;
    Ok(())
}

/// Needs to be told no more.
pub(crate) async fn done(tx: &mut Tx, id: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM oidc_logout WHERE id = $1", params![id]).await?;
    Ok(())
}
