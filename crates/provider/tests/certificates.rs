//! Clients that prove themselves by a certificate (RFC 8705 §2), and the endpoints where certificates are asked for (§5).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod application;

use application::*;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use provider::Config;
use serde_json::{Value, json};
use std::{net::SocketAddr, path::Path};
use store::Store;
use vocabulary::Moment;

const MTLS: &str = "https://mtls.id.example.vn";

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates"))
}

fn settings(config: &mut Config) {
    config.mtls_address = MTLS.into();
    config.client_authorities = folder().join("authority.pem");
}

/// A certificate of the folder (DER).
fn der(name: &str) -> Vec<u8> {
    let pem = std::fs::read_to_string(folder().join(format!("{name}.pem"))).unwrap();
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(text).unwrap()
}

/// As the proxy passes it on.
fn shown(name: &str) -> String {
    format!(":{}:", STANDARD.encode(der(name)))
}

/// The key of a certificate, with the certificate.
fn jwk(name: &str) -> Value {
    let der = der(name);
    // The point of a key on P-256 stands behind the head of a bit string of 66 bytes.
    let at = der.windows(4).position(|part| part == [0x03, 0x42, 0x00, 0x04]).unwrap() + 4;
    json!({ "kty": "EC", "crv": "P-256", "x": b64(&der[at..at + 32]), "y": b64(&der[at + 32..at + 64]),
        "x5c": [STANDARD.encode(&der)] })
}

/// The citizen has signed in, and requests come by way of the proxy.
async fn behind_proxy(store: Store) -> Site {
    let mut site = Site::set(store, settings).await;
    site.register().await;
    site.sign_in().await;
    site.peer = Some(SocketAddr::from(([192, 0, 2, 7], 40_000)));
    site
}

/// A call of a client that shows a certificate and nothing else.
async fn send(site: &Site, path: &str, certificate: &str, fields: &[(&str, &str)]) -> Answer {
    let header = if certificate.is_empty() { String::new() } else { shown(certificate) };
    let headers = [("client-cert", header.as_str())];
    let headers = if certificate.is_empty() { &headers[..0] } else { &headers[..] };
    site.api("POST", path, headers, &form(fields)).await
}

async fn push(site: &Site, app: &App, certificate: &str) -> Answer {
    let request = app.request(&[]);
    let fields: Vec<(&str, &str)> = request.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    send(site, "/oidc/par", certificate, &fields).await
}

fn by_name(record: &mut Value, name: &str, value: &str) {
    record["token_endpoint_auth_method"] = json!("tls_client_auth");
    record["certificate_bound_tokens"] = json!(true);
    record["jwks"] = json!({ "keys": [] });
    record[name] = json!(value);
}

store::on_each_engine! {
    sets = SETS;

    async fn rfc8705_2_2_a_client_is_known_by_the_certificate_that_it_registered(store: Store) {
        let mut site = behind_proxy(store).await;
        let bank = App::registered("bank", &site, |record| {
            record["token_endpoint_auth_method"] = json!("self_signed_tls_client_auth");
            record["certificate_bound_tokens"] = json!(true);
            record["jwks"] = json!({ "keys": [jwk("own")] });
        }).await;
        for wrong in ["", "named", "stranger"] {
            push(&site, &bank, wrong).await.error(401, "invalid_client");
        }
        // An assertion does not take the place of the certificate, nor does a proxy that nobody trusts.
        bank.send_with(&site, "/oidc/par", &[("client_id", "bank")], &[("client-cert", &shown("own"))]).await.error(401, "invalid_client");
        let proxy = site.peer.replace("192.0.2.8:4711".parse().unwrap());
        push(&site, &bank, "own").await.error(401, "invalid_client");
        site.peer = proxy;
        let pushed = push(&site, &bank, "own").await.json(201);
        let path = format!("/oidc/authorize?client_id=bank&request_uri={}", pushed["request_uri"].as_str().unwrap());
        let ask = site.get(&path).await.expect(303).location().to_owned();
        let code = bank.agreed(&mut site, &ask).await.back("code");
        let fields = [("client_id", "bank"), ("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", VERIFIER)];
        send(&site, "/oidc/token", "", &fields).await.error(401, "invalid_client");
        send(&site, "/oidc/token", "named", &fields).await.error(401, "invalid_client");
        let tokens = send(&site, "/oidc/token", "own", &fields).await.json(200);
        let token = tokens["access_token"].as_str().unwrap();
        let bearer = format!("Bearer {token}");
        for (certificate, status) in [("named", 401), ("own", 200)] {
            let header = shown(certificate);
            let headers = [("authorization", bearer.as_str()), ("client-cert", header.as_str())];
            site.api("GET", "/oidc/userinfo", &headers, "").await.expect(status);
        }
        let about = [("client_id", "bank"), ("token", token)];
        assert_eq!(send(&site, "/oidc/introspect", "own", &about).await.json(200)["active"], true);
        send(&site, "/oidc/revoke", "named", &about).await.error(401, "invalid_client");
        send(&site, "/oidc/revoke", "own", &about).await.json(200);
        assert_eq!(send(&site, "/oidc/introspect", "own", &about).await.json(200)["active"], false);
    }

    async fn rfc8705_2_1_a_client_is_known_by_its_name_in_the_certificate_of_a_trusted_authority(store: Store) {
        let site = behind_proxy(store).await;
        for (name, value) in [
            ("tls_client_auth_subject_dn", "CN=bank.example,O=Ngân hàng\\, Ví dụ,C=VN"),
            ("tls_client_auth_san_dns", "MTLS.bank.example"),
            ("tls_client_auth_san_uri", "urn:bank"),
            ("tls_client_auth_san_ip", "192.0.2.80"),
            ("tls_client_auth_san_email", "it@bank.example"),
        ] {
            let bank = App::registered("bank", &site, |record| by_name(record, name, value)).await;
            push(&site, &bank, "named").await.json(201);
            // Another name, another authority, its own authority, and one that has ended.
            for wrong in ["", "neighbour", "stranger", "own", "ended"] {
                let answer = push(&site, &bank, wrong).await;
                assert_eq!(answer.status, 401, "{name}, {wrong}: {}", answer.body);
                answer.error(401, "invalid_client");
            }
            let bank = App::registered("bank", &site, |record| by_name(record, name, &value.replace("bank", "bunk").replace("80", "81"))).await;
            push(&site, &bank, "named").await.error(401, "invalid_client");
        }
        // Who proves himself by assertions does not by a certificate.
        let plain = App::of("bank", &site).await;
        push(&site, &plain, "named").await.error(401, "invalid_client");
        site.provider.suspend_party("bank", true, Moment::now()).await.unwrap();
        push(&site, &plain, "named").await.error(401, "invalid_client");
    }

    async fn rfc8705_2_1_without_trusted_authorities_no_name_counts(store: Store) {
        let mut site = Site::open(store).await;
        site.peer = Some(SocketAddr::from(([192, 0, 2, 7], 40_000)));
        let bank = App::registered("bank", &site, |record| by_name(record, "tls_client_auth_san_uri", "urn:bank")).await;
        push(&site, &bank, "named").await.error(401, "invalid_client");
        let known = site.api("GET", "/.well-known/openid-configuration", &[], "").await.json(200);
        assert_eq!(known["token_endpoint_auth_methods_supported"], json!(["private_key_jwt", "self_signed_tls_client_auth"]));
        assert!(known.get("mtls_endpoint_aliases").is_none());
    }

    async fn rfc8705_5_the_endpoints_have_aliases_where_certificates_are_asked_for(store: Store) {
        let mut site = behind_proxy(store).await;
        let known = site.api("GET", "/.well-known/openid-configuration", &[], "").await.json(200);
        let aliases = known["mtls_endpoint_aliases"].as_object().unwrap();
        assert_eq!(aliases.len(), 7);
        for (name, address) in aliases {
            assert_eq!(address.as_str().unwrap().strip_prefix(MTLS), known[name].as_str().unwrap().strip_prefix(ISSUER));
        }
        assert_eq!(
            known["token_endpoint_auth_methods_supported"],
            json!(["private_key_jwt", "self_signed_tls_client_auth", "tls_client_auth"])
        );
        // A proof may name the alias; no other address.
        let mut bank = App::of("bank", &site).await;
        for (address, status) in [(MTLS, 200), ("https://evil.example", 400)] {
            let (code, verifier) = match status {
                200 => bank.code(&mut site, "openid", &[]).await,
                _ => ("A".repeat(43), VERIFIER.to_owned()),
            };
            let claims = json!({ "htm": "POST", "htu": format!("{address}/oidc/token"), "iat": now(), "jti": address,
                "nonce": site.nonce().await });
            let proof = bank.sign(json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": bank.jwk() }), &claims);
            let answer = bank.send(&site, "/oidc/token", &bank.code_fields(&code, &verifier), Some(proof)).await;
            assert_eq!(answer.status, status, "{address}: {}", answer.body);
        }
    }

    async fn a_registration_says_by_which_certificate(store: Store) {
        let site = Site::set(store, settings).await;
        let party = |change: &dyn Fn(&mut Value)| -> Vec<String> {
            let mut record = json!({
                "id": "bank", "name": "Ngân hàng", "name_en": "Bank", "agency": "G01", "profile": "fapi2",
                "redirect_uris": ["https://bank.example/cb"], "jwks": { "keys": [jwk("own")] }, "scopes": {},
            });
            change(&mut record);
            let party: provider::Party = serde_json::from_value(record).unwrap();
            let broken = party.check().err().unwrap_or_default();
            broken.iter().map(|violation| violation.rule.to_string()).collect()
        };
        let method = |record: &mut Value, name: &str| record["token_endpoint_auth_method"] = json!(name);
        assert!(party(&|_| {}).is_empty());
        assert!(party(&|r| method(r, "self_signed_tls_client_auth")).is_empty());
        assert!(party(&|r| by_name(r, "tls_client_auth_subject_dn", "CN=a,C=VN")).is_empty());
        assert_eq!(party(&|r| method(r, "tls_client_auth")), ["party/certificate-name"], "no name");
        assert_eq!(party(&|r| by_name(r, "tls_client_auth_subject_dn", "bank")), ["party/certificate-name"]);
        assert_eq!(party(&|r| by_name(r, "tls_client_auth_san_ip", "bank")), ["party/certificate-name"]);
        assert_eq!(party(&|r| r["tls_client_auth_san_dns"] = json!("a.example")), ["party/certificate-name"], "not its method");
        assert_eq!(
            party(&|r| {
                by_name(r, "tls_client_auth_san_dns", "a.example");
                r["tls_client_auth_san_uri"] = json!("urn:a");
            }),
            ["party/certificate-name"],
            "two names"
        );
        assert_eq!(party(&|r| r["jwks"] = json!({ "keys": [] })), ["party/keys"]);
        let without = |r: &mut Value| {
            method(r, "self_signed_tls_client_auth");
            r["jwks"]["keys"][0].as_object_mut().unwrap().remove("x5c");
        };
        assert_eq!(party(&without), ["party/certificates"]);
        // RFC 7517 §4.7: the certificate is of this very key.
        assert_eq!(party(&|r| r["jwks"]["keys"][0]["x5c"] = json!([STANDARD.encode(der("named"))])), ["party/keys"]);
        assert_eq!(party(&|r| r["jwks"]["keys"][0]["x5c"] = json!(["AAAA"])), ["party/keys"]);
        // What is registered is kept with its certificate.
        App::registered("bank", &site, |record| record["jwks"] = json!({ "keys": [jwk("own")] })).await;
        let (kept, _) = site.provider.parties().await.unwrap().remove(0);
        assert_eq!(kept.jwks["keys"][0]["x5c"], jwk("own")["x5c"]);
    }
}
