//! `dancu serve`.

use crate::{cli::Serve, observe, settings::Settings, site::House};
use anyhow::{Context, Result};
use std::{net::SocketAddr, process::ExitCode, sync::Arc};
use tokio::{net::TcpListener, signal::unix::SignalKind, sync::watch};

/// Opens the house and serves until the process is told to stop.
pub async fn run(mut settings: Settings, serve: Serve) -> Result<ExitCode> {
    if let Some(listen) = serve.listen {
        settings.server.listen = listen.parse().context("--listen takes ADDRESS:PORT")?;
    }
    // Cookies that travel over TLS only would lock everybody out of a plain server on loopback; behind a proxy, which
    // the settings name, it is the proxy that speaks TLS.
    let plain = settings.server.listen.ip().is_loopback() && settings.identity.trusted_proxies.is_empty();
    settings.identity.secure_cookies &= !plain;
    let house = House::open(&settings).await?;
    let listener = listen(&settings).await?;
    run_house(&settings, listener, house, false, |address| println!("dancu: listening on http://{address}"))
        .await
}

/// Takes the address that the settings name.
pub async fn listen(settings: &Settings) -> Result<TcpListener> {
    TcpListener::bind(settings.server.listen)
        .await
        .with_context(|| format!("cannot listen on {}", settings.server.listen))
}

/// Serves an opened house; `ready` hears the address once connections are taken.
pub async fn run_house(
    settings: &Settings,
    listener: TcpListener,
    house: House,
    demo: bool,
    ready: impl FnOnce(SocketAddr),
) -> Result<ExitCode> {
    let address = listener.local_addr()?;
    house.population.complete_indexes().await;
    let (stop, stopped) = watch::channel(false);
    let mut until = stopped.clone();
    let ledger = house.ledger.clone();
    let integrator = tokio::spawn(async move {
        ledger
            .run(async move {
                // The sender lives as long as the server; its end is a stop too.
                let _ = until.wait_for(|stop| *stop).await;
            })
            .await;
    });
    let mut until = stopped.clone();
    let accounts = house.provider.clone();
    let follower = tokio::spawn(async move {
        accounts
            .run(async move {
                let _ = until.wait_for(|stop| *stop).await;
            })
            .await;
    });
    let mut until = stopped.clone();
    let quality = house.quality.clone();
    let checker = tokio::spawn(async move {
        quality
            .run(async move {
                let _ = until.wait_for(|stop| *stop).await;
            })
            .await;
    });
    house.provider.listens_at(address);
    let mut until = stopped.clone();
    let provider = house.provider.clone();
    let teller = tokio::spawn(async move {
        provider
            .tell_logouts(async move {
                let _ = until.wait_for(|stop| *stop).await;
            })
            .await;
    });
    let mut until = stopped.clone();
    let courier = crate::site::open_courier(settings)?.map(|courier| {
        tokio::spawn(Arc::new(courier).run(async move {
            let _ = until.wait_for(|stop| *stop).await;
        }))
    });
    let routes = house.routes(settings, demo);
    let upkeep = tokio::spawn(observe::keep_up());
    ready(address);
    tracing::info!(%address, "ready");
    web::serve(listener, routes, told_to_stop()).await?;
    upkeep.abort();
    // Requests under way are done: what they logged is taken into the tree, then the database is closed.
    let _ = stop.send(true);
    follower.await.context("the task by which accounts follow the registry")?;
    checker.await.context("the task by which quality is checked")?;
    integrator.await.context("the ledger's task")?;
    teller.await.context("the task that tells of sign-outs")?;
    if let Some(courier) = courier {
        courier.await.context("the task that carries messages")?;
    }
    house.store.close().await.context("closing the database")?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Resolves at SIGINT or SIGTERM.
async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(interrupt.await),
    }
}
