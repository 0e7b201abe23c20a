//! Steps that an administrator would take, each a command in a process of its own, so that time and memory are its alone.

use anyhow::{Result, bail};
use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// What a command took.
pub struct Took {
    /// From start to end.
    pub took: Duration,
    /// The most memory that it held.
    pub peak_mb: f64,
}

impl Took {
    /// Its row: the name, seconds, how many a second, and the peak of memory.
    pub fn row(&self, name: &str, count: u64) -> String {
        let seconds = self.took.as_secs_f64();
        format!("| {name} | {seconds:.1} | {:.0} | {:.0} |", count as f64 / seconds, self.peak_mb)
    }
}

/// Runs a command of this program, whose words stand between unit separators, and watches its memory. It must end with one
/// of these exit codes.
pub fn run(words: &str, output: Stdio, expected: &[i32]) -> Result<Took> {
    let started = Instant::now();
    let mut child = Command::new(std::env::current_exe()?)
        .args(words.split('\u{1f}'))
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_mb: f64 = 0.0;
    loop {
        // What the system keeps of the highest mark survives until the process is waited for.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
        let kb: f64 = line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0.0);
        peak_mb = peak_mb.max(kb / 1024.0);
        if let Some(ended) = child.try_wait()? {
            if !ended.code().is_some_and(|code| expected.contains(&code)) {
                bail!("`dancu {}` failed", words.replace('\u{1f}', " "));
            }
            return Ok(Took { took: started.elapsed(), peak_mb });
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
