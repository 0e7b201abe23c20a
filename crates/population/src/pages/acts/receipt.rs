//! The receipt of an act: what was recorded, to print, and how to take it back.

use super::super::{history::Words, visit::Purposed, words};
use crate::{
    Population,
    acts::Content,
    model::Person,
    sealed::PersonRecord,
    service::{ActReceipt, Error},
};
use access::Action;
use axum::extract::{Path, Query, State};
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::HashMap;
use vocabulary::{ActSeq, HouseholdId, Lang, PersonId, kinds};
use web::{
    Outcome,
    components::{Banner, Button, SheetHead, SummaryList, warning},
};

/// The household that somebody has left, whose head may be gone. Its number names nobody.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Left {
    left: Option<HouseholdId>,
}

/// The receipt.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(seq): Path<ActSeq>,
    Query(Left { left }): Query<Left>,
) -> Outcome<Markup> {
    let receipt = population.receipt(&visit.ask, seq).await?;
    let Some(act) = receipt.acts.first() else { return Err(web::Failure::of(&kinds::NOT_FOUND)) };
    let lang = visit.lang();
    let touched = act.content.touched();
    // The names of the people stand on their pages; where the officer may see one, the receipt shows them.
    let mut view = None;
    let mut findings = Vec::new();
    if let Some(id) = touched.persons.first().filter(|_| visit.may(&population, Action::ViewPerson)) {
        match population.person(&visit.ask, *id, None).await {
            Ok(page) => {
                findings = page.findings;
                view = Some(page.person);
            }
            Err(Error::Problem(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let behind = match left {
        Some(household) => match population.household(&visit.ask, household).await {
            Ok(page) => Some(page).filter(|page| !page.findings.is_empty()),
            Err(Error::Problem(_)) => None,
            Err(error) => return Err(error.into()),
        },
        None => None,
    };
    let nobody = unnamed(touched.persons.first().copied().unwrap_or_default());
    let record: &PersonRecord = view.as_deref().unwrap_or(&nobody);
    let kind = act.content.kind().1.get(lang);
    let done = lang.pick(format!("Đã ghi: {kind}"), format!("Recorded: {kind}"));
    let title = lang.pick(format!("Phiếu ghi nhận số {seq}"), format!("Receipt no. {seq}"));
    // Nothing leads to a page that the officer may not see.
    let person = touched.persons.first().copied().filter(|_| view.is_some());
    Ok(visit.page(&title).notice(&Banner::done(lang, &done)).body(html! {
        section class="dancu-sheet" {
            (SheetHead::new(&visit.workplace))
            h1 class="govuk-heading-m dancu-sheet__title" { (lang.pick("PHIẾU GHI NHẬN BIẾN ĐỘNG DÂN CƯ", "RECEIPT OF AN ACT")) }
            (rows(&receipt, record, lang))
        }
        div.dancu-no-print {
            (super::super::person::findings(&findings, lang))
            @if let Some(page) = &behind {
                @for finding in &page.findings { (warning(lang, finding.text.get(lang))) }
                p.govuk-body {
                    a.govuk-link href={ "/desk/households/" (page.household.id) "/acts/head" } {
                        (lang.pick("Chọn chủ hộ mới cho hộ còn lại", "Choose a new head for those who stay"))
                    }
                }
            }
        }
        div class="dancu-actions dancu-no-print" {
            @if view.is_none() { (Button::main(lang.pick("Về bàn làm việc", "To the desk")).link("/desk")) }
            @if let Some(id) = person { (Button::main(lang.pick("Về trang của người này", "To the person")).link(&words::person_path(id))) }
            @for household in &touched.households {
                a.govuk-link href={ "/desk/households/" (household) } { (lang.pick("Xem hộ số ", "Household no. ")) (household) }
            }
            @if let (Some(id), None) = (person, act.content.annuls()) {
                a.govuk-link href={ (words::person_path(id)) "/annul/" (act.seq) } { (lang.pick("Ghi nhầm? Hủy biến động này", "Recorded by mistake? Annul it")) }
            }
        }
        p class="govuk-body-s dancu-muted dancu-no-print" { (lang.pick("In phiếu: nhấn Ctrl + P.", "To print: Ctrl + P.")) }
    }))
}

/// A record of which only the number is known.
fn unnamed(id: PersonId) -> PersonRecord {
    PersonRecord {
        person: Person::new(id),
        kin: HashMap::new(),
        children: Vec::new(),
        heads: Vec::new(),
        other_claims: 0,
    }
}

fn rows(receipt: &ActReceipt, record: &PersonRecord, lang: Lang) -> Markup {
    let words = Words { record, lang };
    let entries: Vec<String> = receipt.entries.iter().map(u64::to_string).collect();
    let Some(first) = receipt.acts.first() else { return html! {} };
    let number = receipt.acts.iter().find_map(|act| match &act.content {
        Content::NumberIssued { number, .. } => Some(*number),
        Content::NumberCancelled { replaced_by, .. } => *replaced_by,
        _ => None,
    });
    let list = SummaryList::new()
        .row(lang.pick("Biến động", "Act"), html! { strong { (first.content.kind().1.get(lang)) } })
        .row(lang.pick("Nội dung", "What was recorded"), words.content(&first.content))
        .row_if(
            lang.pick("Số định danh được cấp", "Number issued"),
            number.map(|n| html! { strong { (words::figures(n.reveal())) } }),
        )
        .row(lang.pick("Ngày hiệu lực", "Effective"), words::figures(words::date(first.effective, lang)))
        .row(lang.pick("Căn cứ", "Evidence"), html! { (first.evidence) })
        .row(lang.pick("Người ghi", "By"), html! { (words::actor(&first.by, first.recorded, lang)) })
        .row(lang.pick("Thời điểm ghi", "Recorded"), words::figures(first.recorded.local_text()))
        .row(
            lang.pick("Biến động số", "Act no."),
            words::figures(receipt.acts.iter().map(|a| a.seq.to_string()).collect::<Vec<_>>().join(", ")),
        )
        .row(lang.pick("Mục nhật ký", "Ledger entries"), words::figures(entries.join(", ")));
    html! { (list) }
}
