//! The rules in force, with how many records of the officer's units break each.

use super::visit::Visit;
use crate::{Quality, model::Word};
use axum::extract::State as Shared;
use maud::{Markup, html};
use std::collections::HashMap;
use vocabulary::Text;
use web::{
    Outcome,
    components::{Column, Details, Table},
};

const TITLE: Text = Text::new("Các quy tắc kiểm tra", "The rules");

/// The page.
pub(super) async fn show(Shared(quality): Shared<Quality>, visit: Visit) -> Outcome<Markup> {
    let lang = visit.lang();
    let scores = quality.scores(&visit.ask, None).await?;
    let broken: HashMap<&str, i64> = scores.causes.iter().map(|(rule, n, _)| (rule.as_str(), *n)).collect();
    let title = visit.t(TITLE);
    Ok(visit.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick(
            "Quy tắc là dữ liệu: người quản trị thêm, thay quy tắc trong tệp nêu ở quality.rules. Hồ sơ được kiểm tra lại ngay khi có biến động.",
            "Rules are data: the administrator adds and replaces them in the file that quality.rules names. A record is checked again as soon as an act touches it.",
        )) }
        @for word in Word::ALL {
            @let mut table = Table::new(word.text().get(lang), [
                Column::new(lang.pick("Quy tắc", "Rule")),
                Column::new(lang.pick("Mức độ", "Weight")),
                Column::new(lang.pick("Căn cứ", "Legal basis")),
                Column::numeric(lang.pick("Hồ sơ vi phạm", "Records that break it")),
            ]).stacked();
            @for rule in quality.rules().all().iter().filter(|r| r.word == *word) {
                @let () = table.row([
                    html! {
                        (rule.text(lang))
                        @if let Some(indicator) = rule.indicator { span.dancu-provenance { (indicator.code()) } }
                        (Details::new(&rule.id, html! { code { (rule.when) } }))
                    },
                    html! { (rule.severity.text().get(lang)) },
                    html! { (rule.basis) },
                    html! { (super::words::count(broken.get(rule.id.as_str()).copied().unwrap_or_default())) },
                ]);
            }
            (table)
        }
    }))
}
