//! Families: people who share parents, address, telephone and sometimes a number by mistake are not one person, and what
//! the engine calls likely is right about as often as it says.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use linkage::{Options, link, probability};
use std::{collections::HashSet, fmt::Write, fs};
use tempfile::TempDir;

const FAMILIES: [&str; 10] = ["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Hoàng", "Đỗ"];
const MIDDLES: [&str; 8] = ["Văn", "Thị", "Minh", "Ngọc", "Hữu", "Thanh", "Kim", "Quốc"];
const GIVEN: [&str; 24] = [
    "Hòa", "Lan", "Đức", "Hùng", "Tuấn", "Mai", "Quyên", "Thúy", "Bình", "Sơn", "Yến", "Phúc", "An", "Cường",
    "Dung", "Giang", "Hạnh", "Khánh", "Linh", "Nam", "Oanh", "Trang", "Vinh", "Xuân",
];

/// One record; what a family shares is copied from one to the other.
#[derive(Clone)]
struct Record {
    name: String,
    born: [usize; 3],
    sex: &'static str,
    number: String,
    phone: String,
    address: String,
    parents: [String; 2],
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn person(&mut self, family: &str, years: (usize, usize), home: &Record) -> Record {
        let name = format!("{family} {} {} {}", self.pick(&MIDDLES), self.pick(&MIDDLES), self.pick(&GIVEN));
        let born = [1 + self.below(28), 1 + self.below(12), years.0 + self.below(years.1)];
        let number = format!("0{:02}{:03}{:06}", self.below(60), born[2] % 1000, self.below(1_000_000));
        Record { name, born, sex: self.pick(&["nam", "nữ"]), number, ..home.clone() }
    }
}

/// Families of two parents and up to four children, among them twins; every thirtieth person has a second record, every
/// fiftieth bears the number of another of the family.
fn families(count: usize, seed: u64) -> (String, HashSet<(String, String)>) {
    let mut chance = Chance(seed);
    let mut csv =
        String::from("id,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Điện thoại,Địa chỉ,Họ tên cha,Họ tên mẹ\n");
    let mut truth = HashSet::new();
    let mut next = 0;
    let write = |csv: &mut String, id: &str, r: &Record| {
        let [day, month, year] = r.born;
        let born = if day == 0 { format!("{year}") } else { format!("{day:02}/{month:02}/{year}") };
        let rest = format!("{},{},{},{}", r.phone, r.address, r.parents[0], r.parents[1]);
        writeln!(csv, "{id},{},{born},{},{},{rest}", r.name, r.sex, r.number).unwrap();
    };
    for _ in 0..count {
        let home = Record {
            name: String::new(),
            born: [0; 3],
            sex: "nam",
            number: String::new(),
            phone: format!("09{:08}", chance.below(100_000_000)),
            address: format!("{} {} {}", 1 + chance.below(200), chance.pick(&GIVEN), chance.pick(&MIDDLES)),
            parents: [String::new(), String::new()],
        };
        let (of_father, of_mother) = (chance.pick(&FAMILIES), chance.pick(&FAMILIES));
        let mut people =
            vec![chance.person(of_father, (1950, 35), &home), chance.person(of_mother, (1950, 35), &home)];
        let house = Record { parents: [people[0].name.clone(), people[1].name.clone()], ..home };
        for _ in 0..chance.below(5) {
            let child = chance.person(of_father, (1980, 40), &house);
            people.push(child);
            if chance.below(40) == 0 {
                let twin = chance.person(of_father, (1980, 40), &house);
                let born = people.last().unwrap().born;
                people.push(Record { born, ..twin });
            }
        }
        for n in 0..people.len() {
            if n > 0 && chance.below(50) == 0 {
                people[n].number = people[0].number.clone();
            }
            let person = &people[n];
            write(&mut csv, &next.to_string(), person);
            if chance.below(30) == 0 {
                let mut copy = person.clone();
                match chance.below(3) {
                    0 => copy.number.clear(),
                    1 => copy.number.replace_range(11..12, "7"),
                    _ => {}
                }
                match chance.below(4) {
                    0 => copy.name = vocabulary::fold(&copy.name),
                    1 => {
                        let words: Vec<&str> = person.name.split(' ').collect();
                        copy.name = [words[0], words[2], words[3]].join(" ");
                    }
                    _ => {}
                }
                match chance.below(6) {
                    0 => copy.born[0] = 0,
                    1 => copy.born.swap(0, 1),
                    _ => {}
                }
                if chance.below(2) == 0 {
                    copy.address = format!("{} {}", 1 + chance.below(200), chance.pick(&GIVEN));
                }
                write(&mut csv, &format!("d{next}"), &copy);
                truth.insert((next.to_string(), format!("d{next}")));
            }
            next += 1;
        }
    }
    (csv, truth)
}

#[test]
fn kin_are_told_apart_and_probabilities_are_kept() {
    for seed in [1, 2] {
        let folder = TempDir::new().unwrap();
        let (csv, truth) = families(6000, seed);
        let path = folder.path().join("people.csv");
        fs::write(&path, csv).unwrap();
        let linked = link(&path, None, &Options { threshold: 0.01, ..Options::default() }).unwrap();
        let id = |record: u32| String::from_utf8_lossy(&linked.id(record)).into_owned();
        let likely: Vec<_> = linked.pairs().iter().filter(|pair| pair.weight >= 0.0).collect();
        let right =
            likely.iter().filter(|pair| truth.contains(&(id(pair.left), id(pair.right)))).count() as f64;
        let (precision, recall) = (right / likely.len() as f64, right / truth.len() as f64);
        assert!(precision > 0.97 && recall > 0.95, "seed {seed}: {precision} {recall}");
        let promised: f64 = linked.pairs().iter().map(|pair| probability(pair.weight)).sum();
        assert!((promised / right - 1.0).abs() < 0.05, "seed {seed}: {promised} promised, {right} right");
    }
}
