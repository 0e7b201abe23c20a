//! The stream of families.

use crate::{
    Family, Options,
    bio::{self, World},
    clan::Clan,
    crowd::Crowd,
    day::Day,
    draw::Draw,
    faults::{self, Fault},
    history::{self, Setting},
    kinship,
    names::Names,
    numbers::Numbers,
    places::{Home, Places},
    plan::{self, Event},
    record::{Office, Register, TWO_TIERS},
    story::{self, STORY_HOUSEHOLDS, STORY_PERSONS},
};
use population::{acts::Content, model::Fact};
use std::collections::VecDeque;
use vocabulary::{Invalid, PartialDate, PersonId, Violation};

const PERSONS: Invalid = Invalid::new(
    "synthesis/persons",
    "Số người phải từ 100 đến 10.000.000",
    "The number of persons must lie between 100 and 10,000,000",
);
const TODAY: Invalid = Invalid::new(
    "synthesis/today",
    "Ngày phải đủ ngày, tháng, năm, từ 01/07/2025 đến 31/12/2049",
    "The day must be a whole date from 1 July 2025 to 31 December 2049",
);
const FAULTS: Invalid = Invalid::new(
    "synthesis/faults",
    "Tỷ lệ lỗi phải từ 0 đến 0,5",
    "The rate of faults must lie between 0 and 0.5",
);

/// Persons who are joined into clans at a time.
const NEIGHBOURHOOD: u64 = 1_200;

/// The dead among a thousand records.
const DEAD: u64 = 35;

/// The families of a population.
///
/// Fails with the option at fault: a number of persons, a day or a rate outside its bounds, or a province that is not
/// one of the 63.
pub fn families(options: &Options) -> Result<impl Iterator<Item = Family> + use<>, Violation> {
    let (least, most) = Options::PERSONS;
    if !(least..=most).contains(&options.persons) {
        return Err(PERSONS.at("persons"));
    }
    if !(0.0..=0.5).contains(&options.faults) {
        return Err(FAULTS.at("faults"));
    }
    let today = Day::from_date(options.today).filter(|d| (TWO_TIERS..Day::of(2050, 1, 1)).contains(d));
    let today = today.ok_or(TODAY.at("today"))?;
    let (places, homes) = Places::new(options.province, options.persons).map_err(|e| e.at("province"))?;
    let crowd =
        Crowd::new(options.province, today, options.seed).ok_or(crate::places::PROVINCE.at("province"))?;
    let mut register = Register::new(today).map_err(|e| e.at("today"))?;
    let stories = story::families(&places, &homes, &mut register, today);
    let mut areas: VecDeque<(usize, u64)> = VecDeque::new();
    for (home, place) in homes.iter().enumerate() {
        let persons = place.persons - if home == 0 { STORY_PERSONS as u64 } else { 0 };
        let parts = (persons / NEIGHBOURHOOD).max(1);
        areas.extend((0..parts).map(|i| (home, persons * (i + 1) / parts - persons * i / parts)));
    }
    let world = World { places, names: Names::new(), numbers: Numbers::new(options.seed), today };
    Ok(Stream {
        seed: options.seed,
        fault_rate: (options.faults * 1_000_000.0) as u32,
        world,
        homes,
        crowd,
        register,
        areas,
        area: 0,
        home: 0,
        clans: VecDeque::new(),
        stories: stories.into(),
        living: 0,
        persons: STORY_PERSONS,
        households: STORY_HOUSEHOLDS,
        draw: Draw::new(options.seed, 1),
    })
}

struct Stream {
    seed: u64,
    fault_rate: u32,
    world: World,
    homes: Vec<Home>,
    crowd: Crowd,
    register: Register,
    /// Neighbourhoods to come: the home, and how many records.
    areas: VecDeque<(usize, u64)>,
    area: u64,
    /// The home of the clans at hand.
    home: usize,
    clans: VecDeque<Clan>,
    stories: VecDeque<Family>,
    /// Living persons drawn so far.
    living: u64,
    /// Identifiers given so far.
    persons: i64,
    households: i64,
    draw: Draw,
}

impl Iterator for Stream {
    type Item = Family;

    fn next(&mut self) -> Option<Family> {
        if let Some(story) = self.stories.pop_front() {
            return Some(story);
        }
        while self.clans.is_empty() {
            let (home, persons) = self.areas.pop_front()?;
            self.settle(home, persons);
        }
        let clan = self.clans.pop_front()?;
        Some(self.tell(clan))
    }
}

impl Stream {
    /// Draws the next neighbourhood.
    fn settle(&mut self, home: usize, persons: u64) {
        self.area += 1;
        self.home = home;
        let mut draw = Draw::new(self.seed, self.area << 8);
        let dead = persons * DEAD / 1000;
        let first = self.living;
        self.living += persons - dead;
        let people: Vec<_> = (first..self.living).map(|n| self.crowd.person(n, &mut draw)).collect();
        let mut clans = kinship::join(people.into_iter(), dead, self.world.today, &mut draw);
        draw.shuffle(&mut clans);
        self.clans = clans.into();
    }

    /// Tells the life of a clan.
    fn tell(&mut self, clan: Clan) -> Family {
        let draw = &mut self.draw;
        let world = &mut self.world;
        let first = self.persons + 1;
        self.persons += clan.members.len() as i64;
        let mut plan = plan::make(&clan, &world.places, world.today, draw);

        let home = &self.homes[self.home];
        let mut bios = bio::of_clan(&clan, home, plan.past, first, world, draw);
        let alone = clan.members.len() == 1;
        let mut of_household = Vec::new();
        let mut papers = true;
        for m in 0..clan.members.len() {
            match faults::draw_fault(self.fault_rate, alone, draw) {
                Some(Fault::NoPapers) => papers = false,
                Some(fault @ (Fault::NoHead | Fault::TwoHeads)) => of_household.push(fault),
                Some(fault) => faults::spoil_bio(fault, m, &clan, &mut bios, world, draw),
                None => {}
            }
        }
        let office = Office { police: &home.police, units: [home.commune.old, home.commune.new] };
        let mut book = self.register.open(office);
        if papers {
            let next_household = &mut self.households;
            let setting = Setting { bios: &bios, home, first, next_household, world, draw, book: &mut book };
            history::live(clan, plan, setting);
            for fault in of_household {
                faults::spoil_household(fault, book.acts_mut(), &mut self.draw);
            }
        } else {
            plan.events.retain(|(_, e)| matches!(e, Event::First(_)));
            let day = plan.events.first().map_or(world.today, |(day, _)| *day);
            let address = home.commune.address(home.streets.detail(draw));
            let name = bios.first().and_then(|b| b.name.clone());
            let facts = vec![Fact::Name(name), Fact::Current(address)];
            book.write_dated(
                day,
                PartialDate::UNKNOWN,
                Content::Registration { person: PersonId(first), facts },
                draw,
            );
        }
        Family { acts: book.close() }
    }
}
