//! All SQL of this domain, and nothing but SQL and the mapping of rows. One text serves both engines.

pub(crate) mod accounts;
pub(crate) mod authenticators;
pub(crate) mod citizens;
pub(crate) mod delegations;
pub(crate) mod enrolment;
pub(crate) mod grants;
pub(crate) mod logouts;
pub(crate) mod notices;
pub(crate) mod organisation_files;
pub(crate) mod organisations;
pub(crate) mod parties;
pub(crate) mod requests;
pub(crate) mod waiting;

use ::store::{StoreError, Tx, params};
use vocabulary::Moment;

/// Serialises what reads a count and writes it back.
pub(crate) async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    tx.lock("provider").await
}

/// Forgets what has no further use, of what is not [swept](requests::sweep).
pub(crate) async fn prune(tx: &mut Tx, now: Moment) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM citizen_application WHERE ends_at < $1",
        "DELETE FROM citizen_session WHERE ends_at < $1",
    ] {
        tx.execute(sql, params![now]).await?;
    }
    // For an hour more it is told that they expired, and not that nobody knows them.
    tx.execute("DELETE FROM oidc_waiting WHERE ends_at < $1", params![now.plus_seconds(-3600)]).await?;
    tx.execute("DELETE FROM citizen_tally WHERE last_at < $1", params![now.plus_seconds(-2 * 86_400)])
        .await?;
    enrolment::prune(tx, now).await?;
    authenticators::prune(tx, now).await
}

/// A row that this program cannot have written.
pub(crate) fn unreadable(what: &str) -> StoreError {
    StoreError::Other(format!("a stored {what} cannot be read"))
}
