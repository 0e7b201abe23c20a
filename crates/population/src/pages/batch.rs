//! Verification in batch: a CSV file up, a CSV file down.

use super::visit::{Purposed, Visit};
use crate::{
    BATCH_ROWS, Error, Population,
    problems::{BATCH_BUSY, BATCH_FILE},
};
use access::Action;
use axum::{
    body::Body,
    extract::{FromRequest, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use vocabulary::{Invalid, Problem, Text, Violation};
use web::{
    Csv, Failure, Outcome, Upload,
    components::{Banner, Button, Column, Errors, FileInput, Form, Question, Table, error_summary},
};

const TITLE: Text = Text::new("Xác minh theo lô", "Verify in batch");
const FILE: Invalid =
    Invalid::new("batch/file", "Chọn tệp CSV cần xác minh", "Choose the CSV file to verify");

/// The form.
pub(super) async fn show(State(population): State<Population>, Purposed(visit): Purposed) -> Outcome<Markup> {
    visit.require(&population, Action::VerifyBatch)?;
    Ok(render(&visit, &[], None))
}

/// A file that shows the columns; its person is invented.
pub(super) async fn sample(Purposed(_): Purposed) -> Csv {
    let mut csv = Csv::new("mau-xac-minh", ["Số định danh", "Họ và tên", "Ngày sinh", "Giới tính"]);
    csv.row(["056185001234", "Nguyễn Thị Hòa", "12/03/1985", "Nữ"]);
    csv.row(["225123456", "Trần Văn Ba", "1950", ""]);
    csv
}

/// The file, sent. The right to it and a place among the running batches come first, so that nobody sends a large file
/// in vain; the result begins to come before the last row is read.
pub(super) async fn run(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    request: Request,
) -> Outcome<Response> {
    match answer(&population, &visit, request).await {
        Err(Failure(problem)) if problem.kind == &BATCH_FILE || problem.kind == &BATCH_BUSY => {
            let status =
                StatusCode::from_u16(problem.kind.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Ok((status, render(&visit, &[], Some(&problem))).into_response())
        }
        other => other,
    }
}

async fn answer(population: &Population, visit: &Visit, request: Request) -> Outcome<Response> {
    let place = population.batch_place(&visit.ask).await?;
    let Some(file) = Upload::from_request(request, &()).await?.file else {
        return Ok(
            (StatusCode::UNPROCESSABLE_ENTITY, render(visit, &[FILE.at("file")], None)).into_response()
        );
    };
    let batch = place.start(file.content.into_bytes().map_err(Error::File)?)?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"ket-qua-xac-minh.csv\""),
    ];
    let parts =
        futures_util::stream::unfold(batch.parts, async |mut parts| Some((parts.recv().await?, parts)));
    Ok((headers, Body::from_stream(parts)).into_response())
}

fn render(visit: &Visit, faults: &[Violation], problem: Option<&Problem>) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, faults);
    let mut page = visit.page(visit.t(TITLE)).with_errors(errors.any());
    if let Some(problem) = problem {
        let more = html! {
            @if let Some(detail) = problem.detail_text(lang) { p.govuk-body { (detail) } }
            p.govuk-body { (problem.kind.advice.get(lang)) }
        };
        page = page.notice(&Banner::important(lang, problem.kind.title.get(lang)).more(more));
    }
    let mut columns = Table::new(
        lang.pick("Các cột của tệp", "Columns of the file"),
        [Column::new(lang.pick("Tên cột", "Heading")), Column::new(lang.pick("Nội dung", "Content"))],
    )
    .stacked();
    for (names, content) in [
        (
            "Số định danh / CCCD / number",
            lang.pick("Bắt buộc. 12 số, hoặc 9 số CMND.", "Needed. 12 digits, or the former 9."),
        ),
        ("Họ và tên / name", lang.pick("Có dấu, như trên giấy tờ.", "With diacritics, as on paper.")),
        (
            "Ngày sinh / birth date",
            lang.pick("05/02/1985, 02/1985 hoặc 1985.", "05/02/1985, 02/1985 or 1985."),
        ),
        ("Giới tính / sex", lang.pick("Nam, Nữ hoặc Khác.", "Nam, Nữ, Khác (male, female, other).")),
        (
            "Mã xã / unit",
            lang.pick("Mã xã, phường thường trú, 5 chữ số.", "Code of the commune of residence, 5 digits."),
        ),
        (
            "Số CMND / former number",
            lang.pick("Số kia của cùng người.", "The other number of the same person."),
        ),
    ] {
        columns.row([html! { (names) }, html! { (content) }]);
    }
    page.body(visit.framed(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (visit.t(TITLE)) }
        p.govuk-body {
            (lang.pick("Gửi tệp CSV (UTF-8), tối đa ", "Send a CSV file (UTF-8) of at most ")) (words_of(BATCH_ROWS))
            (lang.pick(" dòng; tệp kết quả trả lời từng dòng: khớp, không khớp hoặc không tìm thấy. Mỗi dòng là một lần tra cứu và được ghi nhật ký riêng.", " rows; the result answers row by row: match, mismatch or not found. Each row is a look-up with its own entry in the log."))
        }
        (Form::new(&visit.context, "/desk/batch", html! {
            (FileInput::new(Question::new("file", lang.pick("Tệp CSV", "CSV file")).errors(&errors), ".csv,text/csv"))
            div.dancu-actions {
                (Button::main(lang.pick("Xác minh", "Verify")))
                a.govuk-link href="/desk/batch/sample.csv" { (lang.pick("Tải tệp mẫu", "Download a sample")) }
            }
        }).with_file())
        (columns)
        p.govuk-body {
            (lang.pick("Trong tệp kết quả: match là khớp, mismatch là không khớp, not-found là không tìm thấy, invalid là dòng có lỗi (cột fault nói cột thứ mấy và lỗi gì). Dòng cuối là end; thiếu dòng này thì kết quả chưa đủ.",
                "In the result, match, mismatch and not-found are the answers, invalid is a faulty row (the column fault says which column and rule). The last line is end; without it the result is not whole."))
        }
    }))
}

/// A large figure as people read it here.
pub(super) fn words_of(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    out
}
