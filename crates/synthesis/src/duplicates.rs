//! Second records of one person (CLN-01, CLN-02): somebody moved or lost the papers, was registered again elsewhere, and
//! the clerk wrote down what he heard.

use crate::{
    bio::World,
    corruptions::{self, Spelling},
    day::Day,
    draw::Draw,
    places::{Home, commune_police},
    record::{Book, DATABASE, TWO_TIERS},
    truth::Injected,
};
use population::{
    acts::Content,
    model::{Contact, Fact, Person, Relative},
};
use vocabulary::{FullName, PersonId, PersonalNumber};

/// Of a thousand duplicates so many lie in another province (CLN-01: 208 beside the 732 of CLN-02).
const ACROSS: u32 = 220;

/// Registers a person for the second time and says what is wrong with the record. `family` gives telephones and the
/// names of parents.
pub(crate) fn write(
    original: &Person,
    family: &[Person],
    id: PersonId,
    (world, home): (&World, &Home),
    book: &mut Book<'_>,
    draw: &mut Draw,
) -> Vec<Injected> {
    let across = draw.chance(ACROSS);
    let (kind, code) =
        if across { ("duplicate-across-provinces", "CLN-01") } else { ("duplicate-in-province", "CLN-02") };
    let pair = || Injected::new(kind, code, original.id).with(id);
    let changed = |kind| Injected { kind, ..pair() };
    let mut truth = vec![pair()];

    let mut copy = original.clone();
    copy.former_numbers.clear();
    // The number: most often the same or none, else a wrong one, or the old card.
    if let Some(number) = original.number {
        let was = number.reveal();
        let mut is = |kind, is: Option<PersonalNumber>| {
            let text = is.map(PersonalNumber::reveal).unwrap_or_default();
            truth.push(changed(kind).field("personal_number", was.clone(), text));
            is
        };
        copy.number = match draw.below(100) {
            ..30 => Some(number),
            30..60 => {
                let (kind, text) = corruptions::digits(&was, draw);
                is(kind, PersonalNumber::parse(&text).ok())
            }
            60..80 if !original.former_numbers.is_empty() => {
                copy.former_numbers = original.former_numbers.last().cloned().into_iter().collect();
                is("number-former-instead", None)
            }
            _ => is("number-missing", None),
        };
    }
    if let Some(name) = original.name.as_ref().filter(|_| draw.chance(650))
        && let Some((spelling, text)) = Spelling::draw(name.reveal(), draw)
        && let Ok(spoilt) = FullName::parse(&text)
    {
        truth.push(changed(spelling.code()).field("full_name", name.reveal(), spoilt.reveal()));
        copy.name = Some(spoilt);
    }
    if draw.chance(300)
        && let Some((kind, date)) = corruptions::date(original.birth_date, draw)
    {
        truth.push(changed(kind).field("birth_date", original.birth_date.iso(), date.iso()));
        copy.birth_date = date;
    }

    let own = home.own;
    let origin = if across { world.places.elsewhere(own, draw) } else { own };
    let commune = world.places.commune(origin, draw);
    let mut address = world.places.address(origin, commune, draw);
    if draw.chance(250) {
        truth.push(changed("unit-code-old").field("permanent_unit", commune.new, ""));
        address.new_unit = None;
    }
    let phones = family.iter().flat_map(|p| &p.contact.phones);
    let phone = phones.clone().find(|p| !original.contact.phones.contains(p)).or(phones.clone().next());
    let phone = phone.filter(|_| draw.chance(500)).cloned();
    if let Some(phone) = &phone {
        let was = original.contact.phones.join("|");
        if was != *phone {
            truth.push(changed("phone-of-family").field("phones", was, phone));
        }
    }

    // Parents are told by name: the clerk elsewhere does not see their records.
    let named = |relative: &Option<Relative>| -> Option<Relative> {
        let relative = relative.as_ref()?;
        let recorded = relative.person.and_then(|id| family.iter().find(|p| p.id == id));
        let name = recorded.and_then(|p| p.name.clone()).or(relative.name.clone())?;
        Some(Relative::named(name))
    };
    let mut facts = Vec::with_capacity(14);
    let mut tell = |known: bool, fact: Fact| {
        if known {
            facts.push(fact);
        }
    };
    tell(copy.name.is_some(), Fact::Name(copy.name.clone()));
    tell(!copy.birth_date.is_unknown(), Fact::BirthDate(copy.birth_date));
    tell(copy.sex.is_some(), Fact::Sex(copy.sex));
    tell(copy.number.is_some(), Fact::Number(copy.number));
    tell(!copy.former_numbers.is_empty(), Fact::FormerNumbers(copy.former_numbers.clone()));
    tell(!copy.birth_registration.is_empty(), Fact::BirthRegistration(copy.birth_registration.clone()));
    tell(!copy.hometown.is_empty(), Fact::Hometown(copy.hometown.clone()));
    tell(copy.ethnicity.is_some(), Fact::Ethnicity(copy.ethnicity.clone()));
    tell(true, Fact::Nationalities(vec!["VN".to_owned()]));
    tell(true, Fact::Permanent(address));
    for (relative, fact) in
        [(&original.father, Fact::Father as fn(_) -> _), (&original.mother, Fact::Mother as fn(_) -> _)]
    {
        let relative = named(relative);
        tell(relative.is_some(), fact(relative));
    }
    if let Some(phone) = phone {
        tell(true, Fact::Contact(Contact { phones: vec![phone], emails: Vec::new() }));
    }

    let last = world.today.plus(-30);
    let day = Day(draw.between(DATABASE.0, last.0));
    book.write(day, Content::Registration { person: id, facts }, draw);
    // It was written down where the second registration took place.
    let office = world.places.origins[origin].province;
    if let Some(act) = book.acts_mut().last_mut() {
        let since = act.recorded >= TWO_TIERS.at(0);
        let (province, unit) =
            if since { (office.new_code, commune.new) } else { (office.code, commune.old) };
        if let Ok(police) = commune_police(province, unit) {
            (act.by.agency, act.by.unit) = (police, Some(unit));
        }
    }
    truth
}
