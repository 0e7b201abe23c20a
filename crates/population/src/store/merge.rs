//! What merging reads: who names a record, where a record stands, who claims its numbers.

use super::{
    read::PERSON_ACTS,
    row::{self, ActRow, IN_FORCE, PAST, claims},
};
use crate::{acts::Act, service::Whereabouts};
use std::collections::BTreeSet;
use store::{FromRow, Row, Store, StoreError, Tx, params};
use vocabulary::{ActSeq, PersonId};

/// All acts that touch a person. Plain, because only the pure rules of this crate read them.
pub(crate) async fn acts_of(tx: &mut Tx, id: PersonId) -> Result<Vec<Act>, StoreError> {
    let acts: Vec<ActRow> = tx.all(PERSON_ACTS, params![id]).await?;
    Ok(acts.into_iter().map(|row| row.0).collect())
}

/// Whose records name one as father, mother, spouse or guardian, but for another. Children are found by their parents; a
/// spouse or ward among those with whom the record shares an act or a household.
pub(crate) async fn named_by(tx: &mut Tx, id: PersonId, but: PersonId) -> Result<Vec<PersonId>, StoreError> {
    const CHILDREN: &str =
        "SELECT id FROM person WHERE father = $1 UNION SELECT id FROM person WHERE mother = $1";
    const TIED: &str = "SELECT id FROM person WHERE id = $1 AND (spouse = $2 OR guardian = $2)";
    let mut found: BTreeSet<PersonId> =
        tx.all::<PersonId>(CHILDREN, params![id]).await?.into_iter().collect();
    let acts: Vec<ActRow> = tx.all(PERSON_ACTS, params![id]).await?;
    let own = row::person(id, &acts);
    let mut near: BTreeSet<PersonId> = acts.iter().flat_map(|a| a.0.content.touched().persons).collect();
    let relatives = [&own.father, &own.mother, &own.spouse, &own.guardian];
    near.extend(relatives.into_iter().flatten().filter_map(|r| r.person));
    if let Some(household) = own.household {
        near.extend(
            tx.all::<PersonId>("SELECT id FROM person WHERE household = $1", params![household]).await?,
        );
    }
    for other in near {
        found.extend(tx.optional::<PersonId>(TIED, params![other, id]).await?);
    }
    found.remove(&id);
    found.remove(&but);
    Ok(found.into_iter().collect())
}

/// The record that stands for another today. Merges can chain; a cycle is impossible, since a merged record takes in no
/// other.
pub(crate) async fn survivor(store: &Store, id: PersonId) -> Result<PersonId, StoreError> {
    let mut now = id;
    for _ in 0..8 {
        let into: Option<Option<PersonId>> =
            store.optional("SELECT merged_into FROM person WHERE id = $1", params![now]).await?;
        match into.flatten() {
            Some(kept) => now = kept,
            None => break,
        }
    }
    Ok(now)
}

impl FromRow for Whereabouts {
    fn from_row(row: &Row<'_>) -> Result<Whereabouts, StoreError> {
        let version: Option<ActSeq> = row.get(3)?;
        Ok(Whereabouts {
            person: row.get(0)?,
            unit: row.get(1)?,
            merged_into: row.get(2)?,
            version: version.unwrap_or_default(),
        })
    }
}

/// Where records stand.
pub(crate) async fn whereabouts(store: &Store, ids: &[PersonId]) -> Result<Vec<Whereabouts>, StoreError> {
    const SQL: &str = "SELECT p.id, coalesce(p.unit, p.current_unit), p.merged_into,
            (SELECT max(l.seq) FROM act_person l WHERE l.person = p.id)
        FROM person p WHERE p.id IN ({})";
    super::facts::among(store, SQL, ids).await
}

/// Who claims a number of a record besides, and is not merged away.
pub(crate) async fn rivals(store: &Store, id: PersonId) -> Result<Vec<PersonId>, StoreError> {
    const SQL: &str =
        "SELECT person FROM number_claim WHERE number = $1 AND kind IN ($2, $3) ORDER BY person LIMIT 16";
    const KEPT: &str = "SELECT id FROM person WHERE merged_into IS NULL AND id IN ({}) ORDER BY id";
    let acts: Vec<ActRow> = store.few(PERSON_ACTS, params![id]).await?;
    let mut found = Vec::new();
    for (number, kind) in claims(&row::person(id, &acts)) {
        let other = if kind == PAST { IN_FORCE } else { kind };
        for person in store.few::<PersonId>(SQL, params![number, kind, other]).await? {
            if person != id && !found.contains(&person) {
                found.push(person);
            }
        }
    }
    super::facts::among(store, KEPT, &found).await
}
