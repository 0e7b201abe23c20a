//! The layer of pages: their context, the origin check, and problem pages that keep the menu of the caller.

use crate::{
    caller::sign_in_address,
    csrf::from_elsewhere,
    edge::RequestId,
    failure::{Failure, Outcome, Wants, problem_in, render},
    headers, lang,
    layout::{Menu, PageContext},
};
use axum::{
    Router,
    extract::{Path, Request, State},
    http::Method,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use maud::{Markup, html};
use std::sync::Arc;
use vocabulary::{Kind, Problem, Text, kinds};

/// Routes of pages with what every page needs. Adds `/lang`, the catalogue under `/problems`, and the answer to
/// addresses that do not exist. `catalogue` holds the problem kinds of all domains, for the pages to which the `type`
/// of a problem document points. Layer the identity middleware around the result, then [`edge`](crate::edge).
pub fn pages(router: Router, menu: Menu, catalogue: Vec<&'static Kind>) -> Router {
    let kinds: Arc<[&'static Kind]> = catalogue.into();
    let problems = Router::new()
        .route("/problems", get(list_kinds))
        .route("/problems/{code}", get(show_kind))
        .with_state(kinds);
    router
        .merge(problems)
        .route("/lang", get(lang::switch))
        .fallback(async || Failure::of(&kinds::NOT_FOUND))
        .layer(from_fn_with_state(Arc::new(menu), present))
}

async fn present(State(menu): State<Arc<Menu>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let id = parts.extensions.get::<RequestId>().copied().unwrap_or_default();
    let context = PageContext::of(&parts, &menu, id);
    let reading = matches!(parts.method, Method::GET | Method::HEAD);
    let forged = from_elsewhere(&parts.method, &parts.headers);
    let here = parts.uri.path_and_query().map(|p| p.as_str().to_owned()).unwrap_or_default();
    parts.extensions.insert(context.clone());
    let request = Request::from_parts(parts, body);
    let wants = Wants::of(&request);

    let mut response =
        if forged { Failure::of(&kinds::CSRF).into_response() } else { next.run(request).await };
    headers::page(response.headers_mut());
    let target = response.extensions_mut().remove::<headers::FormTarget>();
    let script = response.extensions_mut().remove::<headers::WithScript>();
    if target.is_some() || script.is_some() {
        headers::allow(response.headers_mut(), target.as_ref(), script);
    }
    if wants.page
        && let Some(problem) = problem_in(&mut response)
    {
        if problem.kind == &kinds::NOT_SIGNED_IN {
            let next = if reading { here.as_str() } else { "/" };
            let mut redirect = Redirect::to(&sign_in_address(next)).into_response();
            headers::page(redirect.headers_mut());
            return redirect;
        }
        render(&mut response, &problem, wants.lang, Some(&context), id);
    }
    response
}

const CATALOGUE: Text = Text::new("Danh mục lỗi", "Problem types");
const CODE: Text = Text::new("Mã", "Code");
const STATUS: Text = Text::new("Trạng thái HTTP", "HTTP status");

async fn list_kinds(State(kinds): State<Arc<[&'static Kind]>>, context: PageContext) -> Markup {
    let lang = context.lang;
    context.page(CATALOGUE.get(lang)).body(html! {
        h1.govuk-heading-l { (CATALOGUE.get(lang)) }
        ul.govuk-list {
            @for kind in kinds.iter() {
                li { a.govuk-link href={ "/problems/" (kind.code) } { (kind.title.get(lang)) } " – " code { (kind.code) } }
            }
        }
    })
}

async fn show_kind(
    State(kinds): State<Arc<[&'static Kind]>>,
    Path(code): Path<String>,
    context: PageContext,
) -> Outcome<Markup> {
    let lang = context.lang;
    let kind = kinds.iter().find(|kind| kind.code == code).ok_or_else(|| Problem::new(&kinds::NOT_FOUND))?;
    Ok(context.page(kind.title.get(lang)).crumb(CATALOGUE.get(lang), "/problems").body(html! {
        h1.govuk-heading-l { (kind.title.get(lang)) }
        p.govuk-body { (kind.advice.get(lang)) }
        (crate::components::SummaryList::new()
            .row(CODE.get(lang), html! { code { (kind.code) } })
            .row(STATUS.get(lang), html! { (kind.status) }))
    }))
}
