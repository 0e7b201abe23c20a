//! The pages of citizens: registration, sign-in, what is shared, who looked, and the questions of applications.

mod account;
mod answering;
mod registration;
mod sign_in;
mod waiting;
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
        .route("/citizen/sign-out", post(sign_in::sign_out))
        .route("/citizen/sessions/end", post(account::end_session))
        .route("/citizen/revoke", post(account::revoke))
        .route("/citizen/who-looked", get(who_looked::show))
        .route("/citizen/device", get(waiting::device).post(waiting::claim))
        .route("/citizen/requests", get(waiting::list))
        .route("/citizen/requests/{id}", get(waiting::show).post(waiting::answer))
        .route("/oidc/authorize", get(answering::begin).post(answering::begin_posted))
        .route("/oidc/ask/{request}", get(answering::show).post(answering::answer))
        .route("/oidc/logout", get(sign_in::leave).post(sign_in::left))
        .with_state(provider)
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
