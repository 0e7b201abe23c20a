//! Who has looked at a person's record, and why.

use super::{fields, visit::Purposed, words};
use crate::Population;
use axum::extract::{Path, Query, State};
use ledger::{Outcome as Became, Record};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{FieldSet, Lang, PersonId};
use web::{
    Outcome,
    components::{Color, Column, EmptyState, Pagination, Table, Tag, back_link, inset},
};

/// Where the list goes on: an entry number, which names nobody.
#[derive(Debug, Default, Deserialize)]
pub(super) struct From {
    before: Option<u64>,
}

/// The log of a record, the latest first.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(id): Path<PersonId>,
    Query(from): Query<From>,
) -> Outcome<Markup> {
    let log = population.access_log(&visit.ask, id, from.before).await?;
    let lang = visit.lang();
    let title = lang.pick("Ai đã tra cứu", "Who looked");
    let record = words::person_path(id);
    let name = lang.pick(format!("Hồ sơ số {id}"), format!("Record no. {id}"));
    let next = log.before.map(|before| format!("{record}/who-looked?before={before}"));
    let first = from.before.map(|_| format!("{record}/who-looked"));
    Ok(visit.page(title).crumb(&name, &record).body(visit.framed(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body {
            (lang.pick("Mọi lần xem, xác minh hoặc thay đổi dữ liệu của người này, mới nhất trước. ", "Every look at, comparison with and change of this person's data, the latest first. "))
            (lang.pick("Việc mở trang này cũng được ghi.", "Opening this page is logged too."))
        }
        (inset(html! { (lang.pick(
            "Danh sách không có các lần tra cứu phục vụ điều tra đang được niêm phong theo quy định; chúng hiện ra khi hết thời hạn niêm phong.",
            "Look-ups for investigations that are sealed by law are not listed; they appear when the seal ends.",
        )) }))
        @if log.records.is_empty() {
            (EmptyState::new(lang.pick("Không còn mục nào", "No further entries"), html! {
                p { (lang.pick("Bạn đã xem hết nhật ký của hồ sơ này.", "This is the end of the log of this record.")) }
            }))
        } @else {
            (table(&log.records, lang))
        }
        (Pagination::new(lang, first.as_deref(), next.as_deref()))
        (back_link(&record, lang.pick("Về trang của người này", "Back to the person")))
    })))
}

fn table(records: &[Record], lang: Lang) -> Table {
    let mut table = Table::new(
        lang.pick("Các lần tra cứu", "Look-ups"),
        [
            Column::new(lang.pick("Thời điểm", "Time")),
            Column::new(lang.pick("Ai", "Who")),
            Column::new(lang.pick("Việc", "What")),
            Column::new(lang.pick("Mục đích, căn cứ", "Purpose, basis")),
            Column::new(lang.pick("Kết quả", "Outcome")),
        ],
    )
    .stacked();
    for record in records {
        let s = &record.statement;
        table.row([
            html! {
                (words::figures(s.at.local_text()))
                span.dancu-provenance { (lang.pick("Mục số ", "Entry no. ")) (record.seq) }
            },
            html! { (words::actor(&s.actor, s.at, lang)) },
            html! { div { (words::service(&s.service, lang)) (shown(s.fields, lang)) } },
            html! { div {
                @match s.purpose {
                    Some(purpose) => (purpose.text().get(lang)),
                    None => span.dancu-muted { (lang.pick("không nêu", "not stated")) },
                }
                @if let Some(basis) = &s.legal_basis { span.dancu-provenance { (basis.as_str()) } }
                @if s.withheld.is_some() {
                    span.dancu-provenance { (lang.pick("Phục vụ việc của người khác; chi tiết không hiện ở đây", "For another person's business; details are not shown here")) }
                }
                @if s.procedure.is_some() || s.dossier.is_some() {
                    span.dancu-provenance {
                        @if let Some(code) = &s.procedure { (lang.pick("Thủ tục ", "Procedure ")) (words::figures(code)) " " }
                        @if let Some(code) = &s.dossier { (lang.pick("Hồ sơ ", "Dossier ")) (words::figures(code)) }
                    }
                }
            } },
            html! { (outcome(s.outcome, lang)) },
        ]);
    }
    table
}

/// The fields, by name where they are few.
pub(super) fn shown(fields: FieldSet, lang: Lang) -> Markup {
    let count = fields.iter().count();
    html! {
        @if count > 0 && count <= 4 {
            span.dancu-provenance { (fields::names(fields, lang)) }
        } @else if count > 4 {
            details.dancu-fields {
                summary { (count) " " (lang.pick("mục thông tin", "fields")) }
                (fields::names(fields, lang))
            }
        }
    }
}

/// What became of a look-up, in its colour.
pub(super) fn outcome(outcome: Became, lang: Lang) -> Tag<'static> {
    let color = match outcome {
        Became::Shown | Became::Match | Became::Done => Color::Blue,
        Became::Mismatch | Became::NotFound => Color::Yellow,
        Became::Refused => Color::Red,
        Became::Changed => Color::Green,
    };
    Tag::new(color, outcome.text().get(lang))
}
