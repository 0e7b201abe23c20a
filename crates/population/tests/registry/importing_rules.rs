//! What an import records obeys the rules of the desk, is what the fold of its acts yields, and is foretold by a dry run.

use crate::{
    importing::{acts, described, imported, settings, sums},
    office::{Office, SETS, ask},
};
use population::import::{self, Counts, ImportState};
use std::{io::Cursor, sync::Arc};
use store::{Store, params};
use vocabulary::Purpose;

const BROKEN: &str = "\
Số CCCD;Họ và tên;Ngày sinh;Mã xã;Số nhà;Thường trú từ ngày;STT hộ;Mã xã nơi tạm trú;Chi tiết nơi tạm trú;Tạm trú từ ngày;Tạm trú đến ngày;Số định danh đã hủy;Lý do hủy số định danh;Tình trạng sống;Ngày chết hoặc mất tích
056080000201;Lê Văn An;12/03/1980;22366;1 Trần Phú;12/03/1980;1;22366;9 Lê Lợi;01/02/2026;01/02/2027;;;;
056080000202;Lê Văn Bình;12/03/1980;22366;1 Trần Phú;11/03/1980;1;;;;;;;;
056080000203;Lê Văn Cường;12/03/1980;22366;1 Trần Phú;;1;22366;9 Lê Lợi;01/02/2024;02/02/2026;;;;
056080000204;Lê Văn Dũng;12/03/1980;22366;1 Trần Phú;;1;22366;9 Lê Lợi;01/02/2026;31/01/2026;;;;
056080000205;Lê Văn Em;12/03/1980;22366;1 Trần Phú;;1;;;;;056080000205;nhầm số;;
056080000206;Lê Văn Phúc;12/03/1980;22366;1 Trần Phú;;1;;;;;056080000999;LONG;;
056080000207;Lê Văn Giang;12/03/1980;22366;1 Trần Phú;;1;22366;9 Lê Lợi;01/02/2026;01/02/2027;;;Đã chết;01/01/2026
056080000208;Lê Văn Hải;1980;22366;1 Trần Phú;2001;1;22366;9 Lê Lợi;2025;;056080000998;;;
";

/// Households and relatives far apart, rows that come twice, and one that comes again with other data.
const SCATTERED: &str = "\
Số CCCD;Họ và tên;Ngày sinh;Mã xã;Số nhà;STT hộ;Quan hệ với chủ hộ;Họ tên cha;Số định danh của cha
056080000301;Lê Văn An;12/03/1980;22366;1 Trần Phú;1;Chủ hộ;;
056080000302;Võ Dũng;1980;22366;2 Trần Phú;2;Chủ hộ;Võ Ông;056050000309
056210000303;Lê Minh Châu;20/06/2010;22366;1 Trần Phú;1;Con;Lê Văn An;056080000301
056080000301;Lê Văn An;12/03/1980;22366;1 Trần Phú;1;Chủ hộ;;
056210000304;Võ Giang;2010;22366;7 Lê Lợi;2;Con;Võ Dũng;056080000302
056080000302;Võ Dũng;1981;22366;2 Trần Phú;2;Chủ hộ;;
056210000305;Lê Minh Hải;2012;22366;1 Trần Phú;1;Con;Lê Văn Khác;056080000301
056050000309;Võ Ông;1950;22366;2 Trần Phú;2;Cha;;
;Cao Văn Nhân;1944;22366;8 Lê Lợi;;;;
;Cao Văn Nhân;1944;22366;8 Lê Lợi;;;;
";

/// All of the current state, as text.
async fn state(store: &Store) -> Vec<String> {
    let persons = "SELECT CAST(id AS text) || '|' || coalesce(CAST(number AS text), '') || '|' || name || '|' || name_key || '|'
        || CAST(birth AS text) || '|' || coalesce(unit, '') || '|' || coalesce(CAST(household AS text), '') || '|'
        || coalesce(relation, '') || '|' || coalesce(CAST(father AS text), '') FROM person ORDER BY id";
    let households =
        "SELECT CAST(id AS text) || '|' || coalesce(unit, '') || '|' || file FROM household ORDER BY id";
    let claims = "SELECT CAST(number AS text) || '|' || CAST(kind AS text) || '|' || CAST(person AS text) FROM number_claim
        ORDER BY number, kind, person";
    let mut all: Vec<String> = Vec::new();
    for sql in [persons, households, claims] {
        all.extend(store.all::<String>(sql, params![]).await.unwrap());
    }
    all
}

async fn tried(office: &Office, content: &str, batch: usize) -> (ImportState, Counts, Vec<String>) {
    let settings = settings(content, batch);
    let table =
        import::open(&described(content), &settings, Cursor::new(content.as_bytes().to_vec())).unwrap();
    let asking = ask("data-steward", Purpose::Cleaning);
    let (job, first) = office
        .population
        .try_import(&asking, described(content), settings, table, Arc::default(), |_| {})
        .await
        .unwrap();
    (job.state, job.counts, first.iter().map(|r| format!("{} {}", r.row, r.reasons[0].rule)).collect())
}

store::on_each_engine! {
    sets = SETS;

    async fn rows_that_break_a_rule_of_the_desk_are_rejected(store: Store) {
        let office = Office::open(store).await;
        let content = BROKEN.replace("LONG", &"x".repeat(201));
        let job = imported(&office, &content, settings(&content, 100)).await;
        assert_eq!(sums(&job.counts), (8, 2, 0, 6));
        let asking = ask("data-steward", Purpose::Cleaning);
        let rejected = office.population.import_rejects(&asking, job.id, 0).await.unwrap();
        let found: Vec<(u64, &str, &str, &str)> = rejected
            .iter()
            .flat_map(|row| row.reasons.iter().map(|r| (row.row, r.column.as_str(), r.rule.as_str(), r.value.as_str())))
            .collect();
        let long = "x".repeat(201);
        assert_eq!(
            found,
            [
                (3, "Thường trú từ ngày", "act/before-birth", "11/03/1980"),
                (4, "Tạm trú đến ngày", "residence/two-years", "02/02/2026"),
                (5, "Tạm trú đến ngày", "residence/until", "31/01/2026"),
                (6, "Số định danh đã hủy", "number/in-force", "056080000205"),
                (7, "Lý do hủy số định danh", "act/reason", long.as_str()),
                (8, "Tình trạng sống", "act/person-dead", "Đã chết"),
            ]
        );
        // What a register need not say is not asked for: the last row has years alone, no last day and no reason.
        let names: Vec<String> = office.store.all("SELECT name FROM person ORDER BY id", params![]).await.unwrap();
        assert_eq!(names, ["Lê Văn An", "Lê Văn Hải"]);
        // The preview says the same before anything is tried.
        let wanted = settings(&content, 100);
        let mut table = import::open(&described(&content), &wanted, Cursor::new(content.clone().into_bytes())).unwrap();
        let preview = import::preview(&mut table, wanted.mapping, 100).unwrap();
        assert_eq!(preview.rows.iter().filter(|r| !r.refused.is_empty()).count(), 6);
    }

    async fn the_state_is_what_the_acts_yield_whatever_the_batch(store: Store) {
        let office = Office::open(store).await;
        // An earlier file has some of the people, so that households and relatives are there already.
        let first: String = SCATTERED.lines().take(3).map(|line| format!("{line}\n")).collect();
        imported(&office, &first, settings(&first, 1)).await;
        let job = imported(&office, SCATTERED, settings(SCATTERED, 1)).await;
        assert_eq!(sums(&job.counts), (10, 5, 4, 1));
        assert_eq!((job.counts.households, job.counts.links), (0, 0));
        let written = state(&office.store).await;
        // The wife of household 2's head would have joined it; here the child and the grandfather did.
        assert_eq!(written.iter().filter(|line| line.contains("|2|")).count(), 3, "{written:?}");
        population::store::rebuild(&office.store, |_| {}).await.unwrap();
        assert_eq!(state(&office.store).await, written);
    }

    async fn a_dry_run_foretells_the_import(store: Store) {
        let office = Office::open(store).await;
        for batch in [1, 2, 100] {
            let (state, counts, rejected) = tried(&office, SCATTERED, batch).await;
            assert_eq!(state, ImportState::Done);
            assert_eq!(rejected, ["7 import/differs"], "{batch}");
            assert_eq!(sums(&counts), (10, 7, 2, 1), "{batch}");
            assert_eq!((counts.households, acts(&office).await), (2, 0));
        }
        let foretold = tried(&office, SCATTERED, 1).await.1;
        let job = imported(&office, SCATTERED, settings(SCATTERED, 1)).await;
        assert_eq!(job.counts, foretold);
        assert!(foretold.links == 1 && foretold.warned >= 2, "{foretold:?}");
        // What is in the registry already is seen by a dry run too, and what was rejected stays so.
        let (_, again, _) = tried(&office, SCATTERED, 3).await;
        assert_eq!(sums(&again), (10, 0, 9, 1));
        assert_eq!(acts(&office).await, job.counts.acts);
    }
}
