//! A browser without scripts. It follows no redirect by itself, so that a test sees each
//! response.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use axum::http::Uri;
use portcullis::{clock::SystemClock, testing::CookieJar, wire::paths};
use testkit::{EMAIL, PASSWORD};

const ACCESS: &str = "access_token";

pub(crate) struct Browser {
    address: SocketAddr,
    jar: CookieJar,
}

/// A complete response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    /// With the lengths of the chunks, if it has some.
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self
            .headers
            .iter()
            .filter(move |(header, _)| header == name);
        values.map(|(_, value)| &**value)
    }
}

impl Browser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            jar: CookieJar::new(SystemClock),
        }
    }

    /// Registers an account, which signs in. Returns the ids of the account and the session.
    pub(crate) fn register(&mut self) -> (String, String) {
        let fields = format!("email={EMAIL}&password={}", PASSWORD.replace(' ', "+"));
        let script = [
            ("accept", "application/json"),
            ("sec-fetch-site", "same-origin"),
        ];
        let response = self.send("POST", paths::REGISTER, &script, &fields);
        assert_eq!(response.status, 200, "{response:?}");
        let id = |of: &str| {
            let id = response.body.split_once(&format!(r#""{of}":{{"id":""#));
            let (id, _) = id.expect(of).1.split_once('"').expect("an id");
            id.to_owned()
        };
        (id("account"), id("session"))
    }

    /// Loads a page of the same site.
    pub(crate) fn load(&mut self, path: &str) -> Response {
        self.send("GET", path, &Self::DOCUMENT, "")
    }

    /// Submits a form of the same site.
    pub(crate) fn submit(&mut self, path: &str, fields: &str) -> Response {
        let origin = self.origin();
        let mut headers = Self::DOCUMENT.to_vec();
        headers.push(("origin", &origin));
        self.send("POST", path, &headers, fields)
    }

    /// Sends a request of a script of the same site.
    pub(crate) fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut all = vec![
            ("accept", "*/*"),
            ("sec-fetch-dest", "empty"),
            ("sec-fetch-site", "same-origin"),
        ];
        all.extend(headers);
        self.send("GET", path, &all, "")
    }

    const DOCUMENT: [(&'static str, &'static str); 3] = [
        ("accept", "text/html,*/*;q=0.8"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-site", "same-origin"),
    ];

    /// Sends a request with the cookies, and stores the cookies of the response.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let url = self.url(path);
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            self.address
        );
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        if let Some(cookies) = self.jar.header(&url) {
            head.extend(["cookie: ", &cookies, "\r\n"]);
        }
        if method == "POST" {
            head += "content-type: application/x-www-form-urlencoded\r\n";
            head.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
        }
        let response = exchange(self.address, &(head + "\r\n"), body);
        for cookie in response.all("set-cookie") {
            self.jar.store(&url, cookie).expect("a valid cookie");
        }
        response
    }

    pub(crate) fn forget_cookies(&mut self) {
        self.jar = CookieJar::new(SystemClock);
    }

    pub(crate) fn access_token(&self) -> String {
        self.jar.get(ACCESS).expect("signed in").to_owned()
    }

    /// Removes the cookie, as a browser does when the cookie has expired.
    pub(crate) fn remove_access_token(&mut self) {
        self.jar.remove(ACCESS);
    }

    /// Sets the cookie as a browser has it whose clock is behind.
    pub(crate) fn set_access_token(&mut self, token: &str) {
        let cookie = format!("{ACCESS}={token}; Path=/; Max-Age=60");
        let stored = self.jar.store(&self.url("/"), &cookie);
        stored.expect("a valid cookie");
    }

    fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn url(&self, path: &str) -> Uri {
        (self.origin() + path).parse().expect("a URL")
    }
}

/// Sends a request and reads until the server closes the connection.
fn exchange(address: SocketAddr, head: &str, body: &str) -> Response {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let timeout = Some(Duration::from_secs(20));
    stream.set_read_timeout(timeout).expect("a timeout");
    // In one write: a server may respond and close before it has read a body that comes later,
    // and the reset of the connection then discards the response.
    let request = [head, body].concat();
    stream.write_all(request.as_bytes()).expect("sent");
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (head, body) = text
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("a response, but {read:?} after {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.get(9..12)?.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(": "));
    Response {
        status: status.expect("a status"),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}
