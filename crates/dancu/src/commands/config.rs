//! `dancu config`.

use crate::{
    cli::ConfigCommand,
    settings::{Settings, without_password},
    site::{MIGRATIONS, open_courier, open_keys, open_ledger},
};
use anyhow::{Result, anyhow};
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
    let published = open_keys(&settings, true).map(|keys| keys.published(vocabulary::Moment::now()).len());
    tell(
        lang.pick("Khóa ký đăng nhập", "Signing keys of citizens' sign-in"),
        published.map(|count| format!("{count} {}", lang.pick("khóa đang công bố", "published"))),
    );
    match open_courier(&settings) {
        Ok(courier) => {
            for (name, outcome) in courier.iter().flat_map(provider::Courier::check) {
                let outcome = outcome.map_err(|why| anyhow!(why));
                tell(name, outcome.map(|()| lang.pick("kết nối được", "reachable").to_owned()));
            }
        }
        Err(error) => tell(lang.pick("Gửi tin nhắn", "Delivery of messages"), Err(error)),
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
