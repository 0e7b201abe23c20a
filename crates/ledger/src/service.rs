//! The ledger: writing entries, and reading them back.

use crate::{
    Entry, LedgerError, Origin, Pending, Receipt, Record, Signer, Subject, VerifierKey,
    append::{BATCH, Queue},
    entry::Prepared,
    rows,
};
use std::sync::Arc;
use store::{Store, Tx};
use vocabulary::{FieldSet, Moment};

/// The ledger. Cheap to clone; all clones write through one task.
#[derive(Clone)]
pub struct Ledger {
    pub(crate) store: Store,
    pub(crate) signer: Arc<dyn Signer>,
    pub(crate) key: VerifierKey,
    queue: Queue,
}

/// Entries whose bytes and commitments are fixed: thousands are prepared on another thread than the one that writes.
#[derive(Default)]
pub struct PreparedEntries(Vec<Prepared>);

impl PreparedEntries {
    /// Fixes the entries, in this order.
    ///
    /// # Errors
    /// [`LedgerError::Invalid`] where one breaks a rule.
    pub fn new(entries: Vec<Entry>) -> Result<PreparedEntries, LedgerError> {
        prepare(entries).map(PreparedEntries)
    }

    /// Fixes more entries, behind those that are there.
    ///
    /// # Errors
    /// As [`PreparedEntries::new`].
    pub fn add(&mut self, entries: Vec<Entry>) -> Result<(), LedgerError> {
        self.0.append(&mut prepare(entries)?);
        Ok(())
    }

    /// Fixes an entry for each subject, behind those that are there: like the one given but for the subject, its fields,
    /// and the time, which is that of the fixing.
    ///
    /// # Errors
    /// As [`PreparedEntries::new`].
    pub fn add_alike(
        &mut self,
        entry: Entry,
        subjects: impl Iterator<Item = (Subject, FieldSet)>,
    ) -> Result<(), LedgerError> {
        entry.prepare_alike(subjects, &mut self.0)
    }
}

/// A stretch of a list of entries, the newest first.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Only entries below this place; [`u64::MAX`] for the newest.
    pub before: u64,
    /// At most so many.
    pub limit: u16,
}

impl Ledger {
    /// Opens the ledger of a store whose schema is in place ([`MIGRATIONS`](crate::MIGRATIONS)). It starts
    /// the thread that writes; [`Ledger::run`] is to be started beside it.
    ///
    /// # Errors
    /// [`LedgerError::OtherKey`] where the log was signed with another key or origin.
    pub async fn open(store: Store, signer: Arc<dyn Signer>, origin: Origin) -> Result<Ledger, LedgerError> {
        let key = VerifierKey::new(origin, &signer.public_key())
            .ok_or_else(|| crate::KeyError::Refused("the public key is not usable".to_owned()))?;
        let ledger = Ledger { queue: Queue::start(store.clone())?, store, signer, key };
        ledger.newest().await?;
        Ok(ledger)
    }

    /// The key with which outsiders check what the log signs.
    pub fn verifier_key(&self) -> &VerifierKey {
        &self.key
    }

    /// Writes an entry and waits until it is durable; concurrent callers share one synchronised write.
    ///
    /// # Errors
    /// [`LedgerError::Invalid`] where the entry breaks a rule; otherwise where it could not be written.
    pub async fn append(&self, entry: Entry) -> Result<Receipt, LedgerError> {
        self.queue.append(vec![entry.prepare()?]).await?.pop().ok_or(LedgerError::Closed)
    }

    /// Writes entries, in this order, and waits until all are durable. The receipts come in the same order. Up to
    /// 1,024 entries stand together; more are written in several transactions.
    ///
    /// # Errors
    /// As [`Ledger::append`]; then some of the entries may have been written.
    pub async fn append_all(&self, entries: Vec<Entry>) -> Result<Vec<Receipt>, LedgerError> {
        let mut entries = prepare(entries)?;
        let mut receipts = Vec::with_capacity(entries.len());
        while !entries.is_empty() {
            let rest = entries.split_off(entries.len().min(BATCH));
            receipts.append(&mut self.queue.append(entries).await?);
            entries = rest;
        }
        Ok(receipts)
    }

    /// Writes an entry in a transaction of the caller: it stands or falls with the change that it records. Make it the
    /// last statement: from here to the commit, no other process gets a place in the log.
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub async fn append_in(&self, tx: &mut Tx, entry: Entry) -> Result<Pending, LedgerError> {
        self.append_all_in(tx, vec![entry]).await?.pop().ok_or(LedgerError::Closed)
    }

    /// Writes entries in a transaction of the caller, as [`Ledger::append_in`].
    ///
    /// # Errors
    /// As [`Ledger::append`].
    pub async fn append_all_in(&self, tx: &mut Tx, entries: Vec<Entry>) -> Result<Vec<Pending>, LedgerError> {
        let entries = prepare(entries)?;
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let first = rows::append(tx, &entries).await?;
        Ok((first..).zip(&entries).map(|(seq, entry)| Pending::of(seq, entry)).collect())
    }

    /// Writes entries that were prepared beside the transaction, as [`Ledger::append_all_in`]; gives the last of them,
    /// which is durable where all are. None where there are no entries.
    ///
    /// # Errors
    /// Where they could not be written.
    pub async fn append_prepared_in(
        &self,
        tx: &mut Tx,
        entries: &PreparedEntries,
    ) -> Result<Option<Pending>, LedgerError> {
        let Some(last) = entries.0.last() else { return Ok(None) };
        let first = rows::append(tx, &entries.0).await?;
        Ok(Some(Pending::of(first + entries.0.len() as u64 - 1, last)))
    }

    /// The receipt of an entry written by [`Ledger::append_in`], once its transaction is durable.
    ///
    /// # Errors
    /// [`LedgerError::NotDurable`] where it is not.
    pub async fn confirm(&self, pending: Pending) -> Result<Receipt, LedgerError> {
        let stored = rows::commitment(&self.store, pending.seq()).await?;
        if stored.as_deref() == Some(pending.commitment().bytes()) {
            Ok(pending.into_receipt())
        } else {
            Err(LedgerError::NotDurable)
        }
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn size(&self) -> Result<u64, LedgerError> {
        Ok(rows::head(&self.store).await?)
    }

    /// One entry in full, for an inspection. The caller has asked `access` and has logged the reading.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchEntry`].
    pub async fn entry(&self, seq: u64) -> Result<Record, LedgerError> {
        rows::record(&self.store, seq).await?.ok_or(LedgerError::NoSuchEntry)
    }

    /// What a subject may see of the entries about itself: without those that are sealed at this time, and without
    /// what is withheld.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn of_subject(
        &self,
        subject: Subject,
        page: Page,
        now: Moment,
    ) -> Result<Vec<Record>, LedgerError> {
        rows::records_for_subject(&self.store, subject, page.before, page.limit, now).await
    }

    /// All entries of a subject, or of all subjects, in full, for an inspection. The caller has asked `access` and
    /// has logged the reading.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn for_inspection(
        &self,
        subject: Option<Subject>,
        page: Page,
    ) -> Result<Vec<Record>, LedgerError> {
        rows::records(&self.store, subject, page.before, page.limit).await
    }
}

fn prepare(entries: Vec<Entry>) -> Result<Vec<Prepared>, LedgerError> {
    entries.into_iter().map(Entry::prepare).collect()
}
