//! Runs of reconciliation, their files, and what is not matched.

use super::{Units, unreadable};
use crate::model::State;
use ::store::{FromRow, Param, Row, Store, StoreError, Tx, Value, params, values};
use population::reconcile::{Met, Why};
use std::collections::HashMap;
use vocabulary::{AgencyCode, Moment, PartialDate, PersonId, UnitCode};

/// Values in one statement.
const TOGETHER: usize = 200;
/// Of a file that was sent.
pub(crate) const CONTENT: i16 = 1;
/// Of its result.
pub(crate) const RESULT: i16 = 2;

::store::record! {
    /// A run as stored.
    #[derive(Clone, Debug)]
    pub(crate) struct RunRow {
        pub id: i64,
        pub sector: String,
        pub agency: AgencyCode,
        pub who: String,
        pub file: String,
        pub digest: String,
        pub bytes: i64,
        pub settings: String,
        pub state: i16,
        pub began: Moment,
        pub changed: Moment,
        pub total: i64,
        pub matched: i64,
        pub mismatched: i64,
        pub not_found: i64,
        pub duplicates: i64,
        pub stopped: Option<String>,
    }
}

/// Numbers and writes a run; its number.
pub(crate) async fn add_run(tx: &mut Tx, r: &RunRow) -> Result<i64, StoreError> {
    let id: i64 = tx.one("SELECT coalesce(max(id), 0) + 1 FROM sector_run", params![]).await?;
    tx.execute(
        "INSERT INTO sector_run (id, sector, agency, who, file, digest, bytes, settings, state, began, changed, total,
            matched, mismatched, not_found, duplicates)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 0, 0, 0, 0, 0)",
        params![id, r.sector, r.agency, r.who, r.file, r.digest, r.bytes, r.settings, r.state, r.began],
    )
    .await?;
    Ok(id)
}

/// Writes how far a run has come.
pub(crate) async fn save_run(tx: &mut Tx, r: &RunRow) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE sector_run SET settings = $2, state = $3, changed = $4, total = $5, matched = $6, mismatched = $7,
            not_found = $8, duplicates = $9, stopped = $10 WHERE id = $1",
        params![
            r.id, r.settings, r.state, r.changed, r.total, r.matched, r.mismatched, r.not_found, r.duplicates,
            r.stopped
        ],
    )
    .await
    .map(drop)
}

/// A run.
pub(crate) async fn run(store: &Store, id: i64) -> Result<Option<RunRow>, StoreError> {
    store.optional(&format!("SELECT {} FROM sector_run WHERE id = $1", RunRow::COLUMNS), params![id]).await
}

/// The latest runs of some sectors, of one agency or of all.
pub(crate) async fn runs(
    store: &Store,
    sectors: &[&str],
    agency: Option<&AgencyCode>,
    limit: i64,
) -> Result<Vec<RunRow>, StoreError> {
    let mut params: Vec<&dyn Param> = vec![&limit];
    let places: Vec<String> = (2..2 + sectors.len()).map(|n| format!("${n}")).collect();
    params.extend(sectors.iter().map(|s| s as &dyn Param));
    let mut own = String::new();
    if let Some(agency) = &agency {
        params.push(agency);
        own = format!(" AND agency = ${}", params.len());
    }
    let sql = format!(
        "SELECT {} FROM sector_run WHERE sector IN ('', {}){own} ORDER BY id DESC LIMIT $1",
        RunRow::COLUMNS,
        if places.is_empty() { "''".to_owned() } else { places.join(", ") }
    );
    store.all(&sql, &params).await
}

/// Keeps a piece of a file.
pub(crate) async fn add_part(
    tx: &mut Tx,
    run: i64,
    kind: i16,
    part: i32,
    content: &[u8],
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO sector_part (run, kind, part, content) VALUES ($1, $2, $3, $4)",
        params![run, kind, part, content.to_vec()],
    )
    .await
    .map(drop)
}

/// A piece of a file.
pub(crate) async fn part(
    store: &Store,
    run: i64,
    kind: i16,
    part: i32,
) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT content FROM sector_part WHERE run = $1 AND kind = $2 AND part = $3";
    store.optional(sql, params![run, kind, part]).await
}

/// Forgets the pieces of a run of one kind.
pub(crate) async fn drop_parts(tx: &mut Tx, run: i64, kind: i16) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sector_part WHERE run = $1 AND kind = $2", params![run, kind]).await.map(drop)
}

/// Forgets the results of the earlier runs of a sector by an agency.
pub(crate) async fn drop_earlier(
    tx: &mut Tx,
    sector: &str,
    agency: &AgencyCode,
    run: i64,
) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM sector_part WHERE run IN (SELECT id FROM sector_run WHERE sector = $1 AND agency = $2 AND id < $3)",
        params![sector, agency, run],
    )
    .await
    .map(drop)
}

/// A row that is not matched, or was not until the registry made it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its number.
    pub id: i64,
    /// The sector.
    pub sector: String,
    /// The agency that keeps the register.
    pub agency: AgencyCode,
    /// The register's own key.
    pub key: String,
    /// The run that told of it last.
    pub run: i64,
    /// The row of that file, as a spreadsheet counts.
    pub line: i64,
    /// What became of it.
    pub met: Met,
    /// Why.
    pub why: Option<Why>,
    /// The rule of its cases.
    pub rule: String,
    /// The record that it was compared with; of a duplicate whose number it is.
    pub person: Option<PersonId>,
    /// The number on the row.
    pub number: Option<i64>,
    /// What differs: field and way.
    pub fields: String,
    /// Of a duplicate: first letters and year.
    pub silhouette: String,
    /// Digests of what the row claimed.
    pub(crate) claims: String,
    /// The commune that answers for the record, or where the row says that the person lives.
    pub unit: Option<UnitCode>,
    /// Since when it is so.
    pub since: PartialDate,
    /// When the registry made it match.
    pub settled_at: Option<Moment>,
    /// The state in which a case about it ended, where the row is right as it is.
    pub accepted: Option<State>,
}

const COLUMNS: &str =
    "f.id, f.sector, f.own_key, f.run, f.line, f.kind, f.why, f.rule, f.person, f.number, f.fields,
    f.silhouette, f.claims, f.unit, f.since, f.settled_at, f.accepted, f.agency";

impl FromRow for Finding {
    fn from_row(row: &Row<'_>) -> Result<Finding, StoreError> {
        let (why, accepted): (Option<i16>, Option<i16>) = (row.get(6)?, row.get(16)?);
        Ok(Finding {
            id: row.get(0)?,
            sector: row.get(1)?,
            agency: row.get(17)?,
            key: row.get(2)?,
            run: row.get(3)?,
            line: row.get(4)?,
            met: Met::from_number(row.get(5)?).ok_or_else(|| unreadable("kind"))?,
            why: why.and_then(Why::from_number),
            rule: row.get(7)?,
            person: row.get(8)?,
            number: row.get(9)?,
            fields: row.get(10)?,
            silhouette: row.get(11)?,
            claims: row.get(12)?,
            unit: row.get(13)?,
            since: row.get(14)?,
            settled_at: row.get(15)?,
            accepted: accepted.and_then(State::from_number),
        })
    }
}

/// Writes rows that are not matched in the place of what was known under their keys. The caller holds the lock.
pub(crate) async fn put(tx: &mut Tx, found: &[Finding]) -> Result<(), StoreError> {
    if found.is_empty() {
        return Ok(());
    }
    let first: i64 = tx.one("SELECT coalesce(max(id), 0) + 1 FROM sector_finding", params![]).await?;
    // Of rows under one key the last one stands.
    let last: HashMap<&str, usize> = found.iter().enumerate().map(|(at, f)| (f.key.as_str(), at)).collect();
    let each = found.iter().enumerate().filter(|(at, f)| last.get(f.key.as_str()) == Some(at));
    let rows: Vec<Vec<Value>> = (first..)
        .zip(each.map(|(_, f)| f))
        .map(|(id, f)| {
            values![
                id,
                &f.sector,
                &f.agency,
                &f.key,
                f.run,
                f.line,
                f.met.number(),
                f.why.map(Why::number),
                &f.rule,
                f.person,
                f.number,
                &f.fields,
                &f.silhouette,
                &f.claims,
                f.unit,
                f.since
            ]
        })
        .collect();
    tx.execute_many(
        "INSERT INTO sector_finding (id, sector, agency, own_key, run, line, kind, why, rule, person, number, fields, silhouette,
            claims, unit, since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         ON CONFLICT (sector, agency, own_key) DO UPDATE SET run = excluded.run, line = excluded.line, kind = excluded.kind,
            why = excluded.why, rule = excluded.rule, person = excluded.person, number = excluded.number,
            fields = excluded.fields, silhouette = excluded.silhouette, claims = excluded.claims, unit = excluded.unit,
            since = CASE WHEN sector_finding.kind = excluded.kind THEN sector_finding.since ELSE excluded.since END,
            settled_at = NULL,
            accepted = CASE WHEN sector_finding.kind = excluded.kind AND sector_finding.fields = excluded.fields
                THEN sector_finding.accepted END",
        rows,
    )
    .await
    .map(drop)
}

/// Whether anything of an agency's register is known.
pub(crate) async fn any(store: &Store, sector: &str, agency: &AgencyCode) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM sector_finding WHERE sector = $1 AND agency = $2 LIMIT 1";
    Ok(store.optional::<i64>(sql, params![sector, agency]).await?.is_some())
}

/// The rows with these keys match now.
pub(crate) async fn matched(
    tx: &mut Tx,
    (sector, agency): (&str, &AgencyCode),
    keys: &[&str],
    run: i64,
    now: Moment,
) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = keys.iter().map(|key| values![sector, agency, *key, run, now]).collect();
    tx.execute_many(
        "UPDATE sector_finding SET kind = 1, why = NULL, fields = '', accepted = NULL, run = $4, settled_at = $5
         WHERE sector = $1 AND agency = $2 AND own_key = $3 AND kind <> 1",
        rows,
    )
    .await
    .map(drop)
}

/// The registry made rows match.
pub(crate) async fn settle(tx: &mut Tx, rows: &[(i64, PersonId)], now: Moment) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = rows.iter().map(|(id, person)| values![*id, *person, now]).collect();
    tx.execute_many(
        "UPDATE sector_finding SET kind = 1, why = NULL, fields = '', accepted = NULL, person = $2, settled_at = $3
         WHERE id = $1 AND kind <> 1",
        rows,
    )
    .await
    .map(drop)
}

/// What of a row differs now.
pub(crate) struct Redone {
    pub id: i64,
    pub rule: String,
    pub person: PersonId,
    pub unit: Option<UnitCode>,
    pub fields: String,
}

/// Rows differ otherwise than before.
pub(crate) async fn redo(tx: &mut Tx, rows: &[Redone]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> =
        rows.iter().map(|r| values![r.id, &r.rule, r.person, r.unit, &r.fields]).collect();
    tx.execute_many(
        "UPDATE sector_finding SET kind = 2, why = NULL, rule = $2, person = $3, unit = coalesce($4, unit), fields = $5,
            accepted = NULL WHERE id = $1",
        rows,
    )
    .await
    .map(drop)
}

async fn among<P: Param>(store: &Store, column: &str, values: &[P]) -> Result<Vec<Finding>, StoreError> {
    let places: Vec<String> = (1..=TOGETHER).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM sector_finding f WHERE f.kind <> 1 AND f.{column} IN ({})",
        places.join(", ")
    );
    let mut found = Vec::new();
    for some in values.chunks(TOGETHER) {
        let Some(last) = some.last() else { break };
        let all = some.iter().chain(std::iter::repeat_n(last, TOGETHER - some.len()));
        let params: Vec<&dyn Param> = all.map(|v| v as &dyn Param).collect();
        found.append(&mut store.all(&sql, &params).await?);
    }
    Ok(found)
}

/// The open rows that were compared with these persons.
pub(crate) async fn of_persons(store: &Store, persons: &[PersonId]) -> Result<Vec<Finding>, StoreError> {
    among(store, "person", persons).await
}

/// The open rows that bear these numbers.
pub(crate) async fn of_numbers(store: &Store, numbers: &[i64]) -> Result<Vec<Finding>, StoreError> {
    among(store, "number", numbers).await
}

/// Whether anything is known of any sector.
pub(crate) async fn any_at_all(store: &Store) -> Result<bool, StoreError> {
    Ok(store.optional::<i64>("SELECT id FROM sector_finding LIMIT 1", params![]).await?.is_some())
}

/// A row.
pub(crate) async fn find(store: &Store, id: i64) -> Result<Option<Finding>, StoreError> {
    store.optional(&format!("SELECT {COLUMNS} FROM sector_finding f WHERE f.id = $1"), params![id]).await
}

/// Whose rows are listed.
#[derive(Clone, Debug)]
pub(crate) struct Whose<'a> {
    pub sector: &'a str,
    /// Of the runs of one agency.
    pub agency: Option<&'a AgencyCode>,
    /// In some communes.
    pub units: &'a Units,
}

impl Whose<'_> {
    /// The condition, whose own parameters begin at a place.
    fn clause(&self, first: usize) -> String {
        let agency = match self.agency {
            None => String::new(),
            Some(_) => {
                format!(" AND f.agency = ${first}")
            }
        };
        agency + &self.units.clause("f.unit", first + usize::from(self.agency.is_some()))
    }
}

/// Rows of a sector of one kind, the latest first; one more than `limit` where there are more.
pub(crate) async fn list(
    store: &Store,
    whose: &Whose<'_>,
    met: Met,
    skip: i64,
    limit: i64,
) -> Result<Vec<Finding>, StoreError> {
    let (kind, more) = (met.number(), limit + 1);
    let sql = format!(
        "SELECT {COLUMNS} FROM sector_finding f WHERE f.sector = $1 AND f.kind = $2{} ORDER BY f.id DESC LIMIT $3 OFFSET $4",
        whose.clause(5)
    );
    let mut params: Vec<&dyn Param> = vec![&whose.sector, &kind, &more, &skip];
    if let Some(agency) = &whose.agency {
        params.push(agency);
    }
    store.all(&sql, &whose.units.after(&params)).await
}

/// The condition under which no other agency of the sector told the same before: of the same record or number, with the same
/// fields.
pub(super) fn told_once(row: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM sector_finding o WHERE o.rule = {row}.rule AND o.kind = {row}.kind AND o.fields = {row}.fields
            AND o.agency <> {row}.agency AND o.id < {row}.id AND o.accepted IS NULL
            AND (o.person = {row}.person OR o.number = {row}.number))"
    )
}

/// How many rows of a sector are of each kind; of all agencies, what several tell is one.
pub(crate) async fn counts(store: &Store, whose: &Whose<'_>) -> Result<Vec<(i16, i64)>, StoreError> {
    let once = if whose.agency.is_none() { format!(" AND {}", told_once("f")) } else { String::new() };
    let sql = format!(
        "SELECT f.kind, count(*) FROM sector_finding f WHERE f.sector = $1{}{once} GROUP BY f.kind ORDER BY f.kind",
        whose.clause(2)
    );
    let mut params: Vec<&dyn Param> = vec![&whose.sector];
    if let Some(agency) = &whose.agency {
        params.push(agency);
    }
    store.all(&sql, &whose.units.after(&params)).await
}

/// How many rows of a run the registry has made match since.
pub(crate) async fn settled_of(store: &Store, run: i64) -> Result<i64, StoreError> {
    let rows: Vec<i64> =
        store.all("SELECT count(*) FROM sector_finding WHERE run = $1 AND kind = 1", params![run]).await?;
    Ok(rows.first().copied().unwrap_or_default())
}

/// Every row of a duplicate that bears a number.
pub(crate) async fn bearing(store: &Store, number: i64) -> Result<Vec<Finding>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sector_finding f WHERE f.number = $1 AND f.kind = 4 ORDER BY f.sector, f.id LIMIT 200"
    );
    store.all(&sql, params![number]).await
}

/// Remembers that a row is right as it is.
pub(crate) async fn accept(tx: &mut Tx, id: i64, state: Option<State>) -> Result<(), StoreError> {
    let sql = "UPDATE sector_finding SET accepted = $2 WHERE id = $1";
    tx.execute(sql, params![id, state.map(State::number)]).await.map(drop)
}

::store::record! {
    /// A question about a duplicate from one side to the other.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SectorQuestion {
        /// Its number.
        pub id: i64,
        /// The row.
        pub finding: i64,
        /// 1: the sector asks the commune; 2: the commune asks the sector.
        pub direction: i16,
        /// When it was asked.
        pub asked_at: Moment,
        /// By whom.
        pub asked_by: String,
        /// For which agency.
        pub agency: AgencyCode,
        /// What.
        pub question: String,
        /// The last day for the answer.
        pub answer_by: PartialDate,
        /// The answer.
        pub answer: Option<String>,
        /// When it was given.
        pub answered_at: Option<Moment>,
        /// By whom.
        pub answered_by: Option<String>,
    }
}

/// The questions about a row, in order.
pub(crate) async fn questions(store: &Store, finding: i64) -> Result<Vec<SectorQuestion>, StoreError> {
    let sql = format!(
        "SELECT {} FROM sector_question WHERE finding = $1 ORDER BY id LIMIT 200",
        SectorQuestion::COLUMNS
    );
    store.all(&sql, params![finding]).await
}

::store::record! {
    /// A question that waits for the caller's side.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WaitingQuestion {
        /// The row that it is about.
        pub finding: i64,
        /// Its sector.
        pub sector: String,
        /// The register's own key.
        pub key: String = "own_key",
        /// The last day for the answer.
        pub answer_by: PartialDate,
    }
}

/// The questions asked in a direction that wait for an answer, the most urgent first.
pub(crate) async fn waiting(
    store: &Store,
    direction: i16,
    agency: Option<&AgencyCode>,
    units: &Units,
    limit: i64,
) -> Result<Vec<WaitingQuestion>, StoreError> {
    let mut params: Vec<&dyn Param> = vec![&direction, &limit];
    let mut own = "";
    if let Some(agency) = &agency {
        params.push(agency);
        own = " AND f.agency = $3";
    }
    let sql = format!(
        "SELECT q.finding, f.sector, f.own_key, q.answer_by FROM sector_question q
         JOIN sector_finding f ON f.id = q.finding
         WHERE q.answer IS NULL AND q.direction = $1{own}{} ORDER BY q.answer_by, q.id LIMIT $2",
        units.clause("f.unit", params.len() + 1)
    );
    store.all(&sql, &units.after(&params)).await
}

/// Numbers and writes a question.
pub(crate) async fn ask(tx: &mut Tx, q: &SectorQuestion) -> Result<(), StoreError> {
    let id: i64 = tx.one("SELECT coalesce(max(id), 0) + 1 FROM sector_question", params![]).await?;
    tx.execute(
        "INSERT INTO sector_question (id, finding, direction, asked_at, asked_by, agency, question, answer_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        params![id, q.finding, q.direction, q.asked_at, q.asked_by, q.agency, q.question, q.answer_by],
    )
    .await
    .map(drop)
}

/// Writes an answer to a question about a row that was asked in a direction; whether there was none yet.
pub(crate) async fn answer(
    tx: &mut Tx,
    (finding, id, direction): (i64, i64, i16),
    text: &str,
    who: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let changed = tx
        .execute(
            "UPDATE sector_question SET answer = $4, answered_by = $5, answered_at = $6
             WHERE id = $1 AND finding = $2 AND direction = $3 AND answer IS NULL",
            params![id, finding, direction, text, who, now],
        )
        .await?;
    Ok(changed == 1)
}

::store::record! {
    /// What became of a duplicate.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SectorOutcome {
        /// 1: the row's number is wrong; 2: the registry's; 3: both are one person.
        pub outcome: i16,
        /// With what it was ascertained.
        pub note: String,
        /// When.
        pub at: Moment,
        /// By whom.
        pub who: String,
        /// For which agency.
        pub agency: AgencyCode,
    }
}

/// What was ascertained about a duplicate, the latest first.
pub(crate) async fn outcomes(store: &Store, finding: i64) -> Result<Vec<SectorOutcome>, StoreError> {
    let sql = format!(
        "SELECT {} FROM sector_outcome WHERE finding = $1 ORDER BY step DESC LIMIT 50",
        SectorOutcome::COLUMNS
    );
    store.all(&sql, params![finding]).await
}

/// Adds what was ascertained.
pub(crate) async fn add_outcome(tx: &mut Tx, finding: i64, o: &SectorOutcome) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO sector_outcome (finding, step, outcome, note, at, who, agency)
         SELECT CAST($1 AS bigint), (SELECT coalesce(max(step), 0) + 1 FROM sector_outcome WHERE finding = $1),
            CAST($2 AS smallint), CAST($3 AS text), CAST($4 AS timestamptz), CAST($5 AS text), CAST($6 AS text)",
        params![finding, o.outcome, o.note, o.at, o.who, o.agency],
    )
    .await
    .map(drop)
}
