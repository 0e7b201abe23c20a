//! The PostgreSQL engine: a few shared connections on which many tasks' reads travel at once, and a pool of
//! connections that each serve one transaction at a time.

use crate::{
    FromRow, Options, Params, Row, StoreError, Value,
    error::{connection_lost, prepared_too_early},
    scan::Rows,
};
use deadpool_postgres::{
    ClientWrapper, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use futures_util::{TryStreamExt, future::try_join_all};
use postgres_types::ToSql;
use std::{
    pin::pin,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio_postgres::{Config, NoTls, Statement, binary_copy::BinaryCopyInWriter};

/// Statements kept prepared on one connection; beyond it the cache starts anew, for texts built at run time.
const STATEMENTS: usize = 1_000;
/// Statements in flight at once where one is run for many rows.
const PIPELINE: usize = 256;

/// The PostgreSQL engine.
pub(crate) struct Postgres {
    readers: Config,
    shared: Vec<Shared>,
    next: AtomicUsize,
    pool: Pool,
    commits: AtomicU64,
}

/// One shared connection, made anew when it is lost.
#[derive(Default)]
struct Shared {
    current: RwLock<Option<Arc<ClientWrapper>>>,
    connecting: tokio::sync::Mutex<()>,
}

impl Postgres {
    pub(crate) async fn open(url: &str, options: &Options) -> Result<Arc<Postgres>, StoreError> {
        // The error of the parser may quote the address, and with it a password.
        let mut config: Config =
            url.parse().map_err(|_| StoreError::Connection("not a valid postgres:// address".into()))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(options.patience.max(Duration::from_secs(1)));
        }
        if config.get_application_name().is_none() {
            config.application_name("dancu");
        }
        // What is outside a transaction only reads, as on the embedded engine; so it may be asked a second time.
        let mut readers = config.clone();
        let given = config.get_options().map(|options| format!("{options} ")).unwrap_or_default();
        readers.options(format!("{given}-c default_transaction_read_only=on"));

        let manager =
            Manager::from_config(config, NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager)
            .max_size(options.pool.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(options.patience))
            .build()
            .map_err(|error| StoreError::Other(error.to_string()))?;
        let shared = (0..options.connections.max(1)).map(|_| Shared::default()).collect();
        let engine =
            Postgres { readers, shared, next: AtomicUsize::new(0), pool, commits: AtomicU64::new(0) };
        engine.read::<i32>("SELECT 1", &[]).await?;
        Ok(Arc::new(engine))
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }

    /// Reads on a shared connection; asks once more where the connection was lost or the schema has changed.
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

    /// Streams a result on a connection of its own.
    pub(crate) async fn scan<T: FromRow + 'static>(
        &self,
        sql: &str,
        params: Params<'_>,
        mut rows: Rows<T>,
    ) -> Result<(), StoreError> {
        let client = self.connection().await?;
        let statement = prepare(&client, sql).await?;
        let encoded: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p.postgres()).collect();
        let stream = client.query_raw(&statement, encoded).await?;
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
            let tx = PostgresTx { engine: Arc::clone(self), client: Some(self.connection().await?) };
            match tx.client()?.batch_execute("BEGIN").await {
                Ok(()) => return Ok(tx),
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

    async fn client(&self, shared: &Shared) -> Result<Arc<ClientWrapper>, StoreError> {
        if let Some(client) = shared.alive() {
            return Ok(client);
        }
        let _alone = shared.connecting.lock().await;
        if let Some(client) = shared.alive() {
            return Ok(client);
        }
        if self.pool.is_closed() {
            return Err(StoreError::Connection("the store is closed".into()));
        }
        let (client, connection) =
            self.readers.connect(NoTls).await.map_err(|error| match StoreError::from(error) {
                StoreError::Other(text) => StoreError::Connection(text),
                error => error,
            })?;
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
        let (lost, stale) = (connection_lost(&error), prepared_too_early(&error));
        let error = StoreError::from(error);
        match (lost, stale) {
            (true, _) => Failure::Lost(error),
            (_, true) => Failure::Stale(error),
            _ => Failure::Final(error),
        }
    }
}

async fn prepare(client: &ClientWrapper, sql: &str) -> Result<Statement, tokio_postgres::Error> {
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

    pub(crate) async fn read<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Result<Vec<T>, StoreError> {
        read(self.client()?, sql, params).await.map_err(Into::into)
    }

    pub(crate) async fn execute(&self, sql: &str, params: Params<'_>) -> Result<u64, StoreError> {
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

    pub(crate) async fn batch(&self, sql: &str) -> Result<(), StoreError> {
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
        &self,
        sql: &str,
        mut rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<u64, StoreError> {
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
        &self,
        table: &str,
        columns: &str,
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<u64, StoreError> {
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

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.client()?.batch_execute("COMMIT").await?;
        self.client.take();
        self.engine.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) async fn rollback(mut self) {
        if let Some(client) = self.client.take()
            && client.batch_execute("ROLLBACK").await.is_err()
        {
            drop(Object::take(client));
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
