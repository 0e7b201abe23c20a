//! Cases: lists, one by one, and their steps.

use super::{Units, campaigns::state, unreadable};
use crate::model::{Indicator, State, Subject};
use ::store::{FromRow, Param, Row, Store, StoreError, Tx, Value, params, values};
use vocabulary::{Moment, PartialDate, UnitCode};

/// A case of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its number.
    pub id: i64,
    /// The campaign.
    pub campaign: i64,
    /// Its task.
    pub indicator: Indicator,
    /// Whether the campaign was closed.
    pub closed: bool,
    /// Until when the campaign is to be done.
    pub due: PartialDate,
    /// The record.
    pub subject: Subject,
    /// The rule that it broke.
    pub rule: String,
    /// The commune to which it was handed.
    pub unit: Option<UnitCode>,
    /// Since when the record had the fault.
    pub since: PartialDate,
    /// Where it stands.
    pub state: State,
    /// The officer who works on it, or worked on it last.
    pub officer: Option<String>,
    /// How it is proposed to end.
    pub proposed: Option<State>,
    /// Why.
    pub reason: String,
    /// The day on which it ended.
    pub ended: Option<PartialDate>,
    /// Who approved.
    pub approver: Option<String>,
    /// Counts its steps.
    pub version: i32,
    /// When it was changed last.
    pub changed_at: Moment,
}

const COLUMNS: &str =
    "c.id, c.campaign, k.indicator, k.closed_at, k.due, c.kind, c.subject, c.rule, c.unit, c.since,
    c.state, c.officer, c.proposed, c.reason, c.ended, c.approver, c.version, c.changed_at";
const FROM: &str = "quality_case c JOIN campaign k ON k.id = c.campaign";

impl FromRow for Case {
    fn from_row(row: &Row<'_>) -> Result<Case, StoreError> {
        let proposed: Option<i16> = row.get(12)?;
        Ok(Case {
            id: row.get(0)?,
            campaign: row.get(1)?,
            indicator: Indicator::from_number(row.get(2)?).ok_or_else(|| unreadable("indicator"))?,
            closed: row.get::<Option<Moment>>(3)?.is_some(),
            due: row.get(4)?,
            subject: Subject::of(row.get(5)?, row.get(6)?),
            rule: row.get(7)?,
            unit: row.get(8)?,
            since: row.get(9)?,
            state: state(row.get(10)?)?,
            officer: row.get(11)?,
            proposed: proposed.map(state).transpose()?,
            reason: row.get(13)?,
            ended: row.get(14)?,
            approver: row.get(15)?,
            version: row.get(16)?,
            changed_at: row.get(17)?,
        })
    }
}

/// The orders in which a list of cases can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// As they were handed out.
    #[default]
    Number,
    /// The oldest fault first.
    Since,
    /// The latest change first.
    Changed,
}

/// Which cases are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of a campaign.
    pub campaign: Option<i64>,
    /// Of a task.
    pub indicator: Option<Indicator>,
    /// In one of these states; empty for all.
    pub states: Vec<State>,
    /// Of a commune.
    pub unit: Option<UnitCode>,
    /// Of an officer.
    pub officer: Option<String>,
    /// In which order.
    pub sort: Sort,
    /// Where the page starts: as many as that are left out.
    pub skip: i64,
}

/// Some cases of campaigns that are open, within some communes; one more than `limit` where there are more.
pub(crate) async fn list(
    store: &Store,
    wanted: &Wanted,
    units: &Units,
    limit: i64,
) -> Result<Vec<Case>, StoreError> {
    let numbers: Vec<i16> = wanted.states.iter().map(|s| s.number()).collect();
    let indicator = wanted.indicator.map(Indicator::number);
    let more = limit + 1;
    let mut params: Vec<&dyn Param> = vec![&more, &wanted.skip];
    let mut sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE k.closed_at IS NULL");
    let with = |clause: &str, params: &[&dyn Param], sql: &mut String| {
        sql.push_str(&format!(" AND {clause} ${}", params.len()));
    };
    if let Some(campaign) = &wanted.campaign {
        params.push(campaign);
        with("c.campaign =", &params, &mut sql);
    }
    if let Some(indicator) = &indicator {
        params.push(indicator);
        with("k.indicator =", &params, &mut sql);
    }
    if let Some(unit) = &wanted.unit {
        params.push(unit);
        with("c.unit =", &params, &mut sql);
    }
    if let Some(officer) = &wanted.officer {
        params.push(officer);
        with("c.officer =", &params, &mut sql);
    }
    if !numbers.is_empty() {
        let first = params.len() + 1;
        params.extend(numbers.iter().map(|n| n as &dyn Param));
        let places: Vec<String> = (first..=params.len()).map(|n| format!("${n}")).collect();
        sql.push_str(&format!(" AND c.state IN ({})", places.join(", ")));
    }
    sql.push_str(&units.clause("c.unit", params.len() + 1));
    let order = match wanted.sort {
        Sort::Number => "c.id",
        Sort::Since => "c.since, c.id",
        Sort::Changed => "c.changed_at DESC, c.id",
    };
    sql.push_str(&format!(" ORDER BY {order} LIMIT $1 OFFSET $2"));
    store.all(&sql, &units.after(&params)).await
}

/// Cases of open campaigns by state, within some communes, of one officer where one is named.
pub(crate) async fn counts(
    store: &Store,
    units: &Units,
    officer: Option<&str>,
) -> Result<Vec<(State, i64)>, StoreError> {
    let mut params: Vec<&dyn Param> = Vec::new();
    let mut own = "";
    if let Some(officer) = &officer {
        params.push(officer);
        own = " AND c.officer = $1";
    }
    let sql = format!(
        "SELECT c.state, count(*) FROM {FROM} WHERE k.closed_at IS NULL{own}{} GROUP BY c.state ORDER BY c.state",
        units.clause("c.unit", params.len() + 1)
    );
    let rows: Vec<(i16, i64)> = store.all(&sql, &units.after(&params)).await?;
    rows.into_iter().map(|(s, count)| Ok((state(s)?, count))).collect()
}

/// A case.
pub(crate) async fn find(store: &Store, id: i64) -> Result<Option<Case>, StoreError> {
    store.optional(&format!("SELECT {COLUMNS} FROM {FROM} WHERE c.id = $1"), params![id]).await
}

/// The open cases of a campaign in some communes, in order.
pub(crate) async fn unsplit(
    tx: &mut Tx,
    campaign: i64,
    units: &Units,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let sql = format!(
        "SELECT id FROM quality_case WHERE campaign = $1 AND state = 1{} ORDER BY id LIMIT $2",
        units.clause("unit", 3)
    );
    tx.all(&sql, &units.after(params![campaign, limit])).await
}

/// Gives open cases to officers, each with the officer's name.
pub(crate) async fn give(
    tx: &mut Tx,
    cases: &[(i64, &str)],
    who: &str,
    now: Moment,
) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = cases.iter().map(|(id, officer)| values![*id, *officer, now]).collect();
    tx.execute_many(
        "UPDATE quality_case SET state = 2, officer = $2, version = version + 1, changed_at = $3
         WHERE id = $1 AND state = 1",
        rows,
    )
    .await?;
    let rows: Vec<Vec<Value>> = cases.iter().map(|(id, officer)| values![*id, now, who, *officer]).collect();
    tx.execute_many(
        "INSERT INTO case_step (quality_case, step, at, who, state, note)
         SELECT id, version, CAST($2 AS timestamptz), CAST($3 AS text), state, CAST($4 AS text) FROM quality_case WHERE id = $1",
        rows,
    )
    .await
    .map(drop)
}

/// Writes a case as it is after a step, and the step; whether the case was still the version before it.
pub(crate) async fn step(
    tx: &mut Tx,
    c: &Case,
    who: &str,
    note: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let next = c.version + 1;
    let (state, proposed) = (c.state.number(), c.proposed.map(State::number));
    let changed = tx
        .execute(
            "UPDATE quality_case SET state = $3, officer = $4, proposed = $5, reason = $6, ended = $7, approver = $8,
                version = $9, changed_at = $10 WHERE id = $1 AND version = $2",
            params![c.id, c.version, state, c.officer, proposed, c.reason, c.ended, c.approver, next, now],
        )
        .await?;
    if changed == 1 {
        tx.execute(
            "INSERT INTO case_step (quality_case, step, at, who, state, note) VALUES ($1, $2, $3, $4, $5, $6)",
            params![c.id, next, now, who, state, note],
        )
        .await?;
    }
    Ok(changed == 1)
}

/// Cases of open campaigns about a record and a rule that ended as fixed.
pub(crate) async fn fixed_before(tx: &mut Tx, subject: Subject, rule: &str) -> Result<Vec<Case>, StoreError> {
    let (kind, id) = subject.columns();
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE c.kind = $1 AND c.subject = $2 AND c.rule = $3 AND c.state = 11
            AND k.closed_at IS NULL"
    );
    tx.all(&sql, params![kind, id, rule]).await
}

/// Cases of open campaigns about a person or household that have not ended.
pub(crate) async fn unended(store: &Store, subject: Subject) -> Result<Vec<Case>, StoreError> {
    let (kind, id) = subject.columns();
    let sql = format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE c.kind = $1 AND c.subject = $2 AND c.state < 10 AND k.closed_at IS NULL
         ORDER BY c.id"
    );
    store.all(&sql, params![kind, id]).await
}

/// Whether any case ended as fixed.
pub(crate) async fn any_fixed(tx: &mut Tx) -> Result<bool, StoreError> {
    let found: Option<i64> =
        tx.optional("SELECT id FROM quality_case WHERE state = 11 LIMIT 1", params![]).await?;
    Ok(found.is_some())
}

::store::record! {
    struct StepRow {
        step: i32,
        at: Moment,
        who: String,
        state: i16,
        note: String,
    }
}

/// A step of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number, from 1.
    pub step: i32,
    /// When.
    pub at: Moment,
    /// Who.
    pub who: String,
    /// Where it led.
    pub state: State,
    /// What was said.
    pub note: String,
}

/// The steps of a case, the latest first.
pub(crate) async fn steps(store: &Store, id: i64) -> Result<Vec<Step>, StoreError> {
    let sql = format!(
        "SELECT {} FROM case_step WHERE quality_case = $1 ORDER BY step DESC LIMIT 200",
        StepRow::COLUMNS
    );
    let rows: Vec<StepRow> = store.all(&sql, params![id]).await?;
    rows.into_iter()
        .map(|r| Ok(Step { step: r.step, at: r.at, who: r.who, state: state(r.state)?, note: r.note }))
        .collect()
}
