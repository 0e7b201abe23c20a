//! The PostgreSQL engine: a few shared connections on which many tasks' reads travel at once, and a pool of
//! connections that each serve one transaction at a time.

use crate::{
    FromRow, Options, Params, Row, StoreError, Value,
    commit::{self, Mark, Slots},
    error::{connection_lost, prepared_too_early},
    replica::{Reached, Replica},
    scan::Rows,
    tls::{self, Protection},
};
use deadpool_postgres::{
    ClientWrapper, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use futures_util::{
    TryStreamExt,
    future::{join, try_join, try_join_all},
};
use postgres_types::ToSql;
use std::{
    pin::pin,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio_postgres::{
    Config, SimpleQueryMessage, Statement, binary_copy::BinaryCopyInWriter, error::Severity,
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Statements kept prepared on one connection; beyond it the cache starts anew, for texts built at run time.
const STATEMENTS: usize = 1_000;
/// Statements in flight at once where one is run for many rows.
const PIPELINE: usize = 256;

/// How long nothing may come back from a server before its connection counts as lost.
const SILENCE: Duration = Duration::from_secs(20);

/// The PostgreSQL engine.
pub(crate) struct Postgres {
    server: Server,
    readers: Readers,
    pool: Pool,
    patience: Duration,
    commits: AtomicU64,
    slots: Slots,
    /// The table of marks is there: the migrations have been run.
    marks: AtomicBool,
    /// The database has the extension Citus.
    cluster: AtomicBool,
    replica: Option<Replica>,
}

/// A server: its address, and how a connection to it is protected.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) config: Config,
    pub(crate) tls: MakeRustlsConnect,
}

/// The shared connections to one server, on which many tasks' reads travel at once.
pub(crate) struct Readers {
    server: Server,
    shared: Vec<Shared>,
    next: AtomicUsize,
    closed: AtomicBool,
}

/// One shared connection, made anew when it is lost.
#[derive(Default)]
struct Shared {
    current: RwLock<Option<Arc<ClientWrapper>>>,
    connecting: tokio::sync::Mutex<()>,
}

impl Postgres {
    pub(crate) async fn open(url: &str, options: &Options) -> Result<Arc<Postgres>, StoreError> {
        let server = server(url, options.patience)?;
        let readers = Readers::new(server.clone(), options.connections);
        let manager = Manager::from_config(
            server.config.clone(),
            server.tls.clone(),
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager)
            .max_size(options.pool.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(options.patience))
            .build()
            .map_err(|error| StoreError::Other(error.to_string()))?;
        let engine = Arc::new(Postgres {
            server,
            readers,
            pool,
            patience: options.patience,
            commits: AtomicU64::new(0),
            slots: Slots::default(),
            marks: AtomicBool::new(false),
            cluster: AtomicBool::new(false),
            replica: options.replica.as_ref().map(|replica| Replica::new(replica, options)).transpose()?,
        });
        let cluster: Vec<bool> = engine.read(crate::citus::INSTALLED, &[]).await?;
        engine.cluster.store(cluster == [true], Ordering::Relaxed);
        if let Some(replica) = &engine.replica {
            // Before the first read, so that a replica that cannot be used is said at the start.
            replica.look(&engine.readers).await;
            crate::replica::keep_looking(&engine);
        }
        Ok(engine)
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// From here on transactions leave marks: their table is there.
    pub(crate) fn has_marks(&self) {
        self.marks.store(true, Ordering::Release);
    }

    pub(crate) fn is_cluster(&self) -> bool {
        self.cluster.load(Ordering::Relaxed)
    }

    pub(crate) fn close(&self) {
        self.pool.close();
        let replica = self.replica.iter().map(Replica::readers);
        for readers in replica.chain([&self.readers]) {
            readers.closed.store(true, Ordering::Release);
        }
    }

    /// A connection beside the pool: all of that may be waiting for what is to be done on this one.
    pub(crate) async fn another(&self) -> Result<tokio_postgres::Client, StoreError> {
        let (client, connection) = self.server.config.connect(self.server.tls.clone()).await?;
        // It ends with the client; what went wrong, the client has said.
        tokio::spawn(async move { drop(connection.await) });
        Ok(client)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    pub(crate) fn replica(&self) -> Option<&Replica> {
        self.replica.as_ref()
    }

    /// The shared connections to the primary.
    pub(crate) fn primary(&self) -> &Readers {
        &self.readers
    }

    /// Reads on a shared connection; asks once more where the connection was lost or the schema has changed.
    pub(crate) async fn read<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Result<Vec<T>, StoreError> {
        self.readers.read(sql, params).await
    }

    /// Reads from the replica, where the caller has asked whether it is ready; where it fails, from the primary.
    pub(crate) async fn read_aside<T: FromRow>(
        &self,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Vec<T>, StoreError> {
        if let Some(replica) = &self.replica
            && let Some(rows) = replica.read(sql, params).await
        {
            return Ok(rows);
        }
        self.read(sql, params).await
    }

    /// Streams a result on a connection of its own.
    pub(crate) async fn scan<T: FromRow + 'static>(
        &self,
        sql: &str,
        params: Params<'_>,
        mut rows: Rows<T>,
    ) -> Result<(), StoreError> {
        let mut tries = 0..=self.pool.status().max_size;
        let (client, stream) = loop {
            let client = self.connection().await?;
            let started = async {
                let statement = prepare(&client, sql).await?;
                let encoded: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p.postgres()).collect();
                client.query_raw(&statement, encoded).await
            };
            match started.await {
                Ok(stream) => break (client, stream),
                // Nothing has been read yet: another connection serves as well.
                Err(error) if connection_lost(&error) && tries.next().is_some() => {
                    drop(Object::take(client));
                }
                Err(error) => return Err(error.into()),
            }
        };
        tokio::spawn(async move {
            let mut stream = Box::pin(stream);
            let outcome = loop {
                let row = match stream.try_next().await {
                    Ok(Some(row)) => row,
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error.into()),
                };
                let read = T::from_row(&Row::Postgres(&row));
                let pushed = match read {
                    Ok(row) => rows.push(row).await,
                    Err(error) => Err(error),
                };
                if pushed.is_err() {
                    break pushed;
                }
            };
            if outcome.is_err() {
                // What is still on its way would stand before the next user's answers.
                drop(Object::take(client));
            }
            rows.finish(outcome).await;
        });
        Ok(())
    }

    /// Opens a transaction. A connection that turns out to be lost is replaced: nothing has been done on it yet.
    pub(crate) async fn begin(self: &Arc<Self>) -> Result<PostgresTx, StoreError> {
        for _ in 0..=self.pool.status().max_size {
            let mut tx = PostgresTx {
                engine: Arc::clone(self),
                client: Some(self.connection().await?),
                pid: 0,
                wrote: false,
                apart: false,
            };
            let client = tx.client()?;
            let begun = async {
                let pid = prepare(client, "SELECT pg_backend_pid()").await?;
                // Sent one behind the other; the first is not yet in the transaction.
                try_join(client.query_one(&pid, &[]), client.batch_execute("BEGIN")).await
            };
            match begun.await {
                Ok((pid, ())) => {
                    tx.pid = pid.try_get(0)?;
                    return Ok(tx);
                }
                Err(error) if connection_lost(&error) => tx.discard(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Connection("the server closes every connection".into()))
    }

    async fn connection(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => match StoreError::from(error) {
                StoreError::Other(text) => StoreError::Connection(text),
                error => error,
            },
            PoolError::Timeout(_) => StoreError::Busy,
            _ => StoreError::Connection("the store is closed".into()),
        })
    }
}

/// Reads an address; what it leaves open is set for servers that may vanish.
pub(crate) fn server(url: &str, patience: Duration) -> Result<Server, StoreError> {
    let (url, protection) = tls::protection(url)?;
    // The error of the parser may quote the address, and with it a password.
    let mut config: Config =
        url.parse().map_err(|_| StoreError::Connection("not a valid postgres:// address".into()))?;
    let tls = tls::connector(&protection)?;
    config.ssl_mode(protection.mode());
    if protection == Protection::None && !tls::is_near(&config) {
        tracing::warn!(
            "the connection to the database is not encrypted: add ?sslmode=verify-full to its address"
        );
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(patience.max(Duration::from_secs(1)));
    }
    if config.get_application_name().is_none() {
        config.application_name("dancu");
    }
    // A machine that is switched off says nothing: without this, a connection to it would be waited on for hours.
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if config.get_keepalives_idle() >= Duration::from_secs(7_200) {
        config.keepalives_idle(SILENCE / 2).keepalives_interval(SILENCE / 4).keepalives_retries(2);
    }
    Ok(Server { config, tls })
}

impl Readers {
    pub(crate) fn new(mut server: Server, connections: usize) -> Readers {
        let config = &mut server.config;
        // What is outside a transaction only reads, as on the embedded engine; so it may be asked a second time.
        let given = config.get_options().map(|options| format!("{options} ")).unwrap_or_default();
        config.options(format!("{given}-c default_transaction_read_only=on"));
        let shared = (0..connections.max(1)).map(|_| Shared::default()).collect();
        Readers { server, shared, next: AtomicUsize::new(0), closed: AtomicBool::new(false) }
    }

    /// Reads; asks once more where the connection was lost or the schema has changed.
    pub(crate) async fn read<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Result<Vec<T>, StoreError> {
        let shared = &self.shared[self.next.fetch_add(1, Ordering::Relaxed) % self.shared.len()];
        let client = self.client(shared).await?;
        match read(&client, sql, params).await {
            Err(Failure::Lost(_)) => {
                // The connection may not know yet that it is lost.
                shared.forget(&client);
                Ok(read(&*self.client(shared).await?, sql, params).await?)
            }
            Err(Failure::Stale(_)) => Ok(read(&client, sql, params).await?),
            outcome => Ok(outcome?),
        }
    }

    async fn client(&self, shared: &Shared) -> Result<Arc<ClientWrapper>, StoreError> {
        if let Some(client) = shared.alive() {
            return Ok(client);
        }
        let _alone = shared.connecting.lock().await;
        if let Some(client) = shared.alive() {
            return Ok(client);
        }
        if self.closed.load(Ordering::Acquire) {
            return Err(StoreError::Connection("the store is closed".into()));
        }
        let (client, connection) = self.server.config.connect(self.server.tls.clone()).await.map_err(
            |error| match StoreError::from(error) {
                StoreError::Other(text) => StoreError::Connection(text),
                error => error,
            },
        )?;
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = %StoreError::from(error), "a database connection ended");
            }
        });
        let client = Arc::new(ClientWrapper::new(client, task));
        *shared.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&client));
        Ok(client)
    }
}

impl Shared {
    fn alive(&self) -> Option<Arc<ClientWrapper>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().filter(|client| !client.is_closed()).cloned()
    }

    fn forget(&self, lost: &Arc<ClientWrapper>) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|client| Arc::ptr_eq(client, lost)) {
            *current = None;
        }
    }
}

/// A failed read, by what makes it worth asking again.
enum Failure {
    /// The connection is gone.
    Lost(StoreError),
    /// The statement was prepared for tables that have changed since.
    Stale(StoreError),
    Final(StoreError),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> StoreError {
        match failure {
            Failure::Lost(error) | Failure::Stale(error) | Failure::Final(error) => error,
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Failure {
        // An error that leaves the connection open speaks of another one: the server's own to a machine of its cluster.
        let open = error.as_db_error().is_some_and(|db| db.parsed_severity() == Some(Severity::Error));
        let (lost, stale) = (connection_lost(&error) && !open, prepared_too_early(&error));
        let error = StoreError::from(error);
        match (lost, stale) {
            (true, _) => Failure::Lost(error),
            (_, true) => Failure::Stale(error),
            _ => Failure::Final(error),
        }
    }
}

pub(crate) async fn prepare(client: &ClientWrapper, sql: &str) -> Result<Statement, tokio_postgres::Error> {
    if client.statement_cache.size() > STATEMENTS {
        client.statement_cache.clear();
    }
    client.prepare_cached(sql).await
}

async fn read<T: FromRow>(client: &ClientWrapper, sql: &str, params: Params<'_>) -> Result<Vec<T>, Failure> {
    let rows = match query(client, sql, params).await {
        Ok(rows) => rows,
        Err(error) => {
            forget_stale(client, &error);
            return Err(error.into());
        }
    };
    rows.iter().map(|row| T::from_row(&Row::Postgres(row))).collect::<Result<_, _>>().map_err(Failure::Final)
}

async fn query(
    client: &ClientWrapper,
    sql: &str,
    params: Params<'_>,
) -> Result<Vec<tokio_postgres::Row>, tokio_postgres::Error> {
    let statement = prepare(client, sql).await?;
    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p.postgres()).collect();
    client.query(&statement, &params).await
}

fn forget_stale(client: &ClientWrapper, error: &tokio_postgres::Error) {
    if prepared_too_early(error) {
        client.statement_cache.clear();
    }
}

/// A transaction on a connection of its own. Dropped, it is rolled back before the connection serves again.
pub(crate) struct PostgresTx {
    engine: Arc<Postgres>,
    client: Option<Object>,
    /// The server's process behind the connection.
    pid: i32,
    /// Something may have been written, so that it matters whether the commit took place.
    wrote: bool,
    /// What was written is nothing that a replica is asked for.
    apart: bool,
}

/// Why a commit did not succeed, and whether the whole transaction may be run again.
pub(crate) struct Uncommitted {
    pub(crate) error: StoreError,
    pub(crate) again: bool,
}

impl From<StoreError> for Uncommitted {
    fn from(error: StoreError) -> Uncommitted {
        let again = error == StoreError::Serialization;
        Uncommitted { error, again }
    }
}

impl PostgresTx {
    fn client(&self) -> Result<&Object, StoreError> {
        self.client.as_ref().ok_or_else(|| StoreError::other("the transaction is over"))
    }

    /// Ends the connection, and the transaction with it.
    fn discard(mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }

    /// What this transaction writes is never read from a replica: nobody need wait until it is there.
    pub(crate) fn apart(&mut self) {
        self.apart = true;
    }

    pub(crate) async fn read<T: FromRow>(
        &mut self,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Vec<T>, StoreError> {
        // A statement that returns rows may write too (`RETURNING`).
        let plain = sql.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("SELECT"));
        self.wrote |= !plain;
        read(self.client()?, sql, params).await.map_err(Into::into)
    }

    pub(crate) async fn execute(&mut self, sql: &str, params: Params<'_>) -> Result<u64, StoreError> {
        self.wrote = true;
        let client = self.client()?;
        let changed = async {
            let statement = prepare(client, sql).await?;
            let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p.postgres()).collect();
            client.execute(&statement, &params).await
        };
        changed.await.map_err(|error| {
            forget_stale(client, &error);
            error.into()
        })
    }

    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.wrote = true;
        Ok(self.client()?.batch_execute(sql).await?)
    }

    /// Waits for the others that hold the same name in the same schema.
    pub(crate) async fn lock(&self, name: &str) -> Result<(), StoreError> {
        const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/' || $1, 0))";
        let client = self.client()?;
        let statement = prepare(client, LOCK).await?;
        client.query(&statement, &[&name]).await?;
        Ok(())
    }

    /// Runs one statement once for each row of values, many at a time on the way.
    pub(crate) async fn execute_rows(
        &mut self,
        sql: &str,
        mut rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<u64, StoreError> {
        self.wrote = true;
        let client = self.client()?;
        let statement = prepare(client, sql).await?;
        let mut changed = 0;
        loop {
            let parcel: Vec<Vec<Value>> = rows.by_ref().take(PIPELINE).collect();
            if parcel.is_empty() {
                return Ok(changed);
            }
            let sent = parcel.iter().map(|row| client.execute_raw(&statement, row.iter()));
            changed += try_join_all(sent).await?.iter().sum::<u64>();
        }
    }

    /// Loads rows by a binary copy; the columns' types come from the catalogue.
    pub(crate) async fn copy(
        &mut self,
        table: &str,
        columns: &str,
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<u64, StoreError> {
        self.wrote = true;
        let client = self.client()?;
        let shape = prepare(client, &format!("SELECT {columns} FROM {table}")).await?;
        let types: Vec<_> = shape.columns().iter().map(|column| column.type_().clone()).collect();
        let sink = client.copy_in(&format!("COPY {table} ({columns}) FROM STDIN BINARY")).await?;
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
        for row in rows {
            if row.len() != types.len() {
                return Err(StoreError::Other(format!(
                    "expected {} values but got {}",
                    types.len(),
                    row.len()
                )));
            }
            writer.as_mut().write_raw(row.iter()).await?;
        }
        Ok(writer.finish().await?)
    }

    /// Commits. Where the connection is lost before the answer, it is found out how it ended.
    pub(crate) async fn commit(mut self) -> Result<(), Uncommitted> {
        let engine = Arc::clone(&self.engine);
        let reaches = !self.apart && self.wrote && engine.replica.is_some();
        if !(self.wrote && engine.marks.load(Ordering::Acquire)) {
            // Without a write nothing can be done twice; without the table of marks nothing can be found out.
            let only_read = !self.wrote;
            let ended = end(self.client()?, reaches).await;
            return match ended {
                Ok(reached) => {
                    self.client.take();
                    engine.committed(reached);
                    Ok(())
                }
                Err(error) => {
                    let again = only_read && connection_lost(&error);
                    let error = StoreError::from(error);
                    Err(Uncommitted { again: again || error == StoreError::Serialization, error })
                }
            };
        }
        let mark = engine.slots.take()?;
        let ended = self.end_marked(mark, reaches).await;
        match ended {
            Ok(reached) => {
                self.client.take();
                engine.slots.give(mark);
                engine.committed(reached);
                Ok(())
            }
            // The slot is not used again: a fence in it stays where it is.
            Err(error) if connection_lost(&error) => {
                let pid = self.pid;
                self.discard();
                engine.settle(pid, mark, reaches, error).await
            }
            Err(error) => {
                engine.slots.give(mark);
                Err(StoreError::from(error).into())
            }
        }
    }

    async fn end_marked(&self, mark: Mark, reaches: bool) -> Result<Option<Reached>, tokio_postgres::Error> {
        // A connection lost here has not been told to commit; to ask all the same is simplest.
        let Some(client) = self.client.as_ref() else { return Ok(None) };
        let statement = commit::prepared(client).await?;
        // Sent one behind the other: where the mark is refused, COMMIT ends what has failed.
        let (left, ended) = join(commit::leave(client, &statement, mark), end(client, reaches)).await;
        left.inspect_err(|error| forget_stale(client, error)).and(ended)
    }

    pub(crate) async fn rollback(mut self) {
        if let Some(client) = self.client.take()
            && client.batch_execute("ROLLBACK").await.is_err()
        {
            drop(Object::take(client));
        }
    }
}

/// Sends `COMMIT` and, where asked, reads how far the log has got with it.
async fn end(client: &Object, reaches: bool) -> Result<Option<Reached>, tokio_postgres::Error> {
    if !reaches {
        client.batch_execute("COMMIT").await?;
        return Ok(None);
    }
    let messages = client.simple_query(COMMIT_AND_REACHED).await?;
    Ok(messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    }))
}

const COMMIT_AND_REACHED: &str =
    "COMMIT; SELECT CAST(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bigint)";

impl Postgres {
    fn committed(&self, reached: Option<Reached>) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        if let (Some(replica), Some(reached)) = (&self.replica, reached) {
            replica.wait_for(reached);
        }
    }

    /// Finds out how a commit ended whose answer was lost.
    async fn settle(
        &self,
        pid: i32,
        mark: Mark,
        reaches: bool,
        lost: tokio_postgres::Error,
    ) -> Result<(), Uncommitted> {
        let lost = StoreError::from(lost);
        match commit::took_place(self, pid, mark, self.patience).await {
            Some(true) => {
                tracing::warn!("a connection was lost during a commit, which took place all the same");
                if let (true, Some(replica)) = (reaches, &self.replica) {
                    replica.distrust();
                }
                self.committed(None);
                Ok(())
            }
            Some(false) => Err(Uncommitted { error: lost, again: true }),
            None => Err(Uncommitted {
                error: StoreError::Connection(format!("{lost}; whether the commit took place is unknown")),
                again: false,
            }),
        }
    }
}

impl Drop for PostgresTx {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                if client.batch_execute("ROLLBACK").await.is_err() {
                    drop(Object::take(client));
                }
            })),
            Err(_) => drop(Object::take(client)),
        }
    }
}
