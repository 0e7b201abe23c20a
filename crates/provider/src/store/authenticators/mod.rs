//! What citizens prove themselves with, and where they did.

pub(crate) mod challenges;
pub(crate) mod devices;
pub(crate) mod factors;
pub(crate) mod passkeys;
pub(crate) mod recoveries;

use ::store::{StoreError, Tx, params};
use vocabulary::Moment;

/// Days for which a sign-in stays on its owner's page.
const SIGN_IN_DAYS: i64 = 180;
/// Days after which a browser that did not come again is forgotten.
const DEVICE_DAYS: i64 = 400;

/// Forgets what has no further use.
pub(crate) async fn prune(tx: &mut Tx, now: Moment) -> Result<(), StoreError> {
    for (sql, days) in [
        ("DELETE FROM citizen_challenge WHERE ends_at < $1", 0),
        ("DELETE FROM citizen_recovery_code WHERE ends_at < $1", 0),
        ("DELETE FROM citizen_sign_in WHERE at < $1", SIGN_IN_DAYS),
        ("DELETE FROM citizen_device WHERE last_at < $1", DEVICE_DAYS),
    ] {
        tx.execute(sql, params![now.plus_seconds(-days * 86_400)]).await?;
    }
    Ok(())
}
