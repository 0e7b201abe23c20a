//! Calling systems' accounts and their tokens.

use super::{
    accounts::{Done, Section, new_page, summary, suspension},
    again,
    form::ProfileForm,
    go, history, notice,
    sign_in::Nothing,
    time, violations,
};
use crate::{
    model::{Account, AccountId, AccountKind, By, Token},
    service::{Identity, LONGEST_TOKEN_DAYS},
};
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Moment, Text, Violation};
use web::{
    FormBody, Outcome, PageContext, SignedIn,
    components::{
        Banner, Button, Color, Column, Errors, Form, Question, SummaryList, Table, Tag, TextInput,
        error_summary, warning,
    },
};

pub(super) static SECTION: Section = Section {
    kind: AccountKind::Client,
    base: "/admin/clients",
    create: "/admin/new-client",
    title: Text::new("Hệ thống kết nối", "Calling systems"),
    new: Text::new("Đăng ký hệ thống", "Register a system"),
    name: Text::new("Mã hệ thống", "System identifier"),
    name_hint: Text::new(
        "Chữ không dấu, số và . _ - @. Ví dụ: his.bvdk-khanhhoa",
        "Letters, digits and . _ - @. Such as his.bvdk-khanhhoa",
    ),
};

const TOKENS: Text = Text::new("Mã truy cập", "Tokens");
const ONCE: Text = Text::new(
    "Mã truy cập chỉ hiện một lần này. Hãy chép vào nơi cất giữ bí mật của hệ thống; không gửi qua thư hoặc tin nhắn.",
    "The token is shown this once. Copy it to where the system keeps its secrets; do not mail or message it.",
);

pub(super) async fn create(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    FormBody(form): FormBody<ProfileForm>,
) -> Outcome<Response> {
    let by = By::Caller(&caller);
    let id = AccountId::client(&form.account).map_err(|invalid| invalid.at("account"));
    let found: Vec<Violation> = match (form.read(SECTION.kind, identity.policy()), id) {
        (Ok(profile), Ok(id)) => match identity.create_client(by, &id, profile, Moment::now()).await {
            Ok(()) => return Ok(go(&format!("{}?done=created", SECTION.address(id.name())), [])),
            Err(error) => violations(error)?,
        },
        (profile, id) => id.err().into_iter().chain(profile.err().into_iter().flatten()).collect(),
    };
    Ok(again(new_page(&identity, &context, &SECTION, &form, &found)))
}

pub(super) async fn show(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    Path(system): Path<String>,
    Query(Done { done }): Query<Done>,
) -> Outcome<Markup> {
    let by = By::Caller(&caller);
    let account = identity.account(by, &SECTION.id(&system)?).await?;
    let shown = Shown { form: ProfileForm::of(&account), issue: IssueForm::default(), found: &[] };
    show_page(&identity, &context, by, &account, &shown, notice(context.lang, &done)).await
}

/// What the forms of the page are filled in with.
struct Shown<'a> {
    form: ProfileForm,
    issue: IssueForm,
    found: &'a [Violation],
}

async fn show_page(
    identity: &Identity,
    context: &PageContext,
    by: By<'_>,
    account: &Account,
    shown: &Shown<'_>,
    notice: Option<Banner<'static>>,
) -> Outcome<Markup> {
    let lang = context.lang;
    let errors = Errors::new(lang, shown.found);
    let lines = identity.history(by, &account.id).await?;
    let name = account.id.name();
    let tokens = identity.tokens(by, &identity.system(name)?).await?;
    let label = Text::new("Dùng cho việc gì, ở máy nào", "What for, on which machine");
    let days = lang.pick(
        format!("Thời hạn, từ 1 đến {LONGEST_TOKEN_DAYS} ngày"),
        format!("Days for which it is valid, 1 to {LONGEST_TOKEN_DAYS}"),
    );
    let mut page = context
        .page(&account.profile.name)
        .crumb(SECTION.title.get(lang), SECTION.base)
        .with_errors(errors.any());
    if let Some(notice) = &notice {
        page = page.notice(notice);
    }
    Ok(page.body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (account.profile.name) }
        (summary(context, &SECTION, account))
        h2.govuk-heading-m { (TOKENS.get(lang)) }
        @if !tokens.is_empty() { (token_table(context, name, &tokens)) }
        div.dancu-lead {
            (Form::new(context, &format!("{}/tokens", SECTION.address(name)), html! {
                (TextInput::new(Question::new("label", label.get(lang)).errors(&errors)).value(&shown.issue.label).max(100))
                (TextInput::new(Question::new("days", &days).errors(&errors)).value(&shown.issue.days).max(3).width(4).digits())
                (Button::main(lang.pick("Cấp mã truy cập", "Issue a token")))
            }))
        }
        h2.govuk-heading-m { (lang.pick("Sửa", "Edit")) }
        div.dancu-lead {
            (Form::new(context, &SECTION.address(name), html! {
                input type="hidden" name="version" value=(shown.form.version);
                (shown.form.inputs(identity, context, SECTION.kind, &errors))
                (Button::secondary(lang.pick("Lưu", "Save")))
            }))
        }
        (suspension(context, &SECTION, account))
        (history(lang, &lines))
    }))
}

fn token_table(context: &PageContext, system: &str, tokens: &[Token]) -> Markup {
    let lang = context.lang;
    let now = Moment::now();
    let columns = [
        lang.pick("Dùng cho", "For"),
        lang.pick("Cấp lúc", "Issued"),
        lang.pick("Hết hạn", "Expires"),
        lang.pick("Ngày dùng gần nhất", "Last used on"),
        lang.pick("Trạng thái", "State"),
        lang.pick("Thao tác", "Action"),
    ];
    let mut table = Table::new(TOKENS.get(lang), columns.map(Column::new)).stacked();
    for token in tokens {
        let (color, words) = match token {
            Token { revoked_at: Some(_), .. } => (Color::Red, lang.pick("Đã thu hồi", "Revoked")),
            Token { ends_at, .. } if *ends_at <= now => (Color::Grey, lang.pick("Hết hạn", "Expired")),
            _ => (Color::Green, lang.pick("Còn hiệu lực", "Valid")),
        };
        let used = token.used_at.map(time).and_then(|text| text.get(..10).map(str::to_owned));
        let action = format!("{}/tokens/{}/revoke", SECTION.address(system), token.id);
        table.row([
            html! { (token.label) },
            html! { (time(token.created_at)) },
            html! { (time(token.ends_at)) },
            html! { (used.as_deref().unwrap_or("–")) },
            html! { (Tag::new(color, words)) },
            html! {
                @if token.revoked_at.is_none() {
                    (Form::new(context, &action, html! { (Button::warning(lang.pick("Thu hồi", "Revoke"))) }))
                }
            },
        ]);
    }
    html! { (table) }
}

pub(super) async fn edit(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    Path(system): Path<String>,
    FormBody(form): FormBody<ProfileForm>,
) -> Outcome<Response> {
    let by = By::Caller(&caller);
    let id = SECTION.id(&system)?;
    let found = match form.read(SECTION.kind, identity.policy()) {
        Ok(profile) => match identity.edit(by, &id, profile, form.version, Moment::now()).await {
            Ok(()) => return Ok(go(&format!("{}?done=edited", SECTION.address(id.name())), [])),
            Err(error) => violations(error)?,
        },
        Err(found) => found,
    };
    let account = identity.account(by, &id).await?;
    let shown = Shown { form, issue: IssueForm::default(), found: &found };
    Ok(again(show_page(&identity, &context, by, &account, &shown, None).await?))
}

#[derive(Deserialize)]
pub(super) struct IssueForm {
    #[serde(default)]
    label: String,
    #[serde(default)]
    days: String,
}

impl Default for IssueForm {
    fn default() -> IssueForm {
        IssueForm { label: String::new(), days: "365".to_owned() }
    }
}

pub(super) async fn issue(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    Path(system): Path<String>,
    FormBody(form): FormBody<IssueForm>,
) -> Outcome<Response> {
    let by = By::Caller(&caller);
    let id = SECTION.id(&system)?;
    let days = form.days.trim().parse().unwrap_or(0);
    let issued =
        identity.issue_token(by, &identity.system(id.name())?, &form.label, days, Moment::now()).await;
    let account = identity.account(by, &id).await?;
    match issued {
        Ok(token) => Ok(token_page(&context, &account, &form.label, token.reveal()).into_response()),
        Err(error) => {
            let found = violations(error)?;
            let shown = Shown { form: ProfileForm::of(&account), issue: form, found: &found };
            Ok(again(show_page(&identity, &context, by, &account, &shown, None).await?))
        }
    }
}

fn token_page(context: &PageContext, account: &Account, label: &str, token: &str) -> Markup {
    let lang = context.lang;
    let title = lang.pick("Mã truy cập mới", "New token");
    let name = account.id.name();
    context.page(title).crumb(SECTION.title.get(lang), SECTION.base).crumb(name, &SECTION.address(name)).body(
        html! {
            h1.govuk-heading-l { (title) }
            (SummaryList::new()
                .row(lang.pick("Hệ thống", "System"), html! { (account.profile.name) })
                .row(lang.pick("Dùng cho", "For"), html! { (label) })
                .row(TOKENS.get(lang), html! { code.dancu-number { (token) } })
                .row(lang.pick("Cách dùng", "Use"), html! { code { "Authorization: Bearer dct_…" } }))
            (warning(lang, ONCE.get(lang)))
            (Button::secondary(lang.pick("Về hệ thống", "Back to the system")).link(&SECTION.address(name)))
        },
    )
}

pub(super) async fn revoke(
    State(identity): State<Identity>,
    SignedIn(caller): SignedIn,
    Path((system, token)): Path<(String, i64)>,
    _: FormBody<Nothing>,
) -> Outcome<Response> {
    let id = SECTION.id(&system)?;
    identity.revoke_token(By::Caller(&caller), &identity.system(id.name())?, token, Moment::now()).await?;
    Ok(go(&format!("{}?done=revoked", SECTION.address(id.name())), []))
}
