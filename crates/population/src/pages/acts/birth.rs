//! Registering a birth (*đăng ký khai sinh*): the parents by their numbers, then the child with what their records
//! already say; the number is issued at once (REG-05).

use super::{
    super::{
        history::household_line,
        typed::{Reader, Typed},
        visit::{Purposed, Visit},
        words,
    },
    alike, correction,
    filing::{self, Again, Sheet},
    party::{self, Found},
    place::{self, PlaceInput},
};
use crate::{
    Population,
    acts::Content,
    model::{Fact, Household, Relation, Relative},
    sealed::PersonView,
    service::{Alike, Error, Intent, NEW_PERSON},
};
use access::Action;
use axum::{extract::State, response::Response};
use maud::{Markup, html};
use vocabulary::{Address, Field, FullName, HouseholdId, Invalid, PartialDate, Sex, Text, UnitLevel};
use web::{
    FormBody, Outcome,
    components::{Choice, DateInput, Errors, Fieldset, Question, Radios, Select, TextInput},
};

const TITLE: Text = Text::new("Đăng ký khai sinh", "Register a birth");
const FIRST: Text = Text::new(
    "Ghi số của mẹ và cha để lấy sẵn quê quán, dân tộc, quốc tịch và hộ. Không rõ ai thì bỏ trống.",
    "Give the numbers of mother and father: hometown, ethnic group, nationality and household are then filled in. Leave empty who is not known.",
);
const SECOND: Text = Text::new(
    "Kiểm tra thông tin lấy sẵn từ cha mẹ, điền thông tin của trẻ. Số định danh được cấp ngay khi ghi.",
    "Check what came from the parents and fill in the child. The personal number is issued on recording.",
);
const MOTHER: (&str, Text) = ("mother", Text::new("Mẹ", "Mother"));
const FATHER: (&str, Text) = ("father", Text::new("Cha", "Father"));

const NONE: &str = "none";
const CHILD: &str = "child";

/// A household that the child may join.
struct Home {
    household: Household,
    /// The parent who lives there.
    parent: String,
    /// What the child is to its head, as far as the parent's place tells.
    relation: Relation,
}

/// The parents, as far as found, and their households in the officer's units.
struct Parents {
    mother: Option<Relative>,
    father: Option<Relative>,
    found: Found,
    homes: Vec<Home>,
}

async fn parents(population: &Population, visit: &Visit, reader: &mut Reader<'_>) -> Result<Parents, Error> {
    let mut found = Found::default();
    let mother = party::read(reader, &mut found, population, &visit.ask, "mother", false).await?;
    let father = party::read(reader, &mut found, population, &visit.ask, "father", false).await?;
    let mut homes: Vec<Home> = Vec::new();
    for name in ["mother", "father"] {
        let Some(view) = found.party(name).filter(|view| party::near(view, &visit.ask)) else { continue };
        let parent = words::name(view.person.name.as_ref(), visit.lang());
        let own = population.person(&visit.ask, view.person.id, None).await?.person;
        let Some(id) = own.person.household else { continue };
        if homes.iter().any(|home| home.household.id == id) {
            continue;
        }
        let household = population.household(&visit.ask, id).await?.household;
        let relation = match own.person.relation {
            Some(Relation::Head | Relation::Spouse) => Relation::Child,
            Some(Relation::Child | Relation::ChildInLaw) => Relation::Grandchild,
            Some(Relation::Lodger) => Relation::Lodger,
            _ => Relation::Unknown,
        };
        homes.push(Home { household, parent, relation });
    }
    Ok(Parents { mother, father, found, homes })
}

/// The first step.
pub(super) async fn show(State(population): State<Population>, Purposed(visit): Purposed) -> Outcome<Markup> {
    visit.require(&population, Action::RecordCivilAct)?;
    let nobody = Parents { mother: None, father: None, found: Found::default(), homes: Vec::new() };
    Ok(render(&population, &visit, &Typed::default(), &Again::default(), &nobody, None))
}

/// A step, sent.
pub(super) async fn submit(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    let mut reader = Reader::new(&typed);
    let family = parents(&population, &visit, &mut reader).await?;
    if typed.one("step") != CHILD {
        return Ok(match reader.done(()) {
            Err(faults) => {
                let again = Again::faults(faults);
                Sheet::answer(&again, render(&population, &visit, &typed, &again, &family, None))
            }
            Ok(()) => {
                let filled = prefilled(&visit, &typed, &family);
                let again = Again::default();
                Sheet::answer(&again, render(&population, &visit, &filled, &again, &family, None))
            }
        });
    }
    let content = read(&mut reader, &family);
    let born = typed.date("birth-date").read("birth-date").unwrap_or(PartialDate::UNKNOWN);
    let draft = filing::draft(&mut reader, Some(Intent::BirthWithNumber(content.clone())));
    // A birth holds from the day of birth; when it was registered is told by the time of recording.
    let draft = draft.map(|draft| crate::Draft { effective: born, ..draft });
    let mut found = None;
    let again = match reader.done(draft) {
        Err(faults) => Again::faults(faults),
        Ok(_) if family.found.unseen => Again::check(),
        Ok(draft) => {
            const FIELDS: &[&str] = &["household", "address"];
            match filing::register(&population, &visit, draft, FIELDS, &typed).await? {
                Ok(receipt) => return Ok(receipt),
                Err((again, alike)) => {
                    found = alike.map(|alike| (content, alike));
                    again
                }
            }
        }
    };
    Ok(Sheet::answer(&again, render(&population, &visit, &typed, &again, &family, found.as_ref())))
}

/// The second step, filled with what the parents' records say.
fn prefilled(visit: &Visit, typed: &Typed, family: &Parents) -> Typed {
    let lang = visit.lang();
    let mut filled =
        filing::begun(visit).put("step", CHILD).put("nationality", lang.pick("Việt Nam", "Viet Nam"));
    for name in ["mother", "father", "mother-name", "father-name"] {
        filled = filled.put(name, typed.one(name));
    }
    let view = |name| family.found.party(name);
    // By custom and law the child takes hometown and ethnic group of one of the parents, mostly the father's.
    let parents: Vec<&PersonView> = [view("father"), view("mother")].into_iter().flatten().collect();
    if let Some(group) = parents.iter().find_map(|v| v.person.ethnicity.clone()) {
        filled = filled.put("ethnicity", group);
    }
    if let Some(v) = parents.iter().find(|v| !v.person.hometown.is_empty()) {
        filled = place::fill(filled, "hometown", &v.person.hometown, lang);
    }
    if let Some(unit) = visit.caller().actor.unit.filter(|u| u.level() == UnitLevel::Commune) {
        filled = filled.put("birth-registration", unit.as_str());
    }
    match family.homes.first() {
        Some(home) => {
            filled.put("household", home.household.id.to_string()).put("relation", home.relation.code())
        }
        None => filled.put("household", NONE),
    }
}

const BORN: Invalid =
    Invalid::new("birth/date", "Cần ngày sinh, ít nhất là năm", "Give the birth date, at least the year");
const SEX: Invalid = Invalid::new("birth/sex", "Chọn giới tính", "Choose the sex");
const HOUSEHOLD: Invalid =
    Invalid::new("birth/household", "Chọn hộ mà trẻ nhập vào", "Choose the household that the child joins");
const RELATION: Invalid =
    Invalid::new("birth/relation", "Chọn quan hệ với chủ hộ", "Choose the relation to the head");
const FUTURE: Invalid =
    Invalid::new("birth/future", "Ngày sinh không được ở tương lai", "The birth lies in the future");

fn read(reader: &mut Reader<'_>, family: &Parents) -> Content {
    let mut facts = Vec::new();
    let name = reader.parsed("child-name", FullName::parse);
    if reader.typed.one("child-name").trim().is_empty() {
        reader.required("child-name", 100);
    }
    facts.extend(name.map(|n| Fact::Name(Some(n))));
    let born = reader.date("birth-date");
    if reader.faults.iter().all(|f| f.field != "birth-date") {
        if born.is_unknown() {
            reader.refuse("birth-date", BORN);
        } else if born.earliest() > PartialDate::today().packed() {
            reader.refuse("birth-date", FUTURE);
        }
    }
    facts.push(Fact::BirthDate(born));
    match reader.parsed("sex", Sex::parse) {
        Some(sex) => facts.push(Fact::Sex(Some(sex))),
        None => reader.refuse("sex", SEX),
    }
    facts.push(Fact::BirthRegistration(place::read(reader, "birth-registration", false)));
    let place_of_birth = place::read(reader, "birth-place", false);
    if !place_of_birth.is_empty() {
        facts.push(Fact::BirthPlace(place_of_birth));
    }
    let hometown = place::read(reader, "hometown", false);
    if !hometown.is_empty() {
        facts.push(Fact::Hometown(hometown));
    }
    let ethnicity = reader.text("ethnicity", 40);
    if !ethnicity.is_empty() {
        facts.push(Fact::Ethnicity(Some(ethnicity)));
    }
    facts.push(Fact::Nationalities(correction::nations(reader)));
    if let Some(mother) = &family.mother {
        facts.push(Fact::Mother(Some(mother.clone())));
    }
    if let Some(father) = &family.father {
        facts.push(Fact::Father(Some(father.clone())));
    }
    let chosen = reader.typed.one("household").to_owned();
    let id = chosen.parse().ok().map(HouseholdId);
    let home = family.homes.iter().find(|home| Some(home.household.id) == id);
    if home.is_none() && chosen != NONE {
        reader.refuse("household", HOUSEHOLD);
    }
    let relation = reader.parsed("relation", Relation::parse);
    if home.is_some() && relation.is_none() {
        reader.refuse("relation", RELATION);
    }
    let address = home.map_or_else(Address::default, |home| home.household.address.clone());
    Content::Birth {
        child: NEW_PERSON,
        facts,
        household: home.map(|h| h.household.id),
        address,
        relation: relation.filter(|_| home.is_some()),
    }
}

fn render(
    population: &Population,
    visit: &Visit,
    typed: &Typed,
    again: &Again,
    family: &Parents,
    found: Option<&(Content, Alike)>,
) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, &again.violations);
    let second = typed.one("step") == CHILD;
    let sheet = Sheet {
        title: visit.t(TITLE),
        intro: if second { SECOND } else { FIRST },
        action: "/desk/births/new",
        back: ("/desk", ""),
        button: if second { Sheet::RECORD } else { Sheet::CONTINUE },
    };
    let parent = |question| party::input(visit, question, true, typed, &family.found, &errors);
    let questions = html! {
        @if let Some((content, found)) = found { (alike::section(visit, content, found, typed, &errors)) }
        (Fieldset::new(lang.pick("Cha mẹ", "Parents"), html! { (parent(MOTHER)) (parent(FATHER)) }))
        @if second {
            input type="hidden" name="step" value=(CHILD);
            (child(population, visit, typed, &errors))
            (home(visit, typed, family, &errors))
            (Fieldset::new(lang.pick("Đăng ký", "Registration"), filing::evidence(visit, typed, &errors)))
        }
    };
    sheet.page(visit, again, &errors, questions)
}

fn child(population: &Population, visit: &Visit, typed: &Typed, errors: &Errors<'_>) -> Markup {
    let lang = visit.lang();
    let label = |field: Field| field.text().get(lang);
    let born = typed.date("birth-date");
    let place = |name: &'static str, field: Field, (own, abroad), optional, detail| {
        let input = PlaceInput { name, label: field.text(), own, abroad, optional, detail };
        place::input(visit, population, input, typed, errors)
    };
    html! {
        (Fieldset::new(lang.pick("Trẻ", "The child"), html! {
            (TextInput::new(Question::new("child-name", label(Field::FullName)).errors(errors)).value(typed.one("child-name")).max(100))
            (DateInput::new(lang, Question::new("birth-date", label(Field::BirthDate)).errors(errors), &born))
            (Radios::new(Question::new("sex", label(Field::Sex)).errors(errors), correction::sexes(typed.one("sex"), lang)).inline())
            (place("birth-registration", Field::BirthRegistration, (true, false), false, false))
            (place("birth-place", Field::BirthPlace, (false, true), true, true))
            (place("hometown", Field::Hometown, (false, false), true, false))
            (Select::new(Question::new("ethnicity", label(Field::Ethnicity)).errors(errors), correction::ethnic_choices(typed.one("ethnicity")))
                .prompt(lang.pick("Chưa rõ", "Not known")))
            (TextInput::new(Question::new("nationality", label(Field::Nationality)).errors(errors)).value(typed.one("nationality")).width(20))
        }))
    }
}

fn home(visit: &Visit, typed: &Typed, family: &Parents, errors: &Errors<'_>) -> Markup {
    let lang = visit.lang();
    let mut choices: Vec<Choice> = family
        .homes
        .iter()
        .map(|home| {
            let id = home.household.id.to_string();
            Choice::new(id.as_str(), household_line(&home.household, lang))
                .hint(lang.pick(format!("Hộ của {}", home.parent), format!("Where {} lives", home.parent)))
                .chosen(typed.has("household", &id))
        })
        .collect();
    let none = lang.pick("Chưa đăng ký thường trú cho trẻ", "No permanent residence for the child yet");
    choices.push(Choice::new(NONE, none).chosen(typed.has("household", NONE)));
    html! {
        (Fieldset::new(lang.pick("Thường trú", "Permanent residence"), html! {
            (Radios::new(Question::new("household", lang.pick("Trẻ nhập vào hộ nào?", "Which household does the child join?")).errors(errors), choices))
            @if !family.homes.is_empty() {
                (Select::new(Question::new("relation", Field::RelationToHead.text().get(lang)).errors(errors),
                    Relation::ALL.iter().filter(|r| **r != Relation::Head).map(|r| Choice::new(r.code(), r.text().get(lang)).chosen(typed.one("relation") == r.code())))
                    .prompt(lang.pick("Chọn", "Choose")))
            }
        }))
    }
}
