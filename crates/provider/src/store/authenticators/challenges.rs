//! Questions that wait for their answer. Each is taken once, or tried a few times.

use crate::store::unreadable;
use ::store::{StoreError, Tx, params, record};
use identity::Digest;
use serde::{Serialize, de::DeserializeOwned};
use vocabulary::Moment;

record! {
    /// A question.
    pub(crate) struct Challenge {
        pub citizen: Option<i64>,
        state: String,
        pub tries: i64,
    }
}

impl Challenge {
    /// What its answer is checked against.
    pub fn state<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        serde_json::from_str(&self.state).map_err(|_| unreadable("challenge"))
    }
}

/// Keeps a question.
pub(crate) async fn put(
    tx: &mut Tx,
    digest: Digest,
    kind: &str,
    citizen: Option<i64>,
    state: &impl Serialize,
    ends_at: Moment,
) -> Result<(), StoreError> {
    let state = serde_json::to_string(state).map_err(|_| unreadable("challenge"))?;
    tx.execute(
        "INSERT INTO citizen_challenge (digest, kind, citizen, state, tries, ends_at) VALUES ($1, $2, $3, $4, 0, $5)",
        params![digest.0.as_slice(), kind, citizen, state, ends_at],
    )
    .await?;
    Ok(())
}

/// Takes a question away: its answer counts once, whatever it is.
pub(crate) async fn take(
    tx: &mut Tx,
    digest: Digest,
    kind: &str,
    now: Moment,
) -> Result<Option<Challenge>, StoreError> {
    let sql = format!(
        "DELETE FROM citizen_challenge WHERE digest = $1 AND kind = $2 AND ends_at > $3 RETURNING {}",
        Challenge::COLUMNS
    );
    tx.optional(&sql, params![digest.0.as_slice(), kind, now]).await
}

/// Counts a try at a question and gives it.
pub(crate) async fn attempt(
    tx: &mut Tx,
    digest: Digest,
    kind: &str,
    now: Moment,
) -> Result<Option<Challenge>, StoreError> {
    let sql = format!(
        "UPDATE citizen_challenge SET tries = tries + 1 WHERE digest = $1 AND kind = $2 AND ends_at > $3 RETURNING {}",
        Challenge::COLUMNS
    );
    tx.optional(&sql, params![digest.0.as_slice(), kind, now]).await
}

/// Looks at a question.
pub(crate) async fn look(
    store: &::store::Store,
    digest: Digest,
    kind: &str,
    now: Moment,
) -> Result<Option<Challenge>, StoreError> {
    let sql = format!(
        "SELECT {} FROM citizen_challenge WHERE digest = $1 AND kind = $2 AND ends_at > $3",
        Challenge::COLUMNS
    );
    store.optional(&sql, params![digest.0.as_slice(), kind, now]).await
}

/// Gives a question that belongs to nobody yet to a citizen, with what is known now; whether it was free.
pub(crate) async fn claim(
    tx: &mut Tx,
    digest: Digest,
    kind: &str,
    citizen: i64,
    state: &impl Serialize,
    now: Moment,
) -> Result<bool, StoreError> {
    let state = serde_json::to_string(state).map_err(|_| unreadable("challenge"))?;
    let rows = tx
        .execute(
            "UPDATE citizen_challenge SET citizen = $3, state = $4 \
             WHERE digest = $1 AND kind = $2 AND ends_at > $5 AND citizen IS NULL",
            params![digest.0.as_slice(), kind, citizen, state, now],
        )
        .await?;
    Ok(rows == 1)
}
