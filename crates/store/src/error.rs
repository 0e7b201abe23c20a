//! What can go wrong, with a meaning that callers may rely on.

use postgres_types::WrongType;
use rusqlite::ffi;
use std::error::Error as _;
use tokio_postgres::error::SqlState;

/// Why the store could not do what was asked.
///
/// The messages never hold the values of a row: PostgreSQL's `DETAIL` and the messages of its data exceptions, which
/// quote them, are left out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A row that was asked for does not exist.
    #[error("no such row")]
    NotFound,
    /// A unique or primary key exists already; the transaction can only be rolled back.
    #[error("already present: {constraint}")]
    Conflict {
        /// `table(column, …)`, or the name of the index where it stands on an expression; the same on both engines.
        constraint: String,
    },
    /// The database had no place within the time allowed; trying again later is sensible.
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached, or was lost. After a commit: whether it took place is unknown.
    #[error("the database cannot be reached: {0}")]
    Connection(String),
    /// The database was written by a newer program.
    #[error(
        "the schema of {domain} is at number {found}, this program knows it up to {known}; run a newer program \
         (lược đồ {domain} ở số {found}, chương trình này chỉ biết đến {known}; hãy dùng bản mới hơn)"
    )]
    NewerSchema {
        /// The domain whose schema is newer.
        domain: String,
        /// The highest number in the database.
        found: i64,
        /// The highest number in this program.
        known: i64,
    },
    /// A migration is not well formed, was changed after it was applied, or failed.
    #[error("migration {0}")]
    Migration(String),
    /// The engine could not put concurrent transactions into an order; [`transact!`](crate::transact) tries again.
    #[error("the transaction met another one and must be run again")]
    Serialization,
    /// Anything else, such as a wrong statement or a column that does not hold the type asked for.
    #[error("{0}")]
    Other(String),
}

impl StoreError {
    pub(crate) fn other(text: impl Into<String>) -> StoreError {
        StoreError::Other(text.into())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        match error {
            rusqlite::Error::SqliteFailure(code, message) => from_sqlite(code, message),
            rusqlite::Error::SqlInputError { error, msg, .. } => from_sqlite(error, Some(msg)),
            rusqlite::Error::InvalidColumnType(index, name, found) => StoreError::Other(format!(
                "column {index} ({name}) holds {found}, another type was asked for"
            )),
            // The cause of a failed conversion may quote the value.
            rusqlite::Error::FromSqlConversionFailure(index, ..) => unreadable(index),
            rusqlite::Error::IntegralValueOutOfRange(index, _) => unreadable(index),
            rusqlite::Error::ToSqlConversionFailure(_) => StoreError::other("a parameter cannot be written"),
            rusqlite::Error::InvalidColumnIndex(index) => {
                StoreError::Other(format!("there is no column {index}"))
            }
            rusqlite::Error::MultipleStatement => StoreError::other("one statement at a time"),
            rusqlite::Error::ExecuteReturnedResults => StoreError::other("the statement returns rows"),
            _ => StoreError::other("the embedded database refused the statement"),
        }
    }
}

pub(crate) fn unreadable(index: usize) -> StoreError {
    StoreError::Other(format!("column {index} does not hold the type asked for"))
}

fn from_sqlite(error: ffi::Error, message: Option<String>) -> StoreError {
    let message = message.unwrap_or_else(|| error.to_string());
    match error.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            StoreError::Conflict { constraint: sqlite_constraint(&message) }
        }
        _ => match error.code {
            ffi::ErrorCode::DatabaseBusy | ffi::ErrorCode::DatabaseLocked => StoreError::Busy,
            ffi::ErrorCode::CannotOpen | ffi::ErrorCode::NotADatabase | ffi::ErrorCode::PermissionDenied => {
                StoreError::Connection(message)
            }
            // A datatype mismatch or a malformed value: the message may come from a value.
            ffi::ErrorCode::TypeMismatch => StoreError::other("datatype mismatch"),
            _ => StoreError::Other(message),
        },
    }
}

/// `UNIQUE constraint failed: t.a, t.b` → `t(a, b)`; `… failed: index 'x'` → `x`.
fn sqlite_constraint(message: &str) -> String {
    let columns = message.split_once("failed: ").map_or(message, |(_, columns)| columns);
    if let Some(index) = columns.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let Some((table, _)) = columns.split_once('.') else { return columns.to_owned() };
    let names: Vec<&str> =
        columns.split(", ").map(|c| c.split_once('.').map_or(c, |(_, column)| column)).collect();
    format!("{table}({})", names.join(", "))
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> StoreError {
        let Some(db) = error.as_db_error() else {
            if connection_lost(&error) {
                return StoreError::Connection(error.to_string());
            }
            // Of the causes only this one is known to speak of types alone.
            return match error.source().and_then(|cause| cause.downcast_ref::<WrongType>()) {
                Some(types) => StoreError::Other(format!("{error}: {types}")),
                None => StoreError::Other(error.to_string()),
            };
        };
        let code = db.code();
        match *code {
            SqlState::UNIQUE_VIOLATION => StoreError::Conflict { constraint: postgres_constraint(db) },
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
                StoreError::Serialization
            }
            // The schema changed under a prepared statement: to run the transaction again is the cure.
            SqlState::INVALID_SQL_STATEMENT_NAME => StoreError::Serialization,
            SqlState::FEATURE_NOT_SUPPORTED if db.message().contains("cached plan") => {
                StoreError::Serialization
            }
            SqlState::LOCK_NOT_AVAILABLE | SqlState::QUERY_CANCELED | SqlState::TOO_MANY_CONNECTIONS => {
                StoreError::Busy
            }
            _ if connection_lost(&error) => StoreError::Connection(db.message().to_owned()),
            // These classes speak of the schema, the program's text or the server, never of a value.
            _ if ["0A", "23", "25", "28", "2B", "3D", "3F", "42", "53", "54", "55", "57", "58"]
                .contains(&code.code().get(..2).unwrap_or_default()) =>
            {
                StoreError::Other(format!("{} ({})", db.message(), code.code()))
            }
            _ => StoreError::Other(format!("the database refused the statement ({})", code.code())),
        }
    }
}

/// Whether the connection is gone, so that a read may be asked again on another one.
pub(crate) fn connection_lost(error: &tokio_postgres::Error) -> bool {
    if error.is_closed() {
        return true;
    }
    match error.code() {
        Some(code) => {
            code.code().starts_with("08")
                || [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW]
                    .contains(code)
        }
        None => error.source().is_some_and(|cause| cause.is::<std::io::Error>()),
    }
}

/// Whether a prepared statement is of no use any more, after a change of the schema or of the server behind a proxy.
pub(crate) fn prepared_too_early(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|db| match *db.code() {
        SqlState::INVALID_SQL_STATEMENT_NAME => true,
        SqlState::FEATURE_NOT_SUPPORTED => db.message().contains("cached plan"),
        _ => false,
    })
}

/// The detail reads `Key (a, b)=(…) already exists.` in whatever language: only the columns are taken from it.
fn postgres_constraint(db: &tokio_postgres::error::DbError) -> String {
    let columns = db.detail().and_then(|detail| {
        let from = detail.find('(')? + 1;
        let to = detail.find(")=(")?;
        detail.get(from..to)
    });
    match (db.table(), columns) {
        (Some(table), Some(columns))
            if columns.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ',' | ' ')) =>
        {
            format!("{table}({columns})")
        }
        _ => db.constraint().unwrap_or("unique").to_owned(),
    }
}
