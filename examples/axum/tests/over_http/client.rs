//! A client that keeps cookies as a browser does, over plain TCP.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

/// How long a server may take to respond.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) struct Client {
    address: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    /// Loads a page, as a browser does when the user follows a link.
    pub(crate) fn page(&mut self, path: &str) -> Response {
        self.send(
            "GET",
            path,
            "Accept: text/html\r\nSec-Fetch-Dest: document\r\n",
            "",
        )
    }

    /// Calls a path from a script.
    pub(crate) fn call(&mut self, method: &str, path: &str) -> Response {
        self.send(method, path, "Accept: application/json\r\n", "")
    }

    /// Submits a form without JavaScript.
    pub(crate) fn form(&mut self, path: &str, body: &str) -> Response {
        let headers = "Accept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        self.send("POST", path, headers, body)
    }

    fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Response {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\
             Cookie: {}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
            cookies.join("; "),
            body.len(),
            host = self.address,
        );
        let mut stream = TcpStream::connect(&self.address).expect("connect to the server");
        stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
        stream
            .write_all(request.as_bytes())
            .expect("send the request");
        let mut response = String::new();
        stream
            .read_to_string(&mut response)
            .expect("read the response");
        let (head, body) = response.split_once("\r\n\r\n").expect("a header section");
        let response = Response {
            status: head[9..12].parse().expect("a numeric status"),
            head: head.to_owned(),
            body: body.to_owned(),
        };
        self.keep_cookies(&response);
        response
    }

    fn keep_cookies(&mut self, response: &Response) {
        for cookie in response.headers("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a name and a value");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Response {
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }

    pub(crate) fn location(&self) -> &str {
        self.headers("location")
            .first()
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}
