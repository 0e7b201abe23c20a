//! Transactions are whole, apart from each other, and durable together.

#![allow(clippy::unwrap_used)]

use store::{Migration, MigrationSet, Store, StoreError, Tx, on_each_engine, params, transact, values};

const SCHEMA: MigrationSet = MigrationSet {
    domain: "transactions",
    migrations: &[Migration {
        name: "0001_entry",
        sql: "CREATE TABLE entry (id bigint PRIMARY KEY, value bigint NOT NULL CHECK (value >= 0), tag text, part text, name text);
              CREATE UNIQUE INDEX entry_pair ON entry (tag, part);
              CREATE UNIQUE INDEX entry_folded ON entry (lower(name));
              CREATE TABLE child (id bigint PRIMARY KEY, entry bigint NOT NULL REFERENCES entry);",
    }],
};

async fn add(tx: &mut Tx, id: i64) -> Result<u64, StoreError> {
    tx.execute("INSERT INTO entry (id, value) VALUES ($1, 0)", params![id]).await
}

async fn ids(store: &Store) -> Vec<i64> {
    store.all("SELECT id FROM entry ORDER BY id", &[]).await.unwrap()
}

#[derive(Debug, PartialEq)]
enum Refusal {
    Rule,
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        Refusal::Store(error)
    }
}

on_each_engine! {
    sets = &[SCHEMA];

    async fn a_transaction_is_seen_by_others_only_after_its_commit(store: Store) {
        let mut tx = store.begin().await.unwrap();
        add(&mut tx, 1).await.unwrap();
        assert_eq!(tx.all::<i64>("SELECT id FROM entry", &[]).await.unwrap(), [1]);
        assert!(ids(&store).await.is_empty());
        tx.commit().await.unwrap();
        assert_eq!(ids(&store).await, [1]);
    }

    async fn an_error_of_the_caller_rolls_back(store: Store) {
        let outcome: Result<(), Refusal> = transact!(store, tx => {
            add(tx, 1).await?;
            Err::<(), _>(Refusal::Rule)
        });
        assert_eq!(outcome, Err(Refusal::Rule));
        assert!(ids(&store).await.is_empty());
    }

    async fn a_dropped_transaction_leaves_nothing_and_the_way_free(store: Store) {
        let mut tx = store.begin().await.unwrap();
        add(&mut tx, 1).await.unwrap();
        drop(tx);
        transact!(store, tx => add(tx, 1).await).unwrap();
        assert_eq!(ids(&store).await, [1]);
    }

    async fn a_cancelled_task_leaves_nothing(store: Store) {
        let (reached, wait) = tokio::sync::oneshot::channel();
        let cancelled = tokio::spawn({
            let store = store.clone();
            async move {
                let mut tx = store.begin().await.unwrap();
                add(&mut tx, 1).await.unwrap();
                reached.send(()).unwrap();
                std::future::pending::<()>().await;
                tx.commit().await
            }
        });
        wait.await.unwrap();
        cancelled.abort();
        assert!(cancelled.await.unwrap_err().is_cancelled());
        transact!(store, tx => add(tx, 2).await).unwrap();
        assert_eq!(ids(&store).await, [2]);
    }

    async fn a_failed_transaction_cannot_be_committed(store: Store) {
        let mut tx = store.begin().await.unwrap();
        add(&mut tx, 1).await.unwrap();
        add(&mut tx, 1).await.unwrap_err();
        assert!(add(&mut tx, 2).await.is_err());
        assert!(tx.commit().await.is_err());
        assert!(ids(&store).await.is_empty());
    }

    async fn failures_harm_nobody_else(store: Store) {
        let tasks: Vec<_> = (0..200i64)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move {
                    transact!(store, tx => {
                        add(tx, n).await?;
                        match n % 4 {
                            0 => Err(Refusal::Rule),
                            1 => {
                                add(tx, n).await?;
                                Ok(())
                            }
                            _ => Ok::<_, Refusal>(()),
                        }
                    })
                })
            })
            .collect();
        for (n, task) in tasks.into_iter().enumerate() {
            let outcome = task.await.unwrap();
            match n % 4 {
                0 => assert_eq!(outcome, Err(Refusal::Rule)),
                1 => assert_eq!(outcome, Err(Refusal::Store(StoreError::Conflict { constraint: "entry(id)".into() }))),
                _ => assert_eq!(outcome, Ok(())),
            }
        }
        assert_eq!(ids(&store).await, (0..200).filter(|n| n % 4 > 1).collect::<Vec<i64>>());
    }

    async fn conflicts_name_the_same_constraint(store: Store) {
        transact!(store, tx => {
            tx.execute("INSERT INTO entry (id, value, tag, part, name) VALUES (1, 0, 'A', 'x', 'Hoa')", &[]).await
        }).unwrap();
        for (sql, expected) in [
            ("INSERT INTO entry (id, value) VALUES (1, 0)", "entry(id)"),
            ("INSERT INTO entry (id, value, tag, part) VALUES (2, 0, 'A', 'x')", "entry(tag, part)"),
            ("INSERT INTO entry (id, value, name) VALUES (3, 0, 'hoa')", "entry_folded"),
        ] {
            let error = transact!(store, tx => tx.execute(sql, &[]).await).unwrap_err();
            assert_eq!(error, StoreError::Conflict { constraint: expected.into() });
        }
    }

    async fn other_rules_are_kept_without_telling_values(store: Store) {
        for sql in [
            "INSERT INTO entry (id, value, tag) VALUES (1, -5, 'Nguyễn Văn Mật')",
            "INSERT INTO entry (id, tag) VALUES (1, 'Nguyễn Văn Mật')",
            "INSERT INTO child (id, entry) VALUES (1, 424242)",
        ] {
            let error = transact!(store, tx => tx.execute(sql, &[]).await).unwrap_err();
            assert!(matches!(error, StoreError::Other(_)), "{error:?}");
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("Mật") && !shown.contains("424242"), "{shown}");
        }
        assert!(ids(&store).await.is_empty());
    }

    async fn reads_outside_a_transaction_cannot_write(store: Store) {
        let sql = "INSERT INTO entry (id, value) VALUES (1, 0) RETURNING id";
        assert!(store.all::<i64>(sql, &[]).await.is_err());
        assert!(store.optional::<i64>(sql, &[]).await.is_err());
        assert!(ids(&store).await.is_empty());
    }

    async fn counters_lose_no_update(store: Store) {
        transact!(store, tx => add(tx, 1).await).unwrap();
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    transact!(store, tx => {
                        let value: i64 = tx.one("SELECT value FROM entry WHERE id = 1 FOR UPDATE", &[]).await?;
                        tx.execute("UPDATE entry SET value = $1 WHERE id = 1", params![value + 1]).await
                    })
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(store.one::<i64>("SELECT value FROM entry WHERE id = 1", &[]).await.unwrap(), 100);
    }

    async fn a_named_lock_orders_transactions(store: Store) {
        let tasks: Vec<_> = (0..40)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    transact!(store, tx => {
                        tx.lock("numbering").await?;
                        let last: Option<i64> = tx.one("SELECT max(id) FROM entry", &[]).await?;
                        add(tx, last.unwrap_or(0) + 1).await
                    })
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(ids(&store).await, (1..=40).collect::<Vec<i64>>());
    }

    async fn futures_may_move_between_threads(store: Store) {
        fn sendable<T: Send>(future: T) -> T {
            future
        }
        let reads = sendable(store.all::<(i64, Option<String>)>("SELECT id, tag FROM entry", &[]));
        assert!(reads.await.unwrap().is_empty());
        let writes = sendable(async {
            transact!(store, tx => tx.load("entry", &["id", "value"], (0..10i64).map(|n| values![n, n])).await)
        });
        assert_eq!(writes.await.unwrap(), 10);
    }
}
