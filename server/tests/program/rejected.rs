//! Waits until a running server rejects the tokens of a session.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::installation::Server;

/// Asserts that the running server rejects both tokens within a second.
#[track_caller]
pub(crate) fn assert_rejected_within_a_second(server: &Server, cookies: &str) {
    let since = Instant::now();
    while server.session(cookies).starts_with("HTTP/1.1 200") {
        assert!(
            since.elapsed() < Duration::from_secs(1),
            "the session is still valid"
        );
        thread::sleep(Duration::from_millis(20));
    }
    assert!(server.session(cookies).starts_with("HTTP/1.1 401"));
    let refresh = server.post("/api/accounts/auth/token/refresh/", cookies, "");
    assert!(refresh.starts_with("HTTP/1.1 401"), "{refresh}");
}
