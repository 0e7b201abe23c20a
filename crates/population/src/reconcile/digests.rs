//! What a row claims, as digests: to be compared again when the record changes, and not to be read.

use super::{Kin, SectorRow, Standing};
use reference::units;
use sha2::{Digest, Sha256};
use vocabulary::{Field, FieldSet, PartialDate, UnitCode, tone_key};

impl SectorRow {
    /// What the row claims, so that it can be compared again later and not be read: digests of each value, salted with
    /// what names the row.
    pub fn digests(&self, salt: &str) -> String {
        let mut out = String::new();
        let mut put = |sign: char, values: Vec<String>| {
            if !out.is_empty() {
                out.push(';');
            }
            out.push(sign);
            for value in values {
                out.push('.');
                out.push_str(&digest(salt, sign, &value));
            }
        };
        if let Some(name) = &self.name {
            put('n', vec![tone_key(name.reveal())]);
        }
        if !self.birth.is_unknown() {
            put('b', forms(self.birth));
        }
        if let Some(sex) = self.sex {
            put('s', vec![sex.digit().to_string()]);
        }
        if let Some(unit) = self.unit {
            put('u', now_and_then(unit).iter().map(|u| u.to_string()).collect());
        }
        if let Some(province) = self.ties.hometown.province {
            // The province first, then the communes.
            let all = std::iter::once(province).chain(self.ties.hometown.communes.iter().copied());
            put('h', all.map(|u| u.to_string()).collect());
        }
        if let Some(code) = &self.ties.ethnicity {
            put('e', vec![code.clone()]);
        }
        for (sign, _, kin) in self.ties.kin().into_iter().filter(|(.., kin)| !kin.is_unknown()) {
            put(sign, kin_values(kin).into());
        }
        out
    }
}

/// A date to the year, to the month, to the day, as far as it is known.
pub(super) fn forms(date: PartialDate) -> Vec<String> {
    let mut forms = Vec::with_capacity(3);
    let Some(year) = date.year() else { return forms };
    forms.push(format!("{year}"));
    if let Some(month) = date.month() {
        forms.push(format!("{year}-{month}"));
        if date.day().is_some() {
            forms.push(date.iso());
        }
    }
    forms
}

fn digest(salt: &str, sign: char, value: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(salt.as_bytes());
    hasher.update([0, sign as u8, 0]);
    hasher.update(value.as_bytes());
    hasher.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// A commune with what it has become since 1 July 2025.
fn now_and_then(unit: UnitCode) -> Vec<UnitCode> {
    let mut all = vec![unit];
    all.extend(units::convert(unit).iter().map(|c| c.new.code));
    all
}

/// The number and the name of kin; a dash where one is not told.
fn kin_values(kin: &Kin) -> [String; 2] {
    let dash = || "-".to_owned();
    let name = kin.name.as_ref().map(|n| tone_key(n.reveal()));
    [kin.number.map_or_else(dash, |n| n.reveal()), name.unwrap_or_else(dash)]
}

/// Whether kin are as claimed: by the number where both have one, else by the name.
fn kin_agrees(told: &[&str], held: &Kin, of: &impl Fn(&str) -> String) -> Option<bool> {
    let unknown = of("-");
    let values = kin_values(held);
    let mut both = told.iter().zip(&values).filter(|(told, held)| **told != unknown && *held != "-");
    both.next().map(|(told, held)| **told == of(held))
}

/// Whether a claim speaks of hometown, ethnic group or kin.
pub(crate) fn speaks_of_ties(claims: &str) -> bool {
    claims.split(';').any(|claim| claim.starts_with(['h', 'e', 'f', 'm', 'w', 'g']))
}

/// Which of the values that were claimed are as on record now: agreeing, differing.
pub fn again(claims: &str, salt: &str, held: &Standing) -> (FieldSet, FieldSet) {
    let (mut agree, mut differ) = (FieldSet::NONE, FieldSet::NONE);
    for claim in claims.split(';') {
        let mut parts = claim.split('.');
        let (Some(sign), told) = (parts.next().and_then(|s| s.chars().next()), parts.collect::<Vec<_>>())
        else {
            continue;
        };
        let of = |value: &str| digest(salt, sign, value);
        let (field, agrees) = match sign {
            'n' => (
                Field::FullName,
                held.name.as_ref().map(|n| told.contains(&of(&tone_key(n.reveal())).as_str())),
            ),
            'b' => {
                let own = forms(held.birth);
                // To the part that both know; what the file lacks is to be completed there.
                let at = own.len().min(told.len());
                let pair = at.checked_sub(1).and_then(|at| own.get(at).zip(told.get(at)));
                let same = pair.map(|(mine, theirs)| of(mine) == **theirs && told.len() >= own.len());
                (Field::BirthDate, same)
            }
            's' => (Field::Sex, held.sex.map(|s| told.contains(&of(&s.digit().to_string()).as_str()))),
            'u' => {
                let known = [held.unit, held.old_unit];
                let same = known.iter().flatten().any(|u| told.contains(&of(u.as_str()).as_str()));
                (Field::PermanentResidence, known.iter().any(Option::is_some).then_some(same))
            }
            'h' => {
                let own = &held.ties.hometown;
                let [province, communes @ ..] = told.as_slice() else { continue };
                let same = if communes.is_empty() || own.communes.is_empty() {
                    own.province.map(|p| of(p.as_str()) == **province)
                } else {
                    Some(own.communes.iter().any(|c| communes.contains(&of(c.as_str()).as_str())))
                };
                (Field::Hometown, same)
            }
            'e' => {
                let own = held.ties.ethnicity.as_ref();
                (Field::Ethnicity, own.map(|code| told.contains(&of(code).as_str())))
            }
            kin => {
                let Some((_, field, own)) = held.ties.kin().into_iter().find(|(sign, ..)| *sign == kin)
                else {
                    continue;
                };
                (field, kin_agrees(&told, own, &of))
            }
        };
        let set = FieldSet::of(&[field]);
        match agrees {
            Some(true) => agree = agree.or(set),
            Some(false) => differ = differ.or(set),
            None => {}
        }
    }
    (agree, differ)
}
