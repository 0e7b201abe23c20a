//! `dancu bench lookup`: verify calls through HTTP, with authorisation and a durable ledger entry for each, beside the
//! bare HTTP ceiling and the bare read ceiling of the same run; then name search, start-up and idle memory.

use super::{
    client::{Load, post},
    figures::{Figures, HEAD},
    measure::{Claim, Pace, actor, against, bare_reads, basis, name_search, tasks, token, verify_request},
};
use crate::{cli::BenchLookup, settings::Settings, site::House};
use anyhow::{Context, Result, anyhow, bail};
use axum::{Json, Router, routing};
use ledger::{Entry, Subject};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    io::{BufRead, BufReader},
    process::{Command, ExitCode, Stdio},
    sync::Arc,
    time::Instant,
};
use store::params;
use vocabulary::{FieldSet, FullName, PartialDate, PersonalNumber, UnitCode};

/// One person in so many is kept for the requests: enough that keys are random over the whole registry.
const SAMPLE: i64 = 10;

/// Runs all measurements and prints them.
pub async fn lookup(mut settings: Settings, options: BenchLookup) -> Result<ExitCode> {
    let folder = std::env::temp_dir().join(format!("dancu-bench-{}", std::process::id()));
    settings.data.clone_from(&folder);
    settings.identity.secure_cookies = false;
    let outcome = measure(&settings, &options).await;
    // The folder is ours, made a moment ago.
    let cleaned = std::fs::remove_dir_all(&folder);
    outcome?;
    cleaned.context("cleaning up")?;
    Ok(ExitCode::SUCCESS)
}

async fn measure(settings: &Settings, options: &BenchLookup) -> Result<()> {
    let house = House::open(settings).await?;
    println!(
        "# dancu bench lookup: {} persons, {} connections, {} s each\n",
        options.persons, options.connections, options.seconds
    );
    let claims = load(&house, options.persons).await?;
    let claims = Arc::new(claims);
    let pace = Pace { seconds: options.seconds, connections: options.connections };
    let token = token(&house).await?;

    let read = bare_reads(&house, &claims, pace).await?;
    let append = append_ceiling(&house, pace).await?;
    let http = against(bare_router(), "bare HTTP, empty handler", &bare_load(), pace).await?;
    let requests = claims.iter().map(|c| verify_request(c, &token)).collect();
    let load = Load { requests: Arc::new(requests), expected: "\"result\":\"match\"" };
    let verify = against(house.routes(settings, false), "verify, authorised and logged", &load, pace).await?;
    let search = name_search(&house, &claims, pace).await?;

    println!("{HEAD}");
    for f in [&read, &append, &http, &verify, &search] {
        println!("{}", f.row());
    }
    println!();
    println!(
        "verify / bare HTTP = {:.2}; verify / bare reads = {:.2}; verify / bare ledger appends = {:.2}",
        verify.rate() / http.rate(),
        verify.rate() / read.rate(),
        verify.rate() / append.rate()
    );

    let started = Instant::now();
    house.ledger.integrate_now().await?;
    match house.ledger.verify_log(&[], |_, _| {}).await? {
        Ok(report) => println!(
            "ledger: {} entries verified in {:.1} s, none missing",
            report.entries,
            started.elapsed().as_secs_f64()
        ),
        Err(fault) => bail!("the ledger is faulty after the run: {}", fault.text().1),
    }
    house.store.close().await?;
    start_up(settings)
}

/// Loads the registry and takes a sample of right claims, in random order.
async fn load(house: &House, persons: u64) -> Result<Vec<Claim>> {
    let options = synthesis::Options {
        persons,
        region: synthesis::Region::Province(UnitCode::parse("56").map_err(|i| anyhow!("{i}"))?),
        seed: 1,
        today: PartialDate::today(),
        year: None,
        faults: 0.0,
        threads: None,
    };
    let started = Instant::now();
    let families = synthesis::families(&options)?.map(|family| family.acts);
    let loaded = population::store::load(&house.store, families, |_| {}).await?;
    let took = started.elapsed().as_secs_f64();
    println!(
        "loaded {} persons, {} households, {} acts in {took:.1} s ({:.0} persons/s, synthesis included)\n",
        loaded.persons,
        loaded.households,
        loaded.acts,
        loaded.persons as f64 / took
    );
    let sample: Vec<(PersonalNumber, FullName, PartialDate)> = house
        .store
        .all(
            "SELECT number, name, birth FROM person WHERE id % $1 = 0 AND number IS NOT NULL AND name IS NOT NULL AND birth > 0",
            params![SAMPLE],
        )
        .await?;
    let mut claims: Vec<Claim> =
        sample.into_iter().map(|(number, name, birth)| Claim { number, name, birth }).collect();
    // A random order, so that neighbouring requests touch no neighbouring rows.
    let mut rng = StdRng::seed_from_u64(1);
    for i in (1..claims.len()).rev() {
        claims.swap(i, rng.random_range(0..=i));
    }
    if claims.is_empty() {
        bail!("the synthetic population gave no claims to verify");
    }
    Ok(claims)
}

fn bare_router() -> Router {
    Router::new().route("/bare", routing::post(async || Json("")))
}

fn bare_load() -> Load {
    let body = "{\"number\":\"056185001234\",\"full_name\":\"Nguyễn Thị Hòa\",\"birth_date\":\"1985-01-01\"}";
    Load { requests: Arc::new(vec![post("/bare", "none", body)]), expected: "" }
}

/// Durable ledger entries by as many tasks as the load has connections, without HTTP, authorisation or reads.
async fn append_ceiling(house: &House, pace: Pace) -> Result<Figures> {
    let ledger = house.ledger.clone();
    let actor = actor()?;
    let basis = basis()?;
    tasks("bare ledger appends", pace, pace.connections, move |_, _| {
        let ledger = ledger.clone();
        let entry =
            Entry::not_found(actor.clone(), basis.clone(), "bench.append", Subject::Nobody, FieldSet::NONE);
        async move {
            ledger.append(entry).await?;
            Ok(true)
        }
    })
    .await
}

/// Starts the server as a process of its own on the loaded database: time until it takes connections, and its memory.
fn start_up(settings: &Settings) -> Result<()> {
    let started = Instant::now();
    let mut server = Command::new(std::env::current_exe()?)
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&settings.data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut line = String::new();
    let read = server.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
    let took = started.elapsed();
    let memory = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap_or_default();
    server.kill()?;
    server.wait()?;
    if !matches!(read, Some(Ok(_))) || !line.contains("listening on") {
        bail!("the server did not start");
    }
    let of = |key: &str| {
        let line = memory.lines().find(|l| l.starts_with(key)).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
    };
    println!(
        "start-up to ready: {:.0} ms; idle memory: {:.0} MB resident, of which {:.0} MB anonymous",
        took.as_secs_f64() * 1_000.0,
        of("VmRSS"),
        of("RssAnon")
    );
    Ok(())
}
