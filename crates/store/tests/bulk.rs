//! Many rows in and out, in little memory.

use std::sync::atomic::{AtomicI64, Ordering};
use store::{Migration, MigrationSet, Store, StoreError, on_each_engine, params, transact, values};

const SCHEMA: MigrationSet = MigrationSet {
    domain: "bulk",
    migrations: &[Migration {
        name: "0001_item",
        sql: "CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, born integer)",
    }],
};

const MANY: i64 = 100_000;

async fn load(store: &Store, count: i64) -> Result<u64, StoreError> {
    transact!(store, tx => {
        let rows = (0..count).map(|n| values![n, format!("Người số {n}"), (n % 3 > 0).then_some(n as i32)]);
        tx.load("item", &["id", "name", "born"], rows).await
    })
}

/// Counts how many rows the reading side has decoded so far.
struct Counted;

static DECODED: AtomicI64 = AtomicI64::new(0);
/// The engines take turns, since they share the count where they share the process.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

impl store::FromRow for Counted {
    fn from_row(row: &store::Row<'_>) -> Result<Self, StoreError> {
        row.get::<String>(1)?;
        DECODED.fetch_add(1, Ordering::SeqCst);
        Ok(Counted)
    }
}

/// Stands for any fault in the reading of a row.
struct Faulty;

impl store::FromRow for Faulty {
    fn from_row(row: &store::Row<'_>) -> Result<Self, StoreError> {
        assert!(row.get::<i64>(0)? < 700, "a fault in the middle");
        Ok(Faulty)
    }
}

on_each_engine! {
    sets = &[SCHEMA];

    async fn a_hundred_thousand_rows_are_loaded_and_scanned_in_order(store: Store) {
        assert_eq!(load(&store, MANY).await, Ok(MANY as u64));
        let mut scan =
            store.scan::<(i64, String)>("SELECT id, name FROM item WHERE id >= $1 ORDER BY id", params![10i64]).await.unwrap();
        let mut expected = 10;
        while let Some((id, name)) = scan.next().await.unwrap() {
            assert_eq!((id, name), (expected, format!("Người số {expected}")));
            expected += 1;
        }
        assert_eq!(expected, MANY);
        let nulls: i64 = store.one("SELECT count(*) FROM item WHERE born IS NULL", &[]).await.unwrap();
        assert_eq!(nulls, MANY.div_euclid(3) + 1);
    }

    async fn a_scan_reads_no_further_than_its_consumer(store: Store) {
        load(&store, MANY).await.unwrap();
        let _turn = TURN.lock().await;
        let before = DECODED.load(Ordering::SeqCst);
        let mut scan = store.scan::<Counted>("SELECT id, name FROM item ORDER BY id", &[]).await.unwrap();
        let mut taken = 0;
        let mut ahead = 0;
        while let Some(Counted) = scan.next().await.unwrap() {
            taken += 1;
            ahead = ahead.max(DECODED.load(Ordering::SeqCst) - before - taken);
        }
        assert_eq!(taken, MANY);
        assert!(ahead <= 2_000, "{ahead} rows waited in memory");
    }

    async fn a_scan_that_is_cut_off_does_not_look_whole(store: Store) {
        load(&store, 1_000).await.unwrap();
        let mut scan = store.scan::<Faulty>("SELECT id FROM item ORDER BY id", &[]).await.unwrap();
        let end = loop {
            match scan.next().await {
                Ok(Some(Faulty)) => {}
                end => break end.map(|row| row.is_some()),
            }
        };
        assert_eq!(end, Err(StoreError::Other("the scan was cut off".into())));
        assert_eq!(store.all::<i64>("SELECT id FROM item", &[]).await.unwrap().len(), 1_000);
    }

    async fn a_scan_given_up_frees_its_connection(store: Store) {
        load(&store, 20_000).await.unwrap();
        // More scans than connections.
        for _ in 0..20 {
            let mut scan = store.scan::<i64>("SELECT id FROM item ORDER BY id", &[]).await.unwrap();
            assert_eq!(scan.next().await, Ok(Some(0)));
        }
        let parcel = store.scan::<i64>("SELECT id FROM item ORDER BY id", &[]).await.unwrap().next_parcel().await;
        assert!(parcel.unwrap().unwrap().len() > 100);
    }

    async fn a_scan_reports_what_it_cannot_read(store: Store) {
        load(&store, 1_000).await.unwrap();
        let mut scan = store.scan::<(i64, i64)>("SELECT id, name FROM item", &[]).await.unwrap();
        assert!(scan.next().await.is_err());
        assert_eq!(scan.next().await.map(|row| row.is_some()), Ok(false));
        assert!(match store.scan::<i64>("SELECT nonsense FROM item", &[]).await {
            Err(_) => true,
            Ok(mut scan) => scan.next().await.is_err(),
        });
    }

    async fn a_load_that_fails_loads_nothing(store: Store) {
        load(&store, 10).await.unwrap();
        let again = transact!(store, tx => {
            let rows = (20..30i64).rev().chain([5]).map(|n| values![n, "x"]);
            tx.load("item", &["id", "name"], rows).await
        });
        assert_eq!(again, Err(StoreError::Conflict { constraint: "item(id)".into() }));
        // In the middle of many, of which some had been written before it.
        for at in [0i64, 1, 31, 32, 40, 99] {
            let rows = (0..100i64).map(|n| values![if n == at { 5 } else { 1_000 + n }, "x"]);
            let again = transact!(store, tx => tx.load("item", &["id", "name"], rows.clone()).await);
            assert_eq!(again, Err(StoreError::Conflict { constraint: "item(id)".into() }), "{at}");
        }
        let narrow = (0..100i64).map(|n| if n == 70 { values![n + 50] } else { values![n + 50, "x"] });
        assert!(transact!(store, tx => tx.load("item", &["id", "name"], narrow.clone()).await).is_err());
        let short = transact!(store, tx => tx.load("item", &["id", "name"], [values![50i64]]).await);
        assert!(short.is_err());
        let odd = transact!(store, tx => tx.load("item; DROP TABLE item", &["id"], [values![50i64]]).await);
        assert!(odd.is_err());
        assert_eq!(store.one::<i64>("SELECT count(*) FROM item", &[]).await, Ok(10));
    }

    async fn one_statement_runs_for_many_rows(store: Store) {
        load(&store, 10).await.unwrap();
        let upsert = "INSERT INTO item (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name";
        let changed = transact!(store, tx => {
            tx.execute_many(upsert, (5..2_000i64).map(|n| values![n, "mới"])).await
        });
        assert_eq!(changed, Ok(1_995));
        assert_eq!(store.one::<i64>("SELECT count(*) FROM item WHERE name = 'mới'", &[]).await, Ok(1_995));
        let conflict = transact!(store, tx => {
            tx.execute_many("INSERT INTO item (id, name) VALUES ($1, $2)", (1_990..2_100i64).map(|n| values![n, "x"])).await
        });
        assert_eq!(conflict, Err(StoreError::Conflict { constraint: "item(id)".into() }));
        assert_eq!(store.one::<i64>("SELECT count(*) FROM item", &[]).await, Ok(2_000));
    }
}
