//! A citizen registers, signs in to an application, and takes it back; and what others try. Named after the
//! specification and section that each test is about.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::*;
use serde_json::{Value, json};
use store::Store;

store::on_each_engine! {
    sets = SETS;

    async fn oidc_core_3_1_a_citizen_registers_and_signs_in_to_an_application(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        site.sign_in().await;
        let mut bank = App::of("bank", &site).await;
        let (code, verifier) = bank.code(&mut site, "openid profile", &["profile"]).await;
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        assert_eq!((tokens["token_type"].as_str(), tokens["scope"].as_str()), (Some("DPoP"), Some("openid profile")));
        let claims = site.id_token(tokens["id_token"].as_str().unwrap()).await;
        assert_eq!((claims["iss"].as_str(), claims["aud"].as_str()), (Some(ISSUER), Some("bank")));
        assert_eq!((claims["acr"].as_str(), claims["amr"][0].as_str()), (Some("urn:dancu:eid:1"), Some("pwd")));
        assert_eq!(claims["nonce"], "n-1");
        let access = tokens["access_token"].as_str().unwrap();
        let info = bank.userinfo(&site, access).await.json(200);
        assert_eq!(info["sub"], claims["sub"]);
        assert_eq!((info["name"].as_str(), info["birthdate"].as_str()), (Some("Trần Văn Đức"), Some("1980-05-02")));
        assert!(info.get("personal_number").is_none(), "what was not asked is not told");
        let looked = site.get("/citizen/who-looked").await.body;
        assert!(looked.contains("bank") && looked.contains("Luật Các tổ chức tín dụng"), "the release stands in the ledger");

        let token = site.csrf().await;
        site.post("/citizen/revoke", &[("csrf_token", &token), ("client", "bank")]).await.expect(303);
        bank.userinfo(&site, access).await.error(401, "invalid_token");
        assert_eq!(bank.call(&site, "/oidc/introspect", &[("token", access)]).await.json(200), json!({ "active": false }));
    }

    async fn oidc_core_8_1_two_applications_cannot_compare_subjects(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        site.sign_in().await;
        let mut subjects = Vec::new();
        for id in ["bank", "portal"] {
            let mut app = App::of(id, &site).await;
            let (code, verifier) = app.code(&mut site, "openid", &[]).await;
            let tokens = app.exchange(&site, &code, &verifier).await.json(200);
            subjects.push(site.id_token(tokens["id_token"].as_str().unwrap()).await["sub"].clone());
        }
        assert_ne!(subjects[0], subjects[1]);
    }

    async fn a_part_is_granted_and_the_rest_stays_unknown(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        site.sign_in().await;
        let mut bank = App::of("bank", &site).await;
        let (code, verifier) = bank.code(&mut site, "openid profile personal_number", &["personal_number"]).await;
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        assert_eq!(tokens["scope"], "openid personal_number");
        let info = bank.userinfo(&site, tokens["access_token"].as_str().unwrap()).await.json(200);
        assert_eq!((info["personal_number"].as_str(), info.get("name")), (Some(NUMBER), None));
    }

    async fn rfc6749_4_1_2_a_code_is_used_once_and_its_replay_ends_the_tokens(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        site.sign_in().await;
        let mut bank = App::of("bank", &site).await;
        let (code, verifier) = bank.code(&mut site, "openid profile", &["profile"]).await;
        let other = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        bank.exchange(&site, &code, other).await.error(400, "invalid_grant");
        let portal = App::of("portal", &site).await;
        portal.exchange(&site, &code, &verifier).await.error(400, "invalid_grant");
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        let access = tokens["access_token"].as_str().unwrap();
        bank.userinfo(&site, access).await.json(200);
        bank.exchange(&site, &code, &verifier).await.error(400, "invalid_grant");
        bank.userinfo(&site, access).await.error(401, "invalid_token");
    }

    async fn rfc9700_4_14_a_refresh_token_used_twice_ends_its_family(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        site.sign_in().await;
        let mut bank = App::of("bank", &site).await;
        let (code, verifier) = bank.code(&mut site, "openid offline_access", &["offline_access"]).await;
        let first = bank.exchange(&site, &code, &verifier).await.json(200);
        let refresh = |tokens: &Value| tokens["refresh_token"].as_str().unwrap().to_owned();
        let second = bank.refresh(&site, &refresh(&first)).await.json(200);
        bank.userinfo(&site, second["access_token"].as_str().unwrap()).await.json(200);
        bank.refresh(&site, &refresh(&first)).await.error(400, "invalid_grant");
        bank.refresh(&site, &refresh(&second)).await.error(400, "invalid_grant");
        bank.userinfo(&site, second["access_token"].as_str().unwrap()).await.error(401, "invalid_token");
    }

    async fn rfc9126_4_a_pushed_request_is_used_once_and_by_its_client(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        site.sign_in().await;
        let mut bank = App::of("bank", &site).await;
        App::of("portal", &site).await;
        let reference = bank.push(&site, "openid").await;
        let page = site.get(&format!("/oidc/authorize?client_id=portal&request_uri={reference}")).await.expect(400);
        assert!(page.body.contains("invalid_request_uri"));
        site.get(&format!("/oidc/authorize?client_id=bank&request_uri={reference}")).await.expect(303);
        let page = site.get(&format!("/oidc/authorize?client_id=bank&request_uri={reference}")).await.expect(400);
        assert!(page.body.contains("invalid_request_uri"));
    }

    async fn fapi2_5_3_2_2_there_is_no_way_around_pushing(store: Store) {
        let mut site = Site::open(store).await;
        App::of("bank", &site).await;
        let plain = format!("/oidc/authorize?client_id=bank&response_type=code&scope=openid&state=s&redirect_uri={}&code_challenge={CHALLENGE}&code_challenge_method=S256", "https%3A%2F%2Fbank.example%2Fcb");
        let answer = site.get(&plain).await.expect(303);
        assert!(answer.location().starts_with("https://bank.example/cb?error=invalid_request&"), "{}", answer.location());
        assert!(answer.location().ends_with(&format!("state=s&iss={}", encoded(ISSUER))), "{}", answer.location());
        for trick in ["https%3A%2F%2Fbank.example%2Fcb%2F", "https%3A%2F%2Fbank.example%2Fcb%3Fx", "https%3A%2F%2Fevil.example%2Fcb", "https%3A%2F%2Fbank.example%40evil.example%2Fcb"] {
            let page = site.get(&plain.replace("https%3A%2F%2Fbank.example%2Fcb", trick)).await.expect(400);
            assert!(page.body.contains("invalid_request"), "nobody is sent to an address that is not registered");
        }
    }

    async fn rfc9449_a_token_is_of_no_use_without_its_key(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        site.sign_in().await;
        let mut bank = App::of("bank", &site).await;
        let (code, verifier) = bank.code(&mut site, "openid", &[]).await;
        let fields = bank.code_fields(&code, &verifier);
        bank.send(&site, "/oidc/token", &fields, None).await.error(400, "invalid_dpop_proof");
        let early = bank.proof("POST", "/oidc/token", None, "wrong nonce", "j1");
        let answer = bank.send(&site, "/oidc/token", &fields, Some(early)).await;
        assert!(answer.headers.contains_key("dpop-nonce"));
        answer.error(400, "use_dpop_nonce");
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        let access = tokens["access_token"].as_str().unwrap().to_owned();
        site.api("GET", "/oidc/userinfo", &[("authorization", &format!("Bearer {access}"))], "").await.error(401, "invalid_token");
        let nonce = site.nonce().await;
        let proof = bank.proof("GET", "/oidc/userinfo", Some(&access), &nonce, "j2");
        let with = |proof: &str| vec![("authorization", format!("DPoP {access}")), ("dpop", proof.to_owned())];
        site.api_owned("GET", "/oidc/userinfo", with(&proof)).await.json(200);
        site.api_owned("GET", "/oidc/userinfo", with(&proof)).await.error(401, "invalid_dpop_proof");
        let for_other = bank.proof("GET", "/oidc/userinfo", Some("another"), &nonce, "j3");
        site.api_owned("GET", "/oidc/userinfo", with(&for_other)).await.error(401, "invalid_dpop_proof");
        let for_post = bank.proof("POST", "/oidc/userinfo", Some(&access), &nonce, "j4");
        site.api_owned("GET", "/oidc/userinfo", with(&for_post)).await.error(401, "invalid_dpop_proof");
        let thief = App::with_key("bank", 99);
        let theirs = thief.proof("GET", "/oidc/userinfo", Some(&access), &nonce, "j5");
        site.api_owned("GET", "/oidc/userinfo", with(&theirs)).await.error(401, "invalid_token");
    }

    async fn rfc7523_3_an_assertion_is_the_clients_own_timely_and_used_once(store: Store) {
        let site = Site::open(store).await;
        let bank = App::of("bank", &site).await;
        let push = |assertion: String| {
            let site = &site;
            async move { site.form("/oidc/introspect", &[("client_assertion_type", ASSERTION), ("client_assertion", &assertion), ("token", "x")]).await }
        };
        let good = bank.assertion(|_| {});
        push(good.clone()).await.json(200);
        push(good).await.error(401, "invalid_client");
        let now = now();
        for (what, value) in [
            ("aud", json!("https://evil.example")), ("aud", json!([ISSUER, "https://evil.example"])), ("iss", json!("portal")),
            ("exp", json!(now - 60)), ("exp", json!(now + 86_400)), ("nbf", json!(now + 600)), ("jti", json!("")), ("aud", json!(null)),
        ] {
            push(bank.assertion(|claims| claims[what] = value.clone())).await.error(401, "invalid_client");
        }
        push(App::with_key("bank", 99).assertion(|_| {})).await.error(401, "invalid_client");
        let unsigned = format!("{}.{}.", b64(r#"{"alg":"none"}"#), bank.assertion(|_| {}).split('.').nth(1).unwrap());
        push(unsigned).await.error(401, "invalid_client");
        let fields = [("client_id", "bank"), ("client_secret", "x"), ("token", "x")];
        site.form("/oidc/introspect", &fields).await.error(401, "invalid_client");
        site.form("/oidc/token", &[("grant_type", "a"), ("grant_type", "b")]).await.error(400, "invalid_request");
    }

    async fn nobody_learns_who_has_an_account_and_guessing_is_slowed(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        let wrong = |number: &str| vec![("number".to_owned(), number.to_owned()), ("password".to_owned(), "nothing like it".to_owned())];
        let text = |answer: Answer| answer.body.split("<h1").next().unwrap_or_default().split("error-summary").nth(1).unwrap_or_default().to_owned();
        let known = text(site.post_owned("/citizen/sign-in", wrong(NUMBER)).await.expect(422));
        let unknown = text(site.post_owned("/citizen/sign-in", wrong("056080009999")).await.expect(422));
        assert_eq!(known, unknown);
        for _ in 0..4 {
            site.post_owned("/citizen/sign-in", wrong(NUMBER)).await.expect(422);
        }
        site.post_owned("/citizen/sign-in", wrong(NUMBER)).await.expect(429);
        let again = site.apply(NUMBER, "Trần Văn Đức", "02/05/1980").await.expect(200);
        assert!(again.body.contains("name=\"code\""), "the same page as for a new account");
        assert!(!site.last_message().contains("Mã xác nhận"), "and no code");
        let stranger = site.apply(NUMBER, "Trần Văn Đúc", "02/05/1980").await.expect(422);
        assert!(stranger.body.contains("không khớp"));
        let child = site.apply(CHILD, "Trần Văn Minh", "05/09/2020").await.expect(422);
        assert!(child.body.contains("không khớp"), "under 14 nobody registers alone");
    }

    async fn consent_is_given_by_the_citizens_own_form_alone(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        site.sign_in().await;
        let mut bank = App::of("bank", &site).await;
        let ask = bank.ask(&mut site, "openid").await;
        site.post(&ask, &[("answer", "grant")]).await.expect(403);
        site.post(&ask, &[("answer", "grant"), ("csrf_token", "forged")]).await.expect(403);
        let page = site.get(&ask).await.expect(200);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("form-action 'self' https://bank.example;"), "{policy}");
        let token = site.csrf().await;
        let denied = site.post(&ask, &[("answer", "deny"), ("csrf_token", &token)]).await.expect(303);
        assert!(denied.location().starts_with("https://bank.example/cb?error=access_denied"));
        site.get(&ask).await.expect(404);
    }

    async fn a_client_without_an_assessment_reaches_no_real_people(store: Store) {
        let mut site = Site::real(store).await;
        App::of("bank", &site).await;
        let page = site.get("/oidc/authorize?client_id=bank").await.expect(400);
        assert!(page.body.contains("unauthorized_client"));
    }
}
