//! In which commune a row that is not found is to be looked into: where the row says that the person lives, or is from.

use reference::{Era, units};
use std::{collections::HashMap, sync::LazyLock};
use vocabulary::{UnitCode, fold};

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
            map.entry(key(&path)).and_modify(|held| *held = held.filter(|h| Some(*h) == now)).or_insert(now);
        }
    }
    map
});

const KINDS: [&str; 9] =
    ["thi tran", "thi xa", "thanh pho", "phuong", "xa", "quan", "huyen", "tinh", "dac khu"];

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
pub(super) fn commune(text: &str) -> Option<UnitCode> {
    if text.is_empty() || text.len() > 500 {
        return None;
    }
    let path = key(text);
    let parts: Vec<&str> = path.split(',').collect();
    [3, 2].into_iter().find_map(|last| {
        let from = parts.len().checked_sub(last)?;
        BY_PATH.get(&parts.get(from..)?.join(",")).copied().flatten()
    })
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
        assert_eq!(commune("Nha Trang"), None);
        assert_eq!(commune(""), None);
    }
}
