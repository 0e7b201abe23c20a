//! A place typed into a form: the commune by name, in either structure, and what lies below it.
//!
//! Nobody knows 3,321 new communes and ten thousand old ones by code. The name is enough where it is clear; where
//! several places bear it, the form comes back with those to choose from. All of it works without a script.

use super::super::{
    typed::{Reader, Typed},
    visit::Visit,
    words,
};
use crate::Population;
use maud::{Markup, html};
use reference::{Era, countries, units};
use vocabulary::{Address, Invalid, Text, UnitCode, UnitLevel, fold};
use web::components::{Choice, Errors, Question, Radios, Select, TextInput};

/// A place that the typed words may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    new: Option<UnitCode>,
    old: Option<UnitCode>,
    label: Text2,
}

/// A label in both languages, made while running.
type Text2 = (String, String);

impl Candidate {
    fn of_new(code: UnitCode) -> Candidate {
        let path = words::unit(code);
        Candidate { new: Some(code), old: before(code), label: (path.clone(), path) }
    }

    fn of_old(code: UnitCode) -> Candidate {
        let path = units::path(code, Era::Before2025).unwrap_or_else(|| code.to_string());
        let new = units::successor(code).map(|u| u.code);
        let label = match new {
            Some(new) => (
                format!("{path} (trước 01/7/2025), nay thuộc {}", words::unit(new)),
                format!("{path} (before 1 July 2025), now {}", words::unit(new)),
            ),
            None => (format!("{path} (trước 01/7/2025)"), format!("{path} (before 1 July 2025)")),
        };
        Candidate { new, old: Some(code), label }
    }

    /// What the form sends for it.
    fn key(&self) -> String {
        match (self.new, self.old) {
            (Some(new), old) if before(new) == old => format!("n{new}"),
            (_, Some(old)) => format!("o{old}"),
            (Some(new), None) => format!("n{new}"),
            (None, None) => String::new(),
        }
    }
}

/// The commune of before 1 July 2025 that a present one wholly was; `None` where it was made of several.
fn before(new: UnitCode) -> Option<UnitCode> {
    match units::was(new).as_slice() {
        [only] => Some(only.old.code),
        _ => None,
    }
}

/// Most places offered where several bear a name.
const MOST: usize = 10;

/// What typed words may mean: one place where they are clear.
fn candidates(text: &str) -> Vec<Candidate> {
    let text = text.trim();
    if let Ok(code) = UnitCode::parse(text) {
        let known = code.level() == UnitLevel::Commune && units::find(code, Era::Since2025).is_some();
        return known.then(|| Candidate::of_new(code)).into_iter().collect();
    }
    let wanted = fold(text.split(',').next().unwrap_or_default());
    let search = |era| {
        let found: Vec<_> = units::search(text, era, 40)
            .into_iter()
            .filter(|u| u.code.level() == UnitLevel::Commune)
            .collect();
        let exact: Vec<_> = found
            .iter()
            .copied()
            .filter(|u| fold(u.name()) == wanted || fold(u.full_name) == wanted)
            .collect();
        (exact, found)
    };
    let (exact, found) = search(Era::Since2025);
    if let [only] = exact.as_slice() {
        return vec![Candidate::of_new(only.code)];
    }
    let (old_exact, old_found) = search(Era::Before2025);
    let news = if exact.is_empty() && !old_exact.is_empty() {
        Vec::new()
    } else if exact.is_empty() {
        found
    } else {
        exact
    };
    let olds =
        if old_exact.is_empty() { if news.is_empty() { old_found } else { Vec::new() } } else { old_exact };
    let mut all: Vec<Candidate> = news.iter().map(|u| Candidate::of_new(u.code)).collect();
    // A name that went on to be that of the successor is offered once, by today's structure.
    let new: Vec<_> = all.iter().map(|c| c.new).collect();
    all.extend(
        olds.iter().map(|u| Candidate::of_old(u.code)).filter(|c| c.new.is_none() || !new.contains(&c.new)),
    );
    all.truncate(MOST);
    all
}

const UNKNOWN: Invalid = Invalid::new(
    "place/unknown",
    "Không tìm thấy xã, phường này; ghi kèm tên tỉnh, ví dụ Ba Đình, Hà Nội",
    "No such commune was found; add the province, such as Ba Đình, Hà Nội",
);
const SEVERAL: Invalid = Invalid::new(
    "place/several",
    "Nhiều nơi cùng tên này; chọn một nơi trong danh sách",
    "Several places bear this name; choose one of the list",
);
const MISSING: Invalid =
    Invalid::new("place/missing", "Cần ghi hoặc chọn xã, phường", "Write or choose the commune");
const DETAIL: Invalid = Invalid::new(
    "place/detail",
    "Cần ghi số nhà, đường, thôn hoặc tổ dân phố",
    "Give the house number, street or hamlet",
);
const COUNTRY: Invalid =
    Invalid::new("place/country", "Không có nước này trong danh mục", "The country is not in the list");

/// Reads a place. `needed`: commune and detail may not be empty.
pub(super) fn read(reader: &mut Reader<'_>, name: &str, needed: bool) -> Address {
    let detail = reader.text(&format!("{name}-detail"), Address::MAX);
    let country = reader.typed.one(&format!("{name}-country")).trim().to_owned();
    if !country.is_empty() && fold(&country) != "viet nam" && !country.eq_ignore_ascii_case("vn") {
        let found = countries::find(&country).or_else(|| countries::search(&country, 1).first().copied());
        match found {
            Some(c) => return Address { country: Some(c.iso2.to_owned()), detail, ..Address::default() },
            None => reader.refuse(&format!("{name}-country"), COUNTRY),
        }
    }
    let text = reader.typed.one(name).trim().to_owned();
    if text.is_empty() {
        if needed {
            reader.refuse(name, MISSING);
        }
        return Address { detail, ..Address::default() };
    }
    let all = candidates(&text);
    let chosen = reader.typed.one(&format!("{name}-unit"));
    let one = match all.as_slice() {
        [only] => Some(only),
        many => many.iter().find(|c| c.key() == chosen),
    };
    let Some(place) = one else {
        reader.refuse(name, if all.is_empty() { UNKNOWN } else { SEVERAL });
        return Address::default();
    };
    if needed && detail.is_empty() {
        reader.refuse(&format!("{name}-detail"), DETAIL);
    }
    Address { new_unit: place.new, old_unit: place.old, detail, ..Address::default() }
}

/// How a place is asked for.
#[derive(Clone, Copy)]
pub(super) struct PlaceInput<'a> {
    /// Name of the field; its parts are `NAME-detail`, `NAME-unit`, `NAME-country`.
    pub name: &'a str,
    /// What place it is.
    pub label: Text,
    /// In the officer's own communes only.
    pub own: bool,
    /// May lie abroad.
    pub abroad: bool,
    /// May stay empty.
    pub optional: bool,
    /// Whether what lies below the commune is asked for too.
    pub detail: bool,
}

/// The inputs of a place.
pub(super) fn input(
    visit: &Visit,
    population: &Population,
    ask: PlaceInput<'_>,
    typed: &Typed,
    errors: &Errors<'_>,
) -> Markup {
    let lang = visit.lang();
    let (name, label) = (ask.name, ask.label.get(lang));
    let communes = population.communes_of(&visit.ask);
    let (detail, unit, country) =
        (format!("{name}-detail"), format!("{name}-unit"), format!("{name}-country"));
    let commune_label = format!("{label}: {}", lang.pick("xã, phường, đặc khu", "commune"));
    let detail_label =
        format!("{label}: {}", lang.pick("số nhà, đường, thôn, tổ dân phố", "house number, street, hamlet"));
    let country_label = format!("{label}: {}", lang.pick("nước, nếu ở nước ngoài", "country, if abroad"));
    let question = Question::new(name, &commune_label).errors(errors);
    let question = if ask.optional { question.optional(lang) } else { question };
    let all = if typed.one(name).trim().is_empty() { Vec::new() } else { candidates(typed.one(name)) };
    html! {
        @if ask.own && !communes.is_empty() {
            @let choices: Vec<Choice> = communes.iter().map(|code| {
                Choice::new(code.as_str(), words::unit(*code)).chosen(typed.one(name) == code.as_str() || typed.one(name) == words::unit(*code) || communes.len() == 1)
            }).collect();
            @if communes.len() == 1 { (Select::new(question, choices)) }
            @else { (Select::new(question, choices).prompt(lang.pick("Chọn trong địa bàn của bạn", "Choose one of your units"))) }
        } @else {
            @let suggestions = communes.iter().map(|code| (words::unit(*code), String::new()));
            (TextInput::new(question
                .hint(lang.pick("Ghi tên kèm tỉnh, tên mới hoặc tên trước 01/7/2025. Ví dụ: Ba Đình, Hà Nội", "Name and province, by today's names or those before 1 July 2025. Such as: Ba Đình, Hà Nội")))
                .value(typed.one(name)).suggestions(suggestions))
            @if all.len() > 1 {
                (Radios::new(Question::new(&unit, lang.pick("Nơi nào trong các nơi cùng tên?", "Which of these places?")),
                    all.iter().map(|c| Choice::new(c.key(), lang.pick(&c.label.0, &c.label.1).as_str()).chosen(typed.one(&unit) == c.key()))))
            }
        }
        @if ask.detail {
            (TextInput::new({
                let question = Question::new(&detail, &detail_label).errors(errors);
                if ask.optional { question.optional(lang) } else { question }
            }).value(typed.one(&detail)).max(300))
        }
        @if ask.abroad {
            (TextInput::new(Question::new(&country, &country_label).optional(lang).errors(errors))
                .value(typed.one(&country)).width(20)
                .suggestions(countries::all().iter().map(|c| (c.name.get(lang).to_owned(), String::new()))))
        }
    }
}

/// Fills the inputs of a place with an address.
pub(super) fn fill(typed: Typed, name: &str, address: &Address, lang: vocabulary::Lang) -> Typed {
    let commune = match (address.new_unit, address.old_unit) {
        (Some(new), _) => words::unit(new),
        (None, Some(old)) => units::path(old, Era::Before2025).unwrap_or_default(),
        (None, None) => String::new(),
    };
    let country = if words::abroad(address) { words::country(address, lang) } else { String::new() };
    typed
        .put(name, commune)
        .put(format!("{name}-detail"), address.detail.as_str())
        .put(format!("{name}-country"), country)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_place(commune: &str, unit: &str) -> Result<Address, &'static str> {
        let typed = Typed::default().put("a", commune).put("a-detail", "1 Trần Phú").put("a-unit", unit);
        let mut reader = Reader::new(&typed);
        let address = read(&mut reader, "a", true);
        reader.done(address).map_err(|faults| faults[0].rule)
    }

    #[test]
    fn a_clear_name_is_enough_in_either_structure() {
        let new = |text| read_place(text, "").map(|a| a.new_unit.map(|u| u.to_string()).unwrap_or_default());
        assert_eq!(new("22366").as_deref(), Ok("22366"));
        assert_eq!(new("Phường Nha Trang, Khánh Hoà").as_deref(), Ok("22366"));
        assert_eq!(new("ba dinh, ha noi").as_deref(), Ok("00004"));
        let old = read_place("Trúc Bạch, Ba Đình, Hà Nội", "").unwrap();
        assert_eq!(old.old_unit.map(|u| u.to_string()).as_deref(), Some("00004"));
        assert_eq!(read_place("Atlantis", ""), Err("place/unknown"));
        assert_eq!(read_place("56", ""), Err("place/unknown"), "a province is not a commune");
        assert_eq!(read_place("", ""), Err("place/missing"));
    }

    #[test]
    fn of_namesakes_one_is_chosen() {
        assert_eq!(read_place("Tân Hòa", ""), Err("place/several"));
        let all = candidates("Tân Hòa");
        assert!(all.len() > 1 && all.len() <= MOST);
        let chosen = &all[1];
        let address = read_place("Tân Hòa", &chosen.key()).unwrap();
        assert_eq!((address.new_unit, address.old_unit), (chosen.new, chosen.old));
        assert_eq!(read_place("Tân Hòa", "n22366"), Err("place/several"), "only a place of the list");
    }

    #[test]
    fn abroad_needs_no_commune() {
        let typed = Typed::default().put("a-country", "Nhật Bản").put("a-detail", "Tokyo");
        let mut reader = Reader::new(&typed);
        let address = read(&mut reader, "a", false);
        assert_eq!(
            (address.country.as_deref(), address.detail.as_str(), reader.faults.len()),
            (Some("JP"), "Tokyo", 0)
        );
    }
}
