//! First registration (*thu thập thông tin lần đầu*, form DC01): a person without a record, with or without papers, is
//! entered with whatever is known. Where records may already be this person's, the form comes back with them first.

use super::{
    super::{
        typed::{Reader, Typed},
        visit::{Purposed, Visit},
    },
    alike, correction,
    filing::{self, Again, Sheet},
    party::{self, Found},
    place::{self, PlaceInput},
};
use crate::{
    Population,
    acts::Content,
    model::{Fact, FormerClaim, Relative},
    service::{Alike, Error, Intent, NEW_PERSON},
    verify::Number,
};
use access::Action;
use axum::{extract::State, response::Response};
use maud::{Markup, html};
use vocabulary::{Field, FormerNumber, FullName, Invalid, PartialDate, PersonalNumber, Sex, Text};
use web::{
    FormBody, Outcome,
    components::{DateInput, Errors, Fieldset, Question, Radios, Select, TextInput},
};

const TITLE: Text = Text::new("Thu thập thông tin lần đầu", "First registration");
const INTRO: Text = Text::new(
    "Cho người chưa có hồ sơ, kể cả người không có giấy tờ. Ghi những gì biết được; mục không rõ thì bỏ trống. Trẻ mới sinh thì đăng ký khai sinh.",
    "For a person without a record, with or without papers. Write what is known and leave the rest empty. A newborn child is registered with its birth.",
);
const MOTHER: (&str, Text) = ("mother", Text::new("Mẹ", "Mother"));
const FATHER: (&str, Text) = ("father", Text::new("Cha", "Father"));

const TAKEN: Invalid = Invalid::new(
    "registration/number-taken",
    "Đã có hồ sơ mang số này; mở hồ sơ đó, hoặc bỏ trống số và chuyển bộ phận làm sạch dữ liệu",
    "A record has this number already; open it, or leave the number empty and pass it to data cleaning",
);
const FUTURE: Invalid =
    Invalid::new("birth/future", "Ngày sinh không được ở tương lai", "The birth lies in the future");

/// Who was found while the form was read.
#[derive(Default)]
struct Seen {
    parties: Found,
    /// Records that may be of the same person, and what was to be recorded.
    alike: Option<(Content, Alike)>,
}

/// The form.
pub(super) async fn show(State(population): State<Population>, Purposed(visit): Purposed) -> Outcome<Markup> {
    visit.require(&population, Action::CorrectRecord)?;
    Ok(render(&population, &visit, &filing::begun(&visit), &Again::default(), &Seen::default()))
}

/// The form, sent.
pub(super) async fn submit(
    State(population): State<Population>,
    Purposed(visit): Purposed,
    FormBody(typed): FormBody<Typed>,
) -> Outcome<Response> {
    visit.require(&population, Action::CorrectRecord)?;
    let mut reader = Reader::new(&typed);
    let mut seen = Seen::default();
    let facts = read(&population, &visit, &mut reader, &mut seen).await?;
    let content = Content::Registration { person: NEW_PERSON, facts };
    let draft = filing::draft(&mut reader, Some(Intent::Act(content.clone())));
    let again = match reader.done(draft) {
        Err(faults) => Again::faults(faults),
        Ok(_) if seen.parties.unseen => Again::check(),
        Ok(draft) => {
            match filing::register(&population, &visit, draft, &["name", "current"], &typed).await? {
                Ok(receipt) => return Ok(receipt),
                Err((again, alike)) => {
                    seen.alike = alike.map(|alike| (content, alike));
                    again
                }
            }
        }
    };
    Ok(Sheet::answer(&again, render(&population, &visit, &typed, &again, &seen)))
}

async fn read(
    population: &Population,
    visit: &Visit,
    reader: &mut Reader<'_>,
    seen: &mut Seen,
) -> Result<Vec<Fact>, Error> {
    let ask = &visit.ask;
    // The place for which the officer answers comes first.
    let current = place::read(reader, "current", true);
    let permanent = place::read(reader, "permanent", false);
    let mut facts = Vec::new();
    if current != permanent {
        facts.push(Fact::Current(current));
    }
    if !permanent.is_empty() {
        facts.push(Fact::Permanent(permanent));
    }
    if reader.typed.one("name").trim().is_empty() {
        reader.required("name", FullName::MAX);
    }
    facts.extend(reader.parsed("name", FullName::parse).map(|name| Fact::Name(Some(name))));
    let other = reader.parsed("other-name", FullName::parse);
    facts.extend(other.map(|name| Fact::OtherNames(vec![name])));
    let born = reader.date("birth-date");
    if born.earliest() > PartialDate::today().packed() {
        reader.refuse("birth-date", FUTURE);
    }
    if !born.is_unknown() {
        facts.push(Fact::BirthDate(born));
    }
    facts.extend(reader.parsed("sex", Sex::parse).map(|sex| Fact::Sex(Some(sex))));
    let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '.').collect::<String>();
    if let Some(number) = reader.parsed("number", |text| PersonalNumber::parse(&bare(text))) {
        if taken(population, visit, Number::Personal(number)).await? {
            reader.refuse("number", TAKEN);
        }
        facts.push(Fact::Number(Some(number)));
    }
    if let Some(number) = reader.parsed("former", |text| FormerNumber::parse(&bare(text))) {
        if taken(population, visit, Number::Former(number)).await? {
            reader.refuse("former", TAKEN);
        }
        let (from, until) = (PartialDate::UNKNOWN, PartialDate::UNKNOWN);
        facts.push(Fact::FormerNumbers(vec![FormerClaim { number, issuer: String::new(), from, until }]));
    }
    for (name, fact) in [
        ("birth-registration", Fact::BirthRegistration as fn(_) -> Fact),
        ("birth-place", Fact::BirthPlace),
        ("hometown", Fact::Hometown),
    ] {
        let place = place::read(reader, name, false);
        if !place.is_empty() {
            facts.push(fact(place));
        }
    }
    let ethnicity = reader.text("ethnicity", 40);
    if !ethnicity.is_empty() {
        facts.push(Fact::Ethnicity(Some(ethnicity)));
    }
    let nations = correction::nations(reader);
    if !nations.is_empty() {
        facts.push(Fact::Nationalities(nations));
    }
    for (name, fact) in [("mother", Fact::Mother as fn(Option<Relative>) -> Fact), ("father", Fact::Father)] {
        let parent = party::read(reader, &mut seen.parties, population, ask, name, false).await?;
        facts.extend(parent.map(|parent| fact(Some(parent))));
    }
    Ok(facts)
}

/// Whether a record has the number, as far as the officer may find it.
async fn taken(population: &Population, visit: &Visit, number: Number) -> Result<bool, Error> {
    Ok(!matches!(party::look_up(population, &visit.ask, number).await?, Err(party::NOT_FOUND)))
}

fn render(population: &Population, visit: &Visit, typed: &Typed, again: &Again, seen: &Seen) -> Markup {
    let lang = visit.lang();
    let errors = Errors::new(lang, &again.violations);
    let sheet = Sheet {
        title: visit.t(TITLE),
        intro: INTRO,
        action: "/desk/registrations/new",
        back: ("/desk", ""),
        button: Sheet::RECORD,
    };
    let questions = html! {
        @if let Some((content, found)) = &seen.alike { (alike::section(visit, content, found, typed, &errors)) }
        (identity(visit, typed, &errors))
        (Fieldset::new(lang.pick("Nơi ở", "Residence"), html! {
            (place(population, visit, ("current", Field::CurrentResidence), (true, false), false, typed, &errors))
            (place(population, visit, ("permanent", Field::PermanentResidence), (false, false), true, typed, &errors))
        }))
        (Fieldset::new(lang.pick("Nơi sinh, quê quán", "Places"), html! {
            (place(population, visit, ("birth-registration", Field::BirthRegistration), (false, false), true, typed, &errors))
            (place(population, visit, ("birth-place", Field::BirthPlace), (false, true), true, typed, &errors))
            (place(population, visit, ("hometown", Field::Hometown), (false, false), true, typed, &errors))
        }))
        (Fieldset::new(lang.pick("Cha mẹ", "Parents"), html! {
            @for parent in [MOTHER, FATHER] { (party::input(visit, parent, true, typed, &seen.parties, &errors)) }
        }))
        (Fieldset::new(lang.pick("Thu thập", "Collection"), html! {
            (filing::when_and_why(visit, Some(Text::new("Ngày thu thập", "Day of collection")), typed, &errors))
        }))
    };
    sheet.page(visit, again, &errors, questions)
}

fn identity(visit: &Visit, typed: &Typed, errors: &Errors<'_>) -> Markup {
    let lang = visit.lang();
    let label = |field: Field| field.text().get(lang);
    let born = typed.date("birth-date");
    html! {
        (Fieldset::new(lang.pick("Nhân thân", "Identity"), html! {
            (TextInput::new(Question::new("name", label(Field::FullName)).errors(errors)).value(typed.one("name")).max(100))
            (TextInput::new(Question::new("other-name", label(Field::OtherName)).optional(lang).errors(errors)).value(typed.one("other-name")).max(100))
            (DateInput::new(lang, Question::new("birth-date", label(Field::BirthDate))
                .hint(lang.pick("Bỏ trống phần không rõ, ví dụ chỉ ghi năm", "Leave empty what is not known, such as all but the year"))
                .errors(errors), &born))
            (Radios::new(Question::new("sex", label(Field::Sex)).optional(lang).errors(errors), correction::sexes(typed.one("sex"), lang)).inline())
            (TextInput::new(Question::new("number", label(Field::PersonalNumber))
                .hint(lang.pick("Nếu đã được cấp; chưa có thì cấp sau khi ghi", "Where one was issued; otherwise it is issued afterwards"))
                .optional(lang).errors(errors)).value(typed.one("number")).width(20).digits())
            (TextInput::new(Question::new("former", lang.pick("Số CMND (9 số)", "Former number (9 digits)")).optional(lang).errors(errors))
                .value(typed.one("former")).width(10).digits())
            (Select::new(Question::new("ethnicity", label(Field::Ethnicity)).optional(lang).errors(errors), correction::ethnic_choices(typed.one("ethnicity")))
                .prompt(lang.pick("Chưa rõ", "Not known")))
            (TextInput::new(Question::new("nationality", label(Field::Nationality))
                .hint(lang.pick("Tên nước; nhiều nước thì cách nhau bằng dấu phẩy; bỏ trống nếu chưa xác định", "Names of countries with commas between them; empty where not determined"))
                .optional(lang).errors(errors)).value(typed.one("nationality")).width(20))
        }))
    }
}

fn place(
    population: &Population,
    visit: &Visit,
    (name, field): (&'static str, Field),
    (own, abroad): (bool, bool),
    optional: bool,
    typed: &Typed,
    errors: &Errors<'_>,
) -> Markup {
    let input = PlaceInput { name, label: field.text(), own, abroad, optional, detail: true };
    place::input(visit, population, input, typed, errors)
}
