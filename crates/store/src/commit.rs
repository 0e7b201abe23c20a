//! A commit whose answer was lost: did it take place?
//!
//! Every transaction that writes leaves a mark of its own, a row sent on the same way as its `COMMIT` and just before it.
//! Who loses the answer writes the same mark himself: where it is there already, the commit took place; where it can be
//! written now, the commit did not take place and never will, since its own mark would meet this one. The state of a
//! transaction number (`pg_xact_status`) would not do: a server that crashed gives numbers a second time.

use crate::{
    StoreError,
    postgres::{Postgres, prepare},
};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio_postgres::Client;
use vocabulary::Moment;

/// Made by the first migration on PostgreSQL. A slot holds its last mark alone, so that the table stays small.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS commit_mark (
    slot bigint NOT NULL,
    place bigint NOT NULL,
    at timestamptz NOT NULL,
    fenced boolean NOT NULL,
    PRIMARY KEY (slot, place)
)";

const LEAVE: &str = "WITH before AS (DELETE FROM commit_mark WHERE slot = $1 AND place < $2)
    INSERT INTO commit_mark (slot, place, at, fenced) VALUES ($1, $2, $3, false)";

/// Tells whose mark it is. Where the transaction has not ended, it waits for it.
const FENCE: &str = "INSERT INTO commit_mark (slot, place, at, fenced) VALUES ($1, $2, $3, true)
    ON CONFLICT (slot, place) DO UPDATE SET at = excluded.at RETURNING fenced";

/// Ends the connection that was lost, where the server has not noticed: it waits for the next statement and holds its
/// locks meanwhile. One that is at work, perhaps at this very commit, is left to finish.
const END: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1
    AND usename = current_user AND datname = current_database() AND state LIKE 'idle in transaction%'";

/// Between two attempts to find out.
const PAUSE: Duration = Duration::from_millis(50);

/// A transaction's mark.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    slot: i64,
    place: i64,
}

/// The slots of one store, each used by one transaction at a time.
#[derive(Default)]
pub(crate) struct Slots(Mutex<Vec<Mark>>);

impl Slots {
    pub(crate) fn take(&self) -> Result<Mark, StoreError> {
        if let Some(mark) = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(mark);
        }
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|_| StoreError::other("the system gives no random numbers"))?;
        Ok(Mark { slot: i64::from_le_bytes(random), place: 0 })
    }

    /// Takes a slot back; its mark is used up.
    pub(crate) fn give(&self, mark: Mark) {
        let next = Mark { place: mark.place + 1, ..mark };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(next);
    }
}

/// Sends the mark; the caller sends `COMMIT` behind it without waiting.
pub(crate) async fn leave(
    client: &Client,
    statement: &tokio_postgres::Statement,
    mark: Mark,
) -> Result<(), tokio_postgres::Error> {
    client.execute(statement, &[&mark.slot, &mark.place, &Moment::now()]).await.map(drop)
}

/// The statement of [`leave`].
pub(crate) async fn prepared(
    client: &deadpool_postgres::ClientWrapper,
) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
    prepare(client, LEAVE).await
}

/// Whether the commit took place, asked on other connections until one answers or patience ends. `None`: it could not be
/// found out.
pub(crate) async fn took_place(engine: &Postgres, pid: i32, mark: Mark, patience: Duration) -> Option<bool> {
    let until = Instant::now() + patience;
    loop {
        match asked(engine, pid, mark).await {
            Ok(took_place) => return Some(took_place),
            Err(error) => tracing::debug!(%error, "the outcome of a commit is still unknown"),
        }
        if Instant::now() >= until {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn asked(engine: &Postgres, pid: i32, mark: Mark) -> Result<bool, StoreError> {
    let client = engine.another().await?;
    client.batch_execute("SET lock_timeout = '1s'").await?;
    client.query(END, &[&pid]).await?;
    let row = client.query_one(FENCE, &[&mark.slot, &mark.place, &Moment::now()]).await?;
    // A fence whose own commit is lost is found by the next attempt.
    let fenced: bool = row.try_get(0)?;
    Ok(!fenced)
}
