//! The little in which one SQL text must differ between the engines.

use std::borrow::Cow;

/// Takes `FOR UPDATE` and what follows it away: the embedded engine has a single writer, so that a row which a
/// transaction reads cannot change before it ends.
pub(crate) fn without_row_locks(sql: &str) -> Cow<'_, str> {
    const LOCK: &str = "FOR UPDATE";
    if !sql.contains(LOCK) {
        return Cow::Borrowed(sql);
    }
    let mut kept = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find(LOCK) {
        kept.push_str(&rest[..at]);
        rest = &rest[at + LOCK.len()..];
        for wait in ["SKIP LOCKED", "NOWAIT"] {
            if let Some(after) = rest.trim_start().strip_prefix(wait) {
                rest = after;
            }
        }
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// Keeps of a migration what is meant for one engine: a line that begins with `-- sqlite:` or `-- postgres:` counts,
/// without that mark, for that engine alone.
pub(crate) fn for_engine(sql: &str, engine: crate::Engine) -> String {
    let (ours, theirs) = match engine {
        crate::Engine::Sqlite => ("-- sqlite:", "-- postgres:"),
        crate::Engine::Postgres => ("-- postgres:", "-- sqlite:"),
    };
    let mut kept = String::with_capacity(sql.len());
    for line in sql.lines().filter(|line| !line.trim_start().starts_with(theirs)) {
        kept.push_str(line.trim_start().strip_prefix(ours).unwrap_or(line));
        kept.push('\n');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;

    #[test]
    fn row_locks_disappear() {
        assert_eq!(without_row_locks("SELECT 1"), "SELECT 1");
        assert_eq!(without_row_locks("SELECT a FROM t FOR UPDATE"), "SELECT a FROM t ");
        assert_eq!(
            without_row_locks("WITH x AS (SELECT a FROM t LIMIT 1 FOR UPDATE\n SKIP LOCKED) SELECT * FROM x"),
            "WITH x AS (SELECT a FROM t LIMIT 1 ) SELECT * FROM x"
        );
    }

    #[test]
    fn marked_lines_belong_to_one_engine() {
        let text =
            "CREATE TABLE t (\n  -- sqlite: a text\n  -- postgres: a text COLLATE \"C\"\n);\n-- a remark\n";
        assert_eq!(for_engine(text, Engine::Sqlite), "CREATE TABLE t (\n a text\n);\n-- a remark\n");
        assert_eq!(
            for_engine(text, Engine::Postgres),
            "CREATE TABLE t (\n a text COLLATE \"C\"\n);\n-- a remark\n"
        );
    }
}
