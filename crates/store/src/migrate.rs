//! Schemas that grow by numbered steps.

use crate::{Engine, Store, StoreError, Tx, commit, dialect, params};
use sha2::{Digest, Sha256};
use vocabulary::Moment;

/// The steps of one domain, in order. Written with [`migrations!`](crate::migrations).
#[derive(Clone, Copy, Debug)]
pub struct MigrationSet {
    /// The domain, such as `population`.
    pub domain: &'static str,
    /// Its steps, numbered from 1 without gaps.
    pub migrations: &'static [Migration],
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The file's name without ending, `NNNN_what_it_does`.
    pub name: &'static str,
    /// The file's text.
    pub sql: &'static str,
}

/// Embeds the files `migrations/NAME.sql` of the crate that writes this.
///
/// `pub const MIGRATIONS: store::MigrationSet = store::migrations!("population": "0001_person", "0002_household");`
#[macro_export]
macro_rules! migrations {
    ($domain:literal : $($name:literal),+ $(,)?) => {
        $crate::MigrationSet {
            domain: $domain,
            migrations: &[$($crate::Migration {
                name: $name,
                sql: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/", $name, ".sql")),
            }),+],
        }
    };
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    domain text NOT NULL,
    number bigint NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL,
    PRIMARY KEY (domain, number)
)";

/// Brings the schema up to date in one transaction: all steps of all domains, or none.
pub(crate) async fn migrate(store: &Store, sets: &[MigrationSet]) -> Result<(), StoreError> {
    for set in sets {
        well_formed(set)?;
    }
    crate::transact!(store, tx => {
        tx.lock("schema_migration").await?;
        tx.batch(TABLE).await?;
        if tx.engine() == Engine::Postgres {
            tx.batch(commit::TABLE).await?;
            // What a program that ended long ago has left.
            let long_ago = Moment::now().plus_seconds(-86_400);
            tx.execute("DELETE FROM commit_mark WHERE at < $1", params![long_ago]).await?;
        }
        for set in sets {
            apply(tx, set).await?;
        }
        Ok::<_, StoreError>(())
    })
}

async fn apply(tx: &mut Tx, set: &MigrationSet) -> Result<(), StoreError> {
    let applied: Vec<(i64, String)> = tx
        .all(
            "SELECT number, checksum FROM schema_migration WHERE domain = $1 ORDER BY number",
            params![set.domain],
        )
        .await?;
    let known = set.migrations.len() as i64;
    if let Some((found, _)) = applied.last().filter(|(found, _)| *found > known) {
        return Err(StoreError::NewerSchema { domain: set.domain.to_owned(), found: *found, known });
    }
    for (number, migration) in (1i64..).zip(set.migrations) {
        let checksum = checksum(migration.sql);
        match applied.get(number as usize - 1) {
            Some((_, before)) if *before == checksum => {}
            Some(_) => {
                return Err(step(
                    set,
                    migration,
                    "was changed after it had been applied; write a new one instead",
                ));
            }
            None => {
                let sql = dialect::for_engine(migration.sql, tx.engine());
                tx.batch(&sql).await.map_err(|error| match error {
                    StoreError::Other(text) => step(set, migration, &text),
                    error => error,
                })?;
                tx.execute(
                    "INSERT INTO schema_migration (domain, number, name, checksum, applied_at)
                     VALUES ($1, $2, $3, $4, $5)",
                    params![set.domain, number, migration.name, checksum, Moment::now()],
                )
                .await?;
                tracing::info!(domain = set.domain, migration = migration.name, "schema migrated");
            }
        }
    }
    Ok(())
}

fn well_formed(set: &MigrationSet) -> Result<(), StoreError> {
    for (number, migration) in (1usize..).zip(set.migrations) {
        let digits = migration.name.split_once('_').map_or("", |(digits, _)| digits);
        if digits.len() != 4 || digits.parse() != Ok(number) {
            return Err(step(set, migration, &format!("must be named {number:04}_…")));
        }
        // Checked only at the common commit, such a constraint would let one transaction fail its whole group.
        let deferred = |line: &str| {
            !line.trim_start().starts_with("--") && line.to_ascii_uppercase().contains("DEFERRABLE")
        };
        if dialect::for_engine(migration.sql, Engine::Sqlite).lines().any(deferred) {
            return Err(step(set, migration, "uses a DEFERRABLE constraint"));
        }
    }
    Ok(())
}

fn step(set: &MigrationSet, migration: &Migration, text: &str) -> StoreError {
    StoreError::Migration(format!("{}/{} {text}", set.domain, migration.name))
}

/// SHA-256 of the text, in which line ends count alike.
fn checksum(sql: &str) -> String {
    let digest = Sha256::digest(sql.replace("\r\n", "\n").as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
