//! The pages: signing in and out, the own account, what one works on, and the administration of accounts.

mod account;
mod accounts;
mod basis;
mod clients;
mod form;
mod sign_in;
mod staff;

use crate::{
    error::IdentityError,
    model::{Account, HistoryLine},
    places,
    service::{Identity, PAGE},
};
use access::{Role, UnitScope};
use accounts::Section;
use axum::{
    Extension, Router,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use vocabulary::{Actor, Lang, Moment, Text, Violation, kinds};
use web::{
    Failure, PageContext,
    components::{Banner, Event, Pagination, Timeline},
    local_path,
};

/// The routes of this crate, to be merged into those that [`web::pages`] wraps.
pub fn router(identity: Identity) -> Router {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/account", get(account::show))
        .route("/account/sessions/end", post(account::end_session))
        .route("/account/password", get(account::show_password).post(account::change_password))
        .route(web::BASIS_PATH, get(basis::show).post(basis::submit))
        .merge(section(
            &staff::SECTION,
            Router::new()
                .route("/admin/new-staff", get(accounts::blank).post(staff::create))
                .route("/admin/staff/{name}", get(staff::show).post(staff::edit))
                .route("/admin/staff/{name}/reset-password", post(staff::reset_password)),
        ))
        .merge(section(
            &clients::SECTION,
            Router::new()
                .route("/admin/new-client", get(accounts::blank).post(clients::create))
                .route("/admin/clients/{name}", get(clients::show).post(clients::edit))
                .route("/admin/clients/{name}/tokens", post(clients::issue))
                .route("/admin/clients/{name}/tokens/{token}/revoke", post(clients::revoke)),
        ))
        .with_state(identity)
}

/// The routes of one kind of account: its own, and those that both kinds share.
fn section(section: &'static Section, own: Router<Identity>) -> Router<Identity> {
    let base = section.base;
    own.route(base, get(accounts::list).post(accounts::search))
        .route(&format!("{base}/{{name}}/suspend"), post(accounts::suspend))
        .route(&format!("{base}/{{name}}/restore"), post(accounts::restore))
        .layer(Extension(section))
}

/// The fields at fault, to show the form again with; any other failure goes on to the edge.
fn violations(error: IdentityError) -> Result<Vec<Violation>, Failure> {
    match error {
        IdentityError::Refused(problem) if problem.kind == &kinds::INVALID => Ok(problem.violations),
        other => Err(Failure::from(other)),
    }
}

/// A form that was not accepted.
fn again(page: Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// To another page after a form was accepted, with cookies to keep.
fn go(to: &str, cookies: impl IntoIterator<Item = Option<HeaderValue>>) -> Response {
    let mut response = Redirect::to(to).into_response();
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Where a form leads afterwards: a path of this site, else the start page.
fn next(path: &str) -> &str {
    local_path(path).unwrap_or("/")
}

/// The browser and its system, as far as `User-Agent` tells in well-known words; enough for its owner to know it by.
pub fn browser(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = |words: &[(&str, &'static str)]| {
        words.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let program = first(&[
        ("coc_coc", "Cốc Cốc"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Macintosh", "macOS"),
        ("Linux", "Linux"),
    ]);
    [program, system].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Seconds in words, rounded up to minutes beyond two of them.
fn duration(lang: Lang, seconds: i64) -> String {
    if seconds < 120 {
        let seconds = seconds.max(1);
        let plural = if seconds == 1 { "" } else { "s" };
        lang.pick(format!("{seconds} giây"), format!("{seconds} second{plural}"))
    } else {
        let minutes = (seconds + 59) / 60;
        lang.pick(format!("{minutes} phút"), format!("{minutes} minutes"))
    }
}

/// Date and time without seconds.
fn time(moment: Moment) -> String {
    let text = moment.local_text();
    text.get(..16).unwrap_or(&text).to_owned()
}

/// Who, in the fewest words.
fn who(actor: &Actor) -> String {
    let name = match (&actor.officer, &actor.system) {
        (Some(officer), _) => officer.as_str(),
        (None, Some(system)) => system.as_str(),
        (None, None) => "–",
    };
    format!("{name} · {}", actor.agency)
}

const HISTORY: Text = Text::new("Lịch sử thay đổi", "History");

fn history(lang: Lang, lines: &[HistoryLine]) -> Markup {
    let events =
        lines.iter().map(|line| Event::new(time(line.at), line.what.text().get(lang)).who(who(&line.actor)));
    html! {
        h2.govuk-heading-m { (HISTORY.get(lang)) }
        (Timeline::new(events))
    }
}

/// The notice that a redirect asked for by its name.
fn notice(lang: Lang, name: &str) -> Option<Banner<'static>> {
    let text = match name {
        "created" => Text::new("Đã tạo tài khoản", "The account was created"),
        "edited" => Text::new("Đã lưu thay đổi", "The changes were saved"),
        "suspended" => Text::new("Đã tạm khóa tài khoản", "The account was suspended"),
        "restored" => Text::new("Đã mở khóa tài khoản", "The suspension was lifted"),
        "revoked" => Text::new("Đã thu hồi mã truy cập", "The token was revoked"),
        "password" => Text::new("Đã đổi mật khẩu", "The password was changed"),
        "ended" => Text::new("Đã kết thúc phiên làm việc", "The session was ended"),
        _ => return None,
    };
    Some(Banner::done(lang, text.get(lang)))
}

/// Where the page before and the page after are.
fn pagination(context: &PageContext, base: &str, page: i64, total: i64) -> Markup {
    let previous = (page > 1).then(|| format!("{base}?page={}", page - 1));
    let following = (page * PAGE < total).then(|| format!("{base}?page={}", page + 1));
    html! { (Pagination::new(context.lang, previous.as_deref(), following.as_deref())) }
}

/// What an administrator reads of an account's state.
fn state(lang: Lang, account: &Account) -> (web::components::Color, &'static str) {
    use web::components::Color;
    match account.suspended_at {
        Some(_) => (Color::Red, lang.pick("Tạm khóa", "Suspended")),
        None => (Color::Green, lang.pick("Đang hoạt động", "Active")),
    }
}

/// Roles by their titles in the policy.
fn role_titles(identity: &Identity, lang: Lang, roles: &[Role]) -> String {
    let titles = identity.policy().roles();
    let title = |role: &Role| {
        titles.iter().find(|t| t.role == *role).map_or_else(|| role.to_string(), |t| t.text(lang).to_owned())
    };
    roles.iter().map(title).collect::<Vec<_>>().join("; ")
}

/// The units of a scope in words, one to a line.
fn unit_names(context: &PageContext, units: &UnitScope) -> Markup {
    match units {
        UnitScope::Everywhere => html! { (context.lang.pick("Toàn quốc", "The whole country")) },
        UnitScope::Units(units) if units.is_empty() => html! { "–" },
        UnitScope::Units(units) => html! {
            @for (at, unit) in units.iter().enumerate() { @if at > 0 { br; } (places::unit(*unit)) }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_their_words() {
        let of = |agent: &'static str| {
            browser(&HeaderMap::from_iter([(header::USER_AGENT, HeaderValue::from_static(agent))]))
        };
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0";
        assert_eq!(of(edge), "Edge, Windows");
        assert_eq!(
            of("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"),
            "Firefox, Linux"
        );
        assert_eq!(of("curl/8.0 <script>"), "");
        assert_eq!(browser(&HeaderMap::new()), "");
    }

    #[test]
    fn waits_are_said_in_words() {
        assert_eq!(duration(Lang::Vi, 15), "15 giây");
        assert_eq!(duration(Lang::En, 1), "1 second");
        assert_eq!(duration(Lang::En, 119), "119 seconds");
        assert_eq!(duration(Lang::Vi, 121), "3 phút");
        assert_eq!(duration(Lang::En, 900), "15 minutes");
    }
}
