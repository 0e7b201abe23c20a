//! Organisations: who represents them, whom they let act, what happened to them.

use crate::{
    model::Scopes,
    rules::{organisation::Kind, standing::Standing},
    store::unreadable,
};
use ::store::{Store, StoreError, Tx, params, record};
use vocabulary::{Moment, PersonId, PersonalNumber, UnitCode};

record! {
    /// An organisation with an account.
    pub(crate) struct Organisation {
        pub id: i64 = "o.id",
        pub number: String = "o.number",
        pub name: String = "o.name",
        kind: String = "o.kind",
        pub unit: UnitCode = "o.unit",
        standing: String = "o.standing",
        pub created_at: Moment = "o.created_at",
    }
}

impl Organisation {
    /// What it is.
    pub fn kind(&self) -> Result<Kind, StoreError> {
        Kind::of(&self.kind).ok_or_else(|| unreadable("kind of organisation"))
    }

    /// How its account stands.
    pub fn standing(&self) -> Result<Standing, StoreError> {
        Standing::of(&self.standing).ok_or_else(|| unreadable("standing"))
    }
}

/// An organisation.
pub(crate) async fn find(store: &Store, id: i64) -> Result<Option<Organisation>, StoreError> {
    let sql = format!("SELECT {} FROM organisation o WHERE o.id = $1", Organisation::COLUMNS);
    store.optional(&sql, params![id]).await
}

/// The organisation with a number.
pub(crate) async fn by_number(store: &Store, number: &str) -> Result<Option<Organisation>, StoreError> {
    let sql = format!("SELECT {} FROM organisation o WHERE o.number = $1", Organisation::COLUMNS);
    store.optional(&sql, params![number]).await
}

/// The organisation with a number, within a transaction.
pub(crate) async fn by_number_in(tx: &mut Tx, number: &str) -> Result<Option<Organisation>, StoreError> {
    let sql = format!("SELECT {} FROM organisation o WHERE o.number = $1", Organisation::COLUMNS);
    tx.optional(&sql, params![number]).await
}

/// How an organisation stands, within a transaction.
pub(crate) async fn standing(tx: &mut Tx, id: i64) -> Result<Option<Standing>, StoreError> {
    let code: Option<String> =
        tx.optional("SELECT standing FROM organisation WHERE id = $1", params![id]).await?;
    code.map(|code| Standing::of(&code).ok_or_else(|| unreadable("standing"))).transpose()
}

/// The organisations that somebody represents, whatever their standing but closed, at most 50.
pub(crate) async fn represented_by(store: &Store, citizen: i64) -> Result<Vec<Organisation>, StoreError> {
    let sql = format!(
        "SELECT {} FROM organisation o JOIN organisation_representative r ON r.organisation = o.id \
         WHERE r.citizen = $1 AND r.ended_at IS NULL AND o.standing <> 'closed' ORDER BY o.name, o.id LIMIT 50",
        Organisation::COLUMNS
    );
    store.all(&sql, params![citizen]).await
}

/// Whether somebody represents an organisation that is in use.
pub(crate) async fn is_representative(
    store: &Store,
    organisation: i64,
    citizen: i64,
) -> Result<bool, StoreError> {
    let row: Option<i64> = store
        .optional(
            "SELECT r.id FROM organisation_representative r JOIN organisation o ON o.id = r.organisation \
             WHERE r.organisation = $1 AND r.citizen = $2 AND r.ended_at IS NULL AND o.standing = 'active'",
            params![organisation, citizen],
        )
        .await?;
    Ok(row.is_some())
}

record! {
    /// A representative, as the others and officers see him.
    pub(crate) struct Representative {
        pub id: i64 = "r.id",
        pub citizen: i64 = "r.citizen",
        pub person: PersonId = "c.person",
        pub number: PersonalNumber = "c.number",
        standing: String = "c.standing",
        pub since: Moment = "r.since",
    }
}

impl Representative {
    /// Whether his own account is in use.
    pub fn is_active(&self) -> bool {
        self.standing == Standing::Active.code()
    }
}

fn representatives_sql() -> String {
    format!(
        "SELECT {} FROM organisation_representative r JOIN citizen c ON c.id = r.citizen \
         WHERE r.organisation = $1 AND r.ended_at IS NULL ORDER BY r.since, r.id LIMIT 50",
        Representative::COLUMNS
    )
}

/// Who represents an organisation.
pub(crate) async fn representatives(
    store: &Store,
    organisation: i64,
) -> Result<Vec<Representative>, StoreError> {
    store.all(&representatives_sql(), params![organisation]).await
}

/// The same within a transaction. Needs [`lock`](super::lock).
pub(crate) async fn representatives_in(
    tx: &mut Tx,
    organisation: i64,
) -> Result<Vec<Representative>, StoreError> {
    tx.all(&representatives_sql(), params![organisation]).await
}

/// What an organisation is made of.
pub(crate) struct New<'a> {
    pub id: i64,
    pub number: &'a str,
    pub name: &'a str,
    pub kind: &'a str,
    pub unit: UnitCode,
    pub now: Moment,
}

/// Makes an organisation, or brings the one with the number into use again under its new name; its identifier.
pub(crate) async fn enter(tx: &mut Tx, o: &New<'_>) -> Result<i64, StoreError> {
    let id: Option<i64> = tx
        .optional(
            "INSERT INTO organisation (id, number, name, kind, unit, standing, created_at) \
             VALUES ($1, $2, $3, $4, $5, 'active', $6) ON CONFLICT (number) DO UPDATE SET name = excluded.name, \
             kind = excluded.kind, unit = excluded.unit, standing = 'active' RETURNING id",
            params![o.id, o.number, o.name, o.kind, o.unit, o.now],
        )
        .await?;
    id.ok_or_else(|| unreadable("organisation"))
}

/// Makes somebody a representative who is none yet.
pub(crate) async fn add_representative(
    tx: &mut Tx,
    id: i64,
    organisation: i64,
    citizen: i64,
    now: Moment,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO organisation_representative (id, organisation, citizen, since) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
        params![id, organisation, citizen, now],
    )
    .await?;
    Ok(())
}

/// Sets how an organisation stands. Whatever it leads to but use ends what was signed in to for it; closing it its
/// representatives and delegations too. Needs [`lock`](super::lock).
pub(crate) async fn stand(tx: &mut Tx, id: i64, standing: Standing, now: Moment) -> Result<(), StoreError> {
    tx.execute("UPDATE organisation SET standing = $2 WHERE id = $1", params![id, standing.code()]).await?;
    if standing == Standing::Active {
        return Ok(());
    }
    tx.execute(
        "UPDATE oidc_grant SET revoked_at = $2 WHERE organisation = $1 AND revoked_at IS NULL",
        params![id, now],
    )
    .await?;
    if standing == Standing::Closed {
        for sql in [
            "UPDATE organisation_delegation SET revoked_at = $2 WHERE organisation = $1 AND revoked_at IS NULL",
            "UPDATE organisation_representative SET ended_at = $2 WHERE organisation = $1 AND ended_at IS NULL",
        ] {
            tx.execute(sql, params![id, now]).await?;
        }
    }
    Ok(())
}

/// Somebody represents an organisation no more: what he let others do for it ends, and where he was the last the
/// organisation is suspended. Whether he was one. Needs [`lock`](super::lock).
pub(crate) async fn end_representative(
    tx: &mut Tx,
    organisation: i64,
    citizen: i64,
    now: Moment,
) -> Result<bool, StoreError> {
    let ended = tx
        .execute(
            "UPDATE organisation_representative SET ended_at = $3 \
             WHERE organisation = $1 AND citizen = $2 AND ended_at IS NULL",
            params![organisation, citizen, now],
        )
        .await?;
    if ended == 0 {
        return Ok(false);
    }
    end_grants_of(tx, organisation, citizen, now).await?;
    tx.execute(
        "UPDATE oidc_grant SET revoked_at = $3 WHERE organisation = $1 AND revoked_at IS NULL \
         AND citizen IN (SELECT delegate FROM organisation_delegation WHERE organisation = $1 AND giver = $2)",
        params![organisation, citizen, now],
    )
    .await?;
    tx.execute(
        "UPDATE organisation_delegation SET revoked_at = $3 \
         WHERE organisation = $1 AND giver = $2 AND revoked_at IS NULL",
        params![organisation, citizen, now],
    )
    .await?;
    if representatives_in(tx, organisation).await?.is_empty()
        && standing(tx, organisation).await? == Some(Standing::Active)
    {
        stand(tx, organisation, Standing::Suspended, now).await?;
    }
    Ok(true)
}

/// The account of a citizen is in use no more: so is nothing that he let others do for organisations. Where it was
/// closed he represents none and acts for none. Needs [`lock`](super::lock).
pub(crate) async fn citizen_stands(
    tx: &mut Tx,
    citizen: i64,
    standing: Standing,
    now: Moment,
) -> Result<(), StoreError> {
    if standing != Standing::Closed {
        tx.execute(
            "UPDATE oidc_grant SET revoked_at = $2 WHERE organisation IS NOT NULL AND revoked_at IS NULL \
             AND EXISTS (SELECT 1 FROM organisation_delegation d WHERE d.organisation = oidc_grant.organisation \
             AND d.delegate = oidc_grant.citizen AND d.giver = $1)",
            params![citizen, now],
        )
        .await?;
        return Ok(());
    }
    tx.execute(
        "UPDATE organisation_delegation SET revoked_at = $2 WHERE delegate = $1 AND revoked_at IS NULL",
        params![citizen, now],
    )
    .await?;
    let all: Vec<(i64, i64)> = tx
        .all(
            "SELECT id, organisation FROM organisation_representative WHERE citizen = $1 AND ended_at IS NULL",
            params![citizen],
        )
        .await?;
    for (id, organisation) in all {
        end_representative(tx, organisation, citizen, now).await?;
        // Each representative ends once, so that the number of his row serves for the event.
        let what = Event { what: "ended", citizen: Some(citizen), ..Event::default() };
        note(tx, id, organisation, &what, now).await?;
    }
    Ok(())
}

/// Ends what somebody signed in to for an organisation.
async fn end_grants_of(tx: &mut Tx, organisation: i64, citizen: i64, now: Moment) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE oidc_grant SET revoked_at = $3 WHERE organisation = $1 AND citizen = $2 AND revoked_at IS NULL",
        params![organisation, citizen, now],
    )
    .await?;
    Ok(())
}

record! {
    /// A delegation to somebody of the staff.
    pub(crate) struct Delegation {
        pub id: i64 = "d.id",
        pub organisation: i64 = "d.organisation",
        /// The organisation's name.
        pub name: String = "o.name",
        pub giver: i64 = "d.giver",
        pub delegate: i64 = "d.delegate",
        /// The delegate's personal number.
        pub number: PersonalNumber = "c.number",
        pub post: String = "d.post",
        pub client: String = "d.client",
        scopes: String = "d.scopes",
        pub accepted_at: Option<Moment> = "d.accepted_at",
        pub ends_at: Moment = "d.ends_at",
    }
}

impl Delegation {
    /// What may be shared.
    pub fn scopes(&self) -> Result<Scopes, StoreError> {
        Scopes::parse(&self.scopes).ok_or_else(|| unreadable("scope"))
    }

    /// Whether it holds at an application.
    pub fn serves(&self, client: &str) -> bool {
        self.client.is_empty() || self.client == client
    }
}

/// A delegation holds or waits: neither it nor its giver's word nor the organisation has ended.
const STANDS: &str = "d.revoked_at IS NULL AND o.standing = 'active' \
     AND EXISTS (SELECT 1 FROM citizen g WHERE g.id = d.giver AND g.standing = 'active') \
     AND EXISTS (SELECT 1 FROM organisation_representative r WHERE r.organisation = d.organisation \
     AND r.citizen = d.giver AND r.ended_at IS NULL)";

const DELEGATIONS: &str = "organisation_delegation d JOIN organisation o ON o.id = d.organisation \
     JOIN citizen c ON c.id = d.delegate";

/// The delegations that somebody was given by organisations, accepted or not, at most 50.
pub(crate) async fn delegated_to(
    store: &Store,
    delegate: i64,
    now: Moment,
) -> Result<Vec<Delegation>, StoreError> {
    let sql = format!(
        "SELECT {} FROM {DELEGATIONS} WHERE d.delegate = $1 AND d.ends_at > $2 AND {STANDS} \
         ORDER BY d.created_at, d.id LIMIT 50",
        Delegation::COLUMNS
    );
    store.all(&sql, params![delegate, now]).await
}

/// The delegations that an organisation has given, accepted or not, at most 200.
pub(crate) async fn delegated_by(
    store: &Store,
    organisation: i64,
    now: Moment,
) -> Result<Vec<Delegation>, StoreError> {
    let sql = format!(
        "SELECT {} FROM {DELEGATIONS} WHERE d.organisation = $1 AND d.ends_at > $2 AND {STANDS} \
         ORDER BY d.created_at, d.id LIMIT 200",
        Delegation::COLUMNS
    );
    store.all(&sql, params![organisation, now]).await
}

/// Whether somebody may act for an organisation at an application now, within the transaction that lets him. Needs
/// [`lock`](super::lock).
pub(crate) async fn may_act(
    tx: &mut Tx,
    organisation: i64,
    citizen: i64,
    client: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    if standing(tx, organisation).await? != Some(Standing::Active) {
        return Ok(false);
    }
    if representatives_in(tx, organisation).await?.iter().any(|one| one.citizen == citizen) {
        return Ok(true);
    }
    let sql = format!(
        "SELECT {} FROM {DELEGATIONS} WHERE d.organisation = $1 AND d.delegate = $2 AND d.ends_at > $3 \
         AND d.accepted_at IS NOT NULL AND {STANDS}",
        Delegation::COLUMNS
    );
    let all: Vec<Delegation> = tx.all(&sql, params![organisation, citizen, now]).await?;
    Ok(all.iter().any(|one| one.serves(client)))
}

/// What a new delegation is made of.
pub(crate) struct NewDelegation<'a> {
    pub id: i64,
    pub organisation: i64,
    pub giver: i64,
    pub delegate: i64,
    pub post: &'a str,
    pub client: &'a str,
    pub scopes: &'a Scopes,
    pub now: Moment,
    pub ends_at: Moment,
}

/// Adds a delegation that waits to be accepted.
pub(crate) async fn delegate(tx: &mut Tx, d: &NewDelegation<'_>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO organisation_delegation (id, organisation, giver, delegate, post, client, scopes, created_at, \
         ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            d.id,
            d.organisation,
            d.giver,
            d.delegate,
            d.post,
            d.client,
            d.scopes.to_string(),
            d.now,
            d.ends_at
        ],
    )
    .await?;
    Ok(())
}

/// Accepts a delegation; whether it waited for that.
pub(crate) async fn accept(tx: &mut Tx, delegate: i64, id: i64, now: Moment) -> Result<bool, StoreError> {
    let sql = "UPDATE organisation_delegation SET accepted_at = $3 WHERE id = $1 AND delegate = $2 \
               AND accepted_at IS NULL AND revoked_at IS NULL AND ends_at > $3";
    Ok(tx.execute(sql, params![id, delegate, now]).await? == 1)
}

/// Ends a delegation, and every sign-in that the delegate made for the organisation; whether it was there.
pub(crate) async fn revoke(
    tx: &mut Tx,
    (organisation, delegate): (i64, i64),
    id: i64,
    now: Moment,
) -> Result<bool, StoreError> {
    let sql = "UPDATE organisation_delegation SET revoked_at = $4 \
               WHERE id = $1 AND organisation = $2 AND delegate = $3 AND revoked_at IS NULL";
    if tx.execute(sql, params![id, organisation, delegate, now]).await? == 0 {
        return Ok(false);
    }
    end_grants_of(tx, organisation, delegate, now).await?;
    Ok(true)
}

/// Says of a grant for which organisation its citizen signed in.
pub(crate) async fn mark(tx: &mut Tx, grant: i64, organisation: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE oidc_grant SET organisation = $2 WHERE id = $1", params![grant, organisation]).await?;
    Ok(())
}

/// Something that happened to an organisation.
#[derive(Clone, Copy, Default)]
pub(crate) struct Event<'a> {
    pub what: &'a str,
    /// Whose doing it was, and whom it concerned.
    pub citizen: Option<i64>,
    pub other: Option<i64>,
    pub client: &'a str,
    pub officer: &'a str,
    pub agency: &'a str,
    pub reason: &'a str,
    pub legal_basis: &'a str,
}

/// Notes what happened.
pub(crate) async fn note(
    tx: &mut Tx,
    id: i64,
    organisation: i64,
    e: &Event<'_>,
    now: Moment,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO organisation_event (id, organisation, at, what, citizen, other, client, officer, agency, reason, \
         legal_basis) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            id,
            organisation,
            now,
            e.what,
            e.citizen,
            e.other,
            e.client,
            e.officer,
            e.agency,
            e.reason,
            e.legal_basis
        ],
    )
    .await?;
    Ok(())
}

record! {
    /// Something that happened, as pages show it.
    pub(crate) struct Happened {
        pub at: Moment = "e.at",
        pub what: String = "e.what",
        /// The personal numbers of whose doing it was, and of whom it concerned.
        pub citizen: Option<PersonalNumber> = "c.number",
        pub other: Option<PersonalNumber> = "t.number",
        pub client: String = "e.client",
        pub officer: String = "e.officer",
        pub agency: String = "e.agency",
        pub reason: String = "e.reason",
        pub legal_basis: String = "e.legal_basis",
    }
}

/// What happened to an organisation, the latest first, at most 50.
pub(crate) async fn events(store: &Store, organisation: i64) -> Result<Vec<Happened>, StoreError> {
    let sql = format!(
        "SELECT {} FROM organisation_event e LEFT JOIN citizen c ON c.id = e.citizen \
         LEFT JOIN citizen t ON t.id = e.other WHERE e.organisation = $1 ORDER BY e.at DESC, e.id LIMIT 50",
        Happened::COLUMNS
    );
    store.all(&sql, params![organisation]).await
}
