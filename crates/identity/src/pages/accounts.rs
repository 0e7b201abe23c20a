//! What the pages of both kinds of account share: lists, the blank form, suspension.

use super::{form::ProfileForm, pagination, role_titles, sign_in::Nothing, state, time, unit_names};
use crate::{
    error::{IdentityError, not_found},
    model::{Account, AccountId, AccountKind, By},
    places,
    service::{AccountList, Identity},
};
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::Response,
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Moment, Text, Violation};
use web::{
    FormBody, Outcome, PageContext, SignedIn,
    components::{
        Button, Column, EmptyState, Errors, Form, Question, SummaryList, Table, Tag, TextInput, error_summary,
    },
};

/// The part of the administration that a kind of account has.
pub(super) struct Section {
    pub kind: AccountKind,
    /// Its list; an account stands below by its name.
    pub base: &'static str,
    /// The form for a new one.
    pub create: &'static str,
    pub title: Text,
    pub new: Text,
    pub name: Text,
    pub name_hint: Text,
}

impl Section {
    /// The page of an account.
    pub fn address(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    /// The account that a path names.
    pub fn id(&self, name: &str) -> Result<AccountId, IdentityError> {
        let id = match self.kind {
            AccountKind::Staff => AccountId::staff(name),
            AccountKind::Client => AccountId::client(name),
        };
        id.map_err(|_| not_found())
    }
}

type OfSection = Extension<&'static Section>;

#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default = "first")]
    page: i64,
}

fn first() -> i64 {
    1
}

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    text: String,
}

/// What a redirect has just done.
#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    pub done: String,
}

pub(super) async fn list(
    State(identity): State<Identity>,
    Extension(section): OfSection,
    context: PageContext,
    SignedIn(caller): SignedIn,
    Query(query): Query<ListQuery>,
) -> Outcome<Markup> {
    let found = identity.accounts(By::Caller(&caller), section.kind, "", query.page).await?;
    Ok(list_page(&identity, &context, section, &found, "", query.page.max(1)))
}

/// Names do not belong into addresses, so searching posts; it shows the first page of what it finds.
pub(super) async fn search(
    State(identity): State<Identity>,
    Extension(section): OfSection,
    context: PageContext,
    SignedIn(caller): SignedIn,
    FormBody(form): FormBody<Search>,
) -> Outcome<Markup> {
    let found = identity.accounts(By::Caller(&caller), section.kind, &form.text, 1).await?;
    Ok(list_page(&identity, &context, section, &found, &form.text, 1))
}

fn list_page(
    identity: &Identity,
    context: &PageContext,
    section: &Section,
    found: &AccountList,
    text: &str,
    page: i64,
) -> Markup {
    let lang = context.lang;
    let find = Text::new("Tìm theo tên hoặc tên tài khoản", "Find by name or account");
    let columns = [
        section.name.get(lang),
        lang.pick("Tên", "Name"),
        lang.pick("Cơ quan", "Agency"),
        lang.pick("Vai trò", "Roles"),
        lang.pick("Trạng thái", "State"),
    ];
    let (shown, total) = (found.accounts.len(), found.total);
    let caption =
        lang.pick(format!("{shown} trong {total} tài khoản"), format!("{shown} of {total} accounts"));
    let mut table = Table::new(caption, columns.map(Column::new)).stacked();
    for account in &found.accounts {
        let (color, words) = state(lang, account);
        let name = account.id.name();
        table.row([
            html! { a.govuk-link href=(section.address(name)) { (name) } },
            html! { (account.profile.name) },
            html! { (account.profile.agency) },
            html! { (role_titles(identity, lang, &account.profile.roles)) },
            html! { (Tag::new(color, words)) },
        ]);
    }
    context.page(section.title.get(lang)).body(html! {
        h1.govuk-heading-l { (section.title.get(lang)) }
        (Button::main(section.new.get(lang)).link(section.create))
        (Form::new(context, section.base, html! {
            (TextInput::new(Question::new("text", find.get(lang))).value(text).max(100).width(30))
            (Button::secondary(lang.pick("Tìm", "Find")))
        }))
        @if found.accounts.is_empty() {
            (EmptyState::new(lang.pick("Không có tài khoản nào", "No account"), html! {
                p { (lang.pick("Thử phần khác của tên, hoặc tạo tài khoản mới.", "Try another part of the name, or create an account.")) }
            }))
        } @else {
            (table)
            @if text.is_empty() { (pagination(context, section.base, page, total)) }
        }
    })
}

pub(super) async fn blank(
    State(identity): State<Identity>,
    Extension(section): OfSection,
    context: PageContext,
    SignedIn(caller): SignedIn,
) -> Outcome<Markup> {
    identity.policy().reach(&caller, section.kind.managed_by(), None)?;
    Ok(new_page(&identity, &context, section, &ProfileForm::default(), &[]))
}

/// The form for a new account, blank or with what was wrong.
pub(super) fn new_page(
    identity: &Identity,
    context: &PageContext,
    section: &Section,
    form: &ProfileForm,
    found: &[Violation],
) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, found);
    let name =
        Question::new("account", section.name.get(lang)).hint(section.name_hint.get(lang)).errors(&errors);
    context
        .page(section.new.get(lang))
        .crumb(section.title.get(lang), section.base)
        .with_errors(errors.any())
        .body(html! {
            div.dancu-lead {
                (error_summary(&errors))
                h1.govuk-heading-l { (section.new.get(lang)) }
                (Form::new(context, section.create, html! {
                    (TextInput::new(name).value(&form.account).max(64).width(30))
                    (form.inputs(identity, context, section.kind, &errors))
                    (Button::main(section.new.get(lang)))
                }))
            }
        })
}

/// What an account is, above the forms that change it.
pub(super) fn summary(context: &PageContext, section: &Section, account: &Account) -> SummaryList {
    let lang = context.lang;
    let (color, words) = state(lang, account);
    SummaryList::new()
        .row(section.name.get(lang), html! { (account.id.name()) })
        .row(lang.pick("Trạng thái", "State"), html! { (Tag::new(color, words)) })
        .row(lang.pick("Nơi làm việc", "Workplace"), html! { (places::workplace(&account.profile)) })
        .row(lang.pick("Địa bàn phụ trách", "Assigned units"), unit_names(context, &account.profile.units))
        .row(lang.pick("Tạo lúc", "Created"), html! { (time(account.created_at)) })
        .row(lang.pick("Sửa gần nhất", "Last changed"), html! { (time(account.changed_at)) })
}

/// The button that suspends an account, or lifts that.
pub(super) fn suspension(context: &PageContext, section: &Section, account: &Account) -> Markup {
    let lang = context.lang;
    let address = section.address(account.id.name());
    if account.suspended_at.is_some() {
        let button = html! { (Button::secondary(lang.pick("Mở khóa tài khoản", "Lift the suspension"))) };
        html! { (Form::new(context, &format!("{address}/restore"), button)) }
    } else {
        let button = html! { (Button::warning(lang.pick("Tạm khóa tài khoản", "Suspend the account"))) };
        html! { (Form::new(context, &format!("{address}/suspend"), button)) }
    }
}

pub(super) async fn suspend(
    identity: State<Identity>,
    section: OfSection,
    caller: SignedIn,
    name: Path<String>,
    _: FormBody<Nothing>,
) -> Outcome<Response> {
    set_suspended(identity, section, caller, name, true).await
}

pub(super) async fn restore(
    identity: State<Identity>,
    section: OfSection,
    caller: SignedIn,
    name: Path<String>,
    _: FormBody<Nothing>,
) -> Outcome<Response> {
    set_suspended(identity, section, caller, name, false).await
}

async fn set_suspended(
    State(identity): State<Identity>,
    Extension(section): OfSection,
    SignedIn(caller): SignedIn,
    Path(name): Path<String>,
    suspended: bool,
) -> Outcome<Response> {
    let id = section.id(&name)?;
    identity.suspend(By::Caller(&caller), &id, suspended, Moment::now()).await?;
    let done = if suspended { "suspended" } else { "restored" };
    Ok(super::go(&format!("{}?done={done}", section.address(id.name())), []))
}
