//! How believable a population is: its counts beside the figures of the sources.

use reference::{
    Era, ethnic_groups,
    projection::{self, AGE_GROUPS, Pyramid},
    provinces, units,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write as _};
use vocabulary::{Lang, PartialDate, Sex, UnitCode};

/// Counts of a population.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Those who live, as far as known.
    pub living: u64,
    /// The dead and missing.
    pub gone: u64,
    /// The living by sex (men first) and age group of five years, the last one of 80 and over.
    pub ages: [[u64; AGE_GROUPS]; 2],
    /// The living of whom sex or year of birth is not known.
    pub unknown: u64,
    /// The living by code of the ethnic group; not known under the empty code.
    pub peoples: BTreeMap<String, u64>,
    /// The living with a temporary residence.
    pub temporary: u64,
    /// The living who are away.
    pub absent: u64,
    /// The living by province before July 2025 in which they live.
    pub provinces: BTreeMap<UnitCode, u64>,
    /// Households by number of members.
    pub sizes: BTreeMap<u64, u64>,
    /// Households by number of generations.
    pub generations: BTreeMap<u64, u64>,
}

/// What a census takes down of a person.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen<'a> {
    /// Sex.
    pub sex: Option<Sex>,
    /// Date of birth.
    pub birth: PartialDate,
    /// Whether the person lives, as far as known.
    pub alive: bool,
    /// Code of the ethnic group, or nothing.
    pub people: &'a str,
    /// Commune before July 2025 in which the person lives, or else is registered.
    pub commune: Option<UnitCode>,
    /// Lives somewhere for a time.
    pub temporary: bool,
    /// Is away from the place of permanent residence.
    pub absent: bool,
}

/// One cell of the pyramid beside the projection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Persons counted.
    pub counted: u64,
    /// Persons due by the projection, had it as many persons altogether.
    pub due: f64,
}

impl Cell {
    /// By how much the count differs, in per cent of what is due.
    pub fn difference(self) -> f64 {
        if self.due > 0.0 { (self.counted as f64 - self.due) * 100.0 / self.due } else { 0.0 }
    }
}

/// A census beside the projection of a year.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    census: &'a Census,
    /// The one province, where there is one.
    province: Option<UnitCode>,
    year: u16,
    source: Pyramid,
}

impl Census {
    /// Takes down a person; `today` tells the age.
    pub fn person(&mut self, seen: Seen<'_>, today: PartialDate) {
        if !seen.alive {
            self.gone += 1;
            return;
        }
        self.living += 1;
        let side = match seen.sex {
            Some(Sex::Male) => Some(0),
            Some(Sex::Female) => Some(1),
            _ => None,
        };
        match (side, seen.birth.age_at(today)) {
            (Some(side), Some(age)) => self.ages[side][usize::from(age / 5).min(AGE_GROUPS - 1)] += 1,
            _ => self.unknown += 1,
        }
        match self.peoples.get_mut(seen.people) {
            Some(count) => *count += 1,
            None => {
                self.peoples.insert(seen.people.to_owned(), 1);
            }
        }
        self.temporary += u64::from(seen.temporary);
        self.absent += u64::from(seen.absent);
        let province = seen.commune.and_then(|c| units::find(c, Era::Before2025)).map(|u| u.province);
        if let Some(province) = province {
            *self.provinces.entry(province).or_default() += 1;
        }
    }

    /// Takes down so many households in which somebody lives.
    pub fn households(&mut self, members: u64, generations: u64, households: u64) {
        if members > 0 {
            *self.sizes.entry(members).or_default() += households;
            *self.generations.entry(generations).or_default() += households;
        }
    }

    /// The census beside the projection of a year: of the province in which nine of ten live, else of all. `None` where
    /// there is no projection for the year.
    pub fn beside(&self, year: u16) -> Option<Comparison<'_>> {
        let total: u64 = self.provinces.values().sum();
        let province =
            self.provinces.iter().find(|(_, count)| **count * 10 >= total * 9).map(|(code, _)| *code);
        let mut source = Pyramid::default();
        for old in provinces::old().iter().filter(|p| province.is_none_or(|code| code == p.code)) {
            let pyramid = projection::pyramid(old.code, year)?;
            for (sum, part) in [(&mut source.male, &pyramid.male), (&mut source.female, &pyramid.female)] {
                sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
            }
        }
        Some(Comparison { census: self, province, year, source })
    }
}

fn group_name(group: usize) -> String {
    if group == AGE_GROUPS - 1 { "80+".to_owned() } else { format!("{}–{}", group * 5, group * 5 + 4) }
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

fn mean(counts: &BTreeMap<u64, u64>) -> f64 {
    let (sum, count) =
        counts.iter().fold((0, 0), |(sum, count), (n, times)| (sum + n * times, count + times));
    sum as f64 / count.max(1) as f64
}

impl Comparison<'_> {
    /// A cell of the pyramid.
    pub fn cell(&self, sex: Sex, group: usize) -> Cell {
        let side = usize::from(sex == Sex::Female);
        let known: u64 = self.census.ages.iter().flatten().sum();
        let due =
            f64::from(self.source.persons(sex, group)) * known as f64 / f64::from(self.source.total().max(1));
        Cell { counted: self.census.ages[side].get(group).copied().unwrap_or_default(), due }
    }

    /// The cell that differs most, in per cent of what is due, among those where at least so many persons are due.
    pub fn largest_difference(&self, at_least: f64) -> f64 {
        let cells = [Sex::Male, Sex::Female].into_iter().flat_map(|s| (0..AGE_GROUPS).map(move |g| (s, g)));
        let cells = cells.map(|(sex, group)| self.cell(sex, group)).filter(|c| c.due >= at_least);
        cells.map(|c| c.difference().abs()).fold(0.0, f64::max)
    }

    fn region(&self, lang: Lang) -> String {
        let name = self.province.and_then(provinces::find_old).map(|p| p.full_name);
        name.unwrap_or(lang.pick("cả nước", "all provinces")).to_owned()
    }

    /// Ethnic groups by share, with the share in the country as the data has it, where it has.
    fn peoples(&self) -> Vec<(&str, &str, u64, Option<f64>)> {
        let country: u64 = provinces::old()
            .iter()
            .filter_map(|p| projection::pyramid(p.code, projection::YEARS[0]))
            .map(|p| u64::from(p.total()))
            .sum();
        let of = |(code, count): (&'_ String, &u64)| {
            let group = ethnic_groups::find(code);
            let source = group.and_then(|g| g.weight).map(|w| share(u64::from(w), country));
            (group.map_or("", |g| g.code), group.map_or("?", |g| g.name), *count, source)
        };
        let mut peoples: Vec<_> = self.census.peoples.iter().map(of).collect();
        peoples.sort_by_key(|(code, _, count, _)| (std::cmp::Reverse(*count), *code));
        peoples
    }

    /// Tables as people read them.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut out = String::new();
        let _ = self.write(lang, &mut out);
        out
    }

    fn write(&self, lang: Lang, out: &mut String) -> std::fmt::Result {
        let c = self.census;
        writeln!(
            out,
            "{}: {}, {} {}; {} {}",
            lang.pick("Dân số", "Population"),
            self.region(lang),
            c.living,
            lang.pick("người còn sống", "living"),
            c.gone,
            lang.pick("đã chết hoặc mất tích", "dead or missing")
        )?;
        writeln!(
            out,
            "{} {} ({})",
            lang.pick("So với dự báo dân số năm", "Beside the projection for"),
            self.year,
            lang.pick("tính theo cùng tổng số", "scaled to the same total")
        )?;
        writeln!(out)?;
        let [ages, men, women, due, off] =
            [("Tuổi", "Age"), ("Nam", "Men"), ("Nữ", "Women"), ("dự báo", "due"), ("lệch %", "off %")]
                .map(|(vi, en)| lang.pick(vi, en));
        writeln!(out, "{ages:>7} {men:>12} {due:>12} {off:>8} {women:>12} {due:>12} {off:>8}")?;
        for group in 0..AGE_GROUPS {
            let (m, f) = (self.cell(Sex::Male, group), self.cell(Sex::Female, group));
            writeln!(
                out,
                "{:>7} {:>12} {:>12.0} {:>8.2} {:>12} {:>12.0} {:>8.2}",
                group_name(group),
                m.counted,
                m.due,
                m.difference(),
                f.counted,
                f.due,
                f.difference()
            )?;
        }
        let sum = |side: usize| c.ages[side].iter().sum::<u64>();
        let due = |sex| (0..AGE_GROUPS).map(|g| self.cell(sex, g).due).sum::<f64>();
        let total = |sex, side| Cell { counted: sum(side), due: due(sex) };
        let (m, f) = (total(Sex::Male, 0), total(Sex::Female, 1));
        writeln!(
            out,
            "{:>7} {:>12} {:>12.0} {:>8.2} {:>12} {:>12.0} {:>8.2}",
            lang.pick("Cộng", "All"),
            m.counted,
            m.due,
            m.difference(),
            f.counted,
            f.due,
            f.difference()
        )?;
        writeln!(
            out,
            "{}: {:.1} ({} {:.1}); {}: {}",
            lang.pick("Số nam trên 100 nữ", "Men to 100 women"),
            share(m.counted, f.counted),
            lang.pick("dự báo", "due"),
            m.due * 100.0 / f.due.max(1.0),
            lang.pick("không rõ giới tính hoặc năm sinh", "sex or year of birth not known"),
            c.unknown
        )?;
        writeln!(out)?;
        for (title, counts) in [
            (lang.pick("Số người trong hộ", "Members of a household"), &c.sizes),
            (lang.pick("Số thế hệ trong hộ", "Generations in a household"), &c.generations),
        ] {
            let all: u64 = counts.values().sum();
            writeln!(
                out,
                "{title} ({} {all}, {} {:.2}):",
                lang.pick("số hộ", "households"),
                lang.pick("trung bình", "mean"),
                mean(counts)
            )?;
            for (n, times) in counts.iter().filter(|(n, _)| **n < 10) {
                writeln!(out, "{n:>7} {times:>12} {:>7.1} %", share(*times, all))?;
            }
            let more: u64 = counts.range(10..).map(|(_, times)| times).sum();
            if more > 0 {
                writeln!(out, "{:>7} {more:>12} {:>7.1} %", "10+", share(more, all))?;
            }
        }
        writeln!(out)?;
        writeln!(
            out,
            "{}:",
            lang.pick(
                "Dân tộc (bên cạnh: tỷ trọng cả nước năm 2019)",
                "Ethnic groups (beside: of the country, 2019)"
            )
        )?;
        for (code, name, count, source) in self.peoples().into_iter().take(15) {
            let source = source.map(|s| format!("{s:.2} %")).unwrap_or_default();
            writeln!(out, "{code:>7} {count:>12} {:>7.2} % {source:>9}  {name}", share(count, c.living))?;
        }
        writeln!(out)?;
        for (title, count) in [
            (lang.pick("Đang tạm trú", "Temporary residents"), c.temporary),
            (lang.pick("Đang tạm vắng", "Absent"), c.absent),
        ] {
            writeln!(out, "{title}: {count} ({:.2} %)", share(count, c.living))?;
        }
        Ok(())
    }

    /// The same for programs.
    pub fn to_json(&self) -> Value {
        let cells = |sex| -> Vec<Value> {
            let cell = |group| {
                let cell = self.cell(sex, group);
                let difference = (cell.difference() * 1000.0).round() / 1000.0;
                json!({"ages": group_name(group), "counted": cell.counted, "due": cell.due.round(), "difference_percent": difference})
            };
            (0..AGE_GROUPS).map(cell).collect()
        };
        let c = self.census;
        let peoples: Vec<Value> = self
            .peoples()
            .into_iter()
            .map(|(code, _, count, source)| {
                json!({"code": code, "counted": count, "percent": share(count, c.living), "country_2019_percent": source})
            })
            .collect();
        json!({
            "province": self.province.map_or("all", |_| "").to_owned() + self.province.as_ref().map_or("", |p| p.as_str()),
            "year": self.year,
            "living": c.living,
            "dead_or_missing": c.gone,
            "not_known": c.unknown,
            "men": cells(Sex::Male),
            "women": cells(Sex::Female),
            "household_sizes": c.sizes.iter().map(|(n, t)| (n.to_string(), json!(t))).collect::<serde_json::Map<_, _>>(),
            "household_size_mean": mean(&c.sizes),
            "generations": c.generations.iter().map(|(n, t)| (n.to_string(), json!(t))).collect::<serde_json::Map<_, _>>(),
            "ethnic_groups": peoples,
            "temporary_residents": c.temporary,
            "absent": c.absent,
        })
    }
}
