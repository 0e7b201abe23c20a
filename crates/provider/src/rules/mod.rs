//! The rules of the protocol and of accounts, one to a file: pure, with the time passed in.

pub mod ages;
pub mod assertion;
pub mod authorization;
pub mod certificate;
pub mod ciba;
pub mod client_certificate;
pub mod days;
pub mod dpop;
pub mod key_fault;
pub mod obstacle;
pub mod organisation;
pub mod pkce;
pub mod proof;
pub mod redirect;
pub mod request_object;
pub mod sealing;
pub mod standing;
pub mod user_code;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// Seconds by which clocks may differ.
pub const SKEW: i64 = 30;

/// HMAC-SHA-256 over parts, each preceded by its length.
pub fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut padded = [0; 64];
    padded[..32].copy_from_slice(key);
    // A key shorter than the block is filled up with zeros (RFC 2104 §2), so this is the MAC under the key itself.
    let mut mac = Hmac::<Sha256>::new(&padded.into());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// SHA-256 over parts, each preceded by its length.
pub fn hash(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}
