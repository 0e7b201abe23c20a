//! Acting for another: both persons stand in tokens (RFC 8693 §4.1) and in the ledger; scope, application and end hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::{officers::*, *};
use population::model::{Fact, Relative};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::Store;
use vocabulary::PartialDate;

const HELPER: &str = "056075003333";

/// Đức and a helper, both of level 2; Đức is signed in.
async fn two(store: Store) -> Site {
    let mut site = Site::open(store).await;
    site.known(HELPER, "Lê Thị Giúp", "1975-03-03", vec![]).await;
    site.level_2(HELPER, &[]).await;
    site.level_2(NUMBER, &[]).await;
    site.sign_in_as(NUMBER).await;
    site
}

async fn delegate(site: &mut Site, change: &[(&str, &str)]) -> Answer {
    let today = PartialDate::today().local_text();
    let token = site.csrf().await;
    let mut fields = vec![
        ("csrf_token", token.as_str()),
        ("number", HELPER),
        ("client", ""),
        ("scope", "profile"),
        ("until", today.as_str()),
        ("password", PASSWORD),
    ];
    for (name, value) in change {
        fields.retain(|(own, _)| own != name);
        fields.push((name, value));
    }
    site.post("/citizen/delegations", &fields).await
}

async fn claims(site: &Site, tokens: &Value) -> Value {
    site.id_token(tokens["id_token"].as_str().unwrap()).await
}

store::on_each_engine! {
    sets = SETS;

    async fn rfc8693_4_1_a_delegate_signs_in_for_another_and_both_are_named(store: Store) {
        let mut site = two(store).await;
        let mut bank = App::of("bank", &site).await;
        let own = bank.tokens_for(&mut site, "openid", "", &[]).await;
        let grandfather = claims(&site, &own).await["sub"].clone();
        delegate(&mut site, &[]).await.expect(303);
        assert!(site.last_message().contains("ủy quyền"), "the delegate is told");

        site.sign_in_as(HELPER).await;
        let own = bank.tokens_for(&mut site, "openid", "", &[]).await;
        let helper = claims(&site, &own).await;
        assert!(helper.get("act").is_none());
        let ask = bank.ask(&mut site, "openid profile personal_number").await;
        let offered = site.offered(&ask).await;
        assert_eq!(offered.len(), 1);
        assert!(offered[0].1.contains("Trần Văn Đức"), "{offered:?}");
        let tokens = bank.tokens_for(&mut site, "openid profile personal_number", &offered[0].0, &["profile", "personal_number"]).await;
        assert_eq!(tokens["scope"], "openid profile", "what was not delegated is not shared");
        let said = claims(&site, &tokens).await;
        assert_eq!((&said["sub"], &said["act"]), (&grandfather, &json!({ "sub": helper["sub"] })));
        let access = tokens["access_token"].as_str().unwrap().to_owned();
        let known = bank.call(&site, "/oidc/introspect", &[("token", &access)]).await.json(200);
        assert_eq!((&known["sub"], &known["act"]["sub"]), (&grandfather, &helper["sub"]));
        let info = bank.userinfo(&site, &access).await.json(200);
        assert_eq!((info["name"].as_str(), &info["act"]["sub"]), (Some("Trần Văn Đức"), &helper["sub"]));
        let again = bank.ask(&mut site, "openid").await;
        site.get(&again).await.expect(200);

        site.sign_in_as(NUMBER).await;
        let page = site.get("/citizen/delegations").await.expect(200).body;
        assert!(page.contains("Người được tôi ủy quyền"));
        let id = field(&page, "id");
        let token = site.csrf().await;
        let end = |id: &str| vec![("csrf_token".to_owned(), token.clone()), ("id".to_owned(), id.to_owned())];
        site.post_owned("/citizen/delegations/end", end("1")).await.expect(404);
        site.post_owned("/citizen/delegations/end", end(&id)).await.expect(303);
        assert_eq!(bank.call(&site, "/oidc/introspect", &[("token", &access)]).await.json(200), json!({ "active": false }));
        site.sign_in_as(HELPER).await;
        let ask = bank.ask(&mut site, "openid profile").await;
        assert!(site.offered(&ask).await.is_empty());
        bank.agree_for(&mut site, &ask, &offered[0].0, &["profile"]).await.expect(403);
    }

    async fn a_delegation_holds_at_its_application_and_while_both_accounts_are_in_use(store: Store) {
        let mut site = two(store).await;
        let (mut bank, mut portal) = (App::of("bank", &site).await, App::of("portal", &site).await);
        delegate(&mut site, &[("client", "bank")]).await.expect(303);
        site.sign_in_as(HELPER).await;
        let elsewhere = portal.ask(&mut site, "openid").await;
        assert!(site.offered(&elsewhere).await.is_empty());
        let ask = bank.ask(&mut site, "openid").await;
        let offered = site.offered(&ask).await;
        portal.agree_for(&mut site, &elsewhere, &offered[0].0, &[]).await.expect(403);
        bank.agree_for(&mut site, &ask, "7", &[]).await.expect(403);
        bank.agree_for(&mut site, &ask, "x", &[]).await.expect(400);
        let tokens = bank.tokens_for(&mut site, "openid", &offered[0].0, &[]).await;
        let access = tokens["access_token"].as_str().unwrap();
        bank.userinfo(&site, access).await.json(200);
        let fields = [("number", HELPER), ("purpose", "investigation"), ("legal_basis", "Quyết định 1/QĐ"), ("step", "lock"), ("reason", "Lạm dụng ủy quyền")];
        site.desk(APPROVES, "/desk/eid/accounts/step", Some(&fields)).await.expect(200);
        bank.userinfo(&site, access).await.error(401, "invalid_token");
    }

    async fn a_wish_that_breaks_a_rule_delegates_nothing(store: Store) {
        let mut site = two(store).await;
        let later = PartialDate::from_packed(PartialDate::today().packed() + 20_000).map(PartialDate::local_text);
        let later = later.unwrap_or_else(|_| "01/03/2399".into());
        for (what, value) in [
            ("number", NUMBER), ("number", "056999999999"), ("number", CHILD), ("client", "nobody"), ("until", "01/01/2020"),
            ("until", later.as_str()), ("until", "2027"), ("until", ""),
        ] {
            delegate(&mut site, &[(what, value)]).await.expect(422);
        }
        let page = site.get("/citizen/delegations").await.expect(200).body;
        assert!(!page.contains("Người được tôi ủy quyền"));
    }

    async fn a_password_that_is_not_right_delegates_nothing_and_level_1_cannot(store: Store) {
        let mut site = two(store).await;
        delegate(&mut site, &[("password", "không phải nó")]).await.expect(422);
        let other = "056085004444";
        site.known(other, "Phạm Văn Một", "1985-04-04", vec![]).await;
        site.forget();
        let page = site.apply(other, "Phạm Văn Một", "04/04/1985").await.expect(200);
        let (application, code) = (field(&page.body, "application"), site.code(6));
        let fields = [("application", application.as_str()), ("code", &code), ("password", PASSWORD)];
        site.post("/citizen/register/confirm", &fields).await.expect(303);
        site.sign_in_as(other).await;
        let page = site.get("/citizen/delegations").await.expect(200).body;
        assert!(page.contains("cần tài khoản mức 2") && !page.contains("name=\"until\""));
        delegate(&mut site, &[]).await.expect(422);
    }

    async fn a_guardianship_that_ends_in_the_registry_ends_the_access_within_a_second(store: Store) {
        let mut site = Site::open(store).await;
        let child = "056218000101";
        let ward = site.known(child, "Trần Gia Bảo", &years_ago(8), vec![]).await;
        let (duc, hoa) = (site.record_of(NUMBER).await, site.record_of(WIFE).await);
        site.guarded(ward, Some(Relative::recorded(duc))).await;
        site.level_2(NUMBER, &[]).await;
        let paper = [("paper", "birth-certificate"), ("paper_number", "15/2020"), ("guardian", NUMBER)];
        site.level_2(child, &paper).await;
        site.sign_in_as(NUMBER).await;
        let mut portal = App::of("portal", &site).await;
        let ask = portal.ask(&mut site, "openid profile").await;
        let offered = site.offered(&ask).await;
        let tokens = portal.tokens_for(&mut site, "openid profile", &offered[0].0, &["profile"]).await;
        let access = tokens["access_token"].as_str().unwrap().to_owned();
        let active = async |site: &Site| portal.call(site, "/oidc/introspect", &[("token", &access)]).await.json(200)["active"] == json!(true);
        site.provider.follow().await.unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let provider = site.provider.clone();
        let follower = tokio::spawn(async move { provider.run(async move { drop(stopped.await) }).await });
        assert!(active(&site).await, "the guardian is who acts");
        site.guarded(ward, Some(Relative::recorded(hoa))).await;
        let ended = Instant::now();
        while active(&site).await {
            assert!(ended.elapsed() < Duration::from_secs(1), "introspection still says active");
        }
        stop.send(()).unwrap();
        follower.await.unwrap();
        assert!(site.offered(&ask).await.is_empty());
        site.sign_in_as(child).await;
        let page = site.get("/citizen/standing").await.expect(200).body;
        assert!(page.contains("Hết quan hệ cha, mẹ, giám hộ"));
    }

    async fn a_parent_acts_for_a_child_until_it_is_14(store: Store) {
        let mut site = Site::open(store).await;
        let father = Relative::recorded(site.record_of(NUMBER).await);
        let child = "056218000101";
        site.known(child, "Trần Gia Bảo", &years_ago(8), vec![Fact::Father(Some(father))]).await;
        site.level_2(NUMBER, &[]).await;
        let paper = [("paper", "birth-certificate"), ("paper_number", "15/2020"), ("guardian", NUMBER)];
        site.level_2(child, &paper).await;
        site.sign_in_as(NUMBER).await;
        let mut portal = App::of("portal", &site).await;
        let ask = portal.ask(&mut site, "openid profile").await;
        let offered = site.offered(&ask).await;
        assert!(offered[0].1.contains("Trần Gia Bảo"), "{offered:?}");
        let tokens = portal.tokens_for(&mut site, "openid profile", &offered[0].0, &["profile"]).await;
        let info = portal.userinfo(&site, tokens["access_token"].as_str().unwrap()).await.json(200);
        assert_eq!(info["name"], "Trần Gia Bảo");
        assert!(info["act"]["sub"].is_string() && info["act"]["sub"] != info["sub"]);
        let page = site.get("/citizen/delegations").await.expect(200).body;
        assert!(page.contains("Trần Gia Bảo") && page.contains("con, người được giám hộ"));
        site.sign_in_as(child).await;
        let looked = site.get("/citizen/who-looked").await.expect(200).body;
        assert!(looked.contains("portal"));
    }
}
