//! Numbers that repeat nowhere, without remembering any and without asking any other neighbourhood.
//!
//! Each group of numbers – a prefix, sex and year; or an issuing area – has its counter positions dealt out to the
//! neighbourhoods like cards: the first to those of the province itself, in turn, the rest to all. A keyed permutation
//! turns a position into a serial, so that neighbours do not have numbers in a row.

use crate::draw::scramble;
use std::collections::HashMap;
use vocabulary::{FormerNumber, PersonalNumber, Sex};

/// Serials below this one are kept for the people of the stories ([`crate::story_people`]).
pub(crate) const RESERVED: u32 = 100;

/// Whose turn it is when positions are dealt out: the place of a neighbourhood among so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) place: u32,
    pub(crate) of: u32,
}

/// The seat of a neighbourhood: what is its own, and its turn in each deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    /// Prefix of the personal numbers of its province.
    pub(crate) prefix: u16,
    /// Issuing area of the former numbers of its province.
    pub(crate) area: u8,
    /// Among the neighbourhoods with this prefix.
    pub(crate) by_prefix: Turn,
    /// Among the neighbourhoods of this area.
    pub(crate) by_area: Turn,
    /// Among all.
    pub(crate) by_all: Turn,
}

/// A group as a table of rows and columns, which the permutation needs, and which share of it stays at home.
#[derive(Clone, Copy)]
struct Table {
    rows: u32,
    columns: u32,
    home: u32,
}

const PERSONAL: Table = Table { rows: 1000, columns: 1000, home: 750_000 };
const FORMER: Table = Table { rows: 2500, columns: 4000, home: 8_000_000 };

/// Hands out the numbers of one neighbourhood.
pub(crate) struct Numbers {
    seed: u64,
    seat: Seat,
    counters: HashMap<u32, u32>,
    last: Option<PersonalNumber>,
}

impl Numbers {
    pub(crate) fn new(seed: u64, seat: Seat) -> Numbers {
        Numbers { seed, seat, counters: HashMap::new(), last: None }
    }

    /// The next personal number for a place of birth registration, sex and birth year; `None` when the positions of
    /// this neighbourhood are used up or the structure has no place for the year.
    pub(crate) fn personal(&mut self, prefix: u16, sex: Sex, year: u16) -> Option<PersonalNumber> {
        let group = u32::from(prefix) * 10_000 + u32::from(year) * 2 + u32::from(sex == Sex::Female);
        let home = (prefix == self.seat.prefix).then_some(self.seat.by_prefix);
        let serial = self.serial(group, PERSONAL, home)?;
        let number = PersonalNumber::compose(prefix, sex, year, serial)?;
        self.last = Some(number);
        Some(number)
    }

    /// The personal number that was handed out last.
    pub(crate) fn last(&self) -> Option<PersonalNumber> {
        self.last
    }

    /// The next former number of an issuing area; its first two digits are the area's.
    pub(crate) fn former(&mut self, area: u8) -> Option<FormerNumber> {
        let home = (area == self.seat.area).then_some(self.seat.by_area);
        let serial = self.serial(u32::MAX - u32::from(area), FORMER, home)?;
        FormerNumber::from_int(i64::from(area) * 10_000_000 + i64::from(serial))
    }

    fn serial(&mut self, group: u32, table: Table, home: Option<Turn>) -> Option<u32> {
        let Table { rows, columns, home: kept } = table;
        let counter = self.counters.entry(group).or_default();
        let key = scramble(self.seed ^ scramble(u64::from(group)));
        let (turn, from, to) = match home {
            Some(turn) => (turn, 0, kept),
            None => (self.seat.by_all, kept, rows * columns),
        };
        loop {
            let position = u64::from(from) + u64::from(turn.place) + u64::from(*counter) * u64::from(turn.of);
            if position >= u64::from(to) {
                return None;
            }
            *counter += 1;
            let serial = permute(position as u32, rows, columns, key);
            if serial >= RESERVED {
                return Some(serial);
            }
        }
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
    use std::collections::HashSet;

    fn seat(prefix: u16, area: u8, place: u32) -> Seat {
        let turn = |place, of| Turn { place, of };
        Seat { prefix, area, by_prefix: turn(place, 2), by_area: turn(place, 2), by_all: turn(place, 4) }
    }

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
    fn neighbourhoods_share_out_every_number_but_the_reserved() {
        let mut serials = HashSet::new();
        let mut formers = HashSet::new();
        // Two neighbourhoods of the province and two of another, none of which knows of the others.
        for (place, prefix, area) in [(0, 56, 22), (1, 56, 22), (2, 79, 2), (3, 79, 2)] {
            let turn = if prefix == 56 { place } else { place - 2 };
            let seat = Seat { by_all: Turn { place, of: 4 }, ..seat(prefix, area, turn) };
            let mut numbers = Numbers::new(3, seat);
            while let Some(number) = numbers.personal(56, Sex::Female, 1987) {
                assert!(serials.insert(number.as_int() % 1_000_000));
                assert_eq!(numbers.last(), Some(number));
            }
            assert_eq!(numbers.personal(56, Sex::Female, 1899), None);
            assert!(numbers.personal(56, Sex::Male, 1987).is_some());
            for _ in 0..10_000 {
                let former = numbers.former(22).unwrap();
                assert!(former.reveal().starts_with("22") && formers.insert(former));
            }
        }
        // Those of the second half of the places at home have no turn of their own here.
        assert!((0..i64::from(RESERVED)).all(|serial| !serials.contains(&serial)));
        assert!(serials.len() as u32 > 870_000, "{}", serials.len());
    }
}
