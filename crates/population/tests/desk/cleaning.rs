//! Entering people without a record, merging records, cancelling numbers.

use crate::{
    browser::{Browser, Page},
    office::{HUSBAND, Office, SETS, WIFE, WIFE_FORMER, ask, date, family, name, number, tran_phu},
};
use axum::http::StatusCode;
use population::{
    MergeDraft, PersonPage, SearchFor,
    model::{Fact, FormerClaim, Part, Relative},
};
use store::{Store, testing::on_sqlite};
use vocabulary::{FormerNumber, FullName, PartialDate, PersonId, PersonalNumber, Purpose, Sex};

const NEW: &str = "/desk/registrations/new";
const MERGE: &str = "/data/quality/merge";
const UNIT: &str = "22366";

fn steward(office: &Office) -> Browser {
    Browser::of(office, "data-steward", Purpose::Cleaning)
}

async fn view(office: &Office, id: PersonId) -> PersonPage {
    office.population.person(&ask("data-steward", Purpose::Cleaning), id, None).await.unwrap()
}

/// The only person of the office with a name.
async fn named(office: &Office, name: &str) -> PersonId {
    let wanted = SearchFor { name: name.into(), ..SearchFor::default() };
    let hits = office.population.search(&ask("data-steward", Purpose::Cleaning), &wanted).await.unwrap().hits;
    assert_eq!(hits.len(), 1, "{name}");
    hits[0].person.id
}

/// A second record of the wife, made from other papers.
async fn double(office: &Office, spelled: &str, digits: Option<&str>) -> PersonId {
    let facts = vec![
        Fact::Number(digits.and_then(|d| PersonalNumber::parse(d).ok())),
        Fact::Name(Some(name(spelled))),
        Fact::BirthDate(date("1985-03-12")),
        Fact::Sex(Some(Sex::Female)),
        Fact::Religion(Some("Phật giáo".into())),
        Fact::FormerNumbers(vec![FormerClaim {
            number: FormerNumber::parse("225999888").unwrap(),
            issuer: String::new(),
            from: date("1999"),
            until: PartialDate::UNKNOWN,
        }]),
        Fact::Current(tran_phu(14)),
    ];
    office.register("1985", facts).await
}

fn receipt(page: &Page) -> bool {
    page.path.starts_with("/desk/receipts/")
}

#[test]
fn the_forms_look_as_they_did() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        family(&office).await;
        double(&office, "Nguyễn Thị Hoà", None).await;
        let browser = steward(&office);
        insta::assert_snapshot!("registration", browser.get(NEW).await.content());
        let known = [
            ("name", "Nguyen Thi Hoa"),
            ("birth-date-year", "1985"),
            ("sex", "female"),
            ("current", UNIT),
            ("current-detail", "12 Trần Phú"),
            ("evidence", "DC01"),
        ];
        insta::assert_snapshot!("registration-alike", browser.fill(NEW, &known).await.content());
    });
}

store::on_each_engine! {
    sets = SETS;

    async fn a_person_without_papers_is_entered_with_what_is_known(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        for browser in [steward(&office), Browser::residence(&office)] {
            assert_eq!(browser.get("/desk").await.link(NEW), NEW);
        }
        let browser = steward(&office);
        let empty = browser.fill(NEW, &[("evidence", "DC01 số 3")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(empty.says("Cần điền mục này") && empty.says("Cần ghi số nhà"));
        let known = [("name", "Hồ Thị Mai"), ("birth-date-year", "1950"), ("current", UNIT), ("current-detail", "gầm cầu Trần Phú")];
        let fill: Vec<_> = known.into_iter().chain([("father-name", "Hồ Văn Sáu"), ("evidence", "DC01 số 3")]).collect();
        let done = browser.fill(NEW, &fill).await;
        assert!(receipt(&done) && done.says("Thu thập thông tin lần đầu"), "{}", done.text());
        let page = view(&office, named(&office, "Hồ Thị Mai").await).await;
        let p = &page.person.person;
        assert_eq!((p.birth_date.iso().as_str(), p.sex, p.number, p.nationalities.len()), ("1950", None, None, 0));
        assert_eq!((p.current.detail.as_str(), p.permanent.is_empty()), ("gầm cầu Trần Phú", true));
        assert_eq!(p.father.as_ref().and_then(|f| f.name.as_ref()).map(FullName::reveal), Some("Hồ Văn Sáu"));
        // Elsewhere is for the officers there.
        let elsewhere = browser.of_units("00004").fill(NEW, &fill).await;
        assert_eq!(elsewhere.status, StatusCode::FORBIDDEN);
    }

    async fn parents_are_found_and_records_of_the_same_person_are_shown_first(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        for browser in [steward(&office), Browser::residence(&office)] {
            let taken = [("name", "Trần Thị Lài"), ("number", HUSBAND), ("current", UNIT), ("current-detail", "1 Lê Lợi"), ("evidence", "DC01")];
            let taken = browser.fill(NEW, &taken).await;
            assert!(taken.status == StatusCode::UNPROCESSABLE_ENTITY && taken.says("Đã có hồ sơ mang số này"));
        }
        let browser = steward(&office);
        let fill = [("name", "Trần Văn Minh"), ("birth-date-year", "2010"), ("mother", WIFE), ("current", UNIT), ("current-detail", "12 Trần Phú"), ("evidence", "DC01")];
        let check = browser.fill(NEW, &fill).await;
        assert!(check.status == StatusCode::OK && check.says("Nguyễn Thị Hòa, sinh 1985") && !check.says("đã có hồ sơ"), "the mother first");
        let alike = browser.submit(&check, NEW, &[]).await;
        assert!(alike.status == StatusCode::OK && alike.says("Có thể người này đã có hồ sơ"), "{}", alike.text());
        assert!(alike.says(&format!("Hồ sơ số {}", people.son)) && alike.says("phần có ghi trùng nhau"));
        assert_eq!(alike.link("/desk/persons/"), format!("/desk/persons/{}", people.son));
        // Without a reason it comes back; what was typed stays.
        let refused = browser.submit(&alike, NEW, &[]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.says("Nêu vì sao là người khác"));
        let done = browser.submit(&refused, NEW, &[("apart-reason", "Con riêng, đã gặp cả hai")]).await;
        assert!(receipt(&done), "{}", done.text());
        let new = PersonId(people.son.0 + 1);
        assert_eq!(view(&office, new).await.person.person.mother, Some(Relative::recorded(people.wife)));
    }

    async fn a_birth_that_is_registered_already_is_shown_and_a_twin_is_not(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let browser = Browser::of(&office, "civil-status-officer", Purpose::CivilStatus);
        let register = async |given: &str| {
            let parents = browser.fill("/desk/births/new", &[("mother", WIFE), ("father", HUSBAND)]).await;
            let child = [
                ("child-name", given), ("birth-date-day", "3"), ("birth-date-month", "2"), ("birth-date-year", "2026"),
                ("sex", "female"), ("evidence", "GCS 12"),
            ];
            browser.submit(&parents, "/desk/births/new", &child).await
        };
        for given in ["Trần Ngọc Ánh", "Trần Ngọc Diệp"] {
            let done = register(given).await;
            assert!(receipt(&done), "{given}: {}", done.text());
        }
        let again = register("Trần Ngọc Ánh").await;
        assert!(again.status == StatusCode::OK && again.says("Có thể người này đã có hồ sơ"), "{}", again.text());
    }

    async fn two_records_of_one_person_become_one_and_two_again(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let other = double(&office, "Nguyễn Thị Hoà", None).await;
        let browser = steward(&office);
        // The page of a person leads to the merge desk, with the record.
        let page = browser.get(&format!("/desk/persons/{other}")).await;
        assert_eq!(page.link(MERGE), format!("{MERGE}?with={other}"));
        assert_eq!(browser.get("/desk").await.link(MERGE), MERGE);
        let clerk = Browser::residence(&office);
        assert!(!clerk.get("/desk").await.html.contains(MERGE));
        let draft = MergeDraft {
            kept: people.wife,
            ended: vec![other],
            taken: vec![(Part::BirthDate, other), (Part::Religion, other)],
            evidence: "BB 1".into(),
            seen: vec![],
        };
        let merged = office.population.merge(&ask("data-steward", Purpose::Cleaning), None, &draft).await.unwrap();
        let kept = view(&office, people.wife).await.person;
        assert_eq!((kept.person.birth_date.iso().as_str(), kept.person.religion.as_deref()), ("1985-03-12", Some("Phật giáo")));
        assert_eq!(kept.person.name.as_ref().map(FullName::reveal), Some("Nguyễn Thị Hòa"));
        let former: Vec<String> = kept.person.former_numbers.iter().map(|c| c.number.reveal()).collect();
        assert_eq!(former, [WIFE_FORMER, "225999888"], "former numbers add up");
        assert!(kept.person.current.is_empty() && kept.person.household == Some(people.home));
        // The number of the ended record leads to the record kept, and as of a day it is read as it was.
        let forwarded = browser.led(&format!("/desk/persons/{other}")).await;
        assert_eq!(forwarded, (StatusCode::SEE_OTHER, Some(format!("/desk/persons/{}", people.wife))));
        assert!(browser.get(&format!("/desk/persons/{other}?on=2026-01-01")).await.says("Nguyễn Thị Hoà"));
        let history = browser.get(&format!("/desk/persons/{}", people.wife)).await;
        let undo = history.link(&format!("/desk/persons/{}/annul/{}", people.wife, merged.acts[0]));
        let undone = browser.fill(&undo, &[("reason", "Hai người khác nhau"), ("evidence", "BB 2")]).await;
        assert!(receipt(&undone), "{}", undone.text());
        assert_eq!(view(&office, other).await.person.person.religion.as_deref(), Some("Phật giáo"));
        assert_eq!(view(&office, people.wife).await.person.person.birth_date.iso(), "1985");
    }

    async fn a_number_is_cancelled_and_nothing_takes_its_place(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::residence(&office);
        let path = format!("/desk/persons/{}/acts/cancel-number", people.husband);
        assert_eq!(browser.get(&format!("/desk/persons/{}", people.husband)).await.link(&path), path);
        let refused = browser.fill(&path, &[("evidence", "QĐ 7")]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.says("Cần điền mục này"));
        let done = browser.fill(&path, &[("reason", "Cấp nhầm"), ("evidence", "QĐ 7")]).await;
        assert!(receipt(&done) && !done.says("Số định danh được cấp"), "{}", done.text());
        let p = view(&office, people.husband).await.person.person.clone();
        assert_eq!((p.number, p.past_numbers[0].number.reveal().as_str()), (None, HUSBAND));
        let wanted = SearchFor { number: Some(number(HUSBAND)), ..SearchFor::default() };
        let hits = office.population.search(&ask("data-steward", Purpose::Cleaning), &wanted).await.unwrap().hits;
        assert_eq!(hits[0].person.id, people.husband, "the number still finds the person");
        assert!(browser.get(&format!("/desk/persons/{}", people.husband)).await.html.contains("/acts/issue-number"));
    }
}
