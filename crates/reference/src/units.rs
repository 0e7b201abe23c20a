//! Administrative units (*đơn vị hành chính*) in both structures, and the way from one to the other.
//!
//! A code means something only together with its [`Era`]: 00004 was Phường Trúc Bạch until 30 June 2025 and is Phường
//! Ba Đình since, with another extent. Whoever has a code without an era asks [`any`] and gets both.

use crate::era::{Bound, Era, FIRST_LIST, LAST_DAY, LAST_LIST, Validity};
use crate::search::{Query, best};
use crate::{provinces, table};
use std::sync::LazyLock;
use vocabulary::{Text, UnitCode, UnitLevel, fold};

macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $source:literal, $vi:literal, $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$each])* $variant,)* }

        impl $name {
            /// As people read it.
            pub const fn text(self) -> Text {
                match self { $($name::$variant => Text::new($vi, $en)),* }
            }

            fn from_source(word: &str) -> Option<$name> {
                match word { $($source => Some($name::$variant),)* _ => None }
            }
        }
    };
}

kinds! {
    /// Type of a unit.
    UnitKind {
        /// *Tỉnh*.
        Province = "Tỉnh", "tỉnh", "province";
        /// *Thành phố trực thuộc trung ương*.
        City = "Thành phố trực thuộc trung ương", "thành phố trực thuộc trung ương", "centrally-run city";
        /// *Quận*.
        UrbanDistrict = "Quận", "quận", "urban district";
        /// *Huyện*.
        RuralDistrict = "Huyện", "huyện", "rural district";
        /// *Thị xã*.
        Town = "Thị xã", "thị xã", "town";
        /// *Thành phố thuộc tỉnh*.
        ProvincialCity = "Thành phố thuộc tỉnh", "thành phố thuộc tỉnh", "provincial city";
        /// *Thành phố thuộc thành phố trực thuộc trung ương*.
        MunicipalCity = "Thành phố thuộc thành phố trực thuộc trung ương", "thành phố thuộc thành phố trực thuộc trung ương", "city of a centrally-run city";
        /// *Phường*.
        Ward = "Phường", "phường", "ward";
        /// *Xã*.
        Commune = "Xã", "xã", "commune";
        /// *Thị trấn*.
        Township = "Thị trấn", "thị trấn", "township";
        /// *Đặc khu*.
        SpecialZone = "Đặc khu tại hải đảo", "đặc khu", "special zone";
    }
}

kinds! {
    /// How much of an old unit went into a new one, in the words of the official table.
    ConversionKind {
        /// The whole unit.
        Whole = "whole", "toàn bộ", "the whole";
        /// A part of area and population.
        Part = "part", "một phần", "a part";
        /// The unit was not touched.
        Unchanged = "unchanged", "giữ nguyên", "unchanged";
        /// A part of the area; no population is named.
        PartArea = "part_area", "một phần diện tích", "a part of the area";
        /// A part of the area and the whole population.
        PartAreaAllPopulation = "part_area_all_population", "một phần diện tích và toàn bộ dân số", "a part of the area and all the population";
        /// The same unit under another type.
        TypeChange = "type_change", "đổi loại đơn vị", "type changed";
        /// A part of the population.
        PartPopulation = "part_population", "một phần dân số", "a part of the population";
        /// The same unit under another name.
        Rename = "rename", "đổi tên", "renamed";
        /// The whole area.
        WholeArea = "whole_area", "toàn bộ diện tích", "the whole area";
        /// A whole island district, which had no communes.
        WholeDistrict = "whole_district", "toàn bộ huyện đảo", "the whole island district";
    }
}

/// A unit in one structure.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its code.
    pub code: UnitCode,
    /// The structure it belongs to.
    pub era: Era,
    /// Its type.
    pub kind: UnitKind,
    /// Its last name, with the type: `Phường Lộc Thọ`.
    pub full_name: &'static str,
    /// The unit above it; `None` for provinces.
    pub parent: Option<UnitCode>,
    /// Its province in the same structure; a province is its own.
    pub province: UnitCode,
    /// Name in July 2022, where it differs from the last one.
    pub name_2022: Option<&'static str>,
    /// District in July 2022, where it differs from the last one.
    pub parent_2022: Option<UnitCode>,
    /// From when to when it exists.
    pub validity: Validity,
    /// Figures of the merger map; only for communes since 2025.
    pub figures: Option<Figures>,
}

/// Figures of a commune by the merger map of July 2025. Weights rather than statistics: see `data/README.md`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Area in km².
    pub area_km2: Option<f32>,
    /// Population; unknown for 120 communes.
    pub population: Option<u32>,
    /// Latitude and longitude of a point inside, WGS84 degrees.
    pub point: Option<(f32, f32)>,
}

impl Unit {
    /// The name without the type, `Lộc Thọ`; a number keeps it, `Phường 1`.
    pub fn name(&self) -> &'static str {
        let short = TYPE_WORDS.iter().find_map(|word| self.full_name.strip_prefix(word)?.strip_prefix(' '));
        short.filter(|s| !s.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(self.full_name)
    }

    /// Names known over time, the latest first, with the month of the list that has them.
    pub fn names(&self) -> Vec<(&'static str, Option<u32>)> {
        let last = match (self.era, self.validity.to) {
            (Era::Since2025, _) => None,
            (Era::Before2025, Bound::On(_)) => Some(LAST_LIST),
            (Era::Before2025, _) => Some(FIRST_LIST),
        };
        let earlier = self.name_2022.map(|n| (n, Some(FIRST_LIST)));
        std::iter::once((self.full_name, last)).chain(earlier).collect()
    }

    /// The unit above it.
    pub fn parent(&self) -> Option<&'static Unit> {
        find(self.parent?, self.era)
    }

    /// Its place with all units above: `Phường Lộc Thọ, Thành phố Nha Trang, Tỉnh Khánh Hòa`.
    pub fn path(&self) -> String {
        let mut path = self.full_name.to_owned();
        let mut above = self.parent();
        while let Some(unit) = above {
            path.push_str(", ");
            path.push_str(unit.full_name);
            above = unit.parent();
        }
        path
    }
}

const TYPE_WORDS: &[&str] =
    &["Phường", "Xã", "Thị trấn", "Đặc khu", "Quận", "Huyện", "Thị xã", "Thành phố", "Tỉnh"];

/// A row of the official conversion table, or what follows from its rows for a district or province.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversion {
    /// The unit before 1 July 2025.
    pub old: &'static Unit,
    /// The unit since.
    pub new: &'static Unit,
    /// How much of the old went into the new.
    pub kind: ConversionKind,
}

/// Why a commune of the old structure has no row in the conversion table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmapped {
    /// It had been merged away between the lists of July 2022 and June 2025; into which is not recorded.
    MergedEarlier,
    /// It existed until 30 June 2025, yet the official table has no row for it.
    NotInTable,
}

impl Unmapped {
    /// In words.
    pub const fn text(self) -> Text {
        match self {
            Unmapped::MergedEarlier => Text::new(
                "đã sáp nhập trong khoảng 07/2022–06/2025; dữ liệu không ghi sáp nhập vào đơn vị nào",
                "merged away between 07/2022 and 06/2025; the data does not say into which unit",
            ),
            Unmapped::NotInTable => Text::new(
                "còn đến hết 30/06/2025 nhưng không có trong bảng chuyển đổi chính thức",
                "existed until 30/06/2025 but is not in the official conversion table",
            ),
        }
    }
}

struct Structure {
    units: Vec<Unit>,
    /// Indices of `units`, by parent and code.
    children: Vec<u32>,
}

impl Structure {
    fn new(mut units: Vec<Unit>) -> Structure {
        units.sort_by_key(|u| u.code);
        let mut children: Vec<u32> = (0..units.len() as u32).collect();
        children.sort_by_key(|i| (units[*i as usize].parent, units[*i as usize].code));
        Structure { units, children }
    }

    fn of(era: Era) -> &'static Structure {
        match era {
            Era::Before2025 => &BEFORE,
            Era::Since2025 => &SINCE,
        }
    }
}

const UNTIL_CHANGE: Validity = Validity { from: Bound::NotAfter(FIRST_LIST), to: Bound::On(LAST_DAY) };

/// Existence of an old unit by the two lists that have it or not.
fn validity(in_2022: bool, in_2025: bool) -> Validity {
    let between = Bound::Between(FIRST_LIST, LAST_LIST);
    Validity {
        from: if in_2022 { UNTIL_CHANGE.from } else { between },
        to: if in_2025 { UNTIL_CHANGE.to } else { between },
    }
}

static BEFORE: LazyLock<Structure> = LazyLock::new(|| {
    let province = |p: &provinces::OldProvince| {
        let kind = if p.full_name.starts_with("Tỉnh") { UnitKind::Province } else { UnitKind::City };
        Unit {
            code: p.code,
            era: Era::Before2025,
            kind,
            full_name: p.full_name,
            parent: None,
            province: p.code,
            name_2022: None,
            parent_2022: None,
            validity: UNTIL_CHANGE,
            figures: None,
        }
    };
    let district = |[code, name_22, name_25, type_22, type_25, province]: [&'static str; 6]| {
        let (full_name, kind) = if name_25.is_empty() { (name_22, type_22) } else { (name_25, type_25) };
        let province = UnitCode::parse(province).ok()?;
        Some(Unit {
            code: UnitCode::parse(code).ok()?,
            era: Era::Before2025,
            kind: UnitKind::from_source(kind)?,
            full_name,
            parent: Some(province),
            province,
            name_2022: Some(name_22).filter(|n| !n.is_empty() && *n != full_name),
            parent_2022: None,
            validity: validity(!name_22.is_empty(), !name_25.is_empty()),
            figures: None,
        })
    };
    let commune = |[code, name_22, name_25, district_22, district_25, province]: [&'static str; 6]| {
        let gone = name_25.is_empty();
        let (full_name, district) = if gone { (name_22, district_22) } else { (name_25, district_25) };
        let kind = ["Phường", "Xã", "Thị trấn"].into_iter().find(|w| full_name.starts_with(w))?;
        Some(Unit {
            code: UnitCode::parse(code).ok()?,
            era: Era::Before2025,
            kind: UnitKind::from_source(kind)?,
            full_name,
            parent: Some(UnitCode::parse(district).ok()?),
            province: UnitCode::parse(province).ok()?,
            name_2022: Some(name_22).filter(|n| !n.is_empty() && *n != full_name),
            parent_2022: UnitCode::parse(district_22).ok().filter(|d| d.as_str() != district),
            validity: validity(!name_22.is_empty(), !gone),
            figures: None,
        })
    };
    let mut units: Vec<Unit> = provinces::old().iter().map(province).collect();
    units.extend(table::rows(include_str!("../../../data/districts_legacy.csv")).filter_map(district));
    units.extend(table::rows(include_str!("../../../data/communes_legacy.csv")).filter_map(commune));
    Structure::new(units)
});

static SINCE: LazyLock<Structure> = LazyLock::new(|| {
    let from_change = Validity { from: Bound::On(Era::CHANGE), to: Bound::Open };
    let province = |p: &provinces::NewProvince| Unit {
        code: p.code,
        era: Era::Since2025,
        kind: if p.full_name.starts_with("Tỉnh") { UnitKind::Province } else { UnitKind::City },
        full_name: p.full_name,
        parent: None,
        province: p.code,
        name_2022: None,
        parent_2022: None,
        validity: from_change,
        figures: None,
    };
    let commune = |[code, _, full_name, _, kind, province, area, population, lat, lon, _]: [&'static str;
                       11]| {
        let province = UnitCode::parse(province).ok()?;
        Some(Unit {
            code: UnitCode::parse(code).ok()?,
            era: Era::Since2025,
            kind: UnitKind::from_source(kind)?,
            full_name,
            parent: Some(province),
            province,
            name_2022: None,
            parent_2022: None,
            validity: from_change,
            figures: Some(Figures {
                area_km2: table::number(area),
                population: table::number(population),
                point: table::number(lat).zip(table::number(lon)),
            }),
        })
    };
    let mut units: Vec<Unit> = provinces::new().iter().map(province).collect();
    units.extend(table::rows(include_str!("../../../data/communes_2025.csv")).filter_map(commune));
    Structure::new(units)
});

/// The unit with a code in a structure.
pub fn find(code: UnitCode, era: Era) -> Option<&'static Unit> {
    let units = &Structure::of(era).units;
    units.binary_search_by_key(&code, |u| u.code).ok().and_then(|i| units.get(i))
}

/// The units with a code in any structure, the older first: none, one or two.
pub fn any(code: UnitCode) -> impl Iterator<Item = &'static Unit> {
    Era::ALL.into_iter().filter_map(move |era| find(code, era))
}

/// The units directly below, by code; of a province before 2025 its districts, since then its communes.
pub fn children(code: UnitCode, era: Era) -> impl Iterator<Item = &'static Unit> {
    let Structure { units, children } = Structure::of(era);
    let parent = |i: &u32| units.get(*i as usize).and_then(|u| u.parent);
    let from = children.partition_point(|i| parent(i) < Some(code));
    let to = children.partition_point(|i| parent(i) <= Some(code));
    children.get(from..to).unwrap_or_default().iter().filter_map(|i| units.get(*i as usize))
}

/// All units of a structure, by code.
pub fn all(era: Era) -> &'static [Unit] {
    &Structure::of(era).units
}

/// The communes of a structure, by code.
pub fn communes(era: Era) -> impl Iterator<Item = &'static Unit> {
    all(era).iter().filter(|u| u.code.level() == UnitLevel::Commune)
}

/// The province of a unit, in the same structure.
pub fn province_of(code: UnitCode, era: Era) -> Option<&'static Unit> {
    find(find(code, era)?.province, era)
}

/// A unit's place with all units above, such as `Phường Lộc Thọ, Thành phố Nha Trang, Tỉnh Khánh Hòa`.
pub fn path(code: UnitCode, era: Era) -> Option<String> {
    find(code, era).map(Unit::path)
}

/// A unit's full name folded, and where the name without the type begins, in it and in the full name.
struct Key {
    folded: Box<str>,
    folded_at: u16,
    name_at: u16,
}

impl Key {
    fn of(unit: &Unit) -> Key {
        let (folded, name) = (fold(unit.full_name), unit.name());
        let folded_at = (folded.len() - fold(name).len()) as u16;
        Key { folded: folded.into(), folded_at, name_at: (unit.full_name.len() - name.len()) as u16 }
    }

    fn rank(&self, unit: &Unit, query: &Query) -> Option<u8> {
        let bare = self.folded.get(self.folded_at as usize..)?;
        let ranks = [
            query.rank(bare, unit.full_name.get(self.name_at as usize..)?),
            query.rank(&self.folded, unit.full_name),
        ];
        ranks.into_iter().flatten().min()
    }
}

/// The keys of both structures, in the order of [`all`].
static KEYS: LazyLock<[Vec<Key>; 2]> =
    LazyLock::new(|| Era::ALL.map(|era| all(era).iter().map(Key::of).collect()));

/// Units by name, best first: any case, with or without diacritics or type, either place of the tone mark. Further
/// names after commas narrow it by the units above: `loc tho, nha trang`.
pub fn search(text: &str, era: Era, limit: usize) -> Vec<&'static Unit> {
    let mut parts = text.split(',').filter_map(Query::new);
    let Some(query) = parts.next() else { return Vec::new() };
    let above: Vec<Query> = parts.take(3).collect();
    let units = all(era).iter().zip(KEYS[era as usize].iter());
    let ranked = units.filter_map(|(unit, key)| {
        let rank = key.rank(unit, &query)?;
        // Of namesakes the larger comes first: the province before a commune called after it.
        let rank = rank * 4 + unit.code.level() as u8;
        above.iter().all(|q| lies_in(unit, q)).then_some((rank, unit))
    });
    best(ranked, limit)
}

fn lies_in(unit: &'static Unit, query: &Query) -> bool {
    std::iter::successors(unit.parent(), |u| u.parent()).any(|u| Key::of(u).rank(u, query).is_some())
}

struct Row {
    old: UnitCode,
    new: UnitCode,
    kind: ConversionKind,
}

impl Row {
    fn conversion(&self) -> Option<Conversion> {
        let old = find(self.old, Era::Before2025)?;
        Some(Conversion { old, new: find(self.new, Era::Since2025)?, kind: self.kind })
    }
}

/// The official table, by old code; and the indices of its rows by new code.
static TABLE: LazyLock<(Vec<Row>, Vec<u32>)> = LazyLock::new(|| {
    let text = include_str!("../../../data/commune_conversion_2025.csv");
    let read = |[old, new, kind]: [&'static str; 3]| {
        // Island districts stand as `D` and the district's code.
        let old = UnitCode::parse(old.strip_prefix('D').unwrap_or(old)).ok()?;
        Some(Row { old, new: UnitCode::parse(new).ok()?, kind: ConversionKind::from_source(kind)? })
    };
    let mut rows: Vec<Row> = table::rows(text).filter_map(read).collect();
    rows.sort_by_key(|r| (r.old, r.new));
    let mut by_new: Vec<u32> = (0..rows.len() as u32).collect();
    by_new.sort_by_key(|i| (rows[*i as usize].new, rows[*i as usize].old));
    (rows, by_new)
});

/// What became of a unit of the old structure on 1 July 2025. For a commune or island district the rows of the
/// official table; for another district what follows from its communes; for a province the merger. Empty where
/// nothing is known: see [`unmapped`].
pub fn convert(old: UnitCode) -> Vec<Conversion> {
    if old.level() == UnitLevel::Province {
        return convert_province(old).into_iter().collect();
    }
    let rows = &TABLE.0;
    let from = rows.partition_point(|r| r.old < old);
    let found: Vec<Conversion> =
        rows[from..].iter().take_while(|r| r.old == old).filter_map(Row::conversion).collect();
    if found.is_empty() && old.level() == UnitLevel::District { convert_district(old) } else { found }
}

fn convert_province(code: UnitCode) -> Option<Conversion> {
    let old = find(code, Era::Before2025)?;
    let merged = provinces::convert(code)?;
    let kind = if merged.merged_from.len() == 1 { ConversionKind::Unchanged } else { ConversionKind::Whole };
    Some(Conversion { old, new: find(merged.code, Era::Since2025)?, kind })
}

fn convert_district(code: UnitCode) -> Vec<Conversion> {
    let Some(old) = find(code, Era::Before2025) else { return Vec::new() };
    let mut new: Vec<&'static Unit> =
        children(code, Era::Before2025).flat_map(|c| convert(c.code)).map(|c| c.new).collect();
    new.sort_by_key(|u| u.code);
    new.dedup_by_key(|u| u.code);
    let kind = if new.len() == 1 { ConversionKind::Whole } else { ConversionKind::Part };
    new.into_iter().map(|new| Conversion { old, new, kind }).collect()
}

/// Where a commune of the old structure has no row in the table: why.
pub fn unmapped(old: UnitCode) -> Option<Unmapped> {
    let unit = find(old, Era::Before2025)?;
    if !convert(old).is_empty() {
        return None;
    }
    let existed = matches!(unit.validity.to, Bound::On(_));
    Some(if existed { Unmapped::NotInTable } else { Unmapped::MergedEarlier })
}

/// The one commune to which all who lived in an old commune belong since 1 July 2025; `None` where it was divided, so
/// that the code alone cannot tell, or where the table has no row.
pub fn successor(old: UnitCode) -> Option<&'static Unit> {
    let rows = convert(old);
    let inhabited = |c: &&Conversion| c.kind != ConversionKind::PartArea;
    match rows.as_slice() {
        [only] => Some(only.new),
        many => {
            let mut with_people = many.iter().filter(inhabited);
            let first = with_people.next()?;
            let all_there =
                first.kind == ConversionKind::PartAreaAllPopulation && with_people.next().is_none();
            all_there.then_some(first.new)
        }
    }
}

/// What a unit of the new structure was made of, by old code.
pub fn was(new: UnitCode) -> Vec<Conversion> {
    if new.level() == UnitLevel::Province {
        let from = provinces::find_new(new).map(|p| p.merged_from.as_slice()).unwrap_or_default();
        return from.iter().filter_map(|old| convert_province(*old)).collect();
    }
    let (rows, by_new) = &*TABLE;
    let from = by_new.partition_point(|i| rows[*i as usize].new < new);
    let of_new = by_new[from..].iter().filter_map(|i| rows.get(*i as usize)).take_while(|r| r.new == new);
    of_new.filter_map(Row::conversion).collect()
}
