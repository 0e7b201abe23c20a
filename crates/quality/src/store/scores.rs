//! Scores by unit and day.

use super::Units;
use ::store::{Store, StoreError, Tx, Value, params, values};
use std::collections::BTreeMap;
use vocabulary::{PartialDate, UnitCode};

/// Records of a unit; the text is empty where no commune is known.
pub(crate) type Records = BTreeMap<String, i64>;

/// How many records break some rule of a word, by unit and word; a violation that was accepted counts no more. Word 0 counts
/// a record once, whatever it breaks.
pub(crate) async fn faulty(store: &Store, units: &Units) -> Result<Vec<(String, i16, i64)>, StoreError> {
    let sql = format!(
        "SELECT unit, word, count(*) FROM (
            SELECT DISTINCT coalesce(unit, '') AS unit, word, kind, subject FROM violation
            WHERE accepted IS NULL{0}
            UNION ALL
            SELECT DISTINCT coalesce(unit, '') AS unit, CAST(0 AS smallint) AS word, kind, subject FROM violation
            WHERE accepted IS NULL{0}
         ) v GROUP BY unit, word ORDER BY unit, word",
        units.clause("unit", 1)
    );
    store.all(&sql, &units.after(&[])).await
}

/// Writes the scores of a day in the place of those that it has.
pub(crate) async fn put(
    tx: &mut Tx,
    day: PartialDate,
    records: &Records,
    faulty: &[(String, i16, i64)],
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM quality_score WHERE day = $1", params![day]).await?;
    let mut rows: BTreeMap<(String, i16), (i64, i64)> = BTreeMap::new();
    for (unit, count) in records {
        for word in 0..=4 {
            rows.insert((unit.clone(), word), (*count, 0));
        }
    }
    for (unit, word, count) in faulty {
        rows.entry((unit.clone(), *word)).or_default().1 = *count;
    }
    let rows: Vec<Vec<Value>> = rows
        .into_iter()
        .map(|((unit, word), (records, faulty))| values![day, unit, word, records.max(faulty), faulty])
        .collect();
    tx.execute_many(
        "INSERT INTO quality_score (day, unit, word, records, faulty) VALUES ($1, $2, $3, $4, $5)",
        rows,
    )
    .await
    .map(drop)
}

/// The scores of a day: unit, word, records, faulty.
pub(crate) async fn of_day(
    store: &Store,
    day: PartialDate,
    units: &Units,
) -> Result<Vec<(String, i16, i64, i64)>, StoreError> {
    let sql = format!(
        "SELECT unit, word, records, faulty FROM quality_score WHERE day = $1{} ORDER BY unit, word",
        units.clause("unit", 2)
    );
    store.all(&sql, &units.after(params![day])).await
}

/// The last day up to one that has scores.
pub(crate) async fn last_day(store: &Store, until: PartialDate) -> Result<Option<PartialDate>, StoreError> {
    let sql = "SELECT day FROM quality_score WHERE day <= $1 ORDER BY day DESC LIMIT 1";
    store.optional(sql, params![until]).await
}

/// The days that have scores, with the sums over some units: day, word, records, faulty.
pub(crate) async fn sums(
    store: &Store,
    from: PartialDate,
    units: &Units,
) -> Result<Vec<(PartialDate, i16, i64, i64)>, StoreError> {
    let sql = format!(
        "SELECT day, word, CAST(sum(records) AS bigint), CAST(sum(faulty) AS bigint) FROM quality_score
         WHERE day >= $1{} GROUP BY day, word ORDER BY day, word",
        units.clause("unit", 2)
    );
    store.all(&sql, &units.after(params![from])).await
}

/// The unit of a row.
pub(crate) fn unit(text: &str) -> Option<UnitCode> {
    UnitCode::parse(text).ok()
}
