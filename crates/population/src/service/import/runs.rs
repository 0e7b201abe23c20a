//! Imports that run beside the pages: started by an officer, watched by reloading.

use super::{ImportFile, ImportJob, ImportState, Progress, Rejected, Settings, known_headers, unreadable};
use crate::service::{Ask, Error, Population};
use std::{
    collections::HashMap,
    io::{Seek, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};
use tabular::{Cell, Format, Input, RejectWriter, Row, Table};
use vocabulary::{Lang, Problem};

/// What a trial would have done: the import as it would be, and the first rejected rows.
pub type Tried = Result<(ImportJob, Vec<Rejected>), Problem>;

/// An import or trial of this process.
#[derive(Clone, Default)]
pub struct Run {
    /// Whether nothing is recorded.
    pub trial: bool,
    /// How far it has come.
    pub progress: Option<Progress>,
    /// Whether it is over.
    pub over: bool,
    /// What a trial found.
    pub tried: Option<Tried>,
    /// Why an import broke off.
    pub problem: Option<Problem>,
}

/// The runs of this process, by import.
#[derive(Default)]
pub(crate) struct Runs(Mutex<HashMap<i64, Run>>);

impl Runs {
    fn all(&self) -> MutexGuard<'_, HashMap<i64, Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the place of a run, unless one is under way.
    fn begin(&self, id: i64, trial: bool) -> bool {
        let mut all = self.all();
        if all.get(&id).is_some_and(|run| !run.over) {
            return false;
        }
        // What is long over is told by the store; trials are not kept for ever.
        if all.len() >= 100 {
            all.retain(|_, run| !run.over);
        }
        all.insert(id, Run { trial, ..Run::default() });
        true
    }

    fn change(&self, id: i64, change: impl FnOnce(&mut Run)) {
        if let Some(run) = self.all().get_mut(&id) {
            change(run);
        }
    }
}

/// Opens a kept file as its import wants it read.
///
/// # Errors
/// A problem of the file.
pub fn open(file: &ImportFile, settings: &Settings, content: impl Input + 'static) -> Result<Table, Problem> {
    let options = tabular::Options {
        name: Some(file.name.clone()),
        known: known_headers(),
        sheet: settings.sheet.clone(),
        ..tabular::Options::default()
    };
    Table::read_from(content, options).map_err(unreadable)
}

impl Population {
    /// The run of an import in this process, where there is one.
    pub fn import_under_way(&self, id: i64) -> Option<Run> {
        self.imports.all().get(&id).cloned()
    }

    /// Starts an import whose file was kept, or goes on with it, beside the caller.
    ///
    /// # Errors
    /// Forbidden; not found.
    pub async fn start_import(&self, ask: &Ask, id: i64) -> Result<(), Error> {
        let job = self.import(ask, id).await?;
        if matches!(job.state, ImportState::Done | ImportState::Failed) || !self.imports.begin(id, false) {
            return Ok(());
        }
        let (population, ask) = (self.clone(), ask.clone());
        tokio::spawn(async move {
            let ran = async {
                let content = population.import_content(&ask, id).await?;
                let table = open(&job.file, &job.settings, content)?;
                let heard = population.clone();
                let progress = move |p| heard.imports.change(id, |run| run.progress = Some(p));
                population.run_import(&ask, id, table, Arc::new(AtomicBool::new(false)), progress).await
            };
            let ran: Result<ImportJob, Error> = ran.await;
            let problem = ran.err().map(Problem::from);
            population.imports.change(id, |run| (run.over, run.problem) = (true, problem));
        });
        Ok(())
    }

    /// Tries an import whose file was kept, beside the caller.
    ///
    /// # Errors
    /// Forbidden; not found.
    pub async fn start_trial(&self, ask: &Ask, id: i64) -> Result<(), Error> {
        let job = self.import(ask, id).await?;
        if job.state != ImportState::Ready || !self.imports.begin(id, true) {
            return Ok(());
        }
        let (population, ask) = (self.clone(), ask.clone());
        tokio::spawn(async move {
            let ran = async {
                let content = population.import_content(&ask, id).await?;
                let table = open(&job.file, &job.settings, content)?;
                let heard = population.clone();
                let progress = move |p| heard.imports.change(id, |run| run.progress = Some(p));
                let stop = Arc::new(AtomicBool::new(false));
                population.try_import(&ask, job.file, job.settings, table, stop, progress).await
            };
            let tried: Result<(ImportJob, Vec<Rejected>), Error> = ran.await;
            let tried = tried.map_err(Problem::from);
            population.imports.change(id, |run| (run.over, run.tried) = (true, Some(tried)));
        });
        Ok(())
    }

    /// Writes the rejected rows of an import in the format of its file, with the reasons beside them.
    ///
    /// # Errors
    /// Forbidden; where they cannot be written.
    pub async fn write_import_rejects<W: Write + Seek + Send>(
        &self,
        ask: &Ask,
        id: i64,
        lang: Lang,
        out: W,
    ) -> Result<W, Error> {
        let job = self.import(ask, id).await?;
        let mut writer = rejects_writer(&job.settings, lang, out)?;
        let mut after = 0;
        loop {
            let rows = self.import_rejects(ask, id, after).await?;
            let Some(last) = rows.last() else { break };
            after = last.row;
            write_rejects(&mut writer, &job.settings, &rows, lang)?;
        }
        writer.finish().map_err(Error::File)
    }
}

/// A file for rejected rows.
///
/// # Errors
/// Where it cannot be written.
pub fn rejects_writer<W: Write + Seek + Send>(
    settings: &Settings,
    lang: Lang,
    out: W,
) -> Result<RejectWriter<W>, Error> {
    let headers = settings.mapping.columns.iter().map(|m| m.header.clone()).collect();
    let (format, delimiter) = (settings.format.unwrap_or(Format::Csv), settings.delimiter.unwrap_or(b','));
    RejectWriter::with(format, char::from(delimiter), headers, lang, out).map_err(Error::File)
}

/// Writes rejected rows.
///
/// # Errors
/// Where they cannot be written.
pub fn write_rejects<W: Write + Seek + Send>(
    writer: &mut RejectWriter<W>,
    settings: &Settings,
    rows: &[Rejected],
    lang: Lang,
) -> Result<(), Error> {
    for rejected in rows {
        let cells =
            rejected.cells.iter().map(|text| Cell { text: text.clone(), ..Cell::default() }).collect();
        let row = Row { number: rejected.row, cells, notices: Vec::new() };
        let reasons: Vec<tabular::Reason<'_>> = rejected
            .reasons
            .iter()
            .map(|r| tabular::Reason {
                column: settings.mapping.columns.iter().find(|m| m.header == r.column).map(|m| m.column),
                rule: &r.rule,
                value: &r.value,
                text: lang.pick(&r.vi, &r.en),
            })
            .collect();
        writer.write(&row, &reasons).map_err(Error::File)?;
    }
    Ok(())
}

/// The settings with which a file is first shown: its columns as recognised.
pub fn first_settings(table: &Table, source: String) -> Settings {
    Settings {
        source,
        mapping: super::recognise(&table.headers),
        differing: super::Differing::default(),
        sheet: table.sheet.clone(),
        format: Some(table.format),
        delimiter: table.delimiter,
        batch: super::IMPORT_BATCH,
    }
}
