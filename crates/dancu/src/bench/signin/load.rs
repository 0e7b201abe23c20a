//! Many callers at once, each with one sign-in under way at a time, on one thread.

use super::{
    flow::{Target, Worker},
    server::processor_seconds,
};
use crate::bench::figures::Figures;
use anyhow::{Result, anyhow, ensure};
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

/// Faults of one caller after which it gives up: something is wrong that more calls would not tell.
const FAULTS: u64 = 20;

/// Sign-ins a second for which clients sign beforehand.
const PREPARED: usize = 2_500;

/// How a load runs.
#[derive(Clone, Copy)]
pub struct Pace {
    /// Callers.
    pub connections: usize,
    /// Seconds that count.
    pub seconds: u64,
    /// Seconds before, while caches and connections warm up.
    pub warm_up: u64,
    /// Of so many identity tokens one is verified.
    pub verify_every: u64,
    /// Seconds of the load for which clients sign beforehand what can be.
    pub beforehand: u64,
}

/// What a load found.
pub struct Ran {
    /// Whole sign-ins that ended within the time.
    pub figures: Figures,
    /// Seconds of processor time of the server.
    pub server: f64,
    /// Seconds of processor time of this program.
    pub generator: f64,
    /// Names of the keys that signed identity tokens.
    pub keys: BTreeSet<String>,
    /// The first fault.
    pub fault: Option<String>,
}

/// The head of the table.
pub const HEAD: &str = "| provider | sign-ins/s | processors used | sign-ins/s and core | p50 ms | p99 ms | p99.9 ms | faults | load generator, processors |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|";

impl Ran {
    /// Sign-ins for each second of processor time of the server.
    pub fn per_core(&self) -> f64 {
        self.figures.rate() * self.figures.took.as_secs_f64() / self.server.max(1e-9)
    }

    /// One row of the table.
    pub fn row(&self) -> String {
        let seconds = self.figures.took.as_secs_f64();
        let f = &self.figures;
        format!(
            "| {} | {:.0} | {:.2} | {:.0} | {:.2} | {:.2} | {:.2} | {} | {:.2} |",
            f.name,
            f.rate(),
            self.server / seconds,
            self.per_core(),
            f.percentile(0.5),
            f.percentile(0.99),
            f.percentile(0.999),
            f.faults,
            self.generator / seconds
        )
    }
}

/// What one caller found.
#[derive(Default)]
struct Found {
    latencies: Vec<u32>,
    faults: u64,
    fault: Option<String>,
    keys: BTreeSet<String>,
}

/// Runs a load from a thread of its own, so that nothing of this program stands in its way.
///
/// # Errors
/// Where the provider cannot be reached.
pub fn run(name: &'static str, target: &Arc<Target>, pid: u32, pace: Pace) -> Result<Ran> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(load(name, target, pid, pace))
        });
        tokio::task::block_in_place(|| thread.join()).map_err(|_| anyhow!("the load generator died"))?
    })
}

async fn load(name: &'static str, target: &Arc<Target>, pid: u32, pace: Pace) -> Result<Ran> {
    let mut workers = Vec::with_capacity(pace.connections);
    let flows = PREPARED * pace.beforehand as usize / pace.connections.max(1);
    for number in 0..pace.connections {
        let mut worker = Worker::open(target, number).await?;
        worker.verify_every = pace.verify_every;
        if let Some(session) =
            target.sessions.get(number % target.sessions.len().max(1)).filter(|_| flows > 0)
        {
            worker.prepare(session, flows).await?;
        }
        workers.push(worker);
    }
    let begin = Instant::now() + Duration::from_secs(pace.warm_up);
    let end = begin + Duration::from_secs(pace.seconds);
    let mut tasks = tokio::task::JoinSet::new();
    for (number, worker) in workers.into_iter().enumerate() {
        tasks.spawn(caller(worker, target.clone(), number, pace.connections, begin, end));
    }
    let used = || (processor_seconds(pid), processor_seconds(std::process::id()));
    tokio::time::sleep_until(begin.into()).await;
    let before = used();
    tokio::time::sleep_until(end.into()).await;
    let after = used();
    let mut all = Found::default();
    while let Some(found) = tasks.join_next().await {
        let mut found = found?;
        all.latencies.append(&mut found.latencies);
        all.keys.append(&mut found.keys);
        all.faults += found.faults;
        all.fault = all.fault.or(found.fault);
    }
    ensure!(!all.latencies.is_empty(), "no sign-in came to its end: {:?}", all.fault);
    Ok(Ran {
        figures: Figures::new(name, Duration::from_secs(pace.seconds), all.latencies, all.faults),
        server: after.0 - before.0,
        generator: after.1 - before.1,
        keys: all.keys,
        fault: all.fault,
    })
}

async fn caller(
    mut worker: Worker,
    target: Arc<Target>,
    number: usize,
    callers: usize,
    begin: Instant,
    end: Instant,
) -> Found {
    let mut found = Found::default();
    // Each caller has sessions of its own: a person does not sign in at two places in the same moment.
    let own: Vec<&String> = target.sessions.iter().skip(number).step_by(callers).collect();
    let own = if own.is_empty() { target.sessions.iter().collect() } else { own };
    for session in own.into_iter().cycle() {
        let started = Instant::now();
        if started >= end || found.faults >= FAULTS {
            break;
        }
        match worker.sign_in(session).await {
            Ok(signed_in) => {
                found.keys.insert(signed_in.kid);
                let now = Instant::now();
                if (begin..end).contains(&now) {
                    found.latencies.push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
                }
            }
            Err(error) => {
                found.faults += 1;
                found.fault.get_or_insert_with(|| format!("{error:#}"));
                if worker.reconnect().await.is_err() {
                    break;
                }
            }
        }
    }
    found
}
