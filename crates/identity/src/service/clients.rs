//! Bearer tokens of calling systems.

use super::Identity;
use crate::{
    error::{IdentityError, not_found},
    model::{AccountId, By, Token, What},
    secret::{BEARER_PREFIX, Secret},
    store::tokens,
};
use ::store::transact;
use serde_json::json;
use vocabulary::{Invalid, Moment, Problem, SystemId, Violation, kinds};

/// Days for which a token may be valid at most.
pub const LONGEST_TOKEN_DAYS: u32 = 400;
/// Valid tokens that a system may have at once: the one in use, its successor, and some for separate machines.
const TOKENS: i64 = 10;

impl Identity {
    /// Issues a bearer token for a calling system. Its text is shown to nobody ever again.
    ///
    /// # Errors
    /// `forbidden`, `not-found`, or `invalid`: a label of 1–100 characters, 1–400 days, at most ten valid tokens.
    pub async fn issue_token(
        &self,
        by: By<'_>,
        system: &SystemId,
        label: &str,
        days: u32,
        now: Moment,
    ) -> Result<Secret, IdentityError> {
        let id = AccountId::Client(system.clone());
        let label = label.trim();
        if !(1..=100).contains(&label.chars().count()) || label.chars().any(char::is_control) {
            return Err(Invalid::new(
                "token/label",
                "Ghi rõ mã dùng cho việc gì, từ 1 đến 100 ký tự",
                "Say what it is for, in 1 to 100 characters",
            )
            .at("label")
            .into());
        }
        if !(1..=LONGEST_TOKEN_DAYS).contains(&days) {
            return Err(Invalid::new("token/days", "Thời hạn từ 1 đến 400 ngày", "Valid for 1 to 400 days")
                .at("days")
                .into());
        }
        let secret = Secret::new(BEARER_PREFIX)?;
        let ends_at = now.plus_seconds(i64::from(days) * 86_400);
        let key = id.to_string();
        transact!(self.inner.store, tx => {
            self.managed(tx, by, &id).await?;
            if tokens::count_valid(tx, &key, now).await? >= TOKENS {
                return Err(too_many().into());
            }
            let token = tokens::insert(tx, &key, secret.digest(), label, now, ends_at).await?;
            let detail = json!({ "token": token, "label": label, "ends_at": ends_at });
            self.record(tx, by, &id, What::TokenIssued, detail, now).await
        })?;
        Ok(secret)
    }

    /// Revokes a token, in every process within a second.
    ///
    /// # Errors
    /// `forbidden`, or `not-found` where there is no such token that is not revoked.
    pub async fn revoke_token(
        &self,
        by: By<'_>,
        system: &SystemId,
        token: i64,
        now: Moment,
    ) -> Result<(), IdentityError> {
        let id = AccountId::Client(system.clone());
        let key = id.to_string();
        transact!(self.inner.store, tx => {
            self.managed(tx, by, &id).await?;
            if !tokens::revoke(tx, &key, token, now).await? {
                return Err(IdentityError::from(Problem::new(&kinds::NOT_FOUND)));
            }
            self.record(tx, by, &id, What::TokenRevoked, json!({ "token": token }), now).await
        })?;
        self.inner.cache.forget(&key);
        Ok(())
    }

    /// The tokens of a system, the newest first.
    ///
    /// # Errors
    /// `forbidden` or `not-found`.
    pub async fn tokens(&self, by: By<'_>, system: &SystemId) -> Result<Vec<Token>, IdentityError> {
        let id = AccountId::Client(system.clone());
        self.account(by, &id).await?;
        Ok(tokens::list(&self.inner.store, &id.to_string()).await?)
    }

    /// A calling system's identifier in the one form in which it is kept.
    ///
    /// # Errors
    /// `not-found` where the text cannot be one.
    pub(crate) fn system(&self, text: &str) -> Result<SystemId, IdentityError> {
        match AccountId::client(text) {
            Ok(AccountId::Client(id)) => Ok(id),
            _ => Err(not_found()),
        }
    }
}

fn too_many() -> Violation {
    Invalid::new(
        "token/too-many",
        "Hệ thống đã có 10 mã còn hiệu lực; hãy thu hồi mã không dùng trước",
        "The system has ten valid tokens; revoke one that is not used first",
    )
    .at("label")
}
