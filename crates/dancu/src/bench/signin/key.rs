//! Keys of applications, with the assertions and proofs that they sign (ES256).

use anyhow::{Result, anyhow};
use provider::jose::encode;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use vocabulary::Moment;

/// Seconds for which an assertion is valid: some are signed before the load begins.
const ASSERTION_SECONDS: i64 = 240;

/// A key on P-256, made for one run.
pub struct Key {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    jwk: Value,
    /// Headers in base64url: of assertions, and of proofs, which carry the key.
    heads: [String; 2],
}

impl Key {
    /// A new key.
    ///
    /// # Errors
    /// Where the system gives no randomness.
    pub fn new() -> Result<Key> {
        let random = SystemRandom::new();
        let rule = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let refused = |_| anyhow!("no key could be made");
        let document = EcdsaKeyPair::generate_pkcs8(rule, &random).map_err(refused)?;
        let pair = EcdsaKeyPair::from_pkcs8(rule, document.as_ref(), &random)
            .map_err(|_| anyhow!("a new key cannot be read"))?;
        // A point as it stands in certificates: 4, then both coordinates.
        let point = pair.public_key().as_ref();
        let jwk =
            json!({ "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..65]) });
        let heads = [json!({ "alg": "ES256" }), json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": jwk })]
            .map(|head| encode(head.to_string()));
        Ok(Key { pair, random, jwk, heads })
    }

    /// The public key, as it is registered.
    pub fn jwk(&self) -> &Value {
        &self.jwk
    }

    fn sign(&self, head: &str, claims: &Value) -> Result<String> {
        let signed = format!("{head}.{}", encode(claims.to_string()));
        let signature = self.pair.sign(&self.random, signed.as_bytes());
        let signature = signature.map_err(|_| anyhow!("the system gives no randomness"))?;
        Ok(format!("{signed}.{}", encode(signature.as_ref())))
    }

    /// Who a client is (`private_key_jwt`, RFC 7523 §3).
    ///
    /// # Errors
    /// As [`Key::new`].
    pub fn assertion(&self, client: &str, issuer: &str, jti: &str) -> Result<String> {
        let now = now();
        let exp = now + ASSERTION_SECONDS;
        let claims =
            json!({ "iss": client, "sub": client, "aud": issuer, "iat": now, "exp": exp, "jti": jti });
        self.sign(&self.heads[0], &claims)
    }

    /// That the sender holds this key (RFC 9449 §4.2).
    ///
    /// # Errors
    /// As [`Key::new`].
    pub fn proof(
        &self,
        method: &str,
        address: &str,
        token: Option<&str>,
        nonce: &str,
        jti: &str,
    ) -> Result<String> {
        let mut claims = json!({ "htm": method, "htu": address, "iat": now(), "jti": jti });
        if !nonce.is_empty() {
            claims["nonce"] = json!(nonce);
        }
        if let Some(token) = token {
            claims["ath"] = json!(encode(Sha256::digest(token)));
        }
        self.sign(&self.heads[1], &claims)
    }
}

fn now() -> i64 {
    Moment::now().micros().div_euclid(1_000_000)
}
