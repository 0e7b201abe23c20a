//! Who looked at the citizen's data, and what for (Law 91/2025/QH15).

use super::{agency, time};
use crate::{layer::SignedInCitizen, model::Party, service::Provider};
use axum::{
    Extension,
    extract::{Query, State},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Actor, Lang};
use web::{
    Outcome, PageContext, RequestId,
    components::{Column, Pagination, Table, back_link, inset},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct From {
    before: Option<u64>,
}

/// Who looked: the application by its name where one is registered, and the agency.
fn who(lang: Lang, actor: &Actor, parties: &[Party]) -> Markup {
    let own = |party: &&Party| actor.system.as_ref() == Some(&party.id) && actor.agency == party.agency;
    html! {
        @if let Some(party) = parties.iter().find(own) { div { (lang.pick(&party.name, &party.name_en)) } }
        (agency(&actor.agency))
        @if let Some(system) = &actor.system { span.dancu-provenance { (system.as_str()) } }
    }
}

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    Query(from): Query<From>,
) -> Outcome<Markup> {
    let log = provider.who_looked(&citizen.session, from.before, &request.to_string()).await?;
    let actors: Vec<&Actor> = log.records.iter().map(|record| &record.statement.actor).collect();
    let parties = provider.behind(&actors).await?;
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
            who(lang, &s.actor, &parties),
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
