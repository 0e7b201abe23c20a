//! Tokens bound to the certificate of a client (RFC 8705 §3). The proxy that speaks TLS asks for the certificate and
//! passes it on in `Client-Cert` (RFC 9440); whether it chains to anything does not matter, only that it is the same.

use crate::jose::encode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// Begins a binding to a certificate, where another one is the thumbprint of a key.
pub const PREFIX: &str = "x5t#S256:";

/// Characters of the longest certificate that is read.
const LONGEST: usize = 12 << 10;

/// The binding of a certificate as the proxy passes it on: DER in base64 between colons (RFC 9440 §2.1).
pub fn binding(header: &str) -> Option<String> {
    let text = header.trim().strip_prefix(':')?.strip_suffix(':')?;
    let der = if text.len() <= LONGEST { STANDARD.decode(text).ok()? } else { return None };
    // A certificate is a sequence of some length; what else stands in it is the proxy's business.
    let plausible = der.len() > 64 && der.first() == Some(&0x30);
    plausible.then(|| format!("{PREFIX}{}", encode(Sha256::digest(der))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9440_2_1_a_certificate_stands_between_colons() {
        let der = [&[0x30, 0x82][..], &[7; 200]].concat();
        let text = STANDARD.encode(&der);
        let bound = binding(&format!(":{text}:")).unwrap();
        assert_eq!(bound, format!("{PREFIX}{}", encode(Sha256::digest(&der))));
        for wrong in [
            text.clone(),
            format!(":{text}"),
            "::".into(),
            ":****:".into(),
            format!(":{}:", STANDARD.encode([7; 200])),
        ] {
            assert_eq!(binding(&wrong), None, "{wrong}");
        }
    }
}
