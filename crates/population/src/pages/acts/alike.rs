//! Records that may be of the person who is about to be registered, side by side with what was typed, and why: the officer
//! opens the record that is there, or says why it is another person.

use super::{
    super::{typed::Typed, visit::Visit, words},
    filing::Again,
};
use crate::{
    acts::Content,
    duplicates::Topic,
    model::{Person, Relative},
    sealed::PersonRecord,
    service::{Alike, Apart, Candidate, newcomer},
};
use maud::{Markup, html};
use vocabulary::{Invalid, Lang, PersonId, Text};
use web::components::{Banner, Column, Errors, Fieldset, Question, Table, TextInput};

const TITLE: Text = Text::new("Có thể người này đã có hồ sơ", "This person may have a record already");
const COMPARE: Text = Text::new(
    "Chưa có gì được ghi. So với giấy tờ, lời khai. Đúng là một người thì mở hồ sơ đã có và ghi biến động ở đó; nếu là người khác, nêu lý do rồi bấm ghi nhận.",
    "Nothing was recorded. Compare with papers and statements. If it is the same person, open that record and record the act there; if it is another, say why and record again.",
);
const WEIGHTS: Text = Text::new(
    "Số trong ngoặc: mục đó nói “cùng một người” (+) hay “hai người” (−) mạnh đến đâu, tính bằng bit; hiếm gặp thì nặng hơn.",
    "In brackets: how strongly the field speaks for one person (+) or for two (−), in bits; what is rare weighs more.",
);
const REASON: Text = Text::new("Vì sao là người khác?", "Why is it another person?");
const REASON_HINT: Text = Text::new(
    "Ví dụ: khác cha mẹ, đã gặp cả hai người, ảnh khác. Lý do lưu cùng biến động.",
    "For example other parents, both were met, another photograph. The reason is kept with the act.",
);
const NEEDED: Invalid = Invalid::new(
    "duplicate/reason",
    "Nêu vì sao là người khác, hoặc mở hồ sơ đã có",
    "Say why it is another person, or open the record that is there",
);

/// What the form says of records that it showed before.
pub(super) fn read(typed: &Typed) -> Apart {
    let persons = typed.all("alike").filter_map(|id| id.parse().ok().map(PersonId)).collect();
    let reason = typed.one("apart-reason").trim().chars().filter(|c| !c.is_control());
    Apart { persons, reason: reason.collect() }
}

/// Why the form comes back: to be looked at, which the section says, or, where it was, for want of a reason.
pub(super) fn again(typed: &Typed) -> Again {
    let looked = typed.all("alike").next().is_some();
    if looked && typed.one("apart-reason").trim().is_empty() {
        return Again::faults(vec![NEEDED.at("apart-reason")]);
    }
    Again::default()
}

/// The records beside what was typed.
pub(super) fn section(
    visit: &Visit,
    content: &Content,
    alike: &Alike,
    typed: &Typed,
    errors: &Errors<'_>,
) -> Markup {
    let lang = visit.lang();
    let Some(asked) = newcomer(content) else { return html! {} };
    html! {
        (Banner::important(lang, TITLE.get(lang)).more(html! { p.govuk-body { (COMPARE.get(lang)) } }))
        @if !alike.candidates.is_empty() {
            (table(&asked, alike, lang))
            p class="govuk-body-s" { (WEIGHTS.get(lang)) }
        }
        @if alike.elsewhere > 0 {
            p.govuk-body {
                @if alike.candidates.is_empty() { (lang.pick("Có", "There are")) } @else { (lang.pick("Còn", "There are also")) }
                " " (alike.elsewhere) " "
                (lang.pick("hồ sơ giống như vậy ngoài địa bàn của bạn. Hỏi người này đã từng đăng ký ở nơi khác chưa.", "such records outside your units. Ask whether the person was registered elsewhere."))
            }
        }
        (Fieldset::new(lang.pick("Nếu là người khác", "If it is another person"), html! {
            (TextInput::new(Question::new("apart-reason", REASON.get(lang)).hint(REASON_HINT.get(lang)).errors(errors))
                .value(typed.one("apart-reason")).max(Apart::REASON))
        }))
        @for candidate in &alike.candidates { input type="hidden" name="alike" value=(candidate.view.person.id); }
        @if alike.elsewhere > 0 { input type="hidden" name="alike" value="elsewhere"; }
    }
}

fn table(asked: &Person, alike: &Alike, lang: Lang) -> Table {
    let record = |c: &Candidate| {
        let (id, percent) = (c.view.person.id, c.likeness.percent());
        Column::new(
            lang.pick(format!("Hồ sơ số {id} – {percent} %"), format!("Record no. {id} – {percent} %")),
        )
    };
    let heads =
        [Column::new(lang.pick("Mục", "Field")), Column::new(lang.pick("Đang ghi", "About to be recorded"))];
    let mut table = Table::new(TITLE.get(lang), heads.into_iter().chain(alike.candidates.iter().map(record)));
    for topic in [
        Topic::Name,
        Topic::BirthDate,
        Topic::Sex,
        Topic::Number,
        Topic::FormerNumber,
        Topic::Place,
        Topic::Father,
        Topic::Mother,
        Topic::Phone,
    ] {
        let shown = |c: &Candidate| html! { (value(topic, &c.view.person, Some(&c.view), lang)) (why(topic, c, lang)) };
        let told = |c: &Candidate| c.likeness.reasons.iter().any(|r| r.topic == topic);
        if alike.candidates.iter().any(told) {
            let own = value(topic, asked, None, lang);
            table.row(
                [html! { (topic.text().get(lang)) }, own]
                    .into_iter()
                    .chain(alike.candidates.iter().map(shown)),
            );
        }
    }
    let rest = |c: &Candidate| {
        let weight = c.likeness.start + c.unseen;
        let against = if c.likeness.against_kin {
            lang.pick("so với người trong gia đình", "against people of one family")
        } else {
            lang.pick("so với người bất kỳ", "against any two people")
        };
        html! { (against) " (" (bits(weight, lang)) ")" }
    };
    let title = html! { (lang.pick("Xuất phát", "At the start")) };
    table.row([title, html! {}].into_iter().chain(alike.candidates.iter().map(rest)));
    let open = |c: &Candidate| {
        html! { a.govuk-link href=(words::person_path(c.view.person.id)) { (lang.pick("Đúng người này: mở hồ sơ", "It is this person: open the record")) } }
    };
    table.row([html! {}, html! {}].into_iter().chain(alike.candidates.iter().map(open)));
    table
}

/// How far a topic agrees, and what that weighs.
fn why(topic: Topic, candidate: &Candidate, lang: Lang) -> Markup {
    let reason = candidate.likeness.reasons.iter().find(|r| r.topic == topic);
    html! {
        @if let Some(r) = reason {
            div.dancu-muted { (r.agreement.text().get(lang)) " (" (bits(r.weight, lang)) ")" }
        }
    }
}

fn bits(weight: f32, lang: Lang) -> String {
    let text = format!("{weight:+.1}").replace('-', "−");
    lang.pick(text.replace('.', ","), text)
}

fn value(topic: Topic, p: &Person, record: Option<&PersonRecord>, lang: Lang) -> Markup {
    let relative = |r: &Option<Relative>| match (r, record) {
        (Some(r), Some(record)) => words::relative(r, record, lang),
        (Some(Relative { person: Some(id), .. }), None) => html! { "#" (id) },
        (Some(Relative { name: Some(name), .. }), None) => html! { (name.reveal()) },
        _ => html! {},
    };
    match topic {
        Topic::Name => html! { (words::name(p.name.as_ref(), lang)) },
        Topic::BirthDate => words::figures(words::date(p.birth_date, lang)),
        Topic::Sex => html! { @if let Some(sex) = p.sex { (sex.text().get(lang)) } },
        Topic::Number => words::masked(p.number, lang),
        Topic::FormerNumber => html! {
            @for claim in &p.former_numbers { div { (words::figures(claim.number.reveal())) } }
        },
        Topic::Place => html! {
            @let place = if p.permanent.is_empty() { &p.current } else { &p.permanent };
            (words::address_line(place, lang))
        },
        Topic::Father => relative(&p.father),
        Topic::Mother => relative(&p.mother),
        Topic::Phone => html! { @for phone in &p.contact.phones { div { (words::figures(phone)) } } },
    }
}
