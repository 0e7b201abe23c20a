//! The JSON interface: parse, call the service, render. Wire types are not domain types.
//!
//! Every call states its basis: for JSON bodies in the member `basis`, elsewhere in the query (which holds no personal
//! data). The calling system and its agency are those of the bearer token; the officer on whose behalf it calls is
//! named in `officer`.

mod acts;
mod asked;
mod batch;
mod changes;
mod lookups;
mod record;
mod wire;

pub use asked::{Asked, Call, ask};
pub use wire::BasisWire;

use crate::Population;
use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes with small bodies.
pub fn api(population: Population) -> Router {
    small().with_state(population).into()
}

/// The routes with large bodies.
pub fn bulk(population: Population) -> Router {
    large().with_state(population).into()
}

/// The description of all routes.
pub fn description() -> OpenApi {
    small().merge(large()).into_openapi()
}

fn small() -> OpenApiRouter<Population> {
    OpenApiRouter::new()
        .routes(routes!(lookups::verify))
        .routes(routes!(lookups::verify_head))
        .routes(routes!(lookups::confirm_number))
        .routes(routes!(lookups::citizen))
        .routes(routes!(lookups::residence_confirmation))
        .routes(routes!(changes::changes))
        .routes(routes!(acts::record))
}

fn large() -> OpenApiRouter<Population> {
    OpenApiRouter::new().routes(routes!(batch::verify_batch))
}
