//! The hamlet that an address names: below the commune there is no code, only words that everybody writes in his own way.

use crate::fold;

/// How a hamlet is called: the words as written, and the word that stands for them. Those with marks count with their marks,
/// or where the whole part has none, without.
const KINDS: &[(&str, &str)] = &[
    ("thôn", "Thôn"),
    ("ấp", "Ấp"),
    ("xóm", "Xóm"),
    ("bản", "Bản"),
    ("buôn", "Buôn"),
    ("bon", "Bon"),
    ("plei", "Plei"),
    ("làng", "Làng"),
    ("phum", "Phum"),
    ("sóc", "Sóc"),
    ("khóm", "Khóm"),
    ("khu phố", "Khu phố"),
    ("kp", "Khu phố"),
    ("khối phố", "Khối phố"),
    ("khối", "Khối"),
    ("khu vực", "Khu vực"),
    ("khu dân cư", "Khu dân cư"),
    ("tiểu khu", "Tiểu khu"),
    ("tổ dân phố", "Tổ dân phố"),
    ("tổ dp", "Tổ dân phố"),
    ("tdp", "Tổ dân phố"),
];
/// In a town a group is a hamlet; below a hamlet it is not one.
const GROUP: (&str, &str) = ("tổ", "Tổ dân phố");
/// Most words of a name, and most letters.
const WORDS: usize = 5;
const LETTERS: usize = 40;

/// A hamlet (*thôn, ấp, bản, tổ dân phố*), which lies below the commune and is no unit of its own. Two ways of writing one
/// are equal by [`Hamlet::key`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hamlet(String);

impl Hamlet {
    /// The hamlet that the part of an address below the commune names; `None` where it names none.
    pub fn find(detail: &str) -> Option<Hamlet> {
        let parts = || detail.split([',', ';', '\n']).flat_map(|part| part.split(" - ")).map(str::trim);
        let called = parts().find_map(|part| KINDS.iter().find_map(|kind| named(part, *kind)));
        called.or_else(|| parts().find_map(|part| named(part, GROUP).filter(Hamlet::is_numbered)))
    }

    /// As it was kept.
    pub fn from_stored(text: String) -> Hamlet {
        Hamlet(text)
    }

    /// As people read it: `Thôn Phú Lộc`, `Tổ dân phố 5`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for all ways of writing it, with marks or without.
    pub fn key(&self) -> String {
        fold(&self.0)
    }

    fn is_numbered(&self) -> bool {
        self.0.bytes().last().is_some_and(|b| b.is_ascii_digit())
    }
}

/// The hamlet that a part of an address names, where it begins with a word for it.
fn named(part: &str, (word, shown): (&str, &str)) -> Option<Hamlet> {
    let lower = part.to_lowercase();
    let plain = fold(word);
    let rest = lower.strip_prefix(word).or_else(|| {
        let unmarked = part.is_ascii() && plain != word;
        unmarked.then(|| lower.strip_prefix(plain.as_str())).flatten()
    })?;
    // `TDP5` and `Thôn 5`, but not `Banh mì 5` for `Ban`.
    if !rest.starts_with(|c: char| c.is_ascii_digit() || c.is_whitespace() || ".:".contains(c)) {
        return None;
    }
    // Lower case may be longer in bytes; the rest is taken from the end of what was written, by letters.
    let skip = part.chars().count().checked_sub(rest.chars().count())?;
    let rest: String = part.chars().skip(skip).collect();
    let mut words: Vec<String> = rest
        .split(|c: char| c.is_whitespace() || ".:".contains(c))
        .filter(|w| !w.is_empty())
        .map(tidied)
        .collect();
    if words.first().is_some_and(|w| matches!(fold(w).as_str(), "so")) {
        words.remove(0);
    }
    let name = words.join(" ");
    let fits = !name.is_empty() && words.len() <= WORDS && name.chars().count() <= LETTERS;
    fits.then(|| Hamlet(format!("{shown} {name}")))
}

/// A word with a great first letter, a number without leading zeros.
fn tidied(word: &str) -> String {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        let number = word.trim_start_matches('0');
        return if number.is_empty() { "0".to_owned() } else { number.to_owned() };
    }
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let rest = letters.as_str();
    let shouted = word.chars().count() > 1 && word.chars().all(|c| c.is_uppercase());
    first + &if shouted { rest.to_lowercase() } else { rest.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(detail: &str) -> String {
        Hamlet::find(detail).map(|h| h.as_str().to_owned()).unwrap_or_default()
    }

    #[test]
    fn one_hamlet_is_written_in_many_ways() {
        for way in
            ["Tổ dân phố 5", "TDP 5", "tdp5", "Tổ 5", "Tổ DP số 05", "12/3 Trần Phú, tổ 5", "To dan pho 5"]
        {
            assert_eq!(found(way), "Tổ dân phố 5", "{way}");
        }
        for way in
            ["Thôn Phú Lộc", "thôn phú lộc", "THÔN PHÚ LỘC", "Tổ 3, thôn Phú Lộc", "Nhà 7 - thôn Phú Lộc"]
        {
            assert_eq!(found(way), "Thôn Phú Lộc", "{way}");
        }
        assert_eq!(found("khu pho 3, duong Le Loi"), "Khu phố 3");
        let (with, without) = (Hamlet::find("Thôn Phú Lộc"), Hamlet::find("Thon Phu Loc"));
        assert_eq!(with.map(|h| h.key()), without.map(|h| h.key()));
    }

    #[test]
    fn what_names_none_names_none() {
        for detail in
            ["", "12 Trần Phú", "Tổ hợp chung cư", "Thôn", "Bánh mì 5", "Khu đô thị", "tổ", "Apple 3"]
        {
            assert_eq!(found(detail), "", "{detail}");
        }
        assert_eq!(found(&format!("Thôn {}", "a".repeat(200))), "");
    }
}
