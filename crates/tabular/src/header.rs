//! Where the header row is: offices put titles, mottoes and dates above it.

use crate::{
    encoding::{Encoding, repair},
    mapping,
    raw::Raw,
    row::Cell,
};
use std::collections::HashSet;

/// Rows at the beginning among which the header is looked for.
pub(crate) const LOOK: usize = 50;

/// Which of the first rows is the header: the one with most of the known names, at least two (or one, in a table of
/// one column); else the first with two texts or more; else the first with anything.
pub(crate) fn find(rows: &[Raw], known: &HashSet<String>) -> Option<usize> {
    let mut best = (1, None);
    for (at, row) in rows.iter().enumerate() {
        let names = row.cells().iter().filter(|c| !c.text.trim().is_empty()).count();
        let found: HashSet<String> = row.cells().iter().map(key).filter(|key| known.contains(key)).collect();
        let count = if names == 1 && found.len() == 1 { 2 } else { found.len() };
        if count > best.0 {
            best = (count, Some(at));
        }
    }
    let texts = |row: &Raw| row.cells().iter().filter(|cell| is_text(cell)).count();
    best.1
        .or_else(|| rows.iter().position(|row| texts(row) >= 2))
        .or_else(|| rows.iter().position(|row| row.cells().iter().any(|c| !c.text.trim().is_empty())))
}

/// The key of a header, which may be in a legacy font.
fn key(cell: &Cell) -> String {
    let mut text = cell.text.clone();
    repair(&mut text, Encoding::Utf8);
    mapping::key(&text)
}

fn is_text(cell: &Cell) -> bool {
    cell.text.chars().any(char::is_alphabetic)
}

/// Whether a row only numbers the columns, `(1) (2) (3)` or `A B 1 2`, as forms do below their header.
pub(crate) fn numbers_columns(row: &Raw) -> bool {
    let labels: Vec<&str> = row
        .cells()
        .iter()
        .map(|cell| cell.text.trim().trim_matches(['(', ')', '[', ']']))
        .filter(|label| !label.is_empty())
        .collect();
    if labels.len() < 3 {
        return false;
    }
    let letters = labels
        .iter()
        .take_while(|label| label.len() == 1 && label.as_bytes()[0].is_ascii_uppercase())
        .count();
    let from = labels.get(letters).and_then(|label| label.parse::<usize>().ok());
    let in_order = |labels: &[&str], first: usize| {
        labels.iter().enumerate().all(|(at, label)| label.parse::<usize>() == Ok(first + at))
    };
    letters + 2 < labels.len() && from == Some(1) && in_order(&labels[letters..], 1)
}
