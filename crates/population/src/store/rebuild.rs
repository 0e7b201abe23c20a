//! Making the current state from the acts, beside the state in use.

use super::{
    load::{Loaded, Rows, Writer},
    next::{NEXT, Next},
    row::{self, actor},
    write::{lock, save_household, save_person},
};
use crate::{acts::Act, fold};
use std::collections::{BTreeSet, HashMap};
use store::{FromRow, Row, Store, StoreError, params, transact};
use vocabulary::{ActSeq, Actor, HouseholdId, PersonId};

/// Records folded at once.
const STRETCH: i64 = 8_000;

/// An actor with its number.
struct Numbered(i32, Actor);

impl FromRow for Numbered {
    fn from_row(row: &Row<'_>) -> Result<Numbered, StoreError> {
        Ok(Numbered(row.get(0)?, actor(row, 1)?))
    }
}

/// Which acts touch which records of a stretch, and those acts.
struct Stretch {
    links: Vec<(i64, ActSeq)>,
    acts: Vec<Act>,
}

impl Stretch {
    /// Reads the acts that touch the records of one kind with numbers beyond `after`, up to `to`, recorded up to `until`.
    async fn read(
        store: &Store,
        kind: &str,
        (after, to): (i64, i64),
        until: ActSeq,
        actors: &HashMap<i32, Actor>,
    ) -> Result<Stretch, StoreError> {
        let these = format!("FROM act_{kind} WHERE {kind} > $1 AND {kind} <= $2 AND seq <= $3");
        let range = params![after, to, until];
        let links = format!("SELECT {kind}, seq {these} ORDER BY {kind}, seq");
        let acts = format!("SELECT seq, actor, body FROM act WHERE seq IN (SELECT seq {these}) ORDER BY seq");
        let links = store.all(&links, range).await?;
        let rows: Vec<(ActSeq, i32, Vec<u8>)> = store.all(&acts, range).await?;
        let unknown = || StoreError::Other("an act names an actor that is not there".into());
        let act = |(seq, by, body): (ActSeq, i32, Vec<u8>)| {
            row::act(seq, &body, actors.get(&by).ok_or_else(unknown)?.clone())
        };
        Ok(Stretch { links, acts: rows.into_iter().map(act).collect::<Result<_, _>>()? })
    }

    /// Gives each record with its acts.
    fn each(&self, mut record: impl FnMut(i64, &[&Act])) {
        let mut own: Vec<&Act> = Vec::new();
        for of_one in self.links.chunk_by(|a, b| a.0 == b.0) {
            own.clear();
            own.extend(of_one.iter().filter_map(|(_, seq)| {
                self.acts.binary_search_by_key(seq, |a| a.seq).ok().and_then(|at| self.acts.get(at))
            }));
            if let Some((id, _)) = of_one.first() {
                record(*id, &own);
            }
        }
    }
}

/// Rebuilds persons, households and number claims from the acts. Meanwhile the old state is read and acts are recorded;
/// what was recorded since the beginning is taken over at the end. Cut off or failed, it leaves everything as it was.
///
/// # Errors
/// Where an act cannot be read, or the store fails.
pub async fn rebuild(store: &Store, mut progress: impl FnMut(Loaded)) -> Result<Loaded, StoreError> {
    let (next, (seq, persons, households)) = transact!(store, tx => {
        lock(tx).await?;
        let head: (ActSeq, i64, i64) =
            tx.one("SELECT seq, person, household FROM act_head WHERE id = 1", params![]).await?;
        Ok::<_, StoreError>((Next::begin(tx).await?, head))
    })?;
    let actors: Vec<Numbered> =
        store.all("SELECT id, system, officer, agency, unit FROM actor", params![]).await?;
    let actors: HashMap<i32, Actor> = actors.into_iter().map(|Numbered(id, actor)| (id, actor)).collect();
    let writer = Writer::start(store);
    let folded = fold_all(store, &writer, (seq, persons, households), &actors, &mut progress).await;
    // Where the writer has failed, its own reason is the one to tell.
    writer.finish().await?;
    let mut total = folded?;
    next.index(store).await?;
    transact!(store, tx => {
        lock(tx).await?;
        let since = ActSeq(seq.0 + 1);
        let persons: Vec<PersonId> =
            tx.all("SELECT person FROM act_person WHERE seq >= $1", params![since]).await?;
        for id in persons.into_iter().collect::<BTreeSet<_>>() {
            save_person(tx, NEXT, id, since).await?;
        }
        let households: Vec<HouseholdId> =
            tx.all("SELECT household FROM act_household WHERE seq >= $1", params![since]).await?;
        for id in households.into_iter().collect::<BTreeSet<_>>() {
            save_household(tx, NEXT, id).await?;
        }
        next.put_in_place(tx).await
    })?;
    total.acts = seq.0.unsigned_abs();
    progress(total);
    Ok(total)
}

async fn fold_all(
    store: &Store,
    writer: &Writer,
    (seq, persons, households): (ActSeq, i64, i64),
    actors: &HashMap<i32, Actor>,
    progress: &mut impl FnMut(Loaded),
) -> Result<Loaded, StoreError> {
    let mut total = Loaded::default();
    for (kind, last) in [("person", persons), ("household", households)] {
        let mut after = 0;
        while after < last {
            let to = last.min(after + STRETCH);
            let stretch = Stretch::read(store, kind, (after, to), seq, actors).await?;
            let mut rows = Rows::default();
            stretch.each(|id, acts| match kind {
                "person" => rows.person(&fold::person(PersonId(id), acts, None)),
                _ => rows.household(&fold::household(HouseholdId(id), acts, None)),
            });
            let count = rows.count();
            if !writer.send(rows).await {
                return Ok(total);
            }
            total.persons += count.persons;
            total.households += count.households;
            // As many as are behind the persons so far.
            if kind == "person" {
                total.acts = (seq.0 as f64 * to as f64 / last as f64) as u64;
            }
            progress(total);
            after = to;
        }
    }
    Ok(total)
}
