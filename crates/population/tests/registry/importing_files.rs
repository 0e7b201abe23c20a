//! Files as offices have them, dirty and damaged: what is told of them, and that the registry is as reported.

use crate::{
    importing::{acts, sums},
    office::{Office, SETS, ask},
};
use population::import::{self, ImportFile, ImportJob, ImportState};
use rust_xlsxwriter::{Formula, Workbook};
use std::{io::Cursor, sync::Arc};
use store::{Store, params};
use vocabulary::{Problem, Purpose};

async fn taken(office: &Office, name: &str, content: Vec<u8>) -> Result<ImportJob, Problem> {
    let file = ImportFile {
        name: name.into(),
        digest: format!("{:064x}", content.len()),
        bytes: content.len() as u64,
    };
    let options = tabular::Options { known: import::known_headers(), ..Default::default() };
    let table =
        tabular::Table::read_from(Cursor::new(content.clone()), options).map_err(import::unreadable)?;
    let settings = import::first_settings(&table, String::new());
    let asking = ask("data-steward", Purpose::Cleaning);
    let job = office.population.begin_import(&asking, file.clone(), settings.clone(), None).await?;
    let table = import::open(&file, &settings, Cursor::new(content))?;
    Ok(office.population.run_import(&asking, job.id, table, Arc::default(), |_| {}).await?)
}

/// The warnings and faults of an import, by the end of their key: the rule.
fn told(job: &ImportJob) -> Vec<(String, u64)> {
    let rule = |key: &String| key.rsplit_once(' ').map_or(key.clone(), |(_, rule)| rule.to_owned());
    job.tally.iter().map(|(key, t)| (rule(key), t.rows)).collect()
}

async fn names(office: &Office) -> Vec<String> {
    office.store.all("SELECT name FROM person ORDER BY id", params![]).await.unwrap()
}

const HEADERS: [&str; 4] = ["Số CCCD", "Họ và tên", "Ngày sinh", "Mã xã"];

/// A workbook with so many people.
fn workbook(rows: u32) -> Workbook {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, header) in (0..).zip(HEADERS) {
        sheet.write(0, column, header).unwrap();
    }
    for row in 1..=rows {
        let number = format!("0560850{row:05}");
        let born = format!("{:02}/{:02}/1985", row % 28 + 1, row % 12 + 1);
        for (column, text) in (0..).zip([number.as_str(), "Võ Văn Dũng", &born, "22366"]) {
            sheet.write(row, column, text).unwrap();
        }
    }
    book
}

store::on_each_engine! {
    sets = SETS;

    async fn a_workbook_damaged_half_way_is_in_as_far_as_it_says(store: Store) {
        let office = Office::open(store).await;
        let mut bytes = workbook(4_000).save_to_buffer().unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 200].fill(0xFF);
        let job = taken(&office, "so.xlsx", bytes).await.unwrap();
        assert_eq!(job.state, ImportState::Failed);
        assert!(job.stopped.as_ref().is_some_and(|(vi, en)| !vi.is_empty() && !en.is_empty()));
        let (rows, accepted, present, rejected) = sums(&job.counts);
        assert!(rows > 100 && rows < 4_000 && accepted > 100, "{:?}", job.counts);
        assert_eq!(names(&office).await.len() as i64, accepted);
        assert_eq!(acts(&office).await, job.counts.acts);
        let asking = ask("data-steward", Purpose::Cleaning);
        let kept = office.population.import_rejects(&asking, job.id, 0).await.unwrap();
        assert_eq!((kept.len() as i64, present), (rejected, 0));
        // The whole file, sent again, brings the rest. Of the row in which the damage lies more or less may have been read.
        let whole = taken(&office, "so.xlsx", workbook(4_000).save_to_buffer().unwrap()).await.unwrap();
        let (rows, more, there, rejected) = sums(&whole.counts);
        assert_eq!((whole.state, rows, rejected), (ImportState::Done, 4_000, 0));
        assert!(there == accepted || there == accepted - 1, "{there} of {accepted}");
        assert_eq!(names(&office).await.len() as i64, accepted + more);
    }

    async fn what_cannot_be_read_changes_nothing(store: Store) {
        let office = Office::open(store).await;
        let whole = workbook(10).save_to_buffer().unwrap();
        let wide = "x,".repeat(200_000).into_bytes();
        for bytes in [whole[..whole.len() - 30].to_vec(), whole[..100].to_vec(), b"PK\x03\x04".to_vec(), b"\x1F\x8B\x08".to_vec(), wide] {
            let refused = taken(&office, "so.xlsx", bytes).await.unwrap_err();
            assert_eq!(refused.kind.code, "import-file");
            assert!(refused.detail.is_some());
        }
        assert_eq!(acts(&office).await, 0);
        assert!(office.population.imports(&ask("data-steward", Purpose::Cleaning)).await.unwrap().is_empty());
    }

    async fn formulas_are_taken_by_their_last_result_with_a_warning(store: Store) {
        let office = Office::open(store).await;
        let mut book = workbook(2);
        let sheet = book.worksheet_from_index(0).unwrap();
        sheet.write(1, 1, Formula::new("=A9&\"x\"").set_result("Trần Văn Đức")).unwrap();
        sheet.write(2, 1, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        let job = taken(&office, "so.xlsx", book.save_to_buffer().unwrap()).await.unwrap();
        assert_eq!((sums(&job.counts), job.counts.warned), ((2, 1, 0, 1), 1));
        let told = told(&job);
        assert!(told.contains(&("cell/formula".into(), 1)) && told.contains(&("cell/excel-error".into(), 1)), "{told:?}");
        assert_eq!(names(&office).await, ["Trần Văn Đức"]);
    }

    async fn lines_in_another_encoding_come_in_with_a_warning(store: Store) {
        let office = Office::open(store).await;
        let mut bytes = HEADERS.join(";").into_bytes();
        bytes.extend("\n056085000001;Nguyễn Thị Hòa;1985;22366\n056085000002;Lê Thị Ngọc Ánh;1985;22366\n".bytes());
        bytes.extend(tabular::encode_tcvn3("056085000003;Nguyễn Văn Bình;1985;22366\n").unwrap());
        let job = taken(&office, "so.csv", bytes).await.unwrap();
        assert_eq!((sums(&job.counts), job.counts.warned), ((3, 3, 0, 0), 1));
        assert_eq!(told(&job), [("encoding/mixed".to_owned(), 1)]);
        assert_eq!(names(&office).await, ["Nguyễn Thị Hòa", "Lê Thị Ngọc Ánh", "Nguyễn Văn Bình"]);
    }

    async fn a_header_that_comes_twice_gives_its_field_once(store: Store) {
        let office = Office::open(store).await;
        let file = "Số CCCD;Họ và tên;Họ và tên;Mã xã\n056085000001;Nguyễn Thị Hòa;khác;22366\n";
        let job = taken(&office, "so.csv", file.into()).await.unwrap();
        assert_eq!(sums(&job.counts), (1, 1, 0, 0));
        assert_eq!(names(&office).await, ["Nguyễn Thị Hòa"]);
    }
}
