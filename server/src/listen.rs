//! Accepting connections, with bounds that `axum::serve` does not set: on the
//! size of a request's head and on the time it may take to arrive.

use std::{convert::Infallible, io, time::Duration};

use axum::{Router, body::Body, extract::Request, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tower::ServiceExt;

/// The largest head of a request, headers and cookies together; more is answered
/// with 431. Both our cookies take 8 KB at most; the 180 cookies that browsers
/// keep for a domain, filled by whoever has a sibling domain, take 700.
const LARGEST_HEAD: usize = 32 * 1024;

/// How long a head may take to arrive, and a connection may stay idle.
const SLOWEST_HEAD: Duration = Duration::from_secs(30);

/// How long requests under way may take once the server is to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// Serves until `stop`, then finishes what is under way. Says whether everything
/// was finished.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) -> bool {
    let connections = GracefulShutdown::new();
    tokio::select! {
        never = accept(&listener, &router, &connections) => match never {},
        () = stop => {}
    }
    // From here on nobody can connect, and whoever tries knows at once.
    drop(listener);
    timeout(LAST_REQUESTS, connections.shutdown()).await.is_ok()
}

async fn accept(
    listener: &TcpListener,
    router: &Router,
    connections: &GracefulShutdown,
) -> Infallible {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve_connection(
                    stream,
                    router.clone(),
                    connections.watcher(),
                ));
            }
            Err(error) if is_of_one_connection(&error) => {}
            // Out of file descriptors, most likely: some will be free again.
            Err(error) => {
                tracing::error!(target: "portcullis::listen", %error, "no connection can be accepted");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, router: Router, watcher: Watcher) {
    // Small answers must not wait for more. It fails where the peer has gone.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(router.clone(), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SLOWEST_HEAD)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(target: "portcullis::listen", %error, "a connection ended early");
    }
}

async fn answer(router: Router, request: Request<Incoming>) -> Result<Response, Infallible> {
    router.oneshot(request.map(Body::new)).await
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
