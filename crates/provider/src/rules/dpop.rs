//! Proof of possession (RFC 9449): a token is of use only to whoever holds its key.

use super::{SKEW, mac};
use crate::jose::{Jws, PublicJwk, encode};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
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

/// What a proof must be about.
pub struct About<'a> {
    /// Method of the request.
    pub method: &'a str,
    /// Address of the request without query.
    pub address: &'a str,
    /// The access token that comes along.
    pub token: Option<&'a str>,
    /// The secret from which nonces are made.
    pub secret: &'a [u8; 32],
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
    let Ok(jws) = Jws::read(proof) else { return wrong("the proof is not a token signed with ES256") };
    if jws.named("typ") != Some("dpop+jwt") {
        return wrong("typ is not dpop+jwt");
    }
    let key = jws.header.get("jwk").and_then(|jwk| PublicJwk::read(jwk).ok());
    let Some(key) = key else { return wrong("jwk is not a public key on P-256") };
    let Ok(claims) = jws.verify(&key) else { return wrong("the signature is not of the key in the header") };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("htm") != Some(about.method) {
        return wrong("htm is not the method");
    }
    if text("htu").map(|htu| htu.split(['?', '#']).next().unwrap_or_default()) != Some(about.address) {
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
    Ok(Proven { jkt: key.thumbprint(), jti: jti.to_owned(), until: iat + 2 * PERIOD + SKEW })
}
