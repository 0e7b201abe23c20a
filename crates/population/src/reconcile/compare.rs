//! Row and record side by side, field by field.

use super::{How, SectorRow, Standing, Stated};
use reference::{Era, units};
use vocabulary::{Field, FullName, PartialDate, PersonalNumber, UnitCode, fold};

/// How a name differs from the one on record.
pub(super) fn name(told: &FullName, held: &FullName) -> Option<How> {
    if told.matches(held) {
        return None;
    }
    let (a, b) = (fold(told.reveal()), fold(held.reveal()));
    if a == b {
        return Some(How::Marks);
    }
    let words = |text: &str| {
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    let (x, y) = (words(&a), words(&b));
    if x == y {
        return Some(How::Order);
    }
    if shortened(&a, &b) || shortened(&b, &a) {
        return Some(How::Words);
    }
    // A typing method that was off spells each mark as a letter.
    let typed = |text: &str| untyped(text) == untyped(&b) || untyped(text) == b;
    Some(if typed(&a) {
        How::Marks
    } else if distance(&a, &b) <= 2 {
        How::Letters
    } else {
        How::Other
    })
}

/// Whether the first name is the second with words left out or cut to their first letter; family and given name stay.
fn shortened(short: &str, long: &str) -> bool {
    let short: Vec<&str> = short.split(' ').collect();
    let long: Vec<&str> = long.split(' ').collect();
    if short.len() < 2 || short.len() > long.len() {
        return false;
    }
    let fits = |a: &str, b: &str| {
        let a = a.trim_end_matches('.');
        a == b || a.len() == 1 && b.starts_with(a)
    };
    let mut at = 0;
    for word in &short {
        match long.iter().skip(at).position(|w| fits(word, w)) {
            Some(more) => at += more + 1,
            None => return false,
        }
    }
    let whole = short.iter().zip(&long).filter(|(a, b)| a == b).count();
    whole >= 1 && short.last().zip(long.last()).is_some_and(|(a, b)| fits(a, b))
}

/// A folded text as it would be had a typing method (Telex) taken its doubled letters and tone letters for marks.
fn untyped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(' ') {
        if !out.is_empty() {
            out.push(' ');
        }
        let mut letters: Vec<char> = Vec::new();
        let bytes: Vec<char> = word.chars().collect();
        for (at, c) in bytes.iter().enumerate() {
            let last = at + 1 == bytes.len();
            let tone = last && at > 0 && matches!(c, 's' | 'f' | 'r' | 'x' | 'j');
            let doubled = letters.last() == Some(c) && matches!(c, 'a' | 'e' | 'o' | 'd');
            let horn = *c == 'w' && !letters.is_empty();
            if !(tone || doubled || horn) {
                letters.push(*c);
            }
        }
        out.extend(letters);
    }
    out
}

/// Least number of letters to insert, delete, replace or exchange; counted up to 3.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(100).collect(), b.chars().take(100).collect());
    if a.len().abs_diff(b.len()) > 2 {
        return 3;
    }
    let mut before: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut now = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = before.get(j).copied().unwrap_or(9) + usize::from(x != y);
            let left_out = before.get(j + 1).copied().unwrap_or(9) + 1;
            let put_in = now.get(j).copied().unwrap_or(9) + 1;
            now.push(replaced.min(left_out).min(put_in));
        }
        before = now;
    }
    before.last().copied().unwrap_or(3).min(3)
}

/// How a date of birth differs. A part that is not on record cannot disagree; one that the file lacks can be completed.
pub(super) fn birth(told: PartialDate, held: PartialDate) -> Option<How> {
    if told.is_unknown() || held.is_unknown() || told == held {
        return None;
    }
    if told.agrees_with(held) {
        let parts = |d: PartialDate| super::digests::forms(d).len();
        return (parts(told) < parts(held)).then_some(How::Incomplete);
    }
    let (y, m, d) = (told.year() == held.year(), told.month() == held.month(), told.day() == held.day());
    let crossed = told.month().is_some()
        && told.month().map(u16::from) == held.day().map(u16::from)
        && told.day().map(u16::from) == held.month().map(u16::from);
    Some(match (y, m, d) {
        (true, ..) if crossed => How::DayMonth,
        (true, true, _) | (true, _, true) | (_, true, true) => How::DatePart,
        _ => How::Other,
    })
}

/// Whether a commune as the file names it is the one on record, by its code before or since 1 July 2025.
fn same_unit(told: UnitCode, held: &Standing) -> bool {
    [held.unit, held.old_unit].contains(&Some(told))
        || held.unit.is_some_and(|now| units::convert(told).iter().any(|c| c.new.code == now))
}

/// How a number differs from another of as many digits.
pub fn slip(told: &str, held: &str) -> Option<How> {
    if told == held || told.len() != held.len() {
        return None;
    }
    let off: Vec<usize> =
        told.bytes().zip(held.bytes()).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at).collect();
    let (a, b) = (told.as_bytes(), held.as_bytes());
    match off.as_slice() {
        [_] => Some(How::Digit),
        [i, j] if *j == i + 1 && a.get(*i) == b.get(*j) && a.get(*j) == b.get(*i) => Some(How::Exchanged),
        _ => None,
    }
}

/// The fields but for numbers in which a row and a record differ.
pub fn differing(row: &SectorRow, held: &Standing) -> Vec<(Field, How)> {
    let mut found: Vec<(Field, How)> = row.malformed.iter().map(|f| (f, How::Malformed)).collect();
    if let (Some(told), Some(held)) = (&row.name, &held.name) {
        found.extend(name(told, held).map(|how| (Field::FullName, how)));
    }
    found.extend(birth(row.birth, held.birth).map(|how| (Field::BirthDate, how)));
    if let (Some(told), Some(held)) = (row.sex, held.sex)
        && told != held
    {
        found.push((Field::Sex, How::Other));
    }
    if let Some(unit) = row.unit
        && (held.unit.is_some() || held.old_unit.is_some())
        && !same_unit(unit, held)
    {
        found.push((Field::PermanentResidence, How::Other));
    }
    found
}

/// How the stated number stands to the one on record of the same person.
pub fn of_number(row: &SectorRow, held: &Standing) -> Option<How> {
    match (row.number, held.number) {
        (Stated::Personal(told), Some(own)) if told == own => None,
        (Stated::Personal(told), Some(own)) => {
            Some(slip(&told.reveal(), &own.reveal()).unwrap_or(How::Other))
        }
        (Stated::Former(_), Some(_)) => Some(How::Former),
        (Stated::Nothing, Some(_)) => Some(How::Missing),
        (Stated::Malformed, _) => Some(How::Malformed),
        // The registry knows none: it cannot disagree.
        (_, None) => None,
    }
}

/// Whether row and record may be one person: the name or the birth speaks for it, and not both against.
pub fn may_be_one(row: &SectorRow, held: &Standing) -> bool {
    let named = match (&row.name, &held.name) {
        (Some(told), Some(held)) => name(told, held) != Some(How::Other),
        _ => true,
    };
    let told = !row.birth.is_unknown() && !held.birth.is_unknown();
    let born = told && birth(row.birth, held.birth) != Some(How::Other);
    match (row.name.is_some() && held.name.is_some(), told) {
        (true, true) => named || born,
        (true, false) => named,
        (false, true) => born,
        (false, false) => true,
    }
}

/// What a file may be told of a field: the value on record.
pub fn value(field: Field, held: &Standing) -> Option<String> {
    match field {
        Field::PersonalNumber => held.number.map(PersonalNumber::reveal),
        Field::FullName => held.name.as_ref().map(|n| n.reveal().to_owned()),
        Field::BirthDate => Some(held.birth).filter(|d| !d.is_unknown()).map(PartialDate::local_text),
        Field::Sex => held.sex.map(|s| s.text().vi.to_owned()),
        Field::PermanentResidence => {
            held.unit.map(|u| units::path(u, Era::Since2025).unwrap_or_else(|| u.to_string()))
        }
        _ => None,
    }
}
