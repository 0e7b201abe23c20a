//! The second factor: after the right password, a code of the app or one on paper.

use super::{Opened, Place, Provider, throttle::Admitted};
use crate::{
    error::ProviderError,
    store::{authenticators::challenges, citizens::Citizen},
};
use identity::digest_presented;
use vocabulary::{Moment, Text};

const KIND: &str = "factor";
/// Password and code (RFC 8176).
const AMR: &str = "pwd otp mfa";
/// The try at which a wrong code is told to the account's owner: somebody knows the password.
const TOLD_AT: i64 = 3;

/// The outcome of a code.
pub(crate) enum Factor {
    /// Signed in.
    Done(Opened),
    /// Not the code, or used before.
    Wrong,
    /// Too many tries failed; seconds to wait.
    Wait(i64),
    /// Too late, or tried too often: the password has to be entered again.
    Over,
}

impl Provider {
    /// The secret of the page that asks for the second factor, where the account wants one.
    pub(in crate::service) async fn ask_factor(
        &self,
        citizen: &Citizen,
        now: Moment,
    ) -> Result<Option<String>, ProviderError> {
        if !self.has_totp(citizen.id).await? {
            return Ok(None);
        }
        let secret = self.pose(KIND, Some(citizen.id), &(), now).await?;
        Ok(Some(secret.reveal().to_owned()))
    }

    /// Answers with a code of the app, or one on paper.
    pub(crate) async fn answer_factor(
        &self,
        secret: &str,
        code: &str,
        place: &Place<'_>,
    ) -> Result<Factor, ProviderError> {
        let now = place.now;
        let Some(digest) = digest_presented(secret, "") else { return Ok(Factor::Over) };
        let asked = challenges::look(&self.inner.store, digest, KIND, now).await?;
        let Some(citizen) = asked.and_then(|asked| asked.citizen) else { return Ok(Factor::Over) };
        let counted = match self.count_try("factor", &citizen.to_string(), Some(citizen), place).await? {
            Admitted::Yes(counted) => counted,
            Admitted::Wait(seconds) => return Ok(Factor::Wait(seconds)),
        };
        let Some(challenge) = self.try_challenge(KIND, secret, now).await? else { return Ok(Factor::Over) };
        let right = self.accept_totp(citizen, code, now).await?
            || self.use_code(citizen, code, now).await?.is_some_and(|source| source == "paper");
        if !right {
            if challenge.tries == TOLD_AT {
                self.tell(citizen, KNOWN, now).await?;
            }
            return Ok(Factor::Wrong);
        }
        if self.take_challenge(KIND, secret, now).await?.is_none() {
            return Ok(Factor::Over);
        }
        Ok(Factor::Done(self.open_session(citizen, AMR, place, &counted).await?))
    }
}

const KNOWN: Text = Text::new(
    "Có người nhập đúng mật khẩu nhưng sai mã khi đăng nhập tài khoản định danh của bạn. Nếu không phải bạn, hãy đổi mật khẩu.",
    "Somebody entered the right password of your account, but wrong codes. If it was not you, get a new password.",
);
