//! Protection against forged forms: a secret token per session in every form, and the origin that browsers state.

use axum::http::{HeaderMap, Method, header};
use std::fmt;
use subtle::ConstantTimeEq;

/// Name of the hidden field.
pub(crate) const FIELD: &str = "csrf_token";

/// The session's token; the session middleware puts it into the request's extensions.
#[derive(Clone)]
pub struct CsrfToken(pub String);

impl CsrfToken {
    /// Compares without telling by its duration how much was right.
    pub(crate) fn matches(&self, given: &str) -> bool {
        !self.0.is_empty() && bool::from(self.0.as_bytes().ct_eq(given.as_bytes()))
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(…)")
    }
}

/// Whether a browser says that another site caused this state-changing request: by `Sec-Fetch-Site`, or, where that
/// is missing, by an `Origin` whose host is not the one addressed. Clients that state neither are not browsers of the
/// last years; the token alone decides for them.
pub(crate) fn from_elsewhere(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return !matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => false,
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_none_or(|(_, from)| !from.eq_ignore_ascii_case(host))
        }
        (Some(_), None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_token_matches() {
        let token = CsrfToken("2f7c9a".into());
        assert!(token.matches("2f7c9a"));
        for wrong in ["", "2f7c9", "2f7c9a ", "2f7c9b"] {
            assert!(!token.matches(wrong), "{wrong:?}");
        }
        assert!(!CsrfToken(String::new()).matches(""), "an empty token protects nothing");
        assert_eq!(format!("{token:?}"), "CsrfToken(…)");
    }

    #[test]
    fn other_sites_are_told_by_what_browsers_state() {
        let from = |method: Method, pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect();
            from_elsewhere(&method, &headers)
        };
        assert!(!from(Method::GET, &[("sec-fetch-site", "cross-site")]), "links from elsewhere are fine");
        assert!(!from(Method::POST, &[("sec-fetch-site", "same-origin")]));
        assert!(!from(Method::POST, &[]));
        assert!(!from(Method::POST, &[("origin", "https://dancu.test"), ("host", "dancu.test")]));
        assert!(!from(Method::POST, &[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]));
        assert!(from(Method::POST, &[("sec-fetch-site", "cross-site")]));
        assert!(
            from(Method::POST, &[("sec-fetch-site", "same-site")]),
            "a neighbouring subdomain is another site"
        );
        assert!(from(Method::DELETE, &[("origin", "https://evil.test"), ("host", "dancu.test")]));
        assert!(from(Method::POST, &[("origin", "null"), ("host", "dancu.test")]));
        assert!(from(Method::POST, &[("origin", "https://dancu.test.evil.test"), ("host", "dancu.test")]));
    }
}
