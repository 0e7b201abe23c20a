//! What can go wrong: errors of the protocol with their exact codes, and faults that pages tell as problems.

use crate::codes::OAUTH_CODES;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use identity::{HashError, NoRandomness};
use ledger::LedgerError;
use serde_json::json;
use std::borrow::Cow;
use store::StoreError;
use vocabulary::{Problem, Violation, kinds};

/// An error of OAuth (RFC 6749 §5.2 and the specifications that add codes).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {description}")]
pub struct OauthError {
    /// The code.
    pub code: &'static str,
    /// For developers; of what the request holds, the name of a scope at most.
    pub description: Cow<'static, str>,
    /// For the operator's log, and never sent: more than whoever may be an attacker is told.
    pub cause: &'static str,
    /// A nonce to try again with, RFC 9449 §8.
    pub nonce: Option<Box<str>>,
}

impl OauthError {
    /// An error.
    pub fn new(code: &'static str, description: &'static str) -> OauthError {
        debug_assert!(OAUTH_CODES.iter().any(|known| known.code == code), "{code} is not in the table");
        OauthError { code, description: Cow::Borrowed(description), cause: description, nonce: None }
    }

    /// The same with the cause for the log, one of [`crate::CAUSES`].
    #[must_use]
    pub fn because(self, cause: &'static str) -> OauthError {
        OauthError { cause, ..self }
    }

    /// The same, told to the developer in other words.
    #[must_use]
    pub fn told(self, description: impl Into<Cow<'static, str>>) -> OauthError {
        OauthError { description: description.into(), ..self }
    }

    /// Leaves a line in the log, within the span that names the request and, as far as it is known, the client. What
    /// belongs to the ordinary course of things is told to those who look for it.
    pub(crate) fn log(&self) {
        let ordinary = [
            "authorization_pending",
            "slow_down",
            "use_dpop_nonce",
            "login_required",
            "consent_required",
            "access_denied",
        ];
        if ordinary.contains(&self.code) {
            tracing::debug!(error = self.code, cause = self.cause, "refused");
        } else {
            tracing::info!(error = self.code, cause = self.cause, "refused");
        }
    }

    /// `invalid_request`.
    pub fn invalid_request(description: &'static str) -> OauthError {
        OauthError::new("invalid_request", description)
    }

    /// `invalid_scope`.
    pub fn invalid_scope(description: &'static str) -> OauthError {
        OauthError::new("invalid_scope", description)
    }

    /// `invalid_grant`.
    pub fn invalid_grant(description: &'static str) -> OauthError {
        OauthError::new("invalid_grant", description)
    }

    /// `invalid_client`: who asks is not known. Why is not told.
    pub fn invalid_client() -> OauthError {
        OauthError::new("invalid_client", "the client could not be authenticated")
    }

    /// `invalid_token`.
    pub fn invalid_token() -> OauthError {
        OauthError::new("invalid_token", "the token is not valid")
    }
}

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// An error of the protocol.
    #[error(transparent)]
    Oauth(#[from] OauthError),
    /// Told to a person.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Too many passwords at once.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// No randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// No key can sign.
    #[error(transparent)]
    Key(#[from] crate::keys::KeyFault),
    /// A message could not be handed over.
    #[error(transparent)]
    Channel(#[from] crate::channel::ChannelFault),
}

impl From<Violation> for ProviderError {
    fn from(violation: Violation) -> ProviderError {
        ProviderError::Refused(violation.into())
    }
}

impl From<population::Error> for ProviderError {
    fn from(error: population::Error) -> ProviderError {
        ProviderError::Refused(error.into())
    }
}

impl From<ProviderError> for Problem {
    fn from(error: ProviderError) -> Problem {
        let kind = match &error {
            ProviderError::Refused(problem) => return problem.clone(),
            ProviderError::Oauth(_) => &kinds::MALFORMED,
            ProviderError::Hash(HashError::Busy)
            | ProviderError::Store(StoreError::Busy | StoreError::Connection(_)) => &kinds::UNAVAILABLE,
            _ => &kinds::INTERNAL,
        };
        tracing::error!(%error, "citizens' sign-in failed");
        Problem::new(kind)
    }
}

/// An answer of an endpoint that machines call.
impl IntoResponse for ProviderError {
    fn into_response(self) -> Response {
        let error = match self {
            ProviderError::Oauth(error) => {
                error.log();
                error
            }
            other => {
                let problem = Problem::from(other);
                let code = if problem.kind == &kinds::UNAVAILABLE {
                    "temporarily_unavailable"
                } else {
                    "server_error"
                };
                let body = Json(json!({ "error": code }));
                let status = StatusCode::from_u16(problem.kind.status);
                return (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body).into_response();
            }
        };
        let status = match error.code {
            "invalid_client" | "invalid_token" => StatusCode::UNAUTHORIZED,
            "insufficient_scope" => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = Json(json!({ "error": error.code, "error_description": error.description }));
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(nonce) = error.nonce.and_then(|nonce| HeaderValue::from_str(&nonce).ok()) {
            headers.insert("dpop-nonce", nonce);
        }
        response
    }
}
