//! Who acts for whom.

use crate::{model::Scopes, store::unreadable};
use ::store::{Store, StoreError, Tx, params, record};
use vocabulary::{Moment, PartialDate, PersonId, PersonalNumber};

/// Somebody for whom another may act.
pub(crate) struct ActedFor {
    pub citizen: i64,
    pub person: PersonId,
    /// `None` for a child, whose guardian may share whatever the child could.
    pub scopes: Option<Scopes>,
    /// The application for which it holds; empty: every one.
    pub client: String,
    pub ends_at: Moment,
}

fn scopes(text: &str) -> Result<Scopes, StoreError> {
    Scopes::parse(text).ok_or_else(|| unreadable("scope"))
}

/// Those who gave somebody a delegation that holds, at most 50.
pub(crate) async fn granted_to(
    store: &Store,
    delegate: i64,
    now: Moment,
) -> Result<Vec<ActedFor>, StoreError> {
    let rows: Vec<(i64, PersonId, String, String, Moment)> = store
        .few(
            "SELECT d.citizen, c.person, d.scopes, d.client, d.ends_at FROM delegation d \
             JOIN citizen c ON c.id = d.citizen WHERE d.delegate = $1 AND d.ends_at > $2 \
             AND d.revoked_at IS NULL AND c.standing = 'active' ORDER BY d.created_at, d.id LIMIT 50",
            params![delegate, now],
        )
        .await?;
    rows.into_iter()
        .map(|(citizen, person, text, client, ends_at)| {
            Ok(ActedFor { citizen, person, scopes: Some(scopes(&text)?), client, ends_at })
        })
        .collect()
}

/// The children whose parent or guardian a record is, as long as they are children: account, record, last day before
/// they act alone.
pub(crate) async fn children_of(
    store: &Store,
    guardian: PersonId,
    today: PartialDate,
) -> Result<Vec<(i64, PersonId, PartialDate)>, StoreError> {
    store
        .few(
            "SELECT id, person, guardian_until FROM citizen WHERE guardian = $1 AND guardian_until > $2 \
             AND standing = 'active' ORDER BY id LIMIT 50",
            params![guardian, today],
        )
        .await
}

record! {
    /// A delegation as its giver sees it.
    pub(crate) struct Given {
        pub id: i64 = "d.id",
        pub number: PersonalNumber = "c.number",
        pub client: String = "d.client",
        scopes: String = "d.scopes",
        pub ends_at: Moment = "d.ends_at",
    }
}

impl Given {
    /// What may be shared.
    pub fn scopes(&self) -> Result<Scopes, StoreError> {
        scopes(&self.scopes)
    }
}

/// The delegations that somebody gave and that hold.
pub(crate) async fn given_by(store: &Store, citizen: i64, now: Moment) -> Result<Vec<Given>, StoreError> {
    let sql = format!(
        "SELECT {} FROM delegation d JOIN citizen c ON c.id = d.delegate WHERE d.citizen = $1 \
         AND d.ends_at > $2 AND d.revoked_at IS NULL ORDER BY d.created_at, d.id LIMIT 50",
        Given::COLUMNS
    );
    store.all(&sql, params![citizen, now]).await
}

/// What a new delegation is made of.
pub(crate) struct New<'a> {
    pub id: i64,
    pub citizen: i64,
    pub delegate: i64,
    pub client: &'a str,
    pub scopes: &'a Scopes,
    pub now: Moment,
    pub ends_at: Moment,
}

/// Adds a delegation.
pub(crate) async fn insert(tx: &mut Tx, d: &New<'_>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO delegation (id, citizen, delegate, client, scopes, created_at, ends_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        params![d.id, d.citizen, d.delegate, d.client, d.scopes.to_string(), d.now, d.ends_at],
    )
    .await?;
    Ok(())
}

/// Takes a delegation back, and every sign-in that the delegate made for its giver; the delegate, where there was one.
pub(crate) async fn revoke(
    tx: &mut Tx,
    citizen: i64,
    id: i64,
    now: Moment,
) -> Result<Option<i64>, StoreError> {
    let delegate: Option<i64> = tx
        .optional(
            "UPDATE delegation SET revoked_at = $3 WHERE id = $1 AND citizen = $2 AND revoked_at IS NULL \
             RETURNING delegate",
            params![id, citizen, now],
        )
        .await?;
    if let Some(delegate) = delegate {
        tx.execute(
            "UPDATE oidc_grant SET revoked_at = $3 WHERE citizen = $1 AND delegate = $2 AND revoked_at IS NULL",
            params![citizen, delegate, now],
        )
        .await?;
    }
    Ok(delegate)
}

/// Says of a grant who signed in for its account.
pub(crate) async fn mark(tx: &mut Tx, grant: i64, delegate: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE oidc_grant SET delegate = $2 WHERE id = $1", params![grant, delegate]).await?;
    Ok(())
}
