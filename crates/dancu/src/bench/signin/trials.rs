//! What must hold while sign-ins go on: what is revoked ends within a second, and a new signing key costs no sign-in.

use super::{
    flow::{Target, Worker},
    furnish::Citizen,
    load::{self, Pace, Ran},
    wire::form,
};
use crate::settings::Settings;
use anyhow::{Context, Result, bail, ensure};
use identity::csrf_token;
use provider::{KeyFolder, KeyStore as _};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use vocabulary::Moment;

/// Times that each way of revoking is tried.
const ROUNDS: usize = 20;
/// A token that still opens something after this is not revoked.
const GIVEN_UP: Duration = Duration::from_secs(5);
/// Seconds for which a new key is published before it signs; the one of the trial is made as if that had nearly passed.
const LEAD: i64 = 3600;
/// Seconds from making the key of the trial until it signs.
const TURN: i64 = 3;

/// How long it took at most until a revocation held, in milliseconds from its request on: by the citizen, by the
/// application, by the end of the session.
pub struct Revoked {
    /// The citizen takes the consent back; userinfo refuses the token.
    pub by_citizen: f64,
    /// The application gives the token back; userinfo refuses it.
    pub by_application: f64,
    /// The citizen signs out; the application's next request is not answered with a code.
    pub session: f64,
}

/// Revokes in every way, beside a load if there is one. Takes citizens of its own.
pub async fn revocation(target: &Arc<Target>, citizens: &[Citizen]) -> Result<Revoked> {
    let mut worker = Worker::open(target, 0).await?;
    let client = worker.client();
    let (mut by_citizen, mut by_application, mut session) = (0f64, 0f64, 0f64);
    ensure!(citizens.len() >= 3 * ROUNDS, "too few citizens for the trial of revocation");
    for some in citizens.chunks_exact(3).take(ROUNDS) {
        let [first, second, third] = some else { continue };
        let token = worker.sign_in(&first.cookie()).await?.token;
        let fields = [("csrf_token", csrf_token(&first.session)), ("client", client.clone())];
        let begun = Instant::now();
        press(&mut worker, first, "/citizen/revoke", &fields).await?;
        by_citizen = by_citizen.max(refused(&mut worker, &token, begun).await?);

        let token = worker.sign_in(&second.cookie()).await?.token;
        let begun = Instant::now();
        worker.revoke(&token).await?;
        by_application = by_application.max(refused(&mut worker, &token, begun).await?);

        worker.sign_in(&third.cookie()).await?;
        let begun = Instant::now();
        press(&mut worker, third, "/citizen/sign-out", &[("csrf_token", csrf_token(&third.session))]).await?;
        while worker.sign_in(&third.cookie()).await.is_ok() {
            ensure!(begun.elapsed() < GIVEN_UP, "a session that was ended still signs in");
        }
        session = session.max(millis(begun));
        worker.reconnect().await?;
    }
    Ok(Revoked { by_citizen, by_application, session })
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}

/// Sends a form of a citizen's page.
async fn press(worker: &mut Worker, citizen: &Citizen, path: &str, fields: &[(&str, String)]) -> Result<()> {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let headers = format!("Cookie: {}\r\n", citizen.cookie());
    worker.post(path, &headers, &form(&fields)).await?.expect(303, path)?;
    Ok(())
}

/// Milliseconds until userinfo refuses a token.
async fn refused(worker: &mut Worker, token: &str, since: Instant) -> Result<f64> {
    loop {
        let answer = worker.userinfo(token).await?;
        match answer.error().as_deref() {
            Some("invalid_token") => return Ok(millis(since)),
            Some(other) => bail!("a revoked token was answered {other}"),
            None => ensure!(since.elapsed() < GIVEN_UP, "a revoked token still opens userinfo"),
        }
    }
}

/// Adds a signing key while sign-ins go on; every identity token is verified.
///
/// # Errors
/// Where the new key never signed, or the key before it never did.
pub async fn rotation(
    settings: &Settings,
    target: &Arc<Target>,
    pid: u32,
    connections: usize,
) -> Result<Ran> {
    let folder = settings.provider_place(&settings.provider.keys, "signing-keys");
    let passphrase = settings.provider_place(&settings.provider.passphrase, "signing-keys.pass");
    let pace = Pace { connections, seconds: 8, warm_up: 1, verify_every: 1, beforehand: 0 };
    let adding = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        let now = Moment::now();
        KeyFolder::open_or_create(&folder, &passphrase, now)?.rotate(now.plus_seconds(TURN - LEAD))
    });
    let ran = load::run("while a new key takes over", target, pid, pace)?;
    let added =
        adding.join().map_err(|_| anyhow::anyhow!("the key was not added"))?.context("adding a key")?;
    ensure!(ran.keys.contains(&added), "the new key has not signed");
    ensure!(ran.keys.len() == 2, "one key signed before and one after, not {}", ran.keys.len());
    Ok(ran)
}
