//! Registering the applications that citizens sign in to.

use super::Provider;
use crate::{error::ProviderError, jose::JwkSet, model::Party, store as tables};
use ::store::transact;
use vocabulary::{Moment, Problem, kinds};

impl Provider {
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
