//! Campaigns: handing out, splitting, progress by unit and day, and the same as CSV.

use super::{
    queue::refused,
    visit::{BASE, Visit},
    words,
};
use crate::{
    Campaign, NewCampaign, Progress, Quality, QualityError,
    model::{Indicator, State, Totals},
    problems::{NEEDS_SECTOR_FILE, NOTHING_TO_CLEAN},
};
use access::Action;
use axum::{
    extract::{Path, Query, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Lang, PartialDate, Problem, Text, UnitCode, Violation, kinds};
use web::{
    Csv, FormBody, Outcome,
    components::{
        Banner, Button, Choice, Color, Column, DateInput, DateParts, EmptyState, Errors, Form, Question,
        Select, SummaryList, Table, Tag, TextInput, error_summary,
    },
};

const TITLE: Text = Text::new("Các đợt làm sạch", "Campaigns");
const NEW: Text = Text::new("Giao đợt làm sạch", "Hand out a campaign");
const DONE: &[(&str, Text)] = &[
    ("made", Text::new("Đã giao đợt làm sạch", "The campaign was handed out")),
    ("split", Text::new("Đã phân công", "The cases were split")),
    ("closed", Text::new("Đã kết thúc đợt", "The campaign was closed")),
];

fn allowed(quality: &Quality, visit: &Visit, action: Action) -> Outcome<()> {
    if quality.may(&visit.ask, action) { Ok(()) } else { Err(Problem::new(&kinds::FORBIDDEN).into()) }
}

/// The list.
pub(super) async fn list(Shared(quality): Shared<Quality>, visit: Visit) -> Outcome<Markup> {
    let lang = visit.lang();
    let campaigns = quality.campaigns(&visit.ask).await?;
    let runs = visit.may(&quality, Action::RunCampaigns);
    let title = visit.t(TITLE);
    let new = format!("{BASE}/campaigns/new");
    Ok(visit.page(title).body(html! {
        h1.govuk-heading-l { (title) }
        @if runs { (Button::main(visit.t(NEW)).link(&new)) }
        @if campaigns.is_empty() {
            (EmptyState::new(
                lang.pick("Chưa có đợt nào ở địa bàn của bạn", "There is no campaign in your units"),
                html! { (lang.pick(
                    "Trung tâm chọn một chỉ tiêu (CLN-01 đến CLN-14), địa bàn và hạn; mọi hồ sơ đang vi phạm trở thành trường hợp để xử lý.",
                    "The centre chooses a task (CLN-01 to CLN-14), units and a last day; every record that breaks a rule of the task becomes a case.",
                )) },
            ))
        } @else {
            (table(&campaigns, lang))
        }
    }))
}

fn table(campaigns: &[(Campaign, Totals)], lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Đợt làm sạch, mới nhất trước", "Campaigns, the latest first"),
        [
            Column::new(lang.pick("Đợt", "Campaign")),
            Column::new(lang.pick("Hạn", "Due")),
            Column::numeric(lang.pick("Được giao", "Assigned")),
            Column::numeric(lang.pick("Đã làm sạch", "Fixed")),
            Column::numeric(lang.pick("Đang làm", "In work")),
            Column::numeric(lang.pick("Kết thúc khác", "Ended otherwise")),
        ],
    )
    .stacked();
    for (campaign, totals) in campaigns {
        table.row([
            html! {
                a.govuk-link href={ (BASE) "/campaigns/" (campaign.id) } { (campaign.title) }
                span.dancu-provenance { (campaign.indicator.code()) " " (campaign.indicator.text().get(lang)) }
            },
            html! { (words::figures(words::day(campaign.due, lang))) " " (standing(campaign, totals, lang)) },
            html! { (words::count(totals.assigned())) },
            html! { (words::count(totals.done())) },
            html! { (words::count(totals.in_work())) },
            html! { (words::count(totals.ended_otherwise())) },
        ]);
    }
    html! { (table) }
}

/// Closed, late, or under way.
fn standing(campaign: &Campaign, totals: &Totals, lang: Lang) -> Markup {
    let tag = if campaign.closed_at.is_some() {
        Tag::new(Color::Grey, lang.pick("Đã kết thúc", "Closed"))
    } else if totals.in_work() == 0 {
        Tag::new(Color::Green, lang.pick("Xong", "Done"))
    } else if campaign.due < PartialDate::today() {
        Tag::new(Color::Red, lang.pick("Quá hạn", "Late"))
    } else {
        Tag::new(Color::Blue, lang.pick("Đang làm", "Under way"))
    };
    html! { (tag) }
}

/// What was typed into the form of a campaign.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    indicator: String,
    title: String,
    unit: String,
    #[serde(rename = "due-day")]
    day: String,
    #[serde(rename = "due-month")]
    month: String,
    #[serde(rename = "due-year")]
    year: String,
    officers: String,
}

impl Typed {
    fn due(&self) -> DateParts {
        DateParts { day: self.day.clone(), month: self.month.clone(), year: self.year.clone() }
    }
}

/// The form of a new campaign.
pub(super) async fn blank(Shared(quality): Shared<Quality>, visit: Visit) -> Outcome<Markup> {
    allowed(&quality, &visit, Action::RunCampaigns)?;
    Ok(form(&quality, &visit, &Typed::default(), &[], None))
}

fn form(
    quality: &Quality,
    visit: &Visit,
    typed: &Typed,
    faults: &[Violation],
    problem: Option<&Problem>,
) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, faults);
    let title = visit.t(NEW);
    let indicators = Indicator::ALL.iter().map(|i| {
        let label = format!("{} {}", i.code(), i.text().get(lang));
        let label = if i.from_rules() {
            label
        } else {
            format!("{label} ({})", lang.pick("theo tệp của ngành", "from a sector's file"))
        };
        Choice::new(i.code(), label).chosen(typed.indicator == i.code())
    });
    let communes = quality.population().communes_of(&visit.ask);
    let mut page =
        visit.page(title).crumb(visit.t(TITLE), &format!("{BASE}/campaigns")).with_errors(errors.any());
    if let Some(problem) = problem {
        let more = html! { p.govuk-body { (problem.kind.advice.get(lang)) } };
        page = page.notice(&Banner::important(lang, problem.kind.title.get(lang)).more(more));
    }
    page.body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick(
            "Mọi hồ sơ đang vi phạm quy tắc của chỉ tiêu, chưa nằm trong đợt khác và chưa được công nhận là đúng, trở thành một trường hợp của xã, phường quản lý hồ sơ.",
            "Every record that breaks a rule of the task now, is in no other campaign and was not accepted as right, becomes a case of the commune that answers for it.",
        )) }
        (Form::new(&visit.context, &format!("{BASE}/campaigns/new"), html! {
            (Select::new(Question::new("indicator", lang.pick("Chỉ tiêu", "Task")).errors(&errors), indicators).prompt(lang.pick("Chọn chỉ tiêu", "Choose a task")))
            (TextInput::new(Question::new("title", lang.pick("Tên đợt", "Title")).hint(lang.pick("Ví dụ: Cao điểm 90 ngày, đêm – hộ không có chủ hộ", "Such as: 90 days – households without a head")).errors(&errors)).value(&typed.title).max(200))
            @if communes.is_empty() {
                (TextInput::new(Question::new("unit", lang.pick("Mã tỉnh hoặc xã, phường", "Code of a province or commune")).hint(lang.pick("Bỏ trống là toàn quốc", "Empty for the whole country")).optional(lang).errors(&errors)).value(&typed.unit).width(5).max(5))
            } @else {
                (Select::new(Question::new("unit", lang.pick("Xã, phường", "Commune")).optional(lang).errors(&errors), communes.iter().map(|u| {
                    Choice::new(u.as_str(), words::unit(Some(*u), lang)).chosen(typed.unit == u.as_str())
                })).prompt(lang.pick("Tất cả địa bàn của bạn", "All your units")))
            }
            (DateInput::new(lang, Question::new("due", lang.pick("Hạn hoàn thành", "Due")).errors(&errors), &typed.due()))
            (Button::main(visit.t(NEW)))
        }))
    })
}

const CHOOSE: vocabulary::Invalid =
    vocabulary::Invalid::new("campaign/indicator", "Chọn chỉ tiêu", "Choose a task");

fn read(typed: &Typed) -> Result<NewCampaign, Vec<Violation>> {
    let mut faults = Vec::new();
    let indicator = Indicator::parse(&typed.indicator).map_err(|_| faults.push(CHOOSE.at("indicator")));
    let unit = match typed.unit.trim() {
        "" => Ok(None),
        code => UnitCode::parse(code).map(Some).map_err(|i| faults.push(i.at("unit"))),
    };
    let due = typed.due().read("due").map_err(|v| faults.push(v));
    match (indicator, unit, due) {
        (Ok(indicator), Ok(unit), Ok(due)) => {
            Ok(NewCampaign { indicator, title: typed.title.clone(), unit, due })
        }
        _ => Err(faults),
    }
}

/// Hands a campaign out.
pub(super) async fn create(
    Shared(quality): Shared<Quality>,
    visit: Visit,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    allowed(&quality, &visit, Action::RunCampaigns)?;
    let outcome = match read(&typed) {
        Ok(new) => quality.create_campaign(&visit.ask, &new).await,
        Err(faults) => Err(Problem::invalid(faults).into()),
    };
    let (faults, problem) = match outcome {
        Ok((id, _)) => return Ok(Redirect::to(&format!("{BASE}/campaigns/{id}?done=made")).into_response()),
        Err(QualityError::Refused(problem))
            if [&NOTHING_TO_CLEAN, &NEEDS_SECTOR_FILE].contains(&problem.kind) =>
        {
            (Vec::new(), Some(problem))
        }
        Err(error) => (refused(error)?, None),
    };
    let page = form(&quality, &visit, &typed, &faults, problem.as_ref());
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    done: String,
}

/// A campaign and its progress.
pub(super) async fn show(
    Shared(quality): Shared<Quality>,
    visit: Visit,
    Path(id): Path<i64>,
    Query(told): Query<Told>,
) -> Outcome<Markup> {
    let progress = quality.progress(&visit.ask, id).await?;
    Ok(page(&quality, &visit, &progress, &told.done, &Typed::default(), &[]))
}

fn page(
    quality: &Quality,
    visit: &Visit,
    progress: &Progress,
    told: &str,
    typed: &Typed,
    faults: &[Violation],
) -> Markup {
    let lang = visit.lang();
    let campaign = &progress.campaign;
    let errors = Errors::new(lang, faults);
    let mut frame = visit
        .page(&campaign.title)
        .crumb(visit.t(TITLE), &format!("{BASE}/campaigns"))
        .with_errors(errors.any());
    if let Some(banner) = words::done(lang, DONE, told) {
        frame = frame.notice(&banner);
    }
    let open = campaign.closed_at.is_none();
    let (splits, runs) = (visit.may(quality, Action::ApproveCases), visit.may(quality, Action::RunCampaigns));
    let close = format!("{BASE}/campaigns/{}/close", campaign.id);
    frame.body(html! {
        (error_summary(&errors))
        span.govuk-caption-l { (campaign.indicator.code()) " – " (campaign.indicator.text().get(lang)) }
        h1.govuk-heading-l { (campaign.title) }
        (SummaryList::new()
            .row(lang.pick("Hạn", "Due"), html! { (words::figures(words::day(campaign.due, lang))) " " (standing(campaign, &progress.sum, lang)) })
            .row(lang.pick("Giao ngày", "Handed out"), html! { (words::figures(words::time(campaign.created_at))) span.dancu-provenance { (campaign.created_by) " · " (campaign.agency) } })
            .row_if(lang.pick("Địa bàn", "Unit"), campaign.unit.map(|u| words::unit(Some(u), lang))))
        (words::sums(&progress.sum, lang))
        p.govuk-body {
            a.govuk-link href={ (BASE) "/cases?state=all&campaign=" (campaign.id) } { (lang.pick("Xem các trường hợp", "Show the cases")) } " · "
            a.govuk-link href={ (BASE) "/campaigns/" (campaign.id) "/progress.csv" } { (lang.pick("Tải tiến độ (CSV)", "Download the progress (CSV)")) }
        }
        (by_unit(progress, lang))
        (by_day(progress, lang))
        @if open && splits && progress.sum.of(State::Open) > 0 { (split_form(visit, progress, typed, &errors, lang)) }
        @if open && runs {
            (Form::new(&visit.context, &close, html! {
                (Button::warning(lang.pick("Kết thúc đợt", "Close the campaign")))
            }))
        }
    })
}

fn columns(first: &str, lang: Lang) -> Vec<Column> {
    [Column::new(first)]
        .into_iter()
        .chain([Column::numeric(lang.pick("Được giao", "Assigned"))])
        .chain(State::ALL.iter().map(|s| Column::numeric(s.text().get(lang))))
        .collect()
}

fn cells(totals: &Totals) -> impl Iterator<Item = Markup> + '_ {
    let assigned = html! { (words::count(totals.assigned())) };
    [assigned].into_iter().chain(totals.by_state().map(|(_, count)| html! { (words::count(count)) }))
}

fn by_unit(progress: &Progress, lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Tiến độ theo xã, phường", "Progress by commune"),
        columns(lang.pick("Xã, phường", "Commune"), lang),
    );
    for unit in &progress.units {
        table.row([html! { (words::unit(unit.unit, lang)) }].into_iter().chain(cells(&unit.totals)));
    }
    table.row([html! { strong { (lang.pick("Cộng", "Sum")) } }].into_iter().chain(cells(&progress.sum)));
    html! { (table) }
}

fn by_day(progress: &Progress, lang: Lang) -> Markup {
    if progress.days.is_empty() {
        return html! {};
    }
    let ends = || State::ENDS.iter();
    let mut table = Table::new(
        lang.pick("Kết thúc theo ngày", "Ended, by day"),
        [Column::new(lang.pick("Ngày", "Day")), Column::new(lang.pick("Xã, phường", "Commune"))]
            .into_iter()
            .chain(ends().map(|s| Column::numeric(s.text().get(lang)))),
    );
    for ((day, unit), totals) in &progress.days {
        let first = [words::figures(day.local_text()), html! { (words::unit(*unit, lang)) }];
        table.row(first.into_iter().chain(ends().map(|s| html! { (words::count(totals.of(*s))) })));
    }
    html! { (table) }
}

fn split_form(visit: &Visit, progress: &Progress, typed: &Typed, errors: &Errors<'_>, lang: Lang) -> Markup {
    let action = format!("{BASE}/campaigns/{}/split", progress.campaign.id);
    let units = progress.units.iter().filter(|u| u.totals.of(State::Open) > 0).filter_map(|u| {
        let code = u.unit?;
        let label = format!("{} ({})", words::unit(u.unit, lang), words::count(u.totals.of(State::Open)));
        Some(Choice::new(code.as_str(), label).chosen(typed.unit == code.as_str()))
    });
    html! {
        h2.govuk-heading-m { (lang.pick("Phân công cho cán bộ", "Split among officers")) }
        (Form::new(&visit.context, &action, html! {
            (Select::new(Question::new("unit", lang.pick("Xã, phường", "Commune")).optional(lang).errors(errors), units).prompt(lang.pick("Tất cả địa bàn của bạn", "All your units")))
            (TextInput::new(Question::new("officers", lang.pick("Tên tài khoản cán bộ", "Officers' account names")).hint(lang.pick("Cách nhau bằng dấu phẩy; trường hợp được chia đều lần lượt", "With commas between them; cases are dealt out in turn")).errors(errors)).value(&typed.officers).max(2_000))
            (Button::secondary(lang.pick("Phân công", "Split")))
        }))
    }
}

/// Splits what is nobody's yet.
pub(super) async fn split(
    Shared(quality): Shared<Quality>,
    visit: Visit,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let unit = match typed.unit.trim() {
        "" => Ok(None),
        code => UnitCode::parse(code).map(Some).map_err(|i| Problem::from(i.at("unit")).into()),
    };
    let outcome = match unit {
        Ok(unit) => quality.split(&visit.ask, id, unit, &typed.officers).await,
        Err(error) => Err(error),
    };
    let faults = match outcome {
        Ok(_) => return Ok(Redirect::to(&format!("{BASE}/campaigns/{id}?done=split")).into_response()),
        Err(error) => refused(error)?,
    };
    let progress = quality.progress(&visit.ask, id).await?;
    let page = page(&quality, &visit, &progress, "", &typed, &faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Closes a campaign.
pub(super) async fn close(
    Shared(quality): Shared<Quality>,
    visit: Visit,
    Path(id): Path<i64>,
    FormBody(_): FormBody<Typed>,
) -> Outcome<Response> {
    quality.close_campaign(&visit.ask, id).await?;
    Ok(Redirect::to(&format!("{BASE}/campaigns/{id}?done=closed")).into_response())
}

/// The progress as a table for spreadsheets: a line for each unit and day on which cases ended, and one for what is left.
pub(super) async fn csv(Shared(quality): Shared<Quality>, visit: Visit, Path(id): Path<i64>) -> Outcome<Csv> {
    let lang = visit.lang();
    let progress = quality.progress(&visit.ask, id).await?;
    let heads = [
        lang.pick("Mã đơn vị", "Unit code"),
        lang.pick("Đơn vị", "Unit"),
        lang.pick("Ngày kết thúc", "Ended on"),
        lang.pick("Được giao", "Assigned"),
    ];
    let states = State::ALL.iter().map(|s| s.text().get(lang));
    let mut csv = Csv::new(
        &format!("cleaning-{}-{id}", progress.campaign.indicator.code()),
        heads.into_iter().chain(states),
    );
    let line = |unit: Option<UnitCode>, day: String, totals: &Totals| {
        let first = [unit.map(|u| u.to_string()).unwrap_or_default(), words::unit(unit, lang), day];
        let counts =
            [totals.assigned().to_string()].into_iter().chain(totals.by_state().map(|(_, n)| n.to_string()));
        first.into_iter().chain(counts).collect::<Vec<_>>()
    };
    for unit in &progress.units {
        for ((day, of), totals) in &progress.days {
            if *of == unit.unit {
                csv.row(line(unit.unit, day.iso(), totals));
            }
        }
        let mut left = Totals::default();
        unit.totals.by_state().filter(|(s, _)| !s.is_end()).for_each(|(s, n)| left.add(s, n));
        csv.row(line(unit.unit, String::new(), &left));
    }
    Ok(csv)
}
