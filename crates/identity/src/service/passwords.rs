//! An officer replaces the own password.

use super::{
    Identity, StaffSession,
    sign_in::{Admission, SignedInBrowser, count, give_back},
};
use crate::{
    error::{IdentityError, not_found},
    lockout,
    model::{AccountId, What},
    password::Password,
    secret::Secret,
    store::{self as tables, accounts, sessions},
};
use ::store::transact;
use serde_json::json;
use vocabulary::{Invalid, Moment, Problem, Violation, kinds};

/// What the officer fills in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replacement<'a> {
    pub current: &'a str,
    pub new: &'a str,
    /// The new one again; it is typed unseen.
    pub again: &'a str,
    pub address: &'a str,
    pub browser: &'a str,
}

impl Identity {
    /// Replaces the password of the session's officer. All sessions end, this one too; the browser gets a new one.
    ///
    /// # Errors
    /// `invalid` naming the field, or `too-many-requests` after too many wrong current passwords.
    pub(crate) async fn change_password(
        &self,
        session: &StaffSession,
        replacement: Replacement<'_>,
        now: Moment,
    ) -> Result<SignedInBrowser, IdentityError> {
        let AccountId::Staff(login) = &session.id else { return Err(not_found()) };
        let id = &session.id;
        if replacement.new != replacement.again {
            return Err(DIFFERENT.at("again").into());
        }
        let new = Password::parse(replacement.new, login).map_err(|invalid| invalid.at("new"))?;
        if replacement.new == replacement.current {
            return Err(SAME.at("new").into());
        }
        let store = &self.inner.store;
        let kept = accounts::password(store, id).await?.ok_or_else(not_found)?;
        let keys = vec![(format!("change:{}", id.name()), lockout::DEVICE)];
        let admission = transact!(store, tx => {
            tables::lock(tx).await?;
            count(tx, keys.clone(), now).await
        })?;
        let counted = match admission {
            Admission::Counted(counted) => counted,
            Admission::Wait(seconds) => return Err(wait(seconds).into()),
        };
        if !self.inner.hasher.verify(replacement.current, Some(&kept.hash)).await?.correct {
            return Err(WRONG.at("current").into());
        }
        let hash = self.inner.hasher.hash(new).await?;
        let kept = accounts::Kept { hash, must_change: false, set_at: now };
        let browser =
            SignedInBrowser { session: Secret::new("")?, device: Secret::new("")?, must_change: false };
        let row = self.new_session(replacement.address, replacement.browser, now)?;
        let key = id.to_string();
        transact!(store, tx => {
            tables::lock(tx).await?;
            let account = accounts::find_locked(tx, id).await?.ok_or_else(not_found)?;
            // Ended, suspended or reset while the form was open.
            if account.suspended_at.is_some() || sessions::end(tx, session.digest).await?.is_none() {
                return Err(Problem::new(&kinds::NOT_SIGNED_IN).into());
            }
            give_back(tx, &counted).await?;
            accounts::set_password(tx, id, &kept).await?;
            sessions::end_all(tx, &key).await?;
            sessions::forget_devices(tx, &key).await?;
            let known_until = now.plus_seconds(self.inner.config.device_seconds());
            sessions::know_device(tx, browser.device.digest(), &key, known_until).await?;
            sessions::insert(tx, browser.session.digest(), &key, &row).await?;
            sessions::set_basis(tx, browser.session.digest(), session.basis.as_ref()).await?;
            let by = crate::model::By::Caller(&session.caller);
            self.record(tx, by, id, What::PasswordChanged, json!({}), now).await
        })?;
        self.inner.cache.forget(&key);
        Ok(browser)
    }
}

const DIFFERENT: Invalid =
    Invalid::new("password/again", "Hai lần nhập mật khẩu mới không giống nhau", "The two entries differ");
const SAME: Invalid =
    Invalid::new("password/same", "Mật khẩu mới phải khác mật khẩu hiện tại", "The new password must differ");
const WRONG: Invalid =
    Invalid::new("password/wrong", "Mật khẩu hiện tại không đúng", "The current password is not right");

fn wait(seconds: i64) -> Violation {
    let mut violation = Invalid::new("password/wait", "", "").at("current");
    violation.vi = format!("Nhập sai nhiều lần; chờ {seconds} giây rồi thử lại");
    violation.en = format!("Wrong too often; wait {seconds} seconds and try again");
    violation
}
