//! Places as files and records tell them, by codes or in words, in either structure: as far as the present commune or province.

use super::How;
use reference::{Era, provinces, units};
use std::{collections::HashMap, sync::LazyLock};
use vocabulary::{Address, UnitCode, UnitLevel, fold};

/// The present communes by the paths of all structures: `xa loc tho, ...`, folded, without the words for kinds of unit.
static BY_PATH: LazyLock<HashMap<String, Option<UnitCode>>> = LazyLock::new(|| {
    let mut map: HashMap<String, Option<UnitCode>> = HashMap::new();
    for era in [Era::Since2025, Era::Before2025] {
        for unit in units::communes(era) {
            let now = match era {
                Era::Since2025 => Some(unit.code),
                Era::Before2025 => units::successor(unit.code).map(|u| u.code),
            };
            let path = units::path(unit.code, era).unwrap_or_else(|| unit.path());
            let above = path.find(',').and_then(|at| path.get(at..)).unwrap_or_default();
            // A name that one commune had and another has tells neither.
            let names = unit.names().into_iter().map(|(name, _)| [name, above].concat());
            for path in names.chain([path.clone()]) {
                let known = map.entry(key(&path));
                known.and_modify(|held| *held = held.filter(|h| Some(*h) == now)).or_insert(now);
            }
        }
    }
    map
});

/// The present provinces by the names of all, folded, without the words for kinds of unit.
static BY_PROVINCE: LazyLock<HashMap<String, UnitCode>> = LazyLock::new(|| {
    let names = |p: &'static provinces::OldProvince| p.aliases.split('|').chain([p.name, p.full_name]);
    let all = provinces::old().iter().flat_map(|p| names(p).map(|name| (key(name), p.new_code)));
    all.filter(|(name, _)| !name.is_empty()).collect()
});

const KINDS: [&str; 11] =
    ["thi tran", "thi xa", "thanh pho", "phuong", "xa", "quan", "huyen", "tinh", "dac khu", "tp.", "tp"];

fn key(path: &str) -> String {
    let bare = |part: &str| {
        let part = fold(part);
        let kind = KINDS.iter().find_map(|kind| part.strip_prefix(kind)?.strip_prefix(' '));
        kind.map_or(part.clone(), str::to_owned)
    };
    path.split([',', ';']).map(bare).filter(|p| !p.is_empty()).collect::<Vec<_>>().join(",")
}

/// The present commune of an address that ends with the names of a commune, perhaps a district, and a province; `None` where
/// it names none, or one that was divided.
pub fn commune(text: &str) -> Option<UnitCode> {
    if text.is_empty() || text.len() > 500 {
        return None;
    }
    let path = key(text);
    let parts: Vec<&str> = path.split(',').collect();
    // A path that is known, and tells no one commune, is not read as that of a district whose name a commune has since.
    let found = [3, 2].into_iter().find_map(|last| {
        let from = parts.len().checked_sub(last)?;
        BY_PATH.get(&parts.get(from..)?.join(",")).copied()
    });
    found.flatten()
}

/// A place, as far as it is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The present communes of which it may be: one, or those among which an old one was divided.
    pub(super) communes: Vec<UnitCode>,
    /// The present province.
    pub(super) province: Option<UnitCode>,
}

impl Place {
    /// Of an address: by its codes, else by its words. A place abroad is told of no commune.
    pub fn of(a: &Address) -> Place {
        if a.country.as_deref().is_some_and(|country| country != "VN") {
            return Place::default();
        }
        let Some(unit) = a.new_unit.or(a.old_unit) else { return Place::named(&a.text) };
        let since = |era| units::find(unit, era);
        let found = match a.new_unit {
            Some(_) => since(Era::Since2025),
            None => since(Era::Before2025),
        };
        // In words the old commune is read as what most of it became: each that it may be is the same place.
        let became = a.old_unit.map(units::convert).unwrap_or_default();
        let present = a.new_unit.filter(|new| new.level() == UnitLevel::Commune);
        let communes: Vec<UnitCode> = present.into_iter().chain(became.iter().map(|c| c.new.code)).collect();
        let province = match a.new_unit {
            Some(_) => found.map(|u| u.province),
            None => found.and_then(|u| provinces::convert(u.province)).map(|p| p.code),
        };
        Place { communes, province }
    }

    /// Of words: `Phường Lộc Thọ, Nha Trang, Khánh Hòa`, or a province alone.
    pub fn named(text: &str) -> Place {
        if let Some(commune) = commune(text) {
            let province = units::province_of(commune, Era::Since2025).map(|p| p.code);
            return Place { communes: vec![commune], province };
        }
        let last =
            if text.len() > 500 { "" } else { text.rsplit([',', ';', '-']).next().unwrap_or_default() };
        Place { communes: Vec::new(), province: BY_PROVINCE.get(&key(last.trim())).copied() }
    }

    /// Whether nothing is told.
    pub fn is_unknown(&self) -> bool {
        self.province.is_none() && self.communes.is_empty()
    }

    /// How it differs from another, to the level that both tell.
    pub(super) fn differs(&self, held: &Place) -> Option<How> {
        if self.communes.iter().any(|c| held.communes.contains(c)) {
            return None;
        }
        if self.province? != held.province? {
            return Some(How::Other);
        }
        let both = !self.communes.is_empty() && !held.communes.is_empty();
        both.then_some(How::Commune)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_commune_in_either_structure() {
        for text in [
            "Phường Lộc Thọ, Thành phố Nha Trang, Tỉnh Khánh Hòa",
            "12 Trần Phú, phường Lộc Thọ, Nha Trang, Khánh Hoà",
            "Phường Nha Trang, Tỉnh Khánh Hòa",
        ] {
            assert_eq!(commune(text), UnitCode::parse("22366").ok(), "{text}");
        }
        assert_eq!(commune("Xã Ninh Phước, Thị xã Ninh Hòa, Tỉnh Khánh Hòa"), None, "not Phường Ninh Hòa");
        assert_eq!(commune("Nha Trang"), None);
        assert_eq!(commune(""), None);
    }

    #[test]
    fn places_differ_to_the_level_that_both_tell() {
        let coded = |old: Option<&str>, new: Option<&str>| {
            let unit = |code: Option<&str>| code.and_then(|c| UnitCode::parse(c).ok());
            Place::of(&Address { old_unit: unit(old), new_unit: unit(new), ..Address::default() })
        };
        let here = coded(None, Some("22366"));
        assert_eq!(here, Place::named("Phường Nha Trang, Khánh Hòa"));
        for same in [
            coded(Some("22363"), None),
            Place::named("phường Lộc Thọ, TP. Nha Trang, tỉnh Khánh Hoà"),
            Place::named("Khánh Hòa"),
            Place::named("Thôn 3, Khanh Hoa"),
            // Ninh Thuận is part of Khánh Hòa since 1 July 2025.
            Place::named("Tỉnh Ninh Thuận"),
            Place::named("ở quê"),
            Place::default(),
        ] {
            assert_eq!((same.differs(&here), here.differs(&same)), (None, None), "{same:?}");
        }
        assert_eq!(Place::named("TP. Hồ Chí Minh").differs(&here), Some(How::Other));
        assert_eq!(coded(None, Some("22333")).differs(&here), Some(How::Commune));
        assert_eq!(coded(None, Some("00004")).differs(&here), Some(How::Other));
        let abroad = Address { country: Some("FR".into()), text: "Lyon".into(), ..Address::default() };
        assert!(Place::of(&abroad).is_unknown());
    }
}
