//! One store over two engines: embedded SQLite for one machine, PostgreSQL for more.
//!
//! The crate knows nothing of any domain. It gives the domains above:
//! - reads outside a transaction: [`Store::optional`] and [`Store::one`] for a key, [`Store::few`] for a handful of
//!   rows by key, [`Store::all`] for lists, [`Store::scan`] for millions of rows;
//! - transactions: [`transact!`], with everything a [`Tx`] offers, and [`Tx::load`] for bulk;
//! - typed values in ([`params!`]) and out ([`FromRow`], [`record!`]) without a wrapper per engine;
//! - migrations, backup, and (feature `testing`) a fresh database of each engine for every test.
//!
//! # One text for both engines
//! A statement is written once, with `$1` placeholders in any order. Both engines understand joins, recursive common
//! table expressions, window functions, `FILTER`, `ON CONFLICT … DO UPDATE`, `RETURNING`, `UPDATE … FROM`, row-value
//! paging `(a, b) > ($1, $2)`, `IS DISTINCT FROM`, `NULLS LAST`, partial and expression indexes, and case-sensitive
//! `LIKE`. `FOR UPDATE [SKIP LOCKED]` is left out on the embedded engine, which has a single writer.
//!
//! Do without: `ILIKE` and `lower()` beyond ASCII (store a folded column), `= ANY($1)` (build the list of
//! placeholders), `LATERAL`, `now()` (pass the time), `::type` (write `CAST`, and not to `date`), identity columns,
//! numbers out of `->>`. `sum` of a `bigint` column is `CAST(sum(x) AS bigint)`. Text sorts by bytes on the embedded
//! engine; where an order or a range over text matters, declare the column `COLLATE "C"` for PostgreSQL.
//!
//! # Migrations
//! Each domain keeps `migrations/NNNN_what_it_does.sql`, numbered from 1 without gaps, and embeds them with
//! [`migrations!`]. Column types of the common tongue: `smallint integer bigint boolean text date timestamptz jsonb
//! bytea "double precision"`. A line for one engine begins with `-- sqlite:` or `-- postgres:`. [`Store::migrate`]
//! applies what is missing in one transaction behind a lock, refuses a schema newer than the program and a file that
//! was changed after it had been applied. `DEFERRABLE` constraints are refused: transactions share commits.
//!
//! # Durability
//! A commit returns after its write is synchronised to disk. On the embedded engine concurrent transactions share
//! that write: see the `sqlite` module. On PostgreSQL a connection that is lost during a commit is followed by another one
//! on which it is found out whether the commit took place: see the `commit` module.

mod backup;
mod bulk;
mod checkpoint;
mod citus;
mod commit;
mod dialect;
mod error;
mod migrate;
mod params;
mod postgres;
mod replica;
mod row;
mod scan;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;
mod transaction;

pub use backup::{BackupReport, Check, restore};
pub use bulk::Value;
pub use citus::Spread;
pub use error::StoreError;
pub use migrate::{Migration, MigrationSet};
pub use params::{Param, Params};
pub use replica::{ReadReplica, ReplicaStatus};
pub use row::{Field, FromRow, Row};
pub use scan::Scan;
#[doc(hidden)]
pub use transaction::Attempts;
pub use transaction::Tx;

use postgres::Postgres;
use sqlite::Sqlite;
use std::{path::Path, sync::Arc, time::Duration};
use transaction::{Link, at_most_one};

/// Which engine a store stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one file.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// How a store uses its engine. The defaults serve one machine.
#[derive(Clone, Debug)]
pub struct Options {
    /// Embedded: connections for reads by key, and as many again for lists. As many as processors.
    pub readers: usize,
    /// Embedded: pages that each reader keeps between two commits, in KiB.
    pub cache_kib: u32,
    /// Embedded: pages that the writer keeps, in KiB. A transaction that changes more of them writes some twice.
    pub writer_cache_kib: u32,
    /// PostgreSQL: shared connections on which single reads travel together.
    pub connections: usize,
    /// PostgreSQL: most transactions and scans at a time.
    pub pool: usize,
    /// PostgreSQL: a replica that reads through [`Store::aside`] may be answered by.
    pub replica: Option<ReadReplica>,
    /// How long to wait for the writer, a connection or another process before [`StoreError::Busy`].
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            readers: std::thread::available_parallelism().map_or(4, usize::from),
            cache_kib: 16 << 10,
            writer_cache_kib: 32 << 10,
            connections: 4,
            pool: 16,
            replica: None,
            patience: Duration::from_secs(10),
        }
    }
}

/// The store. Cheap to clone; all clones share the same connections.
#[derive(Clone)]
pub struct Store {
    backend: Backend,
    /// Reads outside a transaction may be answered by the read replica.
    aside: bool,
    /// For a second store on the same database.
    #[cfg(feature = "testing")]
    url: Arc<str>,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

impl Store {
    /// Opens `postgres://user@host/database` (the options of the address may set a `search_path`; `sslmode=require` and
    /// `sslmode=verify-full` have the connection encrypted, `sslrootcert=FILE` names whom to trust), or an embedded
    /// database at `sqlite:/path/file.sqlite` or a plain path, which is created where it does not exist, readable by
    /// its owner alone.
    ///
    /// # Errors
    /// [`StoreError::Connection`] where the place cannot be reached or is no database.
    pub async fn open(url: &str, options: Options) -> Result<Store, StoreError> {
        let backend = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Backend::Postgres(Postgres::open(url, &options).await?)
        } else {
            let path = url.strip_prefix("sqlite:").unwrap_or(url);
            if path.is_empty() || path.starts_with(':') {
                return Err(StoreError::Connection("the embedded database needs a file".into()));
            }
            if options.replica.is_some() {
                return Err(StoreError::Connection("only PostgreSQL has read databases".into()));
            }
            Backend::Sqlite(sqlite::blocking(|| Sqlite::open(Path::new(path), &options))?)
        };
        Ok(Store {
            backend,
            aside: false,
            #[cfg(feature = "testing")]
            url: url.into(),
        })
    }

    /// The engine underneath.
    pub fn engine(&self) -> Engine {
        match self.backend {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// The same store for one chain of reads that may show the state of a moment ago: outside a transaction,
    /// [`Store::few`], [`Store::one`], [`Store::optional`] and [`Store::all`] are answered by the read replica if there is
    /// one, it has all that this process has written so far, and is not further behind than allowed; else, or where it
    /// fails meanwhile, by the primary. No read of the chain sees an earlier state than the one before. Not to be kept:
    /// the next chain asks anew.
    #[must_use]
    pub fn aside(&self) -> Store {
        let aside = match &self.backend {
            Backend::Sqlite(_) => false,
            Backend::Postgres(engine) => engine.replica().is_some_and(|replica| replica.is_ready()),
        };
        Store { aside, ..self.clone() }
    }

    /// How the read replica serves, where there is one.
    pub fn replica(&self) -> Option<ReplicaStatus> {
        match &self.backend {
            Backend::Sqlite(_) => None,
            Backend::Postgres(engine) => engine.replica().map(|replica| replica.status()),
        }
    }

    /// Whether the database is one of a Citus cluster, in which a row is found quickest by the key of its own table alone.
    pub fn is_cluster(&self) -> bool {
        match &self.backend {
            Backend::Sqlite(_) => false,
            Backend::Postgres(engine) => engine.is_cluster(),
        }
    }

    /// Spreads tables over the workers of a Citus cluster, with the rows they hold. Tells which were not spread before;
    /// `None` where the database has no such extension.
    ///
    /// # Errors
    /// Where the cluster has no worker, or a key does not hold its table's column.
    pub async fn distribute(&self, tables: &[Spread]) -> Result<Option<Vec<&'static str>>, StoreError> {
        citus::distribute(self, tables).await
    }

    /// Brings the schema of each domain up to date.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`], or [`StoreError::Migration`] where a step is ill-formed, was changed after it had
    /// been applied, or fails. Then nothing has been changed.
    pub async fn migrate(&self, sets: &[MigrationSet]) -> Result<(), StoreError> {
        migrate::migrate(self, sets).await?;
        if let Backend::Postgres(engine) = &self.backend {
            engine.has_marks();
        }
        Ok(())
    }

    /// All rows of a result. The embedded engine reads aside, so that a long list keeps nobody waiting; for a few
    /// rows by key [`Store::few`] is quicker.
    ///
    /// # Errors
    /// Where the statement fails, or writes.
    pub async fn all<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Result<Vec<T>, StoreError> {
        match &self.backend {
            Backend::Sqlite(engine) => engine.read_list(sql, params).await,
            Backend::Postgres(engine) if self.aside => engine.read_aside(sql, params).await,
            Backend::Postgres(engine) => engine.read(sql, params).await,
        }
    }

    /// A handful of rows by an indexed key, at once on this thread.
    ///
    /// # Errors
    /// As [`Store::all`].
    pub async fn few<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Result<Vec<T>, StoreError> {
        // A chain of reads that are all answered at once must not keep the thread for itself.
        tokio::task::coop::consume_budget().await;
        match &self.backend {
            Backend::Sqlite(engine) => engine.read_key(sql, params),
            Backend::Postgres(engine) if self.aside => engine.read_aside(sql, params).await,
            Backend::Postgres(engine) => engine.read(sql, params).await,
        }
    }

    /// The one row of a result, by an indexed key (anything longer, such as a count over a table, with
    /// [`Store::all`]).
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without a row; an error with two.
    pub async fn one<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Result<T, StoreError> {
        self.optional(sql, params).await?.ok_or(StoreError::NotFound)
    }

    /// The one row of a result, if there is one, by an indexed key.
    ///
    /// # Errors
    /// Where the statement fails, or gives more than one row.
    pub async fn optional<T: FromRow>(&self, sql: &str, params: Params<'_>) -> Result<Option<T>, StoreError> {
        at_most_one(self.few(sql, params).await?)
    }

    /// Reads a result of any size in bounded memory, at the pace of the consumer. It shows the database as it was at
    /// the start. On the embedded engine keep no scan open for long while much is written: the log cannot be folded
    /// into the file meanwhile.
    ///
    /// # Errors
    /// Where the reading cannot start; later errors come from [`Scan::next`].
    pub async fn scan<T: FromRow + 'static>(
        &self,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Scan<T>, StoreError> {
        let (rows, scan) = scan::channel();
        match &self.backend {
            Backend::Sqlite(engine) => engine.scan(sql, params, rows).await?,
            Backend::Postgres(engine) => engine.scan(sql, params, rows).await?,
        }
        Ok(scan)
    }

    /// Opens a transaction. [`transact!`] is nearly always the better way.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where no turn came in time.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(Tx::new(match &self.backend {
            Backend::Sqlite(engine) => Link::Sqlite(engine.begin().await?),
            Backend::Postgres(engine) => Link::Postgres(Box::new(engine.begin().await?)),
        }))
    }

    /// Makes an index over a table that is full already, in a transaction of its own. On the embedded engine nothing else
    /// is written meanwhile, and the sorting takes room where the system keeps temporary files (`TMPDIR`), not
    /// memory.
    ///
    /// # Errors
    /// Where the statement fails, or there is no room.
    pub async fn index(&self, sql: &str) -> Result<(), StoreError> {
        match &self.backend {
            Backend::Sqlite(engine) => engine.index(sql).await,
            Backend::Postgres(_) => transact!(self, tx => tx.execute(sql, params![]).await.map(drop)),
        }
    }

    /// How many commits this store has made durable; with shared commits fewer than transactions.
    pub fn commits(&self) -> u64 {
        match &self.backend {
            Backend::Sqlite(engine) => engine.commits(),
            Backend::Postgres(engine) => engine.commits(),
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Connection`] or another reason why it does not.
    pub async fn healthy(&self) -> Result<(), StoreError> {
        self.one::<i32>("SELECT 1", &[]).await.map(drop)
    }

    /// The file of an embedded database.
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.backend {
            Backend::Sqlite(engine) => Some(engine.path()),
            Backend::Postgres(_) => None,
        }
    }

    /// Copies the embedded database of this moment into a new file, checks the copy and writes its SHA-256 beside it, while
    /// work goes on.
    ///
    /// # Errors
    /// Where `to` exists, cannot be written, or the copy is damaged; on PostgreSQL always, `pg_dump` is the way there.
    pub async fn backup(&self, to: &Path, check: Check) -> Result<BackupReport, StoreError> {
        match &self.backend {
            Backend::Sqlite(engine) => backup::backup(&engine.lease().await?, to, check),
            Backend::Postgres(_) => Err(StoreError::other(
                "a PostgreSQL database is backed up with pg_dump (cơ sở dữ liệu PostgreSQL được sao lưu bằng pg_dump)",
            )),
        }
    }

    /// Finishes what is under way and leaves the database tidy: the embedded one as a single file.
    ///
    /// # Errors
    /// Where the last write fails.
    pub async fn close(self) -> Result<(), StoreError> {
        match &self.backend {
            Backend::Sqlite(engine) => engine.checkpoint().await,
            Backend::Postgres(engine) => {
                engine.close();
                Ok(())
            }
        }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
