//! Spreading tables over the workers of a Citus cluster.

use crate::{Engine, Store, StoreError, bulk, params, transact};

/// A table to be spread, and the column by whose hash a row has its place. The column must stand in every unique key.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
}

pub(crate) const INSTALLED: &str = "SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')";

/// The tables spread now, or `None` where the database does not have the extension.
pub(crate) async fn distribute(
    store: &Store,
    tables: &[Spread],
) -> Result<Option<Vec<&'static str>>, StoreError> {
    bulk::plain_names(tables.iter().flat_map(|spread| [spread.table, spread.column]))?;
    if store.engine() != Engine::Postgres || !store.one::<bool>(INSTALLED, &[]).await? {
        return Ok(None);
    }
    transact!(store, tx => {
        // A query that joins a spread table with one of the coordinator brings the rows of the spread one, which are
        // chosen by key, to the coordinator; the other way about, a whole table would travel.
        let database: String = tx.one("SELECT quote_ident(current_database())", &[]).await?;
        tx.batch(&format!("ALTER DATABASE {database} SET citus.local_table_join_policy = 'prefer-distributed'"))
            .await?;
        let mut done = Vec::new();
        for Spread { table, column } in tables {
            let spread: bool = tx
                .one(
                    "SELECT EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = to_regclass($1))",
                    params![*table],
                )
                .await?;
            if !spread {
                // Each by itself: no two are joined on these columns.
                tx.batch(&format!(
                    "SELECT create_distributed_table('{table}', '{column}', colocate_with => 'none');
                     SELECT truncate_local_data_after_distributing_table('{table}')"
                ))
                .await?;
                done.push(*table);
            }
        }
        Ok::<_, StoreError>(Some(done))
    })
}
