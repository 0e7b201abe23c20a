//! How a client proves who it is: `private_key_jwt` (OpenID Connect Core §9, RFC 7523 §3) with the narrowing of FAPI 2.0
//! (§5.3.2.1): the audience is the issuer, or, as older libraries write it, the token endpoint.

use super::SKEW;
use crate::jose::{Algorithm, JwkSet, Jws};
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

/// Believes an assertion of a client; `None` where anything is amiss.
pub fn check(
    text: &str,
    client: &str,
    (keys, algorithms): (&JwkSet, &[Algorithm]),
    audiences: &[&str],
    now: Moment,
) -> Option<Asserted> {
    let jws = Jws::read_with(text, algorithms).ok()?;
    let claims = keys.candidates(jws.named("kid")).find_map(|key| jws.verify(key).ok())?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
    let now = now.micros().div_euclid(1_000_000);
    let audience = match claims.get("aud")? {
        Value::String(one) => audiences.contains(&one.as_str()),
        Value::Array(many) => matches!(&many[..], [Value::String(one)] if audiences.contains(&one.as_str())),
        _ => false,
    };
    let exp = time("exp")?;
    let jti = text("jti").filter(|jti| (1..=256).contains(&jti.len()))?;
    let timely = exp > now - SKEW
        && exp <= now + LONGEST
        && time("nbf").is_none_or(|nbf| nbf <= now + SKEW)
        && time("iat").is_none_or(|iat| iat <= now + SKEW);
    (text("iss") == Some(client) && text("sub") == Some(client) && audience && timely)
        .then(|| Asserted { jti: jti.to_owned(), exp })
}
