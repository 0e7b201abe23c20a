//! Signed tokens in compact form (RFC 7515) and keys as JSON (RFC 7517), ES256 only: one algorithm, so that no token
//! can choose another.

mod jwk;
mod jws;

pub use jwk::{JwkSet, PublicJwk};
pub use jws::Jws;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Why a token or key was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoseFault {
    /// It cannot be read.
    #[error("malformed")]
    Malformed,
    /// Another algorithm than ES256, or another kind of key.
    #[error("the algorithm is not ES256")]
    Algorithm,
    /// The signature is not of this key.
    #[error("wrong signature")]
    Signature,
    /// A key that must never be sent.
    #[error("a private key")]
    Private,
}

/// Bytes in base64url without padding.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes of base64url without padding.
pub fn decode(text: &str) -> Result<Vec<u8>, JoseFault> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JoseFault::Malformed)
}
