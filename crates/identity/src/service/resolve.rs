//! From what a request carries to who calls. On the hot path this touches memory only; see [`cache`](crate::cache).

use super::Identity;
use crate::{
    cache::Unresolved,
    cookies::Presented,
    model::{Account, AccountId, Refusal},
    places,
    secret::{BEARER_PREFIX, Digest, digest_presented},
    store as tables,
};
use ::store::StoreError;
use access::Caller;
use sha2::{Digest as _, Sha256};
use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
};
use vocabulary::{Basis, Moment};

/// Seconds between two notes that a session is in use.
const TOUCH: i64 = 60;

/// What a secret names.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    Staff(Arc<StaffSession>),
    Client(Arc<ClientToken>),
}

/// A signed-in browser.
#[derive(Debug)]
pub(crate) struct StaffSession {
    pub digest: Digest,
    pub number: i64,
    pub id: AccountId,
    pub caller: Arc<Caller>,
    pub workplace: Arc<str>,
    /// The password was given out for one use: nothing may be done before it is replaced.
    pub must_change: bool,
    pub basis: Option<Basis>,
    pub revision: i64,
    ends_at: Moment,
    /// When the session was last used, as far as this process knows, and as the table says.
    seen_at: AtomicI64,
    noted_at: AtomicI64,
}

/// A calling system's token.
#[derive(Debug)]
pub(crate) struct ClientToken {
    id: i64,
    pub caller: Arc<Caller>,
    pub workplace: Arc<str>,
    ends_at: Moment,
    /// The last use that the table knows.
    noted_at: AtomicI64,
}

impl Identity {
    /// The session of a cookie.
    pub(crate) async fn session(
        &self,
        presented: Presented,
        now: Moment,
    ) -> Result<Arc<StaffSession>, Unresolved> {
        let inner = &self.inner;
        inner.cache.refresh(&inner.store, now).await?;
        let session = match inner.cache.get(presented.digest, now) {
            // Otherwise the copy may be behind: another process saw the session since, or changed what it works on.
            Some(Known::Staff(held))
                if held.revision >= presented.revision && self.alive(&held, now).is_ok() =>
            {
                held
            }
            _ => self.load_session(presented.digest, now).await?,
        };
        self.alive(&session, now)?;
        session.seen_at.fetch_max(now.micros(), Relaxed);
        let noted = session.noted_at.load(Relaxed);
        let due = now.micros() - noted >= TOUCH * 1_000_000;
        if due && session.noted_at.compare_exchange(noted, now.micros(), Relaxed, Relaxed).is_ok() {
            tables::sessions::touch(&inner.store, presented.digest, now).await?;
        }
        Ok(session)
    }

    fn alive(&self, session: &StaffSession, now: Moment) -> Result<(), Refusal> {
        let idle =
            Moment::from_micros(session.seen_at.load(Relaxed)).plus_seconds(self.inner.config.idle_seconds());
        if now >= session.ends_at || now >= idle { Err(Refusal::Expired) } else { Ok(()) }
    }

    async fn load_session(&self, digest: Digest, now: Moment) -> Result<Arc<StaffSession>, Unresolved> {
        let inner = &self.inner;
        let began = inner.cache.begin();
        let row = tables::sessions::find(&inner.store, digest).await?.ok_or(Refusal::Unknown)?;
        let account = self.account_of(&row.account).await?;
        let kept = tables::accounts::password(&inner.store, &account.id).await?.ok_or(Refusal::Unknown)?;
        let session = Arc::new(StaffSession {
            digest,
            number: row.number,
            caller: Arc::new(account.caller()),
            workplace: places::workplace(&account.profile).into(),
            must_change: kept.must_change,
            basis: row.basis()?,
            revision: row.revision,
            ends_at: row.ends_at,
            seen_at: AtomicI64::new(row.seen_at.micros()),
            noted_at: AtomicI64::new(row.seen_at.micros()),
            id: account.id,
        });
        inner.cache.keep(began, digest, &row.account, Known::Staff(Arc::clone(&session)), now);
        Ok(session)
    }

    /// The calling system of an `Authorization` header.
    pub(crate) async fn bearer(&self, header: &[u8], now: Moment) -> Result<Arc<ClientToken>, Unresolved> {
        let inner = &self.inner;
        let token = bearer_token(header).ok_or(Refusal::Scheme)?;
        let digest = digest_presented(token, BEARER_PREFIX).ok_or(Refusal::Unknown)?;
        inner.cache.refresh(&inner.store, now).await?;
        let token = match inner.cache.get(digest, now) {
            Some(Known::Client(held)) => held,
            _ => self.load_token(digest, now).await?,
        };
        if now >= token.ends_at {
            return Err(Refusal::Expired.into());
        }
        let noted = token.noted_at.load(Relaxed);
        if day(noted) < day(now.micros())
            && token.noted_at.compare_exchange(noted, now.micros(), Relaxed, Relaxed).is_ok()
        {
            tables::tokens::used(&inner.store, token.id, now).await?;
        }
        Ok(token)
    }

    async fn load_token(&self, digest: Digest, now: Moment) -> Result<Arc<ClientToken>, Unresolved> {
        let inner = &self.inner;
        let began = inner.cache.begin();
        let row = tables::tokens::find(&inner.store, digest).await?.ok_or(Refusal::Unknown)?;
        if row.revoked_at.is_some() {
            return Err(Refusal::Revoked.into());
        }
        let account = self.account_of(&row.account).await?;
        let token = Arc::new(ClientToken {
            id: row.id,
            caller: Arc::new(account.caller()),
            workplace: places::workplace(&account.profile).into(),
            ends_at: row.ends_at,
            noted_at: AtomicI64::new(row.used_at.map_or(0, Moment::micros)),
        });
        inner.cache.keep(began, digest, &row.account, Known::Client(Arc::clone(&token)), now);
        Ok(token)
    }

    async fn account_of(&self, key: &str) -> Result<Account, Unresolved> {
        let id = AccountId::parse(key).ok_or_else(|| tables::unreadable("account"))?;
        let account = tables::accounts::find(&self.inner.store, &id).await?.ok_or(StoreError::NotFound)?;
        if account.suspended_at.is_some() { Err(Refusal::Suspended.into()) } else { Ok(account) }
    }
}

/// The day in Viet Nam, counted from 1970; by arithmetic, since looking up the zone would cost more than all the rest.
fn day(micros: i64) -> i64 {
    (micros + 7 * 3_600_000_000).div_euclid(86_400_000_000)
}

/// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110 §11.1).
fn bearer_token(header: &[u8]) -> Option<&str> {
    let (scheme, token) = std::str::from_utf8(header).ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The form token of a session: derived from its secret, so that it lives and ends with it and needs no place of its
/// own. Whoever reads it from a page cannot go back to the secret.
pub fn csrf_token(secret: &str) -> String {
    let hash = Sha256::new().chain_update(b"dancu form token\0").chain_update(secret.as_bytes()).finalize();
    hash.iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
