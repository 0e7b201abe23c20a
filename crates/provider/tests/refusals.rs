//! What the developer and the operator of an application are told when it is refused, and what citizens are told of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::*;
use provider::{CAUSES, Party};
use serde_json::{Value, json};
use std::{
    io::Write,
    sync::{Arc, Mutex},
};
use store::Store;
use tracing::{Dispatch, instrument::WithSubscriber as _};

/// Where the lines of a log are kept.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A log, as an operator reads it.
struct Log {
    lines: Lines,
    writer: Dispatch,
}

impl Log {
    fn new() -> Log {
        let lines = Lines::default();
        let own = lines.clone();
        let writer = tracing_subscriber::fmt().with_ansi(false).with_writer(move || own.clone()).finish();
        Log { lines, writer: writer.into() }
    }

    /// What comes of something, whichever thread does it; its lines are kept.
    async fn of<T>(&self, work: impl Future<Output = T>) -> T {
        work.with_subscriber(self.writer.clone()).await
    }

    /// The lines about refusals since this was asked last.
    fn taken(&self) -> String {
        let text = String::from_utf8(std::mem::take(&mut *self.lines.0.lock().unwrap())).unwrap();
        text.lines().filter(|line| line.contains("provider::")).collect::<Vec<_>>().join("\n")
    }
}

store::on_each_engine! {
    sets = SETS;

    async fn the_cause_of_a_failed_authentication_is_for_the_operator_alone(store: Store) {
        let site = Site::open(store).await;
        let bank = App::of("bank", &site).await;
        let log = Log::new();
        let send = |assertion: String| {
            let (site, log) = (&site, &log);
            async move {
                let fields = [("client_assertion_type", ASSERTION), ("client_assertion", assertion.as_str()), ("token", "x")];
                log.of(site.form("/oidc/introspect", &fields)).await
            }
        };
        let now = now();
        let changed = |what: &'static str, value: Value| bank.assertion(move |claims| claims[what] = value.clone());
        let used = bank.assertion(|_| {});
        send(used.clone()).await.json(200);
        let unsigned = format!("{}.{}.", b64(r#"{"alg":"none"}"#), used.split('.').nth(1).unwrap());
        log.taken();
        let mut bodies = Vec::new();
        for (assertion, cause) in [
            (changed("aud", json!(format!("{ISSUER}/"))), "assertion-audience"),
            (changed("iss", json!("portal")), "assertion-subject"),
            (changed("exp", json!(now - 60)), "assertion-expired"),
            (changed("exp", json!(now + 86_400)), "assertion-too-long"),
            (changed("nbf", json!(now + 600)), "assertion-not-yet"),
            (changed("jti", json!("")), "assertion-jti"),
            (App::with_key("bank", 99).assertion(|_| {}), "assertion-key"),
            (App::with_key("benh-vien", 4).assertion(|_| {}), "client-unknown"),
            (unsigned, "assertion-algorithm"),
            (used, "assertion-used"),
            ("x".to_owned(), "assertion-unreadable"),
        ] {
            bodies.push(send(assertion).await.json(401));
            let said = log.taken();
            assert!(said.contains("error=\"invalid_client\"") && said.contains(&format!("cause=\"{cause}\"")), "{cause}: {said:?}");
            assert!(CAUSES.iter().any(|known| known.word == cause));
            let client = match cause { "client-unknown" => "client=\"benh-vien\"", "assertion-unreadable" => "", _ => "client=\"bank\"" };
            assert!(client.is_empty() || said.contains(client), "{cause}: {said:?}");
        }
        assert!(bodies.iter().all(|body| *body == bodies[0]), "whoever may be an attacker is told nothing: {bodies:?}");
        // What could be somebody's number or address is no identifier to be logged.
        for person in [NUMBER, "duc@example.vn", "so-0905123456"] {
            send(App::with_key(person, 4).assertion(|_| {})).await.error(401, "invalid_client");
            let said = log.taken();
            assert!(said.contains("cause=\"client-unknown\"") && !said.contains(person), "{said:?}");
        }
        // That no secret is taken is no secret.
        let fields = [("client_id", "bank"), ("client_secret", "hush-hush"), ("token", "x")];
        let told = log.of(site.form("/oidc/introspect", &fields)).await.json(401)["error_description"].as_str().unwrap().to_owned();
        let said = log.taken();
        assert!(told.contains("private_key_jwt"), "{told}");
        assert!(said.contains("cause=\"client-secret\"") && said.contains("client=\"bank\""), "{said:?}");
        assert!(!said.contains("hush"));
        log.of(site.form("/oidc/introspect", &[("client_id", "bank"), ("token", "x")])).await.error(401, "invalid_client");
        assert!(log.taken().contains("cause=\"no-assertion\""));
    }

    async fn the_log_tells_why_a_code_was_refused(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        site.sign_in().await;
        let mut bank = App::of("bank", &site).await;
        let (code, verifier) = bank.code(&mut site, "openid profile", &["profile"]).await;
        let log = Log::new();
        let portal = App::of("portal", &site).await;
        log.taken();
        log.of(portal.exchange(&site, &code, &verifier)).await.error(400, "invalid_grant");
        assert!(log.taken().contains("cause=\"code-unknown\""));
        bank.exchange(&site, &code, &verifier).await.json(200);
        log.taken();
        log.of(bank.exchange(&site, &code, &verifier)).await.error(400, "invalid_grant");
        let said = log.taken();
        assert!(said.contains("cause=\"code-used\"") && said.contains("client=\"bank\""), "{said:?}");
        assert!(!said.contains(&code), "no code is logged");
    }

    async fn the_page_of_a_refused_request_tells_the_developer_what_to_mend(store: Store) {
        let mut site = Site::open(store).await;
        let portal = App::registered("portal", &site, |record| record["profile"] = json!("basic")).await;
        let page = portal.sent(&mut site, &[("redirect_uri", "https://portal.example/cb/<b>")]).await.expect(400);
        let id = page.headers["x-request-id"].to_str().unwrap().to_owned();
        let body = page.body.split("<h1").nth(1).unwrap();
        assert!(body.contains("https://portal.example/cb/&lt;b&gt;") && body.contains(&id), "{body}");
        let page = site.get("/oidc/authorize?client_id=nobody").await.expect(400).body;
        assert!(page.contains("unauthorized_client") && page.contains("no client is registered"));
        for (scope, told) in [("openid email", "email does not exist"), ("profile", "lacks openid"), ("openid organisation", "not registered for organisation"), ("openid <b>", "a scope does not exist")] {
            let back = portal.sent(&mut site, &[("scope", scope)]).await.expect(303);
            assert_eq!(back.back("error"), "invalid_scope");
            assert!(back.back("error_description").contains(told), "{}", back.back("error_description"));
        }
    }

    async fn an_unknown_client_is_told_from_one_without_an_assessment(store: Store) {
        let mut site = Site::real(store).await;
        App::of("bank", &site).await;
        let page = site.get("/oidc/authorize?client_id=bank").await.expect(400).body;
        assert!(page.contains("does not work here") && page.contains("No security assessment"), "{page}");
        let page = site.get("/oidc/authorize?client_id=nobody").await.expect(400).body;
        assert!(page.contains("no client is registered"), "{page}");
    }

    async fn citizens_read_names_and_not_codes(store: Store) {
        let mut site = Site::open(store).await;
        site.register().await;
        let mut bank = App::registered("bank", &site, |record| record["name"] = json!("Ngân hàng <b>Ví dụ</b>")).await;
        let ask = bank.ask(&mut site, "openid profile").await;
        let page = site.get(&format!("/citizen/sign-in?next={}", encoded(&ask))).await.expect(200).body;
        assert!(page.contains("Để vào <strong>Ngân hàng &lt;b&gt;Ví dụ&lt;/b&gt;</strong>"), "{page}");
        assert!(!site.get("/citizen/sign-in?next=/citizen").await.expect(200).body.contains("Để vào"));
        assert!(!site.get("/citizen/sign-in?next=/oidc/ask/unknown").await.expect(200).body.contains("Để vào"));
        let wrong = [("number", NUMBER), ("password", "nothing like it"), ("next", ask.as_str())];
        assert!(site.post("/citizen/sign-in", &wrong).await.expect(422).body.contains("Để vào"));
        site.sign_in().await;
        assert!(site.get(&ask).await.expect(200).body.contains("Bộ Công an"));
        let (code, verifier) = bank.code(&mut site, "openid profile", &["profile"]).await;
        let tokens = bank.exchange(&site, &code, &verifier).await.json(200);
        bank.userinfo(&site, tokens["access_token"].as_str().unwrap()).await.json(200);
        let looked = site.get("/citizen/who-looked").await.expect(200).body;
        assert!(looked.contains("Ngân hàng &lt;b&gt;Ví dụ") && looked.contains("Bộ Công an") && looked.contains("bank"), "{looked}");
        // A registration of another agency lends its name to nobody.
        let (party, _) = site.provider.parties().await.unwrap().remove(0);
        let party = Party { agency: vocabulary::AgencyCode::parse("G12").unwrap(), ..party };
        site.provider.register_party(party, vocabulary::Moment::now()).await.unwrap();
        assert!(!site.get("/citizen/who-looked").await.expect(200).body.contains("Ngân hàng"));
    }
}
