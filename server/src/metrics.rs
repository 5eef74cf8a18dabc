//! `PORTCULLIS_METRICS_LISTEN`: the metrics, on a listener of their own, which the internet does
//! not reach.

use std::{future::Future, io, sync::Arc};

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use portcullis::{
    Portcullis,
    metrics::{self, Exposition, Kind},
};
use tokio::net::TcpListener;

use crate::listen::Connections;

/// The path of the metrics.
pub(crate) const PATH: &str = "/metrics";

/// Serves the metrics.
pub(crate) fn serve(
    listener: TcpListener,
    portcullis: Portcullis,
    connections: Arc<Connections>,
) -> impl Future<Output = io::Result<()>> {
    let respond = async move || {
        let text = portcullis.metrics() + &of_connections(&connections);
        ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text)
    };
    let router = Router::new().route(PATH, get(respond));
    async move { axum::serve(listener, router).await }
}

fn of_connections(connections: &Connections) -> String {
    let mut metrics = Exposition::default();
    let help = "Open connections of clients.";
    metrics
        .family("portcullis_connections", Kind::Gauge, help)
        .sample(&[], connections.open());
    let help = "The limit of open connections. Above it, new ones wait.";
    metrics
        .family("portcullis_connections_limit", Kind::Gauge, help)
        .sample(&[], connections.limit());
    let help = "Connections that were accepted.";
    metrics
        .family("portcullis_connections_accepted_total", Kind::Counter, help)
        .sample(&[], connections.accepted());
    let help = "Connections that waited because of the limit (waited), that were closed because \
                their address had too many (closed), or that could not be accepted, for example \
                because no file descriptor was free (failed).";
    metrics
        .family("portcullis_connections_refused_total", Kind::Counter, help)
        .sample(&[("kind", "waited")], connections.waited())
        .sample(&[("kind", "closed")], connections.closed())
        .sample(&[("kind", "failed")], connections.failed());
    metrics.into_text()
}
