//! Signing in and out, also at the wish of an application (OpenID Connect RP-Initiated Logout).

use super::{
    arrival::{Arrival, onwards},
    factor,
};
use crate::{
    layer::{SignedInCitizen, session_cookie},
    rules::{redirect, standing::Standing},
    service::{Attempt, Provider, SignIn},
};
use axum::{
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Invalid, Moment, Text, Violation};
use web::{
    FormBody, FormTarget, OpenForm, Outcome, PageContext,
    components::{Banner, Button, Errors, Form, Question, TextInput, error_summary},
    local_path,
};

const TITLE: Text = Text::new("Đăng nhập bằng tài khoản định danh", "Sign in with your account");

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Way {
    next: String,
    new: String,
    again: String,
    over: String,
}

/// Where the form leads: a path of citizens' pages.
pub(super) fn next(path: &str) -> &str {
    local_path(path)
        .filter(|p| p.starts_with("/citizen") || p.starts_with("/oidc/ask/"))
        .unwrap_or("/citizen")
}

/// A page whose form may lead on to the application that waits.
pub(super) async fn opened(provider: &Provider, next: &str, page: Markup) -> Outcome<Response> {
    let mut response = page.into_response();
    if let Some(secret) = next.strip_prefix("/oidc/ask/")
        && let Some(target) = provider.target(secret, Moment::now()).await?
    {
        response.extensions_mut().insert(FormTarget(target));
    }
    Ok(response)
}

async fn page(
    provider: &Provider,
    context: &PageContext,
    number: &str,
    way: &Way,
    violations: &[Violation],
) -> Outcome<Markup> {
    let lang = context.lang;
    let application = provider.waits_at(next(&way.next), Moment::now()).await?;
    let errors = Errors::new(lang, violations);
    let made =
        Banner::done(lang, lang.pick("Đã tạo tài khoản. Hãy đăng nhập.", "The account was made. Sign in."));
    let mut page = context.page(TITLE.get(lang)).with_errors(errors.any());
    let again = Banner::important(
        lang,
        lang.pick(
            "Để thay đổi cách đăng nhập, hãy đăng nhập lại.",
            "To change how you sign in, sign in once more.",
        ),
    );
    let over = Banner::important(
        lang,
        lang.pick(
            "Đã quá lâu hoặc sai quá nhiều lần. Hãy đăng nhập lại từ đầu.",
            "It took too long, or too many codes were wrong. Sign in anew.",
        ),
    );
    for (told, banner) in [(&way.new, &made), (&way.again, &again), (&way.over, &over)] {
        if !told.is_empty() {
            page = page.notice(banner);
        }
    }
    Ok(page.body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (TITLE.get(lang)) }
        @if let Some(party) = &application {
            p.govuk-body-l { (lang.pick("Để vào ", "To go on to ")) strong { (lang.pick(&party.name, &party.name_en)) } }
        }
        (Form::new(context, "/citizen/sign-in", html! {
            input type="hidden" name="next" value=(next(&way.next));
            (TextInput::new(Question::new("number", lang.pick("Số định danh cá nhân", "Personal number")).errors(&errors)).value(number).digits().width(20).max(12).autocomplete("username"))
            (TextInput::new(Question::new("password", lang.pick("Mật khẩu", "Password")).errors(&errors)).password().autocomplete("current-password"))
            (Button::main(lang.pick("Đăng nhập", "Sign in")))
        }))
        h2.govuk-heading-m { (lang.pick("Cách khác", "Other ways")) }
        ul.govuk-list {
            li { a.govuk-link href=(redirect::with("/citizen/sign-in/passkey", &[("next", next(&way.next))])) { (lang.pick("Khóa truy cập: vân tay, khuôn mặt hoặc mã mở khóa", "Passkey: fingerprint, face or screen lock")) } }
            li { a.govuk-link href=(redirect::with("/citizen/sign-in/phone", &[("next", next(&way.next))])) { (lang.pick("Điện thoại đang đăng nhập: quét mã QR", "A phone that is signed in: scan a QR code")) } }
            li { a.govuk-link href="/citizen/recovery" { (lang.pick("Mất điện thoại hoặc quên mật khẩu: lấy lại tài khoản", "Lost phone or forgotten password: recover your account")) } }
        }
        p.govuk-body { a.govuk-link href="/citizen/register" { (lang.pick("Chưa có tài khoản? Đăng ký", "No account yet? Register")) } }
    }))
}

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    Query(way): Query<Way>,
) -> Outcome<Response> {
    let page = page(&provider, &context, "", &way, &[]).await?;
    opened(&provider, next(&way.next), page).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    password: String,
    next: String,
}

const WRONG: Invalid = Invalid::new(
    "citizen/wrong",
    "Số định danh hoặc mật khẩu không đúng.",
    "The number or the password is not right.",
);
const WAIT: Invalid = Invalid::new(
    "citizen/wait",
    "Đã thử sai nhiều lần. Chờ vài phút rồi thử lại.",
    "Too many tries failed. Wait a few minutes and try again.",
);

/// Why an account that is not in use lets nobody in; told only to who knows its password.
fn held(standing: Standing) -> Invalid {
    match standing {
        Standing::Closed => Invalid::new(
            "citizen/closed",
            "Tài khoản đã đóng. Muốn dùng lại, hãy làm hồ sơ mới tại công an cấp xã.",
            "The account is closed. To use it again, make a new file at the commune police.",
        ),
        _ => Invalid::new(
            "citizen/held",
            "Tài khoản đang bị khóa hoặc tạm dừng. Hãy đến công an cấp xã.",
            "The account is locked or suspended. Go to the commune police.",
        ),
    }
}

pub(super) async fn submit(
    State(provider): State<Provider>,
    context: PageContext,
    arrival: Arrival,
    OpenForm(typed): OpenForm<Typed>,
) -> Outcome<Response> {
    let attempt = Attempt { number: &typed.number, password: &typed.password, place: arrival.place() };
    let (status, invalid, seconds) = match provider.sign_in(attempt).await? {
        SignIn::Done(done) => return Ok(onwards(&provider, next(&typed.next), &done)),
        SignIn::Factor(secret) => return factor::page(&provider, &context, &secret, &typed.next, &[]).await,
        SignIn::Wrong => (StatusCode::UNPROCESSABLE_ENTITY, WRONG, 0),
        SignIn::Held(standing) => (StatusCode::UNPROCESSABLE_ENTITY, held(standing), 0),
        SignIn::Wait(seconds) => (StatusCode::TOO_MANY_REQUESTS, WAIT, seconds),
    };
    let way = Way { next: typed.next, ..Way::default() };
    let page = page(&provider, &context, &typed.number, &way, &[invalid.at("number")]).await?;
    let mut response = opened(&provider, next(&way.next), page).await?;
    *response.status_mut() = status;
    if seconds > 0 {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn sign_out(
    State(provider): State<Provider>,
    citizen: SignedInCitizen,
    FormBody(Nothing {}): FormBody<Nothing>,
) -> Outcome<Response> {
    provider.sign_out(&citizen.secret).await?;
    Ok(with_cookie(Redirect::to("/citizen/sign-in").into_response(), session_cookie(&provider, None)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Leaving {
    id_token_hint: String,
    client_id: String,
    post_logout_redirect_uri: String,
    state: String,
}

impl Leaving {
    /// Where an application may have the citizen sent: an address that it registered, and no other.
    async fn target(&self, provider: &Provider) -> Outcome<Option<String>> {
        let hinted = match self.id_token_hint.as_str() {
            "" => None,
            hint => provider.client_of_hint(hint, Moment::now()),
        };
        let client = match (&hinted, self.client_id.as_str()) {
            (Some(hinted), "") => hinted,
            (Some(hinted), stated) if hinted == stated => hinted,
            (None, stated) if self.id_token_hint.is_empty() => stated,
            _ => {
                tracing::info!(cause = "logout-address", "the citizen is not sent back");
                return Ok(None);
            }
        };
        let Some(party) = provider.usable_party(client).await? else { return Ok(None) };
        let own = party.logout_uris.iter().find(|uri| **uri == self.post_logout_redirect_uri);
        if own.is_none() && !self.post_logout_redirect_uri.is_empty() {
            tracing::info!(client, cause = "logout-address", "the citizen is not sent back");
        }
        let state =
            (!self.state.is_empty() && self.state.len() <= 512).then_some(("state", self.state.as_str()));
        Ok(own.map(|uri| match state {
            Some(state) => redirect::with(uri, &[state]),
            None => uri.clone(),
        }))
    }
}

/// Asks whether the citizen signs out: no link of another site may do it alone.
pub(super) async fn leave(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: Option<SignedInCitizen>,
    Query(leaving): Query<Leaving>,
) -> Outcome<Response> {
    let target = leaving.target(&provider).await?;
    if citizen.is_none() {
        return Ok(Redirect::to(target.as_deref().unwrap_or("/citizen/sign-in")).into_response());
    }
    let lang = context.lang;
    let title = lang.pick("Đăng xuất khỏi tài khoản định danh?", "Sign out of your account?");
    let mut response = context
        .page(title)
        .body(html! {
            h1.govuk-heading-l { (title) }
            (Form::new(&context, "/oidc/logout", html! {
                input type="hidden" name="id_token_hint" value=(leaving.id_token_hint);
                input type="hidden" name="client_id" value=(leaving.client_id);
                input type="hidden" name="post_logout_redirect_uri" value=(leaving.post_logout_redirect_uri);
                input type="hidden" name="state" value=(leaving.state);
                (Button::main(lang.pick("Đăng xuất", "Sign out")))
            }))
        })
        .into_response();
    if let Some(target) = target.as_deref().and_then(redirect::origin) {
        response.extensions_mut().insert(FormTarget(target));
    }
    Ok(response)
}

pub(super) async fn left(
    State(provider): State<Provider>,
    citizen: SignedInCitizen,
    FormBody(leaving): FormBody<Leaving>,
) -> Outcome<Response> {
    let target = leaving.target(&provider).await?;
    provider.sign_out(&citizen.secret).await?;
    let to = Redirect::to(target.as_deref().unwrap_or("/citizen/sign-in")).into_response();
    Ok(with_cookie(to, session_cookie(&provider, None)))
}
