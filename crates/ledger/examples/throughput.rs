//! How many entries a second become durable, and how long a caller waits:
//! `cargo run --release -p ledger --example throughput [DATABASE [CALLERS [SECONDS]]]`
//! (default: a temporary embedded database, 64 callers, 5 seconds). The tree is signed meanwhile, as in service.

use ledger::{Entry, KeyFile, Ledger, MIGRATIONS, Origin, Subject};
use std::{error::Error, sync::Arc, time::Duration};
use store::{Options, Store};
use tokio::time::Instant;
use vocabulary::{Actor, AgencyCode, Basis, Field, FieldSet, LegalBasis, PersonId, Purpose, SystemId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = std::env::temp_dir().join(format!("ledger-throughput-{}", std::process::id()));
    let url = match arguments.next() {
        Some(url) => url,
        None => {
            std::fs::create_dir_all(&folder)?;
            folder.join("ledger.sqlite").display().to_string()
        }
    };
    let callers: i64 = arguments.next().map_or(Ok(64), |text| text.parse())?;
    let seconds: u64 = arguments.next().map_or(Ok(5), |text| text.parse())?;

    let store = Store::open(&url, Options::default()).await?;
    store.migrate(&[MIGRATIONS]).await?;
    let ledger =
        Ledger::open(store.clone(), Arc::new(KeyFile::generate()?), Origin::parse("throughput.example")?)
            .await?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let signing = tokio::spawn({
        let ledger = ledger.clone();
        async move { ledger.run(async { stopped.await.unwrap_or_default() }).await }
    });

    let entry = entry()?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (ledger, entry) = (ledger.clone(), entry.clone());
            tokio::spawn(async move {
                let mut waits = Vec::new();
                let mut person = caller;
                while Instant::now() < end {
                    // Persons all over the country, so that the index is met in no order.
                    person = (person * 6_364_136_223 + 1_442_695_041) % 1_000_000;
                    let begun = Instant::now();
                    ledger.append(entry(person)).await?;
                    waits.push(begun.elapsed());
                }
                Ok::<_, ledger::LedgerError>(waits)
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.append(&mut task.await??);
    }
    waits.sort_unstable();
    let at = |part: f64| waits.get((waits.len() as f64 * part) as usize).copied().unwrap_or_default();
    println!(
        "{} entries/s durable with {callers} callers; wait p50 {:?}, p99 {:?}; {} commits",
        waits.len() as u64 / seconds,
        at(0.5),
        at(0.99),
        store.commits()
    );

    let begun = Instant::now();
    let _ = stop.send(());
    signing.await?;
    println!("signed {} entries, the last of them {:?} after the end", ledger.size().await?, begun.elapsed());
    let begun = Instant::now();
    match ledger.verify_log(&[], |_, _| {}).await? {
        Ok(report) => println!("checked {} entries in {:?}", report.entries, begun.elapsed()),
        Err(fault) => println!("fault: {}", fault.text().1),
    }
    store.close().await?;
    if folder.exists() {
        let bytes = std::fs::metadata(folder.join("ledger.sqlite"))?.len();
        println!("{} bytes an entry on disk", bytes / waits.len().max(1) as u64);
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// What a verification by a machine looks like.
fn entry() -> Result<impl Fn(i64) -> Entry + Clone, vocabulary::Invalid> {
    let actor = Actor {
        system: Some(SystemId::parse("hospital-khanh-hoa")?),
        officer: None,
        agency: AgencyCode::parse("000.00.17.H32")?,
        unit: None,
    };
    let basis = Basis {
        purpose: Purpose::Verification,
        legal_basis: LegalBasis::parse("Luật Căn cước 2023, Điều 10")?,
        procedure: None,
        dossier: None,
    };
    let fields = FieldSet::of(&[Field::PersonalNumber, Field::FullName, Field::BirthDate]);
    Ok(move |person| {
        let subject = Subject::Person(PersonId(person));
        Entry::shown(actor.clone(), basis.clone(), "population.verify", subject, fields)
    })
}
