//! Records that may be one person's.

use super::unreadable;
use ::store::{FromRow, Param, Row, Store, StoreError, Tx, Value, params, values};
use serde::{Deserialize, Serialize};
use vocabulary::{ActSeq, Lang, Moment, PersonId};

/// Values in one statement.
const TOGETHER: usize = 100;

/// How one column bears on a pair, without its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The column, as its file called it.
    pub column: String,
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
    /// In bits; negative where it speaks against.
    pub weight: f64,
}

impl Reason {
    /// In one language.
    pub fn text(&self, lang: Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }
}

/// Two records that may be one person's.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The one with the smaller identifier.
    pub first: PersonId,
    /// The other.
    pub second: PersonId,
    /// How probable it is, 0 to 1.
    pub probability: f64,
    /// The weight of what speaks for it, in bits.
    pub weight: f64,
    /// What speaks for and against it.
    pub reasons: Vec<Reason>,
    /// Whether the check found it by itself, so that it goes away with the likeness.
    pub live: bool,
    /// That they are two persons, where that was judged.
    pub different: Option<Judged>,
}

/// That two records are of two persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The versions of the records that were judged.
    pub versions: (ActSeq, ActSeq),
    /// Who judged.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

impl Pair {
    /// The other record of the pair.
    pub fn other(&self, one: PersonId) -> PersonId {
        if self.first == one { self.second } else { self.first }
    }
}

const COLUMNS: &str = "first, second, probability, weight, reasons, state, first_version, second_version,
    judged_by, judged_at, reason, live";

impl FromRow for Pair {
    fn from_row(row: &Row<'_>) -> Result<Pair, StoreError> {
        let reasons: String = row.get(4)?;
        let state: i16 = row.get(5)?;
        let (first, second): (Option<ActSeq>, Option<ActSeq>) = (row.get(6)?, row.get(7)?);
        let (by, at): (Option<String>, Option<Moment>) = (row.get(8)?, row.get(9)?);
        let different = match (state, first, second, by, at) {
            (1, ..) => None,
            (2, Some(first), Some(second), Some(by), Some(at)) => {
                Some(Judged { versions: (first, second), by, at, reason: row.get(10)? })
            }
            _ => return Err(unreadable("record_pair")),
        };
        Ok(Pair {
            first: row.get(0)?,
            second: row.get(1)?,
            probability: row.get(2)?,
            weight: row.get(3)?,
            reasons: serde_json::from_str(&reasons).map_err(|_| unreadable("reasons"))?,
            live: row.get::<i16>(11)? == 1,
            different,
        })
    }
}

/// The pairs of records beyond one identifier up to another.
pub(crate) async fn between(store: &Store, (after, to): (i64, i64)) -> Result<Vec<Pair>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record_pair WHERE first > $1 AND first <= $2
         UNION ALL SELECT {COLUMNS} FROM record_pair
            WHERE second > $1 AND second <= $2 AND NOT (first > $1 AND first <= $2)"
    );
    store.all(&sql, params![after, to]).await
}

/// The pairs of some records, each once.
pub(crate) async fn of(store: &Store, ids: &[PersonId]) -> Result<Vec<Pair>, StoreError> {
    let places: Vec<String> = (1..=TOGETHER).map(|n| format!("${n}")).collect();
    let places = places.join(", ");
    let mut found: Vec<Pair> = Vec::new();
    for some in ids.chunks(TOGETHER) {
        let Some(last) = some.last() else { break };
        let all = some.iter().chain(std::iter::repeat_n(last, TOGETHER - some.len()));
        let params: Vec<&dyn Param> = all.map(|id| id as &dyn Param).collect();
        for column in ["first", "second"] {
            let sql = format!("SELECT {COLUMNS} FROM record_pair WHERE {column} IN ({places})");
            found.append(&mut store.all(&sql, &params).await?);
        }
    }
    found.sort_by_key(|p| (p.first, p.second));
    found.dedup_by_key(|p| (p.first, p.second));
    Ok(found)
}

/// Writes pairs that were found. One that is there takes the new weight, and keeps what was judged; named by a file once, it is
/// never one of the check alone.
pub(crate) async fn put(tx: &mut Tx, pairs: &[Pair], now: Moment) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = pairs
        .iter()
        .map(|p| {
            let reasons = serde_json::to_string(&p.reasons).unwrap_or_else(|_| "[]".to_owned());
            values![p.first, p.second, p.probability, p.weight, reasons, now, i16::from(p.live)]
        })
        .collect();
    tx.execute_many(
        "INSERT INTO record_pair (first, second, probability, weight, reasons, found_at, live, state, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, '')
         ON CONFLICT (first, second) DO UPDATE SET probability = excluded.probability, weight = excluded.weight,
            reasons = excluded.reasons, found_at = excluded.found_at,
            live = CASE WHEN record_pair.live = 1 THEN excluded.live ELSE 0 END",
        rows,
    )
    .await
    .map(drop)
}

/// Forgets pairs.
pub(crate) async fn forget(tx: &mut Tx, pairs: &[Pair]) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value>> = pairs.iter().map(|p| values![p.first, p.second]).collect();
    tx.execute_many("DELETE FROM record_pair WHERE first = $1 AND second = $2", rows).await.map(drop)
}

/// Notes that two records are of two persons; whether they were a pair.
pub(crate) async fn judge(
    tx: &mut Tx,
    (first, second): (PersonId, PersonId),
    judged: &Judged,
) -> Result<bool, StoreError> {
    let (a, b) = judged.versions;
    let changed = tx
        .execute(
            "UPDATE record_pair SET state = 2, first_version = $3, second_version = $4, judged_by = $5,
                judged_at = $6, reason = $7 WHERE first = $1 AND second = $2",
            params![first, second, a, b, judged.by, judged.at, judged.reason],
        )
        .await?;
    Ok(changed == 1)
}
