//! Applications that wait for a citizen's answer given elsewhere.

use crate::{rules::authorization::Asked, store::unreadable};
use ::store::{Store, StoreError, Tx, params, record};
use identity::Digest;
use vocabulary::Moment;

record! {
    /// An application that waits.
    pub(crate) struct Waiting {
        digest: Vec<u8>,
        pub id: i64,
        pub kind: String,
        pub client: String,
        params: String,
        pub message: String,
        pub denied_at: Option<Moment>,
        pub polled_at: Option<Moment>,
        pub pace: i64,
        pub ends_at: Moment,
    }
}

impl Waiting {
    /// What it asks for.
    pub fn asked(&self) -> Result<Asked, StoreError> {
        serde_json::from_str(&self.params).map_err(|_| unreadable("request"))
    }

    /// The digest of its secret.
    pub fn digest(&self) -> Result<Digest, StoreError> {
        let bytes = self.digest.as_slice().try_into().map_err(|_| unreadable("digest"))?;
        Ok(Digest(bytes))
    }
}

/// What a new one is made of.
pub(crate) struct NewWaiting<'a> {
    pub digest: Digest,
    pub id: i64,
    pub kind: &'static str,
    pub client: &'a str,
    pub user_code: &'a str,
    pub citizen: Option<i64>,
    pub asked: &'a Asked,
    pub message: &'a str,
    pub pace: i64,
    pub now: Moment,
    pub ends_at: Moment,
}

/// Adds one.
pub(crate) async fn insert(tx: &mut Tx, w: &NewWaiting<'_>) -> Result<(), StoreError> {
    let text = serde_json::to_string(w.asked).map_err(|_| unreadable("request"))?;
    tx.execute(
        "INSERT INTO oidc_waiting (digest, id, kind, client, user_code, citizen, params, message, pace, created_at, \
         ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            w.digest.0.as_slice(),
            w.id,
            w.kind,
            w.client,
            w.user_code,
            w.citizen,
            text,
            w.message,
            w.pace,
            w.now,
            w.ends_at
        ],
    )
    .await?;
    Ok(())
}

/// The one of a secret. Needs [`lock`](super::lock) where it is to be changed.
pub(crate) async fn find(tx: &mut Tx, digest: Digest) -> Result<Option<Waiting>, StoreError> {
    let sql = format!("SELECT {} FROM oidc_waiting WHERE digest = $1", Waiting::COLUMNS);
    tx.optional(&sql, params![digest.0.as_slice()]).await
}

/// Notes that the application asked.
pub(crate) async fn polled(tx: &mut Tx, id: i64, now: Moment, pace: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE oidc_waiting SET polled_at = $2, pace = $3 WHERE id = $1", params![id, now, pace])
        .await?;
    Ok(())
}

/// Gives the device that shows a code to a citizen; who comes second gets nothing.
pub(crate) async fn claim(
    tx: &mut Tx,
    user_code: &str,
    citizen: i64,
    now: Moment,
) -> Result<Option<i64>, StoreError> {
    tx.optional(
        "UPDATE oidc_waiting SET citizen = $2 WHERE user_code = $1 AND ends_at > $3 AND denied_at IS NULL \
         AND (citizen IS NULL OR citizen = $2) RETURNING id",
        params![user_code, citizen, now],
    )
    .await
}

/// Those that wait for a citizen.
pub(crate) async fn of_citizen(store: &Store, citizen: i64, now: Moment) -> Result<Vec<Waiting>, StoreError> {
    let sql = format!(
        "SELECT {} FROM oidc_waiting WHERE citizen = $1 AND ends_at > $2 AND denied_at IS NULL \
         ORDER BY created_at DESC, id LIMIT 20",
        Waiting::COLUMNS
    );
    store.all(&sql, params![citizen, now]).await
}

/// Takes one that was granted away; `false` where it had been answered.
pub(crate) async fn take(tx: &mut Tx, id: i64, citizen: i64, now: Moment) -> Result<bool, StoreError> {
    let rows = tx
        .execute(
            "DELETE FROM oidc_waiting WHERE id = $1 AND citizen = $2 AND ends_at > $3 AND denied_at IS NULL",
            params![id, citizen, now],
        )
        .await?;
    Ok(rows == 1)
}

/// Notes that the citizen refused.
pub(crate) async fn deny(tx: &mut Tx, id: i64, citizen: i64, now: Moment) -> Result<bool, StoreError> {
    let rows = tx
        .execute(
            "UPDATE oidc_waiting SET denied_at = $3 \
             WHERE id = $1 AND citizen = $2 AND ends_at > $3 AND denied_at IS NULL",
            params![id, citizen, now],
        )
        .await?;
    Ok(rows == 1)
}

/// Forgets one.
pub(crate) async fn remove(tx: &mut Tx, id: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM oidc_waiting WHERE id = $1", params![id]).await?;
    Ok(())
}
