//! What a request meets on its way, black box: through the layers as the binary composes them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../examples/gallery/sections.rs"]
#[allow(dead_code)]
mod sections;

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, Response, StatusCode},
    middleware::map_request,
    routing::{get, post},
};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
};
use tower::ServiceExt;
use vocabulary::kinds;
use web::{FormBody, JsonBody, Limits, OpenForm, SignedIn, Upload};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    number: String,
}

#[derive(Deserialize)]
struct Tick {
    #[serde(default)]
    members: Vec<i64>,
}

const SMALL: Limits = Limits { body: 1_000, time: Duration::from_millis(50) };

fn api() -> Router {
    let panic = async || -> StatusCode { panic!("secret 056301009999") };
    Router::new()
        .route("/api/ask", post(async |JsonBody(ask): JsonBody<Ask>| ask.number))
        .route("/api/me", get(async |SignedIn(caller): SignedIn| caller.name))
        .route("/api/panic", get(panic))
        .route("/api/forever", get(std::future::pending::<()>))
}

fn desk() -> Router {
    Router::new()
        .route("/desk", get(async |_: SignedIn| "desk"))
        .route("/maybe", get(async |caller: Option<SignedIn>| caller.map_or("nobody", |_| "somebody")))
        .route("/tick", post(async |FormBody(tick): FormBody<Tick>| format!("{:?}", tick.members)))
        .route("/sign-in", post(async |OpenForm(ask): OpenForm<Ask>| ask.number))
        .route("/upload", post(upload))
        .route("/panic", get(async || -> StatusCode { panic!("secret 056301009999") }))
}

async fn upload(upload: Upload) -> String {
    let file = upload.file.map(|f| (f.name, f.content.size()));
    format!("{file:?} {:?}", upload.fields.get("note"))
}

fn anonymous() -> Router {
    let pages = web::pages(desk(), sections::menu(), kinds::ALL.to_vec());
    web::edge(pages.merge(api()), SMALL).merge(web::assets())
}

fn signed_in() -> Router {
    let pages = web::pages(desk(), sections::menu(), kinds::ALL.to_vec());
    web::edge(pages.merge(api()).layer(map_request(sections::signed_in)), SMALL)
}

async fn send(
    site: Router,
    request: axum::http::request::Builder,
    body: impl Into<Body>,
) -> (StatusCode, HeaderMap, String) {
    let response: Response<Body> = site.oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = to_bytes(body, 1 << 20).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(text.to_vec()).unwrap())
}

fn problem_type(text: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    json["type"].as_str().unwrap().to_owned()
}

fn json(path: &str) -> axum::http::request::Builder {
    Request::post(path).header("content-type", "application/json")
}

#[tokio::test]
async fn bad_bodies_become_problems() {
    let cases: [(&str, &str, Vec<u8>, u16, &str); 7] = [
        ("/api/ask", "application/json", br#"{"number":7}"#.to_vec(), 422, "/problems/invalid"),
        ("/api/ask", "application/json", b"{".to_vec(), 400, "/problems/malformed"),
        ("/api/ask", "application/json", b"{\"number\":\"H\xF2a\"}".to_vec(), 400, "/problems/malformed"),
        ("/api/ask", "application/json", vec![b' '; 2_000], 413, "/problems/too-large"),
        ("/api/ask", "text/plain", b"{}".to_vec(), 415, "/problems/unsupported-media-type"),
        ("/api/me", "application/json", b"{}".to_vec(), 405, "/problems/method-not-allowed"),
        ("/api/nowhere", "application/json", b"{}".to_vec(), 404, "/problems/not-found"),
    ];
    for (path, content_type, body, status, r#type) in cases {
        let request = Request::post(path).header("content-type", content_type).header("accept", "text/html");
        let (got, headers, text) = send(anonymous(), request, body).await;
        assert_eq!((got.as_u16(), problem_type(&text).as_str()), (status, r#type), "{path} {text}");
        assert_eq!(headers["content-type"], "application/problem+json");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers.contains_key("allow"), status == 405);
    }
    let (status, _, text) = send(anonymous(), json("/api/ask"), r#"{"number":"1"}"#).await;
    assert_eq!((status.as_u16(), text.as_str()), (200, "1"));
}

#[tokio::test]
async fn a_problem_names_field_and_rule_in_the_language_asked_for() {
    for (lang, detail) in [("vi", "Thiếu mục này"), ("en", "This field is missing")] {
        let request = json("/api/ask").header("accept-language", lang);
        let (_, headers, text) = send(anonymous(), request, "{}").await;
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["field"], "number");
        assert_eq!(document["rule"], "json/required");
        assert_eq!(document["detail"], detail);
        assert_eq!(document["errors"][0]["field"], "number");
        assert_eq!(headers["content-language"], lang);
        let id = headers["x-request-id"].to_str().unwrap();
        assert_eq!(document["instance"], format!("urn:dancu:request:{id}"));
    }
}

#[tokio::test]
async fn panics_and_endless_work_end_in_an_answer_that_tells_nothing() {
    for (path, status, r#type) in
        [("/api/panic", 500, "/problems/internal"), ("/api/forever", 503, "/problems/timeout")]
    {
        let (got, _, text) = send(anonymous(), Request::get(path), Body::empty()).await;
        assert_eq!((got.as_u16(), problem_type(&text).as_str()), (status, r#type));
        assert!(!text.contains("secret"));
    }
    let (status, headers, text) =
        send(signed_in(), Request::get("/panic").header("accept", "text/html"), Body::empty()).await;
    assert_eq!(status, 500);
    assert!(text.contains("Có lỗi trong hệ thống") && !text.contains("secret"), "{text}");
    assert!(headers.contains_key("content-security-policy"));
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_led_to_the_sign_in_page_or_told_how() {
    let (status, headers, text) =
        send(anonymous(), Request::get("/api/me").header("accept", "text/html"), Body::empty()).await;
    assert_eq!((status.as_u16(), problem_type(&text).as_str()), (401, "/problems/not-signed-in"));
    assert_eq!(headers["www-authenticate"], "Bearer");

    let page = Request::get("/desk?tab=1").header("accept", "text/html");
    let (status, headers, _) = send(anonymous(), page, Body::empty()).await;
    assert_eq!(status, 303);
    assert_eq!(headers["location"], "/sign-in?next=/desk%3Ftab%3D1");

    assert_eq!(send(signed_in(), Request::get("/api/me"), Body::empty()).await.2, sections::caller().name);
    assert_eq!(send(anonymous(), Request::get("/maybe"), Body::empty()).await.2, "nobody");
    assert_eq!(send(signed_in(), Request::get("/maybe"), Body::empty()).await.2, "somebody");
}

#[tokio::test]
async fn pages_carry_a_strict_policy() {
    let (_, headers, _) = send(signed_in(), Request::get("/desk"), Body::empty()).await;
    let policy = headers["content-security-policy"].to_str().unwrap();
    let directives: Vec<&str> = policy.split("; ").collect();
    assert_eq!(
        directives,
        [
            "default-src 'none'",
            "style-src 'self'",
            "font-src 'self'",
            "img-src 'self' data:",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    );
    assert_eq!(headers["referrer-policy"], "same-origin");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["x-frame-options"], "DENY");
    assert!(headers["permissions-policy"].to_str().unwrap().contains("camera=()"));
    let (_, headers, _) = send(anonymous(), Request::get(web::asset("dancu.css")), Body::empty()).await;
    assert!(headers["cache-control"].to_str().unwrap().contains("immutable"), "assets keep their own rule");
}

#[tokio::test]
async fn a_page_may_ask_for_the_scripts_of_this_site_and_no_others() {
    let page = async || {
        let opened = (web::FormTarget("https://bank.example".into()), web::WithScript);
        (Extension(opened.0), Extension(opened.1), "page")
    };
    let pages = web::pages(Router::new().route("/passkey", get(page)), sections::menu(), kinds::ALL.to_vec());
    let (_, headers, _) = send(web::edge(pages, SMALL), Request::get("/passkey"), Body::empty()).await;
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(policy.contains("form-action 'self' https://bank.example;"), "{policy}");
}

fn form(path: &str) -> axum::http::request::Builder {
    Request::post(path).header("content-type", "application/x-www-form-urlencoded")
}

#[tokio::test]
async fn forms_need_the_token_of_the_session_and_the_origin_of_the_site() {
    let (status, _, text) = send(signed_in(), form("/tick"), "csrf_token=5f0c1e&members=3&members=5").await;
    assert_eq!((status.as_u16(), text.as_str()), (200, "[3, 5]"));
    for body in ["members=3", "csrf_token=&members=3", "csrf_token=wrong&members=3"] {
        let (status, _, text) = send(signed_in(), form("/tick"), body).await;
        assert_eq!((status.as_u16(), problem_type(&text).as_str()), (403, "/problems/csrf"), "{body}");
    }
    let (status, _, text) = send(anonymous(), form("/tick"), "csrf_token=5f0c1e").await;
    assert_eq!(
        (status.as_u16(), problem_type(&text).as_str()),
        (403, "/problems/csrf"),
        "no session, no token to match"
    );
    let forged = form("/tick").header("sec-fetch-site", "cross-site");
    assert_eq!(send(signed_in(), forged, "csrf_token=5f0c1e").await.0, 403);
    let forged = form("/sign-in").header("origin", "https://evil.test").header("host", "dancu.test");
    assert_eq!(send(anonymous(), forged, "number=1").await.0, 403);
    let (status, _, text) = send(anonymous(), form("/sign-in"), "number=1").await;
    assert_eq!((status.as_u16(), text.as_str()), (200, "1"));
    assert_eq!(send(anonymous(), json("/sign-in"), "{}").await.0, 415);
}

fn multipart(parts: &[(&str, Option<&str>, &str)]) -> (axum::http::request::Builder, String) {
    let mut body = String::new();
    for (name, file, content) in parts {
        body.push_str(&format!("--b\r\ncontent-disposition: form-data; name=\"{name}\""));
        if let Some(file) = file {
            body.push_str(&format!("; filename=\"{file}\"\r\ncontent-type: text/csv"));
        }
        body.push_str(&format!("\r\n\r\n{content}\r\n"));
    }
    body.push_str("--b--\r\n");
    (Request::post("/upload").header("content-type", "multipart/form-data; boundary=b"), body)
}

#[tokio::test]
async fn uploads_need_the_token_before_the_file_and_stay_within_the_limit() {
    let token = ("csrf_token", None, "5f0c1e");
    let file = ("file", Some("list.csv"), "number\r\n056301009999");
    let upload = async |parts: &[(&str, Option<&str>, &str)]| {
        let (request, body) = multipart(parts);
        let (status, _, text) = send(signed_in(), request, body).await;
        (status.as_u16(), text)
    };
    assert_eq!(
        upload(&[token, ("note", None, "x"), file]).await,
        (200, "Some((\"list.csv\", 20)) Some(\"x\")".into())
    );
    assert_eq!(upload(&[token, ("file", Some(""), "")]).await, (200, "None None".into()));
    assert_eq!(upload(&[file, token]).await.0, 403);
    assert_eq!(upload(&[("note", None, "x")]).await.0, 403);
    assert_eq!(upload(&[token, ("file", Some("list.csv"), &"9".repeat(2_000))]).await.0, 413);
    let (status, ..) = send(signed_in(), form("/upload"), "csrf_token=5f0c1e").await;
    assert_eq!(status, 415);
}

#[tokio::test]
async fn the_language_switch_leads_back_and_nowhere_else() {
    let (status, headers, _) =
        send(anonymous(), Request::get("/lang?to=en&back=/desk%3Ftab%3D1"), Body::empty()).await;
    assert_eq!((status.as_u16(), &headers["location"]), (303, &"/desk?tab=1".parse().unwrap()));
    let (_, headers, _) =
        send(anonymous(), Request::get("/lang?to=en&back=//evil.test"), Body::empty()).await;
    assert_eq!(headers["location"], "/");
}

async fn open(
    site: Router,
) -> (std::net::SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(web::serve(listener, site, async {
        stopped.await.unwrap();
    }));
    (address, stop, server)
}

#[tokio::test]
async fn a_shutdown_lets_requests_under_way_finish() {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (entered, release) = (entered.clone(), release.clone());
        async move || {
            entered.notify_one();
            release.notified().await;
            "finished"
        }
    };
    let (address, stop, server) =
        open(web::edge(Router::new().route("/slow", get(slow)), Limits::ORDINARY)).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    entered.notified().await;
    stop.send(()).unwrap();
    // The listener closes first; only then is the request let go, so that it finishes during the shutdown.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    release.notify_one();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("finished"), "{answer}");
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_head_beyond_the_limits_is_refused() {
    let (address, stop, server) = open(anonymous()).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    let head: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    client.write_all(format!("GET / HTTP/1.1\r\nhost: x\r\n{head}\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn sending_a_file_may_take_longer_than_other_requests() {
    let release = Arc::new(Notify::new());
    let taken = {
        let release = release.clone();
        async move || {
            release.notified().await;
            "taken"
        }
    };
    let routes = Router::new()
        .route("/files", get(std::future::pending::<()>).post(taken))
        .route("/other", post(std::future::pending::<()>));
    let site = web::edge_with_uploads(routes, SMALL, &["/files"]);
    let request =
        |method: &str, path: &str| Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let sent = tokio::spawn(site.clone().oneshot(request("POST", "/files")));
    for (method, path) in [("GET", "/files"), ("POST", "/other")] {
        let answer = site.clone().oneshot(request(method, path)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{method} {path}");
    }
    // The others have run out of their time by now; the file has not.
    release.notify_one();
    assert_eq!(sent.await.unwrap().unwrap().status(), StatusCode::OK);
}
