//! Campaigns and their figures.

use super::{Units, sectors::told_once, unreadable};
use crate::model::{Indicator, State};
use ::store::{FromRow, Param, Row, Store, StoreError, Tx, params};
use vocabulary::{AgencyCode, Moment, PartialDate, UnitCode};

/// A batch that the centre hands out (*đợt làm sạch*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its number.
    pub id: i64,
    /// The task.
    pub indicator: Indicator,
    /// Its title.
    pub title: String,
    /// Until when it is to be done.
    pub due: PartialDate,
    /// When it was handed out.
    pub created_at: Moment,
    /// Who did.
    pub created_by: String,
    /// For which agency.
    pub agency: AgencyCode,
    /// The unit for which it was made; without one, the whole country.
    pub unit: Option<UnitCode>,
    /// When it was closed.
    pub closed_at: Option<Moment>,
}

const COLUMNS: &str = "id, indicator, title, due, created_at, created_by, agency, unit, closed_at";

impl FromRow for Campaign {
    fn from_row(row: &Row<'_>) -> Result<Campaign, StoreError> {
        Ok(Campaign {
            id: row.get(0)?,
            indicator: Indicator::from_number(row.get(1)?).ok_or_else(|| unreadable("indicator"))?,
            title: row.get(2)?,
            due: row.get(3)?,
            created_at: row.get(4)?,
            created_by: row.get(5)?,
            agency: row.get(6)?,
            unit: row.get(7)?,
            closed_at: row.get(8)?,
        })
    }
}

/// A campaign.
pub(crate) async fn find(store: &Store, id: i64) -> Result<Option<Campaign>, StoreError> {
    store.optional(&format!("SELECT {COLUMNS} FROM campaign WHERE id = $1"), params![id]).await
}

/// The campaigns with cases in some communes, the newest first.
pub(crate) async fn list(store: &Store, units: &Units, limit: i64) -> Result<Vec<Campaign>, StoreError> {
    let within = match units {
        Units::All => String::new(),
        Units::These(_) => format!(
            " AND EXISTS (SELECT 1 FROM quality_case c WHERE c.campaign = campaign.id{})",
            units.clause("c.unit", 2)
        ),
    };
    let sql = format!("SELECT {COLUMNS} FROM campaign WHERE 1 = 1{within} ORDER BY id DESC LIMIT $1");
    store.all(&sql, &units.after(params![limit])).await
}

/// Numbers and writes a campaign; its number.
pub(crate) async fn add(tx: &mut Tx, c: &Campaign) -> Result<i64, StoreError> {
    let id: i64 = tx.one("SELECT coalesce(max(id), 0) + 1 FROM campaign", params![]).await?;
    tx.execute(
        "INSERT INTO campaign (id, indicator, title, due, created_at, created_by, agency, unit)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![id, c.indicator.number(), c.title, c.due, c.created_at, c.created_by, c.agency, c.unit],
    )
    .await?;
    Ok(id)
}

/// Where the cases of a campaign come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// Records that break rules.
    Violations,
    /// Rows of sectors that are not matched.
    Sectors,
}

/// Makes a case of everything under some rules in some communes that is not accepted and in no open campaign; how many.
pub(crate) async fn fill(
    tx: &mut Tx,
    campaign: i64,
    (from, rules): (From, &[&str]),
    units: &Units,
    who: &str,
    now: Moment,
) -> Result<u64, StoreError> {
    if rules.is_empty() {
        return Ok(0);
    }
    let first: i64 = tx.one("SELECT coalesce(max(id), 0) FROM quality_case", params![]).await?;
    let places: Vec<String> = (4..4 + rules.len()).map(|n| format!("${n}")).collect();
    // A row of a sector stands as Subject::columns has it.
    let (kind, subject, table) = match from {
        From::Violations => ("v.kind", "v.subject", "violation"),
        From::Sectors => ("CAST(1 AS smallint)", "-v.id", "sector_finding"),
    };
    let open = match from {
        From::Violations => String::new(),
        From::Sectors => format!(" AND v.kind <> 1 AND {}", told_once("v")),
    };
    let sql = format!(
        "INSERT INTO quality_case
            (id, campaign, kind, subject, rule, unit, since, state, reason, version, changed_at)
         SELECT CAST($1 AS bigint) + row_number() OVER (ORDER BY v.unit, {kind}, {subject}, v.rule),
            CAST($2 AS bigint), {kind}, {subject}, v.rule, v.unit, v.since, 1, '', 1, CAST($3 AS timestamptz)
         FROM {table} v WHERE v.rule IN ({}) AND v.accepted IS NULL{open}{} AND NOT EXISTS (
            SELECT 1 FROM quality_case c JOIN campaign k ON k.id = c.campaign
            WHERE c.kind = {kind} AND c.subject = {subject} AND c.rule = v.rule AND c.state < 10
              AND k.closed_at IS NULL)",
        places.join(", "),
        units.clause("v.unit", 4 + rules.len())
    );
    let mut params: Vec<&dyn Param> = vec![&first, &campaign, &now];
    params.extend(rules.iter().map(|r| r as &dyn Param));
    let made = tx.execute(&sql, &units.after(&params)).await?;
    tx.execute(
        "INSERT INTO case_step (quality_case, step, at, who, state, note)
         SELECT id, 1, changed_at, CAST($2 AS text), state, '' FROM quality_case WHERE campaign = $1",
        params![campaign, who],
    )
    .await?;
    Ok(made)
}

/// Closes a campaign; whether it was open.
pub(crate) async fn close(tx: &mut Tx, id: i64, now: Moment) -> Result<bool, StoreError> {
    let sql = "UPDATE campaign SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL";
    Ok(tx.execute(sql, params![id, now]).await? == 1)
}

/// Cases of a campaign by unit and state.
pub(crate) async fn by_unit(
    store: &Store,
    id: i64,
    units: &Units,
) -> Result<Vec<(Option<UnitCode>, State, i64)>, StoreError> {
    let sql = format!(
        "SELECT unit, state, count(*) FROM quality_case WHERE campaign = $1{} GROUP BY unit, state ORDER BY unit, state",
        units.clause("unit", 2)
    );
    let rows: Vec<(Option<UnitCode>, i16, i64)> = store.all(&sql, &units.after(params![id])).await?;
    rows.into_iter().map(|(unit, s, count)| Ok((unit, state(s)?, count))).collect()
}

/// Cases of a campaign that have ended, by unit, day and state.
pub(crate) async fn by_day(
    store: &Store,
    id: i64,
    units: &Units,
) -> Result<Vec<(PartialDate, Option<UnitCode>, State, i64)>, StoreError> {
    let sql = format!(
        "SELECT ended, unit, state, count(*) FROM quality_case WHERE campaign = $1 AND ended IS NOT NULL{}
         GROUP BY ended, unit, state ORDER BY ended, unit, state",
        units.clause("unit", 2)
    );
    let rows: Vec<(PartialDate, Option<UnitCode>, i16, i64)> =
        store.all(&sql, &units.after(params![id])).await?;
    rows.into_iter().map(|(day, unit, s, count)| Ok((day, unit, state(s)?, count))).collect()
}

pub(super) fn state(number: i16) -> Result<State, StoreError> {
    State::from_number(number).ok_or_else(|| unreadable("state"))
}
