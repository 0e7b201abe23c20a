//! `dancu backup`, `dancu restore`, `dancu population`.

use crate::{cli::PopulationCommand, settings::Settings, site::MIGRATIONS};
use anyhow::{Context, Result, bail};
use std::{path::Path, process::ExitCode};
use store::{BackupReport, Check, Options, Store};
use vocabulary::Lang;

pub(super) async fn open(settings: &Settings) -> Result<Store> {
    let store = Store::open(&settings.database_url(), Options::default())
        .await
        .context("cannot open the database")?;
    store.migrate(MIGRATIONS).await.context("cannot bring the database up to date")?;
    Ok(store)
}

/// Brings the schema up to date and, where asked, spreads the current state over the workers of a Citus cluster.
pub async fn migrate(settings: Settings, citus: bool, lang: Lang) -> Result<ExitCode> {
    settings.prepare_folder()?;
    let store = open(&settings).await?;
    println!("{}", lang.pick("Lược đồ đã cập nhật.", "The schema is up to date."));
    if citus {
        let done =
            store.distribute(population::store::SPREAD).await.context("cannot distribute the tables")?;
        let told = match done {
            None => lang
                .pick(
                    "Cơ sở dữ liệu không có phần mở rộng Citus: không phân tán bảng nào.",
                    "The database does not have the extension Citus: no table is distributed.",
                )
                .to_owned(),
            Some(tables) if tables.is_empty() => lang
                .pick("Các bảng đã được phân tán từ trước.", "The tables are distributed already.")
                .to_owned(),
            Some(tables) => {
                format!("{} {}", lang.pick("Đã phân tán:", "Distributed:"), tables.join(", "))
            }
        };
        println!("{told}");
    }
    store.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Copies the embedded database, and names the ledger's key, without which the copy could not go on signing.
pub async fn backup(settings: Settings, to: &Path, thorough: bool) -> Result<ExitCode> {
    let store = open(&settings).await?;
    let report = store.backup(to, check(thorough)).await?;
    store.close().await?;
    tell(to, &report);
    println!("Keep the ledger's key too: {}", settings.ledger_key().display());
    Ok(ExitCode::SUCCESS)
}

/// Prints what was written.
fn tell(to: &Path, report: &BackupReport) {
    println!(
        "{}: {} bytes, {:.1} s, SHA-256 {}",
        to.display(),
        report.bytes,
        report.took.as_secs_f64(),
        report.sha256
    );
}

fn check(thorough: bool) -> Check {
    if thorough { Check::Thorough } else { Check::Sound }
}

/// Puts a verified backup in the place of a database that does not exist yet.
pub fn restore(settings: &Settings, from: &Path, thorough: bool) -> Result<ExitCode> {
    let url = settings.database_url();
    if url.starts_with("postgres") {
        bail!("restore is for the embedded database; for PostgreSQL use pg_restore");
    }
    settings.prepare_folder()?;
    let to = Path::new(url.strip_prefix("sqlite:").unwrap_or(&url));
    let report = store::restore(from, to, check(thorough))?;
    tell(to, &report);
    Ok(ExitCode::SUCCESS)
}

/// The registry's own commands.
pub async fn population(settings: Settings, command: PopulationCommand) -> Result<ExitCode> {
    match command {
        // Needs more than the database: see `export`.
        PopulationCommand::Export(_) | PopulationCommand::Import(_) | PopulationCommand::Imports(_) => {}
        PopulationCommand::Rebuild => {
            let store = open(&settings).await?;
            let started = std::time::Instant::now();
            let mut told = started;
            let done = population::store::rebuild(&store, |so_far| {
                if told.elapsed().as_secs() >= 5 {
                    told = std::time::Instant::now();
                    eprintln!("dancu: {} persons, {} households …", so_far.persons, so_far.households);
                }
            })
            .await?;
            store.close().await?;
            println!(
                "{} persons and {} households from {} acts in {:.1} s",
                done.persons,
                done.households,
                done.acts,
                started.elapsed().as_secs_f64()
            );
        }
        PopulationCommand::Synthesize(_) | PopulationCommand::Describe(_) => {}
        PopulationCommand::Sizes => {
            let store = open(&settings).await?;
            let sizes = population::store::sizes(&store).await?;
            store.close().await?;
            println!("{} persons, {} acts", sizes.persons, sizes.acts);
            table("acts with their links", &sizes.truth, "act", sizes.acts);
            table("current state with its indexes", &sizes.state, "person", sizes.persons);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints tables and indexes with their bytes, altogether and for one record.
fn table(title: &str, rooms: &[population::store::Room], of: &str, count: u64) {
    let each = |bytes: u64| bytes as f64 / count.max(1) as f64;
    let total: u64 = rooms.iter().map(|r| r.bytes).sum();
    println!();
    println!("{:46} {:>14} {:>12}", title, "bytes", format!("a {of}"));
    for room in rooms {
        let name = room.index.as_ref().map_or_else(|| room.table.clone(), |i| format!("  {i}"));
        println!("{name:46} {:>14} {:>12.1}", room.bytes, each(room.bytes));
    }
    println!("{:46} {total:>14} {:>12.1}", "together", each(total));
}
