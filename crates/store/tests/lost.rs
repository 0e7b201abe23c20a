//! A connection cut during a commit, in both directions: what was to be written is written once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use store::{Migration, MigrationSet, Options, Store, StoreError, params, testing, transact};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

const SCHEMA: MigrationSet = MigrationSet {
    domain: "lost",
    migrations: &[Migration {
        name: "0001_entry",
        sql: "CREATE TABLE head (id bigint PRIMARY KEY, place bigint NOT NULL);
              INSERT INTO head (id, place) VALUES (1, 0);
              CREATE TABLE entry (place bigint PRIMARY KEY, what bigint NOT NULL);",
    }],
};

/// Where a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cut {
    /// COMMIT never reaches the server, which sees the connection end.
    Before,
    /// COMMIT never reaches the server, which does not see the connection end.
    BeforeUnnoticed,
    /// COMMIT reaches the server, which sees the connection end at the same time.
    AtOnce,
    /// The server has committed; its answer never arrives.
    After,
    /// As `After`, and from then on nobody gets through.
    AfterForGood,
}

/// Stands between a store and the server.
struct Proxy {
    address: SocketAddr,
    cuts: Arc<Mutex<VecDeque<Cut>>>,
}

#[derive(Clone)]
struct Way {
    cuts: Arc<Mutex<VecDeque<Cut>>>,
    closed: Arc<AtomicBool>,
    /// Connections that the server goes on holding.
    held: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    async fn to(server: String) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let way = Way { cuts: Arc::default(), closed: Arc::default(), held: Arc::default() };
        let cuts = Arc::clone(&way.cuts);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if way.closed.load(Ordering::Relaxed) {
                    continue;
                }
                let server = TcpStream::connect(&server).await.unwrap();
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                tokio::spawn(pass(client, server, way.clone()));
            }
        });
        Proxy { address, cuts }
    }

    fn cut(&self, cuts: impl IntoIterator<Item = Cut>) {
        self.cuts.lock().unwrap().extend(cuts);
    }
}

/// Passes messages on until a commit is to be cut.
async fn pass(mut client: TcpStream, mut server: TcpStream, way: Way) {
    let committed = Notify::new();
    let silent = AtomicBool::new(false);
    let kept_open = {
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let there = async {
            let mut first = true;
            while let Some(message) = message(&mut from_client, std::mem::take(&mut first)).await {
                let commit = message[0] == b'Q' && message[5..].starts_with(b"COMMIT");
                let cut = if commit { way.cuts.lock().unwrap().pop_front() } else { None };
                match cut {
                    None => {
                        if to_server.write_all(&message).await.is_err() {
                            return false;
                        }
                    }
                    Some(Cut::Before) => return false,
                    Some(Cut::BeforeUnnoticed) => return true,
                    Some(Cut::AtOnce) => {
                        let _ = to_server.write_all(&message).await;
                        return false;
                    }
                    Some(Cut::After | Cut::AfterForGood) => {
                        silent.store(true, Ordering::SeqCst);
                        to_server.write_all(&message).await.unwrap();
                        committed.notified().await;
                        way.closed.fetch_or(cut == Some(Cut::AfterForGood), Ordering::Relaxed);
                        return false;
                    }
                }
            }
            false
        };
        let back = async {
            let mut bytes = vec![0; 65_536];
            loop {
                let count = from_server.read(&mut bytes).await.unwrap_or(0);
                if bytes[..count].windows(8).any(|w| w == b"COMMIT\0Z" || w.starts_with(b"COMMIT\0")) {
                    committed.notify_one();
                }
                if count == 0
                    || (!silent.load(Ordering::SeqCst) && to_client.write_all(&bytes[..count]).await.is_err())
                {
                    return false;
                }
            }
        };
        tokio::select! { kept = there => kept, kept = back => kept }
    };
    if kept_open {
        way.held.lock().unwrap().push(server);
    }
}

/// One message of the protocol; the first has no tag.
async fn message(from: &mut (impl AsyncReadExt + Unpin), first: bool) -> Option<Vec<u8>> {
    let head = if first { 4 } else { 5 };
    let mut message = vec![0; head];
    from.read_exact(&mut message).await.ok()?;
    let length = u32::from_be_bytes(message[head - 4..].try_into().unwrap()) as usize;
    message.resize(head - 4 + length, 0);
    from.read_exact(&mut message[head..]).await.ok()?;
    Some(message)
}

async fn through(store: &Store, patience: Duration) -> (Proxy, Store) {
    let proxy = Proxy::to(testing::server_of(store)).await;
    let options = Options { pool: 8, connections: 2, patience, ..Options::default() };
    let far = testing::twin_with(store, options, Some(proxy.address)).await.unwrap();
    far.migrate(&[SCHEMA]).await.unwrap();
    (proxy, far)
}

/// Writes in gapless order, as acts and ledger entries are written; counts how often it is run.
async fn write(store: &Store, what: i64, runs: &AtomicU32) -> Result<i64, StoreError> {
    transact!(store, tx => {
        runs.fetch_add(1, Ordering::Relaxed);
        let place: i64 =
            tx.one("UPDATE head SET place = place + 1 WHERE id = 1 RETURNING place", &[]).await?;
        tx.execute("INSERT INTO entry (place, what) VALUES ($1, $2)", params![place, what]).await?;
        Ok::<_, StoreError>(place)
    })
}

async fn entries(store: &Store) -> Vec<(i64, i64)> {
    store.all("SELECT place, what FROM entry ORDER BY place", &[]).await.unwrap()
}

#[test]
fn a_commit_that_did_not_arrive_is_run_again() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        let (proxy, far) = through(&store, Duration::from_secs(10)).await;
        for (what, cut) in (1i64..).zip([Cut::Before, Cut::BeforeUnnoticed]) {
            let runs = AtomicU32::new(0);
            proxy.cut([cut]);
            assert_eq!(write(&far, what, &runs).await, Ok(what), "{cut:?}");
            assert_eq!(runs.load(Ordering::Relaxed), 2, "{cut:?}");
        }
        assert_eq!(entries(&store).await, [(1, 1), (2, 2)]);
    });
}

#[test]
fn a_commit_whose_answer_is_lost_is_not_run_again() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        let (proxy, far) = through(&store, Duration::from_secs(10)).await;
        let runs = AtomicU32::new(0);
        proxy.cut([Cut::After]);
        assert_eq!(write(&far, 1, &runs).await, Ok(1));
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        assert_eq!(entries(&store).await, [(1, 1)]);
    });
}

#[test]
fn a_commit_without_an_answer_and_without_a_server_is_reported_as_unknown() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        let (proxy, far) = through(&store, Duration::from_millis(300)).await;
        proxy.cut([Cut::AfterForGood]);
        let error = write(&far, 1, &AtomicU32::new(0)).await.unwrap_err();
        assert!(error.to_string().contains("is unknown"), "{error}");
        assert_eq!(entries(&store).await, [(1, 1)], "not written again in the dark");
    });
}

#[test]
fn among_many_each_is_written_once_wherever_connections_are_cut() {
    const CALLERS: i64 = 120;
    testing::on_postgres(&[SCHEMA], |store| async move {
        let (proxy, far) = through(&store, Duration::from_secs(10)).await;
        // Each block of commits meets all kinds; a transaction may meet several one after the other.
        let kinds = [Cut::AtOnce, Cut::After, Cut::Before, Cut::AtOnce, Cut::BeforeUnnoticed];
        proxy.cut(kinds.into_iter().cycle().take(60));
        let runs = Arc::new(AtomicU32::new(0));
        let tasks: Vec<_> = (0..CALLERS)
            .map(|what| {
                let (far, runs) = (far.clone(), Arc::clone(&runs));
                tokio::spawn(async move {
                    loop {
                        // A caller told that nothing was written asks again.
                        match write(&far, what, &runs).await {
                            Ok(place) => return (place, what),
                            Err(error) => assert!(!error.to_string().contains("unknown"), "{error}"),
                        }
                    }
                })
            })
            .collect();
        let mut told = Vec::new();
        for task in tasks {
            told.push(task.await.unwrap());
        }
        told.sort_unstable();
        assert_eq!(entries(&store).await, told, "what callers were told is what is there");
        let places: Vec<i64> = told.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, (1..=CALLERS).collect::<Vec<_>>(), "without gaps and none twice");
        assert!(runs.load(Ordering::Relaxed) > CALLERS as u32, "some were run again");
        let marks: i64 = store.one("SELECT count(*) FROM commit_mark", &[]).await.unwrap();
        assert!(marks <= 8 + 60 + 4, "a mark for each slot in use or given up: {marks}");
    });
}

#[test]
fn reads_and_scans_outlive_a_cut_too() {
    testing::on_postgres(&[SCHEMA], |store| async move {
        for what in 0..20 {
            write(&store, what, &AtomicU32::new(0)).await.unwrap();
        }
        for _ in 0..3 {
            let schema: String = store.one("SELECT CAST(current_schema() AS text)", &[]).await.unwrap();
            let sql = format!("SELECT place FROM entry ORDER BY place /* {schema} */");
            // Each connection, shared or pooled, is known to the server by its last statement and ended.
            for _ in 0..4 {
                store.all::<i64>(&sql, &[]).await.unwrap();
                let mut scan = store.scan::<i64>(&sql, &[]).await.unwrap();
                while scan.next().await.unwrap().is_some() {}
            }
            let other = testing::twin(&store).await;
            let ended: Vec<bool> = other
                .all(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE pid <> pg_backend_pid() AND query LIKE $1",
                    params![format!("%/* {schema} */%")],
                )
                .await
                .unwrap();
            assert!(ended.len() >= 2, "{ended:?}");
            let mut scan = store.scan::<i64>(&sql, &[]).await.unwrap();
            let mut count = 0;
            while scan.next().await.unwrap().is_some() {
                count += 1;
            }
            assert_eq!(count, 20);
            assert_eq!(store.all::<i64>(&sql, &[]).await.unwrap().len(), 20);
            other.close().await.unwrap();
        }
    });
}
