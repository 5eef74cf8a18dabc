//! `portcullis serve`: opens everything, serves, and stops in good order.

use std::{io, path::Path};

use portcullis::Portcullis;
use tokio::{net::TcpListener, signal};

use super::data;
use crate::{
    failure::Failure,
    listen,
    router::router,
    settings::{Http, Settings},
    terminal,
};

/// Serves until it is told to stop.
pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    settings.log.start();
    check_site(Path::new(&*settings.http.site.site_root))?;
    // Before the data are touched: whoever has the port may have the data too.
    let listener = bind(&settings.http).await?;
    let address = listener.local_addr().map_err(Failure::new)?;
    let portcullis = data::open(settings).await?;
    let background = tokio::spawn({
        let portcullis = portcullis.clone();
        async move { portcullis.run_background().await }
    });

    terminal::say(&format!(
        "Portcullis listens on http://{address}, for {}. Its data are in {}.",
        settings.http.origin,
        settings.storage.data_dir.display()
    ));
    let router = router(&portcullis, &settings.http.site);
    let is_finished = listen::serve(listener, router, stop()).await;
    background.abort();
    close(&portcullis, is_finished).await;
    Ok(())
}

async fn close(portcullis: &Portcullis, is_finished: bool) {
    if !is_finished {
        tracing::warn!(target: "portcullis::listen", "some requests were not finished in time and were cut off");
    }
    portcullis.flush().await;
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

async fn bind(http: &Http) -> Result<TcpListener, Failure> {
    let address = http.listen;
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => "another program listens there already; stop it",
            io::ErrorKind::PermissionDenied => "this user may not listen there",
            io::ErrorKind::AddrNotAvailable => "this machine does not have that address",
            _ => return Failure::new(format!("the server cannot listen on {address}: {error}")),
        };
        Failure::new(format!(
            "the server cannot listen on {address}: {advice}, or set PORTCULLIS_LISTEN to another address or port"
        ))
    })
}

/// Resolves when the process is to stop: Ctrl-C, or SIGTERM as service managers
/// and containers send it.
async fn stop() {
    let interrupt = async {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => terminate.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<Option<()>>();
    tokio::select! {
        () = interrupt => {}
        _ = terminate => {}
    }
}
