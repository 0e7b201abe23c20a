//! `dancu bench nation`: a registry of any size from nothing, through its life: made, loaded, copied, read at random
//! keys, searched, replayed, rebuilt. The steps that an administrator would take are commands of their own process, so
//! that time and memory are theirs alone.

use super::{
    child::{Took, run},
    figures::{Figures, HEAD},
    measure::{
        Claim, Pace, against, bare_reads, name_search, officer, processors, tasks, token, verify_request,
    },
};
use crate::{bench::client::Load, cli::BenchNation, settings::Settings, site::House};
use anyhow::{Context, Result, bail};
use population::fold::AsOf;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    path::Path,
    process::{ExitCode, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use store::params;
use vocabulary::{ActSeq, FullName, Moment, PartialDate, PersonId, PersonalNumber, Purpose};

/// Persons whose keys are asked for: enough that most of them lie on pages of their own.
const SAMPLE: usize = 200_000;
/// Acts of the change feed that are replayed at most.
const REPLAY: i64 = 2_000_000;

/// Runs all steps and prints what they took.
pub async fn nation(mut settings: Settings, options: BenchNation) -> Result<ExitCode> {
    let folder = match &options.folder {
        Some(folder) => folder.join(format!("dancu-nation-{}", std::process::id())),
        None => std::env::temp_dir().join(format!("dancu-nation-{}", std::process::id())),
    };
    std::fs::create_dir_all(&folder)?;
    settings.data.clone_from(&folder);
    settings.identity.secure_cookies = false;
    let outcome = measure(&settings, &options, &folder).await;
    // The folder is ours, made a moment ago.
    let cleaned = std::fs::remove_dir_all(&folder);
    outcome?;
    cleaned.context("cleaning up")?;
    Ok(ExitCode::SUCCESS)
}

async fn measure(settings: &Settings, options: &BenchNation, folder: &Path) -> Result<()> {
    println!("# dancu bench nation: {} persons of {}\n", options.persons, options.province);
    println!("| step | seconds | persons/s | peak memory MB |\n|---|---:|---:|---:|");
    let persons = options.persons.to_string();
    let people = ["--persons", &persons, "--province", &options.province, "--seed", "1"];
    let synthesize = |to: &[&str]| [&["population", "synthesize"][..], &people, to].concat().join("\u{1f}");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (files, database) = (path("files"), path("dancu.sqlite"));
    if !options.skip_files {
        step("synthesise to files", options.persons, &synthesize(&["--out", &files]))?;
        std::fs::remove_dir_all(&files)?;
    }
    step("synthesise and load", options.persons, &synthesize(&["--database", &database]))?;
    let in_database = |words: &[&str]| [words, &["--database", &database]].concat().join("\u{1f}");
    let copy = path("copy.sqlite");
    if !options.skip_backup {
        step("backup", options.persons, &in_database(&["backup", &copy]))?;
        let again = path("again.sqlite");
        let restore = ["restore", &copy, "--database", &again].join("\u{1f}");
        step("restore", options.persons, &restore)?;
        std::fs::remove_file(&copy)?;
        std::fs::remove_file(&again)?;
    }

    println!();
    let sizes = run(&in_database(&["population", "sizes"]), Stdio::inherit(), &[0])?;
    println!("\n(sizes took {:.1} s)\n", sizes.took.as_secs_f64());

    let house = House::open(settings).await?;
    let claims = Arc::new(sample(&house, options.persons).await?);
    let pace = Pace { seconds: options.seconds, connections: options.connections };
    println!("{HEAD}");
    println!("{}", bare_reads(&house, &claims, pace).await?.row());
    let token = token(&house).await?;
    let requests = claims.iter().map(|c| verify_request(c, &token)).collect();
    let load = Load { requests: Arc::new(requests), expected: "\"result\":\"match\"" };
    let routes = house.routes(settings, false);
    println!("{}", against(routes, "verify through HTTP, logged", &load, pace).await?.row());
    println!("{}", name_search(&house, &claims, pace).await?.row());
    println!("{}", past_views(&house, options.persons, pace).await?.row());
    println!("{}", replay(&house).await?.row());
    if !options.skip_rebuild {
        rebuild(&house, &claims, options, &in_database(&["population", "rebuild"])).await?;
    }
    house.store.close().await?;
    Ok(())
}

/// Runs a command of this program and prints its row.
fn step(name: &str, persons: u64, words: &str) -> Result<()> {
    let took = run(words, Stdio::null(), &[0])?;
    println!("{}", took.row(name, persons));
    Ok(())
}

/// Right claims about persons at random places of the registry.
async fn sample(house: &House, persons: u64) -> Result<Vec<Claim>> {
    const SQL: &str = "SELECT number, name, birth FROM person
        WHERE id = $1 AND number IS NOT NULL AND name IS NOT NULL AND birth > 0";
    type Row = (PersonalNumber, FullName, PartialDate);
    let mut rng = StdRng::seed_from_u64(1);
    let mut claims = Vec::with_capacity(SAMPLE);
    for _ in 0..SAMPLE {
        let id = rng.random_range(1..=persons as i64);
        let row: Option<Row> = house.store.optional(SQL, params![id]).await?;
        claims.extend(row.map(|(number, name, birth)| Claim { number, name, birth }));
    }
    if claims.is_empty() {
        bail!("the synthetic population gave no claims to verify");
    }
    Ok(claims)
}

/// A person's page as it was on a day some years ago, of persons at random.
async fn past_views(house: &House, persons: u64, pace: Pace) -> Result<Figures> {
    let population = house.population.clone();
    let ask = officer("residence-officer", Purpose::Residence)?;
    let view = AsOf { effective: PartialDate::parse("2020-06-30")?, recorded: Moment::now() };
    tasks("person as of a past day, logged", pace, processors(), move |n, i| {
        let (population, ask) = (population.clone(), ask.clone());
        async move {
            let id = PersonId(((n * 1_000_003 + i * 7_919) as u64 % persons) as i64 + 1);
            Ok(population.person(&ask, id, Some(view)).await.is_ok())
        }
    })
    .await
}

/// The change feed from its beginning, in answers of a thousand; each counts as one call.
async fn replay(house: &House) -> Result<Figures> {
    let ask = officer("client-changes", Purpose::Verification)?;
    let (mut after, mut latencies, started) = (ActSeq(0), Vec::new(), Instant::now());
    while after.0 < REPLAY {
        let sent = Instant::now();
        let (changes, next) = house.population.changes(&ask, after, 1_000).await?;
        latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
        if changes.is_empty() {
            break;
        }
        after = next;
    }
    println!("<!-- the replay read {} acts -->", after.0);
    Ok(Figures::new("change feed, 1,000 acts a call", started.elapsed(), latencies, 0))
}

/// The current state made anew from the acts by a process of its own, while look-ups go on in this one.
async fn rebuild(house: &House, claims: &Arc<Vec<Claim>>, options: &BenchNation, words: &str) -> Result<()> {
    const ONE: &str = "SELECT p.name FROM number_claim c JOIN person p ON p.id = c.person
        WHERE c.number = $1 AND c.kind IN ($2, $3)";
    let done = Arc::new(AtomicBool::new(false));
    let (store, claims, ended) = (house.store.clone(), claims.clone(), done.clone());
    let reader = tokio::spawn(async move {
        let (mut latencies, mut faults, started) = (Vec::new(), 0, Instant::now());
        let mut timer = tokio::time::interval(Duration::from_millis(1));
        for claim in claims.iter().cycle() {
            if ended.load(Ordering::Relaxed) {
                break;
            }
            timer.tick().await;
            let sent = Instant::now();
            let names: Vec<Option<FullName>> = store.few(ONE, params![claim.number, 1i16, 3i16]).await?;
            latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
            faults += u64::from(names.is_empty());
        }
        let name = "look-up during the rebuild, 1,000 a second";
        anyhow::Ok(Figures::new(name, started.elapsed(), latencies, faults))
    });
    let acts: i64 = house.store.one("SELECT seq FROM act_head WHERE id = 1", params![]).await?;
    let words = words.to_owned();
    let took = tokio::task::spawn_blocking(move || run(&words, Stdio::null(), &[0])).await?;
    done.store(true, Ordering::Relaxed);
    println!("{}", reader.await??.row());
    let Took { took, peak_mb } = took?;
    let seconds = took.as_secs_f64();
    println!(
        "\nrebuild of {} persons from {acts} acts: {seconds:.1} s ({:.0} acts/s), peak memory {peak_mb:.0} MB",
        options.persons,
        acts as f64 / seconds
    );
    Ok(())
}
