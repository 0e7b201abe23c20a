//! Public keys as JSON (RFC 7517, RFC 7518 §6.2) and their thumbprints (RFC 7638).

use super::{Algorithm, JoseFault, decode, encode};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use p256::ecdsa::VerifyingKey;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _, public_key::PublicKey};

/// Characters of the longest certificate of a key.
const CERTIFICATE: usize = 12 << 10;

/// Keys that a client may register at once.
const MOST: usize = 16;

/// Bytes of an RSA modulus: 2048 to 4096 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;
/// The exponent that all RSA keys have.
const EXPONENT: &[u8] = &[1, 0, 1];

/// A public key: on P-256, or of RSA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicJwk {
    /// Its name, where it has one.
    pub kid: Option<String>,
    key: Key,
    /// A certificate of it (DER), where it came with one.
    certificate: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    P256(VerifyingKey),
    /// The modulus, big-endian without leading zeros, and the one algorithm of the key where it states one.
    Rsa(Vec<u8>, Option<Algorithm>),
}

impl Key {
    /// Whether a certificate is of this key.
    fn is_in(&self, der: &[u8]) -> bool {
        let Ok((_, certificate)) = X509Certificate::from_der(der) else { return false };
        match (self, certificate.public_key().parsed()) {
            (Key::P256(key), Ok(PublicKey::EC(point))) => key.to_sec1_point(false).as_bytes() == point.data(),
            (Key::Rsa(n, _), Ok(PublicKey::RSA(rsa))) => {
                rsa.modulus.iter().skip_while(|byte| **byte == 0).eq(n) && rsa.exponent == EXPONENT
            }
            _ => false,
        }
    }
}

impl PublicJwk {
    /// A key of ours under its name.
    pub fn new(kid: Option<String>, key: VerifyingKey) -> PublicJwk {
        PublicJwk { kid, key: Key::P256(key), certificate: None }
    }

    /// Reads a key: `kty` EC with `crv` P-256 and a point of the curve, or `kty` RSA of 2048 to 4096 bits; nothing
    /// private. Of `x5c` the first certificate is kept, which must be of this very key (RFC 7517 §4.7).
    ///
    /// # Errors
    /// See [`JoseFault`].
    pub fn read(value: &Value) -> Result<PublicJwk, JoseFault> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        if ["d", "k", "p", "q", "dp", "dq", "qi"].iter().any(|private| value.get(private).is_some()) {
            return Err(JoseFault::Private);
        }
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return Err(JoseFault::Algorithm);
        }
        let stated = match text("alg").map(Algorithm::parse) {
            Some(None) => return Err(JoseFault::Algorithm),
            stated => stated.flatten(),
        };
        let bytes = |name| decode(text(name).ok_or(JoseFault::Malformed)?);
        let key = match (text("kty"), text("crv"), stated) {
            (Some("EC"), Some("P-256"), None | Some(Algorithm::Es256)) => {
                let (x, y) = (bytes("x")?, bytes("y")?);
                if x.len() != 32 || y.len() != 32 {
                    return Err(JoseFault::Malformed);
                }
                let point = [&[4][..], &x, &y].concat();
                Key::P256(VerifyingKey::from_sec1_bytes(&point).map_err(|_| JoseFault::Malformed)?)
            }
            (Some("RSA"), None, None | Some(Algorithm::Ps256 | Algorithm::Rs256)) => {
                let n: Vec<u8> = bytes("n")?.into_iter().skip_while(|byte| *byte == 0).collect();
                let whole = n.first().is_some_and(|first| n.len() > *MODULUS.start() || *first >= 0x80);
                if !MODULUS.contains(&n.len()) || !whole || bytes("e")? != EXPONENT {
                    return Err(JoseFault::Malformed);
                }
                Key::Rsa(n, stated)
            }
            _ => return Err(JoseFault::Algorithm),
        };
        let kid = text("kid").filter(|kid| kid.len() <= 128).map(str::to_owned);
        let certificate = match value.get("x5c").map(|chain| chain.get(0).and_then(Value::as_str)) {
            None => None,
            Some(None) => return Err(JoseFault::Malformed),
            Some(Some(text)) if text.len() > CERTIFICATE => return Err(JoseFault::Malformed),
            Some(Some(text)) => Some(STANDARD.decode(text).map_err(|_| JoseFault::Malformed)?),
        };
        if certificate.as_ref().is_some_and(|der| !key.is_in(der)) {
            return Err(JoseFault::Malformed);
        }
        Ok(PublicJwk { kid, key, certificate })
    }

    /// Whether it came with a certificate.
    pub fn is_certified(&self) -> bool {
        self.certificate.is_some()
    }

    /// Whether this is the certificate that it came with (DER).
    pub fn is_certified_by(&self, der: &[u8]) -> bool {
        self.certificate.as_deref() == Some(der)
    }

    /// Whether it signed these bytes with this algorithm.
    pub(super) fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        match (&self.key, algorithm) {
            (Key::P256(key), Algorithm::Es256) => {
                let point = key.to_sec1_point(false);
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.as_bytes())
                    .verify(signed, signature)
                    .is_ok()
            }
            (Key::Rsa(n, stated), Algorithm::Ps256 | Algorithm::Rs256) => {
                let rule = match algorithm {
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                stated.is_none_or(|one| one == algorithm)
                    && RsaPublicKeyComponents { n: n.as_slice(), e: EXPONENT }
                        .verify(rule, signed, signature)
                        .is_ok()
            }
            _ => false,
        }
    }

    /// The members that make the key, in the order of RFC 7638.
    fn members(&self) -> Vec<(&'static str, String)> {
        let text = |name, value: &str| (name, value.to_owned());
        match &self.key {
            Key::P256(key) => {
                let point = key.to_sec1_point(false);
                let bytes = point.as_bytes();
                let (x, y) = (encode(&bytes[1..33]), encode(&bytes[33..]));
                vec![text("crv", "P-256"), text("kty", "EC"), ("x", x), ("y", y)]
            }
            Key::Rsa(n, _) => vec![("e", encode(EXPONENT)), text("kty", "RSA"), ("n", encode(n))],
        }
    }

    /// As it is published.
    pub fn to_json(&self) -> Value {
        let mut map: Map<String, Value> =
            self.members().into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
        let algorithm = match &self.key {
            Key::P256(_) => Some(Algorithm::Es256),
            Key::Rsa(_, stated) => *stated,
        };
        if let Some(algorithm) = algorithm {
            map.insert("alg".into(), json!(algorithm.name()));
        }
        if let Some(kid) = &self.kid {
            map.insert("kid".into(), json!(kid));
        }
        if let Some(certificate) = &self.certificate {
            map.insert("x5c".into(), json!([STANDARD.encode(certificate)]));
        }
        map.insert("use".into(), json!("sig"));
        Value::Object(map)
    }

    /// RFC 7638: the hash of the members that make the key, in their one order.
    pub fn thumbprint(&self) -> String {
        let pairs: Vec<String> =
            self.members().iter().map(|(name, value)| format!(r#""{name}":"{value}""#)).collect();
        encode(Sha256::digest(format!("{{{}}}", pairs.join(","))))
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
    fn rfc7638_3_1_the_example_has_its_thumbprint() {
        let key = PublicJwk::read(&json!({"kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"})).unwrap();
        assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
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
        let rsa = |n: &[u8], e: &str| PublicJwk::read(&json!({"kty": "RSA", "n": encode(n), "e": e}));
        assert!(rsa(&[0xff; 256], "AQAB").is_ok());
        assert_eq!(rsa(&[0x7f; 256], "AQAB"), Err(JoseFault::Malformed), "2047 bits");
        assert_eq!(rsa(&[0xff; 128], "AQAB"), Err(JoseFault::Malformed));
        assert_eq!(rsa(&[0xff; 1024], "AQAB"), Err(JoseFault::Malformed));
        assert_eq!(rsa(&[0xff; 256], "Aw"), Err(JoseFault::Malformed), "an exponent of 3");
    }
}
