//! The 54 peoples (*dân tộc*) of the official list, with 55 for foreigners and 56 for unknown.

use crate::table;
use std::sync::LazyLock;
use vocabulary::fold;

/// An entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EthnicGroup {
    /// Two digits.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Other names and spellings, commas between them.
    pub aliases: &'static str,
    /// Population of 2019 for the largest groups, from memory: a weight, not a statistic.
    pub weight: Option<u32>,
}

static GROUPS: LazyLock<Vec<EthnicGroup>> = LazyLock::new(|| {
    let read = |[code, name, aliases, weight]: [&'static str; 4]| EthnicGroup {
        code,
        name,
        aliases,
        weight: table::number(weight),
    };
    table::rows(include_str!("../../../data/ethnic_groups.csv")).map(read).collect()
});

/// The list, by code.
pub fn all() -> &'static [EthnicGroup] {
    &GROUPS
}

/// The entry with a code.
pub fn find(code: &str) -> Option<&'static EthnicGroup> {
    GROUPS.iter().find(|g| g.code == code)
}

/// The entry with a name or, failing that, another name: any case and diacritics, hyphens or blanks (`Ê đê`, `H'Mông`).
pub fn named(text: &str) -> Option<&'static EthnicGroup> {
    let wanted = key(text);
    if wanted.is_empty() {
        return None;
    }
    let alias = |g: &&EthnicGroup| g.aliases.split(',').any(|a| key(a) == wanted);
    GROUPS.iter().find(|g| key(g.name) == wanted).or_else(|| GROUPS.iter().find(alias))
}

fn key(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}
