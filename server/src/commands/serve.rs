//! `portcullis serve`: opens everything, serves, and stops in good order.

use std::{io, net::SocketAddr, path::Path};

use portcullis::Portcullis;
use tokio::{
    net::{TcpListener, TcpSocket},
    signal,
};

use super::open;
use crate::{failure::Failure, listen, router::router, settings::Settings, terminal};

/// How many connections may wait to be accepted: what tokio and the standard
/// library's programs use.
const MOST_WAITING: u32 = 1024;

/// Serves until it is told to stop.
pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    settings.log.start();
    check_site(Path::new(&*settings.http.site.site_root))?;
    // Before the data are touched: whoever has the port may have the data too.
    let socket = bind(settings.http.listen)?;
    let portcullis = open::open_to_serve(settings).await?;
    // Before anybody is told that they may come.
    let stop = stop_signal().map_err(Failure::new)?;
    let listener = listen(socket)?;
    let address = listener.local_addr().map_err(Failure::new)?;
    terminal::say(&greeting(address, settings));
    let router = router(&portcullis, &settings.http.site);
    let is_finished = listen::serve(listener, router, stop).await;
    close(&portcullis, is_finished).await;
    Ok(())
}

/// Names the public origin where it is another one, as behind a proxy.
fn greeting(address: SocketAddr, settings: &Settings) -> String {
    let here = format!("http://{address}");
    let origin = settings.http.origin.as_str();
    let public = if origin == here {
        String::new()
    } else {
        format!(" for {origin}")
    };
    let data = settings.storage.data_dir.display();
    format!("Portcullis listens on {here}{public}, with its data in {data}.")
}

async fn close(portcullis: &Portcullis, is_finished: bool) {
    if !is_finished {
        tracing::warn!(target: "portcullis::listen", "some requests were not finished in time and were cut off");
    }
    portcullis.shutdown().await;
    terminal::say("Portcullis has stopped.");
}

fn check_site(root: &Path) -> Result<(), Failure> {
    if root.is_dir() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "there is no site in {}; build it with `cargo leptos build`, or set PORTCULLIS_SITE_ROOT",
        root.display()
    )))
}

/// Takes the port, and lets nobody in yet: a refresh that waits here while another
/// process goes on with its session would come too late, and end it.
fn bind(address: SocketAddr) -> Result<TcpSocket, Failure> {
    let bound = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        // Connections of the process before linger for a minute. On Windows this
        // would let another program take the port away.
        #[cfg(not(windows))]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    };
    bound().map_err(|error| no_listener(address, &error))
}

fn listen(socket: TcpSocket) -> Result<TcpListener, Failure> {
    let address = socket.local_addr().map_err(Failure::new)?;
    let listener = socket.listen(MOST_WAITING);
    listener.map_err(|error| no_listener(address, &error))
}

fn no_listener(address: SocketAddr, error: &io::Error) -> Failure {
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there already; stop it",
        io::ErrorKind::PermissionDenied => "this user may not listen there",
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address",
        _ => return Failure::new(format!("the server cannot listen on {address}: {error}")),
    };
    Failure::new(format!(
        "the server cannot listen on {address}: {advice}, or set PORTCULLIS_LISTEN to another address or port"
    ))
}

/// Resolves when the process is to stop: Ctrl-C, or SIGTERM as service managers
/// and containers send it. From the moment this returns, neither kills.
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
