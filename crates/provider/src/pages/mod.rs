//! The pages of citizens: registration, sign-in and its means, what is shared, who looked, and the questions of
//! applications.

mod account;
mod answering;
mod app_codes;
mod arrival;
mod contacts;
mod factor;
mod passkeys;
mod phone;
mod recovery;
mod registration;
mod security;
mod sign_in;
mod who_looked;

use crate::service::Provider;
use axum::{
    Router,
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
    routing::{get, post},
};
use identity::{counted, origin};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};
use vocabulary::Moment;

/// The routes, to be merged into those that [`web::pages`] wraps, inside [`layer`](crate::layer).
pub fn pages(provider: Provider) -> Router {
    Router::new()
        .route("/citizen", get(account::show))
        .route("/citizen/register", get(registration::show).post(registration::submit))
        .route("/citizen/register/confirm", post(registration::confirm))
        .route("/citizen/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/citizen/sign-in/code", get(factor::begin).post(factor::answer))
        .route("/citizen/sign-in/passkey", get(passkeys::ask).post(passkeys::sign_in))
        .route("/citizen/sign-in/phone", get(phone::wait).post(phone::begin))
        .route("/citizen/sign-out", post(sign_in::sign_out))
        .route("/citizen/approve", get(phone::type_code).post(phone::typed))
        .route("/citizen/approve/answer", post(phone::answer))
        .route("/citizen/approve/{code}", get(phone::scanned))
        .route("/citizen/recovery", get(recovery::show).post(recovery::ask))
        .route("/citizen/recovery/confirm", post(recovery::confirm))
        .route("/citizen/recovery/cancel/{secret}", get(recovery::notice).post(recovery::cancel_by_notice))
        .merge(of_security())
        .route("/citizen/sessions/end", post(account::end_session))
        .route("/citizen/revoke", post(account::revoke))
        .route("/citizen/who-looked", get(who_looked::show))
        .route("/oidc/authorize", get(answering::begin).post(answering::begin_posted))
        .route("/oidc/ask/{request}", get(answering::show).post(answering::answer))
        .route("/oidc/logout", get(sign_in::leave).post(sign_in::left))
        .with_state(provider)
}

/// The pages of the means of signing in.
fn of_security() -> Router<Provider> {
    Router::new()
        .route("/citizen/security", get(security::show))
        .route("/citizen/security/passkeys/new", get(passkeys::new).post(passkeys::add))
        .route("/citizen/security/passkeys/{id}", get(passkeys::one).post(passkeys::change))
        .route("/citizen/security/app", get(app_codes::show).post(app_codes::begin))
        .route("/citizen/security/app/confirm", post(app_codes::confirm))
        .route("/citizen/security/app/remove", post(app_codes::remove))
        .route("/citizen/security/codes", post(app_codes::print))
        .route("/citizen/security/contacts", get(contacts::show).post(contacts::send))
        .route("/citizen/security/contacts/confirm", post(contacts::confirm))
        .route("/citizen/security/contacts/remove", post(contacts::remove))
        .route("/citizen/security/devices/forget", post(security::forget_device))
        .route("/citizen/security/password", get(security::password).post(security::set_password))
        .route("/citizen/security/recovery/cancel", post(recovery::cancel_own))
}

/// The network address that tries are counted on.
pub(crate) struct Origin(pub String);

impl FromRequestParts<Provider> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, provider: &Provider) -> Result<Origin, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(Origin(counted(origin(peer, &parts.headers, &provider.sign_in_config().trusted_proxies))))
    }
}

/// Date and time without seconds.
fn time(moment: Moment) -> String {
    let text = moment.local_text();
    text.get(..16).unwrap_or(&text).to_owned()
}
