//! Registering the applications that citizens sign in to.

use super::{Client, Provider};
use crate::{error::ProviderError, jose::JwkSet, model::Party, rules::obstacle::Obstacle, store as tables};
use ::store::transact;
use std::sync::Arc;
use vocabulary::{Actor, Moment, PartialDate, Problem, SystemId, kinds};

/// Has the log name the client that a request concerns. Anybody may write anything into a request, so that what could
/// be a number, an address of e-mail or no identifier at all is left out.
pub(super) fn concerns(client: &str) {
    let named = SystemId::parse(client).is_ok()
        && client.bytes().any(|b| b.is_ascii_alphabetic())
        && !client.contains('@')
        && client.bytes().filter(u8::is_ascii_digit).count() < 9;
    if named {
        tracing::Span::current().record("client", client);
    }
}

impl Provider {
    /// What stands in the way of a client that cannot be used; nothing where there is no such client.
    pub(crate) async fn obstacle(&self, id: &str) -> Result<Option<Obstacle>, ProviderError> {
        if SystemId::parse(id).is_err() {
            return Ok(None);
        }
        let found = tables::parties::any(&self.inner.store, id).await?;
        let synthetic = self.inner.config.synthetic;
        Ok(found.and_then(|(party, suspended)| {
            Obstacle::of(&party, suspended.is_some(), synthetic, PartialDate::today())
        }))
    }

    /// The application whose request waits at a path of this site, where one does.
    pub(crate) async fn waits_at(
        &self,
        path: &str,
        now: Moment,
    ) -> Result<Option<Arc<Client>>, ProviderError> {
        match path.strip_prefix("/oidc/ask/") {
            Some(secret) => self.asking(secret, now).await,
            None => Ok(None),
        }
    }

    /// The registrations behind entries of the log: those of the systems that the same agency answers for.
    pub(crate) async fn behind(&self, actors: &[&Actor]) -> Result<Vec<Party>, ProviderError> {
        let mut found: Vec<Party> = Vec::new();
        for actor in actors {
            let Some(system) = &actor.system else { continue };
            if found.iter().any(|party| party.id == *system) {
                continue;
            }
            let party = tables::parties::any(&self.inner.store, system.as_str()).await?;
            found.extend(party.map(|(party, _)| party).filter(|party| party.agency == actor.agency));
        }
        Ok(found)
    }

    /// Registers an application, or replaces its registration.
    ///
    /// # Errors
    /// Every rule that the registration breaks.
    pub async fn register_party(&self, mut party: Party, now: Moment) -> Result<(), ProviderError> {
        party.check().map_err(Problem::invalid)?;
        // Kept as the keys are, without what else stood there.
        party.jwks = JwkSet(party.keys().0).to_json();
        let kept: Result<(), ProviderError> =
            transact!(self.inner.store, tx => Ok(tables::parties::put(tx, &party, now).await?));
        kept?;
        self.note("provider.client-registered", "", party.id.as_str(), now).await
    }

    /// Suspends an application, with effect at every endpoint at once, or lifts its suspension.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn suspend_party(&self, id: &str, suspended: bool, now: Moment) -> Result<(), ProviderError> {
        let found: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            Ok(tables::parties::suspend(tx, id, suspended.then_some(now)).await?)
        });
        if !found? {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        }
        let service = if suspended { "provider.client-suspended" } else { "provider.client-restored" };
        self.note(service, "", id, now).await
    }

    /// Every application, and since when it is suspended.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn parties(&self) -> Result<Vec<(Party, Option<Moment>)>, ProviderError> {
        Ok(tables::parties::list(&self.inner.store).await?)
    }
}
