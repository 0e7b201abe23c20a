//! What an application may ask of a sign-in, and what comes back: `prompt`, `max_age`, `acr_values`, signed userinfo,
//! signing out, the basic profile. Named after the specification and section that each test is about.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::*;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use store::{Store, params};
use vocabulary::Moment;

/// A citizen who signed in, and a bank.
async fn signed_in(store: Store) -> (Site, App) {
    let mut site = Site::open(store).await;
    site.register().await;
    site.sign_in().await;
    let bank = App::of("bank", &site).await;
    (site, bank)
}

/// Makes the one session of the site older than it is.
async fn aged(site: &Site, seconds: i64) {
    let then = Moment::now().plus_seconds(-seconds);
    let changed: Result<u64, store::StoreError> = store::transact!(site.store, tx => {
        tx.execute("UPDATE citizen_session SET created_at = $1", params![then]).await
    });
    assert_eq!(changed.unwrap(), 1);
}

/// The one answer of a request that failed before the citizen saw anything.
fn refused(answer: &Answer, error: &str) {
    assert!(answer.location().starts_with("https://bank.example/cb?"), "{}", answer.location());
    assert_eq!((answer.back("error").as_str(), answer.back("state").as_str()), (error, "s-1"));
    assert_eq!((answer.back("iss").as_str(), answer.back("code").as_str()), (ISSUER, ""));
}

store::on_each_engine! {
    sets = SETS;

    async fn oidc_core_3_1_2_6_prompt_none_shows_no_page(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        let bank = App::of("bank", &site).await;
        let silent = [("prompt", "none"), ("scope", "openid profile")];
        refused(&bank.shown(&mut site, &silent).await.expect(303), "login_required");
        site.sign_in().await;
        refused(&bank.shown(&mut site, &silent).await.expect(303), "consent_required");
        let ask = bank.begin(&mut site, &[("scope", "openid profile")]).await;
        assert!(!bank.agreed(&mut site, &ask).await.back("code").is_empty());
        let code = bank.shown(&mut site, &silent).await.expect(303).back("code");
        bank.exchange(&site, &code, VERIFIER).await.json(200);
        let more = [("prompt", "none"), ("scope", "openid profile personal_number")];
        refused(&bank.shown(&mut site, &more).await.expect(303), "consent_required");
        aged(&site, 100).await;
        let young = [("prompt", "none"), ("max_age", "50")];
        refused(&bank.shown(&mut site, &young).await.expect(303), "login_required");
    }

    async fn oidc_core_3_1_2_1_prompt_login_asks_for_the_password_anew(store: Store) {
        let (mut site, bank) = signed_in(store).await;
        let ask = bank.begin(&mut site, &[("prompt", "login")]).await;
        let to = site.get(&ask).await.expect(303).location().to_owned();
        assert!(to.starts_with("/citizen/sign-in?next="), "{to}");
        // Saying yes without having signed in anew does not help.
        let token = site.csrf().await;
        let skipped = site.post(&ask, &[("csrf_token", &token), ("answer", "grant")]).await.expect(303);
        assert!(skipped.location().starts_with("/citizen/sign-in"), "{}", skipped.location());
        let fields = [("number", NUMBER), ("password", PASSWORD), ("next", ask.as_str())];
        assert_eq!(site.post("/citizen/sign-in", &fields).await.expect(303).location(), ask);
        assert!(!bank.agreed(&mut site, &ask).await.back("code").is_empty());
    }

    async fn oidc_core_3_1_2_1_prompt_consent_asks_again(store: Store) {
        let (mut site, bank) = signed_in(store).await;
        let ask = bank.begin(&mut site, &[]).await;
        bank.agreed(&mut site, &ask).await;
        bank.shown(&mut site, &[]).await.expect(303);
        bank.shown(&mut site, &[("prompt", "consent")]).await.expect(200);
    }

    async fn oidc_core_3_1_2_1_max_age_counts_from_the_sign_in(store: Store) {
        let (mut site, bank) = signed_in(store).await;
        let ask = bank.begin(&mut site, &[]).await;
        bank.agreed(&mut site, &ask).await;
        aged(&site, 100).await;
        bank.shown(&mut site, &[("max_age", "50")]).await.expect(303);
        let back = bank.shown(&mut site, &[("max_age", "5000")]).await.expect(303);
        let tokens = bank.exchange(&site, &back.back("code"), VERIFIER).await.json(200);
        let claims = site.id_token(tokens["id_token"].as_str().unwrap()).await;
        assert!((now() - 200..=now() - 100).contains(&claims["auth_time"].as_i64().unwrap()), "{claims}");
        let again = bank.begin(&mut site, &[("max_age", "0")]).await;
        assert!(site.get(&again).await.expect(303).location().starts_with("/citizen/sign-in"));
        let fields = [("number", NUMBER), ("password", PASSWORD), ("next", again.as_str())];
        site.post("/citizen/sign-in", &fields).await.expect(303);
        assert!(!site.get(&again).await.expect(303).back("code").is_empty());
    }

    async fn rfc9470_5_a_level_that_the_account_has_not_is_an_error(store: Store) {
        let (mut site, bank) = signed_in(store).await;
        let step_up = [("acr_values", "urn:dancu:eid:2")];
        refused(&bank.shown(&mut site, &step_up).await.expect(303), "unmet_authentication_requirements");
        bank.shown(&mut site, &[("acr_values", "urn:dancu:eid:1")]).await.expect(200);
        bank.shown(&mut site, &[("acr_values", "urn:example:other")]).await.expect(200);
        let raised: Result<u64, store::StoreError> =
            store::transact!(site.store, tx => tx.execute("UPDATE citizen SET level = 2", params![]).await);
        raised.unwrap();
        let ask = bank.begin(&mut site, &step_up).await;
        let code = bank.agreed(&mut site, &ask).await.back("code");
        let tokens = bank.exchange(&site, &code, VERIFIER).await.json(200);
        assert_eq!(site.id_token(tokens["id_token"].as_str().unwrap()).await["acr"], "urn:dancu:eid:2");
    }

    async fn rfc9126_2_3_a_bad_request_is_refused_where_it_is_pushed(store: Store) {
        let site = Site::open(store).await;
        let bank = App::of("bank", &site).await;
        for (name, value, error) in [
            ("response_type", "token", "unsupported_response_type"),
            ("response_type", "", "unsupported_response_type"),
            ("response_mode", "fragment", "invalid_request"),
            ("scope", "profile", "invalid_scope"),
            ("scope", "openid everything", "invalid_scope"),
            ("code_challenge", "", "invalid_request"),
            ("code_challenge", "short", "invalid_request"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("prompt", "none login", "invalid_request"),
            ("prompt", "perhaps", "invalid_request"),
            ("max_age", "-1", "invalid_request"),
            ("redirect_uri", "https://bank.example/other", "invalid_request"),
            ("redirect_uri", "", "invalid_request"),
            ("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request"),
            ("dpop_jkt", "short", "invalid_request"),
            ("state", &"s".repeat(600), "invalid_request"),
        ] {
            bank.pushed(&site, &[(name, value)]).await.error(400, error);
        }
        bank.pushed(&site, &[("client_id", "portal")]).await.error(401, "invalid_client");
    }

    async fn oidc_core_5_3_2_userinfo_comes_signed_where_the_client_is_registered_so(store: Store) {
        let (mut site, _) = signed_in(store).await;
        let mut clinic = App::registered("clinic", &site, |record| record["signed_userinfo"] = json!(true)).await;
        let (code, verifier) = clinic.code(&mut site, "openid profile", &["profile"]).await;
        let tokens = clinic.exchange(&site, &code, &verifier).await.json(200);
        let answer = clinic.userinfo(&site, tokens["access_token"].as_str().unwrap()).await.expect(200);
        assert_eq!(answer.headers["content-type"], "application/jwt");
        let claims = site.id_token(&answer.body).await;
        assert_eq!((claims["iss"].as_str(), claims["aud"].as_str()), (Some(ISSUER), Some("clinic")));
        assert_eq!(claims["name"], "Trần Văn Đức");
        assert_eq!(claims["sub"], site.id_token(tokens["id_token"].as_str().unwrap()).await["sub"]);
    }

    async fn oidc_rp_logout_2_a_citizen_signs_out_at_the_wish_of_an_application(store: Store) {
        let (mut site, _) = signed_in(store).await;
        let mut bank = App::registered("bank", &site, |record| record["logout_uris"] = json!(["https://bank.example/bye"])).await;
        let (code, verifier) = bank.code(&mut site, "openid", &[]).await;
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        let hint = tokens["id_token"].as_str().unwrap().to_owned();
        let wish = |to: &str| form(&[("id_token_hint", &hint), ("post_logout_redirect_uri", to), ("state", "s-2")]);
        let page = site.get(&format!("/oidc/logout?{}", wish("https://bank.example/bye"))).await.expect(200);
        assert!(page.body.contains("action=\"/oidc/logout\""), "the citizen is asked first");
        site.get("/citizen").await.expect(200);
        site.post("/oidc/logout", &[("id_token_hint", &hint)]).await.expect(403);
        let token = site.csrf().await;
        let fields = [("csrf_token", token.as_str()), ("id_token_hint", &hint), ("post_logout_redirect_uri", "https://bank.example/bye"), ("state", "s-2")];
        let gone = site.post("/oidc/logout", &fields).await.expect(303);
        assert_eq!(gone.location(), "https://bank.example/bye?state=s-2");
        assert!(site.get("/citizen").await.expect(303).location().starts_with("/citizen/sign-in"));
    }

    async fn oidc_rp_logout_3_nobody_is_sent_to_an_address_that_is_not_registered(store: Store) {
        let (mut site, _) = signed_in(store).await;
        let bank = App::registered("bank", &site, |record| record["logout_uris"] = json!(["https://bank.example/bye"])).await;
        App::of("portal", &site).await;
        let foreign = bank.sign(json!({ "alg": "ES256" }), &json!({ "iss": ISSUER, "aud": "bank" }));
        for (client, hint, to) in [
            ("bank", "", "https://evil.example/"),
            ("bank", "", "https://bank.example/bye/../x"),
            ("portal", "", "https://bank.example/bye"),
            ("", "", "https://bank.example/bye"),
            ("", foreign.as_str(), "https://bank.example/bye"),
            ("bank", foreign.as_str(), "https://bank.example/bye"),
        ] {
            site.sign_in().await;
            let token = site.csrf().await;
            let fields = [("csrf_token", token.as_str()), ("client_id", client), ("id_token_hint", hint), ("post_logout_redirect_uri", to)];
            assert_eq!(site.post("/oidc/logout", &fields).await.expect(303).location(), "/citizen/sign-in", "{client} {to}");
        }
    }

    async fn oidc_core_3_1_2_the_basic_profile_works_without_pushing_and_binding(store: Store) {
        let (mut site, _) = signed_in(store).await;
        let shop = App::registered("shop", &site, |record| record["profile"] = json!("basic")).await;
        let begun = shop.sent(&mut site, &[("scope", "openid profile offline_access")]).await.expect(303);
        let back = shop.agreed(&mut site, begun.location()).await;
        assert_eq!((back.back("state").as_str(), back.back("iss").as_str()), ("s-1", ISSUER));
        let code = back.back("code");
        let tokens = shop.call(&site, "/oidc/token", &shop.code_fields(&code, VERIFIER)).await.json(200);
        assert_eq!(tokens["token_type"], "Bearer");
        let access = tokens["access_token"].as_str().unwrap();
        let bearer = format!("Bearer {access}");
        let info = site.api("GET", "/oidc/userinfo", &[("authorization", &bearer)], "").await.json(200);
        assert_eq!(info["name"], "Trần Văn Đức");
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let renewed = shop.call(&site, "/oidc/token", &fields).await.json(200);
        shop.call(&site, "/oidc/revoke", &[("token", renewed["access_token"].as_str().unwrap())]).await.json(200);
        let seen = shop.call(&site, "/oidc/introspect", &[("token", renewed["access_token"].as_str().unwrap())]).await.json(200);
        assert_eq!(seen, json!({ "active": false }));
        let plain = shop.sent(&mut site, &[("code_challenge", "")]).await.expect(303);
        assert_eq!(plain.back("error"), "invalid_request", "PKCE is for everybody");
    }

    async fn rfc7009_2_1_a_client_ends_its_own_tokens_alone(store: Store) {
        let (mut site, mut bank) = signed_in(store).await;
        let portal = App::of("portal", &site).await;
        let (code, verifier) = bank.code(&mut site, "openid offline_access", &["offline_access"]).await;
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
        for token in [access, refresh] {
            portal.call(&site, "/oidc/revoke", &[("token", token)]).await.json(200);
            assert_eq!(portal.call(&site, "/oidc/introspect", &[("token", token)]).await.json(200), json!({ "active": false }));
        }
        bank.userinfo(&site, access).await.json(200);
        bank.call(&site, "/oidc/revoke", &[("token", refresh), ("token_type_hint", "access_token")]).await.json(200);
        bank.userinfo(&site, access).await.error(401, "invalid_token");
        bank.call(&site, "/oidc/revoke", &[("token", "unknown")]).await.json(200);
        bank.call(&site, "/oidc/revoke", &[]).await.error(400, "invalid_request");
    }

    async fn rfc9101_6_a_request_comes_out_of_its_signed_object_alone(store: Store) {
        let (mut site, _) = signed_in(store).await;
        let bank = App::registered("bank", &site, |record| record["signed_requests"] = json!(true)).await;
        bank.pushed(&site, &[]).await.error(400, "invalid_request");
        let object = |change: &dyn Fn(&mut Value)| {
            let mut claims: Value = bank.request(&[("scope", "openid profile"), ("state", "signed")]).into_iter().map(|(name, value)| (name, json!(value))).collect::<Map<_, _>>().into();
            for (name, value) in [("iss", json!("bank")), ("aud", json!(ISSUER)), ("nbf", json!(now())), ("exp", json!(now() + 300)), ("max_age", json!(3600))] {
                claims[name] = value;
            }
            change(&mut claims);
            bank.sign(json!({ "alg": "ES256", "typ": "oauth-authz-req+jwt" }), &claims)
        };
        // What stands beside the object does not count, be it another state or another address.
        let beside = [("request", object(&|_| {})), ("state", "beside".into()), ("redirect_uri", "https://evil.example/".into())];
        let beside = beside.each_ref().map(|(name, value)| (*name, value.as_str()));
        let ask = bank.begin(&mut site, &beside).await;
        let back = bank.agreed(&mut site, &ask).await;
        assert_eq!((back.back("state").as_str(), back.location().starts_with("https://bank.example/cb?")), ("signed", true));
        let changes: [(&str, Value); 11] = [
            ("iss", json!("portal")), ("aud", json!("https://evil.example")), ("client_id", json!("portal")), ("sub", json!("bank")),
            ("exp", json!(now() - 60)), ("exp", json!(now() + 90_000)), ("exp", json!(null)), ("nbf", json!(now() + 600)), ("nbf", json!(now() - 7200)),
            ("nbf", json!(null)), ("request_uri", json!("urn:x")),
        ];
        for (name, value) in changes {
            let object = object(&|claims| claims[name] = value.clone());
            bank.pushed(&site, &[("request", &object)]).await.error(400, "invalid_request_object");
        }
        let whole = object(&|_| {});
        let (header, rest) = whole.split_once('.').unwrap();
        let thief = App::with_key("bank", 99).sign(json!({ "alg": "ES256" }), &json!({ "iss": "bank" }));
        for wrong in [format!("{}.{rest}", b64(r#"{"alg":"none"}"#)), format!("{header}.{}", rest.split_once('.').unwrap().0), thief, bank.assertion(|_| {})] {
            bank.pushed(&site, &[("request", &wrong)]).await.error(400, "invalid_request_object");
        }
        // What the object asks for is judged as ever.
        let object = object(&|claims| claims["scope"] = json!("openid everything"));
        bank.pushed(&site, &[("request", &object)]).await.error(400, "invalid_scope");
    }

    async fn rfc8705_3_a_token_is_bound_to_the_certificate_that_the_proxy_saw(store: Store) {
        let (mut site, _) = signed_in(store).await;
        let mut bank = App::registered("bank", &site, |record| record["certificate_bound_tokens"] = json!(true)).await;
        let own = format!(":{}:", STANDARD.encode([&[0x30][..], &[1; 300]].concat()));
        let another = format!(":{}:", STANDARD.encode([&[0x30][..], &[2; 300]].concat()));
        let (code, verifier) = bank.code(&mut site, "openid offline_access", &["offline_access"]).await;
        let fields = bank.code_fields(&code, &verifier);
        let shown = [("client-cert", own.as_str())];
        bank.send_with(&site, "/oidc/token", &fields, &shown).await.error(400, "invalid_request");
        site.peer = Some("192.0.2.8:4711".parse().unwrap());
        bank.send_with(&site, "/oidc/token", &fields, &shown).await.error(400, "invalid_request");
        site.peer = Some(format!("{PROXY}:4711").parse().unwrap());
        bank.send_with(&site, "/oidc/token", &fields, &[]).await.error(400, "invalid_request");
        let tokens = bank.send_with(&site, "/oidc/token", &fields, &shown).await.json(200);
        assert_eq!(tokens["token_type"], "Bearer");
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        for (headers, status) in [(vec![], 401), (vec![("client-cert", another.as_str())], 401), (shown.to_vec(), 200)] {
            let headers: Vec<_> = [("authorization", bearer.as_str())].into_iter().chain(headers).collect();
            site.api("GET", "/oidc/userinfo", &headers, "").await.expect(status);
        }
        bank.userinfo(&site, tokens["access_token"].as_str().unwrap()).await.error(401, "invalid_token");
        let seen = bank.call(&site, "/oidc/introspect", &[("token", tokens["access_token"].as_str().unwrap())]).await.json(200);
        assert!(seen["cnf"]["x5t#S256"].is_string(), "{seen}");
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
        bank.send_with(&site, "/oidc/token", &refresh, &[("client-cert", another.as_str())]).await.error(400, "invalid_grant");
        bank.proven(&site, "/oidc/token", &refresh).await.error(400, "invalid_grant");
        bank.send_with(&site, "/oidc/token", &refresh, &shown).await.json(200);
    }

    async fn what_session_and_consent_have_settled_leads_back_at_once(store: Store) {
        let (mut site, bank) = signed_in(store).await;
        let ask = bank.begin(&mut site, &[("scope", "openid profile")]).await;
        bank.agreed(&mut site, &ask).await;
        let pushed = bank.pushed(&site, &[("scope", "openid profile")]).await.json(201);
        let path = format!("/oidc/authorize?client_id=bank&request_uri={}", pushed["request_uri"].as_str().unwrap());
        let back = site.get(&path).await.expect(303);
        assert!(back.location().starts_with("https://bank.example/cb?code="), "{}", back.location());
        let page = site.get(&path).await.expect(400);
        assert!(page.body.contains("invalid_request_uri"), "the request is used up");
        bank.exchange(&site, &back.back("code"), VERIFIER).await.json(200);
        // More than was agreed to, or a wish to be asked: the citizen sees the question.
        for (name, value) in [("scope", "openid personal_number"), ("prompt", "consent"), ("prompt", "login"), ("max_age", "0")] {
            let begun = bank.begin(&mut site, &[(name, value)]).await;
            assert!(begun.starts_with("/oidc/ask/"), "{name}={value}: {begun}");
        }
        site.cookies.clear();
        assert!(bank.begin(&mut site, &[("scope", "openid profile")]).await.starts_with("/oidc/ask/"));
    }

    async fn of_exchanges_side_by_side_one_of_each_code_and_refresh_token_is_answered(store: Store) {
        let (mut site, _) = signed_in(store).await;
        let mut bank = App::of("bank", &site).await;
        let scope = "openid offline_access";
        let (one, verifier) = bank.code(&mut site, scope, &["offline_access"]).await;
        let back = bank.begin(&mut site, &[("scope", scope)]).await;
        let other = back.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        let (a, b, c) = tokio::join!(
            bank.exchange(&site, &one, &verifier),
            bank.exchange(&site, &one, &verifier),
            bank.exchange(&site, &other, VERIFIER),
        );
        let mut ends = [a.status.as_u16(), b.status.as_u16()];
        ends.sort_unstable();
        assert_eq!(ends, [200, 400], "{} {}", a.body, b.body);
        let kept = c.json(200);
        let refresh = kept["refresh_token"].as_str().unwrap();
        let (a, b) = tokio::join!(bank.refresh(&site, refresh), bank.refresh(&site, refresh));
        let (right, wrong) = if a.status == 200 { (a, b) } else { (b, a) };
        wrong.error(400, "invalid_grant");
        // The one that came second was a reuse: all that came of it is revoked.
        let newer = right.json(200);
        bank.refresh(&site, newer["refresh_token"].as_str().unwrap()).await.error(400, "invalid_grant");
        bank.userinfo(&site, newer["access_token"].as_str().unwrap()).await.error(401, "invalid_token");
    }

    async fn what_a_refused_call_used_up_counts_no_more(store: Store) {
        let (site, bank) = signed_in(store).await;
        let nonce = site.nonce().await;
        for (path, jti) in [("/oidc/par", "r1"), ("/oidc/token", "r2")] {
            let (assertion, proof) = (bank.assertion(|_| {}), bank.proof("POST", path, None, &nonce, jti));
            let send = |assertion: &str, proof: &str| {
                let body = form(&[("client_assertion_type", ASSERTION), ("client_assertion", assertion), ("grant_type", "none")]);
                let (site, proof) = (&site, proof.to_owned());
                async move { site.api("POST", path, &[("dpop", proof.as_str())], &body).await }
            };
            let first = send(&assertion, &proof).await;
            assert_eq!(first.status, 400, "the request itself is wrong: {}", first.body);
            send(&assertion, &bank.proof("POST", path, None, &nonce, &format!("{jti}b"))).await.error(401, "invalid_client");
            send(&bank.assertion(|_| {}), &proof).await.error(400, "invalid_dpop_proof");
            // A proof that is refused uses the assertion up all the same.
            let assertion = bank.assertion(|_| {});
            send(&assertion, "none").await.error(400, "invalid_dpop_proof");
            send(&assertion, &bank.proof("POST", path, None, &nonce, &format!("{jti}c"))).await.error(401, "invalid_client");
        }
    }

    async fn what_was_used_once_is_forgotten_when_it_has_ended(store: Store) {
        let (site, bank) = signed_in(store).await;
        let assertions: Vec<String> = (0..40).map(|_| bank.assertion(|_| {})).collect();
        let introspect = async |assertion: &str| {
            site.form("/oidc/introspect", &[("client_assertion_type", ASSERTION), ("client_assertion", assertion), ("token", "x")]).await
        };
        for assertion in &assertions {
            introspect(assertion).await.json(200);
        }
        let kept = async || -> i64 { site.store.one("SELECT count(*) FROM oidc_used", params![]).await.unwrap() };
        let sweep = async |at: Moment| {
            for part in 0..=255 {
                site.provider.sweep(part, at).await.unwrap();
            }
        };
        sweep(Moment::now()).await;
        assert_eq!(kept().await, 40, "none has ended");
        for assertion in &assertions {
            introspect(assertion).await.error(401, "invalid_client");
        }
        sweep(Moment::now().plus_seconds(3600)).await;
        assert_eq!(kept().await, 0);
    }
}
