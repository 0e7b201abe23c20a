//! Which records break which rules now, and how far the registry was followed.

use super::{
    Units,
    one_sided::{self, Ties},
    unreadable,
};
use crate::model::{Broken, Cause, State, Subject, Word};
use ::store::{FromRow, Param, Row, Store, StoreError, Tx, Value, params, values};
use vocabulary::{ActSeq, Hamlet, Moment, PartialDate};

/// Values in one statement.
const TOGETHER: usize = 200;

/// A violation as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub broken: Broken,
    /// When it was found.
    pub found_at: Moment,
    /// The state in which a case about it ended, where the record is right as it is.
    pub accepted: Option<State>,
}

const COLUMNS: &str = "kind, subject, rule, word, unit, act, since, found_at, accepted, hamlet";

impl FromRow for Standing {
    fn from_row(row: &Row<'_>) -> Result<Standing, StoreError> {
        let accepted: Option<i16> = row.get(8)?;
        let hamlet: String = row.get(9)?;
        Ok(Standing {
            broken: Broken {
                subject: Subject::of(row.get(0)?, row.get(1)?),
                rule: row.get(2)?,
                word: Word::from_number(row.get(3)?).ok_or_else(|| unreadable("word"))?,
                unit: row.get(4)?,
                hamlet: Some(hamlet).filter(|h| !h.is_empty()).map(Hamlet::from_stored),
                cause: Cause { act: row.get(5)?, since: row.get(6)? },
            },
            found_at: row.get(7)?,
            accepted: accepted.and_then(State::from_number),
        })
    }
}

/// What stands against the records of a kind beyond one identifier up to another.
pub(crate) async fn between(
    store: &Store,
    kind: i16,
    (after, to): (i64, i64),
) -> Result<Vec<Standing>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM violation WHERE kind = $1 AND subject > $2 AND subject <= $3");
    store.all(&sql, params![kind, after, to]).await
}

/// What stands against some records.
pub(crate) async fn of(store: &Store, kind: i16, ids: &[i64]) -> Result<Vec<Standing>, StoreError> {
    let places: Vec<String> = (2..TOGETHER + 2).map(|n| format!("${n}")).collect();
    let sql =
        format!("SELECT {COLUMNS} FROM violation WHERE kind = $1 AND subject IN ({})", places.join(", "));
    let mut found = Vec::new();
    for some in ids.chunks(TOGETHER) {
        let Some(last) = some.last() else { break };
        let all = some.iter().chain(std::iter::repeat_n(last, TOGETHER - some.len()));
        let params: Vec<&dyn Param> =
            std::iter::once(&kind as &dyn Param).chain(all.map(|id| id as &dyn Param)).collect();
        found.append(&mut store.all(&sql, &params).await?);
    }
    Ok(found)
}

/// One rule that a record breaks, where it does.
pub(crate) async fn one(store: &Store, subject: Subject, rule: &str) -> Result<Option<Standing>, StoreError> {
    let (kind, id) = subject.columns();
    let sql = format!("SELECT {COLUMNS} FROM violation WHERE kind = $1 AND subject = $2 AND rule = $3");
    store.optional(&sql, params![kind, id, rule]).await
}

/// What is to be changed after a check.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// New, or made by another act, or of another unit.
    pub stand: Vec<Broken>,
    /// No longer so.
    pub gone: Vec<(Subject, String)>,
    /// Of the former, those that did not stand before.
    pub appeared: Vec<(Subject, String)>,
    /// Who named a spouse that did not name back, and who does.
    pub one_sided: (Ties, Ties),
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.stand.is_empty() && self.gone.is_empty() && self.one_sided.0 == self.one_sided.1
    }
}

/// Writes what a check has found.
pub(crate) async fn apply(tx: &mut Tx, changes: &Changes, now: Moment) -> Result<(), StoreError> {
    let gone: Vec<Vec<Value>> = changes
        .gone
        .iter()
        .map(|(subject, rule)| {
            let (kind, id) = subject.columns();
            values![kind, id, rule]
        })
        .collect();
    if !gone.is_empty() {
        tx.execute_many("DELETE FROM violation WHERE kind = $1 AND subject = $2 AND rule = $3", gone).await?;
    }
    let stand: Vec<Vec<Value>> = changes
        .stand
        .iter()
        .map(|b| {
            let (kind, id) = b.subject.columns();
            let hamlet = b.hamlet.as_ref().map_or("", Hamlet::as_str);
            values![kind, id, &b.rule, b.word.number(), b.unit, b.cause.act, b.cause.since, now, hamlet]
        })
        .collect();
    if !stand.is_empty() {
        tx.execute_many(
            "INSERT INTO violation (kind, subject, rule, word, unit, act, since, found_at, hamlet)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (kind, subject, rule) DO UPDATE SET word = excluded.word, unit = excluded.unit,
                act = excluded.act, since = excluded.since, found_at = excluded.found_at, hamlet = excluded.hamlet,
                accepted = CASE WHEN violation.act = excluded.act THEN violation.accepted END",
            stand,
        )
        .await?;
    }
    one_sided::replace(tx, &changes.one_sided.0, &changes.one_sided.1).await
}

/// Remembers that a record is right as it is, while no other act makes the rule break.
pub(crate) async fn accept(
    tx: &mut Tx,
    subject: Subject,
    rule: &str,
    state: Option<State>,
) -> Result<(), StoreError> {
    let (kind, id) = subject.columns();
    tx.execute(
        "UPDATE violation SET accepted = $4 WHERE kind = $1 AND subject = $2 AND rule = $3",
        params![kind, id, rule, state.map(State::number)],
    )
    .await
    .map(drop)
}

/// Broken rules by rule: how many stand, and how many of them are accepted as they are.
pub(crate) async fn by_rule(store: &Store, units: &Units) -> Result<Vec<(String, i64, i64)>, StoreError> {
    let sql = format!(
        "SELECT rule, count(*), count(accepted) FROM violation WHERE 1 = 1{} GROUP BY rule ORDER BY count(*) DESC, rule",
        units.clause("unit", 1)
    );
    store.all(&sql, &units.after(&[])).await
}

::store::record! {
    /// How far the registry was followed.
    #[derive(Clone, Debug)]
    pub(crate) struct Followed {
        pub followed: Option<ActSeq>,
        pub checked: PartialDate,
        pub checked_at: Option<Moment>,
        pub persons: i64,
        pub households: i64,
        pub rules: String,
    }
}

/// How far the registry was followed.
pub(crate) async fn followed(store: &Store) -> Result<Followed, StoreError> {
    let sql = format!("SELECT {} FROM quality_state WHERE id = 1", Followed::COLUMNS);
    store.one(&sql, params![]).await
}

/// Goes on to an act.
pub(crate) async fn follow_to(tx: &mut Tx, act: ActSeq) -> Result<(), StoreError> {
    tx.execute("UPDATE quality_state SET followed = $1 WHERE id = 1", params![act]).await.map(drop)
}

/// Notes a check of everybody. What was recorded since its beginning is looked at once more.
pub(crate) async fn checked(tx: &mut Tx, f: &Followed) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE quality_state SET followed = CASE WHEN followed < $1 THEN followed ELSE $1 END, checked = $2,
            checked_at = $3, persons = $4, households = $5, rules = $6 WHERE id = 1",
        params![f.followed, f.checked, f.checked_at, f.persons, f.households, f.rules],
    )
    .await
    .map(drop)
}
