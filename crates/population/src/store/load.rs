//! Loading many acts at once, and rebuilding the state from the acts.

use super::row::{
    ACT, ACT_HOUSEHOLD, ACT_PERSON, ActRow, CLAIM, HOUSEHOLD, PERSON, act_values, claim_values, claims,
    household_values, link_values, person_values,
};
use crate::{acts::Act, fold};
use std::collections::BTreeMap;
use store::{Store, StoreError, Value, params, transact};
use vocabulary::{ActSeq, HouseholdId, PersonId};

/// What a load brought in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Acts.
    pub acts: u64,
    /// Persons.
    pub persons: u64,
    /// Households.
    pub households: u64,
}

/// Rows gathered before they are written: large enough to be fast, small enough for any machine.
const BATCH: usize = 20_000;

#[derive(Default)]
struct Rows {
    acts: Vec<Vec<Value>>,
    act_person: Vec<Vec<Value>>,
    act_household: Vec<Vec<Value>>,
    persons: Vec<Vec<Value>>,
    claims: Vec<Vec<Value>>,
    households: Vec<Vec<Value>>,
    last: (ActSeq, PersonId, HouseholdId),
}

impl Rows {
    /// Adds a closed group: all acts of all records that it touches.
    fn add(&mut self, group: &[Act]) -> Result<(), StoreError> {
        let mut persons: BTreeMap<PersonId, Vec<Act>> = BTreeMap::new();
        let mut households: BTreeMap<HouseholdId, Vec<Act>> = BTreeMap::new();
        for act in group {
            let touched = act.content.touched();
            for p in touched.persons {
                self.act_person.push(link_values(p.0, act.seq));
                persons.entry(p).or_default().push(act.clone());
            }
            for h in touched.households {
                self.act_household.push(link_values(h.0, act.seq));
                households.entry(h).or_default().push(act.clone());
            }
            self.acts.push(act_values(act)?);
            self.last.0 = self.last.0.max(act.seq);
        }
        for (id, acts) in persons {
            let person = fold::person(id, &acts, None);
            if person.registered {
                self.persons.push(person_values(&person)?);
                self.claims.extend(claims(&person).into_iter().map(|c| claim_values(id, c)));
            }
            self.last.1 = self.last.1.max(id);
        }
        for (id, acts) in households {
            self.households.push(household_values(&fold::household(id, &acts, None))?);
            self.last.2 = self.last.2.max(id);
        }
        Ok(())
    }

    fn loaded(&self) -> Loaded {
        Loaded {
            acts: self.acts.len() as u64,
            persons: self.persons.len() as u64,
            households: self.households.len() as u64,
        }
    }
}

/// Loads closed groups of acts into an empty registry, in batches of some thousand, each in one transaction. Acts must
/// come in rising sequence.
///
/// # Errors
/// [`StoreError::Conflict`] where the registry already holds acts or records of the same number.
pub async fn load(
    store: &Store,
    groups: impl IntoIterator<Item = Vec<Act>>,
    mut progress: impl FnMut(Loaded),
) -> Result<Loaded, StoreError> {
    let mut total = Loaded::default();
    let mut rows = Rows::default();
    let mut groups = groups.into_iter();
    loop {
        let group = groups.next();
        let done = group.is_none();
        if let Some(group) = group {
            rows.add(&group)?;
        }
        if rows.acts.len() >= BATCH || done && !rows.acts.is_empty() {
            let batch = rows.loaded();
            let last = rows.last;
            write(store, std::mem::replace(&mut rows, Rows { last, ..Rows::default() })).await?;
            total.acts += batch.acts;
            total.persons += batch.persons;
            total.households += batch.households;
            progress(total);
        }
        if done {
            return Ok(total);
        }
    }
}

async fn write(store: &Store, rows: Rows) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let last = rows.last;
    tx.load("act", ACT, rows.acts).await?;
    tx.load("act_person", ACT_PERSON, rows.act_person).await?;
    tx.load("act_household", ACT_HOUSEHOLD, rows.act_household).await?;
    tx.load("person", PERSON, rows.persons).await?;
    tx.load("number_claim", CLAIM, rows.claims).await?;
    tx.load("household", HOUSEHOLD, rows.households).await?;
    tx.execute(
        "UPDATE act_head SET seq = $1, person = $2, household = $3 WHERE id = 1",
        params![last.0, last.1, last.2],
    )
    .await?;
    tx.commit().await
}

/// Rebuilds persons, households and number claims from the acts, in one transaction.
pub async fn rebuild(store: &Store) -> Result<Loaded, StoreError> {
    let mut total = Loaded::default();
    transact!(store, tx => {
        tx.execute("UPDATE act_head SET seq = seq WHERE id = 1", params![]).await?;
        for table in ["DELETE FROM person", "DELETE FROM number_claim", "DELETE FROM household"] {
            tx.execute(table, params![]).await?;
        }
        total = Loaded { acts: tx.one("SELECT count(*) FROM act", params![]).await.map(|n: i64| n as u64)?, ..Loaded::default() };
        let mut after = i64::MIN;
        loop {
            let ids: Vec<PersonId> =
                tx.all("SELECT DISTINCT person FROM act_person WHERE person > $1 ORDER BY person LIMIT 1000", params![after]).await?;
            let Some(last) = ids.last() else { break };
            after = last.0;
            let mut rows = Rows::default();
            for id in ids {
                let acts = tx.all::<ActRow>(super::write::PERSON_ACTS, params![id]).await?;
                let acts = acts.into_iter().map(ActRow::act).collect::<Result<Vec<_>, _>>()?;
                let person = fold::person(id, &acts, None);
                if person.registered {
                    rows.persons.push(person_values(&person)?);
                    rows.claims.extend(claims(&person).into_iter().map(|c| claim_values(id, c)));
                }
            }
            total.persons += rows.persons.len() as u64;
            tx.load("person", PERSON, rows.persons).await?;
            tx.load("number_claim", CLAIM, rows.claims).await?;
        }
        let mut after = i64::MIN;
        loop {
            let ids: Vec<HouseholdId> = tx
                .all("SELECT DISTINCT household FROM act_household WHERE household > $1 ORDER BY household LIMIT 1000", params![after])
                .await?;
            let Some(last) = ids.last() else { break };
            after = last.0;
            let mut rows = Vec::with_capacity(ids.len());
            for id in ids {
                let acts = tx.all::<ActRow>(super::write::HOUSEHOLD_ACTS, params![id]).await?;
                let acts = acts.into_iter().map(ActRow::act).collect::<Result<Vec<_>, _>>()?;
                rows.push(household_values(&fold::household(id, &acts, None))?);
            }
            total.households += rows.len() as u64;
            tx.load("household", HOUSEHOLD, rows).await?;
        }
        Ok::<_, StoreError>(total)
    })
}
