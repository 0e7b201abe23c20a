//! Encrypted connections to PostgreSQL, on the server that scripts/with-postgres starts: it has a certificate for 127.0.0.1.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    time::Duration,
};
use store::{Options, Store, StoreError, params};

const ENCRYPTED: &str = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// The server's address with these words, and its authority's file; `None` where the server has none that we know.
fn address(words: &str) -> Option<(String, String)> {
    let (Ok(url), Ok(ca)) = (std::env::var("DANCU_TEST_POSTGRES"), std::env::var("DANCU_TEST_POSTGRES_CA"))
    else {
        println!("SKIPPED: scripts/with-postgres starts a server that speaks TLS");
        return None;
    };
    Some((format!("{url}?{}", words.replace("CA", &ca)), ca))
}

fn options() -> Options {
    Options { patience: Duration::from_secs(5), ..Options::default() }
}

async fn refused(url: &str) -> String {
    match Store::open(url, options()).await {
        Err(error @ StoreError::Connection(_)) => error.to_string(),
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("{url} was opened"),
    }
}

#[tokio::test]
async fn every_connection_is_encrypted_where_the_address_asks_for_it() {
    for (words, expected) in
        [("sslmode=disable", false), ("sslmode=require", true), ("sslmode=verify-full&sslrootcert=CA", true)]
    {
        let Some((url, _)) = address(words) else { return };
        let store = Store::open(&url, options()).await.unwrap();
        for _ in 0..8 {
            assert_eq!(store.one::<bool>(ENCRYPTED, params![]).await.unwrap(), expected, "{words}, reading");
        }
        let within: Result<bool, StoreError> =
            store::transact!(store, tx => tx.one::<bool>(ENCRYPTED, params![]).await);
        assert_eq!(within.unwrap(), expected, "{words}, in a transaction");
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_is_not_spoken_to() {
    let Some((unknown, _)) = address("sslmode=verify-full") else { return };
    let why = refused(&unknown).await;
    assert!(why.contains("TLS"), "signed by nobody that the public authorities know: {why}");
    let (known, _) = address("sslmode=verify-full&sslrootcert=CA").unwrap();
    let why = refused(&known.replace("127.0.0.1", "localhost")).await;
    assert!(why.contains("TLS"), "a certificate of another name: {why}");
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_to_a_server_that_speaks_no_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut asked = [0; 8];
        connection.read_exact(&mut asked).unwrap();
        connection.write_all(b"N").unwrap();
        let mut more = Vec::new();
        connection.read_to_end(&mut more).unwrap();
        (asked, more)
    });
    refused(&format!("postgres://somebody:secret@127.0.0.1:{port}/db?sslmode=require")).await;
    let (asked, more) = server.join().unwrap();
    assert_eq!(asked, [0, 0, 0, 8, 4, 210, 22, 47], "the request for TLS");
    assert!(more.is_empty(), "neither a name nor a password was sent");
}
