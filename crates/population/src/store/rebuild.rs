//! Making the current state from the acts, beside the state in use.

use super::{
    load::{Loaded, Rows, Writer},
    next::{NEXT, Next},
    row::{self, actor},
    write::{lock, save_household, save_person},
};
use crate::{acts::Act, fold};
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};
use store::{FromRow, Row, Store, StoreError, params, transact};
use tokio::task::JoinHandle;
use vocabulary::{ActSeq, Actor, HouseholdId, PersonId};

/// Records folded at once.
const STRETCH: i64 = 8_000;
/// Acts stand together where so few others stand between them.
const GAP: i64 = 4;
/// Stretches whose acts stand in more runs than this are read act by act.
const RUNS: usize = 64;

/// An actor with its number.
struct Numbered(i32, Actor);

impl FromRow for Numbered {
    fn from_row(row: &Row<'_>) -> Result<Numbered, StoreError> {
        Ok(Numbered(row.get(0)?, actor(row, 1)?))
    }
}

/// Records whose numbers lie side by side: the first is excluded, the last included.
type Range = (i64, i64);

/// What every stretch needs.
struct Source {
    store: Store,
    /// Acts up to this one are folded; what is recorded later is taken over at the end.
    until: ActSeq,
    actors: HashMap<i32, Actor>,
}

impl Source {
    /// The state of some persons, and of the households whose numbers lie beside theirs: mostly the same acts touch both,
    /// and are read once.
    async fn fold(&self, persons: Range, households: Range) -> Result<Rows, StoreError> {
        let of_persons = self.links("person", persons).await?;
        let of_households = self.links("household", households).await?;
        let mut wanted: Vec<ActSeq> = of_persons.iter().chain(&of_households).map(|(_, seq)| *seq).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let acts = self.acts(&wanted, persons, households).await?;
        let mut rows = Rows::default();
        each(&of_persons, &acts, |id, acts| rows.person(&fold::person(PersonId(id), acts, None)));
        each(&of_households, &acts, |id, acts| {
            rows.household(&fold::household(HouseholdId(id), acts, None));
        });
        Ok(rows)
    }

    /// Which acts touch which records of a kind, in the order of the records.
    async fn links(&self, kind: &str, (after, to): Range) -> Result<Vec<(i64, ActSeq)>, StoreError> {
        let sql = format!(
            "SELECT {kind}, seq FROM act_{kind} WHERE {kind} > $1 AND {kind} <= $2 AND seq <= $3 ORDER BY {kind}, seq"
        );
        self.store.all(&sql, params![after, to, self.until]).await
    }

    /// The acts with these numbers, perhaps with others between them, in their order.
    async fn acts(
        &self,
        wanted: &[ActSeq],
        persons: Range,
        households: Range,
    ) -> Result<Vec<Act>, StoreError> {
        const FROM_TO: &str = "SELECT seq, actor, body FROM act WHERE seq BETWEEN $1 AND $2 ORDER BY seq";
        const TOUCHING: &str = "SELECT seq, actor, body FROM act WHERE seq IN (
                SELECT seq FROM act_person WHERE person > $1 AND person <= $2
                UNION SELECT seq FROM act_household WHERE household > $3 AND household <= $4
            ) AND seq <= $5 ORDER BY seq";
        // Acts that were loaded together stand together, and are read in a few runs.
        let runs: Vec<&[ActSeq]> = wanted.chunk_by(|a, b| b.0 - a.0 <= GAP).take(RUNS + 1).collect();
        let mut acts = Vec::with_capacity(wanted.len());
        if runs.len() > RUNS {
            let range = params![persons.0, persons.1, households.0, households.1, self.until];
            self.decode(self.store.all(TOUCHING, range).await?, &mut acts)?;
        } else {
            for run in runs {
                let ends = run.first().zip(run.last());
                if let Some((first, last)) = ends {
                    self.decode(self.store.all(FROM_TO, params![first, last]).await?, &mut acts)?;
                }
            }
        }
        Ok(acts)
    }

    fn decode(&self, rows: Vec<(ActSeq, i32, Vec<u8>)>, acts: &mut Vec<Act>) -> Result<(), StoreError> {
        for (seq, by, body) in rows {
            let unknown = || StoreError::Other("an act names an actor that is not there".into());
            acts.push(row::act(seq, &body, self.actors.get(&by).ok_or_else(unknown)?.clone())?);
        }
        Ok(())
    }
}

/// Gives each record with its acts.
fn each(links: &[(i64, ActSeq)], acts: &[Act], mut record: impl FnMut(i64, &[&Act])) {
    let mut own: Vec<&Act> = Vec::new();
    for of_one in links.chunk_by(|a, b| a.0 == b.0) {
        own.clear();
        own.extend(of_one.iter().filter_map(|(_, seq)| {
            acts.binary_search_by_key(seq, |a| a.seq).ok().and_then(|at| acts.get(at))
        }));
        if let Some((id, _)) = of_one.first() {
            record(*id, &own);
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
    let source = Arc::new(Source { store: store.clone(), until: seq, actors });
    let folded = fold_all(&source, &writer, (persons, households), &mut progress).await;
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

/// Folds everything, as many stretches at once as there are processors, and has them written in their order.
async fn fold_all(
    source: &Arc<Source>,
    writer: &Writer,
    (persons, households): (i64, i64),
    progress: &mut impl FnMut(Loaded),
) -> Result<Loaded, StoreError> {
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let last = persons.max(households);
    // Households are numbered along with persons, fewer of them.
    let share = |of: i64, to: i64| (i128::from(of) * i128::from(to) / i128::from(last.max(1))) as i64;
    let mut total = Loaded::default();
    let mut under_way: VecDeque<(i64, JoinHandle<Result<Rows, StoreError>>)> = VecDeque::new();
    let mut after = 0;
    while after < last || !under_way.is_empty() {
        while after < last && under_way.len() < at_once {
            let to = last.min(after + STRETCH);
            let range = |of: i64| (share(of, after), share(of, to));
            let (source, of_persons, of_households) = (source.clone(), range(persons), range(households));
            let folding = tokio::spawn(async move { source.fold(of_persons, of_households).await });
            under_way.push_back((to, folding));
            after = to;
        }
        let Some((to, folding)) = under_way.pop_front() else { break };
        let rows =
            folding.await.map_err(|_| StoreError::Other("a part of the rebuild has died".into()))??;
        let count = rows.count();
        if !writer.send(rows).await {
            break;
        }
        total.persons += count.persons;
        total.households += count.households;
        // As many as are behind the records so far.
        total.acts = share(source.until.0, to).unsigned_abs();
        progress(total);
    }
    Ok(total)
}
