//! A read replica: a streaming standby that answers look-ups in the primary's stead.
//!
//! It is asked only while it has replayed all that this process has written (but for what is marked
//! [`Tx::apart`](crate::Tx::apart)), and is no further behind the primary than allowed. Both are known from looking at
//! the two servers ten times a second, so that a read costs nothing more: a position of the log that the primary had
//! reached at some moment and the replica has replayed proves that the replica is as of that moment or later, whatever
//! the clocks say and whether or not the two are connected. Whatever goes wrong, the primary answers.

use crate::{
    FromRow, Options, Params, StoreError,
    postgres::{Postgres, Readers, server},
};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Between two looks.
const EVERY: Duration = Duration::from_millis(100);
/// A replica that takes longer for a look-up is as good as away.
const SLOW: Duration = Duration::from_secs(2);

/// A position in the write-ahead log, in bytes.
pub(crate) type Reached = i64;

const PRIMARY: &str = "SELECT (SELECT system_identifier FROM pg_control_system()), NOT pg_is_in_recovery(),
    CASE WHEN NOT pg_is_in_recovery() THEN CAST(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bigint) END";
const REPLICA: &str = "SELECT (SELECT system_identifier FROM pg_control_system()), pg_is_in_recovery(),
    CAST(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0') AS bigint)";

/// A PostgreSQL streaming replica of the database, for [`Store::aside`](crate::Store::aside).
#[derive(Clone)]
pub struct ReadReplica {
    /// Its address: one server, so that what is known of it holds for each connection.
    pub url: String,
    /// How far it may be behind the primary and still be asked.
    pub behind: Duration,
}

impl std::fmt::Debug for ReadReplica {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadReplica").field("behind", &self.behind).finish_non_exhaustive()
    }
}

/// How a read replica serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicaStatus {
    /// Reads it has answered.
    pub reads: u64,
    /// Reads that the primary answered in its stead.
    pub fallbacks: u64,
    /// How old at most what it shows is; `None` while that is not known.
    pub behind: Option<Duration>,
    /// Whether it is asked at this moment.
    pub used: bool,
}

pub(crate) struct Replica {
    readers: Readers,
    behind: Duration,
    /// What it must have replayed before it is asked.
    needed: AtomicI64,
    /// A commit of unknown position took place: nothing is asked until the next look at the primary.
    unknown: AtomicBool,
    seen: Mutex<Seen>,
    opened: Instant,
    /// What the log said last.
    used: AtomicBool,
    reads: AtomicU64,
    fallbacks: AtomicU64,
}

#[derive(Default)]
struct Seen {
    /// Positions of the primary that the replica has not replayed yet, and when they were seen.
    ahead: VecDeque<(Instant, Reached)>,
    replayed: Reached,
    /// All that was committed before is replayed.
    as_of: Option<Instant>,
}

impl Replica {
    pub(crate) fn new(replica: &ReadReplica, options: &Options) -> Result<Replica, StoreError> {
        let server = server(&replica.url, options.patience)?;
        if server.config.get_hosts().len() > 1 {
            return Err(StoreError::Connection("the read database must be one server".into()));
        }
        Ok(Replica {
            readers: Readers::new(server, options.connections),
            behind: replica.behind,
            needed: AtomicI64::new(0),
            unknown: AtomicBool::new(false),
            seen: Mutex::default(),
            opened: Instant::now(),
            used: AtomicBool::new(true),
            reads: AtomicU64::new(0),
            fallbacks: AtomicU64::new(0),
        })
    }

    pub(crate) fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Reads are asked here again only when this position is replayed.
    pub(crate) fn wait_for(&self, reached: Reached) {
        self.needed.fetch_max(reached, Ordering::AcqRel);
    }

    /// The same for a position that is not known.
    pub(crate) fn distrust(&self) {
        self.unknown.store(true, Ordering::Release);
    }

    /// Whether a chain of reads may begin here.
    pub(crate) fn is_ready(&self) -> bool {
        let ready = self.may_answer();
        if !ready {
            self.fallbacks.fetch_add(1, Ordering::Relaxed);
        }
        ready
    }

    /// The rows, where the replica answers. The caller has asked whether it [is ready](Replica::is_ready).
    pub(crate) async fn read<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Option<Vec<T>> {
        let answer = self.ask(sql, params).await;
        let count = if answer.is_some() { &self.reads } else { &self.fallbacks };
        count.fetch_add(1, Ordering::Relaxed);
        answer
    }

    async fn ask<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Option<Vec<T>> {
        match tokio::time::timeout(SLOW, self.readers.read(sql, params)).await {
            Ok(Ok(rows)) => return Some(rows),
            // The replica gave up the read in favour of what it replays; the next one may do.
            Ok(Err(StoreError::Serialization | StoreError::Busy)) => {}
            // What is wrong with the statement, the primary will say.
            Ok(Err(error)) if !matches!(error, StoreError::Connection(_)) => {}
            _ => self.seen().as_of = None,
        }
        None
    }

    fn may_answer(&self) -> bool {
        let seen = self.seen();
        seen.as_of.is_some_and(|moment| moment.elapsed() <= self.behind)
            && seen.replayed >= self.needed.load(Ordering::Acquire)
            && !self.unknown.load(Ordering::Acquire)
    }

    pub(crate) fn status(&self) -> ReplicaStatus {
        let as_of = self.seen().as_of;
        ReplicaStatus {
            reads: self.reads.load(Ordering::Relaxed),
            fallbacks: self.fallbacks.load(Ordering::Relaxed),
            behind: as_of.map(|moment| moment.elapsed()),
            used: self.may_answer(),
        }
    }

    /// Looks at both servers, and says in the log when the replica comes into use or goes out of it.
    pub(crate) async fn look(&self, primary: &Readers) {
        let outcome = match tokio::time::timeout(SLOW, self.compare(primary)).await {
            Ok(outcome) => outcome,
            Err(_) => Err("it does not answer in time".to_owned()),
        };
        if outcome.is_err() {
            self.seen().as_of = None;
        }
        // At the start it is given time to reach where the primary was then.
        if outcome.is_ok() && self.seen().as_of.is_none() && self.opened.elapsed() <= self.behind {
            return;
        }
        let fresh = self.seen().as_of.is_some_and(|moment| moment.elapsed() <= self.behind);
        if fresh != self.used.swap(fresh, Ordering::AcqRel) {
            match outcome {
                _ if fresh => tracing::info!("the read database answers look-ups"),
                Ok(()) => tracing::warn!("the read database is too far behind; the primary answers"),
                Err(reason) => tracing::warn!(%reason, "the read database is not used; the primary answers"),
            }
        }
    }

    async fn compare(&self, primary: &Readers) -> Result<(), String> {
        let unknown = self.unknown.load(Ordering::Acquire);
        let asked = Instant::now();
        let (system, writes, reached) = look_at(primary, PRIMARY).await?;
        let reached = reached.filter(|_| writes).ok_or("the database itself is a replica")?;
        if unknown {
            self.wait_for(reached);
            self.unknown.store(false, Ordering::Release);
        }
        let (replica, follows, replayed) = look_at(&self.readers, REPLICA).await?;
        if replica != system {
            return Err("it is not a replica of this database".to_owned());
        }
        let replayed = replayed.filter(|_| follows).ok_or("it is not a replica, or not one any more")?;
        let mut seen = self.seen();
        seen.ahead.push_back((asked, reached));
        seen.replayed = replayed;
        while let Some(&(moment, position)) = seen.ahead.front() {
            if position <= replayed {
                seen.as_of = Some(moment);
            } else if moment.elapsed() <= self.behind {
                break;
            }
            // What is older than allowed proves nothing of use.
            seen.ahead.pop_front();
        }
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn look_at(server: &Readers, sql: &str) -> Result<(i64, bool, Option<Reached>), String> {
    let mut rows = server.read::<(i64, bool, Option<i64>)>(sql, &[]).await.map_err(|e| e.to_string())?;
    rows.pop().ok_or_else(|| "it does not answer".to_owned())
}

/// Looks at the replica for as long as the store is used.
pub(crate) fn keep_looking(engine: &Arc<Postgres>) {
    let engine = Arc::downgrade(engine);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            let Some(engine) = engine.upgrade().filter(|engine| !engine.is_closed()) else { return };
            if let Some(replica) = engine.replica() {
                replica.look(engine.primary()).await;
            }
        }
    });
}
