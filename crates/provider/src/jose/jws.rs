//! Signed tokens (RFC 7515 §7.1, RFC 7519).

use super::{Algorithm, JoseFault, PublicJwk, decode, encode};
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
    algorithm: Algorithm,
    signature: Vec<u8>,
}

impl Jws {
    /// Reads a compact token signed with ES256. A header with `crit`, or another algorithm such as `none` or `HS256`,
    /// is refused before anything else is looked at.
    ///
    /// # Errors
    /// [`JoseFault::Malformed`], [`JoseFault::Algorithm`].
    pub fn read(text: &str) -> Result<Jws, JoseFault> {
        Jws::read_with(text, &[Algorithm::Es256])
    }

    /// The same for a place that takes other algorithms.
    ///
    /// # Errors
    /// As [`Jws::read`].
    pub fn read_with(text: &str, taken: &[Algorithm]) -> Result<Jws, JoseFault> {
        if text.len() > LONGEST {
            return Err(JoseFault::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JoseFault::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(JoseFault::Malformed)?;
        let header = object(header)?;
        let algorithm = header.get("alg").and_then(Value::as_str).and_then(Algorithm::parse);
        let algorithm = algorithm.filter(|one| taken.contains(one)).ok_or(JoseFault::Algorithm)?;
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(JoseFault::Malformed);
        }
        let signature = decode(signature)?;
        if signature.is_empty() {
            return Err(JoseFault::Malformed);
        }
        Ok(Jws { claims: object(claims)?, header, signed: signed.to_owned(), algorithm, signature })
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
        let verified = key.verifies(self.algorithm, self.signed.as_bytes(), &self.signature);
        if verified { Ok(&self.claims) } else { Err(JoseFault::Signature) }
    }

    /// The claims of a token with ES256 whose header was read before, where a key signed it.
    ///
    /// # Errors
    /// [`JoseFault::Malformed`], [`JoseFault::Signature`].
    pub fn claims_by(text: &str, key: &PublicJwk) -> Result<Map<String, Value>, JoseFault> {
        if text.len() > LONGEST {
            return Err(JoseFault::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JoseFault::Malformed)?;
        let (_, claims) = signed.split_once('.').ok_or(JoseFault::Malformed)?;
        match key.verifies(Algorithm::Es256, signed.as_bytes(), &decode(signature)?) {
            true => object(claims),
            false => Err(JoseFault::Signature),
        }
    }

    /// The claims for good, where a key signed them.
    ///
    /// # Errors
    /// [`JoseFault::Signature`].
    pub fn into_claims(self, key: &PublicJwk) -> Result<Map<String, Value>, JoseFault> {
        self.verify(key)?;
        Ok(self.claims)
    }

    /// What is signed for a header and claims, and how the token is put together from the signature.
    pub fn unsigned(header: &Value, claims: &Value) -> String {
        format!("{}.{}", encode(header.to_string()), encode(claims.to_string()))
    }
}

fn object(part: &str) -> Result<Map<String, Value>, JoseFault> {
    match serde_json::from_slice(&decode(part)?) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(JoseFault::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
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

    /// A token of an RSA key of 2048 bits, made with another library (Python's cryptography).
    fn rsa() -> (PublicJwk, Value) {
        let sample: Value = serde_json::from_str(include_str!("rsa_sample.json")).unwrap();
        (PublicJwk::read(&sample["jwk"]).unwrap(), sample)
    }

    #[test]
    fn rfc7518_3_3_tokens_of_rsa_keys_are_believed_where_they_are_taken() {
        let (key, sample) = rsa();
        for (name, algorithm) in [("rs256", Algorithm::Rs256), ("ps256", Algorithm::Ps256)] {
            let text = sample[name].as_str().unwrap();
            assert_eq!(Jws::read(text), Err(JoseFault::Algorithm));
            let jws = Jws::read_with(text, &[algorithm]).unwrap();
            assert_eq!(jws.verify(&key).unwrap()["sub"], "x");
            let parts: Vec<&str> = text.split('.').collect();
            let forged = format!("{}.{}.{}", parts[0], encode(r#"{"sub":"y"}"#), parts[2]);
            let forged = Jws::read_with(&forged, &[algorithm]).unwrap();
            assert_eq!(forged.verify(&key), Err(JoseFault::Signature));
        }
    }

    #[test]
    fn rfc8725_3_1_a_key_verifies_its_own_algorithm_alone() {
        let (rsa, sample) = rsa();
        let text = token(json!({"alg": "ES256"}), json!({"sub": "x"}));
        assert_eq!(Jws::read(&text).unwrap().verify(&rsa), Err(JoseFault::Signature));
        let signed = Jws::read_with(sample["rs256"].as_str().unwrap(), &Algorithm::ALL).unwrap();
        assert_eq!(signed.verify(&key(7).1), Err(JoseFault::Signature));
        let mut stated = sample["jwk"].clone();
        stated["alg"] = json!("PS256");
        let stated = PublicJwk::read(&stated).unwrap();
        assert_eq!(signed.verify(&stated), Err(JoseFault::Signature), "the key states another algorithm");
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
