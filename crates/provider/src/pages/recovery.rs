//! Getting back in after a loss, and calling that off.

use super::{
    arrival::{Arrival, violations},
    time,
};
use crate::{layer::SignedInCitizen, service::Provider};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Problem, Text, Violation, kinds};
use web::{
    FormBody, OpenForm, Outcome, PageContext,
    components::{
        Button, Choice, Errors, Form, Question, Radios, SummaryList, TextInput, back_link, error_summary,
        inset,
    },
};

const TITLE: Text = Text::new("Lấy lại tài khoản", "Recover your account");

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    paper: String,
    channel: String,
}

pub(super) async fn show(context: PageContext) -> Markup {
    let lang = context.lang;
    let channels = [
        Choice::new("email", lang.pick("Thư điện tử", "E-mail")).chosen(true),
        Choice::new("phone", lang.pick("Tin nhắn điện thoại", "Text message")),
    ];
    context.page(TITLE.get(lang)).body(html! {
        h1.govuk-heading-l { (TITLE.get(lang)) }
        p.govuk-body { (lang.pick(
            "Khi mất điện thoại hoặc quên mật khẩu, bạn cần hai bằng chứng: một mã trên giấy, và một mã gửi tới liên hệ bạn vẫn còn dùng.",
            "When the phone is lost or the password forgotten, you need two proofs: a code on paper, and a code sent to a contact that you still have.")) }
        (inset(html! { (lang.pick(
            "Không có mã trên giấy? Mang giấy tờ đến công an cấp xã: cán bộ nhận diện bạn và cấp cho bạn một mã dùng trong ngày.",
            "No code on paper? Take your papers to the commune police: an officer who recognises you gives you a code for that day.")) }))
        (Form::new(&context, "/citizen/recovery", html! {
            (TextInput::new(Question::new("number", lang.pick("Số định danh cá nhân", "Personal number"))).digits().width(20).max(12).autocomplete("username"))
            (TextInput::new(Question::new("paper", lang.pick("Mã dự phòng, hoặc mã của cán bộ", "Recovery code, or the officer's code")).hint(lang.pick("Gồm 10 chữ cái và chữ số", "10 letters and digits"))).width(20).max(20))
            (Radios::new(Question::new("channel", lang.pick("Gửi mã thứ hai qua", "Send the second code by")).hint(lang.pick("Không chọn kênh nằm trên thiết bị đã mất.", "Do not choose what is on the lost device.")), channels))
            (Button::main(lang.pick("Tiếp tục", "Continue")))
        }))
        (back_link("/citizen/sign-in", lang.pick("Về trang đăng nhập", "Back to signing in")))
    })
}

pub(super) async fn ask(
    State(provider): State<Provider>,
    context: PageContext,
    arrival: Arrival,
    OpenForm(typed): OpenForm<Typed>,
) -> Outcome<Markup> {
    let secret = provider.ask_recovery(&typed.number, &typed.paper, &typed.channel, &arrival.place()).await?;
    Ok(second_page(&context, &secret, &[]))
}

fn second_page(context: &PageContext, secret: &str, violations: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, violations);
    let title = lang.pick("Nhập mã thứ hai và mật khẩu mới", "Enter the second code and a new password");
    context.page(title).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        (inset(html! { (lang.pick(
            "Nếu số và mã trên giấy đúng, và tài khoản có liên hệ loại này, một mã vừa được gửi tới đó. Mã dùng được trong 10 phút.",
            "If the number and the code on paper are right, and the account has such a contact, a code was just sent there. It can be used for 10 minutes.")) }))
        (Form::new(context, "/citizen/recovery/confirm", html! {
            input type="hidden" name="challenge" value=(secret);
            (TextInput::new(Question::new("code", lang.pick("Mã gồm 6 chữ số", "Code of 6 digits")).errors(&errors)).digits().width(10).max(6).autocomplete("one-time-code"))
            (TextInput::new(Question::new("password", lang.pick("Mật khẩu mới", "New password")).hint(lang.pick("Ít nhất 12 ký tự; nên dùng một câu dễ nhớ", "At least 12 characters; a sentence you remember does well")).errors(&errors)).password().autocomplete("new-password"))
            (Button::main(lang.pick("Yêu cầu lấy lại", "Ask for recovery")))
        }))
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Confirming {
    challenge: String,
    code: String,
    password: String,
}

pub(super) async fn confirm(
    State(provider): State<Provider>,
    context: PageContext,
    arrival: Arrival,
    OpenForm(form): OpenForm<Confirming>,
) -> Outcome<Response> {
    let begun = provider.begin_recovery(&form.challenge, &form.code, &form.password, &arrival.place()).await;
    let ready_at = match begun {
        Ok(ready_at) => ready_at,
        Err(error) => {
            let page = second_page(&context, &form.challenge, &violations(error)?);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let lang = context.lang;
    let title = lang.pick("Đã nhận yêu cầu lấy lại tài khoản", "Your recovery was accepted");
    let page = context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick("Mật khẩu mới có hiệu lực từ ", "The new password holds from ")) strong { (time(ready_at)) } "." }
        p.govuk-body { (lang.pick(
            "Đến lúc đó, chủ tài khoản có thể hủy yêu cầu từ thông báo vừa gửi tới mọi liên hệ, hoặc từ thiết bị đang đăng nhập. Sau đó các thiết bị, khóa truy cập và ứng dụng tạo mã cũ không còn dùng được; bạn đăng nhập bằng mật khẩu mới và đặt lại chúng.",
            "Until then the owner can call it off from the notice just sent to every contact, or from a device that is signed in. Afterwards the devices, passkeys and app of before open nothing; sign in with the new password and set them up anew.")) }
        (back_link("/citizen/sign-in", lang.pick("Về trang đăng nhập", "Back to signing in")))
    });
    Ok(page.into_response())
}

/// What a notice leads to: who asked, and the way to call it off.
pub(super) async fn notice(
    State(provider): State<Provider>,
    context: PageContext,
    Path(secret): Path<String>,
) -> Outcome<Markup> {
    let found = provider.recovery_of_notice(&secret).await?;
    let recovery = found.ok_or_else(|| {
        Problem::new(&kinds::NOT_FOUND).detail(
            "Yêu cầu này đã bị hủy hoặc đã có hiệu lực.",
            "This recovery was called off or has taken effect.",
        )
    })?;
    let lang = context.lang;
    let title = lang.pick("Hủy yêu cầu lấy lại tài khoản?", "Call the recovery off?");
    let action = format!("/citizen/recovery/cancel/{secret}");
    Ok(context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        (SummaryList::new()
            .row(lang.pick("Yêu cầu lúc", "Asked"), html! { (time(recovery.asked_at)) })
            .row(lang.pick("Từ", "From"), html! { (recovery.browser) " " (recovery.address) })
            .row(lang.pick("Có hiệu lực từ", "Holds from"), html! { (time(recovery.ready_at)) }))
        (Form::new(&context, &action, html! { (Button::warning(lang.pick("Hủy yêu cầu", "Call it off"))) }))
        p.govuk-body { (lang.pick("Nếu chính bạn yêu cầu thì không cần làm gì.", "If it was you, there is nothing to do.")) }
    }))
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

fn cancelled(context: &PageContext) -> Markup {
    let lang = context.lang;
    let title = lang.pick("Đã hủy yêu cầu lấy lại tài khoản", "The recovery was called off");
    context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick(
            "Không có gì thay đổi. Người kia biết một mã trên giấy và đọc được một liên hệ của bạn: hãy in tờ mã mới và xem lại các liên hệ.",
            "Nothing has changed. Somebody knows a code of your sheet and reads one of your contacts: print a new sheet, and look at your contacts.")) }
        (back_link("/citizen/security", lang.pick("Về trang Bảo mật", "Back to Security")))
    })
}

pub(super) async fn cancel_by_notice(
    State(provider): State<Provider>,
    context: PageContext,
    arrival: Arrival,
    Path(secret): Path<String>,
    OpenForm(Nothing {}): OpenForm<Nothing>,
) -> Outcome<Markup> {
    provider.cancel_by_notice(&secret, &arrival.request, arrival.now).await?;
    Ok(cancelled(&context))
}

pub(super) async fn cancel_own(
    State(provider): State<Provider>,
    citizen: SignedInCitizen,
    arrival: Arrival,
    FormBody(Nothing {}): FormBody<Nothing>,
) -> Outcome<Response> {
    provider.cancel_own(&citizen.session, &arrival.request, arrival.now).await?;
    Ok(Redirect::to("/citizen/security?done=cancelled").into_response())
}
