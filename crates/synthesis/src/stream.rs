//! The stream of families, neighbourhood by neighbourhood.

use crate::{
    Family, Options, Region,
    atlas::{Atlas, Neighbourhood},
    bio::{self, World},
    clan::Clan,
    crowd::Crowd,
    day::Day,
    draw::Draw,
    duplicates,
    faults::{self, Fault},
    history::{self, Setting},
    in_order::in_order,
    kinship,
    names::Names,
    numbers::Numbers,
    places::{self, Home, Places},
    plan::{self, Event},
    record::{self, Office, Register, TWO_TIERS},
    story::{self, STORY_PERSONS},
    truth::Injected,
};
use population::{acts::Content, fold, model::Fact};
use reference::projection::{self, YEARS};
use std::{collections::HashMap, sync::Arc};
use vocabulary::{Invalid, PartialDate, PersonId, StaffId, UnitCode, Violation};

const PERSONS: Invalid = Invalid::new(
    "synthesis/persons",
    "Số người phải từ 100 đến 10.000.000 cho một tỉnh, từ 20.000 đến 200.000.000 cho cả nước",
    "The number of persons must lie between 100 and 10,000,000 for a province, 20,000 and 200,000,000 for all",
);
const TODAY: Invalid = Invalid::new(
    "synthesis/today",
    "Ngày phải đủ ngày, tháng, năm, từ 01/07/2025 đến 31/12/2049",
    "The day must be a whole date from 1 July 2025 to 31 December 2049",
);
const YEAR: Invalid = Invalid::new(
    "synthesis/year",
    "Dự báo dân số chỉ có cho các năm 2019, 2022, 2023, 2024, 2025 và 2030",
    "There are projections for 2019, 2022, 2023, 2024, 2025 and 2030 only",
);
const FAULTS: Invalid = Invalid::new(
    "synthesis/faults",
    "Tỷ lệ lỗi phải từ 0 đến 0,5",
    "The rate of faults must lie between 0 and 0.5",
);

/// The province in which the stories take place where all provinces are told: Khánh Hòa.
const STORY_PROVINCE: &str = "56";

/// Everything that is the same for all neighbourhoods.
pub(crate) struct Country {
    seed: u64,
    /// Faulty records in a million.
    fault_rate: u32,
    pub(crate) world: World,
    pub(crate) homes: Vec<Home>,
    /// By place among the origins.
    crowds: HashMap<usize, Crowd>,
    pub(crate) atlas: Atlas,
    officers: Arc<[StaffId]>,
    /// Where the stories take place, by place among the homes.
    stage: usize,
}

/// A neighbourhood that has been told; its acts are numbered from 1.
pub(crate) struct Settled {
    pub(crate) families: Vec<Family>,
    pub(crate) acts: i64,
    /// For numbers that nobody in the registry has.
    pub(crate) numbers: Numbers,
}

impl Country {
    /// Checks the options and draws the map.
    pub(crate) fn new(options: &Options) -> Result<Country, Violation> {
        let (least, most) = match options.region {
            Region::Province(_) => Options::PERSONS,
            Region::All => Options::PERSONS_OF_ALL,
        };
        if !(least..=most).contains(&options.persons) {
            return Err(PERSONS.at("persons"));
        }
        if !(0.0..=0.5).contains(&options.faults) {
            return Err(FAULTS.at("faults"));
        }
        let today = Day::from_date(options.today).filter(|d| (TWO_TIERS..Day::of(2050, 1, 1)).contains(d));
        let today = today.ok_or(TODAY.at("today"))?;
        let year = options.projected_year();
        if !YEARS.contains(&year) {
            return Err(YEAR.at("year"));
        }
        let province = |invalid: Invalid| invalid.at("province");
        let places = Places::new();
        let shares = shares(options.region, options.persons, year, &places).map_err(province)?;
        let (mut homes, mut crowds) = (Vec::new(), HashMap::new());
        let mut stage = None;
        for (own, persons) in shares {
            let code = places.origins[own].province.code;
            let crowd = Crowd::new(code, year, today, options.seed).ok_or(province(places::PROVINCE))?;
            crowds.insert(own, crowd);
            if options.region != Region::All || code.as_str() == STORY_PROVINCE {
                stage = Some(homes.len());
            }
            homes.extend(places.homes(own, persons).map_err(province)?);
        }
        let stage = stage.ok_or(province(places::PROVINCE))?;
        homes[stage].persons = homes[stage].persons.saturating_sub(STORY_PERSONS as u64);
        let fault_rate = (options.faults * 1_000_000.0) as u32;
        let atlas = Atlas::new(&homes, &places, u64::from(fault_rate) * faults::DUPLICATES / 100);
        let officers = record::officers().map_err(|e| e.at("today"))?;
        let world = World { places, names: Names::new(), today };
        Ok(Country { seed: options.seed, fault_rate, world, homes, crowds, atlas, officers, stage })
    }

    /// The families of the stories, at the head of the stream; and how many acts they have.
    pub(crate) fn stories(&self) -> (Vec<Family>, i64) {
        let mut register = Register::new(self.world.today, self.officers.clone());
        let families =
            story::families(&self.world.places, &self.homes[self.stage], &mut register, self.world.today);
        (families, register.acts())
    }

    /// Tells a neighbourhood, by its place among all.
    pub(crate) fn settle(&self, index: u64) -> Settled {
        let area = self.atlas.neighbourhood(index);
        let home = &self.homes[area.home];
        let mut draw = Draw::new(self.seed, (index + 1) << 8);
        let people: Vec<_> = match self.crowds.get(&home.own) {
            Some(crowd) => {
                let ordinals = area.first_living..area.first_living + area.living;
                ordinals.map(|n| crowd.person(n, &mut draw)).collect()
            }
            None => Vec::new(),
        };
        let mut clans = kinship::join(people.into_iter(), area.dead, self.world.today, &mut draw);
        draw.shuffle(&mut clans);
        let mut teller = Teller {
            country: self,
            home,
            numbers: Numbers::new(self.seed, area.seat),
            register: Register::new(self.world.today, self.officers.clone()),
            persons: area.persons_before,
            households: area.households_before,
            told: 0,
            duplicated: 0,
            area,
            draw,
        };
        let families = clans.into_iter().map(|clan| teller.tell(clan)).collect();
        Settled { families, acts: teller.register.acts(), numbers: teller.numbers }
    }
}

/// How many records each province gets, by place among the origins: all to one, or in proportion to the projection.
fn shares(region: Region, persons: u64, year: u16, places: &Places) -> Result<Vec<(usize, u64)>, Invalid> {
    if let Region::Province(code) = region {
        return Ok(vec![(places.find(code).ok_or(places::PROVINCE)?, persons)]);
    }
    let of = |code: UnitCode| projection::pyramid(code, year).map_or(0, |p| u64::from(p.total()));
    let total: u64 = places.origins.iter().map(|o| of(o.province.code)).sum();
    let (mut before, mut given) = (0, 0);
    let share = |(own, origin): (usize, &places::Origin)| {
        before += of(origin.province.code);
        let share = persons * before / total.max(1) - given;
        given += share;
        (own, share)
    };
    Ok(places.origins.iter().enumerate().map(share).collect())
}

/// The families of a population.
///
/// Fails with the option at fault: a number of persons, a day, a year or a rate outside its bounds, or a province that
/// is not one of the 63.
pub fn families(options: &Options) -> Result<impl Iterator<Item = Family> + Send + use<>, Violation> {
    let country = Country::new(options)?;
    let (stories, mut seq) = country.stories();
    let settled = in_order(country.atlas.len(), options.threads(), move |index| country.settle(index));
    let numbered = settled.flat_map(move |mut settled| {
        for act in settled.families.iter_mut().flat_map(|f| &mut f.acts) {
            act.seq.0 += seq;
        }
        seq += settled.acts;
        settled.families
    });
    Ok(stories.into_iter().chain(numbered))
}

/// A neighbourhood while it is told.
struct Teller<'a> {
    country: &'a Country,
    home: &'a Home,
    area: Neighbourhood,
    numbers: Numbers,
    register: Register,
    /// Identifiers given so far.
    persons: i64,
    households: i64,
    /// Persons told so far, and how many of them twice.
    told: u64,
    duplicated: u64,
    draw: Draw,
}

impl Teller<'_> {
    /// Tells the life of a clan.
    fn tell(&mut self, clan: Clan) -> Family {
        let Teller { country, home, draw, numbers, .. } = self;
        let (world, home) = (&country.world, *home);
        let first = self.persons + 1;
        let members = clan.members.len();
        self.persons += members as i64;
        let mut plan = plan::make(&clan, &world.places, home.own, world.today, draw);

        let mut bios = bio::of_clan(&clan, home, plan.past, first, world, numbers, draw);
        let alone = members == 1;
        let (mut of_household, mut papers, mut truth) = (None, true, Vec::new());
        if country.fault_rate > 0 {
            for m in 0..members {
                let id = PersonId(first + m as i64);
                match faults::draw_fault(country.fault_rate, alone, draw) {
                    Some(Fault::NoPapers) => papers = false,
                    Some(fault @ (Fault::NoHead | Fault::TwoHeads)) => of_household = Some(fault),
                    Some(fault) => {
                        truth.extend(faults::spoil_bio(
                            fault,
                            (m, id),
                            &clan,
                            &mut bios,
                            world,
                            numbers,
                            draw,
                        ));
                    }
                    None => {}
                }
            }
        }
        let office = Office { police: &home.police, units: [home.commune.old, home.commune.new] };
        let mut book = self.register.open(office);
        if papers {
            let next_household = &mut self.households;
            let setting = Setting {
                bios: &mut bios,
                home,
                first,
                next_household,
                world,
                numbers,
                draw,
                book: &mut book,
            };
            history::live(clan, plan, setting);
            if let Some(fault) = of_household {
                truth.extend(faults::spoil_household(fault, book.acts_mut(), draw));
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
            truth.push(Injected::new("no-papers", "CLN-06", first));
        }
        // The n-th duplicate of a neighbourhood is of somebody in its n-th part.
        let originals = self.area.living + self.area.dead;
        let mut family = Vec::new();
        while self.duplicated < self.area.duplicates
            && (self.duplicated * 2 + 1) * originals / (self.area.duplicates * 2) < self.told + members as u64
        {
            let of = (self.duplicated * 2 + 1) * originals / (self.area.duplicates * 2);
            let at = of.saturating_sub(self.told) as usize;
            self.duplicated += 1;
            self.persons += 1;
            if family.is_empty() {
                let acts: &[_] = book.acts_mut();
                family = (0..members).map(|m| fold::person(PersonId(first + m as i64), acts, None)).collect();
            }
            if let Some(original) = family.get(at) {
                let id = PersonId(self.persons);
                truth.extend(duplicates::write(original, &family, id, (world, home), &mut book, draw));
            }
        }
        self.told += members as u64;
        Family { acts: book.close(), truth }
    }
}
