//! `portcullis healthcheck`: checks that the server on this machine is alive. For
//! containers without curl.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use portcullis::wire::paths;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{failure::Failure, settings::Http};

const HEALTHCHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// Sends one request to the health path.
pub(super) async fn run(http: &Http) -> Result<(), Failure> {
    let address = connect_address(http.listen);
    let failed =
        |problem: String| Failure::new(format!("no healthy server at {address}: {problem}"));
    match timeout(HEALTHCHECK_TIMEOUT, request_status(address)).await {
        Ok(Ok(status)) if status.ends_with(" 200") => Ok(()),
        Ok(Ok(status)) => Err(failed(format!("the server responded {status:?}"))),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(_) => Err(failed(format!(
            "no response within {} s",
            HEALTHCHECK_TIMEOUT.as_secs()
        ))),
    }
}

/// Returns the protocol and status of the response: its first twelve bytes.
async fn request_status(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n",
        paths::HEALTH
    );
    stream.write_all(request.as_bytes()).await?;
    let mut status = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut status).await?;
    Ok(String::from_utf8_lossy(&status).into_owned())
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
