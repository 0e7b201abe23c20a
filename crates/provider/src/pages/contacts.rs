//! Contacts of an account: added with a code, removed as long as one stays that has been there for a while.

use super::arrival::{Arrival, Fresh, violations};
use crate::{channel::Contact, service::Provider};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Problem, Text, Violation, kinds};
use web::{
    FormBody, Outcome, PageContext,
    components::{Button, Errors, Form, Question, TextInput, back_link, error_summary, inset},
};

const TITLE: Text = Text::new("Thêm liên hệ", "Add a contact");
const BACK: Text = Text::new("Về trang Bảo mật", "Back to Security");

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    contact: String,
}

fn page(context: &PageContext, typed: &str, violations: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    context.page(TITLE.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (TITLE.get(lang)) }
        p.govuk-body { (lang.pick(
            "Liên hệ thứ hai giúp bạn lấy lại tài khoản khi mất điện thoại, ví dụ thư điện tử hoặc số của người thân. Dùng chung cũng được: liên hệ chỉ để nhận tin, không phải tên đăng nhập.",
            "A second contact helps you recover your account when the phone is lost, such as an e-mail address or a relative's number. It may be shared: it receives messages and is not what you sign in with.")) }
        (Form::new(context, "/citizen/security/contacts", html! {
            (TextInput::new(Question::new("contact", lang.pick("Thư điện tử hoặc số điện thoại", "E-mail address or telephone number")).errors(&errors)).value(typed))
            (Button::main(lang.pick("Gửi mã", "Send the code")))
        }))
        (back_link("/citizen/security", BACK.get(lang)))
    })
}

fn again(page: Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

pub(super) async fn show(context: PageContext, Fresh(_): Fresh) -> Markup {
    page(&context, "", &[])
}

pub(super) async fn send(
    State(provider): State<Provider>,
    context: PageContext,
    Fresh(citizen): Fresh,
    arrival: Arrival,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let contact = match Contact::parse(&typed.contact) {
        Ok(contact) => contact,
        Err(invalid) => return Ok(again(page(&context, &typed.contact, &[invalid.at("contact")]))),
    };
    match provider.add_contact(&citizen.session, &contact, arrival.now).await {
        Ok(secret) => Ok(code_page(&context, &secret, &contact.masked(), &[]).into_response()),
        Err(error) => Ok(again(page(&context, &typed.contact, &violations(error)?))),
    }
}

fn code_page(context: &PageContext, secret: &str, to: &str, violations: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    context.page(TITLE.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (TITLE.get(lang)) }
        (inset(html! { (lang.pick("Mã đã gửi tới ", "The code was sent to ")) strong { (to) }
            (lang.pick(", dùng được trong 10 phút.", " and can be used for 10 minutes.")) }))
        (Form::new(context, "/citizen/security/contacts/confirm", html! {
            input type="hidden" name="challenge" value=(secret);
            input type="hidden" name="to" value=(to);
            (TextInput::new(Question::new("code", lang.pick("Mã gồm 6 chữ số", "Code of 6 digits")).errors(&errors)).digits().width(10).max(6).autocomplete("one-time-code"))
            (Button::main(lang.pick("Xác nhận", "Confirm")))
        }))
        (back_link("/citizen/security", BACK.get(lang)))
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Confirming {
    challenge: String,
    to: String,
    code: String,
}

pub(super) async fn confirm(
    State(provider): State<Provider>,
    context: PageContext,
    Fresh(citizen): Fresh,
    arrival: Arrival,
    FormBody(form): FormBody<Confirming>,
) -> Outcome<Response> {
    let Confirming { challenge, to, code } = &form;
    let done = provider.prove_contact(&citizen.session, challenge, code, &arrival.request, arrival.now).await;
    match done {
        Ok(()) => Ok(Redirect::to("/citizen/security?done=contact").into_response()),
        Err(error) => Ok(again(code_page(&context, challenge, to, &violations(error)?))),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Removing {
    /// Empty for the first contact.
    number: String,
}

/// Why a contact cannot be removed yet.
fn kept(context: &PageContext, found: &[Violation]) -> Markup {
    let lang = context.lang;
    let title = lang.pick("Chưa xóa được liên hệ", "The contact cannot be removed yet");
    context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        @for violation in found { p.govuk-body { (violation.text(lang)) } }
        p.govuk-body { (Button::main(lang.pick("Thêm liên hệ", "Add a contact")).link("/citizen/security/contacts")) }
        (back_link("/citizen/security", BACK.get(lang)))
    })
}

pub(super) async fn remove(
    State(provider): State<Provider>,
    context: PageContext,
    Fresh(citizen): Fresh,
    arrival: Arrival,
    FormBody(removing): FormBody<Removing>,
) -> Outcome<Response> {
    let number = match removing.number.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Problem::new(&kinds::MALFORMED))?),
    };
    match provider.remove_contact(&citizen.session, number, &arrival.request, arrival.now).await {
        Ok(()) => Ok(Redirect::to("/citizen/security?done=removed").into_response()),
        Err(error) => Ok(again(kept(&context, &violations(error)?))),
    }
}
