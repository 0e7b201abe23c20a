//! The registry is searched for second records of one person: only for a purpose, as an export that stands in the ledger.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test reports by panicking

use std::{
    path::Path,
    process::{Command, Output},
};

fn dancu(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dancu"))
        .current_dir(folder)
        .args(["--data", "data", "--lang", "en", "--database", "registry.sqlite"])
        .args(args)
        .output()
        .unwrap()
}

fn done(folder: &Path, args: &[&str]) -> String {
    let out = dancu(folder, args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

const ASKING: [&str; 4] = ["--agency", "G01", "--legal-basis", "Luật Cư trú 2020, Điều 36"];

#[test]
fn the_registry_is_searched_for_a_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let synthesize = [
        "population",
        "synthesize",
        "--persons",
        "1500",
        "--province",
        "56",
        "--dirty",
        "0.1",
        "--out",
        "people",
    ];
    assert!(dancu(folder, &synthesize).status.success());
    done(folder, &["migrate"]);
    // Some rows are rejected.
    dancu(folder, &[&["population", "import", "people/persons.csv"][..], &ASKING].concat());
    let link = ["quality", "link", "--register", "--out", "pairs.csv", "--json"];
    let refused = dancu(folder, &link);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("--purpose"));
    let other = dancu(folder, &[&link[..], &ASKING, &["--purpose", "statistics"]].concat());
    assert!(!other.status.success(), "a purpose that grants no export");

    let told = done(folder, &[&link[..], &ASKING, &["--purpose", "cleaning"]].concat());
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert!(told["left"].as_u64().unwrap() > 1000 && told["pairs"].as_u64().unwrap() > 5, "{told}");
    let pairs = std::fs::read_to_string(folder.join("pairs.csv")).unwrap();
    let number = |id: &str| id.is_empty() || (id.len() == 12 && id.bytes().all(|c| c.is_ascii_digit()));
    let known = |id: &str| number(id.split('#').next().unwrap());
    for line in pairs.lines().skip(1) {
        assert!(line.split(',').take(2).all(known), "{line}");
    }
    let file =
        ["quality", "link", "--left", "people/persons.csv", "--out", "pairs.csv", "--memory", "1", "--json"];
    let told: serde_json::Value = serde_json::from_str(&done(folder, &file)).unwrap();
    assert!(told["left"].as_u64().unwrap() >= 1500, "{told}");
}
