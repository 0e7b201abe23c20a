//! A killed process loses no acknowledged act and no ledger entry, and the log still verifies: `kill -9` in the middle
//! of writes, on both engines, several times over.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test reports by panicking

mod own_database;

use own_database::with_own_database;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Rounds of writing and killing.
const ROUNDS: u64 = 3;
/// Writers at once: enough that group commits are under way at the kill.
const WRITERS: u64 = 8;
/// Acknowledged acts of a round after which the process is killed.
const ACKNOWLEDGED: u64 = 40;

struct Site<'a> {
    data: &'a Path,
    database: Option<String>,
}

impl Site<'_> {
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dancu"));
        command.arg("--data").arg(self.data).args(["--lang", "en"]);
        if let Some(url) = &self.database {
            command.args(["--database", url]);
        }
        command
    }

    fn output(&self, args: &[&str]) -> String {
        let out = self.command().args(args).output().unwrap();
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    fn start(&self) -> (Child, String) {
        let mut server = self
            .command()
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("dancu: listening on ").unwrap_or_else(|| panic!("{line}"));
        (server, address.to_owned())
    }
}

/// One acknowledged birth.
#[derive(Clone, Debug)]
struct Acknowledged {
    name: String,
    seq: u64,
    number: String,
    entries: Vec<u64>,
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .new_agent()
}

/// A child of which no other one of the test is taken for a double: another name, another day.
fn child_of(n: u64) -> (String, String) {
    const WORDS: [[&str; 10]; 4] = [
        ["Trần", "Nguyễn", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Hồ", "Dương"],
        ["Thị", "Ngọc", "Kim", "Thanh", "Bảo", "Gia", "Xuân", "Mỹ", "Tuyết", "Hoài"],
        ["Anh", "Quỳnh", "Minh", "Phương", "Khánh", "Đan", "Uyên", "Vân", "Cẩm", "Diệu"],
        ["Lan", "Trang", "Hương", "Yến", "Oanh", "Thư", "Nga", "Chi", "Mai", "Ý"],
    ];
    let scattered = n * 7_919 % 10_000;
    let word = |at: usize| WORDS[at][(scattered / 10_u64.pow(at as u32) % 10) as usize];
    let name = format!("{} {} {} {}", word(0), word(1), word(2), word(3));
    (name, format!("2025-{:02}-{:02}", 1 + n / 28 % 12, 1 + n % 28))
}

fn birth(address: &str, token: &str, n: u64) -> Option<Acknowledged> {
    let (name, day) = child_of(n);
    let place = json!({ "new": "22366", "detail": "12 Trần Phú" });
    let body = json!({
        "effective": "2026-01-15",
        "evidence": format!("KS {n}/2026"),
        "act": {
            "kind": "birth", "child": 0,
            "facts": [{ "name": name }, { "birth-date": day }, { "sex": "female" }, { "birth-registration": place }],
        },
        "issue_number": true,
        "officer": "lan.tt",
        "basis": { "purpose": "civil-status", "legal_basis": "Luật Hộ tịch 2014, Điều 16" },
    });
    let mut answer = agent()
        .post(format!("{address}/api/population/acts"))
        .header("Authorization", format!("Bearer {token}"))
        .send_json(body)
        .ok()?;
    let status = answer.status();
    let answer: Value = answer.body_mut().read_json().ok()?;
    assert_eq!(status, 201, "{answer}");
    Some(Acknowledged {
        name,
        seq: answer["acts"][0].as_u64()?,
        number: answer["number"].as_str()?.to_owned(),
        entries: answer["entries"].as_array()?.iter().filter_map(Value::as_u64).collect(),
    })
}

/// Writes until so much is acknowledged, then kills; what was acknowledged by then.
fn write_and_kill(site: &Site<'_>, token: &str, counter: &Arc<AtomicU64>) -> Vec<Acknowledged> {
    let (mut server, address) = site.start();
    let kept = Arc::new(Mutex::new(Vec::new()));
    let stop = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        let mut writers = Vec::new();
        for _ in 0..WRITERS {
            let (address, kept, stop, counter) = (&address, kept.clone(), stop.clone(), counter.clone());
            writers.push(scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    match birth(address, token, counter.fetch_add(1, Ordering::Relaxed)) {
                        Some(acknowledged) => kept.lock().unwrap().push(acknowledged),
                        None => break,
                    }
                }
            }));
        }
        while kept.lock().unwrap().len() < ACKNOWLEDGED as usize {
            std::thread::yield_now();
            assert!(server.try_wait().unwrap().is_none(), "the server died by itself");
            assert!(writers.iter().any(|w| !w.is_finished()), "every writer has given up");
        }
        // SIGKILL, with requests of all writers under way.
        server.kill().unwrap();
        server.wait().unwrap();
        stop.store(true, Ordering::Relaxed);
    });
    Arc::try_unwrap(kept).unwrap().into_inner().unwrap()
}

fn nothing_acknowledged_is_lost(database: Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let site = Site { data: folder.path(), database };
    let roles = "client-civil-status,client-verify,client-changes";
    let token =
        site.output(&["client", "create", "crash", "--name", "Crash", "--agency", "G01", "--roles", roles]);
    let token = token.trim();
    let counter = Arc::new(AtomicU64::new(1));
    let mut acknowledged = Vec::new();
    let mut remembered: Vec<String> = Vec::new();
    for round in 0..ROUNDS {
        acknowledged.extend(write_and_kill(&site, token, &counter));
        // The log verifies, and begins with every log that was signed before.
        let mut args = vec!["ledger".to_owned(), "verify".to_owned()];
        for file in &remembered {
            args.extend(["--remembered".to_owned(), file.clone()]);
        }
        site.output(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let public = folder.path().join(format!("public-{round}"));
        site.output(&["ledger", "export", public.to_str().unwrap()]);
        remembered.push(public.join("checkpoint").to_str().unwrap().to_owned());
    }
    assert!(acknowledged.len() as u64 >= ROUNDS * ACKNOWLEDGED);
    let mut numbers: Vec<&str> = acknowledged.iter().map(|a| a.number.as_str()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), acknowledged.len(), "no number was issued twice");

    // The feed has every act in sequence without gaps, every number is somebody's, every entry can be proved.
    let (mut server, address) = site.start();
    let (mut after, mut acts) = (0u64, Vec::new());
    loop {
        let url = format!(
            "{address}/api/population/changes?after={after}&limit=1000&purpose=civil-status&legal_basis=Test%20law"
        );
        let mut answer = agent().get(url).header("Authorization", format!("Bearer {token}")).call().unwrap();
        let answer: Value = answer.body_mut().read_json().unwrap();
        let part: Vec<u64> =
            answer["changes"].as_array().unwrap().iter().filter_map(|c| c["seq"].as_u64()).collect();
        let Some(last) = part.last() else { break };
        after = *last;
        acts.extend(part);
    }
    assert_eq!(acts, (1..=acts.len() as u64).collect::<Vec<_>>());
    for a in &acknowledged {
        assert!(acts.contains(&a.seq), "act {} was acknowledged and is lost", a.seq);
        let body = json!({
            "number": a.number, "full_name": a.name,
            "basis": { "purpose": "verification", "legal_basis": "Test law" },
        });
        let mut answer = agent()
            .post(format!("{address}/api/population/verify"))
            .header("Authorization", format!("Bearer {token}"))
            .send_json(body)
            .unwrap();
        let answer: Value = answer.body_mut().read_json().unwrap();
        assert_eq!(answer["result"], "match", "{answer}");
    }
    for entry in acknowledged.iter().flat_map(|a| &a.entries) {
        let answer = agent().get(format!("{address}/ledger/inclusion/{entry}")).call().unwrap();
        assert_eq!(answer.status(), 200, "entry {entry} was acknowledged and is lost");
    }
    server.kill().unwrap();
    server.wait().unwrap();
    std::io::stdout().flush().unwrap();
}

#[test]
fn sqlite() {
    nothing_acknowledged_is_lost(None);
}

#[test]
fn postgres() {
    with_own_database("crash", |address| nothing_acknowledged_is_lost(Some(address.to_owned())));
}
