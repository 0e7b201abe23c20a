//! Units and agencies in words, and which province a commune lies in.

use crate::model::Profile;
use reference::{Era, agencies, units};
use vocabulary::{Invalid, UnitCode, Violation, fold};

/// The province of a commune, or the province itself, in the structure since 1 July 2025.
pub fn province_of(code: UnitCode) -> Option<UnitCode> {
    units::province_of(code, Era::Since2025).map(|unit| unit.code)
}

/// A unit of the structure since 1 July 2025 with all above it; the bare code where it is not known.
pub fn unit(code: UnitCode) -> String {
    units::path(code, Era::Since2025).unwrap_or_else(|| code.to_string())
}

/// Whether a code names a unit of the structure since 1 July 2025.
pub fn is_unit(code: UnitCode) -> bool {
    units::find(code, Era::Since2025).is_some()
}

/// Where an account works: its unit, else its agency, else the agency's code.
pub fn workplace(profile: &Profile) -> String {
    match profile.unit.and_then(|code| units::find(code, Era::Since2025)) {
        Some(unit) => unit.path(),
        None => agencies::head(&profile.agency)
            .map_or_else(|| profile.agency.to_string(), |agency| agency.name.to_owned()),
    }
}

/// Candidates named to somebody whose words fit several units.
const CANDIDATES: usize = 5;

/// Reads units as people write them, one to a line: codes, codes with the name behind, or names with or without
/// diacritics, `Nha Trang, Khánh Hòa`.
///
/// # Errors
/// A violation of `field` that names the line and, where several units fit, what to choose from.
pub fn read_units(text: &str, field: &str) -> Result<Vec<UnitCode>, Violation> {
    let mut units = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(500) {
        let words: Vec<&str> = line.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
        let codes: Vec<UnitCode> = words.iter().map_while(|word| UnitCode::parse(word).ok()).collect();
        match codes.as_slice() {
            [] => units.push(read_name(line, field)?),
            all if all.len() == words.len() => units.extend(all),
            // A name may begin with a number, but then no unit has that number as its code.
            [first, ..] => units.push(*first),
        }
    }
    Ok(units)
}

fn read_name(line: &str, field: &str) -> Result<UnitCode, Violation> {
    let line: String = line.chars().take(80).collect();
    let found = units::search(&line, Era::Since2025, CANDIDATES + 1);
    let wanted = fold(line.split(',').next().unwrap_or_default());
    let exact: Vec<_> =
        found.iter().filter(|unit| fold(unit.full_name) == wanted || fold(unit.name()) == wanted).collect();
    match (exact.as_slice(), found.as_slice()) {
        ([unit], _) => return Ok(unit.code),
        ([], [unit]) => return Ok(unit.code),
        _ => {}
    }
    let mut violation = Invalid::new("unit/name", "", "").at(field);
    if found.is_empty() {
        violation.vi = format!("Không tìm thấy đơn vị “{line}”");
        violation.en = format!("There is no unit “{line}”");
    } else {
        let names: Vec<String> =
            found.iter().take(CANDIDATES).map(|unit| format!("{} {}", unit.code, unit.path())).collect();
        let names = names.join("; ");
        violation.vi = format!("“{line}” có thể là: {names}. Hãy ghi mã đơn vị");
        violation.en = format!("“{line}” may be: {names}. Write the code");
    }
    Err(violation)
}

/// Units written with their names into a form; more are written as codes alone, to leave room for typing.
const NAMED: usize = 20;

/// Units as [`read_units`] reads them, for a form: code and name, one to a line.
pub fn write_units(units: &[UnitCode]) -> String {
    let name = |code: &UnitCode| units::path(*code, Era::Since2025).filter(|_| units.len() <= NAMED);
    let lines: Vec<String> = units
        .iter()
        .map(|code| name(code).map_or_else(|| code.to_string(), |path| format!("{code} {path}")))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Result<Vec<String>, String> {
        let units = read_units(text, "units").map_err(|violation| violation.en)?;
        Ok(units.into_iter().map(|unit| unit.to_string()).collect())
    }

    #[test]
    fn units_are_read_as_people_write_them() {
        assert_eq!(codes(""), Ok(vec![]));
        assert_eq!(codes("56 22366, 22333"), Ok(vec!["56".into(), "22366".into(), "22333".into()]));
        assert_eq!(
            codes("22366 Phường Nha Trang, Tỉnh Khánh Hòa\n\n 56"),
            Ok(vec!["22366".into(), "56".into()])
        );
        assert_eq!(codes("phuong nha trang"), Ok(vec!["22366".into()]));
        assert_eq!(codes("Tỉnh Khánh Hoà"), Ok(vec!["56".into()]));
        assert!(codes("Atlantis").unwrap_err().contains("no unit"));
        let several = codes("Tân").unwrap_err();
        assert!(several.matches(';').count() == CANDIDATES - 1, "{several}");
    }

    #[test]
    fn what_a_form_is_filled_with_is_read_back() {
        let units: Vec<UnitCode> = ["56", "22366", "00004"].map(|c| UnitCode::parse(c).unwrap()).to_vec();
        assert_eq!(read_units(&write_units(&units), "units").unwrap(), units);
    }

    #[test]
    fn a_commune_lies_in_its_province() {
        let unit = |code| UnitCode::parse(code).unwrap();
        assert_eq!(province_of(unit("22366")), Some(unit("56")));
        assert_eq!(province_of(unit("56")), Some(unit("56")));
        assert_eq!(province_of(unit("99999")), None);
    }
}
