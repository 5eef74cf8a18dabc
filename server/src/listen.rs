//! Accepts connections, with limits that `axum::serve` does not set: on the number of
//! connections, on the size of a request's head, on the time in which the head has to arrive,
//! and on the time in which a client has to read. With TLS they hold as well, and the handshake
//! has a timeout of its own.

mod connection;
mod connections;
mod peers;

pub(crate) use connections::Connections;

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, Request},
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use portcullis::http::{ProtectedRouter, TrustedProxies};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::watch,
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::{settings::Share, traces::Traces};
use connection::{Connection, max_connections};

/// The size limit of a request's head, headers and cookies together; a larger head
/// gets 431. The two cookies of this program take at most 8 KB. The 180 cookies that
/// browsers keep for a domain take 700 KB if an attacker on a sibling domain fills
/// them.
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// The time in which a TLS handshake has to end.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The time after which a connection is closed whose client reads nothing of a response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How often it is logged at most that a limit of connections is reached.
const WARNING_PAUSE: Duration = Duration::from_secs(60);

/// The time in which running requests have to finish after a stop signal.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// The limits on connections.
#[derive(Clone, Debug)]
struct Limits {
    connections: Arc<Connections>,
    handshake_timeout: Duration,
    /// The time for which a connection may be idle, and in which the head of a request has to
    /// arrive.
    idle_timeout: Duration,
    write_timeout: Duration,
}

/// What every connection of a listener needs.
#[derive(Clone)]
struct Endpoint {
    limits: Limits,
    router: ProtectedRouter,
    tls: Option<TlsAcceptor>,
    traces: Option<Traces>,
}

/// What responds to the requests of a connection.
#[derive(Clone)]
struct Application {
    router: ProtectedRouter,
    traces: Option<Traces>,
}

/// Returns as many places for connections as the process can have.
pub(crate) fn connections(share: Share, proxies: TrustedProxies) -> Arc<Connections> {
    let limit = max_connections();
    Arc::new(Connections::new(limit, share.of(limit), proxies))
}

/// Serves until `stop` resolves, then waits for the running requests. Returns
/// whether all of them finished.
pub(crate) async fn serve(
    listener: TcpListener,
    router: ProtectedRouter,
    tls: Option<TlsAcceptor>,
    traces: Option<Traces>,
    connections: Arc<Connections>,
    idle_timeout: Duration,
    stop: impl Future<Output = ()>,
) -> bool {
    let limits = Limits {
        connections,
        handshake_timeout: HANDSHAKE_TIMEOUT,
        idle_timeout,
        write_timeout: WRITE_TIMEOUT,
    };
    let endpoint = Endpoint {
        limits,
        router,
        tls,
        traces,
    };
    serve_at(endpoint, listener, stop).await
}

async fn serve_at(
    endpoint: Endpoint,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> bool {
    // Each connection holds a receiver until it is closed or upgraded.
    let (stopping, _) = watch::channel(());
    tokio::select! {
        never = accept(&endpoint, &listener, &stopping) => match never {},
        () = stop => {}
    }
    // From here on new connections are refused at once.
    drop(listener);
    stopping.send_replace(());
    timeout(SHUTDOWN_TIMEOUT, stopping.closed()).await.is_ok()
}

async fn accept(
    endpoint: &Endpoint,
    listener: &TcpListener,
    stopping: &watch::Sender<()>,
) -> Infallible {
    let limits = &endpoint.limits;
    let connections = &limits.connections;
    let (mut full, mut closed) = (Warning::default(), Warning::default());
    loop {
        if connections.are_full() && full.is_due() {
            tracing::warn!(target: "portcullis::listen", connections = connections.limit(), "the limit of connections is reached; new ones wait");
        }
        let Some(place) = connections.take().await else {
            continue;
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                // It is closed: a connection that waited would hold a file, as those of the
                // others that the limit is for.
                let Some(place) = connections.give(place, peer.ip()) else {
                    if closed.is_due() {
                        tracing::warn!(target: "portcullis::listen", peer = %peer.ip(), "a connection was closed, because its address has as many as it may; if it is your proxy, set PORTCULLIS_TRUSTED_PROXIES");
                    }
                    continue;
                };
                // Small responses must be sent without delay. The call fails if the peer has
                // disconnected.
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve_connection(
                    Connection::new(stream, limits.write_timeout, place),
                    peer,
                    endpoint.clone(),
                    stopping.subscribe(),
                ));
            }
            Err(error) if is_of_one_connection(&error) => {}
            // Most likely the process has no free file descriptor; some become free
            // later.
            Err(error) => {
                connections.count_failed();
                tracing::error!(target: "portcullis::listen", %error, "could not accept a connection; retrying in a second");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// A warning that is logged at most once per [`WARNING_PAUSE`].
#[derive(Default)]
struct Warning(Option<Instant>);

impl Warning {
    /// Returns whether it may be logged now.
    fn is_due(&mut self) -> bool {
        let is_due = self.0.is_none_or(|at| at.elapsed() >= WARNING_PAUSE);
        if is_due {
            self.0 = Some(Instant::now());
        }
        is_due
    }
}

async fn serve_connection(
    connection: Connection,
    peer: SocketAddr,
    endpoint: Endpoint,
    mut stopping: watch::Receiver<()>,
) {
    let Endpoint {
        limits,
        router,
        tls,
        traces,
    } = endpoint;
    let application = Application { router, traces };
    let idle_timeout = limits.idle_timeout;
    let Some(tls) = tls else {
        return serve_requests(connection, peer, application, idle_timeout, stopping).await;
    };
    // The counted connection is inside of TLS, so its limits hold for the handshake too.
    let handshake = timeout(limits.handshake_timeout, tls.accept(connection));
    let secured = tokio::select! {
        secured = handshake => secured,
        // No request has begun.
        _ = stopping.changed() => return,
    };
    match secured {
        Ok(Ok(stream)) => serve_requests(stream, peer, application, idle_timeout, stopping).await,
        Ok(Err(error)) => {
            tracing::debug!(target: "portcullis::listen", %error, "a TLS handshake failed");
        }
        Err(_) => {
            tracing::debug!(target: "portcullis::listen", "a TLS handshake timed out");
        }
    }
}

async fn serve_requests(
    connection: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    application: Application,
    idle_timeout: Duration,
    mut stopping: watch::Receiver<()>,
) {
    let service = service_fn(move |request| respond(application.clone(), peer, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle_timeout)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(connection), service)
        // For WebSockets: the handler takes the connection over.
        .with_upgrades();
    let mut connection = pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        _ = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(target: "portcullis::listen", %error, "a connection ended early");
    }
}

async fn respond(
    application: Application,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let traces = application.traces.as_ref();
    let span = traces.and_then(|traces| traces.begin(&request, peer.ip()));
    if let Some(span) = &span {
        request.extensions_mut().insert(span.observer());
    }
    // The library stores the client's address with a sign-in.
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = application.router.oneshot(request).await;
    if let (Some(span), Ok(response)) = (span, &response) {
        span.end(response);
    }
    response
}

/// Whether the error concerns one connection and not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

#[cfg(test)]
mod tests;
