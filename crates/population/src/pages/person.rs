//! A person's page: what is released, what is wrong, what happened, and what can be done.

use super::{
    fields::{self, GROUPS},
    history,
    visit::{Purposed, Visit},
    words,
};
use crate::{
    Population,
    findings::{Finding, Severity},
    fold::AsOf,
    problems::MERGED_AWAY,
    service::{Error, PersonPage},
};
use access::Action;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use vocabulary::{Field, Invalid, Lang, Moment, PartialDate, PersonId, Text, Violation};
use web::{
    Outcome,
    components::{
        Banner, Button, Color, Details, Errors, Question, Tag, TextInput, error_summary, inset, warning,
    },
};

/// The past view that is asked for: what held on a day, as far as it was recorded by a time. Neither names anybody.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Past {
    #[serde(default)]
    on: String,
    #[serde(default)]
    by: String,
}

const ON: Invalid =
    Invalid::new("as-of/on", "Ghi ngày cần xem, ví dụ 31/12/2024", "Write the day, such as 31/12/2024");
const BY: Invalid = Invalid::new(
    "as-of/by",
    "Ghi ngày, có thể kèm giờ, ví dụ 31/12/2024 hoặc 31/12/2024 17:30",
    "Write the day, with or without the time, such as 31/12/2024 or 31/12/2024 17:30",
);

impl Past {
    /// The view; none where nothing was asked.
    fn read(&self) -> Result<Option<AsOf>, Vec<Violation>> {
        if self.on.trim().is_empty() && self.by.trim().is_empty() {
            return Ok(None);
        }
        let mut faults = Vec::new();
        let effective = match PartialDate::parse(&self.on) {
            Ok(day) if day.is_unknown() => PartialDate::today(),
            Ok(day) if day.is_whole() => day,
            _ => {
                faults.push(ON.at("on"));
                PartialDate::UNKNOWN
            }
        };
        let recorded = moment(&self.by).unwrap_or_else(|| {
            faults.push(BY.at("by"));
            Moment::now()
        });
        if faults.is_empty() { Ok(Some(AsOf { effective, recorded })) } else { Err(faults) }
    }
}

/// `dd/mm/yyyy` (the end of that day) or `dd/mm/yyyy hh:mm` in Viet Nam; nothing typed is now.
fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Moment::now());
    }
    let (day, clock) = text.split_once(' ').unwrap_or((text, "23:59"));
    let day = PartialDate::parse(day).ok().filter(|d| d.is_whole())?;
    let (hour, minute) = clock.trim().split_once(':')?;
    let number = |t: &str, max: u8| t.parse::<u8>().ok().filter(|n| *n <= max && t.len() <= 2);
    let (hour, minute) = (number(hour, 23)?, number(minute, 59)?);
    Moment::parse(&format!("{}T{hour:02}:{minute:02}:59+07:00", day.iso())).ok()
}

/// The page.
pub(super) async fn show(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    Path(id): Path<PersonId>,
    Query(past): Query<Past>,
) -> Outcome<Response> {
    let (view, faults) = match past.read() {
        Ok(view) => (view, Vec::new()),
        Err(faults) => (None, faults),
    };
    match population.person(&visit.ask, id, view).await {
        Ok(page) => Ok(render(&visit, &population, &page, &past, view, &faults).into_response()),
        // A record that was merged leads to the one that stands for it; as of a day, it is read as it was.
        Err(Error::Problem(problem)) if problem.kind == &MERGED_AWAY => {
            let kept = population.survivor(id).await?;
            Ok(Redirect::to(&words::person_path(kept)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn render(
    visit: &Visit,
    population: &Population,
    page: &PersonPage,
    past: &Past,
    view: Option<AsOf>,
    faults: &[Violation],
) -> Markup {
    let lang = visit.lang();
    let p = &page.person.person;
    let name = words::name(p.name.as_ref(), lang);
    let errors = Errors::new(lang, faults);
    visit.page(&name).with_errors(!faults.is_empty()).body(visit.framed(html! {
        (error_summary(&errors))
        @if let Some(view) = view { (past_notice(p.id, view, lang)) }
        div.dancu-past[view.is_some()] {
            (heading(page, &name, lang))
            @if view.is_some() && !p.registered {
                (inset(html! { (lang.pick("Lúc đó chưa có hồ sơ của người này.", "At that time there was no record of the person.")) }))
            }
            (findings(&page.findings, lang))
            @if view.is_none() {
                p.dancu-jump {
                    a.govuk-link href="#actions" { (lang.pick("Việc với hồ sơ này", "Work with this record")) }
                    @if page.person.shown.has(Field::History) { a.govuk-link href="#history" { (lang.pick("Lịch sử biến động", "History")) } }
                }
            }
            div.dancu-columns {
                div {
                    @for group in GROUPS { (fields::group(group, &page.person, lang)) }
                    (withheld(visit, population, page))
                }
                @if view.is_none() { (actions(visit, population, page)) }
            }
        }
        @if page.person.shown.has(Field::History) {
            section #history {
                h2.govuk-heading-l { (lang.pick("Lịch sử biến động", "History")) }
                (as_of(p.id, past, &errors, view.is_some() || !faults.is_empty(), lang))
                @let annul = view.is_none() && visit.may(population, Action::CorrectRecord);
                (history::timeline(&page.person, &page.history, annul, lang))
            }
        }
        (seen(page, lang))
    }))
}

fn heading(page: &PersonPage, name: &str, lang: Lang) -> Markup {
    let p = &page.person.person;
    html! {
        div.dancu-heading {
            h1.govuk-heading-l { (name) }
            @if let Some(tag) = fields::life_tag(p.life, lang) { (tag) }
            @let faults = page.findings.iter().filter(|f| f.severity == Severity::Fault).count();
            @if faults > 0 { (Tag::new(Color::Red, lang.pick("Dữ liệu có lỗi", "Faulty data"))) }
        }
        p class="govuk-body dancu-identity" {
            @if page.person.shown.has(Field::BirthDate) { span { (lang.pick("Sinh ", "Born ")) (words::figures(words::date(p.birth_date, lang))) } }
            @if let Some(sex) = p.sex { span { (sex.text().get(lang)) } }
            @if let Some(number) = p.number { span { (lang.pick("Số ", "No. ")) strong { (words::figures(number.reveal())) } } }
            @if !p.permanent.is_empty() { span { (words::address_line(&p.permanent, lang)) } }
        }
    }
}

/// What the rules find wrong: faults first and loud, the rest on demand.
pub(super) fn findings(findings: &[Finding], lang: Lang) -> Markup {
    let (loud, quiet): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|f| f.severity == Severity::Fault);
    html! {
        @for finding in loud { (warning(lang, finding.text.get(lang))) }
        @if !quiet.is_empty() {
            ul.dancu-findings aria-label=(lang.pick("Cần kiểm tra", "To be checked")) {
                @for finding in quiet {
                    li {
                        @let color = if finding.severity == Severity::Warning { Color::Yellow } else { Color::Grey };
                        (Tag::new(color, finding.text.get(lang)))
                    }
                }
            }
        }
    }
}

/// The fields that are not shown, and by which rules the others are.
fn withheld(visit: &Visit, population: &Population, page: &PersonPage) -> Markup {
    let lang = visit.lang();
    let hidden = fields::withheld(page.person.shown);
    let reach = population.policy().reach(visit.caller(), Action::ViewPerson, visit.ask.basis.as_ref());
    let content = html! {
        @if !hidden.is_empty() {
            p.govuk-body { (lang.pick("Không cung cấp cho mục đích đang dùng: ", "Not released for the purpose stated: ")) (fields::names(hidden, lang)) "." }
        }
        @if let Ok(reach) = &reach {
            p.govuk-body { (lang.pick("Quy tắc cho phép xem:", "The rules that release the rest:")) }
            ul class="govuk-list govuk-list--bullet" { @for reason in reach.own_units.reasons(lang) { li { (reason) } } }
        }
    };
    let title = match hidden.iter().count() {
        0 => lang.pick("Vì sao tôi được xem các mục này?", "Why may I see these fields?").to_owned(),
        n => lang.pick(
            format!("{n} mục không được xem với mục đích này"),
            format!("{n} fields not released for this purpose"),
        ),
    };
    html! { (Details::new(&title, content)) }
}

/// A link of the list of actions.
pub(super) fn action(href: String, text: Text, lang: Lang) -> Markup {
    html! { li { a.govuk-link href=(href) { (text.get(lang)) } } }
}

fn actions(visit: &Visit, population: &Population, page: &PersonPage) -> Markup {
    let lang = visit.lang();
    let p = &page.person.person;
    let path = words::person_path(p.id);
    let confirm = format!("{path}/residence-confirmation");
    let looked = format!("{path}/who-looked");
    html! {
        nav.dancu-side aria-labelledby="actions" {
            h2.govuk-heading-s #actions { (lang.pick("Việc với hồ sơ này", "Work with this record")) }
            @if visit.may(population, Action::ResidenceConfirmation) && !p.life.is_dead() {
                (Button::main(lang.pick("Cấp giấy xác nhận cư trú", "Issue a confirmation")).link(&confirm))
            }
            ul class="govuk-list" {
                @if let Some(household) = p.household {
                    li { a.govuk-link href={ "/desk/households/" (household) } { (lang.pick("Xem hộ và thành viên", "Household and members")) } }
                }
                @if visit.may(population, Action::ViewAccessLog) {
                    li { a.govuk-link href=(looked) { (lang.pick("Ai đã tra cứu", "Who looked")) } }
                }
                li { a.govuk-link href={ "/desk/evidence/" (page.entry) } { (lang.pick("Phiếu bằng chứng lần xem này", "Evidence card of this view")) } }
            }
            (super::acts::menu(visit, population, p))
        }
    }
}

fn past_notice(id: PersonId, view: AsOf, lang: Lang) -> Markup {
    let text = lang.pick(
        format!(
            "Bạn đang xem quá khứ: tình trạng ngày {}, theo những gì đã ghi đến {}.",
            view.effective.local_text(),
            words::time(view.recorded)
        ),
        format!(
            "You see the past: the state on {}, as recorded by {}.",
            view.effective.local_text(),
            words::time(view.recorded)
        ),
    );
    let back = html! {
        p.govuk-body {
            a.govuk-notification-banner__link href=(words::person_path(id)) { (lang.pick("Về hiện tại", "Back to the present")) }
        }
    };
    html! { (Banner::important(lang, &text).more(back)) }
}

/// The form for a past view. It asks by address: days name nobody.
fn as_of(id: PersonId, past: &Past, errors: &Errors<'_>, open: bool, lang: Lang) -> Markup {
    let form = html! {
        form method="get" action={ (words::person_path(id)) } novalidate {
            (TextInput::new(Question::new("on", lang.pick("Tình trạng vào ngày", "The state on"))
                .hint(lang.pick("Ngày/tháng/năm; bỏ trống là hôm nay", "Day/month/year; empty is today")).errors(errors))
                .value(&past.on).width(10))
            (TextInput::new(Question::new("by", lang.pick("Theo những gì đã ghi đến", "As recorded by"))
                .hint(lang.pick("Ngày, có thể kèm giờ; bỏ trống là lúc này", "Day, with or without the time; empty is now")).errors(errors))
                .value(&past.by).width(20))
            (Button::secondary(lang.pick("Xem quá khứ", "Show the past")))
        }
    };
    html! { (Details::new(lang.pick("Xem tại một thời điểm trong quá khứ", "Look at a time in the past"), form).open(open)) }
}

fn seen(page: &PersonPage, lang: Lang) -> Markup {
    html! {
        p class="govuk-body-s dancu-muted" {
            (lang.pick("Lần xem này đã được ghi nhật ký lúc ", "This view was logged at ")) (words::figures(page.at.local_text()))
            (lang.pick(", mục số ", ", entry no. ")) (words::figures(page.entry)) "."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_views_are_read_as_people_write_them() {
        let read = |on: &str, by: &str| Past { on: on.into(), by: by.into() }.read();
        assert_eq!(read("", " "), Ok(None));
        let view = read("31/12/2024", "1/2/2025 08:05").unwrap().unwrap();
        assert_eq!(
            (view.effective.iso(), view.recorded.local_text()),
            ("2024-12-31".into(), "01/02/2025 08:05:59".into())
        );
        let view = read("31/12/2024", "01/02/2025").unwrap().unwrap();
        assert_eq!(view.recorded.local_text(), "01/02/2025 23:59:59");
        for (on, by, fields) in
            [("2024", "", vec!["on"]), ("x", "24/12", vec!["on", "by"]), ("", "1/1/2025 25:00", vec!["by"])]
        {
            let faults = read(on, by).unwrap_err();
            assert_eq!(faults.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), fields);
        }
    }
}
