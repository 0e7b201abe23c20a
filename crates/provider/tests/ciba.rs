//! Answers that are told to the application, or sent to it, and requests that it signed (OpenID Connect CIBA Core 1.0).
//! Named after the section that each test is about.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::*;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex};
use store::Store;
use vocabulary::Moment;

/// What is changed in a request, by the name of the claim.
type Change = (&'static str, fn(&mut Value));

const CIBA: &str = "urn:openid:params:grant-type:ciba";
const TOKEN: &str = "8d67dc78-7faa-4d41-aabd-67707b374255";

/// What an application heard at its address, and what it answers.
#[derive(Clone, Default)]
struct Ear {
    heard: Arc<Mutex<Vec<(String, Value)>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Ear {
    async fn open() -> (Ear, String) {
        async fn hear(State(ear): State<Ear>, headers: HeaderMap, body: String) -> StatusCode {
            let bearer = headers["authorization"].to_str().unwrap().to_owned();
            assert_eq!(headers["content-type"], "application/json");
            ear.heard.lock().unwrap().push((bearer, serde_json::from_str(&body).unwrap()));
            let mut answers = ear.answers.lock().unwrap();
            let status = if answers.is_empty() { 204 } else { answers.remove(0) };
            StatusCode::from_u16(status).unwrap()
        }
        let ear = Ear::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/answered", listener.local_addr().unwrap());
        let routes = Router::new().route("/answered", post(hear)).with_state(ear.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (ear, address)
    }

    /// What was heard since, each with the right token.
    fn take(&self) -> Vec<Value> {
        let heard = std::mem::take(&mut *self.heard.lock().unwrap());
        let of = |(bearer, body)| {
            assert_eq!(bearer, format!("Bearer {TOKEN}"));
            body
        };
        heard.into_iter().map(of).collect()
    }
}

async fn signed_in(store: Store) -> Site {
    let mut site = Site::open(store).await;
    site.register().await;
    site.sign_in().await;
    site
}

async fn told(id: &str, site: &Site, mode: &str, address: &str, profile: &str) -> App {
    App::registered(id, site, |record| {
        record["profile"] = json!(profile);
        record["backchannel_token_delivery_mode"] = json!(mode);
        record["backchannel_client_notification_endpoint"] = json!(address);
    })
    .await
}

fn asking<'a>() -> Vec<(&'a str, &'a str)> {
    vec![
        ("scope", "openid profile offline_access"),
        ("login_hint", NUMBER),
        ("binding_message", "Giao dịch 4711"),
        ("client_notification_token", TOKEN),
    ]
}

/// The citizen answers what is asked.
async fn answered(site: &mut Site, answer: &str) {
    let list = site.get("/citizen/requests").await.expect(200);
    let id = list.body.split("/citizen/requests/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let token = site.csrf().await;
    let fields = [
        ("csrf_token", token.as_str()),
        ("answer", answer),
        ("scope", "profile"),
        ("scope", "offline_access"),
    ];
    site.post(&format!("/citizen/requests/{id}"), &fields).await.expect(200);
}

fn left_half(token: &str) -> String {
    b64(&Sha256::digest(token)[..16])
}

store::on_each_engine! {
    sets = SETS;

    async fn ciba_10_2_who_is_pinged_asks_for_the_answer(store: Store) {
        let (ear, address) = Ear::open().await;
        let mut site = signed_in(store).await;
        let bank = told("bank", &site, "ping", &address, "fapi2").await;
        let begun = bank.call(&site, "/oidc/ciba", &asking()).await.json(200);
        assert_eq!(begun["interval"], 5);
        let provider = site.provider.clone();
        assert_eq!(provider.tell_due_notices(Moment::now()).await.unwrap(), 0, "nobody has answered yet");
        answered(&mut site, "grant").await;
        ear.answers.lock().unwrap().push(503);
        let now = Moment::now();
        assert_eq!(provider.tell_due_notices(now).await.unwrap(), 0, "the bank was not ready");
        assert_eq!(provider.tell_due_notices(now).await.unwrap(), 0, "not at once again");
        assert_eq!(provider.tell_due_notices(now.plus_seconds(3)).await.unwrap(), 1);
        assert_eq!(provider.tell_due_notices(now.plus_seconds(86_400)).await.unwrap(), 0, "once is enough");
        let ping = json!({ "auth_req_id": begun["auth_req_id"] });
        assert_eq!(ear.take(), [ping.clone(), ping], "and nothing else");
        let fields = [("grant_type", CIBA), ("auth_req_id", begun["auth_req_id"].as_str().unwrap())];
        let tokens = bank.proven(&site, "/oidc/token", &fields).await.json(200);
        assert_eq!(bank.userinfo(&site, tokens["access_token"].as_str().unwrap()).await.json(200)["name"], "Trần Văn Đức");
        // A refusal is an answer too.
        let begun = bank.call(&site, "/oidc/ciba", &asking()).await.json(200);
        answered(&mut site, "deny").await;
        assert_eq!(provider.tell_due_notices(Moment::now()).await.unwrap(), 1);
        assert_eq!(ear.take(), [json!({ "auth_req_id": begun["auth_req_id"] })]);
        let fields = [("grant_type", CIBA), ("auth_req_id", begun["auth_req_id"].as_str().unwrap())];
        bank.proven(&site, "/oidc/token", &fields).await.error(400, "access_denied");
    }

    async fn ciba_10_3_tokens_are_pushed_and_tried_again_unchanged(store: Store) {
        let (ear, address) = Ear::open().await;
        let mut site = signed_in(store).await;
        let shop = told("shop", &site, "push", &address, "basic").await;
        let begun = shop.call(&site, "/oidc/ciba", &asking()).await.json(200);
        assert!(begun.get("interval").is_none());
        let id = begun["auth_req_id"].as_str().unwrap();
        let fields = [("grant_type", CIBA), ("auth_req_id", id)];
        shop.call(&site, "/oidc/token", &fields).await.error(400, "unauthorized_client");
        answered(&mut site, "grant").await;
        let provider = site.provider.clone();
        ear.answers.lock().unwrap().push(500);
        let now = Moment::now();
        assert_eq!(provider.tell_due_notices(now).await.unwrap(), 0);
        assert_eq!(provider.tell_due_notices(now.plus_seconds(3)).await.unwrap(), 1);
        assert_eq!(provider.tell_due_notices(now.plus_seconds(86_400)).await.unwrap(), 0);
        let heard = ear.take();
        assert_eq!(heard.len(), 2);
        assert_eq!(heard[0], heard[1], "what is sent again is the same");
        let pushed = &heard[0];
        let (access, refresh) = (pushed["access_token"].as_str().unwrap(), pushed["refresh_token"].as_str().unwrap());
        assert_eq!((pushed["auth_req_id"].as_str(), pushed["token_type"].as_str()), (Some(id), Some("Bearer")));
        let claims = site.id_token(pushed["id_token"].as_str().unwrap()).await;
        assert_eq!((claims["iss"].as_str(), claims["aud"].as_str()), (Some(ISSUER), Some("shop")));
        assert_eq!(claims["urn:openid:params:jwt:claim:auth_req_id"], id);
        assert_eq!(claims["at_hash"], left_half(access));
        assert_eq!(claims["urn:openid:params:jwt:claim:rt_hash"], left_half(refresh));
        let bearer = format!("Bearer {access}");
        let info = site.api("GET", "/oidc/userinfo", &[("authorization", &bearer)], "").await.json(200);
        assert_eq!((&info["sub"], info["name"].as_str()), (&claims["sub"], Some("Trần Văn Đức")));
        shop.call(&site, "/oidc/token", &[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await.json(200);
        shop.call(&site, "/oidc/token", &fields).await.error(400, "unauthorized_client");
    }

    async fn ciba_12_who_is_sent_tokens_learns_why_there_are_none(store: Store) {
        let (ear, address) = Ear::open().await;
        let mut site = signed_in(store).await;
        let shop = told("shop", &site, "push", &address, "basic").await;
        let provider = site.provider.clone();
        let refused = shop.call(&site, "/oidc/ciba", &asking()).await.json(200);
        answered(&mut site, "deny").await;
        assert_eq!(provider.tell_due_notices(Moment::now()).await.unwrap(), 1);
        let late = shop.call(&site, "/oidc/ciba", &asking()).await.json(200);
        // Nobody has this number; the shop cannot tell.
        let mut nobody = asking();
        nobody[1].1 = "056080009999";
        let nobody = shop.call(&site, "/oidc/ciba", &nobody).await.json(200);
        assert_eq!(provider.tell_due_notices(Moment::now().plus_seconds(601)).await.unwrap(), 2);
        let heard = ear.take();
        assert_eq!((&heard[0]["auth_req_id"], heard[0]["error"].as_str()), (&refused["auth_req_id"], Some("access_denied")));
        let mut ended: Vec<(&Value, Option<&str>)> =
            heard[1..].iter().map(|body| (&body["auth_req_id"], body["error"].as_str())).collect();
        ended.sort_by_key(|(id, _)| **id != late["auth_req_id"]);
        assert_eq!(ended, [(&late["auth_req_id"], Some("expired_token")), (&nobody["auth_req_id"], Some("expired_token"))]);
        assert!(heard.iter().all(|body| body.get("access_token").is_none()));
    }

    async fn ciba_10_3_1_tokens_that_cannot_be_sent_end(store: Store) {
        let (ear, address) = Ear::open().await;
        let mut site = signed_in(store).await;
        let shop = told("shop", &site, "push", &address, "basic").await;
        shop.call(&site, "/oidc/ciba", &asking()).await.json(200);
        answered(&mut site, "grant").await;
        ear.answers.lock().unwrap().extend([500; 20]);
        let (provider, mut now) = (site.provider.clone(), Moment::now());
        for _ in 0..10 {
            provider.tell_due_notices(now).await.unwrap();
            now = now.plus_seconds(600);
        }
        let heard = ear.take();
        assert_eq!(heard.len(), 8, "it is given up");
        let bearer = format!("Bearer {}", heard[0]["access_token"].as_str().unwrap());
        site.api("GET", "/oidc/userinfo", &[("authorization", &bearer)], "").await.error(401, "invalid_token");
        // An address that sends elsewhere is not followed, and one that knows nothing of it is not asked again.
        for status in [404, 307] {
            shop.call(&site, "/oidc/ciba", &asking()).await.json(200);
            answered(&mut site, "grant").await;
            ear.answers.lock().unwrap().clear();
            ear.answers.lock().unwrap().extend([status; 2]);
            assert_eq!(provider.tell_due_notices(Moment::now()).await.unwrap(), 0);
            assert_eq!(ear.take().len(), 1);
        }
    }

    async fn ciba_7_1_1_a_signed_request_is_the_clients_own_timely_and_used_once(store: Store) {
        let mut site = signed_in(store).await;
        let bank = App::registered("bank", &site, |record| record["signed_requests"] = json!(true)).await;
        let mut count = 0;
        let mut claims = |change: fn(&mut Value)| {
            count += 1;
            let mut claims = json!({
                "iss": "bank", "aud": ISSUER, "iat": now(), "nbf": now(), "exp": now() + 60, "jti": format!("c{count}"),
                "scope": "openid profile", "login_hint": NUMBER, "binding_message": "Giao dịch 4711", "requested_expiry": 120,
            });
            change(&mut claims);
            claims
        };
        let signed = |claims: &Value| bank.sign(json!({ "alg": "ES256" }), claims);
        let good = signed(&claims(|_| {}));
        let begun = bank.call(&site, "/oidc/ciba", &[("request", &good)]).await.json(200);
        assert_eq!(begun["expires_in"], 120);
        assert!(site.get("/citizen/requests").await.expect(200).body.contains("Giao dịch 4711"));
        bank.call(&site, "/oidc/ciba", &[("request", &good)]).await.error(400, "invalid_request");
        let changes: [Change; 9] = [
            ("of another", |c| c["iss"] = json!("portal")),
            ("for another", |c| c["aud"] = json!("https://other.example")),
            ("expired", |c| c["exp"] = json!(now() - 60)),
            ("from the future", |c| c["nbf"] = json!(now() + 600)),
            ("valid too long", |c| c["exp"] = json!(now() + 7200)),
            ("without nbf", |c| drop(c.as_object_mut().unwrap().remove("nbf"))),
            ("without iat", |c| drop(c.as_object_mut().unwrap().remove("iat"))),
            ("without jti", |c| drop(c.as_object_mut().unwrap().remove("jti"))),
            ("an assertion", |c| c["sub"] = json!("bank")),
        ];
        for (what, change) in changes {
            let request = signed(&claims(change));
            let answer = bank.call(&site, "/oidc/ciba", &[("request", &request)]).await;
            assert_eq!((answer.status.as_u16(), what), (400, what));
            answer.error(400, "invalid_request");
        }
        let fresh = signed(&claims(|_| {}));
        let beside = [("request", fresh.as_str()), ("scope", "openid")];
        bank.call(&site, "/oidc/ciba", &beside).await.error(400, "invalid_request");
        let stranger = App::with_key("bank", 99).sign(json!({ "alg": "ES256" }), &claims(|_| {}));
        bank.call(&site, "/oidc/ciba", &[("request", &stranger)]).await.error(400, "invalid_request");
        let unsigned = format!("{}.{}.", b64(r#"{"alg":"none"}"#), b64(claims(|_| {}).to_string()));
        bank.call(&site, "/oidc/ciba", &[("request", &unsigned)]).await.error(400, "invalid_request");
        // The registration says that requests are signed: one in the clear is refused.
        bank.call(&site, "/oidc/ciba", &asking()).await.error(400, "invalid_request");
    }

    async fn fapi_ciba_5_2_2_tokens_of_bound_clients_are_not_pushed(store: Store) {
        let site = Site::open(store).await;
        let broken = |change: fn(&mut Value)| {
            let app = App::with_key("shop", 4);
            let mut record = json!({
                "id": "shop", "name": "Shop", "name_en": "Shop", "agency": "G01", "profile": "basic",
                "redirect_uris": [app.callback()], "jwks": { "keys": [app.jwk()] }, "scopes": {},
                "backchannel_token_delivery_mode": "push",
                "backchannel_client_notification_endpoint": "https://shop.example/answered",
            });
            change(&mut record);
            let party: provider::Party = serde_json::from_value(record).unwrap();
            party.check().err().unwrap_or_default().into_iter().map(|v| v.rule).collect::<Vec<_>>()
        };
        assert!(broken(|_| {}).is_empty());
        assert_eq!(broken(|r| r["profile"] = json!("fapi2")), ["party/push"]);
        assert_eq!(broken(|r| r["certificate_bound_tokens"] = json!(true)), ["party/push"]);
        assert_eq!(broken(|r| r["backchannel_token_delivery_mode"] = json!("poll")), ["party/notification"]);
        assert_eq!(broken(|r| r["backchannel_client_notification_endpoint"] = Value::Null), ["party/notification"]);
        for inside in ["http://10.0.0.1/x", "http://metadata.internal/", "file:///etc/passwd", "https://a@b.example/"] {
            let app = App::with_key("shop", 4);
            let party: provider::Party = serde_json::from_value(json!({
                "id": "shop", "name": "Shop", "name_en": "Shop", "agency": "G01", "profile": "basic",
                "redirect_uris": [app.callback()], "jwks": { "keys": [app.jwk()] }, "scopes": {},
                "backchannel_token_delivery_mode": "ping", "backchannel_client_notification_endpoint": inside,
            })).unwrap();
            let rules: Vec<_> = party.check().unwrap_err().into_iter().map(|v| v.rule).collect();
            assert_eq!(rules, ["party/address"], "{inside}");
        }
        let known = site.api("GET", "/.well-known/openid-configuration", &[], "").await.json(200);
        assert_eq!(known["backchannel_token_delivery_modes_supported"], json!(["poll", "ping", "push"]));
        assert_eq!(known["backchannel_authentication_request_signing_alg_values_supported"], json!(["ES256", "PS256", "RS256"]));
    }
}
