//! Pushed requests (RFC 9126), tokens (RFC 6749 §3.2), introspection (RFC 7662), revocation (RFC 7009).

use super::form::Signed;
use crate::{
    error::{OauthError, ProviderError},
    rules::{authorization::Sent, certificate::Shown},
    service::{Provider, TokenRequest},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use vocabulary::Moment;

/// An answer that nobody keeps, with the nonce of the next proof.
pub(super) fn answer(provider: &Provider, status: StatusCode, body: Value, now: Moment) -> Response {
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(nonce) = HeaderValue::from_str(&provider.nonce(now)) {
        headers.insert("dpop-nonce", nonce);
    }
    response
}

pub(super) async fn push(
    State(provider): State<Provider>,
    signed: Signed<Sent>,
) -> Result<Response, ProviderError> {
    let now = Moment::now();
    let call = provider.call(&signed.credentials(), signed.proof(), "/oidc/par", now).await?;
    let secret = provider.push(&call, signed.form, now).await?;
    let reference = format!("{}{}", crate::service::REFERENCE, secret.reveal());
    let body = json!({ "request_uri": reference, "expires_in": crate::service::PUSHED_SECONDS });
    Ok(answer(&provider, StatusCode::CREATED, body, now))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenForm {
    grant_type: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
    device_code: Option<String>,
    auth_req_id: Option<String>,
    scope: Option<String>,
}

pub(super) async fn token(
    State(provider): State<Provider>,
    signed: Signed<TokenForm>,
) -> Result<Response, ProviderError> {
    let now = Moment::now();
    let call = provider.call(&signed.credentials(), signed.proof(), "/oidc/token", now).await?;
    let bound = signed.certificate.as_ref().filter(|_| call.party.certificate_bound_tokens);
    let jkt = call.jkt.clone().or_else(|| bound.map(Shown::binding));
    let form = &signed.form;
    let request = TokenRequest {
        grant_type: form.grant_type.as_deref().unwrap_or_default(),
        code: form.code.as_deref(),
        redirect_uri: form.redirect_uri.as_deref(),
        verifier: form.code_verifier.as_deref(),
        refresh_token: form.refresh_token.as_deref(),
        device_code: form.device_code.as_deref(),
        auth_req_id: form.auth_req_id.as_deref(),
        scope: form.scope.as_deref(),
        jkt,
    };
    let body = provider.tokens(&call, request, now).await?;
    Ok(answer(&provider, StatusCode::OK, body, now))
}

#[derive(Deserialize)]
pub(super) struct About {
    token: Option<String>,
}

impl About {
    fn token(&self) -> Result<&str, OauthError> {
        self.token.as_deref().ok_or_else(|| OauthError::invalid_request("token is missing"))
    }
}

pub(super) async fn introspect(
    State(provider): State<Provider>,
    signed: Signed<About>,
) -> Result<Response, ProviderError> {
    let now = Moment::now();
    let party = provider.authenticate(&signed.credentials(), "/oidc/introspect", now).await?;
    let body = provider.introspect(&party, signed.form.token()?, now).await?;
    Ok(answer(&provider, StatusCode::OK, body, now))
}

pub(super) async fn revoke(
    State(provider): State<Provider>,
    signed: Signed<About>,
) -> Result<Response, ProviderError> {
    let now = Moment::now();
    let party = provider.authenticate(&signed.credentials(), "/oidc/revoke", now).await?;
    provider.revoke_token(&party, signed.form.token()?, now).await?;
    Ok(answer(&provider, StatusCode::OK, json!({}), now))
}
