//! From a [`Problem`] to what a machine (RFC 9457) or a person reads. Handlers return [`Failure`]; only the edge and
//! the page layer turn it into an answer, since only they know who asked in which language.

use crate::{components::back_link, edge::RequestId, headers, lang::negotiate, layout::PageContext};
use axum::{
    Json,
    extract::rejection::BytesRejection,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::html;
use serde::Serialize;
use vocabulary::{Kind, Lang, Problem, Text, kinds};

/// A failed handler. Every error that knows its [`Problem`] converts by `?`.
#[derive(Debug)]
pub struct Failure(pub Problem);

/// What a handler returns.
pub type Outcome<T> = Result<T, Failure>;

impl<E: Into<Problem>> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure(error.into())
    }
}

impl Failure {
    /// A failure that needs no particulars.
    pub fn of(kind: &'static Kind) -> Failure {
        Failure(Problem::new(kind))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = status(self.0.kind).into_response();
        response.extensions_mut().insert(self.0);
        response
    }
}

fn status(kind: &Kind) -> StatusCode {
    StatusCode::from_u16(kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// How the caller wants to hear of a failure; taken from the request before the handler consumes it.
#[derive(Clone, Copy)]
pub(crate) struct Wants {
    pub lang: Lang,
    pub page: bool,
}

impl Wants {
    /// Machines under `/api/` always get JSON; elsewhere, whoever accepts HTML gets a page.
    pub fn of<B>(request: &Request<B>) -> Wants {
        let accepts_html = |headers: &HeaderMap| {
            headers.get_all(header::ACCEPT).iter().any(|v| v.to_str().is_ok_and(|v| v.contains("text/html")))
        };
        let page = !request.uri().path().starts_with("/api/") && accepts_html(request.headers());
        Wants { lang: negotiate(request.headers()), page }
    }
}

/// Takes the problem out of a failed answer, whether a handler put it there or the router answered with a bare status
/// or a plain-text rejection.
pub(crate) fn problem_in(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let content_type = response.headers().get(header::CONTENT_TYPE);
    if content_type.is_some_and(|value| !value.as_bytes().starts_with(b"text/plain")) {
        return None;
    }
    Some(Problem::new(kind_of(status)))
}

fn kind_of(status: StatusCode) -> &'static Kind {
    match status.as_u16() {
        401 => &kinds::NOT_SIGNED_IN,
        403 => &kinds::FORBIDDEN,
        404 => &kinds::NOT_FOUND,
        405 => &kinds::METHOD_NOT_ALLOWED,
        409 => &kinds::CONFLICT,
        413 => &kinds::TOO_LARGE,
        415 => &kinds::UNSUPPORTED_MEDIA_TYPE,
        422 => &kinds::INVALID,
        429 => &kinds::TOO_MANY,
        408 | 504 => &kinds::TIMEOUT,
        503 => &kinds::UNAVAILABLE,
        400..500 => &kinds::MALFORMED,
        _ => &kinds::INTERNAL,
    }
}

/// Puts a problem in the place of the body of an answer; other headers of the answer, such as `Allow` or
/// `Retry-After`, stay.
pub(crate) fn render(
    response: &mut Response,
    problem: &Problem,
    lang: Lang,
    context: Option<&PageContext>,
    id: RequestId,
) {
    let rendered = match context {
        Some(context) => as_page(problem, context).into_response(),
        None => as_json(problem, lang, id).into_response(),
    };
    let (parts, body) = rendered.into_parts();
    *response.status_mut() = status(problem.kind);
    *response.body_mut() = body;
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.extend(parts.headers);
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    if context.is_some() {
        headers::page(headers);
    } else {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if problem.kind.status == 401 {
            headers.entry(header::WWW_AUTHENTICATE).or_insert(HeaderValue::from_static("Bearer"));
        }
    }
}

/// RFC 9457, with the fields at fault. `field` and `rule` repeat the first of `errors` for callers that show one.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    advice: &'a str,
    instance: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<DocumentError<'a>>,
}

#[derive(Serialize)]
struct DocumentError<'a> {
    field: &'a str,
    rule: &'a str,
    detail: &'a str,
}

fn as_json(problem: &Problem, lang: Lang, id: RequestId) -> impl IntoResponse {
    let first = problem.violations.first();
    let document = Document {
        r#type: format!("/problems/{}", problem.kind.code),
        title: problem.kind.title.get(lang),
        status: problem.kind.status,
        detail: problem.detail_text(lang).or(first.map(|v| v.text(lang))),
        advice: problem.kind.advice.get(lang),
        instance: format!("urn:dancu:request:{id}"),
        field: first.map(|v| v.field.as_str()),
        rule: first.map(|v| v.rule),
        errors: (problem.violations.iter())
            .map(|v| DocumentError { field: &v.field, rule: v.rule, detail: v.text(lang) })
            .collect(),
    };
    Json(document).into_response()
}

const BACK: Text = Text::new("Về trang chính", "Back to the start page");
const REQUEST: Text = Text::new("Mã yêu cầu", "Request identifier");

fn as_page(problem: &Problem, context: &PageContext) -> impl IntoResponse {
    let lang = context.lang;
    context.page(problem.kind.title.get(lang)).body(html! {
        div.dancu-lead {
            h1.govuk-heading-l { (problem.kind.title.get(lang)) }
            @if let Some(detail) = problem.detail_text(lang) { p.govuk-body { (detail) } }
            @if !problem.violations.is_empty() {
                ul class="govuk-list govuk-list--bullet" {
                    @for violation in &problem.violations { li { (violation.text(lang)) } }
                }
            }
            p.govuk-body { (problem.kind.advice.get(lang)) }
            p class="govuk-body-s dancu-muted" { (REQUEST.get(lang)) ": " span.dancu-number { (context.request_id) } }
            (back_link("/", BACK.get(lang)))
        }
    })
}

/// What a body that could not be read comes to.
pub(crate) fn unread(rejection: &BytesRejection) -> Problem {
    let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
    Problem::new(if too_large { &kinds::TOO_LARGE } else { &kinds::MALFORMED })
}
