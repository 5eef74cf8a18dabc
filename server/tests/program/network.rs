//! Invalid and oversized requests on the wire.

use std::{
    io::{Read, Write},
    net::Shutdown,
};

use crate::installation::Installation;

fn status(response: &str) -> &str {
    response
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .unwrap_or_default()
}

/// An attacker on a sibling domain fills the browser with cookies.
#[test]
fn cookie_bomb_is_431_and_server_stays_alive() {
    let installation = Installation::new();
    let server = installation.serve();
    let cookie = format!("a={}; ", "x".repeat(4096));
    let one_header = format!("Cookie: {}\r\n", cookie.repeat(50));
    let many_headers = format!("Cookie: {cookie}\r\n").repeat(50);
    let many_small = "X-A: b\r\n".repeat(2000);
    for headers in [one_header, many_headers, many_small] {
        let response = server.get("/", &headers);
        assert_eq!(status(&response), "431", "{response:.200}");
        assert!(server.is_alive());
    }
    let path = format!("/{}", "a".repeat(100_000));
    let response = server.get(&path, "");
    assert!(
        matches!(status(&response), "414" | "431"),
        "{response:.200}"
    );
    assert!(server.is_alive());
}

#[test]
fn realistic_number_of_cookies_is_accepted() {
    let installation = Installation::new();
    let server = installation.serve();
    let headers = format!(
        "Cookie: {}\r\n",
        format!("a={}; ", "x".repeat(1000)).repeat(16)
    );
    assert_eq!(status(&server.get("/healthz", &headers)), "200");
}

#[test]
fn invalid_http_is_400_or_closed() {
    let installation = Installation::new();
    let server = installation.serve();
    for bytes in [
        &b"\r\n\r\nhello\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n a: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = server.connect();
        stream.write_all(bytes).expect("the bytes are sent");
        stream
            .shutdown(Shutdown::Write)
            .expect("the write half is shut down");
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response);
        let response = String::from_utf8_lossy(&response);
        assert!(
            response.is_empty() || status(&response).starts_with('4'),
            "{bytes:?}: {response}"
        );
        assert!(server.is_alive(), "{bytes:?}");
    }
}

/// The request has two contradictory lengths. A proxy may have used the other one.
#[test]
fn smuggled_request_gets_no_response() {
    let installation = Installation::new();
    let server = installation.serve();
    let response = server.send(
        b"POST /api/accounts/auth/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\
          Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n",
    );
    assert!(!response.contains("alive"), "{response}");
    assert!(server.is_alive());
}

#[test]
fn request_without_a_path_is_404() {
    let installation = Installation::new();
    let server = installation.serve();
    for line in ["CONNECT evil.example:443", "OPTIONS *"] {
        let request = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&server.send(request.as_bytes())), "404", "{line}");
    }
    assert!(server.is_alive());
}

#[test]
fn large_body_is_413_with_and_without_length() {
    let installation = Installation::new();
    let server = installation.serve();
    let response = server.post("/api/accounts/auth/login/", "", &"a".repeat(1_000_000));
    assert_eq!(status(&response), "413", "{response}");
    let chunk = format!("400\r\n{}\r\n", "a".repeat(1024));
    let request = format!(
        "POST /api/accounts/auth/login/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{}",
        chunk.repeat(100)
    );
    assert_eq!(status(&server.send(request.as_bytes())), "413");
    assert!(server.is_alive());
}

#[test]
fn client_beyond_its_share_of_connections_is_closed() {
    let installation = Installation::new().with("CONNECTIONS_PER_ADDRESS", "2");
    let server = installation.serve();
    let mut held = [server.connect(), server.connect()];
    for stream in &mut held {
        let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(request).expect("sent");
        let mut start = [0; 12];
        stream.read_exact(&mut start).expect("a response");
        assert_eq!(&start, b"HTTP/1.1 200");
    }
    assert_eq!(server.get("/healthz", ""), "", "closed without a response");
    let trusting = installation.with("TRUSTED_PROXIES", "127.0.0.1").serve();
    let _held = [(); 4].map(|()| trusting.connect());
    assert!(trusting.is_alive(), "a trusted proxy has no limit");
}
