//! The limits on connections: how many there may be, and how long a client may read nothing.

use tokio::net::TcpSocket;

use super::*;

/// Larger than the buffers of a connection.
pub(super) const LARGE: usize = 32 << 20;

/// Returns places of which one network gets a part only.
pub(super) fn places(limit: usize, of_one_network: Option<usize>) -> Arc<Connections> {
    let proxies = TrustedProxies::default();
    Arc::new(Connections::new(limit, of_one_network, proxies))
}

/// A server with limits.
pub(super) struct Limited {
    pub(super) address: std::net::SocketAddr,
    serving: JoinHandle<bool>,
    _folder: TempDir,
}

impl Limited {
    async fn new(connections: usize, write_timeout: Duration) -> Self {
        Self::with(places(connections, None), write_timeout).await
    }

    async fn with(connections: Arc<Connections>, write_timeout: Duration) -> Self {
        let limits = Limits {
            connections,
            handshake_timeout: 10 * SECOND,
            idle_timeout: 60 * SECOND,
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
            traces: None,
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
        self.send_from("127.0.0.1", path).await
    }

    /// Sends a request on a new connection from an address of this machine.
    async fn send_from(&self, address: &str, path: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        let address = SocketAddr::new(address.parse().expect("an address"), 0);
        socket.bind(address).expect("bound");
        let connected = socket.connect(self.address).await;
        let mut stream = connected.expect("connected");
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

/// Returns whether the server closes the connection without a response.
async fn is_closed(mut stream: TcpStream) -> bool {
    let mut received = Vec::new();
    // It may be reset, because the server has not read the request.
    let read = timeout(30 * SECOND, stream.read_to_end(&mut received)).await;
    read.is_ok() && received.is_empty()
}

/// Otherwise one client that reads a little all the time could hold every connection.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn client_with_its_share_of_connections_is_rejected_and_others_are_served() {
    let places = places(4, Some(2));
    let server = Limited::with(Arc::clone(&places), 30 * SECOND).await;
    let (mut one, mut two) = (server.send("/").await, server.send("/").await);
    assert!(responds(&mut one, 30 * SECOND).await && responds(&mut two, 30 * SECOND).await);
    for closed in 1..=10 {
        assert!(is_closed(server.send("/").await).await);
        assert_eq!(places.closed(), closed);
    }
    let mut other = server.send_from("127.0.0.2", "/").await;
    assert!(responds(&mut other, 30 * SECOND).await, "it has its share");
    drop(one);
    let served = async {
        // The server learns later that the connection was closed.
        while !responds(&mut server.send("/").await, 30 * SECOND).await {
            sleep(SECOND / 20).await;
        }
    };
    let served = timeout(30 * SECOND, served).await;
    served.expect("one place of the share is free");
}

/// A load balancer that keeps it for a shorter time never sends a request on a connection that is
/// being closed.
#[tokio::test]
async fn idle_connection_is_closed_after_the_timeout_and_not_before() {
    let idle_timeout = SECOND;
    let limits = Limits {
        connections: places(1, None),
        handshake_timeout: 10 * SECOND,
        idle_timeout,
        write_timeout: 10 * SECOND,
    };
    let server = Limited::start(limits, None).await;
    let since = Instant::now();
    let mut stream = server.send("/").await;
    let mut received = Vec::new();
    let closed = timeout(60 * SECOND, stream.read_to_end(&mut received)).await;
    closed.expect("closed").expect("without a reset");
    assert!(received.starts_with(b"HTTP/1.1 200"));
    assert!(since.elapsed() >= idle_timeout);
}
