//! Authorisation requests, and what must not be used twice.

use crate::{rules::authorization::Asked, store::unreadable};
use ::store::{Params, Store, StoreError, Tx, params, transact};
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

/// A request at a stage.
pub(crate) async fn find(
    store: &Store,
    digest: Digest,
    stage: &str,
    now: Moment,
) -> Result<Option<Kept>, StoreError> {
    let row = store
        .optional(
            "SELECT client, params, created_at FROM oidc_request \
             WHERE digest = $1 AND stage = $2 AND ends_at > $3",
            params![digest.0.as_slice(), stage, now],
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
            "INSERT INTO oidc_used (digest, ends_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            params![digest.as_slice(), ends_at],
        )
        .await?;
    Ok(rows == 1)
}

/// Rows that a sweep takes away at most of each kind, so that nobody waits for it.
const SWEPT: i64 = 400;

/// Forgets what has ended: of what was used once in one of 256 parts, by the first byte of the digest; of requests and
/// grants some.
pub(crate) async fn sweep(store: &Store, part: u8, now: Moment) -> Result<(), StoreError> {
    let from = [part];
    // Above every digest that begins with the last byte there is.
    let to = part.checked_add(1).map_or_else(|| vec![0xff; 33], |next| vec![next]);
    let used: Params<'_> = params![from.as_slice(), to.as_slice(), now];
    let some: Params<'_> = params![now, SWEPT];
    for (any, sweep, params, looked) in [
        (
            "SELECT 1 FROM oidc_used WHERE digest >= $1 AND digest < $2 AND ends_at < $3 LIMIT 1",
            "DELETE FROM oidc_used WHERE digest >= $1 AND digest < $2 AND ends_at < $3",
            used,
            used,
        ),
        (
            "SELECT 1 FROM oidc_request WHERE ends_at < $1 LIMIT 1",
            "DELETE FROM oidc_request WHERE digest IN (SELECT digest FROM oidc_request WHERE ends_at < $1 LIMIT $2)",
            some,
            &some[..1],
        ),
        (
            "SELECT 1 FROM oidc_grant WHERE ends_at < $1 LIMIT 1",
            "DELETE FROM oidc_grant WHERE id IN (SELECT id FROM oidc_grant WHERE ends_at < $1 LIMIT $2)",
            some,
            &some[..1],
        ),
    ] {
        // A transaction is a write, also one that changes nothing.
        let found: Option<i32> = store.optional(any, looked).await?;
        if found.is_some() {
            transact!(store, tx => tx.execute(sweep, params).await.map(drop))?;
        }
    }
    Ok(())
}
