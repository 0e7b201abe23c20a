//! Addresses to which the citizen is sent back: registered whole and compared character by character (RFC 9700 §2.1).

use axum::http::Uri;

/// Whether an address can be registered: `https`, or `http` on loopback for an application under development; with a
/// host, without a fragment, user name, or anything that a browser would read differently.
pub fn may_be_registered(address: &str) -> bool {
    let plain = address.len() <= 512
        && address
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'#' | b'"' | b'<' | b'>' | b'*'));
    let Ok(uri) = address.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    let loopback = matches!(authority.host(), "127.0.0.1" | "[::1]" | "localhost");
    plain
        && (scheme == "https" || (scheme == "http" && loopback))
        && !authority.as_str().contains('@')
        && !authority.host().is_empty()
        && !uri.path().contains("..")
}

/// Scheme, host and port.
pub fn origin(address: &str) -> Option<String> {
    let uri = address.parse::<Uri>().ok()?;
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

/// The host.
pub fn host(address: &str) -> Option<String> {
    Some(address.parse::<Uri>().ok()?.host()?.to_owned())
}

/// An address with parameters added to its query.
pub fn with(address: &str, pairs: &[(&str, &str)]) -> String {
    let query = serde_html_form::to_string(pairs).unwrap_or_default();
    format!("{address}{}{query}", if address.contains('?') { '&' } else { '?' })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc9700_4_1_addresses_that_browsers_read_otherwise_are_not_registered() {
        for good in
            ["https://a.vn/cb", "https://a.vn:8443/cb?x=1", "http://127.0.0.1:9/cb", "http://[::1]:9/cb"]
        {
            assert!(may_be_registered(good), "{good}");
        }
        for bad in [
            "http://a.vn/cb",
            "https://a.vn/cb#x",
            "https://a.vn@evil.vn/cb",
            "https://a.vn/../cb",
            "/cb",
            "javascript:alert(1)",
            "https://a.vn\\@evil.vn/",
            "https://*.a.vn/cb",
            "https:///cb",
            "app:/cb",
            "",
            "https://a.vn/c b",
        ] {
            assert!(!may_be_registered(bad), "{bad}");
        }
    }

    #[test]
    fn parameters_are_added_and_escaped() {
        assert_eq!(
            with("https://a.vn/cb", &[("code", "a&b"), ("iss", "https://i")]),
            "https://a.vn/cb?code=a%26b&iss=https%3A%2F%2Fi"
        );
        assert_eq!(with("https://a.vn/cb?x=1", &[("code", "a")]), "https://a.vn/cb?x=1&code=a");
        assert_eq!(origin("https://a.vn:8443/cb").as_deref(), Some("https://a.vn:8443"));
    }
}
