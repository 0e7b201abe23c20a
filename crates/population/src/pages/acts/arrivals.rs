//! People from elsewhere who come to the desk: their numbers first, then the form that lists them.

use super::{
    super::{
        typed::Typed,
        visit::{Purposed, Visit},
    },
    group::{self, GroupAct},
};
use crate::Population;
use access::Action;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{HouseholdId, Invalid, Text, Violation, kinds};
use web::{
    Failure, FormBody, Outcome,
    components::{Button, Choice, Errors, Form, Question, Radios, TextArea, error_summary},
};

/// What people from elsewhere come for.
const ACTS: &[GroupAct] = &[GroupAct::Permanent, GroupAct::Temporary, GroupAct::Stay];

const TITLE: Text = Text::new("Người từ nơi khác đến", "People from elsewhere");
const WHICH: Invalid = Invalid::new("arrivals/act", "Chọn việc cần làm", "Choose what is to be done");

/// The household that they join, where the form began on its page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Into {
    into: Option<HouseholdId>,
}

/// The first step.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Query(query): Query<Into>,
) -> Outcome<Markup> {
    visit.require(&population, Action::RecordResidenceAct)?;
    let into = query.into.map(|id| id.to_string()).unwrap_or_default();
    let act = if into.is_empty() { GroupAct::Temporary } else { GroupAct::Permanent };
    let typed = Typed::default().put("act", act.slug()).put("into-household", into);
    Ok(render(&visit, &typed, &[]))
}

/// The first step, sent.
pub(super) async fn find(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let Some(act) = GroupAct::of(typed.one("act")).filter(|act| ACTS.contains(act)) else {
        return Ok(refused(&visit, &typed, &[WHICH.at("act")]));
    };
    match group::arrivals_act(&population, &visit, act, &typed).await? {
        Ok(response) => Ok(response),
        Err(faults) => Ok(refused(&visit, &typed, &faults)),
    }
}

/// A form of the second step, reloaded: it began with numbers, which stand in no address.
pub(super) async fn again() -> axum::response::Redirect {
    axum::response::Redirect::to("/desk/arrivals")
}

/// The second step, sent.
pub(super) async fn record(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(slug): Path<String>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let act =
        GroupAct::of(&slug).filter(|act| ACTS.contains(act)).ok_or_else(|| Failure::of(&kinds::NOT_FOUND))?;
    match group::arrivals_act(&population, &visit, act, &typed).await? {
        Ok(response) => Ok(response),
        Err(faults) => Ok(refused(&visit, &typed, &faults)),
    }
}

fn refused(visit: &Visit, typed: &Typed, faults: &[Violation]) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, render(visit, typed, faults)).into_response()
}

fn render(visit: &Visit, typed: &Typed, faults: &[Violation]) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, faults);
    let numbers: Vec<&str> = typed.all("numbers").collect();
    let numbers = numbers.join("\n");
    let into = typed.one("into-household");
    visit.page(visit.t(TITLE)).with_errors(errors.any()).body(visit.framed(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (visit.t(TITLE)) }
        p.govuk-body {
            (lang.pick(
                "Ghi số của những người đến; tên, ngày sinh và nơi thường trú được lấy từ dữ liệu, không phải nhập.",
                "Write the numbers of those who come; names, births and residences are read from the records, not typed.",
            ))
        }
        (Form::new(&visit.context, "/desk/arrivals", html! {
            (TextArea::new(Question::new("numbers", lang.pick("Số định danh hoặc số CMND", "Personal or former numbers"))
                .hint(lang.pick("Mỗi dòng một số. Có thể quét mã QR trên thẻ căn cước.", "One to a line. The card's QR code can be scanned.")).errors(&errors))
                .value(&numbers).rows(5))
            @if into.is_empty() {
                (Radios::new(Question::new("act", lang.pick("Việc cần làm", "What is to be done")).errors(&errors),
                    ACTS.iter().map(|act| Choice::new(act.slug(), act.title().get(lang)).chosen(typed.has("act", act.slug())))))
            } @else {
                p.govuk-body { strong { (GroupAct::Permanent.title().get(lang)) } ": " (lang.pick("nhập vào hộ số ", "joining household no. ")) (into) }
                input type="hidden" name="act" value=(GroupAct::Permanent.slug());
                input type="hidden" name="into-household" value=(into);
            }
            (Button::main(lang.pick("Tìm những người này", "Find these people")))
        }))
    }))
}
