//! What stands on the page of security: the means of signing in, browsers, sessions, recent sign-ins.

use super::Provider;
use crate::{
    channel::Contact,
    error::ProviderError,
    model::Session,
    store::{
        authenticators::{
            devices::{self, Device, SignedIn},
            factors,
            passkeys::{self, Passkey},
            recoveries::{self, Recovery},
        },
        citizens,
    },
};
use ::store::transact;
use identity::{Password, digest_presented};
use vocabulary::{Moment, Problem, StaffId, Text, kinds};

/// All of it.
pub(crate) struct Security {
    pub passkeys: Vec<Passkey>,
    /// Since when an app gives codes.
    pub totp: Option<Moment>,
    /// Codes on paper that are left, and how many there were.
    pub codes: (i64, i64),
    pub contact: Contact,
    pub contacts: Vec<(i64, Contact)>,
    pub devices: Vec<Device>,
    /// The number of this browser among them.
    pub this: Option<i64>,
    pub sessions: Vec<Session>,
    pub sign_ins: Vec<SignedIn>,
    pub recovery: Option<Recovery>,
}

impl Provider {
    /// What stands on the page of security. `device` is the secret of the browser's cookie.
    pub(crate) async fn security(
        &self,
        session: &Session,
        device: Option<&str>,
        now: Moment,
    ) -> Result<Security, ProviderError> {
        let (store, citizen) = (&self.inner.store, session.citizen);
        let this = match device.and_then(|secret| digest_presented(secret, "")) {
            Some(digest) => devices::number_of(store, digest, citizen).await?,
            None => None,
        };
        Ok(Security {
            passkeys: passkeys::of(store, citizen).await?,
            totp: factors::totp(store, citizen).await?.and_then(|row| row.confirmed_at),
            codes: factors::codes_left(store, citizen).await?,
            contact: self.citizen(citizen).await?.contact()?,
            contacts: recoveries::contacts(store, citizen).await?,
            devices: devices::of(store, citizen).await?,
            this,
            sessions: citizens::sessions(store, citizen, now).await?,
            sign_ins: devices::sign_ins(store, citizen).await?,
            recovery: recoveries::of(store, citizen).await?,
        })
    }

    /// The recovery of the citizen's account that waits.
    pub(crate) async fn own_recovery(&self, session: &Session) -> Result<Option<Recovery>, ProviderError> {
        Ok(recoveries::of(&self.inner.store, session.citizen).await?)
    }

    /// Forgets a browser: it has no allowance of its own any more.
    ///
    /// # Errors
    /// `not-found`.
    pub(crate) async fn forget_device(&self, session: &Session, number: i64) -> Result<(), ProviderError> {
        let done: Result<bool, ProviderError> = transact!(self.inner.store, tx => {
            Ok(devices::forget(tx, session.citizen, number).await?)
        });
        if done? { Ok(()) } else { Err(Problem::new(&kinds::NOT_FOUND).into()) }
    }

    /// Sets a new password. Every other session ends.
    ///
    /// # Errors
    /// The rule that the password breaks.
    pub(crate) async fn change_password(
        &self,
        session: &Session,
        password: &str,
        request: &str,
        now: Moment,
    ) -> Result<(), ProviderError> {
        let account = StaffId::parse("citizen").map_err(|i| i.at("password"))?;
        let password = Password::parse(password, &account).map_err(|i| i.at("password"))?;
        let hash = self.inner.hasher.hash(password).await?;
        let done: Result<(), ProviderError> = transact!(self.inner.store, tx => {
            citizens::set_password(tx, session.citizen, &hash).await?;
            Ok(citizens::end_others(tx, session.citizen, session.number).await?)
        });
        done?;
        self.note("provider.password-changed", request, "", now).await?;
        self.tell(session.citizen, CHANGED, now).await
    }
}

const CHANGED: Text = Text::new(
    "Mật khẩu tài khoản định danh của bạn vừa được đổi. Nếu không phải bạn, hãy dùng trang Lấy lại tài khoản.",
    "The password of your account was just changed. If it was not you, use the page Recover your account.",
);
