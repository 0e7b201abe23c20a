//! How components and problem documents look, in both languages. The snapshots are read in review like code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../examples/gallery/sections.rs"]
#[allow(dead_code)]
mod sections;

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::Request,
    middleware::map_request,
    routing::get,
};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;
use vocabulary::{Invalid, Problem, kinds};
use web::{Failure, Limits, Outcome, PageContext};

/// A tag to a line, so that differences read well.
fn lines(html: &str) -> String {
    html.replace("><", ">\n<")
}

/// Identifiers of requests differ from run to run.
fn without_request_id(text: &str, id: &str) -> String {
    assert!(!id.is_empty());
    text.replace(id, "REQUEST")
}

async fn ask(site: Router, path: &str, lang: &str, accept: &str) -> (String, String) {
    let request = Request::get(path).header("accept-language", lang).header("accept", accept);
    let response = site.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (String::from_utf8(bytes.to_vec()).unwrap(), id)
}

fn site(pages: Router) -> Router {
    let pages = web::pages(pages, sections::menu(), kinds::ALL.to_vec());
    web::edge(pages.layer(map_request(sections::signed_in)), Limits::ORDINARY)
}

/// The context can only come out of the page layer, so the sections are drawn inside a request.
async fn drawn(lang: &str) -> Vec<(&'static str, String)> {
    type Drawn = Arc<Mutex<Vec<(&'static str, String)>>>;
    let drawn = Drawn::default();
    let draw = async |context: PageContext, Extension(out): Extension<Drawn>| {
        *out.lock().unwrap() =
            sections::sections(&context).into_iter().map(|(n, m)| (n, m.into_string())).collect();
    };
    ask(site(Router::new().route("/", get(draw)).layer(Extension(drawn.clone()))), "/", lang, "text/html")
        .await;
    std::mem::take(&mut *drawn.lock().unwrap())
}

#[tokio::test]
async fn components() {
    for lang in ["vi", "en"] {
        for (name, html) in drawn(lang).await {
            insta::assert_snapshot!(format!("{name}-{lang}"), lines(&html));
        }
    }
}

#[tokio::test]
async fn every_section_differs_between_the_languages() {
    for ((name, vi), (_, en)) in drawn("vi").await.into_iter().zip(drawn("en").await) {
        assert_ne!(vi, en, "{name} is not translated");
    }
}

#[tokio::test]
async fn an_input_has_one_label_and_no_attribute_twice() {
    for (name, html) in drawn("vi").await {
        for tag in html.split('<').filter_map(|part| part.split('>').next()) {
            for attribute in ["class=\"", "id=\"", "aria-describedby=\""] {
                let count = tag.matches(&format!(" {attribute}")).count();
                assert!(count <= 1, "{name}: {tag}");
            }
        }
        for id in html.split(" for=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert_eq!(html.matches(&format!(" id=\"{id}\"")).count(), 1, "{name}: label for {id}");
        }
        for id in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(html.contains(&format!(" id=\"{id}\"")), "{name}: error summary leads to {id}");
        }
    }
}

fn refused() -> Problem {
    let rule = Invalid::new(
        "personal-number/digits",
        "Số định danh cá nhân phải gồm đúng 12 chữ số",
        "A personal number has exactly 12 digits",
    );
    Problem::invalid(vec![rule.at("subject.number")])
}

fn problems() -> Router {
    let refuse = async || -> Outcome<()> { Err(Failure(refused())) };
    let forbid = async || -> Outcome<()> {
        Err(Failure(
            Problem::new(&kinds::FORBIDDEN)
                .detail("Ngoài địa bàn được phân công.", "Outside the units assigned."),
        ))
    };
    Router::new().route("/refuse", get(refuse)).route("/forbid", get(forbid))
}

#[tokio::test]
async fn problem_documents() {
    for lang in ["vi", "en"] {
        for path in ["refuse", "forbid"] {
            let (text, id) = ask(site(problems()), &format!("/{path}"), lang, "application/json").await;
            insta::assert_snapshot!(format!("problem-json-{path}-{lang}"), without_request_id(&text, &id));
        }
    }
}

#[tokio::test]
async fn problem_pages() {
    for lang in ["vi", "en"] {
        for path in ["refuse", "forbid", "nowhere", "problems", "problems/too-large"] {
            let (text, id) = ask(site(problems()), &format!("/{path}"), lang, "text/html,*/*").await;
            let main = text.split("<main").nth(1).and_then(|rest| rest.split("</main>").next()).unwrap();
            // The head that only paper shows holds the time of printing.
            let content = main.split_once("</div></div>").unwrap().1;
            let name = path.replace('/', "-");
            insta::assert_snapshot!(
                format!("problem-page-{name}-{lang}"),
                lines(&without_request_id(content, &id))
            );
        }
    }
}
