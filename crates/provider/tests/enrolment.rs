//! Accounts in person: a file is received, approved by somebody else, and activated; ages; what is refused. After
//! Decree 69/2024/NĐ-CP and inventory EID-05 to EID-07.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::{officers::*, *};
use population::model::{Card, Fact, Relative};
use store::Store;
use vocabulary::PartialDate;

const FATHER: &str = NUMBER;

store::on_each_engine! {
    sets = SETS;

    async fn level_2_goes_from_the_desk_to_activation_with_four_eyes(store: Store) {
        let mut site = Site::open(store).await;
        let found = site.desk(RECEIVES, "/desk/eid/person", Some(&[("number", NUMBER)])).await.expect(200);
        assert!(found.body.contains("Trần Văn Đức") && found.body.contains("02/05/1980"));
        let file = site.hand_in(RECEIVES, NUMBER, &[]).await.expect(303).location().to_owned();
        assert!(site.last_message().starts_with("To: phone:0905123456"));
        let code = site.code(6);
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let contact = format!("{file}/contact");
        site.desk(RECEIVES, &contact, Some(&[("code", wrong)])).await.expect(422);
        site.desk(RECEIVES, &contact, Some(&[("code", &code)])).await.expect(303);
        let page = site.desk(RECEIVES, &file, None).await.expect(200);
        assert!(page.body.contains("chip chưa được đọc"), "what was not checked is said");

        let ruling = format!("{file}/ruling");
        let approve = [("ruling", "approve"), ("reason", "")];
        site.desk(RECEIVES, &ruling, Some(&approve)).await.expect(403);
        let both = Desk { login: RECEIVES.login, roles: &["identity-officer", "identity-approver"], units: "56" };
        let refused = site.desk(both, &ruling, Some(&approve)).await.expect(422);
        assert!(refused.body.contains("cán bộ khác"), "four eyes, whatever the roles");
        let view = site.desk(APPROVES, &file, None).await.expect(200);
        assert!(view.body.contains("Trần Văn Đức"));
        site.desk(APPROVES, &ruling, Some(&[])).await.expect(422);
        site.desk(APPROVES, &ruling, Some(&approve)).await.expect(303);
        site.desk(APPROVES, &ruling, Some(&approve)).await.expect(422);

        let code = site.code(8);
        site.try_sign_in(NUMBER).await.expect(422);
        let wrong = if code == "00000000" { "00000001" } else { "00000000" };
        site.activate(NUMBER, wrong, PASSWORD).await.expect(422);
        site.activate(NUMBER, &code, "quá ngắn").await.expect(422);
        site.activate(NUMBER, &code, PASSWORD).await.expect(200);
        site.activate(NUMBER, &code, PASSWORD).await.expect(422);
        site.sign_in().await;
        let mut bank = App::of("bank", &site).await;
        let (code, verifier) = bank.code(&mut site, "openid", &[]).await;
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        assert_eq!(site.id_token(tokens["id_token"].as_str().unwrap()).await["acr"], "urn:dancu:eid:2");
        let looked = site.get("/citizen/who-looked").await.expect(200).body;
        assert!(looked.matches("Nghị định 69/2024/NĐ-CP").count() >= 5, "looks and steps stand in the ledger");

        let counts = site.desk(APPROVES, "/desk/eid/counts", None).await.expect(200);
        assert!(counts.body.contains("Nha Trang"));
        let today = vocabulary::PartialDate::today().iso();
        let csv = site.desk(RECEIVES, &format!("/desk/eid/counts.csv?from={today}&until={today}"), None).await.expect(200);
        let row = csv.body.lines().nth(1).unwrap();
        assert!(row.starts_with(&format!("{today},22366,")) && row.ends_with(",Cá nhân,1,1,0,1"), "{row}");
        site.desk(APPROVES, "/desk/eid/counts.csv?from=2020-01-01&until=2026-01-01", None).await.expect(422);
    }

    async fn an_account_of_level_1_is_raised_and_not_doubled(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        let (_, code) = site.approved(NUMBER, &[("contact", "duc@example.vn")]).await;
        assert!(site.last_message().starts_with("To: email:duc@example.vn"));
        let other = "một mật khẩu khác hẳn";
        let refused = site.activate(NUMBER, &code, other).await.expect(422);
        assert!(refused.body.contains("mật khẩu đang dùng"), "who has the message but not the password raises nothing");
        site.activate(NUMBER, &code, PASSWORD).await.expect(200);
        site.sign_in().await;
        let page = site.get("/citizen").await.expect(200).body;
        assert!(page.contains("d…@example.vn"), "the contact confirmed in person is the one now");
    }

    async fn a_refusal_is_told_with_its_reason(store: Store) {
        let mut site = Site::open(store).await;
        let file = site.received(NUMBER, &[]).await;
        let ruling = format!("{file}/ruling");
        site.desk(APPROVES, &ruling, Some(&[("ruling", "refuse"), ("reason", " ")])).await.expect(422);
        let reason = "Ảnh trên thẻ không giống người có mặt";
        site.desk(APPROVES, &ruling, Some(&[("ruling", "refuse"), ("reason", reason)])).await.expect(303);
        assert!(site.last_message().contains(reason));
        site.activate(NUMBER, "00000000", PASSWORD).await.expect(422);
        site.hand_in(RECEIVES, NUMBER, &[]).await.expect(303);
        assert!(site.desk(APPROVES, "/desk/eid/counts", None).await.expect(200).body.contains("Từ chối"));
    }

    async fn children_are_asked_for_by_whom_the_registry_names(store: Store) {
        let site = Site::open(store).await;
        let father = Relative::recorded(site.record_of(FATHER).await);
        let parents = || vec![Fact::Father(Some(father.clone()))];
        site.known("056070002222", "Người Lạ", "1970-01-01", vec![]).await;
        for (number, years, level) in [("056215000101", 10, "mức 2"), ("056223000102", 3, "mức 1")] {
            site.known(number, "Trần Gia Bảo", &years_ago(years), parents()).await;
            let page = site.desk(RECEIVES, "/desk/eid/person", Some(&[("number", number)])).await.expect(200);
            assert!(page.body.contains(&format!("Hồ sơ {level}")) && page.body.contains("Trần Văn Đức"), "{years}");
            let certificate = [("paper", "birth-certificate"), ("paper_number", "15/2020")];
            let with = |guardian| [certificate[0], certificate[1], ("guardian", guardian)];
            site.hand_in(RECEIVES, number, &with("")).await.expect(422);
            let stranger = site.hand_in(RECEIVES, number, &with("056070002222")).await.expect(422);
            assert!(stranger.body.contains("không phải cha, mẹ"));
            site.hand_in(RECEIVES, number, &with("056999999999")).await.expect(422);
            site.hand_in(RECEIVES, number, &with(FATHER)).await.expect(303);
        }
    }

    async fn a_child_under_6_has_level_1(store: Store) {
        let mut site = Site::open(store).await;
        let father = Relative::recorded(site.record_of(FATHER).await);
        let number = "056223000102";
        site.known(number, "Trần Gia Bảo", &years_ago(3), vec![Fact::Father(Some(father))]).await;
        let paper = [("paper", "birth-certificate"), ("paper_number", "15/2020"), ("guardian", FATHER)];
        let (_, code) = site.approved(number, &paper).await;
        let page = site.activate(number, &code, PASSWORD).await.expect(200);
        assert!(page.body.contains("mức 1"));
    }

    async fn papers_that_do_not_serve_are_refused(store: Store) {
        let site = Site::open(store).await;
        site.known("001090005555", "Jean Dupont", "1990-01-01", vec![Fact::Nationalities(vec!["FR".into()])]).await;
        for (what, value) in [
            ("paper", "passport"), ("paper", "birth-certificate"), ("paper", ""), ("paper", "library-card"),
            ("paper_number", "056080001112"), ("paper_number", ""), ("paper_number", "<script>"),
            ("issued-year", "1979"), ("issued-year", "2399"), ("issued-day", ""), ("issued-month", "13"),
            ("expires-year", "2001"), ("expires-day", "x"),
            ("contact", "nobody"), ("contact", ""), ("number", "12345"), ("number", "056999999999"),
        ] {
            site.hand_in(RECEIVES, NUMBER, &[(what, value)]).await.expect(422);
        }
        site.hand_in(RECEIVES, "001090005555", &[]).await.expect(422);
        let passport = [("paper", "passport"), ("paper_number", "19AB12345")];
        site.hand_in(RECEIVES, "001090005555", &passport).await.expect(422);
        let forever = [("expires-day", ""), ("expires-month", ""), ("expires-year", "")];
        site.hand_in(RECEIVES, NUMBER, &forever).await.expect(303);
    }

    async fn the_dates_of_a_card_are_compared_where_the_registry_holds_one(store: Store) {
        let site = Site::open(store).await;
        let (other, number) = ("056085004444", "056085005555");
        let date = |text: &str| PartialDate::parse(text).unwrap();
        let card = |issued: &str, expires: &str| {
            vec![Fact::Card(Some(Card { issued_on: date(issued), expires_on: date(expires), issuer: "".into() }))]
        };
        site.known(number, "Phạm Văn Một", "1985-04-04", card("2021-04-28", "2045-04-04")).await;
        site.known(other, "Phạm Văn Hai", "1985-04-04", card("2021-04-28", "")).await;
        let shown = |issued, day, month, year| {
            [("issued-day", "28"), ("issued-month", "4"), ("issued-year", issued), ("expires-day", day), ("expires-month", month), ("expires-year", year)]
        };
        for wrong in [shown("2020", "4", "4", "2045"), shown("2021", "5", "4", "2045"), shown("2021", "", "", "")] {
            let refused = site.hand_in(RECEIVES, number, &wrong).await.expect(422);
            assert!(refused.body.contains("khác với thẻ đang ghi trong cơ sở dữ liệu dân cư"));
        }
        let agrees = "ngày cấp, ngày hết hạn khớp với cơ sở dữ liệu dân cư";
        let file = site.received(number, &shown("2021", "4", "4", "2045")).await;
        for desk in [RECEIVES, APPROVES] {
            assert!(site.desk(desk, &file, None).await.expect(200).body.contains(agrees));
        }
        // Without limit in the registry, which a register taken over may not know better.
        let file = site.received(other, &shown("2021", "4", "4", "2045")).await;
        assert!(site.desk(APPROVES, &file, None).await.expect(200).body.contains(agrees));
        let file = site.received(NUMBER, &[]).await;
        assert!(site.desk(APPROVES, &file, None).await.expect(200).body.contains("chưa có thẻ để đối chiếu"));
    }

    async fn a_foreigner_of_the_registry_gets_level_2_by_the_residence_card(store: Store) {
        let mut site = Site::open(store).await;
        let number = "001090005555";
        site.known(number, "Jean Dupont", "1990-01-01", vec![Fact::Nationalities(vec!["FR".into()])]).await;
        let page = site.desk(RECEIVES, "/desk/eid/person", Some(&[("number", number)])).await.expect(200).body;
        assert!(page.contains("thẻ tạm trú") && page.contains("Pháp"));
        let card = [("paper", "residence-card"), ("paper_number", "TT-012345")];
        let without_end = [card[0], card[1], ("expires-day", ""), ("expires-month", ""), ("expires-year", "")];
        site.hand_in(RECEIVES, number, &without_end).await.expect(422);
        site.hand_in(RECEIVES, NUMBER, &card).await.expect(422);
        site.level_2(number, &card).await;
        site.sign_in_as(number).await;
        let mut bank = App::of("bank", &site).await;
        let (code, verifier) = bank.code(&mut site, "openid", &[]).await;
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        assert_eq!(site.id_token(tokens["id_token"].as_str().unwrap()).await["acr"], "urn:dancu:eid:2");
    }

    async fn one_file_at_a_time_and_none_for_the_dead(store: Store) {
        let site = Site::open(store).await;
        site.hand_in(RECEIVES, NUMBER, &[]).await.expect(303);
        let file = site.received(NUMBER, &[]).await;
        let second = site.hand_in(RECEIVES, NUMBER, &[]).await.expect(422);
        assert!(second.body.contains("đang xử lý"));
        site.dies(site.record_of(NUMBER).await).await;
        let late = site.desk(APPROVES, &format!("{file}/ruling"), Some(&[("ruling", "approve")])).await.expect(422);
        assert!(late.body.contains("đã mất"), "the registry is asked again before an approval");
        site.desk(RECEIVES, "/desk/eid/person", Some(&[("number", NUMBER)])).await.expect(422);
    }

    async fn a_code_dies_after_five_wrong_tries_and_another_one_is_sent(store: Store) {
        let mut site = Site::open(store).await;
        let (file, code) = site.approved(NUMBER, &[]).await;
        let wrong = if code == "00000000" { "00000001" } else { "00000000" };
        let mut slowed = false;
        for _ in 0..6 {
            slowed |= site.activate(NUMBER, wrong, PASSWORD).await.status == 429;
        }
        assert!(slowed, "tries at one number are slowed");
        site.desk(APPROVES, &format!("{file}/send"), Some(&[])).await.expect(403);
        site.desk(RECEIVES, &format!("{file}/send"), Some(&[])).await.expect(303);
        assert_ne!(site.code(8), code);
    }

    async fn an_officer_hands_a_recovery_code_to_the_person_who_is_present(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        let (look, give) = ("/desk/eid/recovery", "/desk/eid/recovery/code");
        site.desk(APPROVES, look, None).await.expect(403);
        site.desk(APPROVES, give, Some(&[("number", NUMBER), ("compared", "yes")])).await.expect(403);
        site.desk(RECEIVES, look, Some(&[("number", "1")])).await.expect(422);
        let page = site.desk(RECEIVES, look, Some(&[("number", NUMBER)])).await.expect(200).body;
        assert!(page.contains("Trần Văn Đức") && page.contains("02/05/1980"));
        site.desk(RECEIVES, give, Some(&[("number", WIFE), ("compared", "yes")])).await.expect(422);
        let refused = site.desk(RECEIVES, give, Some(&[("number", NUMBER)])).await.expect(422).body;
        assert!(refused.contains("Xác nhận đã đối chiếu"));
        let code_of = |page: &str| page.split("govuk-body-l\"><span class=\"dancu-number\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let first = code_of(&site.desk(RECEIVES, give, Some(&[("number", NUMBER), ("compared", "yes")])).await.expect(200).body);
        assert!(site.last_message().contains("Cán bộ vừa cấp mã"), "the owner is told");
        let code = code_of(&site.desk(RECEIVES, give, Some(&[("number", NUMBER), ("compared", "yes")])).await.expect(200).body);
        assert_ne!(first, code);
        for (paper, status) in [(&first, 422), (&code, 200)] {
            let fields = [("number", NUMBER), ("paper", paper.as_str()), ("channel", "phone")];
            let page = site.post("/citizen/recovery", &fields).await.expect(200);
            let (challenge, sent) = (field(&page.body, "challenge"), site.code_to("phone:0905123456"));
            let fields = [("challenge", challenge.as_str()), ("code", sent.as_str()), ("password", "sông Cái chảy qua Nha Trang")];
            site.post("/citizen/recovery/confirm", &fields).await.expect(status);
        }
        site.sign_in().await;
        let page = site.get("/citizen/standing").await.expect(200).body;
        assert!(page.contains("Cán bộ cấp mã lấy lại tài khoản") && page.contains("dinhdanh (G01)"));
        site.step("lock", "Nghi bị chiếm đoạt tài khoản").await.expect(200);
        site.desk(RECEIVES, give, Some(&[("number", NUMBER), ("compared", "yes")])).await.expect(422);
    }

    async fn the_desk_is_for_whom_it_was_given_to(store: Store) {
        let site = Site::open(store).await;
        let file = site.received(NUMBER, &[]).await;
        let clerk = Desk { login: "motcua", roles: &["one-stop-clerk", "administrator"], units: "everywhere" };
        let elsewhere = Desk { units: "01", ..APPROVES };
        for path in ["/desk/eid", "/desk/eid/accounts", "/desk/eid/counts"] {
            site.desk(clerk, path, None).await.expect(403);
        }
        site.desk(clerk, &file, None).await.expect(404);
        site.desk(elsewhere, &file, None).await.expect(404);
        site.desk(elsewhere, &format!("{file}/ruling"), Some(&[("ruling", "approve")])).await.expect(404);
        site.desk(clerk, "/desk/eid/person", Some(&[("number", NUMBER)])).await.expect(403);
        site.desk(APPROVES, "/desk/eid/person", Some(&[("number", NUMBER)])).await.expect(403);
        site.desk(Desk { units: "22333", ..RECEIVES }, "/desk/eid/person", Some(&[("number", NUMBER)])).await.expect(403);
        let page = site.desk(RECEIVES, "/desk/eid", None).await.expect(200);
        assert!(!page.body.contains("Trần Văn Đức") && !page.body.contains(NUMBER), "the list names nobody");
    }
}
