//! `dancu bench signin`: whole sign-ins of applications through HTTP, against a server that is a process of its own on a
//! store with durable commits, and beside another provider in the same run; sign-ins with passwords; revocation and
//! rotation of keys under load; and `kill -9`.

mod crash;
mod flow;
mod furnish;
mod key;
mod load;
mod password;
mod server;
mod trials;
mod wire;

use crate::{bench::figures::HEAD, settings::Settings};
use anyhow::{Context, Result};
use flow::{Application, Target};
use furnish::{Citizen, SCOPE};
use load::{Pace, Ran};
use serde_json::json;
use server::Server;
use std::{process::ExitCode, sync::Arc};

/// Options of `bench signin`.
#[derive(Debug, clap::Args)]
pub struct SigninOptions {
    /// Synthetic persons of the registry.
    #[arg(long, default_value_t = 40_000)]
    pub persons: u64,
    /// Citizens with a live session.
    #[arg(long, default_value_t = 10_000)]
    pub sessions: usize,
    /// Seconds per measurement.
    #[arg(long, default_value_t = 15)]
    pub seconds: u64,
    /// Callers, each with one sign-in under way at a time.
    #[arg(long, default_value_t = 96)]
    pub connections: usize,
    /// Command of another provider to be measured with the same load, such as scripts/bench-signin passes.
    #[arg(long, value_name = "COMMAND")]
    pub beside: Option<String>,
    /// Times that the server is killed in the middle of sign-ins.
    #[arg(long, default_value_t = 3)]
    pub kill_rounds: u32,
    /// Nothing but kill -9.
    #[arg(long)]
    pub only_kill: bool,
}

/// Seconds before a measurement, while caches and connections warm up.
const WARM_UP: u64 = 2;
/// Applications that sign in.
const APPLICATIONS: usize = 8;
/// Citizens who are kept out of the load, for trials of their own.
const APART: usize = 60;
/// Sessions that the other provider is asked for: so many that its memory of the last thousand things keeps all.
const SESSIONS_BESIDE: usize = 64;

/// Runs all measurements and prints them.
pub async fn signin(mut settings: Settings, options: SigninOptions) -> Result<ExitCode> {
    let folder = std::env::temp_dir().join(format!("dancu-signin-{}", std::process::id()));
    settings.data.clone_from(&folder);
    settings.identity.secure_cookies = false;
    settings.provider.synthetic = true;
    let outcome = measure(&settings, &options).await;
    // The folder is ours, made a moment ago.
    let cleaned = std::fs::remove_dir_all(&folder);
    outcome?;
    cleaned.context("cleaning up")?;
    Ok(ExitCode::SUCCESS)
}

async fn measure(settings: &Settings, options: &SigninOptions) -> Result<()> {
    let applications = Arc::new(furnish::applications(APPLICATIONS)?);
    let citizens =
        furnish::furnish(settings, options.persons, options.sessions + APART, &applications).await?;
    let (apart, citizens) = citizens.split_at(APART.min(citizens.len() / 2));
    println!(
        "# dancu bench signin: {} persons, {} live sessions, {} callers, {} s each\n",
        options.persons,
        citizens.len(),
        options.connections,
        options.seconds
    );
    let (server, issuer) = Server::start(settings, "127.0.0.1:0")?;
    let cookies = citizens.iter().map(Citizen::cookie).collect();
    let target = Arc::new(Target::discover(&issuer, SCOPE, applications.clone(), cookies).await?);
    let pace = Pace {
        connections: options.connections,
        seconds: options.seconds,
        warm_up: WARM_UP,
        verify_every: 16,
        // Proofs carry the time and are taken for some minutes.
        beforehand: (options.seconds + WARM_UP).min(60),
    };
    if !options.only_kill {
        sign_ins(options, &target, &server, &applications, pace).await?;
        others(settings, options, &target, &server, (apart, citizens)).await?;
    }
    let rounds = (options.kill_rounds, options.connections.min(16));
    let (_server, presented) = crash::kills(settings, &target, server, rounds).await?;
    println!(
        "kill -9: {} rounds; of {} assertions, proofs, pushed requests and codes presented again none was taken twice, \
         of {} under way none more than once; {} tokens issued before still held",
        options.kill_rounds, presented.taken, presented.under_way, presented.tokens
    );
    Ok(())
}

/// Sign-ins here, and beside them at the other provider.
async fn sign_ins(
    options: &SigninOptions,
    target: &Arc<Target>,
    server: &Server,
    applications: &Arc<Vec<Application>>,
    pace: Pace,
) -> Result<()> {
    let own = load::run("dancu, durable", target, server.pid(), pace)?;
    println!("{}\n{}", load::HEAD, own.row());
    told(&own);
    if let Some(command) = &options.beside {
        let known: Vec<_> = applications
            .iter()
            .map(|a| json!({ "client_id": a.id, "redirect_uri": a.redirect, "jwk": a.key.jwk() }))
            .collect();
        let input = json!({ "applications": known, "sessions": SESSIONS_BESIDE });
        let (other, issuer, sessions) = Server::beside(command, &input)?;
        let target = Arc::new(Target::discover(&issuer, SCOPE, applications.clone(), sessions).await?);
        let beside = load::run("the other, in memory", &target, other.pid(), pace)?;
        println!("{}", beside.row());
        told(&beside);
        println!(
            "\n{:.1} times its rate, {:.1} times for each second of processor time",
            own.figures.rate() / beside.figures.rate(),
            own.per_core() / beside.per_core()
        );
    }
    println!();
    Ok(())
}

fn told(ran: &Ran) {
    if let Some(fault) = &ran.fault {
        println!("\nthe first fault: {fault}\n");
    }
}

/// Passwords, revocation and rotation.
async fn others(
    settings: &Settings,
    options: &SigninOptions,
    target: &Arc<Target>,
    server: &Server,
    (apart, citizens): (&[Citizen], &[Citizen]),
) -> Result<()> {
    let cost = settings.identity.hash;
    let (found, used, fault) =
        password::passwords(target.address, citizens, options.seconds.min(10), server.pid()).await?;
    println!("{HEAD}\n{}", found.row());
    if let Some(fault) = fault {
        println!("\nthe first fault: {fault}");
    }
    println!(
        "\nArgon2id with {} KiB, {} passes, {} lanes, {} at once: {:.0} password sign-ins for each second of processor time\n",
        cost.memory_kib,
        cost.passes,
        cost.lanes,
        cost.at_once,
        found.rate() * found.took.as_secs_f64() / used.max(1e-9)
    );

    let connections = options.connections.div_ceil(4);
    let pace = Pace { connections, seconds: 8, warm_up: 0, verify_every: 16, beforehand: 0 };
    let (beside, pid) = (target.clone(), server.pid());
    let load = std::thread::spawn({
        let runtime = tokio::runtime::Handle::current();
        move || {
            let _entered = runtime.enter();
            load::run("beside revocations", &beside, pid, pace)
        }
    });
    let revoked = trials::revocation(target, apart).await?;
    load.join().map_err(|_| anyhow::anyhow!("the load generator died"))??;
    println!(
        "revocation under load, slowest from its request to the refusal: by the citizen {:.0} ms, by the application \
         {:.0} ms, the end of a session {:.0} ms\n",
        revoked.by_citizen, revoked.by_application, revoked.session
    );

    let ran = trials::rotation(settings, target, server.pid(), options.connections).await?;
    println!(
        "rotation of the signing key under load: {:.0} sign-ins/s, {} failed, every identity token verified, {} keys signed\n",
        ran.figures.rate(),
        ran.figures.faults,
        ran.keys.len()
    );
    told(&ran);
    Ok(())
}
