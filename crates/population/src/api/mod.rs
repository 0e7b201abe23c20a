//! The JSON interface: parse, call the service, render. Wire types are not domain types.
//!
//! Every call states its basis: for JSON bodies in the member `basis`, elsewhere in the query (which holds no personal
//! data). The calling system and its agency are those of the bearer token; the officer on whose behalf it calls is
//! named in `officer`.

mod acts;
mod batch;
mod changes;
mod lookups;
mod record;
mod wire;

use crate::{Ask, Population};
use access::Caller;
use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};
use vocabulary::Problem;
use web::RequestId;
use wire::BasisWire;

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

/// Who asks and what for, from the token and the body.
fn ask(
    mut caller: Caller,
    basis: Option<BasisWire>,
    officer: Option<String>,
    request: RequestId,
) -> Result<Ask, Problem> {
    let basis = wire::basis(basis)?;
    if let Some(officer) = officer {
        // An officer who is signed in speaks for himself; only a system names the officer behind a call.
        if caller.actor.system.is_some() {
            caller.actor.officer = Some(vocabulary::StaffId::parse(&officer).map_err(|i| i.at("officer"))?);
        }
    }
    Ok(Ask { caller, basis: Some(basis), request: Some(request.to_string()) })
}
