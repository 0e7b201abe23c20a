//! An authentication request of OpenID Connect CIBA Core 1.0: what is read, bare (§7.1) or signed (§7.1.1).

use super::{SKEW, request_object};
use crate::{
    error::OauthError,
    model::{Delivery, Party},
};
use serde::Deserialize;
use serde_json::Value;
use vocabulary::Moment;

/// The claim of an identity token that is pushed: to which request it belongs, §10.3.1.
pub const REQUEST_CLAIM: &str = "urn:openid:params:jwt:claim:auth_req_id";
/// The claim that binds the refresh token to an identity token that is pushed, §10.3.1.
pub const REFRESH_HASH_CLAIM: &str = "urn:openid:params:jwt:claim:rt_hash";

/// Characters of a notification token: 128 bits in base64 at least, and at most as §7.1 says.
const TOKEN: std::ops::RangeInclusive<usize> = 22..=1024;

/// The parameters as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Sent {
    /// What is asked.
    pub scope: Option<String>,
    /// How surely the citizen must be proofed.
    pub acr_values: Option<String>,
    /// The personal number.
    pub login_hint: Option<String>,
    /// Not taken.
    pub login_hint_token: Option<String>,
    /// Not taken.
    pub id_token_hint: Option<String>,
    /// What the citizen compares.
    pub binding_message: Option<String>,
    /// Seconds that the citizen has.
    pub requested_expiry: Option<String>,
    /// With what the application is told of the answer.
    pub client_notification_token: Option<String>,
    /// All of these as a token that the client signed.
    pub request: Option<String>,
}

/// A signed request that was believed, for the memory against replay.
#[derive(Debug, PartialEq, Eq)]
pub struct Signed {
    /// Its identifier.
    pub jti: String,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
}

/// The parameters of a request, taken out of the signed one where it is signed.
///
/// # Errors
/// `invalid_request`.
pub fn read(
    sent: Sent,
    party: &Party,
    issuer: &str,
    now: Moment,
) -> Result<(Sent, Option<Signed>), OauthError> {
    let wrong = OauthError::invalid_request;
    let Some(request) = &sent.request else {
        if party.signed_requests {
            return Err(wrong("the client signs its requests"));
        }
        return Ok((sent, None));
    };
    if sent != (Sent { request: Some(request.clone()), ..Sent::default() }) {
        return Err(wrong("beside a signed request stands no parameter of it"));
    }
    let claims = &request_object::signed(request, party, &["JWT"]).map_err(wrong)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
    if text("iss") != Some(party.id.as_str()) {
        return Err(wrong("iss is the client"));
    }
    if ["sub", "request"].iter().any(|name| claims.contains_key(*name)) {
        return Err(wrong("sub and request do not stand in a signed request"));
    }
    if !request_object::is_addressed(claims, issuer) {
        return Err(wrong("aud is the issuer"));
    }
    let seconds = now.micros().div_euclid(1_000_000);
    // All of these are required, whatever the profile.
    let (Some(exp), Some(_), Some(iat)) = (time("exp"), time("nbf"), time("iat")) else {
        return Err(wrong("exp, nbf and iat are required"));
    };
    if !request_object::is_timely(claims, party.profile, seconds) || iat > seconds + SKEW {
        return Err(wrong("exp and nbf lie at most an hour apart, around now"));
    }
    let jti = text("jti").filter(|jti| (1..=256).contains(&jti.len()));
    let jti = jti.ok_or_else(|| wrong("jti is required"))?.to_owned();
    let read = request_object::parameters(claims).ok_or_else(|| wrong("a parameter cannot be read"))?;
    Ok((read, Some(Signed { jti, exp })))
}

/// The token with which the application is told of the answer, where it is registered to be told; where it only asks,
/// none is needed.
///
/// # Errors
/// `invalid_request`.
pub fn notification_token<'a>(sent: &'a Sent, party: &Party) -> Result<Option<&'a str>, OauthError> {
    if party.backchannel_token_delivery_mode == Delivery::Poll {
        return Ok(None);
    }
    let token = sent.client_notification_token.as_deref().unwrap_or_default();
    let plain = token.trim_end_matches('=');
    let fits = TOKEN.contains(&token.len())
        && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b));
    if fits {
        return Ok(Some(token));
    }
    Err(OauthError::invalid_request("client_notification_token is a bearer token of 22 to 1024 characters"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Profile;
    use vocabulary::{AgencyCode, SystemId};

    fn party(mode: Delivery) -> Party {
        let (id, agency) = (SystemId::parse("bank").unwrap(), AgencyCode::parse("G01").unwrap());
        Party { backchannel_token_delivery_mode: mode, ..Party::new(id, agency, Profile::Basic) }
    }

    #[test]
    fn ciba_7_1_a_notification_token_is_a_bearer_token_that_cannot_be_guessed() {
        let read = |token: &str, mode| {
            let sent = Sent { client_notification_token: Some(token.to_owned()), ..Sent::default() };
            notification_token(&sent, &party(mode)).map(|token| token.map(str::to_owned))
        };
        let good = "8d67dc78-7faa-4d41-aabd-67707b374255";
        assert_eq!(read(good, Delivery::Ping), Ok(Some(good.to_owned())));
        assert_eq!(read(good, Delivery::Poll), Ok(None));
        for bad in
            ["", "short", "0123456789012345678901\r\nX: y", &"x".repeat(1025), "012345678901234567890=1"]
        {
            assert!(read(bad, Delivery::Push).is_err(), "{bad}");
        }
    }
}
