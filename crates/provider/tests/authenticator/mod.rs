//! A device that keeps passkeys, as far as tests need it: ES256 keys, attestation `none`, written after WebAuthn §6.

use crate::application::{ISSUER, b64};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use provider::jose::PublicJwk;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A passkey, and what its device says besides.
#[derive(Clone)]
pub struct Passkey {
    pub key: SigningKey,
    pub id: Vec<u8>,
    pub handle: Vec<u8>,
    pub counter: u32,
    pub origin: String,
    pub site: String,
    /// Whether the device recognised its owner.
    pub recognised: bool,
}

/// The options of a page for the browser.
pub fn options(page: &str) -> Value {
    let text = page.split("data-options=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let text = text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&text).unwrap()
}

fn unb64(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
}

impl Passkey {
    /// A key of its own for each number.
    pub fn new(number: u8) -> Passkey {
        Passkey {
            key: SigningKey::from_slice(&[number; 32]).unwrap(),
            id: vec![number; 32],
            handle: Vec::new(),
            counter: 0,
            origin: ISSUER.to_owned(),
            site: "id.example.vn".to_owned(),
            recognised: true,
        }
    }

    fn head(&self, more: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.site.as_bytes()).to_vec();
        data.push(1 | if self.recognised { 4 } else { 0 } | more);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, challenge: &Value) -> String {
        let origin = &self.origin;
        json!({ "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false }).to_string()
    }

    /// What `navigator.credentials.create` gives.
    pub fn create(&mut self, options: &Value) -> String {
        self.handle = unb64(&options["user"]["id"]);
        let jwk = PublicJwk::new(None, *self.key.verifying_key()).to_json();
        let mut data = self.head(0x40);
        data.extend([0; 16]);
        data.extend((self.id.len() as u16).to_be_bytes());
        data.extend(&self.id);
        // COSE_Key: kty 2 (EC2), alg -7 (ES256), crv 1 (P-256), x, y.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(unb64(&jwk["x"]));
        data.extend([0x22, 0x58, 0x20]);
        data.extend(unb64(&jwk["y"]));
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt");
        object.push(0x64);
        object.extend(b"none");
        object.push(0x67);
        object.extend(b"attStmt");
        object.extend([0xa0, 0x68]);
        object.extend(b"authData");
        object.extend([0x58, u8::try_from(data.len()).unwrap()]);
        object.extend(data);
        json!({
            "id": b64(&self.id), "rawId": b64(&self.id), "type": "public-key",
            "response": {
                "attestationObject": b64(object),
                "clientDataJSON": b64(self.client_data("webauthn.create", &options["challenge"])),
            },
        })
        .to_string()
    }

    /// What `navigator.credentials.get` gives; the counter grows.
    pub fn get(&mut self, options: &Value) -> String {
        self.counter += 1;
        self.again(&options["challenge"])
    }

    /// The same with the counter as it is, and a challenge of one's choice.
    pub fn again(&self, challenge: &Value) -> String {
        let data = self.head(0);
        let client = self.client_data("webauthn.get", challenge);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(client.as_bytes()));
        let signature: Signature = self.key.sign(&signed);
        json!({
            "id": b64(&self.id), "rawId": b64(&self.id), "type": "public-key",
            "response": {
                "authenticatorData": b64(data), "clientDataJSON": b64(client),
                "signature": b64(signature.to_der().as_bytes()), "userHandle": b64(&self.handle),
            },
        })
        .to_string()
    }
}
