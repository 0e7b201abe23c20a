//! `kill -9` in the middle of sign-ins: what was taken before is not taken again by the server that comes after, what
//! may have been taken is taken once at most, and what was issued still holds.

use super::{
    flow::{Piece, Target, Worker},
    server::Server,
};
use crate::settings::Settings;
use anyhow::{Context, Result, bail, ensure};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Sign-ins of each caller, on the average, after which the server is killed.
const SIGN_INS: usize = 4;

/// What was presented to servers that came after.
#[derive(Default)]
pub struct Presented {
    /// Assertions, proofs, pushed requests and codes that had been taken.
    pub taken: usize,
    /// The same that were under way at the kill, of which nobody knows.
    pub under_way: usize,
    /// Access tokens that had been issued.
    pub tokens: usize,
}

/// One caller, with the last token that it was given.
struct Caller {
    worker: Worker,
    token: Option<String>,
}

/// Some rounds of sign-ins, kill and second tries. The last server goes on running.
///
/// # Errors
/// Where anything is taken twice, or something issued is lost.
pub async fn kills(
    settings: &Settings,
    target: &Arc<Target>,
    mut server: Server,
    (rounds, callers): (u32, usize),
) -> Result<(Server, Presented)> {
    let mut presented = Presented::default();
    for _ in 0..rounds {
        let (callers, killed) = until_killed(target, server, callers).await?;
        killed?;
        let (again, issuer) = Server::start(settings, &target.address.to_string())?;
        ensure!(issuer == target.issuer, "the server came back as another issuer");
        server = again;
        for caller in callers {
            second_tries(caller, target, &mut presented).await?;
        }
    }
    ensure!(rounds == 0 || presented.taken > 0, "nothing was taken before the kill");
    Ok((server, presented))
}

/// Signs in until so much is done, and kills the server with calls of all callers under way.
async fn until_killed(
    target: &Arc<Target>,
    server: Server,
    callers: usize,
) -> Result<(Vec<Caller>, Result<()>)> {
    let done = Arc::new(AtomicUsize::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..callers {
        let mut worker = Worker::open(target, number).await?;
        worker.journal = Some(Vec::new());
        let (target, done) = (target.clone(), done.clone());
        tasks.spawn(async move {
            let mut caller = Caller { worker, token: None };
            let own: Vec<&String> = target.sessions.iter().skip(number).step_by(callers).collect();
            for session in own.into_iter().cycle() {
                match caller.worker.sign_in(session).await {
                    Ok(signed_in) => caller.token = Some(signed_in.token),
                    // The connection ended with the server.
                    Err(_) => break,
                }
                done.fetch_add(1, Ordering::Relaxed);
            }
            caller
        });
    }
    while done.load(Ordering::Relaxed) < callers * SIGN_INS && !tasks.is_empty() {
        tokio::task::yield_now().await;
    }
    let killed = server.kill();
    let mut ended = Vec::with_capacity(callers);
    while let Some(caller) = tasks.join_next().await {
        ended.push(caller?);
    }
    Ok((ended, killed))
}

async fn second_tries(caller: Caller, target: &Target, presented: &mut Presented) -> Result<()> {
    let Caller { mut worker, token } = caller;
    worker.reconnect().await.context("the server that came after")?;
    let mut sent = worker.journal.take().unwrap_or_default();
    // A second try of a code ends what came of it, so these come last; and before them the token is shown to hold.
    sent.sort_by_key(|sent| matches!(sent.piece, Piece::Code { .. }));
    let mut token = token;
    for sent in &sent {
        if matches!(sent.piece, Piece::Code { .. })
            && let Some(token) = token.take()
        {
            worker.userinfo(&token).await?.expect(200, "a token that was issued before the kill")?;
            presented.tokens += 1;
        }
        if sent.taken {
            ensure!(!worker.present(&sent.piece).await?, "{} was taken twice", sent.piece.name());
            presented.taken += 1;
        } else {
            let both = (worker.present(&sent.piece).await?, worker.present(&sent.piece).await?);
            if both == (true, true) {
                bail!("{} was taken twice", sent.piece.name());
            }
            presented.under_way += 1;
        }
    }
    // The server takes what is new.
    let session = target.sessions.first().context("no session")?;
    worker.sign_in(session).await.context("after the kill")?;
    Ok(())
}
