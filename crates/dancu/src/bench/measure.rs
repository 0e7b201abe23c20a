//! What the benchmarks share: callers and claims, a server under load, calls in tasks.

use super::{
    client::{self, Load, post},
    figures::Figures,
};
use crate::site::House;
use access::{Caller, Role, UnitScope};
use anyhow::{Result, anyhow};
use axum::Router;
use identity::{AccountId, By, Profile};
use population::{Ask, SearchFor};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use store::params;
use tokio::net::TcpListener;
use vocabulary::{
    Actor, AgencyCode, Basis, FullName, LegalBasis, Moment, PartialDate, PersonalNumber, Purpose, StaffId,
    SystemId, UnitCode,
};

/// How many calls at a time, and for how long.
#[derive(Clone, Copy)]
pub struct Pace {
    /// Seconds that count.
    pub seconds: u64,
    /// Connections of the load generator.
    pub connections: usize,
}

/// What is claimed of one person, rightly.
pub struct Claim {
    /// The number in force.
    pub number: PersonalNumber,
    /// The name.
    pub name: FullName,
    /// The day of birth.
    pub birth: PartialDate,
}

/// A client of the look-ups, and its token.
pub async fn token(house: &House) -> Result<String> {
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

/// A verify call that is to be answered with a match.
pub fn verify_request(claim: &Claim, token: &str) -> Vec<u8> {
    let body = serde_json::json!({
        "number": claim.number,
        "full_name": claim.name,
        "birth_date": claim.birth,
        "officer": "lan.tt",
        "basis": { "purpose": "verification", "legal_basis": "Luật Căn cước 2023, Điều 10" },
    });
    post("/api/population/verify", token, &body.to_string())
}

/// Serves routes on loopback, loads them from a thread of its own, and stops.
pub async fn against(router: Router, name: &'static str, load: &Load, pace: Pace) -> Result<Figures> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(web::serve(listener, router, async {
        let _ = stopped.await;
    }));
    let figures = std::thread::scope(|scope| {
        let run = scope.spawn(|| client::run(name, address, load, pace.connections, pace.seconds));
        tokio::task::block_in_place(|| run.join()).map_err(|_| anyhow!("the load generator died"))?
    })?;
    let _ = stop.send(());
    server.await??;
    Ok(figures)
}

/// The store's reads of what a verify call reads, by as many tasks as there are processors, without anything around.
pub async fn bare_reads(house: &House, claims: &Arc<Vec<Claim>>, pace: Pace) -> Result<Figures> {
    const SQL: &str = "SELECT p.id, p.name, p.birth, p.sex, p.unit, p.old_unit, p.relation, p.merged_into
        FROM number_claim c JOIN person p ON p.id = c.person WHERE c.number = $1 AND c.kind IN ($2, $3)";
    type Read =
        (i64, Option<String>, i32, Option<i16>, Option<String>, Option<String>, Option<String>, Option<i64>);
    let (store, claims) = (house.store.clone(), claims.clone());
    tasks("bare reads of the store", pace, processors(), move |n, i| {
        let (store, claims) = (store.clone(), claims.clone());
        async move {
            let claim = &claims[(n * 7_919 + i) % claims.len()];
            let rows: Vec<Read> = store.few(SQL, params![claim.number, 1i16, 3i16]).await?;
            Ok(rows.len() == 1)
        }
    })
    .await
}

/// Searches by full name, with and without diacritics, by an officer of the whole country and of one commune in turn.
pub async fn name_search(house: &House, claims: &Arc<Vec<Claim>>, pace: Pace) -> Result<Figures> {
    let ask = officer("residence-officer", Purpose::Residence)?;
    let communes: Vec<UnitCode> = house
        .store
        .all("SELECT DISTINCT unit FROM person WHERE unit IS NOT NULL ORDER BY unit", params![])
        .await?
        .into_iter()
        .map(|(unit,): (UnitCode,)| unit)
        .collect();
    let (population, claims) = (house.population.clone(), claims.clone());
    tasks("name search, logged per hit", pace, processors(), move |n, i| {
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
pub async fn tasks<F, C>(name: &'static str, pace: Pace, count: usize, call: F) -> Result<Figures>
where
    F: Fn(usize, usize) -> C + Send + Sync + 'static,
    C: Future<Output = Result<bool>> + Send,
{
    let begin = Instant::now() + Duration::from_secs(1);
    let end = begin + Duration::from_secs(pace.seconds);
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
    Ok(Figures::new(name, Duration::from_secs(pace.seconds), latencies, faults))
}

/// An officer of the whole country, in a role and for a purpose.
pub fn officer(role: &str, purpose: Purpose) -> Result<Ask> {
    Ok(Ask {
        caller: Caller {
            actor: actor()?,
            name: "Bench".to_owned(),
            roles: Role::parse(role).into_iter().collect(),
            units: UnitScope::Everywhere,
        },
        basis: Some(Basis { purpose, ..basis()? }),
        request: None,
    })
}

/// Processors of this machine.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Who asks.
pub fn actor() -> Result<Actor> {
    Ok(Actor {
        system: None,
        officer: Some(StaffId::parse("bench").map_err(|i| anyhow!("{i}"))?),
        agency: AgencyCode::parse("G01").map_err(|i| anyhow!("{i}"))?,
        unit: None,
    })
}

/// What for.
pub fn basis() -> Result<Basis> {
    Ok(Basis {
        purpose: Purpose::Verification,
        legal_basis: LegalBasis::parse("Luật Căn cước 2023, Điều 10").map_err(|i| anyhow!("{i}"))?,
        procedure: None,
        dossier: None,
    })
}
