//! The pages of cleaning: the desk and its queue, one case, approval, the merge desk, campaigns, questions, scores,
//! rules and reconciliation with sectors. Nobody is
//! named in an address or a list; a person shows on the page of one case alone, which leaves its entry in the ledger.

mod approve;
mod campaigns;
mod case;
mod merge;
mod questions;
mod queue;
mod rules;
mod scores;
mod scores_report;
pub(crate) mod sectors;
mod visit;
mod words;

use crate::Quality;
use axum::{
    Router,
    routing::{get, post},
};

/// The route to which files of sectors are sent, which takes its time: for `web::edge_with_uploads`.
pub const UPLOAD: &str = "/data/quality/sectors";

/// The routes of this crate's pages, to be merged into those that `web::pages` wraps.
pub fn pages(quality: Quality) -> Router {
    Router::new()
        .route("/data/quality", get(queue::home))
        .route("/data/quality/cases", get(queue::list))
        .route("/data/quality/next", get(queue::next))
        .route("/data/quality/cases/{id}", get(case::show))
        .route("/data/quality/cases/{id}/take", post(case::take))
        .route("/data/quality/cases/{id}/propose", post(case::propose))
        .route("/data/quality/cases/{id}/decide", post(case::decide))
        .route("/data/quality/cases/{id}/reopen", post(case::reopen))
        .route("/data/quality/cases/{id}/ask", post(case::ask_office))
        .route("/data/quality/approve", get(approve::show).post(approve::submit))
        .route("/data/quality/merge", get(merge::home).post(merge::choose))
        .route("/data/quality/merge/new", get(merge::compare::show).post(merge::compare::submit))
        .route("/data/quality/merge/different", post(merge::compare::judge))
        .route("/data/quality/merge/{id}", get(merge::show::show))
        .route("/data/quality/merge/{id}/decide", post(merge::show::decide))
        .route("/data/quality/merge/{id}/withdraw", post(merge::show::withdraw))
        .route("/data/quality/merge/{id}/undo", post(merge::show::undo))
        .route("/data/quality/questions", get(questions::list))
        .route("/data/quality/questions/{id}", post(questions::answer))
        .route("/data/quality/campaigns", get(campaigns::list))
        .route("/data/quality/campaigns/new", get(campaigns::blank).post(campaigns::create))
        .route("/data/quality/campaigns/{id}", get(campaigns::show))
        .route("/data/quality/campaigns/{id}/progress.csv", get(campaigns::csv))
        .route("/data/quality/campaigns/{id}/split", post(campaigns::split))
        .route("/data/quality/campaigns/{id}/close", post(campaigns::close))
        .route("/data/quality/scores", get(scores::show))
        .route("/data/quality/scores.csv", get(scores::csv))
        .route("/data/quality/scores.pdf", get(scores_report::pdf))
        .route("/data/quality/rules", get(rules::show))
        .merge(sectors::routes())
        .with_state(quality)
}
