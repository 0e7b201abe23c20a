//! Recording acts: the forms, in groups of one idea each, and the menus that lead to them.
//!
//! Every form goes the same way: shown with what the records already say; sent; shown again with what is wrong beside
//! the questions and everything typed kept; recorded; and answered by a receipt that says how to take it back.

mod alike;
mod annul;
mod arrivals;
mod birth;
mod circle;
mod correction;
mod filing;
mod group;
mod party;
mod personal;
mod place;
mod receipt;
mod registration;

use super::{person::action, visit::Visit, words};
use crate::{
    Population,
    model::{Household, Person},
};
use access::Action;
use axum::{Router, routing::get};
pub(super) use correction::sexes;
use group::GroupAct;
use maud::{Markup, html};
use personal::PersonalAct;
use vocabulary::Text;

/// The routes of the forms.
pub(super) fn routes() -> Router<Population> {
    Router::new()
        .route("/desk/persons/{id}/acts/{act}", get(personal::show).post(personal::submit))
        .route("/desk/persons/{id}/annul/{act}", get(annul::show).post(annul::submit))
        .route("/desk/households/{id}/acts/{act}", get(group::household_form).post(group::household_submit))
        .route("/desk/arrivals", get(arrivals::show).post(arrivals::find))
        .route("/desk/arrivals/{act}", get(arrivals::again).post(arrivals::record))
        .route("/desk/births/new", get(birth::show).post(birth::submit))
        .route("/desk/registrations/new", get(registration::show).post(registration::submit))
        .route("/desk/receipts/{act}", get(receipt::show))
}

const RESIDENCE: Text = Text::new("Biến động cư trú", "Acts of residence");
const CIVIL: Text = Text::new("Sự kiện hộ tịch", "Acts of civil status");
const DATA: Text = Text::new("Thông tin và số định danh", "Data and numbers");
/// Where records of one person are merged: a page of data quality, which rests on this registry.
pub(super) const MERGE_DESK: &str = "/data/quality/merge";
const MERGE: Text = Text::new("Hợp nhất với hồ sơ trùng", "Merge with another record of the person");
const OTHER: Text = Text::new("Việc này cần mục đích khác: ", "Needs another purpose: ");
const CHANGE: Text = Text::new("đổi mục đích", "change it");

/// The acts that the officer may record on a person's page, by kind.
pub(super) fn menu(visit: &Visit, population: &Population, p: &Person) -> Markup {
    let path = words::person_path(p.id);
    let lang = visit.lang();
    let personal = |actions: &[Action]| -> Vec<Markup> {
        let fits = |act: &&PersonalAct| {
            actions.contains(&act.action()) && visit.may(population, act.action()) && act.fits(p)
        };
        PersonalAct::ALL
            .iter()
            .filter(fits)
            .map(|act| action(format!("{path}/acts/{}", act.slug()), act.title(), lang))
            .collect()
    };
    let residence: Vec<Markup> = if visit.may(population, Action::RecordResidenceAct) && !p.life.is_dead() {
        use crate::model::ResidenceKind::{Absence, Permanent, Temporary};
        let open = |kind| p.residences.iter().any(|r| r.kind == kind && !r.ended);
        let fits = |act: &&GroupAct| match act {
            GroupAct::Extend | GroupAct::TemporaryEnd => open(Temporary),
            GroupAct::Return => open(Absence),
            GroupAct::End => open(Permanent),
            act => !act.of_household(),
        };
        GroupAct::ALL
            .iter()
            .filter(fits)
            .map(|act| action(format!("{path}/acts/{}", act.slug()), act.title(), lang))
            .collect()
    } else {
        Vec::new()
    };
    let mut data = personal(&[Action::CorrectRecord, Action::IssueNumber]);
    if visit.may(population, Action::MergeRecords) {
        data.push(action(format!("{MERGE_DESK}?with={}", p.id), MERGE, lang));
    }
    let groups = [
        (RESIDENCE, residence, Action::RecordResidenceAct),
        (CIVIL, personal(&[Action::RecordCivilAct]), Action::RecordCivilAct),
        (DATA, data, Action::CorrectRecord),
    ];
    html! {
        @for (title, links, needs) in groups {
            @if !links.is_empty() {
                h3.govuk-heading-s { (title.get(lang)) }
                ul class="govuk-list" { @for link in links { (link) } }
            } @else if visit.may_for_another_purpose(population, needs) {
                h3.govuk-heading-s { (title.get(lang)) }
                p class="govuk-body-s" { (OTHER.get(lang)) a.govuk-link href=(visit.basis_link()) { (CHANGE.get(lang)) } "." }
            }
        }
    }
}

/// The acts that begin on a household's page.
pub(super) fn household_menu(visit: &Visit, household: &Household, empty: bool) -> Markup {
    let lang = visit.lang();
    let path = format!("/desk/households/{}/acts", household.id);
    let link = |act: &GroupAct| action(format!("{path}/{}", act.slug()), act.title(), lang);
    let fits = |act: &&GroupAct| match act {
        GroupAct::Close => empty,
        _ => !empty,
    };
    html! {
        ul class="govuk-list" {
            (action(format!("/desk/arrivals?into={}", household.id), Text::new("Thêm người từ nơi khác vào hộ", "Add people from elsewhere"), lang))
        }
        @for (title, whole) in [(Text::new("Hộ", "Household"), true), (RESIDENCE, false)] {
            @let links: Vec<Markup> = GroupAct::ALL.iter().filter(fits).filter(|act| act.of_household() == whole).map(link).collect();
            @if !links.is_empty() {
                h3.govuk-heading-s { (title.get(lang)) }
                ul class="govuk-list" { @for link in links { (link) } }
            }
        }
    }
}
