//! Signing in and out.

use super::{browser, duration, go, next};
use crate::{
    layer::{Current, Lapsed, Origin},
    model::Refusal,
    service::{Attempt, Identity, SignIn},
};
use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Invalid, Lang, Moment, Text, Violation};
use web::{
    FormBody, OpenForm, Outcome, PageContext, RequestId,
    components::{Banner, Button, Errors, Form, Question, TextInput, error_summary, inset},
};

const TITLE: Text = Text::new("Đăng nhập", "Sign in");
const LOGIN: Text = Text::new("Tên tài khoản", "Account name");
const PASSWORD: Text = Text::new("Mật khẩu", "Password");
const HELP: Text = Text::new(
    "Quên mật khẩu hoặc không đăng nhập được? Gọi người quản trị của cơ quan để được cấp lại mật khẩu.",
    "Forgotten the password, or cannot sign in? Call your agency's administrator for a new one.",
);
const CALL: Text = Text::new("Liên hệ: ", "Call: ");

#[derive(Deserialize)]
pub(super) struct Way {
    #[serde(default)]
    next: String,
}

pub(super) async fn show(
    State(identity): State<Identity>,
    context: PageContext,
    current: Option<Current>,
    lapsed: Option<Extension<Lapsed>>,
    Query(way): Query<Way>,
) -> Response {
    match current {
        Some(Current(session)) if session.must_change => go("/account/password", []),
        Some(_) => go(next(&way.next), []),
        None => {
            let lapsed = lapsed.map(|Extension(Lapsed(refusal))| refusal);
            page(&identity, &context, &Typed { login: "", next: &way.next, lapsed, violations: &[] })
                .into_response()
        }
    }
}

#[derive(Deserialize)]
pub(super) struct SignInForm {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// What the form is shown with.
struct Typed<'a> {
    login: &'a str,
    next: &'a str,
    lapsed: Option<Refusal>,
    violations: &'a [Violation],
}

pub(super) async fn submit(
    State(identity): State<Identity>,
    context: PageContext,
    origin: Origin,
    Extension(request): Extension<RequestId>,
    headers: HeaderMap,
    OpenForm(form): OpenForm<SignInForm>,
) -> Outcome<Response> {
    let cookies = identity.cookies();
    let attempt = Attempt {
        login: &form.login,
        password: &form.password,
        address: &origin.0,
        browser: &browser(&headers),
        device: cookies.device(&headers),
        session: cookies.session(&headers).flatten().map(|(secret, _)| secret),
        request: Some(&request.to_string()),
        now: Moment::now(),
    };
    let (status, violation, seconds) = match identity.sign_in(attempt).await? {
        SignIn::Done(browser) => {
            let to = if browser.must_change { "/account/password" } else { next(&form.next) };
            let device = cookies.set_device(browser.device.reveal(), identity.config().device_seconds());
            return Ok(go(to, [cookies.set_session(browser.session.reveal(), 0), device]));
        }
        SignIn::Wrong(seconds) => (StatusCode::UNPROCESSABLE_ENTITY, wrong(seconds), seconds),
        SignIn::Wait(seconds) => (StatusCode::TOO_MANY_REQUESTS, wait(seconds), seconds),
        SignIn::Suspended => (StatusCode::FORBIDDEN, SUSPENDED.at("login"), 0),
        SignIn::Lapsed => (StatusCode::FORBIDDEN, LAPSED.at("password"), 0),
    };
    let typed = Typed { login: &form.login, next: &form.next, lapsed: None, violations: &[violation] };
    let mut response = (status, page(&identity, &context, &typed)).into_response();
    if seconds > 0 {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

const SUSPENDED: Invalid = Invalid::new(
    "sign-in/suspended",
    "Tài khoản đang bị tạm khóa. Liên hệ người quản trị của cơ quan.",
    "The account is suspended. Call your agency's administrator.",
);
const LAPSED: Invalid = Invalid::new(
    "sign-in/lapsed",
    "Mật khẩu dùng một lần đã hết hạn. Đề nghị người quản trị cấp lại.",
    "The one-time password has expired. Ask the administrator for a new one.",
);

fn wrong(seconds: i64) -> Violation {
    let mut violation = Invalid::new("sign-in/wrong", "", "").at("login");
    let then = |lang| if seconds > 0 { format!(" {}", wait_text(lang, seconds)) } else { String::new() };
    violation.vi = format!("Tên tài khoản hoặc mật khẩu không đúng.{}", then(Lang::Vi));
    violation.en = format!("The account name or password is not right.{}", then(Lang::En));
    violation
}

fn wait(seconds: i64) -> Violation {
    let mut violation = Invalid::new("sign-in/wait", "", "").at("login");
    violation.vi = format!("Đã thử sai nhiều lần nên phải chờ. {}", wait_text(Lang::Vi, seconds));
    violation.en = format!("Too many tries failed. {}", wait_text(Lang::En, seconds));
    violation
}

fn wait_text(lang: Lang, seconds: i64) -> String {
    let duration = duration(lang, seconds);
    lang.pick(format!("Thử lại sau {duration}."), format!("Try again in {duration}."))
}

fn page(identity: &Identity, context: &PageContext, typed: &Typed<'_>) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, typed.violations);
    let lapsed = typed.lapsed.map(|refusal| match refusal {
        Refusal::Expired => lang.pick(
            "Phiên làm việc đã hết hạn. Đăng nhập lại để tiếp tục.",
            "The session has expired. Sign in again to go on.",
        ),
        Refusal::Suspended => lang.pick("Tài khoản đang bị tạm khóa.", "The account is suspended."),
        _ => lang.pick(
            "Phiên làm việc đã kết thúc. Đăng nhập lại để tiếp tục.",
            "The session has ended. Sign in again to go on.",
        ),
    });
    let mut page = context.page(TITLE.get(lang)).with_errors(errors.any());
    if let Some(text) = lapsed {
        page = page.notice(&Banner::important(lang, text));
    }
    page.body(html! {
        div.dancu-lead {
            (error_summary(&errors))
            h1.govuk-heading-l { (TITLE.get(lang)) }
            (Form::new(context, "/sign-in", html! {
                input type="hidden" name="next" value=(next(typed.next));
                (TextInput::new(Question::new("login", LOGIN.get(lang)).errors(&errors))
                    .value(typed.login).max(64).width(30).autocomplete("username"))
                (TextInput::new(Question::new("password", PASSWORD.get(lang)).errors(&errors))
                    .password().max(256).width(30))
                (Button::main(TITLE.get(lang)))
            }))
            (inset(html! {
                (HELP.get(lang))
                @if !identity.config().support.is_empty() { br; (CALL.get(lang)) strong { (identity.config().support) } }
            }))
        }
    })
}

/// Nothing but the form's token.
#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn sign_out(
    State(identity): State<Identity>,
    current: Option<Current>,
    form: Outcome<FormBody<Nothing>>,
) -> Outcome<Response> {
    // Whose session has ended already is where he wants to be, whatever token his page held.
    if let Some(Current(session)) = current {
        form?;
        identity.sign_out(&session, Moment::now()).await?;
    }
    Ok(go("/sign-in", [identity.cookies().clear_session()]))
}
