//! The next state: tables made beside those in use, filled while people read the old ones, and put in their place at
//! once. Cut off half way, they are left behind and dropped by the next attempt; nothing in use has changed then.

use store::{Engine, Store, StoreError, Tx, params};

/// The tables of the current state.
const TABLES: [&str; 3] = ["person", "household", "number_claim"];

/// What the names of the next tables end in.
pub(super) const NEXT: &str = "_next";

/// Tables of the next state that are being filled.
pub(super) struct Next {
    /// Indexes to be made once the tables are full, which is quicker than keeping them meanwhile.
    indexes: Vec<String>,
}

impl Next {
    /// Makes empty tables of the same form as those in use, in place of any that were left behind.
    pub(super) async fn begin(tx: &mut Tx) -> Result<Next, StoreError> {
        let mut indexes = Vec::new();
        for table in TABLES {
            tx.execute(&format!("DROP TABLE IF EXISTS {table}{NEXT}"), params![]).await?;
            match tx.engine() {
                Engine::Postgres => {
                    tx.execute(
                        &format!("CREATE TABLE {table}{NEXT} (LIKE {table} INCLUDING ALL)"),
                        params![],
                    )
                    .await?;
                }
                Engine::Sqlite => {
                    const FORM: &str = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = $1";
                    let form: String = tx.one(FORM, params![table]).await?;
                    tx.execute(&format!("CREATE TABLE {table}{NEXT} {}", from_bracket(&form)?), params![])
                        .await?;
                    let made: Vec<(String, String)> = tx
                        .all(
                            "SELECT name, sql FROM sqlite_schema
                             WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL ORDER BY name",
                            params![table],
                        )
                        .await?;
                    for (name, form) in made {
                        // The name of an index cannot be changed later, and two cannot have the same.
                        let name = match name.strip_suffix(NEXT) {
                            Some(name) => name.to_owned(),
                            None => format!("{name}{NEXT}"),
                        };
                        let unique = if form.starts_with("CREATE UNIQUE") { "UNIQUE " } else { "" };
                        indexes.push(format!(
                            "CREATE {unique}INDEX {name} ON {table}{NEXT} {}",
                            from_bracket(&form)?
                        ));
                    }
                }
            }
        }
        Ok(Next { indexes })
    }

    /// Makes the indexes, each in a transaction of its own, so that others can write between them.
    pub(super) async fn index(&self, store: &Store) -> Result<(), StoreError> {
        for index in &self.indexes {
            store.index(index).await?;
        }
        Ok(())
    }

    /// Puts the tables in the place of those in use.
    pub(super) async fn put_in_place(&self, tx: &mut Tx) -> Result<(), StoreError> {
        for table in TABLES {
            tx.execute(&format!("DROP TABLE {table}"), params![]).await?;
            tx.execute(&format!("ALTER TABLE {table}{NEXT} RENAME TO {table}"), params![]).await?;
            if tx.engine() == Engine::Postgres {
                tx.execute(&format!("ANALYZE {table}"), params![]).await?;
            }
        }
        Ok(())
    }
}

/// What follows the name in a statement that made a table or index.
fn from_bracket(form: &str) -> Result<&str, StoreError> {
    form.find('(')
        .map(|at| &form[at..])
        .ok_or_else(|| StoreError::Other("the schema of a table cannot be read".into()))
}
