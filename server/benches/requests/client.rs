//! A minimal HTTP client, because it takes processor time from the server.

use std::net::SocketAddr;

use testkit::bench::load::Caller;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A connection that stays open, and the request that is sent on it.
pub(crate) struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    buffer: Vec<u8>,
}

impl Connection {
    /// Opens `count` connections for the same request.
    pub(crate) async fn open(
        address: SocketAddr,
        path: &str,
        headers: &str,
        count: usize,
    ) -> Vec<Self> {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nAccept: */*\r\n{headers}\r\n");
        let mut connections = Vec::new();
        for _ in 0..count {
            let stream = TcpStream::connect(address).await.expect("a connection");
            stream.set_nodelay(true).expect("TCP_NODELAY");
            connections.push(Self {
                stream,
                request: request.clone().into(),
                buffer: Vec::new(),
            });
        }
        connections
    }
}

impl Caller for Connection {
    /// Sends the request and reads the whole response, which must be a success.
    async fn call(&mut self) {
        let sent = self.stream.write_all(&self.request).await;
        sent.expect("the request is sent");
        self.buffer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.buffer).await;
            assert_ne!(read.expect("bytes"), 0, "the server closed the connection");
            if is_complete(&self.buffer) {
                break;
            }
        }
        assert!(self.buffer.starts_with(b"HTTP/1.1 20"), "{:?}", self.text());
    }
}

impl Connection {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.buffer).into_owned()
    }
}

/// Returns whether the response is complete: its head, and as many bytes as the head says.
fn is_complete(response: &[u8]) -> bool {
    let Some(end) = response.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = std::str::from_utf8(&response[..end]).expect("UTF-8");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().expect("a number"));
    response.len() >= end + 4 + length
}
