//! Signing in and out, and what a citizen sees of the own account.

use super::{Provider, random_id, tally_key};
use crate::{
    channel::Contact,
    error::ProviderError,
    model::{Scopes, Session},
    rules::standing::Standing,
    store::{self as tables, citizens},
};
use ::store::transact;
use identity::{Secret, digest_presented, lockout};
use population::AccessLog;
use vocabulary::{Moment, PersonalNumber, Problem, kinds};

/// One try to sign in.
pub(crate) struct Attempt<'a> {
    pub number: &'a str,
    pub password: &'a str,
    pub address: &'a str,
    pub browser: &'a str,
    /// The secret of the session that the browser had before: that session ends.
    pub before: Option<&'a str>,
    pub request: &'a str,
    pub now: Moment,
}

/// The outcome.
pub(crate) enum SignIn {
    /// With the secret for the cookie.
    Done(Secret),
    /// Too many tries; seconds to wait. The password was not looked at.
    Wait(i64),
    /// No such account or not its password; which is not told.
    Wrong,
    /// The right password of an account that is not in use.
    Held(Standing),
}

/// What stands on the account's page.
pub(crate) struct Account {
    pub level: i64,
    pub contact: Contact,
    pub sessions: Vec<Session>,
    pub grants: Vec<Shared>,
}

/// An application that the citizen shares with.
pub(crate) struct Shared {
    pub client: String,
    pub name: (String, String),
    pub scopes: Scopes,
    pub since: Moment,
}

impl Provider {
    /// Tries to sign in. Unknown number and wrong password cost the same work and give the same answer.
    pub(crate) async fn sign_in(&self, attempt: Attempt<'_>) -> Result<SignIn, ProviderError> {
        let now = attempt.now;
        self.prune_sometimes(now).await?;
        let own = tally_key("sign-in", attempt.number.trim());
        let keys =
            [(own.clone(), lockout::ACCOUNT), (tally_key("address", attempt.address), lockout::ADDRESS)];
        let wait = self.admit(&keys, now).await?;
        if wait > 0 {
            return Ok(SignIn::Wait(wait));
        }
        let store = &self.inner.store;
        let citizen = match PersonalNumber::parse(attempt.number) {
            Ok(number) => citizens::by_number(store, number).await?,
            Err(_) => None,
        };
        let kept = citizen.as_ref().map(|c| c.password.as_str());
        let verdict = self.inner.hasher.verify(attempt.password, kept).await?;
        let Some(citizen) = citizen.filter(|_| verdict.correct) else { return Ok(SignIn::Wrong) };
        let standing = citizen.standing()?;
        if standing != Standing::Active {
            return Ok(SignIn::Held(standing));
        }
        let secret = Secret::new("")?;
        let cut = |text: &str, most| text.chars().filter(|c| !c.is_control()).take(most).collect();
        let session = Session {
            number: random_id()?,
            citizen: citizen.id,
            created_at: now,
            ends_at: now.plus_seconds(self.session_seconds()),
            address: cut(attempt.address, 64),
            browser: cut(attempt.browser, 120),
        };
        let before = attempt.before.and_then(|secret| digest_presented(secret, ""));
        let begun: Result<(), ProviderError> = transact!(store, tx => {
            tables::lock(tx).await?;
            citizens::clear_tally(tx, &own).await?;
            // A session that somebody planted in this browser, or left behind, does not go on.
            if let Some(before) = before {
                citizens::end(tx, before).await?;
            }
            Ok(citizens::begin(tx, secret.digest(), &session).await?)
        });
        begun?;
        self.note("provider.signed-in", attempt.request, "", now).await?;
        Ok(SignIn::Done(secret))
    }

    /// The session of a cookie.
    pub(crate) async fn session(&self, secret: &str, now: Moment) -> Result<Option<Session>, ProviderError> {
        let Some(digest) = digest_presented(secret, "") else { return Ok(None) };
        Ok(citizens::session_of(&self.inner.store, digest, now).await?)
    }

    /// Ends the session of a cookie.
    pub(crate) async fn sign_out(&self, secret: &str) -> Result<(), ProviderError> {
        let Some(digest) = digest_presented(secret, "") else { return Ok(()) };
        transact!(self.inner.store, tx => Ok(citizens::end(tx, digest).await?))
    }

    /// Ends one of the citizen's sessions.
    pub(crate) async fn end_session(&self, session: &Session, number: i64) -> Result<(), ProviderError> {
        transact!(self.inner.store, tx => Ok(citizens::end_number(tx, session.citizen, number).await?))
    }

    pub(super) async fn citizen(&self, id: i64) -> Result<citizens::Citizen, ProviderError> {
        let citizen = citizens::find(&self.inner.store, id).await?;
        Ok(citizen.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?)
    }

    /// What stands on the account's page.
    pub(crate) async fn account(&self, session: &Session, now: Moment) -> Result<Account, ProviderError> {
        let store = &self.inner.store;
        let citizen = self.citizen(session.citizen).await?;
        let mut grants = Vec::new();
        for (client, scopes, since) in tables::grants::consents(store, citizen.id).await? {
            let party = tables::parties::find(store, &client).await?;
            let name = party.map_or((client.clone(), client.clone()), |p| (p.name, p.name_en));
            grants.push(Shared { client, name, scopes, since });
        }
        let sessions = citizens::sessions(store, citizen.id, now).await?;
        Ok(Account { level: citizen.level, contact: citizen.contact()?, sessions, grants })
    }

    /// Takes back what was granted to an application; every endpoint refuses its tokens from then on.
    pub(crate) async fn revoke_client(
        &self,
        session: &Session,
        client: &str,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let revoked: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            Ok(tables::grants::revoke_client(tx, session.citizen, client, now).await?)
        });
        if !revoked? {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        }
        self.note("provider.revoked", request, client, now).await
    }

    /// Who looked at the citizen's data, without what the law keeps sealed. Reading is an entry itself.
    pub(crate) async fn who_looked(
        &self,
        session: &Session,
        before: Option<u64>,
        request: &str,
    ) -> Result<AccessLog, ProviderError> {
        let citizen = self.citizen(session.citizen).await?;
        Ok(self.inner.back.population.access_log(&self.own_ask(request)?, citizen.person, before).await?)
    }
}
