//! Codes of an app and on paper, the phone's word for a computer, recovery after a loss, and guessing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;
mod authenticator;

use application::*;
use serde_json::json;
use store::{Store, params};
use totp_rs::{Builder, Secret, Totp};

const DUC: (&str, &str) = ("Trần Văn Đức", "02/05/1980");
const HOA: (&str, &str) = ("Nguyễn Thị Hòa", "05/08/1983");
const PHONE: &str = "0905123456";

fn between(text: &str, before: &str, after: &str) -> String {
    text.split(before).nth(1).and_then(|rest| rest.split(after).next()).unwrap_or_default().to_owned()
}

async fn sign_in(site: &mut Site, number: &str, password: &str) -> Answer {
    site.post("/citizen/sign-in", &[("number", number), ("password", password)]).await
}

/// The secret of the page that asks for the second factor.
async fn ask_factor(site: &mut Site) -> String {
    let page = sign_in(site, NUMBER, PASSWORD).await.expect(200);
    field(&page.body, "challenge")
}

async fn factor(site: &mut Site, challenge: &str, code: &str) -> Answer {
    site.post("/citizen/sign-in/code", &[("challenge", challenge), ("code", code)]).await
}

/// Sets an app up; it, and the sheet of codes.
async fn app(site: &mut Site) -> (Totp, Vec<String>) {
    site.submit("/citizen/security/app", &[]).await.expect(303);
    let page = site.get("/citizen/security/app").await.expect(200).body;
    let secret = between(&page, "dancu-secret\">", "<").replace(' ', "");
    assert!(
        page.contains("dancu-qr-large\"><svg") && !page.contains("<script"),
        "the server draws the QR code"
    );
    let app = Builder::new().with_secret(Secret::try_from_base32(&secret).unwrap()).build().unwrap();
    site.submit("/citizen/security/app/confirm", &[("code", "000000")]).await;
    let right = app.generate(now() as u64).to_string();
    let sheet = site.submit("/citizen/security/app/confirm", &[("code", &right)]).await.expect(200).body;
    (app, codes(&sheet))
}

fn codes(sheet: &str) -> Vec<String> {
    let list = between(sheet, "dancu-codes\">", "</ol>");
    list.split("<code>").skip(1).map(|part| part.split('<').next().unwrap().to_owned()).collect()
}

/// A recovery up to the notice; the answer to its second page.
async fn recover(site: &mut Site, paper: &str, channel: &str, to: &str, password: &str) -> Answer {
    let fields = [("number", NUMBER), ("paper", paper), ("channel", channel)];
    let page = site.post("/citizen/recovery", &fields).await.expect(200);
    let challenge = field(&page.body, "challenge");
    let code = site.code_to(to);
    let fields = [("challenge", challenge.as_str()), ("code", code.as_str()), ("password", password)];
    site.post("/citizen/recovery/confirm", &fields).await
}

async fn make_ready(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    let then = vocabulary::Moment::now().plus_seconds(-1);
    tx.execute("UPDATE citizen_recovery SET ready_at = $1", params![then]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn add_contact(site: &mut Site, contact: &str) {
    let page = site.submit("/citizen/security/contacts", &[("contact", contact)]).await.expect(200);
    let challenge = field(&page.body, "challenge");
    let code = site.code_to(&format!("email:{contact}"));
    let fields = [("challenge", challenge.as_str()), ("code", code.as_str())];
    site.submit("/citizen/security/contacts/confirm", &fields).await.expect(303);
}

const NEW_PASSWORD: &str = "sông Cái chảy qua Nha Trang";

store::on_each_engine! {
    sets = SETS;

    async fn rfc6238_5_2_a_code_of_the_app_counts_once(store: Store) {
        let mut site = Site::open(store.clone()).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        let before = now();
        let (app, sheet) = app(&mut site).await;
        assert_eq!(sheet.len(), 10);
        let rows: Vec<Vec<u8>> = store.all("SELECT code FROM citizen_recovery_code", &[]).await.unwrap();
        assert!(rows.iter().all(|row| row.len() == 32), "digests alone are kept");

        site.switch(&mut Cookies::new());
        let challenge = ask_factor(&mut site).await;
        site.get("/citizen").await.expect(303);
        let used = app.generate(before as u64).to_string();
        factor(&mut site, &challenge, &used).await.expect(422);
        // The next step's code is within the skew, and newer than the one that confirmed the app.
        let code = app.generate(now() as u64 + 30).to_string();
        factor(&mut site, &challenge, &code).await.expect(303);
        site.get("/citizen").await.expect(200);
        let mut bank = App::of("bank", &site).await;
        let (granted, verifier) = bank.code(&mut site, "openid", &[]).await;
        let tokens = bank.exchange(&site, &granted, &verifier).await.json(200);
        let claims = site.id_token(tokens["id_token"].as_str().unwrap()).await;
        assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));

        site.switch(&mut Cookies::new());
        let challenge = ask_factor(&mut site).await;
        factor(&mut site, &challenge, &code).await.expect(422);
        assert_eq!(factor(&mut site, "", &code).await.expect(303).location(), "/citizen/sign-in?next=%2Fcitizen&over=yes");
    }

    async fn an_app_counts_once_it_is_confirmed_and_no_more_once_it_is_removed(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        site.submit("/citizen/security/app", &[]).await.expect(303);
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(303);
        let (_, sheet) = app(&mut site).await;
        assert!(site.messages().iter().any(|text| text.contains("cần thêm mã từ ứng dụng")));
        site.submit("/citizen/security/app", &[]).await.expect(303);
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(200);
        site.submit("/citizen/security/app/remove", &[]).await.expect(303);
        site.submit("/citizen/security/app/remove", &[]).await.expect(404);
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(303);
        assert_eq!(sheet.len(), 10);
    }

    async fn a_code_on_paper_counts_once_and_a_new_sheet_ends_the_old(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        let (_, sheet) = app(&mut site).await;
        let challenge = ask_factor(&mut site).await;
        factor(&mut site, &challenge, &sheet[0].to_uppercase().replace('-', " ")).await.expect(303);
        let challenge = ask_factor(&mut site).await;
        factor(&mut site, &challenge, &sheet[0]).await.expect(422);
        factor(&mut site, &challenge, &sheet[1]).await.expect(303);
        assert!(site.get("/citizen/security").await.expect(200).body.contains("Còn 8 trong 10 mã"));
        let page = site.submit("/citizen/security/codes", &[]).await.expect(200).body;
        let newer = codes(&page);
        assert!(newer.len() == 10 && !newer.contains(&sheet[2]));
        let challenge = ask_factor(&mut site).await;
        factor(&mut site, &challenge, &sheet[2]).await.expect(422);
        factor(&mut site, &challenge, &newer[2]).await.expect(303);
    }

    async fn ten_thousand_wrong_codes_open_nothing_and_keep_nobody_out(store: Store) {
        let mut site = Site::open(store.clone()).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        let (app, sheet) = app(&mut site).await;
        let mut owner = Cookies::new();
        site.switch(&mut owner);
        // A stranger who knows the password guesses the code, from one network after another.
        let (mut looked_at, mut told_to_wait) = (0, 0);
        let mut challenge = String::new();
        for guess in 0..10_000u32 {
            site.address = [198, 51, 100, (guess / 500) as u8];
            if challenge.is_empty() {
                let page = sign_in(&mut site, NUMBER, PASSWORD).await;
                if page.status == 429 {
                    told_to_wait += 1;
                    continue;
                }
                challenge = field(&page.expect(200).body, "challenge");
            }
            let wrong = format!("{guess:06}");
            let near = [-30, 0, 30].map(|ahead| app.generate((now() + ahead) as u64).to_string());
            if near.contains(&wrong) {
                continue;
            }
            match factor(&mut site, &challenge, &wrong).await.status.as_u16() {
                422 => looked_at += 1,
                429 => told_to_wait += 1,
                303 => challenge.clear(),
                other => panic!("{other}"),
            }
        }
        assert!(looked_at <= 110, "{looked_at} guesses were compared");
        assert!(told_to_wait > 0);
        site.get("/citizen").await.expect(303);
        assert!(site.messages().iter().any(|text| text.contains("nhập đúng mật khẩu nhưng sai mã")));
        // The owner's own browser is let in meanwhile.
        site.switch(&mut owner);
        site.address = [203, 0, 113, 1];
        let challenge = ask_factor(&mut site).await;
        factor(&mut site, &challenge, &sheet[0]).await.expect(303);
    }

    async fn what_is_right_gives_a_network_back_its_own_try_and_no_failure(store: Store) {
        let mut site = Site::open(store).await;
        // A whole office behind one address: accounts are made, and each sign-in comes from a new browser.
        for round in 0..2 {
            for (number, (name, birth), contact) in [(NUMBER, DUC, PHONE), (WIFE, HOA, "0905123457")] {
                if round == 0 {
                    site.arrive(number, name, birth, contact).await;
                }
                for _ in 0..20 {
                    site.switch(&mut Cookies::new());
                    sign_in(&mut site, number, PASSWORD).await.expect(303);
                }
            }
        }
        // Somebody who guesses there at one number after another, and signs in himself in between.
        for guess in 0..30 {
            site.switch(&mut Cookies::new());
            sign_in(&mut site, NUMBER, PASSWORD).await.expect(303);
            site.switch(&mut Cookies::new());
            let number = format!("0561800{:05}", 40_000 + guess);
            sign_in(&mut site, &number, "không phải mật khẩu").await.expect(422);
        }
        site.switch(&mut Cookies::new());
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(429);
        site.address = [192, 0, 2, 9];
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(303);
    }

    async fn a_stranger_keeps_neither_the_owner_nor_his_neighbours_out(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        let mut owner = Cookies::new();
        site.switch(&mut owner);
        site.address = [198, 51, 100, 7];
        for _ in 0..5 {
            sign_in(&mut site, NUMBER, "không phải mật khẩu").await.expect(422);
        }
        let waits = sign_in(&mut site, NUMBER, PASSWORD).await.expect(429);
        assert!(waits.headers.contains_key("retry-after"));
        // A browser that was never seen, from another network: not concerned.
        site.address = [192, 0, 2, 9];
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(303);
        // The owner's browser, even from the stranger's network.
        site.address = [198, 51, 100, 7];
        site.switch(&mut owner);
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(303);
        // His own allowance ends as well, and it is his alone.
        for _ in 0..10 {
            sign_in(&mut site, NUMBER, "không phải mật khẩu").await.expect(422);
        }
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(429);
        // A cookie that nobody was given earns nothing.
        site.switch(&mut Cookies::from([("dancu-citizen-device".to_owned(), "A".repeat(43))]));
        for _ in 0..3 {
            sign_in(&mut site, NUMBER, "không phải mật khẩu").await;
        }
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(429);
    }

    async fn unknown_and_known_people_cost_the_same_work_and_read_the_same(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        site.switch(&mut Cookies::new());
        let mut said = Vec::new();
        for number in [NUMBER, WIFE, "056080009999", "not a number"] {
            let before = site.provider().hashings();
            let page = sign_in(&mut site, number, "không phải mật khẩu").await.expect(422).body;
            assert_eq!(site.provider().hashings(), before + 1, "one password is compared for {number}");
            said.push(between(&page, "error-summary__list", "</ul>"));
            let fields = [("number", number), ("paper", "abcde-fghij"), ("channel", "phone")];
            let page = site.post("/citizen/recovery", &fields).await.expect(200).body;
            let challenge = field(&page, "challenge");
            assert_eq!(challenge.len(), 43);
            let fields = [("challenge", challenge.as_str()), ("code", "123456"), ("password", NEW_PASSWORD)];
            let page = site.post("/citizen/recovery/confirm", &fields).await.expect(422).body;
            said.push(between(&page, "error-summary__list", "</ul>"));
        }
        assert!(said.chunks(2).all(|pair| pair == &said[..2]), "{said:?}");
        assert!(!site.messages().iter().any(|text| text.contains("lấy lại")), "a wrong code on paper sends nothing");
    }

    async fn a_family_shares_one_telephone_number(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        let mut duc = Cookies::new();
        site.switch(&mut duc);
        site.arrive(WIFE, HOA.0, HOA.1, PHONE).await;
        add_contact(&mut site, "nha@example.vn").await;
        let mut hoa = Cookies::new();
        site.switch(&mut hoa);
        site.switch(&mut duc);
        add_contact(&mut site, "nha@example.vn").await;
        // The number names nobody, and neither reaches the other's account by it.
        sign_in(&mut site, PHONE, PASSWORD).await.expect(422);
        sign_in(&mut site, "nha@example.vn", PASSWORD).await.expect(422);
        let page = site.submit("/citizen/security/codes", &[]).await.expect(200).body;
        let sheet = codes(&page);
        assert!(site.last_message().contains("[…111] "), "and a message says whose account it speaks of");
        let fields = [("number", WIFE), ("paper", sheet[0].as_str()), ("channel", "phone")];
        let before = site.messages().len();
        site.post("/citizen/recovery", &fields).await.expect(200);
        assert_eq!(site.messages().len(), before, "his code opens nothing of hers");
        // She removes the shared address from her account; his keeps it.
        site.switch(&mut duc);
        site.switch(&mut hoa);
        let page = site.get("/citizen/security").await.expect(200).body;
        let further = page.split("contacts/remove").nth(2).unwrap();
        let number = field(further.split("</form>").next().unwrap(), "number");
        site.submit("/citizen/security/contacts/remove", &[("number", &number)]).await.expect(303);
        assert!(!site.get("/citizen/security").await.body.contains("@example.vn"));
        site.switch(&mut hoa);
        site.switch(&mut duc);
        assert!(site.get("/citizen/security").await.expect(200).body.contains("n…@example.vn"));
        site.submit("/citizen/security/contacts/remove", &[("number", &number)]).await.expect(404);
    }

    async fn the_first_contact_is_changed_after_a_cooling_off_time_and_the_last_one_stays(store: Store) {
        let mut site = Site::open(store.clone()).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        let remove = "/citizen/security/contacts/remove";
        site.submit(remove, &[("number", "")]).await.expect(422);
        site.submit(remove, &[("number", "x")]).await.expect(400);
        add_contact(&mut site, "duc@example.vn").await;
        assert!(site.messages().iter().any(|text| text.starts_with(&format!("To: phone:{PHONE}")) && text.contains("vừa được thêm")));
        // A contact that was just confirmed takes the place of the only other one after a day.
        let kept = site.submit(remove, &[("number", "")]).await.expect(422).body;
        assert!(kept.contains("24 giờ"));
        // The newest can always go, so that whoever sees a stranger's takes it away.
        add_contact(&mut site, "la@example.vn").await;
        let page = site.get("/citizen/security").await.expect(200).body;
        let last = field(page.split("contacts/remove").nth(3).unwrap().split("</form>").next().unwrap(), "number");
        site.submit(remove, &[("number", &last)]).await.expect(303);
        assert!(site.messages().iter().any(|text| text.starts_with("To: email:la@example.vn") && text.contains("vừa bị xóa")));

        let mut tx = store.begin().await.unwrap();
        let then = vocabulary::Moment::now().plus_seconds(-25 * 3600);
        tx.execute("UPDATE citizen_contact SET confirmed_at = $1", params![then]).await.unwrap();
        tx.commit().await.unwrap();
        site.submit(remove, &[("number", "")]).await.expect(303);
        assert!(site.messages().iter().any(|text| text.starts_with(&format!("To: phone:{PHONE}")) && text.contains("vừa bị xóa")), "the old one hears of it");
        let page = site.get("/citizen/security").await.expect(200).body;
        assert!(page.contains("d…@example.vn") && !page.contains("…456") && page.contains("Liên hệ duy nhất"));
        site.submit(remove, &[("number", "")]).await.expect(422);
        let before = site.messages().len();
        site.submit("/citizen/security/codes", &[]).await.expect(200);
        let told = site.messages().split_off(before);
        assert!(told.len() == 1 && told[0].starts_with("To: email:duc@example.vn"), "messages go to the new one alone");
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(303);
    }

    async fn a_lost_phone_is_replaced_after_a_cooling_off_time(store: Store) {
        let mut site = Site::open(store.clone()).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        add_contact(&mut site, "duc@example.vn").await;
        let mut key = authenticator::Passkey::new(9);
        let page = site.get("/citizen/security/passkeys/new").await.expect(200);
        let credential = key.create(&authenticator::options(&page.body));
        let challenge = field(&page.body, "challenge");
        let fields = [("challenge", challenge.as_str()), ("credential", credential.as_str()), ("name", "Điện thoại")];
        site.submit("/citizen/security/passkeys/new", &fields).await.expect(303);
        let (_, sheet) = app(&mut site).await;
        let mut lost = Cookies::new();
        site.switch(&mut lost);

        // A wrong code on paper, or a channel that the account has not, leads nowhere.
        recover(&mut site, "aaaaa-aaaaa", "email", "email:duc@example.vn", NEW_PASSWORD).await.expect(422);
        let begun = recover(&mut site, &sheet[0], "email", "email:duc@example.vn", NEW_PASSWORD).await.expect(200);
        assert!(begun.body.contains("có hiệu lực từ"));
        let notices: Vec<String> = site.messages().into_iter().filter(|text| text.contains("/citizen/recovery/cancel/")).collect();
        assert_eq!(notices.len(), 2, "every channel hears of it");
        assert!(!notices[0].contains(NUMBER));
        // Until then nothing has changed.
        sign_in(&mut site, NUMBER, NEW_PASSWORD).await.expect(422);
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(200);
        recover(&mut site, &sheet[1], "email", "email:duc@example.vn", NEW_PASSWORD).await.expect(422);

        make_ready(&store).await;
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(422);
        sign_in(&mut site, NUMBER, NEW_PASSWORD).await.expect(303);
        let page = site.get("/citizen/security").await.expect(200).body;
        assert!(!page.contains("Điện thoại<") && page.contains("Chưa dùng"), "the app and the passkey are gone");
        assert!(page.contains("Còn 9 trong 10 mã"), "the code on paper was used");
        site.switch(&mut lost);
        site.get("/citizen").await.expect(303);
        let page = site.get("/citizen/sign-in/passkey").await.expect(200);
        let credential = key.get(&authenticator::options(&page.body));
        let challenge = field(&page.body, "challenge");
        site.post("/citizen/sign-in/passkey", &[("challenge", &challenge), ("credential", &credential)]).await.expect(422);
    }

    async fn a_recovery_is_called_off_from_a_notice_or_a_signed_in_browser(store: Store) {
        let mut site = Site::open(store.clone()).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        let page = site.submit("/citizen/security/codes", &[]).await.expect(200).body;
        let sheet = codes(&page);
        let mut owner = Cookies::new();
        site.switch(&mut owner);
        let to = format!("phone:{PHONE}");
        recover(&mut site, &sheet[0], "phone", &to, NEW_PASSWORD).await.expect(200);
        let notice = site.messages().into_iter().rev().find(|text| text.contains("/recovery/cancel/")).unwrap();
        let path = format!("/citizen/recovery/cancel/{}", between(&notice, "/citizen/recovery/cancel/", " "));
        site.get(&path).await.expect(200);
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(303);
        site.switch(&mut Cookies::new());
        site.post(&path, &[]).await.expect(200);
        site.post(&path, &[]).await.expect(404);
        site.get(&path).await.expect(404);
        make_ready(&store).await;
        sign_in(&mut site, NUMBER, NEW_PASSWORD).await.expect(422);

        recover(&mut site, &sheet[1], "phone", &to, NEW_PASSWORD).await.expect(200);
        site.switch(&mut owner);
        assert!(site.get("/citizen").await.expect(200).body.contains("Có yêu cầu lấy lại tài khoản này"));
        site.post("/citizen/security/recovery/cancel", &[]).await.expect(403);
        site.submit("/citizen/security/recovery/cancel", &[]).await.expect(303);
        assert!(site.last_message().contains("đã bị hủy"));
        assert!(!site.get("/citizen").await.expect(200).body.contains("Có yêu cầu lấy lại"));
    }

    async fn an_officer_s_code_stands_for_the_one_on_paper_once(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        let officer = vocabulary::Actor {
            system: None,
            officer: vocabulary::StaffId::parse("lan").ok(),
            agency: vocabulary::AgencyCode::parse("G01").unwrap(),
            unit: None,
        };
        let vouch = |number: &'static str| {
            let (provider, officer) = (site.provider().clone(), officer.clone());
            async move {
                let number = vocabulary::PersonalNumber::parse(number).unwrap();
                provider.vouch_for_recovery(number, officer, "r-1", vocabulary::Moment::now()).await
            }
        };
        assert!(vouch(WIFE).await.is_err(), "who has no account gets no code");
        let code = vouch(NUMBER).await.unwrap();
        assert!(site.last_message().contains("Cán bộ vừa cấp mã"));
        site.switch(&mut Cookies::new());
        let to = format!("phone:{PHONE}");
        recover(&mut site, &code, "phone", &to, NEW_PASSWORD).await.expect(200);
        recover(&mut site, &code, "phone", &to, NEW_PASSWORD).await.expect(422);
    }

    async fn a_phone_lets_a_computer_in_that_it_has_seen(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        let (mut phone, mut computer) = (Cookies::new(), Cookies::new());
        site.switch(&mut phone);
        let ask = "/citizen/sign-in/phone";
        site.post(ask, &[("next", "/citizen/who-looked")]).await.expect(303);
        let page = site.get(ask).await.expect(200);
        assert_eq!(page.headers["refresh"], "4; url=/citizen/sign-in/phone?over=yes");
        let code = between(&page.body, "dancu-code\">", "<");
        assert!(page.body.contains("dancu-qr-large") && code.len() == 11, "{code}");
        site.switch(&mut computer);
        // Somebody who saw the code has not the computer's secret.
        site.switch(&mut Cookies::from([("dancu-citizen-wait".to_owned(), format!("{code}.{}", "A".repeat(43)))]));
        assert!(!site.get(ask).await.expect(200).body.contains("dancu-qr-large"));
        site.switch(&mut Cookies::new());
        site.get(&format!("/citizen/approve/{code}")).await.expect(303);

        site.switch(&mut phone);
        let question = site.get(&format!("/citizen/approve/{code}")).await.expect(200).body;
        assert!(question.contains("203.0.113.1") && question.contains("Chỉ đồng ý khi"));
        site.submit("/citizen/approve", &[("code", "aaaaa-aaaaa")]).await.expect(422);
        site.submit("/citizen/approve", &[("code", &code.to_uppercase())]).await.expect(200);
        site.post("/citizen/approve/answer", &[("code", &code), ("answer", "agree")]).await.expect(403);
        site.submit("/citizen/approve/answer", &[("code", &code), ("answer", "agree")]).await.expect(200);
        site.submit("/citizen/approve/answer", &[("code", &code), ("answer", "agree")]).await.expect(404);

        site.switch(&mut phone);
        site.switch(&mut computer);
        assert_eq!(site.get(ask).await.expect(303).location(), "/citizen/who-looked");
        let page = site.get("/citizen/security").await.expect(200).body;
        assert!(page.contains("Điện thoại cho phép (Mật khẩu)"));
        assert!(!site.get(ask).await.expect(200).body.contains("dancu-qr-large"), "the question is over");

        // Refused.
        site.switch(&mut Cookies::new());
        site.post(ask, &[]).await.expect(303);
        let code = between(&site.get(ask).await.expect(200).body, "dancu-code\">", "<");
        site.switch(&mut computer);
        site.switch(&mut phone);
        site.submit("/citizen/approve/answer", &[("code", &code), ("answer", "refuse")]).await.expect(200);
        site.switch(&mut phone);
        site.switch(&mut computer);
        assert!(site.get(&format!("{ask}?over=yes")).await.expect(200).body.contains("bị từ chối"));
    }

    async fn who_signed_in_long_ago_signs_in_again_to_change_the_means(store: Store) {
        let mut site = Site::open(store.clone()).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        let token = site.csrf().await;
        let mut tx = store.begin().await.unwrap();
        let then = vocabulary::Moment::now().plus_seconds(-31 * 60);
        tx.execute("UPDATE citizen_session SET created_at = $1", params![then]).await.unwrap();
        tx.commit().await.unwrap();
        for path in ["passkeys/new", "contacts", "password"] {
            let to = site.get(&format!("/citizen/security/{path}")).await.expect(303);
            assert!(to.location().starts_with("/citizen/sign-in?next=%2Fcitizen%2Fsecurity%2F"), "{}", to.location());
        }
        for path in ["app", "app/remove", "codes", "contacts", "passkeys/new", "password"] {
            let to = site.post(&format!("/citizen/security/{path}"), &[("csrf_token", &token)]).await.expect(303);
            assert_eq!(to.location(), "/citizen/sign-in?next=%2Fcitizen%2Fsecurity&again=yes");
        }
        site.get("/citizen/security").await.expect(200);
    }

    async fn a_new_password_ends_every_other_session(store: Store) {
        let mut site = Site::open(store).await;
        site.arrive(NUMBER, DUC.0, DUC.1, PHONE).await;
        let mut other = Cookies::new();
        site.switch(&mut other);
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(303);
        assert!(site.last_message().contains("trên một thiết bị mới"));
        let listed = site.get("/citizen/security").await.expect(200).body;
        assert_eq!(listed.matches("name=\"from\" value=\"security\"").count(), 2);
        site.submit("/citizen/security/password", &[("password", "ngắn")]).await.expect(422);
        site.submit("/citizen/security/password", &[("password", NEW_PASSWORD)]).await.expect(303);
        site.get("/citizen").await.expect(200);
        site.switch(&mut other);
        site.get("/citizen").await.expect(303);
        sign_in(&mut site, NUMBER, PASSWORD).await.expect(422);
        sign_in(&mut site, NUMBER, NEW_PASSWORD).await.expect(303);
        let page = site.get("/citizen/security").await.expect(200).body;
        let device = field(&between(&page, "devices/forget", "</form>"), "number");
        site.submit("/citizen/security/devices/forget", &[("number", &device)]).await.expect(303);
        site.submit("/citizen/security/devices/forget", &[("number", &device)]).await.expect(404);
    }
}
