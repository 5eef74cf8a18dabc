//! A minimal HTTP/1.1 client with one connection that stays open.
//!
//! An incomplete response is an error: the tests depend on this distinction.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::wait;

/// A response that arrived completely.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) took: Duration,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the error code, which pages and JSON responses have in the same header.
    pub(crate) fn code(&self) -> &str {
        self.header("x-portcullis-code")
    }
}

/// Builds the bytes of a request.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: x\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    if method == "POST" {
        text += "content-type: application/x-www-form-urlencoded\r\n";
        text.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
    }
    text + "\r\n" + body
}

/// A connection to one address. It is opened when it is needed, and again after an
/// error.
#[derive(Debug)]
pub(crate) struct Connection {
    address: SocketAddr,
    stream: Option<BufReader<Bounded>>,
}

impl Connection {
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
        }
    }

    /// Sends a request and waits for the whole response, for at most `timeout`.
    pub(crate) fn send(&mut self, request: &str, timeout: Duration) -> io::Result<Response> {
        self.send_beginning(request, timeout)?;
        self.receive(timeout)
    }

    /// Sends bytes without waiting for a response.
    pub(crate) fn send_beginning(&mut self, bytes: &str, timeout: Duration) -> io::Result<()> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(Bounded::connect(self.address, timeout)?),
        };
        stream.get_mut().stream.write_all(bytes.as_bytes())?;
        self.stream = Some(stream);
        Ok(())
    }

    /// Waits for the whole response to the bytes sent so far.
    pub(crate) fn receive(&mut self, timeout: Duration) -> io::Result<Response> {
        let since = Instant::now();
        let mut stream = self.stream.take().ok_or(io::ErrorKind::NotConnected)?;
        stream.get_mut().until = since + timeout;
        let response = read_response(&mut stream, since);
        // After the timeout the client has gone, even if the response is here by now.
        if since.elapsed() > timeout {
            close(stream);
            return Err(io::ErrorKind::TimedOut.into());
        }
        let response = response?;
        if response.header("connection") != "close" {
            self.stream = Some(stream);
        }
        Ok(response)
    }
}

/// Closes a connection, and waits until the server has noticed. Otherwise a slow
/// machine would accumulate requests for which no client waits, and one of them could
/// run for longer than the protocol allows.
fn close(mut stream: BufReader<Bounded>) {
    let bounded = stream.get_mut();
    bounded.until = Instant::now() + wait::TIMEOUT;
    // The call fails if the server has closed the connection too.
    if bounded.stream.shutdown(Shutdown::Write).is_ok() {
        let _ = io::copy(&mut stream, &mut io::sink());
    }
}

/// A stream whose reads time out at a fixed time.
#[derive(Debug)]
struct Bounded {
    stream: TcpStream,
    until: Instant,
}

impl Bounded {
    fn connect(address: SocketAddr, timeout: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, timeout)?;
        stream.set_nodelay(true)?;
        let until = Instant::now() + timeout;
        Ok(Self { stream, until })
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        self.stream.read(buffer)
    }
}

fn read_response(stream: &mut BufReader<Bounded>, since: Instant) -> io::Result<Response> {
    let status = line(stream)?;
    let status = status.get(9..12).and_then(|status| status.parse().ok());
    let mut response = Response {
        status: status.ok_or(io::ErrorKind::InvalidData)?,
        headers: Vec::new(),
        body: String::new(),
        took: Duration::ZERO,
    };
    loop {
        let line = line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").ok_or(io::ErrorKind::InvalidData)?;
        response.headers.push((name.to_owned(), value.to_owned()));
    }
    let mut body = Vec::new();
    if response.header("transfer-encoding") == "chunked" {
        while let length @ 1.. = chunk_length(&line(stream)?)? {
            exactly(stream, length, &mut body)?;
            line(stream)?;
        }
        line(stream)?;
    } else {
        let length = response.header("content-length").parse();
        exactly(stream, length.unwrap_or(0), &mut body)?;
    }
    response.body = String::from_utf8(body).map_err(|_| io::ErrorKind::InvalidData)?;
    response.took = since.elapsed();
    Ok(response)
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.strip_suffix("\r\n");
    line.map(str::to_owned)
        .ok_or(io::ErrorKind::UnexpectedEof.into())
}

fn chunk_length(line: &str) -> io::Result<u64> {
    u64::from_str_radix(line, 16).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn exactly(stream: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    let read = stream.take(length).read_to_end(body)?;
    if u64::try_from(read).is_ok_and(|read| read == length) {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
