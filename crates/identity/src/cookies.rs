//! The two cookies of the desk.
//!
//! - The **session**: a secret and the revision of what it works on, `<secret>.<revision>`. `SameSite=Lax`: a link to
//!   a page in a letter or a chat opens it signed in, as clerks expect, while no other site can make the browser post
//!   (and every form carries a token of its session besides). `Strict` would add nothing, since no page changes
//!   anything on `GET`. It has no lifetime of its own: it goes when the browser closes, and the server ends it before.
//! - The **device**: a secret by which a browser that signed in before is known, for its own count of failed sign-ins.
//!   It opens nothing. `SameSite=Strict`: only the sign-in form of this site needs it.
//!
//! Both are `HttpOnly`, and off loopback `Secure` with the prefix `__Host-`, which ties them to exactly this host.

use crate::secret::{Digest, digest_presented};
use axum::http::{HeaderMap, HeaderValue, header};

/// Names of the cookies, by whether they travel over TLS only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookies {
    secure: bool,
}

/// A session cookie as presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Presented {
    pub digest: Digest,
    pub revision: i64,
}

impl Cookies {
    pub fn new(secure: bool) -> Cookies {
        Cookies { secure }
    }

    fn name(self, plain: &'static str, secure: &'static str) -> &'static str {
        if self.secure { secure } else { plain }
    }

    fn session_name(self) -> &'static str {
        self.name("dancu-session", "__Host-dancu-session")
    }

    fn device_name(self) -> &'static str {
        self.name("dancu-device", "__Host-dancu-device")
    }

    /// The session cookie of a request: its secret as text, and the revision. `None` where there is none;
    /// `Some(None)` where there is one that cannot be ours.
    pub fn session(self, headers: &HeaderMap) -> Option<Option<(&str, Presented)>> {
        let value = cookie(headers, self.session_name())?;
        let read = || {
            let (secret, revision) = value.split_once('.')?;
            let presented =
                Presented { digest: digest_presented(secret, "")?, revision: revision.parse().ok()? };
            Some((secret, presented))
        };
        Some(read())
    }

    /// The device cookie of a request, whatever it holds.
    pub fn device(self, headers: &HeaderMap) -> Option<&str> {
        cookie(headers, self.device_name())
    }

    /// `Set-Cookie` for a session.
    pub fn set_session(self, secret: &str, revision: i64) -> Option<HeaderValue> {
        self.set(self.session_name(), &format!("{secret}.{revision}"), "SameSite=Lax", None)
    }

    /// `Set-Cookie` that takes the session away.
    pub fn clear_session(self) -> Option<HeaderValue> {
        self.set(self.session_name(), "", "SameSite=Lax", Some(0))
    }

    /// `Set-Cookie` for a known device.
    pub fn set_device(self, secret: &str, seconds: i64) -> Option<HeaderValue> {
        self.set(self.device_name(), secret, "SameSite=Strict", Some(seconds))
    }

    fn set(self, name: &str, value: &str, same_site: &str, seconds: Option<i64>) -> Option<HeaderValue> {
        set_cookie(name, value, same_site, seconds, self.secure)
    }
}

/// `Set-Cookie` for a value of ours: `HttpOnly`, for the whole site, with `SameSite=…` as given; with seconds it is
/// kept so long (0 takes it away), without it goes when the browser closes. `None` where a value cannot stand in a
/// header.
pub fn set_cookie(
    name: &str,
    value: &str,
    same_site: &str,
    seconds: Option<i64>,
    secure: bool,
) -> Option<HeaderValue> {
    let mut text = format!("{name}={value}; Path=/; HttpOnly; {same_site}");
    if let Some(seconds) = seconds {
        text.push_str(&format!("; Max-Age={seconds}"));
    }
    if secure {
        text.push_str("; Secure");
    }
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The value of the first cookie of a name.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn sent(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())])
    }

    #[test]
    fn off_loopback_cookies_are_secure_and_tied_to_the_host() {
        let set = Cookies::new(true).set_session("abc", 0).unwrap();
        assert_eq!(
            set.to_str().unwrap(),
            "__Host-dancu-session=abc.0; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        let device = Cookies::new(true).set_device("abc", 60).unwrap();
        let expected = "__Host-dancu-device=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure";
        assert_eq!(device.to_str().unwrap(), expected);
    }

    #[test]
    fn on_loopback_they_work_without_tls() {
        let set = Cookies::new(false).set_session("abc", 7).unwrap();
        assert_eq!(set.to_str().unwrap(), "dancu-session=abc.7; Path=/; HttpOnly; SameSite=Lax");
        let clear = Cookies::new(false).clear_session().unwrap();
        assert_eq!(clear.to_str().unwrap(), "dancu-session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }

    #[test]
    fn a_session_is_read_back_and_nonsense_is_told_from_absence() {
        let cookies = Cookies::new(true);
        let secret = Secret::new("").unwrap();
        let headers = sent(&format!("lang=vi; __Host-dancu-session={}.3", secret.reveal()));
        let expected = Presented { digest: secret.digest(), revision: 3 };
        assert_eq!(cookies.session(&headers), Some(Some((secret.reveal(), expected))));
        assert_eq!(cookies.session(&sent("lang=vi")), None);
        // A neighbour may plant the plain name; it does not count where the prefix is due.
        assert_eq!(cookies.session(&sent(&format!("dancu-session={}.3", secret.reveal()))), None);
        for wrong in ["x", "x.1", &format!("{}.x", secret.reveal()), secret.reveal()] {
            assert_eq!(
                cookies.session(&sent(&format!("__Host-dancu-session={wrong}"))),
                Some(None),
                "{wrong}"
            );
        }
    }
}
