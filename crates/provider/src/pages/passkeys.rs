//! Passkeys: signing in with one, adding, naming and removing them. The one script of the product asks the browser.

use super::{
    arrival::{Arrival, Fresh, onwards, violations},
    sign_in::{next, opened},
    time,
};
use crate::{
    layer::SignedInCitizen,
    rules::redirect,
    service::{Ceremony, Provider},
};
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Moment, Problem, Text, Violation, kinds};
use web::{
    FormBody, OpenForm, Outcome, PageContext, WithScript, asset,
    components::{
        Button, Errors, Form, Question, SummaryList, TextInput, back_link, csrf_field, error_summary,
    },
};

const MISSING: Text = Text::new(
    "Trình duyệt này không hỗ trợ khóa truy cập. Hãy chọn cách khác.",
    "This browser knows no passkeys. Choose another way.",
);
const ELSEWHERE: Text = Text::new(
    "Khóa truy cập chỉ dùng được ở đúng địa chỉ của trang này: ",
    "Passkeys work at this site's own address only: ",
);
const FAILED: Text = Text::new(
    "Chưa nhận được khóa truy cập: bạn đã hủy, hoặc thiết bị không có khóa nào cho trang này. Có thể thử lại.",
    "No passkey was received: you stopped, or the device has none for this site. You can try again.",
);
const THERE: Text = Text::new(
    "Thiết bị này đã có khóa truy cập của tài khoản.",
    "This device already has a passkey of the account.",
);
const NO_SCRIPT: Text = Text::new(
    "Khóa truy cập cần JavaScript, đang bị tắt trong trình duyệt này.",
    "Passkeys need JavaScript, which is off in this browser.",
);
const SIGN_IN: Text = Text::new("Đăng nhập bằng khóa truy cập", "Sign in with a passkey");
const ADD: Text = Text::new("Thêm khóa truy cập", "Add a passkey");
const BACK: Text = Text::new("Về trang Bảo mật", "Back to Security");

/// A form that the script takes over.
fn ceremony_form(
    context: &PageContext,
    action: &str,
    kind: &str,
    ceremony: &Ceremony,
    content: Markup,
) -> Markup {
    let lang = context.lang;
    let site =
        ceremony.options["rpId"].as_str().or(ceremony.options["rp"]["id"].as_str()).unwrap_or_default();
    html! {
        noscript { p.govuk-error-message { (NO_SCRIPT.get(lang)) } }
        form method="post" action=(action) novalidate data-passkey=(kind) data-options=(ceremony.options) {
            (csrf_field(&context.csrf))
            input type="hidden" name="challenge" value=(ceremony.secret);
            input type="hidden" name="credential" value="" autocomplete="off";
            div role="alert" {
                p.govuk-error-message hidden data-say="missing" { (MISSING.get(lang)) }
                p.govuk-error-message hidden data-say="elsewhere" { (ELSEWHERE.get(lang)) (site) }
                p.govuk-error-message hidden data-say="failed" { (FAILED.get(lang)) }
                p.govuk-error-message hidden data-say="there" { (THERE.get(lang)) }
            }
            (content)
        }
        script src=(asset("passkey.js")) defer {}
    }
}

fn with_script(mut response: Response) -> Response {
    response.extensions_mut().insert(WithScript);
    response
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Way {
    next: String,
}

async fn sign_in_page(
    provider: &Provider,
    context: &PageContext,
    to: &str,
    violations: &[Violation],
) -> Outcome<Response> {
    let ceremony = provider.ask_passkey(Moment::now()).await?;
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    let page = context.page(SIGN_IN.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (SIGN_IN.get(lang)) }
        p.govuk-body { (lang.pick(
            "Thiết bị sẽ hỏi vân tay, khuôn mặt hoặc mã mở khóa của bạn. Không cần nhập số định danh hay mật khẩu.",
            "Your device will ask for your fingerprint, face or screen lock. You need neither number nor password.")) }
        (ceremony_form(context, "/citizen/sign-in/passkey", "get", &ceremony, html! {
            input type="hidden" name="next" value=(next(to));
            (Button::main(lang.pick("Dùng khóa truy cập", "Use a passkey")))
        }))
        (back_link(&redirect::with("/citizen/sign-in", &[("next", next(to))]), lang.pick("Cách đăng nhập khác", "Other ways to sign in")))
    });
    Ok(with_script(opened(provider, next(to), page).await?))
}

pub(super) async fn ask(
    State(provider): State<Provider>,
    context: PageContext,
    Query(way): Query<Way>,
) -> Outcome<Response> {
    sign_in_page(&provider, &context, &way.next, &[]).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    challenge: String,
    credential: String,
    next: String,
    name: String,
}

pub(super) async fn sign_in(
    State(provider): State<Provider>,
    context: PageContext,
    arrival: Arrival,
    OpenForm(answer): OpenForm<Answer>,
) -> Outcome<Response> {
    let signed_in =
        provider.sign_in_by_passkey(&answer.challenge, &answer.credential, &arrival.place()).await;
    match signed_in {
        Ok(done) => Ok(onwards(&provider, next(&answer.next), &done)),
        Err(error) => {
            let mut wrong = violations(error)?;
            unlink(&mut wrong);
            let mut response = sign_in_page(&provider, &context, &answer.next, &wrong).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// What is wrong with the hidden field is wrong with the page: there is nothing to lead to.
fn unlink(violations: &mut [Violation]) {
    for violation in violations.iter_mut().filter(|v| v.field == "credential") {
        violation.field.clear();
    }
}

async fn new_page(
    provider: &Provider,
    context: &PageContext,
    citizen: &SignedInCitizen,
    name: &str,
    violations: &[Violation],
) -> Outcome<Response> {
    let ceremony = provider.begin_passkey(&citizen.session, Moment::now()).await?;
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    let page = context.page(ADD.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (ADD.get(lang)) }
        p.govuk-body { (lang.pick(
            "Khóa truy cập nằm trong thiết bị hoặc chùm khóa của bạn và mở bằng vân tay, khuôn mặt hoặc mã mở khóa. Nên có ít nhất hai khóa trên hai thiết bị.",
            "A passkey lies in your device or its keychain and opens with your fingerprint, face or screen lock. Have at least two, on two devices.")) }
        (ceremony_form(context, "/citizen/security/passkeys/new", "create", &ceremony, html! {
            (TextInput::new(Question::new("name", lang.pick("Tên để nhận ra khóa này", "A name to know it by")).hint(lang.pick("Ví dụ Điện thoại của tôi", "For example My phone")).errors(&errors)).value(name).max(60).width(30))
            (Button::main(lang.pick("Tạo khóa truy cập", "Make the passkey")))
        }))
        (back_link("/citizen/security", BACK.get(lang)))
    });
    Ok(with_script(page.into_response()))
}

pub(super) async fn new(
    State(provider): State<Provider>,
    context: PageContext,
    Fresh(citizen): Fresh,
) -> Outcome<Response> {
    new_page(&provider, &context, &citizen, "", &[]).await
}

pub(super) async fn add(
    State(provider): State<Provider>,
    context: PageContext,
    Fresh(citizen): Fresh,
    arrival: Arrival,
    FormBody(answer): FormBody<Answer>,
) -> Outcome<Response> {
    let Answer { challenge, credential, name, .. } = &answer;
    let added = provider
        .add_passkey(&citizen.session, challenge, credential, name, &arrival.request, arrival.now)
        .await;
    match added {
        Ok(()) => Ok(Redirect::to("/citizen/security?done=passkey").into_response()),
        Err(error) => {
            let mut wrong = violations(error)?;
            unlink(&mut wrong);
            let mut response = new_page(&provider, &context, &citizen, name, &wrong).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

async fn one_page(
    provider: &Provider,
    context: &PageContext,
    citizen: &SignedInCitizen,
    id: i64,
    violations: &[Violation],
) -> Outcome<Markup> {
    let security = provider.security(&citizen.session, None, Moment::now()).await?;
    let key = security.passkeys.iter().find(|key| key.id == id);
    let key = key.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    let title = lang.pick("Khóa truy cập", "Passkey");
    let action = format!("/citizen/security/passkeys/{id}");
    Ok(context.page(title).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        (SummaryList::new()
            .row(lang.pick("Thêm lúc", "Added"), html! { (time(key.created_at)) })
            .row(lang.pick("Dùng lần cuối", "Last used"), html! { (key.used_at.map_or_else(|| lang.pick("Chưa dùng", "Not used yet").to_owned(), time)) }))
        (Form::new(context, &action, html! {
            (TextInput::new(Question::new("name", lang.pick("Tên", "Name")).errors(&errors)).value(&key.name).max(60).width(30))
            div.govuk-button-group {
                (Button::main(lang.pick("Lưu tên", "Save the name")).sends("what", "rename"))
                (Button::warning(lang.pick("Xóa khóa này", "Remove this passkey")).sends("what", "remove"))
            }
        }))
        (back_link("/citizen/security", BACK.get(lang)))
    }))
}

pub(super) async fn one(
    State(provider): State<Provider>,
    context: PageContext,
    Fresh(citizen): Fresh,
    Path(id): Path<i64>,
) -> Outcome<Markup> {
    one_page(&provider, &context, &citizen, id, &[]).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Change {
    name: String,
    what: String,
}

pub(super) async fn change(
    State(provider): State<Provider>,
    context: PageContext,
    Fresh(citizen): Fresh,
    arrival: Arrival,
    Path(id): Path<i64>,
    FormBody(change): FormBody<Change>,
) -> Outcome<Response> {
    let done = if change.what == "remove" {
        provider.remove_passkey(&citizen.session, id, &arrival.request, arrival.now).await
    } else {
        provider.rename_passkey(&citizen.session, id, &change.name).await
    };
    match done {
        Ok(()) => Ok(Redirect::to("/citizen/security").into_response()),
        Err(error) => {
            let page = one_page(&provider, &context, &citizen, id, &violations(error)?).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}
