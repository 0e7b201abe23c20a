//! The page on which files are made.

use crate::{
    browser::Browser,
    office::{HUSBAND, Office, SETS, WIFE, family},
};
use axum::http::StatusCode;
use store::{Store, testing::on_sqlite};
use vocabulary::Purpose;

fn exporter(office: &Office) -> Browser {
    Browser::of(office, "exporter", Purpose::Cleaning)
}

#[test]
fn the_pages_look_as_they_did() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        family(&office).await;
        let browser = exporter(&office);
        insta::assert_snapshot!("empty", browser.get("/data/export").await.content());
        let lists = Browser::of(&office, "exporter", Purpose::Residence).of_units("56").english();
        lists.fill("/data/export", &[]).await;
        insta::assert_snapshot!("made-en", lists.get("/data/export").await.content());
    });
}

store::on_each_engine! {
    sets = SETS;

    async fn a_file_is_chosen_made_and_listed(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let browser = exporter(&office);
        let start = browser.get("/data/export").await;
        assert!(start.says("Chưa lập tệp nào") && start.says("Tôn giáo"));
        // Number, name and birth are ticked already.
        let file = browser.submit(&start, "/data/export", &[("+fields", "sex"), ("format", "csv-plain")]).await;
        assert_eq!(file.status, StatusCode::OK);
        let first = file.html.lines().next().unwrap();
        assert!(first.starts_with("personal_number,") && first.ends_with(",birth_date,sex"), "{first}");
        assert!(file.html.contains(HUSBAND) && file.html.contains("Nguyễn Thị Hòa"));
        let after = browser.get("/data/export").await;
        let made = office.population.exports(&crate::office::ask("exporter", Purpose::Cleaning)).await.unwrap().remove(0);
        assert!(after.says(&format!("SHA-256 {}", made.hash())) && after.says("lan.tt") && after.says("Làm sạch dữ liệu dân cư"));
        assert!(!after.says(WIFE) && !after.says("Nguyễn Thị Hòa"), "the list names nobody");
    }

    async fn what_cannot_be_made_is_explained(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let browser = exporter(&office);
        let start = browser.get("/data/export").await;
        let nothing: Vec<(String, String)> = start.form("/data/export").into_iter().filter(|(name, _)| !name.starts_with("fields")).collect();
        let refused = browser.post("/data/export", &nothing).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.says("Chọn ít nhất một mục"));
        let elsewhere = browser.submit(&start, "/data/export", &[("unit", "00004")]).await;
        assert!(elsewhere.status == StatusCode::FORBIDDEN && elsewhere.says("trong địa bàn được giao"));
        let unclear = browser.submit(&start, "/data/export", &[("unit", "đâu đó")]).await;
        assert!(unclear.status == StatusCode::UNPROCESSABLE_ENTITY && unclear.says("Không rõ xã, phường nào"));
        // For managing residence, neither religion nor contact: not on the page, and not by a form made up.
        let lists = Browser::of(&office, "exporter", Purpose::Residence);
        assert!(!lists.get("/data/export").await.says("Tôn giáo"));
        let forged = lists.submit(&start, "/data/export", &[("+fields", "religion")]).await;
        assert!(forged.status == StatusCode::FORBIDDEN && forged.says("không cho phép xuất mục này: Tôn giáo"));
        // Other roles, and nobody without a purpose.
        let other = Browser::residence(&office).get("/data/export").await;
        assert_eq!(other.status, StatusCode::FORBIDDEN);
        let aimless = exporter(&office).aimless().get("/data/export").await;
        assert!(aimless.status == StatusCode::UNPROCESSABLE_ENTITY && !aimless.html.contains("<form method=\"post\" action=\"/data/export\""));
        assert_eq!(office.population.exports(&crate::office::ask("exporter", Purpose::Cleaning)).await.unwrap().len(), 0);
    }
}
