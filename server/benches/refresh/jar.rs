//! Cookie jars, and the connections on which they are refreshed. The HTTP client is
//! minimal, because it takes processor time from the program.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep_until,
};

use testkit::bench::load::Caller;

use crate::program::{ORIGIN, WINDOW};

/// The time between two refreshes of one jar. A little longer than the window, which
/// begins when the server reads its clock.
const REFRESH_INTERVAL: Duration = WINDOW.saturating_add(Duration::from_millis(10));

/// The two cookies of one browser, and the time of their next refresh.
pub(crate) struct Jar {
    access: String,
    refresh: String,
    due: Instant,
}

impl Jar {
    pub(crate) fn new(access: &str, refresh: &str) -> Self {
        Self {
            access: access.to_owned(),
            refresh: refresh.to_owned(),
            due: Instant::now() + REFRESH_INTERVAL,
        }
    }
}

/// A connection that stays open, and the jars that use it, the next jar first.
pub(crate) struct Connection {
    stream: TcpStream,
    jars: VecDeque<Jar>,
    buffer: Vec<u8>,
}

impl Connection {
    /// Opens `count` connections and distributes the jars among them.
    pub(crate) async fn open(address: SocketAddr, jars: Vec<Jar>, count: usize) -> Vec<Self> {
        let mut connections = Vec::new();
        for _ in 0..count {
            let stream = TcpStream::connect(address).await.expect("a connection");
            stream.set_nodelay(true).expect("TCP_NODELAY");
            connections.push(Self {
                stream,
                jars: VecDeque::new(),
                buffer: Vec::new(),
            });
        }
        for (index, jar) in jars.into_iter().enumerate() {
            connections[index % count].jars.push_back(jar);
        }
        connections
    }

    /// Reads a whole response and returns its head.
    async fn response_head(&mut self) -> String {
        self.buffer.clear();
        let end = loop {
            self.read().await;
            let end = self.buffer.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
        };
        let head = String::from_utf8(self.buffer[..end].to_vec()).expect("UTF-8");
        let length = header(&head, "content-length").next().expect("a length");
        let length: usize = length.parse().expect("a number");
        while self.buffer.len() < end + length {
            self.read().await;
        }
        head
    }

    async fn read(&mut self) {
        let read = self.stream.read_buf(&mut self.buffer).await;
        assert_ne!(read.expect("bytes"), 0, "the program closed the connection");
    }
}

impl Caller for Connection {
    async fn call(&mut self) {
        let mut jar = self.jars.pop_front().expect("a jar");
        let Jar {
            access, refresh, ..
        } = &jar;
        let request = format!(
            "POST /api/accounts/auth/token/refresh/ HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\
             Origin: {ORIGIN}\r\nSec-Fetch-Site: same-origin\r\n\
             Accept: application/json\r\nContent-Length: 0\r\n\
             Cookie: access_token={access}; refresh_token={refresh}\r\n\r\n"
        );
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("the request is sent");
        let head = self.response_head().await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let mut is_rotated = false;
        for cookie in header(&head, "set-cookie") {
            let cookie = cookie
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='));
            match cookie.expect("a cookie") {
                ("access_token", token) => token.clone_into(&mut jar.access),
                ("refresh_token", token) => {
                    is_rotated = true;
                    token.clone_into(&mut jar.refresh);
                }
                (name, _) => panic!("unexpected cookie {name}"),
            }
        }
        assert!(
            is_rotated,
            "no rotation: the refresh was too early, or the clock was set back"
        );
        jar.due = Instant::now() + REFRESH_INTERVAL;
        self.jars.push_back(jar);
    }

    async fn wait(&mut self) {
        if let Some(next) = self.jars.front() {
            sleep_until(next.due.into()).await;
        }
    }
}

/// Returns the values of a header. `name` is in lower case, as hyper sends names.
fn header<'a>(head: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    head.lines()
        .filter_map(move |line| line.strip_prefix(name)?.strip_prefix(": "))
}
