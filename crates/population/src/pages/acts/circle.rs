//! The people whom an act of residence may concern, listed to be ticked instead of typed (PAIN-12): the members of a
//! household, one person without a household, or people from elsewhere found by their numbers.

use super::{
    super::{
        typed::{Reader, Typed, read_number},
        visit::Visit,
        words,
    },
    filing, party,
};
use crate::{
    Population,
    acts::Member,
    model::{Household, Relation, ResidenceKind},
    sealed::PersonView,
    service::{Ask, Error},
    verify::Number,
};
use maud::{Markup, html};
use vocabulary::{HouseholdId, Invalid, Lang, PersonId, Violation};
use web::components::Errors;

/// Where a form began.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// On a person's page: the person and the household's other members.
    Person(PersonId),
    /// On a household's page.
    Household(HouseholdId),
    /// With the numbers of people from elsewhere.
    Numbers(Vec<Number>),
}

/// The people.
pub(super) struct Circle {
    /// Where the form began.
    pub source: Source,
    /// Their household, where they have one in common.
    pub household: Option<Household>,
    /// They.
    pub members: Vec<PersonView>,
}

/// Most people from elsewhere in one form.
pub(super) const MOST: usize = 20;

const NUMBERS: Invalid = Invalid::new(
    "arrivals/numbers",
    "Ghi ít nhất một số định danh, mỗi dòng một số, tối đa 20 số",
    "Write at least one number, each on a line of its own, 20 at most",
);

/// The numbers typed one to a line, or sent on by a form that has found them.
pub(super) fn read_numbers(typed: &Typed) -> Result<Vec<Number>, Vec<Violation>> {
    let lines = typed.all("numbers").flat_map(|text| text.split(['\n', ';']));
    let mut numbers: Vec<Number> = Vec::new();
    let mut faults = Vec::new();
    for (line, at) in lines.map(str::trim).filter(|line| !line.is_empty()).zip(1..) {
        match read_number(line) {
            Ok(number) if !numbers.contains(&number) => numbers.push(number),
            Ok(_) => {}
            Err(rule) => faults.push(numbered(rule, at)),
        }
    }
    if faults.is_empty() && !(1..=MOST).contains(&numbers.len()) {
        faults.push(NUMBERS.at("numbers"));
    }
    if faults.is_empty() { Ok(numbers) } else { Err(faults) }
}

/// A fault of one of several numbers.
fn numbered(rule: Invalid, at: usize) -> Violation {
    let mut fault = rule.at("numbers");
    fault.vi = format!("Số thứ {at}: {}", fault.vi);
    fault.en = format!("Number {at}: {}", fault.en);
    fault
}

impl Circle {
    /// Reads the people, each look-up with its entry in the ledger. Numbers that nobody has are faults of the form.
    pub async fn load(
        population: &Population,
        ask: &Ask,
        source: Source,
    ) -> Result<Result<Circle, Vec<Violation>>, Error> {
        let (household, members) = match &source {
            Source::Household(id) => {
                let page = population.household(ask, *id).await?;
                (Some(page.household), page.members)
            }
            Source::Person(id) => {
                let page = population.person(ask, *id, None).await?;
                match page.person.person.household {
                    Some(household) => {
                        let page = population.household(ask, household).await?;
                        (Some(page.household), page.members)
                    }
                    None => (None, vec![page.person]),
                }
            }
            Source::Numbers(numbers) => {
                let (mut members, mut faults) = (Vec::new(), Vec::new());
                for (number, at) in numbers.iter().zip(1..) {
                    match party::look_up(population, ask, *number).await? {
                        Ok(view) => members.push(view),
                        Err(rule) => faults.push(numbered(rule, at)),
                    }
                }
                if !faults.is_empty() {
                    return Ok(Err(faults));
                }
                (None, members)
            }
        };
        Ok(Ok(Circle { source, household, members }))
    }

    /// The page above the form, and what it is called.
    pub fn back(&self, lang: Lang) -> (String, String) {
        match &self.source {
            Source::Person(id) => {
                let name =
                    self.members.iter().find(|m| m.person.id == *id).and_then(|m| m.person.name.as_ref());
                (words::person_path(*id), words::name(name, lang))
            }
            Source::Household(id) => (
                format!("/desk/households/{id}"),
                lang.pick(format!("Hộ số {id}"), format!("Household no. {id}")),
            ),
            Source::Numbers(_) => {
                ("/desk/arrivals".into(), lang.pick("Người từ nơi khác đến", "People from elsewhere").into())
            }
        }
    }

    /// Where the form of an act posts to.
    pub fn action(&self, slug: &str) -> String {
        match &self.source {
            Source::Person(id) => format!("/desk/persons/{id}/acts/{slug}"),
            Source::Household(id) => format!("/desk/households/{id}/acts/{slug}"),
            Source::Numbers(_) => format!("/desk/arrivals/{slug}"),
        }
    }

    /// The form as it is first shown: who began it is ticked; people from elsewhere all are.
    pub fn begun(&self, mut typed: Typed) -> Typed {
        for member in &self.members {
            let id = member.person.id;
            let ticked = match &self.source {
                Source::Person(own) => *own == id,
                Source::Household(_) => false,
                Source::Numbers(_) => true,
            };
            if ticked {
                typed = typed.put("members", id.to_string());
            }
        }
        typed
    }

    /// Whether somebody is in the circle.
    fn has(&self, id: PersonId) -> bool {
        self.members.iter().any(|m| m.person.id == id)
    }

    /// Who is ticked, of those who are in the circle.
    pub fn ticked(&self, reader: &mut Reader<'_>) -> Vec<PersonId> {
        let ids: Vec<PersonId> = reader
            .typed
            .all("members")
            .filter_map(|v| v.parse().ok().map(PersonId))
            .filter(|id| self.has(*id))
            .collect();
        if ids.is_empty() {
            reader.refuse("members", NOBODY);
        }
        ids
    }

    /// The relation chosen for each of these people.
    pub fn related(&self, reader: &mut Reader<'_>, ids: &[PersonId]) -> Vec<Member> {
        let mut members = Vec::with_capacity(ids.len());
        for id in ids {
            let chosen = reader.typed.one(&format!("relation-{id}")).to_owned();
            match Relation::parse(&chosen) {
                Ok(relation) => members.push(Member { person: *id, relation }),
                Err(_) if reader.faults.iter().any(|f| f.rule == RELATION.rule) => {}
                Err(_) => reader.refuse("members", RELATION),
            }
        }
        members
    }

    /// The members who have an open record of a kind.
    pub fn with(&self, kind: ResidenceKind) -> Vec<PersonId> {
        let holds = |m: &&PersonView| m.person.residences.iter().any(|r| r.kind == kind && !r.ended);
        self.members.iter().filter(holds).map(|m| m.person.id).collect()
    }
}

const NOBODY: Invalid =
    Invalid::new("members/none", "Đánh dấu ít nhất một người", "Tick at least one person");
const RELATION: Invalid = Invalid::new(
    "members/relation",
    "Chọn quan hệ với chủ hộ cho từng người được đánh dấu",
    "Choose the relation to the head for each person ticked",
);

/// How people are listed in a form.
pub(super) struct Listed<'a> {
    /// The question.
    pub legend: &'a str,
    /// What helps to answer it.
    pub hint: Option<&'a str>,
    /// Whether people are ticked; otherwise all are meant.
    pub ticks: bool,
    /// Whether the relation to a head is asked of each.
    pub relations: bool,
    /// Only these can be ticked, with what is said of the others.
    pub only: Option<(Vec<PersonId>, &'a str)>,
}

impl Listed<'_> {
    /// The list of people.
    pub fn render(&self, circle: &Circle, visit: &Visit, typed: &Typed, errors: &Errors<'_>) -> Markup {
        let lang = visit.lang();
        let error = errors.of("members");
        let described = [self.hint.map(|_| "members-hint"), error.map(|_| "members-error")];
        let described = described.into_iter().flatten().collect::<Vec<_>>().join(" ");
        html! {
            div.govuk-form-group .govuk-form-group--error[error.is_some()] {
                fieldset.govuk-fieldset aria-describedby=[Some(described).filter(|d| !d.is_empty())] {
                    legend class="govuk-fieldset__legend govuk-fieldset__legend--s" { (self.legend) }
                    @if let Some(hint) = self.hint { div.govuk-hint #members-hint { (hint) } }
                    @if let Some(error) = error { p.govuk-error-message #members-error { span.govuk-visually-hidden { (lang.pick("Lỗi: ", "Error: ")) } (error) } }
                    div.dancu-members id=[(!self.ticks).then_some("members")] {
                        @for (at, member) in circle.members.iter().enumerate() {
                            (self.row(at, member, visit, typed))
                        }
                    }
                    @for member in &circle.members { (filing::seen(member.person.id, member.person.version)) }
                    @if let Source::Numbers(numbers) = &circle.source {
                        @for number in numbers { input type="hidden" name="numbers" value=(number.reveal()); }
                    }
                    @if circle.members.is_empty() {
                        p.govuk-body { (lang.pick("Hộ không còn thành viên.", "The household has no member.")) }
                    }
                }
            }
        }
    }

    fn row(&self, at: usize, member: &PersonView, visit: &Visit, typed: &Typed) -> Markup {
        let lang = visit.lang();
        let p = &member.person;
        let id = if at == 0 { "members".to_owned() } else { format!("members-{}", at + 1) };
        let closed = self.only.as_ref().filter(|(ids, _)| !ids.contains(&p.id)).map(|(_, why)| *why);
        let name = words::name(p.name.as_ref(), lang);
        let facts = html! {
            (lang.pick("Sinh ", "Born ")) (words::date(p.birth_date, lang))
            @if let Some(sex) = p.sex { " · " (sex.text().get(lang)) }
            @if let Some(relation) = p.relation { " · " (lang.pick("hiện là ", "now ")) (relation.text().get(lang)) }
            @if p.number.is_some() { " · " (words::masked(p.number, lang)) }
            @if let Some(why) = closed { " · " strong { (why) } }
        };
        let select = format!("relation-{}", p.id);
        let chosen = typed.one(&select);
        html! {
            div.dancu-member {
                @if self.ticks {
                    div.govuk-checkboxes {
                        div.govuk-checkboxes__item {
                            input.govuk-checkboxes__input type="checkbox" id=(id) name="members" value=(p.id)
                                checked[closed.is_none() && typed.has("members", &p.id.to_string())] disabled[closed.is_some()]
                                aria-describedby={ (id) "-facts" };
                            label class="govuk-label govuk-checkboxes__label" for=(id) { (name) }
                            div class="govuk-hint govuk-checkboxes__hint" id={ (id) "-facts" } { (facts) }
                        }
                    }
                } @else {
                    div.dancu-member__name { strong { (name) } div class="govuk-hint" { (facts) } }
                }
                @if self.relations && closed.is_none() {
                    div.dancu-member__relation {
                        label.govuk-label for=(select) {
                            (lang.pick("Quan hệ với chủ hộ", "Relation to head"))
                            span.govuk-visually-hidden { ": " (name) }
                        }
                        select.govuk-select id=(select) name=(select) {
                            option value="" { (lang.pick("Chọn", "Choose")) }
                            @for relation in Relation::ALL {
                                option value=(relation.code()) selected[chosen == relation.code()] { (relation.text().get(lang)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
