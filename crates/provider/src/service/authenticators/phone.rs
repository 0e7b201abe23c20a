//! Signing in on a computer with the word of a phone that is signed in: the computer shows a code and waits, the phone
//! shows which computer asks, from where and since when, and agrees or not.
//!
//! The short code names the computer's question and nothing else; the session goes to the browser that holds the
//! secret of the question, so whoever sees the code over a shoulder gains nothing.

use super::{Opened, Place, Provider, cut, throttle::Counted};
use crate::{error::ProviderError, model::Session, rules::mac, store::authenticators::challenges};
use ::store::transact;
use identity::{Digest, Secret, digest_presented};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use vocabulary::{Moment, Problem, Text, kinds};

const KIND: &str = "phone";

#[derive(Serialize, Deserialize)]
struct Question {
    /// Digest of the computer's secret.
    holder: Vec<u8>,
    address: String,
    browser: String,
    asked_at: i64,
    next: String,
    /// The means of the phone's session, once it agreed.
    amr: Option<String>,
}

/// A computer that asks.
pub(crate) struct Asking {
    /// Its network address.
    pub address: String,
    /// What its browser calls itself.
    pub browser: String,
    /// Since when.
    pub asked_at: Moment,
}

/// How far a computer's question is.
pub(crate) enum Waiting {
    /// Nobody has answered: the code to show.
    Still(String),
    /// The phone agreed; the session, and where the computer wanted to go.
    Done(Opened, String),
    /// Too late, or the phone refused.
    Over,
}

fn key(provider: &Provider, code: &str) -> Digest {
    let code = super::totp::plain(code);
    Digest(mac(&provider.inner.authenticators, &[b"phone code", code.as_bytes()]))
}

impl Provider {
    /// Begins to wait for a phone: what the computer's cookie holds.
    pub(crate) async fn wait_for_phone(
        &self,
        place: &Place<'_>,
        next: &str,
    ) -> Result<String, ProviderError> {
        self.prune_sometimes(place.now).await?;
        let secret = Secret::new("")?;
        let code = super::totp::paper_code()?;
        let question = Question {
            holder: secret.digest().0.to_vec(),
            address: cut(place.address, 64),
            browser: cut(place.browser, 120),
            asked_at: place.now.micros(),
            next: cut(next, 300),
            amr: None,
        };
        let ends_at = place.now.plus_seconds(super::ANSWER_SECONDS);
        let kept: Result<(), ProviderError> = transact!(self.inner.store, tx => {
            Ok(challenges::put(tx, key(self, &code), KIND, None, &question, ends_at).await?)
        });
        kept?;
        Ok(format!("{code}.{}", secret.reveal()))
    }

    /// Looks whether the phone has answered; a session where it agreed.
    pub(crate) async fn heard_from_phone(
        &self,
        cookie: &str,
        place: &Place<'_>,
    ) -> Result<Waiting, ProviderError> {
        let Some((code, secret)) = cookie.split_once('.') else { return Ok(Waiting::Over) };
        let Some(holder) = digest_presented(secret, "") else { return Ok(Waiting::Over) };
        let digest = key(self, code);
        let found = challenges::look(&self.inner.store, digest, KIND, place.now).await?;
        let Some(found) = found else { return Ok(Waiting::Over) };
        let question: Question = found.state()?;
        if !bool::from(question.holder.ct_eq(&holder.0)) {
            return Ok(Waiting::Over);
        }
        let (Some(citizen), Some(amr)) = (found.citizen, question.amr) else {
            return Ok(Waiting::Still(code.to_owned()));
        };
        let taken: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            Ok(challenges::take(tx, digest, KIND, place.now).await?.is_some())
        });
        if !taken? {
            return Ok(Waiting::Over);
        }
        let opened = self.open_session(citizen, &over_two_channels(&amr), place, &Counted::default()).await?;
        Ok(Waiting::Done(opened, question.next))
    }

    /// The computer that shows a code.
    pub(crate) async fn computer(&self, code: &str, now: Moment) -> Result<Option<Asking>, ProviderError> {
        let found = challenges::look(&self.inner.store, key(self, code), KIND, now).await?;
        let Some(found) = found.filter(|found| found.citizen.is_none()) else { return Ok(None) };
        let question: Question = found.state()?;
        let asked_at = Moment::from_micros(question.asked_at);
        Ok(Some(Asking { address: question.address, browser: question.browser, asked_at }))
    }

    /// Agrees that a computer is signed in, or refuses it.
    ///
    /// # Errors
    /// `not-found`, where the code is over or answered.
    pub(crate) async fn answer_computer(
        &self,
        session: &Session,
        code: &str,
        agreed: bool,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let gone = || ProviderError::from(Problem::new(&kinds::NOT_FOUND).detail(GONE.vi, GONE.en));
        let digest = key(self, code);
        let found = challenges::look(&self.inner.store, digest, KIND, now).await?.ok_or_else(gone)?;
        let mut question: Question = found.state()?;
        question.amr = Some(session.amr.clone());
        let answered: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            if agreed {
                Ok(challenges::claim(tx, digest, KIND, session.citizen, &question, now).await?)
            } else {
                Ok(challenges::take(tx, digest, KIND, now).await?.is_some())
            }
        });
        if !answered? {
            return Err(gone());
        }
        let service = if agreed { "provider.computer-agreed" } else { "provider.computer-refused" };
        self.note(service, request, "", now).await
    }
}

/// The means of the phone, and that it was another channel (RFC 8176 `mca`).
fn over_two_channels(amr: &str) -> String {
    if amr.split(' ').any(|value| value == "mca") { amr.to_owned() } else { format!("{amr} mca") }
}

const GONE: Text = Text::new(
    "Mã đã hết hạn hoặc đã được trả lời. Hãy lấy mã mới trên máy tính.",
    "The code has expired or was answered. Get a new one on the computer.",
);
