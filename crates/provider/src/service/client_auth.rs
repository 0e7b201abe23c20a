//! Who calls an endpoint: a registered client with an assertion, and the proof of its key.

use super::Provider;
use crate::{
    error::{OauthError, ProviderError},
    model::{Party, Profile},
    rules::{self, assertion, dpop},
    store::{self as tables, requests},
};
use ::store::transact;
use vocabulary::{Moment, PartialDate};

/// What came with a request to authenticate the client by.
#[derive(Default)]
pub(crate) struct Credentials<'a> {
    pub client: Option<&'a str>,
    pub kind: Option<&'a str>,
    pub assertion: Option<&'a str>,
    /// A secret, or Basic authentication: neither is ever taken.
    pub other: bool,
}

impl Provider {
    /// A client that may be used now: registered, not suspended, and live unless all people here are invented.
    pub(crate) async fn usable_party(&self, id: &str) -> Result<Option<Party>, ProviderError> {
        if id.len() > 64 {
            return Ok(None);
        }
        let party = tables::parties::find(&self.inner.store, id).await?;
        let synthetic = self.inner.config.synthetic;
        Ok(party.filter(|party| synthetic || party.is_live(PartialDate::today())))
    }

    /// The client that calls, by `private_key_jwt`.
    ///
    /// # Errors
    /// `invalid_client`.
    pub(crate) async fn authenticate(
        &self,
        given: &Credentials<'_>,
        endpoint: &str,
        now: Moment,
    ) -> Result<Party, ProviderError> {
        let refused = || ProviderError::from(OauthError::invalid_client());
        let (Some(assertion::TYPE), Some(text), false) = (given.kind, given.assertion, given.other) else {
            return Err(refused());
        };
        let claimed = assertion::claimed_client(text).ok_or_else(refused)?;
        if given.client.is_some_and(|client| client != claimed) {
            return Err(refused());
        }
        let party = self.usable_party(&claimed).await?.ok_or_else(refused)?;
        let issuer = self.issuer()?;
        let (address, token) = (format!("{issuer}{endpoint}"), format!("{issuer}/oidc/token"));
        let audiences: &[&str] = match party.profile {
            Profile::Fapi2 => &[issuer],
            Profile::Basic => &[issuer, &address, &token],
        };
        let keys = (&party.keys(), party.profile.algorithms());
        let asserted = assertion::check(text, &claimed, keys, audiences, now).ok_or_else(refused)?;
        if !self.first("assertion", &claimed, &asserted.jti, asserted.exp + rules::SKEW).await? {
            return Err(refused());
        }
        Ok(party)
    }

    /// Whether something is used for the first time.
    async fn first(&self, kind: &str, whose: &str, jti: &str, until: i64) -> Result<bool, ProviderError> {
        let digest = rules::hash(&[kind, whose, jti]);
        let until = Moment::from_micros(until.saturating_mul(1_000_000));
        transact!(self.inner.store, tx => Ok(requests::first_use(tx, digest, until).await?))
    }

    /// The key that a request proves to hold; `None` without a proof.
    ///
    /// # Errors
    /// `invalid_dpop_proof`; `use_dpop_nonce` with the nonce to use.
    pub(crate) async fn proof(
        &self,
        proof: Option<&str>,
        method: &str,
        endpoint: &str,
        token: Option<&str>,
        now: Moment,
    ) -> Result<Option<String>, ProviderError> {
        let Some(proof) = proof else { return Ok(None) };
        let address = format!("{}{endpoint}", self.issuer()?);
        let about = dpop::About { method, address: &address, token, secret: &self.inner.nonces, now };
        let proven = match dpop::check(proof, &about) {
            Ok(proven) => proven,
            Err(dpop::DpopFault::Invalid(why)) => {
                return Err(OauthError::new("invalid_dpop_proof", why).into());
            }
            Err(dpop::DpopFault::Nonce) => {
                let error = OauthError::new("use_dpop_nonce", "the proof carries the nonce of the answer");
                return Err(OauthError { nonce: Some(self.nonce(now)), ..error }.into());
            }
        };
        if !self.first("dpop", &proven.jkt, &proven.jti, proven.until).await? {
            return Err(OauthError::new("invalid_dpop_proof", "the proof was used before").into());
        }
        Ok(Some(proven.jkt))
    }
}
