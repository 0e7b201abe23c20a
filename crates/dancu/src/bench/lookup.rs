//! `dancu bench lookup`: verify calls through HTTP, with authorisation and a durable ledger entry for each, beside the
//! bare HTTP ceiling and the bare read ceiling of the same run; then name search, start-up and idle memory.

use super::{
    client::{self, Load, post},
    figures::{Figures, HEAD},
};
use crate::{cli::BenchLookup, settings::Settings, site::House};
use access::{Caller, Role, UnitScope};
use anyhow::{Context, Result, anyhow, bail};
use axum::{Json, Router, routing};
use identity::{AccountId, By, Profile};
use ledger::{Entry, Subject};
use population::{Ask, SearchFor};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Command, ExitCode, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use store::params;
use tokio::net::TcpListener;
use vocabulary::{
    Actor, AgencyCode, Basis, FieldSet, FullName, LegalBasis, Moment, PartialDate, PersonalNumber, Purpose,
    StaffId, SystemId, UnitCode,
};

/// What is claimed of one person, rightly.
struct Claim {
    number: PersonalNumber,
    name: FullName,
    birth: PartialDate,
}

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
    let token = token(&house).await?;

    let read = read_ceiling(&house, &claims, options).await?;
    let append = append_ceiling(&house, options).await?;
    let http = against(bare_router(), "bare HTTP, empty handler", &bare_load(), options).await?;
    let requests = claims.iter().map(|c| verify_request(c, &token)).collect();
    let load = Load { requests: Arc::new(requests), expected: "\"result\":\"match\"" };
    let verify =
        against(house.routes(settings, false), "verify, authorised and logged", &load, options).await?;
    let search = name_search(&house, &claims, options).await?;

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
        province: UnitCode::parse("56").map_err(|i| anyhow!("{i}"))?,
        seed: 1,
        today: PartialDate::today(),
        faults: 0.0,
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

async fn token(house: &House) -> Result<String> {
    let agency = AgencyCode::parse("G01").map_err(|i| anyhow!("{i}"))?;
    let console = By::Console(&agency);
    let id = AccountId::client("bench").map_err(|i| anyhow!("{i}"))?;
    let system = SystemId::parse("bench").map_err(|i| anyhow!("{i}"))?;
    let profile = Profile {
        name: "Bench".to_owned(),
        agency: agency.clone(),
        unit: None,
        units: UnitScope::Everywhere,
        roles: Role::parse("client-verify").into_iter().collect(),
    };
    let now = Moment::now();
    house.identity.create_client(console, &id, profile, now).await?;
    Ok(house.identity.issue_token(console, &system, "bench", 1, now).await?.reveal().to_owned())
}

fn verify_request(claim: &Claim, token: &str) -> Vec<u8> {
    let body = serde_json::json!({
        "number": claim.number,
        "full_name": claim.name,
        "birth_date": claim.birth,
        "officer": "lan.tt",
        "basis": { "purpose": "verification", "legal_basis": "Luật Căn cước 2023, Điều 10" },
    });
    post("/api/population/verify", token, &body.to_string())
}

fn bare_router() -> Router {
    Router::new().route("/bare", routing::post(async || Json("")))
}

fn bare_load() -> Load {
    let body = "{\"number\":\"056185001234\",\"full_name\":\"Nguyễn Thị Hòa\",\"birth_date\":\"1985-01-01\"}";
    Load { requests: Arc::new(vec![post("/bare", "none", body)]), expected: "" }
}

/// Serves routes on loopback, loads them from a thread of its own, and stops.
async fn against(router: Router, name: &'static str, load: &Load, options: &BenchLookup) -> Result<Figures> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(web::serve(listener, router, async {
        let _ = stopped.await;
    }));
    let figures = std::thread::scope(|scope| {
        let run = scope.spawn(|| client::run(name, address, load, options.connections, options.seconds));
        tokio::task::block_in_place(|| run.join()).map_err(|_| anyhow!("the load generator died"))?
    })?;
    let _ = stop.send(());
    server.await??;
    Ok(figures)
}

/// The store's reads of what a verify call reads, by as many tasks as there are processors, without anything around.
async fn read_ceiling(house: &House, claims: &Arc<Vec<Claim>>, options: &BenchLookup) -> Result<Figures> {
    const SQL: &str = "SELECT p.id, p.name, p.birth, p.sex, p.unit, p.old_unit, p.relation, p.merged_into
        FROM number_claim c JOIN person p ON p.id = c.person WHERE c.number = $1 AND c.kind IN ($2, $3)";
    type Read =
        (i64, Option<String>, i32, Option<i16>, Option<String>, Option<String>, Option<String>, Option<i64>);
    let (store, claims) = (house.store.clone(), claims.clone());
    tasks("bare reads of the store", options, processors(), move |n, i| {
        let (store, claims) = (store.clone(), claims.clone());
        async move {
            let claim = &claims[(n * 7_919 + i) % claims.len()];
            let rows: Vec<Read> = store.few(SQL, params![claim.number, 1i16, 3i16]).await?;
            Ok(rows.len() == 1)
        }
    })
    .await
}

/// Durable ledger entries by as many tasks as the load has connections, without HTTP, authorisation or reads.
async fn append_ceiling(house: &House, options: &BenchLookup) -> Result<Figures> {
    let ledger = house.ledger.clone();
    let actor = actor()?;
    let basis = basis()?;
    tasks("bare ledger appends", options, options.connections, move |_, _| {
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

/// Searches by full name, with and without diacritics, by an officer of the whole country and of one commune in turn.
async fn name_search(house: &House, claims: &Arc<Vec<Claim>>, options: &BenchLookup) -> Result<Figures> {
    let ask = Ask {
        caller: Caller {
            actor: actor()?,
            name: "Bench".to_owned(),
            roles: Role::parse("residence-officer").into_iter().collect(),
            units: UnitScope::Everywhere,
        },
        basis: Some(Basis { purpose: Purpose::Residence, ..basis()? }),
        request: None,
    };
    let communes: Vec<UnitCode> = house
        .store
        .all("SELECT DISTINCT unit FROM person WHERE unit IS NOT NULL ORDER BY unit", params![])
        .await?
        .into_iter()
        .map(|(unit,): (UnitCode,)| unit)
        .collect();
    let (population, claims) = (house.population.clone(), claims.clone());
    tasks("name search, logged per hit", options, processors(), move |n, i| {
        let (population, claims, ask) = (population.clone(), claims.clone(), ask.clone());
        let unit = (i % 4 == 3).then(|| communes[(n + i) % communes.len()]);
        async move {
            let claim = &claims[(n * 7_919 + i) % claims.len()];
            let name = claim.name.reveal();
            let (name, birth) = match i % 4 {
                0 => (name.to_owned(), PartialDate::UNKNOWN),
                1 => (vocabulary::fold(name), PartialDate::UNKNOWN),
                2 => (vocabulary::fold(name), claim.birth),
                // The given name alone, within one commune.
                _ => (
                    vocabulary::fold(name).rsplit(' ').next().unwrap_or_default().to_owned(),
                    PartialDate::UNKNOWN,
                ),
            };
            let found =
                population.search(&ask, &SearchFor { name, birth, unit, ..SearchFor::default() }).await?;
            Ok(i % 4 == 3 || !found.hits.is_empty())
        }
    })
    .await
}

/// Runs calls in so many tasks for some seconds; the first second is not counted.
async fn tasks<F, C>(name: &'static str, options: &BenchLookup, count: usize, call: F) -> Result<Figures>
where
    F: Fn(usize, usize) -> C + Send + Sync + 'static,
    C: Future<Output = Result<bool>> + Send,
{
    let begin = Instant::now() + Duration::from_secs(1);
    let end = begin + Duration::from_secs(options.seconds);
    let call = Arc::new(call);
    let mut set = tokio::task::JoinSet::new();
    for n in 0..count {
        let call = call.clone();
        set.spawn(async move {
            let (mut latencies, mut faults) = (Vec::with_capacity(1 << 16), 0u64);
            for i in 0.. {
                let sent = Instant::now();
                if sent >= end {
                    break;
                }
                let right = call(n, i).await?;
                if sent >= begin {
                    latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                    faults += u64::from(!right);
                }
            }
            Ok::<_, anyhow::Error>((latencies, faults))
        });
    }
    let (mut latencies, mut faults) = (Vec::new(), 0);
    while let Some(done) = set.join_next().await {
        let (mut taken, wrong) = done??;
        latencies.append(&mut taken);
        faults += wrong;
    }
    Ok(Figures::new(name, Duration::from_secs(options.seconds), latencies, faults))
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

fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

fn actor() -> Result<Actor> {
    Ok(Actor {
        system: None,
        officer: Some(StaffId::parse("bench").map_err(|i| anyhow!("{i}"))?),
        agency: AgencyCode::parse("G01").map_err(|i| anyhow!("{i}"))?,
        unit: None,
    })
}

fn basis() -> Result<Basis> {
    Ok(Basis {
        purpose: Purpose::Verification,
        legal_basis: LegalBasis::parse("Luật Căn cước 2023, Điều 10").map_err(|i| anyhow!("{i}"))?,
        procedure: None,
        dossier: None,
    })
}
