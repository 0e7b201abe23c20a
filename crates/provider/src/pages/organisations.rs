//! Organisations of a citizen: those represented, whom they let act, and what organisations let the citizen do.

use super::{
    entrusting::{self, day},
    officer::{again, done, faults},
    organisation_words::{self as words, file_state},
    time,
};
use crate::{
    error::ProviderError,
    layer::SignedInCitizen,
    model::Scope,
    rules::standing::Standing,
    service::{OwnOrganisation, Provider, StaffWish},
    store::organisations::Delegation,
};
use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Lang, Moment, Text, Violation};
use web::{
    FormBody, Outcome, PageContext, RequestId,
    components::{
        Button, Choice, Column, Details, EmptyState, Errors, Form, Question, Select, SummaryList, Table,
        TextInput, back_link, error_summary, inset,
    },
};

pub(super) const BASE: &str = "/citizen/organisations";
pub(super) const TITLE: Text = Text::new("Tổ chức", "Organisations");
/// What of an organisation may be shared by others than its representatives.
const SCOPES: [Scope; 2] = [Scope::Organisation, Scope::OfflineAccess];

const LABELS: &[(&str, Text)] = &[
    ("number", Text::new("Người được giao việc", "Who may act")),
    ("until", Text::new("Đến hết ngày", "Until the end of")),
];
const DONE: &[(&str, Text)] = &[
    (
        "accepted",
        Text::new(
            "Đã đồng ý. Bạn đăng nhập được thay mặt tổ chức.",
            "Accepted. You can sign in for the organisation.",
        ),
    ),
    ("declined", Text::new("Đã từ chối hoặc thôi việc được giao.", "Declined, or given up.")),
    (
        "let",
        Text::new(
            "Đã giao việc. Người đó được báo tin và cần đồng ý.",
            "Recorded. The person was told and has to accept.",
        ),
    ),
    ("ended", Text::new("Đã thu hồi, có hiệu lực ngay.", "Withdrawn, at once.")),
    (
        "left",
        Text::new("Bạn không còn là người đại diện của tổ chức.", "You represent the organisation no more."),
    ),
    ("activated", Text::new("Đã kích hoạt tài khoản của tổ chức.", "The organisation’s account is in use.")),
];

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    done: String,
}

/// What may be shared of an organisation.
fn shared(lang: Lang, one: &Delegation) -> Result<String, ProviderError> {
    Ok(entrusting::shared(lang, &SCOPES, &one.scopes()?, short))
}

fn short(scope: Scope) -> Text {
    match scope {
        Scope::Organisation => Text::new("tên, mã số của tổ chức", "the organisation’s name and number"),
        _ => Text::new("cả khi người đó không có mặt", "also while the person is away"),
    }
}

fn app(lang: Lang, client: &str) -> String {
    if client.is_empty() {
        lang.pick("Mọi ứng dụng", "Every application").to_owned()
    } else {
        client.to_owned()
    }
}

pub(super) async fn list(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Query(seen): Query<Seen>,
) -> Outcome<Markup> {
    let (lang, now) = (context.lang, Moment::now());
    let (represented, let_do) = provider.own_organisations(&citizen.session, now).await?;
    let files = provider.own_files(&citizen.session, now).await?;
    let mut own = Table::new(
        lang.pick("Tổ chức tôi đại diện", "Organisations that I represent"),
        [
            Column::new(lang.pick("Tổ chức", "Organisation")),
            Column::new(lang.pick("Mã số thuế", "Tax code")),
            Column::new(lang.pick("Trạng thái", "Standing")),
        ],
    )
    .stacked();
    for one in &represented {
        own.row([
            html! { a.govuk-link href={ (BASE) "/" (one.id) } { (one.name) } },
            html! { span.dancu-number { (one.number) } },
            words::standing(lang, one.standing().map_err(ProviderError::from)?),
        ]);
    }
    let mut under_way = Table::new(
        lang.pick("Hồ sơ tổ chức", "Files of organisations"),
        [
            Column::new(lang.pick("Tổ chức", "Organisation")),
            Column::new(lang.pick("Lập lúc", "Handed in")),
            Column::new(lang.pick("Trạng thái", "State")),
        ],
    )
    .stacked();
    for file in &files {
        under_way.row([
            html! { a.govuk-link href={ (BASE) "/files/" (file.id) } { (file.name) } },
            html! { (time(file.created_at)) },
            file_state(lang, &file.state),
        ]);
    }
    let banner = done(lang, DONE, &seen.done);
    let mut page = context.page(TITLE.get(lang));
    if let Some(banner) = &banner {
        page = page.notice(banner);
    }
    let acting = acting(&context, &let_do)?;
    Ok(page.body(html! {
        h1.govuk-heading-l { (TITLE.get(lang)) }
        p.govuk-body { (lang.pick(
            "Người đại diện và người được giao việc đăng nhập bằng tài khoản của chính mình, rồi chọn thay mặt tổ chức nào. Ứng dụng và nhật ký biết cả người và tổ chức.",
            "Representatives and those whom they let act sign in with accounts of their own, and choose for which organisation. Application and ledger learn of both.")) }
        (acting)
        @if !represented.is_empty() { (own) }
        @if !files.is_empty() { (under_way) }
        @if represented.is_empty() && files.is_empty() && let_do.is_empty() {
            (EmptyState::new(lang.pick("Bạn chưa thay mặt tổ chức nào", "You act for no organisation"), html! {
                (lang.pick("Người đại diện theo pháp luật lập hồ sơ để tổ chức có tài khoản định danh.",
                    "A legal representative hands in a file for an account of the organisation."))
            }))
        }
        p.govuk-body { (Button::secondary(lang.pick("Lập hồ sơ tổ chức", "Hand in a file")).link("/citizen/organisations/new")) }
        (back_link("/citizen", lang.pick("Về tài khoản của tôi", "Back to my account")))
    }))
}

/// What organisations let the citizen do: to be accepted, declined, given up.
fn acting(context: &PageContext, all: &[Delegation]) -> Result<Markup, ProviderError> {
    let lang = context.lang;
    if all.is_empty() {
        return Ok(html! {});
    }
    let mut table = Table::new(
        lang.pick("Việc tổ chức giao cho tôi", "What organisations let me do"),
        [
            Column::new(lang.pick("Tổ chức", "Organisation")),
            Column::new(lang.pick("Ở đâu", "Where")),
            Column::new(lang.pick("Được chia sẻ", "May share")),
            Column::new(lang.pick("Đến hết ngày", "Until the end of")),
            Column::new(lang.pick("Trả lời", "Answer")),
        ],
    )
    .stacked();
    for one in all {
        let shared = shared(lang, one)?;
        let answer = |word: &'static str, button: Button<'_>| {
            html! { (Form::new(context, "/citizen/organisations/answer", html! {
                input type="hidden" name="id" value=(one.id);
                input type="hidden" name="answer" value=(word);
                (button)
            })) }
        };
        table.row([
            html! { (one.name) span.dancu-provenance { (one.post) } },
            html! { (app(lang, &one.client)) },
            html! { (shared) },
            html! { (day(one.ends_at)) },
            html! {
                @if one.accepted_at.is_none() {
                    (answer("accept", Button::main(lang.pick("Đồng ý", "Accept"))))
                    (answer("decline", Button::secondary(lang.pick("Từ chối", "Decline"))))
                } @else {
                    (answer("decline", Button::secondary(lang.pick("Thôi việc này", "Give up"))))
                }
            },
        ]);
    }
    Ok(html! { (table) })
}

#[derive(Deserialize)]
pub(super) struct Answering {
    id: i64,
    answer: String,
}

pub(super) async fn answer(
    State(provider): State<Provider>,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    FormBody(answering): FormBody<Answering>,
) -> Outcome<Response> {
    let accepts = answering.answer == "accept";
    let request = request.to_string();
    provider.answer_delegation(&citizen.session, answering.id, accepts, &request, Moment::now()).await?;
    let word = if accepts { "accepted" } else { "declined" };
    Ok(Redirect::to(&format!("{BASE}?done={word}")).into_response())
}

/// What is typed about somebody of the staff, or to leave.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    post: String,
    client: String,
    scope: Vec<String>,
    until: String,
    password: String,
    /// The password of the form by which one leaves.
    leaving: String,
}

async fn page(
    provider: &Provider,
    context: &PageContext,
    citizen: &SignedInCitizen,
    id: i64,
    word: &str,
    (typed, found): (&Typed, &[Violation]),
) -> Outcome<Markup> {
    let lang = context.lang;
    let errors = Errors::new(lang, found).labelled(LABELS);
    let known = provider.own_organisation(&citizen.session, id, Moment::now()).await?;
    let organisation = &known.organisation;
    let standing = organisation.standing().map_err(ProviderError::from)?;
    let kind = organisation.kind().map_err(ProviderError::from)?;
    let parties = provider.organisation_parties().await?;
    let staff = staff(context, &known)?;
    let mut representatives = Table::new(
        lang.pick("Người đại diện", "Representatives"),
        [Column::new(lang.pick("Số định danh", "Personal number")), Column::new(lang.pick("Từ", "Since"))],
    )
    .stacked();
    for one in &known.representatives {
        representatives.row([
            html! { span.dancu-number { (one.number.masked()) }
                @if one.citizen == citizen.session.citizen { " (" (lang.pick("bạn", "you")) ")" }
                @if !one.is_active() { span.dancu-provenance { (lang.pick("tài khoản không hoạt động", "account not in use")) } } },
            html! { (time(one.since)) },
        ]);
    }
    let banner = done(lang, DONE, word);
    let mut page = context.page(&organisation.name).with_errors(errors.any());
    if let Some(banner) = &banner {
        page = page.notice(banner);
    }
    let leave = format!("{BASE}/{id}/leave");
    Ok(page.body(html! {
        (error_summary(&errors))
        div.dancu-heading { h1.govuk-heading-l { (organisation.name) } (words::standing(lang, standing)) }
        (SummaryList::new()
            .row(lang.pick("Mã số thuế", "Tax code"), html! { span.dancu-number { (organisation.number) } })
            .row(lang.pick("Loại", "Kind"), kind.text().get(lang))
            .row(lang.pick("Trụ sở", "Head office"), super::officer::unit(organisation.unit)))
        @if standing != Standing::Active {
            (inset(html! { (lang.pick("Tài khoản của tổ chức đang tạm dừng: không ai đăng nhập thay mặt được.",
                "The organisation’s account is suspended: nobody signs in for it.")) }))
        }
        (staff)
        @if standing == Standing::Active {
            h2.govuk-heading-m { (lang.pick("Giao việc cho một người", "Let somebody act")) }
            div.dancu-lead { (form(context, id, &parties, typed, &errors)) }
        }
        (representatives)
        p.govuk-body { a.govuk-link href="/citizen/organisations/new" { (lang.pick("Lập hồ sơ thêm người đại diện", "Hand in a file for another representative")) } }
        (Details::new(lang.pick("Thôi làm người đại diện", "Represent it no more"), html! {
            p.govuk-body { (lang.pick("Những việc bạn đã giao cũng kết thúc ngay. Cần có người đại diện khác.",
                "What you let others do ends at once too. There has to be another representative.")) }
            (Form::new(context, &leave, html! {
                (TextInput::new(Question::new("leaving", lang.pick("Mật khẩu của bạn để thôi đại diện", "Your password, to leave")).errors(&errors)).password())
                (Button::warning(lang.pick("Thôi đại diện", "Leave")))
            }))
        }).open(errors.of("leaving").is_some()))
        (words::events(lang, &known.events))
        (back_link(BASE, lang.pick("Về danh sách tổ chức", "Back to organisations")))
    }))
}

/// Whom the organisation lets act.
fn staff(context: &PageContext, known: &OwnOrganisation) -> Result<Markup, ProviderError> {
    let lang = context.lang;
    if known.staff.is_empty() {
        return Ok(html! {});
    }
    let action = format!("{BASE}/{}/staff/end", known.organisation.id);
    let mut table = Table::new(
        lang.pick("Người được giao việc", "Who may act"),
        [
            Column::new(lang.pick("Người", "Who")),
            Column::new(lang.pick("Ở đâu", "Where")),
            Column::new(lang.pick("Được chia sẻ", "May share")),
            Column::new(lang.pick("Đến hết ngày", "Until the end of")),
            Column::new(lang.pick("Thu hồi", "Withdraw")),
        ],
    )
    .stacked();
    for one in &known.staff {
        let shared = shared(lang, one)?;
        table.row([
            html! { (one.post) span.dancu-provenance { (one.number.masked()) } },
            html! { (app(lang, &one.client)) },
            html! { (shared) },
            html! { (day(one.ends_at)) @if one.accepted_at.is_none() { span.dancu-provenance { (lang.pick("chờ người đó đồng ý", "not accepted yet")) } } },
            html! { (Form::new(context, &action, html! {
                input type="hidden" name="id" value=(one.id);
                (Button::secondary(lang.pick("Thu hồi", "Withdraw")))
            })) },
        ]);
    }
    Ok(html! { (table) })
}

fn form(
    context: &PageContext,
    id: i64,
    parties: &[(String, String, String)],
    typed: &Typed,
    errors: &Errors<'_>,
) -> Markup {
    let lang = context.lang;
    let every = entrusting::every_application(lang, &typed.client);
    let apps = parties.iter().map(|(client, name, name_en)| {
        Choice::new(client, lang.pick(name, name_en)).chosen(typed.client == *client)
    });
    html! {
        (Form::new(context, &format!("{BASE}/{id}/staff"), html! {
            (TextInput::new(Question::new("number", lang.pick("Số định danh của người được giao", "Personal number of the person")).hint(lang.pick("Người đó cần tài khoản mức 2", "The person needs an account of level 2")).errors(errors)).value(&typed.number).digits().width(20).max(12))
            (TextInput::new(Question::new("post", lang.pick("Chức danh hoặc công việc", "Post or work")).hint(lang.pick("Ví dụ: Kế toán trưởng", "Such as: chief accountant")).errors(errors)).value(&typed.post).max(100))
            (Select::new(Question::new("client", lang.pick("Ở ứng dụng nào", "At which application")).errors(errors), std::iter::once(every).chain(apps)))
            (entrusting::questions(lang, &SCOPES, short, (&typed.scope, &typed.until), errors))
            (Button::main(lang.pick("Giao việc", "Let act")))
        }))
    }
}

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Path(id): Path<i64>,
    Query(seen): Query<Seen>,
) -> Outcome<Markup> {
    page(&provider, &context, &citizen, id, &seen.done, (&Typed::default(), &[])).await
}

pub(super) async fn let_act(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let found = match entrusting::read(&typed.number, &SCOPES, &typed.scope, &typed.until) {
        Ok((number, scopes, until)) => {
            let wish = StaffWish {
                organisation: id,
                number,
                post: &typed.post,
                client: &typed.client,
                scopes,
                until,
                password: &typed.password,
            };
            match provider.let_act(&citizen.session, &wish, &request.to_string(), Moment::now()).await {
                Ok(()) => return Ok(Redirect::to(&format!("{BASE}/{id}?done=let")).into_response()),
                Err(error) => at_form(error)?,
            }
        }
        Err(found) => found,
    };
    Ok(again(page(&provider, &context, &citizen, id, "", (&typed, &found)).await?))
}

/// The faults of a form; that the organisation is not the citizen's goes on.
fn at_form(error: ProviderError) -> Result<Vec<Violation>, ProviderError> {
    match error {
        ProviderError::Refused(problem) if problem.kind.status == 404 => Err(problem.into()),
        other => faults(other),
    }
}

#[derive(Deserialize)]
pub(super) struct Ending {
    id: i64,
}

pub(super) async fn end(
    State(provider): State<Provider>,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    Path(id): Path<i64>,
    FormBody(ending): FormBody<Ending>,
) -> Outcome<Response> {
    let request = request.to_string();
    provider.withdraw_staff(&citizen.session, id, ending.id, &request, Moment::now()).await?;
    Ok(Redirect::to(&format!("{BASE}/{id}?done=ended")).into_response())
}

pub(super) async fn leave(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let request = request.to_string();
    let left =
        provider.leave_organisation(&citizen.session, id, &typed.leaving, &request, Moment::now()).await;
    let mut found = match left {
        Ok(()) => return Ok(Redirect::to(&format!("{BASE}?done=left")).into_response()),
        Err(error) => at_form(error)?,
    };
    // Two forms of the page ask for the password.
    for violation in found.iter_mut().filter(|violation| violation.field == "password") {
        violation.field = "leaving".to_owned();
    }
    Ok(again(page(&provider, &context, &citizen, id, "", (&typed, &found)).await?))
}
