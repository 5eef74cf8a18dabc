//! `portcullis healthcheck`: checks that the server on this machine is alive. For
//! containers without curl, and for systemd.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use portcullis::wire::paths;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{failure::Failure, settings::Http, terminal, tls};

const HEALTHCHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// The size limit of the response. The program's own takes about a thousand bytes.
const MAX_RESPONSE_BYTES: u64 = 16 * 1024;

/// How much of the body is shown.
const MAX_SHOWN_CHARS: usize = 300;

/// Sends one request to the health path, and prints the outcome.
pub(super) async fn run(http: &Http) -> Result<(), Failure> {
    let address = connect_address(http.listen);
    let failed =
        |problem: String| Failure::new(format!("no healthy server at {address}: {problem}"));
    let response = match timeout(HEALTHCHECK_TIMEOUT, request(address, http.tls.is_some())).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(failed(error.to_string())),
        Err(_) => {
            return Err(failed(format!(
                "no response within {} s",
                HEALTHCHECK_TIMEOUT.as_secs()
            )));
        }
    };
    let (status, body) = parts(&response);
    if status != "HTTP/1.1 200" {
        return Err(failed(format!("the server responded {status:?} {body:?}")));
    }
    let state = body.escape_debug();
    terminal::print(&format!("the server at {address}: {state}"));
    Ok(())
}

/// Returns the response to one request, which is sent with or without TLS.
async fn request(address: SocketAddr, has_tls: bool) -> io::Result<String> {
    let stream = TcpStream::connect(address).await?;
    if !has_tls {
        return exchange(stream, address).await;
    }
    let connector = tls::connector().map_err(io::Error::other)?;
    let stream = connector.connect(address.ip().into(), stream).await?;
    exchange(stream, address).await
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    address: SocketAddr,
) -> io::Result<String> {
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n",
        paths::HEALTH
    );
    stream.write_all(request.as_bytes()).await?;
    let mut response = Vec::new();
    let mut limited = stream.take(MAX_RESPONSE_BYTES);
    limited.read_to_end(&mut response).await?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// Returns the protocol with the status, and the first line of the body.
fn parts(response: &str) -> (String, String) {
    let start = |text: &str, length| -> String {
        let line = text.lines().next().unwrap_or_default();
        line.chars().take(length).collect()
    };
    let body = response.split_once("\r\n\r\n").map(|(_, body)| body);
    (
        start(response, "HTTP/1.1 200".len()),
        start(body.unwrap_or_default(), MAX_SHOWN_CHARS),
    )
}

/// Returns the address to connect to: the loopback address if the server listens
/// on every address.
fn connect_address(listen: SocketAddr) -> SocketAddr {
    let loopback: IpAddr = match listen.ip() {
        ip if !ip.is_unspecified() => return listen,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(loopback, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_has_a_status_and_a_line() {
        for (response, expected) in [
            (
                "HTTP/1.1 200 OK\r\nserver: x\r\n\r\nalive\n",
                ("HTTP/1.1 200", "alive"),
            ),
            (
                "HTTP/1.1 503 Service Unavailable\r\n\r\n{}",
                ("HTTP/1.1 503", "{}"),
            ),
            ("HTTP/1.1 200 OK\r\n\r\n", ("HTTP/1.1 200", "")),
            ("SSH-2.0-é\r\n", ("SSH-2.0-é", "")),
            ("", ("", "")),
        ] {
            let (status, body) = parts(response);
            assert_eq!((&*status, &*body), expected, "{response:?}");
        }
    }

    #[test]
    fn server_on_every_address_is_checked_on_loopback() {
        for (listen, expected) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.1:80", "10.0.0.1:80"),
        ] {
            let address = |text: &str| text.parse::<SocketAddr>().expect("an address");
            assert_eq!(connect_address(address(listen)), address(expected));
        }
    }
}
