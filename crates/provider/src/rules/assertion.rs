//! How a client proves who it is: `private_key_jwt` (OpenID Connect Core §9, RFC 7523 §3) with the narrowing of FAPI 2.0
//! (§5.3.2.1): the audience is the issuer, or, as older libraries write it, the token endpoint.

use super::SKEW;
use crate::jose::{Algorithm, JoseFault, JwkSet, Jws};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use vocabulary::Moment;

/// The only kind of assertion, RFC 7523 §2.2.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Seconds into the future for which an assertion may be valid: libraries write up to an hour.
const LONGEST: i64 = 3600;

/// What remains of an assertion once it is believed: for the memory against replay.
#[derive(Debug, PartialEq, Eq)]
pub struct Asserted {
    /// Its identifier.
    pub jti: String,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
}

#[derive(Deserialize)]
struct Claimed<'a> {
    #[serde(borrow)]
    sub: Cow<'a, str>,
}

/// Whom an unproven assertion is about, to find the keys by.
pub fn claimed_client(jws: &str) -> Option<String> {
    let payload = crate::jose::decode(jws.split('.').nth(1)?).ok()?;
    let claims: Claimed<'_> = serde_json::from_slice(&payload).ok()?;
    Some(claims.sub.into_owned())
}

/// Believes an assertion of a client.
///
/// # Errors
/// What is amiss, for the operator's log and never for the client: one of [`crate::CAUSES`].
pub fn check(
    text: &str,
    client: &str,
    (keys, algorithms): (&JwkSet, &[Algorithm]),
    audiences: &[&str],
    now: Moment,
) -> Result<Asserted, &'static str> {
    let jws = Jws::read_with(text, algorithms).map_err(|fault| match fault {
        JoseFault::Algorithm => "assertion-algorithm",
        _ => "assertion-unreadable",
    })?;
    let verified = keys.candidates(jws.named("kid")).find_map(|key| jws.verify(key).ok());
    let claims = verified.ok_or("assertion-key")?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
    let now = now.micros().div_euclid(1_000_000);
    let audience = match claims.get("aud") {
        Some(Value::String(one)) => audiences.contains(&one.as_str()),
        Some(Value::Array(many)) => {
            matches!(&many[..], [Value::String(one)] if audiences.contains(&one.as_str()))
        }
        _ => false,
    };
    if text("iss") != Some(client) || text("sub") != Some(client) {
        return Err("assertion-subject");
    }
    if !audience {
        return Err("assertion-audience");
    }
    let exp = time("exp").filter(|exp| *exp > now - SKEW).ok_or("assertion-expired")?;
    if exp > now + LONGEST {
        return Err("assertion-too-long");
    }
    if ["nbf", "iat"].iter().any(|name| time(name).is_some_and(|from| from > now + SKEW)) {
        return Err("assertion-not-yet");
    }
    let jti = text("jti").filter(|jti| (1..=256).contains(&jti.len())).ok_or("assertion-jti")?;
    Ok(Asserted { jti: jti.to_owned(), exp })
}
