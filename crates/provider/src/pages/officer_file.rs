//! One file: the code for the contact, the decision of another officer, and what became of it.

use super::{
    officer::{DESK, Officer, again, done, faults, figures, file_number, person, unit},
    ruling,
};
use crate::{error::ProviderError, rules::proof::Proof, service::Provider, store::enrolment::File};
use access::{Action, Resource};
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use population::sealed::PersonView;
use serde::Deserialize;
use vocabulary::{Lang, Moment, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{Button, Color, Errors, Form, Question, SummaryList, Tag, TextInput, error_summary, inset},
};

const DONE: &[(&str, Text)] = &[
    (
        "received",
        Text::new(
            "Đã tiếp nhận hồ sơ. Một cán bộ khác sẽ duyệt.",
            "The file is received. Another officer approves it.",
        ),
    ),
    (
        "approved",
        Text::new(
            "Đã duyệt. Mã kích hoạt đã gửi tới công dân.",
            "Approved. The activation code was sent to the citizen.",
        ),
    ),
    (
        "refused",
        Text::new("Đã từ chối. Lý do đã gửi tới công dân.", "Refused. The reason was sent to the citizen."),
    ),
    (
        "sent",
        Text::new(
            "Đã gửi mã kích hoạt mới; mã trước hết hiệu lực.",
            "Another activation code was sent; the one before counts no more.",
        ),
    ),
];

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    done: String,
}

fn state_tag(lang: Lang, state: &str) -> Markup {
    let (color, text) = match state {
        "begun" => (Color::Yellow, Text::new("Chờ xác nhận liên hệ", "Contact to be confirmed")),
        "received" => (Color::Blue, Text::new("Chờ duyệt", "Waiting for approval")),
        "approved" => (Color::Blue, Text::new("Chờ kích hoạt", "Waiting to be activated")),
        "refused" => (Color::Red, Text::new("Bị từ chối", "Refused")),
        _ => (Color::Green, Text::new("Đã kích hoạt", "Activated")),
    };
    html! { (Tag::new(color, text.get(lang))) }
}

pub(super) async fn show(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<i64>,
    Query(seen): Query<Seen>,
) -> Outcome<Markup> {
    page(&provider, &officer, id, &seen.done, &Typed::default(), &[]).await
}

/// What is typed about a file.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    code: String,
    ruling: String,
    reason: String,
}

async fn page(
    provider: &Provider,
    officer: &Officer,
    id: i64,
    word: &str,
    typed: &Typed,
    found: &[Violation],
) -> Outcome<Markup> {
    let lang = officer.lang();
    let ask = provider.present(&officer.caller, &officer.request)?;
    let file = provider.file(&ask, id).await?;
    let places = crate::service::enrolment::places(file.unit);
    let may = |action| {
        let policy = provider.population().policy();
        policy.decide(&ask.caller, action, Resource::of(&places), ask.basis.as_ref()).is_ok()
    };
    let own = officer.caller.actor.officer.as_ref().is_some_and(|login| login.as_str() == file.received_by);
    // The person is looked up, which is logged, only for whoever is about to decide.
    let decides = file.state == "received" && may(Action::ApproveIdentity) && !own;
    let view = if decides { Some(provider.person_of_file(&ask, &file).await?) } else { None };
    let errors = Errors::new(lang, found);
    let number = file_number(file.id);
    let title = lang.pick(format!("Hồ sơ số {number}"), format!("File no. {number}"));
    let banner = done(lang, DONE, word);
    let mut page = officer.page(&title).with_errors(errors.any());
    if let Some(banner) = &banner {
        page = page.notice(banner);
    }
    let summary = summary(lang, &file)?;
    Ok(page.body(html! {
        (error_summary(&errors))
        div.dancu-heading { h1.govuk-heading-l { (title) } (state_tag(lang, &file.state)) }
        (summary)
        div.dancu-lead {
            @match file.state.as_str() {
                "begun" if may(Action::ReceiveIdentity) => (code_form(officer, &file, typed, &errors)?),
                "received" if own => (inset(html! { (lang.pick(
                    "Bạn đã tiếp nhận hồ sơ này; một cán bộ khác phải duyệt.",
                    "You received this file; another officer approves it.")) })),
                "approved" if may(Action::ReceiveIdentity) => (send_form(officer, &file)),
                _ => {}
            }
        }
        @if let Some(view) = &view { (ruling_form(officer, &file, view, typed, &errors)) }
        p.govuk-body { a.govuk-link href=(DESK) { (lang.pick("Về danh sách hồ sơ", "Back to the files")) } }
    }))
}

fn summary(lang: Lang, file: &File) -> Result<SummaryList, ProviderError> {
    let time = |moment: Option<Moment>| moment.map(super::time);
    let ends = if file.expires.is_unknown() {
        lang.pick("không thời hạn", "without end").to_owned()
    } else {
        file.expires.local_text()
    };
    let paper = file.paper()?.text().get(lang);
    Ok(SummaryList::new()
        .row(lang.pick("Số định danh", "Personal number"), figures(&file.number.masked()))
        .row(lang.pick("Mức", "Level"), html! { (file.level) })
        .row(lang.pick("Giấy tờ", "Paper"), html! {
            (paper) " " (figures(&masked(&file.paper_number)))
            span.dancu-provenance { (lang.pick("Cấp ngày ", "Issued ")) (file.issued.local_text()) (lang.pick("; có giá trị đến: ", "; valid until: ")) (ends) }
        })
        .row_if(lang.pick("Kiểm tra", "Check"), Proof::text(&file.proof).map(|text| text.get(lang)))
        .row(lang.pick("Liên hệ", "Contact"), file.contact()?.masked())
        .row_if(lang.pick("Theo yêu cầu của", "On request of"), file.guardian.map(|_| lang.pick("cha, mẹ hoặc người giám hộ, đã đối chiếu", "a parent or guardian, compared with the registry")))
        .row(lang.pick("Nơi tiếp nhận", "Received at"), unit(file.unit))
        .row(lang.pick("Cán bộ tiếp nhận", "Received by"), html! { (file.received_by) @if let Some(at) = time(file.received_at) { span.dancu-provenance { (at) } } })
        .row_if(lang.pick("Cán bộ quyết định", "Decided by"), file.decided_by.as_ref().map(|by| html! { (by) @if let Some(at) = time(file.decided_at) { span.dancu-provenance { (at) } } }))
        .row_if(lang.pick("Lý do từ chối", "Why refused"), file.reason.clone())
        .row_if(lang.pick("Kích hoạt", "Activated"), time(file.activated_at)))
}

/// The end of a paper's number.
fn masked(number: &str) -> String {
    let count = number.chars().count();
    let keep = count.min(3);
    format!("…{}", number.chars().skip(count - keep).collect::<String>())
}

fn code_form(
    officer: &Officer,
    file: &File,
    typed: &Typed,
    errors: &Errors<'_>,
) -> Result<Markup, ProviderError> {
    let lang = officer.lang();
    let to = file.contact()?.masked();
    let hint = lang.pick(
        format!("Đã gửi tới {to}, dùng được trong 10 phút. Công dân đọc mã cho bạn."),
        format!("Sent to {to}, valid for 10 minutes. The citizen reads it out to you."),
    );
    Ok(html! {
        (Form::new(&officer.context, &format!("{DESK}/files/{}/contact", file.id), html! {
            (TextInput::new(Question::new("code", lang.pick("Mã xác nhận liên hệ, 6 chữ số", "Code for the contact, 6 digits")).hint(&hint).errors(errors))
                .value(&typed.code).digits().width(10).max(6))
            (Button::main(lang.pick("Xác nhận và tiếp nhận", "Confirm and receive")))
        }))
    })
}

fn send_form(officer: &Officer, file: &File) -> Markup {
    let lang = officer.lang();
    html! {
        (inset(html! {
            (lang.pick("Công dân kích hoạt tại ", "The citizen activates at ")) span.dancu-number { "/citizen/activate" }
            (lang.pick(", bằng số định danh và mã đã gửi. Mã có hiệu lực đến ", ", with the personal number and the code. It holds until "))
            (super::time(file.code_ends)) "."
        }))
        (Form::new(&officer.context, &format!("{DESK}/files/{}/send", file.id), html! {
            (Button::secondary(lang.pick("Gửi mã khác", "Send another code")))
        }))
    }
}

fn ruling_form(
    officer: &Officer,
    file: &File,
    view: &PersonView,
    typed: &Typed,
    errors: &Errors<'_>,
) -> Markup {
    let words = [
        Text::new("Duyệt, gửi mã kích hoạt", "Approve and send the activation code"),
        Text::new("Chỉ cần khi từ chối; công dân đọc được", "Only for a refusal; the citizen reads it"),
    ];
    let lang = officer.lang();
    let action = format!("{DESK}/files/{}/ruling", file.id);
    html! {
        h2.govuk-heading-m { (lang.pick("Người trong hồ sơ", "The person of the file")) }
        (person(view, lang))
        (ruling::question(officer, &action, words, (&typed.ruling, &typed.reason), errors))
    }
}

async fn after(
    provider: &Provider,
    officer: &Officer,
    id: i64,
    word: &str,
    typed: &Typed,
    outcome: Result<(), ProviderError>,
) -> Outcome<Response> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("{DESK}/files/{id}?done={word}")).into_response()),
        Err(error) => Ok(again(page(provider, officer, id, "", typed, &faults(error)?).await?)),
    }
}

pub(super) async fn contact(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let ask = provider.present(&officer.caller, &officer.request)?;
    let outcome = provider.confirm_contact(&ask, id, &typed.code, Moment::now()).await;
    after(&provider, &officer, id, "received", &typed, outcome).await
}

pub(super) async fn ruled(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let ask = provider.present(&officer.caller, &officer.request)?;
    let (ruling, word) = match ruling::answer(&typed.ruling, &typed.reason) {
        Ok(answer) => answer,
        Err(none) => return Ok(again(page(&provider, &officer, id, "", &typed, &[none]).await?)),
    };
    let outcome = provider.rule(&ask, id, ruling, Moment::now()).await;
    after(&provider, &officer, id, word, &typed, outcome).await
}

#[derive(Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn send(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<i64>,
    FormBody(Nothing {}): FormBody<Nothing>,
) -> Outcome<Response> {
    let ask = provider.present(&officer.caller, &officer.request)?;
    let outcome = provider.send_again(&ask, id, Moment::now()).await;
    after(&provider, &officer, id, "sent", &Typed::default(), outcome).await
}
