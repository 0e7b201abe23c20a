//! Which neighbourhood is where, and what is known of it before anybody in it is invented: how many records it has, who
//! they are among all, and its turn when numbers are dealt out. All by arithmetic, so that any neighbourhood can be
//! told by itself and the table is as long as the list of communes, whatever the population.

use crate::{
    numbers::{Seat, Turn},
    places::{Home, Places},
    story::{STORY_HOUSEHOLDS, STORY_PERSONS},
};
use std::collections::HashMap;

/// Persons who are joined into clans at a time.
const SIZE: u64 = 1_200;

/// The dead among a thousand records.
const DEAD: u64 = 35;

/// A neighbourhood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Neighbourhood {
    /// Its place among all.
    pub(crate) index: u64,
    /// Its commune, by place in the list of homes.
    pub(crate) home: usize,
    /// The first of its living among those of the province.
    pub(crate) first_living: u64,
    pub(crate) living: u64,
    pub(crate) dead: u64,
    /// Further records of some of these.
    pub(crate) duplicates: u64,
    /// Identifiers begin after these.
    pub(crate) persons_before: i64,
    pub(crate) households_before: i64,
    pub(crate) seat: Seat,
}

impl Neighbourhood {
    /// How many records it has.
    pub(crate) fn records(&self) -> u64 {
        self.living + self.dead + self.duplicates
    }
}

/// The neighbourhoods of one commune.
struct Stretch {
    persons: u64,
    parts: u64,
    areas_before: u64,
    persons_before: u64,
    living_before: u64,
    areas_before_in_prefix: u64,
    areas_before_in_area: u64,
    prefix: u16,
    area: u8,
}

/// All neighbourhoods.
pub(crate) struct Atlas {
    stretches: Vec<Stretch>,
    areas: u64,
    of_prefix: HashMap<u16, u64>,
    of_area: HashMap<u8, u64>,
    /// Duplicates in a million records.
    duplicates: u64,
}

/// What stands in the first so many records of a commune.
struct Sum {
    records: u64,
    duplicates: u64,
    living: u64,
}

impl Sum {
    fn of(records: u64, rate: u64) -> Sum {
        let duplicates = records * rate / 1_000_000;
        let originals = records - duplicates;
        Sum { records, duplicates, living: originals - originals * DEAD / 1000 }
    }

    fn dead(&self) -> u64 {
        self.records - self.duplicates - self.living
    }
}

impl Atlas {
    /// Of these communes; `duplicates` in a million records.
    pub(crate) fn new(homes: &[Home], places: &Places, duplicates: u64) -> Atlas {
        let mut atlas = Atlas {
            stretches: Vec::with_capacity(homes.len()),
            areas: 0,
            of_prefix: HashMap::new(),
            of_area: HashMap::new(),
            duplicates,
        };
        let mut living: HashMap<usize, u64> = HashMap::new();
        let mut persons_before = 0;
        for home in homes {
            let origin = &places.origins[home.own];
            let (prefix, area) = (origin.province.pin_prefix, origin.area);
            let parts = (home.persons / SIZE).max(1);
            let in_prefix = atlas.of_prefix.entry(prefix).or_default();
            let in_area = atlas.of_area.entry(area).or_default();
            let living_before = living.entry(home.own).or_default();
            atlas.stretches.push(Stretch {
                persons: home.persons,
                parts,
                areas_before: atlas.areas,
                persons_before,
                living_before: *living_before,
                areas_before_in_prefix: *in_prefix,
                areas_before_in_area: *in_area,
                prefix,
                area,
            });
            atlas.areas += parts;
            *in_prefix += parts;
            *in_area += parts;
            persons_before += home.persons;
            *living_before += Sum::of(home.persons, duplicates).living;
        }
        atlas
    }

    /// How many neighbourhoods there are.
    pub(crate) fn len(&self) -> u64 {
        self.areas
    }

    /// One of them, by its place.
    pub(crate) fn neighbourhood(&self, index: u64) -> Neighbourhood {
        let home = self.stretches.partition_point(|s| s.areas_before <= index).saturating_sub(1);
        let stretch = &self.stretches[home];
        let part = index - stretch.areas_before;
        let upto = |part: u64| Sum::of(stretch.persons * part / stretch.parts, self.duplicates);
        let (from, to) = (upto(part), upto(part + 1));
        let turn = |place: u64, of: u64| Turn { place: place as u32, of: of as u32 };
        let before = (stretch.persons_before + from.records) as i64;
        Neighbourhood {
            index,
            home,
            first_living: stretch.living_before + from.living,
            living: to.living - from.living,
            dead: to.dead() - from.dead(),
            duplicates: to.duplicates - from.duplicates,
            persons_before: STORY_PERSONS + before,
            // Fewer households are ever formed than twice the persons who form them.
            households_before: STORY_HOUSEHOLDS + 2 * before,
            seat: Seat {
                prefix: stretch.prefix,
                area: stretch.area,
                by_prefix: turn(stretch.areas_before_in_prefix + part, self.of_prefix[&stretch.prefix]),
                by_area: turn(stretch.areas_before_in_area + part, self.of_area[&stretch.area]),
                by_all: turn(index, self.areas),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn neighbourhoods_follow_each_other_without_gap_or_overlap() {
        let places = Places::new();
        let mut homes = Vec::new();
        for (own, persons) in [(0, 400_000), (1, 9_999), (30, 60), (40, 123_457)] {
            homes.extend(places.homes(own, persons).unwrap());
        }
        for rate in [0, 12_345] {
            let atlas = Atlas::new(&homes, &places, rate);
            let (mut persons, mut living) = (STORY_PERSONS, HashMap::new());
            let mut seats = HashSet::new();
            for index in 0..atlas.len() {
                let n = atlas.neighbourhood(index);
                assert_eq!((n.index, n.persons_before), (index, persons));
                let so_far = living.entry(homes[n.home].own).or_insert(0);
                assert_eq!(n.first_living, *so_far);
                *so_far += n.living;
                persons += (n.living + n.dead + n.duplicates) as i64;
                assert!(n.living + n.dead >= 50 && n.living < 2 * SIZE);
                assert!(seats.insert((n.seat.prefix, n.seat.by_prefix.place)));
                assert!(
                    n.seat.by_prefix.place < n.seat.by_prefix.of && n.seat.by_area.place < n.seat.by_area.of
                );
            }
            assert_eq!(persons, STORY_PERSONS + 400_000 + 9_999 + 60 + 123_457);
        }
    }
}
