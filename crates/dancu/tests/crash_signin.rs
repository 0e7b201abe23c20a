//! Nothing that counts once counts twice after `kill -9` in the middle of sign-ins: assertions, proofs, pushed requests,
//! codes; and tokens that were issued before still hold. On both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test reports by panicking

mod own_database;

use own_database::with_own_database;
use std::process::Command;

const ROUNDS: u64 = 3;
const CALLERS: u64 = 6;

/// `bench signin` makes the citizens, signs in, kills, and presents again everything that was sent; it fails where
/// anything is taken twice or lost.
fn nothing_is_taken_twice(database: Option<&str>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dancu"));
    command.args(["--lang", "en"]);
    if let Some(url) = database {
        command.args(["--database", url]);
    }
    command.args(["bench", "signin", "--only-kill", "--persons", "800", "--sessions", "60"]);
    command.args(["--connections", &CALLERS.to_string(), "--kill-rounds", &ROUNDS.to_string()]);
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with("kill -9: ")).unwrap_or_else(|| panic!("{text}"));
    let said = line.strip_prefix("kill -9: ").unwrap();
    let figures: Vec<u64> =
        said.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
    let [rounds, taken, _under_way, tokens] = figures[..] else { panic!("{line}") };
    // Seven pieces count once in every sign-in.
    assert!(rounds == ROUNDS && taken >= ROUNDS * CALLERS * 7 && tokens > 0, "{line}");
}

#[test]
fn sqlite() {
    nothing_is_taken_twice(None);
}

#[test]
fn postgres() {
    with_own_database("crash_signin", |address| nothing_is_taken_twice(Some(address)));
}
