//! A database of its own on the PostgreSQL server of the tests, for a test that starts whole processes.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    process::Command,
};

/// Runs a test with the address of a new database, which is dropped afterwards however the test ends. Does nothing where
/// only the embedded engine is wanted.
pub fn with_own_database(name: &str, test: impl FnOnce(&str)) {
    if std::env::var("DANCU_TEST_SQLITE_ONLY").is_ok_and(|only| only == "1") {
        return;
    }
    let server = std::env::var("DANCU_TEST_POSTGRES")
        .expect("DANCU_TEST_POSTGRES names a PostgreSQL server for tests");
    let name = format!("{name}_{}", std::process::id());
    let psql = |sql: &str| {
        let done = Command::new("psql").args([server.as_str(), "-qc", sql]).status().unwrap();
        assert!(done.success());
    };
    psql(&format!("CREATE DATABASE {name}"));
    let (address, _) = server.rsplit_once('/').unwrap();
    let outcome = catch_unwind(AssertUnwindSafe(|| test(&format!("{address}/{name}"))));
    psql(&format!("DROP DATABASE {name} WITH (FORCE)"));
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}
