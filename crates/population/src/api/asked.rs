//! Who asks and what for: from the token, the request and what the call states.

use super::wire::{self, BasisWire};
use crate::Ask;
use access::Caller;
use axum::extract::{FromRequest, FromRequestParts, Request};
use serde::de::DeserializeOwned;
use vocabulary::{Problem, kinds};
use web::{Failure, JsonBody, RequestId, SignedIn};

/// A JSON body that states its basis and, where a system calls, the officer on whose behalf.
pub trait Call: DeserializeOwned + Send {
    /// Takes the basis and the officer out.
    fn stated(&mut self) -> (Option<BasisWire>, Option<String>);
}

/// A call: who asks and what for, and the rest of the body.
pub struct Asked<T>(pub Ask, pub T);

impl<S: Send + Sync, T: Call> FromRequest<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Asked<T>, Failure> {
        let (mut parts, body) = request.into_parts();
        let SignedIn(caller) =
            <SignedIn as FromRequestParts<S>>::from_request_parts(&mut parts, state).await?;
        let id = parts.extensions.get::<RequestId>().copied();
        let id = id.ok_or_else(|| Failure::of(&kinds::INTERNAL))?;
        let JsonBody(mut body) = JsonBody::<T>::from_request(Request::from_parts(parts, body), state).await?;
        let (basis, officer) = body.stated();
        Ok(Asked(ask(caller, basis, officer, id)?, body))
    }
}

/// Who asks and what for, from the token and the body.
pub fn ask(
    mut caller: Caller,
    basis: Option<BasisWire>,
    officer: Option<String>,
    request: RequestId,
) -> Result<Ask, Problem> {
    let basis = wire::basis(basis)?;
    if let Some(officer) = officer {
        // An officer who is signed in speaks for himself; only a system names the officer behind a call.
        if caller.actor.system.is_some() {
            caller.actor.officer = Some(vocabulary::StaffId::parse(&officer).map_err(|i| i.at("officer"))?);
        }
    }
    Ok(Ask { caller, basis: Some(basis), request: Some(request.to_string()) })
}
