//! `PORTCULLIS_METRICS_LISTEN`: the metrics, on a listener of their own, which the internet does
//! not reach.

use std::{future::Future, io, sync::Arc};

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use portcullis::{
    Portcullis,
    metrics::{self, Exposition, Kind},
};
use tokio::net::TcpListener;

use crate::{listen::Connections, traces::SpanCounts};

/// The path of the metrics.
pub(crate) const PATH: &str = "/metrics";

/// Serves the metrics.
pub(crate) fn serve(
    listener: TcpListener,
    portcullis: Portcullis,
    connections: Arc<Connections>,
    spans: Arc<SpanCounts>,
) -> impl Future<Output = io::Result<()>> {
    let respond = async move || {
        let text = portcullis.metrics() + &of_connections(&connections) + &of_spans(&spans);
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

fn of_spans(spans: &SpanCounts) -> String {
    let mut metrics = Exposition::default();
    let help = "Spans of traces that the collector has accepted (sent), or that were dropped, \
                because it failed or was too slow (dropped).";
    metrics
        .family("portcullis_spans_total", Kind::Counter, help)
        .sample(&[("outcome", "sent")], spans.sent())
        .sample(&[("outcome", "dropped")], spans.dropped());
    metrics.into_text()
}
