//! The use cases: authorise, read, decide, write with ledger entry and signal, in one transaction.

mod accounts;
mod clients;
mod passwords;
mod resolve;
mod sessions;
mod sign_in;

pub(crate) use accounts::PAGE;
pub use accounts::{AccountList, NewPassword};
pub use clients::LONGEST_TOKEN_DAYS;
pub(crate) use passwords::Replacement;
pub use resolve::csrf_token;
pub(crate) use resolve::{Known, StaffSession};
pub use sign_in::{Attempt, SignIn, SignedInBrowser};

use crate::{
    cache::Cache,
    config::Config,
    cookies::Cookies,
    error::IdentityError,
    model::{AccountId, AccountKind, By, What},
    password::Hasher,
    store as tables,
};
use ::store::{Store, Tx};
use access::{Policy, Reach};
use ledger::{Entry, Ledger};
use std::sync::{Arc, atomic::AtomicI64};
use vocabulary::Moment;

/// Staff accounts, sessions, calling systems and their tokens. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Identity {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    ledger: Ledger,
    policy: Arc<Policy>,
    config: Config,
    cookies: Cookies,
    hasher: Hasher,
    cache: Cache<Known>,
    /// When this process last pruned, in microseconds.
    pruned_at: AtomicI64,
}

impl Identity {
    /// Opens the domain on a migrated store.
    ///
    /// # Errors
    /// Where the configured cost of hashing is impossible or the store cannot be read.
    pub async fn open(
        store: Store,
        ledger: Ledger,
        policy: Arc<Policy>,
        config: Config,
    ) -> Result<Identity, IdentityError> {
        let hasher = Hasher::new(config.hash)?;
        let now = Moment::now();
        let cache = Cache::new(tables::last_signal(&store).await?, now);
        let cookies = Cookies::new(config.secure_cookies);
        let inner =
            Inner { store, ledger, policy, config, cookies, hasher, cache, pruned_at: AtomicI64::new(0) };
        Ok(Identity { inner: Arc::new(inner) })
    }

    /// The settings in force.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The policy that decides.
    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// How often a password was hashed or compared in this process.
    pub fn hasher_runs(&self) -> u64 {
        self.inner.hasher.runs()
    }

    pub(crate) fn cookies(&self) -> Cookies {
        self.inner.cookies
    }

    /// How far somebody may manage accounts of a kind; `None` for the console, which reaches everywhere.
    fn reach(&self, by: By<'_>, kind: AccountKind) -> Result<Option<Reach>, IdentityError> {
        match by {
            By::Console(_) => Ok(None),
            By::Caller(caller) => Ok(Some(self.inner.policy.reach(caller, kind.managed_by(), None)?)),
        }
    }

    /// Writes the change of an account into its history and the ledger, and tells all processes. What the particulars
    /// hold is shown to administrators: no secret. Needs [`lock`](tables::lock).
    async fn record(
        &self,
        tx: &mut Tx,
        by: By<'_>,
        id: &AccountId,
        what: What,
        detail: serde_json::Value,
        now: Moment,
    ) -> Result<(), IdentityError> {
        let actor = by.actor();
        tables::accounts::append_history(tx, id, now, &actor, what, &detail).await?;
        tables::signal(tx, &id.to_string(), now).await?;
        let entry = Entry::operation(actor, what.service(id.kind())).at(now).note(id.to_string());
        let _receipt_not_needed = self.inner.ledger.append_in(tx, entry).await?;
        Ok(())
    }

    /// Once an hour, forgets what has no further use.
    async fn prune_sometimes(&self, now: Moment) -> Result<(), IdentityError> {
        use std::sync::atomic::Ordering::Relaxed;
        let last = self.inner.pruned_at.load(Relaxed);
        let due = (now.micros() - last).abs() > 3_600_000_000;
        if due && self.inner.pruned_at.compare_exchange(last, now.micros(), Relaxed, Relaxed).is_ok() {
            ::store::transact!(self.inner.store, tx => tables::prune(tx, now).await)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
