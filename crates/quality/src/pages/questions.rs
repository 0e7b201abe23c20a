//! Questions of other offices, and their answers.

use super::{
    queue::refused,
    visit::{BASE, Cleaning, Visit},
    words,
};
use crate::{Quality, Question as Asked};
use axum::{
    extract::{Path, Query, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{PartialDate, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{
        Banner, Button, Color, EmptyState, Errors, Form, Question, SummaryList, Tag, TextArea, error_summary,
    },
};

const TITLE: Text = Text::new("Câu hỏi chờ trả lời", "Questions waiting for an answer");

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    done: String,
}

/// The list; the most urgent first.
pub(super) async fn list(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Query(told): Query<Told>,
) -> Outcome<Markup> {
    let (waiting, late) = quality.questions(&visit.ask).await?;
    Ok(page(&visit, &waiting, late, !told.done.is_empty(), None, &[]))
}

fn page(
    visit: &Visit,
    waiting: &[Asked],
    late: i64,
    done: bool,
    typed: Option<(i64, &str)>,
    faults: &[Violation],
) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, faults);
    let title = visit.t(TITLE);
    let today = PartialDate::today();
    let mut page = visit.page(title).with_errors(errors.any());
    if done {
        page = page.notice(&Banner::done(lang, lang.pick("Đã gửi câu trả lời", "The answer was sent")));
    }
    page.body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        @if waiting.is_empty() {
            (EmptyState::new(
                lang.pick("Không có câu hỏi nào chờ bạn", "No question waits for you"),
                html! { (lang.pick(
                    "Câu hỏi của cơ quan khác gửi tới xã, phường hoặc tỉnh của bạn hiện ở đây, gấp nhất trước, cùng hạn trả lời.",
                    "Questions to your communes or province stand here, the most urgent first, with the day by which they are to be answered.",
                )) },
            ))
        }
        @if late > 0 { p.govuk-body { strong { (late) " " (lang.pick("câu hỏi quá hạn", "questions are late")) } } }
        @for q in waiting {
            @let name = format!("answer-{}", q.id);
            @let value = typed.filter(|(id, _)| *id == q.id).map_or("", |(_, text)| text);
            (SummaryList::new()
                .row(lang.pick("Trường hợp", "Case"), html! { (q.case) span.dancu-provenance { (words::unit(Some(q.unit), lang)) } })
                .row(lang.pick("Câu hỏi", "Question"), html! { (q.question) span.dancu-provenance { (q.asked_by) " · " (words::time(q.asked_at)) } })
                .row(lang.pick("Hạn trả lời", "Answer by"), html! {
                    (words::figures(words::day(q.answer_by, lang)))
                    @if q.answer_by < today { " " (Tag::new(Color::Red, lang.pick("Quá hạn", "Late"))) }
                }))
            (Form::new(&visit.context, &format!("{BASE}/questions/{}", q.id), html! {
                (TextArea::new(Question::new(&name, lang.pick("Trả lời", "Answer")).errors(&errors)).value(value).rows(3))
                (Button::secondary(lang.pick("Gửi câu trả lời", "Send the answer")))
            }))
        }
    })
}

/// Answers one.
pub(super) async fn answer(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(fields): FormBody<Vec<(String, String)>>,
) -> Outcome<Response> {
    let name = format!("answer-{id}");
    let text = fields.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v.as_str());
    let faults = match quality.answer(&visit.ask, id, text).await {
        Ok(()) => return Ok(Redirect::to(&format!("{BASE}/questions?done=1")).into_response()),
        Err(error) => refused(error)?,
    };
    let faults: Vec<Violation> = faults.into_iter().map(|v| Violation { field: name.clone(), ..v }).collect();
    let (waiting, late) = quality.questions(&visit.ask).await?;
    let page = page(&visit, &waiting, late, false, Some((id, text)), &faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
