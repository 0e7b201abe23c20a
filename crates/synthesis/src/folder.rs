//! Taking a census of the files of a population.

use crate::census::{Census, Seen};
use std::{fs::File, io, path::Path};
use vocabulary::{PartialDate, Sex, UnitCode};

/// What a folder of files tells about itself and its people.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// The counts.
    pub census: Census,
    /// The projected year that the population follows.
    pub year: u16,
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Where a header stands.
fn place(headers: &csv::StringRecord, name: &str) -> io::Result<usize> {
    headers.iter().position(|h| h == name).ok_or_else(|| bad("a column is missing"))
}

/// Counts the people of a folder that [`crate::write_files`] has filled; rows stream, so any size will do.
///
/// # Errors
/// Where a file is missing or is not what was written.
pub fn survey(folder: &Path) -> io::Result<Surveyed> {
    let summary: serde_json::Value = serde_json::from_reader(File::open(folder.join("summary.json"))?)?;
    let today = summary["today"].as_str().and_then(|t| PartialDate::parse(t).ok());
    let today = today.ok_or_else(|| bad("summary.json does not name the day"))?;
    let year = summary["year"].as_u64().and_then(|y| u16::try_from(y).ok());
    let year = year.ok_or_else(|| bad("summary.json does not name the year"))?;
    let mut census = Census::default();
    let mut record = csv::StringRecord::new();

    let mut persons = csv::Reader::from_path(folder.join("persons.csv"))?;
    let headers = persons.headers()?.clone();
    let at = |name| place(&headers, name);
    let (sex, birth, life, people) = (at("sex")?, at("birth_date")?, at("life_status")?, at("ethnicity")?);
    let (permanent, current) = (at("permanent_old_unit")?, at("current_old_unit")?);
    let (temporary, absence) = (at("temporary_until")?, at("absence_until")?);
    while persons.read_record(&mut record)? {
        let cell = |column: usize| record.get(column).unwrap_or_default();
        let date = |column| PartialDate::parse(cell(column)).unwrap_or_default();
        let in_force = |column| date(column) >= today;
        let commune = [current, permanent].into_iter().map(cell).find(|c| !c.is_empty());
        let seen = Seen {
            sex: match cell(sex) {
                "male" => Some(Sex::Male),
                "female" => Some(Sex::Female),
                _ => None,
            },
            birth: date(birth),
            alive: cell(life) == "alive",
            people: cell(people),
            commune: commune.and_then(|c| UnitCode::parse(c).ok()),
            temporary: in_force(temporary),
            absent: in_force(absence),
        };
        census.person(seen, today);
    }

    let mut households = csv::Reader::from_path(folder.join("households.csv"))?;
    let headers = households.headers()?.clone();
    let at = |name| place(&headers, name);
    let (members, generations) = (at("members")?, at("generations")?);
    while households.read_record(&mut record)? {
        let number = |column: usize| record.get(column).and_then(|n| n.parse().ok()).unwrap_or_default();
        census.households(number(members), number(generations), 1);
    }
    Ok(Surveyed { census, year })
}
