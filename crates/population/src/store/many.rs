//! Many records at once: read by lists of keys, and recorded with the fold and the encoding on another thread than the
//! writing.

use super::{
    read::ActOf,
    row::{
        self, ACT, ACT_HOUSEHOLD, ACT_PERSON, ActRow, CLAIM, HOUSEHOLD, PERSON, act_columns, act_values,
        claim_values, claims, household_values, link_values, person_values,
    },
};
use crate::{acts::Act, fold, model::Person, rules::Before};
use std::{collections::HashMap, sync::Arc};
use store::{FromRow, Param, Params, Store, StoreError, Tx, Value, params};
use tokio::sync::mpsc;
use vocabulary::{ActSeq, Actor, FullName, HouseholdId, PersonId, PersonalNumber};

/// Values in one statement, so that its text is the same each time.
const TOGETHER: usize = 200;
/// Rows that are handed from the thread that makes them to the one that writes them at a time.
const PIECE: usize = 2_000;
/// Pieces that may wait to be written.
const WAITING: usize = 4;

/// Where many records are read: in a transaction, as it sees them, or beside all transactions.
pub(crate) enum Source<'a> {
    Tx(&'a mut Tx),
    Store(&'a Store),
}

impl Source<'_> {
    /// The same, lent.
    pub(crate) fn lent(&mut self) -> Source<'_> {
        match self {
            Source::Tx(tx) => Source::Tx(tx),
            Source::Store(store) => Source::Store(store),
        }
    }

    /// All rows of a result.
    pub(super) async fn all<T: FromRow>(
        &mut self,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Source::Tx(tx) => tx.all(sql, params).await,
            Source::Store(store) => store.all(sql, params).await,
        }
    }
}

/// Runs `SELECT … IN (…)` over many values, some hundred at a time; `{}` stands for their places.
pub(super) async fn among<T: FromRow, P: Param>(
    from: &mut Source<'_>,
    sql: &str,
    first: &[&dyn Param],
    values: &[P],
) -> Result<Vec<T>, StoreError> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=TOGETHER).map(|n| format!("${}", n + first.len())).collect();
    let sql = sql.replace("{}", &places.join(", "));
    let mut found = Vec::new();
    for chunk in values.chunks(TOGETHER) {
        let mut params: Vec<&dyn Param> = first.to_vec();
        params.extend(chunk.iter().map(|v| v as &dyn Param));
        // The last value again, until all places are taken.
        if let Some(last) = chunk.last() {
            params.resize(TOGETHER + first.len(), last as &dyn Param);
        }
        found.extend(from.all::<T>(&sql, &params).await?);
    }
    Ok(found)
}

store::record! {
    /// Who claims a number; see `number_claim`.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Claimant {
        pub number: i64,
        pub kind: i16,
        pub person: PersonId,
    }
}

/// Who claims any of these numbers, each of which is given once.
pub(crate) async fn claimants(from: &mut Source<'_>, numbers: &[i64]) -> Result<Vec<Claimant>, StoreError> {
    among(from, "SELECT number, kind, person FROM number_claim WHERE number IN ({})", &[], numbers).await
}

store::record! {
    /// What is asked of a relative: the name, and the number in force.
    #[derive(Clone, Debug)]
    pub(crate) struct Outline {
        pub id: PersonId,
        pub name: Option<FullName>,
        pub number: Option<PersonalNumber>,
    }
}

/// Name and number of these persons, each of whom is given once; what has no record is left out. Plain, because only the
/// pure rules of this crate read them.
pub(crate) async fn outlines(
    from: &mut Source<'_>,
    persons: &[PersonId],
) -> Result<Vec<Outline>, StoreError> {
    among(from, "SELECT id, name, number FROM person WHERE id IN ({})", &[], persons).await
}

const OF_PERSONS: &str = concat!(
    "SELECT ",
    act_columns!(),
    ", l.person FROM act_person l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor WHERE l.person IN ({})"
);
const OF_HOUSEHOLDS: &str = concat!(
    "SELECT ",
    act_columns!(),
    ", l.household FROM act_household l JOIN act a ON a.seq = l.seq JOIN actor w ON w.id = a.actor
     WHERE l.household IN ({})"
);

/// The acts of each of these persons, each of whom is given once.
async fn acts_of_persons(
    from: &mut Source<'_>,
    ids: &[PersonId],
) -> Result<HashMap<PersonId, Vec<ActRow>>, StoreError> {
    let mut acts: HashMap<PersonId, Vec<ActRow>> = HashMap::with_capacity(ids.len());
    for ActOf(person, act) in among::<ActOf<PersonId>, _>(from, OF_PERSONS, &[], ids).await? {
        acts.entry(person).or_default().push(act);
    }
    Ok(acts)
}

/// The acts of each of these households, each of which is given once.
async fn acts_of_households(
    from: &mut Source<'_>,
    ids: &[HouseholdId],
) -> Result<HashMap<HouseholdId, Vec<ActRow>>, StoreError> {
    let mut acts: HashMap<HouseholdId, Vec<ActRow>> = HashMap::with_capacity(ids.len());
    for ActOf(household, act) in among::<ActOf<HouseholdId>, _>(from, OF_HOUSEHOLDS, &[], ids).await? {
        acts.entry(household).or_default().push(act);
    }
    Ok(acts)
}

/// The records of many persons and households as they are, each given once; what has no acts is left out. Plain, because
/// only the pure rules of this crate read them; without members.
pub(crate) async fn records(
    from: &mut Source<'_>,
    persons: &[PersonId],
    households: &[HouseholdId],
) -> Result<Before, StoreError> {
    let mut found = Before::default();
    for (id, acts) in acts_of_persons(from, persons).await? {
        found.persons.insert(id, row::person(id, &acts));
    }
    for (id, acts) in acts_of_households(from, households).await? {
        found.households.insert(id, row::household(id, &acts));
    }
    Ok(found)
}

store::record! {
    /// The last numbers before a stretch that was reserved.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct Reserved {
        pub seq: ActSeq,
        pub person: PersonId,
        pub household: HouseholdId,
    }
}

/// Reserves numbers for so many acts, persons and households; gives those before the first of each. The caller holds the
/// [`lock`](super::lock) and uses all of them, so that the sequence has no gaps.
pub(crate) async fn reserve(
    tx: &mut Tx,
    acts: usize,
    persons: usize,
    households: usize,
) -> Result<Reserved, StoreError> {
    let (acts, persons, households) = (acts as i64, persons as i64, households as i64);
    let last: Reserved = tx
        .one(
            "UPDATE act_head SET seq = seq + $1, person = person + $2, household = household + $3 WHERE id = 1
             RETURNING seq, person, household",
            params![acts, persons, households],
        )
        .await?;
    Ok(Reserved {
        seq: ActSeq(last.seq.0 - acts),
        person: PersonId(last.person.0 - persons),
        household: HouseholdId(last.household.0 - households),
    })
}

/// Has an empty registry number its persons and households from here on.
pub(crate) async fn number_from(tx: &mut Tx, first: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE act_head SET person = $1, household = $1 WHERE id = 1", params![first]).await.map(drop)
}

/// What one statement writes of a batch.
enum Piece {
    Load { table: &'static str, columns: &'static [&'static str], rows: Vec<Vec<Value>> },
    Delete { sql: &'static str, rows: Vec<Vec<Value>> },
}

/// Acts on their way into the tables.
struct Batch {
    acts: Arc<Vec<Act>>,
    actor: i32,
    /// The earlier acts of records that are not new.
    persons: HashMap<PersonId, Vec<ActRow>>,
    households: HashMap<HouseholdId, Vec<ActRow>>,
    pieces: mpsc::Sender<Piece>,
}

/// Appends acts of one actor, in sequence, with the state that follows. Their numbers are [`reserve`]d; records beyond
/// `last` are new, so that nothing of them has to be read.
pub(crate) async fn append_all(
    tx: &mut Tx,
    by: &Actor,
    acts: Arc<Vec<Act>>,
    last: Reserved,
) -> Result<(), StoreError> {
    let actor = super::write::actor(tx, by).await?;
    let (mut persons, mut households) = (Vec::new(), Vec::new());
    for act in acts.iter() {
        let touched = act.content.touched();
        persons.extend(touched.persons.into_iter().filter(|p| *p <= last.person));
        households.extend(touched.households.into_iter().filter(|h| *h <= last.household));
    }
    persons.sort_unstable();
    persons.dedup();
    households.sort_unstable();
    households.dedup();
    // What was there and had no acts in reach is to be replaced all the same.
    let mut earlier = acts_of_persons(&mut Source::Tx(tx), &persons).await?;
    for id in persons {
        earlier.entry(id).or_default();
    }
    let mut before = acts_of_households(&mut Source::Tx(tx), &households).await?;
    for id in households {
        before.entry(id).or_default();
    }
    let (pieces, mut made) = mpsc::channel(WAITING);
    let batch = Batch { acts, actor, persons: earlier, households: before, pieces };
    let maker = tokio::task::spawn_blocking(move || batch.make());
    while let Some(piece) = made.recv().await {
        match piece {
            Piece::Load { table, columns, rows } => tx.load(table, columns, rows).await?,
            Piece::Delete { sql, rows } => tx.execute_many(sql, rows).await?,
        };
    }
    // Where it died, pieces are missing: nothing of the transaction may stay.
    maker.await.map_err(|_| StoreError::Other("the maker of rows has died".into())).map(drop)
}

impl Batch {
    /// Makes all rows, each kind in the order of its key, in which trees grow best. Stops where nobody listens any more.
    fn make(self) -> Option<()> {
        let (mut of_person, mut of_household) = (Vec::new(), Vec::new());
        for (part, acts) in self.acts.chunks(PIECE).enumerate() {
            for (at, act) in (part * PIECE..).zip(acts) {
                let touched = act.content.touched();
                of_person.extend(touched.persons.into_iter().map(|p| (p, at)));
                of_household.extend(touched.households.into_iter().map(|h| (h, at)));
            }
            self.load("act", ACT, acts.iter().map(|a| act_values(a, self.actor)))?;
        }
        of_person.sort_unstable();
        of_household.sort_unstable();
        let seq = |at: usize| self.acts[at].seq;
        self.load("act_person", ACT_PERSON, of_person.iter().map(|(p, at)| link_values(p.0, seq(*at))))?;
        self.load(
            "act_household",
            ACT_HOUSEHOLD,
            of_household.iter().map(|(h, at)| link_values(h.0, seq(*at))),
        )?;
        self.persons(&of_person)?;
        self.households(&of_household)
    }

    fn load(
        &self,
        table: &'static str,
        columns: &'static [&'static str],
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> Option<()> {
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            let rows = rows.by_ref().take(PIECE).collect();
            self.pieces.blocking_send(Piece::Load { table, columns, rows }).ok()?;
        }
        Some(())
    }

    fn delete(&self, sql: &'static str, rows: Vec<Vec<Value>>) -> Option<()> {
        if rows.is_empty() {
            return Some(());
        }
        self.pieces.blocking_send(Piece::Delete { sql, rows }).ok()
    }

    fn persons(&self, of_person: &[(PersonId, usize)]) -> Option<()> {
        // What a record claimed before follows from its acts, so that nothing need find claims by person.
        let claimed = |person: &Person| if person.registered { claims(person) } else { Vec::new() };
        let mut given_up = Vec::new();
        for (id, acts) in &self.persons {
            given_up.extend(
                claimed(&row::person(*id, acts))
                    .into_iter()
                    .map(|(number, kind)| claim_values(*id, (number, kind))),
            );
        }
        self.delete("DELETE FROM number_claim WHERE number = $1 AND kind = $2 AND person = $3", given_up)?;
        let ids = self.persons.keys().map(|id| vec![Value::Int(id.0)]).collect();
        self.delete("DELETE FROM person WHERE id = $1", ids)?;
        let mut numbers: Vec<(i64, i16, PersonId)> = Vec::new();
        let folded = of_person.chunk_by(|a, b| a.0 == b.0).filter_map(|run| {
            let id = run.first()?.0;
            let earlier = self.persons.get(&id).into_iter().flatten().map(|row| &row.0);
            let acts: Vec<&Act> = earlier.chain(run.iter().map(|(_, at)| &self.acts[*at])).collect();
            let person = fold::person(id, &acts, None);
            numbers.extend(claimed(&person).into_iter().map(|(number, kind)| (number, kind, id)));
            person.registered.then(|| person_values(&person))
        });
        self.load("person", PERSON, folded)?;
        numbers.sort_unstable();
        self.load(
            "number_claim",
            CLAIM,
            numbers.into_iter().map(|(number, kind, person)| claim_values(person, (number, kind))),
        )
    }

    fn households(&self, of_household: &[(HouseholdId, usize)]) -> Option<()> {
        let ids = self.households.keys().map(|id| vec![Value::Int(id.0)]).collect();
        self.delete("DELETE FROM household WHERE id = $1", ids)?;
        let folded = of_household.chunk_by(|a, b| a.0 == b.0).filter_map(|run| {
            let id = run.first()?.0;
            let earlier = self.households.get(&id).into_iter().flatten().map(|row| &row.0);
            let acts: Vec<&Act> = earlier.chain(run.iter().map(|(_, at)| &self.acts[*at])).collect();
            Some(household_values(&fold::household(id, &acts, None)))
        });
        self.load("household", HOUSEHOLD, folded)
    }
}
