//! A run: its columns before it begins, its progress, its result.

use super::{TITLE, base, name_of, off_thread, problem_banner, run_path, state};
use crate::{
    Quality, RunState, SectorRun, Watched,
    pages::{
        visit::{Cleaning, Visit},
        words,
    },
    problems::SECTOR_BUSY,
    sectors::Sector,
};
use axum::{
    extract::{Path, State as Shared},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use population::reconcile::Met;
use tabular::{Format, Row};
use vocabulary::{Problem, Violation, kinds};
use web::{
    FormBody, Outcome,
    components::{
        Banner, Button, Choice, Column, Errors, Form, Question, Select, SummaryList, Table, error_summary,
    },
};

/// Rows of which a sample is shown.
const SAMPLE: usize = 20;

/// The page.
pub(super) async fn show(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
) -> Outcome<Response> {
    let run = quality.sector_run(&visit.ask, id).await?;
    let watched = quality.watched(id);
    let under_way = watched.as_ref().is_some_and(|w| !w.over);
    let response = match run.state {
        RunState::Ready if !under_way => ready(&quality, &visit, run, &[], None).await?,
        RunState::Ready | RunState::Working => {
            progress(&quality, &visit, &run, watched.as_ref()).into_response()
        }
        RunState::Done | RunState::Failed if under_way => {
            progress(&quality, &visit, &run, watched.as_ref()).into_response()
        }
        RunState::Done | RunState::Failed => finished(&quality, &visit, &run).await?.into_response(),
    };
    if !under_way {
        return Ok(response);
    }
    // The page loads itself again until there is a result.
    Ok(([(header::REFRESH, "2")], response).into_response())
}

/// Changes the columns, and starts.
pub(super) async fn change(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(fields): FormBody<Vec<(String, String)>>,
) -> Outcome<Response> {
    let run = quality.sector_run(&visit.ask, id).await?;
    let typed = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    if run.state == RunState::Ready {
        let mut settings = run.settings.clone();
        for mapped in &mut settings.mapping.columns {
            if let Some(field) = typed(&format!("column-{}", mapped.column)) {
                mapped.field = Some(field.to_owned()).filter(|f| !f.is_empty());
            }
        }
        let kept = quality.set_run(&visit.ask, id, settings.clone()).await.map_err(Problem::from);
        match kept {
            Err(problem) if problem.kind == &kinds::INVALID => {
                let run = SectorRun { settings, ..run };
                return ready(&quality, &visit, run, &problem.violations, None).await;
            }
            kept => drop(kept?),
        }
    }
    if typed("do") == Some("start") {
        match quality.start_run(&visit.ask, id, visit.lang()).await.map_err(Problem::from) {
            Err(problem) if problem.kind == &SECTOR_BUSY => {
                let run = quality.sector_run(&visit.ask, id).await?;
                return ready(&quality, &visit, run, &[], Some(&problem)).await;
            }
            started => started?,
        }
    }
    Ok(Redirect::to(&run_path(id)).into_response())
}

/// The result, in the owner's format.
pub(super) async fn result(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
) -> Outcome<Response> {
    let run = quality.sector_run(&visit.ask, id).await?;
    let content = quality.run_result(&visit.ask, id).await?.ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    Ok(download(&run, content))
}

/// A result as a download.
pub(crate) fn download(run: &SectorRun, content: Vec<u8>) -> Response {
    let kind = match run.settings.format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Format::JsonLines => "application/x-ndjson",
    };
    let name = format!(
        "attachment; filename=\"ket-qua-{}-{}.{}\"",
        run.sector,
        run.id,
        run.settings.format.extension()
    );
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], content).into_response()
}

async fn ready(
    quality: &Quality,
    visit: &Visit,
    run: SectorRun,
    faults: &[Violation],
    problem: Option<&Problem>,
) -> Outcome<Response> {
    let lang = visit.lang();
    let sector = quality.own_sector(&visit.ask, &run.sector)?.clone();
    let content = quality.run_content(&visit.ask, run.id).await?;
    let (of, name, settings) = (sector.clone(), run.file.name.clone(), run.settings.clone());
    let samples = off_thread(move || {
        let mut table = Quality::open_sector(&of, &name, Some(&settings), &content)?;
        let (mut rows, mut row) = (Vec::new(), Row::default());
        while rows.len() < SAMPLE && table.read(&mut row).map_err(crate::service::unreadable)? {
            rows.push(std::mem::take(&mut row));
        }
        Ok(rows)
    })
    .await??;
    let errors = Errors::new(lang, faults);
    let columns = sector.columns(lang);
    let chosen: Vec<(String, String, String)> = run
        .settings
        .mapping
        .columns
        .iter()
        .map(|m| {
            let letters = tabular::column_letters(m.column);
            let label = if m.header.is_empty() {
                format!("{} {letters}", lang.pick("Cột", "Column"))
            } else {
                format!("{letters} · {}", m.header)
            };
            let values = samples.iter().map(|r| r.text(m.column)).filter(|c| !c.is_empty()).take(2);
            let values: Vec<String> = values.map(|v| v.chars().take(40).collect()).collect();
            (format!("column-{}", m.column), label, values.join(" · "))
        })
        .collect();
    let mut page =
        visit.sector_page(quality, &run.file.name).crumb(visit.t(TITLE), &base()).with_errors(errors.any());
    if let Some(problem) = problem {
        page = page.notice(&problem_banner(problem, lang));
    }
    let body = html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (run.file.name) }
        p.govuk-body { (sector.name(lang)) " – " (sector.owner(lang)) ". " (lang.pick("Căn cứ: ", "Legal basis: ")) (sector.basis) "." }
        (Form::new(&visit.context, &run_path(run.id), html! {
            h2.govuk-heading-m id="mapping" { (lang.pick("Các cột", "Columns")) }
            p.govuk-body { (lang.pick(
                "Chọn cột nào là mã riêng của ngành và các cột nói về người. Cột khác giữ nguyên trong kết quả và không được đọc.",
                "Choose which column is the register's own key and which tell of the person. Other columns stay in the result and are not read.",
            )) }
            @for (mapped, (name, label, sample)) in run.settings.mapping.columns.iter().zip(&chosen) {
                @let none = Choice::new("", lang.pick("Không đọc", "Not read")).chosen(mapped.field.is_none());
                @let each = columns.iter().map(|(code, text)| Choice::new(*code, text.as_str()).chosen(mapped.field.as_deref() == Some(code)));
                (Select::new(Question::new(name, label).errors(&errors), std::iter::once(none).chain(each)))
                @if !sample.is_empty() { p.govuk-hint { (sample) } }
            }
            div.dancu-actions {
                (Button::secondary(lang.pick("Lưu và xem lại", "Save and look again")).sends("do", "save"))
                (Button::main(lang.pick("Đối soát", "Reconcile")).sends("do", "start"))
            }
        }))
    };
    let status = match problem {
        Some(_) => StatusCode::SERVICE_UNAVAILABLE,
        None if errors.any() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    Ok((status, page.body(body)).into_response())
}

fn progress(quality: &Quality, visit: &Visit, run: &SectorRun, watched: Option<&Watched>) -> Markup {
    let lang = visit.lang();
    let under_way = watched.is_some_and(|w| !w.over);
    let come = watched.and_then(|w| w.progress);
    visit.sector_page(quality, &run.file.name).crumb(visit.t(TITLE), &base()).body(html! {
        h1.govuk-heading-l { (run.file.name) }
        @if under_way {
            p.govuk-body role="status" {
                (lang.pick("Đang đối soát", "Under way"))
                @if let Some(p) = come { ": " (words::count(p.rows)) " " (lang.pick("dòng", "rows")) ", " (p.bytes.0 * 100 / p.bytes.1.max(1)) " %" }
                ". " (lang.pick("Trang tự tải lại; có thể rời trang, việc vẫn tiếp tục.", "The page loads itself again; you may leave it, the work goes on."))
            }
        } @else {
            @if let Some(problem) = watched.and_then(|w| w.problem.as_ref()) { (problem_banner(problem, lang)) }
            p.govuk-body { (lang.pick(
                "Lần đối soát này đã dừng giữa chừng. Đối soát lại từ đầu thay kết quả của từng mã.",
                "It was cut off. Reconciling again from the beginning replaces the result of each key.",
            )) }
            (Form::new(&visit.context, &run_path(run.id), html! { (Button::main(lang.pick("Đối soát lại", "Reconcile again")).sends("do", "start")) }))
        }
    })
}

async fn finished(quality: &Quality, visit: &Visit, run: &SectorRun) -> Outcome<Markup> {
    let lang = visit.lang();
    let settled = quality.settled_of(run).await?;
    let own: Vec<&Sector> = quality.own_sectors(&visit.ask)?;
    let c = &run.counts;
    let mut table = Table::new(
        lang.pick("Số dòng", "Rows"),
        [Column::new(lang.pick("Kết quả", "Result")), Column::numeric(lang.pick("Số lượng", "Count"))],
    );
    for met in Met::ALL {
        let link = format!("{}/{}/rows?kind={}", base(), run.sector, met.code());
        let text = met.text().get(lang);
        table.row([
            html! { @if *met == Met::Matched { (text) } @else { a.govuk-link href=(link) { (text) } } },
            html! { (words::count(c.of(*met))) },
        ]);
    }
    table.row([
        html! { strong { (lang.pick("Tổng số dòng", "Rows in all")) } },
        html! { strong { (words::count(c.total)) } },
    ]);
    let mut page = visit.sector_page(quality, &run.file.name).crumb(visit.t(TITLE), &base());
    if run.state == RunState::Done {
        page = page.notice(&Banner::done(lang, lang.pick("Đã đối soát xong", "The file is reconciled")));
    }
    Ok(page.body(html! {
        h1.govuk-heading-l { (run.file.name) }
        p.govuk-body { (name_of(&own, &run.sector, lang)) " · " (state(run.state, lang)) " · " (words::time(run.changed)) }
        @if let Some((vi, en)) = &run.stopped {
            (web::components::warning(lang, &format!("{}: {}",
                lang.pick("Tệp bị lỗi giữa chừng; các dòng trước chỗ lỗi đã được trả lời", "The file broke off; the rows before the fault were answered"),
                lang.pick(vi, en))))
        }
        (table)
        p.govuk-body {
            (lang.pick("Sạch đến nay", "Clean by now")) ": " strong { (words::percent(c.share(settled), lang)) }
            " (" (words::count(c.matched + settled)) "/" (words::count(c.total)) ")"
            @if settled > 0 { " – " (words::count(settled)) " " (lang.pick("dòng khớp nhờ sửa hồ sơ dân cư", "rows match since the registry was mended")) }
        }
        p.govuk-body {
            a.govuk-link href={ (run_path(run.id)) "/result" } { (lang.pick("Tải kết quả theo định dạng của ngành", "Download the result in the sector's format")) }
            " – " (lang.pick("giữ đến khi có tệp sau của ngành.", "kept until the sector's next file."))
        }
        (SummaryList::new()
            .row(lang.pick("Người đối soát", "Reconciled by"), html! { (run.who) " (" (run.agency) ")" })
            .row(lang.pick("Bắt đầu", "Began"), words::figures(words::time(run.began)))
            .row("SHA-256", html! { span.dancu-hash { (run.file.digest) } }))
        p.govuk-body { a.govuk-link href=(base()) { (lang.pick("Đối soát tệp khác", "Reconcile another file")) } }
    }))
}
