//! Telling applications how a citizen answered elsewhere, and sending them what was granted (OpenID Connect CIBA Core 1.0
//! §10.2, §10.3, §12). Who is not reached is tried again; what is sent again is the same to the byte.

use super::{
    Provider,
    tokens::{ACCESS_SECONDS, PREFIX},
};
use crate::{
    error::{OauthError, ProviderError},
    jose::{decode, encode},
    model::{Delivery, Party, Scope},
    rules::{self, SKEW, ciba, sealing},
    store::{
        self as tables,
        grants::{self, Grant, Token},
        notices::{self, Notice},
        requests, unreadable, waiting,
    },
};
use ::store::{Tx, transact};
use identity::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use tokio::task::JoinSet;
use vocabulary::Moment;

/// How long an application may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Seconds for which nobody else tells the same.
const LEASE: i64 = 30;
/// Tries; the wait doubles from two seconds, so that the last comes while the tokens sent are valid still.
const TRIES: i64 = 8;

/// What is sealed in a row.
#[derive(Serialize, Deserialize)]
struct Content {
    /// The secret by which the application knows the request.
    id: String,
    /// The token with which it is told.
    token: String,
    /// What it is sent, once that is known.
    body: Option<Value>,
}

impl Provider {
    /// The parameters of a request, out of the signed one where it is signed, which counts once.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(crate) async fn read_ciba(
        &self,
        sent: ciba::Sent,
        party: &Party,
        now: Moment,
    ) -> Result<ciba::Sent, ProviderError> {
        let issuer = self.issuer()?;
        let (sent, signed) = ciba::read(sent, party, issuer, now)?;
        if let Some(signed) = signed {
            let digest = rules::hash(&["ciba", party.id.as_str(), &signed.jti]);
            let until = Moment::from_micros((signed.exp + SKEW).saturating_mul(1_000_000));
            let first: Result<bool, ProviderError> =
                transact!(self.inner.store, tx => Ok(requests::first_use(tx, digest, until).await?));
            if !first? {
                return Err(OauthError::invalid_request("the signed request was used before").into());
            }
        }
        Ok(sent)
    }

    /// What is kept to tell an application with.
    pub(super) fn sealed_notice(&self, id: i64, secret: &str, token: &str) -> Result<Vec<u8>, ProviderError> {
        self.seal(id, &Content { id: secret.to_owned(), token: token.to_owned(), body: None })
    }

    fn seal(&self, id: i64, content: &Content) -> Result<Vec<u8>, ProviderError> {
        let key = self.inner.back.keys.derived("notices")?;
        let text = serde_json::to_vec(content).map_err(|_| unreadable("notice"))?;
        sealing::seal(&key, &id.to_be_bytes(), &text).ok_or_else(|| identity::NoRandomness.into())
    }

    fn unseal(&self, notice: &Notice) -> Result<Content, ProviderError> {
        let key = self.inner.back.keys.derived("notices")?;
        let text = sealing::open(&key, &notice.id.to_be_bytes(), &notice.sealed);
        let read = text.and_then(|text| serde_json::from_slice(&text).ok());
        Ok(read.ok_or_else(|| unreadable("notice"))?)
    }

    /// Tells those that are due; how many heard it.
    ///
    /// # Errors
    /// Where the store or the keys fail. An application that does not answer is no error: it is tried again.
    pub async fn tell_due_notices(&self, now: Moment) -> Result<usize, ProviderError> {
        let store = &self.inner.store;
        if !notices::any_due(store, now).await? {
            return Ok(0);
        }
        let taken: Result<Vec<Notice>, ProviderError> = transact!(store, tx => {
            tables::lock(tx).await?;
            Ok(notices::take(tx, now, now.plus_seconds(LEASE)).await?)
        });
        let mut calls = JoinSet::new();
        for notice in taken? {
            let party = self.usable_party(&notice.client).await?;
            let address = party.as_ref().and_then(|p| p.backchannel_client_notification_endpoint.clone());
            let (Some(party), Some(address)) = (party, address) else {
                self.noticed(notice.id).await?;
                continue;
            };
            let content = self.content(&party, &notice, now).await?;
            calls.spawn_blocking(move || (notice, call(&address, &content)));
        }
        let mut heard = 0;
        while let Some(Ok((notice, outcome))) = calls.join_next().await {
            match outcome {
                Outcome::Heard => {
                    heard += 1;
                    self.noticed(notice.id).await?;
                }
                Outcome::Again if notice.tries < TRIES => {
                    let until = now.plus_seconds(1 << notice.tries);
                    let put_off: Result<(), ProviderError> =
                        transact!(store, tx => Ok(notices::put_off(tx, notice.id, until).await?));
                    put_off?;
                }
                _ => {
                    tracing::warn!(client = notice.client, "an application was not told of an answer");
                    self.lost(&notice, now).await?;
                }
            }
        }
        Ok(heard)
    }

    async fn noticed(&self, id: i64) -> Result<(), ProviderError> {
        transact!(self.inner.store, tx => Ok(notices::done(tx, id).await?))
    }

    /// An application that could not be reached: tokens that it was to be sent are of no further use. Who was only to be
    /// told may still ask.
    async fn lost(&self, notice: &Notice, now: Moment) -> Result<(), ProviderError> {
        let digest = notice.digest()?;
        let party = self.usable_party(&notice.client).await?;
        let pushed = party.is_some_and(|p| p.backchannel_token_delivery_mode == Delivery::Push);
        transact!(self.inner.store, tx => {
            if pushed && let Some(grant) = grants::of_code(tx, digest).await? {
                grants::revoke(tx, grant.id, now).await?;
            }
            Ok(notices::done(tx, notice.id).await?)
        })
    }

    /// What an application is sent, the same at every try.
    async fn content(&self, party: &Party, notice: &Notice, now: Moment) -> Result<Content, ProviderError> {
        let mut content = self.unseal(notice)?;
        if content.body.is_some() {
            return Ok(content);
        }
        let mut body = match party.backchannel_token_delivery_mode {
            Delivery::Push => self.pushed_answer(party, notice, &content.id, now).await?,
            Delivery::Ping | Delivery::Poll => json!({}),
        };
        body["auth_req_id"] = json!(content.id);
        content.body = Some(body);
        let sealed = self.seal(notice.id, &content)?;
        let kept: Result<(), ProviderError> =
            transact!(self.inner.store, tx => Ok(notices::keep(tx, notice.id, &sealed).await?));
        kept?;
        Ok(content)
    }

    /// The tokens (§10.3.1), or why there are none (§12).
    async fn pushed_answer(
        &self,
        party: &Party,
        notice: &Notice,
        id: &str,
        now: Moment,
    ) -> Result<Value, ProviderError> {
        let digest = notice.digest()?;
        let client = notice.client.as_str();
        let (access, refresh) = (Secret::new(PREFIX.0)?, Secret::new(PREFIX.1)?);
        let judged: Result<Result<Grant, OauthError>, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            if let Some(row) = waiting::find(tx, digest).await? {
                waiting::remove(tx, row.id).await?;
                let refused = OauthError::new("access_denied", "the citizen refused");
                let late = OauthError::new("expired_token", "the citizen did not answer in time");
                return Ok(Err(if row.denied_at.is_some() { refused } else { late }));
            }
            let granted = granted(tx, digest, client, now).await?;
            if let Ok(grant) = &granted {
                let row = |kind: &str, ends_at| Token {
                    grant_id: grant.id,
                    kind: kind.to_owned(),
                    jkt: String::new(),
                    created_at: now,
                    ends_at,
                    used_at: None,
                };
                let ends_at = now.plus_seconds(ACCESS_SECONDS);
                grants::add_token(tx, access.digest(), &row("access", ends_at)).await?;
                if grant.scopes()?.has(Scope::OfflineAccess) {
                    grants::add_token(tx, refresh.digest(), &row("refresh", grant.ends_at)).await?;
                }
            }
            Ok(granted)
        });
        let grant = match judged? {
            Ok(grant) => grant,
            Err(error) => {
                return Ok(json!({ "error": error.code, "error_description": error.description }));
            }
        };
        // The identity token says what it was sent with.
        let bare = self.id_token(party, &grant, now)?;
        let claims = bare.split('.').nth(1).and_then(|claims| decode(claims).ok());
        let claims = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
        let mut claims: Value = claims.ok_or_else(|| unreadable("token"))?;
        claims[ciba::REQUEST_CLAIM] = json!(id);
        claims["at_hash"] = json!(half_hash(access.reveal()));
        let mut body = json!({
            "access_token": access.reveal(),
            "token_type": "Bearer",
            "expires_in": ACCESS_SECONDS,
            "scope": grant.scopes()?.to_string(),
        });
        if grant.scopes()?.has(Scope::OfflineAccess) {
            body["refresh_token"] = json!(refresh.reveal());
            claims[ciba::REFRESH_HASH_CLAIM] = json!(half_hash(refresh.reveal()));
        }
        body["id_token"] = json!(self.inner.back.keys.sign("JWT", &claims, now)?);
        Ok(body)
    }
}

/// The grant that an answer left, used up now.
async fn granted(
    tx: &mut Tx,
    digest: identity::Digest,
    client: &str,
    now: Moment,
) -> Result<Result<Grant, OauthError>, ProviderError> {
    let found = grants::of_code(tx, digest).await?.filter(|grant| grant.client == client);
    let usable = found.filter(|grant| grant.code_used.is_none() && grant.revoked_at.is_none());
    let Some(grant) = usable else {
        return Ok(Err(OauthError::new("transaction_failed", "what was granted is in force no more")));
    };
    grants::use_code(tx, grant.id, now).await?;
    Ok(Ok(grant))
}

/// The left half of a hash (OpenID Connect Core §3.1.3.6).
fn half_hash(token: &str) -> String {
    encode(&Sha256::digest(token.as_bytes())[..16])
}

/// What came of telling an application.
enum Outcome {
    Heard,
    Again,
    Never,
}

/// Sends an application what it is told; it is never followed elsewhere (§10.2, §10.3), and what it answers is not read.
fn call(address: &str, content: &Content) -> Outcome {
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .build()
        .new_agent();
    let request = agent.post(address).header("authorization", &format!("Bearer {}", content.token));
    let body = content.body.as_ref().unwrap_or(&Value::Null).to_string();
    match request.header("content-type", "application/json").send(&body) {
        Ok(answer) if answer.status().is_success() => Outcome::Heard,
        // It does not know the token, or wants nothing of this: another try would be answered the same.
        Ok(answer) if matches!(answer.status().as_u16(), 400 | 401 | 403 | 404 | 410) => Outcome::Never,
        _ => Outcome::Again,
    }
}
