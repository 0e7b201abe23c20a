//! Records side by side: what each states of a part, in words, and which act said so.

use super::{history::Words, words};
use crate::{
    acts::Act,
    fold,
    model::{Fact, LifeStatus, Part},
    sealed::PersonView,
};
use maud::{Markup, html};
use vocabulary::{Field, Lang, PersonId, Text};

/// What a part is called.
pub fn label(part: Part, lang: Lang) -> &'static str {
    let text = match part {
        Part::Permanent => {
            Text::new("Thường trú, hộ và quan hệ với chủ hộ", "Permanent residence, household and relation")
        }
        Part::Marriage => Text::new("Tình trạng hôn nhân, vợ hoặc chồng", "Marital status and spouse"),
        Part::Father => Text::new("Cha", "Father"),
        Part::Mother => Text::new("Mẹ", "Mother"),
        other => field(other).text(),
    };
    text.get(lang)
}

/// The field of release to which a part belongs first.
fn field(part: Part) -> Field {
    match part {
        Part::Name => Field::FullName,
        Part::OtherNames => Field::OtherName,
        Part::BirthDate => Field::BirthDate,
        Part::Sex => Field::Sex,
        Part::BirthPlace => Field::BirthPlace,
        Part::BirthRegistration => Field::BirthRegistration,
        Part::Hometown => Field::Hometown,
        Part::Permanent => Field::PermanentResidence,
        Part::Current => Field::CurrentResidence,
        Part::Ethnicity => Field::Ethnicity,
        Part::Religion => Field::Religion,
        Part::Nationality => Field::Nationality,
        Part::BloodGroup => Field::BloodGroup,
        Part::Marriage => Field::MaritalStatus,
        Part::Occupation => Field::Occupation,
        Part::Father | Part::Mother => Field::Parents,
        Part::Guardian => Field::Guardian,
        Part::Number => Field::PersonalNumber,
        Part::FormerNumbers => Field::FormerNumbers,
        Part::Card => Field::Card,
        Part::Contact => Field::Contact,
    }
}

/// What a record states of a part, one line a fact; empty where it states nothing.
pub fn value(view: &PersonView, part: Part, lang: Lang) -> Markup {
    stated(view, &part.stated(&view.person), lang)
}

/// What facts state, said by the relatives that a record knows.
pub fn stated(view: &PersonView, facts: &[Fact], lang: Lang) -> Markup {
    Words { record: view, lang }.values(facts)
}

/// The act in force that said last what a record states of a part.
pub fn source(history: &[Act], part: Part) -> Option<&Act> {
    fold::standing(history).into_iter().rev().find(|act| {
        let sets = act.content.fields();
        sets.has(field(part)) || (part == Part::Marriage && sets.has(Field::Spouse))
    })
}

/// An act in one line: what, since when, who recorded it, on what evidence.
pub fn origin(act: &Act, lang: Lang) -> Markup {
    let when = if act.effective.is_unknown() {
        String::new()
    } else {
        format!("{} {} · ", lang.pick("hiệu lực", "effective"), act.effective.local_text())
    };
    html! {
        (act.content.kind().1.get(lang)) " " (lang.pick("số", "no.")) " " (act.seq) " · " (when)
        (lang.pick("ghi ", "recorded ")) (words::day(act.recorded)) " · " (words::actor(&act.by, act.recorded, lang))
        @if !act.evidence.is_empty() { " · " (lang.pick("căn cứ: ", "evidence: ")) (act.evidence) }
    }
}

/// Who a record is about, in one line: name and birth.
pub fn who(view: &PersonView, lang: Lang) -> String {
    words::who(&view.person, lang)
}

/// Whether the person lives, and into which record this one was merged.
pub fn life(view: &PersonView, lang: Lang) -> Markup {
    let p = &view.person;
    html! {
        (p.life.text().get(lang))
        @if let LifeStatus::Dead { on } | LifeStatus::Missing { since: on } = p.life { ", " (words::figures(words::date(on, lang))) }
        @if let Some(kept) = p.merged_into { div { (merged(kept, lang)) } }
    }
}

fn merged(kept: PersonId, lang: Lang) -> Markup {
    html! {
        (lang.pick("đã hợp nhất vào ", "merged into "))
        a.govuk-link href=(words::person_path(kept)) { (lang.pick("hồ sơ số ", "record no. ")) (kept) }
    }
}
