//! What all forms of acts share: when and on what evidence, the way back, and what follows on recording.

use super::{
    super::{
        typed::{Reader, Typed},
        visit::Visit,
    },
    alike,
};
use crate::{
    Population,
    service::{Alike, Draft, Error, Intent, Recorded, Registered},
};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use vocabulary::{ActSeq, HouseholdId, PartialDate, PersonId, Text, Violation, kinds};
use web::{
    Outcome,
    components::{Banner, Button, DateInput, Errors, Form, Question, TextInput, error_summary},
};

/// Why a form comes back.
#[derive(Default)]
pub(super) struct Again {
    /// What is wrong with it.
    pub violations: Vec<Violation>,
    /// A record has changed since the form was shown; the page now shows it as it is.
    pub conflict: bool,
    /// Somebody was found whom the officer is to look at first.
    pub check: bool,
}

impl Again {
    /// A form with faults.
    pub fn faults(violations: Vec<Violation>) -> Again {
        Again { violations, ..Again::default() }
    }

    /// A form in which somebody was found.
    pub fn check() -> Again {
        Again { check: true, ..Again::default() }
    }
}

/// A form of an act around its own questions.
pub(super) struct Sheet<'a> {
    /// The heading.
    pub title: &'a str,
    /// What one should know, in one or two sentences.
    pub intro: Text,
    /// Where it posts to.
    pub action: &'a str,
    /// Where *cancel* leads, and what that is called above.
    pub back: (&'a str, &'a str),
    /// The button.
    pub button: Text,
}

const RECORD: Text = Text::new("Ghi nhận", "Record");
const CONTINUE: Text = Text::new("Tiếp tục", "Continue");
const CANCEL: Text = Text::new("Bỏ, quay lại", "Cancel");
const CHANGED: Text = Text::new(
    "Hồ sơ đã thay đổi từ lúc bạn mở biểu mẫu. Chưa có gì được ghi.",
    "The record has changed since you opened the form. Nothing was recorded.",
);
const CHANGED_MORE: Text = Text::new(
    "Trang này đã tải lại dữ liệu mới nhất và giữ những gì bạn đã điền. Kiểm tra lại rồi bấm ghi nhận lần nữa.",
    "This page shows the latest data and keeps what you typed. Check it, then record again.",
);
const CHECK: Text =
    Text::new("Kiểm tra người hoặc hộ vừa tìm thấy, rồi bấm ghi nhận.", "Check who was found, then record.");

impl Sheet<'_> {
    /// The button that records.
    pub const RECORD: Text = RECORD;
    /// The button that goes on to the next step.
    pub const CONTINUE: Text = CONTINUE;

    /// The page with the questions of the act.
    pub fn page(&self, visit: &Visit, again: &Again, errors: &Errors<'_>, questions: Markup) -> Markup {
        let lang = visit.lang();
        let (back, place) = self.back;
        let mut page = visit.page(self.title).with_errors(errors.any());
        if back != "/desk" {
            page = page.crumb(place, back);
        }
        if again.conflict {
            let more = html! { p.govuk-body { (CHANGED_MORE.get(lang)) } };
            page = page.notice(&Banner::important(lang, CHANGED.get(lang)).more(more));
        } else if again.check {
            page = page.notice(&Banner::important(lang, CHECK.get(lang)));
        }
        page.body(visit.framed(html! {
            (error_summary(errors))
            h1.govuk-heading-l { (self.title) }
            p.govuk-body { (self.intro.get(lang)) }
            (Form::new(&visit.context, self.action, html! {
                (questions)
                div.dancu-actions {
                    (Button::main(self.button.get(lang)))
                    a.govuk-link href=(back) { (CANCEL.get(lang)) }
                }
            }))
        }))
    }

    /// The page as an answer: refused, in conflict, or to be looked at.
    pub fn answer(again: &Again, page: Markup) -> Response {
        let status = match again {
            Again { conflict: true, .. } => StatusCode::CONFLICT,
            Again { violations, .. } if !violations.is_empty() => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::OK,
        };
        (status, page).into_response()
    }
}

const EFFECTIVE: Text = Text::new("Ngày hiệu lực", "Effective date");
const EVIDENCE: Text = Text::new("Căn cứ (số, ngày giấy tờ)", "Evidence (number and date of the paper)");
const EVIDENCE_HINT: Text = Text::new(
    "Ví dụ: Tờ khai CT01 ngày 05/08/2026, hồ sơ 000.17.22.H56-260805-0001",
    "Such as: form CT01 of 05/08/2026, dossier 000.17.22.H56-260805-0001",
);

/// The questions of when and why.
pub(super) fn when_and_why(visit: &Visit, label: Option<Text>, typed: &Typed, errors: &Errors<'_>) -> Markup {
    let lang = visit.lang();
    let date = typed.date("effective");
    html! {
        (DateInput::new(lang, Question::new("effective", label.unwrap_or(EFFECTIVE).get(lang)).errors(errors), &date))
        (evidence(visit, typed, errors))
    }
}

/// The question of the paper behind an act.
pub(super) fn evidence(visit: &Visit, typed: &Typed, errors: &Errors<'_>) -> Markup {
    let lang = visit.lang();
    html! {
        (TextInput::new(Question::new("evidence", EVIDENCE.get(lang)).hint(EVIDENCE_HINT.get(lang)).errors(errors))
            .value(typed.one("evidence")))
    }
}

/// A form as it is first shown: today, and the dossier in work as evidence.
pub(super) fn begun(visit: &Visit) -> Typed {
    let dossier = visit.ask.basis.as_ref().and_then(|b| b.dossier.as_ref());
    let evidence =
        dossier.map(|code| format!("{} {code}", visit.lang().pick("Hồ sơ", "Dossier"))).unwrap_or_default();
    Typed::default().put_date("effective", PartialDate::today()).put("evidence", evidence)
}

/// The version of a record that the officer sees, for the form to send back.
pub(super) fn seen(id: PersonId, version: ActSeq) -> Markup {
    html! { input type="hidden" name="seen" value={ (id) ":" (version) }; }
}

/// The versions that the form sends back.
fn versions(typed: &Typed) -> Vec<(PersonId, ActSeq)> {
    let pair = |text: &str| {
        let (id, version) = text.split_once(':')?;
        Some((PersonId(id.parse().ok()?), ActSeq(version.parse().ok()?)))
    };
    typed.all("seen").filter_map(pair).collect()
}

/// The draft of an act: reads date and evidence and the versions seen. Without an intent, which the reader has said
/// why, there is none.
pub(super) fn draft(reader: &mut Reader<'_>, intent: Option<Intent>) -> Option<Draft> {
    let effective = reader.date("effective");
    let evidence = reader.text("evidence", 200);
    Some(Draft { effective, evidence, intent: intent?, seen: versions(reader.typed) })
}

/// Records a draft: the receipt, or why the form comes back. `fields` are the names that the form's own questions have;
/// a fault of anything else is told above the form. `left` is the household whose head may have gone.
pub(super) async fn file(
    population: &Population,
    visit: &Visit,
    draft: Option<Draft>,
    fields: &[&str],
    left: Option<HouseholdId>,
) -> Outcome<Result<Response, Again>> {
    let Some(draft) = draft else { return Ok(Err(Again::default())) };
    answered(population.record(&visit.ask, draft).await, fields, left)
}

/// Registers a person as [`file`] records other acts; where somebody may be the same person who was not told apart, these
/// come back with the form.
pub(super) async fn register(
    population: &Population,
    visit: &Visit,
    draft: Option<Draft>,
    fields: &[&str],
    typed: &Typed,
) -> Outcome<Result<Response, (Again, Option<Alike>)>> {
    let Some(draft) = draft else { return Ok(Err((Again::default(), None))) };
    let recorded = match population.register(&visit.ask, draft, &alike::read(typed)).await {
        Ok(Registered::Alike(found)) => return Ok(Err((alike::again(typed), Some(found)))),
        Ok(Registered::Recorded(recorded)) => Ok(recorded),
        Err(error) => Err(error),
    };
    Ok(answered(recorded, fields, None)?.map_err(|again| (again, None)))
}

/// The receipt of what was recorded, or why the form comes back.
fn answered(
    recorded: Result<Recorded, Error>,
    fields: &[&str],
    left: Option<HouseholdId>,
) -> Outcome<Result<Response, Again>> {
    match recorded {
        Ok(recorded) => {
            let Some(first) = recorded.acts.first() else { return Ok(Err(Again::default())) };
            let left = left.map(|household| format!("?left={household}")).unwrap_or_default();
            Ok(Ok(Redirect::to(&format!("/desk/receipts/{}{left}", first.seq)).into_response()))
        }
        Err(Error::Problem(problem)) if problem.kind == &kinds::INVALID => {
            let mut violations = problem.violations;
            for v in &mut violations {
                let own = match v.field.as_str() {
                    "persons" if fields.contains(&"members") => "members",
                    "told_apart.reason" => "apart-reason",
                    field if field == "effective" || field == "evidence" || fields.contains(&field) => {
                        continue;
                    }
                    _ => "",
                };
                v.field = own.to_owned();
            }
            Ok(Err(Again::faults(violations)))
        }
        Err(Error::Problem(problem)) if problem.kind == &kinds::CONFLICT => {
            Ok(Err(Again { conflict: true, ..Again::default() }))
        }
        Err(error) => Err(error.into()),
    }
}
