//! Finding a row by what people type: any case, with or without diacritics, either place of the tone mark.

use vocabulary::{fold, tone_key};

/// How well a name fits; smaller is better. `None` where it does not fit at all.
pub(crate) type Rank = u8;

/// What was typed, folded once.
pub(crate) struct Query {
    folded: String,
    tones: Option<String>,
}

/// Longest text that is searched for, in bytes; what is beyond is ignored.
const LONGEST: usize = 400;

impl Query {
    pub(crate) fn new(text: &str) -> Option<Query> {
        let mut end = text.len().min(LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = text.get(..end).unwrap_or_default();
        let folded = fold(text);
        // Typed without diacritics, everything fits that looks alike; with them, what fits wholly comes first.
        let tones = Some(tone_key(text)).filter(|key| *key != folded);
        (!folded.is_empty()).then_some(Query { folded, tones })
    }

    /// Ranks a name by its folded form: the same, its beginning, the beginning of a word, every word somewhere.
    pub(crate) fn rank(&self, folded: &str, name: &str) -> Option<Rank> {
        let q = self.folded.as_str();
        let place = if folded == q {
            0
        } else if folded.starts_with(q) {
            2
        } else if folded.match_indices(q).any(|(at, _)| folded[..at].ends_with([' ', '-', '('])) {
            4
        } else if q.contains(' ') && q.split(' ').all(|word| folded.contains(word)) {
            6
        } else {
            return None;
        };
        let tones = match &self.tones {
            Some(typed) if tone_key(name).contains(typed.as_str()) => 0,
            Some(_) => 1,
            None => 0,
        };
        Some(place + tones)
    }
}

/// The folded names of a list, in its order.
pub(crate) struct Keys(Vec<Box<str>>);

impl Keys {
    pub(crate) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Keys {
        Keys(names.map(|name| fold(name).into()).collect())
    }

    /// The best `limit` rows of the list by name.
    pub(crate) fn search<T>(
        &self,
        rows: &'static [T],
        name: fn(&T) -> &'static str,
        text: &str,
        limit: usize,
    ) -> Vec<&'static T> {
        let Some(query) = Query::new(text) else { return Vec::new() };
        let rank = |(row, key): (&'static T, &str)| Some((query.rank(key, name(row))?, row));
        best(rows.iter().zip(self.0.iter().map(|key| &**key)).filter_map(rank), limit)
    }
}

/// The best `limit` of the rows, by rank, then in their own order.
pub(crate) fn best<T>(ranked: impl Iterator<Item = (Rank, T)>, limit: usize) -> Vec<T> {
    let mut found: Vec<(Rank, T)> = ranked.collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.truncate(limit);
    found.into_iter().map(|(_, row)| row).collect()
}
