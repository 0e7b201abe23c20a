//! The desk of cleaning and the queue of cases: filters, order, pages, and the next case by one key.

use super::{
    visit::{BASE, Visit},
    words,
};
use crate::{
    Case, Quality, QualityError, Sort, Wanted,
    model::{Indicator, State, Word},
    service::Scores,
};
use access::Action;
use axum::{
    extract::{Query, State as Shared},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Lang, Text, UnitCode};
use web::{
    Outcome,
    components::{
        Button, Choice, Column, EmptyState, Order, Pagination, Question, Select, SummaryList, Table,
    },
};

const TITLE: Text = Text::new("Làm sạch dữ liệu", "Data cleaning");
const QUEUE: Text = Text::new("Danh sách trường hợp", "Cases");

/// The filters of the queue as they stand in the address; they name nobody.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filters {
    state: String,
    indicator: String,
    unit: String,
    mine: String,
    sort: String,
    page: String,
    campaign: String,
}

const SORTS: [(&str, Sort, Text); 3] = [
    ("number", Sort::Number, Text::new("Thứ tự được giao", "As handed out")),
    ("since", Sort::Since, Text::new("Lỗi cũ nhất trước", "The oldest fault first")),
    ("changed", Sort::Changed, Text::new("Mới thay đổi trước", "The latest change first")),
];

impl Filters {
    fn page(&self) -> i64 {
        self.page.parse().unwrap_or(1).clamp(1, 10_000)
    }

    fn wanted(&self, visit: &Visit) -> Wanted {
        let states = match self.state.as_str() {
            "" => vec![State::Open, State::Working],
            "all" => Vec::new(),
            code => State::parse(code).into_iter().collect(),
        };
        let sort = SORTS.iter().find(|(code, ..)| *code == self.sort).map_or(Sort::default(), |s| s.1);
        let me = visit.ask.caller.actor.officer.as_ref().map(|o| o.as_str().to_owned());
        Wanted {
            campaign: self.campaign.parse().ok(),
            indicator: Indicator::parse(&self.indicator).ok(),
            states,
            unit: UnitCode::parse(&self.unit).ok(),
            officer: me.filter(|_| self.mine == "1"),
            sort,
            skip: (self.page() - 1) * crate::service::PAGE,
        }
    }

    /// The address of the queue with another page or order.
    fn link(&self, page: i64, sort: &str) -> String {
        let plain = |text: &str| -> String {
            text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect()
        };
        let mut link = format!("{BASE}/cases?page={page}&sort={}", plain(sort));
        for (name, value) in [
            ("state", &self.state),
            ("indicator", &self.indicator),
            ("unit", &self.unit),
            ("mine", &self.mine),
            ("campaign", &self.campaign),
        ] {
            if !value.is_empty() {
                link.push_str(&format!("&{name}={}", plain(value)));
            }
        }
        link
    }
}

/// The desk: what waits, the scores in short, and where to go.
pub(super) async fn home(Shared(quality): Shared<Quality>, visit: Visit) -> Outcome<Markup> {
    let lang = visit.lang();
    let title = visit.t(TITLE);
    let (all, own) = quality.desk_counts(&visit.ask).await?;
    let scores = quality.scores(&visit.ask, None).await?;
    let notice = visit.purpose_notice();
    let works = visit.may(&quality, Action::WorkCases);
    let approves = visit.may(&quality, Action::ApproveCases);
    let late = if works || approves { Some(quality.questions(&visit.ask).await?) } else { None };
    let waiting = all.of(State::Submitted);
    Ok(visit.context.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        @if let Some(notice) = notice { (notice) }
        @if works {
            @if own.of(State::Working) + all.of(State::Open) > 0 {
                p { (next_button(lang, None)) }
            } @else {
                (EmptyState::new(
                    lang.pick("Không còn trường hợp nào chờ xử lý", "No case is waiting for you"),
                    html! { (lang.pick(
                        "Trung tâm giao đợt làm sạch, chỉ huy phân công; khi có trường hợp mới của địa bàn bạn, nút “Trường hợp tiếp theo” hiện ở đây.",
                        "The centre hands out campaigns and leads split them; when there are new cases of your units, the button “Next case” stands here.",
                    )) },
                ))
            }
        }
        (SummaryList::new()
            .row(lang.pick("Của tôi đang xử lý", "Mine, in work"), words::figures(words::count(own.of(State::Working))))
            .row(lang.pick("Chưa phân công", "Not split yet"), words::figures(words::count(all.of(State::Open))))
            .row(lang.pick("Đang xử lý", "In work"), words::figures(words::count(all.of(State::Working))))
            .row(lang.pick("Chờ duyệt", "Waiting for approval"), words::figures(words::count(waiting)))
            .row_if(
                lang.pick("Câu hỏi chờ trả lời", "Questions waiting for an answer"),
                late.as_ref().map(|(open, late)| html! {
                    a.govuk-link href={ (BASE) "/questions" } { (open.len()) }
                    @if *late > 0 { " – " strong { (late) " " (lang.pick("quá hạn", "late")) } }
                }),
            ))
        ul class="govuk-list" {
            li { a.govuk-link href={ (BASE) "/cases" } { (visit.t(QUEUE)) } }
            @if approves { li { a.govuk-link href={ (BASE) "/approve" } { (lang.pick("Duyệt kết quả", "Approve results")) } } }
            @if visit.may(&quality, Action::CompareRecords) { li { a.govuk-link href={ (BASE) "/merge" } { (lang.pick("Hợp nhất hồ sơ của một người", "Merge records of one person")) } } }
            li { a.govuk-link href={ (BASE) "/campaigns" } { (lang.pick("Các đợt làm sạch và tiến độ", "Campaigns and progress")) } }
            li { a.govuk-link href={ (BASE) "/scores" } { (lang.pick("Điểm đúng, đủ, sạch, sống", "Scores: correct, complete, clean, live")) } }
            @if works || approves { li { a.govuk-link href={ (BASE) "/sectors/duplicates" } { (lang.pick("Số bị trùng giữa ngành và dân cư", "Numbers claimed twice between sectors and registry")) } } }
            @if visit.may(&quality, Action::ReconcileFiles) { li { a.govuk-link href={ (BASE) "/sectors" } { (lang.pick("Đối soát dữ liệu của ngành", "Reconciliation with sectors")) } } }
            li { a.govuk-link href={ (BASE) "/rules" } { (lang.pick("Các quy tắc kiểm tra", "The rules")) } }
        }
        (brief(&scores, lang))
    }))
}

/// The four words in short.
fn brief(scores: &Scores, lang: Lang) -> Markup {
    if scores.units.is_empty() {
        return html! {
            (EmptyState::new(
                lang.pick("Chưa có điểm chất lượng", "There are no scores yet"),
                html! { (lang.pick(
                    "Điểm có sau lần kiểm tra toàn bộ đầu tiên; máy chủ tự chạy mỗi ngày, hoặc người quản trị chạy lệnh “dancu quality check”.",
                    "Scores come with the first check of everybody; the server runs it every day, or the administrator runs “dancu quality check”.",
                )) },
            ))
        };
    }
    let mut list = SummaryList::new();
    for word in Word::ALL {
        let score = words::percent(scores.sum.score(Some(*word)), lang);
        list = list.row(word.text().get(lang), words::figures(score));
    }
    html! { h2.govuk-heading-m { (lang.pick("Chất lượng dữ liệu của địa bàn", "Quality of your units' data")) } (list) }
}

/// Leads to the next case; Alt+N, or what the browser uses with access keys.
pub(super) fn next_button(lang: Lang, after: Option<i64>) -> Markup {
    let href = match after {
        Some(id) => format!("{BASE}/next?after={id}"),
        None => format!("{BASE}/next"),
    };
    html! {
        a.govuk-button href=(href) role="button" draggable="false" accesskey="n" {
            (lang.pick("Trường hợp tiếp theo", "Next case"))
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    after: Option<i64>,
}

/// Goes to the next case.
pub(super) async fn next(
    Shared(quality): Shared<Quality>,
    super::visit::Cleaning(visit): super::visit::Cleaning,
    Query(from): Query<After>,
) -> Outcome<Response> {
    Ok(match quality.next_case(&visit.ask, from.after).await? {
        Some(id) => Redirect::to(&format!("{BASE}/cases/{id}")).into_response(),
        None => Redirect::to(BASE).into_response(),
    })
}

/// The queue.
pub(super) async fn list(
    Shared(quality): Shared<Quality>,
    visit: Visit,
    Query(filters): Query<Filters>,
) -> Outcome<Markup> {
    let lang = visit.lang();
    let (cases, more) = quality.cases(&visit.ask, &filters.wanted(&visit)).await?;
    let page = filters.page();
    let previous = (page > 1).then(|| filters.link(page - 1, &filters.sort));
    let next = more.then(|| filters.link(page + 1, &filters.sort));
    let communes = quality.population().communes_of(&visit.ask);
    let title = visit.t(QUEUE);
    Ok(visit.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        form method="get" action={ (BASE) "/cases" } novalidate {
            div.dancu-lead { (choices(&filters, &communes, lang)) }
        }
        @if cases.is_empty() {
            (EmptyState::new(
                lang.pick("Không có trường hợp nào như vậy", "There is no such case"),
                html! { (lang.pick(
                    "Bỏ bớt điều kiện lọc, hoặc chờ trung tâm giao đợt mới. Mỗi trường hợp là một hồ sơ vi phạm một quy tắc.",
                    "Loosen the filters, or wait for the centre to hand out a campaign. Each case is one record that breaks one rule.",
                )) },
            ))
        } @else {
            (table(&quality, &cases, &filters, lang))
            (Pagination::new(lang, previous.as_deref(), next.as_deref()))
        }
    }))
}

fn choices(filters: &Filters, communes: &[UnitCode], lang: Lang) -> Markup {
    let states =
        [("", lang.pick("Chưa xong", "Not done")), ("all", lang.pick("Mọi trạng thái", "All states"))]
            .into_iter()
            .chain(State::ALL.iter().map(|s| (s.code(), s.text().get(lang))))
            .map(|(code, text)| Choice::new(code, text).chosen(filters.state == code));
    let indicators = Indicator::ALL.iter().filter(|i| i.from_rules()).map(|i| {
        Choice::new(i.code(), format!("{} {}", i.code(), i.text().get(lang)))
            .chosen(filters.indicator == i.code())
    });
    let units = communes
        .iter()
        .map(|u| Choice::new(u.as_str(), words::unit(Some(*u), lang)).chosen(filters.unit == u.as_str()));
    let mine = [("", lang.pick("Mọi cán bộ", "Everybody's")), ("1", lang.pick("Của tôi", "Mine"))]
        .into_iter()
        .map(|(code, text)| Choice::new(code, text).chosen(filters.mine == code));
    let sorts =
        SORTS.iter().map(|(code, _, text)| Choice::new(*code, text.get(lang)).chosen(filters.sort == *code));
    html! {
        @if !filters.campaign.is_empty() { input type="hidden" name="campaign" value=(filters.campaign); }
        (Select::new(Question::new("state", lang.pick("Trạng thái", "State")), states))
        (Select::new(Question::new("indicator", lang.pick("Chỉ tiêu", "Task")), indicators).prompt(lang.pick("Mọi chỉ tiêu", "All tasks")))
        @if !communes.is_empty() {
            (Select::new(Question::new("unit", lang.pick("Xã, phường", "Commune")), units).prompt(lang.pick("Mọi xã, phường của bạn", "All your communes")))
        }
        (Select::new(Question::new("mine", lang.pick("Cán bộ", "Officer")), mine))
        (Select::new(Question::new("sort", lang.pick("Thứ tự", "Order")), sorts))
        (Button::secondary(lang.pick("Lọc", "Filter")))
    }
}

fn table(quality: &Quality, cases: &[Case], filters: &Filters, lang: Lang) -> Markup {
    let order = |code: &str| (filters.sort == code).then_some(Order::Ascending);
    let mut table = Table::new(
        lang.pick("Trường hợp", "Cases"),
        [
            Column::new(lang.pick("Số", "No.")).sorted(filters.link(1, "number"), order("number")),
            Column::new(lang.pick("Lỗi", "Fault")),
            Column::new(lang.pick("Từ ngày", "Since")).sorted(filters.link(1, "since"), order("since")),
            Column::new(lang.pick("Xã, phường", "Commune")),
            Column::new(lang.pick("Trạng thái", "State")),
        ],
    )
    .stacked();
    for case in cases {
        table.row(row(quality, case, lang));
    }
    html! { (table) }
}

/// A case in a list: it names a record and nobody.
pub(super) fn row(quality: &Quality, case: &Case, lang: Lang) -> [Markup; 5] {
    [
        html! { a.govuk-link href={ (BASE) "/cases/" (case.id) } { (case.id) } },
        html! {
            (words::rule(quality.rules(), &case.rule, lang))
            span.dancu-provenance { (case.indicator.code()) " · " (words::subject(case.subject, lang)) }
        },
        words::figures(words::day(case.since, lang)),
        html! { (words::unit(case.unit, lang)) },
        html! {
            (words::state(case.state, lang))
            @if let Some(officer) = &case.officer { span.dancu-provenance { (officer) } }
        },
    ]
}

/// Used by pages that answer a failed step with the case.
pub(super) fn refused(error: QualityError) -> Result<Vec<vocabulary::Violation>, QualityError> {
    match error {
        QualityError::Refused(problem) if problem.kind == &vocabulary::kinds::INVALID => {
            Ok(problem.violations)
        }
        other => Err(other),
    }
}
