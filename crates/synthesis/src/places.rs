//! Where people live and come from: the communes that a population fills, and all others as places of origin.

use crate::{
    draw::{Draw, Weighted},
    peoples::Peoples,
    streets::{self, Streets},
};
use reference::{
    Era, projection,
    provinces::{self, OldProvince},
    units::{self, ConversionKind, Unit, UnitKind},
};
use vocabulary::{Address, AgencyCode, Invalid, UnitCode};

/// A commune by its codes before and since July 2025.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Commune {
    pub(crate) old: UnitCode,
    pub(crate) new: UnitCode,
}

impl Commune {
    /// The commune as an address, with what stands below it.
    pub(crate) fn address(self, detail: String) -> Address {
        Address { old_unit: Some(self.old), new_unit: Some(self.new), detail, ..Address::default() }
    }
}

/// A commune that the population fills.
pub(crate) struct Home {
    /// Index of its province among the places of origin.
    pub(crate) own: usize,
    pub(crate) commune: Commune,
    pub(crate) urban: bool,
    pub(crate) streets: Streets,
    pub(crate) peoples: Peoples,
    /// The police of the commune before and since July 2025.
    pub(crate) police: [AgencyCode; 2],
    /// How many records it is to have.
    pub(crate) persons: u64,
}

/// A province of the structure before July 2025 as a place of origin.
pub(crate) struct Origin {
    pub(crate) province: &'static OldProvince,
    /// Its whole name as it stands within a sentence: *tỉnh Khánh Hòa*.
    pub(crate) name: String,
    pub(crate) communes: Vec<Commune>,
    /// First two digits of the former numbers that its police issued.
    pub(crate) area: u8,
}

/// The provinces as places of origin.
pub(crate) struct Places {
    pub(crate) origins: Vec<Origin>,
    by_population: Weighted<usize>,
}

pub(crate) const PROVINCE: Invalid = Invalid::new(
    "synthesis/province",
    "Mã tỉnh phải là một trong 63 mã trước ngày 01/7/2025, ví dụ 56",
    "The province must be one of the 63 codes before 1 July 2025, such as 56",
);

/// Below this size a part of the population gets no commune of its own.
const SMALLEST: u64 = 60;

/// How many records an old commune takes before the next one is opened. Real communes are somewhat larger; so several
/// are seen in a small population already.
const FULL: u64 = 8_000;

/// Where the population of the default province begins: Phường Lộc Thọ of Nha Trang.
const NHA_TRANG: &str = "22363";

impl Places {
    /// All provinces.
    pub(crate) fn new() -> Places {
        let origins: Vec<Origin> = provinces::old().iter().map(origin).collect();
        let weight = |o: &Origin| projection::pyramid(o.province.code, 2025).map_or(0, |p| p.total() / 1000);
        let by_population = origins.iter().enumerate().map(|(i, o)| (i, weight(o))).collect();
        Places { origins, by_population }
    }

    /// Where a province stands among the origins.
    pub(crate) fn find(&self, province: UnitCode) -> Option<usize> {
        self.origins.iter().position(|o| o.province.code == province)
    }

    /// The communes of a province that so many records fill.
    pub(crate) fn homes(&self, own: usize, persons: u64) -> Result<Vec<Home>, Invalid> {
        homes(own, &self.origins[own], persons)
    }

    /// A province by its population; never the given one.
    pub(crate) fn elsewhere(&self, own: usize, draw: &mut Draw) -> usize {
        let drawn = self.by_population.draw(draw).copied().unwrap_or_default();
        if drawn == own { (drawn + 1) % self.origins.len() } else { drawn }
    }

    /// A commune of a province.
    pub(crate) fn commune(&self, origin: usize, draw: &mut Draw) -> Commune {
        *draw.pick(&self.origins[origin].communes)
    }

    /// An address in a commune that is not filled here.
    pub(crate) fn address(&self, origin: usize, commune: Commune, draw: &mut Draw) -> Address {
        let urban = units::find(commune.old, Era::Before2025).is_some_and(is_urban);
        commune.address(streets::anywhere(urban, self.origins[origin].province.region, draw))
    }
}

fn is_urban(unit: &'static Unit) -> bool {
    matches!(unit.kind, UnitKind::Ward | UnitKind::Township)
}

/// The police of a commune (*công an cấp xã*): the Ministry's code, the province, the commune. Codes of police stations
/// are not published; these follow the level-by-level pattern of Decision 20/2020/QĐ-TTg.
pub fn commune_police(province: UnitCode, commune: UnitCode) -> Result<AgencyCode, Invalid> {
    AgencyCode::parse(&format!("G01.{province}.{commune}"))
}

fn origin(province: &'static OldProvince) -> Origin {
    let here = units::communes(Era::Before2025).filter(|u| u.province == province.code);
    let communes =
        here.filter_map(|u| Some(Commune { old: u.code, new: units::successor(u.code)?.code })).collect();
    let name = province.full_name.replacen("Tỉnh ", "tỉnh ", 1).replacen("Thành phố ", "thành phố ", 1);
    Origin { province, name, communes, area: issuing_area(province.code.as_str()) }
}

/// The communes to fill, the first one first. Whole new communes are opened in order of their distance from the
/// first until their people are enough (two at least, so that there is a neighbour); each is filled by its share, and
/// within it as many of its old communes as the share needs.
fn homes(at: usize, own: &Origin, persons: u64) -> Result<Vec<Home>, Invalid> {
    let start =
        own.communes.iter().find(|c| c.old.as_str() == NHA_TRANG).or(own.communes.first()).ok_or(PROVINCE)?;
    let mut new: Vec<&'static Unit> =
        own.communes.iter().filter_map(|c| units::find(c.new, Era::Since2025)).collect();
    new.sort_by_key(|u| u.code);
    new.dedup_by_key(|u| u.code);
    let place = |u: &Unit| u.figures.and_then(|f| f.point);
    let from = units::find(start.new, Era::Since2025).and_then(place).unwrap_or_default();
    let distance = |u: &Unit| {
        let (lat, lon) = place(u).unwrap_or((90.0, 0.0));
        // Thousandths of a degree, squared, are near enough and exact on every machine.
        let (lat, lon) = (((lat - from.0) * 1000.0) as i64, ((lon - from.1) * 1000.0) as i64);
        lat * lat + lon * lon
    };
    new.sort_by_key(|u| (u.code != start.new, distance(u), u.code));

    let size = |u: &Unit| u64::from(u.figures.and_then(|f| f.population).unwrap_or(5_000));
    let mut room = 0;
    let mut opened = 0;
    while opened < new.len() && (opened < 2 || room < persons) {
        room += size(new[opened]);
        opened += 1;
    }
    let mut homes = Vec::new();
    let (mut before, mut given) = (0, 0);
    for unit in &new[..opened] {
        before += size(unit);
        let share = persons * before / room - given;
        given += share;
        let mut old: Vec<UnitCode> = units::was(unit.code)
            .into_iter()
            .filter(|c| c.kind != ConversionKind::PartArea && c.old.province == own.province.code)
            .map(|c| c.old.code)
            .filter(|c| c.level() == vocabulary::UnitLevel::Commune)
            .collect();
        old.sort_by_key(|c| (*c != start.old, *c));
        let used = (share.div_ceil(FULL).max(1) as usize).min(old.len());
        for (i, code) in old.iter().take(used).enumerate() {
            let part = share * (i as u64 + 1) / used as u64 - share * i as u64 / used as u64;
            homes.push(home(at, own, Commune { old: *code, new: unit.code }, part)?);
        }
    }
    gather(homes, persons)
}

/// Gives what is too small for a commune to the first one, so that the parts still make the whole.
fn gather(homes: Vec<Home>, persons: u64) -> Result<Vec<Home>, Invalid> {
    let mut homes: Vec<Home> = homes
        .into_iter()
        .enumerate()
        .filter(|(i, h)| *i == 0 || h.persons >= SMALLEST)
        .map(|(_, h)| h)
        .collect();
    let others: u64 = homes.iter().skip(1).map(|h| h.persons).sum();
    homes.first_mut().ok_or(PROVINCE)?.persons = persons - others;
    Ok(homes)
}

fn home(at: usize, own: &Origin, commune: Commune, persons: u64) -> Result<Home, Invalid> {
    let old = units::find(commune.old, Era::Before2025).ok_or(PROVINCE)?;
    let urban = is_urban(old);
    Ok(Home {
        own: at,
        commune,
        urban,
        streets: Streets::of(commune.old, urban, own.province.region),
        peoples: Peoples::of(own.province.code, old.parent),
        police: [
            commune_police(own.province.code, commune.old)?,
            commune_police(own.province.new_code, commune.new)?,
        ],
        persons,
    })
}

/// First two digits of the 9-digit numbers of a province, as remembered: several provinces that once were one share an
/// area.
fn issuing_area(province: &str) -> u8 {
    match province {
        "01" => 1,
        "79" => 2,
        "31" => 3,
        "11" | "12" => 4,
        "14" => 5,
        "10" | "15" => 6,
        "02" | "08" => 7,
        "20" | "04" => 8,
        "06" | "19" => 9,
        "22" => 10,
        "17" => 11,
        "24" | "27" => 12,
        "25" | "26" => 13,
        "30" | "33" => 14,
        "34" => 15,
        "35" | "36" | "37" => 16,
        "38" => 17,
        "40" | "42" => 18,
        "44" | "45" | "46" => 19,
        "48" | "49" => 20,
        "51" | "52" => 21,
        "54" | "56" => 22,
        "62" | "64" => 23,
        "66" | "67" => 24,
        "68" => 25,
        "58" | "60" => 26,
        "75" | "77" => 27,
        "70" | "74" => 28,
        "72" => 29,
        "80" => 30,
        "82" => 31,
        "83" => 32,
        "84" | "86" => 33,
        "87" => 34,
        "89" => 35,
        "92" | "93" | "94" => 36,
        "91" => 37,
        "95" | "96" => 38,
        _ => 39,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(province: &str, persons: u64) -> (Places, Vec<Home>) {
        let places = Places::new();
        let own = places.find(UnitCode::parse(province).unwrap()).unwrap();
        let homes = places.homes(own, persons).unwrap();
        (places, homes)
    }

    #[test]
    fn a_small_population_is_a_ward_and_its_neighbour() {
        let homes = places("56", 20_000).1;
        assert_eq!(homes[0].commune.old.as_str(), "22363");
        assert_eq!(homes[0].commune.new.as_str(), "22366");
        let mut new: Vec<UnitCode> = homes.iter().map(|h| h.commune.new).collect();
        new.dedup();
        assert_eq!(new.len(), 2);
        assert!(homes.len() > 2);
        assert_eq!(homes.iter().map(|h| h.persons).sum::<u64>(), 20_000);
        assert!(homes.iter().all(|h| h.persons > 2_000));
    }

    #[test]
    fn a_large_one_is_the_whole_province_and_no_other() {
        let homes = places("56", 2_000_000).1;
        assert!(homes.len() > 120, "{}", homes.len());
        assert!(
            homes
                .iter()
                .all(|h| units::find(h.commune.old, Era::Before2025).unwrap().province.as_str() == "56")
        );
        assert_eq!(homes.iter().map(|h| h.persons).sum::<u64>(), 2_000_000);
    }

    #[test]
    fn provinces_all_over_the_country_can_be_filled() {
        let places = Places::new();
        for (own, origin) in places.origins.iter().enumerate() {
            assert!(!origin.communes.is_empty() && origin.area < 39);
            for persons in [60, 10_000, 4_000_000] {
                let homes = places.homes(own, persons).unwrap();
                assert_eq!(homes.iter().map(|h| h.persons).sum::<u64>(), persons);
            }
        }
        assert_eq!(places.find(UnitCode::parse("99").unwrap()), None);
    }
}
