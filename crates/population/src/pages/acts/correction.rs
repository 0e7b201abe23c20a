//! Correcting or completing a person's data (*cải chính, bổ sung*): the fields that the officer sees and may set,
//! filled with what is recorded; only what was changed is recorded.

use super::{
    super::{
        typed::{Reader, Typed},
        visit::Visit,
        words,
    },
    place::{self, PlaceInput},
};
use crate::{
    Population,
    model::{BloodGroup, CARD_ISSUER_LENGTH, Card, Fact, MaritalStatus, Person, Relation},
    sealed::PersonView,
};
use access::Action;
use maud::{Markup, html};
use reference::{countries, ethnic_groups};
use vocabulary::{Address, Field, FieldSet, FullName, Invalid, Lang, Sex};
use web::components::{Choice, DateInput, Errors, Fieldset, Question, Select, TextInput};

const FIELDS: FieldSet = FieldSet::of(&[
    Field::Card,
    Field::FullName,
    Field::OtherName,
    Field::BirthDate,
    Field::Sex,
    Field::BirthPlace,
    Field::BirthRegistration,
    Field::Hometown,
    Field::Ethnicity,
    Field::Religion,
    Field::Nationality,
    Field::BloodGroup,
    Field::MaritalStatus,
    Field::Occupation,
    Field::RelationToHead,
]);

/// The fields of the form: those seen and those that may be set.
fn settable(population: &Population, visit: &Visit, view: &PersonView) -> FieldSet {
    let reach = population.policy().reach(visit.caller(), Action::CorrectRecord, visit.ask.basis.as_ref());
    let granted = reach.map(|r| r.own_units.fields).unwrap_or(FieldSet::NONE);
    FIELDS.and(view.shown).and(granted)
}

const PLACES: &[(Field, &str)] = &[
    (Field::BirthPlace, "birth-place"),
    (Field::BirthRegistration, "birth-registration"),
    (Field::Hometown, "hometown"),
];

fn address(p: &Person, field: Field) -> &Address {
    match field {
        Field::BirthPlace => &p.birth_place,
        Field::BirthRegistration => &p.birth_registration,
        _ => &p.hometown,
    }
}

/// Fills the form with what is recorded.
pub(super) fn begun(typed: Typed, view: &PersonView, lang: Lang) -> Typed {
    let p = &view.person;
    let mut typed = typed
        .put("name", p.name.as_ref().map(FullName::reveal).unwrap_or_default())
        .put("other-names", p.other_names.iter().map(FullName::reveal).collect::<Vec<_>>().join("; "))
        .put_date("birth-date", p.birth_date)
        .put_date("card-issued", p.card.as_ref().map(|c| c.issued_on).unwrap_or_default())
        .put_date("card-expires", p.card.as_ref().map(|c| c.expires_on).unwrap_or_default())
        .put("card-issuer", p.card.as_ref().map(|c| c.issuer.clone().into_owned()).unwrap_or_default())
        .put("sex", p.sex.map(sex_code).unwrap_or_default())
        .put("ethnicity", p.ethnicity.clone().unwrap_or_default())
        .put("religion", p.religion.clone().unwrap_or_default())
        .put("nationality", words::nationalities(&p.nationalities, lang))
        .put("blood-group", p.blood_group.map(BloodGroup::label).unwrap_or_default())
        .put("marital-status", p.marital_status.map(marital_code).unwrap_or_default())
        .put("occupation", p.occupation.clone().unwrap_or_default())
        .put("relation", p.relation.map(Relation::code).unwrap_or_default());
    for (field, name) in PLACES {
        typed = place::fill(typed, name, address(p, *field), lang);
    }
    typed
}

const fn sex_code(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::Other => "other",
    }
}

/// The choices of sex.
pub(in crate::pages) fn sexes(chosen: &str, lang: Lang) -> Vec<Choice> {
    [Sex::Male, Sex::Female, Sex::Other]
        .into_iter()
        .map(|sex| Choice::new(sex_code(sex), sex.text().get(lang)).chosen(chosen == sex_code(sex)))
        .collect()
}

/// The choices of ethnic group.
pub(super) fn ethnic_choices(chosen: &str) -> Vec<Choice> {
    ethnic_groups::all().iter().map(|g| Choice::new(g.code, g.name).chosen(chosen == g.code)).collect()
}

const STATUSES: [MaritalStatus; 4] =
    [MaritalStatus::Single, MaritalStatus::Married, MaritalStatus::Divorced, MaritalStatus::Widowed];

const fn marital_code(status: MaritalStatus) -> &'static str {
    match status {
        MaritalStatus::Single => "single",
        MaritalStatus::Married => "married",
        MaritalStatus::Divorced => "divorced",
        MaritalStatus::Widowed => "widowed",
    }
}

const GROUPS: [BloodGroup; 4] = [BloodGroup::A, BloodGroup::B, BloodGroup::Ab, BloodGroup::O];

/// The questions.
pub(super) fn questions(
    population: &Population,
    visit: &Visit,
    view: &PersonView,
    typed: &Typed,
    errors: &Errors<'_>,
) -> Markup {
    let lang = visit.lang();
    let fields = settable(population, visit, view);
    let label = |field: Field| field.text().get(lang);
    let line = |field: Field, name: &str, hint: Option<&str>| {
        let question = Question::new(name, label(field)).errors(errors);
        let question = match hint {
            Some(hint) => question.hint(hint),
            None => question,
        };
        html! { @if fields.has(field) { (TextInput::new(question).value(typed.one(name))) } }
    };
    let list = |field: Field, name: &str, choices: Vec<Choice>| {
        html! {
            @if fields.has(field) {
                (Select::new(Question::new(name, label(field)).errors(errors), choices).prompt(lang.pick("Chưa rõ", "Not known")))
            }
        }
    };
    let birth = typed.date("birth-date");
    html! {
        @if fields.is_empty() {
            p.govuk-body { (lang.pick("Với mục đích đang dùng, bạn không được sửa mục nào.", "With the purpose stated you may correct no field.")) }
        }
        (Fieldset::new(lang.pick("Nhân thân", "Identity"), html! {
            (line(Field::FullName, "name", None))
            (line(Field::OtherName, "other-names", Some(lang.pick("Nhiều tên thì cách nhau bằng dấu chấm phẩy", "Several with semicolons between them"))))
            @if fields.has(Field::BirthDate) {
                (DateInput::new(lang, Question::new("birth-date", label(Field::BirthDate))
                    .hint(lang.pick("Bỏ trống phần không rõ, ví dụ chỉ ghi năm", "Leave empty what is not known, such as all but the year"))
                    .errors(errors), &birth))
            }
            (list(Field::Sex, "sex", sexes(typed.one("sex"), lang)))
            (list(Field::Ethnicity, "ethnicity", ethnic_choices(typed.one("ethnicity"))))
            (line(Field::Religion, "religion", None))
            (line(Field::Nationality, "nationality", Some(lang.pick("Tên nước; nhiều nước thì cách nhau bằng dấu phẩy; bỏ trống nếu chưa xác định", "Names of countries with commas between them; empty where not determined"))))
            (list(Field::BloodGroup, "blood-group", GROUPS.iter().map(|g| Choice::new(g.label(), g.label()).chosen(typed.one("blood-group") == g.label())).collect()))
            (list(Field::MaritalStatus, "marital-status", STATUSES.iter().map(|s| Choice::new(marital_code(*s), s.text().get(lang)).chosen(typed.one("marital-status") == marital_code(*s))).collect()))
            (line(Field::Occupation, "occupation", None))
            @if view.person.household.is_some() {
                (list(Field::RelationToHead, "relation", Relation::ALL.iter().map(|r| Choice::new(r.code(), r.text().get(lang)).chosen(typed.one("relation") == r.code())).collect()))
            }
        }))
        @if fields.has(Field::Card) {
            (Fieldset::new(label(Field::Card), html! {
                (DateInput::new(lang, Question::new("card-issued", lang.pick("Ngày cấp thẻ", "Date of issue")).errors(errors), &typed.date("card-issued")))
                (DateInput::new(lang, Question::new("card-expires", lang.pick("Có giá trị đến", "Valid until"))
                    .hint(lang.pick("Bỏ trống nếu thẻ không thời hạn", "Leave empty where the card has no limit"))
                    .errors(errors), &typed.date("card-expires")))
                (TextInput::new(Question::new("card-issuer", lang.pick("Nơi cấp thẻ", "Issuer")).errors(errors)).value(typed.one("card-issuer")).max(CARD_ISSUER_LENGTH))
            }))
        }
        @if PLACES.iter().any(|(field, _)| fields.has(*field)) {
            (Fieldset::new(lang.pick("Nơi sinh, quê quán", "Places"), html! {
                @for (field, name) in PLACES {
                    @if fields.has(*field) {
                        (place::input(visit, population, PlaceInput { name, label: field.text(), own: false, abroad: *field != Field::Hometown, optional: true, detail: true }, typed, errors))
                    }
                }
            }))
        }
    }
}

const NATION: Invalid = Invalid::new(
    "nationality/country",
    "Có tên nước không nằm trong danh mục",
    "A country is not in the list",
);

/// The facts that were changed.
pub(super) fn read(
    population: &Population,
    visit: &Visit,
    view: &PersonView,
    reader: &mut Reader<'_>,
) -> Vec<Fact> {
    let lang = visit.lang();
    let fields = settable(population, visit, view);
    let p = &view.person;
    // What the form was filled with: a field that came back the same was not touched.
    let before = begun(Typed::default(), view, lang);
    let typed = reader.typed;
    let touched = |name: &str| typed.one(name).trim() != before.one(name).trim();
    let mut facts = Vec::new();
    if fields.has(Field::FullName) && touched("name") {
        facts.extend(reader.parsed("name", FullName::parse).map(|n| Fact::Name(Some(n))));
        // Parts that came with the former name say nothing of the new one.
        if p.name_parts.is_some() {
            facts.push(Fact::NameParts(None));
        }
    }
    if fields.has(Field::OtherName) && touched("other-names") {
        let mut names = Vec::new();
        for part in
            typed.one("other-names").split(';').map(str::trim).filter(|part| !part.is_empty()).take(10)
        {
            match FullName::parse(part) {
                Ok(name) => names.push(name),
                Err(rule) => reader.refuse("other-names", rule),
            }
        }
        facts.push(Fact::OtherNames(names));
    }
    if fields.has(Field::BirthDate) {
        let date = reader.date("birth-date");
        if date != p.birth_date {
            facts.push(Fact::BirthDate(date));
        }
    }
    if fields.has(Field::Card) {
        let (issued_on, expires_on) = (reader.date("card-issued"), reader.date("card-expires"));
        let issuer = reader.text("card-issuer", CARD_ISSUER_LENGTH.into());
        let blank = issued_on.is_unknown() && expires_on.is_unknown() && issuer.is_empty();
        let card = (!blank).then_some(Card { issued_on, expires_on, issuer: issuer.into() });
        if card != p.card {
            facts.push(Fact::Card(card));
        }
    }
    if fields.has(Field::Sex) && touched("sex") {
        facts.push(Fact::Sex(reader.parsed("sex", Sex::parse)));
    }
    let some = |text: String| Some(text).filter(|t| !t.is_empty());
    if fields.has(Field::Ethnicity) && touched("ethnicity") {
        facts.push(Fact::Ethnicity(some(reader.text("ethnicity", 40))));
    }
    if fields.has(Field::Religion) && touched("religion") {
        facts.push(Fact::Religion(some(reader.text("religion", 100))));
    }
    if fields.has(Field::Nationality) && touched("nationality") {
        facts.push(Fact::Nationalities(nations(reader)));
    }
    if fields.has(Field::BloodGroup) && touched("blood-group") {
        facts.push(Fact::BloodGroup(GROUPS.into_iter().find(|g| g.label() == typed.one("blood-group"))));
    }
    if fields.has(Field::MaritalStatus) && touched("marital-status") {
        facts.push(Fact::MaritalStatus(
            STATUSES.into_iter().find(|s| marital_code(*s) == typed.one("marital-status")),
        ));
    }
    if fields.has(Field::Occupation) && touched("occupation") {
        facts.push(Fact::Occupation(some(reader.text("occupation", 200))));
    }
    if fields.has(Field::RelationToHead) && p.household.is_some() && touched("relation") {
        facts.push(Fact::Relation(reader.parsed("relation", Relation::parse)));
    }
    for (field, name) in PLACES {
        let parts =
            [(*name).to_owned(), format!("{name}-detail"), format!("{name}-country"), format!("{name}-unit")];
        if fields.has(*field) && parts.iter().any(|part| touched(part)) {
            let address = place::read(reader, name, false);
            facts.push(match field {
                Field::BirthPlace => Fact::BirthPlace(address),
                Field::BirthRegistration => Fact::BirthRegistration(address),
                _ => Fact::Hometown(address),
            });
        }
    }
    facts
}

/// Countries by name or code, commas between them.
pub(super) fn nations(reader: &mut Reader<'_>) -> Vec<String> {
    let mut codes = Vec::new();
    for word in reader.typed.one("nationality").split(',').map(str::trim).filter(|w| !w.is_empty()).take(5) {
        match countries::find(word).or_else(|| countries::search(word, 1).first().copied()) {
            Some(country) => codes.push(country.iso2.to_owned()),
            None => reader.refuse("nationality", NATION),
        }
    }
    codes
}
