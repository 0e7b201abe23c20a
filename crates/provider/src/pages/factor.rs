//! The page between password and account: the code of the app, or one on paper.

use super::{
    arrival::{Arrival, onwards},
    sign_in::{next, opened},
};
use crate::service::{Factor, Provider};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;
use serde::Deserialize;
use vocabulary::{Invalid, Text, Violation};
use web::{
    OpenForm, Outcome, PageContext,
    components::{Button, Details, Errors, Form, Question, TextInput, error_summary},
};

const TITLE: Text = Text::new("Nhập mã xác nhận", "Enter your code");
const WRONG: Invalid = Invalid::new(
    "factor/code",
    "Mã không đúng hoặc đã dùng rồi. Chờ mã mới hiện trên ứng dụng rồi nhập lại.",
    "The code is not right or was used. Wait until the app shows a new one.",
);
const WAIT: Invalid = Invalid::new(
    "factor/wait",
    "Đã thử sai nhiều lần. Chờ vài phút rồi thử lại.",
    "Too many tries failed. Wait a few minutes and try again.",
);

/// The page that asks.
pub(super) async fn page(
    provider: &Provider,
    context: &PageContext,
    secret: &str,
    to: &str,
    violations: &[Violation],
) -> Outcome<Response> {
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    let page = context.page(TITLE.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (TITLE.get(lang)) }
        (Form::new(context, "/citizen/sign-in/code", html! {
            input type="hidden" name="challenge" value=(secret);
            input type="hidden" name="next" value=(next(to));
            (TextInput::new(Question::new("code", lang.pick("Mã 6 chữ số trên ứng dụng, hoặc một mã dự phòng", "The 6 digits of your app, or one of your recovery codes")).errors(&errors)).width(20).max(20).autocomplete("one-time-code"))
            (Button::main(lang.pick("Tiếp tục", "Continue")))
        }))
        (Details::new(lang.pick("Không có điện thoại bên mình?", "Not got your phone?"), html! {
            p.govuk-body { (lang.pick(
                "Nhập một trong mười mã dự phòng bạn đã in; mỗi mã dùng được một lần.",
                "Enter one of the ten recovery codes that you printed; each works once.")) }
            p.govuk-body { a.govuk-link href="/citizen/recovery" { (lang.pick("Mất cả điện thoại? Lấy lại tài khoản", "Lost the phone? Recover your account")) } }
        }))
    });
    opened(provider, next(to), page).await
}

/// There is nothing to show without a password entered before.
pub(super) async fn begin() -> Redirect {
    Redirect::to("/citizen/sign-in")
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    challenge: String,
    code: String,
    next: String,
}

pub(super) async fn answer(
    State(provider): State<Provider>,
    context: PageContext,
    arrival: Arrival,
    OpenForm(answer): OpenForm<Answer>,
) -> Outcome<Response> {
    let (status, invalid, seconds) =
        match provider.answer_factor(&answer.challenge, &answer.code, &arrival.place()).await? {
            Factor::Done(done) => return Ok(onwards(&provider, next(&answer.next), &done)),
            Factor::Over => {
                let way = [("next", next(&answer.next)), ("over", "yes")];
                let address = crate::rules::redirect::with("/citizen/sign-in", &way);
                return Ok(Redirect::to(&address).into_response());
            }
            Factor::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, WRONG, 0),
            Factor::Wait(seconds) => (StatusCode::TOO_MANY_REQUESTS, WAIT, seconds),
        };
    let wrong = [invalid.at("code")];
    let mut response = page(&provider, &context, &answer.challenge, &answer.next, &wrong).await?;
    *response.status_mut() = status;
    if seconds > 0 {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}
