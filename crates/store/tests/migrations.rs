//! Schemas grow once, in order, and never backwards.

#![allow(clippy::unwrap_used)]

use store::{Engine, Migration, MigrationSet, Store, StoreError, on_each_engine, testing::twin};

const ONE: Migration = Migration { name: "0001_one", sql: "CREATE TABLE one (id bigint PRIMARY KEY);\n" };
const TWO: Migration = Migration {
    name: "0002_two",
    sql: "ALTER TABLE one ADD COLUMN more text;
          -- sqlite: CREATE TABLE mine (id bigint, engine text);
          -- postgres: CREATE TABLE mine (id bigint, engine text, extra text);
          CREATE TABLE two (id bigint PRIMARY KEY);",
};

const fn set(migrations: &'static [Migration]) -> MigrationSet {
    MigrationSet { domain: "growing", migrations }
}

async fn applied(store: &Store) -> Vec<(String, i64, String)> {
    store.all("SELECT domain, number, name FROM schema_migration ORDER BY domain, number", &[]).await.unwrap()
}

on_each_engine! {
    sets = &[];

    async fn steps_are_applied_once_and_recorded(store: Store) {
        store.migrate(&[set(&[ONE])]).await.unwrap();
        store.migrate(&[set(&[ONE, TWO])]).await.unwrap();
        store.migrate(&[set(&[ONE, TWO])]).await.unwrap();
        assert_eq!(applied(&store).await, [
            ("growing".into(), 1, "0001_one".into()),
            ("growing".into(), 2, "0002_two".into()),
        ]);
        let extra = store.all::<Option<String>>("SELECT extra FROM mine", &[]).await;
        assert_eq!(extra.is_ok(), store.engine() == Engine::Postgres);
    }

    async fn a_newer_schema_is_refused(store: Store) {
        store.migrate(&[set(&[ONE, TWO])]).await.unwrap();
        let error = store.migrate(&[set(&[ONE])]).await.unwrap_err();
        assert_eq!(error, StoreError::NewerSchema { domain: "growing".into(), found: 2, known: 1 });
        assert!(error.to_string().contains("lược đồ") && error.to_string().contains("newer program"));
    }

    async fn a_changed_step_is_refused(store: Store) {
        store.migrate(&[set(&[ONE])]).await.unwrap();
        const CHANGED: Migration = Migration { name: ONE.name, sql: "CREATE TABLE one (id bigint);" };
        let error = store.migrate(&[set(&[CHANGED, TWO])]).await.unwrap_err();
        assert!(matches!(&error, StoreError::Migration(text) if text.starts_with("growing/0001_one")), "{error}");
        assert_eq!(applied(&store).await.len(), 1);
        const OTHER_LINE_ENDS: Migration =
            Migration { name: ONE.name, sql: "CREATE TABLE one (id bigint PRIMARY KEY);\r\n" };
        store.migrate(&[set(&[OTHER_LINE_ENDS])]).await.unwrap();
    }

    async fn a_failing_step_leaves_nothing_behind(store: Store) {
        const BAD: Migration = Migration { name: "0002_bad", sql: "CREATE TABLE two (id bigint); SELEKT 1;" };
        let error = store.migrate(&[set(&[ONE, BAD])]).await.unwrap_err();
        assert!(matches!(&error, StoreError::Migration(text) if text.starts_with("growing/0002_bad")), "{error}");
        assert!(store.all::<i64>("SELECT id FROM one", &[]).await.is_err());
        store.migrate(&[set(&[ONE, TWO])]).await.unwrap();
    }

    async fn ill_formed_sets_are_refused(store: Store) {
        for bad in [
            set(&[TWO]),
            set(&[ONE, ONE]),
            set(&[Migration { name: "1_one", sql: "" }]),
            set(&[Migration { name: "0001_one", sql: "CREATE TABLE a (b bigint REFERENCES a DEFERRABLE)" }]),
        ] {
            let error = store.migrate(&[bad]).await.unwrap_err();
            assert!(matches!(error, StoreError::Migration(_)), "{error}");
        }
    }

    async fn stores_that_start_together_migrate_once(store: Store) {
        const SETS: &[MigrationSet] = &[set(&[ONE, TWO])];
        let second = twin(&store).await;
        let third = twin(&store).await;
        let (a, b, c) = tokio::join!(store.migrate(SETS), second.migrate(SETS), third.migrate(SETS));
        assert_eq!((a, b, c), (Ok(()), Ok(()), Ok(())));
        assert_eq!(applied(&second).await.len(), 2);
    }
}
