//! The four scores by unit and hamlet, what changed in a week, and the biggest cause first; on a page and as CSV.

use super::{
    visit::{BASE, Visit},
    words,
};
use crate::{HamletScore, Quality, Scores, UnitScore, model::Word};
use axum::extract::{Query, State as Shared};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Lang, PartialDate, Problem, Text, UnitCode};
use web::{
    Csv, Outcome,
    components::{Button, Choice, Column, EmptyState, Question, Select, SummaryList, Table},
};

pub(super) const TITLE: Text =
    Text::new("Điểm đúng, đủ, sạch, sống", "Scores: correct, complete, clean, live");

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Of {
    unit: String,
}

impl Of {
    pub fn unit(&self) -> Result<Option<UnitCode>, Problem> {
        match self.unit.trim() {
            "" => Ok(None),
            code => UnitCode::parse(code).map(Some).map_err(|i| i.at("unit").into()),
        }
    }
}

/// The page.
pub(super) async fn show(
    Shared(quality): Shared<Quality>,
    visit: Visit,
    Query(of): Query<Of>,
) -> Outcome<Markup> {
    let lang = visit.lang();
    let unit = of.unit()?;
    let scores = quality.scores(&visit.ask, unit).await?;
    let communes = quality.population().communes_of(&visit.ask);
    let title = visit.t(TITLE);
    let file =
        |kind| format!("{BASE}/scores.{kind}{}", unit.map(|u| format!("?unit={u}")).unwrap_or_default());
    Ok(visit.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        @if communes.len() > 1 {
            form method="get" action={ (BASE) "/scores" } novalidate {
                div.dancu-lead {
                    (Select::new(Question::new("unit", lang.pick("Xã, phường", "Commune")), communes.iter().map(|u| {
                        Choice::new(u.as_str(), words::unit(Some(*u), lang)).chosen(unit == Some(*u))
                    })).prompt(lang.pick("Tất cả địa bàn của bạn", "All your units")))
                    (Button::secondary(lang.pick("Xem", "Show")))
                }
            }
        }
        @if scores.units.is_empty() {
            (EmptyState::new(
                lang.pick("Chưa có điểm chất lượng", "There are no scores yet"),
                html! { (lang.pick(
                    "Điểm có sau lần kiểm tra toàn bộ đầu tiên; máy chủ tự chạy mỗi ngày, hoặc người quản trị chạy lệnh “dancu quality check”.",
                    "Scores come with the first check of everybody; the server runs it every day, or the administrator runs “dancu quality check”.",
                )) },
            ))
        } @else {
            (sum(&scores, lang))
            (causes(&quality, &scores, lang))
            @if unit.is_some() { (hamlets(&scores, lang)) } @else { (units(&scores, lang)) }
            p.govuk-body {
                a.govuk-link href=(file("csv")) { (lang.pick("Tải tệp CSV", "Download as CSV")) } " · "
                a.govuk-link href=(file("pdf")) { (lang.pick("Tải báo cáo PDF để ký", "Download as a PDF to sign")) }
            }
        }
    }))
}

fn sum(scores: &Scores, lang: Lang) -> Markup {
    let mut list = SummaryList::new();
    for word in Word::ALL {
        let now = scores.sum.score(Some(*word));
        let before = scores.before.as_ref().and_then(|(_, s)| s.score(Some(*word)));
        list = list.row(word.text().get(lang), html! {
            strong { (words::figures(words::percent(now, lang))) }
            span.dancu-provenance {
                (words::count(scores.sum.with_fault(Some(*word)))) " " (lang.pick("hồ sơ chưa đạt", "records fail")) " · "
                (lang.pick("so với tuần trước", "against a week ago")) ": " (words::change(now, before, lang))
            }
        });
    }
    let since: Option<PartialDate> = scores.before.as_ref().map(|(day, _)| *day);
    html! {
        p.govuk-body {
            (words::count(scores.sum.records)) " " (lang.pick("hồ sơ người và hộ", "records of persons and households")) "; "
            (lang.pick("không lỗi nào", "without any fault")) ": " strong { (words::percent(scores.sum.score(None), lang)) } ". "
            @if let Some(at) = scores.checked_at { (lang.pick("Kiểm tra toàn bộ lúc ", "Everybody was checked at ")) (words::time(at)) ". " }
            @match since {
                Some(day) => { (lang.pick("Tuần trước: số liệu ngày ", "A week ago: figures of ")) (words::day(day, lang)) "." }
                None => { (lang.pick("Chưa có số liệu của tuần trước.", "There are no figures of a week ago yet.")) }
            }
        }
        (list)
    }
}

fn causes(quality: &Quality, scores: &Scores, lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Nguyên nhân, nhiều nhất trước", "Causes, the biggest first"),
        [
            Column::new(lang.pick("Quy tắc", "Rule")),
            Column::new(lang.pick("Tiêu chí", "Word")),
            Column::numeric(lang.pick("Hồ sơ", "Records")),
            Column::numeric(lang.pick("Trong đó được công nhận đúng", "Of them accepted as right")),
        ],
    )
    .stacked();
    for (id, count, accepted) in &scores.causes {
        let rule = quality.rules().find(id);
        table.row([
            html! {
                (words::rule(quality.rules(), id, lang))
                @if let Some(indicator) = rule.and_then(|r| r.indicator) { span.dancu-provenance { (indicator.code()) } }
            },
            html! { (rule.map_or("", |r| r.word.text().get(lang))) },
            html! { (words::count(*count)) },
            html! { (words::count(*accepted)) },
        ]);
    }
    html! {
        @if scores.causes.is_empty() {
            (EmptyState::new(lang.pick("Không còn lỗi nào", "No rule finds anything"), html! { (lang.pick("Mọi hồ sơ của địa bàn đạt mọi quy tắc.", "Every record of the units keeps every rule.")) }))
        } @else { (table) }
    }
}

/// The heads of the columns of figures.
pub(super) fn heads(lang: Lang) -> Vec<String> {
    let mut heads = vec![lang.pick("Hồ sơ", "Records").to_owned()];
    for word in Word::ALL {
        heads.push(word.text().get(lang).to_owned());
        heads.push(format!(
            "{} {}",
            word.text().get(lang),
            lang.pick("so với tuần trước", "against a week ago")
        ));
    }
    heads
}

/// The figures of a row.
pub(super) fn figures(score: &UnitScore, before: Option<&UnitScore>, lang: Lang) -> Vec<String> {
    let mut cells = vec![words::count(score.records)];
    for word in Word::ALL {
        let now = score.score(Some(*word));
        cells.push(words::percent(now, lang));
        cells.push(words::change(now, before.and_then(|b| b.score(Some(*word))), lang));
    }
    cells
}

fn units(scores: &Scores, lang: Lang) -> Markup {
    let first = Column::new(lang.pick("Xã, phường", "Commune"));
    let columns = [first].into_iter().chain(heads(lang).into_iter().map(Column::numeric));
    let mut table = Table::new(lang.pick("Điểm theo xã, phường", "Scores by commune"), columns);
    for (unit, score) in &scores.units {
        let cells = figures(score, scores.units_before.get(unit), lang);
        table.row(
            [html! {
                @match unit {
                    Some(code) => { a.govuk-link href={ (BASE) "/scores?unit=" (code) } { (words::unit(*unit, lang)) } }
                    None => { (words::unit(None, lang)) }
                }
            }]
            .into_iter()
            .chain(cells.into_iter().map(words::figures)),
        );
    }
    html! { (table) }
}

/// A hamlet, or that an address names none.
pub(super) fn hamlet(score: &HamletScore, lang: Lang) -> String {
    let none = lang.pick("Địa chỉ không nêu thôn, tổ dân phố", "The address names no hamlet");
    score.hamlet.as_ref().map_or(none, |h| h.as_str()).to_owned()
}

fn hamlets(scores: &Scores, lang: Lang) -> Markup {
    let first = Column::new(lang.pick("Thôn, tổ dân phố", "Hamlet"));
    let columns = [first].into_iter().chain(heads(lang).into_iter().map(Column::numeric));
    let mut table = Table::new(lang.pick("Điểm theo thôn, tổ dân phố", "Scores by hamlet"), columns);
    for score in &scores.hamlets {
        let cells = figures(&score.now, score.before.as_ref(), lang);
        table.row([html! { (hamlet(score, lang)) }].into_iter().chain(cells.into_iter().map(words::figures)));
    }
    html! {
        (table)
        p.govuk-hint { (lang.pick(
            "Thôn, tổ dân phố lấy từ địa chỉ; các cách viết khác nhau của cùng một tên được cộng lại.",
            "Hamlets are taken from addresses; different ways of writing one name are added up.")) }
    }
}

/// The scores as a table for spreadsheets.
pub(super) async fn csv(
    Shared(quality): Shared<Quality>,
    visit: Visit,
    Query(of): Query<Of>,
) -> Outcome<Csv> {
    let lang = visit.lang();
    let unit = of.unit()?;
    let scores = quality.scores(&visit.ask, unit).await?;
    let first = [
        lang.pick("Mã đơn vị", "Unit code"),
        lang.pick("Đơn vị", "Unit"),
        lang.pick("Thôn, tổ dân phố", "Hamlet"),
    ];
    let first = first.map(str::to_owned);
    let mut csv =
        Csv::new(&format!("scores-{}", PartialDate::today().iso()), first.into_iter().chain(heads(lang)));
    for (unit, score) in &scores.units {
        let first =
            [unit.map(|u| u.to_string()).unwrap_or_default(), words::unit(*unit, lang), String::new()];
        csv.row(first.into_iter().chain(figures(score, scores.units_before.get(unit), lang)));
    }
    for score in &scores.hamlets {
        let first =
            [unit.map(|u| u.to_string()).unwrap_or_default(), words::unit(unit, lang), hamlet(score, lang)];
        csv.row(first.into_iter().chain(figures(&score.now, score.before.as_ref(), lang)));
    }
    Ok(csv)
}
