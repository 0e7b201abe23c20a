//! Browsers that have signed in before, and when they did.

use crate::model::Session;
use ::store::{Store, StoreError, Tx, params, record};
use identity::Digest;
use vocabulary::Moment;

record! {
    /// A browser that has signed in before.
    pub(crate) struct Device {
        pub number: i64,
        pub browser: String,
        pub address: String,
        pub first_at: Moment,
        pub last_at: Moment,
    }
}

record! {
    /// One sign-in.
    pub(crate) struct SignedIn {
        pub session: i64,
        pub at: Moment,
        pub amr: String,
        pub address: String,
        pub browser: String,
    }
}

/// Whether a browser has signed in to the account before.
pub(crate) async fn knows(store: &Store, digest: Digest, citizen: i64) -> Result<bool, StoreError> {
    let row: Option<i64> = store
        .optional(
            "SELECT number FROM citizen_device WHERE digest = $1 AND citizen = $2",
            params![digest.0.as_slice(), citizen],
        )
        .await?;
    Ok(row.is_some())
}

/// Whether the cookie of a browser is one that was given out: to whomever, since families share browsers.
pub(crate) async fn is_ours(store: &Store, digest: Digest) -> Result<bool, StoreError> {
    let row: Option<i64> = store
        .optional("SELECT number FROM citizen_device WHERE digest = $1 LIMIT 1", params![digest.0.as_slice()])
        .await?;
    Ok(row.is_some())
}

/// Notes a browser and its sign-in; whether the account knows other browsers and not this one.
pub(crate) async fn note(tx: &mut Tx, digest: Digest, number: i64, s: &Session) -> Result<bool, StoreError> {
    let (known, others): (i64, i64) = tx
        .one(
            "SELECT count(*) FILTER (WHERE digest = $1), count(*) FROM citizen_device WHERE citizen = $2",
            params![digest.0.as_slice(), s.citizen],
        )
        .await?;
    tx.execute(
        "INSERT INTO citizen_device (digest, citizen, number, browser, address, first_at, last_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (digest, citizen) DO UPDATE \
         SET browser = excluded.browser, address = excluded.address, last_at = excluded.last_at",
        params![digest.0.as_slice(), s.citizen, number, s.browser.as_str(), s.address.as_str(), s.created_at],
    )
    .await?;
    tx.execute(
        "INSERT INTO citizen_sign_in (citizen, session, at, amr, address, browser) VALUES ($1, $2, $3, $4, $5, $6)",
        params![s.citizen, s.number, s.created_at, s.amr.as_str(), s.address.as_str(), s.browser.as_str()],
    )
    .await?;
    Ok(known == 0 && others > 0)
}

/// The browsers of an account, the latest first.
pub(crate) async fn of(store: &Store, citizen: i64) -> Result<Vec<Device>, StoreError> {
    let sql = format!(
        "SELECT {} FROM citizen_device WHERE citizen = $1 ORDER BY last_at DESC, number LIMIT 50",
        Device::COLUMNS
    );
    store.all(&sql, params![citizen]).await
}

/// The number of a browser among those of an account.
pub(crate) async fn number_of(
    store: &Store,
    digest: Digest,
    citizen: i64,
) -> Result<Option<i64>, StoreError> {
    store
        .optional(
            "SELECT number FROM citizen_device WHERE digest = $1 AND citizen = $2",
            params![digest.0.as_slice(), citizen],
        )
        .await
}

/// Forgets one browser of an account.
pub(crate) async fn forget(tx: &mut Tx, citizen: i64, number: i64) -> Result<bool, StoreError> {
    let sql = "DELETE FROM citizen_device WHERE citizen = $1 AND number = $2";
    Ok(tx.execute(sql, params![citizen, number]).await? == 1)
}

/// The latest sign-ins of an account, the latest first.
pub(crate) async fn sign_ins(store: &Store, citizen: i64) -> Result<Vec<SignedIn>, StoreError> {
    let sql = format!(
        "SELECT {} FROM citizen_sign_in WHERE citizen = $1 ORDER BY at DESC, session LIMIT 30",
        SignedIn::COLUMNS
    );
    store.all(&sql, params![citizen]).await
}
