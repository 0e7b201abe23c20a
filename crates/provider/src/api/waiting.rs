//! Beginning a sign-in that is answered elsewhere: for a device (RFC 8628 §3.1), and for a named citizen (OpenID Connect
//! CIBA Core §7).

use super::{endpoints::answer, form::Signed};
use crate::{
    error::{OauthError, ProviderError},
    model::Delivery,
    rules::ciba,
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
    let party = provider.authenticate(&signed.credentials(), "/oidc/device", now).await?;
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

pub(super) async fn ciba(
    State(provider): State<Provider>,
    signed: Signed<ciba::Sent>,
) -> Result<Response, ProviderError> {
    let now = Moment::now();
    let party = provider.authenticate(&signed.credentials(), "/oidc/ciba", now).await?;
    let sent = provider.read_ciba(signed.form, &party, now).await?;
    if sent.login_hint_token.is_some() || sent.id_token_hint.is_some() {
        return Err(OauthError::invalid_request("the only hint is login_hint").into());
    }
    let seconds = match sent.requested_expiry.as_deref().map(str::parse::<u32>) {
        Some(Err(_) | Ok(0)) => {
            return Err(OauthError::invalid_request("requested_expiry is a number of seconds").into());
        }
        Some(Ok(seconds)) => Some(i64::from(seconds)),
        None => None,
    };
    let named = Named {
        scope: sent.scope.as_deref().unwrap_or_default(),
        acr_values: sent.acr_values.as_deref(),
        login_hint: sent.login_hint.as_deref().unwrap_or_default(),
        message: sent.binding_message.as_deref().unwrap_or_default(),
        seconds,
        token: ciba::notification_token(&sent, &party)?,
    };
    let (secret, seconds) = provider.begin_ciba(&party, named, now).await?;
    let mut body = json!({ "auth_req_id": secret.reveal(), "expires_in": seconds });
    // Who is sent the answer does not ask for it.
    if party.backchannel_token_delivery_mode != Delivery::Push {
        body["interval"] = json!(PACE);
    }
    Ok(answer(&provider, StatusCode::OK, body, now))
}
