//! One request to the collector: OTLP over HTTP/1.1.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::settings::CollectorEndpoint;

/// How long the collector may take, as in the defaults of OpenTelemetry.
const COLLECTOR_TIMEOUT: Duration = Duration::from_secs(10);

/// The beginning of a response: its version and its status.
const STATUS_LINE: usize = "HTTP/1.1 200".len();

/// Sends a request.
///
/// # Errors
/// If the collector is not reached, does not respond in time, or does not accept the request.
pub(super) async fn send(endpoint: &CollectorEndpoint, json: &str) -> io::Result<()> {
    let sent = timeout(COLLECTOR_TIMEOUT, exchange(endpoint, json)).await;
    sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn exchange(endpoint: &CollectorEndpoint, json: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect((endpoint.host(), endpoint.port())).await?;
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        endpoint.path(),
        endpoint.authority(),
        json.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(json.as_bytes()).await?;
    let mut start = [0; STATUS_LINE];
    stream.read_exact(&mut start).await?;
    let status = start
        .strip_prefix(b"HTTP/1.")
        .and_then(|rest| rest.get(2..));
    if matches!(status, Some([b'2', ..])) {
        return Ok(());
    }
    let start = start.escape_ascii();
    Err(io::Error::other(format!("the collector responded {start}")))
}
