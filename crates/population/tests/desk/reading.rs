//! Finding and reading: search, person, household, who looked.

use crate::{
    browser::Browser,
    office::{HUSBAND, Office, SETS, SON, WIFE, WIFE_FORMER, family, name, tran_phu},
};
use axum::http::StatusCode;
use population::model::Fact;
use store::{Store, testing::on_sqlite};
use vocabulary::Purpose;

#[test]
fn the_pages_look_as_they_did() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let vi = Browser::residence(&office);
        let person = format!("/desk/persons/{}", people.wife);
        let household = format!("/desk/households/{}", people.home);
        let home = vi.get("/desk").await;
        insta::assert_snapshot!("home", home.content());
        insta::assert_snapshot!(
            "results",
            vi.submit(&home, "/desk/search", &[("q", "nguyen thi hoa")]).await.content()
        );
        insta::assert_snapshot!(
            "nobody",
            vi.submit(&home, "/desk/search", &[("q", "khong co ai")]).await.content()
        );
        insta::assert_snapshot!("person", vi.get(&person).await.content());
        insta::assert_snapshot!(
            "person-past",
            vi.get(&format!("{person}?on=01/01/2009&by=")).await.content()
        );
        insta::assert_snapshot!("household", vi.get(&household).await.content());
        insta::assert_snapshot!("who-looked", vi.get(&format!("{person}/who-looked")).await.content());
        let en = Browser::residence(&office).english();
        insta::assert_snapshot!("person-en", en.get(&person).await.content());
        insta::assert_snapshot!("household-en", en.get(&household).await.content());
    });
}

#[test]
fn without_a_purpose_pages_teach_and_show_nothing() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let entries = office.ledger.size().await.unwrap();
        let browser = Browser::residence(&office).aimless();
        let home = browser.get("/desk").await;
        assert!(home.says("Chưa nêu mục đích tra cứu") && home.link("/desk/basis").ends_with("?next=/desk"));
        for path in [
            format!("/desk/persons/{}", people.wife),
            format!("/desk/persons/{}/who-looked", people.wife),
            format!("/desk/persons/{}/acts/temporary", people.wife),
            format!("/desk/households/{}", people.home),
            "/desk/verify".to_owned(),
            "/desk/citizen".to_owned(),
            "/desk/births/new".to_owned(),
            "/desk/registrations/new".to_owned(),
            "/audit".to_owned(),
            "/desk/batch".to_owned(),
        ] {
            let page = browser.get(&path).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert_eq!(page.link("/desk/basis"), format!("/desk/basis?next={path}"));
            assert!(!page.says("Nguyễn Thị Hòa"), "{path}");
        }
        assert_eq!(office.ledger.size().await.unwrap(), entries);
    });
}

#[test]
fn another_purpose_or_another_unit_is_refused_with_the_remedy() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let path = format!("/desk/persons/{}", people.wife);
        let page = Browser::of(&office, "residence-officer", Purpose::OwnRequest).get(&path).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.says("Quản lý cư trú") && !page.says("Nguyễn Thị Hòa"));
        assert_eq!(page.link("/desk/basis"), format!("/desk/basis?next={path}"));
        // A form that could not be sent is not offered either.
        let form = format!("{path}/acts/temporary");
        let clerk = Browser::of(&office, "one-stop-clerk", Purpose::Procedure);
        assert_eq!(clerk.get(&form).await.status, StatusCode::FORBIDDEN);
        let seen = clerk.get(&path).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(!seen.html.contains("/acts/") && seen.says("không được xem với mục đích này"));
    });
}

store::on_each_engine! {
    sets = SETS;

    async fn people_are_found_by_number_scanner_and_name(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::residence(&office);
        let home = browser.get("/desk").await;
        let scanned = format!("{WIFE}|{WIFE_FORMER}|Nguyễn Thị Hòa|00001985|Nữ|12 Trần Phú|01012024");
        let spaced = "056 185 001 234";
        for q in [WIFE, spaced, WIFE_FORMER, scanned.as_str(), "nguyen thi hoa", "Nguyễn Thị Hoà"] {
            let page = browser.submit(&home, "/desk/search", &[("q", q)]).await;
            assert_eq!(page.link("/desk/persons/"), format!("/desk/persons/{}", people.wife), "{q}");
            assert!(page.says("056•••••••34") && !page.text().contains(WIFE) || q.contains(WIFE), "{q}");
        }
        let page = browser.submit(&home, "/desk/search", &[("q", "tran van"), ("birth", "1980")]).await;
        assert!(page.says("Trần Văn Đức") && !page.says("Trần Văn Minh"));
        let page = browser.submit(&home, "/desk/search", &[("q", "nguyễn thị hoá")]).await;
        assert!(page.says("Không tìm thấy ai") && page.says("Gõ lại không dấu"));
        for (fill, says) in [
            (vec![("q", "12345")], "12 chữ số"),
            (vec![("q", "hoa"), ("birth", "31/02/1985")], "Ghi năm sinh"),
            (vec![], "Nhập số hoặc họ tên"),
        ] {
            let page = browser.submit(&home, "/desk/search", &fill).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.says(says), "{says}");
        }
    }

    async fn the_next_page_goes_on_where_the_first_ended(store: Store) {
        let office = Office::open(store).await;
        for at in 0..25 {
            let facts = vec![Fact::Name(Some(name(&format!("Lê Văn {}", ["An", "Bình", "Cường"][at % 3])))), Fact::Permanent(tran_phu(at as u32 + 1))];
            office.register("1990", facts).await;
        }
        let browser = Browser::residence(&office);
        let home = browser.get("/desk").await;
        let first = browser.submit(&home, "/desk/search", &[("q", "le van")]).await;
        let hits = |page: &crate::browser::Page| {
            let links = page.html.split("href=\"/desk/persons/").skip(1);
            links.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect::<Vec<_>>()
        };
        // Of the two forms on the page the first is the way on.
        let way_on = first.html.split("<form").find(|form| form.contains("after-id")).unwrap();
        let value = |name: &str| {
            let tag = way_on.split('<').find(|tag| tag.contains(&format!("name=\"{name}\""))).unwrap();
            tag.split(" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        let fields = ["csrf_token", "q", "birth", "unit", "after-name", "after-birth", "after-id"];
        let fields: Vec<_> = fields.iter().map(|n| ((*n).to_owned(), value(n))).collect();
        let second = browser.post("/desk/search", &fields).await;
        let (one, two) = (hits(&first), hits(&second));
        assert_eq!((one.len(), two.len()), (20, 5));
        assert!(one.iter().all(|id| !two.contains(id)));
        assert!(!second.html.contains("after-id"));
    }

    async fn every_look_is_listed_with_its_reasons(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::residence(&office);
        let person = format!("/desk/persons/{}", people.husband);
        browser.get(&person).await;
        let log = browser.get(&format!("{person}/who-looked")).await;
        for text in ["lan.tt", "Xem trang thông tin người", "Quản lý cư trú", "Luật Cư trú 2020, Điều 38", "niêm phong"] {
            assert!(log.says(text), "{text}");
        }
        for _ in 0..25 {
            browser.get(&person).await;
        }
        let first = browser.get(&format!("{person}/who-looked")).await;
        let older = browser.get(&first.link(&format!("{person}/who-looked?before="))).await;
        assert!(older.status.is_success() && older.says("Ghi biến động cư trú"));
        for digits in [HUSBAND, WIFE, SON] {
            assert!(!first.says(digits));
        }
    }
}

#[test]
fn a_past_view_is_marked_and_a_wrong_day_is_told() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::residence(&office);
        let person = format!("/desk/persons/{}", people.wife);
        let past = browser.get(&format!("{person}?on=01/01/2009&by=")).await;
        assert!(past.says("Bạn đang xem quá khứ") && past.link(&person) == person);
        assert!(
            !past.html.contains("/acts/") && !past.html.contains("/annul/"),
            "the past is not acted upon"
        );
        // The household was formed in October 2010.
        assert!(!past.html.contains("/desk/households/1\">Hộ số"), "{}", past.text());
        let wrong = browser.get(&format!("{person}?on=2009&by=x")).await;
        assert!(wrong.says("Ghi ngày cần xem") && !wrong.says("Bạn đang xem quá khứ"));
    });
}
