//! What only PostgreSQL does: connections that are lost, and a backup of its own.

#![allow(clippy::unwrap_used)]

use futures_util::FutureExt;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use store::{Migration, MigrationSet, Store, StoreError, params, testing, transact};

const SCHEMA: MigrationSet = MigrationSet {
    domain: "postgres",
    migrations: &[Migration {
        name: "0001_entry",
        sql: "CREATE TABLE entry (id bigint PRIMARY KEY, value bigint NOT NULL DEFAULT 0);\n-- postgres: CREATE TABLE theirs (id bigint);",
    }],
};

/// Ends every connection of this store except the one that asks.
async fn terminate_others(store: &Store) {
    transact!(store, tx => {
        let schema: String = tx.one("SELECT CAST(current_schema() AS text)", &[]).await?;
        // The schema stands in no column there; the transactions' own connections know it by their last statement.
        let ended = tx.all::<bool>(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE pid <> pg_backend_pid() AND query LIKE $1",
            params![format!("%/* {schema} */%")],
        ).await?;
        assert!(ended.contains(&true), "there was a connection to end");
        Ok::<_, StoreError>(())
    })
    .unwrap();
}

async fn mark(store: &Store) -> String {
    let schema: String = store.one("SELECT CAST(current_schema() AS text)", &[]).await.unwrap();
    format!("/* {schema} */")
}

#[test]
fn reads_outlive_lost_connections() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        let sql = format!("SELECT count(*) FROM entry {}", mark(&store).await);
        for _ in 0..5 {
            // Twice as many reads as shared connections, so that each has read and each is lost.
            for _ in 0..4 {
                assert_eq!(store.one::<i64>(&sql, &[]).await, Ok(0));
            }
            terminate_others(&store).await;
        }
        store.healthy().await.unwrap();
    });
}

#[test]
fn a_transaction_that_loses_its_connection_is_not_committed() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        let mark = mark(&store).await;
        let mut tx = store.begin().await.unwrap();
        tx.execute(&format!("INSERT INTO entry (id) VALUES (1) {mark}"), &[]).await.unwrap();
        terminate_others(&store).await;
        let error = tx.commit().await.unwrap_err();
        assert!(matches!(error, StoreError::Connection(_)), "{error:?}");
        assert_eq!(store.one::<i64>("SELECT count(*) FROM entry", &[]).await, Ok(0));

        // Lost before the commit: the block is run again as a whole.
        let mut first = true;
        transact!(store, tx => {
            tx.execute(&format!("INSERT INTO entry (id) VALUES (2) {mark}"), &[]).await?;
            if std::mem::take(&mut first) {
                terminate_others(&store).await;
            }
            tx.execute("INSERT INTO entry (id) VALUES (3)", &[]).await
        })
        .unwrap();
        assert!(!first);
        assert_eq!(store.all::<i64>("SELECT id FROM entry ORDER BY id", &[]).await, Ok(vec![2, 3]));
    });
}

#[test]
fn a_changed_schema_does_not_break_prepared_reads() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        transact!(store, tx => tx.execute("INSERT INTO entry (id) VALUES (1)", &[]).await).unwrap();
        let sql = "SELECT * FROM entry";
        for _ in 0..2 {
            assert_eq!(store.one::<(i64, i64)>(sql, &[]).await, Ok((1, 0)));
        }
        transact!(store, tx => tx.execute("ALTER TABLE entry ADD COLUMN more text", &[]).await).unwrap();
        for _ in 0..2 {
            assert_eq!(store.one::<(i64, i64, Option<String>)>(sql, &[]).await, Ok((1, 0, None)));
        }
    });
}

#[test]
fn many_more_tasks_than_connections_get_their_turn() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        let tasks: Vec<_> = (0..100i64)
            .map(|id| {
                let store = store.clone();
                tokio::spawn(async move {
                    transact!(store, tx => tx.execute("INSERT INTO entry (id) VALUES ($1)", params![id]).await)?;
                    store.one::<i64>("SELECT id FROM entry WHERE id = $1", params![id]).await
                })
            })
            .collect();
        for (id, task) in (0i64..).zip(tasks) {
            assert_eq!(task.await.unwrap(), Ok(id));
        }
    });
}

#[test]
fn backup_points_to_the_tool_of_the_server() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        let folder = tempfile::tempdir().unwrap();
        let error = store.backup(&folder.path().join("copy"), store::Check::Sound).await.unwrap_err();
        assert!(error.to_string().contains("pg_dump"), "{error}");
        assert_eq!(store.sqlite_path(), None);
    });
}

#[test]
fn errors_about_a_value_do_not_quote_it() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        let error =
            store.one::<i64>("SELECT CAST(CAST($1 AS text) AS bigint)", params!["bí mật"]).await.unwrap_err();
        assert_eq!(error, StoreError::Other("the database refused the statement (22P02)".into()));
    });
}

#[test]
fn serialisation_failures_are_tried_again() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        transact!(store, tx => tx.execute("INSERT INTO entry (id) VALUES (1), (2)", &[]).await).unwrap();
        let tries = Arc::new(AtomicU32::new(0));
        let meet = Arc::new(tokio::sync::Barrier::new(2));
        let one = |mine: i64, theirs: i64| {
            let (store, tries, meet) = (store.clone(), tries.clone(), meet.clone());
            tokio::spawn(async move {
                transact!(store, tx => {
                    tx.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", &[]).await?;
                    let value: i64 = tx.one("SELECT value FROM entry WHERE id = $1", params![theirs]).await?;
                    if tries.fetch_add(1, Ordering::Relaxed) < 2 {
                        meet.wait().await;
                    }
                    tx.execute("UPDATE entry SET value = $1 WHERE id = $2", params![value + 1, mine]).await
                })
            })
        };
        let (a, b) = (one(1, 2), one(2, 1));
        a.await.unwrap().unwrap();
        b.await.unwrap().unwrap();
        assert!(tries.load(Ordering::Relaxed) > 2, "the two met and one ran again");
        let values: Vec<i64> = store.all("SELECT value FROM entry ORDER BY value", &[]).await.unwrap();
        assert_eq!(values, [1, 2], "as if one had run after the other");
    });
}

#[test]
fn a_statement_given_up_half_way_spoils_its_transaction() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        let mut tx = store.begin().await.unwrap();
        let given_up = tx.execute("INSERT INTO entry (id) VALUES (1)", &[]).boxed().now_or_never();
        assert!(given_up.is_none(), "the answer is still on its way");
        assert!(tx.commit().await.is_err());
        assert_eq!(store.one::<i64>("SELECT count(*) FROM entry", &[]).await, Ok(0));
    });
}
