//! Scores by unit and day.

use super::Units;
use ::store::{Store, StoreError, Tx, Value, params, values};
use std::collections::BTreeMap;
use vocabulary::{PartialDate, UnitCode};

/// Records by unit and hamlet; the texts are empty where no commune is known, or no hamlet is named.
pub(crate) type Records = BTreeMap<(String, String), i64>;
/// Records with a fault: unit, hamlet, word, how many.
pub(crate) type Faulty = (String, String, i16, i64);

/// How many records break some rule of a word, by unit, hamlet and word; a violation that was accepted counts no more. Word 0
/// counts a record once, whatever it breaks.
pub(crate) async fn faulty(store: &Store, units: &Units) -> Result<Vec<Faulty>, StoreError> {
    let sql = format!(
        "SELECT unit, hamlet, word, count(*) FROM (
            SELECT DISTINCT coalesce(unit, '') AS unit, hamlet, word, kind, subject FROM violation
            WHERE accepted IS NULL{0}
            UNION ALL
            SELECT DISTINCT coalesce(unit, '') AS unit, hamlet, CAST(0 AS smallint) AS word, kind, subject FROM violation
            WHERE accepted IS NULL{0}
         ) v GROUP BY unit, hamlet, word ORDER BY unit, hamlet, word",
        units.clause("unit", 1)
    );
    store.all(&sql, &units.after(&[])).await
}

/// Writes the scores of a day in the place of those that it has; those of hamlets only for as long as a week is looked back.
pub(crate) async fn put(
    tx: &mut Tx,
    day: PartialDate,
    hamlets_from: PartialDate,
    records: &Records,
    faulty: &[Faulty],
) -> Result<(), StoreError> {
    let mut by_hamlet: BTreeMap<(&str, &str, i16), (i64, i64)> = BTreeMap::new();
    for ((unit, hamlet), count) in records {
        for word in 0..=4 {
            by_hamlet.insert((unit, hamlet, word), (*count, 0));
        }
    }
    for (unit, hamlet, word, count) in faulty {
        let row = by_hamlet.entry((unit, hamlet, *word)).or_default();
        *row = (row.0.max(*count), *count);
    }
    let mut by_unit: BTreeMap<(&str, i16), (i64, i64)> = BTreeMap::new();
    for ((unit, _, word), (records, faulty)) in &by_hamlet {
        let row = by_unit.entry((unit, *word)).or_default();
        *row = (row.0 + records, row.1 + faulty);
    }
    tx.execute("DELETE FROM quality_score WHERE day = $1", params![day]).await?;
    let rows = by_unit.into_iter().map(|((unit, word), (all, bad))| values![day, unit, word, all, bad]);
    tx.execute_many(
        "INSERT INTO quality_score (day, unit, word, records, faulty) VALUES ($1, $2, $3, $4, $5)",
        rows.collect::<Vec<Vec<Value>>>(),
    )
    .await?;
    tx.execute("DELETE FROM hamlet_score WHERE day = $1 OR day < $2", params![day, hamlets_from]).await?;
    let rows = by_hamlet
        .into_iter()
        .map(|((unit, hamlet, word), (all, bad))| values![day, unit, hamlet, word, all, bad]);
    tx.execute_many(
        "INSERT INTO hamlet_score (day, unit, hamlet, word, records, faulty) VALUES ($1, $2, $3, $4, $5, $6)",
        rows.collect::<Vec<Vec<Value>>>(),
    )
    .await
    .map(drop)
}

/// The scores of the hamlets of a unit on a day: hamlet, word, records, faulty.
pub(crate) async fn hamlets(
    store: &Store,
    day: PartialDate,
    unit: UnitCode,
) -> Result<Vec<(String, i16, i64, i64)>, StoreError> {
    let sql = "SELECT hamlet, word, records, faulty FROM hamlet_score WHERE day = $1 AND unit = $2 ORDER BY hamlet, word";
    store.all(sql, params![day, unit]).await
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
