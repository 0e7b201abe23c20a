//! Proof of possession (RFC 9449): a token is of use only to whoever holds its key.

use super::{SKEW, mac};
use crate::jose::{JoseFault, Jws, PublicJwk, encode};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};
use subtle::ConstantTimeEq as _;
use vocabulary::Moment;

/// Seconds for which a nonce is given out; it is taken for as long again.
const PERIOD: i64 = 120;

/// Why a proof is not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum DpopFault {
    /// Something about it is wrong.
    Invalid(&'static str),
    /// It lacks a nonce of ours that is fresh.
    Nonce,
}

/// What remains of a proof that was believed.
#[derive(Debug, PartialEq, Eq)]
pub struct Proven {
    /// Thumbprint of the key.
    pub jkt: String,
    /// Its identifier, for the memory against replay.
    pub jti: String,
    /// Until when it must be remembered, in seconds since 1970.
    pub until: i64,
}

/// Headers that are remembered.
const HOLDERS: usize = 4096;

/// The keys of proofs that were believed, by the header that carried them: whoever calls again sends the same header,
/// which need not be read anew. Nothing is believed because of it: each proof is verified.
#[derive(Default)]
pub struct Holders(RwLock<HashMap<String, Arc<Holder>>>);

struct Holder {
    key: PublicJwk,
    jkt: String,
}

impl Holders {
    fn find(&self, header: &str) -> Option<Arc<Holder>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(header).cloned()
    }

    fn keep(&self, header: &str, holder: &Arc<Holder>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Whoever fills it has his proofs read as if there were none.
        if known.len() >= HOLDERS {
            known.clear();
        }
        known.insert(header.to_owned(), Arc::clone(holder));
    }
}

/// What a proof must be about.
pub struct About<'a> {
    /// Method of the request.
    pub method: &'a str,
    /// Address of the request without query.
    pub address: &'a str,
    /// Another address of the same endpoint.
    pub alias: Option<&'a str>,
    /// The access token that comes along.
    pub token: Option<&'a str>,
    /// The secret from which nonces are made.
    pub secret: &'a [u8; 32],
    /// Keys met before.
    pub holders: &'a Holders,
    /// When.
    pub now: Moment,
}

fn period(now: Moment) -> i64 {
    now.micros().div_euclid(PERIOD * 1_000_000)
}

fn nonce_of(secret: &[u8; 32], period: i64) -> String {
    encode(&mac(secret, &[b"dpop nonce", &period.to_be_bytes()])[..18])
}

/// The nonce of the moment, §8. It needs no memory: every process makes and knows the same.
pub fn nonce(secret: &[u8; 32], now: Moment) -> String {
    nonce_of(secret, period(now))
}

/// Believes a proof, §4.3.
///
/// # Errors
/// See [`DpopFault`].
pub fn check(proof: &str, about: &About<'_>) -> Result<Proven, DpopFault> {
    let wrong = |why| Err(DpopFault::Invalid(why));
    let (holder, claims) = signed(proof, about.holders).map_err(DpopFault::Invalid)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("htm") != Some(about.method) {
        return wrong("htm is not the method");
    }
    let htu = text("htu").map(|htu| htu.split(['?', '#']).next().unwrap_or_default());
    if htu.is_none() || (htu != Some(about.address) && htu != about.alias) {
        return wrong("htu is not the address");
    }
    let now = about.now.micros().div_euclid(1_000_000);
    let Some(iat) = claims.get("iat").and_then(Value::as_f64).map(|seconds| seconds as i64) else {
        return wrong("iat is missing");
    };
    if iat > now + SKEW || iat < now - 2 * PERIOD {
        return wrong("iat is not now");
    }
    let Some(jti) = text("jti").filter(|jti| (1..=256).contains(&jti.len())) else {
        return wrong("jti is missing");
    };
    let hash = about.token.map(|token| encode(Sha256::digest(token)));
    if let Some(hash) = hash
        && text("ath") != Some(&hash)
    {
        return wrong("ath is not of the token");
    }
    let given = text("nonce").unwrap_or_default();
    let fresh = [0, 1]
        .map(|back| nonce_of(about.secret, period(about.now) - back))
        .iter()
        .any(|nonce| bool::from(nonce.as_bytes().ct_eq(given.as_bytes())));
    if !fresh {
        return Err(DpopFault::Nonce);
    }
    Ok(Proven { jkt: holder.jkt.clone(), jti: jti.to_owned(), until: iat + 2 * PERIOD + SKEW })
}

/// Who signed a proof, and its claims.
fn signed(proof: &str, holders: &Holders) -> Result<(Arc<Holder>, Map<String, Value>), &'static str> {
    const NOT_ITS_KEY: &str = "the signature is not of the key in the header";
    let header = proof.split('.').next().unwrap_or_default();
    if let Some(holder) = holders.find(header) {
        let claims = Jws::claims_by(proof, &holder.key).map_err(|fault| match fault {
            JoseFault::Signature => NOT_ITS_KEY,
            _ => NOT_SIGNED,
        })?;
        return Ok((holder, claims));
    }
    let jws = Jws::read(proof).map_err(|_| NOT_SIGNED)?;
    if jws.named("typ") != Some("dpop+jwt") {
        return Err("typ is not dpop+jwt");
    }
    let key = jws.header.get("jwk").and_then(|jwk| PublicJwk::read(jwk).ok());
    let key = key.ok_or("jwk is not a public key on P-256")?;
    let claims = jws.into_claims(&key).map_err(|_| NOT_ITS_KEY)?;
    let holder = Arc::new(Holder { jkt: key.thumbprint(), key });
    holders.keep(header, &holder);
    Ok((holder, claims))
}

const NOT_SIGNED: &str = "the proof is not a token signed with ES256";

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
    use serde_json::json;

    const NOW: Moment = Moment::from_micros(1_800_000_000_000_000);
    const SECRET: [u8; 32] = [1; 32];

    fn proof(byte: u8, header_of: u8, jti: &str) -> String {
        let key = |byte: u8| SigningKey::from_slice(&[byte; 32]).unwrap();
        let jwk = PublicJwk::new(None, *key(header_of).verifying_key()).to_json();
        let header = json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": jwk });
        let claims = json!({ "htm": "POST", "htu": "https://id.example/oidc/par", "iat": 1_800_000_000, "jti": jti,
            "nonce": nonce(&SECRET, NOW) });
        let signed = Jws::unsigned(&header, &claims);
        let signature: Signature = key(byte).sign(signed.as_bytes());
        format!("{signed}.{}", encode(signature.to_bytes()))
    }

    #[test]
    fn a_key_met_before_is_verified_as_one_met_first() {
        let holders = Holders::default();
        let about = About {
            method: "POST",
            address: "https://id.example/oidc/par",
            alias: None,
            token: None,
            secret: &SECRET,
            holders: &holders,
            now: NOW,
        };
        let forged = proof(8, 7, "x");
        let refused = Err(DpopFault::Invalid("the signature is not of the key in the header"));
        assert_eq!(check(&forged, &about), refused);
        assert!(holders.0.read().unwrap().is_empty(), "nobody is remembered for a forged proof");
        let first = check(&proof(7, 7, "a"), &about).unwrap();
        let second = check(&proof(7, 7, "b"), &about).unwrap();
        assert_eq!((&first.jkt, first.jti.as_str(), second.jti.as_str()), (&second.jkt, "a", "b"));
        assert_eq!(holders.0.read().unwrap().len(), 1);
        assert_eq!(check(&forged, &about), refused, "nor believed for a header that is known");
        let cut = proof(7, 7, "c");
        for broken in [&cut[..cut.len() - 2], cut.rsplit_once('.').unwrap().0, cut.split_once('.').unwrap().0]
        {
            assert!(matches!(check(broken, &about), Err(DpopFault::Invalid(_))), "{broken}");
        }
        assert_ne!(check(&proof(8, 8, "d"), &about).unwrap().jkt, first.jkt);
    }

    #[test]
    fn so_many_headers_are_remembered_and_no_more() {
        let holders = Holders::default();
        let key = PublicJwk::new(None, *SigningKey::from_slice(&[7; 32]).unwrap().verifying_key());
        let holder = Arc::new(Holder { jkt: key.thumbprint(), key });
        for n in 0..=HOLDERS {
            holders.keep(&n.to_string(), &holder);
        }
        assert_eq!(holders.0.read().unwrap().len(), 1);
    }
}
