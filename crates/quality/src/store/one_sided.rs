//! Who names a spouse that does not name back, so that an act of the spouse leads to them.

use ::store::{Param, Store, StoreError, Tx, Value, params, values};
use std::collections::BTreeMap;
use vocabulary::PersonId;

/// Values in one statement.
const TOGETHER: usize = 200;

/// Whom persons name, by who names.
pub(crate) type Ties = BTreeMap<PersonId, PersonId>;

/// Those beyond one identifier up to another.
pub(crate) async fn between(store: &Store, (after, to): (i64, i64)) -> Result<Ties, StoreError> {
    let sql = "SELECT person, spouse FROM one_sided WHERE person > $1 AND person <= $2";
    Ok(store.all::<(PersonId, PersonId)>(sql, params![after, to]).await?.into_iter().collect())
}

async fn among(store: &Store, column: &str, ids: &[PersonId]) -> Result<Ties, StoreError> {
    let places: Vec<String> = (1..=TOGETHER).map(|n| format!("${n}")).collect();
    let sql = format!("SELECT person, spouse FROM one_sided WHERE {column} IN ({})", places.join(", "));
    let mut found = Ties::new();
    for some in ids.chunks(TOGETHER) {
        let Some(last) = some.last() else { break };
        let all = some.iter().chain(std::iter::repeat_n(last, TOGETHER - some.len()));
        let params: Vec<&dyn Param> = all.map(|id| id as &dyn Param).collect();
        found.extend(store.all::<(PersonId, PersonId)>(&sql, &params).await?);
    }
    Ok(found)
}

/// Those of some persons.
pub(crate) async fn of(store: &Store, persons: &[PersonId]) -> Result<Ties, StoreError> {
    among(store, "person", persons).await
}

/// Those who name one of these.
pub(crate) async fn naming(store: &Store, spouses: &[PersonId]) -> Result<Ties, StoreError> {
    among(store, "spouse", spouses).await
}

/// Puts what was found in the place of what was known.
pub(crate) async fn replace(tx: &mut Tx, known: &Ties, found: &Ties) -> Result<(), StoreError> {
    let gone = known.keys().filter(|person| !found.contains_key(person));
    let gone: Vec<Vec<Value>> = gone.map(|person| values![person]).collect();
    if !gone.is_empty() {
        tx.execute_many("DELETE FROM one_sided WHERE person = $1", gone).await?;
    }
    let new = found.iter().filter(|(person, spouse)| known.get(person) != Some(spouse));
    let new: Vec<Vec<Value>> = new.map(|(person, spouse)| values![person, spouse]).collect();
    if !new.is_empty() {
        let sql = "INSERT INTO one_sided (person, spouse) VALUES ($1, $2)
            ON CONFLICT (person) DO UPDATE SET spouse = excluded.spouse";
        tx.execute_many(sql, new).await?;
    }
    Ok(())
}
