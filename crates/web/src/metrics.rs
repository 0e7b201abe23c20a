//! Counts and times requests by the template of their route, never by a path that might name a person.

use axum::http::{Method, StatusCode};
use metrics::Histogram;
use std::{cell::RefCell, collections::HashMap, time::Duration};

/// Adds a request to its series `dancu_http_request_seconds`. Each thread remembers where a series is kept: finding it
/// by its labels would cost more than adding to it.
pub(crate) fn record(route: &str, method: &Method, status: StatusCode, took: Duration) {
    type Series = HashMap<(&'static str, StatusCode), Histogram>;
    thread_local!(static KNOWN: RefCell<HashMap<String, Series>> = RefCell::default());
    let method = name(method);
    let find = || {
        metrics::histogram!(
            "dancu_http_request_seconds", "route" => route.to_owned(), "method" => method,
            "status" => status.as_u16().to_string()
        )
    };
    KNOWN.with_borrow_mut(|known| {
        if !known.contains_key(route) {
            known.insert(route.to_owned(), Series::new());
        }
        if let Some(series) = known.get_mut(route) {
            series.entry((method, status)).or_insert_with(find).record(took);
        }
    });
}

/// The method; a caller can make up others, which must not become series of their own.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
