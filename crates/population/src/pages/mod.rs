//! The desk pages.

/// The pages of the desk.
pub fn pages(_population: crate::Population) -> axum::Router {
    axum::Router::new()
}
