//! What the question for possible duplicates reads: names, days and numbers from the indexes that are there anyway, and a
//! few whole records. Each reading is bounded, whatever the registry holds.

use super::{
    many::Source,
    read::ActOf,
    row::{self, ActRow, act_columns},
};
use crate::{duplicates::KinNames, model::Person};
use std::collections::BTreeMap;
use store::{FromRow, Param, Params, Store, StoreError, Tx, Value, params, values};
use vocabulary::{ActSeq, FullName, PartialDate, PersonId, UnitCode};

/// Through what is read: outside transactions, or within one that is under way.
pub(crate) enum Eyes<'a> {
    /// The store.
    Outside(&'a Store),
    /// A transaction, with what it has written.
    Inside(&'a mut Tx),
}

impl<'a> From<Source<'a>> for Eyes<'a> {
    fn from(source: Source<'a>) -> Eyes<'a> {
        match source {
            Source::Tx(tx) => Eyes::Inside(tx),
            Source::Store(store) => Eyes::Outside(store),
        }
    }
}

impl Eyes<'_> {
    async fn all<T: FromRow>(&mut self, sql: &str, params: Params<'_>) -> Result<Vec<T>, StoreError> {
        match self {
            Eyes::Outside(store) => store.few(sql, params).await,
            Eyes::Inside(tx) => tx.all(sql, params).await,
        }
    }

    /// Runs `SELECT … IN ({}) …` with so many places, whatever the number of values, so that its text is the same each time.
    async fn among<T: FromRow, P: Param>(
        &mut self,
        sql: &str,
        first: &[&dyn Param],
        values: &[P],
        places: usize,
    ) -> Result<Vec<T>, StoreError> {
        let named: Vec<String> = (1..=places).map(|n| format!("${}", n + first.len())).collect();
        let sql = sql.replace("{}", &named.join(", "));
        let mut found = Vec::new();
        for chunk in values.chunks(places) {
            let mut params: Vec<&dyn Param> = first.to_vec();
            params.extend(chunk.iter().map(|v| v as &dyn Param));
            // The last value again, until all places are taken.
            if let Some(last) = chunk.last() {
                params.resize(places + first.len(), last as &dyn Param);
            }
            found.extend(self.all::<T>(&sql, &params).await?);
        }
        Ok(found)
    }
}

/// A person with name and birth, as the indexes of names hold them.
pub(crate) type Named = (PersonId, String, PartialDate);

/// How many persons the registry has had.
pub(crate) async fn size(eyes: &mut Eyes<'_>) -> Result<i64, StoreError> {
    let size: Vec<i64> = eyes.all("SELECT person FROM act_head WHERE id = 1", params![]).await?;
    Ok(size.first().copied().unwrap_or_default())
}

/// Who claims any of these numbers; of many, some.
pub(crate) async fn claiming(eyes: &mut Eyes<'_>, numbers: &[i64]) -> Result<Vec<PersonId>, StoreError> {
    eyes.among("SELECT person FROM number_claim WHERE number IN ({}) LIMIT 32", &[], numbers, 128).await
}

/// Who was born on a day: up to so many, with their names.
pub(crate) async fn born_on(
    eyes: &mut Eyes<'_>,
    day: PartialDate,
    most: i64,
) -> Result<Vec<Named>, StoreError> {
    eyes.all("SELECT id, name_key, birth FROM person WHERE birth = $1 LIMIT $2", params![day, most]).await
}

/// Who bears one of these names and was born on one of these days; of many, some.
pub(crate) async fn named_on(
    eyes: &mut Eyes<'_>,
    names: &[String],
    days: &[PartialDate],
) -> Result<Vec<Named>, StoreError> {
    let mut found = Vec::new();
    for day in days {
        let first: [&dyn Param; 1] = [day];
        let sql = "SELECT id, name_key, birth FROM person WHERE birth = $1 AND name_key IN ({}) LIMIT 64";
        found.extend(eyes.among::<Named, _>(sql, &first, names, 40).await?);
    }
    Ok(found)
}

/// Who bears a name and was born on any of these days; of many, some.
pub(crate) async fn named_in_years(
    eyes: &mut Eyes<'_>,
    name: &str,
    days: &[PartialDate],
) -> Result<Vec<Named>, StoreError> {
    let first: [&dyn Param; 1] = [&name];
    let sql = "SELECT id, name_key, birth FROM person WHERE name_key = $1 AND birth IN ({}) LIMIT 64";
    eyes.among(sql, &first, days, 24).await
}

/// Who bears one of these names and was born between two days: up to so many.
pub(crate) async fn named_between(
    eyes: &mut Eyes<'_>,
    names: &[String],
    (from, to): (i32, i32),
    most: i64,
) -> Result<Vec<Named>, StoreError> {
    let first: [&dyn Param; 3] = [&from, &to, &most];
    let sql = "SELECT id, name_key, birth FROM person WHERE birth >= $1 AND birth <= $2 AND name_key IN ({}) LIMIT $3";
    eyes.among(sql, &first, names, 40).await
}

/// Who bears one of these names and has permanent residence in a commune; of many, some.
pub(crate) async fn named_in(
    eyes: &mut Eyes<'_>,
    names: &[String],
    unit: UnitCode,
) -> Result<Vec<Named>, StoreError> {
    let first: [&dyn Param; 1] = [&unit];
    let sql = "SELECT id, name_key, birth FROM person WHERE unit = $1 AND name_key IN ({}) LIMIT 64";
    eyes.among(sql, &first, names, 40).await
}

/// Who bears a name and was born on a day, of many such pairs, each given once; of more than some who bear the same name
/// and have the same birth, some.
pub(crate) async fn namesakes(
    eyes: &mut Eyes<'_>,
    asked: &[(String, PartialDate)],
) -> Result<Vec<Named>, StoreError> {
    const TOGETHER: usize = 100;
    const MOST: usize = 1_000;
    const FEW: i64 = 8;
    let places: Vec<String> = (0..TOGETHER)
        .map(|n| format!("(CAST(${} AS text), CAST(${} AS integer))", 2 * n + 1, 2 * n + 2))
        .collect();
    let sql = format!(
        "WITH asked (name, day) AS (VALUES {}) SELECT p.id, p.name_key, p.birth
         FROM asked JOIN person p ON p.name_key = asked.name AND p.birth = asked.day LIMIT {MOST}",
        places.join(", ")
    );
    let mut found = Vec::new();
    let nobody = (String::new(), PartialDate::UNKNOWN);
    for some in asked.chunks(TOGETHER) {
        let all = some.iter().chain(std::iter::repeat_n(&nobody, TOGETHER - some.len()));
        let params: Vec<&dyn Param> = all.flat_map(|(name, day)| [name as &dyn Param, day]).collect();
        let rows: Vec<Named> = eyes.all(&sql, &params).await?;
        if rows.len() < MOST {
            found.extend(rows.into_iter().filter(|(_, name, _)| !name.is_empty()));
            continue;
        }
        // One of them has very many: each is asked by itself, for a few.
        for (name, day) in some {
            let sql = "SELECT id, name_key, birth FROM person WHERE name_key = $1 AND birth = $2 LIMIT $3";
            found.extend(eyes.all::<Named>(sql, params![name, day, FEW]).await?);
        }
    }
    Ok(found)
}

/// How many bear a name, counted up to so many.
pub(crate) async fn bearers(eyes: &mut Eyes<'_>, name: &str, most: i64) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM person WHERE name_key = $1 LIMIT $2) AS counted";
    Ok(eyes.all::<i64>(sql, params![name, most]).await?.first().copied().unwrap_or_default())
}

/// Some whole records, those that are registered.
pub(crate) async fn folded(eyes: &mut Eyes<'_>, ids: &[PersonId]) -> Result<Vec<Person>, StoreError> {
    const SQL: &str = concat!(
        "SELECT ",
        act_columns!(),
        ", l.person FROM act_person l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor
         WHERE l.person IN ({}) ORDER BY l.person, l.seq"
    );
    let mut acts: BTreeMap<PersonId, Vec<ActRow>> = BTreeMap::new();
    for ActOf(person, act) in eyes.among(SQL, &[], ids, 32).await? {
        acts.entry(person).or_default().push(act);
    }
    Ok(acts.into_iter().map(|(id, acts)| row::person(id, &acts)).filter(|p| p.registered).collect())
}

/// The names of some persons.
pub(crate) async fn names(eyes: &mut Eyes<'_>, ids: &[PersonId]) -> Result<KinNames, StoreError> {
    let sql = "SELECT id, name FROM person WHERE id IN ({}) AND name IS NOT NULL";
    Ok(eyes.among::<(PersonId, FullName), _>(sql, &[], ids, 32).await?.into_iter().collect())
}

/// The persons that somebody has told apart from this one.
pub(crate) async fn told_apart(eyes: &mut Eyes<'_>, id: PersonId) -> Result<Vec<PersonId>, StoreError> {
    let sql = "SELECT high FROM told_apart WHERE low = $1 UNION SELECT low FROM told_apart WHERE high = $1";
    eyes.all(sql, params![id]).await
}

/// Keeps that a person, whom an act has registered, is another than these, and why.
pub(crate) async fn tell_apart(
    tx: &mut Tx,
    person: PersonId,
    others: &[PersonId],
    act: ActSeq,
    reason: &str,
) -> Result<(), StoreError> {
    let row = |other: &PersonId| -> Vec<Value> {
        values![person.0.min(other.0), person.0.max(other.0), act.0, reason.to_owned()]
    };
    let rows: Vec<Vec<Value>> = others.iter().map(row).collect();
    tx.load("told_apart", &["low", "high", "act", "reason"], rows).await.map(drop)
}
