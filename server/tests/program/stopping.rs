//! Stopping in good order, and going on where it was.
#![cfg(unix)]

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use crate::installation::Installation;

#[test]
fn both_signals_stop_it() {
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
fn a_connection_that_idles_does_not_hold_it_up() {
    let installation = Installation::new();
    let server = installation.serve();
    let mut idle = server.connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("sent");
    let mut buffer = [0; 12];
    idle.read_exact(&mut buffer).expect("an answer");
    let _untouched = server.connect();
    server.signal("-TERM");
    let since = Instant::now();
    assert_eq!(server.wait().code, Some(0));
    assert!(since.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_request_under_way_is_finished() {
    let installation = Installation::new();
    let server = installation.serve();
    let mut slow = server.connect();
    let body = "email=a&password=b";
    let head = format!(
        "POST /api/accounts/auth/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).expect("sent");
    slow.write_all(&body.as_bytes()[..5]).expect("sent");
    thread::sleep(Duration::from_millis(200));
    let address = server.address;
    server.signal("-TERM");
    thread::sleep(Duration::from_millis(200));
    assert!(TcpStream::connect(address).is_err(), "nobody new is let in");

    slow.write_all(&body.as_bytes()[5..]).expect("sent");
    let mut answer = String::new();
    slow.read_to_string(&mut answer).expect("an answer");
    assert!(
        answer.starts_with("HTTP/1.1 401") && answer.contains("invalid_credentials"),
        "{answer}"
    );
    assert_eq!(server.wait().code, Some(0));
}

#[test]
fn sessions_outlive_a_restart_and_so_do_their_ends() {
    let installation = Installation::new();
    installation.create_user();
    let server = installation.serve();
    let (goes_on, ended) = (server.sign_in(), server.sign_in());
    let answer = server.post("/api/accounts/auth/logout/", &ended, "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.signal("-TERM");
    assert_eq!(server.wait().code, Some(0));

    let server = installation.serve();
    assert!(server.session(&goes_on).starts_with("HTTP/1.1 200"));
    let answer = server.session(&ended);
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let answer = server.post("/api/accounts/auth/token/refresh/", &ended, "");
    assert!(
        answer.starts_with("HTTP/1.1 401") && answer.contains("session_ended"),
        "{answer}"
    );
}
