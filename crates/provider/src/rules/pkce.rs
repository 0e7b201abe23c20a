//! Proof key for code exchange (RFC 7636), `S256` only.

use crate::jose::encode;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

fn unreserved(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// Whether a challenge can be one: SHA-256 in base64url, §4.2.
pub fn is_challenge(challenge: &str) -> bool {
    challenge.len() == 43 && unreserved(challenge)
}

/// Whether the verifier is the one of the challenge, §4.6; 43 to 128 unreserved characters, §4.1.
pub fn proves(verifier: &str, challenge: &str) -> bool {
    let shaped = (43..=128).contains(&verifier.len()) && unreserved(verifier);
    shaped && encode(Sha256::digest(verifier)).as_bytes().ct_eq(challenge.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc7636_appendix_b_the_verifier_proves_its_challenge() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(is_challenge(challenge) && proves(verifier, challenge));
        assert!(!proves(&verifier.replace('d', "e"), challenge));
        assert!(!proves(challenge, challenge), "no plain challenge");
        assert!(!proves("short", challenge) && !is_challenge("short"));
    }
}
