//! Sign-ins that are answered elsewhere than where they were begun: a device shows a code that the citizen types (RFC
//! 8628), or an application names the citizen, who is told and answers on the own page (OpenID Connect CIBA Core 1.0).
//! Until the answer the application asks again and again; then a grant stands under the secret by which it asks.

use super::{Client, Decision, Provider, random_id, tally_key, tokens::Judged};
use crate::{
    channel::Contact,
    error::{OauthError, ProviderError},
    model::{Delivery, Party, Profile, Scope, Scopes, Session},
    rules::{
        authorization::{self, Asked},
        user_code,
    },
    store::{
        self as tables, citizens,
        grants::{self, NewGrant},
        notices,
        waiting::{self, NewWaiting, Waiting},
    },
};
use ::store::{Tx, transact};
use identity::{Digest, Secret, lockout};
use std::sync::Arc;
use vocabulary::{Invalid, Moment, PersonalNumber, Problem, kinds};

/// RFC 8628 §3.4.
pub(crate) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// CIBA §10.1.
pub(crate) const CIBA_GRANT: &str = "urn:openid:params:grant-type:ciba";
/// Seconds that the citizen has.
pub(crate) const SECONDS: i64 = 600;
/// Seconds between two questions of the application.
pub(crate) const PACE: i64 = 5;
/// Seconds by which the pace slows where the application does not keep it (RFC 8628 §3.5).
const SLOWER: i64 = 5;
/// Seconds for which a grant lasts at most: with `offline_access`, and without.
const GRANT_SECONDS: (i64, i64) = (180 * 86_400, 3600);

const UNKNOWN: Invalid = Invalid::new(
    "device/code",
    "Mã không đúng hoặc đã hết hạn. Kiểm tra lại mã trên thiết bị.",
    "The code is not right or has expired. Look at the device again.",
);

/// How a sign-in is answered elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Device,
    Ciba,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Way::Device => "device",
            Way::Ciba => "ciba",
        }
    }
}

/// What a device is told.
pub(crate) struct Shown {
    pub device_code: Secret,
    pub user_code: String,
}

/// What an application names of the citizen.
pub(crate) struct Named<'a> {
    pub scope: &'a str,
    pub acr_values: Option<&'a str>,
    pub login_hint: &'a str,
    pub message: &'a str,
    pub seconds: Option<i64>,
    /// With what the application is told of the answer, where it is.
    pub token: Option<&'a str>,
}

/// An application that waits for the citizen.
pub(crate) struct Pending {
    pub id: i64,
    pub party: Arc<Client>,
    pub asked: Asked,
    pub message: String,
    pub is_device: bool,
}

impl Provider {
    /// Begins for a device (RFC 8628 §3.1).
    ///
    /// # Errors
    /// `unauthorized_client` for clients of FAPI 2.0, `invalid_scope`.
    pub(crate) async fn begin_device(
        &self,
        party: &Party,
        scope: &str,
        now: Moment,
    ) -> Result<Shown, ProviderError> {
        self.prune_sometimes(now).await?;
        if party.profile == Profile::Fapi2 {
            let why = "a client of FAPI 2.0 signs citizens in by the code flow or by CIBA";
            return Err(OauthError::new("unauthorized_client", why).into());
        }
        let asked = authorization::elsewhere(scope, None, party)?;
        let (device_code, user_code) = (Secret::new("")?, user_code::new()?);
        let row = NewWaiting {
            digest: device_code.digest(),
            id: random_id()?,
            kind: Way::Device.name(),
            client: party.id.as_str(),
            user_code: &user_code,
            citizen: None,
            asked: &asked,
            message: &user_code,
            pace: PACE,
            now,
            ends_at: now.plus_seconds(SECONDS),
        };
        let kept: Result<(), ProviderError> =
            transact!(self.inner.store, tx => Ok(waiting::insert(tx, &row).await?));
        kept?;
        Ok(Shown { device_code, user_code })
    }

    /// Begins for a citizen whom the application names by the personal number, and tells the citizen. Whether anybody
    /// has the number is not told: nobody answers then.
    ///
    /// # Errors
    /// `unauthorized_client`, `invalid_scope`, `invalid_binding_message`, `invalid_request`.
    pub(crate) async fn begin_ciba(
        &self,
        party: &Party,
        named: Named<'_>,
        now: Moment,
    ) -> Result<(Secret, i64), ProviderError> {
        self.prune_sometimes(now).await?;
        if !party.may_ask(Scope::PersonalNumber) {
            let why = "only a client that is registered for the personal number names citizens by it";
            return Err(OauthError::new("unauthorized_client", why).into());
        }
        let asked = authorization::elsewhere(named.scope, named.acr_values, party)?;
        let message = named.message.trim();
        if message.chars().count() > 60 || message.chars().any(char::is_control) {
            return Err(
                OauthError::new("invalid_binding_message", "at most 60 characters in one line").into()
            );
        }
        let Ok(number) = PersonalNumber::parse(named.login_hint) else {
            return Err(OauthError::invalid_request("login_hint is a personal number").into());
        };
        let tried =
            [(tally_key("ciba", &format!("{} {}", party.id.as_str(), number.reveal())), lockout::ACCOUNT)];
        if self.admit(&tried, now).await? > 0 {
            return Err(OauthError::new("access_denied", "the citizen was asked often of late").into());
        }
        let citizen = citizens::by_number(&self.inner.store, number).await?;
        let secret = Secret::new("")?;
        let seconds = named.seconds.unwrap_or(SECONDS).clamp(30, SECONDS);
        let id = random_id()?;
        let sealed = named.token.map(|token| self.sealed_notice(id, secret.reveal(), token)).transpose()?;
        let row = NewWaiting {
            digest: secret.digest(),
            id,
            kind: Way::Ciba.name(),
            client: party.id.as_str(),
            user_code: "",
            citizen: citizen.as_ref().map(|citizen| citizen.id),
            asked: &asked,
            message,
            pace: PACE,
            now,
            ends_at: now.plus_seconds(seconds),
        };
        let kept: Result<(), ProviderError> = transact!(self.inner.store, tx => {
            waiting::insert(tx, &row).await?;
            if let Some(sealed) = &sealed {
                notices::insert(tx, id, row.client, row.digest, sealed, row.ends_at).await?;
            }
            Ok(())
        });
        kept?;
        if let Some(citizen) = citizen {
            self.tell_of_request(&citizen.contact()?, party, now)?;
        }
        Ok((secret, seconds))
    }

    fn tell_of_request(&self, to: &Contact, party: &Party, now: Moment) -> Result<(), ProviderError> {
        let page = format!("{}/citizen/requests", self.issuer()?);
        let text = format!(
            "{} xin bạn xác nhận đăng nhập. Trả lời tại {page} trong 10 phút; nếu không phải bạn, hãy từ chối. / \
             {} asks you to confirm a sign-in. Answer at {page} within 10 minutes; if it is not you, refuse.",
            party.name, party.name_en
        );
        Ok(self.inner.back.channel.send(to, &text, now)?)
    }

    /// Gives the device that shows a code to the citizen who types it.
    ///
    /// # Errors
    /// `device/code`; `too-many-requests`.
    pub(crate) async fn claim_device(
        &self,
        session: &Session,
        code: &str,
        now: Moment,
    ) -> Result<i64, ProviderError> {
        let key = tally_key("device", &session.citizen.to_string());
        if self.admit(&[(key.clone(), lockout::ACCOUNT)], now).await? > 0 {
            return Err(Problem::new(&kinds::TOO_MANY).into());
        }
        let wrong = || ProviderError::from(UNKNOWN.at("code"));
        let code = user_code::read(code).ok_or_else(wrong)?;
        let claimed: Result<Option<i64>, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            let id = waiting::claim(tx, &code, session.citizen, now).await?;
            if id.is_some() {
                citizens::clear_tally(tx, &key).await?;
            }
            Ok(id)
        });
        claimed?.ok_or_else(wrong)
    }

    /// The applications that wait for the citizen.
    pub(crate) async fn pending(
        &self,
        session: &Session,
        now: Moment,
    ) -> Result<Vec<Pending>, ProviderError> {
        let mut pending = Vec::new();
        for row in waiting::of_citizen(&self.inner.store, session.citizen, now).await? {
            if let Some(party) = self.usable_party(&row.client).await? {
                let (asked, is_device) = (row.asked()?, row.kind == Way::Device.name());
                pending.push(Pending { id: row.id, party, asked, message: row.message, is_device });
            }
        }
        Ok(pending)
    }

    /// What the citizen answers; whether it was still asked.
    pub(crate) async fn reply(
        &self,
        session: &Session,
        id: i64,
        decision: Decision,
        now: Moment,
    ) -> Result<bool, ProviderError> {
        let store = &self.inner.store;
        let rows = waiting::of_citizen(store, session.citizen, now).await?;
        let Some(row) = rows.into_iter().find(|row| row.id == id) else { return Ok(false) };
        let asked = row.asked()?;
        let reached = match asked.level {
            Some(level) => self.citizen(session.citizen).await?.level >= level,
            None => true,
        };
        let chosen = match decision {
            // Who acts for another does so where the application is at hand.
            Decision::Grant(chosen, None) if reached => chosen,
            _ => {
                return transact!(store, tx => {
                    let denied = waiting::deny(tx, id, session.citizen, now).await?;
                    notices::answered(tx, id, now).await?;
                    Ok(denied)
                });
            }
        };
        // Nobody signs in for an organisation this way either.
        let mut scopes: Vec<Scope> = asked.scopes.and(&chosen).without(Scope::Organisation).iter().collect();
        scopes.push(Scope::OpenId);
        let scopes = Scopes::of(scopes);
        let (away, at_hand) = GRANT_SECONDS;
        let lasts = if scopes.has(Scope::OfflineAccess) { away } else { at_hand };
        let before = grants::consent(store, session.citizen, &row.client).await?;
        let agreed = Scopes::of(before.iter().flat_map(Scopes::iter).chain(scopes.iter()).collect());
        let grant = NewGrant {
            id: random_id()?,
            citizen: session.citizen,
            client: &row.client,
            scopes: &scopes,
            session: session.number,
            signed_in: session.created_at,
            amr: &session.amr,
            asked: &asked,
            code: row.digest()?,
            code_ends: row.ends_at,
            now,
            ends_at: now.plus_seconds(lasts),
        };
        transact!(store, tx => {
            if !waiting::take(tx, id, session.citizen, now).await? {
                return Ok(false);
            }
            grants::put_consent(tx, session.citizen, &row.client, &agreed, now).await?;
            grants::insert(tx, &grant).await?;
            notices::answered(tx, id, now).await?;
            Ok(true)
        })
    }
}

/// What the application is answered that asks again: the grant, or why not yet or not at all.
pub(super) async fn poll(
    tx: &mut Tx,
    secret: Digest,
    client: &str,
    way: Way,
    now: Moment,
) -> Result<Judged, ProviderError> {
    let refuse = |code, why| Ok(Err(OauthError::new(code, why)));
    if way == Way::Ciba
        && let Some((party, _)) = tables::parties::any_in(tx, client).await?
        && party.backchannel_token_delivery_mode == Delivery::Push
    {
        return refuse("unauthorized_client", "the client is sent its tokens");
    }
    let row = waiting::find(tx, secret).await?.filter(|row| row.client == client && row.kind == way.name());
    let Some(row) = row else { return redeem(tx, secret, client, now).await };
    if row.ends_at <= now {
        return refuse("expired_token", "the citizen did not answer in time");
    }
    if row.denied_at.is_some() {
        waiting::remove(tx, row.id).await?;
        return refuse("access_denied", "the citizen refused");
    }
    let hurried = is_hurried(&row, now);
    waiting::polled(tx, row.id, now, if hurried { row.pace + SLOWER } else { row.pace }).await?;
    if hurried {
        return refuse("slow_down", "ask less often");
    }
    refuse("authorization_pending", "the citizen has not answered yet")
}

/// Whether the application asks before its time; a second is given away to the network.
fn is_hurried(row: &Waiting, now: Moment) -> bool {
    row.polled_at.is_some_and(|last| now < last.plus_seconds(row.pace - 1))
}

/// The grant of a request that was answered, once.
async fn redeem(tx: &mut Tx, secret: Digest, client: &str, now: Moment) -> Result<Judged, ProviderError> {
    let refused = Ok(Err(OauthError::invalid_grant("the code is not known, used, or another's")));
    let grant = grants::of_code(tx, secret).await?.filter(|grant| grant.client == client);
    let Some(grant) = grant else { return refused };
    // A code of the ordinary flow has a challenge to prove.
    if !grant.asked()?.challenge.is_empty() {
        return refused;
    }
    if grant.code_used.is_some() {
        grants::revoke(tx, grant.id, now).await?;
        return refused;
    }
    if grant.code_ends <= now || grant.revoked_at.is_some() {
        return Ok(Err(OauthError::new("expired_token", "the answer was not fetched in time")));
    }
    grants::use_code(tx, grant.id, now).await?;
    Ok(Ok(grant))
}
