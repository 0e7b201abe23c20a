//! How cases, figures and days are said on pages.

use crate::{
    model::{State, Subject, Totals},
    rules::Rules,
};
use maud::{Markup, html};
use reference::{Era, units};
use vocabulary::{Lang, Moment, PartialDate, Text, UnitCode};
use web::components::{Banner, Color, Tag};

/// A commune with its province.
pub(super) fn unit(code: Option<UnitCode>, lang: Lang) -> String {
    match code {
        Some(code) => units::path(code, Era::Since2025).unwrap_or_else(|| code.to_string()),
        None => lang.pick("Chưa rõ xã, phường", "No commune known").to_owned(),
    }
}

/// Figures that keep their width.
pub(super) fn figures(text: impl std::fmt::Display) -> Markup {
    html! { span.dancu-number { (text.to_string()) } }
}

/// A count with a dot between thousands.
pub(super) fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    if number < 0 {
        out.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    out
}

/// Hundredths of a percent as `97,53 %`.
pub(super) fn percent(score: Option<i64>, lang: Lang) -> String {
    match score {
        Some(score) => format!("{}{}{:02} %", score / 100, lang.pick(",", "."), score % 100),
        None => "–".to_owned(),
    }
}

/// The difference of two scores in percentage points, with its sign.
pub(super) fn change(now: Option<i64>, before: Option<i64>, lang: Lang) -> String {
    let (Some(now), Some(before)) = (now, before) else { return "–".to_owned() };
    let difference = now - before;
    let sign = match difference {
        0 => "±",
        1.. => "+",
        _ => "−",
    };
    let size = difference.abs();
    format!("{sign}{}{}{:02}", size / 100, lang.pick(",", "."), size % 100)
}

/// Date and time without seconds.
pub(super) fn time(moment: Moment) -> String {
    let text = moment.local_text();
    text.get(..16).unwrap_or(&text).to_owned()
}

/// A day, or that it is not known.
pub(super) fn day(day: PartialDate, lang: Lang) -> String {
    if day.is_unknown() { lang.pick("chưa rõ", "not known").to_owned() } else { day.local_text() }
}

/// The state of a case.
pub(super) fn state(state: State, lang: Lang) -> Markup {
    let color = match state {
        State::Open => Color::Yellow,
        State::Working | State::Submitted => Color::Blue,
        State::Fixed => Color::Green,
        State::CannotClean => Color::Red,
        State::NeverIssued | State::Elsewhere | State::NotAnError => Color::Grey,
    };
    html! { (Tag::new(color, state.text().get(lang))) }
}

/// The record of a case, which names nobody.
pub(super) fn subject(subject: Subject, lang: Lang) -> String {
    match subject {
        Subject::Person(id) => format!("{} {id}", lang.pick("Hồ sơ người số", "Person, record no.")),
        Subject::Household(id) => format!("{} {id}", lang.pick("Hộ số", "Household no.")),
        Subject::Row(id) => format!("{} {id}", lang.pick("Dòng của ngành số", "Row of a sector no.")),
    }
}

/// What a rule says is wrong; its name where it is no longer in force.
pub(super) fn rule(rules: &Rules, id: &str, lang: Lang) -> String {
    let of_sector = || rules.sectors().text_of(id, lang).unwrap_or_else(|| id.to_owned());
    rules.find(id).map_or_else(of_sector, |r| r.text(lang).to_owned())
}

/// What was done on the page before, by the word in the address.
pub(super) fn done(lang: Lang, texts: &[(&str, Text)], word: &str) -> Option<Banner<'static>> {
    texts.iter().find(|(name, _)| *name == word).map(|(_, text)| Banner::done(lang, text.get(lang)))
}

/// The sentence by which the figures of cases add up.
pub(super) fn sums(totals: &Totals, lang: Lang) -> Markup {
    html! {
        p.govuk-body {
            strong { (count(totals.done())) } " " (lang.pick("đã làm sạch", "fixed")) " + "
            strong { (count(totals.in_work())) } " " (lang.pick("đang làm", "in work")) " + "
            strong { (count(totals.ended_otherwise())) } " " (lang.pick("kết thúc khác", "ended otherwise")) " = "
            strong { (count(totals.assigned())) } " " (lang.pick("được giao", "assigned"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_said_as_people_read_them() {
        assert_eq!(count(1_234_567), "1.234.567");
        assert_eq!(count(-12), "-12");
        assert_eq!(percent(Some(9_753), Lang::Vi), "97,53 %");
        assert_eq!(percent(None, Lang::En), "–");
        assert_eq!(change(Some(9_753), Some(9_700), Lang::Vi), "+0,53");
        assert_eq!(change(Some(9_700), Some(9_801), Lang::En), "−1.01");
        assert_eq!(change(Some(1), Some(1), Lang::En), "±0.00");
    }
}
