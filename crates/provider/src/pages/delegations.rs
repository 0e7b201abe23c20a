//! Who acts for the citizen, and for whom the citizen acts.

use super::{
    entrusting::{self, day},
    officer::faults,
};
use crate::{
    error::ProviderError,
    layer::SignedInCitizen,
    model::{Scope, Scopes},
    service::{Provider, Wish},
};
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Lang, Moment, Text, Violation};
use web::{
    FormBody, Outcome, PageContext, RequestId,
    components::{
        Banner, Button, Choice, Column, Errors, Form, Question, Radios, Table, TextInput, back_link,
        error_summary,
    },
};

const TITLE: Text = Text::new("Ủy quyền và làm thay", "Acting for one another");
const LABELS: &[(&str, Text)] = &[
    ("number", Text::new("Người được ủy quyền", "The delegate")),
    ("until", Text::new("Đến hết ngày", "Until the end of")),
];
/// What can be delegated besides the sign-in itself.
const SCOPES: [Scope; 2] = [Scope::Profile, Scope::PersonalNumber];

/// What is typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    client: String,
    scope: Vec<String>,
    until: String,
    password: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    done: String,
}

async fn page(
    provider: &Provider,
    context: &PageContext,
    citizen: &SignedInCitizen,
    seen: &Seen,
    typed: &Typed,
    found: &[Violation],
) -> Outcome<Markup> {
    let lang = context.lang;
    let errors = Errors::new(lang, found).labelled(LABELS);
    let now = Moment::now();
    let account = provider.account(&citizen.session, now).await?;
    let given = provider.given(&citizen.session, now).await?;
    let acting = provider.acting(&citizen.session, None, &context.request_id.to_string(), now).await?;
    let app = |client: &str| match account.grants.iter().find(|grant| grant.client == client) {
        _ if client.is_empty() => lang.pick("Mọi ứng dụng", "Every application").to_owned(),
        Some(grant) => lang.pick(grant.name.0.clone(), grant.name.1.clone()),
        None => client.to_owned(),
    };
    let mut helpers = Table::new(
        lang.pick("Người được tôi ủy quyền", "Who may act for me"),
        [
            Column::new(lang.pick("Số định danh", "Personal number")),
            Column::new(lang.pick("Ở đâu", "Where")),
            Column::new(lang.pick("Được chia sẻ", "May share")),
            Column::new(lang.pick("Đến hết ngày", "Until the end of")),
            Column::new(lang.pick("Kết thúc", "End")),
        ],
    )
    .stacked();
    for one in &given {
        let scopes = words(lang, Some(&one.scopes().map_err(ProviderError::from)?));
        helpers.row([
            html! { span.dancu-number { (one.number.masked()) } },
            html! { (app(&one.client)) },
            html! { (scopes) },
            html! { (day(one.ends_at)) },
            html! { (Form::new(context, "/citizen/delegations/end", html! {
                input type="hidden" name="id" value=(one.id);
                (Button::secondary(lang.pick("Kết thúc", "End")))
            })) },
        ]);
    }
    let mut others = Table::new(
        lang.pick("Tôi được làm thay cho", "For whom I may act"),
        [
            Column::new(lang.pick("Họ tên", "Name")),
            Column::new(lang.pick("Ở đâu", "Where")),
            Column::new(lang.pick("Được chia sẻ", "May share")),
            Column::new(lang.pick("Đến hết ngày", "Until the end of")),
        ],
    )
    .stacked();
    for one in &acting {
        others.row([
            html! { (one.name) @if one.scopes.is_none() { span.dancu-provenance { (lang.pick("con, người được giám hộ", "child or ward")) } } },
            html! { (app(&one.client)) },
            html! { (words(lang, one.scopes.as_ref())) },
            html! { (day(one.ends_at)) },
        ]);
    }
    let done = match seen.done.as_str() {
        "given" => Some(lang.pick("Đã ủy quyền. Người đó được báo tin.", "Delegated. The person was told.")),
        "ended" => {
            Some(lang.pick("Đã kết thúc ủy quyền, có hiệu lực ngay.", "The delegation has ended, at once."))
        }
        _ => None,
    };
    let banner = done.map(|text| Banner::done(lang, text));
    let mut page = context.page(TITLE.get(lang)).with_errors(errors.any());
    if let Some(banner) = &banner {
        page = page.notice(banner);
    }
    Ok(page.body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (TITLE.get(lang)) }
        p.govuk-body { (lang.pick(
            "Người được ủy quyền đăng nhập bằng tài khoản của chính họ, và mọi việc làm thay ghi tên cả hai người.",
            "A delegate signs in with an account of his own, and whatever is done for another names both.")) }
        @if !given.is_empty() { (helpers) }
        @if !acting.is_empty() { (others) }
        @if account.level < 2 {
            p.govuk-body { (lang.pick("Muốn ủy quyền cho người khác, cả hai bên cần tài khoản mức 2.", "To delegate, both sides need accounts of level 2.")) }
        } @else {
            h2.govuk-heading-m { (lang.pick("Ủy quyền cho một người", "Delegate to somebody")) }
            div.dancu-lead { (form(context, &account.grants, typed, &errors)) }
        }
        (back_link("/citizen", lang.pick("Về tài khoản của tôi", "Back to my account")))
    }))
}

fn words(lang: Lang, scopes: Option<&Scopes>) -> String {
    let Some(scopes) = scopes else {
        return lang.pick("như chính chủ", "as the person could").to_owned();
    };
    entrusting::shared(lang, &SCOPES, scopes, Scope::text)
}

fn form(
    context: &PageContext,
    grants: &[crate::service::Shared],
    typed: &Typed,
    errors: &Errors<'_>,
) -> Markup {
    let lang = context.lang;
    let every = entrusting::every_application(lang, &typed.client);
    let apps = grants.iter().map(|grant| {
        Choice::new(&grant.client, lang.pick(&grant.name.0, &grant.name.1))
            .chosen(typed.client == grant.client)
    });
    html! {
        (Form::new(context, "/citizen/delegations", html! {
            (TextInput::new(Question::new("number", lang.pick("Số định danh của người được ủy quyền", "Personal number of the delegate")).errors(errors)).value(&typed.number).digits().width(20).max(12))
            (Radios::new(Question::new("client", lang.pick("Ở ứng dụng nào", "At which application")).errors(errors), std::iter::once(every).chain(apps)))
            (entrusting::questions(lang, &SCOPES, Scope::text, (&typed.scope, &typed.until), errors))
            (Button::main(lang.pick("Ủy quyền", "Delegate")))
        }))
    }
}

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Query(seen): Query<Seen>,
) -> Outcome<Markup> {
    page(&provider, &context, &citizen, &seen, &Typed::default(), &[]).await
}

pub(super) async fn give(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let found = match entrusting::read(&typed.number, &SCOPES, &typed.scope, &typed.until) {
        Ok((number, scopes, until)) => {
            let wish = Wish { number, client: &typed.client, scopes, until, password: &typed.password };
            match provider.delegate(&citizen.session, &wish, &request.to_string(), Moment::now()).await {
                Ok(()) => return Ok(Redirect::to("/citizen/delegations?done=given").into_response()),
                Err(error) => faults(error)?,
            }
        }
        Err(found) => found,
    };
    let page = page(&provider, &context, &citizen, &Seen::default(), &typed, &found).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[derive(Deserialize)]
pub(super) struct Ending {
    id: i64,
}

pub(super) async fn end(
    State(provider): State<Provider>,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    FormBody(ending): FormBody<Ending>,
) -> Outcome<Response> {
    provider.take_back(&citizen.session, ending.id, &request.to_string(), Moment::now()).await?;
    Ok(Redirect::to("/citizen/delegations?done=ended").into_response())
}
