//! Providers as processes of their own, so that what they use of the processors is theirs alone.

use crate::settings::Settings;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
};

/// Ticks of the clock by which Linux counts the time of processes, a second.
const TICKS: f64 = 100.0;

/// A running process. Dropped, it is killed.
pub struct Server {
    child: Child,
    /// What it said first.
    pub said: String,
}

impl Server {
    fn of(mut command: Command, input: Option<&str>) -> Result<Server> {
        let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
        let child = command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut server = Server { child, said: String::new() };
        if let (Some(input), Some(mut to)) = (input, server.child.stdin.take()) {
            to.write_all(input.as_bytes())?;
        }
        let out = server.child.stdout.take().context("no output")?;
        BufReader::new(out).read_line(&mut server.said)?;
        Ok(server)
    }

    /// Starts this program on the data of the settings, at an address of this machine; its issuer.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start(settings: &Settings, listen: &str) -> Result<(Server, String)> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--listen", listen, "--data"]).arg(&settings.data);
        command.args(["--database", &settings.database_url()]);
        command.env("DANCU_PROVIDER__SYNTHETIC", "true");
        let server = Server::of(command, None)?;
        let issuer = server.said.trim().strip_prefix("dancu: listening on ").map(str::to_owned);
        let Some(issuer) = issuer else { bail!("the server did not start") };
        Ok((server, issuer))
    }

    /// Starts another provider: it reads one line of JSON and answers with one, its issuer and the cookies of
    /// sessions.
    ///
    /// # Errors
    /// Where it does not start, or answers otherwise.
    pub fn beside(command: &str, input: &Value) -> Result<(Server, String, Vec<String>)> {
        let mut words = command.split_whitespace();
        let mut command = Command::new(words.next().context("--beside names a program")?);
        command.args(words);
        let server = Server::of(command, Some(&format!("{input}\n")))?;
        let said: Value = serde_json::from_str(&server.said).context("the other provider did not start")?;
        let sessions = said["sessions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let sessions: Vec<String> = sessions.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        ensure!(!sessions.is_empty(), "the other provider has no sessions");
        let issuer = said["issuer"].as_str().context("the other provider names no issuer")?.to_owned();
        Ok((server, issuer, sessions))
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a loss of power would.
    ///
    /// # Errors
    /// Where it had ended by itself.
    pub fn kill(mut self) -> Result<()> {
        ensure!(self.child.try_wait()?.is_none(), "the server ended by itself");
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Seconds of processor time that a process has used so far, all its threads together.
pub fn processor_seconds(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Behind the name, which may hold anything: state, and from the twelfth on the ticks in user and in system mode.
    let fields = text.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: f64 = fields.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / TICKS
}
