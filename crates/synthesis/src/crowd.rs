//! Ages and sexes, as the projection has them.
//!
//! The n-th living person takes the place of the n-th member of a Kronecker sequence (the fractional parts of n times
//! the golden ratio) in the pyramid. So every stretch of the population, a neighbourhood as well as a province, keeps
//! the shares to within a person or two, and nothing has to be remembered.

use crate::{day::Day, draw::Draw};
use reference::projection::{self, AGE_GROUPS};
use vocabulary::{Sex, UnitCode};

/// The fractional part of the golden ratio, as a 64-bit fraction.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// How people of 80 and over are spread over the years 80 … 99.
const OLD: [u32; 20] = [17, 15, 13, 11, 10, 8, 7, 6, 5, 4, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1];

/// The pyramid of one province on one day.
pub(crate) struct Crowd {
    /// Upper bound of each cell as a 64-bit fraction: age groups of men, then of women.
    bounds: Vec<u64>,
    start: u64,
    today: Day,
}

impl Crowd {
    /// Of a province in a projected year; `None` where there is no projection.
    pub(crate) fn new(province: UnitCode, year: u16, today: Day, seed: u64) -> Option<Crowd> {
        let pyramid = projection::pyramid(province, year)?;
        let place = province.as_str().parse::<u64>().ok()?;
        let total = u128::from(pyramid.total()).max(1);
        let mut sum = 0;
        let bounds = [Sex::Male, Sex::Female]
            .into_iter()
            .flat_map(|sex| (0..AGE_GROUPS).map(move |group| pyramid.persons(sex, group)))
            .map(|persons| {
                sum += u128::from(persons);
                (sum * u128::from(u64::MAX) / total) as u64
            })
            .collect();
        Some(Crowd { bounds, start: Draw::new(seed, place << 8 | 0xC0).word(), today })
    }

    /// Sex and birthday of the n-th living person.
    pub(crate) fn person(&self, n: u64, draw: &mut Draw) -> (Sex, Day) {
        let at = self.start.wrapping_add(n.wrapping_mul(GOLDEN));
        let cell = self.bounds.partition_point(|bound| *bound < at).min(2 * AGE_GROUPS - 1);
        let sex = if cell < AGE_GROUPS { Sex::Male } else { Sex::Female };
        let group = (cell % AGE_GROUPS) as i32;
        let (from, years) =
            if group as usize == AGE_GROUPS - 1 { (80 + old_age(draw), 1) } else { (group * 5, 5) };
        let earliest = self.today.plus_years(-from - years).plus(1);
        let latest = self.today.plus_years(-from);
        (sex, Day(draw.between(earliest.0, latest.0)))
    }
}

fn old_age(draw: &mut Draw) -> i32 {
    let mut at = draw.below(OLD.iter().sum());
    let years = OLD.iter().position(|weight| {
        let here = at < *weight;
        at = at.saturating_sub(*weight);
        here
    });
    years.unwrap_or_default() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stretch_keeps_the_shares() {
        let province = UnitCode::parse("56").unwrap();
        let today = Day::of(2026, 11, 21);
        let crowd = Crowd::new(province, 2025, today, 5).unwrap();
        let pyramid = projection::pyramid(province, 2025).unwrap();
        let mut draw = Draw::new(5, 5);
        for (from, many) in [(0, 1_000), (7_000, 1_000), (100_000, 20_000)] {
            let mut cells = [[0i64; AGE_GROUPS]; 2];
            for n in from..from + many {
                let (sex, born) = crowd.person(n, &mut draw);
                let group = (today.years_since(born) / 5).min(16) as usize;
                cells[usize::from(sex == Sex::Female)][group] += 1;
            }
            for (i, sex) in [Sex::Male, Sex::Female].into_iter().enumerate() {
                for (group, count) in cells[i].iter().enumerate() {
                    let due =
                        i64::from(pyramid.persons(sex, group)) * many as i64 / i64::from(pyramid.total());
                    assert!((count - due).abs() <= 4, "{sex:?} {group}: {count} of {due}");
                }
            }
        }
    }
}
