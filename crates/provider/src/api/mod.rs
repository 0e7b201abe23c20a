//! The endpoints that applications call. They stand outside the pages: no cookie counts here.

mod applications;
mod discovery;
mod endpoints;
mod form;
mod userinfo;
mod waiting;

pub use applications::{administration, description};

use crate::service::Provider;
use axum::{
    Router,
    routing::{get, post},
};

/// The routes of applications, to be put behind [`web::edge`].
pub fn api(provider: Provider) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::configuration))
        .route("/.well-known/oauth-authorization-server", get(discovery::configuration))
        .route("/oidc/jwks", get(discovery::keys))
        .route("/oidc/par", post(endpoints::push))
        .route("/oidc/token", post(endpoints::token))
        .route("/oidc/introspect", post(endpoints::introspect))
        .route("/oidc/revoke", post(endpoints::revoke))
        .route("/oidc/device", post(waiting::device))
        .route("/oidc/ciba", post(waiting::ciba))
        .route("/oidc/userinfo", get(userinfo::show).post(userinfo::show))
        .with_state(provider)
}
