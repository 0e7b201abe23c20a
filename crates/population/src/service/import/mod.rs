//! Import of register files: row by row into the registry, in batches, each in one transaction with its acts, its ledger
//! entries and the place in the file, so that an import that was cut off goes on exactly where it stood.
//!
//! A row is taken in, taken in with warnings, found to be there already, or rejected with its reasons. What a record
//! says is never overwritten: a row that differs is rejected, or, where the caller asks for it, becomes a record of its
//! own that is then examined as a duplicate.

mod batch;
mod claimed;
mod doubles;
mod file;
mod job;
mod known;
mod lawful;
mod link;
mod reading;
mod runs;
mod same;
mod settle;
mod trial;

pub use file::{known_headers, recognise};
pub use job::{
    Counts, Differing, IMPORT_BATCH, ImportFile, ImportJob, ImportState, Preview, PreviewRow, Progress,
    Reason, Rejected, Settings, Tallied, Tally,
};
pub(crate) use runs::Runs;
pub use runs::{Run, Tried, first_settings, open, rejects_writer, write_rejects};

use super::{Ask, Error, Population};
use crate::{
    columns::Fault,
    problems::IMPORT_FILE,
    rules::Before,
    store::{self, Source},
};
use ::store::transact;
use access::{Action, UnitScope};
use batch::{Outcome, Taking};
use claimed::Claimed;
use file::{Places, read_parcels};
use job::json;
use known::Books;
use ledger::Entry;
use reading::{End, Reading};
use std::{
    collections::HashMap,
    fs::File,
    io::{Read, Seek, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tabular::{Mapping, Table};
use trial::Trial;
use vocabulary::{ActSeq, Basis, Invalid, Moment, PartialDate, Problem, Violation, kinds};

const BREAK: Invalid = Invalid::new(
    "import/changed",
    "Đợt nhập này đang được tiến trình khác thực hiện",
    "Another process is working on this import",
);

/// Bytes of a kept file that are written together.
const PART: u64 = 1 << 20;
/// Persons of a registry that is searched quickly without an index.
const FEW: i64 = 10_000;
/// Bytes of a file from which on it is worth while to make the indexes of searches at the end.
const LARGE: u64 = 256 << 10;

/// The first rows of a file, as they would be read.
///
/// # Errors
/// A problem of the file where it cannot be read that far.
pub fn preview(table: &mut Table, mapping: Mapping, rows: usize) -> Result<Preview, Problem> {
    let places = Arc::new(Places::new(&mapping));
    let today = PartialDate::today();
    let mut shown = Vec::new();
    while shown.len() < rows {
        let mut row = tabular::Row::default();
        if !table.read(&mut row).map_err(unreadable)? {
            break;
        }
        let line = Places::line(&places, 0, &row, today, &mut Before::default());
        let reasons = |faults: &[Fault]| faults.iter().map(|f| places.reason(f)).collect::<Vec<_>>();
        let mut refused = line.unread.clone();
        refused.extend(reasons(&line.told.refused));
        let mut warnings = line.remarks.clone();
        warnings.extend(reasons(&line.told.warnings));
        let cells = line.cells.all().into_iter().map(str::to_owned).collect();
        shown.push(PreviewRow { row: line.number, cells, refused, warnings });
    }
    Ok(Preview { mapping, rows: shown })
}

/// A file that cannot be read, as the problem for the caller.
pub fn unreadable(fault: Violation) -> Problem {
    Problem::new(&IMPORT_FILE).detail(fault.vi.clone(), fault.en.clone()).with(fault)
}

/// Who imports, as lists name them.
fn owner(ask: &Ask) -> String {
    let actor = &ask.caller.actor;
    let officer = actor.officer.as_ref().map(|o| o.as_str());
    let who = officer.or(actor.system.as_ref().map(|s| s.as_str())).unwrap_or_default();
    format!("{who} ({})", actor.agency)
}

impl Population {
    /// Whether the caller may import at all, for the purpose stated.
    ///
    /// # Errors
    /// Forbidden where not.
    pub fn may_import(&self, ask: &Ask) -> Result<Basis, Error> {
        let basis = ask.basis()?;
        self.policy.reach(&ask.caller, Action::ImportRecords, Some(&basis))?;
        Ok(basis)
    }

    /// Begins an import; `content` is kept until it is done, where the file would otherwise be gone by then.
    ///
    /// # Errors
    /// Forbidden; invalid where the settings are.
    pub async fn begin_import(
        &self,
        ask: &Ask,
        file: ImportFile,
        settings: Settings,
        mut content: Option<&mut File>,
    ) -> Result<ImportJob, Error> {
        let basis = self.may_import(ask)?;
        if content.is_none() {
            settings.check()?;
        }
        let now = Moment::now();
        let mut job = ImportJob {
            id: 0,
            file,
            owner: owner(ask),
            settings,
            state: if content.is_some() { ImportState::Ready } else { ImportState::Reading },
            started: now,
            changed: now,
            counts: Counts::default(),
            tally: Tally::new(),
            stopped: None,
        };
        let row = job.row()?;
        let (id, pending) = transact!(self.store, tx => {
            let id = store::add_job(tx, &row).await?;
            if let Some(file) = &mut content {
                file.rewind().map_err(Error::File)?;
                for part in 0.. {
                    let mut chunk = Vec::with_capacity(PART as usize);
                    file.take(PART).read_to_end(&mut chunk).map_err(Error::File)?;
                    if chunk.is_empty() {
                        break;
                    }
                    store::add_part(tx, id, part, chunk).await?;
                }
            }
            let actor = ask.caller.actor.clone();
            let note = format!("import {id}: {}; {}", job.file.digest, basis.legal_basis.as_str());
            let note: String = note.chars().take(500).collect();
            let pending = self.ledger.append_in(tx, ask.named(Entry::operation(actor, batch::SERVICE).note(note))).await?;
            Ok::<_, Error>((id, pending))
        })?;
        self.ledger.confirm(pending).await?;
        job.id = id;
        Ok(job)
    }

    /// Changes the settings of an import that has not begun.
    ///
    /// # Errors
    /// Invalid where the settings are; conflict where it has begun.
    pub async fn set_import(&self, ask: &Ask, id: i64, settings: Settings) -> Result<ImportJob, Error> {
        self.may_import(ask)?;
        settings.check()?;
        let mut job = self.import(ask, id).await?;
        if job.state != ImportState::Ready {
            return Err(Problem::new(&kinds::CONFLICT).into());
        }
        job.settings = settings;
        let row = job.row()?;
        transact!(self.store, tx => {
            store::save_job(tx, &row).await?;
            Ok::<_, Error>(())
        })?;
        Ok(job)
    }

    /// Imports that can be seen: all for a caller of the whole country, else the caller's own. The latest first.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn imports(&self, ask: &Ask) -> Result<Vec<ImportJob>, Error> {
        self.may_import(ask)?;
        let own = owner(ask);
        let own = (ask.caller.units != UnitScope::Everywhere).then_some(own.as_str());
        store::jobs(&self.store, own, 100).await?.into_iter().map(ImportJob::of).collect()
    }

    /// One import.
    ///
    /// # Errors
    /// Forbidden; not found, also where it is of somebody else.
    pub async fn import(&self, ask: &Ask, id: i64) -> Result<ImportJob, Error> {
        self.may_import(ask)?;
        let row = store::job(&self.store, id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
        if ask.caller.units != UnitScope::Everywhere && row.owner != owner(ask) {
            return Err(Problem::new(&kinds::NOT_FOUND).into());
        }
        ImportJob::of(row)
    }

    /// The import of the same content that was cut off, if there is one.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn cut_off_import(&self, ask: &Ask, digest: &str) -> Result<Option<ImportJob>, Error> {
        self.may_import(ask)?;
        let Some(row) = store::job_of_file(&self.store, digest).await? else { return Ok(None) };
        let job = ImportJob::of(row)?;
        Ok((job.state == ImportState::Reading).then_some(job))
    }

    /// The content of a file that was kept with its import, as a file without a name.
    ///
    /// # Errors
    /// Forbidden; where it cannot be written.
    pub async fn import_content(&self, ask: &Ask, id: i64) -> Result<File, Error> {
        self.import(ask, id).await?;
        let mut content = web::nameless_file().map_err(Error::File)?;
        for part in 0.. {
            let Some(chunk) = store::part(&self.store, id, part).await? else { break };
            content.write_all(&chunk).map_err(Error::File)?;
        }
        content.rewind().map_err(Error::File)?;
        Ok(content)
    }

    /// Rejected rows after a row, in order, some thousand at a time.
    ///
    /// # Errors
    /// Forbidden.
    pub async fn import_rejects(&self, ask: &Ask, id: i64, after: u64) -> Result<Vec<Rejected>, Error> {
        self.import(ask, id).await?;
        let broken = |_| Error::from(Problem::new(&kinds::INTERNAL));
        let rows = store::rejects(&self.store, id, after as i64, 2_000).await?;
        let read = |row: store::RejectRow| {
            Ok(Rejected {
                row: row.line as u64,
                cells: serde_json::from_str(&row.cells).map_err(broken)?,
                reasons: serde_json::from_str(&row.reasons).map_err(broken)?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Imports a file from where the import stands to its end, or until `stop`; it can then be gone on with. `progress`
    /// hears of every batch once it is durable.
    ///
    /// # Errors
    /// Forbidden; a problem of the file; conflict where another process works on the same import. What was committed
    /// before stays, and the job says so.
    pub async fn run_import(
        &self,
        ask: &Ask,
        id: i64,
        table: Table,
        stop: Arc<AtomicBool>,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<ImportJob, Error> {
        let ran = self.read_in(ask, id, table, stop, progress).await;
        // Whatever became of it, searches are as quick as before; also where it goes on with one that was killed.
        self.complete_indexes().await;
        ran
    }

    /// Makes the indexes that an import did without and could not make at its end, since it was killed.
    pub async fn complete_indexes(&self) {
        if let Err(error) = store::complete(&self.store).await {
            tracing::error!(%error, "indexes of the registry could not be completed: searches are slow");
        }
    }

    async fn read_in(
        &self,
        ask: &Ask,
        id: i64,
        table: Table,
        stop: Arc<AtomicBool>,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<ImportJob, Error> {
        let basis = self.may_import(ask)?;
        let mut job = self.import(ask, id).await?;
        if matches!(job.state, ImportState::Done | ImportState::Failed) {
            return Ok(job);
        }
        job.settings.check()?;
        job.state = ImportState::Reading;
        let mut parcels = read_parcels(table, &job.settings, job.counts.rows, stop.clone());
        let head = store::head(&self.store).await?;
        if head.person.0 <= FEW && job.file.bytes >= LARGE {
            transact!(self.store, tx => store::do_without(tx).await.map_err(Error::from))?;
        }
        let mut reading = Reading::begin(self, ask, &basis, job).await?;
        let end = reading.run(&mut parcels, &stop, &mut progress).await?;
        let mut job = reading.job;
        let broken = match end {
            End::Whole => None,
            End::Broken(fault) => Some(fault),
            // A reader that was not asked to stop has died: what is in stays in, and the import can be gone on with.
            End::Stopped if stop.load(Ordering::Relaxed) => return Ok(job),
            End::Stopped => return Err(Problem::new(&kinds::INTERNAL).into()),
        };
        self.link(ask, &basis, &mut job).await?;
        job.state = if broken.is_some() { ImportState::Failed } else { ImportState::Done };
        job.stopped = broken.map(|fault| (fault.vi, fault.en));
        job.changed = Moment::now();
        let row = job.row()?;
        transact!(self.store, tx => {
            store::save_job(tx, &row).await?;
            store::clear_job(tx, id).await?;
            Ok::<_, Error>(())
        })?;
        Ok(job)
    }

    /// What an import would do, without doing it: the file is taken into a registry of its own, which knows the other and
    /// is thrown away. The comparisons with records leave their entries in the ledger all the same. Returns the job as it
    /// would be, and the first rejected rows.
    ///
    /// # Errors
    /// As of [`Population::run_import`].
    pub async fn try_import(
        &self,
        ask: &Ask,
        file: ImportFile,
        settings: Settings,
        table: Table,
        stop: Arc<AtomicBool>,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<(ImportJob, Vec<Rejected>), Error> {
        let basis = self.may_import(ask)?;
        settings.check()?;
        let now = Moment::now();
        let mut job = ImportJob {
            id: 0,
            file,
            owner: owner(ask),
            settings,
            state: ImportState::Reading,
            started: now,
            changed: now,
            counts: Counts::default(),
            tally: Tally::new(),
            stopped: None,
        };
        let places = Places::new(&job.settings.mapping);
        let mut may = HashMap::new();
        let mut first: Vec<Rejected> = Vec::new();
        let trial = Trial::open().await?;
        let mut parcels = read_parcels(table, &job.settings, 0, stop);
        while let Some(parcel) = parcels.next().await {
            let parcel = match parcel {
                Ok(Some(parcel)) => parcel,
                Ok(None) => {
                    job.state = ImportState::Done;
                    break;
                }
                Err(fault) => {
                    job.state = ImportState::Failed;
                    job.stopped = Some((fault.vi, fault.en));
                    break;
                }
            };
            let mut registry = self.store.begin().await?;
            let mut tried = trial.begin().await?;
            let mut taking = Taking {
                population: self,
                ask,
                basis: &basis,
                job: 0,
                file: &job.file.name,
                settings: &job.settings,
                trial: true,
                may: &mut may,
            };
            let mut books = Books {
                registry: Source::Tx(&mut registry),
                trial: Some(&mut tried),
                claimed: &Claimed::unknown(),
                last: ActSeq(0),
            };
            let taken = taking.take(&mut books, &parcel.lines).await;
            registry.rollback().await;
            let out = taken?.out;
            tried.commit().await?;
            for rejected in
                report(&mut job, &places, &parcel.lines, &out)?.into_iter().take(200 - first.len().min(200))
            {
                let broken = |_| Error::from(Problem::new(&kinds::INTERNAL));
                first.push(Rejected {
                    row: rejected.0 as u64,
                    cells: serde_json::from_str(&rejected.1).map_err(broken)?,
                    reasons: serde_json::from_str(&rejected.2).map_err(broken)?,
                });
            }
            job.count(parcel.lines.len(), &out);
            self.ledger.append_all(out.compared).await?;
            progress(Progress { counts: job.counts, bytes: parcel.progress });
            parcels.done_with(parcel.lines);
        }
        self.try_link(ask, &basis, &mut job, &trial).await?;
        Ok((job, first))
    }

    /// Confirms that the entries of a transaction are durable.
    async fn durable(&self, pending: Option<ledger::Pending>) -> Result<(), Error> {
        // One that is durable makes all of the same transaction so.
        if let Some(last) = pending {
            self.ledger.confirm(last).await?;
        }
        Ok(())
    }
}

/// Counts what was wrong, and gives the rejected rows as they are kept: place, cells, reasons.
fn report(
    job: &mut ImportJob,
    places: &Places,
    lines: &[file::Line],
    out: &Outcome,
) -> Result<Vec<(i64, String, String)>, Error> {
    for (at, fault) in &out.warnings {
        job.tally(&places.reason(fault), false, lines[*at].number);
    }
    let mut rejects = Vec::with_capacity(out.rejected.len());
    for line in out.remarked.iter().map(|at| &lines[*at]) {
        line.remarks.iter().for_each(|r| job.tally(r, false, line.number));
    }
    for (at, faults) in &out.rejected {
        let line = &lines[*at];
        let mut reasons = line.unread.clone();
        reasons.extend(faults.iter().map(|f| places.reason(f)));
        reasons.iter().for_each(|r| job.tally(r, true, line.number));
        rejects.push((line.number as i64, json(&line.cells.all())?, json(&reasons)?));
    }
    Ok(rejects)
}
