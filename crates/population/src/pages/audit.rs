//! The pages of an inspector (*thanh tra, kiểm tra*): the ledger, its entries with their proofs, and the export. They
//! show who looked, and nobody's data; every reading is an entry itself.

use super::{
    evidence, fields,
    typed::{Typed, read_number},
    visit::{Purposed, Visit},
    who_looked, words,
};
use crate::{
    Population,
    service::{Audited, AuditedEntry, check_code},
    verify::Number,
};
use access::Action;
use axum::{
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use ledger::{Record, Statement};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Invalid, Lang, Moment, Text, Violation};
use web::{
    Csv, FormBody, Outcome,
    components::{
        Button, Color, Column, Details, EmptyState, Errors, Form, Pagination, Question, SummaryList, Table,
        Tag, TextInput, back_link, csrf_field, error_summary, inset,
    },
};

const LEDGER: Text = Text::new("Nhật ký truy cập", "The ledger");
const INTRO: Text = Text::new(
    "Mọi lần xem, đối chiếu hoặc thay đổi dữ liệu dân cư, mới nhất trước, kể cả mục đang niêm phong. Trang này không hiện thông tin của ai.",
    "Every look at, comparison with and change of population data, the latest first, sealed entries included. Nobody's data is shown here.",
);
const LOGGED: Text =
    Text::new("Việc mở trang này cũng được ghi vào nhật ký.", "Opening this page is logged too.");
const OWN_UNITS: Text = Text::new(
    "Tài khoản của bạn được giao một số địa bàn: ghi số của người trong địa bàn để xem các mục về người đó. Toàn bộ nhật ký chỉ dành cho tài khoản được giao toàn quốc.",
    "Your account is assigned some units: give the number of a person of those units to see the entries about that person. The whole ledger is for accounts assigned the whole country.",
);
const NUMBER: Invalid = Invalid::new(
    "audit/number",
    "Ghi 12 chữ số (số định danh) hoặc 9 chữ số (CMND)",
    "Write 12 digits (personal number) or 9 digits (former number)",
);

/// Where the list goes on: an entry number, which names nobody.
#[derive(Debug, Default, Deserialize)]
pub(super) struct From {
    before: Option<u64>,
}

/// The list of all entries; without the whole country, the question whose entries are wanted.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Query(from): Query<From>,
) -> Outcome<Markup> {
    if visit.may(&population, Action::ViewLedger) && !population.audits_everything(&visit.ask) {
        return Ok(render(&population, &visit, &Typed::default(), &[], None));
    }
    let audited = population.audit(&visit.ask, None, from.before).await?;
    let later = from.before.is_some();
    Ok(render(&population, &visit, &Typed::default(), &[], Some((&audited, later))))
}

/// The entries about whoever has a number. The number is posted, so that it stands in no address.
pub(super) async fn of_number(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let number = match read(&typed) {
        Ok(Some(number)) => number,
        Ok(None) => return Ok(Redirect::to("/audit").into_response()),
        Err(fault) => {
            let page = render(&population, &visit, &typed, &[fault], None);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let before = typed.one("before").parse().ok();
    let audited = population.audit(&visit.ask, Some(number), before).await?;
    Ok(render(&population, &visit, &typed, &[], Some((&audited, before.is_some()))).into_response())
}

/// Somebody reloaded the export: it was posted, so it is asked anew.
pub(super) async fn again() -> Redirect {
    Redirect::to("/audit")
}

/// The entries as a file for a spreadsheet: what the list shows, without what is withheld.
pub(super) async fn export(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let number = match read(&typed) {
        Ok(number) => number,
        Err(fault) => {
            let page = render(&population, &visit, &typed, &[fault], None);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let records = population.audit_export(&visit.ask, number).await?;
    Ok(file(&records, visit.lang()).into_response())
}

/// The number of the filter, where there is one.
fn read(typed: &Typed) -> Result<Option<Number>, Violation> {
    let text = typed.one("number").trim();
    if text.is_empty() {
        return Ok(None);
    }
    read_number(text).map(Some).map_err(|_| NUMBER.at("number"))
}

/// The list below its filter. With the entries: whether they are a later page.
fn render(
    population: &Population,
    visit: &Visit,
    typed: &Typed,
    faults: &[Violation],
    found: Option<(&Audited, bool)>,
) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, faults);
    let number = typed.one("number").trim();
    visit.context.page(LEDGER.get(lang)).with_errors(errors.any()).body(visit.framed(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (LEDGER.get(lang)) }
        p.govuk-body { (INTRO.get(lang)) " " (LOGGED.get(lang)) }
        @if !population.audits_everything(&visit.ask) { (inset(html! { (OWN_UNITS.get(lang)) })) }
        (Form::new(&visit.context, "/audit", html! {
            (TextInput::new(Question::new("number", lang.pick("Các mục về người mang số", "Entries about the person with the number"))
                .hint(lang.pick("12 số định danh hoặc 9 số CMND; bỏ trống để xem tất cả", "12-digit or former 9-digit number; empty for all entries"))
                .errors(&errors)).value(number).width(20).digits())
            (Button::main(lang.pick("Xem nhật ký", "Show the entries")))
        }))
        @if let Some((audited, later)) = found {
            @if audited.records.is_empty() {
                (EmptyState::new(lang.pick("Không có mục nào", "No entries"), html! {
                    p { (lang.pick("Không còn mục nào theo điều kiện này.", "There are no further entries of this kind.")) }
                }))
            } @else {
                (table(&audited.records, lang))
                (onward(visit, number, audited, later))
                form method="post" action="/audit/export" {
                    (csrf_field(&visit.context.csrf))
                    input type="hidden" name="number" value=(number);
                    (Button::secondary(lang.pick("Tải tệp CSV (10.000 mục mới nhất)", "Download as CSV (the newest 10,000)")))
                }
            }
        }
    }))
}

/// The way to the next page: by address for all entries, by form for those about a number.
fn onward(visit: &Visit, number: &str, audited: &Audited, later: bool) -> Markup {
    let lang = visit.lang();
    if number.is_empty() {
        let next = audited.before.map(|before| format!("/audit?before={before}"));
        return html! { (Pagination::new(lang, later.then_some("/audit"), next.as_deref())) };
    }
    html! {
        @if let Some(before) = audited.before {
            form method="post" action="/audit" {
                (csrf_field(&visit.context.csrf))
                input type="hidden" name="number" value=(number);
                input type="hidden" name="before" value=(before);
                (Button::secondary(lang.pick("Trang sau", "Next page")))
            }
        }
    }
}

fn table(records: &[Record], lang: Lang) -> Table {
    let mut table = Table::new(
        lang.pick("Các mục nhật ký", "Entries"),
        [
            Column::new(lang.pick("Mục, thời điểm", "Entry, time")),
            Column::new(lang.pick("Ai", "Who")),
            Column::new(lang.pick("Việc", "What")),
            Column::new(lang.pick("Về ai", "About")),
            Column::new(lang.pick("Mục đích", "Purpose")),
            Column::new(lang.pick("Kết quả", "Outcome")),
        ],
    )
    .stacked();
    for record in records {
        let s = &record.statement;
        table.row([
            html! {
                a.govuk-link href={ "/audit/entries/" (record.seq) } { (lang.pick("Mục số ", "Entry no. ")) (record.seq) }
                span.dancu-provenance { (words::figures(s.at.local_text())) }
            },
            html! { (words::actor(&s.actor, s.at, lang)) },
            html! { div { (words::service(&s.service, lang)) (who_looked::shown(s.fields, lang)) } },
            html! { (evidence::subject(s.subject, lang)) },
            html! { (purpose(s, lang)) },
            html! { div { (who_looked::outcome(s.outcome, lang)) (sealed(s, lang)) } },
        ]);
    }
    table
}

fn purpose(s: &Statement, lang: Lang) -> Markup {
    html! {
        @match s.purpose {
            Some(purpose) => (purpose.text().get(lang)),
            None => span.dancu-muted { (lang.pick("không nêu", "not stated")) },
        }
    }
}

/// That an entry is hidden from its subject, while it is.
fn sealed(s: &Statement, lang: Lang) -> Markup {
    html! {
        @if let Some(until) = s.sealed_until.filter(|until| *until > Moment::now()) {
            " " (Tag::new(Color::Yellow, lang.pick("Niêm phong", "Sealed")))
            span.dancu-provenance { (lang.pick("đến ", "until ")) (words::figures(words::day(until))) }
        }
    }
}

/// One entry in full.
pub(super) async fn entry(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(entry): Path<u64>,
) -> Outcome<Markup> {
    let lang = visit.lang();
    let found = population.audit_entry(&visit.ask, entry).await?;
    let title = lang.pick(format!("Mục nhật ký số {entry}"), format!("Ledger entry no. {entry}"));
    Ok(visit.context.page(&title).crumb(LEDGER.get(lang), "/audit").body(visit.framed(html! {
        h1.govuk-heading-l { (title) }
        (statement(&found.record.statement, lang))
        (withheld(&found.record, lang))
        (verification(&found, lang))
        p class="govuk-body-s dancu-muted" { (LOGGED.get(lang)) }
        (back_link("/audit", lang.pick("Về nhật ký", "Back to the ledger")))
    })))
}

/// What the entry says.
fn statement(s: &Statement, lang: Lang) -> SummaryList {
    let mut list = SummaryList::new()
        .row(lang.pick("Thời điểm", "Time"), words::figures(s.at.local_text()))
        .row(lang.pick("Ai", "Who"), html! { (words::actor(&s.actor, s.at, lang)) })
        .row(
            lang.pick("Việc", "Service"),
            html! { (words::service(&s.service, lang)) span.dancu-provenance { (s.service) } },
        )
        .row(lang.pick("Về ai", "About"), html! { (evidence::subject(s.subject, lang)) })
        .row(lang.pick("Kết quả", "Outcome"), html! { (who_looked::outcome(s.outcome, lang)) })
        .row(lang.pick("Mục đích", "Purpose"), purpose(s, lang))
        .row_if(
            lang.pick("Căn cứ pháp lý", "Legal basis"),
            s.legal_basis.as_ref().map(|b| html! { (b.as_str()) }),
        )
        .row_if(lang.pick("Thủ tục", "Procedure"), s.procedure.as_ref().map(words::procedure))
        .row_if(lang.pick("Hồ sơ", "Dossier"), s.dossier.as_ref().map(words::figures));
    match s.verdict {
        Some(verdict) => {
            for (key, set) in [
                (lang.pick("Khớp", "Match"), verdict.matched),
                (lang.pick("Không khớp", "Mismatch"), verdict.differing),
                (lang.pick("Chưa có trong dữ liệu", "Not on record"), verdict.absent),
            ] {
                let names = (!set.is_empty()).then(|| html! { (fields::names(set, lang)) });
                list = list.row_if(key, names);
            }
        }
        None => {
            let names = (!s.fields.is_empty()).then(|| html! { (fields::names(s.fields, lang)) });
            list = list.row_if(lang.pick("Các mục thông tin", "Fields"), names);
        }
    }
    list.row_if(lang.pick("Mã yêu cầu", "Request"), s.request.as_ref().map(words::figures)).row_if(
        lang.pick("Niêm phong với đương sự đến", "Sealed from the subject until"),
        s.sealed_until.map(|until| html! { (words::figures(until.local_text())) (sealed(s, lang)) }),
    )
}

/// What the subject does not see.
fn withheld(record: &Record, lang: Lang) -> Markup {
    let Some(part) = &record.withheld else { return html! {} };
    html! {
        h2.govuk-heading-m { (lang.pick("Phần đương sự không thấy", "What the subject does not see")) }
        (SummaryList::new()
            .row_if(
                lang.pick("Phục vụ việc của", "Served the business of"),
                part.served.map(|id| html! { (evidence::subject(ledger::Subject::Person(id), lang)) }),
            )
            .row_if(lang.pick("Căn cứ pháp lý", "Legal basis"), part.legal_basis.as_ref().map(|b| html! { (b.as_str()) }))
            .row_if(lang.pick("Thủ tục", "Procedure"), part.procedure.as_ref().map(words::procedure))
            .row_if(lang.pick("Hồ sơ", "Dossier"), part.dossier.as_ref().map(words::figures))
            .row_if(lang.pick("Ghi chú", "Note"), part.note.as_ref().map(|note| html! { (note) })))
    }
}

/// The commitment, the proof and what to do with it.
fn verification(found: &AuditedEntry, lang: Lang) -> Markup {
    let steps: [Text; 4] = [
        Text::new(
            "Tải tệp bằng chứng (C2SP tlog-proof): mục nhật ký, đường dẫn trong cây băm và điểm kiểm tra đã ký.",
            "Download the proof (C2SP tlog-proof): the entry, its way through the hash tree and the signed checkpoint.",
        ),
        Text::new(
            "Lấy khóa kiểm tra từ nơi công bố độc lập và so với khóa dưới đây.",
            "Take the verifier key from an independent publication and compare it with the one below.",
        ),
        Text::new(
            "Trên máy khác, chạy docs/check-proof.py với tệp và khóa, hoặc phần mềm bất kỳ đọc được RFC 6962 và C2SP.",
            "On another machine, run docs/check-proof.py with file and key, or any software for RFC 6962 and C2SP.",
        ),
        Text::new(
            "Cam kết tính được phải bằng cam kết dưới đây, và gốc cây phải là gốc trong điểm kiểm tra.",
            "The commitment must be the one below, and the root that of the checkpoint.",
        ),
    ];
    html! {
        h2.govuk-heading-m { (lang.pick("Kiểm chứng bên ngoài", "Verification outside")) }
        (SummaryList::new()
            .row(lang.pick("Cam kết (SHA-256)", "Commitment (SHA-256)"), html! { span.dancu-hash { (check_code(&found.commitment)) } })
            .row(lang.pick("Khóa kiểm tra", "Verifier key"), html! { span.dancu-hash { (found.key) } }))
        p.govuk-body {
            a.govuk-link href={ "/audit/entries/" (found.record.seq) "/proof" } { (lang.pick("Tải tệp bằng chứng", "Download the proof")) }
        }
        (Details::new(lang.pick("Kiểm chứng như thế nào?", "How is it verified?"), html! {
            ol class="govuk-list govuk-list--number" { @for step in steps { li { (step.get(lang)) } } }
        }))
    }
}

/// The proof of an entry, for programs that check it without us. It holds what the subject may see of the entry.
pub(super) async fn proof(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(entry): Path<u64>,
) -> Outcome<Response> {
    let found = population.audit_entry(&visit.ask, entry).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"entry-{entry}.tlog-proof\"")),
    ];
    Ok((headers, found.proof).into_response())
}

fn file(records: &[Record], lang: Lang) -> Csv {
    let columns = [
        ("Mục số", "Entry"),
        ("Thời điểm", "Time"),
        ("Cán bộ", "Officer"),
        ("Hệ thống", "System"),
        ("Cơ quan", "Agency"),
        ("Đơn vị", "Unit"),
        ("Việc", "What"),
        ("Về ai", "About"),
        ("Các mục thông tin", "Fields"),
        ("Kết quả", "Outcome"),
        ("Mục đích", "Purpose"),
        ("Căn cứ pháp lý", "Legal basis"),
        ("Thủ tục", "Procedure"),
        ("Hồ sơ", "Dossier"),
        ("Mã yêu cầu", "Request"),
        ("Niêm phong đến", "Sealed until"),
    ];
    let mut csv = Csv::new("nhat-ky", columns.map(|(vi, en)| lang.pick(vi, en)));
    for record in records {
        let s = &record.statement;
        let text = |t: Option<String>| t.unwrap_or_default();
        csv.row([
            record.seq.to_string(),
            s.at.local_text(),
            text(s.actor.officer.as_ref().map(|o| o.as_str().to_owned())),
            text(s.actor.system.as_ref().map(|o| o.as_str().to_owned())),
            s.actor.agency.to_string(),
            text(s.actor.unit.map(|u| u.to_string())),
            words::service(&s.service, lang),
            evidence::subject(s.subject, lang),
            fields::names(s.fields, lang),
            s.outcome.text().get(lang).to_owned(),
            text(s.purpose.map(|p| p.text().get(lang).to_owned())),
            text(s.legal_basis.as_ref().map(|b| b.as_str().to_owned())),
            text(s.procedure.as_ref().map(ToString::to_string)),
            text(s.dossier.as_ref().map(ToString::to_string)),
            text(s.request.clone()),
            text(s.sealed_until.map(Moment::local_text)),
        ]);
    }
    csv
}
