//! A household's page: who belongs to it, what is wrong with it, and the acts that begin here.

use super::{person, visit::Purposed, words};
use crate::{Population, model::HouseholdState};
use access::Action;
use axum::extract::{Path, State};
use maud::{Markup, html};
use vocabulary::{HouseholdId, PartialDate};
use web::{
    Outcome,
    components::{Color, Column, EmptyState, SummaryList, Table, Tag},
};

/// The page.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(id): Path<HouseholdId>,
) -> Outcome<Markup> {
    let page = population.household(&visit.ask, id).await?;
    let lang = visit.lang();
    let h = &page.household;
    let title = lang.pick(format!("Hộ số {id}"), format!("Household no. {id}"));
    let state = match h.state {
        HouseholdState::Open => None,
        HouseholdState::Closed => Some(Tag::new(Color::Grey, lang.pick("Đã xóa hộ", "Closed"))),
        HouseholdState::Void => Some(Tag::new(Color::Grey, lang.pick("Không có hiệu lực", "Void"))),
    };
    Ok(visit.page(&title).body(visit.framed(html! {
        div.dancu-heading {
            h1.govuk-heading-l { (title) }
            @if let Some(state) = state { (state) }
        }
        (person::findings(&page.findings, lang))
        div.dancu-columns {
            div {
                (SummaryList::new()
                    .row(lang.pick("Địa chỉ", "Address"), words::address(&h.address, lang))
                    .row_if(lang.pick("Số hồ sơ cư trú", "Residence file"), Some(&h.file).filter(|f| !f.is_empty()))
                    .row_if(lang.pick("Lập ngày", "Formed"), Some(words::figures(h.formed.local_text())).filter(|_| !h.formed.is_unknown()))
                    .row(lang.pick("Số người", "Members"), html! { (page.members.len()) }))
                @if page.members.is_empty() {
                    (EmptyState::new(lang.pick("Hộ không còn ai", "Nobody is left"), html! {
                        p { (lang.pick("Nếu hộ không còn tồn tại, hãy xóa hộ.", "If the household no longer exists, close it.")) }
                    }))
                } @else {
                    (members(&page.members, lang))
                }
            }
            nav.dancu-side aria-labelledby="actions" {
                h2.govuk-heading-s #actions { (lang.pick("Việc với hộ này", "Work with this household")) }
                ul class="govuk-list" {
                    li { a.govuk-link href={ "/desk/evidence/" (page.entry) } { (lang.pick("Phiếu bằng chứng lần xem này", "Evidence card of this view")) } }
                }
                @if visit.may(&population, Action::RecordResidenceAct) && h.state == HouseholdState::Open {
                    (super::acts::household_menu(&visit, h, page.members.is_empty()))
                } @else if visit.may_for_another_purpose(&population, Action::RecordResidenceAct) {
                    p class="govuk-body-s" {
                        (lang.pick("Ghi biến động cư trú cần mục đích khác. ", "Recording acts needs another purpose. "))
                        a.govuk-link href=(visit.basis_link()) { (lang.pick("Đổi mục đích", "Change it")) }
                    }
                }
            }
        }
        p class="govuk-body-s dancu-muted" {
            (lang.pick("Lần xem này đã được ghi nhật ký lúc ", "This view was logged at ")) (words::figures(page.at.local_text()))
            (lang.pick(", mục số ", ", entry no. ")) (words::figures(page.entry)) "."
        }
    })))
}

fn members(members: &[crate::sealed::PersonView], lang: vocabulary::Lang) -> Table {
    let mut table = Table::new(
        lang.pick("Thành viên hộ", "Members"),
        [
            Column::new(lang.pick("Họ tên", "Name")),
            Column::new(lang.pick("Quan hệ với chủ hộ", "Relation to head")),
            Column::new(lang.pick("Ngày sinh", "Born")),
            Column::new(lang.pick("Giới tính", "Sex")),
            Column::new(lang.pick("Số định danh", "Number")),
        ],
    )
    .stacked();
    let today = PartialDate::today();
    for member in members {
        let p = &member.person;
        table.row([
            html! {
                a.govuk-link href=(words::person_path(p.id)) { (words::name(p.name.as_ref(), lang)) }
                @if let Some(tag) = super::fields::life_tag(p.life, lang) { " " (tag) }
            },
            html! { @match p.relation {
                Some(r) => (r.text().get(lang)),
                None => span.dancu-muted { (lang.pick("chưa rõ", "not known")) },
            } },
            html! { span {
                (words::figures(words::date(p.birth_date, lang)))
                @if let Some(age) = p.birth_date.age_at(today) { " " (words::figures(format!("({age} {})", lang.pick("tuổi", "years")))) }
            } },
            html! { @if let Some(sex) = p.sex { (sex.text().get(lang)) } },
            words::masked(p.number, lang),
        ]);
    }
    table
}
