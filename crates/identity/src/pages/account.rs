//! The own account: sessions, and the password.

use super::{again, browser, go, notice, role_titles, time, unit_names, violations};
use crate::{
    layer::{Current, Origin},
    model::{AccountId, Session},
    password::{LONGEST, SHORTEST},
    service::{Identity, Replacement, StaffSession},
};
use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Moment, Text, Violation, kinds};
use web::{
    Failure, FormBody, Outcome, PageContext, SignedIn,
    components::{
        Button, Color, Column, Errors, Form, Question, SummaryList, Table, Tag, TextInput, error_summary,
        inset, warning,
    },
};

const TITLE: Text = Text::new("Tài khoản của tôi", "My account");
const LOGIN: Text = Text::new("Tên tài khoản", "Account name");
const NAME: Text = Text::new("Họ tên", "Name");
const PLACE: Text = Text::new("Nơi làm việc", "Workplace");
const ROLES: Text = Text::new("Vai trò", "Roles");
const UNITS: Text = Text::new("Địa bàn phụ trách", "Assigned units");
const PASSWORD: Text = Text::new("Đổi mật khẩu", "Change the password");
const SESSIONS: Text = Text::new("Các phiên đang đăng nhập", "Signed-in browsers");
const SESSIONS_HINT: Text = Text::new(
    "Nếu thấy phiên không phải của mình, hãy kết thúc phiên đó và đổi mật khẩu ngay.",
    "If one is not yours, end it and change the password at once.",
);

#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

pub(super) async fn show(
    State(identity): State<Identity>,
    context: PageContext,
    _: SignedIn,
    Current(session): Current,
    Query(Done { done }): Query<Done>,
) -> Outcome<Markup> {
    let sessions = identity.sessions(&session, Moment::now()).await?;
    let lang = context.lang;
    let mut page = context.page(TITLE.get(lang));
    if let Some(notice) = notice(lang, &done) {
        page = page.notice(&notice);
    }
    let caller = &session.caller;
    Ok(page.body(html! {
        h1.govuk-heading-l { (TITLE.get(lang)) }
        (SummaryList::new()
            .row(LOGIN.get(lang), html! { (session.id.name()) })
            .row(NAME.get(lang), html! { (caller.name) })
            .row(PLACE.get(lang), html! { (session.workplace) })
            .row(ROLES.get(lang), html! { (role_titles(&identity, lang, &caller.roles)) })
            .row(UNITS.get(lang), html! { (unit_names(&context, &caller.units)) }))
        p { (Button::secondary(PASSWORD.get(lang)).link("/account/password")) }
        h2.govuk-heading-m { (SESSIONS.get(lang)) }
        p.govuk-body { (SESSIONS_HINT.get(lang)) }
        (table(&context, &session, &sessions))
    }))
}

fn table(context: &PageContext, own: &StaffSession, sessions: &[Session]) -> Markup {
    let lang = context.lang;
    let columns = [
        lang.pick("Trình duyệt", "Browser"),
        lang.pick("Địa chỉ mạng", "Network address"),
        lang.pick("Đăng nhập lúc", "Signed in"),
        lang.pick("Dùng gần nhất", "Last used"),
        lang.pick("Thao tác", "Action"),
    ];
    let mut table = Table::new(SESSIONS.get(lang), columns.map(Column::new)).stacked();
    for session in sessions {
        let name =
            if session.browser.is_empty() { lang.pick("Không rõ", "Unknown") } else { &session.browser };
        let action = if session.number == own.number {
            html! { (Tag::new(Color::Green, lang.pick("Phiên này", "This one"))) }
        } else {
            let content = html! {
                input type="hidden" name="number" value=(session.number);
                (Button::secondary(lang.pick("Kết thúc", "End")))
            };
            html! { (Form::new(context, "/account/sessions/end", content)) }
        };
        table.row([
            html! { (name) },
            html! { (session.address) },
            html! { (time(session.created_at)) },
            html! { (time(session.seen_at)) },
            action,
        ]);
    }
    html! { (table) }
}

#[derive(Deserialize)]
pub(super) struct EndForm {
    number: i64,
}

pub(super) async fn end_session(
    State(identity): State<Identity>,
    _: SignedIn,
    Current(session): Current,
    FormBody(form): FormBody<EndForm>,
) -> Outcome<Response> {
    identity.end_session(&session, form.number, Moment::now()).await?;
    Ok(go("/account?done=ended", []))
}

pub(super) async fn show_password(context: PageContext, Current(session): Current) -> Markup {
    password_page(&context, &session, &[])
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
}

pub(super) async fn change_password(
    State(identity): State<Identity>,
    context: PageContext,
    Current(session): Current,
    origin: Origin,
    headers: HeaderMap,
    FormBody(form): FormBody<PasswordForm>,
) -> Outcome<Response> {
    if !matches!(session.id, AccountId::Staff(_)) {
        return Err(Failure::of(&kinds::FORBIDDEN));
    }
    let replacement = Replacement {
        current: &form.current,
        new: &form.new,
        again: &form.again,
        address: &origin.0,
        browser: &browser(&headers),
    };
    match identity.change_password(&session, replacement, Moment::now()).await {
        Ok(browser) => {
            let cookies = identity.cookies();
            let device = cookies.set_device(browser.device.reveal(), identity.config().device_seconds());
            Ok(go("/account?done=password", [cookies.set_session(browser.session.reveal(), 0), device]))
        }
        Err(error) => Ok(again(password_page(&context, &session, &violations(error)?)).into_response()),
    }
}

fn password_page(context: &PageContext, session: &StaffSession, found: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, found);
    let hint = lang.pick(
        format!("{SHORTEST}–{LONGEST} ký tự. Một câu dễ nhớ là tốt nhất, ví dụ bốn từ không liên quan; có thể gõ dấu và dấu cách."),
        format!("{SHORTEST}–{LONGEST} characters. A phrase you remember does best, such as four unrelated words; accents and blanks are fine."),
    );
    let field = |name, text: Text| Question::new(name, text.get(lang)).errors(&errors);
    let current = Text::new("Mật khẩu hiện tại", "Current password");
    let new = Text::new("Mật khẩu mới", "New password");
    let repeat = Text::new("Nhập lại mật khẩu mới", "New password again");
    let mut page = context.page(PASSWORD.get(lang)).with_errors(errors.any());
    if !session.must_change {
        page = page.crumb(TITLE.get(lang), "/account");
    }
    page.body(html! {
        div.dancu-lead {
            (error_summary(&errors))
            h1.govuk-heading-l { (PASSWORD.get(lang)) }
            @if session.must_change {
                (warning(lang, lang.pick(
                    "Bạn đang dùng mật khẩu cấp một lần. Hãy đặt mật khẩu của riêng mình để tiếp tục.",
                    "You signed in with a one-time password. Set your own to go on.",
                )))
            }
            (Form::new(context, "/account/password", html! {
                // Password managers need the account name beside the password.
                input type="text" name="username" value=(session.id.name()) autocomplete="username" hidden;
                (TextInput::new(field("current", current)).password().max(256).width(30))
                (TextInput::new(field("new", new).hint(&hint)).password().autocomplete("new-password").max(256).width(30))
                (TextInput::new(field("again", repeat)).password().autocomplete("new-password").max(256).width(30))
                (Button::main(PASSWORD.get(lang)))
            }))
            (inset(html! { (lang.pick(
                "Sau khi đổi, các trình duyệt khác đang đăng nhập sẽ phải đăng nhập lại.",
                "Afterwards all other browsers have to sign in again.",
            )) }))
            @if session.must_change {
                (Form::new(context, "/sign-out", html! { (Button::secondary(lang.pick("Đăng xuất", "Sign out"))) }))
            }
        }
    })
}
