//! Graceful shutdown, and sessions after a restart.
#![cfg(unix)]

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use crate::installation::Installation;

#[test]
fn server_stops_on_both_signals() {
    for signal in ["-TERM", "-INT"] {
        let installation = Installation::new();
        let server = installation.serve();
        assert!(server.is_alive());
        server.signal(signal);
        let since = Instant::now();
        let finished = server.wait();
        assert_eq!(finished.code, Some(0), "{finished:?}");
        assert_eq!(finished.out, "Portcullis has stopped.\n");
        assert!(
            since.elapsed() < Duration::from_secs(5),
            "an idle server stops at once"
        );
    }
}

#[test]
fn idle_connection_does_not_delay_the_stop() {
    let installation = Installation::new();
    let server = installation.serve();
    let mut idle = server.connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("a request");
    let mut buffer = [0; 12];
    idle.read_exact(&mut buffer).expect("a response");
    let _unused = server.connect();
    server.signal("-TERM");
    let since = Instant::now();
    assert_eq!(server.wait().code, Some(0));
    assert!(since.elapsed() < Duration::from_secs(5));
}

#[test]
fn running_request_is_finished_before_the_stop() {
    let installation = Installation::new();
    let server = installation.serve();
    let mut slow = server.connect();
    let body = "email=a&password=b";
    let head = format!(
        "POST /api/accounts/auth/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).expect("the head is sent");
    slow.write_all(&body.as_bytes()[..5])
        .expect("a part of the body is sent");
    thread::sleep(Duration::from_millis(200));
    let address = server.address;
    server.signal("-TERM");
    thread::sleep(Duration::from_millis(200));
    assert!(
        TcpStream::connect(address).is_err(),
        "new connections are refused"
    );

    slow.write_all(&body.as_bytes()[5..])
        .expect("the rest of the body is sent");
    let mut response = String::new();
    slow.read_to_string(&mut response).expect("a response");
    assert!(
        response.starts_with("HTTP/1.1 401") && response.contains("invalid_credentials"),
        "{response}"
    );
    assert_eq!(server.wait().code, Some(0));
}

#[test]
fn restart_keeps_active_and_ended_sessions() {
    let installation = Installation::new();
    installation.create_user();
    let server = installation.serve();
    let (active, ended) = (server.sign_in(), server.sign_in());
    let logout = server.post("/api/accounts/auth/logout/", &ended, "");
    assert!(logout.starts_with("HTTP/1.1 200"), "{logout}");
    server.signal("-TERM");
    assert_eq!(server.wait().code, Some(0));

    let server = installation.serve();
    assert!(server.session(&active).starts_with("HTTP/1.1 200"));
    let session = server.session(&ended);
    assert!(session.starts_with("HTTP/1.1 401"), "{session}");
    let refresh = server.post("/api/accounts/auth/token/refresh/", &ended, "");
    assert!(
        refresh.starts_with("HTTP/1.1 401") && refresh.contains("session_ended"),
        "{refresh}"
    );
}
