//! Files by day and unit, as offices report them: on a page, and as a table for spreadsheets.

use super::officer::{DESK, Officer, faults, unit};
use crate::{
    service::{Counts, Provider},
    store::enrolment::Of,
};
use axum::extract::{Query, State};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Lang, Moment, PartialDate, Text, Violation};
use web::{
    Csv, Outcome,
    components::{
        Button, Column, EmptyState, Errors, Question, SummaryList, Table, TextInput, error_summary,
    },
};

const TITLE: Text = Text::new("Số liệu định danh điện tử", "Figures of electronic identity");
const HEADS: [Text; 7] = [
    Text::new("Ngày", "Day"),
    Text::new("Đơn vị", "Unit"),
    Text::new("Của", "Of"),
    Text::new("Thu nhận", "Received"),
    Text::new("Duyệt", "Approved"),
    Text::new("Từ chối", "Refused"),
    Text::new("Kích hoạt", "Activated"),
];

const LABELS: &[(&str, Text)] =
    &[("from", Text::new("Từ ngày", "From")), ("until", Text::new("Đến ngày", "Until"))];

fn whose(of: Of) -> Text {
    match of {
        Of::Persons => Text::new("Cá nhân", "Persons"),
        Of::Organisations => Text::new("Tổ chức", "Organisations"),
    }
}

/// From which day to which; days say nothing of anybody and may stand in an address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Days {
    from: String,
    until: String,
}

impl Days {
    /// The days asked for; without any, the last 30.
    fn read(&self) -> Result<(PartialDate, PartialDate), Vec<Violation>> {
        if self.from.trim().is_empty() && self.until.trim().is_empty() {
            let (y, m, d) = Moment::now().plus_seconds(-29 * 86_400).local_date();
            let from = PartialDate::new(y.unsigned_abs(), m.unsigned_abs(), d.unsigned_abs());
            return Ok((from.map_err(|i| vec![i.at("from")])?, PartialDate::today()));
        }
        let mut wrong = Vec::new();
        let from = PartialDate::parse(&self.from).map_err(|i| wrong.push(i.at("from")));
        let until = PartialDate::parse(&self.until).map_err(|i| wrong.push(i.at("until")));
        match (from, until) {
            (Ok(from), Ok(until)) => Ok((from, until)),
            _ => Err(wrong),
        }
    }
}

pub(super) async fn show(
    State(provider): State<Provider>,
    officer: Officer,
    Query(days): Query<Days>,
) -> Outcome<Markup> {
    let lang = officer.lang();
    let (counts, found) = match days.read() {
        Ok((from, until)) => match provider.counts(&officer.caller, from, until).await {
            Ok(counts) => (Some(counts), Vec::new()),
            Err(error) => (None, faults(error)?),
        },
        Err(found) => (None, found),
    };
    let errors = Errors::new(lang, &found).labelled(LABELS);
    let typed = |day: fn(&Counts) -> PartialDate, text: &str| {
        counts.as_ref().map_or_else(|| text.to_owned(), |counts| day(counts).local_text())
    };
    let (from, until) = (typed(|c| c.from, &days.from), typed(|c| c.until, &days.until));
    let title = officer.t(TITLE);
    Ok(officer.page(title).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        form method="get" action={ (DESK) "/counts" } novalidate {
            div.dancu-lead {
                (TextInput::new(Question::new("from", lang.pick("Từ ngày", "From")).hint(lang.pick("Ví dụ 01/11/2026; nhiều nhất 92 ngày", "Such as 01/11/2026; 92 days at most")).errors(&errors)).value(&from).width(10).max(10))
                (TextInput::new(Question::new("until", lang.pick("Đến ngày", "Until")).errors(&errors)).value(&until).width(10).max(10))
                (Button::secondary(lang.pick("Xem", "Show")))
            }
        }
        @if let Some(counts) = &counts { (figures(lang, counts)) }
    }))
}

fn figures(lang: Lang, counts: &Counts) -> Markup {
    let csv = format!("{DESK}/counts.csv?from={}&until={}", counts.from.iso(), counts.until.iso());
    if counts.rows.is_empty() {
        let none = lang.pick("Không có hồ sơ nào trong những ngày này", "No files in these days");
        return html! { (EmptyState::new(none, html! { (lang.pick("Chọn khoảng ngày khác.", "Choose other days.")) })) };
    }
    let [day, place, of, rest @ ..] = HEADS.map(|head| head.get(lang));
    let columns = [day, place, of].map(Column::new).into_iter().chain(rest.map(Column::numeric));
    let mut table = Table::new(lang.pick("Theo ngày và đơn vị", "By day and unit"), columns).stacked();
    for ((day, code, of), row) in &counts.rows {
        table.row([
            html! { (day.local_text()) },
            html! { (unit(*code)) },
            html! { (whose(*of).get(lang)) },
            html! { (row.received) },
            html! { (row.approved) },
            html! { (row.refused) },
            html! { (row.activated) },
        ]);
    }
    html! {
        @for (of, sum) in &counts.sums {
            h2.govuk-heading-m { (whose(*of).get(lang)) }
            (SummaryList::new()
                .row(rest[0], html! { (sum.received) })
                .row(rest[1], html! { (sum.approved) })
                .row(rest[2], html! { (sum.refused) })
                .row(rest[3], html! { (sum.activated) }))
        }
        (table)
        p.govuk-body { a.govuk-link href=(csv) { (lang.pick("Tải tệp CSV", "Download as CSV")) } }
    }
}

pub(super) async fn csv(
    State(provider): State<Provider>,
    officer: Officer,
    Query(days): Query<Days>,
) -> Outcome<Csv> {
    let (from, until) = days.read().map_err(vocabulary::Problem::invalid)?;
    let counts = provider.counts(&officer.caller, from, until).await?;
    let lang = officer.lang();
    let name = format!("eid-{}-{}", from.iso(), until.iso());
    let code = lang.pick("Mã đơn vị", "Unit code");
    let [day, place, rest @ ..] = HEADS.map(|head| head.get(lang));
    let mut csv = Csv::new(&name, [day, code, place].into_iter().chain(rest));
    for ((day, at, of), row) in &counts.rows {
        let figures = [row.received, row.approved, row.refused, row.activated].map(|n| n.to_string());
        let whose = whose(*of).get(lang).to_owned();
        csv.row([day.iso(), at.to_string(), unit(*at), whose].into_iter().chain(figures));
    }
    Ok(csv)
}
