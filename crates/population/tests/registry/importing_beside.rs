//! While one batch is written, the next is made ready: what it says is the same as if the batches came one after another,
//! also where others record in between.

use crate::{
    importing::{acts, described, imported, settings, sums},
    office::{Office, SETS, ask, name, tran_phu},
};
use population::{
    acts::Content,
    import::{self, ImportState},
    model::Fact,
};
use std::{io::Cursor, sync::Arc};
use store::{Engine, Store, params};
use vocabulary::Purpose;

/// Rows that speak of each other: a person twice and with other data, one without a number twice, a household in pieces, a
/// father below and above his children.
const CIRCLE: &str = "\
Số CCCD;Số CMND;Họ và tên;Ngày sinh;Mã xã;Số nhà;STT hộ;Quan hệ với chủ hộ;Họ tên cha;Số định danh của cha
056080000301;225000301;Lê Văn An;12/03/1980;22366;1 Trần Phú;1;Chủ hộ;;
056080000301;225000301;Lê Văn An;12/03/1980;22366;1 Trần Phú;1;Chủ hộ;;
056080000301;225000301;Lê Văn Ân;13/03/1980;22366;1 Trần Phú;;;;
;;Cao Thị Nhân;1950;22366;2 Trần Phú;;;;
;;Cao Thị Nhân;1950;22366;2 Trần Phú;;;;
056210000302;;Lê Minh Châu;2010;22366;1 Trần Phú;1;Con;Lê Văn An;056080000301
056212000303;;Lê Minh Đạt;2012;22366;1 Trần Phú;1;Con;Lê Văn An;056080000301
;225000301;Lê Văn An;12/03/1980;22366;1 Trần Phú;;;;
056215000304;;Lê Minh Em;2015;22366;1 Trần Phú;1;Con;Lê Văn Khác;056080000301
056216000305;;Võ Gia;2016;22366;5 Trần Phú;5;Con;Võ Hùng;056070000306
056070000306;;Võ Hùng;1970;22366;5 Trần Phú;5;Chủ hộ;;
056217000307;;Võ Giao;2017;22366;6 Trần Phú;6;Con;Võ Hùng;056070000306
";

/// The registry as far as a file would show it, by number and name, with links as numbers.
async fn state(office: &Office) -> Vec<(Option<i64>, String, Option<i64>, Option<i64>, Option<String>)> {
    const SQL: &str = "SELECT p.number, p.name, f.number, p.household, p.relation FROM person p
        LEFT JOIN person f ON f.id = p.father ORDER BY p.id";
    office.store.all(SQL, params![]).await.unwrap()
}

/// A file of many rows, each a household of its own, every third one a child of the row before it. No two are born on one
/// day, or on one that is it with day and month swapped.
fn many(rows: usize) -> String {
    let mut file = String::from(
        "Số CCCD;Họ và tên;Ngày sinh;Mã xã;Số nhà;STT hộ;Quan hệ với chủ hộ;Họ tên cha;Số định danh của cha\n",
    );
    for at in 0..rows {
        let father = if at % 3 == 1 {
            format!("Lê Văn {};0560800{:05}", ["An", "Ba", "Chí"][(at - 1) % 3], at - 1)
        } else {
            ";".into()
        };
        let name = ["An", "Ba", "Chí"][at % 3];
        let day = format!("{:02}/{:02}/{}", 13 + at % 16, 1 + at / 16 % 12, 1930 + at / 192);
        file.push_str(&format!(
            "0560800{at:05};Lê Văn {name};{day};22366;{at} Trần Phú;{at};Chủ hộ;{father}\n"
        ));
    }
    file
}

store::on_each_engine! {
    sets = SETS;

    async fn a_file_says_the_same_in_batches_of_any_size(store: Store) {
        let office = Office::open(store).await;
        // All rows in one batch meet each other; row by row, each meets what is being written.
        let mut found = Vec::new();
        for batch in [1, 2, 3, 100] {
            let asking = ask("data-steward", Purpose::Cleaning);
            let table = import::open(&described(CIRCLE), &settings(CIRCLE, batch), Cursor::new(CIRCLE.as_bytes().to_vec())).unwrap();
            let (tried, _) = office.population.try_import(&asking, described(CIRCLE), settings(CIRCLE, batch), table, Arc::default(), |_| {}).await.unwrap();
            found.push((sums(&tried.counts), tried.counts.warned));
        }
        let job = imported(&office, CIRCLE, settings(CIRCLE, 1)).await;
        assert!(found.iter().all(|f| *f == (sums(&job.counts), job.counts.warned)), "{found:?} {:?}", job.counts);
        assert_eq!(sums(&job.counts), (12, 8, 3, 1));
        let state = state(&office).await;
        let fathers: Vec<(Option<i64>, Option<i64>)> = state.iter().map(|p| (p.0, p.2)).collect();
        let (an, hung) = (Some(56_080_000_301), Some(56_070_000_306));
        for (child, father) in [
            (56_210_000_302, an), (56_212_000_303, an), (56_215_000_304, None), (56_216_000_305, hung), (56_217_000_307, hung),
        ] {
            assert!(fathers.contains(&(Some(child), father)), "{child}");
        }
        let homes: std::collections::BTreeSet<Option<i64>> = state.iter().filter(|p| p.1.starts_with("Lê")).map(|p| p.3).collect();
        assert_eq!((homes.len(), job.counts.households), (1, 3));
    }

    async fn others_record_in_between(store: Store) {
        let office = Office::open(store).await;
        let file = many(120);
        let asking = ask("data-steward", Purpose::Cleaning);
        let settings = settings(&file, 5);
        let job = office.population.begin_import(&asking, described(&file), settings.clone(), None).await.unwrap();
        let table = import::open(&described(&file), &settings, Cursor::new(file.clone().into_bytes())).unwrap();
        let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let import = office.population.run_import(&asking, job.id, table, Arc::default(), move |p| {
            let _ = told.send(p.counts.rows);
        });
        // Whenever a batch is in, somebody registers a person: between it and the next one, or after that.
        let desk = async {
            let mut registered = 0;
            while heard.recv().await.is_some() {
                let facts = vec![Fact::Name(Some(name("Trần Thị Bên"))), Fact::Permanent(tran_phu(1))];
                let content = Content::Registration { person: population::NEW_PERSON, facts };
                office.record("2020-01-01", content).await.unwrap();
                registered += 1;
            }
            registered
        };
        let (done, registered) = tokio::join!(import, desk);
        let done = done.unwrap();
        assert_eq!((done.state, sums(&done.counts)), (ImportState::Done, (120, 120, 0, 0)));
        assert_eq!(registered, 24);
        let one = async |sql: &str| office.store.one::<i64>(sql, params![]).await.unwrap();
        assert_eq!(one("SELECT count(*) FROM person").await, 144);
        // No number is given twice, none is left out.
        assert_eq!(acts(&office).await, one("SELECT max(seq) FROM act").await);
        assert_eq!(acts(&office).await, done.counts.acts + 24);
        assert_eq!(one("SELECT max(id) FROM person").await, 144);
        assert_eq!(one("SELECT max(id) FROM household").await, 120);
        let linked = "SELECT count(*) FROM person c JOIN person f ON f.id = c.father WHERE f.number = c.number - 1";
        assert_eq!(one(linked).await, 40);
        assert_eq!(one("SELECT count(*) FROM person WHERE father IS NOT NULL").await, 40);
        // The state is what the acts yield.
        let before = state(&office).await;
        population::store::rebuild(&office.store, |_| {}).await.unwrap();
        assert_eq!(state(&office).await, before);
    }

    async fn searches_have_their_indexes_at_the_end(store: Store) {
        let office = Office::open(store).await;
        let file = many(4_000);
        assert!(file.len() > 256 << 10, "small files keep their indexes");
        let job = imported(&office, &file, settings(&file, 500)).await;
        assert_eq!(sums(&job.counts), (4_000, 4_000, 0, 0));
        if office.store.engine() == Engine::Sqlite {
            const SQL: &str = "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'person'";
            assert_eq!(office.store.one::<i64>(SQL, params![]).await.unwrap(), 7);
        }
        assert_eq!(imported(&office, &file, settings(&file, 500)).await.counts.present, 4_000);
    }
}
