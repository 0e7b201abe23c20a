//! A merge on its page: what was proposed, decided by the second officer, and undone.

use super::{
    super::{
        queue::refused,
        visit::{BASE, Cleaning, Visit},
        words,
    },
    Fields, TITLE, beside, kind, records,
    side::{self, Chosen},
    state,
};
use crate::{Decision, MergingKind, MergingPage, MergingState, Quality, QualityError};
use axum::{
    extract::{Path, Query, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use population::{model::Part, pages::side as told};
use serde::Deserialize;
use vocabulary::{ActSeq, PersonId, Problem, Text, Violation, kinds};
use web::{
    FormBody, Outcome,
    components::{
        Banner, Button, Checkboxes, Choice, Errors, Form, Question, SummaryList, TextArea, TextInput,
        error_summary, warning,
    },
};

const DONE: &[(&str, Text)] = &[
    ("merged", Text::new("Đã hợp nhất hồ sơ", "The records were merged")),
    (
        "proposed",
        Text::new("Đã gửi đề nghị; chờ cán bộ thứ hai duyệt", "Proposed; a second officer approves"),
    ),
    ("approved", Text::new("Đã duyệt và thực hiện", "Approved and done")),
    ("refused", Text::new("Đã trả lại đề nghị", "The proposal was refused")),
    ("withdrawn", Text::new("Đã rút đề nghị", "The proposal was withdrawn")),
    (
        "undone",
        Text::new(
            "Đã hủy hợp nhất: mọi hồ sơ trở lại như trước",
            "The merge was undone: all records are as before",
        ),
    ),
];

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Told {
    done: String,
}

/// The page.
pub(in super::super) async fn show(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    Query(told): Query<Told>,
) -> Outcome<Markup> {
    let page = quality.merging(&visit.ask, id).await?;
    Ok(render(&visit, &page, &told.done, &Fields(Vec::new()), &[], None))
}

async fn answer(
    quality: &Quality,
    visit: &Visit,
    id: i64,
    typed: &Fields,
    outcome: Result<String, QualityError>,
) -> Outcome<Response> {
    let error = match outcome {
        Ok(to) => return Ok(Redirect::to(&format!("{BASE}/merge/{to}")).into_response()),
        Err(error) => error,
    };
    let (faults, problem) = match error {
        QualityError::Refused(problem) | QualityError::Registry(population::Error::Problem(problem))
            if problem.kind.status == 409 || problem.kind == &population::problems::MERGE_OWN =>
        {
            (problem.violations.clone(), Some(problem))
        }
        other => (refused(other)?, None),
    };
    let page = quality.merging(&visit.ask, id).await?;
    let status = problem.as_ref().map_or(kinds::INVALID.status, |p| p.kind.status);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::CONFLICT);
    Ok((status, render(visit, &page, "", typed, &faults, problem.as_ref())).into_response())
}

/// The second officer decides.
pub(in super::super) async fn decide(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(fields): FormBody<Vec<(String, String)>>,
) -> Outcome<Response> {
    let typed = Fields(fields);
    let (decision, word) = match typed.one("decision") {
        "approve" => (Decision::Approve, "approved"),
        _ => (Decision::Return(typed.one("note").to_owned()), "refused"),
    };
    let outcome = quality.decide_merging(&visit.ask, id, &decision).await;
    answer(&quality, &visit, id, &typed, outcome.map(|()| format!("{id}?done={word}"))).await
}

/// The own proposal is taken back.
pub(in super::super) async fn withdraw(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(fields): FormBody<Vec<(String, String)>>,
) -> Outcome<Response> {
    let outcome = quality.withdraw_merging(&visit.ask, id).await;
    answer(&quality, &visit, id, &Fields(fields), outcome.map(|()| format!("{id}?done=withdrawn"))).await
}

/// A merge is undone, or that is proposed.
pub(in super::super) async fn undo(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(fields): FormBody<Vec<(String, String)>>,
) -> Outcome<Response> {
    let typed = Fields(fields);
    let stay: Vec<ActSeq> = typed.all("stay").filter_map(|s| s.parse().ok().map(ActSeq)).collect();
    let outcome = quality.propose_undoing(&visit.ask, id, typed.one("reason"), &stay).await;
    let outcome = outcome.map(|m| {
        let word = if m.state == MergingState::Done { "undone" } else { "proposed" };
        format!("{}?done={word}", m.id)
    });
    answer(&quality, &visit, id, &typed, outcome).await
}

fn render(
    visit: &Visit,
    page: &MergingPage,
    done: &str,
    typed: &Fields,
    faults: &[Violation],
    problem: Option<&Problem>,
) -> Markup {
    let lang = visit.lang();
    let m = &page.merging;
    let errors = Errors::new(lang, faults);
    let title = format!("{} {} {}", kind(m, lang), lang.pick("số", "no."), m.id);
    let mut frame =
        visit.page(&title).crumb(visit.t(TITLE), &format!("{BASE}/merge")).with_errors(errors.any());
    if let Some(problem) = problem {
        let more = html! { p.govuk-body { (problem.kind.advice.get(lang)) } };
        frame = frame.notice(&Banner::important(lang, problem.kind.title.get(lang)).more(more));
    } else if let Some(banner) = words::done(lang, DONE, done) {
        frame = frame.notice(&banner);
    }
    let merge = m.kind == MergingKind::Merge;
    let chosen = Chosen {
        kept: Some(m.kept),
        parts: m
            .parts
            .iter()
            .filter_map(|p| Some((Part::parse(&p.part).ok()?, p.person, p.evidence.clone())))
            .collect(),
    };
    let nothing = |_: &str| None;
    let waiting = m.state == MergingState::Waiting && !page.expired;
    frame.body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        p { (state(m, lang)) }
        (summary(page, lang))
        @if !page.changed.is_empty() {
            (warning(lang, lang.pick(
                "Có hồ sơ đã thay đổi sau khi đề nghị: phải đối chiếu lại, không duyệt được đề nghị này.",
                "A record has changed since the proposal: it must be compared again, and cannot be approved as it is.",
            )))
        }
        (side::table(&page.records, None, &nothing, lang))
        @if merge && m.state == MergingState::Waiting { (side::result(&page.records, m.kept, &chosen, lang)) }
        @else if merge && !chosen.parts.is_empty() {
            h2.govuk-heading-m { (lang.pick("Các mục đã chọn", "What was chosen")) }
            ul class="govuk-list govuk-list--bullet" {
                @for (part, from, evidence) in &chosen.parts {
                    li { (told::label(*part, lang)) ": " (lang.pick("từ hồ sơ số ", "from record no. ")) (from) " – " (evidence) }
                }
            }
        }
        @if page.approvable && !page.expired { (deciding(visit, page, typed, &errors)) }
        @if page.own && m.state == MergingState::Waiting { (withdrawing(visit, page, waiting)) }
        @if page.undoable { (undoing(visit, page, typed, &errors)) }
    })
}

fn summary(page: &MergingPage, lang: vocabulary::Lang) -> Markup {
    let m = &page.merging;
    let evidence = match m.kind {
        MergingKind::Merge => lang.pick("Căn cứ hợp nhất", "Evidence"),
        MergingKind::Undoing => lang.pick("Lý do hủy", "Why it is undone"),
    };
    let link = |id: i64| html! { a.govuk-link href={ (BASE) "/merge/" (id) } { (lang.pick("việc số ", "no. ")) (id) } };
    html! {
        (SummaryList::new()
            .row(lang.pick("Hồ sơ", "Records"), html! { (records(m, lang)) })
            .row(evidence, html! { (m.evidence) })
            .row(lang.pick("Người đề nghị", "Proposed by"), html! { (m.officer) " · " (words::time(m.proposed_at)) })
            .row_if(lang.pick("Duyệt trước hết ngày", "To be approved by"), (m.state == MergingState::Waiting).then(|| words::figures(words::day(m.expires, lang))))
            .row_if(lang.pick("Người quyết định", "Decided by"), m.decided_by.as_ref().zip(m.decided_at).map(|(who, at)| html! { (who) " · " (words::time(at)) }))
            .row_if(lang.pick("Lý do không duyệt", "Why it was refused"), Some(m.note.as_str()).filter(|n| !n.is_empty()))
            .row_if(lang.pick("Hủy hợp nhất", "Undoes"), m.undoes.map(link))
            .row_if(lang.pick("Được hủy bởi", "Undone by"), page.undone_by.map(|(id, _)| link(id)))
            .row_if(lang.pick("Trường hợp làm sạch", "Case of cleaning"), m.case.map(|id| html! { a.govuk-link href={ (BASE) "/cases/" (id) } { (id) } })))
    }
}

fn deciding(visit: &Visit, page: &MergingPage, typed: &Fields, errors: &Errors<'_>) -> Markup {
    let lang = visit.lang();
    let action = format!("{BASE}/merge/{}/decide", page.merging.id);
    html! {
        h2.govuk-heading-m { (lang.pick("Duyệt", "Approval")) }
        (Form::new(&visit.context, &action, html! {
            (TextInput::new(Question::new("note", lang.pick("Nếu không duyệt: lý do", "If refused: why")).optional(lang).errors(errors)).value(typed.one("note")).max(500))
            div.govuk-button-group {
                @if page.changed.is_empty() { (Button::main(lang.pick("Duyệt và thực hiện", "Approve and carry out")).sends("decision", "approve")) }
                (Button::secondary(lang.pick("Không duyệt", "Refuse")).sends("decision", "refuse"))
            }
        }))
    }
}

fn withdrawing(visit: &Visit, page: &MergingPage, waiting: bool) -> Markup {
    let lang = visit.lang();
    let m = &page.merging;
    let action = format!("{BASE}/merge/{}/withdraw", m.id);
    let ids: Vec<PersonId> = m.records.iter().map(|r| r.person).collect();
    html! {
        @if m.kind == MergingKind::Merge && (!waiting || !page.changed.is_empty()) {
            p.govuk-body { a.govuk-link href=(beside(&ids, m.case)) { (lang.pick("Đối chiếu lại để đề nghị mới", "Compare again and propose anew")) } }
        }
        (Form::new(&visit.context, &action, html! { (Button::secondary(lang.pick("Rút đề nghị", "Withdraw the proposal"))) }))
    }
}

fn undoing(visit: &Visit, page: &MergingPage, typed: &Fields, errors: &Errors<'_>) -> Markup {
    let lang = visit.lang();
    let action = format!("{BASE}/merge/{}/undo", page.merging.id);
    let later = page.later.iter().map(|act| {
        let seq = act.seq.to_string();
        let label = format!(
            "{} {} {seq}, {}",
            act.content.kind().1.get(lang),
            lang.pick("số", "no."),
            act.effective.local_text()
        );
        let chosen = typed.all("stay").any(|s| s == seq);
        Choice::new(seq, label).chosen(chosen)
    });
    html! {
        h2.govuk-heading-m { (lang.pick("Hủy hợp nhất", "Undo the merge")) }
        p.govuk-body { (lang.pick(
            "Khi hợp nhất nhầm hai người: mọi hồ sơ, quan hệ và tài khoản trở lại đúng như không có việc hợp nhất; lịch sử vẫn ghi cả hai lần.",
            "Where two persons were merged by mistake: all records, ties and accounts are as if there had been no merge; the history keeps both.",
        )) }
        (Form::new(&visit.context, &action, html! {
            @if !page.later.is_empty() {
                (Checkboxes::new(Question::new("stay", lang.pick("Biến động sau khi hợp nhất", "Acts since the merge")).hint(lang.pick(
                    "Đánh dấu biến động là của hồ sơ giữ lại. Biến động của người kia thì hủy trước, rồi ghi lại vào hồ sơ của người đó. Hợp nhất sau thì hủy trước.",
                    "Tick what belongs to the record kept. What belongs to the other is annulled first, and recorded with the other again. A later merge is undone first.",
                )).errors(errors), later))
            }
            (TextArea::new(Question::new("reason", lang.pick("Vì sao hủy?", "Why is it undone?")).errors(errors)).value(typed.one("reason")).rows(2))
            (Button::warning(lang.pick("Hủy hợp nhất", "Undo the merge")))
        }))
    }
}
