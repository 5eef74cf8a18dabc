//! `portcullis serve`: opens the session service, serves requests, and shuts down
//! gracefully.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::http::Uri;
use portcullis::Portcullis;
use tokio::{
    net::{TcpListener, TcpSocket},
    signal,
    task::JoinSet,
    time::timeout,
};

use super::open;
use crate::{
    failure::Failure,
    listen, log, metrics, notify,
    router::router,
    settings::Settings,
    terminal,
    tls::Tls,
    traces::{self, Exporter, SpanCounts, Traces},
};

/// The number of connections that may wait to be accepted, as in the documentation of
/// [`TcpSocket`].
const LISTEN_BACKLOG: u32 = 1024;

/// How long a server that stops waits until the collector has the last spans.
const SPANS_TIMEOUT: Duration = Duration::from_secs(2);

/// Serves until the process receives a stop signal.
pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    // Until the process ends.
    let _log = log::start(&settings.log)
        .map_err(|error| Failure::new(format!("the program cannot start its threads: {error}")))?;
    check_site(Path::new(&*settings.http.site.site_root))?;
    let tls = open_tls(settings)?;
    // Before the database is opened: another process that has the port may use the same
    // database.
    let socket = bind(settings.http.listen)?;
    let metrics_socket = settings.http.metrics_listen.map(bind).transpose()?;
    let portcullis = open::open_to_serve(settings).await?;
    // Before the server announces that it listens.
    let stop = stop_signal().map_err(Failure::new)?;
    let listener = listen(socket)?;
    let address = listener.local_addr().map_err(Failure::new)?;
    let connections = listen::connections(
        settings.http.connections_per_address,
        portcullis.trusted_proxies().clone(),
    );
    let spans = Arc::<SpanCounts>::default();
    let traces = open_traces(settings, &portcullis, &spans);
    let (traces, exporter) = traces.unzip();
    let exporter = exporter.map(|exporter| tokio::spawn(exporter.run()));
    // Stops when this function returns.
    let mut tasks = JoinSet::new();
    let mut metrics_address = None;
    if let Some(socket) = metrics_socket {
        let listener = listen(socket)?;
        metrics_address = listener.local_addr().ok();
        let (portcullis, connections) = (portcullis.clone(), Arc::clone(&connections));
        let spans = Arc::clone(&spans);
        tasks.spawn(metrics::serve(listener, portcullis, connections, spans));
    }
    terminal::print(&greeting(address, metrics_address, settings));
    let router = router(&portcullis, &settings.http.site);
    let acceptor = tls.map(|tls| {
        tasks.spawn(async {
            tls.follower.run().await;
            Ok(())
        });
        tls.acceptor
    });
    // The kernel accepts connections already.
    notify::send(notify::READY);
    let stop = async {
        stop.await;
        notify::send(notify::STOPPING);
    };
    let idle_timeout = settings.http.idle_timeout;
    let is_finished = listen::serve(
        listener,
        router,
        acceptor,
        traces,
        connections,
        idle_timeout,
        stop,
    )
    .await;
    if let Some(exporter) = exporter {
        // It ends with the last request.
        let _ = timeout(SPANS_TIMEOUT, exporter).await;
    }
    close(&portcullis, is_finished).await;
    Ok(())
}

/// Opens the queue of spans, if the settings name a collector.
fn open_traces(
    settings: &Settings,
    portcullis: &Portcullis,
    counts: &Arc<SpanCounts>,
) -> Option<(Traces, Exporter)> {
    let proxies = portcullis.trusted_proxies().clone();
    traces::open(&settings.traces, proxies, Arc::clone(counts))
}

/// Returns the line that is printed at the start. It names the public origin if
/// that differs from the listen address, as behind a proxy, and the address of the metrics.
fn greeting(address: SocketAddr, metrics: Option<SocketAddr>, settings: &Settings) -> String {
    let scheme = if settings.http.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let local = format!("{scheme}://{address}");
    let origin = settings.http.origin.as_str();
    let public = if origin == local {
        String::new()
    } else {
        format!(", public origin {origin}")
    };
    let data = settings.storage.data_dir.display();
    let metrics = metrics.map(|address| format!(", metrics on http://{address}{}", metrics::PATH));
    let metrics = metrics.unwrap_or_default();
    format!("Portcullis listens on {local}{public}{metrics}, data folder {data}.")
}

/// Reads the certificate, if the settings name one.
fn open_tls(settings: &Settings) -> Result<Option<Tls>, Failure> {
    let Some(files) = &settings.http.tls else {
        return Ok(None);
    };
    let origin: Uri = settings.http.origin.as_str().parse().unwrap_or_default();
    let host = origin.host().unwrap_or_default();
    let tls = Tls::open(files, host.trim_matches(['[', ']']));
    tls.map(Some).map_err(Failure::new)
}

async fn close(portcullis: &Portcullis, is_finished: bool) {
    if !is_finished {
        tracing::warn!(target: "portcullis::listen", "some requests did not finish in time and were aborted");
    }
    portcullis.shutdown().await;
    terminal::print("Portcullis has stopped.");
}

fn check_site(root: &Path) -> Result<(), Failure> {
    if root.is_dir() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the site folder {} was not found; build the site with `cargo leptos build`, or set PORTCULLIS_SITE_ROOT",
        root.display()
    )))
}

/// Binds the port without accepting connections yet. If a refresh waited here while
/// another process continued its session, it would be processed too late and would end
/// the session.
fn bind(address: SocketAddr) -> Result<TcpSocket, Failure> {
    let bound = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        // Connections of the previous process linger for a minute. On Windows this
        // option would let another program take over the port.
        #[cfg(not(windows))]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    };
    bound().map_err(|error| listen_failure(address, &error))
}

fn listen(socket: TcpSocket) -> Result<TcpListener, Failure> {
    let address = socket.local_addr().map_err(Failure::new)?;
    let listener = socket.listen(LISTEN_BACKLOG);
    listener.map_err(|error| listen_failure(address, &error))
}

fn listen_failure(address: SocketAddr, error: &io::Error) -> Failure {
    let reason = match error.kind() {
        io::ErrorKind::AddrInUse => "another program already listens there; stop it",
        io::ErrorKind::PermissionDenied => "this user may not listen there",
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address",
        _ => return Failure::new(format!("the server cannot listen on {address}: {error}")),
    };
    Failure::new(format!(
        "the server cannot listen on {address}: {reason}, or set PORTCULLIS_LISTEN to another address or port"
    ))
}

/// Returns a future that resolves when the process has to stop: on Ctrl-C, or on
/// SIGTERM, which service managers and containers send. As soon as this function has
/// returned, neither signal kills the process.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
