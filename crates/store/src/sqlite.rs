//! The embedded engine: readers that never wait for the writer, and one writer whose transactions share commits.
//!
//! Reads by key run on the thread of the caller: a warm one takes a few microseconds, less than a change of thread.
//! Lists run on connections of their own, so that a long one never stands before a key.
//!
//! Writing: behind a fair lock, the first transaction of a group opens one of the engine, and each later one is a
//! savepoint inside it; the first needs none, which saves a large one the copies of all pages that it changes. A thread
//! of its own, the flusher, waits in the same line; when its turn comes it commits whatever has gathered. So a lone
//! transaction is committed at once and a crowd shares one synchronised write, and `commit` returns only after it. Where
//! several came together, the flusher waits a little for as many again, and now and then for some more. A third thread
//! folds the log into the file meanwhile.

use crate::{
    FromRow, Options, Params, Row, StoreError, Value, bulk,
    checkpoint::{self, Nudge},
    dialect,
    scan::Rows,
};
use rusqlite::{CachedStatement, Connection, Statement, config::DbConfig, types::ToSqlOutput};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, oneshot};

/// How long a reader waits for the rare moments in which the file is locked as a whole.
const READER_PATIENCE: Duration = Duration::from_secs(5);
/// Statements kept ready on each connection.
const STATEMENTS: usize = 256;
/// Rows that a load writes with one statement.
const TOGETHER: usize = 32;
/// The writer keeps the journals of its savepoints in memory.
const WRITER_MEMORY: &str = "PRAGMA temp_store = MEMORY";

/// How long the flusher waits at most for as many writers as last time. A synchronised write costs the same for one as
/// for a hundred, and every commit takes from the readers the pages that they hold. A lone writer never waits.
const LINGER: Duration = Duration::from_millis(2);
/// Commits after a wait in vain in which no more are waited for than came.
const CONTENT: u32 = 128;

/// The embedded engine on one file.
pub(crate) struct Sqlite {
    path: PathBuf,
    keys: Vec<Mutex<Connection>>,
    lists: Mutex<Vec<Connection>>,
    list_places: Arc<Semaphore>,
    writer: Arc<tokio::sync::Mutex<Writer>>,
    flush: mpsc::Sender<()>,
    commits: Arc<AtomicU64>,
    patience: Duration,
}

/// The one writing connection, and the transactions that await the next commit.
struct Writer {
    connection: Connection,
    group: Vec<oneshot::Sender<Result<(), StoreError>>>,
    /// At so many members the flusher is told again that the group need not be waited for any longer; 1 where it waits
    /// for nobody.
    expected: usize,
}

impl Sqlite {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Arc<Sqlite>, StoreError> {
        create_private(path)?;
        let writer = connect(path, options)?;
        let mode: String = writer.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            return Err(StoreError::Connection("the file system does not support a write-ahead log".into()));
        }
        writer.execute_batch(&format!(
            "PRAGMA synchronous = FULL;
             PRAGMA cache_size = -{};
             PRAGMA journal_size_limit = 67108864;
             PRAGMA wal_autocheckpoint = 0;
             PRAGMA busy_timeout = 0",
            options.writer_cache_kib
        ))?;
        writer.execute_batch(WRITER_MEMORY)?;
        let reader = || -> Result<Connection, StoreError> {
            let connection = connect(path, options)?;
            connection.execute_batch("PRAGMA query_only = ON")?;
            Ok(connection)
        };
        let readers = options.readers.max(1);
        let keys = (0..readers).map(|_| reader().map(Mutex::new)).collect::<Result<_, _>>()?;
        let lists = (0..readers).map(|_| reader()).collect::<Result<_, _>>()?;

        let writer = Writer { connection: writer, group: Vec::new(), expected: 1 };
        let writer = Arc::new(tokio::sync::Mutex::new(writer));
        let commits = Arc::new(AtomicU64::new(0));
        let (flush, wanted) = mpsc::channel();
        let no_thread =
            |error: std::io::Error| StoreError::Other(format!("no thread for the writer: {}", error.kind()));
        let held = Arc::clone(&writer);
        let counter = Arc::clone(&commits);
        let nudge = checkpoint::start(connect(path, options)?, move |work| {
            let mut writer = held.blocking_lock();
            writer.commit_group(&counter);
            work();
        })
        .map_err(no_thread)?;
        let flusher = (Arc::clone(&writer), Arc::clone(&commits));
        std::thread::Builder::new()
            .name("store-flusher".into())
            .spawn(move || flush_groups(&wanted, &flusher.0, &flusher.1, &nudge))
            .map_err(no_thread)?;

        Ok(Arc::new(Sqlite {
            path: path.to_owned(),
            keys,
            lists: Mutex::new(lists),
            list_places: Arc::new(Semaphore::new(readers)),
            writer,
            flush,
            commits,
            patience: options.patience,
        }))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Reads at once, on this thread.
    pub(crate) fn read_key<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Result<Vec<T>, StoreError> {
        read(&self.key_reader(), sql, params)
    }

    /// Reads on a connection for lists, and lets the other tasks of this thread move on meanwhile.
    pub(crate) async fn read_list<T: FromRow>(
        self: &Arc<Self>,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Vec<T>, StoreError> {
        let lease = self.lease().await?;
        blocking(|| read(lease.connection()?, sql, params))
    }

    /// Streams a result from a thread of its own.
    pub(crate) async fn scan<T: FromRow + 'static>(
        self: &Arc<Self>,
        sql: &str,
        params: Params<'_>,
        rows: Rows<T>,
    ) -> Result<(), StoreError> {
        let owned =
            params.iter().map(|p| own(p.sqlite().to_sql()?)).collect::<Result<Vec<_>, StoreError>>()?;
        let lease = self.lease().await?;
        let sql = sql.to_owned();
        tokio::task::spawn_blocking(move || {
            let mut rows = rows;
            let outcome = lease.connection().and_then(|connection| {
                let mut statement = prepare(connection, &sql)?;
                bind(&mut statement, owned.len(), |at| &owned[at])?;
                visit(&mut statement, |row| rows.push_blocking(row))
            });
            rows.finish_blocking(outcome);
        });
        Ok(())
    }

    /// Waits for the writer and opens a transaction.
    pub(crate) async fn begin(self: &Arc<Self>) -> Result<SqliteTx, StoreError> {
        let mut writer = match Arc::clone(&self.writer).try_lock_owned() {
            Ok(writer) => writer,
            Err(_) => tokio::time::timeout(self.patience, Arc::clone(&self.writer).lock_owned())
                .await
                .map_err(|_| StoreError::Busy)?,
        };
        let first = writer.connection.is_autocommit();
        if first {
            writer.start(self.patience).await?;
        } else {
            writer.run("SAVEPOINT member")?;
        }
        Ok(SqliteTx { engine: Arc::clone(self), writer: Some(writer), first })
    }

    /// Commits what has gathered and folds the log into the file.
    pub(crate) async fn checkpoint(&self) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        blocking(|| {
            writer.commit_group(&self.commits);
            writer.connection.execute_batch("PRAGMA optimize")?;
            writer.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            Ok(())
        })
    }

    /// Makes an index over a full table, with the processors of the machine and with temporary files in place of memory.
    pub(crate) async fn index(&self, sql: &str) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        writer.commit_group(&self.commits);
        let cache: i64 = writer.connection.query_row("PRAGMA cache_size", [], |row| row.get(0))?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        // As much as the cache holds is sorted at once: what fits into the caches of a processor is sorted nearly twice as
        // fast as 32 MB.
        writer.connection.execute_batch(&format!(
            "PRAGMA temp_store = FILE; PRAGMA threads = {processors}; PRAGMA cache_size = -4096"
        ))?;
        let outcome = match writer.start(self.patience).await {
            Ok(()) => blocking(|| {
                let outcome = writer.connection.execute_batch(sql).map_err(StoreError::from);
                writer.run(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
                // The log holds the whole index now, and would hold the next one too. A reader may stand in the way of
                // folding it; the next commit sees to it then.
                let _ = writer.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
                outcome
            }),
            Err(busy) => Err(busy),
        };
        writer
            .connection
            .execute_batch(&format!("PRAGMA threads = 0; PRAGMA cache_size = {cache}; {WRITER_MEMORY}"))?;
        outcome
    }

    /// A connection for lists, for a task that reads the whole file.
    pub(crate) async fn lease(self: &Arc<Self>) -> Result<Lease, StoreError> {
        let place = Arc::clone(&self.list_places).acquire_owned().await.map_err(|_| closed())?;
        let connection =
            self.lists.lock().unwrap_or_else(PoisonError::into_inner).pop().ok_or_else(closed)?;
        Ok(Lease { engine: Arc::clone(self), connection: Some(connection), _place: place })
    }

    /// Each thread has a favourite reader, so that threads seldom meet.
    fn key_reader(&self) -> MutexGuard<'_, Connection> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local!(static FAVOURITE: usize = NEXT.fetch_add(1, Ordering::Relaxed));
        let favourite = FAVOURITE.with(|f| *f) % self.keys.len();
        let in_turn = self.keys[favourite..].iter().chain(&self.keys[..favourite]);
        for reader in in_turn {
            match reader.try_lock() {
                Ok(connection) => return connection,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        self.keys[favourite].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection for lists that goes back when it is dropped.
pub(crate) struct Lease {
    engine: Arc<Sqlite>,
    connection: Option<Connection>,
    _place: OwnedSemaphorePermit,
}

impl Lease {
    pub(crate) fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.as_ref().ok_or_else(closed)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.engine.lists.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

impl Writer {
    /// Opens the transaction of the engine. Only another process can stand in the way.
    async fn start(&mut self, patience: Duration) -> Result<(), StoreError> {
        let since = std::time::Instant::now();
        while let Err(error) = self.run("BEGIN IMMEDIATE") {
            if error != StoreError::Busy || since.elapsed() > patience {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }

    fn run(&self, sql: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(sql)?.raw_execute()?;
        Ok(())
    }

    /// Ends the open transaction and tells its members.
    fn commit_group(&mut self, commits: &AtomicU64) {
        if self.connection.is_autocommit() {
            return;
        }
        let outcome = self.run("COMMIT");
        match &outcome {
            Ok(()) => {
                commits.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                tracing::error!(%error, members = self.group.len(), "a group of transactions could not be committed");
                if !self.connection.is_autocommit()
                    && let Err(error) = self.run("ROLLBACK")
                {
                    tracing::error!(%error, "nor rolled back");
                }
            }
        }
        self.answer(&outcome);
    }

    fn answer(&mut self, outcome: &Result<(), StoreError>) {
        for member in self.group.drain(..) {
            // A member that no longer listens was cancelled after its commit began.
            let _ = member.send(outcome.clone());
        }
    }

    /// Takes the current member into the group, unless the engine has undone it.
    fn admit(&self, first: bool) -> Result<(), StoreError> {
        match first {
            false => self.run("RELEASE member"),
            true if self.connection.is_autocommit() => {
                Err(StoreError::other("the transaction was undone before its end"))
            }
            true => Ok(()),
        }
    }

    /// Undoes the current member and leaves the rest of its group as it was.
    fn abandon(&mut self) {
        if self.connection.is_autocommit() {
            return;
        }
        let undone = if self.group.is_empty() {
            self.run("ROLLBACK")
        } else {
            self.run("ROLLBACK TO member").and_then(|()| self.run("RELEASE member"))
        };
        if let Err(error) = undone {
            // Better that the whole group fails than that a part of an abandoned transaction stays.
            tracing::error!(%error, "a transaction could not be undone alone");
            let _ = self.run("ROLLBACK");
            self.answer(&Err(error));
        }
    }

    /// Some failures (a full disk, say) make the engine undo everything that is open.
    fn notice_loss(&mut self, error: &StoreError) {
        if self.connection.is_autocommit() {
            self.answer(&Err(error.clone()));
        }
    }
}

/// The flusher's life: it ends when the last store on this file is gone.
fn flush_groups(
    wanted: &mpsc::Receiver<()>,
    writer: &tokio::sync::Mutex<Writer>,
    commits: &AtomicU64,
    nudge: &Nudge,
) {
    let (mut expected, mut content) = (1, 0);
    while wanted.recv().is_ok() {
        let all_came = expected == 1 || wanted.recv_timeout(LINGER).is_ok();
        let mut writer = writer.blocking_lock();
        let members = writer.group.len();
        writer.commit_group(commits);
        (expected, content) = match (members, all_came) {
            // Somebody else committed the group.
            (0, _) => (expected, content),
            (1, _) => (1, content),
            (_, true) if content == 0 => (members + 1 + members / 4, 0),
            (_, true) => (members, content - 1),
            (_, false) => (members, CONTENT),
        };
        writer.expected = expected;
        // Words are given under the writer's lock: none is left of a group that is still to come.
        while wanted.try_recv().is_ok() {}
        drop(writer);
        nudge.give();
    }
}

/// A transaction: the writer's lock and, unless it is the first of its group, a savepoint. Dropped, it undoes itself.
pub(crate) struct SqliteTx {
    engine: Arc<Sqlite>,
    writer: Option<OwnedMutexGuard<Writer>>,
    first: bool,
}

impl SqliteTx {
    fn writer(&mut self) -> Result<&mut Writer, StoreError> {
        self.writer.as_deref_mut().ok_or_else(closed)
    }

    fn with<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let writer = self.writer()?;
        let outcome = work(&writer.connection);
        if let Err(error) = &outcome {
            writer.notice_loss(error);
        }
        outcome
    }

    pub(crate) fn read<T: FromRow>(&mut self, sql: &str, params: Params<'_>) -> Result<Vec<T>, StoreError> {
        self.with(|connection| read(connection, sql, params))
    }

    pub(crate) fn execute(&mut self, sql: &str, params: Params<'_>) -> Result<u64, StoreError> {
        self.with(|connection| {
            let mut statement = prepare(connection, sql)?;
            bind(&mut statement, params.len(), |at| params[at].sqlite())?;
            Ok(statement.raw_execute()? as u64)
        })
    }

    /// Runs a script of many statements.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.with(|connection| blocking(|| Ok(connection.execute_batch(sql)?)))
    }

    /// Runs one statement once for each row of values.
    pub(crate) fn execute_rows(
        &mut self,
        sql: &str,
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<u64, StoreError> {
        self.with(|connection| {
            blocking(|| {
                let mut statement = prepare(connection, sql)?;
                let places = places(&statement)?;
                let expected = places.iter().copied().max().unwrap_or(0);
                let mut changed = 0;
                for row in rows {
                    expect_parameters(expected, row.len())?;
                    for (index, place) in places.iter().enumerate() {
                        statement.raw_bind_parameter(index + 1, bulk::sqlite_value(&row[place - 1])?)?;
                    }
                    changed += statement.raw_execute()? as u64;
                }
                Ok(changed)
            })
        })
    }

    /// Loads rows, as many with one statement as come [`TOGETHER`]: the table and its indexes are then opened once for all
    /// of them. Where one fails, those before it stay until the transaction is rolled back, which is all that can follow;
    /// so no page needs be copied before it is changed.
    pub(crate) fn load(
        &mut self,
        table: &str,
        columns: &[&str],
        mut rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<u64, StoreError> {
        let row = format!("({})", vec!["?"; columns.len()].join(", "));
        let columns = columns.join(", ");
        self.with(|connection| {
            blocking(|| {
                let mut changed = 0;
                let mut some: Vec<Vec<Value>> = rows.by_ref().take(TOGETHER).collect();
                if some.len() == TOGETHER {
                    let places = vec![row.as_str(); TOGETHER].join(", ");
                    let sql = format!("INSERT OR FAIL INTO {table} ({columns}) VALUES {places}");
                    let mut statement = prepare(connection, &sql)?;
                    while some.len() == TOGETHER {
                        changed += insert(&mut statement, &some)?;
                        some.clear();
                        some.extend(rows.by_ref().take(TOGETHER));
                    }
                }
                if !some.is_empty() {
                    let sql = format!("INSERT INTO {table} ({columns}) VALUES {row}");
                    let mut statement = prepare(connection, &sql)?;
                    for row in &some {
                        changed += insert(&mut statement, std::slice::from_ref(row))?;
                    }
                }
                Ok(changed)
            })
        })
    }

    /// Joins the group and waits until it is durable.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let done = {
            let mut writer = self.writer.take().ok_or_else(closed)?;
            if let Err(error) = writer.admit(self.first) {
                writer.abandon();
                return Err(error);
            }
            let (member, done) = oneshot::channel();
            writer.group.push(member);
            let members = writer.group.len();
            if members == 1 || members == writer.expected {
                self.engine.flush.send(()).map_err(|_| closed())?;
            }
            done
        };
        done.await.map_err(|_| closed())?
    }
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.as_deref_mut() {
            writer.abandon();
        }
    }
}

/// Runs long work of this thread; the runtime hands its other tasks to another thread where it has several.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

fn closed() -> StoreError {
    StoreError::Connection("the store is closed".into())
}

/// The file is made readable by its owner alone, and so are the files that the engine puts beside it.
pub(crate) fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|error| StoreError::Connection(format!("{}: {}", path.display(), error.kind())))
}

fn connect(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(READER_PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // One plan for a statement, whatever its parameters: otherwise each new value would have it planned again.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // LIKE as in PostgreSQL: `a` is not `A`, and a prefix can use an index. The file is not mapped into memory: a reader
    // would map it anew after every commit, which costs more than reading a few pages.
    connection.execute_batch(&format!(
        "PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -{}",
        options.cache_kib
    ))?;
    Ok(connection)
}

fn prepare<'c>(connection: &'c Connection, sql: &str) -> Result<CachedStatement<'c>, StoreError> {
    Ok(connection.prepare_cached(&dialect::without_row_locks(sql))?)
}

/// Which parameter each place of the statement takes: the engine numbers `$2 … $1` by appearance, not by name.
fn places(statement: &Statement<'_>) -> Result<Vec<usize>, StoreError> {
    (1..=statement.parameter_count()).map(|index| place(statement, index)).collect()
}

fn place(statement: &Statement<'_>, index: usize) -> Result<usize, StoreError> {
    statement
        .parameter_name(index)
        .and_then(|name| name.strip_prefix('$')?.parse().ok())
        .filter(|number| *number > 0)
        .ok_or_else(|| StoreError::other("placeholders are $1, $2, …"))
}

fn bind<'p>(
    statement: &mut Statement<'_>,
    given: usize,
    param: impl Fn(usize) -> &'p dyn rusqlite::ToSql,
) -> Result<(), StoreError> {
    let mut expected = 0;
    for index in 1..=statement.parameter_count() {
        let number = place(statement, index)?;
        expected = expected.max(number);
        if number <= given {
            statement.raw_bind_parameter(index, param(number - 1))?;
        }
    }
    expect_parameters(expected, given)
}

fn expect_parameters(expected: usize, given: usize) -> Result<(), StoreError> {
    if expected == given {
        Ok(())
    } else {
        Err(StoreError::Other(format!("expected {expected} parameters but got {given}")))
    }
}

/// Inserts rows with a statement that has a place for each of their values.
fn insert(statement: &mut Statement<'_>, rows: &[Vec<Value>]) -> Result<u64, StoreError> {
    let width = statement.parameter_count() / rows.len().max(1);
    let mut index = 0;
    for row in rows {
        expect_parameters(width, row.len())?;
        for value in row {
            index += 1;
            statement.raw_bind_parameter(index, bulk::sqlite_value(value)?)?;
        }
    }
    Ok(statement.raw_execute()? as u64)
}

fn read<T: FromRow>(connection: &Connection, sql: &str, params: Params<'_>) -> Result<Vec<T>, StoreError> {
    let mut statement = prepare(connection, sql)?;
    bind(&mut statement, params.len(), |at| params[at].sqlite())?;
    let mut found = Vec::new();
    visit(&mut statement, |row| {
        found.push(row);
        Ok(())
    })?;
    Ok(found)
}

fn visit<T: FromRow>(
    statement: &mut Statement<'_>,
    mut each: impl FnMut(T) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        each(T::from_row(&Row::Sqlite(row))?)?;
    }
    Ok(())
}

fn own(value: ToSqlOutput<'_>) -> Result<rusqlite::types::Value, StoreError> {
    match value {
        ToSqlOutput::Owned(value) => Ok(value),
        ToSqlOutput::Borrowed(value) => rusqlite::types::Value::try_from(value)
            .map_err(|_| StoreError::other("a parameter is not valid text")),
        _ => Err(StoreError::other("a parameter of an unknown kind")),
    }
}
