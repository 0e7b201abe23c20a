//! The JSON interface of cleaning: the merge desk, and reconciliation with sectors.

mod merges;
mod sectors;

pub use merges::api;
pub use sectors::bulk;

use utoipa::openapi::OpenApi;

/// The description of all routes.
pub fn description() -> OpenApi {
    let mut all = merges::description();
    all.merge(sectors::description());
    all
}
