//! Messages to citizens that were not delivered, for administrators: to whom, masked, since when, and why.

use super::officer::{Officer, done};
use crate::{error::ProviderError, service::Provider};
use access::Action;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Moment, Problem, Text, kinds};
use web::{
    FormBody, Outcome,
    components::{Button, Column, EmptyState, Form, Table},
};

const BASE: &str = "/admin/messages";
const TITLE: Text = Text::new("Tin nhắn chưa gửi được", "Messages not delivered");
/// Most rows shown.
const MOST: usize = 200;
const DONE: &[(&str, Text)] =
    &[("again", Text::new("Tin nhắn sẽ được gửi lại.", "The message will be tried again."))];

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    done: String,
}

pub(super) async fn list(
    State(provider): State<Provider>,
    Query(said): Query<Said>,
    officer: Officer,
) -> Outcome<Markup> {
    officer.require(&provider, &[Action::ViewSystem])?;
    let lang = officer.lang();
    let letters = provider.letters()?;
    let (given_up, waiting): (Vec<_>, Vec<_>) = letters.into_iter().partition(|l| l.reason.is_some());
    let title = officer.t(TITLE);
    let mut table = Table::new(
        lang.pick(format!("Đã thôi gửi ({})", given_up.len()), format!("Given up ({})", given_up.len())),
        [
            Column::new(lang.pick("Gửi đến", "To")),
            Column::new(lang.pick("Từ lúc", "Since")),
            Column::new(lang.pick("Lý do", "Reason")),
            Column::new(lang.pick("Thao tác", "Action")),
        ],
    )
    .stacked();
    for letter in given_up.iter().rev().take(MOST) {
        let again = html! {
            input type="hidden" name="name" value=(letter.name);
            (Button::secondary(lang.pick("Gửi lại", "Try again")))
        };
        table.row([
            html! { (letter.to) },
            html! { (super::time(letter.since)) },
            html! { (letter.reason.as_deref().unwrap_or_default()) },
            html! { (Form::new(&officer.context, BASE, again)) },
        ]);
    }
    let oldest = waiting.first().map(|letter| super::time(letter.since)).unwrap_or_default();
    let count = waiting.len();
    let banner = done(lang, DONE, &said.done);
    let mut page = officer.context.page(title);
    if let Some(banner) = &banner {
        page = page.notice(banner);
    }
    Ok(page.body(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body {
            @if waiting.is_empty() { (lang.pick("Không có tin nhắn nào đang chờ.", "No message is waiting.")) }
            @else {
                (lang.pick(
                    format!("{count} tin nhắn đang chờ gửi, cũ nhất từ {oldest}."),
                    format!("{count} message(s) are waiting, the oldest since {oldest}.")))
            }
        }
        @if given_up.is_empty() {
            (EmptyState::new(lang.pick("Mọi tin nhắn đều gửi được", "Every message was delivered"), html! {
                (lang.pick("Tin nhắn không gửi được sẽ nằm ở đây, kèm lý do.",
                    "What cannot be delivered is listed here, with the reason."))
            }))
        } @else { (table) }
    }))
}

#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
}

pub(super) async fn again(
    State(provider): State<Provider>,
    officer: Officer,
    FormBody(named): FormBody<Named>,
) -> Outcome<Response> {
    officer.require(&provider, &[Action::ViewSystem])?;
    if !provider.letter_again(&named.name, Moment::now())? {
        return Err(ProviderError::from(Problem::new(&kinds::NOT_FOUND)).into());
    }
    Ok(Redirect::to(&format!("{BASE}?done=again")).into_response())
}
