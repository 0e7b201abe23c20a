//! The pages: the desk of the officer, and two checks open to anybody who holds a paper.
//!
//! Every page of the desk carries the bar that says what look-ups are for, and every look at a person leaves its entry
//! in the ledger by way of the use cases. Forms post; numbers, names and dates of people stand in no address.

mod acts;
mod audit;
mod batch;
mod citizen;
mod confirmation;
mod evidence;
mod export;
mod fields;
mod history;
mod household;
mod import;
mod person;
mod search;
pub mod side;
mod typed;
mod verify;
mod visit;
mod who_looked;
mod words;

use crate::Population;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn,
    routing::{get, post},
};

/// The routes to which files are sent, which takes its time: for `web::edge_with_uploads`.
pub const UPLOADS: &[&str] = &["/desk/batch", "/data/import"];

/// The routes of this crate's pages, to be merged into those that `web::pages` wraps. The box of the menu posts the
/// field `q` to `/desk/search`.
pub fn pages(population: Population) -> Router {
    let batch = get(batch::show).merge(post(batch::run).layer(DefaultBodyLimit::max(web::Limits::BULK.body)));
    let import =
        get(import::home).merge(post(import::send).layer(DefaultBodyLimit::max(web::Limits::BULK.body)));
    let desk = Router::new()
        .route("/desk", get(search::home))
        .route("/desk/search", get(search::again).post(search::search))
        .route("/desk/persons/{id}", get(person::show))
        .route("/desk/persons/{id}/who-looked", get(who_looked::show))
        .route(
            "/desk/persons/{id}/residence-confirmation",
            get(confirmation::offer).post(confirmation::issue),
        )
        .route("/desk/households/{id}", get(household::show))
        .route("/desk/verify", get(verify::number).post(verify::number_answer))
        .route("/desk/verify/{what}", get(verify::show).post(verify::submit))
        .route("/desk/citizen", get(citizen::show).post(citizen::answer))
        .route("/desk/evidence/{entry}", get(evidence::show))
        .route("/desk/evidence/{entry}/proof", get(evidence::proof))
        .route("/desk/batch", batch)
        .route("/desk/batch/sample.csv", get(batch::sample))
        .route("/data/export", get(export::show).post(export::make))
        .route("/data/import", import)
        .route("/data/import/{id}", get(import::show).post(import::change))
        .route("/data/import/{id}/rejects", get(import::rejects))
        .route("/audit", get(audit::show).post(audit::of_number))
        .route("/audit/export", get(audit::again).post(audit::export))
        .route("/audit/entries/{entry}", get(audit::entry))
        .route("/audit/entries/{entry}/proof", get(audit::proof))
        .merge(acts::routes())
        .layer(from_fn(visit::explain_refusals));
    let open = Router::new()
        .route("/confirmations", get(confirmation::check).post(confirmation::check_typed))
        .route("/evidence", get(evidence::check).post(evidence::check_typed));
    desk.merge(open).with_state(population)
}
