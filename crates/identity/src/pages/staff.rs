//! Officers' accounts.

use super::{
    accounts::{Done, Section, new_page, summary, suspension},
    again,
    form::ProfileForm,
    go, history, notice,
    sign_in::Nothing,
    violations,
};
use crate::{
    error::not_found,
    model::{Account, AccountId, AccountKind, By},
    service::{Identity, NewPassword},
};
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use vocabulary::{Moment, Text, Violation};
use web::{
    FormBody, Outcome, PageContext, SignedIn,
    components::{Banner, Button, Errors, Form, SummaryList, error_summary, inset, warning},
};

pub(super) static SECTION: Section = Section {
    kind: AccountKind::Staff,
    base: "/admin/staff",
    create: "/admin/new-staff",
    title: Text::new("Tài khoản cán bộ", "Staff accounts"),
    new: Text::new("Tạo tài khoản", "Create an account"),
    name: Text::new("Tên tài khoản", "Account name"),
    name_hint: Text::new(
        "Chữ không dấu, số và . _ - @; không phân biệt chữ hoa, chữ thường. Ví dụ: lan.nguyen",
        "Letters, digits and . _ - @; capitals do not matter. Such as lan.nguyen",
    ),
};

const ONCE: Text = Text::new(
    "Mật khẩu chỉ hiện một lần này. Hãy ghi lại hoặc in ra và trao tận tay; cán bộ phải đặt mật khẩu riêng khi đăng \
     nhập lần đầu.",
    "The password is shown this once. Write it down or print it and hand it over in person; the officer sets another \
     at the first sign-in.",
);

pub(super) async fn create(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    FormBody(form): FormBody<ProfileForm>,
) -> Outcome<Response> {
    let by = By::Caller(&caller);
    let id = AccountId::staff(&form.account).map_err(|invalid| invalid.at("account"));
    let found = match (form.read(SECTION.kind, identity.policy()), id) {
        (Ok(profile), Ok(id)) => {
            let AccountId::Staff(login) = &id else { return Err(not_found().into()) };
            match identity.create_staff(by, login, profile, NewPassword::OneTime, Moment::now()).await {
                Ok(password) => {
                    let account = identity.account(by, &id).await?;
                    return Ok(
                        password_page(&context, &account, &password.unwrap_or_default()).into_response()
                    );
                }
                Err(error) => violations(error)?,
            }
        }
        (profile, id) => id.err().into_iter().chain(profile.err().into_iter().flatten()).collect(),
    };
    Ok(again(new_page(&identity, &context, &SECTION, &form, &found)))
}

fn password_page(context: &PageContext, account: &Account, password: &str) -> Markup {
    let lang = context.lang;
    let title = lang.pick("Mật khẩu dùng một lần", "One-time password");
    let name = account.id.name();
    let address = SECTION.address(name);
    context.page(title).crumb(SECTION.title.get(lang), SECTION.base).crumb(name, &address).body(html! {
        h1.govuk-heading-l { (title) }
        (SummaryList::new()
            .row(lang.pick("Họ tên", "Name"), html! { (account.profile.name) })
            .row(SECTION.name.get(lang), html! { strong { (name) } })
            .row(lang.pick("Mật khẩu", "Password"), html! { strong.dancu-number { (password) } })
            .row(lang.pick("Đăng nhập tại", "Sign in at"), html! { "/sign-in" }))
        (warning(lang, ONCE.get(lang)))
        (Button::secondary(lang.pick("Về tài khoản", "Back to the account")).link(&address))
    })
}

pub(super) async fn show(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    Path(login): Path<String>,
    Query(Done { done }): Query<Done>,
) -> Outcome<Markup> {
    let by = By::Caller(&caller);
    let account = identity.account(by, &SECTION.id(&login)?).await?;
    let notice = notice(context.lang, &done);
    show_page(&identity, &context, by, &account, &ProfileForm::of(&account), &[], notice).await
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
    let own = matches!(by, By::Caller(caller) if account.actor().officer == caller.actor.officer);
    let address = SECTION.address(account.id.name());
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
        @if own {
            (inset(html! { (lang.pick(
                "Đây là tài khoản của bạn: vai trò, địa bàn và trạng thái do quản trị viên khác quyết định.",
                "This is your own account: another administrator decides about its roles, units and state.",
            )) }))
        } @else {
            h2.govuk-heading-m { (lang.pick("Sửa", "Edit")) }
            div.dancu-lead {
                (Form::new(context, &address, html! {
                    input type="hidden" name="version" value=(form.version);
                    (form.inputs(identity, context, SECTION.kind, &errors))
                    (Button::main(lang.pick("Lưu", "Save")))
                }))
            }
            h2.govuk-heading-m { (lang.pick("Đăng nhập", "Sign-in")) }
            (Form::new(context, &format!("{address}/reset-password"), html! {
                p.govuk-body { (lang.pick(
                    "Cấp mật khẩu dùng một lần; mọi phiên đang đăng nhập của cán bộ sẽ kết thúc.",
                    "Give out a one-time password; all sessions of the officer end.",
                )) }
                (Button::secondary(lang.pick("Cấp lại mật khẩu", "Reset the password")))
            }))
            (suspension(context, &SECTION, account))
        }
        (history(lang, &lines))
    }))
}

pub(super) async fn edit(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    Path(login): Path<String>,
    FormBody(form): FormBody<ProfileForm>,
) -> Outcome<Response> {
    let by = By::Caller(&caller);
    let id = SECTION.id(&login)?;
    let found = match form.read(SECTION.kind, identity.policy()) {
        Ok(profile) => match identity.edit(by, &id, profile, form.version, Moment::now()).await {
            Ok(()) => return Ok(go(&format!("{}?done=edited", SECTION.address(id.name())), [])),
            Err(error) => violations(error)?,
        },
        Err(found) => found,
    };
    let account = identity.account(by, &id).await?;
    Ok(again(show_page(&identity, &context, by, &account, &form, &found, None).await?))
}

/// Answers with the password itself instead of leading elsewhere: it is kept nowhere, so no other page could show it.
pub(super) async fn reset_password(
    State(identity): State<Identity>,
    context: PageContext,
    SignedIn(caller): SignedIn,
    Path(login): Path<String>,
    _: FormBody<Nothing>,
) -> Outcome<Markup> {
    let by = By::Caller(&caller);
    let id = SECTION.id(&login)?;
    let AccountId::Staff(login) = &id else { return Err(not_found().into()) };
    let password = identity.reset_password(by, login, Moment::now()).await?;
    let account = identity.account(by, &id).await?;
    Ok(password_page(&context, &account, &password))
}
