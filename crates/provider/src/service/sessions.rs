//! Signing in and out, and what a citizen sees of the own account.

use super::{
    Provider,
    authenticators::{Admitted, Opened, Place},
};
use crate::{
    channel::Contact,
    error::ProviderError,
    model::{Scopes, Session},
    rules::standing::Standing,
    store::{self as tables, citizens},
};
use ::store::transact;
use identity::digest_presented;
use population::AccessLog;
use vocabulary::{Moment, PersonalNumber, Problem, kinds};

/// One try to sign in.
pub(crate) struct Attempt<'a> {
    pub number: &'a str,
    pub password: &'a str,
    pub place: Place<'a>,
}

/// The outcome.
pub(crate) enum SignIn {
    /// With what the browser keeps.
    Done(Opened),
    /// The password is right and the account wants a second factor: the secret of the page that asks for it.
    Factor(String),
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
        let place = &attempt.place;
        self.prune_sometimes(place.now).await?;
        let store = &self.inner.store;
        let number = PersonalNumber::parse(attempt.number).ok();
        let find = async || match number {
            Some(number) => citizens::by_number(store, number).await,
            None => Ok(None),
        };
        let mut citizen = find().await?;
        let id = citizen.as_ref().map(|citizen| citizen.id);
        let counted = match self.count_try("sign-in", attempt.number.trim(), id, place).await? {
            Admitted::Yes(counted) => counted,
            Admitted::Wait(seconds) => return Ok(SignIn::Wait(seconds)),
        };
        if let Some(id) = id
            && self.settle_recovery(id, place.now).await?
        {
            citizen = find().await?;
        }
        let kept = citizen.as_ref().map(|c| c.password.as_str());
        let verdict = self.inner.hasher.verify(attempt.password, kept).await?;
        let Some(citizen) = citizen.filter(|_| verdict.correct) else { return Ok(SignIn::Wrong) };
        let standing = citizen.standing()?;
        if standing != Standing::Active {
            return Ok(SignIn::Held(standing));
        }
        if let Some(secret) = self.ask_factor(&citizen, place.now).await? {
            self.forgive_try(&counted).await?;
            return Ok(SignIn::Factor(secret));
        }
        Ok(SignIn::Done(self.open_session(citizen.id, "pwd", place, &counted).await?))
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
            let kept = tables::parties::find(store, &client).await?;
            let party = kept.map(|kept| self.inner.clients.read(&client, kept)).transpose()?;
            let name =
                party.map_or((client.clone(), client.clone()), |p| (p.name.clone(), p.name_en.clone()));
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
