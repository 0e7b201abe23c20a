//! Every component on one page, to look at: `cargo run -p web --example gallery`, then open the address it prints.
//! The caller, the people and the numbers are invented.

// The content is shared with the tests and holds constants that are known to parse.
#![allow(clippy::expect_used)]

mod sections;

use axum::{Router, middleware::map_request, routing::get};
use vocabulary::{Problem, kinds};
use web::{Failure, Limits, Outcome, PageContext};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}/desk", listener.local_addr()?);
    let pages = Router::new()
        .route("/desk", get(async |context: PageContext| sections::gallery(&context)))
        .route("/desk/paper", get(async |context: PageContext| sections::paper(&context)))
        .route("/desk/closed", get(async || -> Outcome<()> { Err(Failure(refusal())) }));
    let pages =
        web::pages(pages, sections::menu(), kinds::ALL.to_vec()).layer(map_request(sections::signed_in));
    let site = web::edge(pages, Limits::ORDINARY).merge(web::assets());
    web::serve(listener, site, async {
        // Without a signal handler the gallery simply runs until it is killed.
        let _ = tokio::signal::ctrl_c().await;
    })
    .await
}

fn refusal() -> Problem {
    Problem::new(&kinds::FORBIDDEN).detail(
        "Tài khoản của bạn chỉ được xem các đơn vị đã phân công.",
        "Your account covers only the units assigned to it.",
    )
}
