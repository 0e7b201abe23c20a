//! Security headers.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Everything comes from this origin, and no script at all.
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

/// Opens the policy of a page for one target of its forms.
pub(crate) fn allow_form(headers: &mut HeaderMap, FormTarget(target): &FormTarget) {
    let plain =
        !target.is_empty() && target.bytes().all(|b| b.is_ascii_alphanumeric() || b":/.-[]".contains(&b));
    let policy =
        CONTENT_SECURITY_POLICY.replace("form-action 'self'", &format!("form-action 'self' {target}"));
    if plain && let Ok(value) = HeaderValue::from_str(&policy) {
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
