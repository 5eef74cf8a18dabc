//! A connection of a client: counted, and closed if the client reads nothing for some time.

use std::{
    fs, io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use super::connections::Place;

/// The number of connections if the limit of the process is not known: three quarters of the
/// usual limit of open files.
const DEFAULT_CONNECTIONS: usize = 768;
/// The most connections at once. Each takes some kilobytes.
const MAX_CONNECTIONS: usize = 50_000;

/// Returns how many connections the process can have at once: three quarters of the files that
/// it may open, because files and the database need some too. Without a limit, many open
/// connections would prevent every new one, and the database would fail too.
pub(super) fn max_connections() -> usize {
    // Only Linux has this file.
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    three_quarters_of_open_files(&limits).unwrap_or(DEFAULT_CONNECTIONS)
}

fn three_quarters_of_open_files(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    let soft = line.split_whitespace().next()?;
    let files: usize = soft.parse().unwrap_or(usize::MAX);
    Some((files / 4 * 3).clamp(1, MAX_CONNECTIONS))
}

/// A counted connection with a timeout for writing.
pub(super) struct Connection {
    stream: TcpStream,
    write_timeout: Duration,
    /// Runs while a write is waiting for the client.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Also held by a connection that has become a WebSocket.
    _place: Place,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, write_timeout: Duration, place: Place) -> Self {
        Self {
            stream,
            write_timeout,
            stalled: None,
            _place: place,
        }
    }

    /// Passes on the outcome of a write. If the client has taken nothing for the whole timeout,
    /// the write fails, and the connection is closed.
    fn progress<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let write_timeout = self.write_timeout;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(write_timeout)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.progress(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.progress(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_three_quarters_of_the_open_files() {
        let limits = |files: &str| {
            format!(
                "Limit  Soft Limit  Hard Limit  Units\nMax open files  {files}  524288  files \n"
            )
        };
        for (files, connections) in [
            ("1024", Some(768)),
            ("unlimited", Some(MAX_CONNECTIONS)),
            ("524288", Some(MAX_CONNECTIONS)),
            ("1", Some(1)),
        ] {
            let count = three_quarters_of_open_files(&limits(files));
            assert_eq!(count, connections, "{files}");
        }
        assert_eq!(three_quarters_of_open_files(""), None);
    }
}
