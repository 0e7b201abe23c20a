//! What is wrong with keys that an application is to be registered with, said so that it can be mended.

use crate::jose::{Algorithm, JoseFault, PublicJwk, decode};
use serde_json::Value;
use vocabulary::Violation;

/// The members of a JWK that nobody but its owner may see (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// The first fault of `{"keys": […]}`, at the field `jwks`.
pub fn of(jwks: &Value) -> Option<Violation> {
    let fault = |vi: String, en: String| Some(Violation { field: "jwks".into(), rule: "party/keys", vi, en });
    let Some(keys) = jwks.get("keys").and_then(Value::as_array) else {
        return fault("Khóa có dạng {\"keys\": […]}".into(), "Keys are written as {\"keys\": […]}".into());
    };
    if keys.is_empty() || keys.len() > 16 {
        return fault("Cần từ 1 đến 16 khóa công khai".into(), "There are 1 to 16 public keys".into());
    }
    let (at, (vi, en)) = keys.iter().enumerate().find_map(|(at, key)| Some((at + 1, one(key)?)))?;
    fault(format!("Khóa {at}: {vi}"), format!("Key {at}: {en}"))
}

fn one(key: &Value) -> Option<(String, String)> {
    let error = PublicJwk::read(key).err()?;
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let said = |vi: &str, en: &str| Some((vi.to_owned(), en.to_owned()));
    if let Some(private) = PRIVATE.iter().find(|private| key.get(private).is_some()) {
        return Some((
            format!("có phần bí mật `{private}`: hãy bỏ đi, và thay khóa nếu đã gửi cho người khác"),
            format!(
                "contains the private part `{private}`: remove it, and take a new key if others have seen it"
            ),
        ));
    }
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return said("`use` phải là `sig`", "`use` is `sig`");
    }
    if text("alg").is_some_and(|name| Algorithm::parse(name).is_none()) {
        return said("`alg` phải là ES256, PS256 hoặc RS256", "`alg` is ES256, PS256 or RS256");
    }
    match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-256")) => {
            for name in ["x", "y"] {
                let bytes = decode(text(name).unwrap_or_default());
                if bytes.is_ok_and(|bytes| bytes.len() == 32) {
                    continue;
                }
                return Some((
                    format!("`{name}` phải là 32 byte viết bằng base64url, không có dấu ="),
                    format!("`{name}` is 32 bytes in base64url, without padding"),
                ));
            }
            match error {
                JoseFault::Algorithm => {
                    said("`alg` của khóa P-256 là ES256", "the `alg` of a key on P-256 is ES256")
                }
                _ => said("`x` và `y` không phải một điểm của P-256", "`x` and `y` are no point of P-256"),
            }
        }
        (Some("EC"), _) => said("đường cong phải là P-256 (`crv`)", "the curve is P-256 (`crv`)"),
        (Some("RSA"), _) => said(
            "khóa RSA có `n` từ 2048 đến 4096 bit, `e` là AQAB, và `alg` nếu có là PS256 hoặc RS256",
            "a key of RSA has `n` of 2048 to 4096 bits, AQAB as `e`, and PS256 or RS256 as `alg` if any",
        ),
        _ => said("`kty` phải là EC (P-256) hoặc RSA", "`kty` is EC (P-256) or RSA"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_fault_names_the_key_and_the_member() {
        let good = json!({"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"});
        let with = |name: &str, value: Value| {
            let mut key = good.clone();
            key[name] = value;
            of(&json!({ "keys": [good, key] })).map(|violation| violation.en).unwrap_or_default()
        };
        assert_eq!(of(&json!({ "keys": [good] })), None);
        for (name, value, told) in [
            ("d", json!("AA"), "Key 2: contains the private part `d`"),
            ("dp", json!("AA"), "Key 2: contains the private part `dp`"),
            ("crv", json!("P-384"), "Key 2: the curve is P-256"),
            ("x", json!("…"), "Key 2: `x` is 32 bytes"),
            ("y", json!("AA"), "Key 2: `y` is 32 bytes"),
            ("y", good["x"].clone(), "Key 2: `x` and `y` are no point"),
            ("use", json!("enc"), "Key 2: `use` is `sig`"),
            ("alg", json!("RS512"), "Key 2: `alg` is ES256"),
            ("alg", json!("RS256"), "Key 2: the `alg` of a key on P-256"),
            ("kty", json!("oct"), "Key 2: `kty` is EC"),
            ("kty", json!("RSA"), "Key 2: a key of RSA"),
        ] {
            assert!(with(name, value.clone()).starts_with(told), "{name}: {}", with(name, value));
        }
        assert!(of(&json!([])).is_some() && of(&json!({ "keys": [] })).is_some());
    }
}
