//! The limits on connections: how many there may be, and how long a client may read nothing.

use super::*;

/// Larger than the buffers of a connection.
pub(super) const LARGE: usize = 32 << 20;

/// A server with limits.
pub(super) struct Limited {
    pub(super) address: std::net::SocketAddr,
    serving: JoinHandle<bool>,
    _folder: TempDir,
}

impl Limited {
    async fn new(connections: usize, write_timeout: Duration) -> Self {
        let limits = Limits {
            connections: Arc::new(Connections::new(connections)),
            handshake_timeout: 10 * SECOND,
            write_timeout,
        };
        Self::start(limits, None).await
    }

    pub(super) async fn start(limits: Limits, tls: Option<TlsAcceptor>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let builder = Portcullis::builder(ORIGIN).sqlite(folder.path().join("p.db"));
        let portcullis = builder.open().await.expect("opened");
        let routes = Router::new()
            .route("/", get(async || "small"))
            .route("/large", get(async || vec![b'a'; LARGE]));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let endpoint = Endpoint {
            limits,
            router: portcullis.protect(routes),
            tls,
        };
        let serving = tokio::spawn(async move {
            let served = serve_at(endpoint, listener, future::pending()).await;
            drop(portcullis);
            served
        });
        Self {
            address,
            serving,
            _folder: folder,
        }
    }

    /// Sends a request on a new connection.
    async fn send(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("connected");
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream
    }
}

impl Drop for Limited {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Returns whether a response begins within a time.
pub(super) async fn responds(stream: &mut (impl AsyncRead + Unpin), within: Duration) -> bool {
    let mut start = [0; 12];
    let read = timeout(within, stream.read_exact(&mut start)).await;
    read.is_ok_and(|read| read.is_ok()) && start == *b"HTTP/1.1 200"
}

#[tokio::test]
async fn connection_beyond_the_limit_waits_for_another_to_close() {
    let server = Limited::new(2, 10 * SECOND).await;
    let (mut one, mut two) = (server.send("/").await, server.send("/").await);
    assert!(responds(&mut one, 5 * SECOND).await && responds(&mut two, 5 * SECOND).await);
    let mut three = server.send("/").await;
    assert!(!responds(&mut three, SECOND / 2).await, "there is no place");
    drop(one);
    assert!(responds(&mut three, 5 * SECOND).await);
}

/// Otherwise clients that never read could hold every connection for ever.
#[tokio::test]
async fn client_that_reads_nothing_is_disconnected() {
    let server = Limited::new(1, SECOND / 2).await;
    let _reads_nothing = server.send("/large").await;
    let mut other = server.send("/").await;
    assert!(responds(&mut other, 10 * SECOND).await, "its place is free");
}

#[tokio::test]
async fn client_that_reads_slowly_gets_the_whole_response() {
    let server = Limited::new(1, SECOND / 2).await;
    let mut slow = server.send("/large").await;
    let (mut buffer, mut length, mut pauses) = (vec![0; 1 << 20], 0, 5);
    // Longer than the timeout in total, and never as long without progress.
    while length < LARGE {
        if pauses > 0 {
            pauses -= 1;
            sleep(SECOND / 5).await;
        }
        let read = timeout(5 * SECOND, slow.read(&mut buffer)).await;
        let read = read.expect("in time").expect("read");
        assert!(read > 0, "the connection was closed after {length} bytes");
        length += read;
    }
}
