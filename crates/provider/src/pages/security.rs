//! The page of security: how one signs in, with which browsers, where one is signed in, and the sign-ins of late.

use super::{
    arrival::{Arrival, Fresh, violations},
    time,
};
use crate::{
    layer::SignedInCitizen,
    service::{Provider, Security},
};
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Lang, Moment, Text, Violation};
use web::{
    FormBody, Outcome, PageContext,
    components::{
        Banner, Button, Column, Errors, Form, Question, SummaryList, Table, TextInput, back_link,
        error_summary,
    },
};

const TITLE: Text = Text::new("Bảo mật", "Security");

/// The means of a sign-in in words.
fn means(amr: &str, lang: Lang) -> String {
    let has = |value: &str| amr.split(' ').any(|one| one == value);
    let what = match (has("pop"), has("otp")) {
        (true, _) => lang.pick("Khóa truy cập", "Passkey"),
        (false, true) => lang.pick("Mật khẩu và mã", "Password and code"),
        (false, false) => lang.pick("Mật khẩu", "Password"),
    };
    if has("mca") {
        return lang.pick(format!("Điện thoại cho phép ({what})"), format!("Agreed on the phone ({what})"));
    }
    what.to_owned()
}

fn named(browser: &str, lang: Lang) -> &str {
    if browser.is_empty() { lang.pick("Trình duyệt không rõ", "Unknown browser") } else { browser }
}

/// What a recovery that waits is told with, and the button that calls it off.
pub(super) fn recovery_notice(context: &PageContext, ready_at: Moment) -> Markup {
    let lang = context.lang;
    let text = lang.pick(
        "Có yêu cầu lấy lại tài khoản này bằng mật khẩu mới.",
        "Somebody asked to recover this account with a new password.",
    );
    let banner = Banner::important(lang, text).more(html! {
        p.govuk-body { (lang.pick("Có hiệu lực từ ", "It holds from ")) (time(ready_at))
            (lang.pick(". Nếu không phải bạn, hãy hủy ngay.", ". If it was not you, call it off now.")) }
        (Form::new(context, "/citizen/security/recovery/cancel", html! { (Button::warning(lang.pick("Hủy yêu cầu", "Call it off"))) }))
    });
    html! { (banner) }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    done: String,
}

fn done_text(done: &str) -> Option<Text> {
    Some(match done {
        "passkey" => Text::new("Đã thêm khóa truy cập.", "The passkey was added."),
        "app" => Text::new("Đã đặt ứng dụng tạo mã.", "The app for codes is set up."),
        "contact" => Text::new("Đã thêm liên hệ.", "The contact was added."),
        "removed" => Text::new("Đã xóa liên hệ.", "The contact was removed."),
        "password" => Text::new(
            "Đã đổi mật khẩu. Các phiên khác đã kết thúc.",
            "The password was changed. Other sessions have ended.",
        ),
        "cancelled" => Text::new("Đã hủy yêu cầu lấy lại tài khoản.", "The recovery was called off."),
        _ => return None,
    })
}

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    arrival: Arrival,
    Query(done): Query<Done>,
) -> Outcome<Markup> {
    let all = provider.security(&citizen.session, arrival.device.as_deref(), arrival.now).await?;
    let lang = context.lang;
    // A recovery that waits is the more important notice.
    let text = done_text(&done.done).filter(|_| all.recovery.is_none()).map(|text| text.get(lang));
    let banner = text.map(|text| Banner::done(lang, text));
    let mut page = context.page(TITLE.get(lang));
    if let Some(banner) = &banner {
        page = page.notice(banner);
    }
    Ok(page.body(html! {
        @if let Some(recovery) = &all.recovery { (recovery_notice(&context, recovery.ready_at)) }
        h1.govuk-heading-l { (TITLE.get(lang)) }
        (passkeys(&context, &all))
        (factors(&context, &all))
        (contacts(&context, &all))
        p.govuk-body { a.govuk-link href="/citizen/approve" { (lang.pick("Cho phép máy tính đăng nhập", "Let a computer sign in")) } }
        (devices(&context, &all))
        (sessions(&context, &all, citizen.session.number))
        (sign_ins(&all, lang))
        (back_link("/citizen", lang.pick("Về tài khoản của tôi", "Back to my account")))
    }))
}

fn passkeys(context: &PageContext, all: &Security) -> Markup {
    let lang = context.lang;
    let mut table = Table::new(
        lang.pick("Khóa truy cập", "Passkeys"),
        [
            Column::new(lang.pick("Tên", "Name")),
            Column::new(lang.pick("Thêm lúc", "Added")),
            Column::new(lang.pick("Dùng lần cuối", "Last used")),
            Column::new(lang.pick("Thay đổi", "Change")),
        ],
    )
    .stacked();
    for key in &all.passkeys {
        table.row([
            html! { (key.name) },
            html! { (time(key.created_at)) },
            html! { (key.used_at.map_or_else(|| lang.pick("Chưa dùng", "Not used yet").to_owned(), time)) },
            html! { a.govuk-link href={ "/citizen/security/passkeys/" (key.id) } {
                (lang.pick("Đổi tên hoặc xóa", "Rename or remove")) span.govuk-visually-hidden { " " (key.name) }
            } },
        ]);
    }
    html! {
        @if all.passkeys.is_empty() {
            h2.govuk-heading-m { (lang.pick("Khóa truy cập", "Passkeys")) }
            p.govuk-body { (lang.pick(
                "Chưa có. Khóa truy cập thay mật khẩu bằng vân tay, khuôn mặt hoặc mã mở khóa của thiết bị, và không bị lừa lấy được.",
                "None yet. A passkey replaces the password by your fingerprint, face or screen lock, and cannot be phished.")) }
        } @else { (table) }
        p.govuk-body { (Button::secondary(lang.pick("Thêm khóa truy cập", "Add a passkey")).link("/citizen/security/passkeys/new")) }
    }
}

fn small_form(context: &PageContext, action: &str, button: Button<'_>) -> Markup {
    html! { (Form::new(context, action, html! { (button) })) }
}

fn factors(context: &PageContext, all: &Security) -> Markup {
    let lang = context.lang;
    let (left, made) = all.codes;
    html! {
        h2.govuk-heading-m { (lang.pick("Mật khẩu và mã", "Password and codes")) }
        (SummaryList::new()
            .row(lang.pick("Mật khẩu", "Password"), html! { a.govuk-link href="/citizen/security/password" { (lang.pick("Đổi mật khẩu", "Change the password")) } })
            .row(lang.pick("Ứng dụng tạo mã", "App for codes"), html! {
                @if let Some(since) = all.totp { (lang.pick("Dùng từ ", "In use since ")) (time(since)) }
                @else { (lang.pick("Chưa dùng", "Not in use")) }
            })
            .row(lang.pick("Mã dự phòng", "Recovery codes"), html! {
                @if made == 0 { (lang.pick("Chưa có", "None")) }
                @else { (lang.pick(format!("Còn {left} trong {made} mã"), format!("{left} of {made} left"))) }
            }))
        div.dancu-actions {
            @if all.totp.is_some() {
                (small_form(context, "/citizen/security/app/remove", Button::warning(lang.pick("Gỡ ứng dụng tạo mã", "Remove the app for codes"))))
            } @else {
                (small_form(context, "/citizen/security/app", Button::secondary(lang.pick("Đặt ứng dụng tạo mã", "Set up an app for codes"))))
            }
            (small_form(context, "/citizen/security/codes", Button::secondary(if made == 0 {
                lang.pick("Tạo mã dự phòng", "Make recovery codes")
            } else {
                lang.pick("Tạo tờ mã mới", "Make a new sheet of codes")
            })))
        }
    }
}

fn contacts(context: &PageContext, all: &Security) -> Markup {
    let lang = context.lang;
    let mut table = Table::new(
        lang.pick("Liên hệ nhận thông báo", "Contacts that get notices"),
        [Column::new(lang.pick("Liên hệ", "Contact")), Column::new(lang.pick("Thay đổi", "Change"))],
    )
    .stacked();
    table.row([
        html! { (all.contact.masked()) },
        html! {
            @if all.contacts.is_empty() {
                (lang.pick("Liên hệ duy nhất: thêm liên hệ khác trước khi xóa", "The only one: add another before removing it"))
            } @else {
                (Form::new(context, "/citizen/security/contacts/remove", html! {
                    input type="hidden" name="number" value="";
                    (Button::secondary(lang.pick("Xóa", "Remove")))
                }))
            }
        },
    ]);
    for (number, contact) in &all.contacts {
        table.row([
            html! { (contact.masked()) },
            html! { (Form::new(context, "/citizen/security/contacts/remove", html! {
                input type="hidden" name="number" value=(number);
                (Button::secondary(lang.pick("Xóa", "Remove")))
            })) },
        ]);
    }
    html! {
        (table)
        p.govuk-body { (Button::secondary(lang.pick("Thêm liên hệ", "Add a contact")).link("/citizen/security/contacts")) }
    }
}

fn devices(context: &PageContext, all: &Security) -> Markup {
    let lang = context.lang;
    let mut table = Table::new(
        lang.pick("Thiết bị đã đăng nhập", "Devices that have signed in"),
        [
            Column::new(lang.pick("Trình duyệt", "Browser")),
            Column::new(lang.pick("Địa chỉ mạng", "Network address")),
            Column::new(lang.pick("Lần đầu", "First")),
            Column::new(lang.pick("Lần cuối", "Last")),
            Column::new(lang.pick("Quên", "Forget")),
        ],
    )
    .stacked();
    for device in &all.devices {
        table.row([
            html! { (named(&device.browser, lang)) @if all.this == Some(device.number) { " (" (lang.pick("thiết bị này", "this one")) ")" } },
            html! { (device.address) },
            html! { (time(device.first_at)) },
            html! { (time(device.last_at)) },
            html! { (Form::new(context, "/citizen/security/devices/forget", html! {
                input type="hidden" name="number" value=(device.number);
                (Button::secondary(lang.pick("Quên", "Forget")))
            })) },
        ]);
    }
    html! { @if !all.devices.is_empty() { (table) } }
}

fn sessions(context: &PageContext, all: &Security, this: i64) -> Markup {
    let lang = context.lang;
    let mut table = Table::new(
        lang.pick("Nơi đang đăng nhập", "Where you are signed in"),
        [
            Column::new(lang.pick("Trình duyệt", "Browser")),
            Column::new(lang.pick("Địa chỉ mạng", "Network address")),
            Column::new(lang.pick("Cách đăng nhập", "Means")),
            Column::new(lang.pick("Từ", "Since")),
            Column::new(lang.pick("Kết thúc", "End")),
        ],
    )
    .stacked();
    for session in &all.sessions {
        table.row([
            html! { (named(&session.browser, lang)) @if session.number == this { " (" (lang.pick("phiên này", "this one")) ")" } },
            html! { (session.address) },
            html! { (means(&session.amr, lang)) },
            html! { (time(session.created_at)) },
            html! { (Form::new(context, "/citizen/sessions/end", html! {
                input type="hidden" name="number" value=(session.number);
                input type="hidden" name="from" value="security";
                (Button::secondary(lang.pick("Kết thúc", "End")))
            })) },
        ]);
    }
    html! { (table) }
}

fn sign_ins(all: &Security, lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Các lần đăng nhập gần đây", "Sign-ins of late"),
        [
            Column::new(lang.pick("Lúc", "When")),
            Column::new(lang.pick("Trình duyệt", "Browser")),
            Column::new(lang.pick("Địa chỉ mạng", "Network address")),
            Column::new(lang.pick("Cách đăng nhập", "Means")),
        ],
    )
    .stacked();
    for one in &all.sign_ins {
        table.row([
            html! { (time(one.at)) },
            html! { (named(&one.browser, lang)) },
            html! { (one.address) },
            html! { (means(&one.amr, lang)) },
        ]);
    }
    html! { (table) }
}

#[derive(Deserialize)]
pub(super) struct Forgetting {
    number: i64,
}

pub(super) async fn forget_device(
    State(provider): State<Provider>,
    citizen: SignedInCitizen,
    FormBody(forgetting): FormBody<Forgetting>,
) -> Outcome<Response> {
    provider.forget_device(&citizen.session, forgetting.number).await?;
    Ok(Redirect::to("/citizen/security").into_response())
}

const PASSWORD: Text = Text::new("Đổi mật khẩu", "Change the password");

fn password_page(context: &PageContext, violations: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    context.page(PASSWORD.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (PASSWORD.get(lang)) }
        (Form::new(context, "/citizen/security/password", html! {
            (TextInput::new(Question::new("password", lang.pick("Mật khẩu mới", "New password")).hint(lang.pick("Ít nhất 12 ký tự; nên dùng một câu dễ nhớ. Các phiên khác sẽ kết thúc.", "At least 12 characters; a sentence you remember does well. Other sessions will end.")).errors(&errors)).password().autocomplete("new-password"))
            (Button::main(PASSWORD.get(lang)))
        }))
        (back_link("/citizen/security", lang.pick("Về trang Bảo mật", "Back to Security")))
    })
}

pub(super) async fn password(context: PageContext, Fresh(_): Fresh) -> Markup {
    password_page(&context, &[])
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    password: String,
}

pub(super) async fn set_password(
    State(provider): State<Provider>,
    context: PageContext,
    Fresh(citizen): Fresh,
    arrival: Arrival,
    FormBody(chosen): FormBody<Chosen>,
) -> Outcome<Response> {
    let done =
        provider.change_password(&citizen.session, &chosen.password, &arrival.request, arrival.now).await;
    match done {
        Ok(()) => Ok(Redirect::to("/citizen/security?done=password").into_response()),
        Err(error) => {
            let page = password_page(&context, &violations(error)?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_said_in_words() {
        let vi = |amr| means(amr, Lang::Vi);
        assert_eq!(vi("pwd"), "Mật khẩu");
        assert_eq!(vi("pwd otp mfa"), "Mật khẩu và mã");
        assert_eq!(vi("pop user mfa"), "Khóa truy cập");
        assert_eq!(vi("pwd otp mfa mca"), "Điện thoại cho phép (Mật khẩu và mã)");
    }
}
