//! The app that shows codes, and the sheet of recovery codes.

use super::arrival::{Arrival, Fresh, violations};
use crate::{layer::SignedInCitizen, service::Provider};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Moment, Text, Violation};
use web::{
    FormBody, Outcome, PageContext,
    components::{Button, Errors, Form, Question, TextInput, back_link, error_summary, warning},
    qr,
};

const TITLE: Text = Text::new("Đặt ứng dụng tạo mã", "Set up an app for codes");
const BACK: Text = Text::new("Về trang Bảo mật", "Back to Security");

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn begin(
    State(provider): State<Provider>,
    Fresh(citizen): Fresh,
    FormBody(Nothing {}): FormBody<Nothing>,
) -> Outcome<Response> {
    let to = match provider.begin_totp(&citizen.session, Moment::now()).await {
        Ok(()) => "/citizen/security/app",
        Err(error) => {
            violations(error)?;
            "/citizen/security"
        }
    };
    Ok(Redirect::to(to).into_response())
}

async fn page(
    provider: &Provider,
    context: &PageContext,
    citizen: &SignedInCitizen,
    violations: &[Violation],
) -> Outcome<Response> {
    let Some(enrolment) = provider.enrolment(&citizen.session).await? else {
        return Ok(Redirect::to("/citizen/security").into_response());
    };
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    let page = context.page(TITLE.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (TITLE.get(lang)) }
        ol class="govuk-list govuk-list--number dancu-steps" {
            li { (lang.pick(
                "Mở một ứng dụng tạo mã trên điện thoại, ví dụ FreeOTP, Aegis, Google Authenticator.",
                "Open an app for codes on your phone, such as FreeOTP, Aegis or Google Authenticator.")) }
            li {
                (lang.pick("Quét mã này bằng ứng dụng đó.", "Scan this with the app."))
                div.dancu-qr-large { (qr(&enrolment.address, lang.pick("Mã QR để đặt ứng dụng tạo mã", "QR code that sets the app up"))) }
                p.govuk-body { (lang.pick("Không quét được? Nhập khóa này: ", "Cannot scan? Enter this key: ")) code.dancu-secret { (enrolment.secret) } }
            }
            li { (lang.pick("Nhập mã 6 chữ số mà ứng dụng hiện ra.", "Enter the 6 digits that the app shows.")) }
        }
        (Form::new(context, "/citizen/security/app/confirm", html! {
            (TextInput::new(Question::new("code", lang.pick("Mã 6 chữ số", "The 6 digits")).errors(&errors)).digits().width(10).max(7).autocomplete("one-time-code"))
            (Button::main(lang.pick("Xác nhận", "Confirm")))
        }))
        (back_link("/citizen/security", BACK.get(lang)))
    });
    Ok(page.into_response())
}

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    Fresh(citizen): Fresh,
) -> Outcome<Response> {
    page(&provider, &context, &citizen, &[]).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    code: String,
}

pub(super) async fn confirm(
    State(provider): State<Provider>,
    context: PageContext,
    Fresh(citizen): Fresh,
    arrival: Arrival,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    match provider.confirm_totp(&citizen.session, &typed.code, &arrival.request, arrival.now).await {
        Ok(Some(codes)) => Ok(sheet(&context, &codes).into_response()),
        Ok(None) => Ok(Redirect::to("/citizen/security?done=app").into_response()),
        Err(error) => {
            let mut response = page(&provider, &context, &citizen, &violations(error)?).await?;
            if !response.status().is_redirection() {
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            }
            Ok(response)
        }
    }
}

pub(super) async fn remove(
    State(provider): State<Provider>,
    Fresh(citizen): Fresh,
    arrival: Arrival,
    FormBody(Nothing {}): FormBody<Nothing>,
) -> Outcome<Response> {
    provider.remove_totp(&citizen.session, &arrival.request, arrival.now).await?;
    Ok(Redirect::to("/citizen/security").into_response())
}

pub(super) async fn print(
    State(provider): State<Provider>,
    context: PageContext,
    Fresh(citizen): Fresh,
    arrival: Arrival,
    FormBody(Nothing {}): FormBody<Nothing>,
) -> Outcome<Markup> {
    let codes = provider.print_codes(&citizen.session, &arrival.request, arrival.now).await?;
    Ok(sheet(&context, &codes))
}

fn sheet(context: &PageContext, codes: &[String]) -> Markup {
    let lang = context.lang;
    let title = lang.pick("Mã dự phòng của bạn", "Your recovery codes");
    context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        div.dancu-no-print { (warning(lang, lang.pick(
            "Chỉ hiện một lần này. Hãy in (Ctrl+P) hoặc chép ra giấy và cất như giấy tờ quan trọng, không để cùng điện thoại.",
            "Shown this once. Print it (Ctrl+P) or copy it to paper, and keep it as you keep important papers, not with your phone."))) }
        p.govuk-body { (lang.pick(
            "Mỗi mã dùng được một lần: thay cho mã của ứng dụng khi đăng nhập, và để lấy lại tài khoản khi mất điện thoại. Không đưa cho ai, kể cả cán bộ.",
            "Each works once: in place of the app's code when you sign in, and to recover your account when the phone is lost. Give them to nobody, officers included.")) }
        ol.dancu-codes { @for code in codes { li { code { (code) } } } }
        p.dancu-no-print { (Button::secondary(lang.pick("Tôi đã cất mã", "I have kept them")).link("/citizen/security")) }
    })
}
