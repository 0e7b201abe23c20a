//! `dancu population import` and `dancu population imports`.

use crate::{
    cli::{PopulationImport, PopulationImports},
    settings::Settings,
    site::House,
};
use access::{Caller, Role, UnitScope};
use anyhow::{Context, Result, anyhow, bail};
use identity::By;
use population::{
    Ask, Error,
    import::{self, Differing, ImportFile, ImportJob, ImportState, Progress},
};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{IsTerminal, Read, Write},
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tabular::{Mapping, Table};
use vocabulary::{AgencyCode, Basis, Invalid, Lang, LegalBasis, Problem, Purpose};

/// A value of the command line, or what is wrong with it.
fn read<T>(text: &str, parse: impl Fn(&str) -> Result<T, Invalid>, lang: Lang) -> Result<T> {
    parse(text).map_err(|invalid| anyhow!("{text}: {}", invalid.text.get(lang)))
}

/// Whoever operates the machine answers for the whole country; the policy decides for which fields.
pub(super) fn ask(agency: &str, legal_basis: &str, lang: Lang) -> Result<Ask> {
    let agency = read(agency, AgencyCode::parse, lang)?;
    let caller = Caller {
        actor: By::Console(&agency).actor(),
        name: "dancu".to_owned(),
        roles: vec![read("data-steward", Role::parse, lang)?],
        units: UnitScope::Everywhere,
    };
    let legal_basis = read(legal_basis, LegalBasis::parse, lang)?;
    let basis = Basis { purpose: Purpose::Cleaning, legal_basis, procedure: None, dossier: None };
    Ok(Ask { caller, basis: Some(basis), request: None })
}

/// Imports a file, or goes on with an import of the same file that was cut off. Exit code 0: all rows are in or there
/// already; 1: some were rejected, or the import was stopped; 2: the file or the settings cannot be used.
pub async fn run(settings: Settings, options: PopulationImport, lang: Lang) -> Result<ExitCode> {
    let ask = ask(&options.agency, &options.legal_basis, lang)?;
    let file = described(&options.file)?;
    let mut table = match open(&options, options.sheet.clone()) {
        Ok(table) => table,
        Err(problem) => return Ok(refused(&problem, lang)),
    };
    let mut wanted = import::first_settings(&table, options.source.clone().unwrap_or_default());
    wanted.differing = if options.keep_differing { Differing::Keep } else { Differing::Reject };
    wanted.batch = options.batch_rows;
    if let Some(kept) = &options.mapping {
        let text = std::fs::read_to_string(kept).with_context(|| format!("{}", kept.display()))?;
        let mapping = Mapping::from_json(&text).map_err(|v| vec![v]).and_then(|m| m.apply(&table.headers));
        match mapping {
            Ok(mapping) => wanted.mapping = mapping,
            Err(violations) => return Ok(refused(&Problem::invalid(violations), lang)),
        }
    }
    if let Some(to) = &options.save_mapping {
        std::fs::write(to, wanted.mapping.to_json()).with_context(|| format!("{}", to.display()))?;
    }
    columns(&table, &wanted.mapping, lang);
    if let Some(rows) = options.preview {
        return match import::preview(&mut table, wanted.mapping, rows) {
            Ok(preview) => {
                show_preview(&preview, lang);
                Ok(ExitCode::SUCCESS)
            }
            Err(problem) => Ok(refused(&problem, lang)),
        };
    }
    // A batch changes pages all over the indexes.
    let bulk = store::Options { writer_cache_kib: 64 << 10, ..settings.store_options() };
    let house = House::open_with(&settings, bulk).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let asked = stop.clone();
    let interrupt = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            // The batch under way is finished; the next command goes on after it.
            asked.store(true, Ordering::Relaxed);
        }
    });
    let mut bar = Bar::new(lang);
    let done = if options.dry_run {
        let tried = house.population.try_import(&ask, file, wanted, table, stop, |p| bar.show(p)).await;
        bar.end();
        tried.map(|(job, first)| (job, Some(first)))
    } else {
        let ran = go(&house, &ask, file, wanted, table, &options, stop, &mut bar).await;
        bar.end();
        ran.map(|job| (job, None))
    };
    interrupt.abort();
    let (job, first) = match done {
        Ok(done) => done,
        Err(error) => {
            house.store.close().await?;
            return Ok(refused(&Problem::from(error), lang));
        }
    };
    report(&job, options.dry_run, lang);
    if let Some(to) = &options.rejects
        && job.counts.rejected > 0
    {
        let out = File::create_new(to).with_context(|| format!("{}", to.display()))?;
        match first {
            Some(first) => {
                let mut writer = import::rejects_writer(&job.settings, lang, out)?;
                import::write_rejects(&mut writer, &job.settings, &first, lang)?;
                writer.finish()?.sync_all()?;
            }
            None => house.population.write_import_rejects(&ask, job.id, lang, out).await?.sync_all()?,
        }
        println!("{}: {}", lang.pick("Dòng bị từ chối", "Rejected rows"), to.display());
    }
    house.store.close().await?;
    let whole = job.state == ImportState::Done && job.counts.rejected == 0;
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

#[allow(clippy::too_many_arguments)] // what an import takes, and where it is heard
async fn go(
    house: &House,
    ask: &Ask,
    file: ImportFile,
    wanted: import::Settings,
    table: Table,
    options: &PopulationImport,
    stop: Arc<AtomicBool>,
    bar: &mut Bar,
) -> Result<ImportJob, Error> {
    let population = &house.population;
    let (job, table) = match population.cut_off_import(ask, &file.digest).await? {
        Some(job) => {
            let (vi, en) = ("Tiếp tục đợt nhập", "Going on with import");
            eprintln!("dancu: {} {} ({})", bar.lang.pick(vi, en), job.id, job.counts.rows);
            let table = open(options, job.settings.sheet.clone()).map_err(Error::Problem)?;
            (job, table)
        }
        None => (population.begin_import(ask, file, wanted, None).await?, table),
    };
    population.run_import(ask, job.id, table, stop, |p| bar.show(p)).await
}

fn open(options: &PopulationImport, sheet: Option<String>) -> Result<Table, Problem> {
    let known = tabular::Options { known: import::known_headers(), sheet, ..tabular::Options::default() };
    Table::open(&options.file, known).map_err(import::unreadable)
}

/// The file's name, size and SHA-256.
pub(super) fn described(path: &Path) -> Result<ImportFile> {
    let mut file = File::open(path).with_context(|| format!("{}", path.display()))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer).with_context(|| format!("{}", path.display()))?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    if bytes == 0 {
        bail!("{}: 0 byte", path.display());
    }
    let digest = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(ImportFile { name, digest, bytes })
}

/// Which column is which, on standard error.
fn columns(table: &Table, mapping: &Mapping, lang: Lang) {
    for notice in &table.notices {
        eprintln!("dancu: {}", notice.sentence(lang));
    }
    for mapped in &mapping.columns {
        let field = mapped.field.as_deref().unwrap_or("-");
        eprintln!("  {:>3} {} → {field}", tabular::column_letters(mapped.column), mapped.header);
    }
}

fn show_preview(preview: &import::Preview, lang: Lang) {
    for row in &preview.rows {
        println!("{} {}: {}", lang.pick("Dòng", "Row"), row.row, row.cells.join(" | "));
        for (what, reasons) in [
            (lang.pick("từ chối", "rejected"), &row.refused),
            (lang.pick("cảnh báo", "warning"), &row.warnings),
        ] {
            for reason in reasons {
                println!("    {what}: {}: {}", reason.column, lang.pick(&reason.vi, &reason.en));
            }
        }
    }
}

/// Counts, and what was wrong, on standard output; no value of any row.
fn report(job: &ImportJob, trial: bool, lang: Lang) {
    let title = match (trial, job.state) {
        (true, _) => lang.pick("Chạy thử (chưa ghi gì)", "Dry run (nothing was recorded)").to_owned(),
        (_, ImportState::Done) => {
            format!("{} {}", lang.pick("Đã nhập xong, đợt", "Import done, number"), job.id)
        }
        (_, ImportState::Failed) => {
            format!("{} {}", lang.pick("Tệp bị lỗi giữa chừng, đợt", "The file broke off, import"), job.id)
        }
        _ => format!(
            "{} {}",
            lang.pick(
                "Đã dừng; chạy lại lệnh này để tiếp tục đợt",
                "Stopped; run the command again to go on with import"
            ),
            job.id
        ),
    };
    println!("{title}");
    for (text, count) in job.counts.named() {
        println!("  {:36} {count:>12}", text.get(lang));
    }
    if let Some((vi, en)) = &job.stopped {
        println!("  {}", lang.pick(vi, en));
    }
    for tallied in job.tally.values() {
        let weight = if tallied.refuses {
            lang.pick("từ chối", "rejected")
        } else {
            lang.pick("cảnh báo", "warning")
        };
        println!(
            "  {} × {weight}: {}: {} ({} {})",
            tallied.rows,
            tallied.column,
            lang.pick(&tallied.vi, &tallied.en),
            lang.pick("dòng đầu tiên", "first at row"),
            tallied.first
        );
    }
}

/// The problem on standard error.
pub(super) fn refused(problem: &Problem, lang: Lang) -> ExitCode {
    eprintln!("dancu: {}", problem.kind.title.get(lang));
    if let Some(detail) = problem.detail_text(lang) {
        eprintln!("  {detail}");
    }
    for v in &problem.violations {
        eprintln!("  {}: {}", v.field, v.text(lang));
    }
    eprintln!("  {}", problem.kind.advice.get(lang));
    ExitCode::from(2)
}

/// Progress on standard error: one line that changes on a terminal, else a line now and then.
struct Bar {
    lang: Lang,
    terminal: bool,
    started: Instant,
    told: Instant,
    /// Rows and bytes of the first batch heard of: an earlier run had dealt with the most of them.
    first: Option<(i64, u64)>,
}

impl Bar {
    fn new(lang: Lang) -> Bar {
        let now = Instant::now();
        Bar { lang, terminal: std::io::stderr().is_terminal(), started: now, told: now, first: None }
    }

    fn show(&mut self, p: Progress) {
        let (rows_before, bytes_before) = *self.first.get_or_insert((p.counts.rows, p.bytes.0));
        let pause = if self.terminal { Duration::from_millis(200) } else { Duration::from_secs(10) };
        if self.told.elapsed() < pause {
            return;
        }
        self.told = Instant::now();
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let rate = (p.counts.rows - rows_before) as f64 / seconds;
        let (done, all) = p.bytes;
        let left =
            (all.saturating_sub(done)) as f64 / (done.saturating_sub(bytes_before).max(1)) as f64 * seconds;
        let line = format!(
            "{} {} · {} {} · {rate:.0} {} · {} % · {} {left:.0} s",
            p.counts.rows,
            self.lang.pick("dòng", "rows"),
            p.counts.rejected,
            self.lang.pick("bị từ chối", "rejected"),
            self.lang.pick("dòng/giây", "rows/s"),
            done * 100 / all.max(1),
            self.lang.pick("còn khoảng", "about"),
        );
        if self.terminal {
            eprint!("\r\x1b[K{line}");
            let _ = std::io::stderr().flush();
        } else {
            eprintln!("{line}");
        }
    }

    fn end(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}

/// Lists imports, the latest first.
pub async fn list(settings: Settings, options: PopulationImports, lang: Lang) -> Result<ExitCode> {
    let ask = ask(&options.agency, &options.legal_basis, lang)?;
    let house = House::open(&settings).await?;
    let jobs = house.population.imports(&ask).await;
    house.store.close().await?;
    let jobs = match jobs {
        Ok(jobs) => jobs,
        Err(error) => return Ok(refused(&Problem::from(error), lang)),
    };
    for job in jobs {
        let c = &job.counts;
        println!(
            "{} {} {} {} {} rows={} accepted={} warned={} present={} rejected={} sha256={} {}",
            job.id,
            job.started.rfc3339(),
            job.state.code(),
            job.owner,
            job.file.name,
            c.rows,
            c.accepted,
            c.warned,
            c.present,
            c.rejected,
            job.file.digest,
            job.settings.source
        );
    }
    Ok(ExitCode::SUCCESS)
}
