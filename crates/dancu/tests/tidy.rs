//! Walks the source tree and fails where the house is not in order. Each rule says what to do instead.
//! `ARCHITECTURE.md` explains the order; this file enforces it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The floor of each crate: it may use crates of lower floors only.
const FLOORS: &[(&str, u8)] = &[
    ("vocabulary", 0),
    ("reference", 1),
    ("store", 1),
    ("tabular", 1),
    ("access", 1),
    ("parquet_file", 1),
    ("linkage", 1),
    ("paper", 1),
    ("ledger", 2),
    ("web", 3),
    ("population", 4),
    ("synthesis", 5),
    ("identity", 5),
    ("quality", 5),
    ("provider", 6),
    ("dancu", 9),
    ("fuzz", 10),
];

/// The crates with the inner rooms of a domain.
const DOMAINS: &[&str] = &["population", "identity", "provider", "quality"];

/// The rooms that every domain has or may have: a file of this name, or a folder when it has grown.
const ROOMS: &[&str] = &["lib", "model", "problems", "error", "store", "service", "api", "pages", "jobs"];

/// The crates that hold SQL everywhere; a domain holds it in its room `store` alone, the others not at all.
const SQL_CRATES: &[&str] = &["store", "ledger"];

/// Files of the binary with SQL of their own: counts of the demonstration, and the bare reads with which the benchmarks
/// compare a whole look-up.
const SQL_FILES: &[&str] = &[
    "crates/dancu/src/demo.rs",
    "crates/dancu/src/bench/duplicates.rs",
    "crates/dancu/src/bench/lookup.rs",
    "crates/dancu/src/bench/measure.rs",
    "crates/dancu/src/bench/nation.rs",
    "crates/dancu/src/bench/signin/furnish.rs",
];

#[test]
fn crates_use_lower_floors_only() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let metadata = metadata();
    let mut faults = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let Some(floor) = floors.get(name) else {
            faults.push(format!("crate {name} has no floor: give it one in FLOORS"));
            continue;
        };
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = dependency["name"].as_str().unwrap();
            if used != name && floors.get(used).is_some_and(|lower| lower >= floor) {
                faults.push(format!("{name} (floor {floor}) uses {used}, which is not below it"));
            }
        }
    }
    none(faults);
}

#[test]
fn cargo_run_knows_what_to_run() {
    let metadata = metadata();
    let default = metadata["workspace_default_members"].as_array().unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter().filter(|p| default.contains(&p["id"]));
    let binaries: Vec<&str> = packages
        .flat_map(|p| p["targets"].as_array().unwrap())
        .filter(|t| t["kind"].as_array().unwrap().iter().any(|kind| kind == "bin"))
        .filter_map(|t| t["name"].as_str())
        .collect();
    assert_eq!(binaries, ["dancu"], "the README says `cargo run --release -- demo`");
}

#[test]
fn crates_share_the_lints_and_forbid_unsafe_code() {
    let workspace: toml::Table = read("Cargo.toml").parse().unwrap();
    assert_eq!(workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    none(manifests().into_iter().filter_map(|(path, manifest)| {
        let shared = manifest.get("lints").and_then(|lints| lints.get("workspace")?.as_bool());
        (shared != Some(true)).then(|| format!("{path}: add `[lints] workspace = true`"))
    }));
}

#[test]
fn domains_have_the_same_rooms() {
    let architecture = read("ARCHITECTURE.md");
    let mut faults = Vec::new();
    for domain in DOMAINS {
        let mut found = BTreeSet::new();
        for entry in fs::read_dir(root().join("crates").join(domain).join("src")).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            let room = file.trim_end_matches(".rs").to_owned();
            let listed = architecture
                .lines()
                .any(|l| l.contains(&format!("`{domain}`")) && l.contains(&format!("`{room}`")));
            if !ROOMS.contains(&room.as_str()) && !listed {
                faults.push(format!(
                    "crates/{domain}/src/{file} is not one of the rooms {ROOMS:?}: move it into one, or name the \
                     room in ARCHITECTURE.md, in the line of `{domain}`"
                ));
            }
            found.insert(room);
        }
        for room in ["lib", "store", "service"] {
            if !found.contains(room) {
                faults.push(format!("crates/{domain}/src has no room {room}"));
            }
        }
    }
    none(faults);
}

#[test]
fn sql_stays_in_the_store() {
    let mut faults = Vec::new();
    for path in files_of("rs").filter(|path| path.contains("/src/")) {
        let crate_name = path.split('/').nth(1).unwrap_or_default();
        let in_store = path.contains("/src/store.rs") || path.contains("/src/store/");
        // Tests may look behind the face of what they test.
        let test = path.contains("/tests/") || path.ends_with("tests.rs");
        let listed = SQL_CRATES.contains(&crate_name) || SQL_FILES.contains(&path.as_str());
        if test || listed || (DOMAINS.contains(&crate_name) && in_store) {
            continue;
        }
        for (line, literal) in string_literals(&read(&path)) {
            if is_sql(&literal) {
                faults.push(format!("{path}:{line}: SQL outside the room store"));
            }
        }
    }
    none(faults);
}

/// Claims are spread over a cluster by number and persons by record (docs/decisions/0011): a join of the two asks every
/// machine, or is refused.
#[test]
fn claims_and_persons_are_not_joined() {
    // The one look-up that does so asks first whether it stands on a cluster.
    const ALLOWED: &str = "crates/population/src/store/read.rs";
    let mut faults = Vec::new();
    for path in files_of("rs").filter(|path| path.contains("/src/store/") && path != ALLOWED) {
        for (line, literal) in string_literals(&read(&path)) {
            let words: Vec<&str> = literal.split_whitespace().collect();
            let reads =
                |table| words.array_windows().any(|[a, b]| ["FROM", "JOIN"].contains(a) && *b == table);
            if reads("number_claim") && reads("person") {
                faults.push(format!("{path}:{line}: a join of number_claim and person"));
            }
        }
    }
    none(faults);
}

#[test]
fn files_hold_one_idea() {
    let mut faults = Vec::new();
    for path in files() {
        for part in path.split('/') {
            let stem = part.split('.').next().unwrap_or_default();
            if matches!(stem, "util" | "utils" | "helper" | "helpers" | "common" | "misc") {
                faults.push(format!("{path}: name it after what it holds, not \"{stem}\""));
            }
        }
    }
    for path in files_of("rs") {
        let text = read(&path);
        let reasoned =
            text.lines().take(20).any(|line| line.starts_with("//") && line.contains("Long because: "));
        if text.lines().count() > 700 && !reasoned {
            faults.push(format!(
                "{path} has more than 700 lines: split it, or say `// Long because: …` at its top"
            ));
        }
    }
    none(faults);
}

#[test]
fn migrations_say_what_they_do() {
    let migrations: Vec<_> = files_of("sql").filter(|path| path.contains("/migrations/")).collect();
    assert!(!migrations.is_empty());
    none(migrations.into_iter().filter_map(|path| {
        let comment =
            read(&path).lines().next().is_some_and(|line| line.len() > 10 && line.starts_with("-- "));
        (!comment).then(|| format!("{path}: the first line is a comment that says what the migration does"))
    }));
}

#[test]
fn decisions_are_numbered_and_linked() {
    let index = read("docs/decisions/README.md");
    let mut records: Vec<_> = files_of("md")
        .filter_map(|path| Some(path.strip_prefix("docs/decisions/")?.to_owned()))
        .filter(|name| name != "README.md")
        .collect();
    records.sort();
    assert!(!records.is_empty());
    let mut faults = Vec::new();
    for (record, number) in records.iter().zip(1..) {
        if !record.starts_with(&format!("{number:04}-")) {
            faults.push(format!("docs/decisions/{record}: expected the number {number:04}"));
        }
        if !index.contains(&format!("]({record})")) {
            faults.push(format!("docs/decisions/README.md does not link {record}"));
        }
    }
    none(faults);
}

#[test]
fn links_lead_somewhere() {
    let mut faults = Vec::new();
    for path in files_of("md") {
        let folder = root().join(&path).parent().unwrap().to_owned();
        let text = read(&path);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
            let local = !link.is_empty() && !link.contains(':');
            if local && !folder.join(link).exists() {
                faults.push(format!("{path}: {link} is not there"));
            }
        }
    }
    none(faults);
}

#[test]
fn dependencies_are_explained() {
    let explained = read("docs/dependencies.md");
    let workspace: toml::Table = read("Cargo.toml").parse().unwrap();
    let used = workspace["workspace"]["dependencies"].as_table().unwrap();
    let outside: Vec<_> =
        used.iter().filter(|(_, from)| from.get("path").is_none()).map(|(name, _)| name).collect();
    let mut faults = Vec::new();
    for name in &outside {
        if !explained.contains(&format!("| {name} |")) {
            faults.push(format!("docs/dependencies.md has no line for {name}"));
        }
        if !manifests().iter().any(|(_, manifest)| depends_on(manifest, name)) {
            faults.push(format!("Cargo.toml names {name}, but no crate uses it"));
        }
    }
    for line in explained.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let name = line.trim_start_matches("| ").split(' ').next().unwrap_or_default();
        if !outside.iter().any(|used| *used == name) {
            faults.push(format!("docs/dependencies.md explains {name}, which Cargo.toml does not name"));
        }
    }
    none(faults);
}

/// What is committed must make sense anywhere: no folder of the machine it was written on, no mirror of a registry.
#[test]
fn files_name_no_machine_and_no_registry() {
    let folders = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    let hosts = [
        concat!("crates", ".io"),
        concat!("npmjs", "."),
        concat!("pypi", ".org"),
        concat!("python", "hosted"),
        concat!("proxy.gol", "ang"),
    ];
    let mut faults = Vec::new();
    // The lock file names the registry in every entry; that is its form.
    for path in files().filter(|path| path != "Cargo.lock") {
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        for (line, number) in text.lines().zip(1..) {
            let in_folder = folders.iter().any(|folder| {
                // A path of an address, such as example.vn/home/, is another matter.
                line.match_indices(folder)
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '.'))
            });
            if in_folder || hosts.iter().any(|host| line.contains(host)) {
                faults.push(format!(
                    "{path}:{number}: names a folder of one machine or the host of a registry"
                ));
            }
        }
    }
    none(faults);
}

/// `docs/problems.md` is what `dancu docs problems` prints; `UPDATE=1 cargo test -p dancu --test tidy` writes it anew.
#[test]
fn the_catalogue_of_problems_is_current() {
    let printed = Command::new(env!("CARGO_BIN_EXE_dancu")).args(["docs", "problems"]).output().unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let path = root().join("docs/problems.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &printed.stdout).unwrap();
    }
    let stored = fs::read(&path).unwrap_or_default();
    assert!(
        stored == printed.stdout,
        "docs/problems.md is out of date: UPDATE=1 cargo test -p dancu --test tidy"
    );

    let site = read("crates/dancu/src/site.rs");
    none(
        files_of("rs")
            .filter(|path| path.contains("/src/") && read(path).contains(": Kind = Kind"))
            .filter_map(|path| {
                let crate_name = path.split('/').nth(1)?;
                let listed = ["kinds", "problems"].map(|module| format!("{crate_name}::{module}::ALL"));
                (!listed.iter().any(|list| site.contains(list)))
                    .then(|| format!("{path} defines problems that crates/dancu/src/site.rs does not list"))
            }),
    );
}

#[test]
fn string_literals_are_told_from_the_rest_of_the_code() {
    let source = r###"
        // "not this" /* nor this */
        let c = '"'; let l: &'static str = "SELECT \"a\"
            FROM t"; /* "/* nested" */ "neither" */
        let r = r#"UPDATE "t" SET a = 1"#; let raw_name = for_; f(b'"', "end");
    "###;
    let found: Vec<_> = string_literals(source);
    let texts: Vec<_> =
        found.iter().map(|(_, text)| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(texts, ["SELECT \\\"a\\\" FROM t", "UPDATE \"t\" SET a = 1", "end"]);
    assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 5, 5]);
    assert_eq!(texts.iter().map(|text| is_sql(text)).collect::<Vec<_>>(), [true, true, false]);
    assert!(is_sql("WITH x AS (SELECT 1)") && is_sql("insert into t values ($1)") && is_sql("DELETE FROM t"));
    assert!(
        !is_sql("Select a person from the list") && !is_sql("update") && !is_sql("with a rule as follows")
    );
}

/// Whether a text reads as a statement of SQL.
fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(first) = words.first() else { return false };
    let shouted = first.chars().all(|c| c.is_ascii_uppercase());
    if !shouted && !first.chars().all(|c| c.is_ascii_lowercase()) {
        return false;
    }
    let has = |word: &str| words.iter().any(|w| w.eq_ignore_ascii_case(word));
    match (first.to_ascii_lowercase().as_str(), words.get(1).map(|word| word.to_ascii_lowercase()).as_deref())
    {
        ("select", Some(_)) => shouted || has("from"),
        ("insert", Some("into")) | ("delete", Some("from")) => true,
        ("update", Some(_)) => has("set"),
        ("with", Some(_)) => has("as") && has("(select") || text.to_ascii_lowercase().contains("as (select"),
        ("create" | "alter" | "drop", Some("table" | "index" | "unique" | "view")) => true,
        _ => false,
    }
}

/// The string literals of a Rust source with the line on which each begins; escapes are left as written.
fn string_literals(source: &str) -> Vec<(usize, String)> {
    let bytes = source.as_bytes();
    let line_at = |at: usize| source[..at].matches('\n').count() + 1;
    let find = |from: usize, end: &str| source[from..].find(end).map_or(source.len(), |at| from + at);
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &source.as_bytes()[at..];
        if rest.starts_with(b"//") {
            at = find(at, "\n");
        } else if rest.starts_with(b"/*") {
            let mut depth = 0;
            loop {
                match &bytes[at..] {
                    [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
                    [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
                    [] => break,
                    _ => at += 1,
                }
                if depth == 0 {
                    break;
                }
            }
        } else if rest[0] == b'"' {
            let start = at + 1;
            at = start;
            while at < bytes.len() && bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            let end = at.min(bytes.len());
            found.push((line_at(start), source[start..end].to_owned()));
            at = end + 1;
        } else if rest[0] == b'\'' {
            // A character, or else a lifetime.
            at += match rest {
                [_, b'\\', escaped, ..] => find(at + 3, "'") - at + usize::from(*escaped != 0),
                [_, _, b'\'', ..] => 3,
                _ => 1,
            };
        } else if rest[0].is_ascii_alphabetic() || rest[0] == b'_' {
            let word = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            let hashes = rest[word..].iter().take_while(|b| **b == b'#').count();
            let raw = matches!(&rest[..word], b"r" | b"br" | b"cr") && rest.get(word + hashes) == Some(&b'"');
            at += word;
            if raw {
                let start = at + hashes + 1;
                let closing = format!("\"{}", "#".repeat(hashes));
                let end = find(start, &closing);
                found.push((line_at(start), source[start..end].to_owned()));
                at = end + closing.len();
            }
        } else {
            at += 1;
        }
    }
    found
}

/// The folder of the workspace.
fn metadata() -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files of the project, as paths from its root, without what is built, fetched or private to a tool.
fn files() -> impl Iterator<Item = String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            let passed_over = ["target", "node_modules", ".git", ".venv", "__pycache__", "demo-data"];
            if passed_over.iter().any(|other| name == *other) {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), found);
            } else {
                found.push(entry.path());
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &mut found);
    found.sort();
    found.into_iter().map(|path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned())
}

fn files_of(extension: &str) -> impl Iterator<Item = String> {
    files().filter(move |path| Path::new(path).extension().is_some_and(|found| found == extension))
}

/// The manifests of the crates.
fn manifests() -> Vec<(String, toml::Table)> {
    files()
        .filter(|path| path != "Cargo.toml" && path.ends_with("/Cargo.toml"))
        .map(|path| {
            let manifest = read(&path).parse().unwrap();
            (path, manifest)
        })
        .collect()
}

fn depends_on(manifest: &toml::Table, name: &str) -> bool {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .any(|kind| manifest.get(*kind).is_some_and(|dependencies| dependencies.get(name).is_some()))
}

fn none(faults: impl IntoIterator<Item = String>) {
    let faults: Vec<_> = faults.into_iter().collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
