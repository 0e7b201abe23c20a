//! Pages of reconciliation: the sectors and their runs, a file sent, looked at with its columns, compared, and its result
//! taken back; rows that are not matched; a duplicate from both sides. Nothing of a row stands in an address.

mod duplicate;
pub(crate) mod run;

use super::{
    visit::{BASE, Cleaning, Visit},
    words,
};
use crate::{
    Finding, HeldFile, Quality, RunState, SectorRun, Side, WaitingQuestion, prepare, problems::SECTOR_FILE,
    sectors::Sector, service::fields_of,
};
use access::Action;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequest, Path, Query, Request, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::{Markup, html};
use population::reconcile::Met;
use serde::Deserialize;
use vocabulary::{Invalid, Lang, PartialDate, Problem, Text, Violation, kinds};
use web::{
    Failure, Outcome, Upload,
    components::{
        Banner, Button, Choice, Color, Column, EmptyState, Errors, FileInput, Form, Pagination, Question,
        Select, SummaryList, Table, Tag, error_summary,
    },
};

pub(super) const TITLE: Text = Text::new("Đối soát dữ liệu của ngành", "Reconciliation with sectors");
const FILE: Invalid = Invalid::new("sector/file", "Chọn tệp cần đối soát", "Choose the file to reconcile");
const SECTOR: Invalid = Invalid::new("sector/sector", "Chọn ngành", "Choose the sector");

/// Where the pages begin.
pub(super) fn base() -> String {
    format!("{BASE}/sectors")
}

/// The routes.
pub(super) fn routes() -> Router<Quality> {
    let send = get(home).merge(post(send).layer(DefaultBodyLimit::max(web::Limits::BULK.body)));
    Router::new()
        .route("/data/quality/sectors", send)
        .route("/data/quality/sectors/runs/{id}", get(run::show).post(run::change))
        .route("/data/quality/sectors/runs/{id}/result", get(run::result))
        .route("/data/quality/sectors/duplicates", get(duplicate::list))
        .route("/data/quality/sectors/rows/{id}", get(duplicate::show))
        .route("/data/quality/sectors/rows/{id}/ask", post(duplicate::ask))
        .route("/data/quality/sectors/rows/{id}/answer", post(duplicate::answer))
        .route("/data/quality/sectors/rows/{id}/outcome", post(duplicate::outcome))
        .route("/data/quality/sectors/{sector}/rows", get(rows))
}

fn run_path(id: i64) -> String {
    format!("{}/runs/{id}", base())
}

/// Reading a large file takes its time, which other requests are not to wait for.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Outcome<Result<T, Problem>> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Failure::of(&kinds::INTERNAL))
}

/// The sectors of the caller with their runs, and the form to send a file.
async fn home(Shared(quality): Shared<Quality>, Cleaning(visit): Cleaning) -> Outcome<Response> {
    start_page(&quality, &visit, "", &[], None).await
}

/// A file, sent. The right to it comes first, so that nobody sends a large file in vain.
async fn send(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    request: Request,
) -> Outcome<Response> {
    if !quality.may(&visit.ask, Action::ReconcileFiles) {
        return Err(Problem::new(&kinds::FORBIDDEN).into());
    }
    let upload = Upload::from_request(request, &()).await?;
    let chosen = upload.fields.get("sector").cloned().unwrap_or_default();
    let sector = quality.own_sectors(&visit.ask)?.into_iter().find(|s| s.id == chosen).cloned();
    let mut faults = Vec::new();
    if sector.is_none() {
        faults.push(SECTOR.at("sector"));
    }
    if upload.file.is_none() {
        faults.push(FILE.at("file"));
    }
    let (Some(sector), Some(file)) = (sector, upload.file) else {
        return start_page(&quality, &visit, &chosen, &faults, None).await;
    };
    let name: String = file.name.rsplit(['/', '\\']).next().unwrap_or_default().chars().take(200).collect();
    let opened = off_thread(move || {
        let internal = |_| Problem::new(&kinds::INTERNAL);
        let content = file.content.into_file().and_then(HeldFile::of).map_err(internal)?;
        let file = content.described(name).map_err(internal)?;
        let table = Quality::open_sector(&sector, &file.name, None, &content)?;
        Ok((prepare(&sector, &table), file, content))
    })
    .await?;
    match opened {
        Ok((settings, file, content)) => {
            let run = quality.begin_run(&visit.ask, &chosen, file, settings, Some(&content)).await?;
            Ok(Redirect::to(&run_path(run.id)).into_response())
        }
        Err(problem) if problem.kind == &SECTOR_FILE => {
            start_page(&quality, &visit, &chosen, &[], Some(&problem)).await
        }
        Err(problem) => Err(problem.into()),
    }
}

/// What is wrong with a file, above the page.
pub(super) fn problem_banner(problem: &Problem, lang: Lang) -> Banner<'_> {
    let more = html! {
        @if let Some(detail) = problem.detail_text(lang) { p.govuk-body { (detail) } }
        p.govuk-body { (problem.kind.advice.get(lang)) }
    };
    Banner::important(lang, problem.kind.title.get(lang)).more(more)
}

async fn start_page(
    quality: &Quality,
    visit: &Visit,
    chosen: &str,
    faults: &[Violation],
    problem: Option<&Problem>,
) -> Outcome<Response> {
    let lang = visit.lang();
    let own = quality.own_sectors(&visit.ask)?;
    let runs = quality.sector_runs(&visit.ask).await?;
    let asked = quality.side_questions(&visit.ask, Side::Sector).await?;
    let errors = Errors::new(lang, faults);
    let title = visit.t(TITLE);
    let mut page = visit.sector_page(quality, title).with_errors(errors.any());
    if let Some(problem) = problem {
        page = page.notice(&problem_banner(problem, lang));
    }
    let choices = own.iter().map(|s| {
        Choice::new(s.id.as_str(), format!("{} – {}", s.name(lang), s.owner(lang))).chosen(s.id == chosen)
    });
    let content = page.body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        p.govuk-body { (lang.pick(
            "Gửi tệp CSV, Excel (.xlsx) hoặc JSON Lines của ngành, mỗi dòng một người với mã riêng của ngành. Kết quả trả lại đúng định dạng đó: từng dòng khớp, sai lệch ở trường nào, không tìm thấy hay trùng số. Không ghi gì vào hồ sơ dân cư.",
            "Send the sector's CSV, Excel (.xlsx) or JSON Lines file, one person a row under the register's own key. The result comes back in that format: each row matched, mismatched in which field, not found or a duplicate number. Nothing is written into the registry.",
        )) }
        (waiting(&asked, lang))
        @if own.is_empty() {
            (EmptyState::new(
                lang.pick("Cơ quan của bạn chưa có ngành nào", "No sector is your agency's"),
                html! { (lang.pick("Người quản trị ghi mã cơ quan vào bảng các ngành (quality.sectors).", "The administrator enters your agency's code in the table of sectors (quality.sectors).")) },
            ))
        } @else {
            (Form::new(&visit.context, &base(), html! {
                (Select::new(Question::new("sector", lang.pick("Ngành", "Sector")).errors(&errors), choices).prompt(lang.pick("Chọn ngành", "Choose a sector")))
                (FileInput::new(Question::new("file", lang.pick("Tệp", "File")).errors(&errors), ".csv,.tsv,.txt,.xlsx,.xlsm,.jsonl,.ndjson,text/csv"))
                (Button::main(lang.pick("Gửi tệp", "Send the file")))
            }).with_file())
        }
        @if runs.is_empty() {
            (EmptyState::new(lang.pick("Chưa có lần đối soát nào", "Nothing was reconciled yet"), html! {}))
        } @else {
            (list(&own, &runs, lang))
        }
    });
    let status =
        if errors.any() || problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, content).into_response())
}

/// The questions of the other side that wait for an answer.
fn waiting(asked: &[WaitingQuestion], lang: Lang) -> Markup {
    let today = PartialDate::today();
    html! {
        @if !asked.is_empty() {
            h2.govuk-heading-m { (lang.pick("Câu hỏi chờ bạn trả lời", "Questions that wait for your answer")) }
            ul class="govuk-list" {
                @for q in asked {
                    li {
                        a.govuk-link href=(duplicate::path(q.finding)) { (lang.pick("Trùng số, mã ", "Duplicate number, key ")) (q.key) }
                        " – " (lang.pick("trả lời trước ngày ", "answer by ")) (words::day(q.answer_by, lang))
                        @if q.answer_by < today { " " (Tag::new(Color::Red, lang.pick("Quá hạn", "Late"))) }
                    }
                }
            }
        }
    }
}

fn name_of<'a>(own: &[&'a Sector], id: &'a str, lang: Lang) -> &'a str {
    own.iter().find(|s| s.id == id).map_or(id, |s| s.name(lang))
}

fn list(own: &[&Sector], runs: &[(SectorRun, i64)], lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Các lần đối soát, mới nhất trước", "Reconciliations, the latest first"),
        [
            Column::new(lang.pick("Tệp", "File")),
            Column::new(lang.pick("Trạng thái", "State")),
            Column::numeric(lang.pick("Số dòng", "Rows")),
            Column::numeric(lang.pick("Khớp", "Matched")),
            Column::numeric(lang.pick("Sai lệch", "Mismatched")),
            Column::numeric(lang.pick("Không tìm thấy", "Not found")),
            Column::numeric(lang.pick("Trùng số", "Duplicate")),
            Column::numeric(lang.pick("Sạch đến nay", "Clean by now")),
        ],
    )
    .stacked();
    for (run, settled) in runs {
        let c = &run.counts;
        table.row([
            html! {
                a.govuk-link href=(run_path(run.id)) { (name_of(own, &run.sector, lang)) " · " (run.id) }
                span.dancu-provenance { (run.file.name) " · " (run.who) " · " (words::time(run.began)) }
            },
            state(run.state, lang),
            html! { (words::count(c.total)) },
            html! { (words::count(c.matched)) },
            html! { (words::count(c.mismatched)) },
            html! { (words::count(c.not_found)) },
            html! { (words::count(c.duplicates)) },
            html! { (words::percent(c.share(*settled), lang)) },
        ]);
    }
    html! { (table) }
}

fn state(state: RunState, lang: Lang) -> Markup {
    let (color, text) = match state {
        RunState::Ready => (Color::Yellow, lang.pick("Chưa đối soát", "Not begun")),
        RunState::Working => (Color::Blue, lang.pick("Đang đối soát", "Under way")),
        RunState::Done => (Color::Green, lang.pick("Đã trả kết quả", "Answered")),
        RunState::Failed => (Color::Red, lang.pick("Tệp bị lỗi giữa chừng", "The file broke off")),
    };
    html! { (Tag::new(color, text)) }
}

/// What differs, in words.
pub(super) fn differing(fields: &str, lang: Lang) -> String {
    let each = fields_of(fields);
    let text = each.iter().map(|(f, how)| format!("{}: {}", f.text().get(lang), how.text().get(lang)));
    text.collect::<Vec<_>>().join("; ")
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    kind: String,
    page: String,
}

/// The rows of a sector of one kind.
async fn rows(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(sector): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Outcome<Markup> {
    let lang = visit.lang();
    let met = Met::from_code(&wanted.kind).unwrap_or(Met::Mismatched);
    let number = wanted.page.parse::<i64>().unwrap_or(1).clamp(1, 100_000);
    let sector = quality.own_sector(&visit.ask, &sector)?;
    let (found, more) = quality.sector_rows(&visit.ask, &sector.id, met, number).await?;
    let counts = quality.sector_counts(&visit.ask, &sector.id).await?;
    let title = format!("{}: {}", sector.name(lang), met.text().get(lang).to_lowercase());
    let link = |met: Met, page: i64| format!("{}/{}/rows?kind={}&page={page}", base(), sector.id, met.code());
    let (previous, next) = ((number > 1).then(|| link(met, number - 1)), more.then(|| link(met, number + 1)));
    Ok(visit.sector_page(&quality, &title).crumb(visit.t(TITLE), &base()).body(html! {
        h1.govuk-heading-l { (title) }
        ul class="govuk-list" {
            @for each in Met::ALL {
                li {
                    @if *each == met { strong { (kind(*each, lang)) } } @else { a.govuk-link href=(link(*each, 1)) { (kind(*each, lang)) } }
                    ": " (words::count(counts.of(*each)))
                }
            }
        }
        p.govuk-hint {
            (lang.pick(
                "Điều mà nhiều cơ quan của ngành cùng nêu về một người được đếm một lần.",
                "What several agencies of the sector tell of one person is counted once.",
            ))
        }
        @if found.is_empty() {
            (EmptyState::new(lang.pick("Không có dòng nào", "No rows"), html! {}))
        } @else {
            (findings(&found, lang))
            (Pagination::new(lang, previous.as_deref(), next.as_deref()))
        }
    }))
}

/// A kind of row, as its state is now.
fn kind(met: Met, lang: Lang) -> &'static str {
    match met {
        Met::Matched => lang.pick("Đã khớp sau khi sửa", "Matched since it was mended"),
        other => other.text().get(lang),
    }
}

fn findings(found: &[Finding], lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Các dòng", "Rows"),
        [
            Column::new(lang.pick("Mã riêng của ngành", "The register's own key")),
            Column::numeric(lang.pick("Dòng trong tệp", "Row of the file")),
            Column::new(lang.pick("Lý do", "Reason")),
            Column::new(lang.pick("Xã, phường", "Commune")),
            Column::new(lang.pick("Từ ngày", "Since")),
        ],
    )
    .stacked();
    for f in found {
        table.row([
            html! { a.govuk-link href=(duplicate::path(f.id)) { (words::figures(&f.key)) } },
            html! { (f.line) },
            html! { @match f.why { Some(why) => (why.text().get(lang)), None => (differing(&f.fields, lang)) } },
            html! { (words::unit(f.unit, lang)) },
            words::figures(words::day(f.since, lang)),
        ]);
    }
    html! { (table) }
}

/// What a row is now, for its page and that of its case.
pub(super) fn summary(quality: &Quality, f: &Finding, lang: Lang) -> Markup {
    let sector = quality.sectors().find(&f.sector);
    let color = match f.met {
        Met::Matched => Color::Green,
        Met::Mismatched => Color::Yellow,
        Met::NotFound => Color::Red,
        Met::Duplicate => Color::Blue,
    };
    html! {
        (SummaryList::new()
            .row(lang.pick("Ngành", "Sector"), html! { (sector.map_or(f.sector.as_str(), |s| s.name(lang))) })
            .row(lang.pick("Mã riêng của ngành", "The register's own key"), words::figures(&f.key))
            .row(lang.pick("Kết quả", "Result"), html! { (Tag::new(color, kind(f.met, lang))) })
            .row_if(lang.pick("Lý do", "Reason"), f.why.map(|w| w.text().get(lang)))
            .row_if(lang.pick("Trường sai lệch", "Fields that differ"), Some(differing(&f.fields, lang)).filter(|t| !t.is_empty()))
            .row(lang.pick("Xã, phường", "Commune"), html! { (words::unit(f.unit, lang)) })
            .row(lang.pick("Từ ngày", "Since"), words::figures(words::day(f.since, lang)))
            .row_if(lang.pick("Khớp từ", "Matched since"), f.settled_at.map(words::time))
            .row_if(lang.pick("Căn cứ", "Legal basis"), sector.map(|s| s.basis.as_str())))
    }
}
