//! Security assessments of agencies: recorded once, they cover every application of the agency.

use super::{
    applications::{self, BASE, Inspection, LABELS, assessment, soon},
    officer::{Officer, again, done, faults},
};
use crate::{model::WARNING_DAYS, rules::days, service::Provider};
use access::Action;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{AgencyCode, Moment, PartialDate, Text, Violation};
use web::{
    FormBody, Outcome,
    components::{
        Button, Color, Column, EmptyState, Errors, Form, Question, Table, Tag, TextInput, error_summary,
    },
};

const HERE: &str = "/admin/applications/by-agency";
const TITLE: Text = Text::new("Đánh giá an toàn theo cơ quan", "Security assessments of agencies");
const DONE: &[(&str, Text)] = &[(
    "assessed",
    Text::new("Đã ghi kết quả đánh giá của cơ quan.", "The agency’s assessment is recorded."),
)];

/// What an inspector types.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    agency: String,
    level: String,
    date: String,
    inspector: String,
    ends: String,
}

impl Typed {
    fn inspection(&self) -> Inspection {
        Inspection {
            level: self.level.clone(),
            date: self.date.clone(),
            inspector: self.inspector.clone(),
            ends: self.ends.clone(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Seen {
    done: String,
}

async fn page(
    provider: &Provider,
    officer: &Officer,
    word: &str,
    typed: &Typed,
    found: &[Violation],
) -> Outcome<Markup> {
    let lang = officer.lang();
    let errors = Errors::new(lang, found).labelled(LABELS);
    let all = provider.agencies(&officer.caller).await?;
    let today = PartialDate::today();
    let mut table = Table::new(
        TITLE.get(lang),
        [
            Column::new(lang.pick("Cơ quan", "Agency")),
            Column::new(lang.pick("Đánh giá", "Assessment")),
            Column::new(lang.pick("Trạng thái", "State")),
            Column::numeric(lang.pick("Ứng dụng", "Applications")),
        ],
    )
    .stacked();
    for one in &all {
        let holds = one.assessment.as_ref().filter(|found| found.holds(today));
        let left = holds.and_then(|found| days::between(today, found.ends));
        let (color, text) = match (&one.assessment, holds) {
            (_, Some(_)) => (Color::Green, Text::new("Còn hiệu lực", "Holds")),
            (Some(found), None) if found.ends.packed() < today.packed() => {
                (Color::Red, Text::new("Hết hạn", "Ended"))
            }
            (Some(_), None) => (Color::Red, Text::new("Dưới cấp độ 3", "Below level 3")),
            (None, None) => (Color::Grey, Text::new("Chưa có", "None")),
        };
        table.row([
            html! { (one.code.as_str()) },
            assessment(lang, one.assessment.as_ref()),
            html! { (Tag::new(color, text.get(lang))) (soon(lang, left.filter(|left| *left <= WARNING_DAYS))) },
            html! { (one.applications) },
        ]);
    }
    let title = officer.t(TITLE);
    let banner = done(lang, DONE, word);
    let mut page =
        officer.context.page(title).crumb(officer.t(applications::TITLE), BASE).with_errors(errors.any());
    if let Some(banner) = &banner {
        page = page.notice(banner);
    }
    let inspects = officer.may(provider, Action::AssessApplications);
    Ok(page.body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick(
            "Đánh giá của cơ quan dùng cho mọi ứng dụng của cơ quan đó. Hết hạn thì các ứng dụng dừng, trừ ứng dụng có đánh giá riêng.",
            "An agency’s assessment covers every application of it. When it ends they stop, but for those with one of their own.")) }
        @if all.is_empty() {
            (EmptyState::new(lang.pick("Chưa có cơ quan nào", "There are no agencies yet"), html! {
                (lang.pick("Cơ quan có tên ở đây từ ứng dụng đầu tiên được đăng ký, hoặc khi người kiểm tra ghi kết quả đánh giá.",
                    "An agency stands here from its first registered application, or once an inspector records its assessment."))
            }))
        } @else { (table) }
        @if inspects {
            h2.govuk-heading-m { (lang.pick("Ghi kết quả đánh giá của một cơ quan", "Record an agency’s assessment")) }
            div.dancu-lead {
                (Form::new(&officer.context, HERE, html! {
                    (TextInput::new(Question::new("agency", lang.pick("Mã cơ quan", "Code of the agency")).hint(lang.pick("Ví dụ G01, H56.1.2", "Such as G01, H56.1.2")).errors(&errors)).value(&typed.agency).width(20).max(40))
                    (typed.inspection().inputs(lang, &errors))
                    (Button::main(lang.pick("Ghi kết quả", "Record")))
                }))
            }
        }
    }))
}

pub(super) async fn show(
    State(provider): State<Provider>,
    officer: Officer,
    Query(seen): Query<Seen>,
) -> Outcome<Markup> {
    page(&provider, &officer, &seen.done, &Typed::default(), &[]).await
}

pub(super) async fn assess(
    State(provider): State<Provider>,
    officer: Officer,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    officer.require(&provider, &[Action::AssessApplications])?;
    let mut found = Vec::new();
    let agency = AgencyCode::parse(&typed.agency).map_err(|i| found.push(i.at("agency"))).ok();
    let read = typed.inspection().read().map_err(|faults| found.extend(faults)).ok();
    if let (Some(agency), Some(read)) = (agency, read) {
        let assessed =
            provider.assess_agency(&officer.caller, &agency, &read, &officer.request, Moment::now());
        match assessed.await {
            Ok(()) => return Ok(Redirect::to(&format!("{HERE}?done=assessed")).into_response()),
            Err(error) => found = faults(error)?,
        }
    }
    Ok(again(page(&provider, &officer, "", &typed, &found).await?))
}
