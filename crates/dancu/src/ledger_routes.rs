//! The public part of the ledger over HTTP: checkpoint, tiles and entry bundles (C2SP tlog-tiles), the verifier key,
//! and the place of an entry in the tree. None of it says what an entry says.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use ledger::{Checkpoint, Ledger, Resource};
use serde::Serialize;
use vocabulary::kinds;
use web::{Failure, Outcome};

/// `/ledger/checkpoint`, `/ledger/tile/…`, `/ledger/key`, `/ledger/inclusion/{entry}`.
pub fn router(ledger: Ledger) -> Router {
    Router::new()
        .route("/ledger/checkpoint", get(checkpoint))
        .route("/ledger/tile/{*path}", get(tile))
        .route("/ledger/key", get(key))
        .route("/ledger/inclusion/{entry}", get(inclusion))
        .with_state(ledger)
}

async fn checkpoint(State(ledger): State<Ledger>) -> Outcome<Response> {
    published(&ledger, Resource::Checkpoint).await
}

async fn tile(State(ledger): State<Ledger>, Path(path): Path<String>) -> Outcome<Response> {
    let resource = Resource::parse(&format!("tile/{path}")).ok_or_else(|| Failure::of(&kinds::NOT_FOUND))?;
    published(&ledger, resource).await
}

async fn published(ledger: &Ledger, resource: Resource) -> Outcome<Response> {
    let found = ledger.resource(resource).await?.ok_or_else(|| Failure::of(&kinds::NOT_FOUND))?;
    let headers = [
        (header::CONTENT_TYPE, found.content_type),
        (header::CACHE_CONTROL, found.cache_control),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    Ok((headers, found.bytes).into_response())
}

async fn key(State(ledger): State<Ledger>) -> String {
    format!("{}\n", ledger.verifier_key())
}

/// Where an entry stands in the tree.
#[derive(Serialize)]
struct Inclusion {
    /// Number of the entry.
    entry: u64,
    /// Size of the tree in which it is proved.
    size: u64,
    /// Hashes from the leaf's sibling up.
    hashes: Vec<ledger::Hash>,
    /// The signed checkpoint.
    checkpoint: String,
}

/// Anybody may ask whether an entry number has its place under the signed tree; what the entry says stays with those
/// who may read it.
async fn inclusion(State(ledger): State<Ledger>, Path(entry): Path<u64>) -> Outcome<Json<Inclusion>> {
    let proof = ledger.prove(entry).await?;
    let size = Checkpoint::open(&proof.checkpoint, ledger.verifier_key())
        .map_err(|_| Failure::of(&kinds::INTERNAL))?
        .size;
    Ok(Json(Inclusion { entry, size, hashes: proof.hashes, checkpoint: proof.checkpoint }))
}
