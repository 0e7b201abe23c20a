//! Sign-ins that are answered elsewhere than where they were begun, and applications told of a sign-out. Named after the
//! specification and section that each test is about.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::*;
use axum::{Router, extract::State, http::StatusCode, routing::post};
use provider::jose::Jws;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use store::{Store, params};
use vocabulary::Moment;

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CIBA: &str = "urn:openid:params:grant-type:ciba";

async fn signed_in(store: Store) -> Site {
    let mut site = Site::open(store).await;
    site.register().await;
    site.sign_in().await;
    site
}

/// A television: the basic profile, and no browser.
async fn television(site: &Site) -> App {
    App::registered("tv", site, |record| record["profile"] = json!("basic")).await
}

async fn begun(site: &Site, tv: &App) -> Value {
    tv.call(site, "/oidc/device", &[("scope", "openid profile")]).await.json(200)
}

async fn polled(site: &Site, tv: &App, begun: &Value) -> Answer {
    let code = begun["device_code"].as_str().unwrap();
    tv.call(site, "/oidc/token", &[("grant_type", DEVICE), ("device_code", code)]).await
}

/// The citizen types the code; the address of the question.
async fn typed(site: &mut Site, begun: &Value) -> String {
    let token = site.csrf().await;
    let code = begun["user_code"].as_str().unwrap().to_lowercase();
    let claimed = site.post("/citizen/device", &[("csrf_token", &token), ("code", &code)]).await.expect(303);
    claimed.location().to_owned()
}

async fn answered(site: &mut Site, question: &str, answer: &str) {
    let token = site.csrf().await;
    let fields = [("csrf_token", token.as_str()), ("answer", answer), ("scope", "profile")];
    site.post(question, &fields).await.expect(200);
}

async fn change(site: &Site, sql: &str) {
    let then = Moment::now().plus_seconds(-5);
    let changed: Result<u64, store::StoreError> =
        store::transact!(site.store, tx => tx.execute(sql, params![then]).await);
    assert!(changed.unwrap() > 0, "{sql}");
}

store::on_each_engine! {
    sets = SETS;

    async fn rfc8628_3_a_device_signs_in_by_the_code_that_the_citizen_types(store: Store) {
        let mut site = signed_in(store).await;
        let tv = television(&site).await;
        let begun = begun(&site, &tv).await;
        assert_eq!(begun["verification_uri"], format!("{ISSUER}/citizen/device"));
        polled(&site, &tv, &begun).await.error(400, "authorization_pending");
        polled(&site, &tv, &begun).await.error(400, "slow_down");
        let question = typed(&mut site, &begun).await;
        let page = site.get(&question).await.expect(200);
        assert!(page.body.contains(begun["user_code"].as_str().unwrap()), "the code is shown to be compared");
        site.post(&question, &[("answer", "grant")]).await.expect(403);
        answered(&mut site, &question, "grant").await;
        let tokens = polled(&site, &tv, &begun).await.json(200);
        assert_eq!(tokens["scope"], "openid profile");
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let info = site.api("GET", "/oidc/userinfo", &[("authorization", &bearer)], "").await.json(200);
        assert_eq!(info["name"], "Trần Văn Đức");
        polled(&site, &tv, &begun).await.error(400, "invalid_grant");
        site.api("GET", "/oidc/userinfo", &[("authorization", &bearer)], "").await.error(401, "invalid_token");
        site.get(&question).await.expect(404);
    }

    async fn rfc8628_3_5_a_device_learns_why_nothing_is_issued(store: Store) {
        let mut site = signed_in(store).await;
        let tv = television(&site).await;
        let refused = begun(&site, &tv).await;
        let question = typed(&mut site, &refused).await;
        answered(&mut site, &question, "deny").await;
        polled(&site, &tv, &refused).await.error(400, "access_denied");
        polled(&site, &tv, &refused).await.error(400, "invalid_grant");
        let late = begun(&site, &tv).await;
        change(&site, "UPDATE oidc_waiting SET ends_at = $1").await;
        polled(&site, &tv, &late).await.error(400, "expired_token");
        let token = site.csrf().await;
        let code = late["user_code"].as_str().unwrap();
        site.post("/citizen/device", &[("csrf_token", &token), ("code", code)]).await.expect(422);
        let fields = [("grant_type", DEVICE), ("device_code", "unknown")];
        tv.call(&site, "/oidc/token", &fields).await.error(400, "invalid_grant");
        let other = App::registered("radio", &site, |record| record["profile"] = json!("basic")).await;
        let begun = begun(&site, &tv).await;
        polled(&site, &other, &begun).await.error(400, "invalid_grant");
        polled(&site, &tv, &begun).await.error(400, "authorization_pending");
        let bank = App::of("bank", &site).await;
        bank.call(&site, "/oidc/device", &[("scope", "openid")]).await.error(400, "unauthorized_client");
        tv.call(&site, "/oidc/device", &[("scope", "everything")]).await.error(400, "invalid_scope");
    }

    async fn rfc8628_5_1_codes_cannot_be_guessed_nor_used_for_another_grant(store: Store) {
        let mut site = signed_in(store).await;
        let tv = television(&site).await;
        let begun = begun(&site, &tv).await;
        let token = site.csrf().await;
        for _ in 0..5 {
            site.post("/citizen/device", &[("csrf_token", &token), ("code", "BCDF-GHJK")]).await.expect(422);
        }
        let right = begun["user_code"].as_str().unwrap();
        site.post("/citizen/device", &[("csrf_token", &token), ("code", right)]).await.expect(429);
        change(&site, "UPDATE citizen_tally SET failures = 0 WHERE last_at > $1").await;
        let question = typed(&mut site, &begun).await;
        answered(&mut site, &question, "grant").await;
        let code = begun["device_code"].as_str().unwrap();
        tv.call(&site, "/oidc/token", &tv.code_fields(code, VERIFIER)).await.error(400, "invalid_grant");
        tv.call(&site, "/oidc/token", &tv.code_fields(code, "")).await.error(400, "invalid_grant");
        let ordinary = tv.sent(&mut site, &[("scope", "openid profile")]).await.expect(303).back("code");
        let fields = [("grant_type", DEVICE), ("device_code", ordinary.as_str())];
        tv.call(&site, "/oidc/token", &fields).await.error(400, "invalid_grant");
        polled(&site, &tv, &begun).await.json(200);
    }

    async fn ciba_7_a_bank_asks_a_citizen_who_answers_on_the_own_page(store: Store) {
        let mut site = signed_in(store).await;
        let bank = App::of("bank", &site).await;
        let ask = |number: &'static str| [("scope", "openid profile"), ("login_hint", number), ("binding_message", "Giao dịch 4711")];
        let begun = bank.call(&site, "/oidc/ciba", &ask(NUMBER)).await.json(200);
        assert!(site.last_message().contains("Ứng dụng bank") && site.last_message().contains("/citizen/requests"));
        let fields = [("grant_type", CIBA), ("auth_req_id", begun["auth_req_id"].as_str().unwrap())];
        bank.proven(&site, "/oidc/token", &fields).await.error(400, "authorization_pending");
        bank.call(&site, "/oidc/token", &fields).await.error(400, "invalid_dpop_proof");
        let list = site.get("/citizen/requests").await.expect(200);
        let id = list.body.split("/citizen/requests/").nth(1).unwrap().split('"').next().unwrap();
        let question = format!("/citizen/requests/{id}");
        assert!(site.get(&question).await.expect(200).body.contains("Giao dịch 4711"));
        answered(&mut site, &question, "grant").await;
        let tokens = bank.proven(&site, "/oidc/token", &fields).await.json(200);
        assert_eq!(bank.userinfo(&site, tokens["access_token"].as_str().unwrap()).await.json(200)["name"], "Trần Văn Đức");
        bank.proven(&site, "/oidc/token", &fields).await.error(400, "invalid_grant");
        // Nobody has this number; the bank cannot tell.
        let nobody = bank.call(&site, "/oidc/ciba", &ask("056080009999")).await.json(200);
        let fields = [("grant_type", CIBA), ("auth_req_id", nobody["auth_req_id"].as_str().unwrap())];
        bank.proven(&site, "/oidc/token", &fields).await.error(400, "authorization_pending");
    }

    async fn ciba_13_what_a_bank_may_not_ask_is_refused(store: Store) {
        let mut site = signed_in(store).await;
        let bank = App::of("bank", &site).await;
        let long = "x".repeat(61);
        for (fields, error) in [
            (vec![("scope", "profile"), ("login_hint", NUMBER)], "invalid_scope"),
            (vec![("scope", "openid"), ("login_hint", "Đức")], "invalid_request"),
            (vec![("scope", "openid")], "invalid_request"),
            (vec![("scope", "openid"), ("id_token_hint", "x")], "invalid_request"),
            (vec![("scope", "openid"), ("login_hint", NUMBER), ("binding_message", long.as_str())], "invalid_binding_message"),
        ] {
            bank.call(&site, "/oidc/ciba", &fields).await.error(400, error);
        }
        let shop = App::registered("shop", &site, |record| record["scopes"] = json!({})).await;
        let fields = [("scope", "openid"), ("login_hint", NUMBER)];
        shop.call(&site, "/oidc/ciba", &fields).await.error(400, "unauthorized_client");
        // A level that the account has not cannot be granted.
        let fields = [("scope", "openid"), ("login_hint", NUMBER), ("acr_values", "urn:dancu:eid:2")];
        let begun = bank.call(&site, "/oidc/ciba", &fields).await.json(200);
        let list = site.get("/citizen/requests").await.expect(200);
        let id = list.body.split("/citizen/requests/").nth(1).unwrap().split('"').next().unwrap();
        answered(&mut site, &format!("/citizen/requests/{id}"), "grant").await;
        let fields = [("grant_type", CIBA), ("auth_req_id", begun["auth_req_id"].as_str().unwrap())];
        bank.proven(&site, "/oidc/token", &fields).await.error(400, "access_denied");
        let fields = [("scope", "openid"), ("login_hint", NUMBER)];
        for _ in 0..4 {
            bank.call(&site, "/oidc/ciba", &fields).await.json(200);
        }
        bank.call(&site, "/oidc/ciba", &fields).await.error(400, "access_denied");
    }

    async fn oidc_back_channel_logout_2_5_applications_are_told_until_they_hear(store: Store) {
        type Heard = Arc<Mutex<Vec<String>>>;
        async fn hear(State(heard): State<Heard>, body: String) -> StatusCode {
            let mut heard = heard.lock().unwrap();
            heard.push(body);
            if heard.len() == 1 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
        }
        let heard = Heard::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/logged-out", listener.local_addr().unwrap());
        let routes = Router::new().route("/logged-out", post(hear)).with_state(heard.clone());
        let server = tokio::spawn(async move { axum::serve(listener, routes).await });

        let mut site = signed_in(store).await;
        let mut bank = App::registered("bank", &site, |record| record["backchannel_logout_uri"] = json!(address)).await;
        let (code, verifier) = bank.code(&mut site, "openid", &[]).await;
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        let claims = site.id_token(tokens["id_token"].as_str().unwrap()).await;
        let mut portal = App::of("portal", &site).await;
        let (code, verifier) = portal.code(&mut site, "openid", &[]).await;
        portal.exchange(&site, &code, &verifier).await.json(200);
        let provider = site.provider.clone();
        assert_eq!(provider.tell_due_logouts(Moment::now()).await.unwrap(), 0, "the session goes on");
        let token = site.csrf().await;
        site.post("/citizen/sign-out", &[("csrf_token", &token)]).await.expect(303);
        let now = Moment::now();
        assert_eq!(provider.tell_due_logouts(now).await.unwrap(), 0, "the bank was not ready");
        assert_eq!(provider.tell_due_logouts(now).await.unwrap(), 0, "not at once again");
        assert_eq!(provider.tell_due_logouts(now.plus_seconds(3)).await.unwrap(), 1);
        assert_eq!(provider.tell_due_logouts(now.plus_seconds(86_400)).await.unwrap(), 0, "once is enough");
        let heard = heard.lock().unwrap().clone();
        assert_eq!(heard.len(), 2);
        let sent: Vec<(String, String)> = serde_html_form::from_str(&heard[1]).unwrap();
        let [(name, text)] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!((name.as_str(), Jws::read(text).unwrap().named("typ")), ("logout_token", Some("logout+jwt")));
        let told = site.id_token(text).await;
        assert_eq!((told["iss"].as_str(), told["aud"].as_str()), (Some(ISSUER), Some("bank")));
        assert_eq!((&told["sub"], &told["sid"]), (&claims["sub"], &claims["sid"]));
        assert_eq!(told["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
        assert!(told.get("nonce").is_none() && told["jti"].is_string() && told["exp"].is_number());
        server.abort();
    }

    async fn oidc_back_channel_logout_2_a_session_ended_on_the_own_page_counts_too(store: Store) {
        let mut site = signed_in(store).await;
        let mut bank = App::registered("bank", &site, |record| record["backchannel_logout_uri"] = json!("https://bank.example/gone")).await;
        bank.code(&mut site, "openid", &[]).await;
        let due = "SELECT count(*) FROM oidc_logout WHERE live IS NULL AND due_at <= $1";
        let count = |site: &Site| {
            let store = site.store.clone();
            async move { store.one::<i64>(due, params![Moment::now()]).await.unwrap() }
        };
        assert_eq!(count(&site).await, 0);
        let page = site.get("/citizen").await.expect(200);
        let number = page.body.split("/citizen/sessions/end").nth(1).map(|rest| field(rest, "number")).unwrap();
        let token = site.csrf().await;
        site.post("/citizen/sessions/end", &[("csrf_token", &token), ("number", &number)]).await.expect(303);
        assert_eq!(count(&site).await, 1);
    }
}
