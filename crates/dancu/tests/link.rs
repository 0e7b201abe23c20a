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
        "--database",
        "registry.sqlite",
    ];
    done(folder, &synthesize);
    let link = ["quality", "link", "--register", "--out", "pairs.csv", "--json"];
    let refused = dancu(folder, &link);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("--purpose"));
    let other = dancu(folder, &[&link[..], &ASKING, &["--purpose", "statistics"]].concat());
    assert!(!other.status.success(), "a purpose that grants no export");

    let told = done(folder, &[&link[..], &ASKING, &["--purpose", "cleaning"]].concat());
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert!(told["left"].as_u64().unwrap() > 1000 && told["pairs"].as_u64().unwrap() > 5, "{told}");
    let pairs = std::fs::read_to_string(folder.join("pairs.csv")).unwrap();
    // Records go by their own numbers, so that what is taken over is about them and nobody else.
    let truth = std::fs::read_to_string(folder.join("people/truth.csv")).unwrap();
    let double = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        cells[0].starts_with("duplicate").then(|| [format!("#{}", cells[2]), format!("#{}", cells[3])])
    };
    let doubles: Vec<[String; 2]> = truth.lines().filter_map(double).collect();
    let mut right = 0;
    for line in pairs.lines().skip(1) {
        let ids: Vec<&str> = line.split(',').take(2).collect();
        assert!(ids.iter().all(|id| id.starts_with('#')), "{line}");
        right += usize::from(doubles.iter().any(|d| d.iter().all(|id| ids.contains(&id.as_str()))));
    }
    assert!(doubles.len() > 5 && 10 * right >= 9 * doubles.len(), "{right} of {}", doubles.len());
    assert!(10 * right >= 9 * (pairs.lines().count() - 1), "{right} of {}", pairs.lines().count() - 1);
    let taken = done(folder, &["quality", "duplicates", "--from", "pairs.csv", "--json"]);
    let taken: serde_json::Value = serde_json::from_str(&taken).unwrap();
    assert!(taken["unknown"] == 0 && taken["taken"] == told["pairs"], "{taken} {told}");
    let file =
        ["quality", "link", "--left", "people/persons.csv", "--out", "pairs.csv", "--memory", "1", "--json"];
    let told: serde_json::Value = serde_json::from_str(&done(folder, &file)).unwrap();
    assert!(told["left"].as_u64().unwrap() >= 1500, "{told}");
}
