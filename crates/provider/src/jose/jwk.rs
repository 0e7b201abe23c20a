//! Public keys as JSON (RFC 7517, RFC 7518 §6.2) and their thumbprints (RFC 7638).

use super::{JoseFault, decode, encode};
use p256::ecdsa::VerifyingKey;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// Keys that a client may register at once.
const MOST: usize = 16;

/// A public key on P-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicJwk {
    /// Its name, where it has one.
    pub kid: Option<String>,
    key: VerifyingKey,
}

impl PublicJwk {
    /// A key of ours under its name.
    pub fn new(kid: Option<String>, key: VerifyingKey) -> PublicJwk {
        PublicJwk { kid, key }
    }

    /// Reads a key: `kty` EC, `crv` P-256, a point of the curve; nothing private.
    ///
    /// # Errors
    /// See [`JoseFault`].
    pub fn read(value: &Value) -> Result<PublicJwk, JoseFault> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        if ["d", "k", "p", "q"].iter().any(|private| value.get(private).is_some()) {
            return Err(JoseFault::Private);
        }
        if (text("kty"), text("crv")) != (Some("EC"), Some("P-256"))
            || text("alg").is_some_and(|alg| alg != "ES256")
            || text("use").is_some_and(|purpose| purpose != "sig")
        {
            return Err(JoseFault::Algorithm);
        }
        let coordinate = |name| {
            let bytes = decode(text(name).ok_or(JoseFault::Malformed)?)?;
            if bytes.len() == 32 { Ok(bytes) } else { Err(JoseFault::Malformed) }
        };
        let point = [&[4][..], &coordinate("x")?, &coordinate("y")?].concat();
        let key = VerifyingKey::from_sec1_bytes(&point).map_err(|_| JoseFault::Malformed)?;
        let kid = text("kid").filter(|kid| kid.len() <= 128).map(str::to_owned);
        Ok(PublicJwk { kid, key })
    }

    /// The key for verifying.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    fn members(&self) -> (String, String) {
        let point = self.key.to_sec1_point(false);
        let bytes = point.as_bytes();
        (encode(&bytes[1..33]), encode(&bytes[33..]))
    }

    /// As it is published.
    pub fn to_json(&self) -> Value {
        let (x, y) = self.members();
        let mut map = Map::new();
        if let Some(kid) = &self.kid {
            map.insert("kid".into(), json!(kid));
        }
        for (name, value) in
            [("kty", "EC"), ("crv", "P-256"), ("x", &x), ("y", &y), ("alg", "ES256"), ("use", "sig")]
        {
            map.insert(name.into(), json!(value));
        }
        Value::Object(map)
    }

    /// RFC 7638: the hash of the members that make the key, in their one order.
    pub fn thumbprint(&self) -> String {
        let (x, y) = self.members();
        encode(Sha256::digest(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)))
    }
}

/// The keys of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwkSet(pub Vec<PublicJwk>);

impl JwkSet {
    /// Reads `{"keys": […]}` with 1 to 16 usable keys.
    ///
    /// # Errors
    /// Of the first key that is not usable.
    pub fn read(value: &Value) -> Result<JwkSet, JoseFault> {
        let keys = value.get("keys").and_then(Value::as_array).ok_or(JoseFault::Malformed)?;
        if keys.is_empty() || keys.len() > MOST {
            return Err(JoseFault::Malformed);
        }
        keys.iter().map(PublicJwk::read).collect::<Result<_, _>>().map(JwkSet)
    }

    /// As it is kept.
    pub fn to_json(&self) -> Value {
        json!({ "keys": self.0.iter().map(PublicJwk::to_json).collect::<Vec<_>>() })
    }

    /// The keys that may have signed: those of the name, or all where none is named.
    pub fn candidates<'a>(&'a self, kid: Option<&'a str>) -> impl Iterator<Item = &'a PublicJwk> {
        self.0.iter().filter(move |key| kid.is_none() || key.kid.is_none() || key.kid.as_deref() == kid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7517 appendix A.1.
    fn example() -> Value {
        json!({"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "use": "sig", "kid": "1"})
    }

    #[test]
    fn rfc7517_a1_a_key_is_read_and_written() {
        let key = PublicJwk::read(&example()).unwrap();
        assert_eq!(key.kid.as_deref(), Some("1"));
        assert_eq!(PublicJwk::read(&key.to_json()), Ok(key));
    }

    #[test]
    fn rfc7638_the_thumbprint_does_not_depend_on_names() {
        let mut other = example();
        other["kid"] = json!("2");
        let prints = [example(), other].map(|jwk| PublicJwk::read(&jwk).unwrap().thumbprint());
        assert_eq!(prints[0], prints[1]);
        assert_eq!(prints[0], "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
    }

    #[test]
    fn what_is_no_public_key_of_the_curve_is_refused() {
        let with = |name: &str, value: Value| {
            let mut jwk = example();
            jwk[name] = value;
            PublicJwk::read(&jwk).unwrap_err()
        };
        assert_eq!(with("d", json!("AA")), JoseFault::Private);
        assert_eq!(with("kty", json!("oct")), JoseFault::Algorithm);
        assert_eq!(with("crv", json!("P-384")), JoseFault::Algorithm);
        assert_eq!(with("alg", json!("HS256")), JoseFault::Algorithm);
        assert_eq!(with("use", json!("enc")), JoseFault::Algorithm);
        assert_eq!(with("y", json!("AA")), JoseFault::Malformed);
        assert_eq!(with("y", example()["x"].clone()), JoseFault::Malformed, "not on the curve");
        assert!(JwkSet::read(&json!({ "keys": [] })).is_err());
    }
}
