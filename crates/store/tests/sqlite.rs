//! What only the embedded engine does: shared commits, backup, one tidy file.

#![allow(clippy::unwrap_used)]

use futures_util::{FutureExt, future::BoxFuture};
use std::time::Duration;
use store::{
    Check, Migration, MigrationSet, Options, Store, StoreError, Tx, params, testing, transact, values,
};

const SCHEMA: MigrationSet = MigrationSet {
    domain: "sqlite",
    migrations: &[Migration { name: "0001_entry", sql: "CREATE TABLE entry (id bigint PRIMARY KEY)" }],
};

async fn add(store: &Store, id: i64) -> Result<u64, StoreError> {
    transact!(store, tx => tx.execute("INSERT INTO entry (id) VALUES ($1)", params![id]).await)
}

async fn count(store: &Store) -> i64 {
    store.one("SELECT count(*) FROM entry", &[]).await.unwrap()
}

/// Puts transactions into the line behind `first`, so that one commit serves them all.
fn in_line(store: &Store, count: usize) -> Vec<BoxFuture<'_, Result<Tx, StoreError>>> {
    (0..count)
        .map(|_| {
            let mut turn = store.begin().boxed();
            assert!((&mut turn).now_or_never().is_none(), "the writer is taken");
            turn
        })
        .collect()
}

async fn insert(tx: &mut Tx, id: i64) -> Result<u64, StoreError> {
    tx.execute("INSERT INTO entry (id) VALUES ($1)", params![id]).await
}

#[test]
fn transactions_that_wait_together_share_one_commit() {
    testing::on_sqlite(&[SCHEMA], |store| async move {
        let before = store.commits();
        let first = store.begin().await.unwrap();
        let waiting = in_line(&store, 100);
        let mut commits = vec![tokio::spawn(first.commit())];
        for (id, turn) in (0i64..).zip(waiting) {
            let mut tx = turn.await.unwrap();
            insert(&mut tx, id / 2).await.ok();
            // Every second one fails, by a conflict with the one before it: that is its own affair.
            let commit = tx.commit();
            commits.push(tokio::spawn(commit));
        }
        let mut outcomes = Vec::new();
        for commit in commits {
            outcomes.push(commit.await.unwrap().is_ok());
        }
        assert_eq!(outcomes.iter().filter(|ok| **ok).count(), 1 + 50);
        assert_eq!(store.commits() - before, 1);
        assert_eq!(count(&store).await, 50);
    });
}

#[test]
fn a_failed_common_commit_fails_every_member() {
    testing::on_sqlite(&[SCHEMA], |store| async move {
        transact!(store, tx => {
            tx.execute("CREATE TABLE child (id bigint PRIMARY KEY, entry bigint REFERENCES entry)", &[]).await
        })
        .unwrap();
        let mut first = store.begin().await.unwrap();
        insert(&mut first, 1).await.unwrap();
        let waiting = in_line(&store, 2);
        let mut commits = vec![tokio::spawn(first.commit())];
        for (id, turn) in (2i64..).zip(waiting) {
            let mut tx = turn.await.unwrap();
            insert(&mut tx, id).await.unwrap();
            if id == 3 {
                // A rule that is looked at only when the whole is committed. (Migrations refuse such.)
                tx.execute("PRAGMA defer_foreign_keys = ON", &[]).await.unwrap();
                tx.execute("INSERT INTO child (id, entry) VALUES (1, 999)", &[]).await.unwrap();
            }
            commits.push(tokio::spawn(tx.commit()));
        }
        for commit in commits {
            let error = commit.await.unwrap().unwrap_err();
            assert_eq!(error, StoreError::Other("FOREIGN KEY constraint failed".into()));
        }
        assert_eq!(count(&store).await, 0);
        add(&store, 1).await.unwrap();
        assert_eq!(count(&store).await, 1);
    });
}

#[test]
fn a_cancelled_commit_leaves_the_writer_working() {
    testing::on_sqlite(&[SCHEMA], |store| async move {
        for id in 0..50 {
            let mut tx = store.begin().await.unwrap();
            insert(&mut tx, id).await.unwrap();
            drop(tx.commit().boxed().now_or_never());
        }
        add(&store, 100).await.unwrap();
        // A commit that was given up after it had begun takes place all the same.
        assert_eq!(count(&store).await, 51);
    });
}

#[test]
fn a_lone_transaction_is_committed_at_once() {
    testing::on_sqlite(&[SCHEMA], |store| async move {
        let before = store.commits();
        for id in 0..10 {
            add(&store, id).await.unwrap();
        }
        assert_eq!(store.commits() - before, 10);
    });
}

#[test]
fn it_works_on_a_runtime_of_one_thread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.sqlite");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(path.to_str().unwrap(), Options::default()).await.unwrap();
        store.migrate(&[SCHEMA]).await.unwrap();
        transact!(store, tx => tx.load("entry", &["id"], (0..1000i64).map(|id| values![id])).await).unwrap();
        assert_eq!(store.all::<i64>("SELECT id FROM entry", &[]).await.unwrap().len(), 1000);
        let mut scan = store.scan::<i64>("SELECT id FROM entry", &[]).await.unwrap();
        let mut seen = 0;
        while scan.next().await.unwrap().is_some() {
            seen += 1;
        }
        assert_eq!(seen, 1000);
        store.close().await.unwrap();
    });
}

#[test]
fn closing_leaves_one_private_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tidy.sqlite");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&format!("sqlite:{}", path.display()), Options::default()).await.unwrap();
        assert_eq!(store.sqlite_path(), Some(path.as_path()));
        store.migrate(&[SCHEMA]).await.unwrap();
        add(&store, 1).await.unwrap();
        store.close().await.unwrap();
        let log = folder.path().join("tidy.sqlite-wal");
        assert_eq!(std::fs::metadata(&log).map_or(0, |m| m.len()), 0, "the log is folded in");
    });
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_place_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("letter.txt");
    std::fs::write(&text, "Kính gửi: not a database, but long enough to look like one ".repeat(20)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for url in [text.to_str().unwrap(), "/nowhere/at/all.sqlite", "sqlite:", ":memory:", "postgres://%%"] {
        let error = runtime.block_on(Store::open(url, Options::default())).err().unwrap();
        assert!(matches!(error, StoreError::Connection(_)), "{url}: {error:?}");
    }
}

#[test]
fn a_second_writer_waits_and_then_is_told_to_come_again() {
    testing::on_sqlite(&[SCHEMA], |store| async move {
        let path = store.sqlite_path().unwrap().to_str().unwrap().to_owned();
        let hasty = Options { patience: Duration::from_millis(30), ..Options::default() };
        let other = Store::open(&path, hasty.clone()).await.unwrap();
        let held = store.begin().await.unwrap();
        assert_eq!(add(&other, 1).await, Err(StoreError::Busy));
        drop(held);
        add(&other, 1).await.unwrap();

        let same = other.begin().await.unwrap();
        assert_eq!(other.begin().await.err(), Some(StoreError::Busy), "a second turn on the same store");
        drop(same);
        add(&other, 2).await.unwrap();
    });
}

#[test]
fn a_backup_holds_what_was_committed_and_can_be_restored() {
    testing::on_sqlite(&[SCHEMA], |store| async move {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.sqlite");
        transact!(store, tx => tx.load("entry", &["id"], (0..5_000i64).map(|id| values![id])).await).unwrap();

        // Writers go on while the copy is made.
        let writer = tokio::spawn({
            let store = store.clone();
            async move {
                for id in 5_000..5_200 {
                    add(&store, id).await.unwrap();
                }
            }
        });
        let mut open = store.begin().await.unwrap();
        open.execute("INSERT INTO entry (id) VALUES (-1)", &[]).await.unwrap();
        let report = store.backup(&copy, Check::Sound).await.unwrap();
        drop(open);
        writer.await.unwrap();
        assert_eq!(report.bytes, std::fs::metadata(&copy).unwrap().len());
        assert!(store.backup(&copy, Check::Sound).await.is_err(), "an existing file is never overwritten");

        let restored = folder.path().join("restored.sqlite");
        store::restore(&copy, &restored, Check::Sound).unwrap();
        assert!(store::restore(&copy, &restored, Check::Sound).is_err(), "nor by a restore");
        let again = Store::open(restored.to_str().unwrap(), Options::default()).await.unwrap();
        again.migrate(&[SCHEMA]).await.unwrap();
        let (least, rows): (i64, i64) = again.one("SELECT min(id), count(*) FROM entry", &[]).await.unwrap();
        assert_eq!(least, 0, "the open transaction is not in the copy");
        assert!((5_000..=5_200).contains(&rows));
        let names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(names.iter().all(|n| !n.to_string_lossy().ends_with(".partial")), "{names:?}");
    });
}

#[test]
fn a_damaged_backup_is_not_restored() {
    testing::on_sqlite(&[SCHEMA], |store| async move {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.sqlite");
        transact!(store, tx => tx.load("entry", &["id"], (0..50_000i64).map(|id| values![id])).await)
            .unwrap();
        let report = store.backup(&copy, Check::Thorough).await.unwrap();
        let beside = folder.path().join("copy.sqlite.sha256");
        let line = std::fs::read_to_string(&beside).unwrap();
        assert_eq!(line, format!("{}  copy.sqlite\n", report.sha256), "as sha256sum reads it");
        let mut bytes = std::fs::read(&copy).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 4096].fill(0x5a);
        std::fs::write(&copy, &bytes).unwrap();
        let target = folder.path().join("restored.sqlite");
        let refused = |check| {
            let error = store::restore(&copy, &target, check).unwrap_err().to_string();
            assert!(error.contains("damaged") && !target.exists(), "{error}");
        };
        refused(Check::Sound);
        // Without the hash it is searched through, and so it is where somebody made a hash of what is damaged.
        std::fs::remove_file(&beside).unwrap();
        refused(Check::Sound);
        let hash = std::process::Command::new("sha256sum").arg(&copy).output().unwrap();
        std::fs::write(&beside, hash.stdout).unwrap();
        refused(Check::Thorough);
    });
}
