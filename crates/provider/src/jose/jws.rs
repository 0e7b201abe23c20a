//! Signed tokens (RFC 7515 §7.1, RFC 7519), ES256 (RFC 7518 §3.4).

use super::{JoseFault, PublicJwk, decode, encode};
use p256::ecdsa::{Signature, signature::Verifier as _};
use serde_json::{Map, Value};

/// The longest token that is read.
const LONGEST: usize = 8 << 10;

/// A token that was read and not yet believed.
#[derive(Clone, Debug, PartialEq)]
pub struct Jws {
    /// Its header.
    pub header: Map<String, Value>,
    claims: Map<String, Value>,
    signed: String,
    signature: Signature,
}

impl Jws {
    /// Reads a compact token signed with ES256. A header with `crit`, or another algorithm such as `none` or `HS256`,
    /// is refused before anything else is looked at.
    ///
    /// # Errors
    /// [`JoseFault::Malformed`], [`JoseFault::Algorithm`].
    pub fn read(text: &str) -> Result<Jws, JoseFault> {
        if text.len() > LONGEST {
            return Err(JoseFault::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JoseFault::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(JoseFault::Malformed)?;
        let object = |part| match serde_json::from_slice(&decode(part)?) {
            Ok(Value::Object(map)) => Ok(map),
            _ => Err(JoseFault::Malformed),
        };
        let header = object(header)?;
        if header.get("alg").and_then(Value::as_str) != Some("ES256") {
            return Err(JoseFault::Algorithm);
        }
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(JoseFault::Malformed);
        }
        let signature = Signature::from_slice(&decode(signature)?).map_err(|_| JoseFault::Malformed)?;
        Ok(Jws { claims: object(claims)?, header, signed: signed.to_owned(), signature })
    }

    /// A text of the header.
    pub fn named(&self, member: &str) -> Option<&str> {
        self.header.get(member).and_then(Value::as_str)
    }

    /// The claims, where a key signed them.
    ///
    /// # Errors
    /// [`JoseFault::Signature`].
    pub fn verify(&self, key: &PublicJwk) -> Result<&Map<String, Value>, JoseFault> {
        key.key().verify(self.signed.as_bytes(), &self.signature).map_err(|_| JoseFault::Signature)?;
        Ok(&self.claims)
    }

    /// What is signed for a header and claims, and how the token is put together from the signature.
    pub fn unsigned(header: &Value, claims: &Value) -> String {
        format!("{}.{}", encode(header.to_string()), encode(claims.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::{SigningKey, signature::Signer as _};
    use serde_json::json;

    fn key(byte: u8) -> (SigningKey, PublicJwk) {
        let key = SigningKey::from_slice(&[byte; 32]).unwrap();
        let public = PublicJwk::new(None, *key.verifying_key());
        (key, public)
    }

    fn token(header: Value, claims: Value) -> String {
        let signed = Jws::unsigned(&header, &claims);
        let signature: Signature = key(7).0.sign(signed.as_bytes());
        format!("{signed}.{}", encode(signature.to_bytes()))
    }

    #[test]
    fn rfc7515_a_token_is_believed_with_its_key_alone() {
        let text = token(json!({"alg": "ES256"}), json!({"sub": "x"}));
        let jws = Jws::read(&text).unwrap();
        assert_eq!(jws.verify(&key(7).1).unwrap()["sub"], "x");
        assert_eq!(jws.verify(&key(8).1), Err(JoseFault::Signature));
        let other = token(json!({"alg": "ES256"}), json!({"sub": "y"}));
        let mixed = format!("{}.{}", other.rsplit_once('.').unwrap().0, text.rsplit_once('.').unwrap().1);
        assert_eq!(Jws::read(&mixed).unwrap().verify(&key(7).1), Err(JoseFault::Signature));
    }

    #[test]
    fn rfc8725_3_1_no_token_chooses_its_algorithm() {
        for alg in ["none", "None", "HS256", "RS256", "ES384", ""] {
            assert_eq!(
                Jws::read(&token(json!({ "alg": alg }), json!({}))),
                Err(JoseFault::Algorithm),
                "{alg}"
            );
        }
        assert_eq!(Jws::read(&token(json!({}), json!({}))), Err(JoseFault::Algorithm));
        let unsigned = Jws::unsigned(&json!({"alg": "ES256"}), &json!({}));
        assert_eq!(Jws::read(&format!("{unsigned}.")), Err(JoseFault::Malformed));
        let critical = token(json!({"alg": "ES256", "crit": ["exp"]}), json!({}));
        assert_eq!(Jws::read(&critical), Err(JoseFault::Malformed));
        assert_eq!(Jws::read(&"a.".repeat(9000)), Err(JoseFault::Malformed));
    }
}
