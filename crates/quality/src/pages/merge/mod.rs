//! The merge desk: records chosen, side by side, proposed, approved by a second officer, and undone. Addresses hold the
//! identifiers of records and nothing else; each look at a record leaves its entry in the ledger.

pub(super) mod compare;
pub(super) mod show;
mod side;

pub(super) use side::pairs;

use super::{
    queue::refused,
    visit::{BASE, Cleaning, Visit},
    words,
};
use crate::{Merging, MergingKind, MergingState, Quality};
use access::Action;
use axum::{
    extract::{Query, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Lang, PartialDate, PersonId, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{
        Button, Color, Column, EmptyState, Errors, Form, Question, Table, Tag, TextInput, error_summary,
    },
};

pub(super) const TITLE: Text = Text::new("Hợp nhất hồ sơ", "Merge records");

/// The fields of a form as they were sent.
pub(super) struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The value of a field; empty where there is none.
    pub fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Identifiers with hyphens between them, as they stand in an address.
pub(super) fn ids(text: &str) -> Vec<PersonId> {
    text.split('-').take(8).filter_map(|id| id.parse().ok().map(PersonId)).collect()
}

/// The same as text.
pub(super) fn joined(ids: &[PersonId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

/// The address at which records stand side by side.
pub(super) fn beside(ids: &[PersonId], case: Option<i64>) -> String {
    let case = case.map(|id| format!("&case={id}")).unwrap_or_default();
    format!("{BASE}/merge/new?records={}{case}", joined(ids))
}

/// The record at which an officer came to think of a second one.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct With {
    with: Option<PersonId>,
}

/// The desk: records to choose, what waits, what was done.
pub(super) async fn home(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Query(With { with }): Query<With>,
) -> Outcome<Markup> {
    let first = with.map(|id| ("record-1".to_owned(), format!("#{id}")));
    desk(&quality, &visit, &Fields(first.into_iter().collect()), &[]).await
}

async fn desk(quality: &Quality, visit: &Visit, typed: &Fields, faults: &[Violation]) -> Outcome<Markup> {
    let lang = visit.lang();
    let lists = quality.mergings(&visit.ask).await?;
    let errors = Errors::new(lang, faults);
    let title = visit.t(TITLE);
    let names: Vec<String> = (1..=5).map(|at| format!("record-{at}")).collect();
    let labels: Vec<String> = (1..=5).map(|at| format!("{} {at}", lang.pick("Hồ sơ", "Record"))).collect();
    let hint = lang.pick(
        "Số định danh, số CMND, hoặc # và số hồ sơ, ví dụ #128",
        "A personal or former number, or # and the number of the record, such as #128",
    );
    Ok(visit.page(title).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        @if visit.may(quality, Action::ApproveMerges) {
            h2.govuk-heading-m { (lang.pick("Chờ tôi duyệt", "Waiting for my approval")) }
            @if lists.to_approve.is_empty() {
                (EmptyState::new(
                    lang.pick("Không có đề nghị nào chờ bạn", "Nothing waits for you"),
                    html! { (lang.pick(
                        "Hợp nhất hồ sơ của hai xã, phường khác nhau cần cán bộ thứ hai: của đơn vị kia hoặc cấp trên. Đề nghị của người khác về hồ sơ thuộc địa bàn bạn hiện ở đây.",
                        "Merging records of different communes takes a second officer: of the other unit, or above. What others propose about records of your units stands here.",
                    )) },
                ))
            } @else {
                (list(&lists.to_approve, lang.pick("Chờ tôi duyệt", "Waiting for my approval"), lang))
            }
        }
        @if !lists.own.is_empty() {
            h2.govuk-heading-m { (lang.pick("Tôi đề nghị, đang chờ", "Proposed by me, waiting")) }
            (list(&lists.own, lang.pick("Tôi đề nghị", "Proposed by me"), lang))
        }
        h2.govuk-heading-m { (lang.pick("Chọn hồ sơ để đối chiếu", "Choose records to compare")) }
        p.govuk-body { (lang.pick(
            "Từ 2 đến 5 hồ sơ có thể là của một người. Hồ sơ ngoài địa bàn chỉ hiện khi cùng mang một số hoặc đã được phát hiện nghi trùng với hồ sơ của bạn. Mỗi lần xem được ghi nhật ký.",
            "Two to five records that may be one person's. One outside your units shows only where both claim one number or were found to be alike. Each look is logged.",
        )) }
        (Form::new(&visit.context, &format!("{BASE}/merge"), html! {
            @for (at, (name, label)) in names.iter().zip(&labels).enumerate() {
                @let question = Question::new(name, label).errors(&errors);
                @let question = if at == 0 { question.hint(hint) } else { question };
                @let question = if at > 1 { question.optional(lang) } else { question };
                (TextInput::new(question).value(typed.one(name)).width(20).max(20))
            }
            (Button::main(lang.pick("Đối chiếu", "Compare")))
        }))
        h2.govuk-heading-m { (lang.pick("Đã hợp nhất, đã tách", "Merged and separated")) }
        @if lists.done.is_empty() {
            (EmptyState::new(
                lang.pick("Chưa hợp nhất hồ sơ nào trong địa bàn", "Nothing was merged in your units yet"),
                html! { (lang.pick(
                    "Việc đã xong hiện ở đây, mở ra để hủy khi hợp nhất nhầm: mọi hồ sơ trở lại đúng như trước.",
                    "What was done stands here; open it to undo a wrong merge: all records are again as before.",
                )) },
            ))
        } @else {
            (list(&lists.done, lang.pick("Đã hợp nhất, đã tách", "Merged and separated"), lang))
        }
    }))
}

/// Leads to the records side by side.
pub(super) async fn choose(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    FormBody(fields): FormBody<Vec<(String, String)>>,
) -> Outcome<Response> {
    let typed = Fields(fields);
    let records: Vec<String> = (1..=5).map(|at| typed.one(&format!("record-{at}")).to_owned()).collect();
    match quality.find_records(&visit.ask, &records).await {
        Ok(ids) => Ok(Redirect::to(&beside(&ids, None)).into_response()),
        Err(error) => {
            let faults = refused(error)?;
            let page = desk(&quality, &visit, &typed, &faults).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn list(mergings: &[Merging], caption: &str, lang: Lang) -> Markup {
    let mut table = Table::new(
        caption,
        [
            Column::new(lang.pick("Số", "No.")),
            Column::new(lang.pick("Việc", "What")),
            Column::new(lang.pick("Hồ sơ", "Records")),
            Column::new(lang.pick("Đề nghị", "Proposed")),
            Column::new(lang.pick("Trạng thái", "State")),
        ],
    )
    .stacked();
    for m in mergings {
        table.row([
            html! { a.govuk-link href={ (BASE) "/merge/" (m.id) } { (m.id) } },
            html! { (kind(m, lang)) },
            html! { div { (records(m, lang)) } },
            html! { div { (m.officer) span.dancu-provenance { (words::time(m.proposed_at)) } } },
            html! { div { (state(m, lang)) } },
        ]);
    }
    html! { (table) }
}

/// What is proposed, in words.
pub(super) fn kind(m: &Merging, lang: Lang) -> &'static str {
    match m.kind {
        MergingKind::Merge => lang.pick("Hợp nhất", "Merge"),
        MergingKind::Undoing => lang.pick("Hủy hợp nhất", "Undo a merge"),
    }
}

/// The records of a merge by their numbers, the one kept first.
pub(super) fn records(m: &Merging, lang: Lang) -> String {
    let ended: Vec<String> =
        m.records.iter().filter(|r| r.person != m.kept).map(|r| r.person.to_string()).collect();
    format!("{} ← {} ({})", m.kept, ended.join(", "), lang.pick("giữ ← nhập vào", "kept ← ended"))
}

/// Where a merge stands.
pub(super) fn state(m: &Merging, lang: Lang) -> Markup {
    let expired = m.state == MergingState::Waiting && m.expires < PartialDate::today();
    let (color, text) = match m.state {
        _ if expired => (Color::Grey, lang.pick("Đã hết hạn", "Expired")),
        MergingState::Waiting => (Color::Blue, lang.pick("Chờ duyệt", "Waiting for approval")),
        MergingState::Done => (Color::Green, lang.pick("Đã thực hiện", "Done")),
        MergingState::Refused => (Color::Red, lang.pick("Không duyệt", "Refused")),
        MergingState::Withdrawn => (Color::Grey, lang.pick("Đã rút", "Withdrawn")),
    };
    html! { (Tag::new(color, text)) @if let Some(who) = &m.decided_by { span.dancu-provenance { (who) } } }
}
