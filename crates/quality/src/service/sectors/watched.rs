//! Runs that go on beside the pages: started by a clerk, watched by reloading.

use super::{HeldFile, RunProgress, SectorRun, SectorSettings, unreadable};
use crate::{error::QualityError, problems::SECTOR_BUSY, sectors::Sector, service::Quality};
use population::Ask;
use std::{
    collections::HashMap,
    io::{Seek, SeekFrom},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tabular::Table;
use vocabulary::{Lang, Problem, kinds};

/// Files compared at once in a process.
const AT_ONCE: usize = 2;

/// A run of this process.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// How far it has come.
    pub progress: Option<RunProgress>,
    /// Whether it is over.
    pub over: bool,
    /// Why it broke off.
    pub problem: Option<Problem>,
}

/// The runs of this process.
#[derive(Default)]
pub(crate) struct Watch(Mutex<HashMap<i64, Watched>>);

impl Watch {
    fn all(&self) -> MutexGuard<'_, HashMap<i64, Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the place of a run; `None` where all are taken, false where it is under way.
    fn begin(&self, id: i64) -> Option<bool> {
        let mut all = self.all();
        if all.get(&id).is_some_and(|run| !run.over) {
            return Some(false);
        }
        if all.values().filter(|run| !run.over).count() >= AT_ONCE {
            return None;
        }
        if all.len() >= 100 {
            all.retain(|_, run| !run.over);
        }
        all.insert(id, Watched::default());
        Some(true)
    }

    fn change(&self, id: i64, change: impl FnOnce(&mut Watched)) {
        if let Some(run) = self.all().get_mut(&id) {
            change(run);
        }
    }
}

/// Options by which a file of a sector is opened.
fn options(sector: &Sector, name: &str, settings: Option<&SectorSettings>) -> tabular::Options {
    tabular::Options {
        name: Some(name.to_owned()),
        known: sector.known_headers(),
        sheet: settings.and_then(|s| s.sheet.clone()),
        delimiter: settings.and_then(|s| s.delimiter),
        ..tabular::Options::default()
    }
}

impl Quality {
    /// Opens a file of a sector that was sent.
    ///
    /// # Errors
    /// A problem of the file.
    pub fn open_sector(
        sector: &Sector,
        name: &str,
        settings: Option<&SectorSettings>,
        content: &HeldFile,
    ) -> Result<Table, Problem> {
        Table::read_from(content.reader(), options(sector, name, settings)).map_err(unreadable)
    }

    /// Opens a file of a sector on the disk.
    ///
    /// # Errors
    /// A problem of the file.
    pub fn open_sector_at(
        sector: &Sector,
        path: &std::path::Path,
        settings: Option<&SectorSettings>,
    ) -> Result<Table, Problem> {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Table::open(path, options(sector, &name, settings)).map_err(unreadable)
    }

    /// The run in this process, where there is one.
    pub fn watched(&self, id: i64) -> Option<Watched> {
        self.inner.watch.all().get(&id).cloned()
    }

    /// Starts a run whose file was kept, beside the caller.
    ///
    /// # Errors
    /// A refusal; not found; invalid where the settings are; busy.
    pub async fn start_run(&self, ask: &Ask, id: i64, lang: Lang) -> Result<(), QualityError> {
        let run = self.sector_run(ask, id).await?;
        let sector = self.own_sector(ask, &run.sector)?.clone();
        run.settings.check(&sector)?;
        if matches!(run.state, super::RunState::Done | super::RunState::Failed) {
            return Ok(());
        }
        match self.inner.watch.begin(id) {
            Some(true) => {}
            Some(false) => return Ok(()),
            None => return Err(Problem::new(&SECTOR_BUSY).into()),
        }
        let (quality, ask) = (self.clone(), ask.clone());
        tokio::spawn(async move {
            let problem = quality.run_kept(&ask, run, sector, lang).await.err().map(Problem::from);
            quality.inner.watch.change(id, |w| (w.over, w.problem) = (true, problem));
        });
        Ok(())
    }

    /// Runs a file that was kept, to its end, and keeps the result.
    ///
    /// # Errors
    /// As of [`Quality::run_sector`].
    pub async fn run_kept(
        &self,
        ask: &Ask,
        run: SectorRun,
        sector: Sector,
        lang: Lang,
    ) -> Result<SectorRun, QualityError> {
        let content = self.run_content(ask, run.id).await?;
        let (name, settings) = (run.file.name.clone(), run.settings.clone());
        let open: super::Opened =
            Arc::new(move || Quality::open_sector(&sector, &name, Some(&settings), &content));
        let internal = |_| QualityError::from(Problem::new(&kinds::INTERNAL));
        let out = tempfile::tempfile().map_err(internal)?;
        let (heard, id) = (self.clone(), run.id);
        let progress = move |p| heard.inner.watch.change(id, |w| w.progress = Some(p));
        let (done, mut out) = self.run_sector(ask, run.id, open, lang, out, progress).await?;
        out.seek(SeekFrom::Start(0)).map_err(internal)?;
        self.keep_result(done.id, out).await?;
        Ok(done)
    }
}
