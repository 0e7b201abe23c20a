//! What was granted, for an access token (OpenID Connect Core §5.3, RFC 6750 §2.1, RFC 9449 §7).

use super::form::{certificate, proofs};
use crate::{
    error::{OauthError, ProviderError},
    service::{Bearer, Provider},
};
use axum::{
    Extension, Json,
    extract::State,
    http::{Extensions, HeaderMap, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use vocabulary::Moment;
use web::RequestId;

const ENDPOINT: &str = "/oidc/userinfo";

pub(super) async fn show(
    State(provider): State<Provider>,
    method: Method,
    request: Option<Extension<RequestId>>,
    extensions: Extensions,
    headers: HeaderMap,
) -> Response {
    let now = Moment::now();
    let certificate = certificate(&provider, &extensions, &headers).map(|shown| shown.binding());
    let request = request.map(|Extension(id)| id.to_string()).unwrap_or_default();
    let mut response = match answer(&provider, method.as_str(), (&headers, certificate), &request, now).await
    {
        Ok(response) => response,
        Err(error) => refused(error),
    };
    if let Ok(nonce) = HeaderValue::from_str(&provider.nonce(now)) {
        response.headers_mut().insert("dpop-nonce", nonce);
    }
    response
}

async fn answer(
    provider: &Provider,
    method: &str,
    (headers, certificate): (&HeaderMap, Option<String>),
    request: &str,
    now: Moment,
) -> Result<Response, ProviderError> {
    let authorization =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, token) = authorization.split_once(' ').unwrap_or_default();
    let bound = scheme.eq_ignore_ascii_case("dpop");
    if !bound && !scheme.eq_ignore_ascii_case("bearer") {
        return Err(OauthError::invalid_token().into());
    }
    let proofs = proofs(headers);
    let jkt = match &proofs[..] {
        [proof] if bound => provider.proof(Some(proof), method, ENDPOINT, Some(token), now).await?,
        [] if !bound => certificate,
        _ => return Err(OauthError::new("invalid_dpop_proof", "a bound token comes with one proof").into()),
    };
    let valid = provider.access(&Bearer { token, bound, jkt: jkt.as_deref() }, now).await?;
    let claims = provider.userinfo(&valid, request).await?;
    let mut response = if valid.party.signed_userinfo {
        let token = provider.signed(&valid.party, claims, now)?;
        ([(header::CONTENT_TYPE, "application/jwt")], token).into_response()
    } else {
        Json(claims).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A refusal with the challenge that says why.
fn refused(error: ProviderError) -> Response {
    let ProviderError::Oauth(error) = error else { return error.into_response() };
    let scheme = if error.code.contains("dpop") { "DPoP" } else { "Bearer" };
    let challenge = format!("{scheme} error=\"{}\", algs=\"ES256\"", error.code);
    let nonce = error.nonce.clone().map(String::from);
    let mut response = ProviderError::from(error).into_response();
    if scheme == "DPoP" {
        *response.status_mut() = axum::http::StatusCode::UNAUTHORIZED;
    }
    for (name, value) in [("www-authenticate", Some(challenge)), ("dpop-nonce", nonce)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
