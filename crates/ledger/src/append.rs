//! Group commit: whoever waits to be logged is logged together, in one durable transaction.

use crate::{LedgerError, Receipt, entry::Prepared, rows};
use store::{Store, StoreError, transact};
use tokio::sync::{mpsc, oneshot};

/// Callers that may wait for their turn; the next one waits before it has entered.
const QUEUE: usize = 4096;
/// Entries in one transaction, unless a single caller brings more.
pub const BATCH: usize = 1024;

/// The entries of one caller.
struct Job {
    entries: Vec<Prepared>,
    done: oneshot::Sender<Result<Vec<Receipt>, StoreError>>,
}

/// The way to the task that writes. The task ends when the last clone is gone.
#[derive(Clone)]
pub struct Queue(mpsc::Sender<Job>);

impl Queue {
    /// Starts the task that writes.
    pub fn start(store: Store) -> Queue {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(write(store, receiver));
        Queue(sender)
    }

    /// Waits until the entries are durable.
    pub async fn append(&self, entries: Vec<Prepared>) -> Result<Vec<Receipt>, LedgerError> {
        let (done, receipts) = oneshot::channel();
        self.0.send(Job { entries, done }).await.map_err(|_| LedgerError::Closed)?;
        Ok(receipts.await.map_err(|_| LedgerError::Closed)??)
    }
}

async fn write(store: Store, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.recv().await {
        let mut batch = first.entries;
        let mut callers = vec![(batch.len(), first.done)];
        while batch.len() < BATCH
            && let Ok(mut job) = queue.try_recv()
        {
            callers.push((job.entries.len(), job.done));
            batch.append(&mut job.entries);
        }
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
