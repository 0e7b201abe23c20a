//! One transaction, whatever the engine.

use crate::{Engine, FromRow, Params, StoreError, Value, bulk, postgres::PostgresTx, sqlite::SqliteTx};
use futures_util::{FutureExt, future::BoxFuture};
use std::time::Duration;

/// A transaction. It sees its own writes; others see them once [`Tx::commit`] has returned, and then they are
/// durable. Dropped without a commit, it undoes itself.
///
/// After a failed statement it can only be rolled back, on both engines alike (an expected conflict belongs into the
/// statement: `ON CONFLICT …`). Its statements run on the caller's thread where the engine is embedded and it is the
/// only writer meanwhile: keep it short, wait for nothing else inside, and never open a second one inside the first.
pub struct Tx {
    link: Link,
    /// A statement failed, or was given up half way.
    broken: bool,
    /// The failure is one that running again may cure.
    again: bool,
}

pub(crate) enum Link {
    Sqlite(SqliteTx),
    Postgres(Box<PostgresTx>),
}

impl Tx {
    pub(crate) fn new(link: Link) -> Tx {
        Tx { link, broken: false, again: false }
    }

    /// The engine underneath.
    pub fn engine(&self) -> Engine {
        match self.link {
            Link::Sqlite(_) => Engine::Sqlite,
            Link::Postgres(_) => Engine::Postgres,
        }
    }

    /// All rows of a result. For short lists: the result is held in memory.
    ///
    /// # Errors
    /// Where the statement fails; the transaction can then only be rolled back.
    pub async fn all<T: FromRow>(&mut self, sql: &str, params: Params<'_>) -> Result<Vec<T>, StoreError> {
        self.enter().await?;
        let outcome = match &mut self.link {
            Link::Sqlite(tx) => tx.read(sql, params),
            Link::Postgres(tx) => tx.read(sql, params).await,
        };
        self.leave(outcome)
    }

    /// The one row of a result.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] without a row (the transaction stays usable), an error with two.
    pub async fn one<T: FromRow>(&mut self, sql: &str, params: Params<'_>) -> Result<T, StoreError> {
        self.optional(sql, params).await?.ok_or(StoreError::NotFound)
    }

    /// The one row of a result, if there is one.
    ///
    /// # Errors
    /// Where the statement fails or gives more than one row.
    pub async fn optional<T: FromRow>(
        &mut self,
        sql: &str,
        params: Params<'_>,
    ) -> Result<Option<T>, StoreError> {
        at_most_one(self.all(sql, params).await?)
    }

    /// Runs a statement and tells how many rows it changed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where a key exists already; others where the statement fails.
    pub async fn execute(&mut self, sql: &str, params: Params<'_>) -> Result<u64, StoreError> {
        self.enter().await?;
        let outcome = match &mut self.link {
            Link::Sqlite(tx) => tx.execute(sql, params),
            Link::Postgres(tx) => tx.execute(sql, params).await,
        };
        self.leave(outcome)
    }

    /// Runs one statement once for each row of [`values!`](crate::values), prepared once and, towards PostgreSQL,
    /// without waiting between the rows. Tells how many rows were changed altogether. (Boxed, so that the rows may
    /// come from closures over borrowed data without making the caller's future immovable between threads.)
    ///
    /// # Errors
    /// As [`Tx::execute`], with the first row that fails.
    pub fn execute_many<'a, R>(&'a mut self, sql: &'a str, rows: R) -> BoxFuture<'a, Result<u64, StoreError>>
    where
        R: IntoIterator<Item = Vec<Value>, IntoIter: Send + 'a>,
    {
        let rows = rows.into_iter();
        async move {
            self.enter().await?;
            let outcome = match &mut self.link {
                Link::Sqlite(tx) => tx.execute_rows(sql, rows),
                Link::Postgres(tx) => tx.execute_rows(sql, rows).await,
            };
            self.leave(outcome)
        }
        .boxed()
    }

    /// Loads many new rows the fastest way the engine has. Rows are taken from the iterator as they are written, so
    /// that millions need no memory. Tells how many were loaded. After a large load `ANALYZE`, which both engines
    /// understand, lets queries use their indexes well.
    ///
    /// # Errors
    /// As [`Tx::execute`]; also where a row has not as many values as there are columns.
    pub fn load<'a, R>(
        &'a mut self,
        table: &'a str,
        columns: &'a [&'a str],
        rows: R,
    ) -> BoxFuture<'a, Result<u64, StoreError>>
    where
        R: IntoIterator<Item = Vec<Value>, IntoIter: Send + 'a>,
    {
        let rows = rows.into_iter();
        async move {
            bulk::plain_names([table].into_iter().chain(columns.iter().copied()))?;
            self.enter().await?;
            let outcome = match &mut self.link {
                Link::Sqlite(tx) => tx.load(table, columns, rows),
                Link::Postgres(tx) => tx.copy(table, &columns.join(", "), rows).await,
            };
            self.leave(outcome)
        }
        .boxed()
    }

    /// Waits until no other transaction holds the same name, and holds it to the end of this one. The embedded
    /// engine has a single writer anyhow.
    ///
    /// # Errors
    /// Where the database is lost while waiting.
    pub async fn lock(&mut self, name: &str) -> Result<(), StoreError> {
        self.enter().await?;
        let outcome = match &mut self.link {
            Link::Sqlite(_) => Ok(()),
            Link::Postgres(tx) => tx.lock(name).await,
        };
        self.leave(outcome)
    }

    /// Runs a script of many statements, as migrations are.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.enter().await?;
        let outcome = match &mut self.link {
            Link::Sqlite(tx) => tx.batch(sql),
            Link::Postgres(tx) => tx.batch(sql).await,
        };
        self.leave(outcome)
    }

    /// Commits; what was written is durable when this returns.
    ///
    /// # Errors
    /// Where a statement failed before, nothing is committed. Where the connection is lost meanwhile, it is found out
    /// on another one whether the commit took place; [`StoreError::Connection`] says that it did not, or that no server
    /// could be asked for as long as [`Options::patience`](crate::Options::patience).
    pub async fn commit(self) -> Result<(), StoreError> {
        self.finish().await.map_err(|(error, _)| error)
    }

    /// Commits; beside the error, whether the whole transaction may be run again.
    #[doc(hidden)]
    pub async fn finish(self) -> Result<(), (StoreError, bool)> {
        if self.broken {
            // PostgreSQL would answer COMMIT with a silent rollback.
            self.rollback().await;
            return Err((broken(), false));
        }
        match self.link {
            Link::Sqlite(tx) => tx.commit().await.map_err(|error| {
                let again = error == StoreError::Serialization;
                (error, again)
            }),
            Link::Postgres(tx) => tx.commit().await.map_err(|failed| (failed.error, failed.again)),
        }
    }

    /// Says that nothing of what this transaction writes is read through [`Store::aside`](crate::Store::aside), so
    /// that such reads need not wait for it.
    pub fn apart(&mut self) {
        if let Link::Postgres(tx) = &mut self.link {
            tx.apart();
        }
    }

    /// Undoes everything.
    pub async fn rollback(self) {
        match self.link {
            Link::Sqlite(tx) => drop(tx),
            Link::Postgres(tx) => tx.rollback().await,
        }
    }

    /// Whether running the whole transaction again may succeed.
    #[doc(hidden)]
    pub fn worth_again(&self) -> bool {
        self.again
    }

    async fn enter(&mut self) -> Result<(), StoreError> {
        if self.broken {
            return Err(broken());
        }
        // A chain of statements that are all answered at once must not keep the thread for itself.
        tokio::task::coop::consume_budget().await;
        // A statement given up half way leaves the transaction as one that failed.
        self.broken = true;
        Ok(())
    }

    fn leave<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        self.broken = outcome.is_err();
        // A connection lost before the commit: nothing of this transaction remains, so it may be run again.
        self.again = matches!(outcome, Err(StoreError::Serialization | StoreError::Connection(_)));
        outcome
    }
}

fn broken() -> StoreError {
    StoreError::other("a statement of this transaction failed before; it can only be rolled back")
}

pub(crate) fn at_most_one<T>(mut rows: Vec<T>) -> Result<Option<T>, StoreError> {
    if rows.len() > 1 {
        return Err(StoreError::other("more than one row"));
    }
    Ok(rows.pop())
}

/// How often a transaction has been tried.
#[doc(hidden)]
#[derive(Default)]
pub struct Attempts(u32);

impl Attempts {
    const MOST: u32 = 8;

    /// Waits a little longer each time; `false` when it is time to give up.
    pub async fn another(&mut self) -> bool {
        self.0 += 1;
        if self.0 >= Attempts::MOST {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(1 << self.0)).await;
        true
    }
}

/// Runs a block in a transaction: commits where it ends in `Ok`, rolls back where it ends in `Err`, and runs it
/// again, a bounded number of times, where the engine could not order it among others or the connection was lost and
/// nothing of it remains. What it writes is written once.
///
/// ```
/// # use store::{Store, StoreError, params, transact};
/// async fn rename(store: &Store, id: i64, name: &str) -> Result<(), StoreError> {
///     transact!(store, tx => {
///         tx.execute("UPDATE ward SET name = $2 WHERE id = $1", params![id, name]).await?;
///         Ok::<_, StoreError>(())
///     })
/// }
/// ```
///
/// The value is a `Result` whose error can be made `From<StoreError>`; name it at the end of the block. Inside, `tx`
/// is a `&mut Tx` to pass on, and `?` and `return` leave the block, not the function. The block may run more than
/// once: what it does besides must bear that.
#[macro_export]
macro_rules! transact {
    ($store:expr, $tx:ident => $body:expr) => {{
        let store: &$crate::Store = &$store;
        let mut attempts = $crate::Attempts::default();
        loop {
            let mut transaction = match store.begin().await {
                Ok(transaction) => transaction,
                Err($crate::StoreError::Connection(_)) if attempts.another().await => continue,
                Err(error) => break Err(::core::convert::From::from(error)),
            };
            let outcome = {
                #[allow(unused_variables)]
                let $tx: &mut $crate::Tx = &mut transaction;
                async { $body }.await
            };
            match outcome {
                Ok(value) => match transaction.finish().await {
                    Ok(()) => break Ok(value),
                    Err((_, true)) if attempts.another().await => {}
                    Err((error, _)) => break Err(::core::convert::From::from(error)),
                },
                Err(error) => {
                    let again = transaction.worth_again();
                    transaction.rollback().await;
                    if !(again && attempts.another().await) {
                        break Err(error);
                    }
                }
            }
        }
    }};
}
