//! Clients as they were read last, so that a registration and its keys are not parsed anew in every call. The store is
//! asked each time: a registration that changed, or is suspended, counts at once.

use crate::{error::ProviderError, jose::JwkSet, model::Party, store::parties};
use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, PoisonError, RwLock},
};

/// Registrations that are remembered.
const MOST: usize = 4096;

/// A client with its keys.
pub(crate) struct Client {
    party: Party,
    keys: JwkSet,
    kept: parties::Kept,
}

impl Client {
    /// Its keys, as [`Party::keys`] reads them.
    pub fn known_keys(&self) -> &JwkSet {
        &self.keys
    }
}

impl Deref for Client {
    type Target = Party;

    fn deref(&self) -> &Party {
        &self.party
    }
}

/// Clients by their identifiers.
#[derive(Default)]
pub(super) struct Clients(RwLock<HashMap<String, Arc<Client>>>);

impl Clients {
    /// The client of a registration as it is kept now.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn read(&self, id: &str, kept: parties::Kept) -> Result<Arc<Client>, ProviderError> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some(known) = known.filter(|known| known.kept == kept) {
            return Ok(known);
        }
        let party = kept.party()?;
        let client = Arc::new(Client { keys: party.keys(), party, kept });
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(id.to_owned(), Arc::clone(&client));
        Ok(client)
    }
}
