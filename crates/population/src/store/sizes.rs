//! How much room the registry takes on disk, by table and index.

use super::next::NEXT;
use store::{Engine, Store, StoreError, params};

/// A table or an index with its bytes on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The table, or the table to which the index belongs.
    pub table: String,
    /// The index; `None` for the table itself.
    pub index: Option<String>,
    /// Bytes.
    pub bytes: u64,
}

/// The room that the registry takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Acts in the registry.
    pub acts: u64,
    /// Persons in the registry.
    pub persons: u64,
    /// The acts with their links and actors: kept for ever.
    pub truth: Vec<Room>,
    /// The state made from them, with the indexes by which it is found.
    pub state: Vec<Room>,
}

/// The tables that hold what is true.
const TRUTH: &[&str] = &["act", "act_household", "act_person", "actor"];
/// The tables that are made from it.
const STATE: &[&str] = &["household", "number_claim", "person"];

/// Measures the tables and indexes. It reads the whole file of an embedded database.
///
/// # Errors
/// Where the store fails.
pub async fn sizes(store: &Store) -> Result<Sizes, StoreError> {
    let sql = match store.engine() {
        Engine::Sqlite => {
            "SELECT s.tbl_name, CASE s.type WHEN 'index' THEN s.name END, CAST(sum(d.pgsize) AS bigint)
             FROM dbstat d JOIN sqlite_schema s ON s.name = d.name GROUP BY s.tbl_name, s.type, s.name
             ORDER BY 1, s.type DESC, 3 DESC"
        }
        Engine::Postgres => {
            "SELECT CAST(t.relname AS text), CAST(x.relname AS text), pg_relation_size(x.oid)
             FROM pg_class t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class x ON x.oid = i.indexrelid
             WHERE t.relnamespace = current_schema()::regnamespace
             UNION ALL SELECT CAST(t.relname AS text), NULL, pg_table_size(t.oid)
             FROM pg_class t WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace
             ORDER BY 1, 2 NULLS FIRST"
        }
    };
    let rows: Vec<(String, Option<String>, i64)> = store.all(sql, params![]).await?;
    let of = |tables: &[&str]| {
        let own = rows.iter().filter(|(table, ..)| tables.contains(&table.as_str()));
        own.map(|(table, index, bytes)| Room {
            table: table.clone(),
            // What a load or a rebuild made has kept the name under which it was made.
            index: index.as_ref().map(|index| index.trim_end_matches(NEXT).to_owned()),
            bytes: bytes.unsigned_abs(),
        })
        .collect()
    };
    let count = async |sql| -> Result<u64, StoreError> {
        let counts: Vec<i64> = store.all(sql, params![]).await?;
        Ok(counts.first().map_or(0, |n| n.unsigned_abs()))
    };
    Ok(Sizes {
        acts: count("SELECT count(*) FROM act").await?,
        persons: count("SELECT count(*) FROM person").await?,
        truth: of(TRUTH),
        state: of(STATE),
    })
}
