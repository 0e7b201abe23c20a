//! What an operator watches: `/health`, `/metrics`, and the logs. None of it holds personal data: routes are named by
//! their templates.

use crate::settings::Log;
use anyhow::{Result, anyhow};
use axum::{
    Json, Router,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{
    io::IsTerminal,
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};
use store::Store;
use tracing_subscriber::EnvFilter;
use vocabulary::kinds;
use web::Failure;

/// Starts the logs: to standard error, as text or one JSON object a line.
pub fn start_logs(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|e| anyhow!("log.filter: {e}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = if log.json { builder.json().try_init() } else { builder.try_init() };
    started.map_err(|e| anyhow!("the logs: {e}"))
}

fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)
                .ok()?
                .install_recorder()
                .ok()
        })
        .as_ref()
}

/// Folds what was measured into its sums, every few seconds for ever: nobody may be scraping.
pub async fn keep_up() {
    let mut timer = tokio::time::interval(Duration::from_secs(5));
    loop {
        timer.tick().await;
        if let Some(handle) = recorder() {
            handle.run_upkeep();
        }
    }
}

/// Begins to keep what is measured.
pub fn start_metrics() {
    recorder();
}

#[derive(Clone)]
struct Watched {
    store: Store,
    from: Arc<[IpAddr]>,
}

/// `/health` for anybody, `/metrics` for loopback and the addresses named in the settings.
pub fn router(store: Store, metrics_from: Vec<IpAddr>) -> Router {
    let watched = Watched { store, from: metrics_from.into() };
    Router::new().route("/health", get(health)).route("/metrics", get(metrics_page)).with_state(watched)
}

async fn health(State(watched): State<Watched>) -> Response {
    match watched.store.healthy().await {
        Ok(()) => Json(serde_json::json!({ "status": "ok" })).into_response(),
        Err(error) => {
            tracing::error!(%error, "not healthy");
            (StatusCode::SERVICE_UNAVAILABLE, Json(serde_json::json!({ "status": "unavailable" })))
                .into_response()
        }
    }
}

async fn metrics_page(
    State(watched): State<Watched>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    // What a proxy on this machine passes on comes from loopback too, but not from this machine.
    let passed_on = headers.contains_key("x-forwarded-for") || headers.contains_key(header::FORWARDED);
    let allowed = (peer.ip().is_loopback() && !passed_on) || watched.from.contains(&peer.ip());
    match recorder().filter(|_| allowed) {
        Some(handle) => {
            metrics::gauge!("dancu_store_commits").set(watched.store.commits() as f64);
            if let Some(replica) = watched.store.replica() {
                metrics::counter!("dancu_replica_reads").absolute(replica.reads);
                metrics::counter!("dancu_replica_fallbacks").absolute(replica.fallbacks);
                metrics::gauge!("dancu_replica_used").set(f64::from(u8::from(replica.used)));
                let behind = replica.behind.map_or(f64::INFINITY, |behind| behind.as_secs_f64());
                metrics::gauge!("dancu_replica_behind_seconds").set(behind);
            }
            handle.render().into_response()
        }
        None => Failure::of(&kinds::NOT_FOUND).into_response(),
    }
}
