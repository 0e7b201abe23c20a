//! `dancu backup`, `dancu restore`, `dancu population`.

use crate::{cli::PopulationCommand, settings::Settings, site::MIGRATIONS};
use anyhow::{Context, Result, bail};
use std::{path::Path, process::ExitCode};
use store::{Options, Store};

async fn open(settings: &Settings) -> Result<Store> {
    let store = Store::open(&settings.database_url(), Options::default())
        .await
        .context("cannot open the database")?;
    store.migrate(MIGRATIONS).await.context("cannot bring the database up to date")?;
    Ok(store)
}

/// Copies the embedded database, and names the ledger's key, without which the copy could not go on signing.
pub async fn backup(settings: Settings, to: &Path) -> Result<ExitCode> {
    let store = open(&settings).await?;
    let report = store.backup(to).await?;
    store.close().await?;
    println!("{}: {} bytes, {:.1} s", to.display(), report.bytes, report.took.as_secs_f64());
    println!("Keep the ledger's key too: {}", settings.ledger_key().display());
    Ok(ExitCode::SUCCESS)
}

/// Puts a verified backup in the place of a database that does not exist yet.
pub fn restore(settings: &Settings, from: &Path) -> Result<ExitCode> {
    let url = settings.database_url();
    if url.starts_with("postgres") {
        bail!("restore is for the embedded database; for PostgreSQL use pg_restore");
    }
    settings.prepare_folder()?;
    let to = Path::new(url.strip_prefix("sqlite:").unwrap_or(&url));
    let report = store::restore(from, to)?;
    println!("{}: {} bytes, {:.1} s", to.display(), report.bytes, report.took.as_secs_f64());
    Ok(ExitCode::SUCCESS)
}

/// The registry's own commands.
pub async fn population(settings: Settings, command: PopulationCommand) -> Result<ExitCode> {
    match command {
        PopulationCommand::Rebuild => {
            let store = open(&settings).await?;
            let started = std::time::Instant::now();
            let done = population::store::rebuild(&store).await?;
            store.close().await?;
            println!(
                "{} persons and {} households from {} acts in {:.1} s",
                done.persons,
                done.households,
                done.acts,
                started.elapsed().as_secs_f64()
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}
