//! What the second officer decides of a file: the question on the page, and its answer.

use super::officer::Officer;
use crate::service::Ruling;
use maud::{Markup, html};
use vocabulary::{Invalid, Text, Violation};
use web::components::{Button, Choice, Errors, Form, Question, Radios, TextArea};

const CHOOSE: Invalid =
    Invalid::new("enrolment/choose", "Chọn duyệt hoặc từ chối", "Choose to approve or to refuse");

/// The question, posted to `action`. `approve` says what approving does, `reads` who reads why a file is refused.
pub(super) fn question(
    officer: &Officer,
    action: &str,
    [approve, reads]: [Text; 2],
    (ruling, reason): (&str, &str),
    errors: &Errors<'_>,
) -> Markup {
    let lang = officer.lang();
    let choices = [("approve", approve.get(lang)), ("refuse", lang.pick("Từ chối", "Refuse"))]
        .map(|(code, text)| Choice::new(code, text).chosen(ruling == code));
    html! {
        h2.govuk-heading-m { (lang.pick("Quyết định", "Decision")) }
        div.dancu-lead {
            (Form::new(&officer.context, action, html! {
                (Radios::new(Question::new("ruling", lang.pick("Bạn quyết định", "You decide")).errors(errors), choices))
                (TextArea::new(Question::new("reason", lang.pick("Lý do từ chối", "Why it is refused")).hint(reads.get(lang)).errors(errors))
                    .value(reason).rows(3))
                (Button::main(lang.pick("Ghi quyết định", "Record the decision")))
            }))
        }
    }
}

/// The answer, with the word for the page that follows.
pub(super) fn answer(ruling: &str, reason: &str) -> Result<(Ruling, &'static str), Violation> {
    match ruling {
        "approve" => Ok((Ruling::Approve, "approved")),
        "refuse" => Ok((Ruling::Refuse(reason.to_owned()), "refused")),
        _ => Err(CHOOSE.at("ruling")),
    }
}
