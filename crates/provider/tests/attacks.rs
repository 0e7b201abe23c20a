//! What attackers try, each with the exact error, and nothing is issued; what `walk.rs` tries is not tried again. Named
//! after the specification that warns of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::*;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::{Store, params};
use vocabulary::Moment;

async fn signed_in(store: Store) -> (Site, App) {
    let mut site = Site::open(store).await;
    site.register().await;
    site.sign_in().await;
    let bank = App::of("bank", &site).await;
    (site, bank)
}

/// Lets something end a second ago.
async fn expired(site: &Site, sql: &str) {
    let then = Moment::now().plus_seconds(-1);
    let changed: Result<u64, store::StoreError> =
        store::transact!(site.store, tx => tx.execute(sql, params![then]).await);
    assert!(changed.unwrap() > 0, "{sql}");
}

/// HMAC-SHA-256 in the place of a signature: what a verifier sees that takes the public key for a secret.
fn hs256(key: &[u8], header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", b64(mac.finalize().into_bytes()))
}

store::on_each_engine! {
    sets = SETS;

    async fn rfc8725_2_1_no_key_is_taken_for_another(store: Store) {
        let (site, bank) = signed_in(store).await;
        let public = bank.jwk().to_string();
        let claims = json!({ "iss": "bank", "sub": "bank", "aud": ISSUER, "iat": now(), "exp": now() + 60, "jti": "h" });
        let introspect = |assertion: String| {
            let site = &site;
            async move { site.form("/oidc/introspect", &[("client_assertion_type", ASSERTION), ("client_assertion", &assertion), ("token", "x")]).await }
        };
        for key in [public.as_bytes(), bank.jwk()["x"].as_str().unwrap().as_bytes(), b""] {
            introspect(hs256(key, &json!({ "alg": "HS256" }), &claims)).await.error(401, "invalid_client");
        }
        for alg in ["none", "RS256", "PS256", "ES384", "EdDSA"] {
            introspect(bank.sign(json!({ "alg": alg }), &claims)).await.error(401, "invalid_client");
        }
        // A key that the token brings along is nobody's.
        let thief = App::with_key("bank", 99);
        introspect(thief.sign(json!({ "alg": "ES256", "jwk": thief.jwk() }), &claims)).await.error(401, "invalid_client");
        introspect(bank.sign(json!({ "alg": "ES256" }), &claims)).await.json(200);
    }

    async fn rfc9449_4_3_a_proof_that_is_not_quite_one_is_refused(store: Store) {
        let (mut site, mut bank) = signed_in(store).await;
        let (code, verifier) = bank.code(&mut site, "openid", &[]).await;
        let nonce = site.nonce().await;
        let good = json!({ "htm": "POST", "htu": format!("{ISSUER}/oidc/token"), "iat": now(), "jti": "p", "nonce": nonce });
        let header = json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": bank.jwk() });
        let changed = |value: &Value, name: &str, to: Value| {
            let mut changed = value.clone();
            changed[name] = to;
            changed
        };
        let thief = App::with_key("bank", 99);
        let mut proofs = vec![
            bank.sign(changed(&header, "typ", json!("JWT")), &good),
            bank.sign(changed(&header, "alg", json!("none")), &good),
            bank.sign(changed(&header, "jwk", thief.jwk()), &good),
            bank.sign(changed(&header, "jwk", json!(null)), &good),
            bank.sign(changed(&header, "jwk", json!({ "kty": "oct", "k": "AAAA" })), &good),
            hs256(bank.jwk().to_string().as_bytes(), &changed(&header, "alg", json!("HS256")), &good),
            "no token".to_owned(),
        ];
        for (name, to) in [
            ("htm", json!("GET")),
            ("htu", json!(format!("{ISSUER}/oidc/par"))),
            ("htu", json!("https://evil.example/oidc/token")),
            ("iat", json!(now() - 3600)),
            ("iat", json!(now() + 3600)),
            ("iat", json!("now")),
            ("jti", json!("")),
            ("jti", json!(null)),
        ] {
            proofs.push(bank.sign(header.clone(), &changed(&good, name, to)));
        }
        for proof in proofs {
            bank.send(&site, "/oidc/token", &bank.code_fields(&code, &verifier), Some(proof)).await.error(400, "invalid_dpop_proof");
        }
        for nonce in [json!(""), json!(null), json!("another")] {
            let proof = bank.sign(header.clone(), &changed(&good, "nonce", nonce));
            bank.send(&site, "/oidc/token", &bank.code_fields(&code, &verifier), Some(proof)).await.error(400, "use_dpop_nonce");
        }
        let proof = bank.sign(header.clone(), &good);
        bank.send(&site, "/oidc/token", &bank.code_fields(&code, &verifier), Some(proof.clone())).await.json(200);
        bank.send(&site, "/oidc/token", &bank.code_fields(&code, &verifier), Some(proof)).await.error(400, "invalid_dpop_proof");
    }

    async fn rfc6750_3_1_what_is_no_access_token_opens_nothing(store: Store) {
        let (mut site, mut bank) = signed_in(store).await;
        let (code, verifier) = bank.code(&mut site, "openid offline_access", &["offline_access"]).await;
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        let mut wrong = vec![format!("dca_{}", "A".repeat(43)), "x".into(), String::new(), code];
        wrong.extend(["id_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap().to_owned()));
        for token in wrong {
            bank.userinfo(&site, &token).await.error(401, "invalid_token");
        }
        site.api("GET", "/oidc/userinfo", &[], "").await.error(401, "invalid_token");
        let basic = site.api("GET", "/oidc/userinfo", &[("authorization", "Basic YTpi")], "").await;
        basic.error(401, "invalid_token");
    }

    async fn rfc9700_4_4_the_answer_names_its_issuer_also_when_it_is_an_error(store: Store) {
        let (mut site, bank) = signed_in(store).await;
        let ask = bank.begin(&mut site, &[]).await;
        assert_eq!(bank.agreed(&mut site, &ask).await.back("iss"), ISSUER);
        let refused = bank.shown(&mut site, &[("prompt", "none"), ("scope", "openid profile")]).await.expect(303);
        assert_eq!((refused.back("error").as_str(), refused.back("iss").as_str()), ("consent_required", ISSUER));
    }

    async fn rfc9700_4_11_sign_in_leads_to_no_other_site(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        for next in ["https://evil.example/", "//evil.example/", "/\\evil.example", "/desk", "javascript:alert(1)", "/citizen\nx", "http:/evil.example"] {
            let fields = [("number", NUMBER), ("password", PASSWORD), ("next", next)];
            assert_eq!(site.post("/citizen/sign-in", &fields).await.expect(303).location(), "/citizen", "{next}");
        }
    }

    async fn rfc9700_4_1_an_address_is_the_registered_one_or_none(store: Store) {
        let (mut site, _) = signed_in(store).await;
        let shop = App::registered("shop", &site, |record| record["profile"] = json!("basic")).await;
        for trick in [
            "https://shop.example/cb/", "https://shop.example/cb?x=1", "https://shop.example/CB", "https://SHOP.example/cb", "http://shop.example/cb",
            "https://shop.example:443/cb", "https://shop.example/cb#x", "https://shop.example/cb/../cb", "https://shop.example/%63b",
            "https://shop.example@evil.example/cb", "https://shop.example.evil.example/cb", "https://evil.example/cb?https://shop.example/cb",
            "https://shop.example/cb\r\nx: y", " https://shop.example/cb", "javascript:alert(1)", "",
        ] {
            let page = shop.sent(&mut site, &[("redirect_uri", trick)]).await.expect(400);
            assert!(page.location().is_empty() && page.body.contains("invalid_request"), "{trick}");
        }
        let twice = shop.request(&[]);
        let twice: Vec<(&str, &str)> = twice.iter().map(|(a, b)| (a.as_str(), b.as_str())).chain([("redirect_uri", "https://evil.example/")]).collect();
        site.get(&format!("/oidc/authorize?{}", form(&twice))).await.expect(400);
        let begun = shop.sent(&mut site, &[]).await.expect(303);
        let code = shop.agreed(&mut site, begun.location()).await.back("code");
        let mut fields = shop.code_fields(&code, VERIFIER).to_vec();
        fields.push(("redirect_uri", "https://shop.example/other"));
        shop.call(&site, "/oidc/token", &fields).await.error(400, "invalid_grant");
    }

    async fn owasp_session_fixation_a_session_that_was_planted_does_not_go_on(store: Store) {
        let (mut site, bank) = signed_in(store).await;
        // The attacker's session, planted in the citizen's browser, and a question begun in it.
        let planted = site.cookies.clone();
        let ask = bank.begin(&mut site, &[]).await;
        site.sign_in().await;
        assert_ne!(site.cookies, planted);
        let own = std::mem::replace(&mut site.cookies, planted);
        assert!(site.get("/citizen").await.expect(303).location().starts_with("/citizen/sign-in"));
        assert!(site.get(&ask).await.expect(303).location().starts_with("/citizen/sign-in"));
        site.cookies = own;
        site.get("/citizen").await.expect(200);
        // A value of the attacker's own choosing is no session either.
        site.cookies.insert("dancu-citizen".into(), "A".repeat(43));
        assert!(site.get("/citizen").await.expect(303).location().starts_with("/citizen/sign-in"));
    }

    async fn rfc9700_2_1_2_codes_are_not_injected_into_another_sign_in(store: Store) {
        let (mut site, mut bank) = signed_in(store).await;
        let (code, _) = bank.code(&mut site, "openid", &[]).await;
        // The victim's application redeems a stolen code with its own verifier.
        bank.exchange(&site, &code, "another-verifier-of-the-victims-own-browser-x").await.error(400, "invalid_grant");
        bank.exchange(&site, &code, "").await.error(400, "invalid_grant");
        bank.exchange(&site, &"A".repeat(43), VERIFIER).await.error(400, "invalid_grant");
        bank.proven(&site, "/oidc/token", &[("grant_type", "authorization_code")]).await.error(400, "invalid_grant");
        bank.proven(&site, "/oidc/token", &[("grant_type", "password")]).await.error(400, "unsupported_grant_type");
        bank.proven(&site, "/oidc/token", &[]).await.error(400, "unsupported_grant_type");
    }

    async fn rfc6749_10_5_what_has_expired_is_of_no_use(store: Store) {
        let (mut site, mut bank) = signed_in(store).await;
        let reference = bank.push(&site, "openid").await;
        expired(&site, "UPDATE oidc_request SET ends_at = $1").await;
        let page = site.get(&format!("/oidc/authorize?client_id=bank&request_uri={reference}")).await.expect(400);
        assert!(page.body.contains("invalid_request_uri"));
        let ask = bank.begin(&mut site, &[]).await;
        expired(&site, "UPDATE oidc_request SET ends_at = $1").await;
        site.get(&ask).await.expect(404);
        let (code, verifier) = bank.code(&mut site, "openid offline_access", &["offline_access"]).await;
        expired(&site, "UPDATE oidc_grant SET code_ends = $1").await;
        bank.exchange(&site, &code, &verifier).await.error(400, "invalid_grant");
        let code = bank.shown(&mut site, &[("scope", "openid offline_access")]).await.expect(303).back("code");
        let tokens = bank.exchange(&site, &code, VERIFIER).await.json(200);
        let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
        bank.userinfo(&site, access).await.json(200);
        expired(&site, "UPDATE oidc_token SET ends_at = $1").await;
        bank.userinfo(&site, access).await.error(401, "invalid_token");
        bank.refresh(&site, refresh).await.error(400, "invalid_grant");
        let seen = bank.call(&site, "/oidc/introspect", &[("token", access)]).await.json(200);
        assert_eq!(seen, json!({ "active": false }));
        expired(&site, "UPDATE citizen_session SET ends_at = $1").await;
        assert!(site.get("/citizen").await.expect(303).location().starts_with("/citizen/sign-in"));
    }

    async fn a_code_of_six_digits_withstands_ten_thousand_tries(store: Store) {
        let mut site = Site::open(store).await;
        let page = site.apply(NUMBER, "Trần Văn Đức", "02/05/1980").await.expect(200);
        let application = field(&page.body, "application");
        let message = site.last_message();
        let right: u32 = message.split("định danh: ").nth(1).unwrap().get(..6).unwrap().parse().unwrap();
        for step in 1..=10_000 {
            let code = format!("{:06}", (right + step) % 1_000_000);
            let fields = [("application", application.as_str()), ("code", code.as_str()), ("password", PASSWORD)];
            site.post("/citizen/register/confirm", &fields).await.expect(422);
        }
        let code = format!("{right:06}");
        let fields = [("application", application.as_str()), ("code", code.as_str()), ("password", PASSWORD)];
        site.post("/citizen/register/confirm", &fields).await.expect(422);
        let accounts: i64 = site.store.one("SELECT count(*) FROM citizen", params![]).await.unwrap();
        assert_eq!(accounts, 0);
    }

    async fn the_time_of_an_answer_tells_nobody_who_has_an_account(store: Store) {
        let mut site = Site::costly(store).await;
        site.register().await;
        let mut took = [Vec::new(), Vec::new()];
        for _ in 0..9 {
            for (which, number) in [NUMBER, "056080009999"].into_iter().enumerate() {
                // What failed before must not make anybody wait.
                let forgotten: Result<u64, store::StoreError> =
                    store::transact!(site.store, tx => tx.execute("DELETE FROM citizen_tally", params![]).await);
                forgotten.unwrap();
                let begun = Instant::now();
                site.post("/citizen/sign-in", &[("number", number), ("password", "nothing like it")]).await.expect(422);
                took[which].push(begun.elapsed());
            }
        }
        let [known, unknown] = took.map(|mut times: Vec<Duration>| {
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64()
        });
        // Hashing takes most of the time; left out for the unknown number, it would take a small part of this.
        assert!((0.5..2.0).contains(&(unknown / known)), "{known} s for a known number, {unknown} s for an unknown one");
    }
}
