//! The certificate of a client (RFC 8705). The proxy that speaks TLS asks for it and passes it on in `Client-Cert` (RFC
//! 9440, or as nginx writes it). For tokens that are bound to it (§3) it does not matter whether it chains to anything,
//! only that it is the same.

use crate::jose::encode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// Begins a binding to a certificate, where another one is the thumbprint of a key.
pub const PREFIX: &str = "x5t#S256:";

/// Characters of the longest certificate that is read.
const LONGEST: usize = 12 << 10;

/// Certificates between that of a client and the authority at most.
const CHAIN: usize = 8;

/// A certificate that a client showed, and those that it sent along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The certificate (DER).
    pub der: Vec<u8>,
    /// Those of the authorities between, where the proxy passes them on.
    pub chain: Vec<Vec<u8>>,
}

impl Shown {
    /// Reads a certificate as the proxy passes it on: DER in base64 between colons (RFC 9440 §2.1), or PEM with its line
    /// ends escaped, which is all that nginx can write (`$ssl_client_escaped_cert`); and `Client-Cert-Chain` (§2.2).
    pub fn read(header: &str, chain: &str) -> Option<Shown> {
        let header = header.trim();
        if header.len() > LONGEST || chain.len() > CHAIN * LONGEST {
            return None;
        }
        let der = match header.strip_prefix(':') {
            Some(_) => between_colons(header)?,
            None => {
                let pem = unescaped(header)?;
                let text = pem.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
                let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
                STANDARD.decode(text).ok()?
            }
        };
        // A certificate is a sequence of some length; what else stands in it is looked at where it is used.
        let plausible = der.len() > 64 && der.first() == Some(&0x30);
        let chain = match chain.trim() {
            "" => Vec::new(),
            list => {
                list.split(',').take(CHAIN).map(|one| between_colons(one.trim())).collect::<Option<_>>()?
            }
        };
        plausible.then_some(Shown { der, chain })
    }

    /// What tokens are bound to.
    pub fn binding(&self) -> String {
        format!("{PREFIX}{}", encode(Sha256::digest(&self.der)))
    }
}

fn between_colons(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.strip_prefix(':')?.strip_suffix(':')?).ok()
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// A text with `%0A` and the like resolved.
fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(header: &str) -> Option<String> {
        Shown::read(header, "").map(|shown| shown.binding())
    }

    #[test]
    fn rfc9440_2_2_the_chain_is_a_list() {
        let der = |byte: u8| [&[0x30, 0x82][..], &[byte; 200]].concat();
        let text = |byte: u8| format!(":{}:", STANDARD.encode(der(byte)));
        let shown = Shown::read(&text(1), &format!("{}, {}", text(2), text(3))).unwrap();
        assert_eq!(shown.chain, [der(2), der(3)]);
        assert_eq!(Shown::read(&text(1), "x"), None);
    }

    #[test]
    fn rfc9440_2_1_a_certificate_stands_between_colons() {
        let der = [&[0x30, 0x82][..], &[7; 200]].concat();
        let text = STANDARD.encode(&der);
        let bound = binding(&format!(":{text}:")).unwrap();
        assert_eq!(bound, format!("{PREFIX}{}", encode(Sha256::digest(&der))));
        let escaped = |text: &str| {
            format!(
                "-----BEGIN%20CERTIFICATE-----%0A{}-----END%20CERTIFICATE-----%0A",
                text.replace('+', "%2B")
            )
        };
        let lines: Vec<&str> =
            (0..text.len()).step_by(64).map(|at| &text[at..(at + 64).min(text.len())]).collect();
        assert_eq!(
            binding(&escaped(&format!("{}%0A", lines.join("%0A")))),
            Some(bound),
            "as nginx writes it"
        );
        for wrong in [
            escaped("%4"),
            escaped("****"),
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
