//! A load generator: many connections on one thread, each with one call under way at a time, HTTP/1.1 with keep-alive.
//! It reads every answer and checks it, so that a server that answers nonsense is not fast.

use super::figures::Figures;
use anyhow::{Context, Result, anyhow, bail};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Requests to send, ready as bytes, and what each answer's body must contain.
pub struct Load {
    /// The requests; each connection walks through them from another place.
    pub requests: Arc<Vec<Vec<u8>>>,
    /// Part of every right answer.
    pub expected: &'static str,
}

/// One request with a JSON body.
pub fn post(path: &str, token: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends the load for some seconds over so many connections; the first second is not counted.
pub fn run(
    name: &'static str,
    address: SocketAddr,
    load: &Load,
    connections: usize,
    seconds: u64,
) -> Result<Figures> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let begin = Instant::now() + Duration::from_secs(1);
        let end = begin + Duration::from_secs(seconds);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..connections {
            let (requests, expected) = (load.requests.clone(), load.expected);
            tasks.spawn(connection(address, requests, n * 7_919, expected, begin, end));
        }
        let (mut latencies, mut faults) = (Vec::new(), 0);
        while let Some(done) = tasks.join_next().await {
            let (mut taken, wrong) = done??;
            latencies.append(&mut taken);
            faults += wrong;
        }
        Ok(Figures::new(name, Duration::from_secs(seconds), latencies, faults))
    })
}

async fn connection(
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    start: usize,
    expected: &'static str,
    begin: Instant,
    end: Instant,
) -> Result<(Vec<u32>, u64)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut latencies = Vec::with_capacity(1 << 14);
    let mut faults = 0;
    let mut buffer = Vec::with_capacity(4_096);
    for request in requests.iter().cycle().skip(start % requests.len()) {
        let sent = Instant::now();
        if sent >= end {
            break;
        }
        stream.write_all(request).await?;
        let right = answer(&mut stream, &mut buffer, expected).await?;
        if sent >= begin {
            latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
            faults += u64::from(!right);
        }
    }
    Ok((latencies, faults))
}

/// Reads one answer; whether it is 200 and holds what is expected.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>, expected: &str) -> Result<bool> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        let Some(head) = find(buffer, b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&buffer[..head]).context("the head of the answer")?;
        let length: usize = text
            .lines()
            .find_map(|line| {
                line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            })
            .and_then(|(_, value)| value.trim().parse().ok())
            .ok_or_else(|| anyhow!("an answer without a length"))?;
        let ok = text.starts_with("HTTP/1.1 200");
        let body = head + 4;
        while buffer.len() < body + length {
            if stream.read_buf(buffer).await? == 0 {
                bail!("the server broke off");
            }
        }
        return Ok(ok && find(&buffer[body..], expected.as_bytes()).is_some());
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    text.windows(part.len()).position(|w| w == part)
}
