//! Recording acts by form.

use crate::{
    browser::Browser,
    office::{HUSBAND, Office, SETS, WIFE, ask_in, family, name},
};
use axum::http::StatusCode;
use population::{
    Draft, Intent, NEW_PERSON,
    acts::Content,
    model::{Fact, Relation, ResidenceKind},
};
use store::{Store, testing::on_sqlite};
use vocabulary::{Address, PartialDate, PersonId, PersonalNumber, Purpose, Sex, UnitCode};

const UNIT: &str = "22366";

async fn view(office: &Office, id: PersonId) -> population::PersonPage {
    office
        .population
        .person(&ask_in("residence-officer", Purpose::Residence, "everywhere"), id, None)
        .await
        .unwrap()
}

#[test]
fn the_forms_look_as_they_did() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::residence(&office);
        let household = format!("/desk/households/{}/acts", people.home);
        let person = format!("/desk/persons/{}", people.wife);
        insta::assert_snapshot!(
            "form-permanent",
            browser.get(&format!("{household}/permanent")).await.content()
        );
        insta::assert_snapshot!("form-head", browser.get(&format!("{household}/head")).await.content());
        insta::assert_snapshot!(
            "form-absence-refused",
            browser.fill(&format!("{household}/absence"), &[("address", "Tân Hòa")]).await.content()
        );
        insta::assert_snapshot!(
            "form-correction",
            browser.get(&format!("{person}/acts/correction")).await.content()
        );
        let done = browser
            .fill(
                &format!("{household}/temporary"),
                &[("members", "2"), ("address", UNIT), ("address-detail", "5 Lê Lợi"), ("evidence", "CT01")],
            )
            .await;
        insta::assert_snapshot!("receipt", done.content());
    });
}

store::on_each_engine! {
    sets = SETS;

    async fn members_are_ticked_and_the_receipt_takes_the_act_back(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::residence(&office);
        let path = format!("/desk/persons/{}/acts/temporary", people.son);
        let form = browser.get(&path).await;
        assert!(form.form(&path).contains(&("members".into(), people.son.to_string())), "who began it is ticked");
        let wife = people.wife.to_string();
        // Nothing but a tick, a place and the paper.
        let fill = [("+members", wife.as_str()), ("address", UNIT), ("address-detail", "5 Lê Lợi"), ("evidence", "CT01 số 7")];
        let receipt = browser.submit(&form, &path, &fill).await;
        assert!(receipt.path.starts_with("/desk/receipts/") && receipt.says("CT01 số 7") && receipt.says("Mục nhật ký"));
        for id in [people.son, people.wife] {
            let page = view(&office, id).await;
            assert!(page.person.person.residences.iter().any(|r| r.kind == ResidenceKind::Temporary && !r.ended));
        }
        assert!(view(&office, people.husband).await.person.person.current.is_empty());
        // Every entry on the receipt is one of a change.
        let listed = receipt.text();
        let numbers = listed.split("Mục nhật ký").nth(1).unwrap();
        let numbers: Vec<u64> = numbers.split([',', ' ']).filter(|w| !w.is_empty()).map_while(|w| w.parse().ok()).collect();
        assert_eq!(numbers.len(), 2);
        for entry in numbers {
            assert_eq!(office.ledger.entry(entry).await.unwrap().statement.outcome, ledger::Outcome::Changed);
        }
        let undo = receipt.link(&format!("/desk/persons/{}/annul/", people.son));
        let done = browser.fill(&undo, &[("reason", "Ghi nhầm"), ("evidence", "Biên bản 1")]).await;
        assert!(done.says("Hủy biến động ghi sai"));
        assert!(view(&office, people.wife).await.person.person.current.is_empty());
        let history = browser.get(&format!("/desk/persons/{}", people.son)).await;
        assert!(history.says("Đã bị hủy"));
        // The receipt is its officer's alone.
        let other = Browser::residence(&office).colleague("minh.pv");
        assert_eq!(other.get(&receipt.path).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_household_splits_loses_its_head_and_joins_again(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::residence(&office);
        let path = format!("/desk/households/{}/acts/split", people.home);
        let (husband, wife, son) = (people.husband.to_string(), people.wife.to_string(), people.son.to_string());
        let headless = browser.fill(&path, &[("members", &wife), ("evidence", "CT01")]).await;
        assert!(headless.status == StatusCode::UNPROCESSABLE_ENTITY && headless.says("Chọn quan hệ với chủ hộ"));
        let relation = |id: &str| format!("relation-{id}");
        let no_head = browser.fill(&path, &[("members", &wife), (&relation(&wife), "child"), ("evidence", "CT01")]).await;
        assert!(no_head.says("Phải có đúng một chủ hộ"));
        // The address of the household is filled in; the head leaves, which the receipt says.
        let left = browser.fill(&path, &[("members", &husband), (&relation(&husband), "head"), ("evidence", "CT01")]).await;
        assert!(left.says("Hộ không có chủ hộ"), "{}", left.text());
        let head = left.link(&format!("/desk/households/{}/acts/head", people.home));
        let done = browser.fill(&head, &[(&relation(&wife), "head"), (&relation(&son), "child"), ("evidence", "CT01")]).await;
        assert!(done.says("Thay đổi chủ hộ"));
        // Back again, into the household of the person with a number: found first, looked at, then recorded.
        let new = view(&office, people.husband).await.person.person.household.unwrap();
        let merge = format!("/desk/households/{new}/acts/merge");
        let fill = [("into", WIFE), (&relation(&husband), "spouse"), ("evidence", "CT01")];
        let check = browser.fill(&merge, &fill).await;
        assert!(check.says("Kiểm tra người hoặc hộ vừa tìm thấy") && check.says("Nguyễn Thị Hòa – Chủ hộ"));
        let merged = browser.submit(&check, &merge, &[]).await;
        assert!(merged.path.starts_with("/desk/receipts/"), "{}", merged.text());
        let page = view(&office, people.husband).await;
        assert_eq!((page.person.person.household, page.person.person.relation), (Some(people.home), Some(Relation::Spouse)));
    }

    async fn a_record_that_changed_meanwhile_is_a_conflict_with_everything_kept(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::residence(&office);
        let path = format!("/desk/persons/{}/acts/contact", people.wife);
        let (mine, theirs) = (browser.get(&path).await, browser.get(&path).await);
        browser.submit(&theirs, &path, &[("phones", "0900 000 002"), ("evidence", "Đơn 1")]).await;
        let conflict = browser.submit(&mine, &path, &[("phones", "0900000001"), ("evidence", "Đơn 2")]).await;
        assert_eq!(conflict.status, StatusCode::CONFLICT);
        assert!(conflict.says("Hồ sơ đã thay đổi") && conflict.html.contains("0900000001"));
        let done = browser.submit(&conflict, &path, &[]).await;
        assert!(done.path.starts_with("/desk/receipts/"));
        assert_eq!(view(&office, people.wife).await.person.person.contact.phones, ["0900000001"]);
    }

    async fn a_card_is_entered_corrected_and_taken_out(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::residence(&office);
        let path = format!("/desk/persons/{}/acts/correction", people.wife);
        let issued = [("card-issued-day", "28"), ("card-issued-month", "4"), ("card-issued-year", "2021"), ("evidence", "DC02 1")];
        let ends = |year| [("card-expires-day", "5"), ("card-expires-month", "8"), ("card-expires-year", year)];
        let wrong = browser.fill(&path, &[&issued[..], &ends("2020")].concat()).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.says("Ngày hết hạn thẻ phải sau ngày cấp"), "{}", wrong.text());
        let good = [&issued[..], &ends("2043"), &[("card-issuer", "Bộ Công an")]].concat();
        let done = browser.fill(&path, &good).await;
        assert!(done.path.starts_with("/desk/receipts/") && done.says("cấp ngày 28/04/2021; có giá trị đến 05/08/2043; Bộ Công an"), "{}", done.text());
        let page = browser.get(&format!("/desk/persons/{}", people.wife)).await;
        assert!(page.says("Cấp ngày 28/04/2021") && page.says("Có giá trị đến 05/08/2043 · Bộ Công an"), "{}", page.text());
        let done = browser.fill(&path, &[("card-issuer", "Công an tỉnh"), ("evidence", "DC02 2")]).await;
        assert!(done.path.starts_with("/desk/receipts/"));
        let held = view(&office, people.wife).await.person.person.card.clone().unwrap();
        assert_eq!((held.issued_on.iso().as_str(), &*held.issuer), ("2021-04-28", "Công an tỉnh"));
        let blank = ["card-issued-day", "card-issued-month", "card-issued-year", "card-expires-day", "card-expires-month", "card-expires-year", "card-issuer"];
        let blank: Vec<_> = blank.into_iter().map(|name| (name, "")).chain([("evidence", "DC02 3")]).collect();
        browser.fill(&path, &blank).await;
        assert_eq!(view(&office, people.wife).await.person.person.card, None);
    }

    async fn a_birth_takes_from_the_parents_and_gets_its_number(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::of(&office, "civil-status-officer", Purpose::CivilStatus);
        let path = "/desk/births/new";
        let second = browser.fill(path, &[("mother", WIFE), ("father", HUSBAND)]).await;
        assert!(second.says("Nguyễn Thị Hòa, sinh 1985") && second.says("Trần Văn Đức, sinh 02/05/1980"));
        let fields = second.form(path);
        let value = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
        assert_eq!((value("household"), value("relation")), (people.home.to_string(), "child".to_owned()));
        let refused = browser.submit(&second, path, &[("child-name", "Bé 1")]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.html.contains("Bé 1"));
        let child = [("child-name", "Trần Ngọc Ánh"), ("birth-date-day", "3"), ("birth-date-month", "2"), ("birth-date-year", "2026")];
        let fill: Vec<(&str, &str)> = child.into_iter().chain([("sex", "female"), ("evidence", "Giấy chứng sinh 12")]).collect();
        let receipt = browser.submit(&refused, path, &fill).await;
        assert!(receipt.says("Số định danh được cấp 056326"), "{}", receipt.text());
        let mother = view(&office, people.wife).await;
        assert_eq!(mother.person.children.len(), 2);
    }

    async fn people_from_elsewhere_come_by_number(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        // Somebody of Phường Ba Đình, where a colleague registered him.
        let number = "001090000077";
        let home = Address { new_unit: UnitCode::parse("00004").ok(), detail: "1 Quán Thánh".into(), ..Address::default() };
        let facts = vec![
            Fact::Name(Some(name("Phạm Quốc Bảo"))),
            Fact::Number(PersonalNumber::parse(number).ok()),
            Fact::Sex(Some(Sex::Male)),
            Fact::Permanent(home),
        ];
        let draft = Draft {
            effective: PartialDate::parse("1990").unwrap(),
            evidence: "DC01".into(),
            intent: Intent::Act(Content::Registration { person: NEW_PERSON, facts }),
            seen: vec![],
        };
        let colleague = ask_in("data-steward", Purpose::Cleaning, "00004");
        let bao = office.population.record(&colleague, draft).await.unwrap().person.unwrap();
        let browser = Browser::residence(&office);
        let page = browser.get(&format!("/desk/persons/{bao}")).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "not of the officer's units");
        let wrong = browser.fill("/desk/arrivals", &[("numbers", "001090000078\n12")]).await;
        assert!(wrong.says("Số thứ 2") && wrong.html.contains("001090000078"));
        let nobody = browser.fill("/desk/arrivals", &[("numbers", "001090000078")]).await;
        assert!(nobody.says("Số thứ 1: Không có ai mang số này"));
        // Into the household on whose page it began.
        let first = browser.get(&format!("/desk/arrivals?into={}", people.home)).await;
        let form = browser.submit(&first, "/desk/arrivals", &[("numbers", number)]).await;
        assert!(form.says("Phạm Quốc Bảo") && form.says("Trần Văn Đức – Chủ hộ"));
        let relation = format!("relation-{bao}");
        let done = browser.submit(&form, "/desk/arrivals/permanent", &[(&relation, "lodger"), ("evidence", "CT01")]).await;
        assert!(done.path.starts_with("/desk/receipts/"), "{}", done.text());
        let page = view(&office, bao).await;
        assert_eq!(page.person.person.household, Some(people.home));
        assert_eq!(page.person.person.permanent.new_unit, UnitCode::parse(UNIT).ok());
    }
}

#[test]
fn each_kind_of_act_is_recorded_by_its_form() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let (residence, civil) =
            (Browser::residence(&office), Browser::of(&office, "civil-status-officer", Purpose::CivilStatus));
        let (wife, husband) = (people.wife.to_string(), people.husband.to_string());
        let household = |act: &str| format!("/desk/households/{}/acts/{act}", people.home);
        let person = |id: &str, act: &str| format!("/desk/persons/{id}/acts/{act}");
        let place = [("address", UNIT), ("address-detail", "5 Lê Lợi")];
        let evidence = [("evidence", "Giấy tờ 1")];
        let today = PartialDate::today();
        let day = today.day().unwrap().to_string();
        let month = today.month().unwrap().to_string();
        let year = today.year().unwrap().to_string();
        let until =
            [("until-day", day.as_str()), ("until-month", month.as_str()), ("until-year", year.as_str())];
        let with = |parts: &[&[(&'static str, &str)]]| -> Vec<(String, String)> {
            parts.iter().flat_map(|p| p.iter()).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
        };
        let cases: Vec<(&Browser, String, Vec<(String, String)>)> = vec![
            (&residence, household("temporary"), with(&[&[("members", &wife)], &place, &evidence])),
            (&residence, household("extend"), with(&[&[("members", &wife)], &evidence])),
            (&residence, household("end-temporary"), with(&[&[("members", &wife)], &evidence])),
            (
                &residence,
                household("absence"),
                with(&[
                    &[("members", &wife), ("address", "Ba Đình, Hà Nội"), ("reason", "Đi làm")],
                    &until,
                    &evidence,
                ]),
            ),
            (&residence, household("return"), with(&[&[("members", &wife)], &evidence])),
            (&residence, household("stay"), with(&[&[("members", &wife)], &place, &until, &evidence])),
            (
                &residence,
                person(&wife, "former-number"),
                with(&[&[("number", "225 000 111"), ("from", "1999")], &evidence]),
            ),
            (
                &residence,
                person(&wife, "correction"),
                with(&[
                    &[("religion", "Phật giáo"), ("birth-place", "Trúc Bạch, Ba Đình, Hà Nội")],
                    &evidence,
                ]),
            ),
            (&residence, person(&wife, "replace-number"), with(&[&[("reason", "Trùng số")], &evidence])),
            (&civil, person(&husband, "divorce"), with(&[&evidence])),
            (
                &civil,
                person(&people.son.to_string(), "guardianship"),
                with(&[&[("guardian-name", "Lê Văn Tèo")], &evidence]),
            ),
            (
                &civil,
                person(&people.son.to_string(), "adoption"),
                with(&[&[("father-name", "Lê Văn Tèo")], &evidence]),
            ),
            (&civil, person(&husband, "missing"), with(&[&evidence])),
            (&civil, person(&husband, "found"), with(&[&evidence])),
            (&civil, person(&husband, "death"), with(&[&evidence])),
            (&residence, person(&wife, "end"), with(&[&[("reason", "Định cư nước ngoài")], &evidence])),
        ];
        for (browser, path, fill) in cases {
            let fill: Vec<(&str, &str)> = fill.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let page = browser.fill(&path, &fill).await;
            assert!(page.path.starts_with("/desk/receipts/"), "{path}: {}", page.text());
        }
        let p = view(&office, people.wife).await.person;
        assert_eq!(p.person.religion.as_deref(), Some("Phật giáo"));
        assert_eq!(p.person.birth_place.old_unit, UnitCode::parse("00004").ok());
        assert_eq!((p.person.past_numbers.len(), p.person.former_numbers.len()), (1, 2));
        assert!(
            p.person.household.is_none()
                && p.person.residences.iter().all(|r| r.ended || r.kind == ResidenceKind::Stay)
        );
        assert!(view(&office, people.husband).await.person.person.life.is_dead());
        // What the record leaves no room for is not in the menu.
        let menu = residence.get(&format!("/desk/persons/{husband}")).await;
        assert!(!menu.html.contains("/acts/temporary") && !menu.html.contains("/acts/death"));
    });
}

#[test]
fn a_marriage_shows_the_other_before_it_is_recorded() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::of(&office, "civil-status-officer", Purpose::CivilStatus);
        let path = format!("/desk/persons/{}/acts/marriage", people.son);
        let check = browser.fill(&path, &[("second", WIFE), ("evidence", "KH 1")]).await;
        assert!(check.status == StatusCode::OK && check.says("Nguyễn Thị Hòa, sinh 1985"));
        // She is married, which the rules then say beside her number.
        let refused = browser.submit(&check, &path, &[]).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.says("đang có vợ hoặc chồng"));
        assert!(refused.html.contains("href=\"#second\""));
        let nobody = browser.fill(&path, &[("evidence", "KH 1")]).await;
        assert!(nobody.says("Ghi số định danh hoặc họ tên"));
        let done = browser.fill(&path, &[("second-name", "Lê Thị Mơ"), ("evidence", "KH 1")]).await;
        assert!(done.path.starts_with("/desk/receipts/") && done.says("Lê Thị Mơ"), "{}", done.text());
    });
}

#[test]
fn a_form_without_the_sessions_token_is_refused() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::residence(&office);
        let path = format!("/desk/persons/{}/acts/contact", people.wife);
        let mut fields = browser.get(&path).await.form(&path);
        fields.retain(|(name, _)| name != "csrf_token");
        fields.push(("evidence".into(), "Đơn".into()));
        assert_eq!(browser.post(&path, &fields).await.status, StatusCode::FORBIDDEN);
        let page = browser.post("/desk/search", &[("q".into(), WIFE.into())]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
    });
}
