//! Group commit: whoever waits to be logged is logged together, in one durable transaction.

use crate::{LedgerError, Receipt, entry::Prepared, rows};
use std::time::Duration;
use store::{Store, StoreError, transact};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout_at},
};

/// Callers that may wait for their turn; the next one waits before it has entered.
const QUEUE: usize = 4096;
/// Entries in one transaction, unless a single caller brings more.
pub const BATCH: usize = 1024;

/// From so many entries in a transaction on, callers come in a crowd: the next transaction waits a little for the rest
/// of it, since a synchronised write costs the same for one entry and for a hundred. A lone caller never waits.
const CROWD: usize = 4;
/// How long it waits at most.
const LINGER: Duration = Duration::from_millis(2);
/// A transaction of so many entries is worth its write; it waits no longer.
const ENOUGH: usize = 256;

/// The entries of one caller.
struct Job {
    entries: Vec<Prepared>,
    done: oneshot::Sender<Result<Vec<Receipt>, StoreError>>,
}

/// The way to the thread that writes. The thread ends when the last clone is gone.
#[derive(Clone)]
pub struct Queue(mpsc::Sender<Job>);

impl Queue {
    /// Starts the thread that writes. It has a runtime of its own: requests by the hundred on the shared one would
    /// stand before it, and each of them waits for it.
    pub fn start(store: Store) -> Result<Queue, LedgerError> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new()
            .name("ledger-writer".into())
            .spawn(move || runtime.block_on(write(store, receiver)))?;
        Ok(Queue(sender))
    }

    /// Waits until the entries are durable.
    pub async fn append(&self, entries: Vec<Prepared>) -> Result<Vec<Receipt>, LedgerError> {
        let (done, receipts) = oneshot::channel();
        self.0.send(Job { entries, done }).await.map_err(|_| LedgerError::Closed)?;
        Ok(receipts.await.map_err(|_| LedgerError::Closed)??)
    }
}

async fn write(store: Store, mut queue: mpsc::Receiver<Job>) {
    let mut last = 0;
    while let Some(first) = queue.recv().await {
        let (batch, callers) = gather(first, &mut queue, if last >= CROWD { last } else { 0 }).await;
        last = batch.len();
        let written = transact!(store, tx => rows::append(tx, &batch).await);
        if let Err(error) = &written {
            tracing::error!(%error, entries = batch.len(), "ledger entries could not be written");
        }
        let mut entries = batch.iter();
        let mut places = written.clone().unwrap_or_default()..;
        for (count, done) in callers {
            let receipts = entries.by_ref().zip(places.by_ref()).take(count);
            let receipts = receipts.map(|(entry, seq)| Receipt::of(seq, entry)).collect();
            // A caller that was cancelled meanwhile is logged all the same.
            let _ = done.send(written.clone().map(|_| receipts));
        }
    }
}

type Callers = Vec<(usize, oneshot::Sender<Result<Vec<Receipt>, StoreError>>)>;

/// The entries that share the next transaction, and who waits for how many of them. It waits for as many as came last
/// time, since callers whose entry has just been written come back with the next.
async fn gather(first: Job, queue: &mut mpsc::Receiver<Job>, expected: usize) -> (Vec<Prepared>, Callers) {
    let mut batch = first.entries;
    let mut callers = vec![(batch.len(), first.done)];
    let until = Instant::now() + LINGER;
    while batch.len() < BATCH {
        let job = match queue.try_recv() {
            Ok(job) => Some(job),
            Err(_) if batch.len() < expected.min(ENOUGH) => {
                timeout_at(until, queue.recv()).await.ok().flatten()
            }
            Err(_) => None,
        };
        let Some(mut job) = job else { break };
        callers.push((job.entries.len(), job.done));
        batch.append(&mut job.entries);
    }
    (batch, callers)
}
