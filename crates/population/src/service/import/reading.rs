//! An import under way: while one batch is written, the next one is made ready, for a registry that has come as far as it
//! will be then. Where somebody else records meanwhile, that was in vain, and the batch is made ready anew.

use super::{
    BREAK, ImportJob, Progress,
    batch::Taking,
    claimed::Claimed,
    file::{Parcel, Parcels, Places},
    known::{Books, Brought, Known},
    report,
    settle::Settled,
};
use crate::{
    service::{Ask, Error, Population},
    store::{self, JobRow, Reserved, Source},
};
use ::store::transact;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
};
use tokio::task::JoinHandle;
use vocabulary::{Actor, Basis, FieldSet, Moment, Problem, UnitCode, Violation, kinds};

/// The rows of a file on their way into the registry.
pub(super) struct Reading<'a> {
    population: &'a Population,
    ask: &'a Ask,
    basis: &'a Basis,
    places: Places,
    may: HashMap<Option<UnitCode>, Option<FieldSet>>,
    claimed: Claimed,
    /// The import, as far as it is durable.
    pub job: ImportJob,
    /// How far the registry is once what is on its way is written.
    head: Reserved,
    flying: Option<Flying>,
}

/// A batch that is being written.
struct Flying {
    /// Tells whether it was: not where the registry had come further than expected.
    task: JoinHandle<Result<bool, Error>>,
    parcel: Parcel,
    brought: Brought,
    /// The import once it is written.
    after: ImportJob,
}

/// How a file ends.
pub(super) enum End {
    Whole,
    /// It cannot be read further.
    Broken(Violation),
    /// Somebody stopped the reading.
    Stopped,
}

impl<'a> Reading<'a> {
    pub(super) async fn begin(
        population: &'a Population,
        ask: &'a Ask,
        basis: &'a Basis,
        job: ImportJob,
    ) -> Result<Reading<'a>, Error> {
        let places = Places::new(&job.settings.mapping);
        let claimed = Claimed::read(&population.store).await?;
        let head = store::head(&population.store).await?;
        Ok(Reading { population, ask, basis, places, may: HashMap::new(), claimed, job, head, flying: None })
    }

    /// Takes rows in until there are no more, or until `stop`. Every batch before is durable then.
    pub(super) async fn run(
        &mut self,
        parcels: &mut Parcels,
        stop: &AtomicBool,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<End, Error> {
        let end = loop {
            let Some(next) = parcels.next().await else { break End::Stopped };
            let parcel = match next {
                Ok(Some(parcel)) => parcel,
                Ok(None) => break End::Whole,
                Err(fault) => break End::Broken(fault),
            };
            // A row of somebody who is on the way can be compared with that record once it is there.
            if self.flying.as_ref().is_some_and(|flying| flying.brought.concerns(&parcel.lines)) {
                self.land(parcels, progress).await?;
            }
            let settled = self.settle(&parcel).await;
            let moved = self.land(parcels, progress).await?;
            if stop.load(Ordering::Relaxed) {
                break End::Stopped;
            }
            let settled = if moved { self.settle(&parcel).await? } else { settled? };
            self.launch(settled, parcel)?;
        };
        self.land(parcels, progress).await?;
        Ok(end)
    }

    /// Makes a batch ready.
    async fn settle(&mut self, parcel: &Parcel) -> Result<Settled, Error> {
        let mut books = Books {
            registry: Source::Store(&self.population.store),
            trial: None,
            claimed: &self.claimed,
            last: self.head.seq,
        };
        let mut known = Known::read(&mut books, self.job.id, &parcel.lines).await?;
        if let Some(flying) = &self.flying {
            known.expect(&flying.brought, &parcel.lines);
        }
        let mut taking = Taking {
            population: self.population,
            ask: self.ask,
            basis: self.basis,
            job: self.job.id,
            file: &self.job.file.name,
            settings: &self.job.settings,
            trial: false,
            may: &mut self.may,
        };
        taking.settle(&mut books, self.head, &parcel.lines, &known).await
    }

    /// Begins to write a batch, which goes on beside what follows.
    fn launch(&mut self, mut settled: Settled, parcel: Parcel) -> Result<(), Error> {
        let mut after = self.job.clone();
        after.changed = Moment::now();
        let rejects = report(&mut after, &self.places, &parcel.lines, &settled.out)?;
        after.count(parcel.lines.len(), &settled.out);
        self.head = settled.until();
        self.claimed.took(&parcel.lines, settled.from.seq, self.head.seq);
        let brought = std::mem::take(&mut settled.brought);
        let writing = Writing {
            population: self.population.clone(),
            by: self.ask.caller.actor.clone(),
            done: self.job.counts.rows,
            job: after.row()?,
            rejects,
            settled,
        };
        self.flying = Some(Flying { task: tokio::spawn(writing.run()), parcel, brought, after });
        Ok(())
    }

    /// Waits until the batch on its way is durable, or writes it anew; whether that was needed.
    async fn land(
        &mut self,
        parcels: &Parcels,
        progress: &mut (impl FnMut(Progress) + Send),
    ) -> Result<bool, Error> {
        let Some(Flying { task, parcel, after, .. }) = self.flying.take() else { return Ok(false) };
        let written = task.await.map_err(|_| Problem::new(&kinds::INTERNAL))??;
        if written {
            self.job = after;
        } else {
            // What is remembered has this batch in place of what others have recorded, perhaps with as many acts.
            self.claimed = Claimed::unknown();
            self.take(&parcel).await?;
        }
        progress(Progress { counts: self.job.counts, bytes: parcel.progress });
        parcels.done_with(parcel.lines);
        Ok(!written)
    }

    /// Takes a batch in, in one transaction that nobody can come before.
    async fn take(&mut self, parcel: &Parcel) -> Result<(), Error> {
        let Reading { population, ask, basis, places, may, claimed, job, .. } = self;
        let id = job.id;
        let (next, pending, before, until) = transact!(population.store, tx => {
            let before = store::lock(tx).await?;
            not_ahead(tx, id, job.counts.rows).await?;
            let mut taking = Taking {
                population, ask, basis, job: id, file: &job.file.name, settings: &job.settings, trial: false, may,
            };
            let mut books = Books { registry: Source::Tx(&mut *tx), trial: None, claimed, last: before };
            let mut settled = taking.take(&mut books, &parcel.lines).await?;
            let mut next = job.clone();
            next.changed = Moment::now();
            let rejects = report(&mut next, places, &parcel.lines, &settled.out)?;
            next.count(parcel.lines.len(), &settled.out);
            store::add_rejects(tx, id, rejects).await?;
            store::save_job(tx, &next.row()?).await?;
            Ok::<_, Error>((next, settled.out.pending.take(), before, settled.until()))
        })?;
        population.durable(pending).await?;
        claimed.took(&parcel.lines, before, until.seq);
        (self.job, self.head) = (next, until);
        Ok(())
    }
}

/// What a task of its own needs to write a batch.
struct Writing {
    population: Population,
    by: Actor,
    /// Rows that were dealt with before.
    done: i64,
    job: JobRow,
    rejects: Vec<(i64, String, String)>,
    settled: Settled,
}

impl Writing {
    async fn run(self) -> Result<bool, Error> {
        let Writing { population, by, done, job, rejects, mut settled } = self;
        let (written, pending) = transact!(population.store, tx => {
            store::lock(tx).await?;
            not_ahead(tx, job.id, done).await?;
            if store::reserve(tx, 0, 0, 0).await? != settled.from {
                return Ok((false, None));
            }
            settled.write(&population.ledger, job.id, &by, tx).await?;
            store::add_rejects(tx, job.id, rejects.clone()).await?;
            store::save_job(tx, &job).await?;
            Ok::<_, Error>((true, settled.out.pending.take()))
        })?;
        population.durable(pending).await?;
        Ok(written)
    }
}

/// Refuses where another process has gone on with the import.
async fn not_ahead(tx: &mut ::store::Tx, id: i64, done: i64) -> Result<(), Error> {
    let stored = store::job_in(tx, id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    if stored.done == done { Ok(()) } else { Err(Problem::from(BREAK.at("import")).into()) }
}
