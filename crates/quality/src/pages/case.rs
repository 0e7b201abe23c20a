//! One case: why, since when, which act made it, what to do next; and the forms by which it goes on.

use super::{
    queue::{next_button, refused},
    visit::{BASE, Cleaning, Visit},
    words,
};
use crate::{
    Case, CasePage, Decision, Proposal, Quality, QualityError,
    model::{State, Subject},
    problems::{CASE_STATE, OWN_CASE, STILL_WRONG},
    rules::Rule,
};
use access::Action;
use axum::{
    extract::{Path, Query, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Lang, PartialDate, Problem, Text, UnitCode, Violation, kinds};
use web::{
    FormBody, Outcome,
    components::{
        Banner, Button, Choice, Color, DateInput, DateParts, Details, Errors, Event, Form, Question, Radios,
        SummaryList, Tag, TextArea, TextInput, Timeline, error_summary,
    },
};

const DONE: &[(&str, Text)] = &[
    ("taken", Text::new("Bạn đã nhận trường hợp này", "The case is yours")),
    ("sent", Text::new("Đã gửi duyệt", "Sent for approval")),
    ("ended", Text::new("Đã duyệt", "Approved")),
    ("returned", Text::new("Đã trả lại cho cán bộ", "Returned to the officer")),
    ("asked", Text::new("Đã gửi câu hỏi", "The question was sent")),
    ("reopened", Text::new("Đã mở lại trường hợp", "The case was opened again")),
];

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    done: String,
}

/// What was typed into one of the forms of a case.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    version: i32,
    end: String,
    reason: String,
    decision: String,
    note: String,
    unit: String,
    question: String,
    #[serde(rename = "answer-by-day")]
    day: String,
    #[serde(rename = "answer-by-month")]
    month: String,
    #[serde(rename = "answer-by-year")]
    year: String,
}

impl Typed {
    fn answer_by(&self) -> DateParts {
        DateParts { day: self.day.clone(), month: self.month.clone(), year: self.year.clone() }
    }
}

/// The page of a case.
pub(super) async fn show(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    Query(told): Query<Told>,
) -> Outcome<Markup> {
    let case = quality.case(&visit.ask, id).await?;
    Ok(page(&quality, &visit, &case, &told.done, &Typed::default(), &[], None))
}

/// What a step led to: back to the case, or the case again with what is wrong.
async fn answer(
    quality: &Quality,
    visit: &Visit,
    id: i64,
    typed: &Typed,
    outcome: Result<(), QualityError>,
    word: &str,
) -> Outcome<Response> {
    let error = match outcome {
        Ok(()) => return Ok(Redirect::to(&format!("{BASE}/cases/{id}?done={word}")).into_response()),
        Err(error) => error,
    };
    let (faults, problem) = match error {
        QualityError::Refused(problem)
            if [&STILL_WRONG, &OWN_CASE, &CASE_STATE, &kinds::CONFLICT].contains(&problem.kind) =>
        {
            (Vec::new(), Some(problem))
        }
        other => (refused(other)?, None),
    };
    let case = quality.case(&visit.ask, id).await?;
    let status = problem.as_ref().map_or(StatusCode::UNPROCESSABLE_ENTITY, |p| {
        StatusCode::from_u16(p.kind.status).unwrap_or(StatusCode::CONFLICT)
    });
    Ok((status, page(quality, visit, &case, "", typed, &faults, problem.as_ref())).into_response())
}

pub(super) async fn take(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let outcome = quality.take(&visit.ask, id, typed.version).await;
    answer(&quality, &visit, id, &typed, outcome, "taken").await
}

pub(super) async fn propose(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let outcome = match State::parse(&typed.end) {
        Ok(end) => {
            let proposal = Proposal { end, reason: typed.reason.clone(), version: typed.version };
            quality.propose(&visit.ask, id, &proposal).await
        }
        Err(_) => Err(NO_END.at("end").into()),
    };
    answer(&quality, &visit, id, &typed, outcome, "sent").await
}

const NO_END: vocabulary::Invalid =
    vocabulary::Invalid::new("case/end", "Chọn cách kết thúc", "Choose how the case ends");

pub(super) async fn decide(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let (decision, word) = match typed.decision.as_str() {
        "approve" => (Decision::Approve, "ended"),
        _ => (Decision::Return(typed.note.clone()), "returned"),
    };
    let outcome = quality.decide_case(&visit.ask, id, typed.version, &decision).await;
    answer(&quality, &visit, id, &typed, outcome, word).await
}

pub(super) async fn reopen(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let outcome = quality.reopen(&visit.ask, id, typed.version, &typed.note).await;
    answer(&quality, &visit, id, &typed, outcome, "reopened").await
}

pub(super) async fn ask_office(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Path(id): Path<i64>,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let mut faults: Vec<Violation> = Vec::new();
    let unit = UnitCode::parse(&typed.unit).map_err(|i| faults.push(i.at("unit")));
    let day = typed.answer_by().read("answer-by").map_err(|v| faults.push(v));
    let outcome = match (unit, day) {
        (Ok(unit), Ok(day)) => quality.ask_office(&visit.ask, id, unit, &typed.question, day).await,
        _ => Err(Problem::invalid(faults).into()),
    };
    answer(&quality, &visit, id, &typed, outcome, "asked").await
}

fn page(
    quality: &Quality,
    visit: &Visit,
    page: &CasePage,
    told: &str,
    typed: &Typed,
    faults: &[Violation],
    problem: Option<&Problem>,
) -> Markup {
    let lang = visit.lang();
    let case = &page.case;
    let rule = quality.rules().find(&case.rule);
    let errors = Errors::new(lang, faults);
    let title = words::rule(quality.rules(), &case.rule, lang);
    let mut frame = visit
        .page(&title)
        .crumb(lang.pick("Danh sách trường hợp", "Cases"), &format!("{BASE}/cases"))
        .with_errors(errors.any());
    if let Some(problem) = problem {
        let more = html! { p.govuk-body { (problem.kind.advice.get(lang)) } };
        frame = frame.notice(&Banner::important(lang, problem.kind.title.get(lang)).more(more));
    } else if let Some(banner) = words::done(lang, DONE, told) {
        frame = frame.notice(&banner);
    }
    let works = quality.may(&visit.ask, Action::WorkCases);
    let approves = quality.may(&visit.ask, Action::ApproveCases);
    let in_hand = works && matches!(case.state, State::Open | State::Working) && !case.closed;
    frame.body(html! {
        (error_summary(&errors))
        span.govuk-caption-l { (case.indicator.code()) " – " (case.indicator.text().get(lang)) " · " (lang.pick("trường hợp số ", "case no. ")) (case.id) }
        h1.govuk-heading-l { (title) }
        p { (words::state(case.state, lang)) }
        (why(page, rule, lang))
        @if let Some(row) = &page.row {
            h2.govuk-heading-m { (lang.pick("Dòng của ngành", "The sector's row")) }
            (super::sectors::summary(quality, row, lang))
        }
        (record(page, lang))
        (alike(quality, visit, page))
        @if in_hand {
            (next_step(case, rule, page.standing.is_some(), lang))
            (ending(visit, case, page.standing.is_none(), typed, &errors, lang))
            @if case.state == State::Open { (taking(visit, case, lang)) }
        }
        @if approves && case.state == State::Submitted && !case.closed { (deciding(visit, case, typed, &errors, lang)) }
        @if approves && case.state.is_end() && case.state != State::Fixed && !case.closed { (reopening(visit, case, typed, &errors, lang)) }
        @if works { p { (next_button(lang, Some(case.id))) } }
        (questions(visit, page, typed, &errors, (works || approves) && !case.closed, lang))
        (steps(page, lang))
    })
}

/// Why, since when, which act made it, on which basis.
fn why(page: &CasePage, rule: Option<&Rule>, lang: Lang) -> Markup {
    let case = &page.case;
    let mut list = SummaryList::new();
    list = match &page.standing {
        Some((since, act)) => {
            let day = words::day(*since, lang);
            list.row(
                lang.pick("Kiểm tra vừa xong", "Checked just now"),
                html! { (Tag::new(Color::Red, lang.pick("Vẫn còn lỗi", "Still wrong"))) },
            )
            .row(lang.pick("Từ ngày", "Since"), words::figures(day))
            .row(
                lang.pick("Biến động gây ra", "The act that made it"),
                html! {
                    @match &page.act {
                        Some(sketch) => {
                            (sketch.kind.get(lang)) " " (lang.pick("số", "no.")) " " (words::figures(act))
                            span.dancu-provenance {
                                (lang.pick("ghi ngày ", "recorded on ")) (words::time(sketch.recorded)) " · "
                                (lang.pick("cơ quan ", "agency ")) (sketch.agency)
                            }
                        }
                        None => (lang.pick("chưa xác định được", "could not be told")),
                    }
                },
            )
        }
        None => list
            .row(
                lang.pick("Kiểm tra vừa xong", "Checked just now"),
                html! { (Tag::new(Color::Green, lang.pick("Không còn lỗi", "Nothing wrong any more"))) },
            )
            .row(
                lang.pick("Lỗi khi được giao, từ ngày", "The fault as handed out, since"),
                words::figures(words::day(case.since, lang)),
            ),
    };
    if let Some(rule) = rule {
        list = list
            .row(
                lang.pick("Tiêu chí, mức độ", "Word, weight"),
                html! { (rule.word.text().get(lang)) " · " (rule.severity.text().get(lang)) },
            )
            .row(lang.pick("Căn cứ", "Legal basis"), html! { (rule.basis) });
    }
    html! {
        (list
            .row(lang.pick("Xã, phường", "Commune"), html! { (words::unit(case.unit, lang)) })
            .row(lang.pick("Hạn của đợt", "Due"), words::figures(words::day(case.due, lang)))
            .row_if(lang.pick("Cán bộ", "Officer"), case.officer.as_deref())
            .row_if(lang.pick("Đề nghị kết thúc", "Proposed ending"), case.proposed.map(|p| p.text().get(lang)))
            .row_if(lang.pick("Lý do", "Reason"), Some(case.reason.as_str()).filter(|r| !r.is_empty())))
    }
}

/// Who it is about, as far as shown: this look is in the ledger.
fn record(page: &CasePage, lang: Lang) -> Markup {
    let path = page.case.subject.path();
    let title = html! { h2.govuk-heading-m { (lang.pick("Hồ sơ", "The record")) } };
    let entry = |number: u64| {
        html! { p class="govuk-body-s dancu-muted" { (lang.pick("Lần xem này là mục nhật ký số ", "This look is ledger entry no. ")) (words::figures(number)) "." } }
    };
    if let Some(shown) = &page.person {
        let p = &shown.person.person;
        let path = format!("/desk/persons/{}", p.id);
        let name =
            p.name.as_ref().map_or(lang.pick("(chưa có họ tên)", "(no name recorded)"), |n| n.reveal());
        let number = p.number.map_or_else(|| lang.pick("chưa có", "none").to_owned(), |n| n.reveal());
        return html! {
            (title)
            (SummaryList::new()
                .row(lang.pick("Họ tên", "Name"), html! { a.govuk-link href=(path) { (name) } })
                .row(lang.pick("Số định danh", "Personal number"), words::figures(number))
                .row(lang.pick("Ngày sinh", "Born"), words::figures(words::day(p.birth_date, lang)))
                .row_if(lang.pick("Giới tính", "Sex"), p.sex.map(|s| s.text().get(lang))))
            (entry(shown.entry))
        };
    }
    if let Some(shown) = &page.household {
        return html! {
            (title)
            ul class="govuk-list" {
                @for member in &shown.members {
                    @let p = &member.person;
                    @let name = p.name.as_ref().map_or(lang.pick("(chưa có họ tên)", "(no name recorded)"), |n| n.reveal());
                    li {
                        a.govuk-link href={ "/desk/persons/" (p.id) } { (name) }
                        @if let Some(relation) = p.relation { " – " (relation.text().get(lang)) }
                        " · " a.govuk-link href={ "/desk/persons/" (p.id) "/acts/correction" } {
                            (lang.pick("điều chỉnh", "correct")) span.govuk-visually-hidden { " " (name) }
                        }
                    }
                }
            }
            p.govuk-body { a.govuk-link href=(path) { (lang.pick("Mở trang của hộ", "Open the household's page")) } }
            (entry(shown.entry))
        };
    }
    html! {
        @if let Some(problem) = &page.hidden {
            (title)
            p.govuk-body { (problem.kind.title.get(lang)) ". " (problem.kind.advice.get(lang)) }
        }
    }
}

/// The records that may be the same person's, and the way to the merge desk.
fn alike(quality: &Quality, visit: &Visit, page: &CasePage) -> Markup {
    if page.alike.is_empty() || !quality.may(&visit.ask, Action::CompareRecords) {
        return html! {};
    }
    let lang = visit.lang();
    let link = format!("{BASE}/merge/new?case={}", page.case.id);
    let count = page.alike.len();
    html! {
        h2.govuk-heading-m { (lang.pick("Hồ sơ nghi là của cùng một người", "Records that may be the same person's")) }
        p.govuk-body {
            (lang.pick("Số hồ sơ: ", "Record no. "))
            @for (at, id) in page.alike.iter().enumerate() { @if at > 0 { ", " } (words::figures(id)) }
            @if count >= population::MERGE_MOST { " " (lang.pick("(đối chiếu tối đa 5 hồ sơ một lần)", "(at most 5 are compared at a time)")) }
        }
        (super::merge::pairs(&page.pairs, lang))
        (Button::main(lang.pick("Đối chiếu, hợp nhất", "Compare and merge")).link(&link))
    }
}

/// What to do next, with the form of the desk that mends it.
fn next_step(case: &Case, rule: Option<&Rule>, wrong: bool, lang: Lang) -> Markup {
    if !wrong {
        return html! {
            p.govuk-body { (lang.pick(
                "Quy tắc không còn tìm thấy lỗi: gửi duyệt là “Đã làm sạch”.",
                "The rule finds nothing any more: send it for approval as “Fixed”.",
            )) }
        };
    }
    let form = rule.and_then(|r| r.act.as_deref()).map(|act| format!("{}/acts/{act}", case.subject.path()));
    let link = form.unwrap_or_else(|| case.subject.path());
    let hint = match case.subject {
        Subject::Person(_) => lang.pick(
            "Đối chiếu giấy tờ, tàng thư, rồi sửa hồ sơ bằng biểu mẫu; quay lại đây gửi duyệt. Lỗi được kiểm tra lại ngay khi hồ sơ thay đổi.",
            "Compare with papers and archive, and mend the record with the form; come back here and send it for approval. The rule is checked again as soon as the record changes.",
        ),
        Subject::Household(_) => lang.pick(
            "Ghi thay đổi chủ hộ, hoặc điều chỉnh quan hệ của từng người trong danh sách trên; quay lại đây gửi duyệt.",
            "Record a change of head, or correct the relation of a member in the list above; come back here and send it for approval.",
        ),
        Subject::Row(_) => lang.pick(
            "Đối chiếu giấy tờ của người dân. Hồ sơ dân cư sai thì sửa hồ sơ; dòng của ngành sai thì báo ngành sửa và gửi lại tệp: khi khớp, trường hợp này gửi duyệt được.",
            "Compare with the person's papers. Where the registry is wrong, mend the record; where the row is, have the sector mend it and send its file again: once they match, the case can be sent for approval.",
        ),
    };
    html! {
        h2.govuk-heading-m { (lang.pick("Việc cần làm", "What to do next")) }
        p.govuk-body { (hint) }
        (Button::secondary(lang.pick("Mở biểu mẫu sửa hồ sơ", "Open the form that mends it")).link(&link))
    }
}

fn version(case: &Case) -> Markup {
    html! { input type="hidden" name="version" value=(case.version); }
}

/// The endings, with a reason.
fn ending(visit: &Visit, case: &Case, right: bool, typed: &Typed, errors: &Errors<'_>, lang: Lang) -> Markup {
    let chosen = if typed.end.is_empty() && right { State::Fixed.code() } else { typed.end.as_str() };
    let choices = State::ENDS.iter().map(|end| {
        let hint = match end {
            State::Fixed => lang.pick(
                "Chỉ được khi quy tắc không còn tìm thấy lỗi",
                "Only where the rule finds nothing any more",
            ),
            State::NeverIssued => lang
                .pick("Người dân cam kết chưa từng được cấp", "The person declares that it was never issued"),
            State::CannotClean => lang.pick(
                "Không còn cách nào xác minh; nêu đã làm những gì",
                "There is no way left to find out; say what was tried",
            ),
            State::Elsewhere => lang.pick(
                "Việc còn lại của tỉnh khác; nêu tỉnh nào, việc gì",
                "What is left is another province's; say which and what",
            ),
            _ => lang.pick(
                "Hồ sơ đúng như thực tế; nêu giấy tờ chứng minh",
                "The record is as things are; name the paper",
            ),
        };
        Choice::new(end.code(), end.text().get(lang)).hint(hint).chosen(chosen == end.code())
    });
    let action = format!("{BASE}/cases/{}/propose", case.id);
    html! {
        h2.govuk-heading-m { (lang.pick("Gửi duyệt", "Send for approval")) }
        (Form::new(&visit.context, &action, html! {
            (version(case))
            (Radios::new(Question::new("end", lang.pick("Kết thúc là", "It ends as")).errors(errors), choices))
            (TextArea::new(Question::new("reason", lang.pick("Lý do, giấy tờ", "Reason, papers")).hint(lang.pick(
                "Bắt buộc, trừ khi đã làm sạch", "Needed, unless it was fixed",
            )).errors(errors)).value(&typed.reason).rows(3))
            (Button::main(lang.pick("Gửi duyệt", "Send for approval")))
        }))
    }
}

fn taking(visit: &Visit, case: &Case, lang: Lang) -> Markup {
    let action = format!("{BASE}/cases/{}/take", case.id);
    html! {
        (Form::new(&visit.context, &action, html! {
            (version(case))
            (Button::secondary(lang.pick("Nhận xử lý", "Take the case")))
        }))
    }
}

fn deciding(visit: &Visit, case: &Case, typed: &Typed, errors: &Errors<'_>, lang: Lang) -> Markup {
    let action = format!("{BASE}/cases/{}/decide", case.id);
    html! {
        h2.govuk-heading-m { (lang.pick("Duyệt", "Approval")) }
        (Form::new(&visit.context, &action, html! {
            (version(case))
            (TextInput::new(Question::new("note", lang.pick("Nếu trả lại: còn thiếu gì", "If returned: what is missing")).optional(lang).errors(errors)).value(&typed.note).max(500))
            div.govuk-button-group {
                (Button::main(lang.pick("Duyệt như đề nghị", "Approve as proposed")).sends("decision", "approve"))
                (Button::secondary(lang.pick("Trả lại", "Return")).sends("decision", "return"))
            }
        }))
    }
}

fn reopening(visit: &Visit, case: &Case, typed: &Typed, errors: &Errors<'_>, lang: Lang) -> Markup {
    let action = format!("{BASE}/cases/{}/reopen", case.id);
    html! {
        h2.govuk-heading-m { (lang.pick("Mở lại", "Open again")) }
        (Form::new(&visit.context, &action, html! {
            (version(case))
            (TextInput::new(Question::new("note", lang.pick("Lý do mở lại", "Why it is opened again")).hint(lang.pick("Ví dụ: tỉnh khác đã trả lời", "Such as: the other province has answered")).errors(errors)).value(&typed.note).max(500))
            (Button::secondary(lang.pick("Mở lại trường hợp", "Open the case again")))
        }))
    }
}

fn questions(
    visit: &Visit,
    page: &CasePage,
    typed: &Typed,
    errors: &Errors<'_>,
    may_ask: bool,
    lang: Lang,
) -> Markup {
    let today = PartialDate::today();
    let action = format!("{BASE}/cases/{}/ask", page.case.id);
    let form = html! {
        (Form::new(&visit.context, &action, html! {
            (TextInput::new(Question::new("unit", lang.pick("Hỏi xã, phường hoặc tỉnh nào (mã)", "Which commune or province is asked (code)")).hint(lang.pick("5 chữ số là xã, phường; 2 chữ số là tỉnh", "5 digits for a commune, 2 for a province")).errors(errors)).value(&typed.unit).width(5).max(5))
            (TextArea::new(Question::new("question", lang.pick("Câu hỏi", "The question")).hint(lang.pick("Không ghi số định danh; người trả lời mở được trường hợp này khi có quyền", "Give no personal number")).errors(errors)).value(&typed.question).rows(3))
            (DateInput::new(lang, Question::new("answer-by", lang.pick("Trả lời trước ngày", "Answer by")).errors(errors), &typed.answer_by()))
            (Button::secondary(lang.pick("Gửi câu hỏi", "Send the question")))
        }))
    };
    html! {
        h2.govuk-heading-m { (lang.pick("Hỏi cơ quan khác", "Questions to other offices")) }
        @for q in &page.questions {
            @let late = q.answer.is_none() && q.answer_by < today;
            (SummaryList::new()
                .row(words::unit(Some(q.unit), lang), html! { (q.question) span.dancu-provenance { (q.asked_by) " · " (words::time(q.asked_at)) } })
                .row(lang.pick("Trả lời", "Answer"), html! {
                    @match (&q.answer, q.answered_at) {
                        (Some(answer), Some(at)) => {
                            (answer) span.dancu-provenance { (q.answered_by.as_deref().unwrap_or_default()) " · " (words::time(at)) }
                        }
                        _ => {
                            (lang.pick("chưa có; hạn ", "none yet; due ")) (words::day(q.answer_by, lang))
                            @if late { " " (Tag::new(Color::Red, lang.pick("Quá hạn", "Late"))) }
                        }
                    }
                }))
        }
        @if may_ask {
            (Details::new(lang.pick("Đặt câu hỏi có hạn trả lời", "Ask, with a day for the answer"), form).open(!typed.question.is_empty() || errors.of("unit").is_some()))
        }
    }
}

fn steps(page: &CasePage, lang: Lang) -> Markup {
    let events = page.steps.iter().map(|step| {
        let mut event = Event::new(words::time(step.at), step.state.text().get(lang)).who(step.who.clone());
        if !step.note.is_empty() {
            event = event.body(html! { p.govuk-body-s { (step.note) } });
        }
        event
    });
    html! {
        h2.govuk-heading-m { (lang.pick("Các bước đã qua", "Steps so far")) }
        (Timeline::new(events))
    }
}
