//! `dancu config`.

use crate::{
    cli::ConfigCommand,
    settings::{Settings, without_password},
    site::{MIGRATIONS, open_ledger},
};
use anyhow::Result;
use std::process::ExitCode;
use store::{Options, Store};
use vocabulary::Lang;

/// Checks or prints settings.
pub async fn run(settings: Settings, command: ConfigCommand, lang: Lang) -> Result<ExitCode> {
    match command {
        ConfigCommand::Policy => print!("{}", access::Policy::BUILTIN),
        ConfigCommand::Check => return check(settings, lang).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn check(settings: Settings, lang: Lang) -> Result<ExitCode> {
    print!("{}", settings.to_toml()?);
    println!();
    let mut sound = true;
    let mut tell = |what: &str, outcome: Result<String>| match outcome {
        Ok(fine) => println!("✓ {what}: {fine}"),
        Err(error) => {
            sound = false;
            println!("✗ {what}: {error:#}");
        }
    };
    tell(
        lang.pick("Chính sách", "Policy"),
        settings.policy().map(|p| {
            let cases = p.check();
            let held = cases.iter().filter(|c| c.passed()).count();
            format!(
                "{} {}, {held}/{} {}",
                p.grants().len(),
                lang.pick("quy tắc", "grants"),
                cases.len(),
                lang.pick("ví dụ đúng", "examples hold")
            )
        }),
    );
    tell(
        lang.pick("Thư mục dữ liệu", "Data folder"),
        settings.prepare_folder().map(|()| settings.data.display().to_string()),
    );
    let opened = async {
        let store = Store::open(&settings.database_url(), Options::default()).await?;
        store.migrate(MIGRATIONS).await?;
        Ok::<_, anyhow::Error>(store)
    };
    match opened.await {
        Ok(store) => {
            tell(lang.pick("Cơ sở dữ liệu", "Database"), Ok(without_password(&settings.database_url())));
            let ledger = open_ledger(&settings, store.clone()).await;
            tell(lang.pick("Khóa nhật ký", "Ledger key"), ledger.map(|l| l.verifier_key().to_string()));
            store.close().await?;
        }
        Err(error) => tell(lang.pick("Cơ sở dữ liệu", "Database"), Err(error)),
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
