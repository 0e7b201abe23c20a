//! What applications and browsers hand to citizens' sign-in: requests, keys, tokens, proofs, assertions, codes.

use crate::input::edited_text;
use provider::{
    Party,
    jose::{Algorithm, Jws, PublicJwk},
    rules::{assertion, authorization, dpop, redirect, request_object, user_code},
};
use serde_json::{Value, json};
use vocabulary::Moment;

targets! { authorization_request, public_key, signed_token, proof, client_assertion, address, device_code }

const REQUEST: &str = "client_id=bank&response_type=code&redirect_uri=https%3A%2F%2Fbank.example%2Fcb&scope=openid+profile\
    &state=s&nonce=n&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
    &prompt=login+consent&max_age=300&acr_values=urn%3Adancu%3Aeid%3A2";
const KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"sig","kid":"1"}"#;
const RSA: &str = include_str!("../../crates/provider/src/jose/rsa_sample.json");
const ISSUER: &str = "https://id.example.vn";

fn party() -> Party {
    serde_json::from_value(json!({
        "id": "bank", "name": "Ngân hàng", "name_en": "Bank", "agency": "G01", "profile": "basic",
        "redirect_uris": ["https://bank.example/cb"], "jwks": { "keys": [serde_json::from_str::<Value>(KEY).unwrap()] },
        "scopes": { "profile": "Luật Căn cước 2023" },
    }))
    .unwrap()
}

/// A request is refused, or leads back to the registered address with no more than was registered.
fn authorization_request(program: &[u8]) {
    let text = edited_text(program, &[REQUEST]);
    let Ok(sent) = serde_html_form::from_str::<authorization::Sent>(&text) else { return };
    let party = party();
    if let Ok(asked) = authorization::check(&sent, &party) {
        assert_eq!(asked.redirect_uri, "https://bank.example/cb");
        assert!(asked.scopes.iter().all(|scope| party.may_ask(scope)));
        crate::written_and_read_again(&asked);
    }
}

/// A key that is read is written and read the same, and has one thumbprint.
fn public_key(program: &[u8]) {
    let rsa: Value = serde_json::from_str(RSA).unwrap();
    let Ok(value) = serde_json::from_str(&edited_text(program, &[KEY, &rsa["jwk"].to_string()])) else {
        return;
    };
    if let Ok(key) = PublicJwk::read(&value) {
        let again = PublicJwk::read(&key.to_json()).unwrap();
        assert_eq!((again.thumbprint(), again), (key.thumbprint(), key));
    }
}

/// A token that was edited is not believed, unless it says what it said.
fn signed_token(program: &[u8]) {
    let rsa: Value = serde_json::from_str(RSA).unwrap();
    let key = PublicJwk::read(&rsa["jwk"]).unwrap();
    let samples = ["rs256", "ps256"].map(|name| rsa[name].as_str().unwrap());
    let text = edited_text(program, &samples);
    if let Ok(jws) = Jws::read_with(&text, &Algorithm::ALL)
        && let Ok(claims) = jws.verify(&key)
    {
        assert_eq!(Value::Object(claims.clone()), json!({ "sub": "x" }));
    }
    // Neither is it a request of anybody's.
    assert!(request_object::open(&text, &party(), ISSUER, Moment::now()).is_err());
}

/// A proof is made of these parts; none is signed, so none may be believed.
fn proof(program: &[u8]) {
    let header = format!(r#"{{"alg":"ES256","typ":"dpop+jwt","jwk":{KEY}}}"#);
    let claims =
        r#"{"htm":"POST","htu":"https://id.example.vn/oidc/token","iat":1800000000,"jti":"1","nonce":"n"}"#;
    let text = unsigned(program, &header, claims);
    let now = Moment::from_micros(1_800_000_000_000_000);
    let about = dpop::About {
        method: "POST",
        address: "https://id.example.vn/oidc/token",
        alias: None,
        token: None,
        secret: &[7; 32],
        holders: &dpop::Holders::default(),
        now,
    };
    assert!(matches!(dpop::check(&text, &about), Err(dpop::DpopFault::Invalid(_))));
}

/// The same of an assertion.
fn client_assertion(program: &[u8]) {
    let claims = r#"{"iss":"bank","sub":"bank","aud":"https://id.example.vn","exp":1800000060,"jti":"1"}"#;
    let text = unsigned(program, r#"{"alg":"ES256","kid":"1"}"#, claims);
    let _whoever = assertion::claimed_client(&text);
    let (party, now) = (party(), Moment::from_micros(1_800_000_000_000_000));
    let keys = (&party.keys(), party.profile.algorithms());
    assert!(assertion::check(&text, "bank", keys, &[ISSUER], now).is_err());
}

fn unsigned(program: &[u8], header: &str, claims: &str) -> String {
    let half = program.len() / 2;
    let parts = [edited_text(&program[..half], &[header]), edited_text(&program[half..], &[claims])];
    let [header, claims] = parts.map(provider::jose::encode);
    format!("{header}.{claims}.{}", provider::jose::encode([1_u8; 64]))
}

/// An address that may be registered has a host, and parameters added to it leave it the same.
fn address(program: &[u8]) {
    let samples = ["https://a.vn:8443/cb?x=1", "http://127.0.0.1:9/cb", "http://[::1]/cb"];
    let text = edited_text(program, &samples);
    if redirect::may_be_registered(&text) {
        let origin = redirect::origin(&text).unwrap();
        assert_eq!(redirect::origin(&redirect::with(&text, &[("code", "a&b#c")])), Some(origin));
        assert!(redirect::host(&text).is_some_and(|host| !host.is_empty()));
    }
}

fn device_code(program: &[u8]) {
    let typed = edited_text(program, &["BCDF-GHJK", "bcdf ghjk"]);
    if let Some(code) = user_code::read(&typed) {
        assert_eq!(user_code::read(&code), Some(code));
    }
}
