//! The keys with which identity tokens are signed: behind a trait, with a folder of encrypted files and a security module
//! (PKCS#11) as back ends.
//!
//! Which key signs and which are published follows from their age alone, so that several processes agree: a new key is
//! published an hour before it signs, and stays published a day after the next took over. A running process notices
//! within a second what another one has added.

mod folder;
mod token;

pub use folder::KeyFolder;
pub use token::{KeyToken, TokenConfig};

use crate::jose::PublicJwk;
use serde_json::Value;
use std::{path::PathBuf, time::Duration};
use vocabulary::Moment;

/// Seconds for which a key is published before it signs.
const LEAD: i64 = 3600;
/// Seconds for which a key stays published after its successor began to sign.
const OVERLAP: i64 = 86_400;
/// Between two looks at what others have added.
const LOOK: Duration = Duration::from_secs(1);

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// The folder or a file cannot be read or written.
    #[error("the folder of signing keys: {0}")]
    File(#[from] std::io::Error),
    /// A file is not a key under this passphrase.
    #[error("{0} is not a signing key under the passphrase of its folder")]
    Form(PathBuf),
    /// No randomness.
    #[error("the operating system gave no randomness")]
    Randomness,
    /// The PKCS#11 module cannot be loaded.
    #[error("the PKCS#11 module {0} cannot be loaded: {1}")]
    Module(PathBuf, String),
    /// No token, or more than one, answers to the name.
    #[error("{1} token(s) answer to the name {0:?}: look at provider.pkcs11.token")]
    NoToken(String, usize),
    /// There is no PIN.
    #[error("no PIN: set provider.pkcs11.pin_file or the variable {PIN_VARIABLE}: {0}")]
    NoPin(String),
    /// The token refused the PIN.
    #[error("the token refused the PIN, which was tried once and is not tried again")]
    Pin,
    /// Wrong PINs were counted, so that this one is not tried.
    #[error(
        "the token has counted a wrong PIN, so that this one is not tried: put it right, then run `dancu config \
         check`, which tries once more"
    )]
    PinCounted,
    /// One more wrong PIN would lock the token.
    #[error("a single try is left before the token locks: log in once with the tool of its maker")]
    PinLast,
    /// The PIN is locked.
    #[error("the PIN of the token is locked: its security officer can unlock it")]
    PinLocked,
    /// The token takes no further object.
    #[error("the token is full: delete pairs of keys that are published no more, with the tool of its maker")]
    Full,
    /// The token holds no key that can sign.
    #[error("the token holds no signing key under the label {0:?}")]
    NoKey(String),
    /// Anything else that the token says.
    #[error("the token: {0}")]
    Token(String),
}

/// The variable that may hold the PIN of a token.
pub const PIN_VARIABLE: &str = "DANCU_PKCS11_PIN";

/// What signs: files here, a security module elsewhere.
pub trait KeyStore: Send + Sync {
    /// The token of header members and claims, signed with the key in force.
    ///
    /// # Errors
    /// Where no key can sign.
    fn sign(&self, kind: &str, claims: &Value, now: Moment) -> Result<String, KeyFault>;

    /// The keys that others may meet now: of tokens in use, and the next.
    fn published(&self, now: Moment) -> Vec<PublicJwk>;

    /// Adds a key that will sign from then on; its name.
    ///
    /// # Errors
    /// Where it cannot be kept.
    fn rotate(&self, now: Moment) -> Result<String, KeyFault>;

    /// A secret of the installation for a use, that never changes.
    ///
    /// # Errors
    /// Where the back end cannot be reached.
    fn derived(&self, purpose: &str) -> Result<[u8; 32], KeyFault>;
}

/// Which of keys, by their beginnings in order, signs, and which are published.
fn in_force(since: &[Moment], now: Moment) -> Option<(usize, std::ops::Range<usize>)> {
    // The first key of all has nobody before it who could sign meanwhile.
    let signs = |i: usize| if i == 0 { since[0] } else { since[i].plus_seconds(LEAD) };
    let current = (0..since.len()).rev().find(|i| signs(*i) <= now).or((!since.is_empty()).then_some(0))?;
    let mut oldest = current;
    while oldest > 0 && signs(oldest).plus_seconds(OVERLAP) > now {
        oldest -= 1;
    }
    Some((current, oldest..since.len()))
}
