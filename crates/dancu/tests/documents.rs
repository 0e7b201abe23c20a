//! The documents say what the program does, as far as a machine can tell.

#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
};

const OPERATIONS: &str = include_str!("../../../docs/operations.md");
const STANDARDS: &str = include_str!("../../../docs/standards.md");
const READMES: [&str; 2] = [include_str!("../../../README.md"), include_str!("../../../README.vi.md")];

/// Settings whose default is nothing or depends on another, and what the table says instead.
const IN_WORDS: &[&str] = &[
    "data",
    "database.url",
    "ledger.key",
    "access.policy",
    "provider.keys",
    "provider.passphrase",
    "provider.outbox",
];

/// Runs the program with nothing of the machine's own settings: another working folder, an empty environment.
fn dancu(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dancu"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap()
}

/// The cells of the rows of a table, without quotes of code.
fn rows(text: &str) -> impl Iterator<Item = Vec<String>> {
    let cells =
        |row: &str| row.split(" | ").map(|cell| cell.trim_matches(['|', ' ']).replace('`', "")).collect();
    text.lines().filter(|line| line.starts_with("| `")).map(cells)
}

fn flat(prefix: &str, table: &toml::Table, found: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flat(&key, inner, found),
            toml::Value::String(text) => drop(found.insert(key, text.clone())),
            other => drop(found.insert(key, other.to_string())),
        }
    }
}

#[test]
fn every_setting_stands_in_the_table_with_its_default() {
    let folder = tempfile::tempdir().unwrap();
    let check = dancu(folder.path(), &["config", "check", "--data", "data"]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    let printed = String::from_utf8(check.stdout).unwrap();
    let settings: toml::Table = printed.split("\n✓").next().unwrap().parse().unwrap();
    let mut known = BTreeMap::new();
    flat("", &settings, &mut known);
    // What is not set is not printed.
    known.insert("access.policy".to_owned(), String::new());
    known.insert("quality.rules".to_owned(), String::new());
    known.insert("quality.sectors".to_owned(), String::new());

    let section = OPERATIONS.split("\n## ").find(|section| section.starts_with("Settings")).unwrap();
    let told: BTreeMap<String, String> =
        rows(section).map(|cells| (cells[0].clone(), cells[1].clone())).collect();
    assert_eq!(told.keys().collect::<Vec<_>>(), known.keys().collect::<Vec<_>>());
    for (key, default) in known.iter().filter(|(key, _)| !IN_WORDS.contains(&key.as_str())) {
        let default = if default.is_empty() || default == "[]" { "none" } else { default };
        assert_eq!(told[key], default, "the default of {key}");
    }
}

#[test]
fn every_command_of_the_readme_exists_and_the_other_way_round() {
    let folder = tempfile::tempdir().unwrap();
    let help = String::from_utf8(dancu(folder.path(), &["--help"]).stdout).unwrap();
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for readme in READMES {
        let told: Vec<String> = rows(readme)
            .filter_map(|cells| Some(cells[0].strip_prefix("dancu ")?.split_whitespace().next()?.to_owned()))
            .collect();
        for command in commands.iter().filter(|command| **command != "help") {
            assert!(told.iter().any(|t| t == command), "README does not name `dancu {command}`");
        }
        for command in told {
            assert!(commands.contains(&command.as_str()), "there is no `dancu {command}`");
        }
    }
}

#[test]
fn the_tests_that_standards_rest_on_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut named = 0;
    for reference in STANDARDS.split('`').skip(1).step_by(2).filter(|quoted| quoted.contains("::")) {
        let (path, name) = reference.split_once("::").unwrap();
        let folder = if path.ends_with(".py") { "tests" } else { "crates" };
        let source = fs::read_to_string(root.join(folder).join(path)).unwrap_or_default();
        let defined = ["fn ", "def "].iter().any(|word| source.contains(&format!("{word}{name}(")));
        assert!(defined, "docs/standards.md: there is no {reference}");
        named += 1;
    }
    assert!(named >= 40, "{named}");
}
