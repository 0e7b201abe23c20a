//! Another person named in a form, by number. The form comes back once with who was found, so that the officer sees
//! the right face to the number before anything is recorded.

use super::super::{
    typed::{Reader, Typed, read_number},
    visit::Visit,
    words,
};
use crate::{
    Population,
    model::Relative,
    problems::{CLAIMED_TWICE, NOBODY},
    sealed::PersonView,
    service::{Ask, Error, HouseholdPage, SearchFor},
    verify::Number,
};
use access::{Action, Resource};
use maud::{Markup, html};
use vocabulary::{FullName, HouseholdId, Invalid, Text};
use web::components::{Errors, Question, TextInput, inset};

/// Who and what was found for a form.
#[derive(Default)]
pub(super) struct Found {
    /// By name of the field.
    parties: Vec<(String, PersonView)>,
    /// The household to join.
    pub household: Option<HouseholdPage>,
    /// Whether somebody was found whom the officer has not seen yet: the form is shown once more.
    pub unseen: bool,
}

impl Found {
    /// Who was found for a field.
    pub fn party(&self, name: &str) -> Option<&PersonView> {
        self.parties.iter().find(|(n, _)| n == name).map(|(_, view)| view)
    }
}

/// Nobody has the number.
pub(super) const NOT_FOUND: Invalid =
    Invalid::new("party/nobody", "Không có ai mang số này", "Nobody has this number");
const TWICE: Invalid = Invalid::new(
    "party/claimed-twice",
    "Số này được ghi cho nhiều hồ sơ; chuyển bộ phận làm sạch dữ liệu trước",
    "Several records claim this number; pass it to data cleaning first",
);
const NO_HOUSEHOLD: Invalid = Invalid::new(
    "party/no-household",
    "Người mang số này không thuộc hộ nào trong địa bàn của bạn",
    "The person with this number is in no household of your units",
);
const WHOM: Invalid =
    Invalid::new("party/missing", "Ghi số định danh hoặc họ tên", "Give the number or the name");

/// Looks a number up; what is wrong with it is a fault of the form. Who may not get citizens' data from anywhere, as in
/// data cleaning, finds the people of the assigned units.
pub(super) async fn look_up(
    population: &Population,
    ask: &Ask,
    number: Number,
) -> Result<Result<PersonView, Invalid>, Error> {
    if population.policy().reach(&ask.caller, Action::GetCitizen, ask.basis.as_ref()).is_err() {
        let wanted = SearchFor { number: Some(number), ..SearchFor::default() };
        let mut hits = population.search(ask, &wanted).await?.hits;
        return Ok(match (hits.pop(), hits.is_empty()) {
            (Some(view), true) => Ok(view),
            (Some(_), false) => Err(TWICE),
            (None, _) => Err(NOT_FOUND),
        });
    }
    match population.citizen(ask, number, None).await {
        Ok(citizen) => Ok(Ok(citizen.person)),
        Err(Error::Problem(problem)) if problem.kind == &NOBODY => Ok(Err(NOT_FOUND)),
        Err(Error::Problem(problem)) if problem.kind == &CLAIMED_TWICE => Ok(Err(TWICE)),
        Err(error) => Err(error),
    }
}

/// Reads a person by the number in `NAME`, or by the name in `NAME-name` where there is no record.
pub(super) async fn read(
    reader: &mut Reader<'_>,
    found: &mut Found,
    population: &Population,
    ask: &Ask,
    name: &str,
    needed: bool,
) -> Result<Option<Relative>, Error> {
    let spelled = format!("{name}-name");
    let Some(number) = reader.parsed(name, read_number) else {
        let by_name = reader.parsed(&spelled, FullName::parse);
        if by_name.is_none() && needed && !reader.faults.iter().any(|f| f.field == name || f.field == spelled)
        {
            reader.refuse(name, WHOM);
        }
        return Ok(by_name.map(Relative::named));
    };
    match look_up(population, ask, number).await? {
        Ok(view) => {
            let id = view.person.id;
            found.unseen |= reader.typed.one(&format!("{name}-found")) != id.to_string();
            found.parties.push((name.to_owned(), view));
            Ok(Some(Relative::recorded(id)))
        }
        Err(rule) => {
            reader.refuse(name, rule);
            Ok(None)
        }
    }
}

/// The inputs for another person. `by_name`: a name will do, where there is no record.
pub(super) fn input(
    visit: &Visit,
    (name, label): (&str, Text),
    by_name: bool,
    typed: &Typed,
    found: &Found,
    errors: &Errors<'_>,
) -> Markup {
    let lang = visit.lang();
    let label = label.get(lang);
    let number = format!("{label}: {}", lang.pick("số định danh hoặc số CMND", "personal or former number"));
    let spelled = format!("{name}-name");
    let spelled_label =
        format!("{label}: {}", lang.pick("họ tên, nếu không có số", "name, where there is no number"));
    html! {
        (TextInput::new(Question::new(name, &number).errors(errors)).value(typed.one(name)).width(20).digits())
        @if let Some(view) = found.party(name) {
            (card(view, visit))
            input type="hidden" name={ (name) "-found" } value=(view.person.id);
        }
        @if by_name && found.party(name).is_none() {
            (TextInput::new(Question::new(&spelled, &spelled_label).optional(lang).errors(errors)).value(typed.one(&spelled)).max(100))
        }
    }
}

/// Who was found, to compare with the papers on the desk.
pub(super) fn card(view: &PersonView, visit: &Visit) -> Markup {
    let lang = visit.lang();
    let p = &view.person;
    inset(html! {
        strong { (words::who(p, lang)) }
        @if let Some(tag) = super::super::fields::life_tag(p.life, lang) { " " (tag) }
        div {
            @if let Some(sex) = p.sex { (sex.text().get(lang)) " · " }
            (words::masked(p.number, lang))
            @if !p.permanent.is_empty() { " · " (words::address_line(&p.permanent, lang)) }
        }
        div.dancu-muted { (lang.pick("So với giấy tờ; nếu không đúng người, sửa lại số.", "Compare with the papers; correct the number if it is somebody else.")) }
    })
}

/// Whether somebody lives in the officer's own units, so that the household may be looked at.
pub(super) fn near(view: &PersonView, ask: &Ask) -> bool {
    let units = crate::service::with_provinces([view.person.permanent.new_unit]);
    ask.caller.units.covers(Resource::of(&units))
}

/// The household of the person with the number in `NAME`, or the one already found, whose number is in `NAME-household`.
pub(super) async fn read_household(
    reader: &mut Reader<'_>,
    found: &mut Found,
    population: &Population,
    ask: &Ask,
    name: &str,
) -> Result<Option<HouseholdId>, Error> {
    let seen = format!("{name}-household");
    let typed = reader.typed.one(name).trim().to_owned();
    let known = reader.typed.one(&seen).parse::<i64>().ok().map(HouseholdId);
    let id = if typed.is_empty() {
        known
    } else {
        let Some(number) = reader.parsed(name, read_number) else { return Ok(None) };
        match look_up(population, ask, number).await? {
            Err(rule) => {
                reader.refuse(name, rule);
                return Ok(None);
            }
            Ok(view) if near(&view, ask) => match view.person.household {
                Some(household) => Some(household),
                // The grants of this look-up may not release the household; the person's page in own units does.
                None => population.person(ask, view.person.id, None).await?.person.person.household,
            },
            Ok(_) => None,
        }
    };
    let Some(id) = id else {
        reader.refuse(name, NO_HOUSEHOLD);
        return Ok(None);
    };
    found.unseen |= known != Some(id);
    found.household = Some(population.household(ask, id).await?);
    Ok(Some(id))
}

/// The inputs for a household that is found by the number of any of its members.
pub(super) fn household_input(
    visit: &Visit,
    (name, label): (&str, Text),
    typed: &Typed,
    found: &Found,
    errors: &Errors<'_>,
) -> Markup {
    let lang = visit.lang();
    html! {
        (TextInput::new(Question::new(name, label.get(lang))
            .hint(lang.pick("Số định danh của chủ hộ hoặc của một người trong hộ", "The number of its head or of any member"))
            .errors(errors)).value(typed.one(name)).width(20).digits())
        @if let Some(page) = &found.household {
            (inset(html! {
                strong { (super::super::history::household_line(&page.household, lang)) }
                ul.dancu-facts {
                    @for member in &page.members {
                        li {
                            (words::name(member.person.name.as_ref(), lang))
                            @if let Some(r) = member.person.relation { " – " (r.text().get(lang)) }
                        }
                    }
                }
            }))
            input type="hidden" name={ (name) "-household" } value=(page.household.id);
        }
    }
}
