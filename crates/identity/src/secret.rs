//! Random secrets that callers carry, and the digests that are kept in their place.
//!
//! A secret has 256 random bits, so its SHA-256 needs neither salt nor slow hashing: nobody can search the space.
//! Look-ups go by the digest, and whoever reads the table cannot present what he read.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// Begins every bearer token of a machine client, so that secret scanners recognise a leaked one.
pub const BEARER_PREFIX: &str = "dct_";

/// Characters of 256 bits in base64url without padding.
const ENCODED: usize = 43;

/// A secret as it is shown to its holder once. Neither printed nor stored.
pub struct Secret(String);

/// SHA-256 of a secret: what tables and caches hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

/// The operating system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no randomness")]
pub struct NoRandomness;

impl Secret {
    /// A new secret, beginning with a prefix (may be empty).
    pub fn new(prefix: &str) -> Result<Secret, NoRandomness> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Secret(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// The text to hand to its holder.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn digest(&self) -> Digest {
        digest_of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

/// The digest of a secret that came with a request; `None` when it cannot be one of ours (cheaply told, before any
/// hashing or look-up).
pub fn digest_presented(text: &str, prefix: &str) -> Option<Digest> {
    let body = text.strip_prefix(prefix)?;
    let plausible =
        body.len() == ENCODED && body.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    plausible.then(|| digest_of(text))
}

fn digest_of(text: &str) -> Digest {
    Digest(Sha256::digest(text.as_bytes()).into())
}

/// A random password for one use, of characters that cannot be mistaken for each other on paper or by telephone:
/// four groups of five, 31^20, about 99 bits.
pub fn one_time_password() -> Result<String, NoRandomness> {
    const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut text = String::with_capacity(23);
    let mut letters = 0;
    while letters < 20 {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        // 248 is the largest multiple of 31 within a byte: what lies above would favour the first letters.
        for byte in bytes.into_iter().filter(|b| *b < 248).take(20 - letters) {
            if letters > 0 && letters % 5 == 0 {
                text.push('-');
            }
            text.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
            letters += 1;
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_secret_is_found_again_by_what_was_presented() {
        let secret = Secret::new(BEARER_PREFIX).unwrap();
        assert_eq!(secret.reveal().len(), BEARER_PREFIX.len() + ENCODED);
        assert_eq!(digest_presented(secret.reveal(), BEARER_PREFIX), Some(secret.digest()));
        assert_eq!(format!("{secret:?}{:?}", secret.digest()), "Secret(…)Digest(…)");
    }

    #[test]
    fn what_cannot_be_a_secret_is_refused_unhashed() {
        let good = Secret::new("").unwrap();
        for bad in ["", "dct_", &good.reveal()[1..], &format!("{}=", &good.reveal()[1..]), &"é".repeat(22)] {
            assert_eq!(digest_presented(bad, ""), None, "{bad}");
        }
        assert_eq!(digest_presented(good.reveal(), BEARER_PREFIX), None);
    }

    #[test]
    fn secrets_and_one_time_passwords_do_not_repeat() {
        let secrets: HashSet<String> = (0..1000).map(|_| Secret::new("").unwrap().0).collect();
        let passwords: HashSet<String> = (0..1000).map(|_| one_time_password().unwrap()).collect();
        assert_eq!((secrets.len(), passwords.len()), (1000, 1000));
        assert!(passwords.iter().all(|p| p.len() == 23 && p.split('-').all(|group| group.len() == 5)));
    }
}
