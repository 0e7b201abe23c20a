//! Accounts of organisations: the file with four eyes, representatives, staff who act for it, and what ends that. After
//! Decree 69/2024/NĐ-CP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::{officers::*, *};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::Store;
use vocabulary::PartialDate;

const CLERK: &str = "056075003333";
const TAX_CODE: &str = "5600112233";
const NEW: &str = "/citizen/organisations/new";
const DESK: &str = "/desk/eid/organisations";

fn draft<'a>(change: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("number", TAX_CODE),
        ("name", "Công ty TNHH Nước mắm Ví dụ"),
        ("kind", "enterprise"),
        ("unit", "Nha Trang, Khánh Hòa"),
        ("paper_number", "5600112233"),
        ("issued", "05/08/2019"),
        ("others", ""),
    ];
    for (name, value) in change {
        fields.retain(|(own, _)| own != name);
        fields.push((name, value));
    }
    fields
}

fn number_of(path: &str) -> String {
    path.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned()
}

/// Two officers deal with a file.
async fn settled(site: &Site, file: &str) {
    let at = format!("{DESK}/files/{}", number_of(file));
    site.desk(RECEIVES, &format!("{at}/received"), Some(&[("compared", "register")])).await.expect(303);
    site.desk(APPROVES, &format!("{at}/ruling"), Some(&[("ruling", "approve")])).await.expect(303);
}

/// Đức represents an organisation in use, and is signed in; the path of its page.
async fn organisation(site: &mut Site) -> String {
    site.level_2(NUMBER, &[]).await;
    site.sign_in_as(NUMBER).await;
    let file = site.submit(NEW, &draft(&[])).await.expect(303).location().to_owned();
    settled(site, &file).await;
    let done = site.submit(&format!("{file}/activate"), &[("password", PASSWORD)]).await.expect(303);
    done.location().split('?').next().unwrap().to_owned()
}

/// Hòa becomes a representative too; Đức is signed in afterwards.
async fn joined(site: &mut Site) {
    site.level_2(WIFE, &[]).await;
    site.sign_in_as(NUMBER).await;
    let file = site.submit(NEW, &draft(&[("others", WIFE)])).await.expect(303).location().to_owned();
    site.sign_in_as(WIFE).await;
    site.submit(&format!("{file}/answer"), &[("answer", "agree")]).await.expect(303);
    settled(site, &file).await;
    site.sign_in_as(NUMBER).await;
    site.submit(&format!("{file}/activate"), &[("password", PASSWORD)]).await.expect(303);
}

/// What the page answers on which a representative lets the clerk act.
async fn let_act(site: &mut Site, page: &str, change: &[(&str, &str)]) -> Answer {
    let today = PartialDate::today().local_text();
    let mut fields = vec![
        ("number", CLERK),
        ("post", "Kế toán trưởng"),
        ("client", ""),
        ("scope", "organisation"),
        ("until", today.as_str()),
        ("password", PASSWORD),
    ];
    for (name, value) in change {
        fields.retain(|(own, _)| own != name);
        fields.push((name, value));
    }
    site.submit(&format!("{page}/staff"), &fields).await
}

/// The clerk has an account of level 2, accepts what waits, and stays signed in.
async fn clerk(site: &mut Site) {
    site.sign_in_as(CLERK).await;
    let page = site.get("/citizen/organisations").await.expect(200).body;
    let id = field(&page, "id");
    site.submit("/citizen/organisations/answer", &[("id", &id), ("answer", "accept")]).await.expect(303);
}

/// An organisation whose clerk may act for it and is signed in; the path of its page.
async fn staffed(site: &mut Site) -> String {
    site.known(CLERK, "Lê Thị Giúp", "1975-03-03", vec![]).await;
    site.level_2(CLERK, &[]).await;
    let page = organisation(site).await;
    let_act(site, &page, &[]).await.expect(303);
    clerk(site).await;
    page
}

async fn tax_office(id: &str, site: &Site) -> App {
    App::registered(id, site, |record| record["scopes"]["organisation"] = json!("Luật Quản lý thuế 2019"))
        .await
}

/// The tokens of whoever is signed in and signs in for the one organisation offered.
async fn signed_in_for(site: &mut Site, app: &mut App, scopes: &[&str]) -> Value {
    let scope = "openid profile organisation";
    let ask = app.ask(site, scope).await;
    let offered = site.offered(&ask).await;
    assert_eq!(offered.len(), 1, "{offered:?}");
    assert!(offered[0].1.contains("Thay mặt tổ chức Công ty TNHH Nước mắm Ví dụ"), "{offered:?}");
    app.tokens_for(site, scope, &offered[0].0, scopes).await
}

fn access(tokens: &Value) -> String {
    tokens["access_token"].as_str().unwrap().to_owned()
}

async fn active(app: &App, site: &Site, token: &str) -> bool {
    app.call(site, "/oidc/introspect", &[("token", token)]).await.json(200)["active"] == json!(true)
}

/// An officer's step with the organisation.
async fn step(site: &Site, step: &str) -> Answer {
    let fields = [
        ("number", TAX_CODE),
        ("purpose", "administration"),
        ("legal_basis", "Quyết định 12/QĐ-CA"),
        ("step", step),
        ("reason", "Ngừng hoạt động tại địa chỉ đã đăng ký"),
    ];
    site.desk(APPROVES, &format!("{DESK}/step"), Some(&fields)).await
}

store::on_each_engine! {
    sets = SETS;

    async fn an_organisation_goes_from_its_representative_to_activation_with_four_eyes(store: Store) {
        let mut site = Site::open(store).await;
        site.level_2(NUMBER, &[]).await;
        site.sign_in_as(NUMBER).await;
        for (name, value) in [
            ("number", "5600112234"), ("number", ""), ("name", ""), ("kind", "household"), ("unit", "không có nơi này"),
            ("unit", "56"), ("paper_number", ""), ("issued", "2019"), ("issued", "01/01/2399"), ("others", WIFE), ("others", "x"),
        ] {
            site.submit(NEW, &draft(&[(name, value)])).await.expect(422);
        }
        let file = site.submit(NEW, &draft(&[])).await.expect(303).location().to_owned();
        let at = format!("{DESK}/files/{}", number_of(&file));
        let elsewhere = Desk { units: "22333", ..RECEIVES };
        site.desk(elsewhere, &at, None).await.expect(404);
        let list = site.desk(RECEIVES, DESK, None).await.expect(200).body;
        assert!(list.contains("Công ty TNHH Nước mắm Ví dụ") && !list.contains("Trần Văn Đức"));
        let page = site.desk(RECEIVES, &at, None).await.expect(200).body;
        assert!(page.contains("Trần Văn Đức") && page.contains("02/05/1980"), "the officer compares the representative");

        let (received, ruling) = (format!("{at}/received"), format!("{at}/ruling"));
        let approve = [("ruling", "approve"), ("reason", "")];
        site.desk(APPROVES, &ruling, Some(&approve)).await.expect(422);
        site.desk(APPROVES, &received, Some(&[("compared", "register")])).await.expect(403);
        site.desk(RECEIVES, &received, Some(&[("compared", "")])).await.expect(422);
        site.desk(RECEIVES, &received, Some(&[("compared", "register")])).await.expect(303);
        site.desk(RECEIVES, &received, Some(&[("compared", "register")])).await.expect(422);
        let both = Desk { login: RECEIVES.login, roles: &["identity-officer", "identity-approver"], units: "56" };
        let refused = site.desk(both, &ruling, Some(&approve)).await.expect(422);
        assert!(refused.body.contains("cán bộ khác"), "four eyes, whatever the roles");
        let activate = format!("{file}/activate");
        site.submit(&activate, &[("password", PASSWORD)]).await.expect(422);
        site.desk(APPROVES, &ruling, Some(&[])).await.expect(422);
        site.desk(APPROVES, &ruling, Some(&approve)).await.expect(303);
        assert!(site.last_message().contains("đã được duyệt"));
        site.submit(&activate, &[("password", "không phải nó")]).await.expect(422);
        let page = site.submit(&activate, &[("password", PASSWORD)]).await.expect(303).location().to_owned();
        site.submit(&activate, &[("password", PASSWORD)]).await.expect(422);
        let page = site.get(&page).await.expect(200).body;
        assert!(page.contains("Đang hoạt động") && page.contains("Phường Nha Trang"));

        let today = PartialDate::today().iso();
        let csv = site.desk(APPROVES, &format!("/desk/eid/counts.csv?from={today}&until={today}"), None).await.expect(200).body;
        assert!(csv.lines().any(|row| row.starts_with(&format!("{today},22366,")) && row.ends_with(",Tổ chức,1,1,0,1")), "{csv}");
        let looked = site.get("/citizen/who-looked").await.expect(200).body;
        assert!(looked.matches("Nghị định 69/2024/NĐ-CP").count() >= 5);
    }

    async fn a_refusal_is_told_and_another_file_may_follow(store: Store) {
        let mut site = Site::open(store).await;
        site.level_2(NUMBER, &[]).await;
        site.sign_in_as(NUMBER).await;
        let file = site.submit(NEW, &draft(&[])).await.expect(303).location().to_owned();
        let at = format!("{DESK}/files/{}", number_of(&file));
        site.desk(RECEIVES, &format!("{at}/received"), Some(&[("compared", "paper")])).await.expect(303);
        let second = site.submit(NEW, &draft(&[])).await.expect(303).location().to_owned();
        let other = format!("{DESK}/files/{}/received", number_of(&second));
        let busy = site.desk(RECEIVES, &other, Some(&[("compared", "paper")])).await.expect(422);
        assert!(busy.body.contains("một hồ sơ khác"));
        site.desk(APPROVES, &format!("{at}/ruling"), Some(&[("ruling", "refuse"), ("reason", " ")])).await.expect(422);
        let reason = "Người nộp không có tên trên giấy chứng nhận";
        site.desk(APPROVES, &format!("{at}/ruling"), Some(&[("ruling", "refuse"), ("reason", reason)])).await.expect(303);
        assert!(site.last_message().contains(reason));
        assert!(site.get(&file).await.expect(200).body.contains(reason));
        site.desk(RECEIVES, &other, Some(&[("compared", "paper")])).await.expect(303);
    }

    async fn every_representative_named_agrees_or_the_file_goes_nowhere(store: Store) {
        let mut site = Site::open(store).await;
        site.level_2(WIFE, &[]).await;
        site.level_2(NUMBER, &[]).await;
        site.sign_in_as(NUMBER).await;
        let file = site.submit(NEW, &draft(&[("others", WIFE)])).await.expect(303).location().to_owned();
        assert!(site.last_message().contains("người đại diện theo pháp luật"));
        let at = format!("{DESK}/files/{}", number_of(&file));
        site.desk(RECEIVES, &at, None).await.expect(404);
        site.submit(&format!("{file}/answer"), &[("answer", "agree")]).await.expect(409);
        site.sign_in_as(WIFE).await;
        site.submit(&format!("{file}/activate"), &[("password", PASSWORD)]).await.expect(422);
        site.submit(&format!("{file}/answer"), &[("answer", "withdraw")]).await.expect(303);
        site.submit(&format!("{file}/answer"), &[("answer", "agree")]).await.expect(409);
        site.desk(RECEIVES, &at, None).await.expect(404);
        // A stranger sees nothing of it.
        site.known(CLERK, "Lê Thị Giúp", "1975-03-03", vec![]).await;
        site.level_2(CLERK, &[]).await;
        site.sign_in_as(CLERK).await;
        site.get(&file).await.expect(404);
    }

    async fn a_clerk_signs_in_for_the_organisation_and_both_are_named(store: Store) {
        let mut site = Site::open(store).await;
        let page = staffed(&mut site).await;
        let (mut tax, mut customs) = (tax_office("tax", &site).await, tax_office("customs", &site).await);
        let plain = tax.tokens_for(&mut site, "openid", "", &[]).await;
        let own = site.id_token(plain["id_token"].as_str().unwrap()).await;
        assert!(own.get("org").is_none());
        let tokens = signed_in_for(&mut site, &mut tax, &["profile", "organisation"]).await;
        let said = site.id_token(tokens["id_token"].as_str().unwrap()).await;
        assert_eq!((&said["sub"], said.get("act")), (&own["sub"], None), "the clerk stays himself");
        let org = said["org"]["sub"].as_str().unwrap().to_owned();
        assert!(org.len() > 40 && said["org"].get("name").is_none(), "names are not in the identity token");
        let token = access(&tokens);
        let info = tax.userinfo(&site, &token).await.json(200);
        assert_eq!(info["name"], "Lê Thị Giúp");
        assert_eq!(info["org"], json!({
            "sub": org, "number": TAX_CODE, "name": "Công ty TNHH Nước mắm Ví dụ", "kind": "enterprise", "role": "staff",
        }));
        let known = tax.call(&site, "/oidc/introspect", &[("token", &token)]).await.json(200);
        assert_eq!((&known["sub"], &known["org"]["sub"]), (&own["sub"], &json!(org)));
        let elsewhere = signed_in_for(&mut site, &mut customs, &["organisation"]).await;
        let elsewhere = site.id_token(elsewhere["id_token"].as_str().unwrap()).await;
        assert_ne!(elsewhere["org"]["sub"], json!(org), "no two hosts can compare");
        let looked = site.get("/citizen/who-looked").await.expect(200).body;
        assert!(looked.contains("Luật Quản lý thuế 2019"), "the release stands in the ledger");
        assert!(site.get("/citizen").await.expect(200).body.contains("Ứng dụng tax"), "and can be taken back");

        site.sign_in_as(NUMBER).await;
        let shown = site.get(&page).await.expect(200).body;
        assert!(shown.contains("Đăng nhập thay mặt tổ chức") && shown.contains("tax"), "the representative sees who acted");
        let id = field(shown.split("/staff/end").nth(1).unwrap(), "id");
        site.submit(&format!("{page}/staff/end"), &[("id", "7")]).await.expect(404);
        site.submit(&format!("{page}/staff/end"), &[("id", &id)]).await.expect(303);
        assert!(!active(&tax, &site, &token).await);
        tax.userinfo(&site, &token).await.error(401, "invalid_token");
        site.sign_in_as(CLERK).await;
        let ask = tax.ask(&mut site, "openid organisation").await;
        let number = number_of(&page);
        assert!(site.get(&ask).await.status != 200 || site.offered(&ask).await.is_empty());
        let again = tax.ask(&mut site, "openid profile personal_number organisation").await;
        tax.agree_for(&mut site, &again, &format!("org:{number}"), &[]).await.expect(403);
    }

    async fn a_representative_signs_in_for_the_organisation(store: Store) {
        let mut site = Site::open(store).await;
        organisation(&mut site).await;
        let mut tax = tax_office("tax", &site).await;
        let tokens = signed_in_for(&mut site, &mut tax, &["organisation"]).await;
        assert_eq!(tokens["scope"], "openid organisation");
        let info = tax.userinfo(&site, &access(&tokens)).await.json(200);
        assert_eq!((info["org"]["role"].as_str(), info.get("name")), (Some("representative"), None));
        // An application that is not registered for organisations learns of none.
        let mut bank = App::of("bank", &site).await;
        bank.pushed(&site, &[("scope", "openid organisation")]).await.error(400, "invalid_scope");
        let ask = bank.ask(&mut site, "openid profile").await;
        assert!(site.offered(&ask).await.is_empty());
        let number = number_of(&organisation_path(&mut site).await);
        bank.agree_for(&mut site, &ask, &format!("org:{number}"), &[]).await.expect(403);
        // Without consent to it neither name nor number is told.
        let tokens = signed_in_for(&mut site, &mut tax, &[]).await;
        let info = tax.userinfo(&site, &access(&tokens)).await.json(200);
        assert!(info["org"]["sub"].is_string() && info["org"].get("number").is_none());
    }

    async fn what_is_not_accepted_or_not_for_this_application_gives_no_right(store: Store) {
        let mut site = Site::open(store).await;
        site.known(CLERK, "Lê Thị Giúp", "1975-03-03", vec![]).await;
        site.level_2(CLERK, &[]).await;
        let page = organisation(&mut site).await;
        let (mut tax, mut customs) = (tax_office("tax", &site).await, tax_office("customs", &site).await);
        for (name, value) in [
            ("number", CHILD), ("number", NUMBER), ("number", "1"), ("post", ""), ("client", "nobody"), ("until", "01/01/2020"),
            ("until", "01/01/2399"), ("until", ""), ("password", "không phải nó"),
        ] {
            let_act(&mut site, &page, &[(name, value)]).await.expect(422);
        }
        let_act(&mut site, &page, &[("client", "tax"), ("scope", "")]).await.expect(303);
        assert!(site.last_message().contains("giao bạn đăng nhập"));
        site.sign_in_as(CLERK).await;
        site.get(&page).await.expect(404);
        let_act(&mut site, &page, &[("number", WIFE)]).await.expect(404);
        let ask = tax.ask(&mut site, "openid organisation").await;
        assert!(site.offered(&ask).await.is_empty(), "not before it is accepted");
        clerk(&mut site).await;
        let ask = customs.ask(&mut site, "openid organisation").await;
        assert!(site.offered(&ask).await.is_empty(), "at another application not");
        let tokens = signed_in_for(&mut site, &mut tax, &["organisation"]).await;
        assert_eq!(tokens["scope"], "openid", "what was not delegated is not shared");
        let token = access(&tokens);
        let list = site.get("/citizen/organisations").await.expect(200).body;
        let fields = [("id", field(&list, "id")), ("answer", "decline".to_owned())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        site.submit("/citizen/organisations/answer", &fields).await.expect(303);
        assert!(!active(&tax, &site, &token).await, "given up");
    }

    async fn suspension_and_closing_end_every_sign_in_for_it(store: Store) {
        let mut site = Site::open(store).await;
        let page = staffed(&mut site).await;
        let mut tax = tax_office("tax", &site).await;
        let token = access(&signed_in_for(&mut site, &mut tax, &["organisation"]).await);
        step(&site, "lock").await.expect(422);
        let fields = [("number", TAX_CODE), ("purpose", "administration"), ("legal_basis", "Quyết định 12/QĐ-CA")];
        site.desk(RECEIVES, &format!("{DESK}/account"), Some(&fields)).await.expect(403);
        step(&site, "suspend").await.expect(200);
        assert!(!active(&tax, &site, &token).await);
        assert!(site.last_message().contains("Ngừng hoạt động"));
        let ask = tax.ask(&mut site, "openid profile personal_number organisation").await;
        assert!(site.offered(&ask).await.is_empty());
        tax.agree_for(&mut site, &ask, &format!("org:{}", number_of(&page)), &[]).await.expect(403);
        step(&site, "unlock").await.expect(200);
        assert!(!active(&tax, &site, &token).await, "what ended does not come back");
        let token = access(&signed_in_for(&mut site, &mut tax, &["organisation"]).await);
        assert!(active(&tax, &site, &token).await);
        step(&site, "close").await.expect(200);
        assert!(!active(&tax, &site, &token).await);
        step(&site, "unlock").await.expect(422);
        site.sign_in_as(NUMBER).await;
        site.get(&page).await.expect(404);
        // A new file opens it again, as the same organisation.
        let file = site.submit(NEW, &draft(&[])).await.expect(303).location().to_owned();
        settled(&site, &file).await;
        let done = site.submit(&format!("{file}/activate"), &[("password", PASSWORD)]).await.expect(303);
        assert_eq!(done.location().split('?').next().unwrap(), page);
    }

    async fn who_leaves_takes_along_what_he_let_others_do_and_one_representative_stays(store: Store) {
        let mut site = Site::open(store).await;
        let page = staffed(&mut site).await;
        let mut tax = tax_office("tax", &site).await;
        let token = access(&signed_in_for(&mut site, &mut tax, &["organisation"]).await);
        site.sign_in_as(NUMBER).await;
        let last = site.submit(&format!("{page}/leave"), &[("leaving", PASSWORD)]).await.expect(422);
        assert!(last.body.contains("người đại diện duy nhất"));
        // Who does not represent it adds nobody.
        site.sign_in_as(CLERK).await;
        let taken = site.submit(NEW, &draft(&[])).await.expect(422);
        assert!(taken.body.contains("đã có tài khoản"));
        joined(&mut site).await;
        assert!(active(&tax, &site, &token).await);
        site.submit(&format!("{page}/leave"), &[("leaving", "không phải nó")]).await.expect(422);
        site.submit(&format!("{page}/leave"), &[("leaving", PASSWORD)]).await.expect(303);
        site.get(&page).await.expect(404);
        assert!(!active(&tax, &site, &token).await);
        site.sign_in_as(WIFE).await;
        let shown = site.get(&page).await.expect(200).body;
        assert!(!shown.contains("Người được giao việc") && shown.contains("Đang hoạt động"));
    }

    async fn a_representative_whom_an_officer_ends_leaves_an_organisation_without_any_suspended(store: Store) {
        let mut site = Site::open(store).await;
        let page = staffed(&mut site).await;
        let mut tax = tax_office("tax", &site).await;
        let token = access(&signed_in_for(&mut site, &mut tax, &["organisation"]).await);
        let fields = [("number", TAX_CODE), ("purpose", "administration"), ("legal_basis", "Quyết định 12/QĐ-CA")];
        let shown = site.desk(APPROVES, &format!("{DESK}/account"), Some(&fields)).await.expect(200).body;
        let end = shown.split("value=\"end:").nth(1).unwrap().split('"').next().unwrap();
        step(&site, "end:7").await.expect(422);
        let after = step(&site, &format!("end:{end}")).await.expect(200).body;
        assert!(after.contains("Tạm dừng") && after.contains("cần hồ sơ mới"));
        assert!(!active(&tax, &site, &token).await);
        step(&site, "unlock").await.expect(422);
        // Whoever the register names now hands in a file; the organisation stays the same.
        site.level_2(WIFE, &[]).await;
        site.sign_in_as(WIFE).await;
        let file = site.submit(NEW, &draft(&[])).await.expect(303).location().to_owned();
        settled(&site, &file).await;
        let done = site.submit(&format!("{file}/activate"), &[("password", PASSWORD)]).await.expect(303);
        assert_eq!(done.location().split('?').next().unwrap(), page);
    }

    async fn the_death_of_the_representative_ends_what_he_let_others_do_within_a_second(store: Store) {
        let mut site = Site::open(store).await;
        staffed(&mut site).await;
        let mut tax = tax_office("tax", &site).await;
        let token = access(&signed_in_for(&mut site, &mut tax, &["organisation"]).await);
        site.provider.follow().await.unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let provider = site.provider.clone();
        let follower = tokio::spawn(async move { provider.run(async move { drop(stopped.await) }).await });
        assert!(active(&tax, &site, &token).await);
        let person = site.record_of(NUMBER).await;
        site.dies(person).await;
        let died = Instant::now();
        while active(&tax, &site, &token).await {
            assert!(died.elapsed() < Duration::from_secs(1), "introspection still says active");
        }
        let ask = tax.ask(&mut site, "openid profile personal_number organisation").await;
        assert!(site.offered(&ask).await.is_empty());
        let fields = [("number", TAX_CODE), ("purpose", "administration"), ("legal_basis", "Quyết định 12/QĐ-CA")];
        let shown = site.desk(APPROVES, &format!("{DESK}/account"), Some(&fields)).await.expect(200).body;
        assert!(shown.contains("tài khoản của người đó đã đóng") && shown.contains("cần hồ sơ mới"));
        stop.send(()).unwrap();
        follower.await.unwrap();
    }

    async fn a_locked_representative_lets_nobody_act_until_he_is_back(store: Store) {
        let mut site = Site::open(store).await;
        staffed(&mut site).await;
        let mut tax = tax_office("tax", &site).await;
        let token = access(&signed_in_for(&mut site, &mut tax, &["organisation"]).await);
        site.step("lock", "Nghi bị chiếm đoạt tài khoản").await.expect(200);
        assert!(!active(&tax, &site, &token).await);
        let ask = tax.ask(&mut site, "openid profile personal_number organisation").await;
        assert!(site.offered(&ask).await.is_empty());
        site.step("unlock", "Chính chủ đến trình diện").await.expect(200);
        assert_eq!(site.offered(&ask).await.len(), 1);
    }
}

/// The page of the one organisation of whoever is signed in.
async fn organisation_path(site: &mut Site) -> String {
    let list = site.get("/citizen/organisations").await.expect(200).body;
    let id = list
        .split("href=\"/citizen/organisations/")
        .skip(1)
        .find(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    format!("/citizen/organisations/{}", id.unwrap().split('"').next().unwrap())
}
