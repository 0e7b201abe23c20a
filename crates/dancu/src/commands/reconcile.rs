//! `dancu quality reconcile`.

use super::import::{ask, described, refused};
use crate::{cli::Reconcile, settings::Settings, site::House};
use ::quality::{Opened, Quality, QualityError, RunState, SectorFile, prepare};
use anyhow::{Context, Result, bail};
use population::reconcile::Met;
use std::{
    fs::File,
    io::{IsTerminal, Write},
    process::ExitCode,
    sync::Arc,
    time::Instant,
};
use tabular::Mapping;
use vocabulary::{Lang, Problem};

/// Compares a file to its end. Exit code 0: every row is matched; 1: some are not, or the file broke off; 2: the file cannot
/// be used.
pub async fn run(settings: Settings, options: Reconcile, lang: Lang) -> Result<ExitCode> {
    let rules = settings.rules()?;
    let (Some(id), Some(path)) = (&options.sector, &options.file) else {
        for sector in rules.sectors().all() {
            println!("{:<22} {} ({})", sector.id, sector.name(lang), sector.inventory);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let Some(sector) = rules.sectors().find(id).cloned() else {
        bail!("{}: {id}", lang.pick("không có ngành này", "there is no such sector"));
    };
    let described = described(path)?;
    let file = SectorFile { name: described.name, digest: described.digest, bytes: described.bytes };
    let table = match Quality::open_sector_at(&sector, path, None) {
        Ok(table) => table,
        Err(problem) => return Ok(refused(&problem, lang)),
    };
    let mut wanted = prepare(&sector, &table);
    if let Some(kept) = &options.mapping {
        let text = std::fs::read_to_string(kept).with_context(|| format!("{}", kept.display()))?;
        let mapping = Mapping::from_json(&text).map_err(|v| vec![v]).and_then(|m| m.apply(&table.headers));
        match mapping {
            Ok(mapping) => wanted.mapping = mapping,
            Err(violations) => return Ok(refused(&Problem::invalid(violations), lang)),
        }
    }
    drop(table);
    if let Some(to) = &options.save_mapping {
        std::fs::write(to, wanted.mapping.to_json()).with_context(|| format!("{}", to.display()))?;
    }
    for mapped in &wanted.mapping.columns {
        let field = mapped.field.as_deref().unwrap_or("-");
        eprintln!("  {:>3} {} → {field}", tabular::column_letters(mapped.column), mapped.header);
    }
    let ask = ask(&options.agency, options.legal_basis.as_deref().unwrap_or(&sector.basis), lang)?;
    let house = House::open(&settings).await?;
    let started = Instant::now();
    let (of, at, how) = (sector.clone(), path.clone(), wanted.clone());
    let open: Opened = Arc::new(move || Quality::open_sector_at(&of, &at, Some(&how)));
    // Without a place for the result it is still made, and thrown away.
    let out = match &options.out {
        Some(to) => File::create_new(to).with_context(|| format!("{}", to.display()))?,
        None => tempfile::tempfile()?,
    };
    let terminal = std::io::stderr().is_terminal();
    let ran = async {
        let run = house.quality.begin_run(&ask, id, file, wanted, None).await?;
        house
            .quality
            .run_sector(&ask, run.id, open, lang, out, |p| {
                if terminal {
                    eprint!("\r{} ({} %)", p.rows, p.bytes.0 * 100 / p.bytes.1.max(1));
                    let _ = std::io::stderr().flush();
                }
            })
            .await
    };
    let ran: Result<_, QualityError> = ran.await;
    let seconds = started.elapsed().as_secs_f64();
    let (run, out) = match ran {
        Ok(done) => done,
        Err(error) => {
            house.store.close().await?;
            return Ok(refused(&Problem::from(error), lang));
        }
    };
    out.sync_all()?;
    house.store.close().await?;
    let c = &run.counts;
    let rate = c.total as f64 / seconds.max(1e-9);
    if options.json {
        let figures = serde_json::json!({
            "run": run.id, "sector": run.sector, "rows": c.total, "matched": c.matched, "mismatched": c.mismatched,
            "not_found": c.not_found, "duplicates": c.duplicates, "seconds": seconds, "rows_per_second": rate,
        });
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        for met in Met::ALL {
            println!("{:>12}  {}", c.of(*met), met.text().get(lang));
        }
        let (rows, pace) = (lang.pick("dòng", "rows"), lang.pick("dòng/giây", "rows/s"));
        println!("{:>12}  {rows}; {seconds:.1} s, {rate:.0} {pace}", c.total);
    }
    if let Some((vi, en)) = &run.stopped {
        eprintln!("dancu: {}", lang.pick(vi, en));
    }
    let whole = run.state == RunState::Done && c.matched == c.total;
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
