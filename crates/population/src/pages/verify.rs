//! The clerk's verifications (DVC-13, DVC-14): a number against what the papers say, the head of a household, and a
//! former against a personal number. The answer is match, mismatch or not found, and becomes an evidence card.

use super::{
    evidence,
    typed::{Reader, Typed, read_number},
    visit::Purposed,
    visit::Visit,
    words,
};
use crate::{
    Population,
    service::{Error, Verified},
    verify::{Agreement, Claims, Number},
};
use access::Action;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use vocabulary::{Field, FullName, Invalid, PartialDate, Sex, Text, Violation, kinds};
use web::{
    Failure, FormBody, Outcome,
    components::{
        Button, Color, DateInput, Errors, Form, Question, Select, SummaryList, Tag, TextInput, error_summary,
    },
};

/// What is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Number,
    Head,
    Pair,
}

impl What {
    const ALL: [What; 3] = [What::Number, What::Head, What::Pair];

    const fn slug(self) -> &'static str {
        match self {
            What::Number => "number",
            What::Head => "head",
            What::Pair => "pair",
        }
    }

    fn of(slug: &str) -> Outcome<What> {
        let what = What::ALL.into_iter().find(|w| w.slug() == slug);
        what.ok_or_else(|| Failure::of(&kinds::NOT_FOUND))
    }

    const fn title(self) -> Text {
        match self {
            What::Number => Text::new("Xác minh số", "Verify a number"),
            What::Head => Text::new("Xác minh chủ hộ", "Verify a head of household"),
            What::Pair => Text::new("Xác nhận số CMND và số định danh", "Confirm former and personal number"),
        }
    }

    const fn action(self) -> Action {
        match self {
            What::Number => Action::Verify,
            What::Head => Action::VerifyHead,
            What::Pair => Action::ConfirmNumber,
        }
    }
}

/// The form for a number.
pub(super) async fn number(State(population): State<Population>, Purposed(visit): Purposed) -> Markup {
    form(&visit, &population, What::Number, &Typed::default(), &[])
}

/// The form for another verification.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(slug): Path<String>,
) -> Outcome<Markup> {
    Ok(form(&visit, &population, What::of(&slug)?, &Typed::default(), &[]))
}

/// The answer for a number.
pub(super) async fn number_answer(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    answer(&population, &visit, What::Number, &typed).await
}

/// The answer of another verification.
pub(super) async fn submit(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(slug): Path<String>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    answer(&population, &visit, What::of(&slug)?, &typed).await
}

fn path(what: What) -> String {
    match what {
        What::Number => "/desk/verify".to_owned(),
        other => format!("/desk/verify/{}", other.slug()),
    }
}

fn form(
    visit: &Visit,
    population: &Population,
    what: What,
    typed: &Typed,
    violations: &[Violation],
) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, violations);
    let title = visit.t(what.title());
    visit.page(title).with_errors(errors.any()).body(visit.framed(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        (others(visit, population, what))
        p.govuk-body { (lang.pick(
            "Ghi số và những gì giấy tờ nói; mục nào bỏ trống thì không hỏi. Kết quả chỉ là khớp, không khớp hoặc không tìm thấy: không hiện thông tin nào của người đó.",
            "Give the number and what the papers say; what is left empty is not asked. The answer is match, mismatch or not found, and shows no data of the person.",
        )) }
        (Form::new(&visit.context, &path(what), html! {
            (questions(visit, what, typed, &errors))
            (Button::main(lang.pick("Xác minh", "Verify")))
        }))
    }))
}

/// The other verifications, as far as the officer may do them.
fn others(visit: &Visit, population: &Population, current: What) -> Markup {
    html! {
        ul.dancu-tabs {
            @for what in What::ALL {
                @if visit.may(population, what.action()) || what == current {
                    li {
                        @if what == current { strong aria-current="page" { (visit.t(what.title())) } }
                        @else { a.govuk-link href=(path(what)) { (visit.t(what.title())) } }
                    }
                }
            }
        }
    }
}

fn questions(visit: &Visit, what: What, typed: &Typed, errors: &Errors<'_>) -> Markup {
    let lang = visit.lang();
    let label = |field: Field| field.text().get(lang);
    let born = typed.date("birth");
    let number = match what {
        What::Number => lang.pick("Số định danh hoặc số CMND", "Personal or former number"),
        What::Head => lang.pick("Số của người được cho là chủ hộ", "Number of the supposed head"),
        What::Pair => lang.pick("Số định danh (12 số)", "Personal number (12 digits)"),
    };
    html! {
        (TextInput::new(Question::new("number", number)
            .hint(lang.pick("Có thể quét mã QR trên thẻ căn cước", "The card's QR code can be scanned")).errors(errors))
            .value(typed.one("number")).width(20).digits().max(1000))
        @if what == What::Pair {
            (TextInput::new(Question::new("other", lang.pick("Số CMND (9 số)", "Former number (9 digits)")).errors(errors))
                .value(typed.one("other")).width(10).digits())
        }
        @if what != What::Pair {
            (TextInput::new(Question::new("name", label(Field::FullName))
                .hint(lang.pick("Có dấu, như trên giấy tờ; chữ hoa hay thường đều được", "With diacritics, as on paper; upper or lower case"))
                .optional(lang).errors(errors)).value(typed.one("name")).max(100))
            (DateInput::new(lang, Question::new("birth", label(Field::BirthDate)).optional(lang).errors(errors), &born))
        }
        @if what == What::Number {
            (Select::new(Question::new("sex", label(Field::Sex)).optional(lang).errors(errors), super::acts::sexes(typed.one("sex"), lang))
                .prompt(lang.pick("Không hỏi", "Not asked")))
        }
    }
}

const OTHER: Invalid =
    Invalid::new("verify/other", "Ghi số CMND gồm 9 chữ số", "Write the former number of 9 digits");

fn read(what: What, typed: &Typed) -> Result<(Number, Claims), Vec<Violation>> {
    let mut reader = Reader::new(typed);
    let number = reader.parsed("number", read_number);
    if typed.one("number").trim().is_empty() {
        reader.required("number", 1000);
    }
    let mut claims = Claims::default();
    match what {
        What::Pair => {
            claims.other_number =
                reader.parsed("other", read_number).filter(|n| matches!(n, Number::Former(_)));
            if claims.other_number.is_none() && reader.faults.iter().all(|f| f.field != "other") {
                reader.refuse("other", OTHER);
            }
        }
        What::Number | What::Head => {
            claims.name = reader.parsed("name", FullName::parse);
            let born = reader.date("birth");
            claims.birth_date = Some(born).filter(|d: &PartialDate| !d.is_unknown());
            claims.head = what == What::Head;
            if what == What::Number {
                claims.sex = reader.parsed("sex", Sex::parse);
            }
        }
    }
    let faults = reader.faults;
    match number {
        Some(number) if faults.is_empty() => Ok((number, claims)),
        _ => Err(faults),
    }
}

async fn answer(population: &Population, visit: &Visit, what: What, typed: &Typed) -> Outcome<Response> {
    let again = |faults: &[Violation]| {
        (StatusCode::UNPROCESSABLE_ENTITY, form(visit, population, what, typed, faults)).into_response()
    };
    let (number, claims) = match read(what, typed) {
        Ok(read) => read,
        Err(faults) => return Ok(again(&faults)),
    };
    let verified = match population.verify(&visit.ask, what.action(), number, &claims).await {
        Ok(verified) => verified,
        Err(Error::Problem(problem)) if problem.kind == &kinds::INVALID => {
            return Ok(again(&problem.violations));
        }
        Err(error) => return Err(error.into()),
    };
    let evidence = population.evidence(&visit.ask, verified.entry).await?;
    let lang = visit.lang();
    let title = lang.pick("Kết quả xác minh", "Result");
    let form_path = path(what);
    let asked = asked(number, &claims, visit);
    Ok(visit.page(title).crumb(visit.t(what.title()), &form_path).body(html! {
        h1 class="govuk-heading-l dancu-no-print" { (title) }
        div.dancu-no-print {
            (result(&verified, visit))
            div.dancu-actions { (Button::main(lang.pick("Xác minh số khác", "Verify another")).link(&form_path)) }
        }
        (evidence::card(visit, &evidence, &asked))
    }).into_response())
}

/// What was asked, for the card.
fn asked(number: Number, claims: &Claims, visit: &Visit) -> Vec<(String, Markup)> {
    let lang = visit.lang();
    let asked = |field: Field| {
        lang.pick(format!("Đã hỏi: {}", field.text().vi), format!("Asked: {}", field.text().en))
    };
    let mut rows = vec![(asked(number.field()), words::figures(number.reveal()))];
    if let Some(name) = &claims.name {
        rows.push((asked(Field::FullName), html! { (name.reveal()) }));
    }
    if let Some(date) = claims.birth_date {
        rows.push((asked(Field::BirthDate), words::figures(date.local_text())));
    }
    if let Some(sex) = claims.sex {
        rows.push((asked(Field::Sex), html! { (sex.text().get(lang)) }));
    }
    if claims.head {
        rows.push((asked(Field::RelationToHead), html! { (lang.pick("Chủ hộ", "Head")) }));
    }
    if let Some(other) = claims.other_number {
        rows.push((asked(other.field()), words::figures(other.reveal())));
    }
    rows
}

fn result(verified: &Verified, visit: &Visit) -> Markup {
    let lang = visit.lang();
    let tag = |agreement: Agreement| {
        let color = match agreement {
            Agreement::Match => Color::Green,
            Agreement::Mismatch => Color::Red,
            Agreement::NotFound => Color::Yellow,
        };
        Tag::new(color, agreement.text().get(lang))
    };
    let Some(verdict) = verified.verdict else {
        return html! {
            (SummaryList::new().row(lang.pick("Số", "Number"), html! {
                (tag(Agreement::NotFound)) " " (lang.pick("Không có ai mang số này. Đọc lại từng chữ số trên giấy tờ.", "Nobody has this number. Read the digits again."))
            }))
        };
    };
    let list = verified.asked.iter().fold(SummaryList::new(), |list, field| {
        let agreement = Agreement::of(verdict, field);
        let more = match (agreement, field) {
            (Agreement::NotFound, _) => lang.pick("Dữ liệu chưa có mục này", "This field is not on record"),
            (Agreement::Mismatch, Field::PersonalNumber) => {
                lang.pick("Số đã bị hủy, không còn hiệu lực", "The number was cancelled")
            }
            (Agreement::Mismatch, Field::RelationToHead) => {
                lang.pick("Người này không phải chủ hộ", "The person is not the head")
            }
            _ => "",
        };
        list.row(field.text().get(lang), html! { (tag(agreement)) " " (more) })
    });
    html! { (list) }
}
