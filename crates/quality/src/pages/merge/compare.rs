//! Records side by side: what differs, which is kept, what is taken over, and the preview before it is done.

use super::{
    super::{
        queue::refused,
        visit::{BASE, Cleaning, Visit},
    },
    Fields, TITLE, beside, ids, joined,
    side::{self, Chosen},
};
use crate::{Beside, MergingState, NewMerging, Quality, QualityError};
use access::Action;
use axum::{
    extract::{Query, State as Shared},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use population::model::Part;
use serde::Deserialize;
use vocabulary::{ActSeq, PersonId, Violation, kinds};
use web::{
    FormBody, Outcome,
    components::{
        Banner, Button, Details, Errors, Form, Question, SummaryList, TextArea, TextInput, error_summary,
        inset,
    },
};

/// The records that are compared, by their identifiers.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Which {
    records: String,
    case: Option<i64>,
}

/// The records side by side.
pub(in super::super) async fn show(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Query(which): Query<Which>,
) -> Outcome<Response> {
    let records = match (ids(&which.records), which.case) {
        (records, Some(case)) if records.is_empty() => quality.records_of_case(&visit.ask, case).await?,
        (records, _) => records,
    };
    if records.len() < 2 {
        return Ok(Redirect::to(&format!("{BASE}/merge")).into_response());
    }
    let compared = quality.beside(&visit.ask, &records).await?;
    let typed = Fields(Vec::new());
    Ok(choices(&quality, &visit, &compared, which.case, &typed, &[], None).into_response())
}

fn read(typed: &Fields) -> NewMerging {
    let person = |text: &str| text.parse().ok().map(PersonId);
    let mut parts = Vec::new();
    for part in Part::ALL.iter().copied().filter(|part| part.is_chosen()) {
        if let Some(from) = person(typed.one(&format!("part-{}", part.code()))) {
            parts.push((part, from, typed.one(&format!("evidence-{}", part.code())).to_owned()));
        }
    }
    let seen = typed.all("seen").filter_map(|text| {
        let (id, version) = text.split_once(':')?;
        Some((PersonId(id.parse().ok()?), ActSeq(version.parse().ok()?)))
    });
    NewMerging {
        kept: person(typed.one("kept")),
        records: ids(typed.one("records")),
        parts,
        evidence: typed.one("evidence").to_owned(),
        case: typed.one("case").parse().ok(),
        seen: seen.collect(),
    }
}

/// The choice, sent: to be looked at once more, or confirmed.
pub(in super::super) async fn submit(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    FormBody(fields): FormBody<Vec<(String, String)>>,
) -> Outcome<Response> {
    let typed = Fields(fields);
    let new = read(&typed);
    let step = typed.one("step");
    let faults = match quality.check_merging(&new) {
        Ok(()) => Vec::new(),
        Err(error) => refused(error)?,
    };
    if !faults.is_empty() || step == "back" {
        let compared = quality.beside(&visit.ask, &new.records).await?;
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let page = choices(&quality, &visit, &compared, new.case, &typed, &faults, None);
        return Ok((status, page).into_response());
    }
    if step != "confirm" {
        let compared = quality.beside(&visit.ask, &new.records).await?;
        return Ok(preview(&visit, &compared, &new).into_response());
    }
    let problem =
        match quality.propose_merging(&visit.ask, &new).await {
            Ok(merging) => {
                let word = if merging.state == MergingState::Done { "merged" } else { "proposed" };
                return Ok(Redirect::to(&format!("{BASE}/merge/{}?done={word}", merging.id)).into_response());
            }
            Err(
                QualityError::Refused(problem) | QualityError::Registry(population::Error::Problem(problem)),
            ) if problem.kind.status == 409 || problem.kind == &kinds::INVALID => problem,
            Err(error) => return Err(error.into()),
        };
    let compared = quality.beside(&visit.ask, &new.records).await?;
    let page =
        choices(&quality, &visit, &compared, new.case, &typed, &problem.violations, Some(problem.kind));
    Ok((StatusCode::from_u16(problem.kind.status).unwrap_or(StatusCode::CONFLICT), page).into_response())
}

/// What every step carries on.
fn carried(compared: &Beside, case: Option<i64>) -> Markup {
    let records: Vec<PersonId> = compared.records.iter().map(|p| p.person.person.id).collect();
    html! {
        input type="hidden" name="records" value=(joined(&records));
        @if let Some(case) = case { input type="hidden" name="case" value=(case); }
        @for page in &compared.records {
            @let p = &page.person.person;
            input type="hidden" name="seen" value={ (p.id) ":" (p.version) };
        }
    }
}

fn choices(
    quality: &Quality,
    visit: &Visit,
    compared: &Beside,
    case: Option<i64>,
    typed: &Fields,
    faults: &[Violation],
    problem: Option<&vocabulary::Kind>,
) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, faults);
    let new = read(typed);
    let chosen = Chosen { kept: new.kept, parts: new.parts };
    let title = lang.pick("Đối chiếu hồ sơ", "Compare records");
    let mut page =
        visit.page(title).crumb(visit.t(TITLE), &format!("{BASE}/merge")).with_errors(errors.any());
    if let Some(kind) = problem {
        let more = html! { p.govuk-body { (kind.advice.get(lang)) } };
        page = page.notice(&Banner::important(lang, kind.title.get(lang)).more(more));
    }
    let merges = visit.may(quality, Action::MergeRecords);
    let error = |field: &str| errors.of(field).map(str::to_owned);
    page.body(html! {
        (error_summary(&errors))
        h1.govuk-heading-l { (title) }
        (side::reasons(compared, lang))
        @if !merges {
            (side::table(&compared.records, None, &error, lang))
        } @else {
            p.govuk-body { (lang.pick(
                "Chọn hồ sơ giữ lại, rồi ở từng mục khác nhau chọn giá trị đúng và nêu căn cứ. Mục không chọn giữ như hồ sơ giữ lại.",
                "Choose the record to keep; then, where they differ, choose the right value and say on what evidence. What is not chosen stays as in the record kept.",
            )) }
            (Form::new(&visit.context, &format!("{BASE}/merge/new"), html! {
                (carried(compared, case))
                (side::table(&compared.records, Some(&chosen), &error, lang))
                (TextInput::new(Question::new("evidence", lang.pick("Căn cứ hợp nhất (số, ngày giấy tờ)", "Evidence for the merge (number and date of the paper)")).errors(&errors)).value(typed.one("evidence")))
                (Button::main(lang.pick("Xem trước kết quả", "Preview")).sends("step", "preview"))
            }))
            (different(visit, compared, case, typed, &errors))
        }
    })
}

/// The other honest ending: they are different persons.
fn different(
    visit: &Visit,
    compared: &Beside,
    case: Option<i64>,
    typed: &Fields,
    errors: &Errors<'_>,
) -> Markup {
    let lang = visit.lang();
    let form = html! {
        p.govuk-body { (lang.pick(
            "Cặp này không được đề xuất lại cho đến khi một hồ sơ thay đổi. Nếu mở từ một trường hợp của đợt làm sạch, kết luận được gửi chỉ huy duyệt là “Không phải lỗi”.",
            "The pair is not proposed again until one of the records changes. Where it began with a case of a campaign, the lead approves it as “Not an error”.",
        )) }
        (Form::new(&visit.context, &format!("{BASE}/merge/different"), html! {
            (carried(compared, case))
            (TextArea::new(Question::new("reason", lang.pick("Vì sao là những người khác nhau?", "Why are they different persons?")).errors(errors)).value(typed.one("reason")).rows(2))
            (Button::secondary(lang.pick("Không phải một người", "Not the same person")))
        }))
    };
    html! {
        (Details::new(lang.pick("Các hồ sơ này không phải của một người", "These are not one person's records"), form)
            .open(errors.of("reason").is_some()))
    }
}

/// They are different persons.
pub(in super::super) async fn judge(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    FormBody(fields): FormBody<Vec<(String, String)>>,
) -> Outcome<Response> {
    let typed = Fields(fields);
    let records = ids(typed.one("records"));
    let case: Option<i64> = typed.one("case").parse().ok();
    let reason = typed.one("reason");
    let outcome = match case {
        Some(id) => quality.propose_different(&visit.ask, id, reason).await,
        None => quality.judge_different(&visit.ask, &records, reason).await.map(drop),
    };
    match outcome {
        Ok(()) => {
            let to = match case {
                Some(id) => format!("{BASE}/cases/{id}?done=sent"),
                None => beside(&records, None),
            };
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => {
            let faults = refused(error)?;
            let compared = quality.beside(&visit.ask, &records).await?;
            let page = choices(&quality, &visit, &compared, case, &typed, &faults, None);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// The result, before it is done.
fn preview(visit: &Visit, compared: &Beside, new: &NewMerging) -> Markup {
    let lang = visit.lang();
    let title = lang.pick("Xem trước kết quả hợp nhất", "Preview of the merge");
    let kept = new.kept.unwrap_or_default();
    let chosen = Chosen { kept: new.kept, parts: new.parts.clone() };
    let ended: Vec<String> = new.records.iter().filter(|id| **id != kept).map(ToString::to_string).collect();
    visit.page(title).crumb(visit.t(TITLE), &format!("{BASE}/merge")).body(html! {
        h1.govuk-heading-l { (title) }
        (SummaryList::new()
            .row(lang.pick("Hồ sơ giữ lại", "Record kept"), html! { (kept) })
            .row(lang.pick("Hồ sơ nhập vào, chấm dứt", "Records that end"), html! { (ended.join(", ")) })
            .row(lang.pick("Căn cứ hợp nhất", "Evidence"), html! { (new.evidence) }))
        (side::result(&compared.records, kept, &chosen, lang))
        @if compared.two {
            (inset(html! { (lang.pick(
                "Hồ sơ thuộc nhiều xã, phường: đề nghị được gửi cán bộ của đơn vị kia hoặc cấp trên duyệt trong 14 ngày. Chưa có gì thay đổi cho đến khi duyệt.",
                "The records lie in different communes: an officer of the other unit, or above, approves within 14 days. Nothing changes until then.",
            )) }))
        }
        (Form::new(&visit.context, &format!("{BASE}/merge/new"), html! {
            (carried(compared, new.case))
            input type="hidden" name="kept" value=(kept);
            input type="hidden" name="evidence" value=(new.evidence);
            @for (part, from, evidence) in &new.parts {
                input type="hidden" name={ "part-" (part.code()) } value=(from);
                input type="hidden" name={ "evidence-" (part.code()) } value=(evidence);
            }
            div.govuk-button-group {
                (Button::main(if compared.two { lang.pick("Gửi đề nghị hợp nhất", "Propose the merge") } else { lang.pick("Hợp nhất", "Merge") }).sends("step", "confirm"))
                (Button::secondary(lang.pick("Chọn lại", "Choose again")).sends("step", "back"))
            }
        }))
    })
}
