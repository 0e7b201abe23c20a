//! What leaves the desk on paper or as a file: verifications with their evidence, confirmations of residence, batches.

use crate::{
    browser::{Browser, Page},
    office::{Office, SETS, WIFE, WIFE_FORMER, family},
};
use axum::http::StatusCode;
use ledger::Proof;
use store::{Store, testing::on_sqlite};
use vocabulary::Purpose;

/// The text behind a label, up to the next blank.
fn after(page: &Page, label: &str) -> String {
    let text = page.text();
    let rest = text.split(label).nth(1).unwrap_or_else(|| panic!("{label} in {text}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

fn printed_code(page: &Page) -> String {
    let rest = page.html.split("dancu-qr__code\">").nth(1).unwrap();
    rest.split('<').next().unwrap().to_owned()
}

#[test]
fn the_papers_look_as_they_did() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::of(&office, "one-stop-clerk", Purpose::Procedure);
        let fill = [("number", WIFE), ("name", "NGUYỄN THỊ HOÀ"), ("birth-year", "1986")];
        insta::assert_snapshot!("verified", browser.fill("/desk/verify", &fill).await.content());
        let english = Browser::of(&office, "one-stop-clerk", Purpose::Procedure).english();
        insta::assert_snapshot!("verified-en", english.fill("/desk/verify", &fill).await.content());
        insta::assert_snapshot!(
            "citizen",
            browser.fill("/desk/citizen", &[("number", WIFE_FORMER)]).await.content()
        );
        let path = format!("/desk/persons/{}/residence-confirmation", people.wife);
        let paper = browser.fill(&path, &[]).await.content();
        let until = vocabulary::Moment::now().plus_seconds(365 * 86_400).local_text();
        let (y, m, d) = vocabulary::Moment::now().local_date();
        let today = format!("ngày {d:02} tháng {m:02} năm {y}");
        insta::assert_snapshot!(
            "confirmation",
            paper.replace(&until[..10], "UNTIL").replace(&today, "ngày … tháng … năm …")
        );
        insta::assert_snapshot!(
            "batch",
            Browser::of(&office, "data-steward", Purpose::Cleaning).get("/desk/batch").await.content()
        );
        insta::assert_snapshot!("confirmations", browser.get("/confirmations").await.content());
    });
}

store::on_each_engine! {
    sets = SETS;

    async fn evidence_is_checked_by_anybody_and_read_by_its_officer(store: Store) {
        let office = Office::open(store).await;
        family(&office).await;
        let clerk = Browser::of(&office, "one-stop-clerk", Purpose::Procedure);
        let answer = clerk.fill("/desk/verify", &[("number", WIFE), ("name", "Nguyễn Thị Hoa")]).await;
        for text in ["Không khớp", "Trần Thị Lan", "000.00.01.H32-261121-0001", "Đăng ký thường trú", "Đã hỏi: Số định danh cá nhân 056185001234"] {
            assert!(answer.says(text), "{text}: {}", answer.text());
        }
        let (entry, code) = (after(&answer, "Mục nhật ký số"), printed_code(&answer));
        // Printed again later: the same entry, without what was typed, which no log keeps.
        let card = clerk.get(&format!("/desk/evidence/{entry}")).await;
        assert!(printed_code(&card) == code && !card.says(WIFE) && !card.says("Nguyễn Thị Hoa"));
        let proof = clerk.get(&format!("/desk/evidence/{entry}/proof")).await;
        let proven = Proof::parse(&proof.html).unwrap().verify(office.ledger.verifier_key()).unwrap();
        assert_eq!(proven.index.to_string(), entry);
        // Another officer does not find it; anybody may check the code.
        let other = Browser::of(&office, "one-stop-clerk", Purpose::Procedure).colleague("minh.pv");
        assert_eq!(other.get(&format!("/desk/evidence/{entry}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.get("/desk/evidence/999999").await.status, StatusCode::NOT_FOUND);
        assert!(other.get(&format!("/evidence?entry={entry}&code={code}")).await.says("mã kiểm tra khớp"));
        let wrong: String = code.chars().rev().collect();
        assert!(other.fill("/evidence", &[("entry", &entry), ("code", &wrong)]).await.says("Không khớp"));
        assert!(other.fill("/evidence", &[("entry", "999999"), ("code", &code)]).await.says("Nhật ký không có mục"));
        let short = other.fill("/evidence", &[("entry", "x"), ("code", "abcd")]).await;
        assert!(short.says("chỉ gồm chữ số") && short.says("ít nhất 16 ký tự"));
    }

    async fn a_confirmation_is_checked_by_whoever_holds_it(store: Store) {
        let office = Office::open(store).await;
        let people = family(&office).await;
        let browser = Browser::residence(&office);
        let path = format!("/desk/persons/{}/residence-confirmation", people.wife);
        let paper = browser.fill(&path, &[]).await;
        for text in ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "CÔNG AN PHƯỜNG NHA TRANG", "Trần Văn Đức", "Trần Văn Minh", WIFE] {
            assert!(paper.says(text), "{text}");
        }
        let code = printed_code(&paper);
        let scanned = browser.get(&format!("/confirmations?code={code}")).await;
        assert!(scanned.says("Còn hiệu lực") && !scanned.says("Nguyễn Thị Hòa") && !scanned.says(WIFE));
        let typed = browser.fill("/confirmations", &[("code", &code.to_uppercase()), ("number", WIFE)]).await;
        assert!(typed.says("Khớp") && typed.status == StatusCode::OK);
        let forged = browser.fill("/confirmations", &[("code", &code), ("number", "056185001235")]).await;
        assert!(forged.says("Không khớp"));
        let unknown = browser.fill("/confirmations", &[("code", "0000-0000-0000-0000-0000-0000")]).await;
        assert!(unknown.status == StatusCode::NOT_FOUND && unknown.says("Không có giấy này"));
        let short = browser.fill("/confirmations", &[("code", "abc")]).await;
        assert!(short.status == StatusCode::UNPROCESSABLE_ENTITY);
        let log = browser.get(&format!("/desk/persons/{}/who-looked", people.son)).await;
        assert!(log.says("Phục vụ việc của người khác"), "the members stand on the paper too");
    }
}

#[test]
fn the_clerks_look_ups_answer_what_was_asked() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        family(&office).await;
        let clerk = Browser::of(&office, "one-stop-clerk", Purpose::Procedure);
        let head = clerk.fill("/desk/verify/head", &[("number", WIFE)]).await;
        assert!(head.says("Người này không phải chủ hộ"));
        let pair = clerk.fill("/desk/verify/pair", &[("number", WIFE), ("other", WIFE_FORMER)]).await;
        assert!(pair.says("Thông tin khớp"));
        let refused = clerk.fill("/desk/verify/pair", &[("number", WIFE), ("other", WIFE)]).await;
        assert!(
            refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.says("Ghi số CMND gồm 9 chữ số")
        );
        let nobody = clerk.fill("/desk/verify", &[("number", "056185009999")]).await;
        assert!(nobody.says("Không có ai mang số này"));
        assert_eq!(clerk.get("/desk/verify/nothing").await.status, StatusCode::NOT_FOUND);
        let citizen = clerk.fill("/desk/citizen", &[("number", WIFE)]).await;
        assert!(citizen.says("Nguyễn Thị Hòa") && !citizen.says("Tôn giáo"));
        let unknown = clerk.fill("/desk/citizen", &[("number", "056185009999")]).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        assert!(unknown.says("Không có ai mang số này") && unknown.html.contains("056185009999"));
    });
}

#[test]
fn a_batch_goes_up_and_its_result_comes_down() {
    on_sqlite(SETS, async |store: Store| {
        let office = Office::open(store).await;
        family(&office).await;
        let steward = Browser::of(&office, "data-steward", Purpose::Cleaning);
        let page = steward.get("/desk/batch").await;
        let file =
            format!("Số định danh,Họ và tên\n{WIFE},Nguyễn Thị Hòa\n{WIFE_FORMER},Nguyễn Thị Hoa\n12,x\n");
        let result = steward.upload(&page, "/desk/batch", &file).await;
        let lines: Vec<&str> = result.html.lines().collect();
        assert_eq!(lines[0], "row,number,full-name,overall,entry,fault");
        assert!(
            lines[1].starts_with("1,match,match,match,")
                && lines[2].starts_with("2,match,mismatch,mismatch,")
        );
        assert_eq!((lines[3], lines[4]), ("3,,,invalid,,1:number/digits", "end,3"));
        let wrong = steward.upload(&page, "/desk/batch", "a,b\n1,2\n").await;
        assert!(
            wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.says("Cần đúng một cột số định danh")
        );
        let sample = steward.get("/desk/batch/sample.csv").await;
        let again = steward.upload(&page, "/desk/batch", &sample.html).await;
        assert!(again.html.contains("end,2"), "the sample is a file that is understood: {}", again.html);
        let clerk = Browser::of(&office, "one-stop-clerk", Purpose::Procedure);
        assert_eq!(clerk.get("/desk/batch").await.status, StatusCode::FORBIDDEN);
    });
}
