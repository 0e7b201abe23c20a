//! Projected population by province before 2025, year, age group and sex (medium variant, 2014–2034). A model: its
//! total for 2019 is below the census.

use crate::table;
use std::collections::HashMap;
use std::sync::LazyLock;
use vocabulary::{Sex, UnitCode};

/// Number of age groups: 0–4, 5–9, … 75–79, 80 and over.
pub const AGE_GROUPS: usize = 17;

/// The years that the data has.
pub const YEARS: [u16; 6] = [2019, 2022, 2023, 2024, 2025, 2030];

/// Persons by age group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pyramid {
    /// Men and boys, the youngest group first.
    pub male: [u32; AGE_GROUPS],
    /// Women and girls, the youngest group first.
    pub female: [u32; AGE_GROUPS],
}

impl Pyramid {
    /// Persons of a sex in an age group (0 for 0–4 … 16 for 80 and over); none for other sexes and groups.
    pub fn persons(&self, sex: Sex, group: usize) -> u32 {
        let of_sex = match sex {
            Sex::Male => &self.male,
            Sex::Female => &self.female,
            Sex::Other => return 0,
        };
        of_sex.get(group).copied().unwrap_or_default()
    }

    /// All persons.
    pub fn total(&self) -> u32 {
        self.male.iter().chain(&self.female).sum()
    }
}

static PYRAMIDS: LazyLock<HashMap<(UnitCode, u16), Pyramid>> = LazyLock::new(|| {
    let mut all: HashMap<(UnitCode, u16), Pyramid> = HashMap::new();
    for [province, year, ages, male, female] in
        table::rows(include_str!("../../../data/population_projection_63.csv"))
    {
        let first_age: Option<usize> = ages.split(['-', '+']).next().and_then(|a| a.parse().ok());
        let numbers = (male.parse(), female.parse());
        if let (Ok(province), Ok(year), Some(age), (Ok(male), Ok(female))) =
            (UnitCode::parse(province), year.parse(), first_age, numbers)
        {
            let pyramid = all.entry((province, year)).or_default();
            if let (Some(m), Some(f)) = (pyramid.male.get_mut(age / 5), pyramid.female.get_mut(age / 5)) {
                (*m, *f) = (male, female);
            }
        }
    }
    all
});

/// The pyramid of a province of the structure before 2025 in one of [`YEARS`].
pub fn pyramid(province: UnitCode, year: u16) -> Option<&'static Pyramid> {
    PYRAMIDS.get(&(province, year))
}
