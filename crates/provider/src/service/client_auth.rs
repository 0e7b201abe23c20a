//! Who calls an endpoint: a registered client with an assertion, and the proof of its key.

use super::{Client, Provider};
use crate::{
    error::{OauthError, ProviderError},
    model::{ClientAuth, Profile},
    rules::{self, assertion, certificate::Shown, client_certificate, dpop, obstacle::Obstacle},
    store::{self as tables, requests},
};
use ::store::{StoreError, Tx, transact};
use std::sync::Arc;
use vocabulary::{Moment, PartialDate};

/// What came with a request to authenticate the client by.
#[derive(Default)]
pub(crate) struct Credentials<'a> {
    pub client: Option<&'a str>,
    pub kind: Option<&'a str>,
    pub assertion: Option<&'a str>,
    /// The certificate that the client showed to the proxy.
    pub certificate: Option<&'a Shown>,
    /// A secret, or Basic authentication: neither is ever taken.
    pub other: bool,
}

/// Who calls: the client, the key that it proved to hold, and what the call used up.
pub(crate) struct Call {
    pub party: Arc<Client>,
    pub jkt: Option<String>,
    pub uses: Uses,
}

/// Assertions and proofs that a call used up. They are remembered in the transaction of what comes of the call, so that
/// both are durable before the answer; where nothing comes of it, by [`Provider::remember`].
#[derive(Default)]
#[must_use]
pub(crate) struct Uses(Vec<Use>);

struct Use {
    digest: [u8; 32],
    until: Moment,
    /// What it is refused with when it was used before.
    again: OauthError,
}

impl Use {
    fn new(kind: &str, whose: &str, jti: &str, until: i64, again: OauthError) -> Use {
        let until = Moment::from_micros(until.saturating_mul(1_000_000));
        Use { digest: rules::hash(&[kind, whose, jti]), until, again }
    }
}

impl Uses {
    /// Remembers them. The transaction is to be committed also where one was used before, so that the others count.
    pub(super) async fn keep(&self, tx: &mut Tx) -> Result<Result<(), OauthError>, StoreError> {
        let mut outcome = Ok(());
        for one in &self.0 {
            if !requests::first_use(tx, one.digest, one.until).await? && outcome.is_ok() {
                outcome = Err(one.again.clone());
            }
        }
        Ok(outcome)
    }
}

impl Provider {
    /// A client that may be used now: registered, not suspended, and live unless all people here are invented.
    pub(crate) async fn usable_party(&self, id: &str) -> Result<Option<Arc<Client>>, ProviderError> {
        if id.len() > 64 {
            return Ok(None);
        }
        let Some(kept) = tables::parties::find(&self.inner.store, id).await? else { return Ok(None) };
        let client = self.inner.clients.read(id, kept)?;
        let synthetic = self.inner.config.synthetic;
        Ok(Some(client).filter(|client| synthetic || client.is_live(PartialDate::today())))
    }

    /// Remembers what a call used up of which nothing else comes.
    ///
    /// # Errors
    /// `invalid_client` or `invalid_dpop_proof` where one was used before.
    pub(crate) async fn remember(&self, uses: &Uses) -> Result<(), ProviderError> {
        if uses.0.is_empty() {
            return Ok(());
        }
        let kept: Result<Result<(), OauthError>, ProviderError> =
            transact!(self.inner.store, tx => Ok(uses.keep(tx).await?));
        Ok(kept??)
    }

    /// The client that calls, by `private_key_jwt` or its certificate; an assertion counts no more.
    ///
    /// # Errors
    /// `invalid_client`.
    pub(crate) async fn authenticate(
        &self,
        given: &Credentials<'_>,
        endpoint: &str,
        now: Moment,
    ) -> Result<Arc<Client>, ProviderError> {
        let (party, uses) = self.recognise(given, endpoint, now).await?;
        self.remember(&uses).await?;
        Ok(party)
    }

    /// The client that calls by POST, and the key that it proves to hold. Whatever comes of the call remembers what it
    /// used up.
    ///
    /// # Errors
    /// `invalid_client`; as [`Provider::proof`].
    pub(crate) async fn call(
        &self,
        given: &Credentials<'_>,
        proof: Result<Option<&str>, ProviderError>,
        endpoint: &str,
        now: Moment,
    ) -> Result<Call, ProviderError> {
        let (party, mut uses) = self.recognise(given, endpoint, now).await?;
        let proven = proof.and_then(|proof| {
            proof.map(|proof| self.believe(proof, "POST", endpoint, None, now)).transpose()
        });
        match proven {
            Ok(proven) => {
                let (jkt, used) = proven.unzip();
                uses.0.extend(used);
                Ok(Call { party, jkt, uses })
            }
            Err(error) => {
                self.remember(&uses).await?;
                Err(error)
            }
        }
    }

    async fn recognise(
        &self,
        given: &Credentials<'_>,
        endpoint: &str,
        now: Moment,
    ) -> Result<(Arc<Client>, Uses), ProviderError> {
        // Why is for the log alone, but for what the request itself shows to whoever sent it.
        let refused = |cause| ProviderError::from(OauthError::invalid_client().because(cause));
        if let (None, None, false, Some(id), Some(shown)) =
            (given.kind, given.assertion, given.other, given.client, given.certificate)
        {
            super::parties::concerns(id);
            let Some(party) = self.usable_party(id).await? else {
                return Err(refused(self.obstacle(id).await?.map_or("client-unknown", Obstacle::word)));
            };
            let authorities = self.inner.authorities.as_ref();
            let proven = client_certificate::proves(shown, (&party, party.known_keys()), authorities, now);
            return if proven { Ok((party, Uses::default())) } else { Err(refused("client-certificate")) };
        }
        let (Some(assertion::TYPE), Some(text), false) = (given.kind, given.assertion, given.other) else {
            super::parties::concerns(given.client.unwrap_or_default());
            let cause = if given.other { "client-secret" } else { "no-assertion" };
            let told = "there are no secrets: the client sends client_assertion (private_key_jwt), or shows its certificate";
            return Err(OauthError::invalid_client().because(cause).told(told).into());
        };
        let claimed = assertion::claimed_client(text).ok_or_else(|| refused("assertion-unreadable"))?;
        super::parties::concerns(&claimed);
        if given.client.is_some_and(|client| client != claimed) {
            return Err(refused("client-differs"));
        }
        let Some(party) = self.usable_party(&claimed).await? else {
            return Err(refused(self.obstacle(&claimed).await?.map_or("client-unknown", Obstacle::word)));
        };
        // Whoever is registered with a certificate has no other way in.
        if party.token_endpoint_auth_method != ClientAuth::PrivateKeyJwt {
            return Err(refused("client-method"));
        }
        let issuer = self.issuer()?;
        let (address, token) = (format!("{issuer}{endpoint}"), format!("{issuer}/oidc/token"));
        let audiences: &[&str] = match party.profile {
            Profile::Fapi2 => &[issuer],
            Profile::Basic => &[issuer, &address, &token],
        };
        let keys = (party.known_keys(), party.profile.algorithms());
        let asserted = assertion::check(text, &claimed, keys, audiences, now).map_err(refused)?;
        let until = asserted.exp + rules::SKEW;
        let again = OauthError::invalid_client().because("assertion-used");
        let used = Use::new("assertion", &claimed, &asserted.jti, until, again);
        Ok((party, Uses(vec![used])))
    }

    /// The key that a request proves to hold, with a proof that counts no more; `None` without a proof.
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
        let (jkt, used) = self.believe(proof, method, endpoint, token, now)?;
        self.remember(&Uses(vec![used])).await?;
        Ok(Some(jkt))
    }

    fn believe(
        &self,
        proof: &str,
        method: &str,
        endpoint: &str,
        token: Option<&str>,
        now: Moment,
    ) -> Result<(String, Use), ProviderError> {
        let address = format!("{}{endpoint}", self.issuer()?);
        // The same endpoint under the address at which certificates are asked for.
        let alias = self.mtls_address().map(|address| format!("{address}{endpoint}"));
        let about = dpop::About {
            method,
            address: &address,
            alias: alias.as_deref(),
            token,
            secret: &self.inner.nonces,
            holders: &self.inner.holders,
            now,
        };
        let proven = match dpop::check(proof, &about) {
            Ok(proven) => proven,
            Err(dpop::DpopFault::Invalid(why)) => {
                return Err(OauthError::new("invalid_dpop_proof", why).into());
            }
            Err(dpop::DpopFault::Nonce) => {
                let error = OauthError::new("use_dpop_nonce", "the proof carries the nonce of the answer");
                return Err(OauthError { nonce: Some(self.nonce(now).into()), ..error }.into());
            }
        };
        let again = OauthError::new("invalid_dpop_proof", "the proof was used before");
        let used = Use::new("dpop", &proven.jkt, &proven.jti, proven.until, again);
        Ok((proven.jkt, used))
    }
}
