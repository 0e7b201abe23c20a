//! The desk of organisations: files that wait, what one officer compares and another decides, and accounts that are
//! suspended, restored or closed.

use super::{
    officer::{Officer, again, done, faults, figures, file_number, person, unit},
    organisation_words::{events, file_state, standing},
    ruling, stated,
};
use crate::{
    error::ProviderError,
    rules::{organisation::OrganisationNumber, standing::Step},
    service::{Compared, ManagedOrganisation, OfficerStep, Provider},
    store::organisation_files::File,
};
use access::Action;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use population::sealed::PersonView;
use serde::Deserialize;
use vocabulary::{Invalid, Lang, LegalBasis, Moment, Purpose, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{
        Button, Choice, Column, Errors, Form, Question, Radios, SummaryList, Table, TextArea, TextInput,
        error_summary, inset,
    },
};

const HERE: &str = "/desk/eid/organisations";
const TITLE: Text = Text::new("Tài khoản của tổ chức", "Accounts of organisations");
const STEP: Invalid = Invalid::new("account/choose", "Chọn việc cần làm", "Choose what to do");
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
        Text::new("Đã duyệt. Người đại diện được báo tin.", "Approved. The representatives were told."),
    ),
    (
        "refused",
        Text::new(
            "Đã từ chối. Người đại diện được báo lý do.",
            "Refused. The representatives were told why.",
        ),
    ),
];

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    done: String,
}

/// What is typed about an account, or about a file.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    purpose: String,
    legal_basis: String,
    step: String,
    reason: String,
    compared: String,
    ruling: String,
}

impl Typed {
    fn read(&self) -> Result<(OrganisationNumber, Purpose, LegalBasis), Vec<Violation>> {
        stated::read(OrganisationNumber::parse(&self.number), &self.purpose, &self.legal_basis)
    }
}

pub(super) async fn home(State(provider): State<Provider>, officer: Officer) -> Outcome<Markup> {
    let typed = Typed { legal_basis: stated::USUAL_BASIS.into(), ..Typed::default() };
    list(&provider, &officer, &typed, &[]).await
}

async fn list(provider: &Provider, officer: &Officer, typed: &Typed, found: &[Violation]) -> Outcome<Markup> {
    officer.require(provider, &[Action::ReceiveIdentity, Action::ApproveIdentity, Action::ManageIdentity])?;
    let lang = officer.lang();
    let errors = Errors::new(lang, found);
    let ask = provider.present(&officer.caller, &officer.request)?;
    let submitted = provider.waiting_organisations(&ask, "submitted").await?;
    let received = provider.waiting_organisations(&ask, "received").await?;
    let title = officer.t(TITLE);
    Ok(officer.page(title).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        (files(lang, lang.pick("Chờ đối chiếu", "To be compared"), lang.pick("Không có hồ sơ nào chờ đối chiếu. Người đại diện lập hồ sơ từ tài khoản của mình, mục Tổ chức.", "No file is to be compared. Representatives hand them in from their own accounts, under Organisations."), &submitted))
        (files(lang, lang.pick("Chờ duyệt", "Waiting for approval"), lang.pick("Không có hồ sơ nào chờ duyệt. Hồ sơ đã đối chiếu sẽ chờ ở đây một cán bộ khác.", "No file waits for approval. Those compared wait here for another officer."), &received))
        @if officer.may(provider, Action::ManageIdentity) {
            h2.govuk-heading-m { (lang.pick("Mở tài khoản của tổ chức", "Open an organisation’s account")) }
            div.dancu-lead {
                (Form::new(&officer.context, "/desk/eid/organisations/account", html! {
                    (TextInput::new(Question::new("number", lang.pick("Mã số thuế", "Tax code")).errors(&errors)).value(&typed.number).width(20).max(20))
                    (stated::questions(lang, &typed.purpose, &typed.legal_basis, &errors))
                    (Button::secondary(lang.pick("Mở tài khoản này", "Open this account")))
                }))
            }
        }
    }))
}

fn files(lang: Lang, title: &str, none: &str, all: &[File]) -> Markup {
    if all.is_empty() {
        return html! { h2.govuk-heading-m { (title) } p class="govuk-body dancu-muted" { (none) } };
    }
    let mut table = Table::new(
        format!("{title} ({})", all.len()),
        [
            Column::new(lang.pick("Hồ sơ số", "File no.")),
            Column::new(lang.pick("Tổ chức", "Organisation")),
            Column::new(lang.pick("Đơn vị", "Unit")),
            Column::new(lang.pick("Lập lúc", "Handed in")),
        ],
    )
    .stacked();
    for file in all {
        table.row([
            html! { a.govuk-link href={ (HERE) "/files/" (file.id) } { (figures(&file_number(file.id))) } },
            html! { (file.name) span.dancu-provenance { (file.number) } },
            html! { (unit(file.unit)) },
            html! { (super::time(file.created_at)) },
        ]);
    }
    html! { (table) }
}

pub(super) async fn show(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<i64>,
    Query(seen): Query<Seen>,
) -> Outcome<Markup> {
    file_page(&provider, &officer, id, &seen.done, &Typed::default(), &[]).await
}

async fn file_page(
    provider: &Provider,
    officer: &Officer,
    id: i64,
    word: &str,
    typed: &Typed,
    found: &[Violation],
) -> Outcome<Markup> {
    let lang = officer.lang();
    let errors = Errors::new(lang, found);
    let ask = provider.present(&officer.caller, &officer.request)?;
    let opened = provider.organisation_file(&ask, id).await?;
    let file = &opened.file;
    let login = officer.caller.actor.officer.as_ref().map(|login| login.as_str());
    let own = file.received_by.is_some() && file.received_by.as_deref() == login;
    let compares = file.state == "submitted" && provider.may_in(&ask, Action::ReceiveIdentity, file.unit);
    let decides =
        file.state == "received" && provider.may_in(&ask, Action::ApproveIdentity, file.unit) && !own;
    // Persons are looked up, which is logged, only for whoever is about to compare or to decide.
    let persons = if compares || decides { provider.persons_of(&ask, &opened).await? } else { Vec::new() };
    let kind = file.kind().map_err(ProviderError::from)?;
    let title = lang.pick(
        format!("Hồ sơ tổ chức số {}", file_number(file.id)),
        format!("Organisation’s file no. {}", file_number(file.id)),
    );
    let banner = done(lang, DONE, word);
    let mut page = officer.page(&title).crumb(officer.t(TITLE), HERE).with_errors(errors.any());
    if let Some(banner) = &banner {
        page = page.notice(banner);
    }
    let at = |moment: Option<Moment>| moment.map(super::time).unwrap_or_default();
    let proof = file.proof.as_deref().and_then(Compared::of).map(|one| compared_text(one).get(lang));
    Ok(page.body(html! {
        (error_summary(&errors))
        div.dancu-heading { h1.govuk-heading-l { (title) } (file_state(lang, &file.state)) }
        (SummaryList::new()
            .row(lang.pick("Tổ chức", "Organisation"), html! { strong { (file.name) } })
            .row(lang.pick("Mã số thuế", "Tax code"), figures(&file.number))
            .row(lang.pick("Loại", "Kind"), kind.text().get(lang))
            .row(lang.pick("Trụ sở", "Head office"), unit(file.unit))
            .row(lang.pick("Giấy tờ", "Paper"), html! { (file.paper_number) ", " (file.issued.local_text()) })
            .row_if(lang.pick("Đã đối chiếu với", "Compared with"), proof)
            .row_if(lang.pick("Cán bộ đối chiếu", "Compared by"), file.received_by.as_ref().map(|by| html! { (by) span.dancu-provenance { (at(file.received_at)) } }))
            .row_if(lang.pick("Cán bộ quyết định", "Decided by"), file.decided_by.as_ref().map(|by| html! { (by) span.dancu-provenance { (at(file.decided_at)) } }))
            .row_if(lang.pick("Lý do từ chối", "Why refused"), file.reason.clone())
            .row_if(lang.pick("Kích hoạt", "Activated"), file.activated_at.map(super::time)))
        @if own && file.state == "received" {
            (inset(html! { (lang.pick("Bạn đã đối chiếu hồ sơ này: một cán bộ khác phải duyệt.", "You compared this file: another officer approves it.")) }))
        }
        (people(lang, &persons))
        @if compares { (compare_form(officer, id, typed, &errors)) }
        @if decides { (ruling_form(officer, id, typed, &errors)) }
    }))
}

/// The representatives, as the registry knows them.
fn people(lang: Lang, persons: &[PersonView]) -> Markup {
    html! {
        @if !persons.is_empty() {
            h2.govuk-heading-m { (lang.pick("Người đại diện đã đồng ý", "Representatives who agreed")) }
            @for view in persons { (person(view, lang)) }
        }
    }
}

fn compared_text(compared: Compared) -> Text {
    match compared {
        Compared::Register => Text::new(
            "Cơ sở dữ liệu quốc gia về đăng ký doanh nghiệp",
            "The national register of enterprises",
        ),
        Compared::Paper => Text::new(
            "Bản giấy: giấy chứng nhận, quyết định thành lập",
            "The paper: certificate or decision of establishment",
        ),
    }
}

fn compare_form(officer: &Officer, id: i64, typed: &Typed, errors: &Errors<'_>) -> Markup {
    let lang = officer.lang();
    let choices = Compared::ALL.into_iter().map(|one| {
        Choice::new(one.code(), compared_text(one).get(lang)).chosen(typed.compared == one.code())
    });
    html! {
        h2.govuk-heading-m { (lang.pick("Đối chiếu", "Compare")) }
        (inset(html! { (lang.pick("Hệ thống chưa nối với cơ sở dữ liệu đăng ký doanh nghiệp: cán bộ tra cứu ở đó, hoặc xem bản giấy, rồi ghi đã đối chiếu với nguồn nào. Tên, mã số và người đại diện phải khớp.",
            "No register of enterprises is connected: the officer looks there, or at the paper, and says with what it was compared. Name, number and representatives have to agree.")) }))
        div.dancu-lead {
            (Form::new(&officer.context, &format!("{HERE}/files/{id}/received"), html! {
                (Radios::new(Question::new("compared", lang.pick("Đã đối chiếu, khớp với", "Compared, and agrees with")).errors(errors), choices))
                (Button::main(lang.pick("Tiếp nhận hồ sơ", "Receive the file")))
            }))
        }
    }
}

fn ruling_form(officer: &Officer, id: i64, typed: &Typed, errors: &Errors<'_>) -> Markup {
    let words = [
        Text::new("Duyệt", "Approve"),
        Text::new(
            "Chỉ cần khi từ chối; người đại diện đọc được",
            "Only for a refusal; the representatives read it",
        ),
    ];
    let action = format!("{HERE}/files/{id}/ruling");
    ruling::question(officer, &action, words, (&typed.ruling, &typed.reason), errors)
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
        Ok(()) => Ok(Redirect::to(&format!("{HERE}/files/{id}?done={word}")).into_response()),
        Err(error) => Ok(again(file_page(provider, officer, id, "", typed, &faults(error)?).await?)),
    }
}

pub(super) async fn received(
    State(provider): State<Provider>,
    officer: Officer,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let ask = provider.present(&officer.caller, &officer.request)?;
    let compared = Compared::of(&typed.compared);
    let outcome = provider.receive_organisation(&ask, id, compared, Moment::now()).await;
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
        Err(none) => return Ok(again(file_page(&provider, &officer, id, "", &typed, &[none]).await?)),
    };
    let outcome = provider.rule_organisation(&ask, id, ruling, Moment::now()).await;
    after(&provider, &officer, id, word, &typed, outcome).await
}

fn account(
    officer: &Officer,
    managed: &ManagedOrganisation,
    typed: &Typed,
    found: &[Violation],
) -> Outcome<Markup> {
    let lang = officer.lang();
    let errors = Errors::new(lang, found);
    let organisation = &managed.organisation;
    let stands = organisation.standing().map_err(ProviderError::from)?;
    let steps = [Step::Suspend, Step::Unlock, Step::Close];
    let steps = steps.into_iter().filter(|step| stands.after(*step).is_some()).map(|step| {
        let text = match step {
            Step::Unlock => Text::new("Mở lại", "Restore"),
            other => other.text(),
        };
        Choice::new(step.code(), text.get(lang)).chosen(typed.step == step.code())
    });
    let ends = managed.representatives.iter().map(|one| {
        let (value, number) = (format!("end:{}", one.id), one.number.masked());
        let label = lang
            .pick(format!("Kết thúc người đại diện {number}"), format!("End the representative {number}"));
        Choice::new(value.clone(), label).chosen(typed.step == value)
    });
    let choices: Vec<Choice> = steps.chain(ends).collect();
    let title = officer.t(TITLE);
    Ok(officer.page(&organisation.name).crumb(title, HERE).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        div.dancu-heading { h1.govuk-heading-l { (organisation.name) } (standing(lang, stands)) }
        (SummaryList::new()
            .row(lang.pick("Mã số thuế", "Tax code"), figures(&organisation.number))
            .row(lang.pick("Trụ sở", "Head office"), unit(organisation.unit))
            .row(lang.pick("Người đại diện", "Representatives"), html! {
                @for one in &managed.representatives { div { (figures(&one.number.masked())) } }
                @if managed.representatives.is_empty() { (lang.pick("không còn ai: cần hồ sơ mới", "none: a new file is needed")) }
            }))
        @if choices.is_empty() {
            (inset(html! { (lang.pick("Tài khoản đã đóng. Hồ sơ mới mở lại.", "The account is closed. A new file opens it again.")) }))
        } @else {
            div.dancu-lead {
                (Form::new(&officer.context, "/desk/eid/organisations/step", html! {
                    (stated::carried(&typed.number, &typed.purpose, &typed.legal_basis))
                    (Radios::new(Question::new("step", lang.pick("Việc cần làm", "What to do"))
                        .hint(lang.pick("Mọi đăng nhập thay mặt tổ chức dựa vào đó kết thúc ngay", "Every sign-in for the organisation that rests on it ends at once")).errors(&errors), choices))
                    (TextArea::new(Question::new("reason", lang.pick("Lý do", "Reason")).hint(lang.pick("Người đại diện đọc được", "The representatives read it")).errors(&errors)).value(&typed.reason).rows(3))
                    (Button::warning(lang.pick("Ghi thay đổi", "Record the change")))
                }))
            }
        }
        (events(lang, &managed.events))
    }))
}

async fn opened(
    provider: &Provider,
    officer: &Officer,
    typed: &Typed,
    found: &[Violation],
) -> Outcome<Response> {
    let (number, purpose, basis) = match typed.read() {
        Ok(read) => read,
        Err(found) => return Ok(again(list(provider, officer, typed, &found).await?)),
    };
    let ask = provider.managing(&officer.caller, purpose, basis, &officer.request);
    match provider.managed_organisation(&ask, &number).await {
        Ok(managed) => {
            let page = account(officer, &managed, typed, found)?;
            Ok(if found.is_empty() { page.into_response() } else { again(page) })
        }
        Err(error) => Ok(again(list(provider, officer, typed, &faults(error)?).await?)),
    }
}

pub(super) async fn open(
    State(provider): State<Provider>,
    officer: Officer,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    opened(&provider, &officer, &typed, &[]).await
}

pub(super) async fn step(
    State(provider): State<Provider>,
    officer: Officer,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let (number, purpose, basis) = match typed.read() {
        Ok(read) => read,
        Err(found) => return Ok(again(list(&provider, &officer, &typed, &found).await?)),
    };
    let end = typed.step.strip_prefix("end:").and_then(|id| id.parse().ok());
    let step = end.map(OfficerStep::EndRepresentative).or(Step::of(&typed.step).map(OfficerStep::Step));
    let Some(step) = step else {
        return opened(&provider, &officer, &typed, &[STEP.at("step")]).await;
    };
    let ask = provider.managing(&officer.caller, purpose, basis, &officer.request);
    match provider.step_organisation(&ask, &number, &step, &typed.reason, Moment::now()).await {
        Ok(()) => {
            let typed = Typed { step: String::new(), reason: String::new(), ..typed };
            opened(&provider, &officer, &typed, &[]).await
        }
        Err(error) => opened(&provider, &officer, &typed, &faults(error)?).await,
    }
}
