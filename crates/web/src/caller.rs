//! Who is calling. The identity middleware resolves a session cookie or a bearer token and puts the answer into the
//! request's extensions; the extractors here hand it to the handlers.

use crate::failure::Failure;
use access::Caller;
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use std::{convert::Infallible, sync::Arc};
use vocabulary::{Basis, kinds};

/// The signed-in caller. Without one: `not-signed-in`, which is 401 with `WWW-Authenticate: Bearer` for machines and
/// a redirect to the sign-in page for people. `Option<SignedIn>` never fails.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Caller);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<SignedIn, Failure> {
        parts
            .extensions
            .get::<Arc<Caller>>()
            .map(|caller| SignedIn(Caller::clone(caller)))
            .ok_or_else(|| Failure::of(&kinds::NOT_SIGNED_IN))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for SignedIn {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<SignedIn>, Infallible> {
        Ok(parts.extensions.get::<Arc<Caller>>().map(|caller| SignedIn(Caller::clone(caller))))
    }
}

/// The caller's agency or unit in words, for the page header; the session middleware puts it in beside the [`Caller`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workplace(pub Arc<str>);

/// What the officer said once for all look-ups of the session: purpose, legal basis, procedure, dossier. The session
/// middleware puts it in; as an extractor it is empty where nothing was stated. It is stated at [`BASIS_PATH`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingBasis(pub Option<Basis>);

impl<S: Sync> FromRequestParts<S> for WorkingBasis {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<WorkingBasis, Infallible> {
        Ok(parts.extensions.get::<WorkingBasis>().cloned().unwrap_or_default())
    }
}

/// A part of the site with a sign-in of its own, such as that of citizens: put into the extensions of its requests.
/// Below `base` stand `/sign-in` and `/sign-out`.
#[derive(Clone, Debug)]
pub struct Portal {
    /// Its first segment, such as `/citizen`.
    pub base: &'static str,
    /// Who is signed in there, as the header says it.
    pub name: Option<String>,
}

/// The page on which the working basis is stated; `?next=/path` leads back.
pub const BASIS_PATH: &str = "/desk/basis";

/// Where to sign in, and where to go after that: `/sign-in?next=/path`. A path that is not local is left out.
pub fn sign_in_address(next: &str) -> String {
    match crate::local_path(next) {
        Some(next) if next != "/" => format!("/sign-in?next={}", encoded(next)),
        _ => "/sign-in".to_owned(),
    }
}

/// A path as the value of a query parameter.
pub(crate) fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 8);
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_survives_and_stays_local() {
        assert_eq!(
            sign_in_address("/desk/people/7?tab=a&x=1"),
            "/sign-in?next=/desk/people/7%3Ftab%3Da%26x%3D1"
        );
        assert_eq!(sign_in_address("//evil.test"), "/sign-in");
        assert_eq!(sign_in_address("/"), "/sign-in");
    }
}
