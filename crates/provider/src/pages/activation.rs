//! Activating an account that was approved in person: the number, the code of the message, a password.

use super::{Origin, officer::faults};
use crate::service::Provider;
use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Moment, Text, Violation};
use web::{
    OpenForm, Outcome, PageContext, RequestId,
    components::{Banner, Button, Errors, Form, Question, TextInput, error_summary},
};

const TITLE: Text = Text::new("Kích hoạt tài khoản định danh", "Activate your account");
const PASSWORD_HINT: Text = Text::new(
    "Đã có tài khoản mức 1: nhập mật khẩu đang dùng. Chưa có: đặt mật khẩu mới, ít nhất 12 ký tự; nên dùng một câu dễ nhớ.",
    "With an account of level 1: the password that you use. Without: a new one of at least 12 characters; a sentence you remember does well.",
);

/// What is typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    code: String,
    password: String,
}

pub(super) async fn show(context: PageContext) -> Markup {
    page(&context, &Typed::default(), &[])
}

fn page(context: &PageContext, typed: &Typed, found: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, found);
    context.page(TITLE.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (TITLE.get(lang)) }
        p.govuk-body { (lang.pick(
            "Dành cho người đã làm hồ sơ trực tiếp tại xã, phường và nhận được mã kích hoạt.",
            "For people who made a file in person and got an activation code.")) }
        div.dancu-lead {
            (Form::new(context, "/citizen/activate", html! {
                (TextInput::new(Question::new("number", lang.pick("Số định danh cá nhân", "Personal number")).errors(&errors)).value(&typed.number).digits().width(20).max(12).autocomplete("username"))
                (TextInput::new(Question::new("code", lang.pick("Mã kích hoạt gồm 8 chữ số", "Activation code of 8 digits")).errors(&errors)).value(&typed.code).digits().width(10).max(8).autocomplete("one-time-code"))
                (TextInput::new(Question::new("password", lang.pick("Mật khẩu", "Password")).hint(PASSWORD_HINT.get(lang)).errors(&errors)).password())
                (Button::main(lang.pick("Kích hoạt", "Activate")))
            }))
        }
        p.govuk-body { a.govuk-link href="/citizen/sign-in" { (lang.pick("Đã kích hoạt? Đăng nhập", "Activated already? Sign in")) } }
    })
}

pub(super) async fn submit(
    State(provider): State<Provider>,
    context: PageContext,
    Extension(request): Extension<RequestId>,
    origin: Origin,
    OpenForm(typed): OpenForm<Typed>,
) -> Outcome<Response> {
    let outcome = provider
        .activate(&typed.number, &typed.code, &typed.password, &origin.0, &request.to_string(), Moment::now())
        .await;
    let level = match outcome {
        Ok(level) => level,
        Err(error) => {
            let page = page(&context, &typed, &faults(error)?);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let lang = context.lang;
    let text = lang.pick(
        format!("Tài khoản định danh mức {level} đã được kích hoạt."),
        format!("Your account of level {level} is activated."),
    );
    let title = lang.pick("Đã kích hoạt", "Activated");
    let page = context.page(title).notice(&Banner::done(lang, &text)).body(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick("Từ nay đăng nhập bằng số định danh và mật khẩu vừa nhập.", "From now on sign in with your number and the password just entered.")) }
        (Button::main(lang.pick("Đăng nhập", "Sign in")).link("/citizen/sign-in"))
    });
    Ok(page.into_response())
}
