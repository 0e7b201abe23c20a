//! Register files: taken in once, there the second time, and never over what a record says.

use crate::office::{HUSBAND, Office, SETS, ask, family};
use population::import::{self, Counts, Differing, ImportFile, ImportJob, ImportState, Settings};
use std::{
    io::Cursor,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use store::Store;
use vocabulary::{Lang, Purpose};

const FILE: &str = "\
Số CCCD;Họ và tên;Ngày sinh;Giới tính;Mã xã;Số nhà;STT hộ;Quan hệ với chủ hộ;Họ tên cha;Số định danh của cha;Dân tộc
056080000101;Lê Văn An;12/03/1980;Nam;22366;1 Trần Phú;1;Chủ hộ;;;Kinh
056183000102;Phạm Thị Bình;1983;Nữ;22366;1 Trần Phú;1;Vợ;;;Tày
056210000103;Lê Minh Châu;20/06/2010;Nam;22366;1 Trần Phú;1;Con;Lê Văn An;056080000101;Kinh
056085000104;Võ Dũng;30/02/1985;Nam;22366;2 Trần Phú;2;Chủ hộ;;;Kinh
056085000105;Đỗ Giang;1985;Nữ;22366;3 Trần Phú;3;Chủ hộ;;;Sao Hỏa
056085000106;Hồ Hải;1985;Nam;00004;4 Trần Phú;4;Chủ hộ;;;Kinh
056212000107;Trần Ý;2012;Nam;22366;5 Trần Phú;5;Con;Trần Ông;056060000108;Kinh
056060000108;Trần Ông;1960;Nam;22366;5 Trần Phú;5;Chủ hộ;;;Kinh
;Cao Văn Nhân;;Nam;22366;;;;;;
";

pub fn described(content: &str) -> ImportFile {
    ImportFile {
        name: "ho-ngheo.csv".into(),
        digest: format!("{:064x}", content.len()),
        bytes: content.len() as u64,
    }
}

pub fn settings(content: &str, batch: usize) -> Settings {
    let options = tabular::Options { known: import::known_headers(), ..Default::default() };
    let table = tabular::Table::read_from(Cursor::new(content.as_bytes().to_vec()), options).unwrap();
    Settings { batch, ..import::first_settings(&table, "Sổ hộ nghèo".into()) }
}

pub async fn imported(office: &Office, content: &str, settings: Settings) -> ImportJob {
    let asking = ask("data-steward", Purpose::Cleaning);
    let job =
        office.population.begin_import(&asking, described(content), settings.clone(), None).await.unwrap();
    let table =
        import::open(&described(content), &settings, Cursor::new(content.as_bytes().to_vec())).unwrap();
    office.population.run_import(&asking, job.id, table, Arc::default(), |_| {}).await.unwrap()
}

pub fn sums(c: &Counts) -> (i64, i64, i64, i64) {
    assert_eq!(c.rows, c.accepted + c.present + c.rejected, "the report adds up");
    (c.rows, c.accepted, c.present, c.rejected)
}

pub async fn acts(office: &Office) -> i64 {
    office.store.one("SELECT count(*) FROM act", store::params![]).await.unwrap()
}

store::on_each_engine! {
    sets = SETS;

    async fn a_file_is_taken_in_once(store: Store) {
        let office = Office::open(store).await;
        let job = imported(&office, FILE, settings(FILE, 2)).await;
        assert_eq!(job.state, ImportState::Done);
        assert_eq!(sums(&job.counts), (9, 6, 0, 3));
        assert_eq!(job.counts.households, 2);
        let asking = ask("data-steward", Purpose::Cleaning);
        let rejected = office.population.import_rejects(&asking, job.id, 0).await.unwrap();
        let why: Vec<(u64, &str)> = rejected.iter().map(|r| (r.row, r.reasons[0].rule.as_str())).collect();
        assert_eq!(why, [(5, "date/calendar"), (6, "ethnicity/unknown"), (7, "import/unit")]);
        assert_eq!(rejected[0].cells[1], "Võ Dũng");
        let file = office.population.write_import_rejects(&asking, job.id, Lang::Vi, Cursor::new(Vec::new())).await.unwrap();
        let file = String::from_utf8(file.into_inner()).unwrap();
        assert!(file.contains("Võ Dũng") && file.contains("date/calendar"), "{file}");
        // The son is linked with his father of the same household, and so is he whose father stands further down.
        let linked: i64 = office.store.one("SELECT count(*) FROM person c JOIN person f ON f.id = c.father WHERE c.number IN (56210000103, 56212000107) AND f.household = c.household", store::params![]).await.unwrap();
        assert_eq!(linked, 2);

        // The same again: everything is there, and nothing changes.
        let before = acts(&office).await;
        let again = imported(&office, FILE, settings(FILE, 4)).await;
        assert_eq!(sums(&again.counts), (9, 0, 6, 3));
        assert_eq!((acts(&office).await, again.counts.acts), (before, 0));

        // Corrected, the rejected rows come in; the others are still there.
        let mended = FILE.replace("30/02/1985", "28/02/1985").replace("Sao Hỏa", "Kinh").replace(";00004;", ";22366;");
        let mended = imported(&office, &mended, settings(&mended, 100)).await;
        assert_eq!(sums(&mended.counts), (9, 3, 6, 0));
    }

    async fn what_a_record_says_stays(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let before = acts(&office).await;
        let file = format!("Số CCCD;Họ và tên;Ngày sinh;Mã xã\n{HUSBAND};Người Khác;01/01/1970;22366\n");
        let job = imported(&office, &file, settings(&file, 10)).await;
        assert_eq!((sums(&job.counts), acts(&office).await), ((1, 0, 0, 1), before));
        let asking = ask("data-steward", Purpose::Cleaning);
        let rejected = office.population.import_rejects(&asking, job.id, 0).await.unwrap();
        let columns: Vec<&str> = rejected[0].reasons.iter().map(|r| r.column.as_str()).collect();
        assert!(columns.contains(&"Họ và tên") && columns.contains(&"Ngày sinh"), "{columns:?}");
        assert!(rejected[0].reasons.iter().all(|r| r.rule == "import/differs"));
        // Asked for, it becomes a record of its own: two claims on one number.
        let kept = Settings { differing: Differing::Keep, ..settings(&file, 10) };
        let kept = imported(&office, &file, kept).await;
        assert_eq!((sums(&kept.counts), kept.counts.warned), ((1, 1, 0, 0), 1));
    }

    async fn a_dry_run_records_nothing(store: Store) {
        let office = Office::open(store).await;
        let asking = ask("data-steward", Purpose::Cleaning);
        let table = import::open(&described(FILE), &settings(FILE, 2), Cursor::new(FILE.as_bytes().to_vec())).unwrap();
        let (job, first) = office.population.try_import(&asking, described(FILE), settings(FILE, 2), table, Arc::default(), |_| {}).await.unwrap();
        assert_eq!((sums(&job.counts), first.len()), ((9, 6, 0, 3), 3));
        assert_eq!(acts(&office).await, 0);
        assert!(office.population.imports(&asking).await.unwrap().is_empty());
    }

    async fn a_stopped_import_goes_on_where_it_stood(store: Store) {
        let office = Office::open(store).await;
        let asking = ask("data-steward", Purpose::Cleaning);
        let settings = settings(FILE, 1);
        let job = office.population.begin_import(&asking, described(FILE), settings.clone(), None).await.unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let heard = stop.clone();
        let table = import::open(&described(FILE), &settings, Cursor::new(FILE.as_bytes().to_vec())).unwrap();
        let halted = office.population.run_import(&asking, job.id, table, stop, move |_| heard.store(true, Ordering::Relaxed)).await.unwrap();
        assert_eq!(halted.state, ImportState::Reading);
        let found = office.population.cut_off_import(&asking, &described(FILE).digest).await.unwrap().unwrap();
        assert_eq!((found.id, found.counts), (job.id, halted.counts));
        let table = import::open(&described(FILE), &settings, Cursor::new(FILE.as_bytes().to_vec())).unwrap();
        let done = office.population.run_import(&asking, job.id, table, Arc::default(), |_| {}).await.unwrap();
        assert_eq!((done.state, sums(&done.counts)), (ImportState::Done, (9, 6, 0, 3)));
    }

    async fn only_those_who_may_import(store: Store) {
        let office = Office::open(store).await;
        for (role, purpose) in [("residence-officer", Purpose::Residence), ("data-steward", Purpose::Residence)] {
            assert!(office.population.begin_import(&ask(role, purpose), described(FILE), settings(FILE, 2), None).await.is_err());
        }
        assert!(office.population.imports(&ask("data-steward", Purpose::Cleaning)).await.unwrap().is_empty());
    }
}
