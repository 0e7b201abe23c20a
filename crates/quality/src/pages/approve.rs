//! What waits for approval: one by one, or several ticked at once.

use super::{
    queue::row,
    visit::{BASE, Cleaning, Visit},
    words,
};
use crate::{Case, Decision, Quality, QualityError, Wanted, model::State};
use access::Action;
use axum::{
    extract::{Query, State as Shared},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Lang, Problem, Text, kinds};
use web::{
    FormBody, Outcome,
    components::{Banner, Button, Checkboxes, Choice, Column, EmptyState, Form, Pagination, Question, Table},
};

const TITLE: Text = Text::new("Duyệt kết quả làm sạch", "Approve results");

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct At {
    page: String,
    done: String,
    left: String,
}

fn wanted(page: i64) -> Wanted {
    Wanted { states: vec![State::Submitted], skip: (page - 1) * crate::service::PAGE, ..Wanted::default() }
}

/// The list.
pub(super) async fn show(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    Query(at): Query<At>,
) -> Outcome<Markup> {
    if !quality.may(&visit.ask, Action::ApproveCases) {
        return Err(Problem::new(&kinds::FORBIDDEN).into());
    }
    let lang = visit.lang();
    let number = at.page.parse::<i64>().unwrap_or(1).clamp(1, 10_000);
    let (cases, more) = quality.cases(&visit.ask, &wanted(number)).await?;
    let title = visit.t(TITLE);
    let mut page = visit.page(title);
    let (done, left) = (at.done.parse::<u32>().unwrap_or(0), at.left.parse::<u32>().unwrap_or(0));
    let told = match lang {
        Lang::Vi => format!("Đã duyệt {done}; chưa duyệt được {left}"),
        Lang::En => format!("{done} approved; {left} could not be"),
    };
    if done + left > 0 {
        page =
            page.notice(&if left == 0 { Banner::done(lang, &told) } else { Banner::important(lang, &told) });
    }
    let link = |number: i64| format!("{BASE}/approve?page={number}");
    let (previous, next) = ((number > 1).then(|| link(number - 1)), more.then(|| link(number + 1)));
    Ok(page.body(html! {
        h1.govuk-heading-l { (title) }
        @if cases.is_empty() {
            (EmptyState::new(
                lang.pick("Không có trường hợp nào chờ duyệt", "Nothing waits for approval"),
                html! { (lang.pick(
                    "Trường hợp cán bộ gửi duyệt hiện ở đây. Duyệt là “Đã làm sạch” chỉ được khi quy tắc kiểm tra lại không còn tìm thấy lỗi.",
                    "Cases that officers send for approval stand here. One is approved as “Fixed” only where its rule, checked again, finds nothing any more.",
                )) },
            ))
        } @else {
            (form(&quality, &visit, &cases, lang))
            (Pagination::new(lang, previous.as_deref(), next.as_deref()))
        }
    }))
}

fn form(quality: &Quality, visit: &Visit, cases: &[Case], lang: Lang) -> Markup {
    let mut table = Table::new(
        lang.pick("Chờ duyệt", "Waiting for approval"),
        [
            Column::new(lang.pick("Số", "No.")),
            Column::new(lang.pick("Lỗi", "Fault")),
            Column::new(lang.pick("Đề nghị", "Proposed")),
            Column::new(lang.pick("Xã, phường", "Commune")),
        ],
    )
    .stacked();
    for case in cases {
        let [number, fault, _, unit, _] = row(quality, case, lang);
        table.row([
            number,
            fault,
            html! {
                (case.proposed.map_or("", |p| p.text().get(lang)))
                span.dancu-provenance { (case.officer.as_deref().unwrap_or_default()) @if !case.reason.is_empty() { ": " (case.reason) } }
            },
            unit,
        ]);
    }
    let boxes = cases.iter().map(|case| {
        let proposed = case.proposed.map_or("", |p| p.text().get(lang));
        let label = format!("{} – {} – {proposed}", case.id, words::rule(quality.rules(), &case.rule, lang));
        Choice::new(case.id.to_string(), label)
    });
    html! {
        (table)
        (Form::new(&visit.context, &format!("{BASE}/approve"), html! {
            (Checkboxes::new(Question::new("case", lang.pick("Duyệt cùng lúc những trường hợp", "Approve these together")), boxes))
            (Button::main(lang.pick("Duyệt các trường hợp đã chọn", "Approve those ticked")))
        }))
    }
}

/// The ticked ones: each is decided by itself, so that one that is still wrong keeps no other waiting.
pub(super) async fn submit(
    Shared(quality): Shared<Quality>,
    Cleaning(visit): Cleaning,
    FormBody(fields): FormBody<Vec<(String, String)>>,
) -> Outcome<Response> {
    let ids = fields.iter().filter(|(name, _)| name == "case").filter_map(|(_, id)| id.parse::<i64>().ok());
    let ids: Vec<i64> = ids.take(crate::service::PAGE as usize).collect();
    let (mut done, mut left) = (0, 0);
    for id in ids {
        let Some(version) = quality.version_of(&visit.ask, id).await? else { continue };
        match quality.decide_case(&visit.ask, id, version, &Decision::Approve).await {
            Ok(()) => done += 1,
            Err(QualityError::Refused(_)) => left += 1,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Redirect::to(&format!("{BASE}/approve?done={done}&left={left}")).into_response())
}
