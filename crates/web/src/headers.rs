//! Security headers.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Everything comes from this origin, and no script at all; a page may ask for one exception, [`WithScript`].
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; font-src 'self'; \
    img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What every answer carries: no guessing of types, and no copy kept by anyone unless the handler said otherwise.
pub(crate) fn common(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The place beyond this site to which a form of the page may lead in the end, such as the application to which a
/// citizen returns: scheme, host and port. Put into the extensions of a response; browsers otherwise stop a form that
/// is redirected elsewhere.
#[derive(Clone, Debug)]
pub struct FormTarget(pub String);

/// The page needs a script of this site, since the web platform offers no other way (passkeys). Put into the extensions
/// of a response. Scripts inside the page stay forbidden.
#[derive(Clone, Copy, Debug)]
pub struct WithScript;

/// Opens the policy of a page for one target of its forms, and for scripts of this site.
pub(crate) fn allow(headers: &mut HeaderMap, target: Option<&FormTarget>, script: Option<WithScript>) {
    let plain = |target: &str| {
        !target.is_empty() && target.bytes().all(|b| b.is_ascii_alphanumeric() || b":/.-[]".contains(&b))
    };
    let mut policy = CONTENT_SECURITY_POLICY.to_owned();
    if let Some(FormTarget(target)) = target.filter(|FormTarget(target)| plain(target)) {
        policy = policy.replace("form-action 'self'", &format!("form-action 'self' {target}"));
    }
    if script.is_some() {
        policy = policy.replace("style-src 'self'", "script-src 'self'; style-src 'self'");
    }
    if let Ok(value) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
}

/// What pages carry besides. The referrer policy is `same-origin` and not `no-referrer`, because under the latter
/// browsers send `Origin: null` with forms and the origin check could not tell them from another site's.
pub(crate) fn page(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    );
}
