//! Owned values, for loading many rows.

use crate::{Param, StoreError};
use bytes::BytesMut;
use postgres_types::{IsNull, ToSql, Type, to_sql_checked};
use rusqlite::types::{ToSqlOutput, ValueRef};
use vocabulary::Moment;

/// One value of a row to be loaded. Made from anything that can be a parameter, with `Value::from(x)`, `x.into()` or
/// a whole row at once with [`values!`](crate::values); on PostgreSQL it takes the type of its column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// An integer, a truth value (0 or 1), or a moment (microseconds since 1970).
    Int(i64),
    /// A floating-point number.
    Real(f64),
    /// Text, JSON, or a date `yyyy-mm-dd`.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A value whose own conversion failed; loading it is an error.
    Unwritable,
}

impl<P: Param> From<P> for Value {
    fn from(param: P) -> Value {
        match param.sqlite().to_sql() {
            Ok(ToSqlOutput::Owned(value)) => from_ref(ValueRef::from(&value)),
            Ok(ToSqlOutput::Borrowed(value)) => from_ref(value),
            _ => Value::Unwritable,
        }
    }
}

fn from_ref(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => Value::Int(int),
        ValueRef::Real(real) => Value::Real(real),
        ValueRef::Text(text) => {
            std::str::from_utf8(text).map_or(Value::Unwritable, |text| Value::Text(text.to_owned()))
        }
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_owned()),
    }
}

/// One row of values for [`Tx::load`](crate::Tx::load) and [`Tx::execute_many`](crate::Tx::execute_many):
/// `values![id, &name, None::<String>]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        ::std::vec![$($crate::Value::from($value)),*]
    };
}

pub(crate) fn sqlite_value(value: &Value) -> Result<ToSqlOutput<'_>, StoreError> {
    Ok(ToSqlOutput::Borrowed(match value {
        Value::Null => ValueRef::Null,
        Value::Int(int) => ValueRef::Integer(*int),
        Value::Real(real) => ValueRef::Real(*real),
        Value::Text(text) => ValueRef::Text(text.as_bytes()),
        Value::Bytes(bytes) => ValueRef::Blob(bytes),
        Value::Unwritable => return Err(StoreError::other("a value cannot be written")),
    }))
}

#[derive(Debug, thiserror::Error)]
#[error("a value does not fit a column of type {0}")]
struct Unfit(Type);

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let unfit = || Box::new(Unfit(ty.clone()));
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(int) => match *ty {
                Type::INT8 => int.to_sql(ty, out),
                Type::INT4 => i32::try_from(*int).map_err(|_| unfit())?.to_sql(ty, out),
                Type::INT2 => i16::try_from(*int).map_err(|_| unfit())?.to_sql(ty, out),
                Type::BOOL if matches!(int, 0 | 1) => (*int == 1).to_sql(ty, out),
                Type::TIMESTAMPTZ => Moment::from_micros(*int).to_sql(ty, out),
                _ => Err(unfit()),
            },
            Value::Real(real) => match *ty {
                Type::FLOAT8 => real.to_sql(ty, out),
                _ => Err(unfit()),
            },
            Value::Text(text) => match *ty {
                Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                    text.to_sql(ty, out)
                }
                Type::DATE => text.parse::<jiff::civil::Date>().map_err(|_| unfit())?.to_sql(ty, out),
                Type::JSON | Type::JSONB => {
                    if *ty == Type::JSONB {
                        // The one version of the binary form, before the text itself.
                        out.extend_from_slice(&[1]);
                    }
                    out.extend_from_slice(text.as_bytes());
                    Ok(IsNull::No)
                }
                _ => Err(unfit()),
            },
            Value::Bytes(bytes) => match *ty {
                Type::BYTEA => bytes.to_sql(ty, out),
                _ => Err(unfit()),
            },
            Value::Unwritable => Err(unfit()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Names that go into a statement as they are: only plain ones are let through.
pub(crate) fn plain_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<(), StoreError> {
    let plain = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if names.into_iter().all(plain) {
        Ok(())
    } else {
        Err(StoreError::other("a table or column with an unusual name"))
    }
}
