//! Making and changing accounts of either kind.

use super::Identity;
use crate::{
    error::{IdentityError, not_found},
    model::{
        Account, AccountId, AccountKind, By, HistoryLine, Profile, What, refuse_own, role_beyond,
        within_reach,
    },
    password::Password,
    places,
    secret::one_time_password,
    store::{self as tables, accounts, sessions, tallies},
};
use ::store::{StoreError, Tx, transact};
use access::{Action, Denial, UnitScope, Why};
use serde_json::json;
use vocabulary::{Invalid, Moment, Problem, StaffId, Violation, kinds};

/// Accounts on one page of a list.
pub(crate) const PAGE: i64 = 50;
/// Lines of an account's history that are shown.
const HISTORY: i64 = 50;

/// The first password of an account.
#[derive(Clone, Copy, Debug)]
pub enum NewPassword<'a> {
    /// A random one, shown once, to be replaced at the first sign-in.
    OneTime,
    /// A chosen one that stays, for accounts of a demonstration.
    Chosen(&'a str),
}

/// One page of accounts.
#[derive(Clone, Debug)]
pub struct AccountList {
    /// The accounts, by identifier.
    pub accounts: Vec<Account>,
    /// How many there are in all.
    pub total: i64,
}

impl Identity {
    /// Makes an officer's account; the password, where it was drawn.
    ///
    /// # Errors
    /// `forbidden`, `invalid`, or `conflict` where the name is taken.
    pub async fn create_staff(
        &self,
        by: By<'_>,
        login: &StaffId,
        profile: Profile,
        password: NewPassword<'_>,
        now: Moment,
    ) -> Result<Option<String>, IdentityError> {
        let id = AccountId::staff(login.as_str()).map_err(|invalid| invalid.at("account"))?;
        let (text, one_time) = match password {
            NewPassword::OneTime => (one_time_password()?, true),
            NewPassword::Chosen(text) => (text.to_owned(), false),
        };
        let chosen = Password::parse(&text, login).map_err(|invalid| invalid.at("password"))?;
        self.check(by, &id, &profile)?;
        let kept = accounts::Kept {
            hash: self.inner.hasher.hash(chosen).await?,
            must_change: one_time,
            set_at: now,
        };
        self.create(by, &id, profile, Some(kept), now).await?;
        Ok(one_time.then_some(text))
    }

    /// Makes an account for a calling system.
    ///
    /// # Errors
    /// `forbidden`, `invalid`, or `conflict` where the identifier is taken.
    pub async fn create_client(
        &self,
        by: By<'_>,
        id: &AccountId,
        profile: Profile,
        now: Moment,
    ) -> Result<(), IdentityError> {
        self.check(by, id, &profile)?;
        self.create(by, id, profile, None, now).await
    }

    async fn create(
        &self,
        by: By<'_>,
        id: &AccountId,
        profile: Profile,
        kept: Option<accounts::Kept>,
        now: Moment,
    ) -> Result<(), IdentityError> {
        let account = Account {
            id: id.clone(),
            profile,
            suspended_at: None,
            version: 1,
            created_at: now,
            changed_at: now,
        };
        transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            // Asked first, since after a conflict the transaction could say nothing more.
            if accounts::find_locked(tx, id).await?.is_some() {
                return Err(taken().into());
            }
            accounts::insert(tx, &account).await?;
            if let Some(kept) = &kept {
                accounts::set_password(tx, id, kept).await?;
            }
            self.record(tx, by, id, What::Created, json!(account.profile), now).await
        })
        .map_err(|error| match error {
            IdentityError::Store(StoreError::Conflict { .. }) => taken().into(),
            other => other,
        })
    }

    /// Changes name, agency, units and roles. `version` is the one that was seen when deciding.
    ///
    /// # Errors
    /// `forbidden`, `invalid`, `not-found`, or `conflict` where somebody else was quicker.
    pub async fn edit(
        &self,
        by: By<'_>,
        id: &AccountId,
        profile: Profile,
        version: i64,
        now: Moment,
    ) -> Result<(), IdentityError> {
        refuse_own(by, id)?;
        self.check(by, id, &profile)?;
        transact!(self.inner.store, tx => {
            let mut account = self.managed(tx, by, id).await?;
            if account.version != version {
                return Err(Problem::new(&kinds::CONFLICT).into());
            }
            let detail = json!({ "before": account.profile, "after": profile });
            account.profile = profile.clone();
            self.write(tx, &mut account, now).await?;
            self.record(tx, by, id, What::Edited, detail, now).await
        })?;
        self.inner.cache.forget(&id.to_string());
        Ok(())
    }

    /// Suspends an account; its sessions end and its tokens are refused. Or lifts the suspension.
    ///
    /// # Errors
    /// `forbidden` or `not-found`.
    pub async fn suspend(
        &self,
        by: By<'_>,
        id: &AccountId,
        suspended: bool,
        now: Moment,
    ) -> Result<(), IdentityError> {
        refuse_own(by, id)?;
        transact!(self.inner.store, tx => {
            let mut account = self.managed(tx, by, id).await?;
            if account.suspended_at.is_some() == suspended {
                return Ok(());
            }
            account.suspended_at = suspended.then_some(now);
            self.write(tx, &mut account, now).await?;
            sessions::end_all(tx, &id.to_string()).await?;
            let what = if suspended { What::Suspended } else { What::Restored };
            self.record(tx, by, id, what, json!({}), now).await
        })?;
        self.inner.cache.forget(&id.to_string());
        Ok(())
    }

    /// Gives out a new password for one use. All sessions and known devices of the officer end, and what kept him
    /// waiting is forgotten.
    ///
    /// # Errors
    /// `forbidden` or `not-found`.
    pub async fn reset_password(
        &self,
        by: By<'_>,
        login: &StaffId,
        now: Moment,
    ) -> Result<String, IdentityError> {
        let id = AccountId::staff(login.as_str()).map_err(|invalid| invalid.at("account"))?;
        let drawn = one_time_password()?;
        let chosen = Password::parse(&drawn, login).map_err(|invalid| invalid.at("password"))?;
        // Asked before hashing and again in the transaction.
        self.account(by, &id).await?;
        let kept =
            accounts::Kept { hash: self.inner.hasher.hash(chosen).await?, must_change: true, set_at: now };
        let key = id.to_string();
        transact!(self.inner.store, tx => {
            self.managed(tx, by, &id).await?;
            accounts::set_password(tx, &id, &kept).await?;
            sessions::end_all(tx, &key).await?;
            sessions::forget_devices(tx, &key).await?;
            tallies::clear(tx, &format!("account:{}", id.name())).await?;
            self.record(tx, by, &id, What::PasswordReset, json!({}), now).await
        })?;
        self.inner.cache.forget(&key);
        Ok(drawn)
    }

    /// One account.
    ///
    /// # Errors
    /// `forbidden` where it lies beyond the reach of who asks, or `not-found`.
    pub async fn account(&self, by: By<'_>, id: &AccountId) -> Result<Account, IdentityError> {
        self.reach(by, id.kind())?;
        let account = accounts::find(&self.inner.store, id).await?.ok_or_else(not_found)?;
        self.within(by, &account)?;
        Ok(account)
    }

    /// The accounts of a kind whose identifier or name has this part, 50 to a page, from page 1. Everyone who may
    /// manage such accounts sees who else is there; changing takes reach.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn accounts(
        &self,
        by: By<'_>,
        kind: AccountKind,
        text: &str,
        page: i64,
    ) -> Result<AccountList, IdentityError> {
        self.reach(by, kind)?;
        let text: String = text.chars().take(100).collect();
        let offset = PAGE * (page.clamp(1, 100_000) - 1);
        let filter = accounts::Filter { kind, text: &text, limit: PAGE, offset };
        let (accounts, total) = accounts::list(&self.inner.store, &filter).await?;
        Ok(AccountList { accounts, total })
    }

    /// The latest changes of an account, the newest first.
    ///
    /// # Errors
    /// As [`Identity::account`].
    pub async fn history(&self, by: By<'_>, id: &AccountId) -> Result<Vec<HistoryLine>, IdentityError> {
        self.account(by, id).await?;
        Ok(accounts::history(&self.inner.store, id, HISTORY).await?)
    }

    /// The account, locked (with [`lock`](tables::lock)), if it is within reach.
    pub(super) async fn managed(
        &self,
        tx: &mut Tx,
        by: By<'_>,
        id: &AccountId,
    ) -> Result<Account, IdentityError> {
        tables::lock(tx).await?;
        let account = accounts::find_locked(tx, id).await?.ok_or_else(not_found)?;
        self.within(by, &account)?;
        Ok(account)
    }

    async fn write(&self, tx: &mut Tx, account: &mut Account, now: Moment) -> Result<(), IdentityError> {
        account.version += 1;
        account.changed_at = now;
        if accounts::update(tx, account).await? { Ok(()) } else { Err(Problem::new(&kinds::CONFLICT).into()) }
    }

    /// Whether an account as it stands may be managed.
    fn within(&self, by: By<'_>, account: &Account) -> Result<(), IdentityError> {
        let kind = account.id.kind();
        match self.reach(by, kind)? {
            Some(reach) if !within_reach(&reach.units, &account.profile, places::province_of) => {
                Err(beyond(kind.managed_by()).into())
            }
            _ => Ok(()),
        }
    }

    /// Whether an account may be as it is to be: the rules of a profile, and the reach of who decides.
    fn check(&self, by: By<'_>, id: &AccountId, profile: &Profile) -> Result<(), IdentityError> {
        let kind = id.kind();
        let reach = self.reach(by, kind)?;
        let mut violations = profile.violations(kind, &self.inner.policy);
        let assigned = match &profile.units {
            UnitScope::Units(units) => units.as_slice(),
            UnitScope::Everywhere => &[],
        };
        if profile.unit.is_some_and(|unit| !places::is_unit(unit)) {
            violations.push(unknown_unit("unit"));
        }
        if !assigned.iter().all(|unit| places::is_unit(*unit)) {
            violations.push(unknown_unit("units"));
        }
        if !violations.is_empty() {
            return Err(Problem::invalid(violations).into());
        }
        let Some(reach) = reach else { return Ok(()) };
        if !within_reach(&reach.units, profile, places::province_of)
            || role_beyond(&self.inner.policy, &reach.units, &profile.roles).is_some()
        {
            return Err(beyond(kind.managed_by()).into());
        }
        Ok(())
    }
}

fn unknown_unit(field: &str) -> Violation {
    Invalid::new(
        "unit/unknown",
        "Mã đơn vị không có trong danh mục hiện hành (từ 01/7/2025)",
        "The code is not that of a unit in force (since 1 July 2025)",
    )
    .at(field)
}

fn taken() -> Violation {
    Invalid::new("account/taken", "Tên này đã có người dùng", "This name is taken").at("account")
}

/// The refusal of the policy for what lies in other units.
fn beyond(action: Action) -> Denial {
    Denial { action, why: Why::Unit, grant: None, roles: Vec::new() }
}
