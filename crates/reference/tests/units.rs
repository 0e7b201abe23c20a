//! The administrative units against what is known of them.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use reference::units::{self, ConversionKind, Unit, UnitKind, Unmapped};
use reference::{Bound, Era, provinces};
use std::collections::BTreeSet;
use vocabulary::{Lang, UnitCode, UnitLevel};

fn code(text: &str) -> UnitCode {
    UnitCode::parse(text).unwrap()
}

fn old(text: &str) -> &'static Unit {
    units::find(code(text), Era::Before2025).unwrap()
}

fn new(text: &str) -> &'static Unit {
    units::find(code(text), Era::Since2025).unwrap()
}

fn count(era: Era, level: UnitLevel, keep: impl Fn(&Unit) -> bool) -> usize {
    units::all(era).iter().filter(|u| u.code.level() == level && keep(u)).count()
}

const IN_2022: fn(&Unit) -> bool = |u| matches!(u.validity.from, Bound::NotAfter(_));
const IN_2025: fn(&Unit) -> bool = |u| matches!(u.validity.to, Bound::On(_));

#[test]
fn there_are_as_many_units_as_the_state_counts() {
    use UnitLevel::*;
    assert_eq!(count(Era::Before2025, Province, |_| true), 63);
    assert_eq!(count(Era::Since2025, Province, |_| true), 34);
    assert_eq!(count(Era::Before2025, District, IN_2022), 705);
    assert_eq!(count(Era::Before2025, District, IN_2025), 696);
    assert_eq!(count(Era::Since2025, District, |_| true), 0);
    assert_eq!(count(Era::Before2025, Commune, IN_2022), 10_599);
    assert_eq!(count(Era::Before2025, Commune, IN_2025), 10_035);
    assert_eq!(count(Era::Since2025, Commune, |_| true), 3_321);
    assert_eq!(count(Era::Since2025, Commune, |u| u.kind == UnitKind::SpecialZone), 13);
    let by_province: u16 = provinces::new().iter().map(|p| p.counts.iter().sum::<u16>()).sum();
    assert_eq!(by_province, 3_321);
    for p in provinces::new() {
        assert_eq!(
            units::children(p.code, Era::Since2025).count() as u16,
            p.counts.iter().sum::<u16>(),
            "{}",
            p.name
        );
    }
}

#[test]
fn every_unit_hangs_on_one_of_its_own_structure() {
    for unit in Era::ALL.into_iter().flat_map(units::all) {
        let parent_level = match (unit.code.level(), unit.era) {
            (UnitLevel::Province, _) => None,
            (UnitLevel::Commune, Era::Before2025) => Some(UnitLevel::District),
            _ => Some(UnitLevel::Province),
        };
        assert_eq!(unit.parent().map(|p| p.code.level()), parent_level, "{unit:?}");
        let province = units::province_of(unit.code, unit.era).unwrap();
        assert_eq!((province.code, province.code.level()), (unit.province, UnitLevel::Province));
        if let Some(parent) = unit.parent() {
            assert!(parent.province == unit.province, "{unit:?}");
            assert!(units::children(parent.code, unit.era).any(|c| std::ptr::eq(c, unit)));
        }
        assert!(!unit.name().is_empty() && unit.path().ends_with(province.full_name));
    }
}

#[test]
fn every_conversion_leads_to_a_unit_and_none_crosses_an_old_province() {
    let communes: Vec<&Unit> =
        units::all(Era::Before2025).iter().filter(|u| u.code.level() == UnitLevel::Commune).collect();
    let rows: usize = communes.iter().map(|u| units::convert(u.code).len()).sum();
    let islands = ["318", "471", "498", "536", "755"];
    assert_eq!(rows + islands.len(), 10_570, "every row of the official table is found again");
    let mut reached = BTreeSet::new();
    for unit in units::communes(Era::Since2025) {
        let from = units::was(unit.code);
        assert!(!from.is_empty(), "{unit:?}");
        let old_provinces: BTreeSet<UnitCode> = from.iter().map(|c| c.old.province).collect();
        assert_eq!(old_provinces.len(), 1, "{unit:?}");
        for row in from {
            assert_eq!(provinces::convert(row.old.province).unwrap().code, unit.province);
            assert!(units::convert(row.old.code).contains(&row));
        }
        reached.insert(unit.code);
    }
    assert_eq!(reached.len(), 3_321);
    let without: Vec<_> =
        communes.iter().filter_map(|u| units::unmapped(u.code).map(|why| (u.code, why))).collect();
    assert_eq!(without.iter().filter(|(_, why)| *why == Unmapped::MergedEarlier).count(), 568);
    let missing: Vec<_> = without.iter().filter(|(_, why)| *why == Unmapped::NotInTable).collect();
    assert_eq!(missing, [&(code("01651"), Unmapped::NotInTable), &(code("02482"), Unmapped::NotInTable)]);
    for island in islands {
        let rows = units::convert(code(island));
        assert!(
            matches!(rows.as_slice(), [row] if row.kind == ConversionKind::WholeDistrict
            && row.new.kind == UnitKind::SpecialZone),
            "{island}"
        );
    }
}

#[test]
fn the_provinces_convert_both_ways() {
    for p in provinces::old() {
        let merged = provinces::convert(p.code).unwrap();
        assert!(merged.merged_from.contains(&p.code), "{}", p.name);
        assert_eq!(provinces::by_pin_prefix(p.pin_prefix), Some(p));
        assert_eq!(format!("{:03}", p.pin_prefix), format!("0{}", p.code));
    }
    assert_eq!(provinces::new().iter().map(|p| p.merged_from.len()).sum::<usize>(), 63);
    assert_eq!(units::convert(code("56"))[0].new.full_name, "Tỉnh Khánh Hòa");
    assert_eq!(units::convert(code("58"))[0].new.code, code("56"));
    assert_eq!(units::was(code("56")).len(), 2);
    assert_eq!(units::convert(code("01"))[0].kind, ConversionKind::Unchanged);
    assert_eq!(provinces::pin_prefix(code("56")), Some(56));
    assert_eq!(provinces::by_pin_prefix(0), None);
}

#[test]
fn a_ward_of_nha_trang_is_followed_through_the_change() {
    let ward = old("22363");
    assert_eq!(ward.path(), "Phường Lộc Thọ, Thành phố Nha Trang, Tỉnh Khánh Hòa");
    assert_eq!((ward.name(), ward.kind), ("Lộc Thọ", UnitKind::Ward));
    assert_eq!(units::path(code("22366"), Era::Since2025).unwrap(), "Phường Nha Trang, Tỉnh Khánh Hòa");
    assert_eq!(units::successor(ward.code), Some(new("22366")));
    assert!(units::find(ward.code, Era::Since2025).is_none());
    // Its neighbour changed name within the old structure, and its code is the new ward's.
    assert_eq!(
        old("22366").names(),
        [("Phường Tân Tiến", Some(20250600)), ("Phường Phước Tiến", Some(20220700))]
    );
    assert_eq!(old("22342").validity.to, Bound::Between(20220700, 20250600));
    assert_eq!(units::unmapped(code("22342")), Some(Unmapped::MergedEarlier));
    // Khánh Hòa has 136 communes without Trường Sa, as provincial reports count.
    let khanh_hoa = |u: &Unit| u.province == code("56") && IN_2022(u);
    let truong_sa = |u: &Unit| u.parent().is_some_and(|d| d.name() == "Trường Sa");
    assert_eq!(count(Era::Before2025, UnitLevel::Commune, |u| khanh_hoa(u) && !truong_sa(u)), 136);
}

#[test]
fn one_code_in_two_structures_is_shown_as_two_places() {
    assert_eq!(
        units::any(code("00004")).map(|u| u.full_name).collect::<Vec<_>>(),
        ["Phường Trúc Bạch", "Phường Ba Đình"]
    );
    let shown = reference::show(code("00004")).unwrap();
    let text = shown.to_text(Lang::Vi);
    for expected in
        ["Phường Trúc Bạch, Quận Ba Đình, Thành phố Hà Nội", "Phường Ba Đình, Thành phố Hà Nội", "Gồm:"]
    {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
    let converted = reference::convert(code("00004")).unwrap();
    assert!(converted.since.is_none() && converted.became.len() == units::convert(code("00004")).len());
    assert!(reference::show(code("99999")).is_none() && reference::convert(code("99999")).is_none());
    // A code of the new structure alone has nothing to convert.
    let only_new = units::communes(Era::Since2025).find(|u| units::find(u.code, Era::Before2025).is_none());
    if let Some(unit) = only_new {
        assert!(reference::convert(unit.code).is_none() && reference::show(unit.code).is_some());
    }
}

#[test]
fn the_words_of_the_command_line() {
    let text = |c: &str, lang| reference::show(code(c)).unwrap().to_text(lang);
    assert_eq!(
        text("22363", Lang::Vi),
        "22363  Phường Lộc Thọ, Thành phố Nha Trang, Tỉnh Khánh Hòa\n\
         \x20 Thời kỳ: Trước 01/7/2025\n\
         \x20 Loại: phường\n\
         \x20 Hiệu lực: có từ trước hoặc trong 07/2022; đến hết 30/06/2025\n\
         \x20 Từ 01/7/2025:\n\
         \x20   22366  Phường Nha Trang, Tỉnh Khánh Hòa (toàn bộ)\n"
    );
    assert_eq!(
        text("22342", Lang::En),
        "22342  Phường Xương Huân, Thành phố Nha Trang, Tỉnh Khánh Hòa\n\
         \x20 Structure: Before 1 July 2025\n\
         \x20 Type: ward\n\
         \x20 Valid: from, or before, 07/2022; ended between 07/2022 and 06/2025, day not known\n\
         \x20 Since 1 July 2025: merged away between 07/2022 and 06/2025; the data does not say into which unit\n"
    );
    assert!(text("01651", Lang::Vi).contains("không có trong bảng chuyển đổi chính thức"));
    assert!(text("00634", Lang::En).contains("the unit was divided"));
}

#[test]
fn a_divided_commune_has_no_successor_unless_all_its_people_went_one_way() {
    for unit in units::communes(Era::Before2025) {
        let rows = units::convert(unit.code);
        let parts = rows.iter().filter(|c| c.kind == ConversionKind::Part).count();
        let successor = units::successor(unit.code);
        if rows.len() == 1 {
            assert_eq!(successor, Some(rows[0].new));
        }
        if parts > 1 || rows.is_empty() {
            assert_eq!(successor, None, "{unit:?}");
        }
        assert!(successor.is_none_or(|s| rows.iter().any(|c| c.new == s)));
    }
}

#[test]
fn search_takes_names_as_people_type_them() {
    let first = |text: &str, era| units::search(text, era, 5).first().map(|u| u.code);
    for typed in
        ["Lộc Thọ", "loc tho", "LỘC THỌ", "phường lộc thọ", "  phuong   loc tho ", "lộc thọ, nha trang"]
    {
        assert_eq!(first(typed, Era::Before2025), Some(code("22363")), "{typed}");
    }
    for typed in ["Khánh Hòa", "Khánh Hoà", "khanh hoa", "tỉnh khánh hoà"] {
        assert_eq!(first(typed, Era::Since2025), Some(code("56")), "{typed}");
    }
    let in_nha_trang = units::search("phuoc hoa, nha trang, khanh hoa", Era::Before2025, 50);
    assert_eq!(in_nha_trang, [old("22372")]);
    // With diacritics the exact name comes before the look-alikes; without, both are found.
    let plain = units::search("ba dinh", Era::Before2025, 50);
    assert!(plain.iter().any(|u| u.full_name == "Quận Ba Đình") && plain.len() > 1);
    assert!(
        units::search("", Era::Since2025, 5).is_empty()
            && units::search(" , ,", Era::Since2025, 5).is_empty()
    );
    assert_eq!(units::search("xã", Era::Since2025, 7).len(), 7);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_a_search_panic(text in "\\PC{0,500}") {
        for era in Era::ALL {
            prop_assert!(units::search(&text, era, 10).len() <= 10);
        }
    }

    #[test]
    fn no_code_makes_anything_panic(digits in "[0-9]{2}|[0-9]{3}|[0-9]{5}") {
        let unit = UnitCode::parse(&digits).unwrap();
        for lang in [Lang::Vi, Lang::En] {
            let known = reference::show(unit).map(|s| s.to_text(lang));
            prop_assert_eq!(known.is_some(), units::any(unit).next().is_some());
        }
        prop_assert!(units::was(unit).iter().all(|c| c.new.code == unit));
        prop_assert!(units::convert(unit).iter().all(|c| c.old.code == unit));
        prop_assert!(units::children(unit, Era::Before2025).all(|u| u.parent == Some(unit)));
        let _ = units::successor(unit);
    }

    #[test]
    fn a_unit_is_found_by_its_own_name(i in 0usize..13_000) {
        let all: Vec<&Unit> = Era::ALL.into_iter().flat_map(units::all).collect();
        let unit = all[i % all.len()];
        let alike = units::search(unit.full_name, unit.era, 1_000);
        prop_assert!(alike.iter().any(|u| u.code == unit.code), "{}", unit.full_name);
    }
}
