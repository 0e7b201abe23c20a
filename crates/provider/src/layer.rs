//! The middleware of citizens' pages: from the cookie to the session.

use crate::{model::Session, service::Provider};
use access::Caller;
use axum::{
    Router,
    extract::{FromRequestParts, OptionalFromRequestParts, Request, State},
    http::request::Parts,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
};
use identity::{cookie, csrf_token, set_cookie};
use std::{convert::Infallible, sync::Arc};
use vocabulary::Moment;
use web::{CsrfToken, Failure, Portal, WorkingBasis, Workplace};

/// Wraps pages, inside the middleware of staff, so that below `/citizen/` and `/oidc/` the citizen's session counts
/// and that of an officer, which the same browser may have, does not.
pub fn layer(router: Router, provider: &Provider) -> Router {
    router.layer(from_fn_with_state(provider.clone(), resolve))
}

/// The session of the request, with the secret of its cookie.
#[derive(Clone)]
pub(crate) struct SignedInCitizen {
    pub session: Session,
    pub secret: Arc<str>,
}

pub(crate) fn cookie_name(provider: &Provider) -> &'static str {
    if provider.sign_in_config().secure_cookies { "__Host-dancu-citizen" } else { "dancu-citizen" }
}

/// `Set-Cookie` for a session; without a secret it takes the session away.
pub(crate) fn session_cookie(provider: &Provider, secret: Option<&str>) -> Option<axum::http::HeaderValue> {
    let seconds = if secret.is_some() { None } else { Some(0) };
    let secure = provider.sign_in_config().secure_cookies;
    set_cookie(cookie_name(provider), secret.unwrap_or_default(), "SameSite=Lax", seconds, secure)
}

/// The name of the cookie by which a browser that signed in before is known.
pub(crate) fn device_name(provider: &Provider) -> &'static str {
    if provider.sign_in_config().secure_cookies {
        "__Host-dancu-citizen-device"
    } else {
        "dancu-citizen-device"
    }
}

/// `Set-Cookie` by which a browser is known for 400 days, the most that browsers keep one. It opens nothing.
pub(crate) fn device_cookie(provider: &Provider, secret: &str) -> Option<axum::http::HeaderValue> {
    let secure = provider.sign_in_config().secure_cookies;
    set_cookie(device_name(provider), secret, "SameSite=Lax", Some(400 * 86_400), secure)
}

/// The name of the cookie of a computer that waits for a phone.
pub(crate) fn wait_name(provider: &Provider) -> &'static str {
    if provider.sign_in_config().secure_cookies { "__Host-dancu-citizen-wait" } else { "dancu-citizen-wait" }
}

/// `Set-Cookie` for a computer that waits; without a value it waits no more.
pub(crate) fn wait_cookie(provider: &Provider, value: Option<&str>) -> Option<axum::http::HeaderValue> {
    let seconds = if value.is_some() { 600 } else { 0 };
    let secure = provider.sign_in_config().secure_cookies;
    set_cookie(wait_name(provider), value.unwrap_or_default(), "SameSite=Lax", Some(seconds), secure)
}

async fn resolve(State(provider): State<Provider>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if !path.starts_with("/citizen/") && path != "/citizen" && !path.starts_with("/oidc/") {
        return next.run(request).await;
    }
    let secret: Option<Arc<str>> = cookie(request.headers(), cookie_name(&provider)).map(Into::into);
    let session = match &secret {
        Some(secret) => provider.session(secret, Moment::now()).await,
        None => Ok(None),
    };
    let session = match session {
        Ok(session) => session,
        Err(error) => return Failure::from(error).into_response(),
    };
    let extensions = request.extensions_mut();
    extensions.remove::<Arc<Caller>>();
    extensions.remove::<Workplace>();
    extensions.remove::<WorkingBasis>();
    extensions.remove::<CsrfToken>();
    let name = session.as_ref().map(|_| String::new());
    extensions.insert(Portal { base: "/citizen", name });
    if let (Some(session), Some(secret)) = (session, secret) {
        extensions.insert(CsrfToken(csrf_token(&secret)));
        extensions.insert(SignedInCitizen { session, secret });
    }
    next.run(request).await
}

/// Without a session: to the sign-in of citizens, and back.
pub(crate) fn to_sign_in(next: &str) -> Response {
    let address = crate::rules::redirect::with("/citizen/sign-in", &[("next", next)]);
    Redirect::to(&address).into_response()
}

impl<S: Sync> FromRequestParts<S> for SignedInCitizen {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<SignedInCitizen, Response> {
        let here = match parts.method {
            axum::http::Method::GET => parts.uri.path_and_query().map_or("/citizen", |path| path.as_str()),
            _ => "/citizen",
        };
        parts.extensions.get::<SignedInCitizen>().cloned().ok_or_else(|| to_sign_in(here))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for SignedInCitizen {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<SignedInCitizen>, Infallible> {
        Ok(parts.extensions.get::<SignedInCitizen>().cloned())
    }
}
