//! The same people give the same file, whatever the database engine.

#![allow(clippy::unwrap_used)] // a test reports by panicking

use access::{Caller, Policy, Role, UnitScope};
use ledger::{KeyFile, Ledger, Origin};
use population::{Ask, ExportOf, FileFormat, PastExport, Population};
use std::sync::{Arc, Mutex};
use store::{
    MigrationSet, Store,
    testing::{on_postgres, on_sqlite},
};
use synthesis::{Options, Region, families};
use vocabulary::{Actor, AgencyCode, Basis, LegalBasis, PartialDate, Purpose, UnitCode};

const SETS: &[MigrationSet] = &[ledger::MIGRATIONS, population::MIGRATIONS];
const PERSONS: u64 = 3_000;

/// Loads a province and exports it wholly, in each exact format.
async fn exported(store: Store) -> Vec<PastExport> {
    let options = Options {
        persons: PERSONS,
        region: Region::Province(UnitCode::parse("56").unwrap()),
        seed: 7,
        today: PartialDate::parse("2026-11-21").unwrap(),
        year: None,
        faults: 0.05,
        threads: None,
    };
    let groups = families(&options).unwrap().map(|family| family.acts);
    population::store::load(&store, groups, |_| {}).await.unwrap();
    let key = Arc::new(KeyFile::generate().unwrap());
    let ledger = Ledger::open(store.clone(), key, Origin::parse("test.dancu/ledger").unwrap()).await.unwrap();
    let population = Population::new(store, ledger.clone(), Arc::new(Policy::builtin()));
    let agency = AgencyCode::parse("G01").unwrap();
    let ask = Ask {
        caller: Caller {
            actor: Actor { system: None, officer: None, agency, unit: None },
            name: "Đỗ Thị Kết Xuất".into(),
            roles: vec![Role::parse("exporter").unwrap()],
            units: UnitScope::Everywhere,
        },
        basis: Some(Basis {
            purpose: Purpose::Cleaning,
            legal_basis: LegalBasis::parse("Luật Cư trú 2020, Điều 36").unwrap(),
            procedure: None,
            dossier: None,
        }),
        request: None,
    };
    let mut made = Vec::new();
    for format in [FileFormat::PlainCsv, FileFormat::Parquet] {
        let wanted = ExportOf { unit: None, fields: None, format, records: false, most: None };
        made.push(population.export_aside(&ask, &wanted).await.unwrap().0);
    }
    // An entry for each person of each file, and one for each file.
    let entries: i64 = made.iter().map(|m| m.persons + 1).sum();
    assert_eq!(ledger.size().await.unwrap() as i64, entries);
    made
}

#[test]
fn both_engines_give_the_same_bytes() {
    let found: Arc<Mutex<Vec<Vec<PastExport>>>> = Arc::default();
    let keep = |found: &Arc<Mutex<Vec<_>>>| {
        let found = found.clone();
        async move |store: Store| {
            let made = exported(store).await;
            found.lock().unwrap().push(made);
        }
    };
    on_sqlite(SETS, keep(&found));
    on_postgres(SETS, keep(&found));
    let found = found.lock().unwrap();
    let hashes =
        |made: &Vec<PastExport>| made.iter().map(|m| (m.persons, m.bytes, m.hash())).collect::<Vec<_>>();
    assert!(found[0][0].persons > PERSONS as i64 * 8 / 10, "{:?}", hashes(&found[0]));
    // Where tests are asked for the embedded engine alone, there is nothing to compare.
    for other in &found[1..] {
        assert_eq!(hashes(other), hashes(&found[0]));
    }
}
