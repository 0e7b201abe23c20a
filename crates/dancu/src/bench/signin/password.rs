//! Signing in with a password, as the browser's form does: what it takes is what hashing the password takes.

use super::{
    furnish::{Citizen, PASSWORD},
    server::processor_seconds,
    wire::{Answer, Wire, form},
};
use crate::bench::figures::Figures;
use anyhow::Result;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Browsers at once. More would wait for the hashing, of which the settings allow so many at once.
const BROWSERS: usize = 4;

/// What was found, the seconds of processor time of the server, and how the first who was not let in was answered.
pub async fn passwords(
    address: SocketAddr,
    citizens: &[Citizen],
    seconds: u64,
    pid: u32,
) -> Result<(Figures, f64, Option<String>)> {
    let begin = Instant::now() + Duration::from_secs(1);
    let end = begin + Duration::from_secs(seconds);
    let mut tasks = tokio::task::JoinSet::new();
    for browser in 0..BROWSERS {
        let numbers: Vec<String> =
            citizens.iter().skip(browser).step_by(BROWSERS).map(|citizen| citizen.number.reveal()).collect();
        tasks.spawn(browse(address, numbers, begin, end));
    }
    tokio::time::sleep_until(begin.into()).await;
    let before = processor_seconds(pid);
    tokio::time::sleep_until(end.into()).await;
    let used = processor_seconds(pid) - before;
    let mut all = Found::default();
    while let Some(done) = tasks.join_next().await {
        let mut found = done??;
        all.latencies.append(&mut found.latencies);
        all.faults += found.faults;
        all.fault = all.fault.or(found.fault);
    }
    let figures = Figures::new("password sign-in", Duration::from_secs(seconds), all.latencies, all.faults);
    Ok((figures, used, all.fault))
}

/// What one browser found.
#[derive(Default)]
struct Found {
    latencies: Vec<u32>,
    faults: u64,
    fault: Option<String>,
}

/// What a page says is wrong.
fn told(answer: &Answer) -> String {
    let body = String::from_utf8_lossy(&answer.body);
    let message = body.split("govuk-error-message").nth(1).unwrap_or_default();
    let message: String = message.chars().take(240).collect();
    format!("{} {} {message}", answer.status, answer.location.as_deref().unwrap_or_default())
}

async fn browse(address: SocketAddr, numbers: Vec<String>, begin: Instant, end: Instant) -> Result<Found> {
    let mut wire = Wire::open(address).await?;
    let mut found = Found::default();
    for number in numbers.iter().cycle() {
        let sent = Instant::now();
        if sent >= end {
            break;
        }
        let body = form(&[("number", number.as_str()), ("password", PASSWORD)]);
        let request = format!(
            "POST /citizen/sign-in HTTP/1.1\r\nHost: {address}\r\nAccept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = wire.call(&request).await?;
        // Whoever is let in is sent on to the account's page.
        if answer.status != 303 || answer.location.as_deref() != Some("/citizen") {
            found.faults += 1;
            found.fault.get_or_insert_with(|| told(&answer));
        }
        if (begin..end).contains(&Instant::now()) {
            found.latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
    }
    Ok(found)
}
