//! Authorisation requests, and what must not be used twice.

use crate::{rules::authorization::Asked, store::unreadable};
use ::store::{Store, StoreError, Tx, params};
use identity::Digest;
use vocabulary::Moment;

/// Pushed by the client, and not yet used.
pub(crate) const PUSHED: &str = "pushed";
/// Before the citizen.
pub(crate) const ASKING: &str = "asking";

/// A kept request.
pub(crate) struct Kept {
    pub client: String,
    pub asked: Asked,
    pub since: Moment,
}

fn kept((client, params, since): (String, String, Moment)) -> Result<Kept, StoreError> {
    let asked = serde_json::from_str(&params).map_err(|_| unreadable("request"))?;
    Ok(Kept { client, asked, since })
}

/// Keeps a request.
pub(crate) async fn put(
    tx: &mut Tx,
    digest: Digest,
    stage: &str,
    client: &str,
    asked: &Asked,
    now: Moment,
    ends_at: Moment,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(asked).map_err(|_| unreadable("request"))?;
    tx.execute(
        "INSERT INTO oidc_request (digest, client, stage, params, created_at, ends_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        params![digest.0.as_slice(), client, stage, text, now, ends_at],
    )
    .await?;
    Ok(())
}

/// A request that a citizen is asked about.
pub(crate) async fn asking(store: &Store, digest: Digest, now: Moment) -> Result<Option<Kept>, StoreError> {
    let row = store
        .optional(
            "SELECT client, params, created_at FROM oidc_request \
             WHERE digest = $1 AND stage = 'asking' AND ends_at > $2",
            params![digest.0.as_slice(), now],
        )
        .await?;
    row.map(kept).transpose()
}

/// Takes a request away: who comes second gets nothing.
pub(crate) async fn take(
    tx: &mut Tx,
    digest: Digest,
    stage: &str,
    now: Moment,
) -> Result<Option<Kept>, StoreError> {
    let row = tx
        .optional(
            "DELETE FROM oidc_request WHERE digest = $1 AND stage = $2 AND ends_at > $3 \
             RETURNING client, params, created_at",
            params![digest.0.as_slice(), stage, now],
        )
        .await?;
    row.map(kept).transpose()
}

/// Remembers that something was used; whether this was the first time.
pub(crate) async fn first_use(tx: &mut Tx, digest: [u8; 32], ends_at: Moment) -> Result<bool, StoreError> {
    let rows = tx
        .execute(
            "INSERT INTO oidc_replay (digest, ends_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            params![digest.as_slice(), ends_at],
        )
        .await?;
    Ok(rows == 1)
}
