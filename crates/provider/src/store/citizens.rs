//! Accounts, registrations under way, sessions, failures.

use crate::{channel::Contact, model::Session, rules::standing::Standing, store::unreadable};
use ::store::{Store, StoreError, Tx, params, record};
use identity::{Digest, lockout::Tally};
use vocabulary::{Moment, PersonId, PersonalNumber};

record! {
    /// An account.
    pub(crate) struct Citizen {
        pub id: i64,
        pub person: PersonId,
        pub number: PersonalNumber,
        pub level: i64,
        pub password: String,
        kind: String = "contact_kind",
        contact: String,
        standing: String,
    }
}

impl Citizen {
    /// How the account stands.
    pub fn standing(&self) -> Result<Standing, StoreError> {
        Standing::of(&self.standing).ok_or_else(|| unreadable("standing"))
    }

    /// The confirmed contact.
    pub fn contact(&self) -> Result<Contact, StoreError> {
        Contact::parse(&self.contact)
            .ok()
            .filter(|contact| contact.kind() == self.kind)
            .ok_or_else(|| unreadable("contact"))
    }
}

/// The account that a number signs in to.
pub(crate) async fn by_number(store: &Store, number: PersonalNumber) -> Result<Option<Citizen>, StoreError> {
    let sql = format!("SELECT {} FROM citizen WHERE number = $1", Citizen::COLUMNS);
    store.optional(&sql, params![number]).await
}

/// The account of a record.
pub(crate) async fn by_person(store: &Store, person: PersonId) -> Result<Option<Citizen>, StoreError> {
    let sql = format!("SELECT {} FROM citizen WHERE person = $1", Citizen::COLUMNS);
    store.optional(&sql, params![person]).await
}

/// An account.
pub(crate) async fn find(store: &Store, id: i64) -> Result<Option<Citizen>, StoreError> {
    let sql = format!("SELECT {} FROM citizen WHERE id = $1", Citizen::COLUMNS);
    store.optional(&sql, params![id]).await
}

/// Adds an account of level 1; whether there was none yet.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: i64,
    application: &Application,
    password: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let rows = tx
        .execute(
            "INSERT INTO citizen (id, person, number, level, password, contact_kind, contact, created_at) \
             VALUES ($1, $2, $3, 1, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            params![
                id,
                application.person,
                application.number,
                password,
                application.kind.as_str(),
                application.contact.as_str(),
                now
            ],
        )
        .await?;
    Ok(rows == 1)
}

record! {
    /// A registration that waits for its code.
    pub(crate) struct Application {
        pub person: PersonId,
        pub number: PersonalNumber,
        pub kind: String = "contact_kind",
        pub contact: String,
        pub code: Vec<u8>,
        pub tries: i64,
        pub ends_at: Moment,
        pub card: bool,
    }
}

/// Keeps a registration.
pub(crate) async fn apply(tx: &mut Tx, digest: Digest, a: &Application) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO citizen_application (digest, person, number, contact_kind, contact, code, tries, ends_at, \
         card) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            digest.0.as_slice(),
            a.person,
            a.number,
            a.kind.as_str(),
            a.contact.as_str(),
            a.code.as_slice(),
            a.tries,
            a.ends_at,
            a.card
        ],
    )
    .await?;
    Ok(())
}

/// Counts a try at a registration and gives it, where it has not ended.
pub(crate) async fn try_application(
    tx: &mut Tx,
    digest: Digest,
    now: Moment,
) -> Result<Option<Application>, StoreError> {
    let sql = format!(
        "UPDATE citizen_application SET tries = tries + 1 WHERE digest = $1 AND ends_at > $2 RETURNING {}",
        Application::COLUMNS
    );
    tx.optional(&sql, params![digest.0.as_slice(), now]).await
}

/// Ends a registration.
pub(crate) async fn end_application(tx: &mut Tx, digest: Digest) -> Result<(), StoreError> {
    tx.execute("DELETE FROM citizen_application WHERE digest = $1", params![digest.0.as_slice()]).await?;
    Ok(())
}

type SessionRow = (i64, i64, Moment, Moment, String, String, String);

fn session((number, citizen, created_at, ends_at, address, browser, amr): SessionRow) -> Session {
    Session { number, citizen, created_at, ends_at, address, browser, amr }
}

/// The session of a digest, where it has not ended and its account is in use.
pub(crate) async fn session_of(
    store: &Store,
    digest: Digest,
    now: Moment,
) -> Result<Option<Session>, StoreError> {
    let row: Option<SessionRow> = store
        .optional(
            "SELECT number, citizen, created_at, ends_at, address, browser, amr FROM citizen_session \
             WHERE digest = $1 AND ends_at > $2 AND EXISTS (SELECT 1 FROM citizen \
             WHERE citizen.id = citizen_session.citizen AND citizen.standing = 'active')",
            params![digest.0.as_slice(), now],
        )
        .await?;
    Ok(row.map(session))
}

/// The sessions of an account, the newest first.
pub(crate) async fn sessions(store: &Store, citizen: i64, now: Moment) -> Result<Vec<Session>, StoreError> {
    let rows: Vec<SessionRow> = store
        .all(
            "SELECT number, citizen, created_at, ends_at, address, browser, amr FROM citizen_session \
             WHERE citizen = $1 AND ends_at > $2 ORDER BY created_at DESC, number LIMIT 100",
            params![citizen, now],
        )
        .await?;
    Ok(rows.into_iter().map(session).collect())
}

/// Adds a session.
pub(crate) async fn begin(tx: &mut Tx, digest: Digest, s: &Session) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO citizen_session (digest, number, citizen, created_at, ends_at, address, browser, amr) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![
            digest.0.as_slice(),
            s.number,
            s.citizen,
            s.created_at,
            s.ends_at,
            s.address.as_str(),
            s.browser.as_str(),
            s.amr.as_str()
        ],
    )
    .await?;
    Ok(())
}

/// Ends the session of a digest.
pub(crate) async fn end(tx: &mut Tx, digest: Digest) -> Result<(), StoreError> {
    tx.execute("DELETE FROM citizen_session WHERE digest = $1", params![digest.0.as_slice()]).await?;
    Ok(())
}

/// Ends a session of an account by its number.
pub(crate) async fn end_number(tx: &mut Tx, citizen: i64, number: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM citizen_session WHERE citizen = $1 AND number = $2", params![citizen, number])
        .await?;
    Ok(())
}

/// The failures under a key. Needs [`lock`](super::lock).
pub(crate) async fn tally(tx: &mut Tx, key: &str) -> Result<Option<Tally>, StoreError> {
    let row: Option<(i64, Moment)> =
        tx.optional("SELECT failures, last_at FROM citizen_tally WHERE key = $1", params![key]).await?;
    Ok(row.map(|(failures, last)| Tally { failures: u32::try_from(failures).unwrap_or(u32::MAX), last }))
}

/// Writes the failures under a key.
pub(crate) async fn put_tally(tx: &mut Tx, key: &str, tally: Tally) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO citizen_tally (key, failures, last_at) VALUES ($1, $2, $3) \
         ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at",
        params![key, i64::from(tally.failures), tally.last],
    )
    .await?;
    Ok(())
}

/// Forgets the failures under a key.
pub(crate) async fn clear_tally(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM citizen_tally WHERE key = $1", params![key]).await?;
    Ok(())
}

/// Sets the password of an account.
pub(crate) async fn set_password(tx: &mut Tx, citizen: i64, password: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE citizen SET password = $2 WHERE id = $1", params![citizen, password]).await?;
    Ok(())
}

/// Ends the sessions of an account but one.
pub(crate) async fn end_others(tx: &mut Tx, citizen: i64, number: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM citizen_session WHERE citizen = $1 AND number <> $2", params![citizen, number])
        .await?;
    Ok(())
}
