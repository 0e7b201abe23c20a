//! Consents, sign-ins to applications, and their tokens.

use crate::{model::Scopes, rules::authorization::Asked, store::unreadable};
use ::store::{FromRow, Row, Store, StoreError, Tx, params, record};
use identity::Digest;
use std::sync::LazyLock;
use vocabulary::{Moment, PartialDate, PersonId};

record! {
    /// One sign-in to an application.
    pub(crate) struct Grant {
        pub id: i64,
        pub citizen: i64,
        pub client: String,
        scopes: String,
        pub session: i64,
        pub signed_in: Moment,
        pub amr: String,
        params: String,
        pub code_ends: Moment,
        pub code_used: Option<Moment>,
        pub ends_at: Moment,
        pub revoked_at: Option<Moment>,
        /// Who signed in for the account, where that was not its owner.
        pub delegate: Option<i64>,
        /// For which organisation the citizen signed in.
        pub organisation: Option<i64>,
        /// The level of the account now.
        pub level: i64 = "(SELECT citizen.level FROM citizen WHERE citizen.id = oidc_grant.citizen)",
        /// The record of its owner.
        pub person: PersonId = "(SELECT citizen.person FROM citizen WHERE citizen.id = oidc_grant.citizen)",
    }
}

impl Grant {
    /// What was granted.
    pub fn scopes(&self) -> Result<Scopes, StoreError> {
        Scopes::parse(&self.scopes).ok_or_else(|| unreadable("scope"))
    }

    /// The request it answered.
    pub fn asked(&self) -> Result<Asked, StoreError> {
        serde_json::from_str(&self.params).map_err(|_| unreadable("request"))
    }
}

/// What a new grant is made of.
pub(crate) struct NewGrant<'a> {
    pub id: i64,
    pub citizen: i64,
    pub client: &'a str,
    pub scopes: &'a Scopes,
    pub session: i64,
    pub signed_in: Moment,
    pub amr: &'a str,
    pub asked: &'a Asked,
    pub code: Digest,
    pub code_ends: Moment,
    pub now: Moment,
    pub ends_at: Moment,
}

/// Adds a grant with its code.
pub(crate) async fn insert(tx: &mut Tx, g: &NewGrant<'_>) -> Result<(), StoreError> {
    let text = serde_json::to_string(g.asked).map_err(|_| unreadable("request"))?;
    tx.execute(
        "INSERT INTO oidc_grant (id, citizen, client, scopes, session, signed_in, params, code, code_ends, \
         created_at, ends_at, amr) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        params![
            g.id,
            g.citizen,
            g.client,
            g.scopes.to_string(),
            g.session,
            g.signed_in,
            text,
            g.code.0.as_slice(),
            g.code_ends,
            g.now,
            g.ends_at,
            g.amr
        ],
    )
    .await?;
    Ok(())
}

/// Only grants of accounts in use: whatever else is still on record of a closed account opens nothing.
const IN_USE: &str = "EXISTS (SELECT 1 FROM citizen WHERE citizen.id = oidc_grant.citizen AND citizen.standing = 'active') \
     AND (oidc_grant.delegate IS NULL OR EXISTS (SELECT 1 FROM citizen \
     WHERE citizen.id = oidc_grant.delegate AND citizen.standing = 'active')) \
     AND (oidc_grant.organisation IS NULL OR EXISTS (SELECT 1 FROM organisation \
     WHERE organisation.id = oidc_grant.organisation AND organisation.standing = 'active'))";

/// The grant of a code, where its account is in use. Whoever else reads it so waits until this transaction ends, so that
/// of two exchanges of one code the second sees that it was used, and exchanges of others go on side by side.
pub(crate) async fn of_code(tx: &mut Tx, code: Digest) -> Result<Option<Grant>, StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!("SELECT {} FROM oidc_grant WHERE code = $1 AND {IN_USE} FOR UPDATE", Grant::COLUMNS)
    });
    tx.optional(&SQL, params![code.0.as_slice()]).await
}

/// A grant, where its account is in use, locked as by [`of_code`]. What a decision rests on is read after it.
pub(crate) async fn find(tx: &mut Tx, id: i64) -> Result<Option<Grant>, StoreError> {
    let sql = format!("SELECT {} FROM oidc_grant WHERE id = $1 AND {IN_USE} FOR UPDATE", Grant::COLUMNS);
    tx.optional(&sql, params![id]).await
}

/// A token with its grant as they stand, where the account is in use.
pub(crate) async fn of_token(store: &Store, digest: Digest) -> Result<Option<(Token, Grant)>, StoreError> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        format!(
            "SELECT {}, {TOKEN} FROM oidc_grant JOIN (SELECT grant_id AS of_grant, kind, jkt, \
             created_at AS token_since, ends_at AS token_ends, used_at FROM oidc_token WHERE digest = $1) t \
             ON t.of_grant = oidc_grant.id WHERE {IN_USE}",
            Grant::COLUMNS
        )
    });
    let both: Option<Both> = store.optional(&SQL, params![digest.0.as_slice()]).await?;
    Ok(both.map(|Both(token, grant)| (token, grant)))
}

const TOKEN: &str = "of_grant, kind, jkt, token_since, token_ends, used_at";
/// Columns of a grant.
const OF_GRANT: usize = 16;

struct Both(Token, Grant);

impl FromRow for Both {
    fn from_row(row: &Row<'_>) -> Result<Both, StoreError> {
        let token = Token {
            grant_id: row.get(OF_GRANT)?,
            kind: row.get(OF_GRANT + 1)?,
            jkt: row.get(OF_GRANT + 2)?,
            created_at: row.get(OF_GRANT + 3)?,
            ends_at: row.get(OF_GRANT + 4)?,
            used_at: row.get(OF_GRANT + 5)?,
        };
        Ok(Both(token, Grant::from_row(row)?))
    }
}

/// Notes that a code was used.
pub(crate) async fn use_code(tx: &mut Tx, id: i64, now: Moment) -> Result<(), StoreError> {
    tx.execute("UPDATE oidc_grant SET code_used = $2 WHERE id = $1", params![id, now]).await?;
    Ok(())
}

/// Revokes a grant with all its tokens.
pub(crate) async fn revoke(tx: &mut Tx, id: i64, now: Moment) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE oidc_grant SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
        params![id, now],
    )
    .await?;
    Ok(())
}

/// Revokes what a citizen has granted to an application, and the consent.
pub(crate) async fn revoke_client(
    tx: &mut Tx,
    citizen: i64,
    client: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let revoked = tx
        .execute(
            "UPDATE oidc_grant SET revoked_at = $3 WHERE citizen = $1 AND client = $2 AND revoked_at IS NULL",
            params![citizen, client, now],
        )
        .await?;
    let consents = tx
        .execute("DELETE FROM oidc_consent WHERE citizen = $1 AND client = $2", params![citizen, client])
        .await?;
    Ok(revoked + consents > 0)
}

/// What a citizen agreed to share with an application.
pub(crate) async fn consent(store: &Store, citizen: i64, client: &str) -> Result<Option<Scopes>, StoreError> {
    let text: Option<String> = store
        .optional(
            "SELECT scopes FROM oidc_consent WHERE citizen = $1 AND client = $2",
            params![citizen, client],
        )
        .await?;
    text.map(|text| Scopes::parse(&text).ok_or_else(|| unreadable("scope"))).transpose()
}

record! {
    /// What an account says to a request of a client.
    pub(crate) struct Settled {
        pub level: i64 = "o.level",
        agreed: Option<String> = "(SELECT s.scopes FROM oidc_consent s WHERE s.citizen = o.id AND s.client = $2)",
        by_delegation: bool = "EXISTS (SELECT 1 FROM delegation d JOIN citizen c ON c.id = d.citizen \
            WHERE d.delegate = o.id AND d.ends_at > $3 AND d.revoked_at IS NULL AND c.standing = 'active' \
            AND (d.client = '' OR d.client = $2))",
        for_children: bool = "EXISTS (SELECT 1 FROM citizen k WHERE k.guardian = o.person \
            AND k.guardian_until > $4 AND k.standing = 'active')",
    }
}

impl Settled {
    /// What the citizen agreed to share with the client.
    pub fn agreed(&self) -> Result<Option<Scopes>, StoreError> {
        let read = |text: &String| Scopes::parse(text).ok_or_else(|| unreadable("scope"));
        self.agreed.as_ref().map(read).transpose()
    }

    /// Whether the citizen may act for somebody there.
    pub fn acts_for_somebody(&self) -> bool {
        self.by_delegation || self.for_children
    }
}

/// What an account says to a request of a client, in one reading: it is asked at every sign-in.
pub(crate) async fn settled(
    store: &Store,
    citizen: i64,
    client: &str,
    now: Moment,
    today: PartialDate,
) -> Result<Option<Settled>, StoreError> {
    static SQL: LazyLock<String> =
        LazyLock::new(|| format!("SELECT {} FROM citizen o WHERE o.id = $1", Settled::COLUMNS));
    store.optional(&SQL, params![citizen, client, now, today]).await
}

/// Keeps what a citizen agreed to.
pub(crate) async fn put_consent(
    tx: &mut Tx,
    citizen: i64,
    client: &str,
    scopes: &Scopes,
    now: Moment,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO oidc_consent (citizen, client, scopes, granted_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (citizen, client) DO UPDATE SET scopes = excluded.scopes, granted_at = excluded.granted_at",
        params![citizen, client, scopes.to_string(), now],
    )
    .await?;
    Ok(())
}

/// The applications that a citizen shares with: name, what, since when.
pub(crate) async fn consents(
    store: &Store,
    citizen: i64,
) -> Result<Vec<(String, Scopes, Moment)>, StoreError> {
    let rows: Vec<(String, String, Moment)> = store
        .all(
            "SELECT client, scopes, granted_at FROM oidc_consent WHERE citizen = $1 \
             ORDER BY granted_at DESC, client LIMIT 100",
            params![citizen],
        )
        .await?;
    let read = |(client, scopes, at): (String, String, Moment)| {
        Ok((client, Scopes::parse(&scopes).ok_or_else(|| unreadable("scope"))?, at))
    };
    rows.into_iter().map(read).collect()
}

record! {
    /// A token.
    pub(crate) struct Token {
        pub grant_id: i64,
        pub kind: String,
        pub jkt: String,
        pub created_at: Moment,
        pub ends_at: Moment,
        pub used_at: Option<Moment>,
    }
}

/// Adds a token.
pub(crate) async fn add_token(tx: &mut Tx, digest: Digest, t: &Token) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO oidc_token (digest, grant_id, kind, jkt, created_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)",
        params![digest.0.as_slice(), t.grant_id, t.kind.as_str(), t.jkt.as_str(), t.created_at, t.ends_at],
    )
    .await?;
    Ok(())
}

/// A token. Where it is to be used up, its grant is [locked](find) and it is read once more.
pub(crate) async fn token(tx: &mut Tx, digest: Digest) -> Result<Option<Token>, StoreError> {
    let sql = format!("SELECT {} FROM oidc_token WHERE digest = $1", Token::COLUMNS);
    tx.optional(&sql, params![digest.0.as_slice()]).await
}

/// Notes that a refresh token was used.
pub(crate) async fn use_token(tx: &mut Tx, digest: Digest, now: Moment) -> Result<(), StoreError> {
    tx.execute("UPDATE oidc_token SET used_at = $2 WHERE digest = $1", params![digest.0.as_slice(), now])
        .await?;
    Ok(())
}

/// Ends one token.
pub(crate) async fn end_token(tx: &mut Tx, digest: Digest) -> Result<(), StoreError> {
    tx.execute("DELETE FROM oidc_token WHERE digest = $1", params![digest.0.as_slice()]).await?;
    Ok(())
}
