//! The listener: HTTP/1 with limits, and a shutdown that lets requests under way finish.

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use std::{io, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt;

/// Connections held at once; more wait in the kernel's queue.
const CONNECTIONS: usize = 10_000;
/// Time for all headers of a request to arrive; slower senders are cut off, so that idle ones cannot pile up.
const HEADER_TIME: Duration = Duration::from_secs(15);
/// Number of header lines and bytes of the head of a request; beyond: 431.
const HEADER_LINES: usize = 64;
const HEAD_BYTES: usize = 64 << 10;
/// Time for requests under way to finish after the shutdown began.
const GRACE: Duration = Duration::from_secs(20);

/// Serves until `shutdown` resolves, then takes no new connection and waits for requests under way. The peer's
/// address reaches handlers as [`ConnectInfo<SocketAddr>`](ConnectInfo). HTTP/1 only: browsers speak anything newer to
/// the proxy that ends TLS, and one protocol is less to hold on the hot path.
///
/// # Errors
/// None at present; the result leaves room for a listener that fails for good.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_headers(HEADER_LINES)
        .max_buf_size(HEAD_BYTES);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accept = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, (stream, peer)) = tokio::select! {
            () = &mut shutdown => break,
            (place, accepted) = accept => match accepted {
                Ok(accepted) => (place, accepted),
                // Out of file descriptors, or a peer that left: wait a little and go on.
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        // Without it, small answers would wait for the peer's acknowledgement; a socket that refuses is no worse off.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request.map(Body::new))
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // An error here is a peer that broke off or broke the protocol; hyper has answered where it could.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were dropped");
    }
    Ok(())
}

/// Makes panics tell their place but not their message, which could hold a person's data. Call it once, at start.
pub fn hush_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
