//! The engine through its face: what it finds, what it says, and what it refuses.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use linkage::{LinkError, Linked, Model, Options, link};
use std::{fmt::Write, fs, path::PathBuf};
use tempfile::TempDir;

const FAMILIES: [&str; 8] = ["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi"];
const MIDDLES: [&str; 6] = ["Văn", "Thị", "Minh", "Ngọc", "Hữu", "Thanh"];
const GIVEN: [&str; 12] =
    ["Hòa", "Lan", "Đức", "Hùng", "Tuấn", "Mai", "Quyên", "Thúy", "Bình", "Sơn", "Yến", "Phúc"];

/// Invented people, `count` of them, and for every fifth a second record with something spoilt.
fn people(count: usize, seed: u64) -> (String, String) {
    let mut csv = String::from("id,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Điện thoại,Địa chỉ\n");
    let mut truth = String::from("id_a,id_b\n");
    let mut state = seed;
    let mut draw = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    };
    for n in 0..count {
        let (family, middle, given) =
            (FAMILIES[draw(8)], [MIDDLES[draw(6)], MIDDLES[draw(6)]], GIVEN[draw(12)]);
        let (day, month, year) = (1 + draw(28), 1 + draw(12), 1940 + draw(80));
        let (serial, phone) = (draw(1_000_000), draw(10_000_000));
        let (house, street, sex) = (1 + draw(300), GIVEN[draw(12)], ["nam", "nữ"][draw(2)]);
        let name = format!("{family} {} {} {given}", middle[0], middle[1]);
        let rest = format!("{sex},0560{:02}{serial:06},091{phone:07},{house} đường {street}", year % 100);
        writeln!(csv, "{n},{name},{day:02}/{month:02}/{year},{rest}").unwrap();
        if n % 5 == 0 {
            let name = match draw(4) {
                0 => format!("{} {} {given} {family}", middle[0], middle[1]),
                1 => format!("{family} {} {given}", middle[0]),
                2 => vocabulary::fold(&name),
                _ => name,
            };
            let rest = match draw(3) {
                0 => format!("{sex},,091{phone:07},"),
                1 => format!("{sex},0560{:02}{:06},,", year % 100, serial ^ 1),
                _ => rest,
            };
            writeln!(csv, "d{n},{name},{day:02}/{month:02}/{year},{rest}").unwrap();
            writeln!(truth, "{n},d{n}").unwrap();
        }
    }
    (csv, truth)
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(TempDir::new().unwrap())
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn linked(&self, text: &str, threads: usize) -> Linked {
        let path = self.file("left.csv", text);
        link(&path, None, &Options { threads, ..Options::default() }).unwrap()
    }

    fn pairs(&self, linked: &Linked) -> String {
        let path = self.0.path().join("pairs.csv");
        linked.write_pairs(&path).unwrap();
        fs::read_to_string(path).unwrap()
    }
}

#[test]
fn second_records_are_found() {
    let folder = Folder::new();
    let (csv, truth) = people(4000, 7);
    let mut linked = folder.linked(&csv, 2);
    linked.measure(&folder.file("truth.csv", truth)).unwrap();
    let measured = linked.summary.measured.clone().unwrap();
    assert!(measured.pairs.f1 > 0.97, "{measured:?}");
    assert!(measured.certain.precision >= 0.999, "{measured:?}");
    assert!(measured.clusters.f1 > 0.97, "{measured:?}");
}

#[test]
fn threads_change_nothing() {
    let folder = Folder::new();
    let (csv, _) = people(3000, 3);
    let one = folder.linked(&csv, 1);
    for threads in [2, 5] {
        let more = folder.linked(&csv, threads);
        assert_eq!(more.model, one.model);
        assert_eq!(folder.pairs(&more), folder.pairs(&one));
        assert!((0..one.summary.left as u32).all(|n| one.cluster(n) == more.cluster(n)));
    }
    assert!(one.summary.pairs > 0);
}

#[test]
fn memory_changes_nothing() {
    let folder = Folder::new();
    let (csv, truth) = people(9000, 17);
    let mut whole = folder.linked(&csv, 2);
    let left = folder.file("left.csv", &csv);
    for memory in [1, 1 << 20] {
        let mut spilt = link(&left, None, &Options { memory, ..Options::default() }).unwrap();
        assert!(whole.summary.spilt == 0 && spilt.summary.spilt > 100_000, "{}", spilt.summary.spilt);
        assert_eq!(spilt.model, whole.model);
        assert_eq!(folder.pairs(&spilt), folder.pairs(&whole));
        let truth = folder.file("truth.csv", &truth);
        spilt.measure(&truth).unwrap();
        whole.measure(&truth).unwrap();
        assert_eq!(spilt.summary.measured, whole.summary.measured);
    }
}

#[test]
fn explanations_add_up() {
    let folder = Folder::new();
    for seed in 0..8 {
        let linked = folder.linked(&people(600, seed).0, 2);
        assert!(!linked.pairs().is_empty());
        for pair in linked.pairs() {
            let (start, reasons, _) = linked.explain(pair);
            let sum: f32 = start + reasons.iter().map(|reason| reason.weight).sum::<f32>();
            assert!((sum - pair.weight).abs() < 0.001, "{sum} {pair:?} {reasons:?}");
            assert!(reasons.iter().all(|r| !r.vi.is_empty() && !r.en.is_empty()));
        }
    }
}

#[test]
fn a_model_that_was_kept_gives_the_same_pairs() {
    let folder = Folder::new();
    let (csv, _) = people(2000, 5);
    let learnt = folder.linked(&csv, 2);
    let path = folder.0.path().join("model.json");
    learnt.write_model(&path).unwrap();
    let model = Model::parse(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(model, learnt.model);
    let left = folder.file("again.csv", &csv);
    let again = link(&left, None, &Options { model: Some(model.clone()), ..Options::default() }).unwrap();
    assert_eq!(folder.pairs(&again), folder.pairs(&learnt));
    let other = folder.file("other.csv", "id,sex\n1,nam\n2,nam\n");
    let refused = link(&other, None, &Options { model: Some(model), ..Options::default() });
    assert!(matches!(refused, Err(LinkError::Model { .. })));
}

#[test]
fn between_two_files_partners_are_one_to_one() {
    let folder = Folder::new();
    let (csv, _) = people(1000, 11);
    let header = csv.lines().next().unwrap();
    let right: String =
        csv.lines().filter(|line| line.starts_with('d')).fold(format!("{header}\n"), |all, line| {
            // Each second record twice: only one of the two can be the partner.
            format!("{all}{line}\nx{line}\n")
        });
    let left: String =
        csv.lines().filter(|line| !line.starts_with('d')).map(|line| format!("{line}\n")).collect();
    let (left, right) = (folder.file("l.csv", left), folder.file("r.csv", right));
    let linked = link(&left, Some((&right).into()), &Options::default()).unwrap();
    assert!(linked.summary.clusters > 150, "{:?}", linked.summary.clusters);
    assert_eq!(linked.summary.clustered, 2 * linked.summary.clusters);
}

/// A hundred thousand identical names, one value in all rows, an empty column: the work stays in proportion to
/// the rows.
#[test]
fn hostile_columns_cost_no_more_than_their_rows() {
    const ROWS: usize = 120_000;
    let mut csv = String::from("full_name,sex,personal_number,birth_date,phone\n");
    (0..ROWS).for_each(|_| csv.push_str("Nguyễn Văn An,nam,,01/01/1980,0912345678\n"));
    let folder = Folder::new();
    let linked = folder.linked(&csv, 2);
    let spilt = Options { memory: 1, ..Options::default() };
    let spilt = link(&folder.file("left.csv", &csv), None, &spilt).unwrap();
    assert!(spilt.summary.spilt > 0);
    for rule in linked.summary.rules.iter().chain(&spilt.summary.rules) {
        assert!(rule.compared <= 3 * ROWS as u64, "{rule:?}");
    }
    assert!(linked.summary.rules.iter().any(|rule| rule.large_blocks == 1));
    assert_eq!(linked.summary.pairs, 0, "a value that everybody has says nothing");
}

#[test]
fn what_does_not_fit_is_refused_with_a_message() {
    let folder = Folder::new();
    let refused = |text: &[u8], options: &Options<'_>| {
        link(&folder.file("bad.csv", text), None, options)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    let plain = Options::default();
    assert!(refused(b"a,b\n1,2\n", &plain).contains("no header is known"));
    assert!(refused(b"name,sex\nA\n", &plain).contains("line 2"));
    assert!(refused(b"id,name\n1,A\n1,B\n", &plain).contains("record 2"));
    let twice = folder.file("twice.csv", "id,name\n1,A\n1,B\n,C\n");
    let linked = link(&twice, None, &Options { may_repeat: true, ..Options::default() }).unwrap();
    assert_eq!([0, 1, 2].map(|record| linked.id(record)), [b"1".as_slice(), b"1#2", b"#3"]);
    let long = [b"name\n".as_slice(), &vec![b'a'; 10 << 20], b"\n"].concat();
    assert!(refused(&long, &plain).contains("64 KB"));
    let unclosed = [b"name\n\"".as_slice(), &vec![b'a'; 70 << 20]].concat();
    assert!(refused(&unclosed, &plain).contains("64 MB"));
    let other_id = Options { id: Some("nummer".into()), ..Options::default() };
    assert!(refused(b"name\nA\n", &other_id).contains("no column nummer"));

    let mut linked = folder.linked(&people(200, 1).0, 1);
    let alien = folder.file("alien.csv", "id_a,id_b\nq1,q2\n");
    assert!(matches!(linked.measure(&alien), Err(LinkError::Truth { unknown: 1, pairs: 1 })));
    let headless = folder.file("headless.csv", "a,b\n1,2\n");
    assert!(matches!(linked.measure(&headless), Err(LinkError::NoColumn { .. })));
    let nothing = folder.linked("name,sex\n", 2);
    assert_eq!(nothing.summary.pairs, 0);
}

#[test]
fn a_number_that_identifies_is_compared_too() {
    let folder = Folder::new();
    let (csv, _) = people(1500, 23);
    // Every number once; somebody without one is named by the row.
    let mut seen = std::collections::HashSet::new();
    let once = |line: &&str| seen.insert(line.split(',').nth(4).unwrap().to_owned());
    let lines: Vec<&str> = csv.lines().filter(once).collect();
    let path = folder.file("register.csv", format!("{}\nz,Lê Văn Tám,01/01/1970,nam,,,\n", lines.join("\n")));
    let file = fs::File::open(&path).unwrap();
    let options = Options { id: Some("Số CCCD".into()), ..Options::default() };
    let linked = link(linkage::Input::Open("register", &file), None, &options).unwrap();
    assert!(linked.summary.pairs > 20);
    let (_, reasons, _) = linked.explain(&linked.pairs()[0]);
    assert!(reasons.iter().any(|reason| reason.column == "Số CCCD"));
    let row = |line: &str| lines.iter().position(|l| *l == line).unwrap();
    let nameless = lines.iter().find(|line| line.split(',').nth(4) == Some("")).unwrap();
    assert_eq!(linked.id(row(nameless) as u32 - 1), format!("#{}", row(nameless)).into_bytes());
}

/// More than two numbers in a cell, and names in each other's column.
#[test]
fn the_fourth_number_and_exchanged_names_are_seen() {
    let folder = Folder::new();
    let (csv, _) = people(2000, 29);
    let mut with = String::from("id,Họ,Tên,Ngày sinh,Số CMND\n");
    for (n, line) in csv.lines().skip(1).enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let (family, given) = cells[1].split_once(' ').unwrap();
        writeln!(with, "{},{family},{given},{},{}", cells[0], cells[2], 300_000_000 + 7919 * n).unwrap();
    }
    with.push_str("s1,Đinh,Bá Thọ,01/02/1960,212345678|212345600|212345601|225111222\n");
    with.push_str("s2,Bá Thọ,Đinh,01/02/1960,225111222\n");
    let linked = folder.linked(&with, 2);
    let mut pairs = linked.pairs().iter();
    let pair = pairs.find(|pair| linked.id(pair.left) == b"s1" && linked.id(pair.right) == b"s2").unwrap();
    let (_, reasons, _) = linked.explain(pair);
    let said = |column: &str| reasons.iter().find(|reason| reason.column == column).unwrap().en;
    assert_eq!((said("Số CMND"), said("Họ")), ("the same", "in the column of another part of the name"));
}

#[test]
fn one_of_several_numbers_in_a_cell_is_enough() {
    let folder = Folder::new();
    let (csv, _) = people(2000, 13);
    let mut lines = csv.lines();
    let mut with = format!("{},Số CMND\n", lines.next().unwrap());
    for (n, line) in lines.enumerate() {
        writeln!(with, "{line},{}", 300_000_000 + 7919 * n).unwrap();
    }
    with.push_str("s1,Đinh Bá Thọ,01/02/1960,nam,,,,212345678|225111222\n");
    with.push_str("s2,Đinh Bá Thọ,01/02/1960,nam,,,,225111222\n");
    let linked = folder.linked(&with, 2);
    let mut pairs = linked.pairs().iter();
    let pair = pairs.find(|pair| linked.id(pair.left) == b"s1" && linked.id(pair.right) == b"s2").unwrap();
    let (_, reasons, _) = linked.explain(pair);
    let number = reasons.iter().find(|reason| reason.column == "Số CMND").unwrap();
    assert!(number.en == "the same" && number.weight > 10.0, "{number:?}");
}
