//! Applications to be told how a citizen answered.

use ::store::{Store, StoreError, Tx, params, record};
use identity::Digest;
use vocabulary::Moment;

record! {
    /// An application to be told.
    pub(crate) struct Notice {
        pub id: i64,
        pub client: String,
        digest: Vec<u8>,
        pub sealed: Vec<u8>,
        pub tries: i64,
    }
}

impl Notice {
    /// The digest of the secret by which the application knows the request.
    pub fn digest(&self) -> Result<Digest, StoreError> {
        let bytes = self.digest.as_slice().try_into().map_err(|_| super::unreadable("digest"))?;
        Ok(Digest(bytes))
    }
}

/// Remembers to tell an application when a request ends, or before, once it was answered.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: i64,
    client: &str,
    digest: Digest,
    sealed: &[u8],
    due_at: Moment,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO oidc_notice (id, client, digest, sealed, due_at, tries) VALUES ($1, $2, $3, $4, $5, 0)",
        params![id, client, digest.0.as_slice(), sealed, due_at],
    )
    .await?;
    Ok(())
}

/// Has the application told now, where it is to be told at all.
pub(crate) async fn answered(tx: &mut Tx, id: i64, now: Moment) -> Result<(), StoreError> {
    tx.execute("UPDATE oidc_notice SET due_at = $2 WHERE id = $1 AND due_at > $2", params![id, now]).await?;
    Ok(())
}

/// Whether anybody is to be told.
pub(crate) async fn any_due(store: &Store, now: Moment) -> Result<bool, StoreError> {
    let due: Option<i64> =
        store.optional("SELECT id FROM oidc_notice WHERE due_at <= $1 LIMIT 1", params![now]).await?;
    Ok(due.is_some())
}

/// Takes some that are due, and leaves them alone until a moment. Needs [`lock`](super::lock).
pub(crate) async fn take(tx: &mut Tx, now: Moment, until: Moment) -> Result<Vec<Notice>, StoreError> {
    let sql = format!(
        "UPDATE oidc_notice SET due_at = $2, tries = tries + 1 WHERE id IN \
         (SELECT id FROM oidc_notice WHERE due_at <= $1 ORDER BY due_at, id LIMIT 50) RETURNING {}",
        Notice::COLUMNS
    );
    tx.all(&sql, params![now, until]).await
}

/// Keeps what is sent, so that the same is sent again.
pub(crate) async fn keep(tx: &mut Tx, id: i64, sealed: &[u8]) -> Result<(), StoreError> {
    tx.execute("UPDATE oidc_notice SET sealed = $2 WHERE id = $1", params![id, sealed]).await?;
    Ok(())
}

/// Tries again later.
pub(crate) async fn put_off(tx: &mut Tx, id: i64, until: Moment) -> Result<(), StoreError> {
    tx.execute("UPDATE oidc_notice SET due_at = $2 WHERE id = $1", params![id, until]).await?;
    Ok(())
}

/// Needs to be told no more.
pub(crate) async fn done(tx: &mut Tx, id: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM oidc_notice WHERE id = $1", params![id]).await?;
    Ok(())
}
