//! Indexes that an import into a nearly empty registry makes at its end: each row would go to any place of them, and
//! sorting all rows once is much quicker. Only searches by commune and by birth need them; look-ups, which go by numbers,
//! names and kinship, keep theirs.
//!
//! Nothing is written down of their absence: whether one is missing is read from the schema, so that whatever was cut off
//! can be mended by whoever comes next.

use store::{Engine, Store, StoreError, Tx, params};

/// The names and columns of such indexes of `person`, as the migration has them. A load or a rebuild may have given them
/// other names.
const LATE: [(&str, &str); 2] =
    [("person_unit_name", "(unit, name_key, birth, id)"), ("person_birth", "(birth, name_key, id)")];

const FOUND: &str = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'person' AND sql LIKE $1 ORDER BY name";

fn form(columns: &str) -> String {
    format!("%{columns}")
}

/// Does without these indexes for now. On PostgreSQL others keep them in the meantime, on processors of their own.
pub(crate) async fn do_without(tx: &mut Tx) -> Result<(), StoreError> {
    if tx.engine() != Engine::Sqlite {
        return Ok(());
    }
    for (_, columns) in LATE {
        for name in tx.all::<String>(FOUND, params![form(columns)]).await? {
            tx.execute(&format!("DROP INDEX \"{name}\""), params![]).await?;
        }
    }
    Ok(())
}

/// Makes those of the indexes that are missing; how many they were.
pub(crate) async fn complete(store: &Store) -> Result<usize, StoreError> {
    if store.engine() != Engine::Sqlite {
        return Ok(0);
    }
    let mut made = 0;
    for (name, columns) in LATE {
        if !store.all::<String>(FOUND, params![form(columns)]).await?.is_empty() {
            continue;
        }
        // A table that is being made beside `person` may have the name for one of its own.
        const TAKEN: &str = "SELECT name FROM sqlite_schema WHERE type = 'index' AND name = $1";
        let free = store.all::<String>(TAKEN, params![name]).await?.is_empty();
        let name = if free { name.to_owned() } else { format!("{name}_late") };
        // Another process may be doing the same.
        store.index(&format!("CREATE INDEX IF NOT EXISTS {name} ON person {columns}")).await?;
        made += 1;
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MIGRATIONS;
    use store::transact;

    store::on_each_engine! {
        sets = &[MIGRATIONS];

        async fn what_was_done_without_is_made_again(store: Store) {
            const NAMES: &str = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'person' AND sql IS NOT NULL ORDER BY name";
            let sqlite = store.engine() == Engine::Sqlite;
            let names = async || match sqlite {
                true => store.all::<String>(NAMES, params![]).await.unwrap(),
                false => Vec::new(),
            };
            let all = names().await;
            assert_eq!(complete(&store).await.unwrap(), 0);
            transact!(store, tx => do_without(tx).await).unwrap();
            assert_eq!(names().await.len() + if sqlite { 2 } else { 0 }, all.len());
            assert_eq!(complete(&store).await.unwrap(), if sqlite { 2 } else { 0 });
            assert_eq!(names().await, all);
            // After a rebuild they go by other names.
            crate::store::rebuild(&store, |_| {}).await.unwrap();
            assert_eq!(complete(&store).await.unwrap(), 0);
        }
    }
}
