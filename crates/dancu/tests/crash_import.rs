//! An import that is killed goes on where it stood: `kill -9` at several moments of the command, on both engines, and at
//! the end the same rows are in, the same are rejected, and the registry gives the same file as after an import that
//! nobody disturbed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test reports by panicking

mod own_database;

use own_database::with_own_database;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use store::{Options, Store, params};

/// Records of the file; some of them with faults, so that some rows are rejected.
const PERSONS: &str = "2000";
/// Rows in one transaction.
const BATCH: i64 = 20;
/// Rows that are in when the command is killed, one time after another.
const MOMENTS: [i64; 4] = [0, 1, 400, 900];
const ASKING: [&str; 4] = ["--agency", "G01", "--legal-basis", "Luật Cư trú 2020, Điều 36"];

struct Registry {
    data: PathBuf,
    database: String,
}

impl Registry {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dancu"));
        command.arg("--data").arg(&self.data).args(["--lang", "en", "--database", &self.database]).args(args);
        command
    }

    fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn done(&self, args: &[&str]) -> String {
        let out = self.output(args);
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    fn import(&self, file: &Path, more: &[&str]) -> Command {
        let batch = BATCH.to_string();
        let mut command =
            self.command(&["population", "import", file.to_str().unwrap(), "--batch-rows", &batch]);
        command.args(more).args(ASKING);
        command
    }

    /// Starts the import and kills it once so many rows are in.
    fn import_and_kill(&self, file: &Path, rows: i64) {
        let mut import = self.import(file, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store =
                Store::open(&self.database, Options { readers: 1, ..Options::default() }).await.unwrap();
            loop {
                let jobs: Vec<i64> =
                    store.all("SELECT done FROM import_job ORDER BY id", params![]).await.unwrap();
                assert!(jobs.len() <= 1, "the import is gone on with, not begun again");
                if jobs.iter().any(|done| *done >= rows) {
                    break;
                }
                assert!(import.try_wait().unwrap().is_none(), "the import ended by itself");
                tokio::task::yield_now().await;
            }
            // SIGKILL, in the middle of the next batch.
            import.kill().unwrap();
            import.wait().unwrap();
            store.close().await.unwrap();
        });
    }

    /// What is said of the import: all but its times.
    fn told(&self) -> String {
        let imports = self.done(&[&["population", "imports"][..], &ASKING].concat());
        let words: Vec<&str> = imports.split_whitespace().filter(|w| w.contains('=')).collect();
        words.join(" ")
    }

    /// The registry as a file.
    fn exported(&self, to: &Path) -> Vec<u8> {
        let export =
            ["population", "export", "--out", to.to_str().unwrap(), "--plain", "--purpose", "cleaning"];
        self.done(&[&export[..], &ASKING].concat());
        std::fs::read(to).unwrap()
    }
}

fn the_end_is_the_same(folder: &Path, disturbed: &Registry) {
    let people = folder.join("people");
    let whole = Registry {
        data: folder.join("whole"),
        database: folder.join("whole.sqlite").to_str().unwrap().to_owned(),
    };
    let synthesize = ["population", "synthesize", "--persons", PERSONS, "--province", "56", "--seed", "3"];
    let made = Command::new(env!("CARGO_BIN_EXE_dancu"))
        .args(synthesize)
        .args(["--dirty", "0.1", "--out", people.to_str().unwrap()])
        .current_dir(folder)
        .status()
        .unwrap();
    assert!(made.success());
    let file = people.join("persons.csv");
    let rejects = |registry: &str| folder.join(format!("rejects-{registry}.csv"));
    let end = |registry: &Registry, name: &str| {
        let out = registry.import(&file, &["--rejects", rejects(name).to_str().unwrap()]).output().unwrap();
        // Some rows are rejected.
        assert_eq!(out.status.code(), Some(1), "{}", String::from_utf8_lossy(&out.stderr));
    };
    whole.done(&["migrate"]);
    end(&whole, "whole");

    disturbed.done(&["migrate"]);
    for rows in MOMENTS {
        disturbed.import_and_kill(&file, rows);
    }
    end(disturbed, "disturbed");

    let told = whole.told();
    assert!(told.contains("rows=") && !told.contains("rejected=0"), "{told}");
    assert_eq!(disturbed.told(), told);
    let rows = |name: &str| std::fs::read_to_string(rejects(name)).unwrap();
    assert_eq!(rows("disturbed"), rows("whole"));
    let (one, other) =
        (whole.exported(&folder.join("whole.csv")), disturbed.exported(&folder.join("disturbed.csv")));
    assert!(one.len() > 100_000);
    assert!(one == other, "the registries differ");
    // The log holds, with all entries of all attempts.
    disturbed.done(&["ledger", "verify"]);
    // What the import did without for the time is there again.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert_eq!(runtime.block_on(indexes(&disturbed.database)), runtime.block_on(indexes(&whole.database)));
}

/// How many indexes by which people are searched an embedded registry has.
async fn indexes(database: &str) -> i64 {
    const ALL: i64 = 7;
    if database.starts_with("postgres") {
        return ALL;
    }
    let store = Store::open(database, Options { readers: 1, ..Options::default() }).await.unwrap();
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'person'";
    let found = store.one(sql, params![]).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(found, ALL);
    found
}

#[test]
fn sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("disturbed.sqlite").to_str().unwrap().to_owned();
    let disturbed = Registry { data: folder.path().join("disturbed"), database };
    the_end_is_the_same(folder.path(), &disturbed);
}

#[test]
fn postgres() {
    let folder = tempfile::tempdir().unwrap();
    with_own_database("crash_import", |address| {
        let disturbed = Registry { data: folder.path().join("disturbed"), database: address.to_owned() };
        the_end_is_the_same(folder.path(), &disturbed);
    });
}
