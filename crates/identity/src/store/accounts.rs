//! Accounts, their history and their passwords.

use super::unreadable;
use crate::model::{Account, AccountId, AccountKind, HistoryLine, Profile, What};
use ::store::{Store, StoreError, Tx, params, record};
use access::{Role, UnitScope};
use vocabulary::{Actor, AgencyCode, Moment, UnitCode, fold};

record! {
    struct AccountRow {
        id: String,
        name: String,
        agency: AgencyCode,
        unit: Option<UnitCode>,
        roles: String,
        units: String,
        suspended_at: Option<Moment>,
        version: i64,
        created_at: Moment,
        changed_at: Moment,
    }
}

impl AccountRow {
    fn read(self) -> Result<Account, StoreError> {
        let roles = self.roles.split_whitespace().map(Role::parse).collect::<Result<_, _>>();
        Ok(Account {
            id: AccountId::parse(&self.id).ok_or_else(|| unreadable("account"))?,
            profile: Profile {
                name: self.name,
                agency: self.agency,
                unit: self.unit,
                units: UnitScope::parse(&self.units).map_err(|_| unreadable("unit scope"))?,
                roles: roles.map_err(|_| unreadable("role"))?,
            },
            suspended_at: self.suspended_at,
            version: self.version,
            created_at: self.created_at,
            changed_at: self.changed_at,
        })
    }
}

/// The account, where there is one.
pub(crate) async fn find(store: &Store, id: &AccountId) -> Result<Option<Account>, StoreError> {
    let sql = format!("SELECT {} FROM account WHERE id = $1", AccountRow::COLUMNS);
    let row: Option<AccountRow> = store.optional(&sql, params![id.to_string()]).await?;
    row.map(AccountRow::read).transpose()
}

/// The account, held so that nobody else changes it before the transaction ends.
pub(crate) async fn find_locked(tx: &mut Tx, id: &AccountId) -> Result<Option<Account>, StoreError> {
    let sql = format!("SELECT {} FROM account WHERE id = $1 FOR UPDATE", AccountRow::COLUMNS);
    let row: Option<AccountRow> = tx.optional(&sql, params![id.to_string()]).await?;
    row.map(AccountRow::read).transpose()
}

/// Which accounts to list.
#[derive(Clone, Debug)]
pub(crate) struct Filter<'a> {
    pub kind: AccountKind,
    /// Part of an identifier or name.
    pub text: &'a str,
    pub limit: i64,
    pub offset: i64,
}

/// The accounts in order of their identifiers, and how many there are in all.
pub(crate) async fn list(store: &Store, filter: &Filter<'_>) -> Result<(Vec<Account>, i64), StoreError> {
    let pattern = pattern(filter.text);
    let kind = filter.kind.code();
    let sql = format!(
        "SELECT {} FROM account WHERE kind = $1 AND search LIKE $2 ESCAPE '\\' ORDER BY id LIMIT $3 OFFSET $4",
        AccountRow::COLUMNS
    );
    let rows: Vec<AccountRow> = store.all(&sql, params![kind, pattern, filter.limit, filter.offset]).await?;
    let total: i64 = store
        .one(
            "SELECT count(*) FROM account WHERE kind = $1 AND search LIKE $2 ESCAPE '\\'",
            params![kind, pattern],
        )
        .await?;
    Ok((rows.into_iter().map(AccountRow::read).collect::<Result<_, _>>()?, total))
}

/// `%part%`, with the wildcards of the part itself taken literally.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in fold(text).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Adds a new account. `Conflict` where the identifier is taken.
pub(crate) async fn insert(tx: &mut Tx, account: &Account) -> Result<(), StoreError> {
    let profile = &account.profile;
    tx.execute(
        "INSERT INTO account (id, kind, name, search, agency, unit, roles, units, version, created_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            account.id.to_string(),
            account.id.kind().code(),
            profile.name,
            search(account),
            profile.agency,
            profile.unit,
            roles(&profile.roles),
            profile.units.to_string(),
            account.version,
            account.created_at,
            account.changed_at,
        ],
    )
    .await?;
    Ok(())
}

/// Writes an account over the version before it; whether that version was still there.
pub(crate) async fn update(tx: &mut Tx, account: &Account) -> Result<bool, StoreError> {
    let profile = &account.profile;
    let changed = tx
        .execute(
            "UPDATE account SET name = $1, search = $2, agency = $3, unit = $4, roles = $5, units = $6, \
             suspended_at = $7, version = $8, changed_at = $9 WHERE id = $10 AND version = $11",
            params![
                profile.name,
                search(account),
                profile.agency,
                profile.unit,
                roles(&profile.roles),
                profile.units.to_string(),
                account.suspended_at,
                account.version,
                account.changed_at,
                account.id.to_string(),
                account.version - 1,
            ],
        )
        .await?;
    Ok(changed == 1)
}

fn search(account: &Account) -> String {
    format!("{} {}", fold(account.id.name()), fold(&account.profile.name))
}

fn roles(roles: &[Role]) -> String {
    let mut text = String::from(" ");
    for role in roles {
        text.push_str(role.as_str());
        text.push(' ');
    }
    text
}

/// Appends to the history. Needs [`lock`](super::lock).
pub(crate) async fn append_history(
    tx: &mut Tx,
    id: &AccountId,
    now: Moment,
    actor: &Actor,
    what: What,
    detail: &serde_json::Value,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO account_change (seq, account, at, actor, what, detail) \
         VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM account_change), $1, $2, $3, $4, $5)",
        params![id.to_string(), now, json(actor)?, what.code(), detail.to_string()],
    )
    .await?;
    Ok(())
}

/// The latest lines of the history, the newest first.
pub(crate) async fn history(
    store: &Store,
    id: &AccountId,
    limit: i64,
) -> Result<Vec<HistoryLine>, StoreError> {
    let rows: Vec<(Moment, String, String)> = store
        .all(
            "SELECT at, actor, what FROM account_change WHERE account = $1 ORDER BY seq DESC LIMIT $2",
            params![id.to_string(), limit],
        )
        .await?;
    rows.into_iter()
        .map(|(at, actor, what)| {
            Ok(HistoryLine {
                at,
                actor: serde_json::from_str(&actor).map_err(|_| unreadable("actor"))?,
                what: What::parse(&what).ok_or_else(|| unreadable("change"))?,
            })
        })
        .collect()
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Other("a value cannot be written as JSON".into()))
}

record! {
    /// What a password is checked against.
    pub(crate) struct Kept {
        pub hash: String,
        pub must_change: bool,
        pub set_at: Moment,
    }
}

/// The password kept for an officer.
pub(crate) async fn password(store: &Store, id: &AccountId) -> Result<Option<Kept>, StoreError> {
    let sql = format!("SELECT {} FROM staff_password WHERE account = $1", Kept::COLUMNS);
    store.optional(&sql, params![id.to_string()]).await
}

/// Sets or replaces the password kept.
pub(crate) async fn set_password(tx: &mut Tx, id: &AccountId, kept: &Kept) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO staff_password (account, hash, must_change, set_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, must_change = excluded.must_change, \
         set_at = excluded.set_at",
        params![id.to_string(), kept.hash, kept.must_change, kept.set_at],
    )
    .await?;
    Ok(())
}

/// Keeps the same password at another cost, unless it was changed meanwhile.
pub(crate) async fn replace_hash(
    tx: &mut Tx,
    id: &AccountId,
    old: &str,
    new: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE staff_password SET hash = $1 WHERE account = $2 AND hash = $3",
        params![new, id.to_string(), old],
    )
    .await?;
    Ok(())
}
