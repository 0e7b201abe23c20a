//! What agreement is worth (Fellegi and Sunter 1969), as three shares for each level of agreement: among records of one
//! person, among any two records, and among two of one family. The shares of one person and of a family follow what
//! `dancu quality link` learns without labels from invented populations, rounded; the shares of any two come from the
//! registry itself where values differ in frequency (names, days), and else from how many values there are.

use super::{KinNames, Likeness, Reason, Topic, name_of};
use crate::model::{Person, Relative};
use linkage::{CERTAIN, Kind, two, two::Agreement};
use reference::{Era, units};
use std::collections::HashMap;
use vocabulary::{PersonId, UnitCode};

/// Second records that one expects of a person who comes to be registered.
const EXPECTED: f64 = 0.05;
/// Parents, children, brothers, sisters and spouses of a person.
const KIN: f64 = 5.0;
/// A registry of fewer persons is weighed as if it had so many: in a small one nothing is frequent.
const FEWEST: f64 = 100_000.0;
/// Persons of a commune.
const COMMUNE: f64 = 30_000.0;
/// Years over which births are spread.
const YEARS: f64 = 80.0;
/// Days over which births are spread.
const DAYS: f64 = 365.25 * YEARS;

/// How frequent the values are in the registry that the asked person has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frequency {
    /// Persons in the registry.
    pub persons: i64,
    /// Of folded names: the share of persons who bear one.
    pub names: HashMap<String, f64>,
    /// The share of persons born on the day; 0 where it is not known.
    pub day: f64,
}

impl Frequency {
    pub(crate) fn new(persons: i64) -> Frequency {
        Frequency { persons, ..Frequency::default() }
    }

    fn size(&self) -> f64 {
        (self.persons as f64).max(FEWEST)
    }

    /// Notes how many bear a name: all, as far as counted, and those of one year.
    pub(crate) fn note_name(&mut self, key: String, all: i64, most: i64, of_year: i64) {
        let counted = all.max(1) as f64 / self.size();
        let estimated = of_year as f64 * YEARS / self.size();
        let share = if all < most { counted } else { counted.max(estimated) };
        self.names.insert(key, share.min(1.0));
    }

    /// Notes the share of those who bear a name among others, where it is higher than in the registry.
    pub(crate) fn note_share(&mut self, key: &str, share: f64) {
        let known = self.names.entry(key.to_owned()).or_default();
        *known = known.max(share.min(1.0));
    }

    /// Notes how many were born on the day.
    pub(crate) fn note_day(&mut self, born: usize) {
        self.day = born as f64 / self.size();
    }

    fn name(&self, a: &Person, b: &Person) -> f64 {
        let share = |p: &Person| {
            let name = p.name.as_ref()?;
            self.names.get(&name.folded()).copied()
        };
        let least = 1.0 / self.size();
        share(a).unwrap_or(least).max(share(b).unwrap_or(least)).max(least)
    }
}

/// The shares of a level among one person's records, any two and two of one family.
type Shares = [f64; 3];

struct Weigher<'a> {
    frequency: &'a Frequency,
    kin: &'a KinNames,
    found: Vec<(Topic, Agreement, Shares)>,
}

/// Weighs two records against each other.
pub(crate) fn weigh(asked: &Person, other: &Person, kin: &KinNames, frequency: &Frequency) -> Likeness {
    let mut weigher = Weigher { frequency, kin, found: Vec::with_capacity(9) };
    weigher.name(asked, other);
    weigher.birth(asked, other);
    weigher.sex(asked, other);
    weigher.numbers(asked, other);
    weigher.place(asked, other);
    weigher.relative(Topic::Father, asked.father.as_ref(), other.father.as_ref());
    weigher.relative(Topic::Mother, asked.mother.as_ref(), other.mother.as_ref());
    weigher.phones(asked, other);
    weigher.sum(other.id)
}

impl Weigher<'_> {
    fn add(&mut self, topic: Topic, agreement: Agreement, shares: Shares) {
        if agreement.level > 0 {
            self.found.push((topic, agreement, shares));
        }
    }

    fn name(&mut self, a: &Person, b: &Person) {
        let all = |p: &Person| p.name.iter().chain(&p.other_names).cloned().collect::<Vec<_>>();
        let others = all(b);
        let levels = all(a).into_iter().flat_map(|x| {
            let compare = move |y: &vocabulary::FullName| two::names(Kind::Name, x.reveal(), y.reveal());
            others.iter().map(compare).collect::<Vec<_>>()
        });
        let Some(best) = levels.filter(|l| l.level > 0).min_by_key(|l| l.level) else { return };
        let share = self.frequency.name(a, b);
        let near = (4.0 * share).clamp(1e-6, 0.02);
        let shares = match best.level {
            1 => [0.62, share, 0.0003],
            2 => [0.18, share, 0.0003],
            3 => [0.05, share, 0.0003],
            4 => [0.06, near, 0.003],
            5 => [0.05, near, 0.006],
            6 => [0.02, 0.03, 0.25],
            _ => [0.02, 0.97, 0.74],
        };
        self.add(Topic::Name, best, shares);
    }

    fn birth(&mut self, a: &Person, b: &Person) {
        let (x, y) = (a.birth_date, b.birth_date);
        let agreement = two::dates(x, y);
        let shares = if x.is_whole() && y.is_whole() {
            match agreement.level {
                1 => [0.83, self.frequency.day.clamp(0.5 / DAYS, 0.1), 0.012],
                3 => [0.06, 0.4 / DAYS, 0.0002],
                4 => [0.05, 18.0 / DAYS, 0.006],
                5 => [0.03, 0.015, 0.04],
                _ => [0.03, 0.98, 0.94],
            }
        } else {
            let with_month = x.month().is_some() && y.month().is_some();
            match agreement.level {
                1 | 2 if with_month => [0.93, 1.0 / YEARS / 12.0, 0.008],
                1 | 2 => [0.93, 1.0 / YEARS, 0.05],
                3 | 4 => [0.03, 0.06, 0.08],
                _ => [0.04, 0.93, 0.87],
            }
        };
        self.add(Topic::BirthDate, agreement, shares);
    }

    fn sex(&mut self, a: &Person, b: &Person) {
        let agreement = two::sexes(a.sex, b.sex);
        self.add(
            Topic::Sex,
            agreement,
            if agreement.level == 1 { [0.99, 0.5, 0.5] } else { [0.01, 0.5, 0.5] },
        );
    }

    fn numbers(&mut self, a: &Person, b: &Person) {
        let own = |p: &Person| -> Vec<String> {
            let past = p.past_numbers.iter().map(|claim| claim.number);
            p.number.into_iter().chain(past).map(|n| n.reveal()).collect()
        };
        let former =
            |p: &Person| -> Vec<String> { p.former_numbers.iter().map(|c| c.number.reveal()).collect() };
        // Some bear another's number by mistake.
        let mistaken = 0.01 / self.frequency.size();
        let agreement = best(Kind::Number, &own(a), &own(b));
        let shares = match agreement.level {
            1 => [0.75, mistaken, 0.001],
            // The last six digits are random by law; some were given in order.
            2 => [0.15, 3e-7, 0.02],
            3 => [0.01, 1e-6, 0.03],
            _ => [0.09, 1.0, 0.95],
        };
        self.add(Topic::Number, agreement, shares);
        let agreement = best(Kind::FormerNumber, &former(a), &former(b));
        let shares = match agreement.level {
            1 => [0.8, mistaken, 0.001],
            2 => [0.08, 1e-7, 0.01],
            3 => [0.01, 3e-6, 0.01],
            _ => [0.11, 1.0, 0.98],
        };
        self.add(Topic::FormerNumber, agreement, shares);
    }

    fn place(&mut self, a: &Person, b: &Person) {
        let (x, y) = (places(a), places(b));
        if x.is_empty() || y.is_empty() {
            return;
        }
        let near = |same: fn(UnitCode, UnitCode) -> bool| x.iter().any(|x| y.iter().any(|y| same(*x, *y)));
        let province = |x, y| {
            let of = |unit| units::province_of(unit, Era::Since2025).map(|p| p.code);
            of(x).is_some() && of(x) == of(y)
        };
        let (level, shares) = match () {
            // Where a registry is that of a commune, to live there says nothing.
            () if near(|x, y| x == y) => {
                (1, [0.5, (COMMUNE / self.frequency.size()).clamp(0.0006, 0.5), 0.7])
            }
            () if near(province) => (2, [0.28, 0.04, 0.15]),
            () => (3, [0.22, 0.96, 0.15]),
        };
        self.add(Topic::Place, two::places(level), shares);
    }

    fn relative(&mut self, topic: Topic, a: Option<&Relative>, b: Option<&Relative>) {
        let (Some(x), Some(y)) = (name_of(a, self.kin), name_of(b, self.kin)) else { return };
        let record = |r: Option<&Relative>| r.and_then(|r| r.person);
        let same = record(a).is_some() && record(a) == record(b);
        let compared = two::names(Kind::RelativeName, x.reveal(), y.reveal());
        let agreement = if same { Agreement { level: 1, ..compared } } else { compared };
        let shares = match agreement.level {
            1 => [0.72, 0.0002, 0.55],
            2 => [0.12, 0.00005, 0.05],
            3 => [0.02, 0.00005, 0.01],
            4 => [0.05, 0.0005, 0.02],
            5 => [0.04, 0.0005, 0.02],
            6 => [0.02, 0.03, 0.05],
            _ => [0.03, 0.97, 0.3],
        };
        self.add(topic, agreement, shares);
    }

    fn phones(&mut self, a: &Person, b: &Person) {
        let agreement = best(Kind::Phone, &a.contact.phones, &b.contact.phones);
        let shares = match agreement.level {
            1 => [0.4, 1e-6, 0.3],
            2 => [0.03, 1e-6, 0.01],
            _ => [0.57, 1.0, 0.69],
        };
        self.add(Topic::Phone, agreement, shares);
    }

    /// Adds up, against strangers or kin, whoever explains the likeness better.
    fn sum(mut self, person: PersonId) -> Likeness {
        let level = |wanted| self.found.iter().find(|f| f.0 == wanted).map_or(0, |f| f.1.level);
        // In a family children of one day are twins, who are not given one name.
        if (1..=3).contains(&level(Topic::Name)) && level(Topic::BirthDate) == 1 {
            let name = self.found.iter_mut().find(|f| f.0 == Topic::Name);
            name.into_iter().for_each(|(.., shares)| shares[2] = 0.00002);
        }
        let start = |others: f64| (EXPECTED / others).log2() as f32;
        let says = |shares: &Shares, against: usize| (shares[0] / shares[against]).log2() as f32;
        let weight =
            |start: f32, against| start + self.found.iter().map(|f| says(&f.2, against)).sum::<f32>();
        let starts = [start(self.frequency.size()), start(KIN)];
        let weights = [weight(starts[0], 1), weight(starts[1], 2)];
        let against = usize::from(weights[1] < weights[0]);
        let doubt = self.found.iter().any(|(_, agreement, _)| agreement.is_in_doubt());
        let sure = (CERTAIN / (1.0 - CERTAIN)).log2() as f32;
        Likeness {
            person,
            weight: weights[against],
            start: starts[against],
            against_kin: against == 1,
            certain: weights[against] >= sure && !doubt,
            reasons: self
                .found
                .iter()
                .map(|(topic, agreement, shares)| Reason {
                    topic: *topic,
                    agreement: *agreement,
                    weight: says(shares, against + 1),
                })
                .collect(),
        }
    }
}

/// The best agreement among several numbers of two people.
fn best(kind: Kind, a: &[String], b: &[String]) -> Agreement {
    let levels = a.iter().flat_map(|x| b.iter().map(|y| two::numbers(kind, x, y)));
    levels.filter(|l| l.level > 0).min_by_key(|l| l.level).unwrap_or(Agreement { kind, level: 0 })
}

/// The communes of today in which a person lives or lived last.
fn places(p: &Person) -> Vec<UnitCode> {
    let today = |a: &vocabulary::Address| {
        a.new_unit.or_else(|| a.old_unit.and_then(units::successor).map(|unit| unit.code))
    };
    let mut all: Vec<UnitCode> = [&p.permanent, &p.current].into_iter().filter_map(today).collect();
    if all.is_empty() {
        all.extend(p.residences.iter().rev().find_map(|r| today(&r.address)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Contact;
    use proptest::prelude::*;
    use vocabulary::{Address, FullName, PartialDate, PersonalNumber, Sex};

    fn person(id: i64, name: &str, born: &str, sex: Sex) -> Person {
        let mut p = Person::new(PersonId(id));
        p.registered = true;
        p.name = FullName::parse(name).ok();
        p.birth_date = PartialDate::parse(born).unwrap();
        p.sex = Some(sex);
        p.permanent = Address { new_unit: UnitCode::parse("22366").ok(), ..Address::default() };
        p.father = Some(Relative::named(FullName::parse("Trần Văn Đức").unwrap()));
        p.mother = Some(Relative::recorded(PersonId(2)));
        p
    }

    fn of(a: &Person, b: &Person) -> Likeness {
        let kin = KinNames::from([(PersonId(2), FullName::parse("Nguyễn Thị Hòa").unwrap())]);
        let mut frequency = Frequency::new(10_000_000);
        for p in [a, b] {
            frequency.note_name(p.name.as_ref().map(|n| n.folded()).unwrap_or_default(), 5_000, 64, 60);
        }
        frequency.note_day(340);
        let found = weigh(a, b, &kin, &frequency);
        let sum = found.start + found.reasons.iter().map(|r| r.weight).sum::<f32>();
        assert!((sum - found.weight).abs() < 1e-3, "reasons add up to the weight");
        found
    }

    #[test]
    fn twins_and_sisters_are_not_one_person() {
        let first = person(1, "Trần Thị Ngọc Lan", "2025-03-02", Sex::Female);
        for (name, born, sex) in [
            ("Trần Thị Ngọc Mai", "2025-03-02", Sex::Female),
            ("Trần Văn Lan", "2025-03-02", Sex::Male),
            ("Trần Thị Ngọc Liên", "2023-05-20", Sex::Female),
        ] {
            let found = of(&first, &person(3, name, born, sex));
            assert!(found.probability() < 0.1 && found.against_kin, "{name}: {}", found.weight);
        }
        let again = of(&first, &person(3, "Tran Thi Ngoc Lan", "2025-03-02", Sex::Female));
        assert!(again.probability() > 0.9, "{}", again.weight);
    }

    #[test]
    fn one_number_is_one_person_unless_all_else_differs() {
        let mut a = person(1, "Nguyễn Thị Hòa", "1985-03-12", Sex::Female);
        a.number = PersonalNumber::parse("056185001234").ok();
        let mut b = a.clone();
        b.number = PersonalNumber::parse("056185001243").ok();
        assert!(of(&a, &b).certain);
        let mut child = person(4, "Trần Minh An", "2015-07-01", Sex::Male);
        child.number = a.number;
        let found = of(&a, &child);
        assert!(found.probability() < 0.5 && !found.certain, "{}", found.weight);
    }

    #[test]
    fn a_namesake_of_a_frequent_name_is_nobody_in_particular() {
        let bare = |id, year: &str, unit: &str| Person {
            father: None,
            mother: None,
            permanent: Address { new_unit: UnitCode::parse(unit).ok(), ..Address::default() },
            ..person(id, "Nguyễn Thị Hòa", year, Sex::Female)
        };
        assert!(of(&bare(1, "1985", "22366"), &bare(2, "1985", "00004")).probability() < 0.01);
        let same = of(&bare(1, "1985-03-12", "22366"), &bare(2, "1985-03-12", "22366"));
        assert!(same.probability() > 0.9 && !same.certain, "{}", same.weight);
    }

    proptest! {
        #[test]
        fn weighing_is_the_same_both_ways(swap in any::<bool>(), year in 1930u16..2025, phone in 0u32..3) {
            let mut a = person(1, "Lê Thị Thu Hà", "1990-05-02", Sex::Female);
            let mut b = person(5, if swap { "Lê Thu Thị Hà" } else { "Le Thi Thu Ha" }, &year.to_string(), Sex::Female);
            a.contact = Contact { phones: vec!["0912345678".into()], ..Contact::default() };
            b.contact = Contact { phones: vec![format!("091234567{}", 6 + phone)], ..Contact::default() };
            prop_assert!((of(&a, &b).weight - of(&b, &a).weight).abs() < 1e-4);
        }
    }
}
