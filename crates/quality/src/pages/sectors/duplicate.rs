//! A row that is not matched; of a duplicate number both sides with their questions, and what was ascertained.

use super::{TITLE, base, findings, summary};
use crate::{
    DuplicatePage, OUTCOMES, Quality, Side,
    pages::{
        queue::refused,
        visit::{Cleaning, Visit},
        words,
    },
};
use axum::{
    extract::{Path, Query, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use population::reconcile::Met;
use serde::Deserialize;
use vocabulary::{Lang, PartialDate, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{
        Button, Choice, Color, Column, DateInput, DateParts, EmptyState, Errors, Form, Pagination, Question,
        Radios, SummaryList, Table, Tag, TextArea, error_summary,
    },
};

const DUPLICATES: Text = Text::new("Số bị trùng ở địa bàn", "Duplicate numbers in your communes");
const DONE: &[(&str, Text)] = &[
    ("asked", Text::new("Đã gửi câu hỏi", "The question was sent")),
    ("answered", Text::new("Đã gửi câu trả lời", "The answer was sent")),
    ("outcome", Text::new("Đã ghi kết quả xác minh", "What was ascertained was recorded")),
];

/// Where a row stands.
pub(super) fn path(id: i64) -> String {
    format!("{}/rows/{id}", base())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    done: String,
    page: String,
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    question: String,
    #[serde(rename = "answer-by-day")]
    day: String,
    #[serde(rename = "answer-by-month")]
    month: String,
    #[serde(rename = "answer-by-year")]
    year: String,
    number: i64,
    answer: String,
    outcome: String,
    note: String,
}

impl Typed {
    fn answer_by(&self) -> DateParts {
        DateParts { day: self.day.clone(), month: self.month.clone(), year: self.year.clone() }
    }
}

/// The duplicates of the caller's communes.
pub(super) async fn list(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Query(told): Query<Told>,
) -> Outcome<Markup> {
    let lang = visit.lang();
    let number = told.page.parse::<i64>().unwrap_or(1).clamp(1, 10_000);
    let (found, more) = quality.duplicates_here(&visit.ask, number).await?;
    let asked = quality.side_questions(&visit.ask, Side::Commune).await?;
    let title = visit.t(DUPLICATES);
    let link = |number: i64| format!("{}/duplicates?page={number}", base());
    let (previous, next) = ((number > 1).then(|| link(number - 1)), more.then(|| link(number + 1)));
    Ok(visit.sector_page(&quality, title).body(html! {
        h1.govuk-heading-l { (title) }
        (super::waiting(&asked, lang))
        @if found.is_empty() {
            (EmptyState::new(
                lang.pick("Không có số nào bị trùng", "No number is claimed twice"),
                html! { (lang.pick(
                    "Khi tệp của một ngành có số của người cư trú ở địa bàn bạn trên dòng nói về người khác, trường hợp hiện ở đây.",
                    "Where a sector's file has the number of a resident of your communes on a row about somebody else, it stands here.",
                )) },
            ))
        } @else {
            (findings(&found, lang))
            (Pagination::new(lang, previous.as_deref(), next.as_deref()))
        }
    }))
}

/// The page of a row.
pub(super) async fn show(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    Query(told): Query<Told>,
) -> Outcome<Response> {
    let finding = quality.sector_row(&visit.ask, id).await?;
    if finding.met == Met::Duplicate {
        let page = quality.duplicate(&visit.ask, id).await?;
        return Ok(both(&quality, &visit, &page, &told.done, &Typed::default(), &[]).into_response());
    }
    let lang = visit.lang();
    let title = lang.pick("Dòng của ngành", "Row of a sector");
    Ok(visit
        .sector_page(&quality, title)
        .crumb(visit.t(TITLE), &base())
        .body(html! { h1.govuk-heading-l { (title) } (summary(&quality, &finding, lang)) })
        .into_response())
}

/// What a step led to: back to the page, or the page again with what is wrong.
async fn led(
    quality: &Quality,
    visit: &Visit,
    id: i64,
    typed: &Typed,
    outcome: Result<(), crate::QualityError>,
    word: &str,
) -> Outcome<Response> {
    let faults = match outcome {
        Ok(()) => return Ok(Redirect::to(&format!("{}?done={word}", path(id))).into_response()),
        Err(error) => refused(error)?,
    };
    let page = quality.duplicate(&visit.ask, id).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, both(quality, visit, &page, "", typed, &faults)).into_response())
}

pub(super) async fn ask(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let outcome = match typed.answer_by().read("answer-by") {
        Ok(day) => quality.ask_side(&visit.ask, id, &typed.question, day).await,
        Err(violation) => Err(violation.into()),
    };
    led(&quality, &visit, id, &typed, outcome, "asked").await
}

pub(super) async fn answer(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let outcome = quality.answer_side(&visit.ask, id, typed.number, &typed.answer).await;
    led(&quality, &visit, id, &typed, outcome, "answered").await
}

pub(super) async fn outcome(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let chosen = typed.outcome.parse().unwrap_or_default();
    let outcome = quality.settle_duplicate(&visit.ask, id, chosen, &typed.note).await;
    led(&quality, &visit, id, &typed, outcome, "outcome").await
}

fn both(
    quality: &Quality,
    visit: &Visit,
    page: &DuplicatePage,
    done: &str,
    typed: &Typed,
    faults: &[Violation],
) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, faults);
    let title = lang.pick("Trùng số định danh", "A duplicate number");
    let to = path(page.finding.id);
    let mut out = visit.sector_page(quality, title).with_errors(errors.any());
    if let Some(banner) = words::done(lang, DONE, done) {
        out = out.notice(&banner);
    }
    let outcomes = OUTCOMES.iter().map(|(number, text)| {
        Choice::new(number.to_string(), text.get(lang)).chosen(typed.outcome == number.to_string())
    });
    out.body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick(
            "Hai bên cùng thấy: số, mã riêng của từng bên, chữ cái đầu của họ tên và năm sinh. Không bên nào thấy hồ sơ của bên kia.",
            "Both sides see the number, the key of each, the first letters of the name and the year of birth. Neither sees the other's record.",
        )) }
        (summary(quality, &page.finding, lang))
        h2.govuk-heading-m { (lang.pick("Những người mang số ", "Who bears the number ")) (words::figures(&page.number)) }
        (bearers(quality, page, lang))
        h2.govuk-heading-m { (lang.pick("Hỏi bên kia", "Ask the other side")) }
        (questions(visit, page, &to, &errors, typed, lang))
        (Form::new(&visit.context, &format!("{to}/ask"), html! {
            (TextArea::new(Question::new("question", lang.pick("Câu hỏi", "Question")).errors(&errors)).value(&typed.question).rows(3))
            (DateInput::new(lang, Question::new("answer-by", lang.pick("Trả lời trước ngày", "Answer by")).errors(&errors), &typed.answer_by()))
            (Button::secondary(lang.pick("Gửi câu hỏi", "Send the question")))
        }))
        h2.govuk-heading-m { (lang.pick("Kết quả xác minh", "What was ascertained")) }
        @for o in &page.outcomes {
            p.govuk-body {
                strong { (OUTCOMES.iter().find(|(n, _)| *n == o.outcome).map_or("", |(_, t)| t.get(lang))) } ": " (o.note)
                span.dancu-provenance { (o.who) " (" (o.agency) ") · " (words::time(o.at)) }
            }
        }
        (Form::new(&visit.context, &format!("{to}/outcome"), html! {
            (Radios::new(Question::new("outcome", lang.pick("Kết quả", "Outcome")).errors(&errors), outcomes))
            (TextArea::new(Question::new("note", lang.pick("Căn cứ", "Ascertained with")).errors(&errors)).value(&typed.note).rows(2))
            (Button::secondary(lang.pick("Ghi kết quả", "Record it")))
        }))
    })
}

fn bearers(quality: &Quality, page: &DuplicatePage, lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Hai bên", "Both sides"),
        [
            Column::new(lang.pick("Nơi giữ", "Kept by")),
            Column::new(lang.pick("Mã riêng", "Own key")),
            Column::new(lang.pick("Họ tên viết tắt, năm sinh", "Initials, year of birth")),
            Column::new(lang.pick("Xã, phường", "Commune")),
        ],
    )
    .stacked();
    for b in &page.bearers {
        let keeper = match &b.sector {
            None => lang.pick("Cơ sở dữ liệu dân cư", "The registry").to_owned(),
            Some(id) => quality.sectors().find(id).map_or(id.as_str(), |s| s.name(lang)).to_owned(),
        };
        table.row([
            html! { (keeper) @if b.finding == Some(page.finding.id) { span.dancu-provenance { (lang.pick("dòng này", "this row")) } } },
            words::figures(&b.key),
            html! { (b.silhouette) },
            html! { (words::unit(b.unit, lang)) },
        ]);
    }
    html! { (table) }
}

fn questions(
    visit: &Visit,
    page: &DuplicatePage,
    to: &str,
    errors: &Errors<'_>,
    typed: &Typed,
    lang: Lang,
) -> Markup {
    let today = PartialDate::today();
    html! {
        @for q in &page.questions {
            @let from_sector = q.direction == 1;
            @let other = from_sector == (page.side == Side::Commune);
            (SummaryList::new()
                .row(lang.pick("Bên hỏi", "Asked by"), html! {
                    (if from_sector { lang.pick("Ngành", "The sector") } else { lang.pick("Công an xã", "The commune police") })
                    span.dancu-provenance { (q.asked_by) " (" (q.agency) ") · " (words::time(q.asked_at)) }
                })
                .row(lang.pick("Câu hỏi", "Question"), html! { (q.question) })
                .row(lang.pick("Hạn trả lời", "Answer by"), html! {
                    (words::figures(words::day(q.answer_by, lang)))
                    @if q.answer.is_none() && q.answer_by < today { " " (Tag::new(Color::Red, lang.pick("Quá hạn", "Late"))) }
                })
                .row_if(lang.pick("Trả lời", "Answer"), q.answer.as_ref().map(|a| html! {
                    (a) span.dancu-provenance { (q.answered_by.as_deref().unwrap_or_default()) @if let Some(at) = q.answered_at { " · " (words::time(at)) } }
                })))
            @if other && q.answer.is_none() {
                (Form::new(&visit.context, &format!("{to}/answer"), html! {
                    input type="hidden" name="number" value=(q.id);
                    (TextArea::new(Question::new("answer", lang.pick("Trả lời", "Answer")).errors(errors)).value(&typed.answer).rows(3))
                    (Button::secondary(lang.pick("Gửi câu trả lời", "Send the answer")))
                }))
            }
        }
    }
}
