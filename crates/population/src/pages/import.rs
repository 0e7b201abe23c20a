//! Import of a register file: sent, looked at with its columns, tried, started, watched, and its rejected rows taken back.
//! Everything works by reloading; nothing of a row stands in an address.

use super::{
    batch::words_of,
    typed::Typed,
    visit::{Purposed, Visit},
    words,
};
use crate::{
    Error, Population, columns,
    import::{self, Counts, Differing, ImportFile, ImportJob, ImportState, Reason, Run, Settings, Tallied},
    problems::IMPORT_FILE,
};
use access::Action;
use axum::{
    extract::{FromRequest, Path, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{Cursor, Read, Seek},
};
use tabular::Format;
use vocabulary::{Invalid, Lang, Problem, Text, Violation, kinds};
use web::{
    Failure, FormBody, Outcome, Upload,
    components::{
        Banner, Button, Choice, Column, EmptyState, Errors, FileInput, Form, Question, Radios, Select,
        SummaryList, Table, TextInput, error_summary,
    },
};

const TITLE: Text = Text::new("Nhập dữ liệu từ tệp", "Import data from a file");
const FILE: Invalid = Invalid::new("import/file", "Chọn tệp cần nhập", "Choose the file to import");
const INTRO: Text = Text::new(
    "Gửi tệp CSV, Excel (.xlsx) hoặc JSON Lines, mỗi dòng một người. Chưa có gì được ghi khi gửi tệp: bước sau cho xem các cột và chạy thử.",
    "Send a CSV, Excel (.xlsx) or JSON Lines file with one person a row. Nothing is recorded when the file is sent: the next step shows the columns and offers a dry run.",
);

/// Rows shown before the import.
const PREVIEW: usize = 10;
/// Rejected rows of a dry run on its page.
const SHOWN: usize = 20;

/// The form and the imports before.
pub(super) async fn home(
    State(population): State<Population>,
    Purposed(visit): Purposed,
) -> Outcome<Response> {
    start_page(&population, &visit, &[], None).await
}

/// A file, sent. The right to it comes first, so that nobody sends a large file in vain.
pub(super) async fn send(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    request: Request,
) -> Outcome<Response> {
    visit.require(&population, Action::ImportRecords)?;
    let upload = Upload::from_request(request, &()).await?;
    let Some(file) = upload.file else {
        return start_page(&population, &visit, &[FILE.at("file")], None).await;
    };
    let bytes = file.content.size();
    let mut content = file.content.into_file().map_err(Error::File)?;
    let name: String = file.name.rsplit(['/', '\\']).next().unwrap_or_default().chars().take(200).collect();
    let source: String = upload.fields.get("source").map_or("", |s| s.trim()).chars().take(100).collect();
    let sheet = upload.fields.get("sheet").filter(|s| !s.is_empty()).cloned();
    let opened = off_thread(move || {
        let digest = digest(&mut content).map_err(Error::File)?;
        let described = ImportFile { name, digest, bytes };
        let options = tabular::Options {
            name: Some(described.name.clone()),
            known: import::known_headers(),
            sheet,
            ..tabular::Options::default()
        };
        let same = content.try_clone().map_err(Error::File)?;
        let table = tabular::Table::read_from(same, options).map_err(import::unreadable)?;
        Ok((import::first_settings(&table, source), described, content))
    })
    .await?;
    match opened {
        Ok((settings, described, mut content)) => {
            let job = population.begin_import(&visit.ask, described, settings, Some(&mut content)).await?;
            Ok(Redirect::to(&path(job.id)).into_response())
        }
        Err(problem) if problem.kind == &IMPORT_FILE => {
            start_page(&population, &visit, &[], Some(&problem)).await
        }
        Err(problem) => Err(problem.into()),
    }
}

/// SHA-256 of a file, in hexadecimal.
fn digest(file: &mut File) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    file.rewind()?;
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// Reading a large file takes its time, which other requests are not to wait for.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Outcome<Result<T, Problem>> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Failure::of(&kinds::INTERNAL))
}

fn path(id: i64) -> String {
    format!("/data/import/{id}")
}

/// An import: its columns before it begins, its progress, its result.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(id): Path<i64>,
) -> Outcome<Response> {
    let job = population.import(&visit.ask, id).await?;
    let run = population.import_under_way(id);
    let under_way = run.as_ref().is_some_and(|r| !r.over);
    let response = match job.state {
        ImportState::Ready if !under_way => prepare(&population, &visit, job, run, &[]).await?,
        ImportState::Ready | ImportState::Reading => {
            progress_page(&visit, &job, run.as_ref()).into_response()
        }
        ImportState::Done | ImportState::Failed => result_page(&visit, &job).into_response(),
    };
    if !under_way {
        return Ok(response);
    }
    // The page loads itself again until there is a result.
    Ok(([(header::REFRESH, "2")], response).into_response())
}

/// What is to be done with an import that has not begun: its columns changed, tried, started, gone on with.
pub(super) async fn change(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let job = population.import(&visit.ask, id).await?;
    if job.state == ImportState::Ready {
        let mut settings = job.settings.clone();
        for mapped in &mut settings.mapping.columns {
            let name = format!("column-{}", mapped.column);
            mapped.field = Some(typed.one(&name)).filter(|f| !f.is_empty()).map(str::to_owned);
        }
        settings.source = typed.one("source").trim().to_owned();
        settings.differing =
            if typed.one("differing") == "keep" { Differing::Keep } else { Differing::Reject };
        let kept = population.set_import(&visit.ask, id, settings.clone()).await.map_err(Problem::from);
        match kept {
            Err(problem) if problem.kind == &kinds::INVALID => {
                let job = ImportJob { settings, ..job };
                return prepare(&population, &visit, job, None, &problem.violations).await;
            }
            kept => kept?,
        };
    }
    match typed.one("do") {
        "try" => population.start_trial(&visit.ask, id).await?,
        "start" => population.start_import(&visit.ask, id).await?,
        _ => {}
    }
    Ok(Redirect::to(&path(id)).into_response())
}

/// The rejected rows, in the format in which they came.
pub(super) async fn rejects(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(id): Path<i64>,
) -> Outcome<Response> {
    let job = population.import(&visit.ask, id).await?;
    let format = job.settings.format.unwrap_or(Format::Csv);
    let file = population
        .write_import_rejects(&visit.ask, id, visit.lang(), Cursor::new(Vec::new()))
        .await?
        .into_inner();
    let kind = match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Format::JsonLines => "application/x-ndjson",
    };
    let name = format!("attachment; filename=\"tu-choi-{id}.{}\"", format.extension());
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], file).into_response())
}

async fn start_page(
    population: &Population,
    visit: &Visit,
    faults: &[Violation],
    problem: Option<&Problem>,
) -> Outcome<Response> {
    let lang = visit.lang();
    let jobs = population.imports(&visit.ask).await?;
    let errors = Errors::new(lang, faults);
    let mut page = visit.page(visit.t(TITLE)).with_errors(errors.any());
    if let Some(problem) = problem {
        let more = html! {
            @if let Some(detail) = problem.detail_text(lang) { p.govuk-body { (detail) } }
            p.govuk-body { (problem.kind.advice.get(lang)) }
        };
        page = page.notice(&Banner::important(lang, problem.kind.title.get(lang)).more(more));
    }
    let mut table = Table::new(
        lang.pick("Các đợt nhập", "Imports"),
        [
            Column::new(lang.pick("Đợt", "Number")),
            Column::new(lang.pick("Tệp", "File")),
            Column::new(lang.pick("Bắt đầu", "Began")),
            Column::new(lang.pick("Trạng thái", "State")),
            Column::numeric(lang.pick("Số dòng", "Rows")),
            Column::numeric(lang.pick("Bị từ chối", "Rejected")),
        ],
    )
    .stacked();
    for job in &jobs {
        table.row([
            html! { a.govuk-link href=(path(job.id)) { (job.id) } },
            html! { (job.file.name) @if !job.settings.source.is_empty() { span.dancu-provenance { (job.settings.source) } } },
            html! { (words::time(job.started)) span.dancu-provenance { (job.owner) } },
            html! { (state(job.state, lang)) },
            html! { (figure(job.counts.rows)) },
            html! { (figure(job.counts.rejected)) },
        ]);
    }
    let content = page.body(visit.framed(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (visit.t(TITLE)) }
        p.govuk-body { (visit.t(INTRO)) }
        (Form::new(&visit.context, "/data/import", html! {
            (TextInput::new(Question::new("source", lang.pick("Nguồn dữ liệu", "Source of the data"))
                .hint(lang.pick("Cơ quan hoặc sổ bộ; ghi vào căn cứ của từng biến động.", "The office or register; stands in the evidence of each act."))
                .optional(lang)).max(100))
            (FileInput::new(Question::new("file", lang.pick("Tệp", "File")).errors(&errors),
                ".csv,.tsv,.txt,.xlsx,.xlsm,.jsonl,.ndjson,text/csv"))
            (Button::main(lang.pick("Gửi tệp", "Send the file")))
        }).with_file())
        @if jobs.is_empty() {
            (EmptyState::new(lang.pick("Chưa có đợt nhập nào", "No imports yet"), html! {
                (lang.pick("Gửi một tệp ở trên: bạn xem trước các dòng đầu và chạy thử; chưa gì được ghi cho tới khi bạn đồng ý.",
                    "Send a file above: you see its first rows and try it out; nothing is written until you agree."))
            }))
        } @else {
            (table)
        }
    }));
    let status =
        if errors.any() || problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, content).into_response())
}

/// The columns, the first rows, and what a dry run found.
async fn prepare(
    population: &Population,
    visit: &Visit,
    job: ImportJob,
    run: Option<Run>,
    faults: &[Violation],
) -> Outcome<Response> {
    let lang = visit.lang();
    let content = population.import_content(&visit.ask, job.id).await?;
    let (file, settings) = (job.file.clone(), job.settings.clone());
    let preview = off_thread(move || {
        let mut table = import::open(&file, &settings, content)?;
        import::preview(&mut table, settings.mapping, PREVIEW)
    })
    .await??;
    let errors = Errors::new(lang, faults);
    let to = path(job.id);
    let chosen: Vec<(String, String, Markup)> = preview
        .mapping
        .columns
        .iter()
        .map(|m| (format!("column-{}", m.column), label(m, lang), sample(&preview, m.column)))
        .collect();
    let body = html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (job.file.name) }
        @if let Some(tried) = run.and_then(|r| r.tried) { (trial(tried, &job.settings, lang)) }
        (Form::new(&visit.context, &to, html! {
            h2.govuk-heading-m id="mapping" { (lang.pick("Các cột", "Columns")) }
            p.govuk-body { (lang.pick("Mỗi cột của tệp ghép với một mục của hồ sơ; cột không ghép thì không đọc.",
                "Each column of the file gives one part of the record; a column that gives none is not read.")) }
            @for (mapped, (name, label, sample)) in preview.mapping.columns.iter().zip(&chosen) {
                (Select::new(Question::new(name, label).errors(&errors), fields(mapped.field.as_deref(), lang)))
                (sample)
            }
            (TextInput::new(Question::new("source", lang.pick("Nguồn dữ liệu", "Source of the data")).errors(&errors).optional(lang))
                .value(&job.settings.source).max(100))
            (Radios::new(Question::new("differing", lang.pick("Khi số định danh đã có trong hệ thống với dữ liệu khác", "Where the number is in the registry with other data")), [
                Choice::new("reject", lang.pick("Từ chối dòng và nêu mục khác nhau", "Reject the row and name what differs")).chosen(job.settings.differing == Differing::Reject),
                Choice::new("keep", lang.pick("Nhập thành hồ sơ riêng để kiểm tra trùng", "Take it in as a record of its own, to be examined as a duplicate")).chosen(job.settings.differing == Differing::Keep),
            ]))
            div.dancu-actions {
                (Button::secondary(lang.pick("Lưu và xem lại", "Save and look again")).sends("do", "save"))
                (Button::secondary(lang.pick("Chạy thử", "Dry run")).sends("do", "try"))
                (Button::main(lang.pick("Nhập vào hệ thống", "Import")).sends("do", "start"))
            }
        }))
        (first_rows(&preview, lang))
    };
    let page = visit.page(visit.t(TITLE)).crumb(visit.t(TITLE), "/data/import").with_errors(errors.any());
    let status = if errors.any() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, page.body(visit.framed(body))).into_response())
}

fn label(mapped: &tabular::Mapped, lang: Lang) -> String {
    let letters = tabular::column_letters(mapped.column);
    if mapped.header.is_empty() {
        format!("{} {letters}", lang.pick("Cột", "Column"))
    } else {
        format!("{letters} · {}", mapped.header)
    }
}

/// A few values of a column, so that its meaning can be seen.
fn sample(preview: &import::Preview, column: usize) -> Markup {
    let values = preview.rows.iter().filter_map(|r| r.cells.get(column)).filter(|c| !c.is_empty()).take(2);
    let values: Vec<String> = values.map(|v| v.chars().take(40).collect()).collect();
    html! { @if !values.is_empty() { p.govuk-hint { (values.join(" · ")) } } }
}

fn fields(chosen: Option<&str>, lang: Lang) -> Vec<Choice> {
    let none = Choice::new("", lang.pick("Không đọc", "Not read")).chosen(chosen.is_none());
    let each = columns::Column::ALL
        .iter()
        .map(|c| Choice::new(c.code(), c.text().get(lang)).chosen(chosen == Some(c.code())));
    std::iter::once(none).chain(each).collect()
}

fn first_rows(preview: &import::Preview, lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Những dòng đầu tiên", "The first rows"),
        [
            Column::numeric(lang.pick("Dòng", "Row")),
            Column::new(lang.pick("Nội dung", "Content")),
            Column::new(lang.pick("Nhận xét", "Remarks")),
        ],
    )
    .stacked();
    for row in &preview.rows {
        let cells: Vec<&str> = row.cells.iter().map(String::as_str).filter(|c| !c.is_empty()).collect();
        table.row([
            html! { (row.row) },
            html! { (cells.join(" · ").chars().take(400).collect::<String>()) },
            html! {
                (reasons(&row.refused, lang.pick("Từ chối", "Rejected"), lang))
                (reasons(&row.warnings, lang.pick("Cảnh báo", "Warning"), lang))
                @if row.refused.is_empty() && row.warnings.is_empty() { (lang.pick("Đọc được", "Sound")) }
            },
        ]);
    }
    html! { (table) }
}

fn reasons(reasons: &[Reason], weight: &str, lang: Lang) -> Markup {
    html! {
        @for r in reasons.iter().take(10) {
            p.govuk-body-s { (weight) " – " (r.column) ": " (lang.pick(&r.vi, &r.en)) @if !r.value.is_empty() { " (" (r.value) ")" } }
        }
    }
}

fn trial(tried: import::Tried, settings: &Settings, lang: Lang) -> Markup {
    let (job, first) = match tried {
        Ok(tried) => tried,
        Err(problem) => {
            return html! { (Banner::important(lang, problem.kind.title.get(lang)).more(html! {
                @if let Some(detail) = problem.detail_text(lang) { p.govuk-body { (detail) } }
            })) };
        }
    };
    // What was tried with other columns says nothing of these.
    if job.settings != *settings {
        return html! {};
    }
    let mut table = Table::new(
        lang.pick("Những dòng sẽ bị từ chối", "Rows that would be rejected"),
        [Column::numeric(lang.pick("Dòng", "Row")), Column::new(lang.pick("Lý do", "Reasons"))],
    )
    .stacked();
    for row in first.iter().take(SHOWN) {
        table.row([html! { (row.row) }, reasons(&row.reasons, lang.pick("Từ chối", "Rejected"), lang)]);
    }
    html! {
        h2.govuk-heading-m { (lang.pick("Kết quả chạy thử: chưa ghi gì", "Dry run: nothing was recorded")) }
        (sums(&job.counts, lang))
        (broken_off(&job, lang))
        (tally(job.tally.values(), lang))
        @if !first.is_empty() { (table) }
    }
}

fn progress_page(visit: &Visit, job: &ImportJob, run: Option<&Run>) -> Markup {
    let lang = visit.lang();
    let counts = run.and_then(|r| r.progress).map_or(job.counts, |p| p.counts);
    let percent = run.and_then(|r| r.progress).map(|p| p.bytes.0 * 100 / p.bytes.1.max(1));
    let under_way = run.is_some_and(|r| !r.over);
    let trial = run.is_some_and(|r| r.trial);
    let to = path(job.id);
    let body = html! {
        h1.govuk-heading-l { (job.file.name) }
        @if under_way {
            p.govuk-body role="status" {
                (if trial { lang.pick("Đang chạy thử", "Dry run under way") } else { lang.pick("Đang nhập", "Import under way") })
                @if let Some(percent) = percent { ": " (percent) " %" }
                ". " (lang.pick("Trang tự tải lại; có thể rời trang, việc vẫn tiếp tục.", "The page loads itself again; you may leave it, the work goes on."))
            }
        } @else {
            @if let Some(problem) = run.and_then(|r| r.problem.as_ref()) {
                (Banner::important(lang, problem.kind.title.get(lang)).more(html! { p.govuk-body { (problem.kind.advice.get(lang)) } }))
            }
            p.govuk-body { (lang.pick("Đợt nhập đã dừng giữa chừng. Những dòng đã tính dưới đây nằm trong hệ thống; tiếp tục thì làm từ dòng kế tiếp.",
                "The import was cut off. The rows counted below are in the registry; it goes on with the next row.")) }
            (Form::new(&visit.context, &to, html! { (Button::main(lang.pick("Tiếp tục", "Go on")).sends("do", "start")) }))
        }
        (sums(&counts, lang))
    };
    visit.page(visit.t(TITLE)).crumb(visit.t(TITLE), "/data/import").body(visit.framed(body))
}

fn result_page(visit: &Visit, job: &ImportJob) -> Markup {
    let lang = visit.lang();
    let body = html! {
        h1.govuk-heading-l { (job.file.name) }
        p.govuk-body { (state(job.state, lang)) " · " (words::time(job.changed)) }
        (broken_off(job, lang))
        (sums(&job.counts, lang))
        @if job.counts.rejected > 0 {
            p.govuk-body {
                a.govuk-link href={ (path(job.id)) "/rejects" } { (lang.pick("Tải các dòng bị từ chối kèm lý do", "Download the rejected rows with their reasons")) }
                " – " (lang.pick("sửa trong tệp này rồi gửi lại.", "correct them in this file and send it again."))
            }
        }
        (tally(job.tally.values(), lang))
        (SummaryList::new()
            .row(lang.pick("Người nhập", "Imported by"), html! { (job.owner) })
            .row(lang.pick("Nguồn dữ liệu", "Source of the data"), html! { (job.settings.source) })
            .row(lang.pick("Bắt đầu", "Began"), html! { (words::time(job.started)) })
            .row("SHA-256", html! { (words::figures(&job.file.digest)) }))
        p.govuk-body { a.govuk-link href="/data/import" { (lang.pick("Nhập tệp khác", "Import another file")) } }
    };
    visit.page(visit.t(TITLE)).crumb(visit.t(TITLE), "/data/import").body(visit.framed(body))
}

fn broken_off(job: &ImportJob, lang: Lang) -> Markup {
    html! {
        @if let Some((vi, en)) = &job.stopped {
            (web::components::warning(lang, &format!("{}: {}",
                lang.pick("Tệp bị lỗi giữa chừng; các dòng trước chỗ lỗi đã được xử lý", "The file broke off; the rows before the fault were dealt with"),
                lang.pick(vi, en))))
        }
    }
}

fn state(state: ImportState, lang: Lang) -> &'static str {
    match state {
        ImportState::Ready => lang.pick("Chưa nhập", "Not begun"),
        ImportState::Reading => lang.pick("Đang nhập hoặc bị dừng", "Under way or cut off"),
        ImportState::Done => lang.pick("Đã nhập xong", "Done"),
        ImportState::Failed => lang.pick("Tệp bị lỗi giữa chừng", "The file broke off"),
    }
}

fn figure(count: i64) -> String {
    words_of(usize::try_from(count).unwrap_or_default())
}

fn sums(c: &Counts, lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Số dòng", "Rows"),
        [Column::new(lang.pick("Kết quả", "Result")), Column::numeric(lang.pick("Số lượng", "Count"))],
    );
    for (text, count) in c.named() {
        table.row([html! { (text.get(lang)) }, html! { (figure(count)) }]);
    }
    html! { (table) }
}

fn tally<'a>(tallied: impl Iterator<Item = &'a Tallied>, lang: Lang) -> Markup {
    let mut all: Vec<&Tallied> = tallied.collect();
    all.sort_by_key(|t| (!t.refuses, std::cmp::Reverse(t.rows)));
    let mut table = Table::new(
        lang.pick("Lỗi và cảnh báo", "Faults and warnings"),
        [
            Column::new(lang.pick("Cột", "Column")),
            Column::new(lang.pick("Quy tắc", "Rule")),
            Column::new(lang.pick("Hệ quả", "Effect")),
            Column::numeric(lang.pick("Số dòng", "Rows")),
            Column::numeric(lang.pick("Dòng đầu tiên", "First row")),
        ],
    )
    .stacked();
    for t in all.iter().take(100) {
        table.row([
            html! { (t.column) },
            html! { (lang.pick(&t.vi, &t.en)) },
            html! { (if t.refuses { lang.pick("Từ chối", "Rejected") } else { lang.pick("Cảnh báo", "Warning") }) },
            html! { (t.rows) },
            html! { (t.first) },
        ]);
    }
    html! { @if !all.is_empty() { (table) } }
}
