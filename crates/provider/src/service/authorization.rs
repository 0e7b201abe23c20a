//! From an authorisation request to a code: pushed or sent, answered by the citizen, once.

use super::{Behalf, Call, Client, Mandate, Provider, Whom, random_id, timely_id};
use crate::{
    error::{OauthError, ProviderError},
    model::{Party, Profile, Scope, Scopes, Session},
    rules::{
        authorization::{self, Asked, Refused, Sent},
        redirect, request_object,
    },
    store::{
        self as tables,
        grants::NewGrant,
        requests::{self, Kept},
    },
};
use ::store::transact;
use identity::{Digest, Secret, digest_presented};
use std::sync::Arc;
use vocabulary::{Moment, PartialDate, Problem, kinds};

/// Begins every reference to a pushed request, RFC 9126 §2.2.
pub(crate) const REFERENCE: &str = "urn:ietf:params:oauth:request_uri:";
/// Seconds for which a pushed request can be used.
pub(crate) const PUSHED_SECONDS: i64 = 90;
/// Seconds for which a citizen may think.
const ASKING_SECONDS: i64 = 1800;
/// Seconds for which a code can be used (FAPI 2.0 §5.3.2.1: at most 60).
const CODE_SECONDS: i64 = 60;
/// Seconds for which a grant lasts at most: with `offline_access`, and without.
const GRANT_SECONDS: (i64, i64) = (180 * 86_400, 3600);

/// The account has not the level that was asked for (OpenID Connect Unmet Authentication Requirements, RFC 9470 §5).
const UNMET: &str = "unmet_authentication_requirements";

/// What comes next for the citizen.
pub(crate) enum Step {
    /// Sign in, then come back.
    SignIn,
    /// Say what to share, and for whom.
    Ask(Arc<Client>, Box<Asked>, Vec<Offered>),
    /// Back to the application.
    Back(String),
    /// The request is over or never was.
    Gone,
}

/// Somebody or an organisation for whom the citizen may sign in.
pub(crate) struct Offered {
    pub whom: Whom,
    pub name: String,
}

/// What session and standing consent say to a request.
enum Verdict {
    /// Nobody has signed in, or not lately enough.
    SignIn,
    /// These are shared, and nothing is asked.
    Agreed(Scopes),
    /// The citizen is asked.
    Ask,
    /// The application gets this error.
    Refused(&'static str),
}

/// What became of a request that a browser brought.
pub(crate) enum Begun {
    /// The citizen is asked, under this secret.
    Ask(Secret),
    /// All is said already: back to the application.
    Back(String),
}

/// What the citizen said.
pub(crate) enum Decision {
    /// Share these, for oneself or for another.
    Grant(Scopes, Option<Whom>),
    /// Share nothing.
    Deny,
}

impl Provider {
    /// Keeps a pushed request; the secret of its reference.
    pub(crate) async fn push(&self, call: &Call, sent: Sent, now: Moment) -> Result<Secret, ProviderError> {
        let asked = match self.pushed(&call.party, sent, call.jkt.clone(), now) {
            Ok(asked) => asked,
            Err(error) => {
                self.remember(&call.uses).await?;
                return Err(error);
            }
        };
        let (secret, ends_at) = (Secret::new("")?, now.plus_seconds(PUSHED_SECONDS));
        let kept: Result<Result<(), OauthError>, ProviderError> = transact!(self.inner.store, tx => {
            let first = call.uses.keep(tx).await?;
            if first.is_ok() {
                let (digest, client) = (secret.digest(), call.party.id.as_str());
                requests::put(tx, digest, requests::PUSHED, client, &asked, now, ends_at).await?;
            }
            Ok(first)
        });
        kept??;
        Ok(secret)
    }

    fn pushed(
        &self,
        party: &Party,
        mut sent: Sent,
        jkt: Option<String>,
        now: Moment,
    ) -> Result<Asked, ProviderError> {
        if sent.request_uri.is_some() {
            return Err(OauthError::invalid_request("request_uri is not sent to this endpoint").into());
        }
        sent = self.unsealed(sent, party, now)??;
        if let (Some(stated), Some(proven)) = (&sent.dpop_jkt, &jkt)
            && stated != proven
        {
            return Err(OauthError::new("invalid_dpop_proof", "dpop_jkt is not of the proof's key").into());
        }
        sent.dpop_jkt = jkt.or(sent.dpop_jkt);
        authorization::check(&sent, party).map_err(|refused| match refused {
            Refused::Here(error) | Refused::There(_, _, error) => error.into(),
        })
    }

    /// The parameters of a request, out of its request object where it has one.
    fn unsealed(
        &self,
        sent: Sent,
        party: &Party,
        now: Moment,
    ) -> Result<Result<Sent, OauthError>, ProviderError> {
        Ok(match &sent.request {
            Some(object) => request_object::open(object, party, self.issuer()?, now)
                .map_err(|why| OauthError::new("invalid_request_object", why)),
            None if party.signed_requests => {
                Err(OauthError::invalid_request("the client signs its requests"))
            }
            None => Ok(sent),
        })
    }

    /// Keeps a request about which the citizen is asked, in the place of the pushed one; nothing where that was used
    /// meanwhile.
    async fn pose_request(
        &self,
        party: &Party,
        asked: &Asked,
        pushed: Option<Digest>,
        now: Moment,
    ) -> Result<Option<Secret>, ProviderError> {
        let (secret, ends_at) = (Secret::new("")?, now.plus_seconds(ASKING_SECONDS));
        let kept: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            if let Some(pushed) = pushed
                && requests::take(tx, pushed, requests::PUSHED, now).await?.is_none()
            {
                return Ok(false);
            }
            let (digest, client) = (secret.digest(), party.id.as_str());
            requests::put(tx, digest, requests::ASKING, client, asked, now, ends_at).await?;
            Ok(true)
        });
        Ok(kept?.then_some(secret))
    }

    /// Takes a request of a browser: the citizen is asked, or, where a session and a consent say all already, sent back
    /// at once.
    pub(crate) async fn begin(
        &self,
        sent: &Sent,
        session: Option<&Session>,
        now: Moment,
    ) -> Result<Result<Begun, Refused>, ProviderError> {
        self.prune_sometimes(now).await?;
        let here = |error| Ok(Err(Refused::Here(error)));
        let client = sent.client_id.as_deref().unwrap_or_default();
        let Some(party) = self.usable_party(client).await? else {
            return here(OauthError::new(
                "unauthorized_client",
                "the client is not known or may not be used",
            ));
        };
        let over = "the request is not known, expired, or was used";
        let mut pushed = None;
        let asked = if let Some(reference) = &sent.request_uri {
            let digest = reference.strip_prefix(REFERENCE).and_then(|secret| digest_presented(secret, ""));
            let kept = match digest {
                Some(digest) => requests::find(&self.inner.store, digest, requests::PUSHED, now).await?,
                None => None,
            };
            pushed = digest;
            match kept.filter(|kept| kept.client == client) {
                Some(kept) => kept.asked,
                None => return here(OauthError::new("invalid_request_uri", over)),
            }
        } else if party.profile == Profile::Fapi2 {
            let error = OauthError::invalid_request("the client pushes its requests");
            return Ok(Err(match authorization::address(sent, &party) {
                Ok(address) => Refused::There(address, sent.state.clone(), error),
                Err(refused) => refused,
            }));
        } else {
            // A request that cannot be opened leads nowhere: its address may be anybody's.
            let sent = match self.unsealed(sent.clone(), &party, now)? {
                Ok(sent) => sent,
                Err(error) => return here(error),
            };
            match authorization::check(&sent, &party) {
                Ok(asked) => asked,
                Err(refused) => return Ok(Err(refused)),
            }
        };
        let kept = Kept { client: client.to_owned(), asked, since: now };
        if let (Verdict::Agreed(scopes), Some(session)) = (self.verdict(session, &kept, now).await?, session)
        {
            let held = pushed.map(|digest| (digest, requests::PUSHED));
            return match self.issue(held, &kept, session, &scopes, Terms::default(), now).await? {
                Step::Back(address) => Ok(Ok(Begun::Back(address))),
                _ => here(OauthError::new("invalid_request_uri", over)),
            };
        }
        match self.pose_request(&party, &kept.asked, pushed, now).await? {
            Some(secret) => Ok(Ok(Begun::Ask(secret))),
            None => here(OauthError::new("invalid_request_uri", over)),
        }
    }

    /// What session and standing consent say to a request, before anything is shown or kept.
    async fn verdict(
        &self,
        session: Option<&Session>,
        kept: &Kept,
        now: Moment,
    ) -> Result<Verdict, ProviderError> {
        let asked = &kept.asked;
        let Some(session) = session.filter(|session| is_fresh(session, kept, now)) else {
            return Ok(if asked.silent { Verdict::Refused("login_required") } else { Verdict::SignIn });
        };
        let (store, today) = (&self.inner.store, PartialDate::today());
        let settled = tables::grants::settled(store, session.citizen, &kept.client, now, today).await?;
        let settled = settled.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        if asked.level.is_some_and(|level| settled.level < level) {
            return Ok(Verdict::Refused(UNMET));
        }
        let agreed = settled.agreed()?;
        let acts = !asked.silent
            && (settled.acts_for_somebody() || !self.offered_mandates(session, kept, now).await?.is_empty());
        // Who signs in for himself shares no organisation.
        let own = asked.scopes.without(Scope::Organisation);
        let settled = agreed.is_some_and(|agreed| own.within(&agreed)) && !asked.consent && !acts;
        Ok(match settled {
            true => Verdict::Agreed(own),
            false if asked.silent => Verdict::Refused("consent_required"),
            false => Verdict::Ask,
        })
    }

    /// For which organisations a citizen may sign in, where the request asks for one.
    async fn offered_mandates(
        &self,
        session: &Session,
        kept: &Kept,
        now: Moment,
    ) -> Result<Vec<Mandate>, ProviderError> {
        match kept.asked.scopes.has(Scope::Organisation) {
            true => self.mandates(session, &kept.client, now).await,
            false => Ok(Vec::new()),
        }
    }

    /// Takes a request of a client away; another client's stays.
    async fn take(
        &self,
        digest: Digest,
        stage: &str,
        client: &str,
        now: Moment,
    ) -> Result<Option<Kept>, ProviderError> {
        let taken: Result<Option<Kept>, ProviderError> = transact!(self.inner.store, tx => {
            match requests::take(tx, digest, stage, now).await? {
                Some(kept) if kept.client == client => Ok(Some(kept)),
                Some(_) => Err(OauthError::new("invalid_request_uri", "the request is another client's").into()),
                None => Ok(None),
            }
        });
        match taken {
            Err(ProviderError::Oauth(_)) => Ok(None),
            other => other,
        }
    }

    /// The address of an application for an answer, with the issuer (RFC 9207).
    pub(crate) fn back(
        &self,
        address: &str,
        state: Option<&str>,
        pairs: &[(&str, &str)],
    ) -> Result<String, ProviderError> {
        let mut all = pairs.to_vec();
        all.extend(state.map(|state| ("state", state)));
        all.push(("iss", self.issuer()?));
        Ok(redirect::with(address, &all))
    }

    async fn opened(
        &self,
        secret: &str,
        now: Moment,
    ) -> Result<Option<(Digest, Kept, Arc<Client>)>, ProviderError> {
        let Some(digest) = digest_presented(secret, "") else { return Ok(None) };
        let Some(kept) = requests::find(&self.inner.store, digest, requests::ASKING, now).await? else {
            return Ok(None);
        };
        let party = self.usable_party(&kept.client).await?;
        Ok(party.map(|party| (digest, kept, party)))
    }

    /// Where a form before the citizen may lead in the end: scheme, host and port of the application.
    pub(crate) async fn target(&self, secret: &str, now: Moment) -> Result<Option<String>, ProviderError> {
        let open = self.opened(secret, now).await?;
        Ok(open.and_then(|(_, kept, _)| redirect::origin(&kept.asked.redirect_uri)))
    }

    /// What comes next for the citizen.
    pub(crate) async fn step(
        &self,
        secret: &str,
        session: Option<&Session>,
        now: Moment,
    ) -> Result<Step, ProviderError> {
        let Some((digest, kept, party)) = self.opened(secret, now).await? else { return Ok(Step::Gone) };
        match (self.verdict(session, &kept, now).await?, session) {
            (Verdict::Agreed(scopes), Some(session)) => {
                let held = Some((digest, requests::ASKING));
                self.issue(held, &kept, session, &scopes, Terms::default(), now).await
            }
            (Verdict::Ask, Some(session)) => {
                let acting = self.acting(session, Some(&kept.client), "ask", now).await?;
                let people = acting
                    .into_iter()
                    .map(|one| Offered { whom: Whom::Citizen(one.citizen), name: one.name });
                let mandates = self.offered_mandates(session, &kept, now).await?;
                let organisations = mandates
                    .into_iter()
                    .map(|one| Offered { whom: Whom::Organisation(one.organisation), name: one.name });
                let offered = people.chain(organisations).collect();
                Ok(Step::Ask(party, Box::new(kept.asked), offered))
            }
            (Verdict::Refused(error), _) => self.give_up(digest, &kept, error, now).await,
            _ => Ok(Step::SignIn),
        }
    }

    /// What the citizen said.
    pub(crate) async fn decide(
        &self,
        secret: &str,
        session: &Session,
        decision: Decision,
        now: Moment,
    ) -> Result<Step, ProviderError> {
        let Some((digest, kept, _)) = self.opened(secret, now).await? else { return Ok(Step::Gone) };
        if !is_fresh(session, &kept, now) {
            return Ok(Step::SignIn);
        }
        if let Some(level) = kept.asked.level
            && self.citizen(session.citizen).await?.level < level
        {
            return self.give_up(digest, &kept, UNMET, now).await;
        }
        let Decision::Grant(chosen, behalf) = decision else {
            return self.give_up(digest, &kept, "access_denied", now).await;
        };
        let mut granted: Vec<Scope> = kept.asked.scopes.and(&chosen).iter().collect();
        granted.push(Scope::OpenId);
        let granted = Scopes::of(granted);
        let held = Some((digest, requests::ASKING));
        let mut mandate = None;
        let granted = match behalf {
            Some(Whom::Citizen(citizen)) => {
                let behalf = self.behalf(session, citizen, &kept.client, now).await?;
                let granted = granted.without(Scope::Organisation);
                let granted = behalf.scopes.as_ref().map_or_else(|| granted.clone(), |own| granted.and(own));
                let terms = Terms { behalf: Some(&behalf), ..Terms::default() };
                return self.issue(held, &kept, session, &granted, terms, now).await;
            }
            Some(Whom::Organisation(organisation)) if kept.asked.scopes.has(Scope::Organisation) => {
                let found = self.mandate(session, organisation, &kept.client, now).await?;
                let granted = within_mandate(&granted, found.scopes.as_ref());
                mandate = Some(found);
                granted
            }
            Some(Whom::Organisation(_)) => return Err(Problem::new(&kinds::FORBIDDEN).into()),
            None => granted.without(Scope::Organisation),
        };
        let before = tables::grants::consent(&self.inner.store, session.citizen, &kept.client).await?;
        let asked = &kept.asked.scopes;
        let kept_on = before.iter().flat_map(Scopes::iter).filter(|scope| !asked.has(*scope));
        let agreed = Scopes::of(kept_on.chain(granted.iter()).collect());
        let terms = Terms { agreed: Some(agreed), mandate: mandate.as_ref(), ..Terms::default() };
        self.issue(held, &kept, session, &granted, terms, now).await
    }

    async fn give_up(
        &self,
        digest: Digest,
        kept: &Kept,
        error: &'static str,
        now: Moment,
    ) -> Result<Step, ProviderError> {
        if self.take(digest, requests::ASKING, &kept.client, now).await?.is_none() {
            return Ok(Step::Gone);
        }
        Ok(Step::Back(self.back(
            &kept.asked.redirect_uri,
            kept.asked.state.as_deref(),
            &[("error", error)],
        )?))
    }

    async fn issue(
        &self,
        // Where the request is kept, and at what stage; it is used up. One that was not pushed may be kept nowhere.
        held: Option<(Digest, &'static str)>,
        kept: &Kept,
        session: &Session,
        scopes: &Scopes,
        terms: Terms<'_>,
        now: Moment,
    ) -> Result<Step, ProviderError> {
        let Terms { agreed, behalf, mandate } = terms;
        let code = Secret::new("")?;
        let (away, at_hand) = GRANT_SECONDS;
        let lasts = if scopes.has(Scope::OfflineAccess) { away } else { at_hand };
        let grant = NewGrant {
            id: timely_id(now)?,
            citizen: behalf.map_or(session.citizen, |behalf| behalf.citizen),
            client: &kept.client,
            scopes,
            session: session.number,
            signed_in: session.created_at,
            amr: &session.amr,
            asked: &kept.asked,
            code: code.digest(),
            code_ends: now.plus_seconds(CODE_SECONDS),
            now,
            ends_at: behalf
                .map(|behalf| behalf.ends_at)
                .or(mandate.and_then(|mandate| mandate.ends_at))
                .map_or(now.plus_seconds(lasts), |end| end.min(now.plus_seconds(lasts))),
        };
        let entries = match (behalf, mandate) {
            (Some(behalf), _) => self.entries_of(behalf, &kept.client)?,
            (None, Some(mandate)) => self.entries_for(session, mandate, &kept.client, "ask").await?,
            (None, None) => Vec::new(),
        };
        let event = random_id()?;
        let issued: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            if mandate.is_some() {
                tables::lock(tx).await?;
            }
            if let Some((digest, stage)) = held
                && requests::take(tx, digest, stage, now).await?.is_none()
            {
                return Ok(false);
            }
            if let Some(agreed) = &agreed {
                tables::grants::put_consent(tx, session.citizen, &kept.client, agreed, now).await?;
            }
            tables::grants::insert(tx, &grant).await?;
            if kept.asked.watches {
                tables::logouts::watch(tx, grant.id, session.number, &kept.client, grant.citizen, now).await?;
            }
            if let Some(behalf) = behalf {
                tables::delegations::mark(tx, grant.id, behalf.delegate).await?;
            }
            if let Some(mandate) = mandate {
                self.tie(tx, (grant.id, &kept.client), session, mandate, event, now).await?;
            }
            if !entries.is_empty() {
                self.inner.back.ledger.append_all_in(tx, entries.clone()).await?;
            }
            Ok(true)
        });
        if !issued? {
            return Ok(Step::Gone);
        }
        let pairs = [("code", code.reveal())];
        Ok(Step::Back(self.back(&kept.asked.redirect_uri, kept.asked.state.as_deref(), &pairs)?))
    }
}

/// What is agreed to from now on; and for whom, where not for oneself.
#[derive(Default)]
struct Terms<'a> {
    agreed: Option<Scopes>,
    behalf: Option<&'a Behalf>,
    mandate: Option<&'a Mandate>,
}

/// What somebody may grant for an organisation: of himself what he likes, of the organisation what it lets him.
fn within_mandate(granted: &Scopes, mandate: Option<&Scopes>) -> Scopes {
    let of_organisation = |scope| matches!(scope, Scope::Organisation | Scope::OfflineAccess);
    let may = |scope| mandate.is_none_or(|own| own.has(scope));
    Scopes::of(granted.iter().filter(|scope| !of_organisation(*scope) || may(*scope)).collect())
}

/// Whether the citizen signed in as lately as the request demands.
fn is_fresh(session: &Session, kept: &Kept, now: Moment) -> bool {
    let age = (now.micros() - session.created_at.micros()) / 1_000_000;
    let since_asked = session.created_at >= kept.since;
    // Who signed in because of this very request is fresh enough, also for a `max_age` of nothing.
    since_asked || (!kept.asked.sign_in && kept.asked.max_age.is_none_or(|most| most > 0 && age <= most))
}
