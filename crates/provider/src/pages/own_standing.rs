//! Locking or closing the own account.

use super::{events, officer::faults};
use crate::{
    layer::{SignedInCitizen, session_cookie},
    rules::standing::Step,
    service::Provider,
};
use axum::{
    Extension,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Invalid, Moment, Text, Violation};
use web::{
    FormBody, Outcome, PageContext, RequestId,
    components::{
        Banner, Button, Choice, Errors, Form, Question, Radios, TextInput, back_link, error_summary,
    },
};

const TITLE: Text = Text::new("Khóa hoặc đóng tài khoản", "Lock or close my account");
const STEP: Invalid = Invalid::new("account/choose", "Chọn khóa hoặc đóng", "Choose to lock or to close");

/// What is typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    step: String,
    password: String,
}

async fn page(
    provider: &Provider,
    context: &PageContext,
    citizen: &SignedInCitizen,
    typed: &Typed,
    found: &[Violation],
) -> Outcome<Markup> {
    let lang = context.lang;
    let errors = Errors::new(lang, found);
    let happened = provider.own_events(&citizen.session).await?;
    let choice = |step: Step, text: Text, hint: Text| {
        Choice::new(step.code(), text.get(lang)).hint(hint.get(lang)).chosen(typed.step == step.code())
    };
    let choices = [
        choice(
            Step::Lock,
            Text::new("Khóa tài khoản", "Lock the account"),
            Text::new(
                "Khi mất điện thoại hoặc nghi bị lộ mật khẩu. Mở khóa tại công an cấp xã.",
                "When a phone is lost or the password may be known. The commune police unlocks it.",
            ),
        ),
        choice(
            Step::Close,
            Text::new("Đóng tài khoản", "Close the account"),
            Text::new(
                "Thu hồi mọi chia sẻ. Muốn dùng lại phải làm hồ sơ mới tại công an cấp xã.",
                "Takes back all that you share. To use it again, make a new file at the commune police.",
            ),
        ),
    ];
    Ok(context.page(TITLE.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (TITLE.get(lang)) }
        p.govuk-body { (lang.pick(
            "Cả hai cách đều kết thúc ngay mọi nơi đang đăng nhập và mọi ứng dụng đang nhận thông tin của bạn.",
            "Either way ends every session and every application’s access to your data at once.")) }
        div.dancu-lead {
            (Form::new(context, "/citizen/standing", html! {
                (Radios::new(Question::new("step", lang.pick("Bạn muốn", "You want to")).errors(&errors), choices))
                (TextInput::new(Question::new("password", lang.pick("Mật khẩu", "Password")).errors(&errors)).password())
                (Button::warning(lang.pick("Xác nhận", "Confirm")))
            }))
        }
        (events::table(lang, &happened))
        (back_link("/citizen", lang.pick("Về tài khoản của tôi", "Back to my account")))
    }))
}

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
) -> Outcome<Markup> {
    page(&provider, &context, &citizen, &Typed::default(), &[]).await
}

pub(super) async fn submit(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let found = match Step::of(&typed.step) {
        Some(step) => {
            let request = request.to_string();
            let taken =
                provider.take_own_step(&citizen.session, step, &typed.password, &request, Moment::now());
            match taken.await {
                Ok(()) => return Ok(gone(&provider, &context, step)),
                Err(error) => faults(error)?,
            }
        }
        None => vec![STEP.at("step")],
    };
    let page = page(&provider, &context, &citizen, &typed, &found).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn gone(provider: &Provider, context: &PageContext, step: Step) -> Response {
    let lang = context.lang;
    let (title, next) = match step {
        Step::Close => (
            lang.pick("Đã đóng tài khoản", "The account is closed"),
            lang.pick(
                "Muốn dùng lại, hãy làm hồ sơ mới tại công an cấp xã.",
                "To use it again, make a new file at the commune police.",
            ),
        ),
        _ => (
            lang.pick("Đã khóa tài khoản", "The account is locked"),
            lang.pick(
                "Để mở khóa, hãy đến công an cấp xã với thẻ căn cước.",
                "To unlock it, go to the commune police with your identity card.",
            ),
        ),
    };
    let page = context.page(title).notice(&Banner::done(lang, title)).body(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body { (next) }
    });
    let mut response = page.into_response();
    if let Some(cookie) = session_cookie(provider, None) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
