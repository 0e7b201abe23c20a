//! Suspending, locking, unlocking and closing an account, with reason and legal basis.

use super::{
    events,
    officer::{DESK, Officer, again, faults, figures},
    stated,
};
use crate::{
    rules::standing::{Standing, Step},
    service::{Managed, Provider, Taken},
};
use access::Action;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Invalid, LegalBasis, Moment, PersonalNumber, Purpose, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{
        Banner, Button, Choice, Color, Errors, Form, Question, Radios, SummaryList, Tag, TextArea, TextInput,
        error_summary, inset,
    },
};

const TITLE: Text = Text::new("Trạng thái tài khoản", "Standing of an account");
/// What is typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    purpose: String,
    legal_basis: String,
    step: String,
    reason: String,
}

const STEP: Invalid = Invalid::new("account/choose", "Chọn việc cần làm", "Choose what to do");

impl Typed {
    fn read(&self) -> Result<(PersonalNumber, Purpose, LegalBasis), Vec<Violation>> {
        stated::read(PersonalNumber::parse(&self.number), &self.purpose, &self.legal_basis)
    }
}

pub(super) async fn show(State(provider): State<Provider>, officer: Officer) -> Outcome<Markup> {
    officer.require(&provider, &[Action::ManageIdentity])?;
    Ok(search(&officer, &Typed { legal_basis: stated::USUAL_BASIS.into(), ..Typed::default() }, &[]))
}

fn search(officer: &Officer, typed: &Typed, found: &[Violation]) -> Markup {
    let lang = officer.lang();
    let errors = Errors::new(lang, found);
    let title = officer.t(TITLE);
    officer.page(title).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        div.dancu-lead {
            (Form::new(&officer.context, "/desk/eid/accounts", html! {
                (TextInput::new(Question::new("number", lang.pick("Số định danh của chủ tài khoản", "Personal number of the owner")).errors(&errors)).value(&typed.number).digits().width(20).max(12))
                (stated::questions(lang, &typed.purpose, &typed.legal_basis, &errors))
                (Button::main(lang.pick("Mở tài khoản này", "Open this account")))
            }))
            (inset(html! { (lang.pick("Việc xem và mọi thay đổi được ghi nhật ký; chủ tài khoản đọc được.", "Looking and every change is logged, and the owner can read it.")) }))
        }
    })
}

fn color(standing: Standing) -> Color {
    match standing {
        Standing::Active => Color::Green,
        Standing::Suspended => Color::Yellow,
        Standing::Locked => Color::Red,
        Standing::Closed => Color::Grey,
    }
}

fn account(
    officer: &Officer,
    managed: &Managed,
    typed: &Typed,
    found: &[Violation],
    changed: Option<Step>,
) -> Markup {
    let lang = officer.lang();
    let errors = Errors::new(lang, found);
    let title = officer.t(TITLE);
    let steps: Vec<Step> =
        Step::ALL.into_iter().filter(|step| managed.standing.after(*step).is_some()).collect();
    let choices = steps.iter().map(|step| {
        Choice::new(step.code(), step.text().get(lang))
            .hint(hint(*step).get(lang))
            .chosen(typed.step == step.code())
    });
    let text = changed.map(|step| {
        lang.pick(
            format!("Đã ghi: {}.", step.text().vi.to_lowercase()),
            format!("Recorded: {}.", step.text().en.to_lowercase()),
        )
    });
    let mut page = officer.page(title).crumb(title, "/desk/eid/accounts").with_errors(errors.any());
    if let Some(text) = &text {
        page = page.notice(&Banner::done(lang, text));
    }
    page.body(html! {
        (error_summary(&errors))
        div.dancu-heading { h1.govuk-heading-l { (title) } (Tag::new(color(managed.standing), managed.standing.text().get(lang))) }
        (SummaryList::new()
            .row(lang.pick("Số định danh", "Personal number"), figures(&typed.number))
            .row(lang.pick("Mức", "Level"), html! { (managed.level) })
            .row(lang.pick("Liên hệ", "Contact"), managed.contact.masked()))
        @if steps.is_empty() {
            (inset(html! { (lang.pick("Tài khoản đã đóng. Công dân làm hồ sơ mới tại xã để mở lại.", "The account is closed. A new file in person opens it again.")) }))
        } @else {
            div.dancu-lead {
                (Form::new(&officer.context, "/desk/eid/accounts/step", html! {
                    (stated::carried(&typed.number, &typed.purpose, &typed.legal_basis))
                    (Radios::new(Question::new("step", lang.pick("Việc cần làm", "What to do")).errors(&errors), choices))
                    (TextArea::new(Question::new("reason", lang.pick("Lý do", "Reason")).hint(lang.pick("Chủ tài khoản đọc được", "The owner reads it")).errors(&errors)).value(&typed.reason).rows(3))
                    div.dancu-actions {
                        (Button::warning(lang.pick("Ghi thay đổi", "Record the change")))
                        a.govuk-link href=(DESK) { (lang.pick("Bỏ, quay lại", "Cancel")) }
                    }
                }))
            }
        }
        (events::table(lang, &managed.events))
    })
}

fn hint(step: Step) -> Text {
    match step {
        Step::Suspend => {
            Text::new("Không đăng nhập được cho tới khi mở lại", "Nobody signs in until it is unlocked")
        }
        Step::Lock => Text::new(
            "Kết thúc mọi phiên và quyền của ứng dụng ngay",
            "Ends every session and application’s access at once",
        ),
        Step::Unlock => Text::new("Dùng lại với mật khẩu cũ", "In use again with the same password"),
        Step::Close => Text::new(
            "Thu hồi mọi đồng ý; chỉ mở lại được bằng hồ sơ mới",
            "Takes back every consent; only a new file opens it again",
        ),
    }
}

async fn opened(
    provider: &Provider,
    officer: &Officer,
    typed: &Typed,
    found: &[Violation],
    changed: Option<Step>,
) -> Outcome<Response> {
    let (number, purpose, basis) = match typed.read() {
        Ok(read) => read,
        Err(found) => return Ok(again(search(officer, typed, &found))),
    };
    let ask = provider.managing(&officer.caller, purpose, basis, &officer.request);
    match provider.managed(&ask, number).await {
        Ok(managed) => {
            let page = account(officer, &managed, typed, found, changed);
            Ok(if found.is_empty() { page.into_response() } else { again(page) })
        }
        Err(error) => Ok(again(search(officer, typed, &faults(error)?))),
    }
}

pub(super) async fn open(
    State(provider): State<Provider>,
    officer: Officer,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    opened(&provider, &officer, &typed, &[], None).await
}

pub(super) async fn step(
    State(provider): State<Provider>,
    officer: Officer,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let (number, purpose, basis) = match typed.read() {
        Ok(read) => read,
        Err(found) => return Ok(again(search(&officer, &typed, &found))),
    };
    let Some(step) = Step::of(&typed.step) else {
        return opened(&provider, &officer, &typed, &[STEP.at("step")], None).await;
    };
    let ask = provider.managing(&officer.caller, purpose, basis, &officer.request);
    let taken = Taken { number, step, reason: &typed.reason };
    match provider.take_step(&ask, &taken, Moment::now()).await {
        Ok(()) => {
            let typed = Typed { step: String::new(), reason: String::new(), ..typed };
            opened(&provider, &officer, &typed, &[], Some(step)).await
        }
        Err(error) => opened(&provider, &officer, &typed, &faults(error)?, None).await,
    }
}
