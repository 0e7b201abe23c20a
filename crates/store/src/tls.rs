//! TLS to PostgreSQL. `sslmode` and `sslrootcert` stand in the address, as they do for PostgreSQL's own programs:
//!
//! - `disable`, or nothing: in the clear, for a server on this machine or a network that nobody else is on;
//! - `require`: encrypted, whoever answers: it keeps out who listens, and not who pretends;
//! - `verify-full`: encrypted, and the server's certificate is valid for the host of the address. Trusted are the
//!   certificates of `sslrootcert`, or else the public authorities.
//!
//! Whatever else these programs know (`prefer`, `allow`, `verify-ca`) is refused: each means less than it seems to.

use crate::StoreError;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
use std::sync::Arc;
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How a connection is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    None,
    Encrypted,
    /// With the file of certificates that are trusted.
    Verified(Option<String>),
}

impl Protection {
    pub(crate) fn mode(&self) -> SslMode {
        match self {
            Protection::None => SslMode::Disable,
            Protection::Encrypted | Protection::Verified(_) => SslMode::Require,
        }
    }
}

/// Takes the words about TLS out of an address: what remains, and what they say.
pub(crate) fn protection(url: &str) -> Result<(String, Protection), StoreError> {
    let wrong = |text: &str| StoreError::Connection(text.to_owned());
    let Some((place, query)) = url.split_once('?') else { return Ok((url.to_owned(), Protection::None)) };
    let (mut mode, mut file, mut rest) = (None, None, Vec::new());
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslmode", value)) => mode = Some(value),
            Some(("sslrootcert", value)) => {
                file = Some(decoded(value).ok_or_else(|| wrong("sslrootcert is a path"))?)
            }
            _ => rest.push(pair),
        }
    }
    let protection = match mode {
        None | Some("disable") => Protection::None,
        Some("require") => Protection::Encrypted,
        Some("verify-full") => Protection::Verified(file.take()),
        Some(_) => return Err(wrong("sslmode is disable, require or verify-full")),
    };
    if file.is_some() {
        return Err(wrong("sslrootcert is of use with sslmode=verify-full alone"));
    }
    let rest = rest.join("&");
    Ok((if rest.is_empty() { place.to_owned() } else { format!("{place}?{rest}") }, protection))
}

/// A value of an address with `%2F` and the like resolved.
fn decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        if *first == b'%' {
            let (digits, more) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = more;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// What begins TLS where the mode asks for it.
pub(crate) fn connector(protection: &Protection) -> Result<MakeRustlsConnect, StoreError> {
    let wrong = |text: String| StoreError::Connection(text);
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?;
    let config = match protection {
        Protection::None | Protection::Encrypted => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Whoever(provider)))
            .with_no_client_auth(),
        Protection::Verified(file) => {
            builder.with_root_certificates(trusted(file.as_deref())?).with_no_client_auth()
        }
    };
    Ok(MakeRustlsConnect::new(config))
}

fn trusted(file: Option<&str>) -> Result<RootCertStore, StoreError> {
    let Some(file) = file else {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    };
    let wrong = |why: String| StoreError::Connection(format!("sslrootcert {file}: {why}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))? {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("there is no certificate in it".to_owned()));
    }
    Ok(roots)
}

/// Whether all hosts of an address are this machine.
pub(crate) fn is_near(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    })
}

/// Takes every certificate, as `sslmode=require` says. What is signed with it is verified all the same.
#[derive(Debug)]
struct Whoever(Arc<CryptoProvider>);

impl ServerCertVerifier for Whoever {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_the_connection_is_protected() {
        let read = |url| protection(url).unwrap();
        let plain = "postgres://a@h/db".to_owned();
        assert_eq!(read("postgres://a@h/db"), (plain.clone(), Protection::None));
        assert_eq!(read("postgres://a@h/db?sslmode=disable"), (plain.clone(), Protection::None));
        assert_eq!(read("postgres://a@h/db?sslmode=require"), (plain.clone(), Protection::Encrypted));
        assert_eq!(read("postgres://a@h/db?sslmode=verify-full"), (plain, Protection::Verified(None)));
        let (rest, found) =
            read("postgres://a@h/db?options=-c%20x&sslmode=verify-full&sslrootcert=%2Fa%20b.pem");
        assert_eq!(rest, "postgres://a@h/db?options=-c%20x");
        assert_eq!(found, Protection::Verified(Some("/a b.pem".into())));
        for bad in [
            "sslmode=prefer",
            "sslmode=verify-ca",
            "sslmode=",
            "sslmode=require&sslrootcert=/a",
            "sslrootcert=%2",
        ] {
            assert!(protection(&format!("postgres://a@h/db?{bad}")).is_err(), "{bad}");
        }
    }

    #[test]
    fn certificates_that_are_not_there_are_told_by_their_file() {
        let fault = connector(&Protection::Verified(Some("/nowhere.pem".into()))).err().unwrap();
        assert!(fault.to_string().contains("/nowhere.pem"), "{fault}");
        connector(&Protection::Verified(None)).unwrap();
    }
}
