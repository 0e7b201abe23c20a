//! The own account: where one is signed in, and with whom one shares.

use super::{security::recovery_notice, time};
use crate::{layer::SignedInCitizen, model::Scope, service::Provider};
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::Moment;
use web::{
    FormBody, Outcome, PageContext, RequestId,
    components::{Button, Column, EmptyState, Form, SummaryList, Table},
};

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
) -> Outcome<Markup> {
    let account = provider.account(&citizen.session, Moment::now()).await?;
    let recovery = provider.own_recovery(&citizen.session).await?;
    let lang = context.lang;
    let title = lang.pick("Tài khoản định danh của tôi", "My account");
    let mut shared = Table::new(
        lang.pick("Ứng dụng bạn đang chia sẻ thông tin", "Applications you share with"),
        [
            Column::new(lang.pick("Ứng dụng", "Application")),
            Column::new(lang.pick("Thông tin", "What")),
            Column::new(lang.pick("Từ", "Since")),
            Column::new(lang.pick("Thu hồi", "Take back")),
        ],
    )
    .stacked();
    for grant in &account.grants {
        let whats: Vec<&str> = grant
            .scopes
            .iter()
            .filter(|s| *s != Scope::OpenId || grant.scopes.iter().count() == 1)
            .map(|s| s.text().get(lang))
            .collect();
        shared.row([
            html! { (lang.pick(&grant.name.0, &grant.name.1)) },
            html! { (whats.join("; ")) },
            html! { (time(grant.since)) },
            html! { (Form::new(&context, "/citizen/revoke", html! {
                input type="hidden" name="client" value=(grant.client);
                (Button::warning(lang.pick("Thu hồi", "Take back")))
            })) },
        ]);
    }
    let mut sessions = Table::new(
        lang.pick("Nơi đang đăng nhập", "Where you are signed in"),
        [
            Column::new(lang.pick("Trình duyệt", "Browser")),
            Column::new(lang.pick("Địa chỉ mạng", "Network address")),
            Column::new(lang.pick("Từ", "Since")),
            Column::new(lang.pick("Kết thúc", "End")),
        ],
    )
    .stacked();
    for session in &account.sessions {
        sessions.row([
            html! { (session.browser) @if session.number == citizen.session.number { " (" (lang.pick("trình duyệt này", "this one")) ")" } },
            html! { (session.address) },
            html! { (time(session.created_at)) },
            html! { (Form::new(&context, "/citizen/sessions/end", html! {
                input type="hidden" name="number" value=(session.number);
                (Button::secondary(lang.pick("Kết thúc", "End")))
            })) },
        ]);
    }
    Ok(context.page(title).body(html! {
        @if let Some(recovery) = &recovery { (recovery_notice(&context, recovery.ready_at)) }
        h1.govuk-heading-l { (title) }
        (SummaryList::new()
            .row(lang.pick("Mức tài khoản", "Level"), html! { (account.level) })
            .row(lang.pick("Liên hệ đã xác nhận", "Confirmed contact"), html! { (account.contact.masked()) }))
        p.govuk-body { a.govuk-link href="/citizen/security" { (lang.pick("Bảo mật: khóa truy cập, thiết bị, các lần đăng nhập", "Security: passkeys, devices, sign-ins")) } }
        p.govuk-body { a.govuk-link href="/citizen/who-looked" { (lang.pick("Ai đã tra cứu dữ liệu của tôi", "Who looked at my data")) } }
        p.govuk-body { a.govuk-link href="/citizen/delegations" { (lang.pick("Ủy quyền và làm thay", "Acting for one another")) } }
        p.govuk-body { a.govuk-link href="/citizen/organisations" { (lang.pick("Tổ chức tôi đại diện hoặc làm việc cho", "Organisations I represent or work for")) } }
        p.govuk-body { a.govuk-link href="/citizen/standing" { (lang.pick("Khóa hoặc đóng tài khoản", "Lock or close my account")) } }
        @if account.grants.is_empty() {
            (EmptyState::new(lang.pick("Bạn chưa chia sẻ với ứng dụng nào", "You share with no application"), html! {
                (lang.pick("Khi bạn đăng nhập vào một trang khác bằng tài khoản này, những gì bạn đồng ý cho trang đó xem sẽ hiện ở đây; bạn rút lại lúc nào cũng được.",
                    "When you sign in elsewhere with this account, what you let that site see will stand here; you can take it back at any time."))
            }))
        } @else { (shared) }
        (sessions)
    }))
}

#[derive(Deserialize)]
pub(super) struct Ending {
    number: i64,
    /// `security`, where the form stands on that page.
    #[serde(default)]
    from: String,
}

pub(super) async fn end_session(
    State(provider): State<Provider>,
    citizen: SignedInCitizen,
    FormBody(ending): FormBody<Ending>,
) -> Outcome<Response> {
    provider.end_session(&citizen.session, ending.number).await?;
    let to = if ending.from == "security" { "/citizen/security" } else { "/citizen" };
    Ok(Redirect::to(to).into_response())
}

#[derive(Deserialize)]
pub(super) struct Revoking {
    client: String,
}

pub(super) async fn revoke(
    State(provider): State<Provider>,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    FormBody(revoking): FormBody<Revoking>,
) -> Outcome<Response> {
    provider.revoke_client(&citizen.session, &revoking.client, &request.to_string(), Moment::now()).await?;
    Ok(Redirect::to("/citizen").into_response())
}
