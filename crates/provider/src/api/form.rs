//! A form that an application sends (RFC 6749 appendix B): every parameter at most once.

use crate::{
    error::{OauthError, ProviderError},
    rules::certificate::Shown,
    service::{Credentials, Provider},
};
use axum::{
    body::Bytes,
    extract::{ConnectInfo, FromRequest, Request},
    http::{Extensions, HeaderMap, header},
};
use serde::{Deserialize, de::DeserializeOwned};
use std::net::SocketAddr;

/// A form with what proves the client.
pub(super) struct Signed<T> {
    pub form: T,
    pub who: Who,
    /// `DPoP` headers; more than one is an error.
    pub proofs: Vec<String>,
    /// The certificate that the client showed to the proxy.
    pub certificate: Option<Shown>,
}

/// What may prove a client.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Who {
    client_id: Option<String>,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
    client_secret: Option<String>,
    #[serde(skip)]
    authorization: bool,
}

impl Who {
    fn credentials<'a>(&'a self, certificate: Option<&'a Shown>) -> Credentials<'a> {
        Credentials {
            certificate,
            client: self.client_id.as_deref(),
            kind: self.client_assertion_type.as_deref(),
            assertion: self.client_assertion.as_deref(),
            other: self.authorization || self.client_secret.is_some(),
        }
    }
}

impl<T> Signed<T> {
    /// What proves the client.
    pub fn credentials(&self) -> Credentials<'_> {
        self.who.credentials(self.certificate.as_ref())
    }

    /// The one proof, where there is one.
    pub fn proof(&self) -> Result<Option<&str>, ProviderError> {
        match &self.proofs[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(OauthError::new("invalid_dpop_proof", "more than one proof").into()),
        }
    }
}

/// The certificate of a client, where a proxy that is trusted passes one on.
pub(super) fn certificate(
    provider: &Provider,
    extensions: &Extensions,
    headers: &HeaderMap,
) -> Option<Shown> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let trusted = &provider.sign_in_config().trusted_proxies;
    let mut passed_on = headers.get_all("client-cert").iter();
    let one = passed_on.next().filter(|_| passed_on.next().is_none())?;
    let is_trusted = trusted.iter().any(|network| network.has(peer.ip()));
    let mut chain = headers.get_all("client-cert-chain").iter();
    let between = chain.next().and_then(|chain| chain.to_str().ok()).unwrap_or_default();
    (is_trusted && chain.next().is_none())
        .then(|| Shown::read(one.to_str().unwrap_or_default(), between))
        .flatten()
}

pub(super) fn proofs(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all("dpop").iter();
    values.map(|value| value.to_str().unwrap_or_default().to_owned()).collect()
}

impl<T: DeserializeOwned> FromRequest<Provider> for Signed<T> {
    type Rejection = ProviderError;

    async fn from_request(request: Request, provider: &Provider) -> Result<Signed<T>, ProviderError> {
        let wrong = |why| ProviderError::from(OauthError::invalid_request(why));
        let headers = request.headers();
        let certificate = certificate(provider, request.extensions(), headers);
        let media =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if media.split(';').next().unwrap_or_default().trim() != "application/x-www-form-urlencoded" {
            return Err(wrong("the body is application/x-www-form-urlencoded"));
        }
        let (proofs, authorization) = (proofs(headers), headers.contains_key(header::AUTHORIZATION));
        let body =
            Bytes::from_request(request, provider).await.map_err(|_| wrong("the body is too large"))?;
        let refused = || wrong("a parameter is repeated, missing or not readable");
        let form = serde_html_form::from_bytes(&body).map_err(|_| refused())?;
        let mut who: Who = serde_html_form::from_bytes(&body).map_err(|_| refused())?;
        who.authorization = authorization;
        Ok(Signed { form, who, proofs, certificate })
    }
}
