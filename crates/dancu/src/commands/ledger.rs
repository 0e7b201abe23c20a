//! `dancu ledger`.

use crate::{
    cli::LedgerCommand,
    settings::Settings,
    site::{MIGRATIONS, open_ledger},
};
use anyhow::{Context, Result, anyhow};
use identity::By;
use ledger::{Checkpoint, Entry, Proof, VerifierKey};
use std::{
    io::{IsTerminal, Write},
    path::Path,
    process::ExitCode,
};
use store::{Options, Store};
use vocabulary::{AgencyCode, Lang};

/// Runs one command of the ledger.
pub async fn run(settings: Settings, command: LedgerCommand, lang: Lang) -> Result<ExitCode> {
    settings.prepare_folder()?;
    let store = Store::open(&settings.database_url(), Options::default())
        .await
        .context("cannot open the database")?;
    store.migrate(MIGRATIONS).await.context("cannot bring the database up to date")?;
    let ledger = open_ledger(&settings, store.clone()).await?;
    match command {
        LedgerCommand::Verify { remembered } => {
            let mut kept = Vec::new();
            for file in &remembered {
                let note = std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read {}", file.display()))?;
                kept.push(
                    Checkpoint::open(&note, ledger.verifier_key())
                        .map_err(|f| anyhow!("{}: {f}", file.display()))?,
                );
            }
            // A log that cannot be signed further is what the check is for: it names the place of the fault.
            let signed = ledger.integrate_now().await;
            if let Err(error) = &signed {
                eprintln!("dancu: {error}");
            }
            let terminal = std::io::stderr().is_terminal();
            let outcome = ledger
                .verify_log(&kept, |done, all| {
                    if terminal {
                        let percent = done * 100 / all.max(1);
                        eprint!("\r{done} / {all} ({percent} %)");
                        let _ = std::io::stderr().flush();
                    }
                })
                .await?;
            if terminal {
                eprintln!();
            }
            match outcome {
                Ok(report) => {
                    println!(
                        "{}: {} {}, {} {}",
                        lang.pick("Nhật ký nguyên vẹn", "The ledger is intact"),
                        report.entries,
                        lang.pick("mục", "entries"),
                        report.checkpoints,
                        lang.pick("điểm kiểm tra", "checkpoints")
                    );
                }
                Err(fault) => {
                    let (vi, en) = fault.text();
                    eprintln!("{}: {}", lang.pick("NHẬT KÝ HỎNG", "THE LEDGER IS FAULTY"), lang.pick(vi, en));
                    return Ok(ExitCode::from(2));
                }
            }
        }
        LedgerCommand::Prove { entry, agency } => {
            let agency = AgencyCode::parse(&agency).map_err(|i| anyhow!("{agency}: {}", i.text.get(lang)))?;
            let proof = ledger.prove(entry).await?;
            // The proof says what the entry says, so that showing it is a reading of its own.
            let reader = By::Console(&agency).actor();
            ledger.append(Entry::operation(reader, "ledger.prove").note(format!("entry {entry}"))).await?;
            print!("{proof}");
        }
        LedgerCommand::Export { folder } => {
            let size = ledger.export(&folder).await?;
            println!("{size} {} {}", lang.pick("mục, ghi vào", "entries, written to"), folder.display());
        }
        LedgerCommand::Key => println!("{}", ledger.verifier_key()),
        LedgerCommand::CheckProof { .. } => {}
    }
    store.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Checks a proof with nothing but the verifier key.
pub fn check_proof(file: &Path, key: &str, lang: Lang) -> Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let key = VerifierKey::parse(key).ok_or_else(|| anyhow!("not a verifier key"))?;
    match Proof::parse(&text).and_then(|proof| proof.verify(&key)) {
        Ok(proven) => {
            println!(
                "{} {} / {}",
                lang.pick("Đúng: mục", "Proved: entry"),
                proven.index,
                proven.checkpoint.size
            );
            println!("{}", serde_json::to_string_pretty(&proven.statement)?);
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            eprintln!("{}", fault.text().get(lang));
            Ok(ExitCode::from(2))
        }
    }
}
