//! Where a request comes from, what its browser brought along, and what it is given to keep.

use super::Origin;
use crate::{
    layer::{SignedInCitizen, cookie_name, device_cookie, device_name, session_cookie, wait_name},
    rules::redirect,
    service::{Opened, Place, Provider},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, Method, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use identity::{browser_name, cookie};
use std::convert::Infallible;
use vocabulary::{Moment, Violation, kinds};
use web::RequestId;

use crate::error::ProviderError;

/// What a try to sign in is judged by besides what was typed.
pub(super) struct Arrival {
    address: String,
    browser: String,
    before: Option<String>,
    pub device: Option<String>,
    /// What the cookie of a computer that waits for a phone holds.
    pub waits: Option<String>,
    pub request: String,
    pub now: Moment,
}

impl FromRequestParts<Provider> for Arrival {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, provider: &Provider) -> Result<Arrival, Infallible> {
        let Origin(address) = Origin::from_request_parts(parts, provider).await?;
        let of = |name| cookie(&parts.headers, name).map(str::to_owned);
        Ok(Arrival {
            address,
            browser: browser_name(&parts.headers),
            before: of(cookie_name(provider)),
            device: of(device_name(provider)),
            waits: of(wait_name(provider)),
            request: parts.extensions.get::<RequestId>().map(ToString::to_string).unwrap_or_default(),
            now: Moment::now(),
        })
    }
}

impl Arrival {
    /// The place of the try.
    pub fn place(&self) -> Place<'_> {
        Place {
            address: &self.address,
            browser: &self.browser,
            before: self.before.as_deref(),
            device: self.device.as_deref(),
            request: &self.request,
            now: self.now,
        }
    }
}

/// Onwards after signing in, with the cookies.
pub(super) fn onwards(provider: &Provider, to: &str, opened: &Opened) -> Response {
    let mut response = Redirect::to(to).into_response();
    add_cookie(&mut response, session_cookie(provider, Some(opened.session.reveal())));
    if let Some(device) = &opened.device {
        add_cookie(&mut response, device_cookie(provider, device.reveal()));
    }
    response
}

/// Gives the browser a cookie along.
pub(super) fn add_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Somebody who signed in so lately that he may change the means of signing in; others do so first.
pub(super) struct Fresh(pub SignedInCitizen);

impl FromRequestParts<Provider> for Fresh {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, provider: &Provider) -> Result<Fresh, Response> {
        let citizen = <SignedInCitizen as FromRequestParts<Provider>>::from_request_parts(parts, provider);
        let citizen = citizen.await?;
        if provider.may_change(&citizen.session, Moment::now()) {
            return Ok(Fresh(citizen));
        }
        let next = if parts.method == Method::GET { parts.uri.path() } else { "/citizen/security" };
        let address = redirect::with("/citizen/sign-in", &[("next", next), ("again", "yes")]);
        Err(Redirect::to(&address).into_response())
    }
}

/// The fields at fault of an error, to show the form again with.
///
/// # Errors
/// Any other error.
pub(super) fn violations(error: ProviderError) -> Result<Vec<Violation>, ProviderError> {
    match error {
        ProviderError::Refused(problem) if problem.kind == &kinds::INVALID => Ok(problem.violations),
        other => Err(other),
    }
}
