//! Beginning a sign-in that is answered elsewhere: for a device (RFC 8628 §3.1), and for a named citizen (OpenID Connect
//! CIBA Core §7).

use super::{endpoints::answer, form::Signed};
use crate::{
    error::{OauthError, ProviderError},
    service::{Named, PACE, Provider, SECONDS},
};
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::json;
use vocabulary::Moment;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct DeviceForm {
    scope: String,
}

pub(super) async fn device(
    State(provider): State<Provider>,
    signed: Signed<DeviceForm>,
) -> Result<Response, ProviderError> {
    let now = Moment::now();
    let party = provider.authenticate(&signed.who.credentials(), "/oidc/device", now).await?;
    let shown = provider.begin_device(&party, &signed.form.scope, now).await?;
    let page = format!("{}/citizen/device", provider.issuer()?);
    let body = json!({
        "device_code": shown.device_code.reveal(),
        "user_code": shown.user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?code={}", shown.user_code),
        "expires_in": SECONDS,
        "interval": PACE,
    });
    Ok(answer(&provider, StatusCode::OK, body, now))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct CibaForm {
    scope: String,
    acr_values: Option<String>,
    login_hint: Option<String>,
    login_hint_token: Option<String>,
    id_token_hint: Option<String>,
    binding_message: String,
    requested_expiry: Option<i64>,
}

pub(super) async fn ciba(
    State(provider): State<Provider>,
    signed: Signed<CibaForm>,
) -> Result<Response, ProviderError> {
    let now = Moment::now();
    let party = provider.authenticate(&signed.who.credentials(), "/oidc/ciba", now).await?;
    let form = &signed.form;
    if form.login_hint_token.is_some() || form.id_token_hint.is_some() {
        return Err(OauthError::invalid_request("the only hint is login_hint").into());
    }
    let named = Named {
        scope: &form.scope,
        acr_values: form.acr_values.as_deref(),
        login_hint: form.login_hint.as_deref().unwrap_or_default(),
        message: &form.binding_message,
        seconds: form.requested_expiry,
    };
    let (secret, seconds) = provider.begin_ciba(&party, named, now).await?;
    let body = json!({ "auth_req_id": secret.reveal(), "expires_in": seconds, "interval": PACE });
    Ok(answer(&provider, StatusCode::OK, body, now))
}
