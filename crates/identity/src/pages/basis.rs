//! What the officer works on: purpose, legal basis, procedure and dossier, said once for the session.

use super::{again, go, next};
use crate::{
    layer::Current,
    service::{Identity, StaffSession},
};
use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Basis, DossierCode, LegalBasis, Moment, ProcedureCode, Purpose, Text, Violation, kinds};
use web::{
    BASIS_PATH, Failure, FormBody, Outcome, PageContext, SignedIn,
    components::{Button, Choice, Errors, Form, Question, Select, TextInput, error_summary, inset},
};

const TITLE: Text = Text::new("Mục đích và căn cứ tra cứu", "Purpose and legal basis");
const WHY: Text = Text::new(
    "Mọi lượt tra cứu, ghi nhận trong phiên làm việc này được ghi nhật ký với mục đích và căn cứ dưới đây. \
     Đổi lại khi chuyển sang hồ sơ khác.",
    "Every look-up and change of this session is logged with the purpose and basis below. Change them when you turn \
     to another dossier.",
);
const PURPOSE: Text = Text::new("Mục đích", "Purpose");
const LEGAL_BASIS: Text = Text::new("Căn cứ pháp lý", "Legal basis");
const LEGAL_HINT: Text = Text::new(
    "Chọn trong danh sách hoặc gõ văn bản và điều khoản",
    "Choose from the list, or type document and article",
);
const PROCEDURE: Text = Text::new("Mã thủ tục hành chính", "Procedure code");
const PROCEDURE_HINT: Text = Text::new(
    "Gõ tên hoặc mã, ví dụ 1.004222 (đăng ký thường trú)",
    "Type a name or code, such as 1.004222 (permanent residence)",
);
const DOSSIER: Text = Text::new("Mã hồ sơ", "Dossier code");
const DOSSIER_HINT: Text = Text::new("Ví dụ 000.17.22.H56-210531-0001", "Such as 000.17.22.H56-210531-0001");
const NEEDED: Text =
    Text::new("Bắt buộc khi mục đích là giải quyết thủ tục. ", "Required when settling a procedure. ");

/// Legal bases that the desk states most, each with the purposes that it serves. Suggestions: anything else may be
/// typed.
const COMMON: &[(&str, &[Purpose])] = &[
    (
        "Luật Căn cước số 26/2023/QH15",
        &[Purpose::Procedure, Purpose::Verification, Purpose::OwnRequest, Purpose::Cleaning],
    ),
    (
        "Nghị định 70/2024/NĐ-CP (hướng dẫn Luật Căn cước)",
        &[Purpose::Procedure, Purpose::Verification, Purpose::Cleaning],
    ),
    ("Luật Cư trú số 68/2020/QH14", &[Purpose::Residence, Purpose::Procedure, Purpose::OwnRequest]),
    ("Nghị định 104/2022/NĐ-CP (thay sổ hộ khẩu, giấy tạm trú)", &[Purpose::Procedure]),
    ("Nghị định 118/2025/NĐ-CP (một cửa, một cửa liên thông)", &[Purpose::Procedure]),
    ("Nghị định 69/2024/NĐ-CP (định danh và xác thực điện tử)", &[Purpose::Verification]),
    ("Luật Hộ tịch số 60/2014/QH13", &[Purpose::CivilStatus, Purpose::Procedure]),
    ("Quyết định 06/QĐ-TTg ngày 06/01/2022 (Đề án 06)", &[Purpose::Cleaning]),
    ("Nghị định 278/2025/NĐ-CP (kết nối, chia sẻ dữ liệu)", &[Purpose::Verification]),
    ("Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15", &[Purpose::OwnRequest, Purpose::Inspection]),
    ("Bộ luật Tố tụng hình sự số 101/2015/QH13", &[Purpose::Investigation]),
];

/// Domains of procedures that the desk serves most.
const DOMAINS: &[&str] = &["Đăng ký, quản lý cư trú", "Cấp, quản lý căn cước", "Hộ tịch"];

#[derive(Deserialize)]
pub(super) struct Way {
    #[serde(default)]
    next: String,
}

#[derive(Default, Deserialize)]
pub(super) struct BasisForm {
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    legal_basis: String,
    #[serde(default)]
    procedure: String,
    #[serde(default)]
    dossier: String,
    #[serde(default)]
    next: String,
    /// `clear` where the button to forget it was pressed.
    #[serde(default)]
    what: String,
}

impl BasisForm {
    fn of(basis: Option<&Basis>, next: String) -> BasisForm {
        let Some(basis) = basis else { return BasisForm { next, ..BasisForm::default() } };
        BasisForm {
            purpose: basis.purpose.code().to_owned(),
            legal_basis: basis.legal_basis.as_str().to_owned(),
            procedure: basis.procedure.as_ref().map(ToString::to_string).unwrap_or_default(),
            dossier: basis.dossier.as_ref().map(ToString::to_string).unwrap_or_default(),
            next,
            what: String::new(),
        }
    }

    fn read(&self) -> Result<Basis, Vec<Violation>> {
        let mut found = Vec::new();
        let mut keep = |violation: Violation| found.push(violation);
        let filled = |text: &str| !text.trim().is_empty();
        let purpose = Purpose::parse(&self.purpose).map_err(|invalid| keep(invalid.at("purpose")));
        let legal_basis =
            LegalBasis::parse(&self.legal_basis).map_err(|invalid| keep(invalid.at("legal_basis")));
        let procedure = filled(&self.procedure)
            .then(|| ProcedureCode::parse(&self.procedure).map_err(|invalid| keep(invalid.at("procedure"))))
            .transpose();
        let dossier = filled(&self.dossier)
            .then(|| DossierCode::parse(&self.dossier).map_err(|invalid| keep(invalid.at("dossier"))))
            .transpose();
        match (purpose, legal_basis, procedure, dossier) {
            (Ok(purpose), Ok(legal_basis), Ok(procedure), Ok(dossier)) => {
                let missing = if procedure.is_none() { "procedure" } else { "dossier" };
                Basis { purpose, legal_basis, procedure, dossier }
                    .check()
                    .map_err(|invalid| vec![invalid.at(missing)])
            }
            _ => Err(found),
        }
    }
}

pub(super) async fn show(
    context: PageContext,
    _: SignedIn,
    Current(session): Current,
    Query(way): Query<Way>,
) -> Markup {
    page(&context, &session, &BasisForm::of(session.basis.as_ref(), way.next), &[])
}

pub(super) async fn submit(
    State(identity): State<Identity>,
    context: PageContext,
    _: SignedIn,
    Current(session): Current,
    headers: HeaderMap,
    FormBody(form): FormBody<BasisForm>,
) -> Outcome<Response> {
    let basis = if form.what == "clear" {
        None
    } else {
        match form.read() {
            Ok(basis) => Some(basis),
            Err(found) => return Ok(again(page(&context, &session, &form, &found)).into_response()),
        }
    };
    let revision = identity.set_basis(&session, basis.as_ref(), Moment::now()).await?;
    let cookies = identity.cookies();
    let (secret, _) =
        cookies.session(&headers).flatten().ok_or_else(|| Failure::of(&kinds::NOT_SIGNED_IN))?;
    Ok(go(next(&form.next), [cookies.set_session(secret, revision)]))
}

fn page(context: &PageContext, session: &StaffSession, form: &BasisForm, found: &[Violation]) -> Markup {
    let lang = context.lang;
    let errors = Errors::new(lang, found);
    let question = |name, text: Text| Question::new(name, text.get(lang)).errors(&errors);
    let purposes = Purpose::ALL.iter().map(|purpose| {
        Choice::new(purpose.code(), purpose.text().get(lang)).chosen(purpose.code() == form.purpose)
    });
    let bases = COMMON.iter().map(|(text, purposes)| {
        let purposes: Vec<&str> = purposes.iter().map(|purpose| purpose.text().get(lang)).collect();
        ((*text).to_owned(), purposes.join("; "))
    });
    let procedures = reference::procedures::all()
        .iter()
        .filter(|procedure| DOMAINS.contains(&procedure.domain))
        .map(|procedure| (procedure.code.to_owned(), procedure.name.to_owned()));
    let procedure_hint = format!("{}{}", NEEDED.get(lang), PROCEDURE_HINT.get(lang));
    let dossier_hint = format!("{}{}", NEEDED.get(lang), DOSSIER_HINT.get(lang));
    context.page(TITLE.get(lang)).with_errors(errors.any()).body(html! {
        div.dancu-lead {
            (error_summary(&errors))
            h1.govuk-heading-l { (TITLE.get(lang)) }
            (inset(html! { (WHY.get(lang)) }))
            (Form::new(context, BASIS_PATH, html! {
                input type="hidden" name="next" value=(next(&form.next));
                (Select::new(question("purpose", PURPOSE), purposes).prompt(lang.pick("Chọn mục đích", "Choose a purpose")))
                (TextInput::new(question("legal_basis", LEGAL_BASIS).hint(LEGAL_HINT.get(lang)))
                    .value(&form.legal_basis).suggestions(bases))
                (TextInput::new(question("procedure", PROCEDURE).hint(&procedure_hint))
                    .value(&form.procedure).max(60).width(30).suggestions(procedures))
                (TextInput::new(question("dossier", DOSSIER).hint(&dossier_hint))
                    .value(&form.dossier).max(60).width(30))
                (Button::main(lang.pick("Dùng cho phiên này", "Use for this session")))
                @if session.basis.is_some() {
                    " " (Button::secondary(lang.pick("Xóa", "Forget")).sends("what", "clear"))
                }
            }))
        }
    })
}
