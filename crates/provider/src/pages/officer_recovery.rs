//! A code to recover an account, for somebody who is present and has lost every other proof: the officer compares the
//! person with the card and the registry, and hands out the code on paper. It is shown once.

use super::officer::{DESK, Officer, again, faults, figures, person};
use crate::service::{Applicant, Provider};
use access::Action;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Moment, PersonalNumber, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{
        Banner, Button, Checkboxes, Choice, Errors, Form, Question, TextInput, error_summary, inset,
    },
};

const TITLE: Text = Text::new("Cấp mã lấy lại tài khoản", "Give out a recovery code");

/// What is typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    compared: String,
}

pub(super) async fn show(State(provider): State<Provider>, officer: Officer) -> Outcome<Markup> {
    officer.require(&provider, &[Action::ReceiveIdentity])?;
    Ok(search(&officer, "", &[]))
}

fn search(officer: &Officer, number: &str, found: &[Violation]) -> Markup {
    let lang = officer.lang();
    let errors = Errors::new(lang, found);
    let title = officer.t(TITLE);
    officer.page(title).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick(
            "Dành cho người mất điện thoại và không có tờ mã dự phòng. Mã dùng được một lần trong 24 giờ, cùng với mã gửi tới liên hệ đã xác nhận; việc lấy lại tài khoản còn chờ thời gian để chủ tài khoản hủy nếu bị mạo danh.",
            "For somebody who lost the phone and has no sheet of codes. It can be used once within 24 hours, together with a code sent to a confirmed contact; the recovery then waits, so that the owner can call it off.")) }
        div.dancu-lead {
            (Form::new(&officer.context, "/desk/eid/recovery", html! {
                (TextInput::new(Question::new("number", lang.pick("Số định danh của người có mặt", "Personal number of the person present")).errors(&errors)).value(number).digits().width(20).max(12))
                (Button::main(lang.pick("Tra cứu", "Look up")))
            }))
            (inset(html! { (lang.pick("Việc xem và cấp mã được ghi nhật ký; mọi liên hệ của chủ tài khoản được báo tin.", "Looking and giving out are logged, and every contact of the owner hears of it.")) }))
        }
    })
}

fn compare(officer: &Officer, applicant: &Applicant, typed: &Typed, found: &[Violation]) -> Markup {
    let lang = officer.lang();
    let errors = Errors::new(lang, found);
    let title = officer.t(TITLE);
    let choice = Choice::new(
        "yes",
        lang.pick(
            "Tôi đã đối chiếu khuôn mặt với ảnh trên thẻ, và thẻ với thông tin ở trên",
            "I compared the face with the photo on the card, and the card with the data above",
        ),
    );
    officer.page(title).crumb(title, "/desk/eid/recovery").with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        (person(&applicant.view, lang))
        div.dancu-lead {
            (Form::new(&officer.context, "/desk/eid/recovery/code", html! {
                input type="hidden" name="number" value=(typed.number);
                (Checkboxes::new(Question::new("compared", lang.pick("Đối chiếu", "Comparison")).errors(&errors), [choice.chosen(typed.compared == "yes")]))
                div.dancu-actions {
                    (Button::main(lang.pick("Cấp mã", "Give out the code")))
                    a.govuk-link href=(DESK) { (lang.pick("Bỏ, quay lại", "Cancel")) }
                }
            }))
        }
    })
}

/// The sheet that is printed or copied by hand, and handed over.
fn sheet(officer: &Officer, code: &str) -> Markup {
    let lang = officer.lang();
    let title = officer.t(TITLE);
    let done = lang.pick("Đã cấp mã. Mã chỉ hiện một lần.", "The code was given out. It is shown this once.");
    officer.page(title).notice(&Banner::done(lang, done)).body(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body-l { (figures(code)) }
        p.govuk-body { (lang.pick(
            "In trang này hoặc chép mã, đưa tận tay người có mặt. Trong 24 giờ, người đó vào trang Lấy lại tài khoản, nhập mã này như mã trên giấy, rồi nhập mã gửi tới liên hệ còn dùng được.",
            "Print this page or copy the code, and hand it to the person. Within 24 hours the person opens the page Recover your account, enters it as the code on paper, and then the code sent to a contact still at hand.")) }
        p.govuk-body { span.dancu-number { "/citizen/recovery" } }
    })
}

async fn begun(
    provider: &Provider,
    officer: &Officer,
    typed: &Typed,
    found: &[Violation],
) -> Outcome<Response> {
    let number = match PersonalNumber::parse(&typed.number) {
        Ok(number) => number,
        Err(invalid) => return Ok(again(search(officer, &typed.number, &[invalid.at("number")]))),
    };
    let ask = provider.present(&officer.caller, &officer.request)?;
    match provider.applicant(&ask, number).await {
        Ok(applicant) => {
            let page = compare(officer, &applicant, typed, found);
            Ok(if found.is_empty() { page.into_response() } else { again(page) })
        }
        Err(error) => Ok(again(search(officer, &typed.number, &faults(error)?))),
    }
}

pub(super) async fn look_up(
    State(provider): State<Provider>,
    officer: Officer,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    begun(&provider, &officer, &typed, &[]).await
}

pub(super) async fn hand_out(
    State(provider): State<Provider>,
    officer: Officer,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let Ok(number) = PersonalNumber::parse(&typed.number) else {
        return begun(&provider, &officer, &typed, &[]).await;
    };
    let ask = provider.present(&officer.caller, &officer.request)?;
    let compared = typed.compared == "yes";
    match provider.hand_out_recovery(&ask, number, compared, Moment::now()).await {
        Ok(code) => Ok(sheet(&officer, &code).into_response()),
        Err(error) => {
            let found = faults(error)?;
            if found.iter().any(|violation| violation.field == "number") {
                return Ok(again(search(&officer, &typed.number, &found)));
            }
            begun(&provider, &officer, &typed, &found).await
        }
    }
}
