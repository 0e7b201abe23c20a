//! What a process holds in memory of sessions and tokens, so that resolving one takes no database.
//!
//! Every change that ends or alters one writes a signal in its transaction (`store::signal`). At most [`FRESH`] after
//! the last look, one request reads the signals since then and drops what they name; requests beside it go on until
//! [`STALE`], then they wait. So a revocation holds in every process within a second, at the cost of one small read
//! some times a second while there are requests, and of none while there are not. Where the database cannot be read,
//! nobody is let in on old knowledge.
//!
//! A copy loaded while signals were swept may be older than they are; it is used once and not kept. And whatever is
//! older than [`OLDEST`] is loaded anew, should somebody have changed the tables by hand.

use crate::{model::Refusal, secret::Digest, store as tables};
use ::store::{Store, StoreError};
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};
use vocabulary::Moment;

/// Microseconds for which nobody looks for signals again.
const FRESH: i64 = 400_000;
/// Microseconds after which a request waits for the look.
const STALE: i64 = 900_000;
/// Microseconds for which a copy is kept at most.
const OLDEST: i64 = 60_000_000;
/// Copies kept at most; beyond, all are dropped.
const ROOM: usize = 100_000;

/// Copies of one kind of thing, by the digest of the secret that names it.
#[derive(Debug)]
pub(crate) struct Cache<T> {
    copies: RwLock<HashMap<Digest, Copy<T>>>,
    /// The last signal seen.
    seen: AtomicI64,
    /// When signals were last read, in microseconds.
    read_at: AtomicI64,
    /// Counts the sweeps that dropped something.
    sweeps: AtomicU64,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Copy<T> {
    account: Arc<str>,
    loaded_at: Moment,
    value: T,
}

/// Proof of when a loading began; see [`Cache::keep`].
#[derive(Clone, Copy)]
pub(crate) struct Began(u64);

impl<T: Clone> Cache<T> {
    /// An empty cache that knows all signals up to one.
    pub fn new(seen: i64, now: Moment) -> Cache<T> {
        Cache {
            copies: RwLock::default(),
            seen: AtomicI64::new(seen),
            read_at: AtomicI64::new(now.micros()),
            sweeps: AtomicU64::new(0),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    /// Makes sure that no signal older than [`STALE`] is unknown.
    pub async fn refresh(&self, store: &Store, now: Moment) -> Result<(), StoreError> {
        let age = self.age(now);
        if age < FRESH {
            return Ok(());
        }
        let _turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) if age < STALE => return Ok(()),
            Err(_) => self.turn.lock().await,
        };
        if self.age(now) < FRESH {
            return Ok(());
        }
        let seen = self.seen.load(Ordering::Relaxed);
        let signals = tables::signals_after(store, seen).await?;
        if let Some((last, _)) = signals.last() {
            // A gap means that signals were pruned while this process slept; a full page, that there may be more.
            let whole = signals.first().is_some_and(|(first, _)| *first == seen + 1);
            if whole && (signals.len() as i64) < tables::SIGNALS {
                let named: HashSet<&str> = signals.iter().map(|(_, account)| account.as_str()).collect();
                self.drop_where(|copy| named.contains(&*copy.account));
                self.seen.store(*last, Ordering::Relaxed);
            } else {
                let last = tables::last_signal(store).await?;
                self.drop_where(|_| true);
                self.seen.store(last, Ordering::Relaxed);
            }
        }
        self.read_at.store(now.micros(), Ordering::Relaxed);
        Ok(())
    }

    /// Microseconds since signals were read. A clock set back counts as very old.
    fn age(&self, now: Moment) -> i64 {
        match now.micros() - self.read_at.load(Ordering::Relaxed) {
            age if age < 0 => i64::MAX,
            age => age,
        }
    }

    fn drop_where(&self, dropped: impl Fn(&Copy<T>) -> bool) {
        let mut copies = self.copies.write().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, so that whoever keeps a copy afterwards sees the new count.
        self.sweeps.fetch_add(1, Ordering::SeqCst);
        copies.retain(|_, copy| !dropped(copy));
    }

    /// The copy, if it is young enough.
    pub fn get(&self, digest: Digest, now: Moment) -> Option<T> {
        let copies = self.copies.read().unwrap_or_else(PoisonError::into_inner);
        let copy = copies.get(&digest)?;
        let age = now.micros() - copy.loaded_at.micros();
        (0..OLDEST).contains(&age).then(|| copy.value.clone())
    }

    /// To be called before a loading begins.
    pub fn begin(&self) -> Began {
        Began(self.sweeps.load(Ordering::SeqCst))
    }

    /// Keeps what was loaded, unless a sweep since [`Cache::begin`] may have meant it.
    pub fn keep(&self, began: Began, digest: Digest, account: &str, value: T, now: Moment) {
        let mut copies = self.copies.write().unwrap_or_else(PoisonError::into_inner);
        if self.sweeps.load(Ordering::SeqCst) != began.0 {
            return;
        }
        if copies.len() >= ROOM {
            copies.clear();
        }
        copies.insert(digest, Copy { account: account.into(), loaded_at: now, value });
    }

    /// Drops what this process holds of an account at once, without waiting for the signal.
    pub fn forget(&self, account: &str) {
        self.drop_where(|copy| &*copy.account == account);
    }
}

/// Why a secret could not be resolved.
#[derive(Debug)]
pub(crate) enum Unresolved {
    /// It names nobody.
    Refused(Refusal),
    /// The store failed.
    Store(StoreError),
}

impl From<Refusal> for Unresolved {
    fn from(refusal: Refusal) -> Unresolved {
        Unresolved::Refused(refusal)
    }
}

impl From<StoreError> for Unresolved {
    fn from(error: StoreError) -> Unresolved {
        Unresolved::Store(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    const NOW: Moment = Moment::from_micros(1_800_000_000_000_000);

    fn after(micros: i64) -> Moment {
        Moment::from_micros(NOW.micros() + micros)
    }

    #[test]
    fn a_copy_lives_until_it_is_forgotten_or_old() {
        let cache: Cache<i32> = Cache::new(0, NOW);
        let digest = Secret::new("").unwrap().digest();
        cache.keep(cache.begin(), digest, "staff:lan", 7, NOW);
        assert_eq!(cache.get(digest, NOW), Some(7));
        assert_eq!(cache.get(digest, after(OLDEST - 1)), Some(7));
        assert_eq!(cache.get(digest, after(OLDEST)), None);
        assert_eq!(cache.get(digest, after(-1)), None, "the clock was set back");
        cache.forget("staff:minh");
        assert!(cache.get(digest, NOW).is_some());
        cache.forget("staff:lan");
        assert!(cache.get(digest, NOW).is_none());
    }

    #[test]
    fn what_was_loaded_before_a_sweep_is_not_kept() {
        let cache: Cache<i32> = Cache::new(0, NOW);
        let digest = Secret::new("").unwrap().digest();
        let began = cache.begin();
        cache.forget("staff:lan");
        cache.keep(began, digest, "staff:lan", 7, NOW);
        assert!(cache.get(digest, NOW).is_none());
    }
}
