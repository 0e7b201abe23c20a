//! Signed request objects (RFC 9101, FAPI 2.0 Message Signing §5.3): the parameters of a request as a token that the
//! client signed, so that it cannot deny later what it asked for.

use super::{SKEW, authorization::Sent};
use crate::{
    jose::Jws,
    model::{Party, Profile},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use vocabulary::Moment;

/// Seconds for which a request object may be valid, and seconds that it may be old.
const LONGEST: i64 = 3600;

/// The parameters of a request object, and nothing from beside it (RFC 9101 §6.3).
///
/// # Errors
/// What is wrong with it, for developers.
pub fn open(text: &str, party: &Party, issuer: &str, now: Moment) -> Result<Sent, &'static str> {
    let claims = &signed(text, party, &["oauth-authz-req+jwt", "JWT"])?;
    let client = party.id.as_str();
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(client) || text("client_id") != Some(client) {
        return Err("iss and client_id are the client");
    }
    // With a subject it could pass for the client's assertion elsewhere (RFC 9101 §10.8).
    if ["sub", "request", "request_uri"].iter().any(|name| claims.contains_key(*name)) {
        return Err("sub, request and request_uri do not stand in a request object");
    }
    if !is_addressed(claims, issuer) {
        return Err("aud is the issuer");
    }
    if !is_timely(claims, party.profile, now.micros().div_euclid(1_000_000)) {
        return Err("exp and nbf lie at most an hour apart, around now");
    }
    parameters(claims).ok_or("a parameter cannot be read")
}

/// The claims of a token that the client signed, of these types or of none that is stated.
pub(super) fn signed(text: &str, party: &Party, types: &[&str]) -> Result<Map<String, Value>, &'static str> {
    let algorithms = party.profile.algorithms();
    let jws = Jws::read_with(text, algorithms).map_err(|_| "the request object is no signed token")?;
    if jws.named("typ").is_some_and(|stated| !types.contains(&stated)) {
        return Err("typ is not that of a request object");
    }
    let keys = party.keys();
    let verified = keys.candidates(jws.named("kid")).find_map(|key| jws.verify(key).ok());
    verified.cloned().ok_or("the request object is not signed with a key of the client")
}

pub(super) fn is_addressed(claims: &Map<String, Value>, issuer: &str) -> bool {
    match claims.get("aud") {
        Some(Value::String(one)) => one == issuer,
        Some(Value::Array(many)) => many.iter().any(|one| one == issuer),
        _ => false,
    }
}

pub(super) fn is_timely(claims: &Map<String, Value>, profile: Profile, now: i64) -> bool {
    let time = |name: &str| claims.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
    let Some(exp) = time("exp") else { return false };
    let begun = match time("nbf") {
        Some(nbf) => nbf <= now + SKEW && nbf >= now - LONGEST && exp <= nbf + LONGEST,
        None => profile == Profile::Basic && exp <= now + LONGEST,
    };
    begun && exp > now - SKEW
}

/// The claims as the parameters they stand for; a number such as `max_age` may be written as one.
pub(super) fn parameters<T: DeserializeOwned>(claims: &Map<String, Value>) -> Option<T> {
    let text = |value: &Value| match value {
        Value::String(_) => Some(value.clone()),
        Value::Number(number) => Some(Value::String(number.to_string())),
        _ => None,
    };
    let texts = claims.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?)));
    serde_json::from_value(Value::Object(texts.collect())).ok()
}
