//! Clients that send or read slowly, send half a request, or leave.

use std::{
    io::{self, Write as _},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    thread,
    time::Duration,
};

use portcullis::wire::paths;
use testkit::rng::Rng;

use crate::http::request;

/// How many connections of such clients one process has at a time.
const HELD: usize = 60;

/// The number of connections of each kind.
#[derive(Default)]
pub(super) struct Rude {
    slow_writers: AtomicU64,
    slow_readers: AtomicU64,
    half_requests: AtomicU64,
    leavers: AtomicU64,
}

impl Rude {
    /// Opens connections of every kind until it is stopped.
    pub(super) fn bother(&self, address: SocketAddr, mut rng: Rng, stopped: &AtomicBool) {
        let mut held = Vec::new();
        while !stopped.load(Relaxed) {
            // The process may be restarting.
            if let Ok(stream) = self.open(address, &mut rng) {
                held.extend(stream);
            }
            if held.len() > HELD {
                held.swap_remove(rng.index(HELD));
            }
            for stream in &mut held {
                // A slow writer's next byte. The server may have closed the connection.
                let _ = stream.write(b"x");
            }
            thread::sleep(Duration::from_millis(rng.between(20, 120)));
        }
    }

    /// Returns the connection, unless the client leaves at once.
    fn open(&self, address: SocketAddr, rng: &mut Rng) -> io::Result<Option<TcpStream>> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_write_timeout(Some(Duration::from_millis(20)))?;
        let (counter, stays, bytes) = match rng.between(0, 3) {
            0 => (
                &self.slow_writers,
                true,
                "GET / HTTP/1.1\r\nhost: x\r\nx-".to_owned(),
            ),
            // Pages that the client does not read.
            1 => (
                &self.slow_readers,
                true,
                request("GET", "/login", &[("accept", "text/html")], "").repeat(40),
            ),
            2 => (&self.half_requests, true, half_a_sign_in()),
            _ => (&self.leavers, false, request("GET", "/login", &[], "")),
        };
        counter.fetch_add(1, Relaxed);
        stream.write_all(bytes.as_bytes())?;
        Ok(stays.then_some(stream))
    }

    pub(super) fn figures(&self) -> String {
        let [writers, readers, halves, leavers] = [
            &self.slow_writers,
            &self.slow_readers,
            &self.half_requests,
            &self.leavers,
        ]
        .map(|count| count.load(Relaxed));
        format!(
            "{writers} slow writers, {readers} slow readers, {halves} half requests, {leavers} \
             that left"
        )
    }
}

fn half_a_sign_in() -> String {
    format!(
        "POST {} HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\nemail=",
        paths::LOGIN
    )
}
