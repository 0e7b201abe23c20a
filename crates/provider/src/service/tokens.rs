//! Tokens: for a code, for a refresh token, and what becomes of them.

use super::{
    Call, Client, Provider,
    waiting::{self, Way},
};
use crate::{
    error::{OauthError, ProviderError},
    model::{Party, Profile, Scope, Scopes},
    rules::{authorization::acr, certificate, pkce},
    store::{
        self as tables,
        grants::{self, Grant, Token},
    },
};
use ::store::{Tx, transact};
use identity::{Digest, Secret, digest_presented};
use serde_json::{Value, json};
use std::sync::Arc;
use vocabulary::Moment;

/// Seconds for which an access token is valid.
pub(super) const ACCESS_SECONDS: i64 = 600;
/// Seconds for which an identity token is valid.
const ID_TOKEN_SECONDS: i64 = 300;
/// Begins every access token, so that secret scanners recognise a leaked one; and every refresh token.
pub(super) const PREFIX: (&str, &str) = ("dca_", "dcr_");

/// A request to the token endpoint.
#[derive(Default)]
pub(crate) struct TokenRequest<'a> {
    pub grant_type: &'a str,
    pub code: Option<&'a str>,
    pub redirect_uri: Option<&'a str>,
    pub verifier: Option<&'a str>,
    pub refresh_token: Option<&'a str>,
    pub device_code: Option<&'a str>,
    pub auth_req_id: Option<&'a str>,
    pub scope: Option<&'a str>,
    /// Thumbprint of the key that the request proved to hold, or the binding to its certificate.
    pub jkt: Option<String>,
}

/// An access token as presented.
pub(crate) struct Bearer<'a> {
    pub token: &'a str,
    /// Whether it came with the scheme `DPoP`.
    pub bound: bool,
    /// What was shown along: a key, or a certificate.
    pub jkt: Option<&'a str>,
}

/// A valid token with its grant.
pub(crate) struct Valid {
    pub token: Token,
    pub grant: Grant,
    pub scopes: Scopes,
    pub party: Arc<Client>,
}

/// What a request to the token endpoint presents, as digests.
enum Presented {
    Code(Digest),
    Refresh(Digest),
    Waiting(Way, Digest),
}

/// Either end of a transaction that must commit although the answer is an error.
pub(super) type Judged = Result<Grant, OauthError>;

impl Provider {
    /// Answers the token endpoint.
    pub(crate) async fn tokens(
        &self,
        call: &Call,
        request: TokenRequest<'_>,
        now: Moment,
    ) -> Result<Value, ProviderError> {
        let party = &call.party;
        let presented = match presented(party, &request) {
            Ok(presented) => presented,
            Err(error) => {
                self.remember(&call.uses).await?;
                return Err(error.into());
            }
        };
        let client = party.id.as_str();
        let (access, refresh) = (Secret::new(PREFIX.0)?, Secret::new(PREFIX.1)?);
        let jkt = request.jkt.as_deref().unwrap_or_default();
        // One transaction: what was used up, and what comes of it. Exchanges of one code or refresh token wait for one
        // another at its grant.
        let judged: Result<Judged, ProviderError> = transact!(self.inner.store, tx => {
            if let Err(again) = call.uses.keep(tx).await? {
                return Ok(Err(again));
            }
            let judged = match presented {
                Presented::Code(code) => redeem(tx, code, client, &request, now).await?,
                Presented::Refresh(token) => renew(tx, token, client, &request, now).await?,
                Presented::Waiting(way, secret) => {
                    tables::lock(tx).await?;
                    waiting::poll(tx, secret, client, way, now).await?
                }
            };
            let Ok(grant) = judged else { return Ok(judged) };
            let row = |kind: &str, ends_at| Token {
                grant_id: grant.id,
                kind: kind.to_owned(),
                jkt: jkt.to_owned(),
                created_at: now,
                ends_at,
                used_at: None,
            };
            grants::add_token(tx, access.digest(), &row("access", now.plus_seconds(ACCESS_SECONDS))).await?;
            if grant.scopes()?.has(Scope::OfflineAccess) {
                grants::add_token(tx, refresh.digest(), &row("refresh", grant.ends_at)).await?;
            }
            Ok(Ok(grant))
        });
        let grant = judged??;
        let scopes = grant.scopes()?;
        let mut answer = json!({
            "access_token": access.reveal(),
            "token_type": token_type(jkt),
            "expires_in": ACCESS_SECONDS,
            "scope": scopes.to_string(),
            "id_token": self.id_token(party, &grant, now)?,
        });
        if scopes.has(Scope::OfflineAccess) {
            answer["refresh_token"] = json!(refresh.reveal());
        }
        Ok(answer)
    }

    pub(super) fn id_token(
        &self,
        party: &Party,
        grant: &Grant,
        now: Moment,
    ) -> Result<String, ProviderError> {
        let seconds = |moment: Moment| moment.micros().div_euclid(1_000_000);
        let mut claims = json!({
            "iss": self.issuer()?,
            "sub": self.subject(party, grant.citizen),
            "aud": party.id.as_str(),
            "iat": seconds(now),
            "exp": seconds(now) + ID_TOKEN_SECONDS,
            "auth_time": seconds(grant.signed_in),
            "acr": acr(grant.level),
            "amr": grant.amr.split(' ').collect::<Vec<_>>(),
        });
        if let Some(act) = self.act(party, grant) {
            claims["act"] = act;
        }
        if let Some(org) = self.org(party, grant) {
            claims["org"] = org;
        }
        let asked = grant.asked()?;
        if asked.watches {
            claims["sid"] = json!(self.sid(party, grant.session));
        }
        if let Some(nonce) = asked.nonce {
            claims["nonce"] = json!(nonce);
        }
        Ok(self.inner.back.keys.sign("JWT", &claims, now)?)
    }

    /// A token of this client or any, where it and all it hangs on are valid now.
    pub(crate) async fn valid(&self, text: &str, now: Moment) -> Result<Option<Valid>, ProviderError> {
        let presented = digest_presented(text, PREFIX.0).or_else(|| digest_presented(text, PREFIX.1));
        let Some(digest) = presented else { return Ok(None) };
        let Some((token, grant)) = grants::of_token(&self.inner.store, digest).await? else {
            return Ok(None);
        };
        let over = token.ends_at <= now
            || token.used_at.is_some()
            || grant.revoked_at.is_some()
            || grant.ends_at <= now;
        let Some(party) = self.usable_party(&grant.client).await?.filter(|_| !over) else { return Ok(None) };
        let scopes = grant.scopes()?;
        Ok(Some(Valid { token, grant, scopes, party }))
    }

    /// The grant of an access token, presented as it is bound.
    ///
    /// # Errors
    /// `invalid_token`.
    pub(crate) async fn access(&self, bearer: &Bearer<'_>, now: Moment) -> Result<Valid, ProviderError> {
        let valid = self.valid(bearer.token, now).await?.filter(|valid| valid.token.kind == "access");
        let valid = valid.ok_or_else(OauthError::invalid_token)?;
        let fits = match valid.token.jkt.as_str() {
            "" => !bearer.bound,
            binding if binding.starts_with(certificate::PREFIX) => {
                !bearer.bound && bearer.jkt == Some(binding)
            }
            jkt => bearer.bound && bearer.jkt == Some(jkt),
        };
        if fits { Ok(valid) } else { Err(OauthError::invalid_token().into()) }
    }

    /// What is known of a token of the client's own (RFC 7662 §2.2).
    pub(crate) async fn introspect(
        &self,
        party: &Party,
        text: &str,
        now: Moment,
    ) -> Result<Value, ProviderError> {
        let Some(valid) = self.valid(text, now).await?.filter(|valid| valid.party.id == party.id) else {
            return Ok(json!({ "active": false }));
        };
        let mut answer = json!({
            "active": true,
            "iss": self.issuer()?,
            "client_id": party.id.as_str(),
            "sub": self.subject(party, valid.grant.citizen),
            "scope": valid.scopes.to_string(),
            "iat": valid.token.created_at.micros() / 1_000_000,
            "exp": valid.token.ends_at.micros() / 1_000_000,
        });
        if let Some(act) = self.act(party, &valid.grant) {
            answer["act"] = act;
        }
        if let Some(org) = self.org(party, &valid.grant) {
            answer["org"] = org;
        }
        if valid.token.kind == "access" {
            answer["token_type"] = json!(token_type(&valid.token.jkt));
        }
        if !valid.token.jkt.is_empty() {
            answer["cnf"] = match valid.token.jkt.strip_prefix(certificate::PREFIX) {
                Some(thumbprint) => json!({ "x5t#S256": thumbprint }),
                None => json!({ "jkt": valid.token.jkt }),
            };
        }
        Ok(answer)
    }

    /// Ends a token of the client's own; with a refresh token all that hangs on it (RFC 7009 §2.1).
    pub(crate) async fn revoke_token(
        &self,
        party: &Party,
        text: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let presented = digest_presented(text, PREFIX.0).or_else(|| digest_presented(text, PREFIX.1));
        let Some(digest) = presented else { return Ok(()) };
        transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            let Some(token) = grants::token(tx, digest).await? else { return Ok(()) };
            let Some(grant) = grants::find(tx, token.grant_id).await? else { return Ok(()) };
            if grant.client != party.id.as_str() {
                return Ok(());
            }
            if token.kind == "refresh" {
                grants::revoke(tx, grant.id, now).await?;
            } else {
                grants::end_token(tx, digest).await?;
            }
            Ok(())
        })
    }
}

/// With which scheme a token of a binding is presented.
fn token_type(binding: &str) -> &'static str {
    if binding.is_empty() || binding.starts_with(certificate::PREFIX) { "Bearer" } else { "DPoP" }
}

/// What is presented, where the request has the form that its client must keep to.
fn presented(party: &Party, request: &TokenRequest<'_>) -> Result<Presented, OauthError> {
    if party.certificate_bound_tokens && request.jkt.is_none() {
        return Err(OauthError::invalid_request("the client binds its tokens to its certificate"));
    }
    if party.profile == Profile::Fapi2 && request.jkt.is_none() {
        return Err(OauthError::new("invalid_dpop_proof", "the client binds its tokens to a key"));
    }
    let digest = |text: Option<&str>, prefix, refusal| {
        let digest = text.and_then(|text| digest_presented(text, prefix));
        digest.ok_or_else(|| OauthError::invalid_grant(refusal))
    };
    Ok(match request.grant_type {
        "authorization_code" => Presented::Code(digest(request.code, "", CODE)?),
        "refresh_token" => Presented::Refresh(digest(request.refresh_token, PREFIX.1, REFRESH)?),
        waiting::DEVICE_GRANT => Presented::Waiting(Way::Device, digest(request.device_code, "", CODE)?),
        waiting::CIBA_GRANT => Presented::Waiting(Way::Ciba, digest(request.auth_req_id, "", CODE)?),
        _ => {
            let why = "authorization_code, refresh_token, device_code or ciba";
            return Err(OauthError::new("unsupported_grant_type", why));
        }
    })
}

const CODE: &str = "the code is not known, expired, used, or another's";
const REFRESH: &str = "the refresh token is not known, expired, revoked, used, or another's";

/// The grant of a code that is used now. A code that was used before takes all that came of it along (RFC 6749 §4.1.2).
async fn redeem(
    tx: &mut Tx,
    code: Digest,
    client: &str,
    request: &TokenRequest<'_>,
    now: Moment,
) -> Result<Judged, ProviderError> {
    let refused = Ok(Err(OauthError::invalid_grant(CODE)));
    let Some(grant) = grants::of_code(tx, code).await?.filter(|grant| grant.client == client) else {
        return refused;
    };
    if grant.code_used.is_some() {
        grants::revoke(tx, grant.id, now).await?;
        return refused;
    }
    let asked = grant.asked()?;
    let bound = asked.jkt.is_none() || asked.jkt == request.jkt;
    if grant.code_ends <= now
        || grant.revoked_at.is_some()
        || request.redirect_uri.is_some_and(|address| address != asked.redirect_uri)
        || !bound
    {
        return refused;
    }
    if !pkce::proves(request.verifier.unwrap_or_default(), &asked.challenge) {
        return Ok(Err(OauthError::invalid_grant("code_verifier does not prove the challenge")));
    }
    grants::use_code(tx, grant.id, now).await?;
    Ok(Ok(grant))
}

/// The grant of a refresh token that is used up now. One that was used before revokes the whole family.
async fn renew(
    tx: &mut Tx,
    token: Digest,
    client: &str,
    request: &TokenRequest<'_>,
    now: Moment,
) -> Result<Judged, ProviderError> {
    let refused = Ok(Err(OauthError::invalid_grant(REFRESH)));
    let Some(row) = grants::token(tx, token).await?.filter(|row| row.kind == "refresh") else {
        return refused;
    };
    let found = grants::find(tx, row.grant_id).await?;
    let Some(grant) = found.filter(|grant| grant.client == client) else { return refused };
    // Who waited for the grant finds the token as it was left.
    let Some(row) = grants::token(tx, token).await? else { return refused };
    if row.used_at.is_some() {
        grants::revoke(tx, grant.id, now).await?;
        return refused;
    }
    let key = request.jkt.as_deref().unwrap_or_default();
    if row.ends_at <= now || grant.revoked_at.is_some() || row.jkt != key {
        return refused;
    }
    if request.scope.is_some_and(|scope| Scopes::parse(scope) != grant.scopes().ok()) {
        return Ok(Err(OauthError::invalid_scope("other scopes are asked for anew, not refreshed")));
    }
    grants::use_token(tx, token, now).await?;
    Ok(Ok(grant))
}
