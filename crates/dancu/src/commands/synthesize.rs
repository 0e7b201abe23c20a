//! `dancu population synthesize`.

use super::database;
use crate::{cli::Synthesize, settings::Settings};
use anyhow::{Result, anyhow, bail};
use std::{
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};
use synthesis::{FilesError, Options, Region, Summary};
use vocabulary::{Lang, PartialDate, UnitCode, Violation};

/// How often progress is told.
const TELL: Duration = Duration::from_secs(5);

/// Invents a population and writes it where it is wanted.
pub async fn run(settings: Settings, wanted: Synthesize, to_database: bool, lang: Lang) -> Result<ExitCode> {
    if wanted.out.is_none() && !to_database {
        bail!(
            "{}",
            lang.pick(
                "Cần --out THƯ_MỤC để ghi tệp hoặc --database để nạp vào cơ sở dữ liệu trống.",
                "Name --out FOLDER for files, or --database for an empty database."
            )
        );
    }
    let options = options(&wanted, lang)?;
    if let Some(folder) = &wanted.out {
        files(&options, folder, wanted.acts, lang)?;
    }
    if to_database {
        load(&settings, &options, lang).await?;
    }
    Ok(ExitCode::SUCCESS)
}

fn refused(violation: &Violation, lang: Lang) -> anyhow::Error {
    anyhow!("{}", violation.text(lang))
}

fn options(wanted: &Synthesize, lang: Lang) -> Result<Options> {
    let region = match wanted.province.as_str() {
        "all" => Region::All,
        code => Region::Province(UnitCode::parse(code).map_err(|i| anyhow!("{}", i.text.get(lang)))?),
    };
    let today = match &wanted.today {
        Some(day) => PartialDate::parse(day).map_err(|i| anyhow!("{}", i.text.get(lang)))?,
        None => PartialDate::today(),
    };
    Ok(Options {
        persons: wanted.persons,
        region,
        seed: wanted.seed,
        today,
        year: Some(wanted.year),
        faults: wanted.dirty,
        threads: wanted.threads,
    })
}

/// Says how far the work is, every few seconds.
struct Progress {
    started: Instant,
    told: Instant,
    of: u64,
    lang: Lang,
}

impl Progress {
    fn new(of: u64, lang: Lang) -> Progress {
        Progress { started: Instant::now(), told: Instant::now(), of, lang }
    }

    fn tell(&mut self, persons: u64) {
        if self.told.elapsed() < TELL {
            return;
        }
        self.told = Instant::now();
        let rate = persons as f64 / self.started.elapsed().as_secs_f64();
        let left = self.of.saturating_sub(persons) as f64 / rate.max(1.0);
        eprintln!(
            "dancu: {persons} / {} {}, {rate:.0}/s, {} {left:.0} s",
            self.of,
            self.lang.pick("người", "persons"),
            self.lang.pick("còn", "left")
        );
    }

    fn rate(&self, persons: u64) -> String {
        let seconds = self.started.elapsed().as_secs_f64();
        let each = self.lang.pick("người/giây", "persons/s");
        format!("{seconds:.1} s, {:.0} {each}", persons as f64 / seconds.max(0.001))
    }
}

fn files(options: &Options, folder: &Path, acts: bool, lang: Lang) -> Result<()> {
    let mut progress = Progress::new(options.persons, lang);
    let summary = match synthesis::write_files(options, folder, acts, |persons| progress.tell(persons)) {
        Ok(summary) => summary,
        Err(FilesError::Options(violation)) => return Err(refused(&violation, lang)),
        Err(FilesError::Taken) => bail!(
            "{}: {}",
            folder.display(),
            lang.pick("thư mục đã có tệp dân số", "the folder already holds the files of a population")
        ),
        Err(error) => return Err(anyhow!("{}: {error}", folder.display())),
    };
    let Summary { persons, households, acts, .. } = summary;
    println!(
        "{}: {persons} {}, {households} {}, {acts} {}, {}",
        folder.display(),
        lang.pick("người", "persons"),
        lang.pick("hộ", "households"),
        lang.pick("biến động", "acts"),
        progress.rate(persons)
    );
    Ok(())
}

async fn load(settings: &Settings, options: &Options, lang: Lang) -> Result<()> {
    // A refused option makes no database.
    let families = synthesis::families(options).map_err(|violation| refused(&violation, lang))?;
    settings.prepare_folder()?;
    let store = database::open(settings).await?;
    let mut progress = Progress::new(options.persons, lang);
    let groups = families.map(|family| family.acts);
    let loaded = population::store::load(&store, groups, |so_far| progress.tell(so_far.persons))
        .await
        .map_err(|error| match error {
            store::StoreError::Conflict { .. } => {
                anyhow!("{}", lang.pick("Cơ sở dữ liệu đã có dữ liệu dân cư.", "The registry is not empty."))
            }
            other => anyhow!(other),
        })?;
    store.close().await?;
    println!(
        "{} {}, {} {}, {} {}, {}",
        loaded.persons,
        lang.pick("người", "persons"),
        loaded.households,
        lang.pick("hộ", "households"),
        loaded.acts,
        lang.pick("biến động", "acts"),
        progress.rate(loaded.persons)
    );
    Ok(())
}
