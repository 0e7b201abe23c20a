//! Signed tokens in compact form (RFC 7515) and keys as JSON (RFC 7517). What is ours is signed with ES256 alone; clients
//! may sign with RSA where a place says so. A place names the algorithms it takes and a key knows its own, so that no
//! token can choose another.

mod jwk;
mod jws;

pub use jwk::{JwkSet, PublicJwk};
pub use jws::Jws;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// A signature algorithm (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PKCS1-v1_5 with SHA-256; not in FAPI 2.0 (§5.4.1).
    Rs256,
}

impl Algorithm {
    /// All.
    pub const ALL: [Algorithm; 3] = [Algorithm::Es256, Algorithm::Ps256, Algorithm::Rs256];

    /// The name in headers.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Es256 => "ES256",
            Algorithm::Ps256 => "PS256",
            Algorithm::Rs256 => "RS256",
        }
    }

    /// The algorithm of a name.
    pub fn parse(name: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// Why a token or key was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoseFault {
    /// It cannot be read.
    #[error("malformed")]
    Malformed,
    /// An algorithm that is not taken here, or another kind of key.
    #[error("the algorithm is not taken here")]
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
