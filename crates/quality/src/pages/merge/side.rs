//! Records side by side, and what comes of them.

use super::super::words;
use crate::{Beside, Pair};
use maud::{Markup, html};
use population::{
    PersonPage,
    acts::Act,
    model::{Fact, Part, Person},
    pages::side,
};
use std::collections::BTreeMap;
use vocabulary::{ActSeq, Lang, PersonId};
use web::components::{Color, Column, Details, Table, Tag};

/// What was chosen so far.
#[derive(Default)]
pub(super) struct Chosen {
    pub kept: Option<PersonId>,
    /// From which record each part comes, and why.
    pub parts: Vec<(Part, PersonId, String)>,
}

impl Chosen {
    fn of(&self, part: Part) -> Option<PersonId> {
        self.parts.iter().find(|(p, ..)| *p == part).map(|(_, from, _)| *from)
    }

    fn evidence(&self, part: Part) -> &str {
        self.parts.iter().find(|(p, ..)| *p == part).map_or("", |(.., evidence)| evidence)
    }
}

fn record(id: PersonId, lang: Lang) -> String {
    format!("{} {id}", lang.pick("Hồ sơ", "Record"))
}

/// The records as columns, their parts as rows: what differs is marked in words, each value names the act that it comes from,
/// and where something is to be chosen stands a choice beside the value. The acts are told below, once for each record.
pub(super) fn table(
    pages: &[PersonPage],
    chosen: Option<&Chosen>,
    error: &dyn Fn(&str) -> Option<String>,
    lang: Lang,
) -> Markup {
    let mut columns = vec![Column::new(lang.pick("Mục", "Field"))];
    columns.extend(pages.iter().map(|p| Column::new(record(p.person.person.id, lang))));
    if chosen.is_some() {
        columns.push(Column::new(
            lang.pick("Căn cứ của mục lấy từ hồ sơ kia", "Evidence for what is taken over"),
        ));
    }
    let table = Table::new(lang.pick("Đối chiếu hồ sơ", "Records compared"), columns);
    // Many columns scroll sideways under their first one; few become cards on phones.
    let mut table = if pages.len() > 3 { table } else { table.stacked() };
    if let Some(chosen) = chosen {
        let label = lang.pick("Hồ sơ giữ lại", "Record to keep");
        let fault = error("kept");
        let mut cells = vec![html! {
            (label)
            @if let Some(fault) = &fault { p.govuk-error-message id="kept-error" { (fault) } }
        }];
        cells.extend(pages.iter().enumerate().map(|(at, page)| {
            let id = page.person.person.id;
            radio(
                "kept",
                id,
                at,
                chosen.kept == Some(id),
                &format!("{label}: {}", record(id, lang)),
                html! {
                    (side::who(&page.person, lang))
                },
            )
        }));
        cells.push(html! {});
        table.row(cells);
    }
    let people: Vec<&Person> = pages.iter().map(|p| &p.person.person).collect();
    for part in Part::ALL.iter().copied().filter(|part| people.iter().any(|p| !part.stated(p).is_empty())) {
        let differs = part.differs(&people);
        let label = side::label(part, lang);
        let mut cells = vec![html! {
            (label) " "
            @if differs { (Tag::new(Color::Yellow, lang.pick("≠ Khác nhau", "≠ Differs"))) }
            @else { (Tag::new(Color::Grey, lang.pick("= Giống nhau", "= Same"))) }
        }];
        let choosing = chosen.filter(|_| differs && part.is_chosen());
        for (at, page) in pages.iter().enumerate() {
            let id = page.person.person.id;
            let stated = !part.stated(&page.person.person).is_empty();
            let value = html! {
                @if stated {
                    (side::value(&page.person, part, lang))
                    @if let Some(act) = side::source(&page.history, part) {
                        span.dancu-provenance { (lang.pick("nguồn: ", "source: ")) a.govuk-link href={ "#" (anchor(id, act.seq)) } { (lang.pick("số ", "no. ")) (act.seq) } }
                    }
                } @else { span.dancu-muted { (lang.pick("không ghi", "not recorded")) } }
            };
            cells.push(match choosing.filter(|_| stated) {
                Some(chosen) => radio(
                    &format!("part-{}", part.code()),
                    id,
                    at,
                    chosen.of(part) == Some(id),
                    &format!("{label}: {}", record(id, lang)),
                    value,
                ),
                None => html! { div { (value) } },
            });
        }
        if let Some(chosen) = chosen {
            cells.push(match choosing {
                Some(_) => evidence(part, chosen, error, label, lang),
                None => html! {
                    @match part {
                        Part::Number if differs => div { (lang.pick("Số của hồ sơ giữ lại còn hiệu lực; số kia vẫn dẫn đến người này", "The number of the record kept stays in force; the others still lead to the person")) },
                        Part::FormerNumbers if differs => div { (lang.pick("Gộp tất cả", "All are kept")) },
                        _ => {}
                    }
                },
            });
        }
        table.row(cells);
    }
    let mut cells = vec![html! { (lang.pick("Tình trạng", "Status")) }];
    cells.extend(pages.iter().map(|page| html! { div { (side::life(&page.person, lang)) } }));
    if chosen.is_some() {
        cells.push(html! {});
    }
    table.row(cells);
    let mut cells = vec![
        html! { (lang.pick("Biến động, mục nhật ký của lần xem này", "Acts, ledger entry of this look")) },
    ];
    cells.extend(pages.iter().map(|page| {
        html! { div { (page.history.len()) " · " (lang.pick("mục số ", "entry no. ")) (words::figures(page.entry)) } }
    }));
    if chosen.is_some() {
        cells.push(html! {});
    }
    table.row(cells);
    html! {
        (table)
        @for page in pages { (sources(page, lang)) }
    }
}

/// Where the act behind a value is told.
fn anchor(record: PersonId, act: ActSeq) -> String {
    format!("source-{record}-{act}")
}

/// The acts behind the values of a record, each told once.
fn sources(page: &PersonPage, lang: Lang) -> Markup {
    let p = &page.person.person;
    let parts = Part::ALL.iter().copied().filter(|part| !part.stated(p).is_empty());
    let acts: BTreeMap<ActSeq, &Act> =
        parts.filter_map(|part| side::source(&page.history, part)).map(|act| (act.seq, act)).collect();
    if acts.is_empty() {
        return html! {};
    }
    let title =
        format!("{}: {}", lang.pick("Nguồn các giá trị", "Sources of the values"), record(p.id, lang));
    let told = html! {
        ul class="govuk-list" { @for act in acts.values() { li id=(anchor(p.id, act.seq)) { (side::origin(act, lang)) } } }
    };
    html! { (Details::new(&title, told)) }
}

/// A choice beside the value that it chooses.
fn radio(name: &str, id: PersonId, at: usize, checked: bool, label: &str, value: Markup) -> Markup {
    let own = if at == 0 { name.to_owned() } else { format!("{name}-{}", at + 1) };
    html! {
        div {
            div class="govuk-radios govuk-radios--small" {
                div.govuk-radios__item {
                    input.govuk-radios__input id=(own) name=(name) type="radio" value=(id) checked[checked];
                    label class="govuk-label govuk-radios__label" for=(own) { span.govuk-visually-hidden { (label) } span aria-hidden="true" { "#" (id) } }
                }
            }
            (value)
        }
    }
}

fn evidence(
    part: Part,
    chosen: &Chosen,
    error: &dyn Fn(&str) -> Option<String>,
    label: &str,
    lang: Lang,
) -> Markup {
    let name = format!("evidence-{}", part.code());
    let fault = error(&name);
    let said = fault.as_ref().map(|_| format!("{name}-error"));
    html! {
        div {
            label.govuk-visually-hidden for=(name) { (label) ": " (lang.pick("căn cứ", "evidence")) }
            @if let (Some(fault), Some(said)) = (&fault, &said) { p.govuk-error-message id=(said) { (fault) } }
            input.govuk-input .govuk-input--error[fault.is_some()] id=(name) name=(name) type="text" maxlength="200"
                autocomplete="off" aria-describedby=[said.as_deref()] value=(chosen.evidence(part));
        }
    }
}

/// What speaks for the records being one person's, by whoever linked them.
pub(super) fn reasons(beside: &Beside, lang: Lang) -> Markup {
    pairs(&beside.pairs, lang)
}

/// Pairs with their weight, in words.
pub(crate) fn pairs(pairs: &[Pair], lang: Lang) -> Markup {
    html! {
        @for pair in pairs {
            p.govuk-body {
                (record(pair.first, lang)) " – " (record(pair.second, lang)) ": "
                (lang.pick("xác suất là một người ", "probability of one person "))
                (words::percent(Some((pair.probability * 10_000.0).round() as i64), lang)) ", "
                (lang.pick("trọng số ", "weight ")) (weight(pair.weight, lang)) "."
                @if let Some(judged) = &pair.different {
                    " " (lang.pick("Đã kết luận là hai người: ", "Judged to be two persons: ")) (judged.reason)
                    " (" (judged.by) ", " (words::time(judged.at)) ")."
                }
            }
            @if !pair.reasons.is_empty() {
                ul class="govuk-list govuk-list--bullet" {
                    @for reason in &pair.reasons { li { (reason.column) ": " (reason.text(lang)) " (" (weight(reason.weight, lang)) ")" } }
                }
            }
        }
    }
}

fn weight(bits: f64, lang: Lang) -> String {
    let text = format!("{bits:+.1}").replace('-', "−");
    lang.pick(text.replace('.', ","), text)
}

/// The record kept as it will be.
pub(super) fn result(pages: &[PersonPage], kept: PersonId, chosen: &Chosen, lang: Lang) -> Markup {
    let Some(page) = pages.iter().find(|p| p.person.person.id == kept) else { return html! {} };
    let mut now = page.person.person.clone();
    for other in pages.iter().filter(|p| p.person.person.id != kept) {
        let other = &other.person.person;
        for part in Part::ALL {
            if !part.is_chosen() || chosen.of(*part) == Some(other.id) {
                let taken: Vec<Fact> = part.taken(&now, other);
                taken.iter().for_each(|fact| now.set(fact));
            }
        }
    }
    let mut table = Table::new(
        lang.pick("Hồ sơ sau khi hợp nhất", "The record after the merge"),
        [
            Column::new(lang.pick("Mục", "Field")),
            Column::new(lang.pick("Giá trị", "Value")),
            Column::new(lang.pick("Lấy từ", "Taken from")),
        ],
    )
    .stacked();
    for part in Part::ALL.iter().copied() {
        let facts = part.stated(&now);
        if facts.is_empty() {
            continue;
        }
        let from = chosen.of(part).unwrap_or(kept);
        let told = pages.iter().find(|p| p.person.person.id == from).unwrap_or(page);
        table.row([
            html! { (side::label(part, lang)) },
            html! { div { (side::stated(&told.person, &facts, lang)) } },
            html! {
                div {
                    @if part == Part::FormerNumbers { (lang.pick("mọi hồ sơ", "all records")) } @else { (record(from, lang)) }
                    @if from != kept { span.dancu-provenance { (chosen.evidence(part)) } }
                }
            },
        ]);
    }
    let numbers: Vec<String> = pages
        .iter()
        .filter(|p| p.person.person.id != kept)
        .filter_map(|p| p.person.person.number.map(|n| n.reveal()))
        .filter(|n| now.number.is_none_or(|own| own.reveal() != *n))
        .collect();
    html! {
        (table)
        @if !numbers.is_empty() {
            p.govuk-body {
                (lang.pick("Các số vẫn dẫn đến người này khi tra cứu, xác minh: ", "Numbers that still lead to the person in every look-up: "))
                @for (at, number) in numbers.iter().enumerate() { @if at > 0 { ", " } (words::figures(number)) } "."
            }
        }
        p.govuk-body { (lang.pick(
            "Người thân đang ghi hồ sơ kia là cha, mẹ, vợ chồng hoặc người giám hộ sẽ ghi hồ sơ giữ lại; tạm trú, tạm vắng còn hiệu lực đi theo.",
            "Relatives who name an ended record as parent, spouse or guardian will name the record kept; temporary residence and absence that still run follow.",
        )) }
    }
}
