//! Who looked at the citizen's data, and what for (Law 91/2025/QH15).

use super::time;
use crate::{layer::SignedInCitizen, service::Provider};
use axum::{
    Extension,
    extract::{Query, State},
};
use maud::{Markup, html};
use serde::Deserialize;
use web::{
    Outcome, PageContext, RequestId,
    components::{Column, Pagination, Table, back_link, inset},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct From {
    before: Option<u64>,
}

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    Query(from): Query<From>,
) -> Outcome<Markup> {
    let log = provider.who_looked(&citizen.session, from.before, &request.to_string()).await?;
    let lang = context.lang;
    let title = lang.pick("Ai đã tra cứu dữ liệu của tôi", "Who looked at my data");
    let mut table = Table::new(
        title,
        [
            Column::new(lang.pick("Thời điểm", "Time")),
            Column::new(lang.pick("Ai", "Who")),
            Column::new(lang.pick("Thông tin", "What")),
            Column::new(lang.pick("Mục đích, căn cứ", "Purpose, basis")),
        ],
    )
    .stacked();
    for record in &log.records {
        let s = &record.statement;
        let fields: Vec<&str> = s.fields.iter().map(|field| field.text().get(lang)).collect();
        table.row([
            html! { (time(s.at)) span.dancu-provenance { (lang.pick("Mục số ", "Entry no. ")) (record.seq) } },
            html! { (s.actor.agency.as_str()) @if let Some(system) = &s.actor.system { span.dancu-provenance { (system.as_str()) } } },
            html! { (fields.join(", ")) },
            html! {
                @if let Some(purpose) = s.purpose { (purpose.text().get(lang)) }
                @if let Some(basis) = &s.legal_basis { span.dancu-provenance { (basis.as_str()) } }
            },
        ]);
    }
    let next = log.before.map(|before| format!("/citizen/who-looked?before={before}"));
    let first = from.before.map(|_| "/citizen/who-looked");
    Ok(context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick("Mới nhất trước. Việc mở trang này cũng được ghi.", "The latest first. Opening this page is logged too.")) }
        (inset(html! { (lang.pick(
            "Danh sách không có các lần tra cứu phục vụ điều tra đang được niêm phong theo quy định; chúng hiện ra khi hết thời hạn niêm phong.",
            "Look-ups for investigations that are sealed by law are not listed; they appear when the seal ends.")) }))
        (table)
        (Pagination::new(lang, first, next.as_deref()))
        (back_link("/citizen", lang.pick("Về tài khoản của tôi", "Back to my account")))
    }))
}
