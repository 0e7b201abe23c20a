//! Further contacts, and recoveries that wait.

use crate::{channel::Contact, store::unreadable};
use ::store::{Store, StoreError, Tx, params, record};
use identity::Digest;
use vocabulary::Moment;

/// A further contact of an account, under its number.
pub(crate) async fn contacts(store: &Store, citizen: i64) -> Result<Vec<(i64, Contact)>, StoreError> {
    let rows: Vec<(i64, String)> = store
        .all(
            "SELECT number, contact FROM citizen_contact WHERE citizen = $1 ORDER BY confirmed_at, number LIMIT 20",
            params![citizen],
        )
        .await?;
    let read = |(number, text): (i64, String)| {
        Contact::parse(&text).map(|contact| (number, contact)).map_err(|_| unreadable("contact"))
    };
    rows.into_iter().map(read).collect()
}

/// Adds a confirmed contact.
pub(crate) async fn add_contact(
    tx: &mut Tx,
    citizen: i64,
    number: i64,
    contact: &Contact,
    now: Moment,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO citizen_contact (citizen, contact_kind, contact, number, confirmed_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (citizen, contact) DO NOTHING",
        params![citizen, contact.kind(), contact.reveal(), number, now],
    )
    .await?;
    Ok(())
}

/// Removes one of an account's further contacts.
pub(crate) async fn remove_contact(tx: &mut Tx, citizen: i64, number: i64) -> Result<bool, StoreError> {
    let sql = "DELETE FROM citizen_contact WHERE citizen = $1 AND number = $2";
    Ok(tx.execute(sql, params![citizen, number]).await? == 1)
}

/// A contact of an account and since when it is confirmed; the first one has no number.
pub(crate) struct Known {
    pub number: Option<i64>,
    pub contact: String,
    pub since: Moment,
}

/// Every contact of an account, the first one first, the others from the oldest on.
pub(crate) async fn known(tx: &mut Tx, citizen: i64) -> Result<Vec<Known>, StoreError> {
    let first: Option<(String, Moment)> = tx
        .optional(
            "SELECT contact, COALESCE(contact_since, created_at) FROM citizen WHERE id = $1",
            params![citizen],
        )
        .await?;
    let further: Vec<(i64, String, Moment)> = tx
        .all(
            "SELECT number, contact, confirmed_at FROM citizen_contact WHERE citizen = $1 \
             ORDER BY confirmed_at, number LIMIT 20",
            params![citizen],
        )
        .await?;
    let first = first.into_iter().map(|(contact, since)| Known { number: None, contact, since });
    let further =
        further.into_iter().map(|(number, contact, since)| Known { number: Some(number), contact, since });
    Ok(first.chain(further).collect())
}

/// Puts a further contact in the place of the first one; whether it was there. What stood in its place is gone.
pub(crate) async fn promote(tx: &mut Tx, citizen: i64, number: i64) -> Result<bool, StoreError> {
    let row: Option<(String, String, Moment)> = tx
        .optional(
            "DELETE FROM citizen_contact WHERE citizen = $1 AND number = $2 \
             RETURNING contact_kind, contact, confirmed_at",
            params![citizen, number],
        )
        .await?;
    let Some((kind, contact, since)) = row else { return Ok(false) };
    tx.execute(
        "UPDATE citizen SET contact_kind = $2, contact = $3, contact_since = $4 WHERE id = $1",
        params![citizen, kind, contact, since],
    )
    .await?;
    Ok(true)
}

record! {
    /// A recovery that waits out its time.
    pub(crate) struct Recovery {
        pub citizen: i64,
        pub password: String,
        pub proofs: String,
        pub address: String,
        pub browser: String,
        pub asked_at: Moment,
        pub ready_at: Moment,
    }
}

/// The recovery of an account.
pub(crate) async fn of(store: &Store, citizen: i64) -> Result<Option<Recovery>, StoreError> {
    let sql = format!("SELECT {} FROM citizen_recovery WHERE citizen = $1", Recovery::COLUMNS);
    store.optional(&sql, params![citizen]).await
}

/// The recovery that a notice calls off.
pub(crate) async fn of_notice(store: &Store, cancel: Digest) -> Result<Option<Recovery>, StoreError> {
    let sql = format!("SELECT {} FROM citizen_recovery WHERE cancel = $1", Recovery::COLUMNS);
    store.optional(&sql, params![cancel.0.as_slice()]).await
}

/// Begins a recovery; whether none was under way.
pub(crate) async fn begin(tx: &mut Tx, cancel: Digest, r: &Recovery) -> Result<bool, StoreError> {
    let rows = tx
        .execute(
            "INSERT INTO citizen_recovery (citizen, password, cancel, proofs, address, browser, asked_at, ready_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            params![
                r.citizen,
                r.password.as_str(),
                cancel.0.as_slice(),
                r.proofs.as_str(),
                r.address.as_str(),
                r.browser.as_str(),
                r.asked_at,
                r.ready_at
            ],
        )
        .await?;
    Ok(rows == 1)
}

/// Calls a recovery off; whether one was under way.
pub(crate) async fn cancel(tx: &mut Tx, citizen: i64) -> Result<bool, StoreError> {
    let sql = "DELETE FROM citizen_recovery WHERE citizen = $1";
    Ok(tx.execute(sql, params![citizen]).await? == 1)
}

/// The accounts whose recovery has waited long enough.
pub(crate) async fn ready(store: &Store, now: Moment) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT citizen FROM citizen_recovery WHERE ready_at <= $1 ORDER BY ready_at LIMIT 1000";
    store.all(sql, params![now]).await
}

/// Carries a recovery out that has waited long enough: the new password holds, and whatever else opened the account
/// opens it no more. Whether there was one.
pub(crate) async fn settle(tx: &mut Tx, citizen: i64, now: Moment) -> Result<bool, StoreError> {
    let password: Option<String> = tx
        .optional(
            "DELETE FROM citizen_recovery WHERE citizen = $1 AND ready_at <= $2 RETURNING password",
            params![citizen, now],
        )
        .await?;
    let Some(password) = password else { return Ok(false) };
    tx.execute("UPDATE citizen SET password = $2 WHERE id = $1", params![citizen, password]).await?;
    for sql in [
        "DELETE FROM citizen_passkey WHERE citizen = $1",
        "DELETE FROM citizen_totp WHERE citizen = $1",
        "DELETE FROM citizen_device WHERE citizen = $1",
        "DELETE FROM citizen_session WHERE citizen = $1",
        "DELETE FROM citizen_challenge WHERE citizen = $1",
    ] {
        tx.execute(sql, params![citizen]).await?;
    }
    let grants = "UPDATE oidc_grant SET revoked_at = $2 WHERE citizen = $1 AND revoked_at IS NULL";
    tx.execute(grants, params![citizen, now]).await?;
    Ok(true)
}
