//! Large results, a little at a time.

use crate::{FromRow, StoreError};
use tokio::sync::mpsc;

/// Rows handed over at once, and how many such parcels may wait: together they bound the memory of a scan.
const PARCEL: usize = 256;
const PARCELS: usize = 2;

/// Some rows, or the end. A channel that closes before it was cut off.
type Parcel<T> = Result<Option<Vec<T>>, StoreError>;

/// A result that arrives while it is read. Dropped early, it stops the reading.
pub struct Scan<T> {
    parcels: mpsc::Receiver<Parcel<T>>,
    current: std::vec::IntoIter<T>,
    over: bool,
}

impl<T: FromRow> Scan<T> {
    /// The next row, or `None` at the end.
    ///
    /// # Errors
    /// Where the reading failed; after an error there are no further rows.
    pub async fn next(&mut self) -> Result<Option<T>, StoreError> {
        loop {
            if let Some(row) = self.current.next() {
                return Ok(Some(row));
            }
            match self.receive().await? {
                Some(parcel) => self.current = parcel.into_iter(),
                None => return Ok(None),
            }
        }
    }

    /// The next parcel of some hundred rows, or `None` at the end; for consumers that write in batches.
    ///
    /// # Errors
    /// As [`Scan::next`].
    pub async fn next_parcel(&mut self) -> Result<Option<Vec<T>>, StoreError> {
        if self.current.len() > 0 {
            return Ok(Some(self.current.by_ref().collect()));
        }
        self.receive().await
    }

    async fn receive(&mut self) -> Result<Option<Vec<T>>, StoreError> {
        if self.over {
            return Ok(None);
        }
        let parcel = match self.parcels.recv().await {
            Some(parcel) => parcel,
            // Less than the whole must never look like the whole.
            None => Err(StoreError::other("the scan was cut off")),
        };
        self.over = !matches!(parcel, Ok(Some(_)));
        parcel
    }
}

/// The end of a scan into which an engine puts rows.
pub(crate) struct Rows<T> {
    parcels: mpsc::Sender<Parcel<T>>,
    current: Vec<T>,
}

pub(crate) fn channel<T>() -> (Rows<T>, Scan<T>) {
    let (sender, receiver) = mpsc::channel(PARCELS);
    let scan = Scan { parcels: receiver, current: Vec::new().into_iter(), over: false };
    (Rows { parcels: sender, current: Vec::with_capacity(PARCEL) }, scan)
}

/// The consumer is gone; nobody will see this error.
fn unwanted() -> StoreError {
    StoreError::other("the scan was given up")
}

impl<T: FromRow> Rows<T> {
    fn add(&mut self, row: T) -> Option<Parcel<T>> {
        self.current.push(row);
        (self.current.len() == PARCEL)
            .then(|| Ok(Some(std::mem::replace(&mut self.current, Vec::with_capacity(PARCEL)))))
    }

    pub(crate) fn push_blocking(&mut self, row: T) -> Result<(), StoreError> {
        match self.add(row) {
            Some(parcel) => self.parcels.blocking_send(parcel).map_err(|_| unwanted()),
            None => Ok(()),
        }
    }

    pub(crate) fn finish_blocking(self, outcome: Result<(), StoreError>) {
        // A consumer that has gone away needs no end.
        if !self.current.is_empty() {
            let _ = self.parcels.blocking_send(Ok(Some(self.current)));
        }
        let _ = self.parcels.blocking_send(outcome.map(|()| None));
    }

    pub(crate) async fn push(&mut self, row: T) -> Result<(), StoreError> {
        match self.add(row) {
            Some(parcel) => self.parcels.send(parcel).await.map_err(|_| unwanted()),
            None => Ok(()),
        }
    }

    pub(crate) async fn finish(self, outcome: Result<(), StoreError>) {
        if !self.current.is_empty() {
            let _ = self.parcels.send(Ok(Some(self.current))).await;
        }
        let _ = self.parcels.send(outcome.map(|()| None)).await;
    }
}
