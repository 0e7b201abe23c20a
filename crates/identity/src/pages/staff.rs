//! Officers' accounts.

use super::{
    account::{Token, unit_names},
    again, base, form::ProfileForm, go, history, notice, pagination, state, time, violations,
};
use crate::{
    error::{IdentityError, not_found},
    model::{Account, AccountId, AccountKind, By},
    service::{Identity, NewPassword, StaffList},
};
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Invalid, Moment, StaffId, Text, Violation};
use web::{
    FormBody, Outcome, PageContext, SignedIn,
    components::{
        Banner, Button, Column, EmptyState, Errors, Form, Question, SummaryList, Table, Tag, TextInput, error_summary,
        inset, warning,
    },
};

const KIND: AccountKind = AccountKind::Staff;
const TITLE: Text = Text::new("Tài khoản cán bộ", "Staff accounts");
const NEW: Text = Text::new("Tạo tài khoản", "Create an account");
const LOGIN: Text = Text::new("Tên tài khoản", "Account name");
const LOGIN_HINT: Text = Text::new(
    "Chữ không dấu, số và . _ - @; không phân biệt chữ hoa, chữ thường. Ví dụ: lan.nguyen",
    "Letters, digits and . _ - @; capitals do not matter. Such as lan.nguyen",
);
const ONCE: Text = Text::new(
    "Mật khẩu chỉ hiện một lần này. Hãy ghi lại hoặc in ra và trao tận tay; cán bộ phải đặt mật khẩu riêng khi đăng nhập lần đầu.",
    "The password is shown this once. Write it down or print it and hand it over in person; the officer sets another at the first sign-in.",
);

#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default = "first")]
    pub page: i64,
}

fn first() -> i64 {
    1
}

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    pub text: String,
}

#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    pub done: String,
}

pub(super) async fn list(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    Query(query): Query<ListQuery>,
) -> Outcome<Markup> {
    let found = identity.accounts(By::Caller(&caller), KIND, "", query.page).await?;
    Ok(list_page(&context, KIND, TITLE, NEW, "/admin/new-staff", &found, "", query.page.max(1)))
}

/// Names do not belong into addresses, so searching posts; it shows the first page of what it finds.
pub(super) async fn search(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    FormBody(form): FormBody<Search>,
) -> Outcome<Markup> {
    let found = identity.accounts(By::Caller(&caller), KIND, &form.text, 1).await?;
    Ok(list_page(&context, KIND, TITLE, NEW, "/admin/new-staff", &found, &form.text, 1))
}

#[allow(clippy::too_many_arguments)]
pub(super) fn list_page(
    context: &PageContext,
    kind: AccountKind,
    title: Text,
    new: Text,
    create: &str,
    found: &StaffList,
    text: &str,
    page: i64,
) -> Markup {
    let lang = context.lang;
    let find = Text::new("Tìm theo tên hoặc tên tài khoản", "Find by name or account");
    let columns = [
        lang.pick("Tài khoản", "Account"),
        lang.pick("Tên", "Name"),
        lang.pick("Cơ quan", "Agency"),
        lang.pick("Vai trò", "Roles"),
        lang.pick("Trạng thái", "State"),
    ];
    let shown = found.accounts.len();
    let caption = lang.pick(format!("{shown} trong {} tài khoản", found.total), format!("{shown} of {} accounts", found.total));
    let mut table = Table::new(caption, columns.map(Column::new)).stacked();
    for account in &found.accounts {
        let (color, words) = state(lang, account);
        let roles = account.profile.roles.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", ");
        table.row([
            html! { a.govuk-link href={ (base(kind)) "/" (account.id.name()) } { (account.id.name()) } },
            html! { (account.profile.name) },
            html! { (account.profile.agency) },
            html! { (roles) },
            html! { (Tag::new(color, words)) },
        ]);
    }
    context.page(title.get(lang)).body(html! {
        h1.govuk-heading-l { (title.get(lang)) }
        (Button::main(new.get(lang)).link(create))
        (Form::new(context, base(kind), html! {
            (TextInput::new(Question::new("text", find.get(lang))).value(text).max(100).width(30))
            (Button::secondary(lang.pick("Tìm", "Find")))
        }))
        @if found.accounts.is_empty() {
            (EmptyState::new(lang.pick("Không có tài khoản nào", "No account"), html! {
                p { (lang.pick("Thử phần khác của tên, hoặc tạo tài khoản mới.", "Try another part of the name, or create an account.")) }
            }))
        } @else {
            (table)
            @if text.is_empty() { (pagination(context, base(kind), page, found.total)) }
        }
    })
}

pub(super) async fn blank(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
) -> Outcome<Markup> {
    identity.policy().reach(&caller, KIND.managed_by(), None)?;
    Ok(new_page(&identity, &context, &ProfileForm::default(), &[]))
}

pub(super) async fn create(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    FormBody(form): FormBody<ProfileForm>,
) -> Outcome<Response> {
    let by = By::Caller(&caller);
    let profile = match (form.read(), login_of(&form.account)) {
        (Ok(profile), Ok(login)) => {
            match identity.create_staff(by, &login, profile, NewPassword::OneTime, Moment::now()).await {
                Ok(password) => {
                    let password = password.unwrap_or_default();
                    let account = identity.account(by, &AccountId::Staff(login)).await?;
                    return Ok(password_page(&context, &account, &password).into_response());
                }
                Err(error) => violations(error)?,
            }
        }
        (profile, login) => {
            login.err().into_iter().chain(profile.err().into_iter().flatten()).collect::<Vec<Violation>>()
        }
    };
    // The use case names the field as the store does; on this page it is the first input.
    let found: Vec<Violation> = profile
        .into_iter()
        .map(|violation| match violation.field.as_str() {
            "login" => Violation { field: "account".to_owned(), ..violation },
            _ => violation,
        })
        .collect();
    Ok(again(new_page(&identity, &context, &form, &found)))
}

fn login_of(text: &str) -> Result<StaffId, Violation> {
    match AccountId::staff(text) {
        Ok(AccountId::Staff(login)) => Ok(login),
        Ok(AccountId::Client(_)) => Err(Invalid::new("officer/format", "", "").at("account")),
        Err(invalid) => Err(invalid.at("account")),
    }
}

fn new_page(identity: &Identity, context: &PageContext, form: &ProfileForm, found: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, found);
    context.page(NEW.get(lang)).crumb(TITLE.get(lang), base(KIND)).with_errors(errors.any()).body(html! {
        div.dancu-lead {
            (error_summary(&errors))
            h1.govuk-heading-l { (NEW.get(lang)) }
            (Form::new(context, "/admin/new-staff", html! {
                (TextInput::new(Question::new("account", LOGIN.get(lang)).hint(LOGIN_HINT.get(lang)).errors(&errors))
                    .value(&form.account).max(64).width(30))
                (form.inputs(identity, context, KIND, &errors))
                (Button::main(NEW.get(lang)))
            }))
        }
    })
}

fn password_page(context: &PageContext, account: &Account, password: &str) -> Markup {
    let lang = context.lang;
    let title = lang.pick("Mật khẩu dùng một lần", "One-time password");
    let name = account.id.name();
    context.page(title).crumb(TITLE.get(lang), base(KIND)).crumb(name, &address(name)).body(html! {
        h1.govuk-heading-l { (title) }
        (SummaryList::new()
            .row(lang.pick("Họ tên", "Name"), html! { (account.profile.name) })
            .row(LOGIN.get(lang), html! { strong { (name) } })
            .row(lang.pick("Mật khẩu", "Password"), html! { strong.dancu-number { (password) } })
            .row(lang.pick("Đăng nhập tại", "Sign in at"), html! { "/sign-in" }))
        (warning(lang, ONCE.get(lang)))
        (Button::secondary(lang.pick("Về tài khoản", "Back to the account")).link(&address(name)))
    })
}

fn address(login: &str) -> String {
    format!("{}/{login}", base(KIND))
}

fn id(text: &str) -> Result<AccountId, IdentityError> {
    AccountId::staff(text).map_err(|_| not_found())
}

pub(super) async fn show(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    Path(login): Path<String>,
    Query(Done { done }): Query<Done>,
) -> Outcome<Markup> {
    let account = identity.account(By::Caller(&caller), &id(&login)?).await?;
    let notice = notice(context.lang, &done);
    show_page(&identity, &context, By::Caller(&caller), &account, &ProfileForm::of(&account), &[], notice).await
}

async fn show_page(
    identity: &Identity,
    context: &PageContext,
    by: By<'_>,
    account: &Account,
    form: &ProfileForm,
    found: &[Violation],
    notice: Option<Banner<'static>>,
) -> Outcome<Markup> {
    let lang = context.lang;
    let errors = Errors::new(lang, found);
    let lines = identity.history(by, &account.id).await?;
    let own = matches!(by, By::Caller(caller) if account.actor() == caller.actor);
    let name = account.id.name();
    let mut page = context.page(&account.profile.name).crumb(TITLE.get(lang), base(KIND)).with_errors(errors.any());
    if let Some(notice) = &notice {
        page = page.notice(notice);
    }
    Ok(page.body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (account.profile.name) }
        (summary(context, account))
        @if own {
            (inset(html! { (lang.pick(
                "Đây là tài khoản của bạn: vai trò, địa bàn và trạng thái do quản trị viên khác quyết định.",
                "This is your own account: another administrator decides about its roles, units and state.",
            )) }))
        } @else {
            h2.govuk-heading-m { (lang.pick("Sửa", "Edit")) }
            div.dancu-lead {
                (Form::new(context, &address(name), html! {
                    input type="hidden" name="version" value=(form.version);
                    (form.inputs(identity, context, KIND, &errors))
                    (Button::main(lang.pick("Lưu", "Save")))
                }))
            }
            h2.govuk-heading-m { (lang.pick("Đăng nhập", "Sign-in")) }
            (Form::new(context, &format!("{}/reset-password", address(name)), html! {
                p.govuk-body { (lang.pick(
                    "Cấp mật khẩu dùng một lần; mọi phiên đang đăng nhập của cán bộ sẽ kết thúc.",
                    "Give out a one-time password; all sessions of the officer end.",
                )) }
                (Button::secondary(lang.pick("Cấp lại mật khẩu", "Reset the password")))
            }))
            (suspension(context, account, &address(name)))
        }
        (history(lang, &lines))
    }))
}

pub(super) fn summary(context: &PageContext, account: &Account) -> SummaryList {
    let lang = context.lang;
    let (color, words) = state(lang, account);
    SummaryList::new()
        .row(lang.pick("Tài khoản", "Account"), html! { (account.id.name()) })
        .row(lang.pick("Trạng thái", "State"), html! { (Tag::new(color, words)) })
        .row(lang.pick("Nơi làm việc", "Workplace"), html! { (crate::places::workplace(&account.profile)) })
        .row(lang.pick("Địa bàn phụ trách", "Assigned units"), unit_names(context, &account.profile.units))
        .row(lang.pick("Tạo lúc", "Created"), html! { (time(account.created_at)) })
        .row(lang.pick("Sửa gần nhất", "Last changed"), html! { (time(account.changed_at)) })
}

pub(super) fn suspension(context: &PageContext, account: &Account, address: &str) -> Markup {
    let lang = context.lang;
    if account.suspended_at.is_some() {
        let button = html! { (Button::secondary(lang.pick("Mở khóa tài khoản", "Lift the suspension"))) };
        html! { (Form::new(context, &format!("{address}/restore"), button)) }
    } else {
        let button = html! { (Button::warning(lang.pick("Tạm khóa tài khoản", "Suspend the account"))) };
        html! { (Form::new(context, &format!("{address}/suspend"), button)) }
    }
}

pub(super) async fn edit(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    Path(login): Path<String>,
    FormBody(form): FormBody<ProfileForm>,
) -> Outcome<Response> {
    let by = By::Caller(&caller);
    let id = id(&login)?;
    let found = match form.read() {
        Ok(profile) => match identity.edit(by, &id, profile, form.version, Moment::now()).await {
            Ok(()) => return Ok(go(&format!("{}?done=edited", address(id.name())), [])),
            Err(error) => violations(error)?,
        },
        Err(found) => found,
    };
    let account = identity.account(by, &id).await?;
    Ok(again(show_page(&identity, &context, by, &account, &form, &found, None).await?))
}

pub(super) async fn suspend(
    state: State<Identity>,
    caller: SignedIn,
    login: Path<String>,
    _: Token,
) -> Outcome<Response> {
    set_suspended(state, caller, login, true).await
}

pub(super) async fn restore(
    state: State<Identity>,
    caller: SignedIn,
    login: Path<String>,
    _: Token,
) -> Outcome<Response> {
    set_suspended(state, caller, login, false).await
}

async fn set_suspended(
    State(identity): State<Identity>,
    SignedIn(caller): SignedIn,
    Path(login): Path<String>,
    suspended: bool,
) -> Outcome<Response> {
    let id = id(&login)?;
    identity.suspend(By::Caller(&caller), &id, suspended, Moment::now()).await?;
    let done = if suspended { "suspended" } else { "restored" };
    Ok(go(&format!("{}?done={done}", address(id.name())), []))
}

/// Answers with the password itself instead of leading elsewhere: it is kept nowhere, so no other page could show it.
pub(super) async fn reset_password(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    Path(login): Path<String>,
    _: Token,
) -> Outcome<Markup> {
    let by = By::Caller(&caller);
    let id = id(&login)?;
    let AccountId::Staff(login) = &id else { return Err(not_found().into()) };
    let password = identity.reset_password(by, login, Moment::now()).await?;
    let account = identity.account(by, &id).await?;
    Ok(password_page(&context, &account, &password))
}
