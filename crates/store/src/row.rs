//! Values on their way out of a row.

use crate::{StoreError, error::unreadable};
use std::error::Error as _;

/// A value that both engines can return; the counterpart of [`Param`](crate::Param).
pub trait Field: rusqlite::types::FromSql + for<'a> postgres_types::FromSql<'a> + Send {}

impl<T: rusqlite::types::FromSql + for<'a> postgres_types::FromSql<'a> + Send> Field for T {}

/// One row of a result, of either engine.
pub enum Row<'r> {
    /// From the embedded engine.
    Sqlite(&'r rusqlite::Row<'r>),
    /// From PostgreSQL.
    Postgres(&'r tokio_postgres::Row),
}

impl Row<'_> {
    /// The value in a column, counted from 0.
    ///
    /// # Errors
    /// Where the column does not exist or does not hold this type.
    pub fn get<T: Field>(&self, index: usize) -> Result<T, StoreError> {
        match self {
            Row::Sqlite(row) => Ok(row.get(index)?),
            Row::Postgres(row) => row.try_get(index).map_err(|error| {
                match error.source().and_then(|cause| cause.downcast_ref::<postgres_types::WrongType>()) {
                    Some(types) => StoreError::Other(format!("column {index}: {types}")),
                    None => unreadable(index),
                }
            }),
        }
    }
}

/// What can be read from one row: a structure declared with [`record!`](crate::record), a tuple of up to twelve
/// fields, or one field alone.
pub trait FromRow: Sized + Send {
    /// Reads the row, column by column from the first.
    ///
    /// # Errors
    /// Where a column is missing or does not hold the type.
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError>;
}

macro_rules! tuple {
    ($($T:ident $index:tt),+) => {
        impl<$($T: Field),+> FromRow for ($($T,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
                Ok(($(row.get::<$T>($index)?,)+))
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

macro_rules! alone {
    ($($T:ty),+) => {$(
        impl FromRow for $T {
            fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
                row.get(0)
            }
        }
    )+};
}
alone!(bool, i16, i32, i64, f64, String, Vec<u8>, vocabulary::Moment, vocabulary::PartialDate);
alone!(vocabulary::PersonId, vocabulary::HouseholdId, vocabulary::ActSeq);
alone!(vocabulary::PersonalNumber, vocabulary::FormerNumber, vocabulary::FullName);
alone!(vocabulary::UnitCode, vocabulary::AgencyCode, vocabulary::ProcedureCode, vocabulary::DossierCode);

impl<T: Field> FromRow for Option<T> {
    fn from_row(row: &Row<'_>) -> Result<Self, StoreError> {
        row.get(0)
    }
}

/// Declares a structure together with its columns: `COLUMNS` lists them for a `SELECT` or an `INSERT`, and
/// [`FromRow`] reads them in that order. A column is named as its field unless said otherwise; in a result it may be
/// any expression.
///
/// ```
/// store::record! {
///     /// One account.
///     #[derive(Debug)]
///     pub struct Account {
///         /// Its number.
///         pub id: i64,
///         /// Its owner.
///         pub owner: Option<String> = "owner_name",
///     }
/// }
/// assert_eq!(Account::COLUMNS, "id, owner_name");
/// ```
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty $(= $column:literal)?),+ $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type),+
        }

        impl $name {
            /// The columns in the order in which a row is read.
            $vis const COLUMNS: &'static str = concat!($(", ", $crate::__column!($field $($column)?)),+).split_at(2).1;
        }

        impl $crate::FromRow for $name {
            fn from_row(row: &$crate::Row<'_>) -> ::core::result::Result<Self, $crate::StoreError> {
                let mut columns = 0usize..;
                $(let $field: $type = row.get(columns.next().unwrap_or_default())?;)+
                Ok(Self { $($field),+ })
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __column {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $column:literal) => {
        $column
    };
}
