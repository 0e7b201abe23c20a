//! How the values of this crate stand in a database row, on both engines alike.
//!
//! | value | column type | SQLite holds |
//! |---|---|---|
//! | `Moment` | `timestamptz` | integer, microseconds since 1970 |
//! | `PartialDate` | `integer` | `yyyymmdd` |
//! | `PersonalNumber`, `FormerNumber`, ids | `bigint` | integer |
//! | `UnitCode` and the other codes | `text` | text |

use crate::{
    ActSeq, AgencyCode, DossierCode, FormerNumber, FullName, HouseholdId, Moment, PartialDate, PersonId,
    PersonalNumber, ProcedureCode, UnitCode,
};
use bytes::BytesMut;
use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use rusqlite::types::{
    FromSql as LiteFromSql, FromSqlError, FromSqlResult, ToSql as LiteToSql, ToSqlOutput, Value, ValueRef,
};
use std::error::Error;

type Boxed = Box<dyn Error + Sync + Send>;

/// A stored value that this program cannot have written.
#[derive(Debug, thiserror::Error)]
#[error("a stored value is not a valid {0}")]
struct Unreadable(&'static str);

/// Microseconds between the epochs of Unix (1970) and PostgreSQL (2000).
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl ToSql for Moment {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        out.extend_from_slice(&(self.micros() - POSTGRES_EPOCH).to_be_bytes());
        Ok(IsNull::No)
    }
    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Moment {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Moment, Boxed> {
        let bytes: [u8; 8] = raw.try_into().map_err(|_| Unreadable("Moment"))?;
        Ok(Moment::from_micros(i64::from_be_bytes(bytes) + POSTGRES_EPOCH))
    }
    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }
}

impl LiteToSql for Moment {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(Value::Integer(self.micros())))
    }
}

impl LiteFromSql for Moment {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Moment> {
        value.as_i64().map(Moment::from_micros)
    }
}

macro_rules! as_integer {
    ($name:ident, $int:ty, |$v:ident| $out:expr, |$i:ident| $in:expr) => {
        impl ToSql for $name {
            fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
                let $v = self;
                let int: $int = $out;
                ToSql::to_sql(&int, ty, out)
            }
            fn accepts(ty: &Type) -> bool {
                <$int as ToSql>::accepts(ty)
            }
            to_sql_checked!();
        }
        impl<'a> FromSql<'a> for $name {
            fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<$name, Boxed> {
                let $i = <$int as FromSql>::from_sql(ty, raw)?;
                $in.ok_or_else(|| Unreadable(stringify!($name)).into())
            }
            fn accepts(ty: &Type) -> bool {
                <$int as FromSql>::accepts(ty)
            }
        }
        impl LiteToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let $v = self;
                Ok(ToSqlOutput::Owned(Value::Integer(i64::from($out))))
            }
        }
        impl LiteFromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<$name> {
                let $i = <$int>::try_from(value.as_i64()?).map_err(|_| FromSqlError::InvalidType)?;
                $in.ok_or_else(|| FromSqlError::other(Unreadable(stringify!($name))))
            }
        }
    };
}

as_integer!(PartialDate, i32, |d| d.packed() as i32, |i| u32::try_from(i)
    .ok()
    .and_then(|p| PartialDate::from_packed(p).ok()));
as_integer!(PersonalNumber, i64, |n| n.as_int(), |i| PersonalNumber::from_int(i));
as_integer!(FormerNumber, i64, |n| n.as_int(), |i| FormerNumber::from_int(i));
as_integer!(PersonId, i64, |n| n.0, |i| Some(PersonId(i)));
as_integer!(HouseholdId, i64, |n| n.0, |i| Some(HouseholdId(i)));
as_integer!(ActSeq, i64, |n| n.0, |i| Some(ActSeq(i)));

macro_rules! as_text {
    ($name:ident, |$v:ident| $out:expr) => {
        impl ToSql for $name {
            fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
                let $v = self;
                ToSql::to_sql(&$out, ty, out)
            }
            fn accepts(ty: &Type) -> bool {
                <&str as ToSql>::accepts(ty)
            }
            to_sql_checked!();
        }
        impl<'a> FromSql<'a> for $name {
            fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<$name, Boxed> {
                let text = <&str as FromSql>::from_sql(ty, raw)?;
                $name::parse(text).map_err(|_| Unreadable(stringify!($name)).into())
            }
            fn accepts(ty: &Type) -> bool {
                <&str as FromSql>::accepts(ty)
            }
        }
        impl LiteToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                let $v = self;
                Ok(ToSqlOutput::Borrowed(ValueRef::Text($out.as_bytes())))
            }
        }
        impl LiteFromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<$name> {
                $name::parse(value.as_str()?).map_err(|_| FromSqlError::other(Unreadable(stringify!($name))))
            }
        }
    };
}

as_text!(UnitCode, |v| v.as_str());
as_text!(AgencyCode, |v| v.as_str());
as_text!(ProcedureCode, |v| v.as_str());
as_text!(DossierCode, |v| v.as_str());
as_text!(FullName, |v| v.reveal());
