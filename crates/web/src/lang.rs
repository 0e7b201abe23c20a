//! Which of the two languages to answer in.

use axum::{
    extract::{FromRequestParts, Query},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use std::convert::Infallible;
use vocabulary::Lang;

const COOKIE: &str = "lang";

/// The language of the answer, as an extractor: see [`negotiate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language(pub Lang);

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Language, Infallible> {
        Ok(Language(negotiate(&parts.headers)))
    }
}

/// The cookie `lang`, else the language that `Accept-Language` weighs highest, else Vietnamese.
pub fn negotiate(headers: &HeaderMap) -> Lang {
    cookie(headers, COOKIE)
        .and_then(Lang::from_tag)
        .or_else(|| {
            headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).and_then(preferred)
        })
        .unwrap_or_default()
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim())
}

/// RFC 9110 §12.5.4, as far as two languages need it. The first of equals wins; a weight of zero refuses; `*` says
/// nothing that the default would not.
fn preferred(accept: &str) -> Option<Lang> {
    let mut best: Option<(f32, Lang)> = None;
    for range in accept.split(',').take(32) {
        let mut parts = range.split(';');
        let Some(lang) = parts.next().and_then(|tag| Lang::from_tag(tag.trim())) else { continue };
        let weight = parts
            .find_map(|parameter| parameter.trim().strip_prefix("q="))
            .map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0));
        if weight > 0.0 && best.is_none_or(|(highest, _)| weight > highest) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

/// A path of this site, fit for a redirect: begins with one `/` and cannot be read as another host. Everything else
/// (`//host`, `/\host`, schemes, control or non-ASCII characters) is refused.
pub fn local_path(path: &str) -> Option<&str> {
    let rest = path.strip_prefix('/')?;
    let other_host = rest.starts_with(['/', '\\']);
    let printable = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (!other_host && printable && path.len() <= 2_000).then_some(path)
}

#[derive(Deserialize)]
pub(crate) struct Switch {
    to: String,
    #[serde(default)]
    back: String,
}

/// `GET /lang?to=en&back=/path`: remembers the language for a year and goes back to a path of this site.
pub(crate) async fn switch(Query(switch): Query<Switch>) -> Response {
    let lang = Lang::from_tag(&switch.to).unwrap_or_default();
    let back = local_path(&switch.back).unwrap_or("/");
    let headers = [
        (
            header::SET_COOKIE,
            format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", lang.tag()),
        ),
        (header::LOCATION, back.to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_cookie_wins_over_the_header_and_vietnamese_is_the_default() {
        let accept = |value| negotiate(&with(&[("accept-language", value)]));
        assert_eq!(negotiate(&HeaderMap::new()), Lang::Vi);
        assert_eq!(accept("en-GB,en;q=0.9,vi;q=0.8"), Lang::En);
        assert_eq!(accept("fr-FR, vi;q=0.5, en;q=0.7"), Lang::En);
        assert_eq!(accept("en;q=0, *"), Lang::Vi);
        assert_eq!(accept("en;q=nonsense"), Lang::Vi);
        assert_eq!(accept("de"), Lang::Vi);
        assert_eq!(negotiate(&with(&[("accept-language", "en"), ("cookie", "a=b; lang=vi")])), Lang::Vi);
        assert_eq!(negotiate(&with(&[("cookie", "a=b"), ("cookie", "lang=en")])), Lang::En);
        assert_eq!(negotiate(&with(&[("cookie", "lang=xx"), ("accept-language", "en")])), Lang::En);
    }

    #[test]
    fn only_paths_of_this_site_are_local() {
        for path in ["/", "/desk", "/desk/people/17?tab=history&after=3", "/a%20b", "/x:y"] {
            assert_eq!(local_path(path), Some(path));
        }
        for path in [
            "",
            "desk",
            "//evil.test",
            "/\\evil.test",
            "\\/evil.test",
            "https://evil.test",
            "javascript:alert(1)",
            "/a\\b",
            "/a\r\nSet-Cookie: x=y",
            "/a b",
            "/\u{2215}evil.test",
            "/\t/evil.test",
            " /desk",
        ] {
            assert_eq!(local_path(path), None, "{path:?}");
        }
    }

    #[tokio::test]
    async fn switching_never_leaves_the_site() {
        let go = async |to: &str, back: &str| {
            let response = switch(Query(Switch { to: to.into(), back: back.into() })).await;
            assert_eq!(response.status(), 303);
            let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
            (header("location"), header("set-cookie"))
        };
        let (location, cookie) = go("en", "/desk").await;
        assert_eq!(location, "/desk");
        assert!(cookie.starts_with("lang=en; Path=/;"), "{cookie}");
        assert_eq!(go("vi", "//evil.test").await.0, "/");
        assert_eq!(go("vi", "https://evil.test/").await.0, "/");
        assert!(go("en; Domain=evil.test", "/").await.1.starts_with("lang=vi;"), "unknown tags fall back");
    }
}
