//! The outermost layer of every route: identifier, span, time limit, caught panics, headers, and failures turned into
//! answers. One layer with one allocation, since look-ups pass it tens of thousands of times a second.

use crate::{
    failure::{Wants, problem_in, render},
    headers,
    layout::PageContext,
    metrics,
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tracing::Instrument;
use vocabulary::{Problem, kinds};

/// How much and for how long one request may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest body in bytes; more is answered by 413.
    pub body: usize,
    /// Longest time until the answer begins; later is answered by 503 and the handler is dropped.
    pub time: Duration,
}

impl Limits {
    /// For pages and look-ups: 64 KiB, 30 seconds.
    pub const ORDINARY: Limits = Limits { body: 64 << 10, time: Duration::from_secs(30) };
    /// For files of up to a million rows: 128 MiB, 10 minutes.
    pub const BULK: Limits = Limits { body: 128 << 20, time: Duration::from_secs(600) };
}

/// Tells one request from another, in the answer's header `x-request-id`, in problem documents and in the log. Made
/// here and never taken from the caller, who might put anything into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestId(u64);

impl RequestId {
    fn next() -> RequestId {
        static COUNT: LazyLock<AtomicU64> = LazyLock::new(|| {
            use std::hash::{BuildHasher, RandomState};
            AtomicU64::new(RandomState::new().hash_one(std::process::id()))
        });
        // An odd multiplier is a bijection: identifiers do not repeat and do not look like a count of requests.
        RequestId(COUNT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps routes in the outermost layer. Apply it once, after every other layer.
pub fn edge(router: Router, limits: Limits) -> Router {
    edge_with_uploads(router, limits, &[])
}

/// The same where some routes, named by their templates, take a file by POST: sending one may take as long as
/// [`Limits::BULK`]. The size of its body is for the route to say, beside its other methods.
pub fn edge_with_uploads(router: Router, limits: Limits, uploads: &'static [&'static str]) -> Router {
    let times = Times { ordinary: limits.time, uploads };
    router.layer(DefaultBodyLimit::max(limits.body)).layer(from_fn_with_state(times, guard))
}

/// How long requests may take.
#[derive(Clone, Copy)]
struct Times {
    ordinary: Duration,
    uploads: &'static [&'static str],
}

impl Times {
    fn of(self, method: &Method, route: &str) -> Duration {
        let upload = *method == Method::POST && self.uploads.contains(&route);
        if upload { Limits::BULK.time.max(self.ordinary) } else { self.ordinary }
    }
}

async fn guard(State(times): State<Times>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId::next();
    let wants = Wants::of(&request);
    let method = request.method().clone();
    // The template of the route, never the path itself: a path or query may name a person.
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("unmatched", MatchedPath::as_str);
    request.extensions_mut().insert(id);

    // Which application calls is recorded by who finds out.
    let span = tracing::info_span!("request", %id, %method, route, client = tracing::field::Empty);
    let time = times.of(&method, route);
    let answer = tokio::time::timeout(time, caught(next.run(request))).instrument(span.clone()).await;
    let mut response = match answer {
        Ok(Some(response)) => response,
        Ok(None) => {
            tracing::error!(parent: &span, "handler panicked");
            fail(Problem::new(&kinds::INTERNAL))
        }
        Err(_) => fail(Problem::new(&kinds::TIMEOUT)),
    };
    if let Some(problem) = problem_in(&mut response) {
        let context = wants.page.then(|| PageContext::bare(wants.lang, id));
        render(&mut response, &problem, wants.lang, context.as_ref(), id);
    }
    let headers = response.headers_mut();
    headers::common(headers);
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(REQUEST_ID, value);
    }
    let (status, took) = (response.status(), started.elapsed());
    if matched.is_some() {
        metrics::record(route, &method, status, took);
    }
    tracing::info!(target: "web::access", parent: &span, status = status.as_u16(), micros = took.as_micros() as u64);
    response
}

fn fail(problem: Problem) -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(problem);
    response
}

/// Runs a future to its end; nothing where it panics.
async fn caught<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Some),
        Err(_) => std::task::Poll::Ready(None),
    })
    .await
}
