//! Streams over TCP that end with their session: server-sent events, WebSockets, and a
//! server function with a WebSocket.

use std::{convert::Infallible, pin::Pin, time::Instant};

use axum::{
    Router,
    extract::ws::WebSocketUpgrade,
    http::{Request, Uri},
    response::sse::{Event, Sse},
    routing::{any, get},
};
use futures::{SinkExt, Stream, StreamExt, future, stream};
use leptos::{
    config::LeptosOptions,
    prelude::*,
    server_fn::{BoxedStream, Websocket, codec::JsonEncoding},
};
use portcullis::{
    ExternalAccount, Portcullis, SessionId, SignedIn, leptos::signed_in, testing::sign_in,
    wire::ApiError,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message},
};

use super::*;
use crate::{layers, router::router};

mod limits;
mod tls;

const ORIGIN: &str = "http://127.0.0.1:3000";

/// The time within which a stream must end.
const SECOND: Duration = Duration::from_secs(1);

/// A listening server, and a second process that uses the same database.
struct Served {
    cookies: String,
    session: SessionId,
    other: Portcullis,
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<bool>,
    _folder: TempDir,
}

impl Served {
    async fn new(routes: fn(&Portcullis, &LeptosOptions) -> ProtectedRouter) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let builder = Portcullis::builder(ORIGIN).sqlite(folder.path().join("p.db"));
        let portcullis = builder.clone().open().await.expect("opened");
        let other = builder.open_without_tasks().await.expect("opened");
        let site = LeptosOptions::builder().output_name("portcullis").build();
        let account = ExternalAccount::new("users:42", "ada@example.org", "Ada").expect("valid");
        let jar = sign_in(&portcullis, &account).await;
        let page: Uri = format!("{ORIGIN}/").parse().expect("a URL");
        let listed = other.sessions().list(None, 1).await.expect("listed");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let router = routes(&portcullis, &site);
        let serving = tokio::spawn(async move {
            let connections = connections(Share::Unlimited, TrustedProxies::default());
            let is_finished = serve(
                listener,
                router,
                None,
                None,
                connections,
                60 * SECOND,
                async {
                    drop(stopped.await);
                },
            )
            .await;
            portcullis.shutdown().await;
            is_finished
        });
        Self {
            cookies: jar.header(&page).expect("cookies"),
            session: listed[0].id,
            other,
            address,
            stop,
            serving,
            _folder: folder,
        }
    }

    /// Ends the session as another process does.
    async fn end_elsewhere(&self) {
        let ended = self.other.sessions().end(self.session).await;
        ended.expect("ended");
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    async fn socket(&self, path: &str, origin: &str) -> Result<WebSocketStream<TcpStream>, Error> {
        let request = Request::get(format!("ws://{}{path}", self.address))
            .header("host", "x")
            .header("origin", origin)
            .header("cookie", &self.cookies)
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")
            .body(())
            .expect("a request");
        let opened = client_async(request, self.connect().await).await;
        opened.map(|(socket, _)| socket)
    }

    async fn stop(self) -> bool {
        self.stop.send(()).expect("the server runs");
        self.serving.await.expect("no panic")
    }
}

fn routes(portcullis: &Portcullis, _: &LeptosOptions) -> ProtectedRouter {
    let routes = Router::new()
        .route("/events", get(events))
        .route("/echo", any(echo));
    layers::wrap(routes, portcullis)
}

/// Sends one event at once, and no more.
async fn events(user: SignedIn) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let first = stream::once(future::ready(Ok(Event::default().data("first"))));
    Sse::new(first.chain(stream::pending()).take_until(user.ended()))
}

async fn echo(user: SignedIn, upgrade: WebSocketUpgrade) -> Response {
    let mut ended = user.ended();
    upgrade.on_upgrade(async move |mut socket| {
        loop {
            let message = tokio::select! {
                biased;
                () = &mut ended => return,
                received = socket.recv() => received,
            };
            let Some(Ok(message)) = message else { return };
            if socket.send(message).await.is_err() {
                return;
            }
        }
    })
}

/// A server function that responds with a stream of messages.
#[server(
    protocol = Websocket<JsonEncoding, JsonEncoding>,
    prefix = "/api",
    endpoint = "test/shout/"
)]
async fn shout(
    input: BoxedStream<String, ApiError>,
) -> Result<BoxedStream<String, ApiError>, ApiError> {
    let user = signed_in().await?;
    let input: Pin<Box<dyn Stream<Item = _> + Send>> = input.into();
    let output = input.map(|message| message.map(|message: String| message.to_uppercase()));
    Ok(output.take_until(user.ended()).into())
}

#[tokio::test]
async fn server_sent_events_end_with_the_session() {
    let served = Served::new(routes).await;
    let mut stream = served.connect().await;
    let request = format!(
        "GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nCookie: {}\r\n\r\n",
        served.cookies
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut received = String::new();
    while !received.contains("data: first") {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).await.expect("received");
        assert_ne!(length, 0, "{received}");
        received += std::str::from_utf8(&buffer[..length]).expect("UTF-8");
    }
    assert!(received.contains("cache-control: no-store"), "{received}");
    let mut rest = Vec::new();
    let open = timeout(SECOND / 5, stream.read_to_end(&mut rest)).await;
    assert!(open.is_err(), "the stream is open as long as the session");

    served.end_elsewhere().await;
    let ended = async {
        // The last chunk of a body has the length 0.
        while !rest.ends_with(b"0\r\n\r\n") {
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).await.expect("received");
            assert_ne!(length, 0, "{}", String::from_utf8_lossy(&rest));
            rest.extend(&buffer[..length]);
        }
    };
    let ended = timeout(SECOND, ended).await;
    ended.expect("the body ends within a second");
    assert!(served.stop().await);
}

/// Sends a message and returns the response.
async fn send(socket: &mut WebSocketStream<TcpStream>, message: Message) -> Message {
    socket.send(message).await.expect("sent");
    socket.next().await.expect("a message").expect("received")
}

/// Waits until the server closes the connection.
async fn assert_closes(socket: &mut WebSocketStream<TcpStream>) {
    let closed = async { while let Some(Ok(_)) = socket.next().await {} };
    timeout(SECOND, closed)
        .await
        .expect("closed within a second");
}

#[tokio::test]
async fn websocket_ends_with_the_session() {
    let served = Served::new(routes).await;
    let mut socket = served.socket("/echo", ORIGIN).await.expect("upgraded");
    let hello = Message::text("hello");
    assert_eq!(send(&mut socket, hello.clone()).await, hello);
    served.end_elsewhere().await;
    assert_closes(&mut socket).await;
    let rejected = served.socket("/echo", ORIGIN).await;
    assert!(
        matches!(&rejected, Err(Error::Http(response)) if response.status() == 401),
        "{rejected:?}"
    );
}

#[tokio::test]
async fn websocket_of_another_origin_is_rejected() {
    let served = Served::new(routes).await;
    let rejected = served.socket("/echo", "https://evil.example").await;
    assert!(
        matches!(&rejected, Err(Error::Http(response)) if response.status() == 403),
        "{rejected:?}"
    );
}

#[tokio::test]
async fn server_function_with_websocket_ends_with_session() {
    let served = Served::new(router).await;
    let mut socket = served
        .socket("/api/test/shout/", ORIGIN)
        .await
        .expect("upgraded");
    // The first byte says that the message is no error.
    let hello = Message::binary(b"\0\"hello\"".to_vec());
    let shouted = send(&mut socket, hello).await;
    assert_eq!(shouted, Message::binary(b"\0\"HELLO\"".to_vec()));
    served.end_elsewhere().await;
    assert_closes(&mut socket).await;
}

#[tokio::test]
async fn open_websocket_does_not_delay_the_stop() {
    let served = Served::new(routes).await;
    let mut socket = served.socket("/echo", ORIGIN).await.expect("upgraded");
    let since = Instant::now();
    assert!(served.stop().await, "every connection has ended");
    assert!(since.elapsed() < SECOND, "{:?}", since.elapsed());
    assert_closes(&mut socket).await;
}
