//! The confirmation of residence (*xác nhận thông tin về cư trú*, form CT07): offered, issued as an A4 sheet with a
//! verifiable code, and checked by anybody who holds the paper.

use super::{
    typed::Typed,
    visit::{Purposed, Visit},
    words,
};
use crate::{
    Population,
    model::{Relation, ResidenceKind},
    service::{Checked, Issued},
};
use access::Action;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use reference::{Era, agencies, units};
use serde::Deserialize;
use vocabulary::{Address, Invalid, Lang, PartialDate, PersonId, PersonalNumber, Text};
use web::{
    FormBody, OpenForm, Outcome, PageContext,
    components::{
        Banner, Button, Color, Errors, Form, Question, SheetHead, SummaryList, Tag, TextInput, back_link,
        error_summary, inset,
    },
    qr,
};

const TITLE: Text = Text::new("Cấp giấy xác nhận cư trú", "Issue a confirmation of residence");

/// Asks before a paper is made.
pub(super) async fn offer(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(id): Path<PersonId>,
) -> Outcome<Markup> {
    visit.require(&population, Action::ResidenceConfirmation)?;
    let lang = visit.lang();
    let path = words::person_path(id);
    let name = lang.pick(format!("Hồ sơ số {id}"), format!("Record no. {id}"));
    Ok(visit.page(visit.t(TITLE)).crumb(&name, &path).body(visit.framed(html! {
        div.dancu-lead {
            h1.govuk-heading-l { (visit.t(TITLE)) }
            p.govuk-body { (lang.pick(
                "Giấy theo mẫu CT07 ghi nơi thường trú, tạm trú, nơi ở hiện tại, chủ hộ và các thành viên trong hộ. Mỗi lần cấp được ghi nhật ký và có mã để kiểm tra.",
                "The paper (form CT07) states permanent, temporary and current residence, the head and the members of the household. Each issue is logged and carries a code to check it by.",
            )) }
            (Form::new(&visit.context, &format!("{path}/residence-confirmation"), html! {
                div.dancu-actions {
                    (Button::main(lang.pick("Cấp giấy xác nhận", "Issue the confirmation")))
                    a.govuk-link href=(path) { (lang.pick("Bỏ, quay lại", "Cancel")) }
                }
            }))
        }
    })))
}

/// Issues the paper.
pub(super) async fn issue(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(id): Path<PersonId>,
    FormBody(_): FormBody<Typed>,
) -> Outcome<Markup> {
    let issued = population.confirm_residence(&visit.ask, id).await?;
    let lang = visit.lang();
    let path = words::person_path(id);
    let title = lang.pick("Giấy xác nhận thông tin về cư trú", "Confirmation of residence");
    let done = lang.pick(
        "Đã cấp giấy xác nhận. In, ký và đóng dấu.",
        "The confirmation was issued. Print, sign and seal it.",
    );
    Ok(visit.page(title).crumb(&words::name(issued.person.person.name.as_ref(), lang), &path).notice(&Banner::done(lang, done)).body(html! {
        (sheet(&visit, &issued))
        div class="dancu-actions dancu-no-print" {
            (Button::main(lang.pick("Về trang của người này", "To the person")).link(&path))
            a.govuk-link href={ "/desk/evidence/" (issued.entry) } { (lang.pick("Phiếu bằng chứng", "Evidence card")) }
            span.dancu-muted { (lang.pick("In giấy: nhấn Ctrl + P.", "To print: Ctrl + P.")) }
        }
    }))
}

/// The issuing office and the one above it, as the head of the paper names them.
fn office(visit: &Visit) -> (String, String) {
    let police = ["residence-officer", "data-steward", "investigator"]
        .iter()
        .any(|role| visit.caller().has_role(role));
    let body = if police { "CÔNG AN" } else { "ỦY BAN NHÂN DÂN" };
    let upper = |unit: &units::Unit| format!("{body} {}", unit.full_name.to_uppercase());
    let unit = visit.caller().actor.unit.and_then(|code| units::find(code, Era::Since2025));
    match unit {
        Some(unit) => {
            let above = unit
                .parent()
                .map_or_else(|| if police { "BỘ CÔNG AN".to_owned() } else { String::new() }, upper);
            (above, upper(unit))
        }
        None => (String::new(), visit.workplace.to_uppercase()),
    }
}

const BLANK: &str = "……………………";

/// A line of the form: what is not recorded stays dotted, to be seen as such.
fn line(label: &str, value: &str) -> Markup {
    html! { p.dancu-line { (label) ": " @if value.is_empty() { (BLANK) } @else { strong { (value) } } } }
}

/// Words of an official paper are Vietnamese, whatever the language of the page.
const PAPER: Lang = Lang::Vi;

fn place(address: &Address) -> String {
    words::address_line(address, PAPER)
}

fn sheet(visit: &Visit, issued: &Issued) -> Markup {
    let p = &issued.person.person;
    let (above, office) = office(visit);
    let head = SheetHead::new(&office);
    let head = if above.is_empty() { head } else { head.above(&above) };
    let unit =
        visit.caller().actor.unit.and_then(|code| units::find(code, Era::Since2025)).map_or("", |u| u.name());
    let (y, m, d) = issued.issued.local_date();
    let temporary = p
        .residences
        .iter()
        .rev()
        .find(|r| r.kind == ResidenceKind::Temporary && !r.ended && r.holds_on(PartialDate::today()));
    let temporary = temporary.map(|r| {
        format!(
            "{} (từ {} đến {})",
            place(&r.address),
            words::date(r.from, PAPER),
            words::date(r.until, PAPER)
        )
    });
    let current = if p.current.is_empty() { &p.permanent } else { &p.current };
    let head_of = issued.person.heads.first();
    let own_head = p.relation == Some(Relation::Head);
    let head_name = match head_of.and_then(|id| issued.person.kin.get(id)) {
        _ if own_head => words::name(p.name.as_ref(), PAPER),
        Some(kin) => words::name(kin.name.as_ref(), PAPER),
        None => String::new(),
    };
    let head_number = match head_of.and_then(|id| issued.person.kin.get(id)) {
        _ if own_head => p.number,
        Some(kin) => kin.number,
        None => None,
    };
    let check = format!("{}/confirmations?code={}", visit.origin, issued.code);
    html! {
        section class="dancu-sheet dancu-ct07" lang="vi" {
            p.dancu-form-name { "Mẫu CT07" }
            (head)
            p.dancu-sheet__number { "Số: " (issued.entry) "/XN" }
            h1 class="govuk-heading-m dancu-sheet__title" { "XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ" }
            h2.govuk-heading-s { "I. Theo đề nghị của Ông/Bà" }
            (line("1. Họ, chữ đệm và tên", p.name.as_ref().map(|n| n.reveal()).unwrap_or_default()))
            div.dancu-pair {
                (line("2. Ngày, tháng, năm sinh", &p.birth_date.local_text()))
                (line("3. Giới tính", p.sex.map(|s| s.text().vi).unwrap_or_default()))
            }
            div.dancu-pair {
                (line("4. Số định danh cá nhân", &p.number.map(PersonalNumber::reveal).unwrap_or_default()))
                (line("5. Quốc tịch", &words::nationalities(&p.nationalities, PAPER)))
            }
            (line("6. Quê quán", &place(&p.hometown)))
            h2.govuk-heading-s { "II. Xác nhận thông tin về cư trú của Ông/Bà có tên tại mục I như sau" }
            (line("1. Nơi thường trú", &place(&p.permanent)))
            (line("2. Nơi tạm trú", temporary.as_deref().unwrap_or("Không")))
            (line("3. Nơi ở hiện tại", &place(current)))
            div.dancu-pair {
                (line("4. Họ, chữ đệm và tên chủ hộ", &head_name))
                (line("5. Quan hệ với chủ hộ", p.relation.map(|r| r.text().vi).unwrap_or_default()))
            }
            (line("6. Số định danh cá nhân của chủ hộ", &head_number.map(PersonalNumber::reveal).unwrap_or_default()))
            p.dancu-line { "7. Thông tin các thành viên khác trong hộ gia đình:" @if issued.members.is_empty() { " không có" } }
            @if !issued.members.is_empty() { (members(issued)) }
            p.dancu-line {
                "Xác nhận này có giá trị đến hết ngày " strong { (words::day(issued.valid_until)) } "."
            }
            div.dancu-sheet__foot {
                p.dancu-qr {
                    (qr(&check, "Mã QR để kiểm tra giấy này"))
                    "Kiểm tra tại " (visit.origin.split("//").last().unwrap_or_default()) "/confirmations"
                    span.dancu-qr__code { (issued.code) }
                }
                div.dancu-signature {
                    p { em { (unit) ", ngày " (format!("{d:02}")) " tháng " (format!("{m:02}")) " năm " (y) } }
                    p { strong { "THỦ TRƯỞNG ĐƠN VỊ" } }
                    p { em { "(Ký, ghi rõ họ tên, đóng dấu)" } }
                    p.dancu-signature__room { "" }
                    p.dancu-muted { "Người lập: " (visit.caller().name) }
                }
            }
        }
    }
}

fn members(issued: &Issued) -> Markup {
    html! {
        table.dancu-grid {
            thead { tr { @for head in ["TT", "Họ, chữ đệm và tên", "Ngày, tháng, năm sinh", "Số định danh cá nhân", "Quan hệ với chủ hộ"] { th scope="col" { (head) } } } }
            tbody {
                @for ((kin, relation), at) in issued.members.iter().zip(1..) {
                    tr {
                        td { (at) }
                        td { (words::name(kin.name.as_ref(), PAPER)) }
                        td { (words::figures(words::date(kin.birth_date, PAPER))) }
                        td { @if let Some(n) = kin.number { (words::figures(n.reveal())) } }
                        td { @if let Some(r) = relation { (r.text().vi) } }
                    }
                }
            }
        }
    }
}

/// What the QR code of a paper holds.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Printed {
    #[serde(default)]
    code: String,
}

/// The public page, or what a paper's QR code leads to.
pub(super) async fn check(
    State(population): State<Population>,
    context: PageContext,
    Query(printed): Query<Printed>,
) -> Outcome<Response> {
    answer(&population, &context, &Typed::default().put("code", printed.code)).await
}

/// The public page, typed.
pub(super) async fn check_typed(
    State(population): State<Population>,
    context: PageContext,
    OpenForm(typed): OpenForm<Typed>,
) -> Outcome<Response> {
    answer(&population, &context, &typed).await
}

const PUBLIC: Text = Text::new("Kiểm tra giấy xác nhận cư trú", "Check a confirmation of residence");
const CODE: Invalid = Invalid::new(
    "confirmation/code",
    "Ghi mã in trên giấy, gồm 24 ký tự",
    "Write the code printed on the paper, 24 characters",
);

async fn answer(population: &Population, context: &PageContext, typed: &Typed) -> Outcome<Response> {
    let lang = context.lang;
    let code = typed.one("code").trim();
    let mut faults = Vec::new();
    let number = match typed.one("number").trim() {
        "" => None,
        text => match PersonalNumber::parse(&text.replace([' ', '.', '-'], "")) {
            Ok(number) => Some(number),
            Err(rule) => {
                faults.push(rule.at("number"));
                None
            }
        },
    };
    let typed_code = code.chars().filter(|c| c.is_ascii_alphanumeric()).count();
    let mut result = None;
    if !code.is_empty() || number.is_some() {
        if typed_code != 24 {
            faults.push(CODE.at("code"));
        } else if faults.is_empty() {
            result = Some(population.check_confirmation(code, number).await?);
        }
    }
    let errors = Errors::new(lang, &faults);
    let status = match &result {
        Some(None) => StatusCode::NOT_FOUND,
        _ if errors.any() => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    let page = context.page(PUBLIC.get(lang)).with_errors(errors.any()).body(html! {
        div.dancu-lead {
            (error_summary(&errors))
            h1.govuk-heading-l { (PUBLIC.get(lang)) }
            @if let Some(checked) = &result { (verdict(checked.as_ref(), lang)) }
            p.govuk-body { (lang.pick(
                "Ghi mã in trên giấy xác nhận thông tin về cư trú (mẫu CT07). Muốn biết giấy có bị sửa hay không, ghi thêm số định danh in trên giấy.",
                "Write the code printed on the confirmation (form CT07). To learn whether the paper was altered, add the personal number printed on it.",
            )) }
            (Form::new(context, "/confirmations", html! {
                (TextInput::new(Question::new("code", lang.pick("Mã trên giấy", "Code on the paper"))
                    .hint(lang.pick("24 ký tự, chữ hoa hay thường đều được", "24 characters, upper or lower case")).errors(&errors))
                    .value(code).width(30).max(60))
                (TextInput::new(Question::new("number", lang.pick("Số định danh trên giấy", "Personal number on the paper"))
                    .optional(lang).errors(&errors)).value(typed.one("number")).width(20).digits())
                (Button::main(lang.pick("Kiểm tra", "Check")))
            }))
            (inset(html! { (lang.pick("Trang này không hiện thông tin của ai; nó chỉ so những gì bạn ghi.", "This page shows nobody's data; it only compares what you write.")) }))
            (back_link("/", lang.pick("Trang chính", "Start page")))
        }
    });
    Ok((status, page).into_response())
}

fn verdict(checked: Option<&Checked>, lang: Lang) -> Markup {
    let Some(c) = checked else {
        return html! {
            (SummaryList::new().row(lang.pick("Kết quả", "Result"), html! {
                (Tag::new(Color::Red, lang.pick("Không có giấy này", "Unknown"))) " "
                (lang.pick("Không có giấy xác nhận nào mang mã này. Kiểm tra lại từng ký tự.", "No confirmation has this code. Check the characters."))
            }))
        };
    };
    let agency = agencies::head(&c.agency)
        .map_or_else(|| c.agency.to_string(), |a| format!("{} ({})", a.name, c.agency));
    let tag = match c.in_force {
        true => Tag::new(Color::Green, lang.pick("Còn hiệu lực", "In force")),
        false => Tag::new(Color::Yellow, lang.pick("Đã hết hạn", "Expired")),
    };
    let agrees = c.number_agrees.map(|agrees| match agrees {
        true => html! { (Tag::new(Color::Green, lang.pick("Khớp", "Agrees"))) },
        false => html! { (Tag::new(Color::Red, lang.pick("Không khớp", "Does not agree"))) " " (lang.pick("Số ghi trên giấy không phải số đã được xác nhận.", "The number on the paper is not the one confirmed.")) },
    });
    html! {
        (SummaryList::new()
            .row(lang.pick("Kết quả", "Result"), tag)
            .row(lang.pick("Cơ quan cấp", "Issued by"), html! { (agency) })
            .row(lang.pick("Ngày cấp", "Issued"), words::figures(words::day(c.issued)))
            .row(lang.pick("Có giá trị đến hết ngày", "Valid until"), words::figures(words::day(c.valid_until)))
            .row_if(lang.pick("Số định danh trên giấy", "Number on the paper"), agrees))
    }
}
