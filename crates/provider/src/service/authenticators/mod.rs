//! How citizens prove themselves, and how a proof becomes a session.
//!
//! A password alone, a password with a second factor, a passkey, or the word of a phone that is signed in: each ends
//! in [`Provider::open_session`], with the means named as RFC 8176 does. Whoever changes the means has signed in a
//! short while ago, and every channel of the account hears of the change.

mod contacts;
mod factor;
mod overview;
mod passkeys;
mod phone;
mod recovery;
mod throttle;
mod totp;

pub(crate) use factor::Factor;
pub(crate) use overview::Security;
pub(crate) use passkeys::Ceremony;
pub(crate) use phone::{Asking, Waiting};
pub(in crate::service) use throttle::{Admitted, give_back};

use super::{Provider, random_id};
use crate::{
    channel::Contact,
    error::ProviderError,
    model::Session,
    rules::standing::Standing,
    store::{
        self as tables,
        authenticators::{challenges, devices, recoveries},
        citizens,
    },
};
use ::store::transact;
use identity::{Digest, Secret, digest_presented};
use serde::Serialize;
use vocabulary::{Moment, Problem, Text, kinds};

/// Seconds since signing in within which the means of signing in can be changed.
const FRESH_SECONDS: i64 = 30 * 60;
/// Tries at one code.
const TRIES: i64 = 5;
/// Seconds for which a code or a challenge can be answered.
const ANSWER_SECONDS: i64 = 600;

/// Where somebody proves himself, and what the browser brought along.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The network address that tries are counted on.
    pub address: &'a str,
    /// What the browser calls itself.
    pub browser: &'a str,
    /// The secret of the session that the browser had before: that session ends.
    pub before: Option<&'a str>,
    /// The secret of the cookie by which a browser that signed in before is known.
    pub device: Option<&'a str>,
    /// Identifier of the request, for the ledger.
    pub request: &'a str,
    /// When.
    pub now: Moment,
}

impl Place<'_> {
    fn device(&self) -> Option<Digest> {
        self.device.and_then(|secret| digest_presented(secret, ""))
    }
}

/// What a browser keeps of a sign-in.
pub(crate) struct Opened {
    /// For the cookie of the session.
    pub session: Secret,
    /// For the cookie of the device; none where it has one already.
    pub device: Option<Secret>,
}

fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}

impl Provider {
    /// Begins a session for somebody who has proved himself by these means. `keys` are the tallies that were counted
    /// on: they are forgotten, but of the network's only this try.
    pub(in crate::service) async fn open_session(
        &self,
        citizen: i64,
        amr: &str,
        place: &Place<'_>,
        counted: &throttle::Counted,
    ) -> Result<Opened, ProviderError> {
        let now = place.now;
        if self.citizen(citizen).await?.standing()? != Standing::Active {
            return Err(Problem::new(&kinds::FORBIDDEN)
                .detail(
                    "Tài khoản đã đóng, đang bị khóa hoặc tạm dừng. Hãy đến công an cấp xã.",
                    "The account is closed, locked or suspended. Go to the commune police.",
                )
                .into());
        }
        let secret = Secret::new("")?;
        let session = Session {
            number: random_id()?,
            citizen,
            created_at: now,
            ends_at: now.plus_seconds(self.session_seconds()),
            address: cut(place.address, 64),
            browser: cut(place.browser, 120),
            amr: amr.to_owned(),
        };
        // A cookie that nobody was given is not taken over: somebody may have planted it.
        let kept = match place.device() {
            Some(digest) if devices::is_ours(&self.inner.store, digest).await? => Some(digest),
            _ => None,
        };
        let fresh = if kept.is_none() { Some(Secret::new("")?) } else { None };
        let device = kept.or(fresh.as_ref().map(Secret::digest));
        let before = place.before.and_then(|secret| digest_presented(secret, ""));
        let number = random_id()?;
        let begun: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            throttle::forgive(tx, counted).await?;
            // A session that somebody planted in this browser, or left behind, does not go on.
            if let Some(before) = before {
                citizens::end(tx, before).await?;
            }
            citizens::begin(tx, secret.digest(), &session).await?;
            match device {
                Some(device) => Ok(devices::note(tx, device, number, &session).await?),
                None => Ok(false),
            }
        });
        let stranger = begun?;
        self.note("provider.signed-in", place.request, "", now).await?;
        if stranger {
            self.tell(citizen, NEW_DEVICE, now).await?;
        }
        Ok(Opened { session: secret, device: fresh })
    }

    /// Every confirmed contact of an account, the first one first.
    pub(super) async fn channels(&self, citizen: i64) -> Result<Vec<Contact>, ProviderError> {
        let mut all = vec![self.citizen(citizen).await?.contact()?];
        let further = recoveries::contacts(&self.inner.store, citizen).await?;
        all.extend(further.into_iter().map(|(_, contact)| contact));
        Ok(all)
    }

    /// Begins a message, so that a family with one telephone knows whose account it speaks of.
    async fn mark(&self, citizen: i64) -> Result<String, ProviderError> {
        let number = self.citizen(citizen).await?.number.reveal();
        Ok(format!("[…{}] ", number.get(9..).unwrap_or_default()))
    }

    /// Says something to every channel of an account.
    pub(super) async fn tell(&self, citizen: i64, text: Text, now: Moment) -> Result<(), ProviderError> {
        self.tell_words(citizen, &format!("{} / {}", text.vi, text.en), now).await
    }

    /// The same with words of the moment in both languages.
    pub(super) async fn tell_words(
        &self,
        citizen: i64,
        words: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let text = format!("{}{words}", self.mark(citizen).await?);
        for contact in self.channels(citizen).await? {
            self.inner.back.channel.send(&contact, &text, now)?;
        }
        Ok(())
    }

    /// Says something to channels that an account had a moment ago.
    async fn tell_all(
        &self,
        citizen: i64,
        channels: &[Contact],
        text: Text,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let text = format!("{}{} / {}", self.mark(citizen).await?, text.vi, text.en);
        for contact in channels {
            self.inner.back.channel.send(contact, &text, now)?;
        }
        Ok(())
    }

    /// Whether somebody signed in so lately that he may change the means of signing in.
    pub(crate) fn may_change(&self, session: &Session, now: Moment) -> bool {
        now.micros() - session.created_at.micros() < FRESH_SECONDS * 1_000_000
    }

    /// Keeps a question; the secret under which it is answered.
    async fn pose(
        &self,
        kind: &str,
        citizen: Option<i64>,
        state: &impl Serialize,
        now: Moment,
    ) -> Result<Secret, ProviderError> {
        self.prune_sometimes(now).await?;
        let secret = Secret::new("")?;
        let (digest, ends_at) = (secret.digest(), now.plus_seconds(ANSWER_SECONDS));
        let kept: Result<(), ProviderError> = transact!(self.inner.store, tx => {
            Ok(challenges::put(tx, digest, kind, citizen, state, ends_at).await?)
        });
        kept.map(|()| secret)
    }

    /// Takes a question away by its secret.
    async fn take_challenge(
        &self,
        kind: &str,
        secret: &str,
        now: Moment,
    ) -> Result<Option<challenges::Challenge>, ProviderError> {
        let Some(digest) = digest_presented(secret, "") else { return Ok(None) };
        transact!(self.inner.store, tx => Ok(challenges::take(tx, digest, kind, now).await?))
    }

    /// Counts a try at a question; none where it is over or was tried too often.
    async fn try_challenge(
        &self,
        kind: &str,
        secret: &str,
        now: Moment,
    ) -> Result<Option<challenges::Challenge>, ProviderError> {
        let Some(digest) = digest_presented(secret, "") else { return Ok(None) };
        let tried: Result<Option<challenges::Challenge>, ProviderError> =
            transact!(self.inner.store, tx => Ok(challenges::attempt(tx, digest, kind, now).await?));
        Ok(tried?.filter(|challenge| challenge.tries <= TRIES))
    }
}

const NEW_DEVICE: Text = Text::new(
    "Tài khoản định danh của bạn vừa được đăng nhập trên một thiết bị mới. Nếu không phải bạn, hãy đổi mật khẩu và kết thúc phiên ở trang Bảo mật.",
    "Your account was just signed in to on a new device. If it was not you, end that session on the page Security and get a new password.",
);
