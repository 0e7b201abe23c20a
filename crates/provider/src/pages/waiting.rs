//! What a citizen answers for a device that shows a code, or for an application that named him.

use super::answering::{Answer, question};
use crate::{
    error::ProviderError,
    layer::SignedInCitizen,
    service::{Pending, Provider},
};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Lang, Moment, Problem, Violation, kinds};
use web::{
    FormBody, Outcome, PageContext,
    components::{
        Button, Column, EmptyState, Errors, Form, Question, Table, TextInput, error_summary, warning,
    },
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    code: String,
}

pub(super) async fn device(
    context: PageContext,
    _citizen: SignedInCitizen,
    Query(typed): Query<Typed>,
) -> Markup {
    code_page(&context, &typed.code, &[])
}

fn code_page(context: &PageContext, code: &str, violations: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    let title = lang.pick("Nhập mã trên thiết bị", "Enter the code of the device");
    let hint = lang.pick("Tám chữ cái, ví dụ BCDF-GHJK", "Eight letters, such as BCDF-GHJK");
    context.page(title).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        (warning(lang, lang.pick(
            "Chỉ nhập mã từ thiết bị đang ở trước mặt bạn. Không nhập mã do người khác gửi.",
            "Enter a code only from a device that is before you, never one that somebody sent you.")))
        (Form::new(context, "/citizen/device", html! {
            (TextInput::new(Question::new("code", lang.pick("Mã", "Code")).hint(hint).errors(&errors)).value(code).width(10).max(40).autocomplete("off"))
            (Button::main(lang.pick("Tiếp tục", "Continue")))
        }))
    })
}

pub(super) async fn claim(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    match provider.claim_device(&citizen.session, &typed.code, Moment::now()).await {
        Ok(id) => Ok(Redirect::to(&format!("/citizen/requests/{id}")).into_response()),
        Err(ProviderError::Refused(problem)) if problem.kind == &kinds::INVALID => {
            let page = code_page(&context, &typed.code, &problem.violations);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn list(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
) -> Outcome<Markup> {
    let pending = provider.pending(&citizen.session, Moment::now()).await?;
    let lang = context.lang;
    let title = lang.pick("Yêu cầu đang chờ bạn trả lời", "Requests that wait for you");
    let mut table = Table::new(
        title,
        [
            Column::new(lang.pick("Ứng dụng", "Application")),
            Column::new(lang.pick("Lời nhắn", "Message")),
            Column::new(lang.pick("Trả lời", "Answer")),
        ],
    )
    .stacked();
    for one in &pending {
        table.row([
            html! { (lang.pick(&one.party.name, &one.party.name_en)) },
            html! { (one.message) },
            html! { a.govuk-link href={ "/citizen/requests/" (one.id) } { (lang.pick("Xem và trả lời", "See and answer")) } },
        ]);
    }
    Ok(context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        @if pending.is_empty() {
            (EmptyState::new(lang.pick("Không có yêu cầu nào", "There is none"), html! {
                a.govuk-link href="/citizen/device" { (lang.pick("Nhập mã trên thiết bị", "Enter the code of a device")) }
            }))
        } @else { (table) }
    }))
}

async fn one(provider: &Provider, citizen: &SignedInCitizen, id: i64) -> Outcome<Pending> {
    let pending = provider.pending(&citizen.session, Moment::now()).await?;
    let found = pending.into_iter().find(|one| one.id == id);
    Ok(found.ok_or_else(|| {
        Problem::new(&kinds::NOT_FOUND)
            .detail("Yêu cầu đã hết hạn hoặc đã được trả lời.", "The request has expired or was answered.")
    })?)
}

fn known_by(lang: Lang, one: &Pending) -> (&'static str, &str) {
    if one.is_device {
        (lang.pick("Mã trên thiết bị phải là", "The device must show"), &one.message)
    } else {
        (lang.pick("Ứng dụng phải hiện lời nhắn", "The application must show"), &one.message)
    }
}

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Path(id): Path<i64>,
) -> Outcome<Markup> {
    let one = one(&provider, &citizen, id).await?;
    let action = format!("/citizen/requests/{id}");
    Ok(question(&context, &action, &one.party, &one.asked, known_by(context.lang, &one), &[]))
}

pub(super) async fn answer(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Path(id): Path<i64>,
    FormBody(answer): FormBody<Answer>,
) -> Outcome<Markup> {
    let one = one(&provider, &citizen, id).await?;
    let decision = answer.decision()?;
    if !provider.reply(&citizen.session, one.id, decision, Moment::now()).await? {
        return Err(Problem::new(&kinds::NOT_FOUND).into());
    }
    let lang = context.lang;
    let title = lang.pick("Đã ghi câu trả lời", "Your answer was taken");
    Ok(context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick("Bạn có thể quay lại thiết bị hoặc ứng dụng.", "You can go back to the device or the application.")) }
        p.govuk-body { a.govuk-link href="/citizen" { (lang.pick("Tài khoản của tôi", "My account")) } }
    }))
}
