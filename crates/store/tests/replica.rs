//! Reads aside: from a streaming replica while it shows what it must, from the primary otherwise.
//!
//! The tests that need a replica are run by `scripts/with-replica`, one after the other: they hold up its replay.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};
use store::{Migration, MigrationSet, Options, ReadReplica, Store, StoreError, params, testing, transact};

const SCHEMA: MigrationSet = MigrationSet {
    domain: "replica",
    migrations: &[Migration {
        name: "0001_entry",
        sql: "CREATE TABLE entry (id bigint PRIMARY KEY, value bigint NOT NULL);
              INSERT INTO entry (id, value) VALUES (1, 0);",
    }],
};

const LONG: Duration = Duration::from_secs(60);

async fn with_replica(store: &Store, url: String, behind: Duration) -> Store {
    let options =
        Options { pool: 4, connections: 2, replica: Some(ReadReplica { url, behind }), ..Options::default() };
    let store = testing::twin_with(store, options, None).await.unwrap();
    store.migrate(&[SCHEMA]).await.unwrap();
    store
}

fn replica_of(store: &Store) -> String {
    let replica = std::env::var("DANCU_TEST_REPLICA").expect("run by scripts/with-replica");
    testing::on_other_server(store, &replica)
}

async fn set(store: &Store, value: i64) {
    transact!(store, tx => tx.execute("UPDATE entry SET value = $1 WHERE id = 1", params![value]).await)
        .unwrap();
}

async fn value(store: &Store) -> i64 {
    store.one("SELECT value FROM entry WHERE id = 1", &[]).await.unwrap()
}

/// Reads aside until the replica has answered.
async fn answered(store: &Store) -> i64 {
    let before = store.replica().unwrap().reads;
    let until = Instant::now() + LONG;
    loop {
        let value = value(&store.aside()).await;
        if store.replica().unwrap().reads > before {
            return value;
        }
        assert!(Instant::now() < until, "the replica never answers: {:?}", store.replica());
    }
}

/// Holds up the replay of a replica until told to go on.
struct Held(Store);

impl Held {
    async fn replay(url: &str) -> Held {
        let replica = Store::open(url, Options::default()).await.unwrap();
        replica.one::<String>("SELECT CAST(pg_wal_replay_pause() AS text)", &[]).await.unwrap();
        let until = Instant::now() + LONG;
        while replica.one::<String>("SELECT pg_get_wal_replay_pause_state()", &[]).await.unwrap() != "paused"
        {
            assert!(Instant::now() < until, "the replay goes on");
        }
        Held(replica)
    }

    async fn go_on(self) {
        self.0.one::<String>("SELECT CAST(pg_wal_replay_resume() AS text)", &[]).await.unwrap();
        self.0.close().await.unwrap();
    }
}

#[test]
#[ignore = "needs a replica: scripts/with-replica"]
fn look_ups_go_to_the_replica_and_see_what_was_written_here() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        let url = replica_of(&store);
        let store = with_replica(&store, url.clone(), LONG).await;
        for round in 1..=50 {
            set(&store, round).await;
            assert_eq!(value(&store.aside()).await, round, "whoever answers");
        }
        assert_eq!(answered(&store).await, 50);

        let held = Held::replay(&url).await;
        // Not read aside by anybody, so it keeps nobody from the replica.
        transact!(store, tx => {
            tx.apart();
            tx.execute("INSERT INTO entry (id, value) VALUES (2, 0)", &[]).await
        })
        .unwrap();
        assert_eq!(answered(&store).await, 50);
        assert_eq!(
            store.aside().optional::<i64>("SELECT id FROM entry WHERE id = 2", &[]).await,
            Ok(None),
            "it is the replica that answers"
        );
        set(&store, 51).await;
        let before = store.replica().unwrap();
        for _ in 0..20 {
            assert_eq!(value(&store.aside()).await, 51, "the primary answers what the replica has not seen");
        }
        let after = store.replica().unwrap();
        assert_eq!((after.reads, after.fallbacks, after.used), (before.reads, before.fallbacks + 20, false));
        assert_eq!(value(&store).await, 51);
        held.go_on().await;
        assert_eq!(answered(&store).await, 51);
        store.close().await.unwrap();
    });
}

#[test]
#[ignore = "needs a replica: scripts/with-replica"]
fn a_replica_that_falls_behind_is_not_asked() {
    testing::on_postgres(&[SCHEMA], |writer| async move {
        let url = replica_of(&writer);
        let reader = with_replica(&writer, url.clone(), Duration::from_millis(500)).await;
        assert_eq!(answered(&reader).await, 0);
        let held = Held::replay(&url).await;
        // Another process writes: of that, the reader knows only what it sees of the two servers.
        set(&writer, 1).await;
        let until = Instant::now() + LONG;
        while value(&reader.aside()).await != 1 {
            assert!(Instant::now() < until, "a replica that stands still is asked for ever");
        }
        assert!(!reader.replica().unwrap().used);
        held.go_on().await;
        assert_eq!(answered(&reader).await, 1);
        reader.close().await.unwrap();
    });
}

#[test]
fn without_a_replica_the_primary_answers() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        // Nobody listens there: the port was free a moment ago.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let nobody = testing::on_other_server(&store, &free.to_string());
        // The primary is no replica of itself.
        let itself = testing::on_other_server(&store, &testing::server_of(&store));
        for (value_set, url) in [(1, nobody), (2, itself)] {
            let far = with_replica(&store, url, LONG).await;
            set(&far, value_set).await;
            assert_eq!(value(&far.aside()).await, value_set);
            let status = far.replica().unwrap();
            assert_eq!((status.reads, status.fallbacks, status.used), (0, 1, false));
            far.close().await.unwrap();
        }
        assert_eq!(store.replica(), None);
        assert_eq!(value(&store.aside()).await, 2);
    });
}

#[test]
fn the_embedded_engine_has_no_replica() {
    testing::on_sqlite(&[SCHEMA], |store| async move {
        let url = "postgres://127.0.0.1/x".to_owned();
        let options = Options { replica: Some(ReadReplica { url, behind: LONG }), ..Options::default() };
        let error = testing::twin_with(&store, options, None).await.err().unwrap();
        assert!(matches!(error, StoreError::Connection(_)), "{error}");
        assert_eq!(value(&store.aside()).await, 0);
    });
}
