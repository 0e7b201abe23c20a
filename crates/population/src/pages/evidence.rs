//! The evidence card of a look-up (PAIN-21, DIG-10): what a clerk keeps in the dossier so that an inspector sees who
//! looked at what, when and why – and can check that the log says the same.

use super::{fields, typed::Typed, visit::Visit, words};
use crate::{
    Population,
    service::{Evidence, check_code},
};
use axum::{
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use ledger::{Statement, Subject};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Invalid, Lang, Text};
use web::{
    OpenForm, Outcome, PageContext,
    components::{
        Button, Color, Errors, EvidenceCard, Form, Question, SummaryList, Tag, TextInput, error_summary,
    },
};

const TITLE: Text = Text::new("Phiếu bằng chứng tra cứu", "Evidence of a look-up");
const CHECK: Text = Text::new("Kiểm tra phiếu bằng chứng", "Check an evidence card");

/// The short form of a check code: enough to tell that nobody guessed it, short enough to type.
fn short(code: &str) -> String {
    let groups: Vec<&str> = (0..16).step_by(4).filter_map(|at| code.get(at..at + 4)).collect();
    groups.join("-")
}

/// Whose data it was, without saying more than the log does.
pub(super) fn subject(subject: Subject, lang: Lang) -> String {
    match subject {
        Subject::Nobody => lang.pick("Không ai", "Nobody").to_owned(),
        Subject::Person(id) => {
            lang.pick(format!("Hồ sơ dân cư số {id}"), format!("Population record no. {id}"))
        }
        Subject::Household(id) => lang.pick(format!("Hộ số {id}"), format!("Household no. {id}")),
        Subject::PersonalNumber(n) => {
            lang.pick(format!("Số {} (không có ai)", n.masked()), format!("Number {} (nobody's)", n.masked()))
        }
        Subject::FormerNumber(_) => {
            lang.pick("Một số CMND không có ai", "A former number that is nobody's").to_owned()
        }
    }
}

/// The card. `asked` is what the officer typed, where the card is made at once with the answer: it stands on paper and
/// in no log.
pub(super) fn card(visit: &Visit, evidence: &Evidence, asked: &[(String, Markup)]) -> Markup {
    let lang = visit.lang();
    let s: &Statement = &evidence.statement;
    let code = check_code(&evidence.commitment);
    let short = short(&code);
    let address = format!("{}/evidence?entry={}&code={}", visit.origin, evidence.entry, short);
    let who = html! { (visit.caller().name) span.dancu-provenance { (words::actor(&s.actor, s.at, lang)) } };
    let mut card = EvidenceCard::new(lang, visit.t(TITLE), &short, &address)
        .row(lang.pick("Người tra cứu", "Asked by"), who)
        .row(lang.pick("Thời điểm", "Time"), words::figures(s.at.local_text()))
        .row(lang.pick("Việc", "Service"), html! { (words::service(&s.service, lang)) });
    if let Some(purpose) = s.purpose {
        card = card.row(lang.pick("Mục đích", "Purpose"), html! { (purpose.text().get(lang)) });
    }
    if let Some(basis) = &s.legal_basis {
        card = card.row(lang.pick("Căn cứ pháp lý", "Legal basis"), html! { (basis.as_str()) });
    }
    if let Some(code) = &s.procedure {
        card = card.row(lang.pick("Thủ tục", "Procedure"), words::procedure(code));
    }
    if let Some(code) = &s.dossier {
        card = card.row(lang.pick("Hồ sơ", "Dossier"), words::figures(code));
    }
    card = card.row(lang.pick("Về ai", "About"), html! { (subject(s.subject, lang)) });
    for (key, value) in asked {
        card = card.row(key.as_str(), value);
    }
    card = card.row(lang.pick("Kết quả", "Outcome"), html! { (s.outcome.text().get(lang)) });
    match s.verdict {
        Some(verdict) => {
            for (key, set) in [
                (lang.pick("Khớp", "Match"), verdict.matched),
                (lang.pick("Không khớp", "Mismatch"), verdict.differing),
                (lang.pick("Chưa có trong dữ liệu", "Not on record"), verdict.absent),
            ] {
                if !set.is_empty() {
                    card = card.row(key, html! { span.dancu-plain { (fields::names(set, lang)) } });
                }
            }
        }
        None if !s.fields.is_empty() => {
            card = card.row(
                lang.pick("Các mục thông tin", "Fields"),
                html! { span.dancu-plain { (fields::names(s.fields, lang)) } },
            );
        }
        None => {}
    }
    let card = card
        .row(lang.pick("Mục nhật ký số", "Ledger entry no."), words::figures(evidence.entry))
        .row(lang.pick("Mã băm (SHA-256)", "Hash (SHA-256)"), html! { span.dancu-hash { (code) } });
    html! {
        (card)
        div class="dancu-actions dancu-no-print" {
            a.govuk-link href={ "/desk/evidence/" (evidence.entry) "/proof" } { (lang.pick("Tải tệp bằng chứng (để máy kiểm tra)", "Download the proof (for machines)")) }
            span.dancu-muted { (lang.pick("In phiếu: nhấn Ctrl + P.", "To print: Ctrl + P.")) }
        }
    }
}

/// The card of an entry of one's own, once more: without what was typed, which no log keeps.
pub(super) async fn show(
    State(population): State<Population>,
    visit: Visit,
    Path(entry): Path<u64>,
) -> Outcome<Markup> {
    let evidence = population.evidence(&visit.ask, entry).await?;
    Ok(visit.page(visit.t(TITLE)).body(html! {
        h1 class="govuk-heading-l dancu-no-print" { (visit.t(TITLE)) }
        p class="govuk-body dancu-no-print" {
            (visit.lang().pick(
                "Lưu phiếu vào hồ sơ. Ai cầm phiếu cũng kiểm tra được bằng mã QR hoặc mã kiểm tra, không cần đăng nhập.",
                "Keep the card in the dossier. Whoever holds it can check it by the QR code or the check code, without signing in.",
            ))
        }
        (card(&visit, &evidence, &[]))
    }))
}

/// The proof of an entry of one's own, for programs that check it without us.
pub(super) async fn proof(
    State(population): State<Population>,
    visit: Visit,
    Path(entry): Path<u64>,
) -> Outcome<Response> {
    let evidence = population.evidence(&visit.ask, entry).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"entry-{entry}.tlog-proof\"")),
    ];
    Ok((headers, evidence.proof).into_response())
}

/// What the QR code of a card holds: neither part says anything about anybody.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Printed {
    #[serde(default)]
    entry: String,
    #[serde(default)]
    code: String,
}

const ENTRY: Invalid =
    Invalid::new("evidence/entry", "Số mục nhật ký chỉ gồm chữ số", "The entry number consists of digits");
const CODE: Invalid = Invalid::new(
    "evidence/code",
    "Ghi mã kiểm tra in trên phiếu, ít nhất 16 ký tự",
    "Write the check code printed on the card, at least 16 characters",
);

/// The public check: what a card's QR code leads to, or the empty form.
pub(super) async fn check(
    State(population): State<Population>,
    context: PageContext,
    Query(printed): Query<Printed>,
) -> Outcome<Markup> {
    answer(&population, &context, &printed).await
}

/// The public check, typed.
pub(super) async fn check_typed(
    State(population): State<Population>,
    context: PageContext,
    OpenForm(typed): OpenForm<Typed>,
) -> Outcome<Markup> {
    let printed =
        Printed { entry: typed.one("entry").trim().to_owned(), code: typed.one("code").trim().to_owned() };
    answer(&population, &context, &printed).await
}

async fn answer(population: &Population, context: &PageContext, printed: &Printed) -> Outcome<Markup> {
    let lang = context.lang;
    let mut faults = Vec::new();
    let mut verdict = None;
    if !printed.entry.is_empty() || !printed.code.is_empty() {
        let entry = printed.entry.parse::<u64>().ok().filter(|_| printed.entry.len() <= 18);
        let digits = printed.code.chars().filter(char::is_ascii_hexdigit).count();
        if entry.is_none() {
            faults.push(ENTRY.at("entry"));
        }
        if digits < 16 {
            faults.push(CODE.at("code"));
        }
        if let (Some(entry), true) = (entry, faults.is_empty()) {
            verdict = Some((entry, population.evidence_agrees(entry, &printed.code).await?));
        }
    }
    let errors = Errors::new(lang, &faults);
    Ok(context.page(CHECK.get(lang)).with_errors(errors.any()).body(html! {
        div.dancu-lead {
            (error_summary(&errors))
            h1.govuk-heading-l { (CHECK.get(lang)) }
            @if let Some((entry, agrees)) = verdict { (result(entry, agrees, lang)) }
            p.govuk-body { (lang.pick(
                "Trang này cho biết phiếu có đúng là in từ nhật ký hay không. Trang không hiện thông tin của ai.",
                "This page tells whether a card was printed from the log. It shows nobody's data.",
            )) }
            (Form::new(context, "/evidence", html! {
                (TextInput::new(Question::new("entry", lang.pick("Mục nhật ký số", "Ledger entry no.")).errors(&errors)).value(&printed.entry).width(10).digits())
                (TextInput::new(Question::new("code", lang.pick("Mã kiểm tra", "Check code"))
                    .hint(lang.pick("In dưới mã QR; không phân biệt chữ hoa, có hay không có gạch nối", "Printed below the QR code; upper or lower case, with or without hyphens"))
                    .errors(&errors)).value(&printed.code).width(30))
                (Button::main(lang.pick("Kiểm tra", "Check")))
            }))
        }
    }))
}

fn result(entry: u64, agrees: Option<bool>, lang: Lang) -> Markup {
    let (color, tag, words) = match agrees {
        Some(true) => (
            Color::Green,
            lang.pick("Đúng", "Genuine"),
            lang.pick("Mục này có trong nhật ký và mã kiểm tra khớp.", "The entry is in the log and the code agrees."),
        ),
        Some(false) => (
            Color::Red,
            lang.pick("Không khớp", "Does not agree"),
            lang.pick("Có mục mang số này nhưng mã kiểm tra khác: kiểm tra lại chữ số, nếu vẫn khác thì phiếu không phải in từ nhật ký.", "There is such an entry, but the code differs: check what you typed; if it still differs, the card was not printed from the log."),
        ),
        None => (
            Color::Red,
            lang.pick("Không có", "Unknown"),
            lang.pick("Nhật ký không có mục mang số này.", "The log has no such entry."),
        ),
    };
    html! {
        (SummaryList::new()
            .row(lang.pick("Mục nhật ký số", "Ledger entry no."), words::figures(entry))
            .row(lang.pick("Kết quả", "Result"), html! { (Tag::new(color, tag)) " " (words) }))
    }
}
