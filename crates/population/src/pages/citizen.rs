//! Getting a citizen's data for settling a procedure: the fields granted for the purpose, and the evidence card.

use super::{
    evidence,
    fields::{self, GROUPS},
    typed::{Reader, Typed, read_number},
    visit::{Purposed, Visit},
    words,
};
use crate::{
    Population,
    problems::{CLAIMED_TWICE, NOBODY},
    service::Error,
};
use access::Action;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use vocabulary::{Field, FieldSet, Problem, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{Banner, Button, Errors, Form, Question, TextInput, error_summary, inset},
};

const TITLE: Text = Text::new("Lấy thông tin công dân", "Get a citizen's data");

/// The form.
pub(super) async fn show(State(population): State<Population>, Purposed(visit): Purposed) -> Markup {
    form(&visit, &population, &Typed::default(), &[], None)
}

fn form(
    visit: &Visit,
    population: &Population,
    typed: &Typed,
    faults: &[Violation],
    problem: Option<&Problem>,
) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, faults);
    let reach = population.policy().reach(visit.caller(), Action::GetCitizen, visit.ask.basis.as_ref());
    let granted = reach.as_ref().map(|r| r.own_units.fields).unwrap_or(FieldSet::NONE);
    let mut page = visit.page(visit.t(TITLE)).with_errors(errors.any());
    if let Some(problem) = problem {
        let advice = html! { p.govuk-body { (problem.kind.advice.get(lang)) } };
        page = page.notice(&Banner::important(lang, problem.kind.title.get(lang)).more(advice));
    }
    page.body(visit.framed(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (visit.t(TITLE)) }
        (inset(html! {
            @match reach {
                Ok(_) => { (lang.pick("Với mục đích đang dùng, bạn được xem: ", "For the purpose stated you may see: ")) (fields::names(granted, lang)) "." }
                Err(_) => (lang.pick("Với mục đích đang dùng, bạn không được lấy thông tin công dân. Hãy đổi mục đích.", "The purpose stated does not allow it. Change the purpose.")),
            }
        }))
        (Form::new(&visit.context, "/desk/citizen", html! {
            (TextInput::new(Question::new("number", lang.pick("Số định danh hoặc số CMND", "Personal or former number"))
                .hint(lang.pick("Có thể quét mã QR trên thẻ căn cước", "The card's QR code can be scanned")).errors(&errors))
                .value(typed.one("number")).width(20).digits().max(1000))
            (Button::main(lang.pick("Lấy thông tin", "Get the data")))
        }))
    }))
}

/// The answer.
pub(super) async fn answer(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let again = |status: StatusCode, faults: &[Violation], problem: Option<&Problem>| {
        (status, form(&visit, &population, &typed, faults, problem)).into_response()
    };
    let mut reader = Reader::new(&typed);
    let number = reader.parsed("number", read_number);
    if typed.one("number").trim().is_empty() {
        reader.required("number", 1000);
    }
    let Some(number) = number else {
        return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, &reader.faults, None));
    };
    let citizen = match population.citizen(&visit.ask, number, None).await {
        Ok(citizen) => citizen,
        Err(Error::Problem(problem)) if problem.kind == &NOBODY || problem.kind == &CLAIMED_TWICE => {
            let status = StatusCode::from_u16(problem.kind.status).unwrap_or(StatusCode::NOT_FOUND);
            return Ok(again(status, &[], Some(&problem)));
        }
        Err(error) => return Err(error.into()),
    };
    let evidence = population.evidence(&visit.ask, citizen.entry).await?;
    let lang = visit.lang();
    let view = &citizen.person;
    let name = words::name(view.person.name.as_ref(), lang);
    let mut asked = vec![(
        lang.pick(
            format!("Đã hỏi: {}", number.field().text().vi),
            format!("Asked: {}", number.field().text().en),
        ),
        words::figures(number.reveal()),
    )];
    if view.shown.has(Field::FullName) {
        asked.push((Field::FullName.text().get(lang).to_owned(), html! { (name) }));
    }
    Ok(visit
        .page(&name)
        .crumb(visit.t(TITLE), "/desk/citizen")
        .body(html! {
            div.dancu-no-print {
                div.dancu-heading {
                    h1.govuk-heading-l { (name) }
                    @if let Some(tag) = fields::life_tag(view.person.life, lang) { (tag) }
                }
                @for group in GROUPS { (fields::group(group, view, lang)) }
                p class="govuk-body-s dancu-muted" { (lang.pick("Quy tắc áp dụng: ", "Rules applied: ")) (citizen.grants) }
                div.dancu-actions { (Button::main(lang.pick("Lấy thông tin người khác", "Another person")).link("/desk/citizen")) }
            }
            (evidence::card(&visit, &evidence, &asked))
        })
        .into_response())
}
