//! Sectors as data: whose registers are reconciled, by which key, which fields are compared and which are told.

use crate::{model::Indicator, rules::RuleFault};
use population::{
    columns::Column,
    reconcile::{COLUMNS, COMPARED, Met},
};
use serde::Deserialize;
use std::collections::BTreeMap;
use tabular::{Known, Mapping};
use vocabulary::{AgencyCode, Field, FieldSet, Lang};

/// A sector whose files are compared with the registry.
#[derive(Clone, Debug)]
pub struct Sector {
    /// Stable name.
    pub id: String,
    vi: String,
    en: String,
    owner_vi: String,
    owner_en: String,
    agencies: Vec<String>,
    key: Vec<String>,
    /// The fields that are compared.
    pub fields: FieldSet,
    /// The fields of which the owner is told the value on record.
    pub told: FieldSet,
    headers: BTreeMap<String, Vec<String>>,
    cases: Vec<(Met, Indicator)>,
    /// The legal basis.
    pub basis: String,
    /// Where the inventory of the scheme speaks of it.
    pub inventory: String,
}

/// The name of the column with the register's own key in a mapping.
pub const KEY: &str = "own_key";
/// A match of a header below this is left for a person to choose.
const UNSURE: u8 = 75;
/// Most sectors.
const MOST: usize = 200;

impl Sector {
    /// Its name.
    pub fn name(&self, lang: Lang) -> &str {
        lang.pick(&self.vi, &self.en)
    }

    /// What kind of agency keeps the register.
    pub fn owner(&self, lang: Lang) -> &str {
        lang.pick(&self.owner_vi, &self.owner_en)
    }

    /// Whether it is an agency's own: the agency's code, or a part of it, is one of the sector's.
    pub fn is_of(&self, agency: &AgencyCode) -> bool {
        agency.as_str().split('.').any(|part| self.agencies.iter().any(|code| code == part))
    }

    /// The rule under which cases about its rows stand.
    pub fn rule(&self, met: Met) -> String {
        format!("sector/{}/{}", self.id, met.code())
    }

    /// Whether a column is read: of a field that is compared, or the hometown in words, by which a commune is found that looks
    /// into a row.
    fn has(&self, column: Column) -> bool {
        self.fields.has(column.field()) || column == Column::HometownText
    }

    /// The columns of a file by its headers: the own key, and what tells of a person.
    pub fn recognise(&self, headers: &[String]) -> Mapping {
        let names: Vec<(&str, Vec<&str>)> =
            std::iter::once((KEY, self.key.iter().map(String::as_str).collect()))
                .chain(COLUMNS.iter().filter(|c| self.has(**c)).map(|c| {
                    let own = self.headers.get(c.code()).into_iter().flatten().map(String::as_str);
                    let text = c.text();
                    (
                        c.code(),
                        [text.vi, text.en]
                            .into_iter()
                            .chain(c.other_names().iter().copied())
                            .chain(own)
                            .collect(),
                    )
                }))
                .collect();
        let known: Vec<Known<'_>> = names.iter().map(|(code, names)| Known { code, names }).collect();
        let mut mapping = tabular::match_headers(headers, &known);
        for mapped in mapping.columns.iter_mut().filter(|m| m.certainty < UNSURE) {
            mapped.field = None;
        }
        mapping
    }

    /// Every header by which the header row is told from others.
    pub fn known_headers(&self) -> Vec<String> {
        let own = self.key.iter().cloned().chain(self.headers.values().flatten().cloned());
        let common = COLUMNS.iter().flat_map(|c| {
            let text = c.text();
            [c.code(), text.vi, text.en].into_iter().chain(c.other_names().iter().copied()).map(str::to_owned)
        });
        own.chain(common).collect()
    }

    /// The columns that a mapping may name, with their texts.
    pub fn columns(&self, lang: Lang) -> Vec<(&'static str, String)> {
        let key = (KEY, lang.pick("Mã riêng của ngành", "The register's own key").to_owned());
        let others =
            COLUMNS.iter().filter(|c| self.has(**c)).map(|c| (c.code(), c.text().get(lang).to_owned()));
        std::iter::once(key).chain(others).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    sector: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    vi: String,
    en: String,
    owner_vi: String,
    owner_en: String,
    #[serde(default)]
    agencies: Vec<String>,
    key: Vec<String>,
    fields: Vec<Field>,
    #[serde(default)]
    told: Vec<Field>,
    #[serde(default)]
    headers: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    cases: BTreeMap<String, Indicator>,
    basis: String,
    inventory: String,
}

/// The sectors in force, in the order of their files.
#[derive(Clone, Debug, Default)]
pub struct Sectors {
    sectors: Vec<Sector>,
}

impl Sectors {
    /// The sectors that come with the product.
    pub const BUILTIN: &'static str = include_str!("../sectors/default.toml");

    /// The sectors that come with the product. Should their file be broken, which the tests of this crate exclude, none.
    pub fn builtin() -> Sectors {
        Sectors::parse(Sectors::BUILTIN).unwrap_or_default()
    }

    /// Reads a file of sectors.
    ///
    /// # Errors
    /// Every fault found: what is no TOML of this form, an id that stands twice or is none, empty texts, fields that are
    /// not compared, values told that are not compared, columns and tasks that there are not.
    pub fn parse(toml: &str) -> Result<Sectors, Vec<RuleFault>> {
        let file: File = toml::from_str(toml).map_err(|error| {
            let line =
                error.span().map_or(1, |s| toml.get(..s.start).unwrap_or_default().lines().count().max(1));
            let message = error.message().to_owned();
            vec![RuleFault {
                place: format!("file, line {line}"),
                vi: format!("Không đọc được tệp các ngành: {message}"),
                en: message,
            }]
        })?;
        let mut faults = Vec::new();
        let mut sectors: Vec<Sector> = Vec::new();
        for w in file.sector {
            let mut refuse = |vi: &str, en: &str| {
                faults.push(RuleFault { place: w.id.clone(), vi: vi.to_owned(), en: en.to_owned() });
            };
            let sign = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            if w.id.is_empty() || w.id.len() > 40 || !w.id.bytes().all(sign) {
                refuse(
                    "Mã ngành gồm 1–40 ký tự a–z, 0–9, gạch nối",
                    "An id has 1–40 characters of a–z, 0–9, hyphen",
                );
            }
            if sectors.iter().any(|s| s.id == w.id) {
                refuse("Mã ngành bị lặp", "The id stands twice");
            }
            let texts = [&w.vi, &w.en, &w.owner_vi, &w.owner_en, &w.basis, &w.inventory];
            if texts.iter().any(|t| t.trim().is_empty()) || w.key.iter().all(|k| k.trim().is_empty()) {
                refuse(
                    "Thiếu tên, căn cứ hoặc tiêu đề cột mã riêng",
                    "A name, the basis or the header of the own key is missing",
                );
            }
            let (fields, told): (FieldSet, FieldSet) =
                (w.fields.into_iter().collect(), w.told.into_iter().collect());
            if fields.is_empty() || !fields.is_within(COMPARED) || !told.is_within(fields) {
                refuse("Có mục không được đối soát", "A field is not compared");
            }
            if w.headers.keys().any(|code| COLUMNS.iter().all(|c| c.code() != code)) {
                refuse("Có cột không có trong danh mục", "There is no such column");
            }
            let cases: Vec<(Met, Indicator)> =
                w.cases.iter().filter_map(|(met, i)| Some((Met::from_code(met)?, *i))).collect();
            if cases.len() != w.cases.len()
                || cases.iter().any(|(met, i)| *met == Met::Matched || i.from_rules())
            {
                refuse("Chỉ tiêu hoặc kết quả không hợp lệ", "A task or result is not one of sectors");
            }
            sectors.push(Sector {
                id: w.id,
                vi: w.vi,
                en: w.en,
                owner_vi: w.owner_vi,
                owner_en: w.owner_en,
                agencies: w.agencies,
                key: w.key,
                fields,
                told,
                headers: w.headers,
                cases,
                basis: w.basis,
                inventory: w.inventory,
            });
        }
        if sectors.len() > MOST {
            let (vi, en) = (format!("Quá {MOST} ngành"), format!("More than {MOST} sectors"));
            faults.push(RuleFault { place: "file".to_owned(), vi, en });
        }
        if faults.is_empty() { Ok(Sectors { sectors }) } else { Err(faults) }
    }

    /// These with those of another file, which take the place of sectors with the same id.
    #[must_use]
    pub fn with(mut self, others: Sectors) -> Sectors {
        for sector in others.sectors {
            match self.sectors.iter_mut().find(|s| s.id == sector.id) {
                Some(same) => *same = sector,
                None => self.sectors.push(sector),
            }
        }
        self
    }

    /// All of them.
    pub fn all(&self) -> &[Sector] {
        &self.sectors
    }

    /// One by its name.
    pub fn find(&self, id: &str) -> Option<&Sector> {
        self.sectors.iter().find(|s| s.id == id)
    }

    /// The rules whose rows are cases of a task.
    pub fn rules_of(&self, indicator: Indicator) -> Vec<String> {
        let of = |s: &Sector| {
            s.cases.iter().filter(|(_, i)| *i == indicator).map(|(met, _)| s.rule(*met)).collect::<Vec<_>>()
        };
        self.sectors.iter().flat_map(of).collect()
    }

    /// What a rule of a sector says is wrong; `None` where it is none.
    pub fn text_of(&self, rule: &str, lang: Lang) -> Option<String> {
        let (sector, met) = rule.strip_prefix("sector/")?.split_once('/')?;
        let met = Met::from_code(met)?;
        let name = self.find(sector).map_or(sector, |s| s.name(lang));
        Some(format!("{name}: {}", met.text().get(lang).to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sectors_of_the_product_are_whole() {
        let sectors = Sectors::parse(Sectors::BUILTIN).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!(sectors.all().len(), 10);
        for indicator in Indicator::ALL.iter().filter(|i| !i.from_rules()) {
            assert!(!sectors.rules_of(*indicator).is_empty(), "{indicator:?}");
        }
        let insurance = sectors.find("insurance").unwrap();
        let agency = |code: &str| AgencyCode::parse(code).unwrap();
        assert!(insurance.is_of(&agency("000.00.01.G24")) && insurance.is_of(&agency("G24")));
        assert!(!insurance.is_of(&agency("G01")) && !insurance.is_of(&agency("G241")));
        let rule = insurance.rule(Met::NotFound);
        assert_eq!(sectors.text_of(&rule, Lang::En).unwrap(), "Social and health insurance: not found");
        assert_eq!(sectors.text_of("no-head", Lang::En), None);
    }

    #[test]
    fn headers_are_recognised_in_both_languages() {
        let sectors = Sectors::builtin();
        let of = |headers: &[&str]| {
            let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
            let mapping = sectors.find("insurance").unwrap().recognise(&headers);
            mapping.columns.into_iter().map(|c| c.field.unwrap_or_default()).collect::<Vec<_>>()
        };
        assert_eq!(
            of(&["STT", "Mã số BHXH", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD", "Đơn vị"]),
            ["", KEY, "full_name", "birth_date", "sex", "personal_number", ""]
        );
        assert_eq!(
            of(&[
                "record",
                "personal_number",
                "former_numbers",
                "full_name",
                "birth_date",
                "sex",
                "hometown"
            ]),
            [KEY, "personal_number", "former_numbers", "full_name", "birth_date", "sex", "hometown"]
        );
    }

    #[test]
    fn another_file_adds_and_replaces() {
        let one = |id: &str, told: &str| {
            format!(
                "[[sector]]\nid = \"{id}\"\nvi = \"a\"\nen = \"b\"\nowner_vi = \"c\"\nowner_en = \"d\"\nkey = [\"Mã\"]\n\
                 fields = [\"full-name\"]\ntold = [{told}]\nbasis = \"e\"\ninventory = \"f\"\n"
            )
        };
        let own = Sectors::parse(&(one("eleventh", "") + &one("licences", "\"full-name\""))).unwrap();
        let both = Sectors::builtin().with(own);
        assert_eq!(both.all().len(), 11);
        assert!(both.find("licences").unwrap().told.has(Field::FullName));
        for (text, fault) in [
            (one("x", "\"sex\""), "A field is not compared"),
            (one("X y", ""), "An id has"),
            (one("x", "") + &one("x", ""), "stands twice"),
            (one("x", "").replace("Mã", " "), "is missing"),
        ] {
            let faults = Sectors::parse(&text).unwrap_err();
            assert!(faults[0].en.contains(fault), "{faults:?}");
        }
    }
}
