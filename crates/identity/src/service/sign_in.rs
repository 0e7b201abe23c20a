//! Signing in.

use super::Identity;
use crate::{
    error::IdentityError,
    lockout::{self, Rule, Tally},
    model::{AccountId, Session, What},
    secret::{Digest, NoRandomness, Secret, digest_presented},
    store::{self as tables, accounts, sessions, tallies},
};
use ::store::{StoreError, Tx, transact};
use ledger::Entry;
use std::fmt::Write as _;
use vocabulary::Moment;

/// Longest name of a browser that is kept.
const BROWSER: usize = 120;

/// One try to sign in.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The login name as typed.
    pub login: &'a str,
    /// The password as typed.
    pub password: &'a str,
    /// The network address that failures are counted on.
    pub address: &'a str,
    /// What the browser calls itself.
    pub browser: &'a str,
    /// The secret of the device cookie, where there is one.
    pub device: Option<&'a str>,
    /// The secret of the session cookie, where there is one: that session ends.
    pub session: Option<&'a str>,
    /// Identifier of the request, for the ledger.
    pub request: Option<&'a str>,
    /// When.
    pub now: Moment,
}

/// The outcome of a try.
#[derive(Debug)]
pub enum SignIn {
    /// Signed in.
    Done(SignedInBrowser),
    /// Too many tries failed; seconds to wait. The password was not looked at.
    Wait(i64),
    /// No such account, or not its password; which of the two is not told. Seconds to wait before the next try.
    Wrong(i64),
    /// The password is right and the account suspended.
    Suspended,
    /// The password is right but was given out for one use, and its time has run out.
    Lapsed,
}

/// What a browser is given to keep.
#[derive(Debug)]
pub struct SignedInBrowser {
    /// For the session cookie.
    pub session: Secret,
    /// For the device cookie.
    pub device: Secret,
    /// The password must be replaced first of all.
    pub must_change: bool,
}

/// How the transaction of a right password ended.
enum Entered {
    /// Not at all.
    Refused(SignIn),
    /// With a new session; whose was the one that the browser had before.
    Anew(Option<String>),
}

/// A tally that an attempt was counted on before its password was looked at.
pub(super) struct Counted {
    key: String,
    rule: Rule,
    before: Option<Tally>,
    after: Tally,
}

/// Whether an attempt may be made.
pub(super) enum Admission {
    /// Yes, counted.
    Counted(Vec<Counted>),
    /// Not before so many seconds.
    Wait(i64),
}

impl Identity {
    /// Tries to sign in. Unknown account and wrong password cost the same work and give the same answer. The attempt
    /// is counted before the password is looked at, so that many at once cannot share one count.
    ///
    /// # Errors
    /// Where the store or the ledger fails, or too many sign in at once.
    pub async fn sign_in(&self, attempt: Attempt<'_>) -> Result<SignIn, IdentityError> {
        let now = attempt.now;
        self.prune_sometimes(now).await?;
        let id = AccountId::staff(attempt.login).ok();
        let device = attempt.device.and_then(|secret| digest_presented(secret, ""));
        let counted = match self.admit(&attempt, id.as_ref(), device).await? {
            Admission::Counted(counted) => counted,
            Admission::Wait(seconds) => return Ok(SignIn::Wait(seconds)),
        };

        let store = &self.inner.store;
        let kept = match &id {
            Some(id) => accounts::password(store, id).await?,
            None => None,
        };
        let compared =
            self.inner.hasher.verify(attempt.password, kept.as_ref().map(|k| k.hash.as_str())).await;
        let verdict = match compared {
            Ok(verdict) => verdict,
            Err(error) => {
                transact!(store, tx => {
                    tables::lock(tx).await?;
                    take_back(tx, &counted).await
                })?;
                return Err(error.into());
            }
        };
        let (Some(id), Some(kept), true) = (id, kept, verdict.correct) else {
            let wait = counted.iter().map(|c| c.rule.wait(Some(c.after), now)).max();
            return Ok(SignIn::Wrong(wait.unwrap_or(0)));
        };
        let anew =
            if verdict.outdated { Some(self.inner.hasher.rehash(attempt.password).await?) } else { None };
        let lapsed =
            kept.must_change && now >= kept.set_at.plus_seconds(self.inner.config.one_time_seconds());
        let browser = SignedInBrowser {
            session: Secret::new("")?,
            device: Secret::new("")?,
            must_change: kept.must_change,
        };
        let session = self.new_session(attempt.address, attempt.browser, now)?;
        let key = id.to_string();

        let outcome: Result<Entered, IdentityError> = transact!(store, tx => {
            tables::lock(tx).await?;
            give_back(tx, &counted).await?;
            let account = accounts::find_locked(tx, &id).await?.ok_or(StoreError::NotFound)?;
            if account.suspended_at.is_some() {
                return Ok(Entered::Refused(SignIn::Suspended));
            }
            if lapsed {
                return Ok(Entered::Refused(SignIn::Lapsed));
            }
            if let Some(anew) = &anew {
                accounts::replace_hash(tx, &id, &kept.hash, anew).await?;
            }
            // A session that somebody planted in this browser, or left behind, does not go on.
            let left = match attempt.session.and_then(|secret| digest_presented(secret, "")) {
                Some(before) => sessions::end(tx, before).await?,
                None => None,
            };
            if let Some(owner) = &left {
                tables::signal(tx, owner, now).await?;
            }
            if let Some(before) = device {
                sessions::forget_device(tx, before, &key).await?;
            }
            let known_until = now.plus_seconds(self.inner.config.device_seconds());
            sessions::know_device(tx, browser.device.digest(), &key, known_until).await?;
            sessions::insert(tx, browser.session.digest(), &key, &session).await?;
            let mut entry = Entry::operation(account.actor(), What::SignedIn.service(id.kind())).at(now);
            if let Some(request) = attempt.request {
                entry = entry.request(request);
            }
            let _receipt_not_needed = self.inner.ledger.append_in(tx, entry).await?;
            Ok(Entered::Anew(left))
        });
        Ok(match outcome? {
            Entered::Refused(why) => why,
            Entered::Anew(left) => {
                if let Some(owner) = left {
                    self.inner.cache.forget(&owner);
                }
                SignIn::Done(browser)
            }
        })
    }

    /// A new session that begins now.
    pub(super) fn new_session(
        &self,
        address: &str,
        browser: &str,
        now: Moment,
    ) -> Result<Session, NoRandomness> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Session {
            // 53 bits: exact in every reader's numbers.
            number: (u64::from_le_bytes(bytes) >> 11).cast_signed(),
            created_at: now,
            seen_at: now,
            ends_at: now.plus_seconds(self.inner.config.session_seconds()),
            address: address.chars().filter(|c| !c.is_control()).take(64).collect(),
            browser: browser.chars().filter(|c| !c.is_control()).take(BROWSER).collect(),
        })
    }

    async fn admit(
        &self,
        attempt: &Attempt<'_>,
        id: Option<&AccountId>,
        device: Option<Digest>,
    ) -> Result<Admission, IdentityError> {
        let now = attempt.now;
        transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            let known = match (id, device) {
                (Some(id), Some(device)) => sessions::is_known_device(tx, device, &id.to_string(), now).await?,
                _ => false,
            };
            let mut keys = Vec::with_capacity(2);
            match (id, device) {
                (Some(_), Some(device)) if known => keys.push((format!("device:{}", hex(device)), lockout::DEVICE)),
                _ => {
                    // Counted for names without an account too: else waiting would tell which exist.
                    keys.extend(id.map(|id| (format!("account:{}", id.name()), lockout::ACCOUNT)));
                    keys.push((format!("address:{}", attempt.address), lockout::ADDRESS));
                }
            }
            count(tx, keys, now).await
        })
    }
}

/// Counts one attempt on every key, unless one of them has to wait.
pub(super) async fn count(
    tx: &mut Tx,
    keys: Vec<(String, Rule)>,
    now: Moment,
) -> Result<Admission, IdentityError> {
    let mut counted = Vec::with_capacity(keys.len());
    let mut wait = 0;
    for (key, rule) in keys {
        let before = tallies::find(tx, &key).await?;
        wait = wait.max(rule.wait(before, now));
        counted.push(Counted { after: rule.count(before, now), key, rule, before });
    }
    if wait > 0 {
        return Ok(Admission::Wait(wait));
    }
    for one in &counted {
        tallies::put(tx, &one.key, one.after).await?;
    }
    Ok(Admission::Counted(counted))
}

/// After the right password: the account's or device's own failures are forgotten; of the address's only this attempt
/// is taken back, because its other failures were on other accounts. Who owns one account could otherwise clear the
/// way to all.
pub(super) async fn give_back(tx: &mut Tx, counted: &[Counted]) -> Result<(), StoreError> {
    for one in counted {
        if one.rule == lockout::ADDRESS {
            uncount(tx, one).await?;
        } else {
            tallies::clear(tx, &one.key).await?;
        }
    }
    Ok(())
}

/// After an attempt whose password was not looked at: only it is taken back, so that a crowd costs nobody his tries
/// and clears nobody's failures.
pub(super) async fn take_back(tx: &mut Tx, counted: &[Counted]) -> Result<(), StoreError> {
    for one in counted {
        uncount(tx, one).await?;
    }
    Ok(())
}

async fn uncount(tx: &mut Tx, one: &Counted) -> Result<(), StoreError> {
    let Some(current) = tallies::find(tx, &one.key).await? else { return Ok(()) };
    let last = if current == one.after { one.before.map_or(current.last, |t| t.last) } else { current.last };
    match current.failures.saturating_sub(1) {
        0 => tallies::clear(tx, &one.key).await,
        failures => tallies::put(tx, &one.key, Tally { failures, last }).await,
    }
}

fn hex(digest: Digest) -> String {
    digest.0.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
