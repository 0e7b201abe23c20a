//! A fresh database on each engine for every test (feature `testing`).
//!
//! ```no_run
//! # fn main() {}
//! use store::{Migration, MigrationSet, Store};
//!
//! const WARDS: MigrationSet = MigrationSet {
//!     domain: "wards",
//!     migrations: &[Migration { name: "0001_ward", sql: "CREATE TABLE ward (code text PRIMARY KEY)" }],
//! };
//!
//! store::on_each_engine! {
//!     sets = &[WARDS];
//!
//!     async fn it_begins_without_wards(store: Store) {
//!         assert_eq!(store.one::<i64>("SELECT count(*) FROM ward", &[]).await, Ok(0));
//!     }
//! }
//! ```
//! makes the two tests `it_begins_without_wards::sqlite` and `it_begins_without_wards::postgres`. The second uses a new schema on
//! the server of `DANCU_TEST_POSTGRES`, a superuser's address, and fails without it, unless
//! `DANCU_TEST_SQLITE_ONLY=1`.
//!
//! The embedded engine takes any value into any column; so after each test every stored value is compared with the
//! type that its column declares.

// A test harness reports by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::{MigrationSet, Options, Store, StoreError};
use std::{
    future::Future,
    sync::atomic::{AtomicU32, Ordering},
};

/// Makes of each `async fn name(store: Store)` two tests, one for each engine. See [the module](crate::testing).
#[macro_export]
macro_rules! on_each_engine {
    (sets = $sets:expr; $($(#[$meta:meta])* async fn $name:ident($store:ident: $type:ty) $body:block)+) => {$(
        $(#[$meta])*
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($store: $type) $body

            #[test]
            fn sqlite() {
                $crate::testing::on_sqlite($sets, body);
            }

            #[test]
            fn postgres() {
                $crate::testing::on_postgres($sets, body);
            }
        }
    )+};
}

/// Few connections, so that many tests fit beside each other on one server.
fn options() -> Options {
    Options { readers: 2, pool: 8, connections: 2, ..Options::default() }
}

/// Runs a test on a new file.
pub fn on_sqlite<F>(sets: &[MigrationSet], test: impl FnOnce(Store) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("test.sqlite");
    runtime().block_on(async {
        let store =
            Store::open(path.to_str().expect("a plain path"), options()).await.expect("a new database");
        store.migrate(sets).await.expect("migrations");
        let outcome = tokio::spawn(test(store.clone())).await;
        unwind(outcome);
        check_types(&store).await;
        store.close().await.expect("to close");
    });
}

/// Runs a test in a new schema of the PostgreSQL server for tests.
pub fn on_postgres<F>(sets: &[MigrationSet], test: impl FnOnce(Store) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Some(server) = server() else { return };
    let schema = format!(
        "test_{}_{}_{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed),
        vocabulary::Moment::now().micros()
    );
    runtime().block_on(async {
        on_server(&server, &format!("CREATE SCHEMA {schema}")).await;
        let url = format!(
            "{server}{}options=-c%20search_path%3D{schema}",
            if server.contains('?') { '&' } else { '?' }
        );
        let outcome = match prepared(&url, sets).await {
            Ok(store) => {
                let outcome = tokio::spawn(test(store.clone())).await;
                store.close().await.expect("to close");
                Ok(outcome)
            }
            Err(error) => Err(error),
        };
        on_server(&server, &format!("SET client_min_messages = warning; DROP SCHEMA {schema} CASCADE")).await;
        unwind(outcome.expect("a new database"));
    });
}

/// Another store on the same database, as a second process would have it.
pub async fn twin(store: &Store) -> Store {
    Store::open(store.url(), options()).await.expect("a second store")
}

/// As [`twin`], with these options; where `at` is given, through that address instead of the server's own.
pub async fn twin_with(
    store: &Store,
    options: Options,
    at: Option<std::net::SocketAddr>,
) -> Result<Store, StoreError> {
    let url = match at {
        None => store.url().to_owned(),
        Some(at) => moved(store.url(), &at.to_string()),
    };
    Store::open(&url, options).await
}

/// The address of the same database on another server: a replica of it.
pub fn on_other_server(store: &Store, server: &str) -> String {
    let host = server.rsplit_once('@').map_or(server, |(_, host)| host);
    moved(store.url(), host.split('/').next().unwrap_or(host))
}

/// Where the server of a PostgreSQL store listens.
pub fn server_of(store: &Store) -> String {
    let config: tokio_postgres::Config = store.url().parse().expect("an address");
    match (config.get_hosts().first(), config.get_ports().first()) {
        (Some(tokio_postgres::config::Host::Tcp(host)), port) => {
            format!("{host}:{}", port.copied().unwrap_or(5432))
        }
        _ => panic!("the server for tests must listen on a network address"),
    }
}

fn moved(url: &str, host: &str) -> String {
    let (before, rest) = url.split_once('@').expect("an address with a user");
    let (_, path) = rest.split_once('/').expect("an address with a database");
    format!("{before}@{host}/{path}")
}

/// The server for tests, or `None` where tests are asked for the embedded engine alone.
fn server() -> Option<String> {
    if std::env::var("DANCU_TEST_SQLITE_ONLY").is_ok_and(|only| only == "1") {
        return None;
    }
    let server = std::env::var("DANCU_TEST_POSTGRES").unwrap_or_default();
    assert!(
        !server.is_empty(),
        "DANCU_TEST_POSTGRES must name a PostgreSQL server for tests (or set DANCU_TEST_SQLITE_ONLY=1)"
    );
    Some(server)
}

async fn prepared(url: &str, sets: &[MigrationSet]) -> Result<Store, StoreError> {
    let store = Store::open(url, options()).await?;
    store.migrate(sets).await?;
    Ok(store)
}

async fn on_server(url: &str, sql: &str) {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("the PostgreSQL server for tests");
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.expect("to prepare the schema");
    drop(client);
    connection.await.expect("the connection").expect("to close the connection");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn unwind(outcome: Result<(), tokio::task::JoinError>) {
    if let Err(error) = outcome {
        std::panic::resume_unwind(error.into_panic());
    }
}

/// Every value of every column is of the kind that PostgreSQL would have required.
async fn check_types(store: &Store) {
    let columns: Vec<(String, String, String)> = store
        .all(
            "SELECT t.name, c.name, lower(c.type) FROM sqlite_schema t, pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
            &[],
        )
        .await
        .expect("the columns");
    for (table, column, declared) in columns {
        let held = match declared.split('(').next().unwrap_or_default().trim() {
            "smallint" | "integer" | "bigint" | "boolean" | "timestamptz" => "'integer'",
            "text" | "varchar" | "char" | "date" | "json" => "'text'",
            // JSON in the column that bears its name is text, but a lone number turns into one.
            "jsonb" => "'text', 'integer', 'real'",
            "bytea" | "uuid" => "'blob'",
            "double precision" => "'real'",
            _ => panic!("{table}.{column} is declared {declared}, which is not of the common tongue"),
        };
        let odd: Vec<String> = store
            .all(
                &format!(
                    "SELECT DISTINCT typeof(\"{column}\") FROM \"{table}\"
                     WHERE typeof(\"{column}\") NOT IN ('null', {held})"
                ),
                &[],
            )
            .await
            .expect("the kinds");
        assert!(odd.is_empty(), "{table}.{column} is declared {declared} but holds {odd:?}");
    }
}
