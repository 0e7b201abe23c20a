//! Relation to the head of the household (*quan hệ với chủ hộ*). No official code list was found: the codes are ours,
//! the words are those of residence papers.

use crate::table;
use std::sync::LazyLock;
use vocabulary::{Text, fold};

/// A relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Code, such as `child`.
    pub code: &'static str,
    /// In both languages.
    pub name: Text,
    /// Other words for it, `|` between them.
    aliases: &'static str,
}

/// The code of the head itself.
pub const HEAD: &str = "head";

static RELATIONS: LazyLock<Vec<Relation>> = LazyLock::new(|| {
    let read =
        |[code, vi, en, aliases]: [&'static str; 4]| Relation { code, name: Text::new(vi, en), aliases };
    table::rows(include_str!("../../../data/relations.csv")).map(read).collect()
});

/// The list, the closest first.
pub fn all() -> &'static [Relation] {
    &RELATIONS
}

/// The relation with a code.
pub fn find(code: &str) -> Option<&'static Relation> {
    RELATIONS.iter().find(|r| r.code == code)
}

/// The relation that a paper's word means: any case and diacritics, also other words for it (`Con trai`).
pub fn named(text: &str) -> Option<&'static Relation> {
    let wanted = fold(text);
    if wanted.is_empty() {
        return None;
    }
    let same = |word: &str| fold(word) == wanted;
    let by_name = RELATIONS.iter().find(|r| same(r.name.vi) || same(r.name.en));
    by_name.or_else(|| RELATIONS.iter().find(|r| r.aliases.split('|').any(same)))
}
