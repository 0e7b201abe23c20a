//! Provinces (*tỉnh, thành phố trực thuộc trung ương*): the 63 before and the 34 since 1 July 2025.

use crate::table;
use std::sync::LazyLock;
use vocabulary::{PartialDate, UnitCode};

/// One of the 63 provinces of the structure before 1 July 2025.
#[derive(Clone, Debug, PartialEq)]
pub struct OldProvince {
    /// Two digits.
    pub code: UnitCode,
    /// First three digits of the personal numbers of those whose birth was registered here (Circular 07/2016/TT-BCA).
    pub pin_prefix: u16,
    /// Name without type.
    pub name: &'static str,
    /// Name with type.
    pub full_name: &'static str,
    /// Geographic region.
    pub region: &'static str,
    /// Code of the province's People's Committee (QCVN 102:2016); see [`crate::agencies`] for how sure it is.
    pub agency_code: &'static str,
    /// The province that it is part of since 1 July 2025.
    pub new_code: UnitCode,
    /// Other spellings.
    pub aliases: &'static str,
}

/// One of the 34 provinces of the structure since 1 July 2025.
#[derive(Clone, Debug, PartialEq)]
pub struct NewProvince {
    /// Two digits.
    pub code: UnitCode,
    /// Name without type.
    pub name: &'static str,
    /// Name with type.
    pub full_name: &'static str,
    /// Name in English.
    pub name_en: &'static str,
    /// Area in km².
    pub area_km2: f64,
    /// Population by the merger map of July 2025.
    pub population: u32,
    /// The old province in which the administrative centre lies; empty where nothing was merged.
    pub admin_centre: &'static str,
    /// Latitude and longitude of a point inside, WGS84 degrees.
    pub point: (f64, f64),
    /// The old provinces that were merged into it.
    pub merged_from: Vec<UnitCode>,
    /// Number of wards, communes and special zones.
    pub counts: [u16; 3],
}

static OLD: LazyLock<Vec<OldProvince>> = LazyLock::new(|| {
    let text = include_str!("../../../data/provinces_63.csv");
    let read = |[code, pin, name, full_name, _, _, _, region, agency_code, _, new, aliases]: [&'static str;
                    12]| {
        Some(OldProvince {
            code: UnitCode::parse(code).ok()?,
            pin_prefix: pin.parse().ok()?,
            name,
            full_name,
            region,
            agency_code,
            new_code: UnitCode::parse(new).ok()?,
            aliases,
        })
    };
    table::rows(text).filter_map(read).collect()
});

static NEW: LazyLock<Vec<NewProvince>> = LazyLock::new(|| {
    let text = include_str!("../../../data/provinces_34.csv");
    let read =
        |[code, name, full_name, name_en, _, area, population, centre, lat, lon, from, w, c, s]: [&'static str;
             14]| {
            Some(NewProvince {
                code: UnitCode::parse(code).ok()?,
                name,
                full_name,
                name_en,
                area_km2: area.parse().ok()?,
                population: population.parse().ok()?,
                admin_centre: centre,
                point: (lat.parse().ok()?, lon.parse().ok()?),
                merged_from: from.split('|').filter_map(|c| UnitCode::parse(c).ok()).collect(),
                counts: [w.parse().ok()?, c.parse().ok()?, s.parse().ok()?],
            })
        };
    table::rows(text).filter_map(read).collect()
});

/// The 63 provinces before 1 July 2025, by code. Names are those of 2022–2024.
pub fn old() -> &'static [OldProvince] {
    &OLD
}

/// The 34 provinces since 1 July 2025, by code.
pub fn new() -> &'static [NewProvince] {
    &NEW
}

/// An old province, by code.
pub fn find_old(code: UnitCode) -> Option<&'static OldProvince> {
    OLD.iter().find(|p| p.code == code)
}

/// A new province, by code.
pub fn find_new(code: UnitCode) -> Option<&'static NewProvince> {
    NEW.iter().find(|p| p.code == code)
}

/// The province that an old province is part of since 1 July 2025.
pub fn convert(old: UnitCode) -> Option<&'static NewProvince> {
    find_new(find_old(old)?.new_code)
}

/// The old provinces whose police issued the cards of Law 59/2014/QH13 from its first day.
const CARDS_OF_2016: [&str; 16] =
    ["01", "22", "26", "30", "31", "33", "34", "35", "36", "37", "38", "44", "72", "77", "79", "92"];

/// The last day on which the police of an old province issued cards with 9 digits (*chứng minh nhân dân*): in sixteen provinces
/// the one before Law 59/2014/QH13 came into force, elsewhere the one before cards with a chip were issued everywhere.
pub fn last_nine_digits(old: UnitCode) -> PartialDate {
    let year = if CARDS_OF_2016.contains(&old.as_str()) { 2015 } else { 2020 };
    PartialDate::new(year, 12, 31).unwrap_or_default()
}

/// The prefix of personal numbers for births registered in an old province.
pub fn pin_prefix(old: UnitCode) -> Option<u16> {
    find_old(old).map(|p| p.pin_prefix)
}

/// The old province that a prefix of personal numbers stands for; `None` for countries and unassigned prefixes.
pub fn by_pin_prefix(prefix: u16) -> Option<&'static OldProvince> {
    OLD.iter().find(|p| p.pin_prefix == prefix)
}
