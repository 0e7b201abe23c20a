//! The words that offices write in the cells of a register file.

use super::SEPARATOR;
use crate::model::{BloodGroup, FormerClaim, MaritalStatus, Relation};
use reference::{countries, ethnic_groups, relations};
use std::borrow::Cow;
use vocabulary::{FormerNumber, PartialDate, fold};

pub(super) fn claim(number: FormerNumber) -> FormerClaim {
    FormerClaim { number, issuer: String::new(), from: PartialDate::UNKNOWN, until: PartialDate::UNKNOWN }
}

/// A number without the blanks, dots and the apostrophe with which spreadsheets keep it from being a quantity.
pub(super) fn bare(text: &str) -> Cow<'_, str> {
    // Almost all are without.
    if text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return text.into();
    }
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’' | '.' | '-')).collect()
}

/// The values of a cell: between separators where there is one, else between the signs.
pub(super) fn split(text: &str, signs: &[char]) -> Vec<String> {
    let ours = text.contains(SEPARATOR);
    if !ours && !text.contains('\\') && !text.contains(signs) {
        let value = text.trim();
        return if value.is_empty() { Vec::new() } else { vec![value.to_owned()] };
    }
    let mut values = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = c == '\\' && chars.peek().is_some_and(|next| *next == SEPARATOR || *next == '\\');
        let c = if escaped { chars.next().unwrap_or(c) } else { c };
        let parts = !escaped && if ours { c == SEPARATOR } else { signs.contains(&c) };
        match values.last_mut() {
            Some(last) if !parts => last.push(c),
            _ => values.push(String::new()),
        }
    }
    values.iter_mut().for_each(|v| *v = v.trim().to_owned());
    if !ours {
        values.retain(|v| !v.is_empty());
    }
    values
}

pub(super) fn country(cell: &str) -> Option<&'static str> {
    if matches!(cell, "VN" | "Việt Nam") {
        return Some("VN");
    }
    let by_code = matches!(cell.len(), 2 | 3).then(|| countries::find(cell)).flatten();
    let wanted = fold(cell);
    let named = || countries::all().iter().find(|c| fold(c.name.vi) == wanted || fold(c.name.en) == wanted);
    by_code.or_else(named).map(|c| c.iso2)
}

pub(super) fn ethnicity(cell: &str) -> Option<&'static str> {
    let all = ethnic_groups::all();
    let code = if cell.len() == 1 { format!("0{cell}") } else { String::new() };
    all.iter()
        .find(|g| g.code == cell || g.code == code || g.name == cell)
        .or_else(|| ethnic_groups::named(cell))
        .map(|g| g.code)
}

pub(super) fn marital(cell: &str) -> Option<MaritalStatus> {
    let folded: String = fold(cell).chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    match folded.split_whitespace().collect::<Vec<_>>().join(" ").as_str() {
        "single" | "chua ket hon" | "doc than" | "chua co vo chong" => Some(MaritalStatus::Single),
        "married" | "dang co vo chong" | "da ket hon" | "co vo chong" | "ket hon" | "co vo" | "co chong"
        | "da co vo chong" => Some(MaritalStatus::Married),
        "divorced" | "da ly hon" | "ly hon" => Some(MaritalStatus::Divorced),
        "widowed" | "goa" | "goa vo" | "goa chong" | "goa vo chong" => Some(MaritalStatus::Widowed),
        _ => None,
    }
}

pub(super) fn blood(cell: &str) -> Option<BloodGroup> {
    let folded = fold(cell);
    let group = folded.strip_prefix("nhom ").unwrap_or(&folded);
    match group.trim_end_matches(['+', '-']).trim() {
        "a" => Some(BloodGroup::A),
        "b" => Some(BloodGroup::B),
        "ab" => Some(BloodGroup::Ab),
        "o" | "0" => Some(BloodGroup::O),
        _ => None,
    }
}

/// A relation by our code, or by the word of a paper.
pub(super) fn relation(cell: &str) -> Option<Relation> {
    if let Ok(relation) = Relation::parse(cell) {
        return Some(relation);
    }
    if let Some(found) = Relation::ALL.iter().find(|r| r.text().vi == cell || r.text().en == cell) {
        return Some(*found);
    }
    let all = relations::all();
    let word = all.iter().find(|r| r.name.vi == cell || r.code == cell).or_else(|| relations::named(cell))?;
    Some(match word.code {
        "head" => Relation::Head,
        "husband" | "wife" => Relation::Spouse,
        "father" | "mother" | "adoptive-father" | "adoptive-mother" => Relation::Parent,
        "father-in-law" | "mother-in-law" => Relation::ParentInLaw,
        "child" | "adopted-child" | "step-child" => Relation::Child,
        "son-in-law" | "daughter-in-law" => Relation::ChildInLaw,
        "grandfather" | "grandmother" => Relation::Grandparent,
        "grandchild" => Relation::Grandchild,
        "elder-brother" | "elder-sister" | "younger-sibling" => Relation::Sibling,
        "boarder" | "lodger" | "co-resident" => Relation::Lodger,
        "guardian" | "ward-of-guardian" | "other" => Relation::Unknown,
        _ => Relation::Kin,
    })
}
