//! Finding people: the start page of the desk and the list of hits.

use super::{
    typed::{Typed, read_number},
    visit::{Purposed, Visit, why},
    words,
};
use crate::{
    Population,
    problems::TOO_BROAD,
    sealed::PersonView,
    service::{Error, Listing, SearchFor},
    store::Place,
};
use access::Action;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use reference::{Era, units};
use vocabulary::{Invalid, PartialDate, PersonId, Problem, Text, UnitCode, Violation, kinds};
use web::{
    FormBody, Outcome,
    components::{
        Banner, Button, Choice, Column, EmptyState, Errors, Form, Question, Select, Table, TextInput,
        csrf_field, error_summary,
    },
};

const HOME: Text = Text::new("Tìm người", "Find a person");
const RESULTS: Text = Text::new("Kết quả tìm", "Search results");

/// The start page of the desk.
pub(super) async fn home(State(population): State<Population>, visit: Visit) -> Markup {
    visit.context.page(visit.t(HOME)).body(visit.framed(html! {
        h1.govuk-heading-l { (visit.t(HOME)) }
        @if visit.ask.basis.is_none() {
            div.dancu-lead { (why(&visit)) }
        } @else {
            div.dancu-columns {
                div { (form(&visit, &population, &Typed::default(), &[])) }
                (other_work(&visit, &population))
            }
        }
    }))
}

/// Somebody reloaded the list: it was posted, so it is asked anew.
pub(super) async fn again() -> Redirect {
    Redirect::to("/desk")
}

/// The work of the desk that does not begin with a search, as far as the officer may do it.
fn other_work(visit: &Visit, population: &Population) -> Markup {
    let links: [(&str, Text, &[Action]); 8] = [
        (
            "/desk/verify",
            Text::new("Xác minh số, chủ hộ", "Verify a number or a head"),
            &[Action::Verify, Action::VerifyHead],
        ),
        ("/desk/citizen", Text::new("Lấy thông tin công dân", "Get a citizen's data"), &[Action::GetCitizen]),
        ("/desk/births/new", Text::new("Đăng ký khai sinh", "Register a birth"), &[Action::RecordCivilAct]),
        (
            "/desk/arrivals",
            Text::new("Người từ nơi khác đến", "People from elsewhere"),
            &[Action::RecordResidenceAct],
        ),
        (
            "/desk/registrations/new",
            Text::new("Thu thập thông tin lần đầu", "First registration"),
            &[Action::CorrectRecord],
        ),
        (
            super::acts::MERGE_DESK,
            Text::new("Hợp nhất hồ sơ trùng", "Merge records"),
            &[Action::MergeRecords],
        ),
        (
            "/desk/batch",
            Text::new("Xác minh theo lô (tệp CSV)", "Verify in batch (CSV file)"),
            &[Action::VerifyBatch],
        ),
        (
            "/confirmations",
            Text::new("Kiểm tra giấy xác nhận cư trú", "Check a confirmation of residence"),
            &[],
        ),
    ];
    html! {
        nav.dancu-side aria-labelledby="other-work" {
            h2.govuk-heading-s #other-work { (visit.lang().pick("Việc khác", "Other work")) }
            ul class="govuk-list" {
                @for (href, text, needs) in links {
                    @if needs.is_empty() || needs.iter().any(|a| visit.may(population, *a)) {
                        li { a.govuk-link href=(href) { (visit.t(text)) } }
                    }
                }
            }
        }
    }
}

/// The form, with what was typed before.
fn form(visit: &Visit, population: &Population, typed: &Typed, violations: &[Violation]) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, violations);
    let communes: Vec<Choice> = population
        .communes_of(&visit.ask)
        .into_iter()
        .map(|code| Choice::new(code.as_str(), words::unit(code)).chosen(typed.one("unit") == code.as_str()))
        .collect();
    html! {
        (error_summary(&errors))
        (Form::new(&visit.context, "/desk/search", html! {
            (TextInput::new(Question::new("q", lang.pick("Số hoặc họ tên", "Number or name"))
                .hint(lang.pick(
                    "12 số định danh, 9 số CMND, hoặc họ tên có dấu hay không dấu. Có thể quét mã QR trên thẻ căn cước vào ô này.",
                    "12-digit number, 9-digit former number, or a name with or without diacritics. The card's QR code can be scanned into this box.",
                )).errors(&errors)).value(typed.one("q")))
            (TextInput::new(Question::new("birth", lang.pick("Năm sinh hoặc ngày sinh", "Birth year or date"))
                .hint(lang.pick("Ví dụ 1985 hoặc 05/02/1985", "Such as 1985 or 05/02/1985"))
                .optional(lang).errors(&errors)).value(typed.one("birth")).width(10))
            @if communes.len() > 1 {
                (Select::new(Question::new("unit", lang.pick("Xã, phường thường trú", "Commune of permanent residence"))
                    .optional(lang).errors(&errors), communes)
                    .prompt(lang.pick("Tất cả địa bàn của bạn", "All your units")))
            } @else if let [only] = population.communes_of(&visit.ask).as_slice() {
                p.govuk-body { (lang.pick("Tìm trong địa bàn của bạn: ", "Searches in your unit: ")) strong { (words::unit(*only)) } }
            } @else {
                (TextInput::new(Question::new("unit", lang.pick("Xã, phường thường trú", "Commune of permanent residence"))
                    .hint(lang.pick("Ghi tên, ví dụ Nha Trang, Khánh Hòa", "Its name, such as Nha Trang, Khánh Hòa"))
                    .optional(lang).errors(&errors)).value(typed.one("unit")))
            }
            (Button::main(lang.pick("Tìm", "Search")))
        }))
    }
}

const NUMBER: Invalid = Invalid::new(
    "search/number",
    "Số cần tìm gồm 12 chữ số (số định danh) hoặc 9 chữ số (CMND)",
    "The number has 12 digits (personal number) or 9 digits (former number)",
);
const BIRTH: Invalid = Invalid::new(
    "search/birth",
    "Ghi năm sinh (1985) hoặc ngày sinh (05/02/1985)",
    "Write the birth year (1985) or date (05/02/1985)",
);
const UNIT: Invalid = Invalid::new(
    "search/unit",
    "Không rõ xã, phường nào; ghi kèm tên tỉnh, ví dụ Nha Trang, Khánh Hòa",
    "Which commune is not clear; add the province, such as Nha Trang, Khánh Hòa",
);

/// A commune by code, or by its name where that is clear.
pub(super) fn commune(text: &str) -> Result<Option<UnitCode>, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(code) = UnitCode::parse(text) {
        return Ok(Some(code));
    }
    let found: Vec<_> = units::search(text, Era::Since2025, 8)
        .into_iter()
        .filter(|u| u.code.level() == vocabulary::UnitLevel::Commune)
        .collect();
    let same =
        |name: &str| vocabulary::fold(name) == vocabulary::fold(text.split(',').next().unwrap_or_default());
    let exact: Vec<_> = found.iter().filter(|u| same(u.name()) || same(u.full_name)).collect();
    match (exact.as_slice(), found.as_slice()) {
        ([unit], _) => Ok(Some(unit.code)),
        ([], [unit]) => Ok(Some(unit.code)),
        _ => Err(UNIT),
    }
}

/// What was typed, as a search.
fn read(typed: &Typed) -> Result<SearchFor, Vec<Violation>> {
    let mut faults = Vec::new();
    let mut wanted = SearchFor::default();
    let q = typed.one("q").trim();
    if q.chars().any(|c| c.is_ascii_digit()) {
        match read_number(q) {
            Ok(number) => wanted.number = Some(number),
            Err(_) => faults.push(NUMBER.at("q")),
        }
    } else {
        wanted.name = q.chars().take(100).collect();
    }
    match PartialDate::parse(typed.one("birth")) {
        Ok(date) => wanted.birth = date,
        Err(_) => faults.push(BIRTH.at("birth")),
    }
    match commune(typed.one("unit")) {
        Ok(unit) => wanted.unit = unit,
        Err(rule) => faults.push(rule.at("unit")),
    }
    let id = typed.one("after-id").parse().map(PersonId);
    if let (Ok(id), Ok(birth)) = (id, PartialDate::parse(typed.one("after-birth"))) {
        wanted.after = Some(Place { name_key: typed.one("after-name").to_owned(), birth, id });
    }
    if faults.is_empty() { Ok(wanted) } else { Err(faults) }
}

/// The list of hits.
pub(super) async fn search(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let wanted = match read(&typed) {
        Ok(wanted) => wanted,
        Err(violations) => return Ok(refused(&visit, &population, &typed, &violations, None)),
    };
    match population.search(&visit.ask, &wanted).await {
        Ok(listing) => Ok(results(&visit, &population, &typed, &wanted, &listing).into_response()),
        Err(Error::Problem(problem)) if problem.kind == &kinds::INVALID => {
            Ok(refused(&visit, &population, &typed, &problem.violations, None))
        }
        Err(Error::Problem(problem)) if problem.kind == &TOO_BROAD => {
            Ok(refused(&visit, &population, &typed, &[], Some(&problem)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The form again, with what to do.
fn refused(
    visit: &Visit,
    population: &Population,
    typed: &Typed,
    violations: &[Violation],
    problem: Option<&Problem>,
) -> Response {
    let lang = visit.lang();
    let mut page = visit.page(visit.t(HOME)).with_errors(!violations.is_empty());
    if let Some(problem) = problem {
        let advice = html! { p.govuk-body { (problem.kind.advice.get(lang)) } };
        page = page.notice(&Banner::important(lang, problem.kind.title.get(lang)).more(advice));
    }
    let body = page.body(visit.framed(html! {
        h1.govuk-heading-l { (visit.t(HOME)) }
        (form(visit, population, typed, violations))
    }));
    (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
}

fn results(
    visit: &Visit,
    population: &Population,
    typed: &Typed,
    wanted: &SearchFor,
    listing: &Listing,
) -> Markup {
    let lang = visit.lang();
    visit.page(visit.t(RESULTS)).body(visit.framed(html! {
        h1.govuk-heading-l { (visit.t(RESULTS)) }
        @if listing.hits.is_empty() {
            (nobody(visit, wanted))
        } @else {
            (table(visit, &listing.hits))
            @if let Some(next) = &listing.next {
                form method="post" action="/desk/search" {
                    (csrf_field(&visit.context.csrf))
                    @for name in ["q", "birth", "unit"] { input type="hidden" name=(name) value=(typed.one(name)); }
                    input type="hidden" name="after-name" value=(next.name_key);
                    input type="hidden" name="after-birth" value=(next.birth.iso());
                    input type="hidden" name="after-id" value=(next.id);
                    (Button::secondary(lang.pick("Trang sau", "Next page")))
                }
            }
        }
        div.dancu-again {
            h2.govuk-heading-m { (lang.pick("Tìm lại", "Search again")) }
            (form(visit, population, typed, &[]))
        }
    }))
}

fn table(visit: &Visit, hits: &[PersonView]) -> Table {
    let lang = visit.lang();
    let caption = match hits.len() {
        20 => lang.pick("Danh sách người tìm thấy", "Persons found").to_owned(),
        n => lang.pick(format!("Tìm thấy {n} người"), format!("{n} found")),
    };
    let mut table = Table::new(
        caption,
        [
            Column::new(lang.pick("Họ tên", "Name")),
            Column::new(lang.pick("Ngày sinh", "Born")),
            Column::new(lang.pick("Giới tính", "Sex")),
            Column::new(lang.pick("Số định danh", "Number")),
            Column::new(lang.pick("Thường trú", "Permanent residence")),
        ],
    )
    .stacked();
    for hit in hits {
        let p = &hit.person;
        table.row([
            html! {
                a.govuk-link href=(words::person_path(p.id)) { (words::name(p.name.as_ref(), lang)) }
                @if let Some(tag) = super::fields::life_tag(p.life, lang) { " " (tag) }
            },
            words::figures(words::date(p.birth_date, lang)),
            html! { @if let Some(sex) = p.sex { (sex.text().get(lang)) } },
            words::masked(p.number, lang),
            html! {
                @if p.permanent.is_empty() { span.dancu-muted { (lang.pick("chưa có", "none")) } }
                @else { (words::address_line(&p.permanent, lang)) }
            },
        ]);
    }
    table
}

/// Nobody was found: what usually helps.
fn nobody(visit: &Visit, wanted: &SearchFor) -> Markup {
    let lang = visit.lang();
    let advice: Vec<&str> = if wanted.number.is_some() {
        vec![
            lang.pick(
                "Đọc lại từng nhóm chữ số trên giấy tờ; dễ nhầm 1 với 7, 6 với 8.",
                "Read the digits again, group by group; 1 and 7, 6 and 8 are easily mistaken.",
            ),
            lang.pick(
                "Thử số CMND 9 số nếu người dân còn thẻ cũ, hoặc số định danh 12 số.",
                "Try the former 9-digit number, or the 12-digit one.",
            ),
            lang.pick("Thử tìm theo họ tên và năm sinh.", "Try the name with the birth year."),
        ]
    } else {
        vec![
            lang.pick(
                "Gõ lại không dấu: “nguyen thi hoa” tìm ra cả Hòa, Hoà và Hoa.",
                "Type it without diacritics: “nguyen thi hoa” finds Hòa, Hoà and Hoa.",
            ),
            lang.pick(
                "Chỉ gõ họ và chữ đệm, hoặc bỏ bớt chữ cuối.",
                "Type only the first words of the name.",
            ),
            lang.pick(
                "Thêm năm sinh thay cho ngày sinh đầy đủ; giấy tờ cũ có thể chỉ ghi năm.",
                "Give the birth year instead of the whole date; old papers may say no more.",
            ),
            lang.pick("Tìm theo số định danh hoặc số CMND nếu có.", "Search by number, where there is one."),
        ]
    };
    let everywhere = matches!(visit.caller().units, access::UnitScope::Everywhere);
    let advice = html! {
        ul class="govuk-list govuk-list--bullet" {
            @for line in advice { li { (line) } }
            @if !everywhere {
                li {
                    (lang.pick("Bạn chỉ tìm được người thường trú trong địa bàn của mình. Người ở nơi khác: dùng ", "Only persons of your own units are found. For others use "))
                    a.govuk-link href="/desk/verify" { (lang.pick("Xác minh số", "Verify a number")) }
                    (lang.pick(" hoặc ", " or "))
                    a.govuk-link href="/desk/citizen" { (lang.pick("Lấy thông tin công dân", "Get a citizen's data")) } "."
                }
            }
        }
    };
    let title = lang.pick("Không tìm thấy ai", "Nobody was found");
    html! { (EmptyState::new(title, advice)) }
}
