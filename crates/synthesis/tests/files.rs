//! What the files of a population promise: the same bytes for a seed, numbers that repeat nowhere, a truth that is
//! found in the data, ages as projected.

#![allow(clippy::unwrap_used, clippy::panic)]

use population::acts::Act;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs,
    path::Path,
};
use synthesis::{Options, Region, STORY_PERSONS, families, survey, write_files};
use vocabulary::{PartialDate, UnitCode};

fn options(persons: u64, region: &str, faults: f64) -> Options {
    let region = match region {
        "all" => Region::All,
        code => Region::Province(UnitCode::parse(code).unwrap()),
    };
    Options {
        persons,
        region,
        seed: 20_261_121,
        today: PartialDate::parse("2026-11-21").unwrap(),
        year: Some(2023),
        faults,
        threads: Some(2),
    }
}

type Row = HashMap<String, String>;

/// The rows of a file, by their first cell.
fn rows(folder: &Path, name: &str) -> BTreeMap<String, Row> {
    let mut reader = csv::Reader::from_path(folder.join(name)).unwrap();
    let headers = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| -> (String, Row) {
        let cells = headers.iter().zip(&record).map(|(h, c)| (h.to_owned(), c.to_owned()));
        (record[0].to_owned(), cells.collect())
    };
    let rows: Vec<_> = reader.records().map(|r| row(r.unwrap())).collect();
    let count = rows.len();
    let by_id: BTreeMap<_, _> = rows.into_iter().collect();
    assert_eq!(by_id.len(), count, "{name}: first cells repeat");
    by_id
}

fn truth(folder: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(folder.join("truth.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    assert_eq!(headers.iter().collect::<Vec<_>>(), synthesis::TRUTH);
    let row =
        |r: csv::StringRecord| headers.iter().zip(&r).map(|(h, c)| (h.to_owned(), c.to_owned())).collect();
    reader.records().map(|r| row(r.unwrap())).collect()
}

#[test]
fn threads_change_nothing() {
    let of = |threads: usize| {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { threads: Some(threads), ..options(20_000, "all", 0.02) };
        let summary = write_files(&options, folder.path(), true, |_| {}).unwrap();
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for entry in fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            files.insert(entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
        }
        (summary, files)
    };
    let one = of(1);
    let names: Vec<&str> = one.1.keys().map(String::as_str).collect();
    let wanted = ["acts.jsonl", "households.csv", "insurance.csv", "persons.csv", "prisoners.csv"];
    assert_eq!(names, [&wanted[..], &["summary.json", "truth.csv"]].concat());
    for threads in [2, 5] {
        assert!(of(threads) == one, "{threads} threads");
    }
    // The stream for a registry tells the same acts.
    let mut seq = 0;
    let mut lines = one.1["acts.jsonl"].split(|b| *b == b'\n');
    for family in families(&Options { threads: Some(3), ..options(20_000, "all", 0.02) }).unwrap() {
        for act in family.acts {
            seq += 1;
            let written: Act = serde_json::from_slice(lines.next().unwrap()).unwrap();
            assert_eq!((act.seq.0, &written), (seq, &act));
        }
    }
    assert_eq!(seq as u64, one.0.acts);
}

#[test]
fn numbers_repeat_nowhere_in_the_country() {
    let folder = tempfile::tempdir().unwrap();
    let summary = write_files(&options(40_000, "all", 0.0), folder.path(), false, |_| {}).unwrap();
    assert_eq!(summary.persons, 40_000);
    let persons = rows(folder.path(), "persons.csv");
    assert_eq!(persons.len(), 40_000);
    let (mut numbers, mut formers, mut provinces) = (HashSet::new(), HashSet::new(), BTreeSet::new());
    for person in persons.values() {
        for number in
            [&person["personal_number"], &person["past_numbers"]].into_iter().filter(|n| !n.is_empty())
        {
            assert!(number.len() == 12 && numbers.insert(number.clone()), "{}", person["id"]);
        }
        for former in person["former_numbers"].split('|').filter(|n| !n.is_empty()) {
            assert!(former.len() == 9 && formers.insert(former.to_owned()), "{}", person["id"]);
        }
        provinces.insert(person["personal_number"].get(..3).unwrap_or_default().to_owned());
    }
    assert!(numbers.len() > 39_000 && formers.len() > 16_000, "{} {}", numbers.len(), formers.len());
    assert!(provinces.len() >= 63);
    // A second population does not take the place of the first.
    let again = write_files(&options(20_000, "all", 0.0), folder.path(), false, |_| {});
    assert!(matches!(again, Err(synthesis::FilesError::Taken)));
}

#[test]
fn every_line_of_truth_is_found_in_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let summary = write_files(&options(40_000, "56", 0.05), folder, false, |_| {}).unwrap();
    let (persons, insurance, prisoners) =
        (rows(folder, "persons.csv"), rows(folder, "insurance.csv"), rows(folder, "prisoners.csv"));
    let known: HashSet<&str> = persons.values().map(|p| p["personal_number"].as_str()).collect();
    let mut heads: HashMap<&str, Vec<i64>> = HashMap::new();
    for p in persons.values().filter(|p| p["relation_to_head"] == "head") {
        heads.entry(p["household_group"].as_str()).or_default().push(p["id"].parse().unwrap());
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for line in truth(folder) {
        let [kind, code, a, b, field, was, is] =
            synthesis::TRUTH.iter().map(|h| line[*h].as_str()).collect::<Vec<_>>()[..]
        else {
            panic!("seven cells")
        };
        *seen.entry(code.to_owned()).or_default() += 1;
        match code {
            "CLN-01" | "CLN-02" => {
                let (original, double) = (&persons[a], &persons[b]);
                assert!(a.parse::<i64>().unwrap() < b.parse().unwrap());
                let unit = UnitCode::parse(&double["permanent_old_unit"]).unwrap();
                let province = reference::units::find(unit, reference::Era::Before2025).unwrap().province;
                assert_eq!(province.as_str() == "56", code == "CLN-02");
                match field {
                    "" => assert!(kind.starts_with("duplicate-")),
                    // Whose own unit is another one, as it lives elsewhere.
                    "permanent_unit" => {
                        let new = reference::units::successor(unit).unwrap().code;
                        assert_eq!((double[field].as_str(), was, is), ("", new.as_str(), ""));
                    }
                    _ => {
                        assert_eq!(
                            (original[field].as_str(), double[field].as_str()),
                            (was, is),
                            "{kind} {a} {b}"
                        );
                        assert_ne!(was, is);
                    }
                }
            }
            "CLN-03" | "CLN-04" => {
                let mut found = heads.get(a).cloned().unwrap_or_default();
                found.sort_unstable();
                let found: Vec<String> = found.iter().map(i64::to_string).collect();
                assert_eq!(found.join("|"), is, "{kind} {a}");
                assert_eq!(found.len() > 1, kind == "two-heads");
                assert!(persons.contains_key(was) && persons.values().any(|p| p["household_group"] == a));
            }
            "CLN-05" | "CLN-06" | "CLN-07" if !field.is_empty() => {
                assert_eq!(persons[a][field], is, "{kind} {a}");
                assert_ne!(was, is);
            }
            "CLN-06" => {
                let bare = &persons[a];
                assert!(bare["personal_number"].is_empty() && bare["birth_date"].is_empty());
                assert!(!bare["full_name"].is_empty());
            }
            "CLN-08" => assert!(!known.contains(prisoners[b]["personal_number"].as_str())),
            "CLN-11" => assert!(!known.contains(insurance[b]["personal_number"].as_str())),
            "CLN-09" | "CLN-10" => {
                let record = if code == "CLN-09" { &prisoners[b] } else { &insurance[b] };
                if field.is_empty() {
                    assert!(code == "CLN-09" && persons.contains_key(a));
                } else {
                    assert_eq!(
                        (persons[a][field].as_str(), record[field].as_str()),
                        (was, is),
                        "{kind} {a} {b}"
                    );
                    assert_ne!(was, is);
                }
            }
            other => panic!("{other}"),
        }
    }
    // All tasks occur, and what was counted is what was written.
    for n in 1..=11 {
        assert!(seen.contains_key(&format!("CLN-{n:02}")), "{n}: {seen:?}");
    }
    let counted: u64 = summary.injected.values().sum();
    assert_eq!(counted as usize, seen.values().sum::<usize>());
    // A quarter of the faulty are duplicates.
    let pairs = |kind| summary.injected.get(kind).copied().unwrap_or_default();
    let doubles = pairs("CLN-01 duplicate-across-provinces") + pairs("CLN-02 duplicate-in-province");
    assert!((495..=500).contains(&doubles), "{doubles}");
    assert_eq!(persons.len(), 40_000);

    // Nothing is faulty that the truth does not name: the other insurance records agree with the registry.
    let spoilt: HashSet<String> = truth(folder).into_iter().map(|l| l["id_b"].clone()).collect();
    let by_number: HashMap<&str, Vec<&Row>> = persons.values().fold(HashMap::new(), |mut map, p| {
        map.entry(p["personal_number"].as_str()).or_default().push(p);
        map
    });
    let mut matched = 0;
    for (id, record) in
        insurance.iter().filter(|(id, r)| !spoilt.contains(*id) && !r["personal_number"].is_empty())
    {
        let bearers = &by_number[record["personal_number"].as_str()];
        let same = |p: &&&Row| ["full_name", "birth_date", "sex"].iter().all(|f| p[*f] == record[*f]);
        assert!(bearers.iter().any(|p| same(&p)), "{id}");
        matched += 1;
    }
    assert!(matched > 3_000, "{matched}");
}

#[test]
fn ages_follow_the_projection_of_the_year_in_a_province_and_in_all() {
    for (region, persons, least) in [("56", 60_000, 500.0), ("all", 120_000, 1_000.0)] {
        let folder = tempfile::tempdir().unwrap();
        write_files(&options(persons, region, 0.0), folder.path(), false, |_| {}).unwrap();
        let surveyed = survey(folder.path()).unwrap();
        assert_eq!(surveyed.year, 2023);
        let census = &surveyed.census;
        assert_eq!(census.living + census.gone, persons);
        let compared = census.beside(2023).unwrap();
        let off = compared.largest_difference(least);
        assert!(off > 0.0 && off <= 2.0, "{region}: {off:.2} %");
        let json = compared.to_json();
        assert_eq!(json["province"], region);
        assert_eq!(json["men"].as_array().unwrap().len(), 17);
        assert!(json["household_size_mean"].as_f64().is_some_and(|mean| (3.2..3.7).contains(&mean)));
        let (vi, en) = (compared.to_text(vocabulary::Lang::Vi), compared.to_text(vocabulary::Lang::En));
        assert!(vi.contains("Dân tộc") && en.contains("Ethnic groups") && en.contains("80+"));
        // Another year is another pyramid.
        assert!(census.beside(2030).unwrap().largest_difference(least) > 5.0);
        assert!(census.beside(2021).is_none());
        if region == "all" {
            // Each province has its share, within two in a hundred and a few persons.
            let total = reference::provinces::old()
                .iter()
                .map(|p| reference::projection::pyramid(p.code, 2023).unwrap().total() as u64)
                .sum::<u64>() as f64;
            for p in reference::provinces::old() {
                let due = reference::projection::pyramid(p.code, 2023).unwrap().total() as f64 / total;
                let due = due * census.living as f64;
                let lives = census.provinces.get(&p.code).copied().unwrap_or_default() as f64;
                assert!((lives - due).abs() <= 0.02 * due + 60.0, "{}: {lives} of {due:.0}", p.name);
            }
        }
    }
}

#[test]
fn families_have_one_telephone_and_the_grown_up_their_old_card() {
    let folder = tempfile::tempdir().unwrap();
    write_files(&options(20_000, "56", 0.0), folder.path(), false, |_| {}).unwrap();
    let persons = rows(folder.path(), "persons.csv");
    let mut phones: HashMap<&str, Vec<&str>> = HashMap::new();
    let (mut of_age, mut with_card) = (0, 0);
    for p in persons
        .values()
        .filter(|p| p["life_status"] == "alive" && p["id"].parse::<i64>().unwrap() > STORY_PERSONS)
    {
        if !p["household_group"].is_empty() && !p["phones"].is_empty() {
            phones.entry(p["household_group"].as_str()).or_default().push(p["phones"].as_str());
        }
        let year: u16 = p["birth_date"].get(..4).unwrap().parse().unwrap();
        of_age += usize::from(year < 1996);
        with_card += usize::from(year < 1996 && !p["former_numbers"].is_empty());
        assert!(year < 2007 || p["former_numbers"].is_empty());
    }
    assert!(with_card * 100 > of_age * 97, "{with_card} of {of_age}");
    // PAIN-13: in most households that have several, all have the same.
    let several: Vec<_> = phones.values().filter(|p| p.len() > 1).collect();
    let shared = several.iter().filter(|p| p.iter().collect::<HashSet<_>>().len() < p.len()).count();
    assert!(shared * 2 > several.len(), "{shared} of {}", several.len());
}
