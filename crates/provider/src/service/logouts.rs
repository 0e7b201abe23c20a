//! Telling applications that a citizen's session has ended (OpenID Connect Back-Channel Logout 1.0).

use super::{Provider, random_id};
use crate::{
    error::ProviderError,
    jose::encode,
    model::Party,
    rules::mac,
    store::{self as tables, logouts},
};
use ::store::transact;
use serde_json::json;
use std::time::Duration;
use tokio::task::JoinSet;
use vocabulary::Moment;

/// Between two looks at who is to be told.
const PERIOD: Duration = Duration::from_secs(1);
/// How long an application may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Seconds for which nobody else tells the same.
const LEASE: i64 = 30;
/// Tries; the wait doubles from two seconds, so that the last comes after about half an hour.
const TRIES: i64 = 10;
/// Seconds for which a logout token is valid.
const TOKEN_SECONDS: i64 = 120;
/// The event, §2.4.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl Provider {
    /// A session by a name that no other host's applications see (OpenID Connect Back-Channel Logout §2.1, `sid`).
    pub(crate) fn sid(&self, party: &Party, session: i64) -> String {
        let (sector, session) = (party.sector(), session.to_be_bytes());
        let parts = [&b"sid"[..], sector.as_bytes(), &session];
        encode(&mac(&self.inner.subjects, &parts)[..18])
    }

    /// Tells applications of sessions that ended, and of answers given elsewhere, until `shutdown` comes.
    pub async fn tell_logouts(&self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut timer = tokio::time::interval(PERIOD);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                _ = timer.tick() => {}
            }
            if let Err(error) = self.tell_due_logouts(Moment::now()).await {
                tracing::error!(%error, "applications cannot be told of sign-outs");
            }
            if let Err(error) = self.tell_due_notices(Moment::now()).await {
                tracing::error!(%error, "applications cannot be told of answers");
            }
        }
    }

    /// Tells those that are due; how many heard it.
    ///
    /// # Errors
    /// Where the store or the keys fail. An application that does not answer is no error: it is tried again.
    pub async fn tell_due_logouts(&self, now: Moment) -> Result<usize, ProviderError> {
        let store = &self.inner.store;
        if !logouts::any_due(store, now).await? {
            return Ok(0);
        }
        let taken: Result<Vec<logouts::Notice>, ProviderError> = transact!(store, tx => {
            tables::lock(tx).await?;
            Ok(logouts::take(tx, now, now.plus_seconds(LEASE)).await?)
        });
        let mut calls = JoinSet::new();
        for notice in taken? {
            let party = self.usable_party(&notice.client).await?;
            let address = party.as_ref().and_then(|party| party.backchannel_logout_uri.clone());
            let (Some(party), Some(address)) = (party, address) else {
                self.told(notice.id).await?;
                continue;
            };
            let token = self.logout_token(&party, &notice, now)?;
            calls.spawn_blocking(move || (notice, call(&address, &token)));
        }
        let mut heard = 0;
        while let Some(Ok((notice, answered))) = calls.join_next().await {
            if answered {
                heard += 1;
                self.told(notice.id).await?;
            } else if notice.tries >= TRIES {
                tracing::warn!(client = notice.client, "an application was not told of a sign-out");
                self.told(notice.id).await?;
            } else {
                let until = now.plus_seconds(1 << notice.tries);
                let put_off: Result<(), ProviderError> =
                    transact!(store, tx => Ok(logouts::put_off(tx, notice.id, until).await?));
                put_off?;
            }
        }
        Ok(heard)
    }

    async fn told(&self, id: i64) -> Result<(), ProviderError> {
        transact!(self.inner.store, tx => Ok(logouts::done(tx, id).await?))
    }

    /// §2.4.
    fn logout_token(
        &self,
        party: &Party,
        notice: &logouts::Notice,
        now: Moment,
    ) -> Result<String, ProviderError> {
        let seconds = now.micros().div_euclid(1_000_000);
        let claims = json!({
            "iss": self.issuer()?,
            "aud": party.id.as_str(),
            "iat": seconds,
            "exp": seconds + TOKEN_SECONDS,
            "jti": format!("{:x}", random_id()?),
            "sub": self.subject(party, notice.citizen),
            "sid": self.sid(party, notice.session),
            "events": { EVENT: {} },
        });
        Ok(self.inner.back.keys.sign("logout+jwt", &claims, now)?)
    }
}

/// Whether the application took the token, §2.5; it is never followed elsewhere.
fn call(address: &str, token: &str) -> bool {
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .build()
        .new_agent();
    let answer = agent.post(address).send_form([("logout_token", token)]);
    answer.is_ok_and(|answer| answer.status().is_success())
}
