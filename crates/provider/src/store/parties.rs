//! Applications that citizens sign in to, and the assessments of their agencies.

use crate::{
    model::{Assessment, Party},
    store::unreadable,
};
use ::store::{Store, StoreError, Tx, params};
use vocabulary::{AgencyCode, Moment};

fn party(record: &str, covered_by: Option<&str>) -> Result<Party, StoreError> {
    let mut party: Party = serde_json::from_str(record).map_err(|_| unreadable("relying party"))?;
    party.covered_by = covered_by.map(assessment).transpose()?;
    Ok(party)
}

fn assessment(record: &str) -> Result<Assessment, StoreError> {
    serde_json::from_str(record).map_err(|_| unreadable("assessment"))
}

/// Registrations, each with the assessment of its agency.
const COVERED: &str = "relying_party p LEFT JOIN agency_assessment a ON a.agency = p.agency";

/// A registration as it is kept, with the assessment of its agency.
#[derive(PartialEq, Eq)]
pub(crate) struct Kept {
    record: String,
    covered: Option<String>,
}

impl Kept {
    /// The party.
    pub fn party(&self) -> Result<Party, StoreError> {
        party(&self.record, self.covered.as_deref())
    }
}

/// A party that is not suspended.
pub(crate) async fn find(store: &Store, id: &str) -> Result<Option<Kept>, StoreError> {
    let row: Option<(String, Option<String>)> = store
        .optional(
            "SELECT p.record, a.record FROM relying_party p LEFT JOIN agency_assessment a ON a.agency = p.agency \
             WHERE p.id = $1 AND p.suspended_at IS NULL",
            params![id],
        )
        .await?;
    Ok(row.map(|(record, covered)| Kept { record, covered }))
}

/// A party, and since when it is suspended.
pub(crate) async fn any(store: &Store, id: &str) -> Result<Option<(Party, Option<Moment>)>, StoreError> {
    let sql = format!("SELECT p.record, a.record, p.suspended_at FROM {COVERED} WHERE p.id = $1");
    let row: Option<(String, Option<String>, Option<Moment>)> = store.optional(&sql, params![id]).await?;
    row.map(|(record, covered, suspended)| Ok((party(&record, covered.as_deref())?, suspended))).transpose()
}

/// Every party, and since when it is suspended.
pub(crate) async fn list(store: &Store) -> Result<Vec<(Party, Option<Moment>)>, StoreError> {
    let sql = format!("SELECT p.record, a.record, p.suspended_at FROM {COVERED} ORDER BY p.id LIMIT 1000");
    let rows: Vec<(String, Option<String>, Option<Moment>)> = store.all(&sql, params![]).await?;
    let read = |(record, covered, suspended): (String, Option<String>, Option<Moment>)| {
        Ok((party(&record, covered.as_deref())?, suspended))
    };
    rows.into_iter().map(read).collect()
}

/// Registers a party, or replaces its registration.
pub(crate) async fn put(tx: &mut Tx, party: &Party, now: Moment) -> Result<(), StoreError> {
    let record = serde_json::to_string(party).map_err(|_| unreadable("relying party"))?;
    tx.execute(
        "INSERT INTO relying_party (id, record, agency, changed_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET record = excluded.record, agency = excluded.agency, \
         changed_at = excluded.changed_at",
        params![party.id.as_str(), record, party.agency.as_str(), now],
    )
    .await?;
    Ok(())
}

/// Suspends a party, or lifts its suspension; whether there is one.
pub(crate) async fn suspend(tx: &mut Tx, id: &str, since: Option<Moment>) -> Result<bool, StoreError> {
    let rows =
        tx.execute("UPDATE relying_party SET suspended_at = $2 WHERE id = $1", params![id, since]).await?;
    Ok(rows == 1)
}

/// A party, suspended or not, within a transaction.
pub(crate) async fn any_in(tx: &mut Tx, id: &str) -> Result<Option<(Party, Option<Moment>)>, StoreError> {
    let sql = format!("SELECT p.record, a.record, p.suspended_at FROM {COVERED} WHERE p.id = $1");
    let row: Option<(String, Option<String>, Option<Moment>)> = tx.optional(&sql, params![id]).await?;
    row.map(|(record, covered, suspended)| Ok((party(&record, covered.as_deref())?, suspended))).transpose()
}

/// The assessments of agencies, by agency.
pub(crate) async fn agencies(store: &Store) -> Result<Vec<(AgencyCode, Assessment)>, StoreError> {
    let sql = "SELECT agency, record FROM agency_assessment ORDER BY agency LIMIT 1000";
    let rows: Vec<(AgencyCode, String)> = store.all(sql, params![]).await?;
    rows.into_iter().map(|(agency, record)| Ok((agency, assessment(&record)?))).collect()
}

/// Records the assessment of an agency, in the place of the one before.
pub(crate) async fn assess_agency(
    tx: &mut Tx,
    agency: &AgencyCode,
    assessment: &Assessment,
    now: Moment,
) -> Result<(), StoreError> {
    let record = serde_json::to_string(assessment).map_err(|_| unreadable("assessment"))?;
    tx.execute(
        "INSERT INTO agency_assessment (agency, record, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (agency) DO UPDATE SET record = excluded.record, changed_at = excluded.changed_at",
        params![agency.as_str(), record, now],
    )
    .await?;
    Ok(())
}
