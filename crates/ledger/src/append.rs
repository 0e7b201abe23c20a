//! Group commit: whoever waits to be logged is logged together, in one durable transaction.

use crate::{LedgerError, Receipt, entry::Prepared, rows};
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use store::{Store, StoreError, transact};
use tokio::{runtime::Handle, sync::oneshot};

/// Entries in one transaction, unless a single caller brings more.
pub const BATCH: usize = 1024;

/// From so many entries in a transaction on, callers come in a crowd: the next transaction waits a little for the rest
/// of it, since a synchronised write costs the same for one entry and for a hundred. A lone caller never waits.
const CROWD: usize = 4;
/// How long it waits at most.
const LINGER: Duration = Duration::from_millis(2);
/// A transaction of so many entries is worth its write; it waits no longer.
const ENOUGH: usize = 256;

type Done = oneshot::Sender<Result<Vec<Receipt>, StoreError>>;

/// The entries of one caller.
struct Job {
    entries: Vec<Prepared>,
    done: Done,
}

/// Who stands in line. There are as many jobs as callers, since each waits for its answer.
#[derive(Default)]
struct Line {
    jobs: Vec<Job>,
    entries: usize,
    /// From so many entries on the writer wants to be woken. Waking it for each would cost more than writing them.
    wanted: usize,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    line: Mutex<Line>,
    enough: Condvar,
}

impl Shared {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for callers: for the first, and a little for as many as came last time, since callers whose entry has just
    /// been written come back with the next. Nothing once the line is closed and empty.
    fn next(&self, expected: usize) -> Option<Vec<Job>> {
        let mut line = self.line();
        line.wanted = 1;
        while line.jobs.is_empty() {
            if line.closed {
                return None;
            }
            line = self.enough.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
        line.wanted = expected.min(ENOUGH);
        let until = Instant::now() + LINGER;
        while line.entries < line.wanted && !line.closed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            line = self.enough.wait_timeout(line, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        line.wanted = usize::MAX;
        let mut entries = 0;
        let fits = |job: &&Job| {
            let first = entries == 0;
            entries += job.entries.len();
            first || entries <= BATCH
        };
        let count = line.jobs.iter().take_while(fits).count();
        let jobs: Vec<Job> = line.jobs.drain(..count).collect();
        line.entries -= jobs.iter().map(|job| job.entries.len()).sum::<usize>();
        Some(jobs)
    }
}

/// The way to the thread that writes. The thread ends when the last clone is gone.
#[derive(Clone)]
pub struct Queue(Arc<Entrance>);

struct Entrance(Arc<Shared>);

impl Drop for Entrance {
    fn drop(&mut self) {
        self.0.line().closed = true;
        self.0.enough.notify_one();
    }
}

impl Queue {
    /// Starts the thread that writes, beside the runtime on which it is called: as a task of that, it would stand behind
    /// requests by the hundred that all wait for it.
    pub fn start(store: Store) -> Result<Queue, LedgerError> {
        let shared = Arc::new(Shared::default());
        let line = Arc::clone(&shared);
        let runtime = Handle::try_current().map_err(std::io::Error::other)?;
        std::thread::Builder::new()
            .name("ledger-writer".into())
            .spawn(move || write(&store, &line, &runtime))?;
        Ok(Queue(Arc::new(Entrance(shared))))
    }

    /// Waits until the entries are durable.
    pub async fn append(&self, entries: Vec<Prepared>) -> Result<Vec<Receipt>, LedgerError> {
        let (done, receipts) = oneshot::channel();
        let shared = &self.0.0;
        let enough = {
            let mut line = shared.line();
            line.entries += entries.len();
            line.jobs.push(Job { entries, done });
            line.entries >= line.wanted
        };
        if enough {
            shared.enough.notify_one();
        }
        Ok(receipts.await.map_err(|_| LedgerError::Closed)??)
    }
}

fn write(store: &Store, line: &Shared, runtime: &Handle) {
    let mut last = 0;
    while let Some(jobs) = line.next(if last >= CROWD { last } else { 0 }) {
        let mut batch = Vec::with_capacity(jobs.len());
        let mut waiting = Vec::with_capacity(jobs.len());
        for Job { mut entries, done } in jobs {
            waiting.push((entries.len(), done));
            batch.append(&mut entries);
        }
        last = batch.len();
        let written = runtime
            .block_on(async { transact!(store, tx => { tx.apart(); rows::append(tx, &batch).await }) });
        if let Err(error) = &written {
            tracing::error!(%error, entries = batch.len(), "ledger entries could not be written");
        }
        // One task wakes them all where they run, instead of a hundred calls across threads.
        runtime.spawn(async move { answer(&batch, written, waiting) });
    }
}

/// Tells each caller the places of his entries. One that was cancelled meanwhile is logged all the same.
fn answer(batch: &[Prepared], written: Result<u64, StoreError>, waiting: Vec<(usize, Done)>) {
    let mut entries = batch.iter();
    let mut places = written.clone().unwrap_or_default()..;
    for (count, done) in waiting {
        let receipts = entries.by_ref().zip(places.by_ref()).take(count);
        let receipts = receipts.map(|(entry, seq)| Receipt::of(seq, entry)).collect();
        let _ = done.send(written.clone().map(|_| receipts));
    }
}
