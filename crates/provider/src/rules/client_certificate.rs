//! Clients that prove themselves by a certificate (RFC 8705 §2): one of an authority that is trusted, with the name that
//! was registered (§2.1), or one that was registered itself (§2.2). That the client holds its key the proxy has seen in
//! the handshake of TLS.

use super::certificate::Shown;
use crate::{
    jose::JwkSet,
    model::{ClientAuth, Party},
};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, UnixTime, pem::PemObject as _},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use vocabulary::Moment;
use x509_parser::prelude::{FromDer as _, GeneralName, ParsedExtension, X509Certificate, X509Name};

/// The authorities whose certificates are taken.
#[derive(Clone, Debug)]
pub struct Authorities(Arc<dyn ClientCertVerifier>);

impl Authorities {
    /// Reads their certificates from a file (PEM).
    ///
    /// # Errors
    /// Where it holds none, or one that cannot be an authority's.
    pub fn read(pem: &[u8]) -> Result<Authorities, String> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.add(certificate.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
        }
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), ring).build();
        verifier.map(Authorities).map_err(|error| error.to_string())
    }

    /// Whether a certificate is of one of them, for clients, and holds at this moment.
    fn vouch_for(&self, shown: &Shown, now: Moment) -> bool {
        let since_1970 = Duration::from_micros(u64::try_from(now.micros()).unwrap_or_default());
        let chain: Vec<CertificateDer<'_>> =
            shown.chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let der = CertificateDer::from(shown.der.as_slice());
        self.0.verify_client_cert(&der, &chain, UnixTime::since_unix_epoch(since_1970)).is_ok()
    }
}

/// Whether a client proves itself by a certificate.
pub fn proves(
    shown: &Shown,
    (party, keys): (&Party, &JwkSet),
    authorities: Option<&Authorities>,
    now: Moment,
) -> bool {
    match party.token_endpoint_auth_method {
        ClientAuth::PrivateKeyJwt => false,
        ClientAuth::SelfSignedTlsClientAuth => keys.0.iter().any(|key| key.is_certified_by(&shown.der)),
        ClientAuth::TlsClientAuth => {
            authorities.is_some_and(|authorities| authorities.vouch_for(shown, now))
                && is_named(&shown.der, party)
        }
    }
}

/// Whether a certificate bears the one name that a client registered (§2.1.2).
fn is_named(der: &[u8], party: &Party) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return false };
    if let Some(name) = &party.tls_client_auth_subject_dn {
        return distinguished(certificate.subject()).is_some_and(|own| Some(own) == normal(name));
    }
    let extensions = certificate.extensions().iter();
    let names = extensions.filter_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
        _ => None,
    });
    names.flatten().any(|name| match name {
        GeneralName::DNSName(own) => {
            party.tls_client_auth_san_dns.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(own))
        }
        GeneralName::URI(own) => party.tls_client_auth_san_uri.as_deref() == Some(*own),
        GeneralName::RFC822Name(own) => party.tls_client_auth_san_email.as_deref() == Some(*own),
        GeneralName::IPAddress(own) => {
            let registered = party.tls_client_auth_san_ip.as_deref().and_then(|ip| ip.parse().ok());
            registered.is_some_and(|ip: IpAddr| match ip {
                IpAddr::V4(ip) => ip.octets() == *own,
                IpAddr::V6(ip) => ip.octets() == *own,
            })
        }
        _ => false,
    })
}

/// One attribute of a name: its kind, and its value.
type Attribute = (String, String);

/// Kinds of attributes by their short names (RFC 4514 §3), and some that authorities of Viet Nam write.
const KINDS: &[(&str, &str)] = &[
    ("CN", "2.5.4.3"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("ORGANIZATIONIDENTIFIER", "2.5.4.97"),
    ("UID", "0.9.2342.19200300.100.1.1"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
];

/// The attributes of a subject, the innermost first, as RFC 4514 writes names.
fn distinguished(name: &X509Name<'_>) -> Option<Vec<Attribute>> {
    let mut all = Vec::new();
    for attribute in name.iter_attributes() {
        all.push((attribute.attr_type().to_id_string(), attribute.as_str().ok()?.to_owned()));
    }
    all.reverse();
    Some(all)
}

/// The attributes of a name as it is registered (RFC 4514); `None` where it is none. Several attributes at one step are
/// not taken.
pub fn normal(text: &str) -> Option<Vec<Attribute>> {
    let mut all = Vec::new();
    let mut rest = text;
    loop {
        let (kind, after) = rest.split_once('=')?;
        let kind = kind.trim();
        let id = KINDS.iter().find(|(short, _)| short.eq_ignore_ascii_case(kind)).map(|(_, id)| *id);
        let dotted = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let id = id.or(dotted.then_some(kind))?;
        let (mut value, mut end, mut chars) = (Vec::new(), after.len(), after.char_indices());
        while let Some((at, char)) = chars.next() {
            match char {
                ',' => {
                    end = at;
                    break;
                }
                // Several at one step, or one in hexadecimal.
                '+' | ';' => return None,
                '#' if value.is_empty() => return None,
                '\\' => {
                    let (_, next) = chars.next()?;
                    match next.to_digit(16) {
                        Some(high) => {
                            let low = chars.next()?.1.to_digit(16)?;
                            value.push(u8::try_from(high * 16 + low).ok()?);
                        }
                        None => value.extend(next.to_string().bytes()),
                    }
                }
                _ => value.extend(char.to_string().bytes()),
            }
        }
        let value = String::from_utf8(value).ok()?;
        let value = value.trim();
        if value.is_empty() {
            return None;
        }
        all.push((id.to_owned(), value.to_owned()));
        match after.get(end + 1..) {
            Some(more) => rest = more,
            None => return Some(all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc4514_names_are_read() {
        let pair = |kind: &str, value: &str| (kind.to_owned(), value.to_owned());
        assert_eq!(
            normal("CN=bank.example, o=Ng\\C3\\A2n h\u{e0}ng\\, V\u{ed} d\u{1ee5},2.5.4.6=VN").unwrap(),
            [
                pair("2.5.4.3", "bank.example"),
                pair("2.5.4.10", "Ng\u{e2}n h\u{e0}ng, V\u{ed} d\u{1ee5}"),
                pair("2.5.4.6", "VN")
            ]
        );
        for wrong in ["", "CN", "CN=", "CN=a,", "X=a", "CN=a+OU=b", "CN=#0401", "CN=a\\", "CN=a\\4"] {
            assert_eq!(normal(wrong), None, "{wrong}");
        }
    }
}
