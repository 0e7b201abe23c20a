//! For what an officer opens an account, and by which document: asked, carried along, and read.

use maud::{Markup, html};
use vocabulary::{Invalid, Lang, LegalBasis, Purpose, Text, Violation};
use web::components::{Choice, Errors, Question, Radios, TextInput};

/// What stands in the form until somebody writes otherwise.
pub(super) const USUAL_BASIS: &str = "Nghị định 69/2024/NĐ-CP";

const PURPOSES: [(Purpose, Text); 3] = [
    (Purpose::OwnRequest, Text::new("Chính chủ yêu cầu", "The owner asks for it")),
    (
        Purpose::Investigation,
        Text::new("Quyết định của tòa án, cơ quan điều tra", "A decision of a court or of an investigation"),
    ),
    (
        Purpose::Administration,
        Text::new("Cơ quan quản lý định danh phát hiện vi phạm", "The identity authority found a violation"),
    ),
];

const PURPOSE: Invalid = Invalid::new("account/purpose", "Chọn vì việc gì", "Choose what it is for");

/// The two questions of a form.
pub(super) fn questions(lang: Lang, purpose: &str, legal_basis: &str, errors: &Errors<'_>) -> Markup {
    let purposes = PURPOSES
        .into_iter()
        .map(|(one, text)| Choice::new(one.code(), text.get(lang)).chosen(purpose == one.code()));
    html! {
        (Radios::new(Question::new("purpose", lang.pick("Vì việc gì", "What for")).errors(errors), purposes))
        (TextInput::new(Question::new("legal_basis", lang.pick("Căn cứ, số văn bản", "Legal basis, number of the document")).errors(errors)).value(legal_basis).max(200))
    }
}

/// What the next form carries along: whose account, and the two answers.
pub(super) fn carried(number: &str, purpose: &str, legal_basis: &str) -> Markup {
    html! {
        input type="hidden" name="number" value=(number);
        input type="hidden" name="purpose" value=(purpose);
        input type="hidden" name="legal_basis" value=(legal_basis);
    }
}

/// Whose account it is, as far as that could be read, with the two answers.
pub(super) fn read<T>(
    number: Result<T, Invalid>,
    purpose: &str,
    legal_basis: &str,
) -> Result<(T, Purpose, LegalBasis), Vec<Violation>> {
    let mut wrong = Vec::new();
    let number = number.map_err(|i| wrong.push(i.at("number"))).ok();
    let purpose = PURPOSES.into_iter().map(|(one, _)| one).find(|one| one.code() == purpose);
    if purpose.is_none() {
        wrong.push(PURPOSE.at("purpose"));
    }
    let basis = LegalBasis::parse(legal_basis).map_err(|i| wrong.push(i.at("legal_basis"))).ok();
    match (number, purpose, basis) {
        (Some(number), Some(purpose), Some(basis)) => Ok((number, purpose, basis)),
        _ => Err(wrong),
    }
}
