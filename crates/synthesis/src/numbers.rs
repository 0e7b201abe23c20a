//! Numbers that repeat nowhere, without remembering any: each group of numbers has a counter, and a keyed permutation
//! turns the counter into a serial. There are some sixteen thousand groups at most, whatever the population.

use crate::draw::scramble;
use std::collections::HashMap;
use vocabulary::{FormerNumber, PersonalNumber, Sex};

/// Serials below this one are kept for the people of the stories ([`crate::story_people`]).
pub(crate) const RESERVED: u32 = 100;

/// Hands out numbers.
pub(crate) struct Numbers {
    seed: u64,
    counters: HashMap<u32, u32>,
    last: Option<PersonalNumber>,
}

impl Numbers {
    pub(crate) fn new(seed: u64) -> Numbers {
        Numbers { seed, counters: HashMap::new(), last: None }
    }

    /// The next personal number for a place of birth registration, sex and birth year; `None` when the million is used
    /// up or the structure has no place for the year.
    pub(crate) fn personal(&mut self, prefix: u16, sex: Sex, year: u16) -> Option<PersonalNumber> {
        let group = u32::from(prefix) * 10_000 + u32::from(year) * 2 + u32::from(sex == Sex::Female);
        let serial = self.serial(group, 1000, 1000)?;
        self.last = PersonalNumber::compose(prefix, sex, year, serial);
        self.last
    }

    /// The personal number that was handed out last.
    pub(crate) fn last(&self) -> Option<PersonalNumber> {
        self.last
    }

    /// The next former number of an issuing area; its first two digits are the area's.
    pub(crate) fn former(&mut self, area: u8) -> Option<FormerNumber> {
        let serial = self.serial(u32::MAX - u32::from(area), 2500, 4000)?;
        FormerNumber::from_int(i64::from(area) * 10_000_000 + i64::from(serial))
    }

    fn serial(&mut self, group: u32, rows: u32, columns: u32) -> Option<u32> {
        let counter = self.counters.entry(group).or_default();
        let key = scramble(self.seed ^ scramble(u64::from(group)));
        while *counter < rows * columns {
            let serial = permute(*counter, rows, columns, key);
            *counter += 1;
            if serial >= RESERVED {
                return Some(serial);
            }
        }
        None
    }
}

/// A permutation of the numbers below `rows * columns`: a Feistel network that adds, so that neither side need be a
/// power of two.
fn permute(n: u32, rows: u32, columns: u32, key: u64) -> u32 {
    let (mut row, mut column) = (n / columns, n % columns);
    for round in 0..3 {
        let mix = |half: u32, of: u64| (scramble(key ^ (u64::from(half) << 8 | of)) >> 33) as u32;
        row = (row + mix(column, 2 * round) % rows) % rows;
        column = (column + mix(row, 2 * round + 1) % columns) % columns;
    }
    row * columns + column
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permutation_hits_every_number_once() {
        for (rows, columns) in [(1000, 1000), (25, 40)] {
            let mut hit = vec![false; (rows * columns) as usize];
            for n in 0..rows * columns {
                let at = permute(n, rows, columns, 42) as usize;
                assert!(!std::mem::replace(&mut hit[at], true));
            }
        }
    }

    #[test]
    fn the_last_number_is_found_and_the_reserved_ones_are_left() {
        let mut numbers = Numbers::new(3);
        let mut serials = std::collections::HashSet::new();
        while let Some(number) = numbers.personal(56, Sex::Female, 1987) {
            assert!(serials.insert(number.as_int() % 1_000_000));
        }
        assert_eq!(serials.len() as u32, 1_000_000 - RESERVED);
        assert!((0..i64::from(RESERVED)).all(|serial| !serials.contains(&serial)));
        assert_eq!(numbers.personal(56, Sex::Female, 1899), None);
        assert!(numbers.personal(56, Sex::Male, 1987).is_some());
        assert!(numbers.former(22).is_some_and(|n| n.reveal().starts_with("22")));
    }
}
