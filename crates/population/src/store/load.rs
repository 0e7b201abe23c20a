//! Loading many acts at once: one task folds and encodes while another writes.

use super::{
    next::{NEXT, Next},
    row::{
        ACT, ACT_HOUSEHOLD, ACT_PERSON, CLAIM, HOUSEHOLD, PERSON, act_values, actor_columns, claim_values,
        claims, household_values, link_values, person_values,
    },
};
use crate::{
    acts::Act,
    fold,
    model::{Household, Person},
};
use std::collections::{BTreeMap, HashMap};
use store::{Store, StoreError, Value, params, transact};
use tokio::{sync::mpsc, task::JoinHandle};
use vocabulary::{ActSeq, Actor, HouseholdId, PersonId};

/// What a load or a rebuild brought in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Acts.
    pub acts: u64,
    /// Persons.
    pub persons: u64,
    /// Households.
    pub households: u64,
}

/// Acts gathered before they are written: enough to be fast, few enough for any machine.
pub(super) const BATCH: u64 = 20_000;
/// Batches that may wait to be written.
const WAITING: usize = 2;

/// Rows to be written in one transaction.
#[derive(Default)]
pub(super) struct Rows {
    actors: Vec<Vec<Value>>,
    acts: Vec<Vec<Value>>,
    act_person: Vec<(i64, ActSeq)>,
    act_household: Vec<(i64, ActSeq)>,
    persons: Vec<Vec<Value>>,
    claims: Vec<(i64, i16, PersonId)>,
    households: Vec<Vec<Value>>,
}

impl Rows {
    /// Adds the state of a person, unless no act in force creates the record.
    pub(super) fn person(&mut self, person: &Person) {
        if person.registered {
            self.persons.push(person_values(person));
            self.claims.extend(claims(person).into_iter().map(|(number, kind)| (number, kind, person.id)));
        }
    }

    /// Adds the state of a household.
    pub(super) fn household(&mut self, household: &Household) {
        self.households.push(household_values(household));
    }

    /// Adds a closed group: all acts of all records that it touches.
    fn group(&mut self, group: &[Act], actors: &mut Actors) {
        let mut persons: BTreeMap<PersonId, Vec<&Act>> = BTreeMap::new();
        let mut households: BTreeMap<HouseholdId, Vec<&Act>> = BTreeMap::new();
        for act in group {
            let touched = act.content.touched();
            for p in touched.persons {
                self.act_person.push((p.0, act.seq));
                persons.entry(p).or_default().push(act);
            }
            for h in touched.households {
                self.act_household.push((h.0, act.seq));
                households.entry(h).or_default().push(act);
            }
            let actor = actors.number(&act.by, &mut self.actors);
            self.acts.push(act_values(act, actor));
        }
        for (id, acts) in &persons {
            self.person(&fold::person(*id, acts, None));
        }
        for (id, acts) in &households {
            self.household(&fold::household(*id, acts, None));
        }
        actors.last.0 = actors.last.0.max(group.iter().map(|a| a.seq).max().unwrap_or_default());
        actors.last.1 = actors.last.1.max(persons.keys().last().copied().unwrap_or_default());
        actors.last.2 = actors.last.2.max(households.keys().last().copied().unwrap_or_default());
    }

    pub(super) fn count(&self) -> Loaded {
        Loaded {
            acts: self.acts.len() as u64,
            persons: self.persons.len() as u64,
            households: self.households.len() as u64,
        }
    }

    /// Writes the rows, each kind in the order of its key, in which trees grow best.
    async fn write(mut self, store: &Store) -> Result<(), StoreError> {
        self.act_person.sort_unstable();
        self.act_household.sort_unstable();
        let link = |(subject, seq): (i64, ActSeq)| link_values(subject, seq);
        let claim = |(number, kind, person): (i64, i16, PersonId)| claim_values(person, (number, kind));
        let mut tx = store.begin().await?;
        tx.load("actor", ACTOR, self.actors).await?;
        tx.load("act", ACT, self.acts).await?;
        tx.load("act_person", ACT_PERSON, self.act_person.into_iter().map(link)).await?;
        tx.load("act_household", ACT_HOUSEHOLD, self.act_household.into_iter().map(link)).await?;
        tx.load(&format!("person{NEXT}"), PERSON, self.persons).await?;
        tx.load(&format!("number_claim{NEXT}"), CLAIM, self.claims.into_iter().map(claim)).await?;
        tx.load(&format!("household{NEXT}"), HOUSEHOLD, self.households).await?;
        tx.commit().await
    }
}

const ACTOR: &[&str] = &["id", "system", "officer", "agency", "unit"];

/// The actors of a load with their numbers, and the last identifiers that it used.
#[derive(Default)]
struct Actors {
    numbers: HashMap<String, i32>,
    /// Kept, so that a known actor needs no memory.
    key: String,
    last: (ActSeq, PersonId, HouseholdId),
}

impl Actors {
    fn number(&mut self, by: &Actor, rows: &mut Vec<Vec<Value>>) -> i32 {
        let columns = actor_columns(by);
        self.key.clear();
        for column in columns {
            self.key.push_str(column);
            self.key.push('\n');
        }
        if let Some(number) = self.numbers.get(&self.key) {
            return *number;
        }
        let number = self.numbers.len() as i32 + 1;
        self.numbers.insert(self.key.clone(), number);
        rows.push([Value::from(number)].into_iter().chain(columns.map(Value::from)).collect());
        number
    }
}

/// A task that writes batches in the order in which they come.
pub(super) struct Writer {
    batches: mpsc::Sender<Rows>,
    task: JoinHandle<Result<(), StoreError>>,
}

impl Writer {
    pub(super) fn start(store: &Store) -> Writer {
        let (batches, mut waiting) = mpsc::channel::<Rows>(WAITING);
        let store = store.clone();
        let task = tokio::spawn(async move {
            while let Some(rows) = waiting.recv().await {
                rows.write(&store).await?;
            }
            Ok(())
        });
        Writer { batches, task }
    }

    /// Hands over a batch; `false` where the writer has failed, which [`Writer::finish`] explains.
    pub(super) async fn send(&self, rows: Rows) -> bool {
        self.batches.send(rows).await.is_ok()
    }

    /// Waits until everything is written.
    pub(super) async fn finish(self) -> Result<(), StoreError> {
        drop(self.batches);
        self.task.await.map_err(|_| StoreError::Other("the writer of a load has died".into()))?
    }
}

/// Loads closed groups of acts into an empty registry, in batches of some thousand, each in one transaction. Acts must
/// come in rising sequence. The state appears at the end, all at once; until then, and for ever where the load is cut
/// off, the registry is empty to readers, [`is_whole`] denies it, and the next load begins anew.
///
/// # Errors
/// [`StoreError::Conflict`] where the registry already holds acts, or where two have the same number.
pub async fn load(
    store: &Store,
    groups: impl IntoIterator<Item = Vec<Act>>,
    mut progress: impl FnMut(Loaded),
) -> Result<Loaded, StoreError> {
    let next = transact!(store, tx => {
        super::write::lock(tx).await?;
        let seq: i64 = tx.one("SELECT seq FROM act_head WHERE id = 1", params![]).await?;
        if seq != 0 {
            return Err(StoreError::Conflict { constraint: "act(seq)".into() });
        }
        for table in ["act_household", "act_person", "act", "actor"] {
            tx.execute(&format!("DELETE FROM {table}"), params![]).await?;
        }
        Next::begin(tx).await
    })?;
    let writer = Writer::start(store);
    let (mut total, mut rows, mut actors) = (Loaded::default(), Rows::default(), Actors::default());
    let mut groups = groups.into_iter();
    loop {
        let group = groups.next();
        let over = group.is_none();
        if let Some(group) = group {
            rows.group(&group, &mut actors);
        }
        if rows.acts.len() as u64 >= BATCH || over {
            let batch = rows.count();
            if !writer.send(std::mem::take(&mut rows)).await {
                break;
            }
            total.acts += batch.acts;
            total.persons += batch.persons;
            total.households += batch.households;
            progress(total);
        }
        if over {
            break;
        }
    }
    writer.finish().await?;
    next.index(store).await?;
    let (seq, person, household) = actors.last;
    transact!(store, tx => {
        super::write::lock(tx).await?;
        next.put_in_place(tx).await?;
        tx.execute(
            "UPDATE act_head SET seq = $1, person = $2, household = $3 WHERE id = 1",
            params![seq, person, household],
        )
        .await?;
        Ok::<_, StoreError>(total)
    })
}

/// Whether the registry holds no remains of a load that was cut off.
///
/// # Errors
/// Where the store fails.
pub async fn is_whole(store: &Store) -> Result<bool, StoreError> {
    let beyond: Option<i64> = store
        .optional(
            "SELECT a.seq FROM act a WHERE a.seq > (SELECT seq FROM act_head WHERE id = 1) ORDER BY a.seq LIMIT 1",
            params![],
        )
        .await?;
    Ok(beyond.is_none())
}
