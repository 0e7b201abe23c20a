//! An acknowledged commit outlives the death of the process.

#![allow(clippy::unwrap_used)]

use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};
use store::{Migration, MigrationSet, Options, Store, StoreError, params, transact};

const SCHEMA: MigrationSet = MigrationSet {
    domain: "crash",
    migrations: &[Migration {
        name: "0001_entry",
        sql: "CREATE TABLE entry (id bigint PRIMARY KEY, pair bigint)",
    }],
};

const CHILD: &str = "DANCU_STORE_CRASH_CHILD";

/// Writes until it is killed, and tells each commit once it is acknowledged.
async fn write_for_ever(path: &str) {
    let store = Store::open(path, Options::default()).await.unwrap();
    store.migrate(&[SCHEMA]).await.unwrap();
    let writers: Vec<_> = (0..16i64)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for id in (writer..).step_by(16) {
                    transact!(store, tx => {
                        tx.execute("INSERT INTO entry (id, pair) VALUES ($1, $2)", params![id * 2, id]).await?;
                        tx.execute("INSERT INTO entry (id, pair) VALUES ($1, $2)", params![id * 2 + 1, id]).await?;
                        Ok::<_, StoreError>(())
                    })
                    .unwrap();
                    writeln!(std::io::stdout().lock(), "acknowledged {id}").unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

#[test]
fn acknowledged_commits_survive_a_killed_process() {
    if let Ok(path) = std::env::var(CHILD) {
        tokio::runtime::Runtime::new().unwrap().block_on(write_for_ever(&path));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crash.sqlite");
    for round in 1..=3u32 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["acknowledged_commits_survive_a_killed_process", "--exact", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = HashSet::new();
        let mut note = |line: String| {
            // The last line may have been cut short by the death.
            if let Some(id) =
                line.split("acknowledged ").nth(1).filter(|_| line.ends_with(|c: char| c.is_ascii_digit()))
            {
                acknowledged.insert(id.parse::<i64>().unwrap());
            }
        };
        for line in lines.by_ref().take(500 * round as usize) {
            note(line.unwrap());
        }
        child.kill().unwrap();
        let rest: Vec<String> = lines.map_while(Result::ok).collect();
        child.wait().unwrap();
        if let Some((_, whole)) = rest.split_last() {
            whole.iter().cloned().for_each(&mut note);
        }
        assert!(acknowledged.len() >= 400, "round {round}: the child wrote {} entries", acknowledged.len());

        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let store = Store::open(path.to_str().unwrap(), Options::default()).await.unwrap();
            let entries: Vec<(i64, i64)> = store.all("SELECT id, pair FROM entry", &[]).await.unwrap();
            let ids: HashSet<i64> = entries.iter().map(|(id, _)| *id).collect();
            for id in &acknowledged {
                assert!(
                    ids.contains(&(id * 2)) && ids.contains(&(id * 2 + 1)),
                    "round {round}: {id} is lost"
                );
            }
            assert!(
                ids.iter().all(|id| ids.contains(&(id ^ 1))),
                "round {round}: a transaction is there by half"
            );
            // The next child begins anew in the same file.
            transact!(store, tx => tx.execute("DELETE FROM entry", &[]).await).unwrap();
            store.close().await.unwrap();
        });
    }
}
