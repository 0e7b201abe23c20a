//! The file for an organisation's account, as its representatives see it: handed in, agreed to, withdrawn, activated.

use super::{
    officer::{again, faults, file_number, unit},
    organisation_words::file_state,
    organisations::{BASE, TITLE},
    time,
};
use crate::{
    error::ProviderError,
    layer::SignedInCitizen,
    rules::organisation::{Kind, OrganisationNumber},
    service::{OrganisationDraft, Provider, organisation_files::ACTIVATION_DAYS},
};
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use reference::{Era, units};
use serde::Deserialize;
use vocabulary::{Invalid, Moment, PartialDate, PersonalNumber, Text, UnitCode, UnitLevel, Violation, fold};
use web::{
    FormBody, Outcome, PageContext, RequestId,
    components::{
        Button, Choice, Column, Errors, Form, Question, Radios, SummaryList, Table, TextArea, TextInput,
        back_link, error_summary, inset,
    },
};

const NEW: Text = Text::new("Hồ sơ tài khoản của tổ chức", "A file for an organisation’s account");
const LABELS: &[(&str, Text)] = &[
    ("issued", Text::new("Ngày cấp", "Date of issue")),
    ("others", Text::new("Người đại diện khác", "Other representatives")),
];
const KIND: Invalid =
    Invalid::new("organisation/kind", "Chọn loại tổ chức", "Choose the kind of organisation");

/// What is typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    name: String,
    kind: String,
    unit: String,
    paper_number: String,
    issued: String,
    others: String,
}

/// A commune as people write it: its code, or its name with as much of the province as tells it from others.
///
/// # Errors
/// None is of the name, or several are, which are named.
pub(super) fn read_unit(text: &str, field: &str) -> Result<UnitCode, Violation> {
    let text: String = text.trim().chars().take(120).collect();
    let commune =
        |code: &UnitCode| code.level() == UnitLevel::Commune && units::find(*code, Era::Since2025).is_some();
    let first = text.split([' ', ',']).next().unwrap_or_default();
    if let Some(code) = UnitCode::parse(first).ok().filter(commune) {
        return Ok(code);
    }
    let found: Vec<_> =
        units::search(&text, Era::Since2025, 8).into_iter().filter(|unit| commune(&unit.code)).collect();
    let wanted = fold(text.split(',').next().unwrap_or_default());
    let exact: Vec<_> =
        found.iter().filter(|unit| fold(unit.full_name) == wanted || fold(unit.name()) == wanted).collect();
    match (exact.as_slice(), found.as_slice()) {
        ([unit], _) => return Ok(unit.code),
        ([], [unit]) => return Ok(unit.code),
        _ => {}
    }
    let names: Vec<String> =
        found.iter().take(4).map(|unit| format!("{} {}", unit.code, unit.path())).collect();
    let names = names.join("; ");
    let mut violation = Invalid::new(
        "organisation/unit",
        "Nhập xã, phường, đặc khu nơi đặt trụ sở, ví dụ: Nha Trang, Khánh Hòa",
        "Enter the commune of the head office, such as: Nha Trang, Khánh Hòa",
    )
    .at(field);
    if !names.is_empty() {
        violation.vi = format!("Nơi đặt trụ sở có thể là: {names}. Hãy ghi mã đơn vị");
        violation.en = format!("The head office may be in: {names}. Write the code");
    }
    Err(violation)
}

impl Typed {
    fn read(&self) -> Result<OrganisationDraft, Vec<Violation>> {
        let mut wrong = Vec::new();
        let number = OrganisationNumber::parse(&self.number).map_err(|i| wrong.push(i.at("number"))).ok();
        let kind = Kind::of(&self.kind);
        if kind.is_none() {
            wrong.push(KIND.at("kind"));
        }
        let unit = read_unit(&self.unit, "unit").map_err(|fault| wrong.push(fault)).ok();
        let issued = PartialDate::parse(&self.issued).map_err(|i| wrong.push(i.at("issued"))).ok();
        let lines = self.others.lines().map(str::trim).filter(|line| !line.is_empty()).take(20);
        let others: Result<Vec<PersonalNumber>, Invalid> = lines.map(PersonalNumber::parse).collect();
        let others = others.map_err(|i| wrong.push(i.at("others"))).ok();
        match (number, kind, unit, issued, others) {
            (Some(number), Some(kind), Some(unit), Some(issued), Some(others)) => Ok(OrganisationDraft {
                number,
                name: self.name.trim().to_owned(),
                kind,
                unit,
                paper_number: self.paper_number.trim().to_owned(),
                issued,
                others,
            }),
            _ => Err(wrong),
        }
    }
}

fn form(context: &PageContext, level: i64, typed: &Typed, found: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, found).labelled(LABELS);
    let kinds = Kind::ALL
        .into_iter()
        .map(|kind| Choice::new(kind.code(), kind.text().get(lang)).chosen(typed.kind == kind.code()));
    context.page(NEW.get(lang)).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (NEW.get(lang)) }
        @if level < 2 {
            p.govuk-body { (lang.pick("Người đại diện cần tài khoản mức 2. Hãy làm hồ sơ mức 2 tại công an cấp xã trước.",
                "A representative needs an account of level 2. Make a file for it at the commune police first.")) }
        } @else {
            p.govuk-body { (lang.pick(
                "Người đại diện theo pháp luật lập hồ sơ (Nghị định 69/2024/NĐ-CP). Các người đại diện khác đồng ý, một cán bộ đối chiếu, một cán bộ khác duyệt, rồi bạn kích hoạt.",
                "A legal representative hands the file in (Decree 69/2024/NĐ-CP). The other representatives agree, one officer compares it, another approves, then you activate.")) }
            div.dancu-lead {
                (Form::new(context, "/citizen/organisations/new", html! {
                    (TextInput::new(Question::new("number", lang.pick("Mã số thuế, mã số doanh nghiệp", "Tax code or enterprise number")).hint(lang.pick("10 chữ số; đơn vị phụ thuộc thêm -001", "10 digits; a dependent unit adds -001")).errors(&errors)).value(&typed.number).width(20).max(20))
                    (TextInput::new(Question::new("name", lang.pick("Tên tổ chức", "Name of the organisation")).hint(lang.pick("Như ghi trên giấy tờ", "As on the paper")).errors(&errors)).value(&typed.name).max(200))
                    (Radios::new(Question::new("kind", lang.pick("Loại tổ chức", "Kind of organisation")).errors(&errors), kinds))
                    (TextInput::new(Question::new("unit", lang.pick("Xã, phường nơi đặt trụ sở", "Commune of the head office")).hint(lang.pick("Tên hoặc mã, ví dụ: Nha Trang, Khánh Hòa", "Name or code, such as: Nha Trang, Khánh Hòa")).errors(&errors)).value(&typed.unit).max(120))
                    (TextInput::new(Question::new("paper_number", lang.pick("Số giấy chứng nhận hoặc quyết định thành lập", "Number of the certificate or decision of establishment")).errors(&errors)).value(&typed.paper_number).max(40))
                    (TextInput::new(Question::new("issued", lang.pick("Ngày cấp", "Date of issue")).hint(lang.pick("Ví dụ 05/08/2019", "Such as 05/08/2019")).errors(&errors)).value(&typed.issued).width(10).max(10))
                    (TextArea::new(Question::new("others", lang.pick("Số định danh của người đại diện khác", "Personal numbers of other representatives")).hint(lang.pick("Mỗi dòng một số; để trống nếu không có", "One to a line; empty where there is none")).errors(&errors)).value(&typed.others).rows(3))
                    (Button::main(lang.pick("Nộp hồ sơ", "Hand in")))
                }))
            }
        }
        (back_link(BASE, lang.pick("Về danh sách tổ chức", "Back to organisations")))
    })
}

pub(super) async fn blank(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
) -> Outcome<Markup> {
    let level = provider.account(&citizen.session, Moment::now()).await?.level;
    Ok(form(&context, level, &Typed::default(), &[]))
}

pub(super) async fn hand_in(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let found = match typed.read() {
        Ok(draft) => {
            let request = request.to_string();
            match provider.hand_in_organisation(&citizen.session, &draft, &request, Moment::now()).await {
                Ok(id) => return Ok(Redirect::to(&format!("{BASE}/files/{id}")).into_response()),
                Err(error) => faults(error)?,
            }
        }
        Err(found) => found,
    };
    let level = provider.account(&citizen.session, Moment::now()).await?.level;
    Ok(again(form(&context, level, &typed, &found)))
}

async fn page(
    provider: &Provider,
    context: &PageContext,
    citizen: &SignedInCitizen,
    id: i64,
    found: &[Violation],
) -> Outcome<Markup> {
    let lang = context.lang;
    let errors = Errors::new(lang, found);
    let opened = provider.own_file(&citizen.session, id).await?;
    let file = &opened.file;
    let own = citizen.session.citizen;
    let kind = file.kind().map_err(ProviderError::from)?;
    let mut named = Table::new(
        lang.pick("Người đại diện", "Representatives"),
        [
            Column::new(lang.pick("Số định danh", "Personal number")),
            Column::new(lang.pick("Đồng ý lúc", "Agreed")),
        ],
    )
    .stacked();
    for one in &opened.named {
        named.row([
            html! { span.dancu-number { (one.number.masked()) } @if one.citizen == own { " (" (lang.pick("bạn", "you")) ")" } },
            html! { (one.agreed_at.map_or_else(|| lang.pick("chưa", "not yet").to_owned(), time)) },
        ]);
    }
    let asked = file.state == "agreeing"
        && opened.named.iter().any(|one| one.citizen == own && one.agreed_at.is_none());
    let early = matches!(file.state.as_str(), "agreeing" | "submitted");
    let at = format!("{BASE}/files/{id}");
    let answer = |word: &'static str, button: Button<'_>| {
        html! { (Form::new(context, &format!("{at}/answer"), html! {
            input type="hidden" name="answer" value=(word);
            (button)
        })) }
    };
    let title =
        lang.pick(format!("Hồ sơ số {}", file_number(file.id)), format!("File no. {}", file_number(file.id)));
    Ok(context.page(&title).with_errors(errors.any()).body(html! {
        (error_summary(&errors))
        div.dancu-heading { h1.govuk-heading-l { (title) } (file_state(lang, &file.state)) }
        (SummaryList::new()
            .row(lang.pick("Tổ chức", "Organisation"), html! { strong { (file.name) } })
            .row(lang.pick("Mã số thuế", "Tax code"), html! { span.dancu-number { (file.number) } })
            .row(lang.pick("Loại", "Kind"), kind.text().get(lang))
            .row(lang.pick("Trụ sở", "Head office"), unit(file.unit))
            .row(lang.pick("Giấy tờ", "Paper"), html! { (file.paper_number) ", " (file.issued.local_text()) })
            .row_if(lang.pick("Lý do từ chối", "Why refused"), file.reason.clone()))
        (named)
        @if asked {
            (inset(html! { (lang.pick("Chỉ đồng ý nếu bạn là người đại diện theo pháp luật của tổ chức này.",
                "Agree only if you are a legal representative of this organisation.")) }))
            (answer("agree", Button::main(lang.pick("Đồng ý", "Agree"))))
        }
        @if early {
            (answer("withdraw", Button::warning(if file.applicant == own {
                lang.pick("Rút hồ sơ", "Withdraw the file")
            } else {
                lang.pick("Không đồng ý, rút hồ sơ", "Disagree and withdraw the file")
            })))
        }
        @if file.state == "approved" && file.applicant == own {
            h2.govuk-heading-m { (lang.pick("Kích hoạt", "Activate")) }
            p.govuk-body { (lang.pick(format!("Trong {ACTIVATION_DAYS} ngày từ ngày duyệt."), format!("Within {ACTIVATION_DAYS} days of the approval."))) }
            (Form::new(context, &format!("{at}/activate"), html! {
                (TextInput::new(Question::new("password", lang.pick("Mật khẩu của bạn", "Your password")).errors(&errors)).password())
                (Button::main(lang.pick("Kích hoạt tài khoản của tổ chức", "Activate the organisation’s account")))
            }))
        }
        (back_link(BASE, TITLE.get(lang)))
    }))
}

pub(super) async fn show(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Path(id): Path<i64>,
) -> Outcome<Markup> {
    page(&provider, &context, &citizen, id, &[]).await
}

#[derive(Deserialize)]
pub(super) struct Answering {
    answer: String,
}

pub(super) async fn answer(
    State(provider): State<Provider>,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    Path(id): Path<i64>,
    FormBody(answering): FormBody<Answering>,
) -> Outcome<Response> {
    let agrees = answering.answer == "agree";
    provider.answer_file(&citizen.session, id, agrees, &request.to_string(), Moment::now()).await?;
    Ok(Redirect::to(&format!("{BASE}/files/{id}")).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Activating {
    password: String,
}

pub(super) async fn activate(
    State(provider): State<Provider>,
    context: PageContext,
    citizen: SignedInCitizen,
    Extension(request): Extension<RequestId>,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Activating>,
) -> Outcome<Response> {
    let request = request.to_string();
    let done =
        provider.activate_organisation(&citizen.session, id, &typed.password, &request, Moment::now()).await;
    match done {
        Ok(organisation) => {
            Ok(Redirect::to(&format!("{BASE}/{organisation}?done=activated")).into_response())
        }
        Err(error) => {
            let found = faults(error)?;
            Ok(again(page(&provider, &context, &citizen, id, &found).await?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn communes_are_read_by_code_and_by_name() {
        let code = |text: &str| read_unit(text, "unit").map(|code| code.to_string());
        assert_eq!(code("22366").as_deref(), Ok("22366"));
        assert_eq!(code("22366 Phường Nha Trang").as_deref(), Ok("22366"));
        assert_eq!(code("nha trang, khanh hoa").as_deref(), Ok("22366"));
        for wrong in ["", "56", "no such place", "99999"] {
            assert!(code(wrong).is_err(), "{wrong}");
        }
    }
}
