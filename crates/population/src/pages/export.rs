//! Export to a file: which unit, which fields, which format; and the files made before.

use super::{
    batch::words_of,
    fields::{self, GROUPS},
    search::commune,
    typed::Typed,
    visit::{Purposed, Visit},
    words,
};
use crate::{
    EXPORT_PERSONS, Error, ExportOf, FileFormat, PastExport, Population,
    problems::{BATCH_BUSY, EXPORT_TOO_LARGE},
};
use access::UnitScope;
use axum::{
    body::Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use std::fs::File;
use tokio::io::AsyncReadExt;
use vocabulary::{Field, FieldSet, Invalid, Lang, Problem, Purpose, Text, UnitCode, Violation, kinds};
use web::{
    FormBody, Outcome,
    components::{
        Banner, Button, Checkboxes, Choice, Column, EmptyState, Errors, Form, Question, Radios, Select,
        Table, TextInput, error_summary,
    },
};

const TITLE: Text = Text::new("Kết xuất dữ liệu", "Export data");
const INTRO: Text = Text::new(
    "Lập tệp dữ liệu người trong địa bàn. Chỉ chọn những mục cần cho công việc: mỗi người có tên trong tệp thấy trong lịch sử tra cứu của mình rằng ai đã lấy những mục nào, để làm gì.",
    "Makes a file of the people of a unit. Choose only what the task needs: everybody in the file sees in the access log who took which fields, and what for.",
);
const FORMAT: Invalid = Invalid::new("export/format", "Chọn định dạng tệp", "Choose the format of the file");

/// The names of the boxes, a group each; the first is where an error leads.
const NAMES: &[&str] = &["fields", "fields-b", "fields-c", "fields-d", "fields-e", "fields-f"];

/// The form and the list.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
) -> Outcome<Response> {
    page(&population, &visit, &Typed::default(), &[], None).await
}

/// Makes the file, and sends it once it is whole and logged.
pub(super) async fn make(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let wanted = match read(&typed) {
        Ok(wanted) => wanted,
        Err(faults) => return page(&population, &visit, &typed, &faults, None).await,
    };
    let (registry, ask) = (population.clone(), visit.ask.clone());
    // What has begun goes on, so that the ledger tells how it ended even where the browser went away.
    let made = tokio::spawn(async move { registry.export_aside(&ask, &wanted).await });
    match made.await.unwrap_or_else(|_| Err(Problem::new(&kinds::INTERNAL).into())) {
        Ok((made, file)) => Ok(download(&made, file)),
        Err(Error::Problem(problem)) if problem.kind == &kinds::INVALID => {
            page(&population, &visit, &typed, &problem.violations, None).await
        }
        Err(Error::Problem(problem)) if [&EXPORT_TOO_LARGE, &BATCH_BUSY].contains(&problem.kind) => {
            page(&population, &visit, &typed, &[], Some(&problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What was chosen.
fn read(typed: &Typed) -> Result<ExportOf, Vec<Violation>> {
    let mut faults = Vec::new();
    let unit = commune(typed.one("unit")).unwrap_or_else(|rule| {
        faults.push(rule.at("unit"));
        None
    });
    let chosen = NAMES.iter().flat_map(|name| typed.all(name)).filter_map(Field::from_code).collect();
    let format = FileFormat::from_code(typed.one("format"));
    if format.is_none() {
        faults.push(FORMAT.at("format"));
    }
    match format {
        Some(format) if faults.is_empty() => {
            Ok(ExportOf { unit, fields: Some(chosen), format, records: false, most: Some(EXPORT_PERSONS) })
        }
        _ => Err(faults),
    }
}

/// The file as the answer.
fn download(made: &PastExport, file: File) -> Response {
    let format = FileFormat::from_code(&made.format).unwrap_or(FileFormat::Csv);
    let kind = match format {
        FileFormat::Csv | FileFormat::PlainCsv => "text/csv; charset=utf-8",
        FileFormat::Parquet => "application/vnd.apache.parquet",
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_LENGTH, made.bytes.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"dan-cu-{}.{}\"", made.entry, format.ending()),
        ),
    ];
    let file = tokio::fs::File::from_std(file);
    let parts = futures_util::stream::unfold(file, async |mut file| {
        let mut part = vec![0; 1 << 16];
        match file.read(&mut part).await {
            Ok(0) => None,
            Ok(read) => {
                part.truncate(read);
                Some((Ok(part), file))
            }
            Err(error) => Some((Err(error), file)),
        }
    });
    (headers, Body::from_stream(parts)).into_response()
}

/// The form with what was chosen before, what is wrong with it, and the list.
async fn page(
    population: &Population,
    visit: &Visit,
    typed: &Typed,
    faults: &[Violation],
    problem: Option<&Problem>,
) -> Outcome<Response> {
    let lang = visit.lang();
    let granted = population.exportable(&visit.ask)?;
    let past = population.exports(&visit.ask).await?;
    let errors = Errors::new(lang, faults);
    let mut page = visit.page(visit.t(TITLE)).with_errors(errors.any());
    if let Some(problem) = problem {
        let more = html! { p.govuk-body { (problem.kind.advice.get(lang)) } };
        page = page.notice(&Banner::important(lang, problem.kind.title.get(lang)).more(more));
    }
    let content = page.body(visit.framed(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (visit.t(TITLE)) }
        p.govuk-body { (visit.t(INTRO)) }
        (Form::new(&visit.context, "/data/export", html! {
            (unit(population, visit, typed, &errors))
            (boxes(granted, typed, &errors, lang))
            (formats(typed, &errors, lang))
            p.govuk-body {
                (lang.pick("Mỗi tệp tối đa ", "At most ")) (words_of(EXPORT_PERSONS))
                (lang.pick(" người.", " persons a file."))
            }
            (Button::main(lang.pick("Lập và tải tệp", "Make and download the file")))
        }))
        h2.govuk-heading-m { (lang.pick("Các tệp đã lập", "Files made")) }
        (list(&past, lang))
    }));
    let status = match problem {
        Some(problem) => StatusCode::from_u16(problem.kind.status).unwrap_or_default(),
        None if errors.any() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    Ok((status, content).into_response())
}

/// Whose people: all units of the officer, or one of them.
fn unit(population: &Population, visit: &Visit, typed: &Typed, errors: &Errors<'_>) -> Markup {
    let lang = visit.lang();
    let communes = population.communes_of(&visit.ask);
    let question = Question::new("unit", lang.pick("Địa bàn", "Unit")).optional(lang).errors(errors);
    match communes.as_slice() {
        [] => html! {
            (TextInput::new(question.hint(lang.pick(
                "Tên xã, phường hoặc mã, ví dụ Nha Trang, Khánh Hòa hoặc 22366; mã tỉnh có 2 chữ số; bỏ trống là toàn quốc",
                "Name or code of a commune, such as Nha Trang, Khánh Hòa or 22366; provinces have 2 digits; empty for the whole country",
            ))).value(typed.one("unit")))
        },
        _ => {
            let choices = communes.iter().map(|code| {
                Choice::new(code.as_str(), words::unit(*code)).chosen(typed.one("unit") == code.as_str())
            });
            html! { (Select::new(question, choices).prompt(lang.pick("Tất cả địa bàn của bạn", "All your units"))) }
        }
    }
}

/// The fields granted, in groups.
fn boxes(granted: FieldSet, typed: &Typed, errors: &Errors<'_>, lang: Lang) -> Markup {
    let grouped: FieldSet = GROUPS.iter().flat_map(|g| g.fields).copied().collect();
    let rest: Vec<Field> = granted.without(grouped).iter().collect();
    let rest = (Text::new("Mục khác", "Other"), rest);
    let groups = GROUPS.iter().map(|g| (g.title, g.fields.to_vec())).chain([rest]);
    // The least that tells people apart, until something has been chosen.
    let fresh = typed.one("format").is_empty();
    let preset = FieldSet::of(&[Field::PersonalNumber, Field::FullName, Field::BirthDate]);
    let groups = groups
        .map(|(title, fields)| (title, fields.into_iter().filter(|f| granted.has(*f)).collect::<Vec<_>>()))
        .filter(|(_, fields)| !fields.is_empty());
    html! {
        @for ((title, fields), name) in groups.zip(NAMES) {
            (Checkboxes::new(Question::new(name, title.get(lang)).errors(errors), fields.iter().map(|f| {
                let chosen = if fresh { preset.has(*f) } else { typed.has(name, f.code()) };
                Choice::new(f.code(), f.text().get(lang)).chosen(chosen)
            })))
        }
    }
}

fn formats(typed: &Typed, errors: &Errors<'_>, lang: Lang) -> Markup {
    let chosen = FileFormat::from_code(typed.one("format")).unwrap_or(FileFormat::Csv);
    let choices = FileFormat::ALL.iter().map(|format| {
        let (title, hint) = format_words(*format, lang);
        Choice::new(format.code(), title).hint(hint).chosen(*format == chosen)
    });
    html! {
        (Radios::new(Question::new("format", lang.pick("Định dạng", "Format")).errors(errors), choices))
    }
}

fn format_words(format: FileFormat, lang: Lang) -> (&'static str, &'static str) {
    match format {
        FileFormat::Csv => (
            lang.pick("CSV để mở bằng Excel", "CSV for spreadsheets"),
            lang.pick(
                "Ô bắt đầu như công thức có dấu ' đứng trước",
                "A cell that begins like a formula has a ' before it",
            ),
        ),
        FileFormat::PlainCsv => (
            lang.pick("CSV để nhập vào hệ thống khác", "CSV for other systems"),
            lang.pick(
                "Đúng từng ký tự; không mở trực tiếp bằng Excel",
                "Exact to the letter; not to be opened in a spreadsheet",
            ),
        ),
        FileFormat::Parquet => (
            "Parquet",
            lang.pick("Cho công cụ phân tích; mọi cột là văn bản", "For analysis; every column is text"),
        ),
    }
}

/// The files made before, the newest first.
fn list(past: &[PastExport], lang: Lang) -> Markup {
    if past.is_empty() {
        let none = lang.pick("Chưa lập tệp nào", "No file has been made");
        return html! { (EmptyState::new(none, html! {
            p { (lang.pick("Tệp đã lập được liệt kê ở đây cùng số người và mã băm SHA-256.", "Files are listed here with their count of persons and SHA-256.")) }
        })) };
    }
    let mut table = Table::new(
        lang.pick("Các tệp đã lập, mới nhất trước", "Files made, the latest first"),
        [
            Column::new(lang.pick("Thời điểm, mục nhật ký", "Time, ledger entry")),
            Column::new(lang.pick("Ai", "Who")),
            Column::new(lang.pick("Địa bàn, các mục", "Unit, fields")),
            Column::new(lang.pick("Mục đích", "Purpose")),
            Column::numeric(lang.pick("Số người", "Persons")),
            Column::new(lang.pick("Tệp", "File")),
        ],
    )
    .stacked();
    for made in past {
        let fields: FieldSet = made.fields.split(' ').filter_map(Field::from_code).collect();
        let purpose = Purpose::parse(&made.purpose).map_or("", |p| p.text().get(lang));
        let format = FileFormat::from_code(&made.format).map_or("", |f| format_words(f, lang).0);
        table.row([
            html! {
                (words::figures(words::time(made.at)))
                span.dancu-provenance { (lang.pick("Mục số ", "Entry no. ")) (made.entry) }
            },
            html! { (made.who) span.dancu-provenance { (made.agency) } },
            html! { (units(&made.units, lang)) span.dancu-provenance { (fields::names(fields, lang)) } },
            html! { (purpose) span.dancu-provenance { (made.legal_basis) } },
            html! { (words_of(usize::try_from(made.persons).unwrap_or_default())) },
            html! { (format) span.dancu-provenance { "SHA-256 " (made.hash()) } },
        ]);
    }
    html! { (table) }
}

/// Units in words; of many the count.
fn units(codes: &str, lang: Lang) -> String {
    let scope = UnitScope::parse(codes);
    let named = |units: &[UnitCode]| units.iter().map(|u| words::unit(*u)).collect::<Vec<_>>().join("; ");
    match scope {
        Ok(UnitScope::Everywhere) => lang.pick("Toàn quốc", "The whole country").to_owned(),
        Ok(UnitScope::Units(units)) if units.len() <= 5 => named(&units),
        Ok(UnitScope::Units(units)) => format!("{} {}", units.len(), lang.pick("đơn vị", "units")),
        Err(_) => codes.to_owned(),
    }
}
