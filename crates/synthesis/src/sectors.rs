//! Files of two sectors that are to be matched with the registry: social insurance (CLN-10, CLN-11) and prisons
//! (CLN-08, CLN-09). Most records are right; some are spoilt, and some are of people whom the registry does not have.

use crate::{
    bio::World,
    cells::Row,
    corruptions::{self, Spelling},
    draw::Draw,
    faults::sex_code,
    numbers::Numbers,
    places::Home,
    truth::Injected,
};
use population::model::Person;
use reference::{Era, units};
use vocabulary::{PartialDate, Sex};

/// Headers of `insurance.csv` and `prisoners.csv`.
pub const SECTOR: &[&str] =
    &["record", "personal_number", "former_numbers", "full_name", "birth_date", "sex", "hometown"];

/// Insured persons among a thousand of working age, of whose records the file holds a sample.
const INSURED: u32 = 250;

/// Prisoners among a thousand men of age; among women a tenth of that.
const PRISONERS: u32 = 3;

/// Of a thousand prisoners the registry lacks so many (CLN-08: 1,844 beside the 1,566 of CLN-09).
const NOT_RECORDED: u32 = 540;

/// Which file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sector {
    Insurance,
    Prisons,
}

/// A record of a sector, as text: what stands there need not be valid.
struct Record {
    id: String,
    number: String,
    former: String,
    name: String,
    birth: PartialDate,
    sex: Option<Sex>,
    hometown: String,
}

/// The two files of one neighbourhood.
#[derive(Default)]
pub(crate) struct Sectors {
    pub(crate) insurance: String,
    pub(crate) prisoners: String,
    pub(crate) truth: Vec<Injected>,
}

/// Who keeps the files of a neighbourhood.
pub(crate) struct Clerk<'a> {
    pub(crate) world: &'a World,
    pub(crate) home: &'a Home,
    pub(crate) numbers: Numbers,
    pub(crate) draw: Draw,
    /// Faulty records in a million.
    pub(crate) rate: u32,
    /// The place of the neighbourhood among all: records are named by it.
    pub(crate) index: u64,
}

impl Clerk<'_> {
    /// The records of the two sectors about these people.
    pub(crate) fn write<'p>(mut self, people: impl Iterator<Item = &'p Person>) -> Sectors {
        let mut sectors = Sectors::default();
        let mut given = 0;
        for person in people {
            let Some(age) = person.birth_date.age_at(self.world.today.date()) else { continue };
            if age < 18 || !person.life.is_alive() {
                continue;
            }
            if age < 60 && self.draw.chance(INSURED) {
                self.record(Sector::Insurance, person, &mut given, &mut sectors);
            }
            let likely = if person.sex == Some(Sex::Female) { PRISONERS * 100 } else { PRISONERS * 1000 };
            if age < 70 && self.draw.below(1_000_000) < likely {
                self.record(Sector::Prisons, person, &mut given, &mut sectors);
            }
        }
        sectors
    }

    fn name_of(&mut self, sector: Sector, given: &mut u64) -> String {
        *given += 1;
        let prefix = if sector == Sector::Insurance { "BH" } else { "PN" };
        format!("{prefix}{:06}{given:04}", self.index)
    }

    fn record(&mut self, sector: Sector, person: &Person, given: &mut u64, sectors: &mut Sectors) {
        let id = self.name_of(sector, given);
        let mut record = Record {
            number: person.number.map(|n| n.reveal()).unwrap_or_default(),
            former: person.former_numbers.last().map(|c| c.number.reveal()).unwrap_or_default(),
            name: person.name.as_ref().map(|n| n.reveal().to_owned()).unwrap_or_default(),
            birth: person.birth_date,
            sex: person.sex,
            hometown: hometown(person),
            id,
        };
        let out = match sector {
            Sector::Insurance => &mut sectors.insurance,
            Sector::Prisons => &mut sectors.prisoners,
        };
        match sector {
            Sector::Insurance if self.draw.below(1_000_000) < self.rate => {
                let about = Injected::new("insurance-mismatch", "CLN-10", person.id).with(&record.id);
                let fields = 1 + self.draw.below(2);
                let spoilt = record.spoil(&about, fields, &mut self.draw);
                sectors.truth.extend(spoilt);
            }
            Sector::Insurance => {}
            Sector::Prisons if self.draw.chance(NOT_RECORDED) => {
                record = self.stranger(record.id, person);
                sectors.truth.push(Injected::new("prisoner-not-recorded", "CLN-08", "").with(&record.id));
            }
            Sector::Prisons => {
                let about = Injected::new("prisoner", "CLN-09", person.id).with(&record.id);
                sectors.truth.push(about.clone());
                let fields = self.draw.below(3);
                sectors.truth.extend(record.spoil(&about, fields, &mut self.draw));
            }
        }
        record.write(out);
        if sector == Sector::Insurance && self.draw.below(1_000_000) < self.rate {
            let id = self.name_of(sector, given);
            let stranger = self.stranger(id, person);
            sectors.truth.push(Injected::new("insurance-not-found", "CLN-11", "").with(&stranger.id));
            stranger.write(&mut sectors.insurance);
        }
    }

    /// Somebody like a person, whom the registry does not have.
    fn stranger(&mut self, id: String, like: &Person) -> Record {
        let sex = like.sex.unwrap_or(Sex::Male);
        let year = like.birth_date.year().unwrap_or(1980);
        let people = like.ethnicity.as_deref().unwrap_or(crate::peoples::KINH);
        let surname = self.world.names.surname(people, &mut self.draw);
        let name = self.world.names.full(surname, sex, year, people, &mut self.draw);
        let (month, day) = (1 + self.draw.below(12) as u8, 1 + self.draw.below(28) as u8);
        let prefix = self.world.places.origins[self.home.own].province.pin_prefix;
        Record {
            id,
            number: self.numbers.personal(prefix, sex, year).map(|n| n.reveal()).unwrap_or_default(),
            former: String::new(),
            name: name.map(|n| n.reveal().to_owned()).unwrap_or_default(),
            birth: PartialDate::new(year, month, day).unwrap_or_default(),
            sex: Some(sex),
            hometown: hometown(like),
        }
    }
}

fn hometown(person: &Person) -> String {
    let unit = person.hometown.old_unit.and_then(|u| units::find(u, Era::Before2025));
    unit.map(|u| u.path()).unwrap_or_else(|| person.hometown.text.clone())
}

impl Record {
    /// Spoils so many fields, as far as they can be, and says which.
    fn spoil(&mut self, about: &Injected, fields: u32, draw: &mut Draw) -> Vec<Injected> {
        let mut truth = Vec::new();
        let mut order = [0, 1, 2, 3];
        draw.shuffle(&mut order);
        for field in order {
            if truth.len() as u32 >= fields {
                break;
            }
            let changed = |field, was: &str, is: &str| about.clone().field(field, was, is);
            match field {
                0 => {
                    if let Some((_, name)) = Spelling::draw(&self.name, draw) {
                        truth.push(changed("full_name", &self.name, &name));
                        self.name = name;
                    }
                }
                1 if !self.number.is_empty() => {
                    // The number of the old card in the column of the new one, or a slip of the finger.
                    let number = if !self.former.is_empty() && draw.chance(400) {
                        std::mem::take(&mut self.former)
                    } else {
                        corruptions::digits(&self.number, draw).1
                    };
                    truth.push(changed("personal_number", &self.number, &number));
                    self.number = number;
                }
                2 => {
                    if let Some((_, date)) = corruptions::date(self.birth, draw) {
                        truth.push(changed("birth_date", &self.birth.iso(), &date.iso()));
                        self.birth = date;
                    }
                }
                _ => {
                    let other = match self.sex {
                        Some(Sex::Male) => Sex::Female,
                        Some(Sex::Female) => Sex::Male,
                        _ => continue,
                    };
                    truth.push(changed("sex", self.sex.map_or("", sex_code), sex_code(other)));
                    self.sex = Some(other);
                }
            }
        }
        truth
    }

    fn write(&self, out: &mut String) {
        let mut row = Row::begin(out);
        row.text(&self.id);
        row.text(&self.number);
        row.text(&self.former);
        row.text(&self.name);
        row.date(self.birth);
        row.text(self.sex.map_or("", sex_code));
        row.text(&self.hometown);
        row.end();
    }
}
