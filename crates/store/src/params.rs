//! Values on their way into a statement.

/// A value that both engines can take as a parameter. Every type that implements `ToSql` of both is one: the
/// integers `i16`, `i32`, `i64`, `bool`, `f64`, text, bytes, `serde_json::Value`, `jiff::civil::Date`,
/// [`vocabulary::Moment`] and the other values of the vocabulary, each also in an `Option`.
///
/// Take care with two: a `jiff::Timestamp` is not stored in an order that SQLite can sort (use `Moment`), and on
/// PostgreSQL an integer must have the width of its column.
pub trait Param: Sync {
    /// The value as the embedded engine takes it.
    #[doc(hidden)]
    fn sqlite(&self) -> &dyn rusqlite::ToSql;
    /// The value as PostgreSQL takes it.
    #[doc(hidden)]
    fn postgres(&self) -> &(dyn postgres_types::ToSql + Sync);
}

impl<T: rusqlite::ToSql + postgres_types::ToSql + Sync> Param for T {
    fn sqlite(&self) -> &dyn rusqlite::ToSql {
        self
    }
    fn postgres(&self) -> &(dyn postgres_types::ToSql + Sync) {
        self
    }
}

/// The parameters of one statement: `$1` is the first. Written with [`params!`](crate::params!).
pub type Params<'a> = &'a [&'a dyn Param];

/// The parameters of a statement: `params![id, name]`, or `params![]` where there are none.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::Param),*] as $crate::Params<'_>
    };
}
