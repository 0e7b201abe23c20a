//! The pages of an inspector.

use crate::{
    browser::{Browser, Page},
    office::{HUSBAND, Office, SETS, SON, WIFE, WIFE_FORMER, ask_in, family},
};
use axum::http::StatusCode;
use store::{Store, testing::on_sqlite};
use vocabulary::Purpose;

fn inspector(office: &Office, units: &str) -> Browser {
    Browser::of(office, "auditor", Purpose::Inspection).of_units(units)
}

#[test]
fn the_pages_look_as_they_did() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        let people = family(&office).await;
        Browser::residence(&office).get(&format!("/desk/persons/{}", people.wife)).await;
        let sealed = ask_in("investigator", Purpose::Investigation, "56");
        let looked = office.population.person(&sealed, people.wife, None).await.unwrap().entry;
        let key = office.ledger.verifier_key().to_string();
        let until = office.ledger.entry(looked).await.unwrap().statement.sealed_until.unwrap().local_text();
        let steady = |page: Page| page.content().replace(&key, "KEY").replace(&until[..10], "SEAL");
        let all = inspector(&office, "everywhere");
        insta::assert_snapshot!("ledger", steady(all.get("/audit").await));
        insta::assert_snapshot!("entry", steady(all.get(&format!("/audit/entries/{looked}")).await));
        insta::assert_snapshot!("ledger-en", steady(all.english().get("/audit").await));
        insta::assert_snapshot!("own-units", inspector(&office, "22366").get("/audit").await.content());
    });
}

store::on_each_engine! {
    sets = SETS;

    async fn a_number_is_posted_and_followed_from_page_to_page(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let officer = Browser::residence(&office);
        for _ in 0..60 {
            officer.get(&format!("/desk/persons/{}", people.husband)).await;
        }
        let browser = inspector(&office, "22366");
        let start = browser.get("/audit").await;
        assert!(start.says("ghi số của người trong địa bàn") && !start.html.contains("/audit/entries/"));
        let wrong = browser.submit(&start, "/audit", &[("number", "12345")]).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.says("Ghi 12 chữ số"));
        let first = browser.submit(&start, "/audit", &[("number", HUSBAND)]).await;
        assert!(first.says("Thanh tra nhật ký") && first.says("Xem trang thông tin người") && first.says("lan.tt"));
        // The last form to /audit on the page leads on.
        let second = browser.submit(&first, "/audit", &[]).await;
        assert!(second.says("Kết hôn") || second.says("Ghi sự kiện hộ tịch"), "{}", second.text());
        let oldest = |page: &Page| page.html.split("/audit/entries/").skip(1).count();
        assert_eq!(oldest(&first), 50);
        for page in [&first, &second] {
            assert!(!page.says("Trần Văn Đức") && !page.says(WIFE) && !page.says(SON));
        }
        let file = browser.submit(&first, "/audit/export", &[]).await.html;
        assert!(file.starts_with("\u{FEFF}Mục số,Thời điểm,Cán bộ,"), "{file}");
        assert!(file.lines().count() > 60 && file.contains("Xem trang thông tin người") && !file.contains("Trần Văn Đức"));
    }

    async fn an_entry_and_its_proof_are_shown_within_reach(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        Browser::residence(&office).get(&format!("/desk/persons/{}", people.wife)).await;
        let browser = inspector(&office, "56");
        let list = browser.fill("/audit", &[("number", WIFE_FORMER)]).await;
        let link = list.link("/audit/entries/");
        let entry = browser.get(&link).await;
        assert!(entry.says("Phần đương sự không thấy") && entry.says("the newest entries"));
        assert!(entry.says(&office.ledger.verifier_key().to_string()) && entry.says("check-proof.py"));
        let proof = browser.get(&entry.link(&format!("{link}/proof"))).await;
        let proof = ledger::Proof::parse(&proof.html).unwrap();
        assert_eq!(format!("/audit/entries/{}", proof.verify(office.ledger.verifier_key()).unwrap().index), link);
        let refused = inspector(&office, "00004").get(&link).await;
        assert!(refused.status == StatusCode::FORBIDDEN && refused.says("trong địa bàn được giao"));
        assert_eq!(inspector(&office, "everywhere").get("/audit/entries/99999999").await.status, StatusCode::NOT_FOUND);
    }

    async fn without_role_or_purpose_nothing_is_shown(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let taught = inspector(&office, "everywhere").aimless().get("/audit").await;
        assert_eq!((taught.status, taught.link("/desk/basis").as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "/desk/basis?next=/audit"));
        let size = office.ledger.size().await.unwrap();
        let refused = Browser::residence(&office).get("/audit").await;
        assert!(refused.status == StatusCode::FORBIDDEN && !refused.html.contains("/audit/entries/"));
        assert_eq!(office.ledger.size().await.unwrap(), size + 1, "the refusal is an entry");
    }
}
