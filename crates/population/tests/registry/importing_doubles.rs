//! Rows of people who have a record already, told by other numbers or none.

use crate::{
    importing::{acts, described, imported, settings, sums},
    office::{Office, SETS, ask},
};
use population::import::{self, Differing, ImportJob, Settings};
use std::sync::Arc;
use store::Store;
use vocabulary::Purpose;

const HEAD: &str = "Số CCCD;Họ và tên;Ngày sinh;Giới tính;Mã xã;Số nhà;Họ tên cha;Họ tên mẹ";
const FIRST: &str = "\
056085000104;Võ Thùy Dũng;08/02/1985;Nam;22366;2 Trần Phú;Võ Kha;Lê Thị Sáu
056190000105;Đỗ Giang Nam;17/11/1990;Nữ;22366;3 Trần Phú;;
";

async fn rules_of(office: &Office, job: &ImportJob) -> Vec<(u64, String, String)> {
    let asking = ask("data-steward", Purpose::Cleaning);
    let rejected = office.population.import_rejects(&asking, job.id, 0).await.unwrap();
    rejected.into_iter().map(|r| (r.row, r.reasons[0].rule.clone(), r.reasons[0].value.clone())).collect()
}

store::on_each_engine! {
    sets = SETS;

    async fn who_is_certainly_there_is_held_back_and_the_doubtful_are_warned_of(store: Store) {
        let office = Office::open(store).await;
        let first = format!("{HEAD}\n{FIRST}");
        let job = imported(&office, &first, settings(&first, 100)).await;
        assert_eq!((sums(&job.counts), job.counts.warned), ((2, 2, 0, 0), 0));
        // Without diacritics or number; day and month swapped; a digit of the number off; and three who are others.
        let second = format!(
            "{HEAD}\n\
            ;Vo Thuy Dung;08/02/1985;Nam;22366;9 Lê Lợi;Vo Kha;Le Thi Sau\n\
            ;Võ Thùy Dũng;02/08/1985;Nam;22366;9 Lê Lợi;Võ Kha;Lê Thị Sáu\n\
            056085000140;Võ Thùy Dũng;08/02/1985;Nam;22366;9 Lê Lợi;;\n\
            ;Đỗ Giang Nam;17/11/1990;Nữ;22366;9 Lê Lợi;;\n\
            ;Võ Thùy Dương;08/02/1985;Nam;22366;9 Lê Lợi;Võ Kha;Lê Thị Sáu\n\
            ;Võ Thùy Dũng;08/02/1985;Nữ;22366;9 Lê Lợi;Võ Tá;Bùi Thị Na\n\
            ;Võ Thùy Dũng;08/09/1944;Nam;22366;9 Lê Lợi;;\n"
        );
        let before = acts(&office).await;
        let asking = ask("data-steward", Purpose::Cleaning);
        let table = import::open(&described(&second), &settings(&second, 3), std::io::Cursor::new(second.as_bytes().to_vec())).unwrap();
        let (foretold, rejects) = office
            .population
            .try_import(&asking, described(&second), settings(&second, 3), table, Arc::default(), |_| {})
            .await
            .unwrap();
        assert_eq!((acts(&office).await, rejects.len()), (before, 3), "a dry run records nothing");
        let job = imported(&office, &second, settings(&second, 3)).await;
        let found = rules_of(&office, &job).await;
        let rows: Vec<(u64, &str)> = found.iter().map(|(row, rule, _)| (*row, rule.as_str())).collect();
        assert_eq!(rows, [(2, "import/duplicate"), (3, "import/duplicate"), (4, "import/duplicate")]);
        assert!(found.iter().all(|(.., value)| value.starts_with("#1, 056")), "{found:?}");
        assert_eq!((sums(&job.counts), job.counts.warned), ((7, 4, 0, 3), 1));
        assert_eq!((foretold.counts, foretold.tally), (job.counts, job.tally.clone()));
        assert!(job.tally.keys().any(|key| key.ends_with("import/possible-duplicate")));
        // Asked for, they come in with a warning.
        let third = second.lines().take(3).collect::<Vec<_>>().join("\n");
        let kept = Settings { differing: Differing::Keep, ..settings(&third, 3) };
        let job = imported(&office, &third, kept).await;
        assert_eq!((sums(&job.counts), job.counts.warned), ((2, 2, 0, 0), 2));
    }

    async fn rows_of_one_file_are_compared_with_each_other(store: Store) {
        let office = Office::open(store).await;
        let twice = format!(
            "{HEAD}\n{FIRST}\
            ;Vo Thuy Dung;08/02/1985;Nam;22366;9 Lê Lợi;Vo Kha;Le Thi Sau\n\
            056085000777;Hồ Hải;1985;Nam;22366;4 Trần Phú;;\n"
        );
        // In one batch and in several.
        for batch in [100, 1] {
            let asking = ask("data-steward", Purpose::Cleaning);
            let table = import::open(&described(&twice), &settings(&twice, batch), std::io::Cursor::new(twice.as_bytes().to_vec())).unwrap();
            let (job, rejects) = office
                .population
                .try_import(&asking, described(&twice), settings(&twice, batch), table, Arc::default(), |_| {})
                .await
                .unwrap();
            assert_eq!(sums(&job.counts), (4, 3, 0, 1), "in batches of {batch}");
            assert_eq!((rejects[0].row, rejects[0].reasons[0].rule.as_str()), (4, "import/duplicate"));
        }
        let job = imported(&office, &twice, settings(&twice, 100)).await;
        assert_eq!(rules_of(&office, &job).await, [(4, "import/duplicate".into(), "dòng/row 2".into())]);
    }

    async fn a_file_of_identical_rows_is_bounded_work(store: Store) {
        let office = Office::open(store).await;
        let mut file = format!("{HEAD}\n");
        for n in 0..6_000 {
            file += &format!("{:012};Nguyễn Văn An;01/01/1960;Nam;22366;{n} Trần Phú;;\n", 56_060_000_000_i64 + 37 * n);
        }
        let job = imported(&office, &file, settings(&file, 2_000)).await;
        assert_eq!(sums(&job.counts), (6_000, 6_000, 0, 0), "a name that all bear and a day of all say nothing");
    }
}
