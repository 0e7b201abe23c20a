//! The middleware: from cookie or bearer token to who calls.

use crate::{
    address::{counted, origin},
    cache::Unresolved,
    error::IdentityError,
    model::Refusal,
    service::{Identity, StaffSession, csrf_token},
};
use axum::{
    Router,
    extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts, Request, State},
    http::{HeaderValue, header, request::Parts},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};
use vocabulary::{Moment, Problem, kinds};
use web::{CsrfToken, Failure, WorkingBasis, Workplace};

/// Wraps routes so that handlers find who calls in the request's extensions: [`Caller`](access::Caller) (for
/// [`SignedIn`](web::SignedIn)), [`Workplace`], and for a session [`CsrfToken`] and [`WorkingBasis`].
///
/// - With an `Authorization` header only that counts. One that names nobody is answered `not-signed-in` at once, with
///   the rule that tells unknown, expired, revoked and suspended apart.
/// - Without one the session cookie counts, except under `/api/`: machines bear tokens, so no other site can make a
///   browser call the interface in an officer's name. A cookie that names nobody is as none; the sign-in page says why.
/// - A session whose password was given out for one use may only replace it.
pub fn layer(router: Router, identity: &Identity) -> Router {
    router.layer(from_fn_with_state(identity.clone(), resolve))
}

/// The session of the request, for the pages of this crate; also one that may only replace its password.
#[derive(Clone)]
pub(crate) struct Current(pub Arc<StaffSession>);

/// The request bore a session cookie that names nobody any more.
#[derive(Clone, Copy)]
pub(crate) struct Lapsed(pub Refusal);

/// Where the request comes from, as failures are counted on it.
#[derive(Clone, Debug)]
pub(crate) struct Origin(pub String);

async fn resolve(State(identity): State<Identity>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/assets/") {
        return next.run(request).await;
    }
    let now = Moment::now();
    if let Some(authorization) = request.headers().get(header::AUTHORIZATION) {
        return match identity.bearer(authorization.as_bytes(), now).await {
            Ok(token) => {
                let extensions = request.extensions_mut();
                extensions.insert(token.caller.clone());
                extensions.insert(Workplace(token.workplace.clone()));
                next.run(request).await
            }
            Err(unresolved) => refuse(unresolved),
        };
    }
    if path.starts_with("/api/") {
        return next.run(request).await;
    }
    let lapsed = match identity.cookies().session(request.headers()) {
        None => None,
        Some(None) => Some(Refusal::Unknown),
        Some(Some((secret, presented))) => {
            let csrf = CsrfToken(csrf_token(secret));
            match identity.session(presented, now).await {
                Ok(session) => {
                    let extensions = request.extensions_mut();
                    extensions.insert(csrf);
                    if !session.must_change {
                        extensions.insert(session.caller.clone());
                        extensions.insert(Workplace(session.workplace.clone()));
                        extensions.insert(WorkingBasis(session.basis.clone()));
                    }
                    extensions.insert(Current(session));
                    None
                }
                Err(Unresolved::Refused(refusal)) => Some(refusal),
                Err(unresolved) => return refuse(unresolved),
            }
        }
    };
    let Some(refusal) = lapsed else { return next.run(request).await };
    request.extensions_mut().insert(Lapsed(refusal));
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().get_mut::<Problem>()
        && problem.kind == &kinds::NOT_SIGNED_IN
    {
        *problem = refusal.problem();
    }
    response
}

fn refuse(unresolved: Unresolved) -> Response {
    match unresolved {
        Unresolved::Store(error) => Failure::from(IdentityError::from(error)).into_response(),
        Unresolved::Refused(refusal) => {
            let mut response = Failure(refusal.problem()).into_response();
            // RFC 6750 §3.1.
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            response
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Current {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Current, Failure> {
        parts.extensions.get::<Current>().cloned().ok_or_else(|| Failure::of(&kinds::NOT_SIGNED_IN))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Current {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Current>, Infallible> {
        Ok(parts.extensions.get::<Current>().cloned())
    }
}

impl FromRequestParts<Identity> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, identity: &Identity) -> Result<Origin, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        // Without a connection, as in tests of the routes alone, all requests count as one place.
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(Origin(counted(origin(peer, &parts.headers, &identity.config().trusted_proxies))))
    }
}
