//! The limits on connections, with TLS.

use std::fs;

use testkit::certificates::Authority;
use tokio_rustls::{TlsConnector, client::TlsStream, rustls::pki_types::ServerName};

use super::{
    limits::{LARGE, Limited, places, responds},
    *,
};
use crate::{
    settings::TlsFiles,
    tls::{Tls, connector},
};

const HOST: &str = "app.example.org";

/// Generous, because a handshake takes time on a busy machine.
const LONG: Duration = Duration::from_secs(30);

struct Client(TlsConnector);

impl Client {
    /// Starts a server with one place, and a client for it.
    async fn start(limits: Limits) -> (Limited, Self) {
        let folder = tempfile::tempdir().expect("a folder");
        let files = TlsFiles {
            certificate: folder.path().join("tls.crt"),
            key: folder.path().join("tls.key"),
        };
        let issued = Authority::new().issue(HOST);
        fs::write(&files.certificate, issued.certificate).expect("written");
        fs::write(&files.key, issued.key).expect("written");
        let tls = Tls::open(&files, HOST).expect("a certificate");
        let server = Limited::start(limits, Some(tls.acceptor)).await;
        (server, Self(connector().expect("a client")))
    }

    /// Sends a request on a new connection. Returns `None` if the handshake does not end in time.
    async fn send(
        &self,
        server: &Limited,
        path: &str,
        within: Duration,
    ) -> Option<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(server.address).await.expect("connected");
        let name = ServerName::try_from(HOST).expect("a name");
        let secured = timeout(within, self.0.connect(name, stream)).await;
        let mut stream = secured.ok()?.expect("a handshake");
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        Some(stream)
    }

    async fn is_served(&self, server: &Limited) -> bool {
        let stream = self.send(server, "/", LONG).await;
        let mut stream = stream.expect("a handshake in time");
        responds(&mut stream, LONG).await
    }
}

fn one_place() -> Limits {
    Limits {
        connections: places(1, None),
        handshake_timeout: LONG,
        idle_timeout: LONG,
        write_timeout: LONG,
    }
}

/// Otherwise clients that send nothing could hold every place for ever.
#[tokio::test]
async fn handshake_that_does_not_end_is_aborted() {
    let limits = Limits {
        handshake_timeout: SECOND / 2,
        ..one_place()
    };
    let (server, client) = Client::start(limits).await;
    for start in [&b""[..], b"\x16\x03\x01"] {
        let mut silent = TcpStream::connect(server.address).await.expect("connected");
        silent.write_all(start).await.expect("sent");
        assert!(client.is_served(&server).await, "its place is free");
    }
}

#[tokio::test]
async fn plain_http_gets_no_response() {
    let (server, client) = Client::start(one_place()).await;
    let mut stream = TcpStream::connect(server.address).await.expect("connected");
    let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    stream.write_all(request).await.expect("sent");
    let mut received = Vec::new();
    // The connection may be reset, because the server does not read the whole request.
    let closed = timeout(LONG, stream.read_to_end(&mut received)).await;
    assert!(closed.is_ok(), "the connection is closed");
    assert!(!received.starts_with(b"HTTP"), "{received:?}");
    assert!(client.is_served(&server).await);
}

#[tokio::test]
async fn connection_beyond_the_limit_waits_with_tls() {
    let (server, client) = Client::start(one_place()).await;
    let mut one = client.send(&server, "/", LONG).await.expect("a place");
    assert!(responds(&mut one, LONG).await);
    assert!(
        client.send(&server, "/", SECOND / 2).await.is_none(),
        "there is no place"
    );
    drop(one);
    assert!(client.is_served(&server).await);
}

#[tokio::test]
async fn client_that_reads_nothing_is_disconnected_with_tls() {
    let limits = Limits {
        write_timeout: SECOND / 2,
        ..one_place()
    };
    let (server, client) = Client::start(limits).await;
    let reads_nothing = client.send(&server, "/large", LONG).await;
    assert!(client.is_served(&server).await, "its place is free");
    drop(reads_nothing);
}

#[tokio::test]
async fn large_response_arrives_complete_with_tls() {
    let (server, client) = Client::start(one_place()).await;
    let stream = client.send(&server, "/large", LONG).await;
    let mut stream = stream.expect("a place");
    let (mut buffer, mut length) = (vec![0; 1 << 20], 0);
    while length < LARGE {
        let read = timeout(LONG, stream.read(&mut buffer)).await;
        let read = read.expect("in time").expect("read");
        assert!(read > 0, "the connection was closed after {length} bytes");
        length += read;
    }
}
