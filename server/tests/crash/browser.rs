//! An honest browser. It sends several requests at once from one cookie jar, aborts a
//! request after a timeout and sends it again, and stores no cookie from an incomplete
//! response.
//!
//! A response that an honest browser must never get is an `Err` here, with the last
//! requests of the browser.

use std::{
    collections::VecDeque,
    io::ErrorKind,
    net::SocketAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::http::Uri;
use portcullis::{
    clock::SystemClock,
    testing::CookieJar,
    wire::{Code, paths},
};
use testkit::PASSWORD;

use crate::{
    http::{self, Connection, Response},
    installation::ORIGIN,
    jar::{REFRESH, token_generation},
    wait,
};

/// The number of a browser's last requests that the report of a violation lists.
const MAX_EVENTS: usize = 60;

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The request succeeded.
    Done,
    /// 503: try again.
    Busy,
    /// No response, or an incomplete one.
    Lost,
    /// The access token has expired: refresh.
    Expired,
}

pub(crate) struct Browser {
    email: String,
    session: Mutex<String>,
    jar: Mutex<CookieJar>,
    timeout: Duration,
    opened: Instant,
    events: Mutex<VecDeque<String>>,
}

impl Browser {
    /// Registers an account at that address and returns its signed-in browser.
    pub(crate) fn register(address: SocketAddr, email: &str, timeout: Duration) -> Self {
        let browser = Self {
            email: email.to_owned(),
            session: Mutex::default(),
            jar: Mutex::new(CookieJar::new(SystemClock)),
            timeout,
            opened: Instant::now(),
            events: Mutex::default(),
        };
        let body = browser.credentials();
        // A registration is not retried, so its timeout is long.
        let request = browser.build_request("POST", paths::REGISTER, "*/*", "empty", &body);
        let response = Connection::to(address).send(&request, wait::TIMEOUT);
        let response = response.expect("a response");
        browser.store_cookies(&response);
        assert_eq!(response.status, 200, "{response:?}");
        *browser.own_session() = session_id(&response);
        browser
    }

    /// Returns the form of a sign-in or a registration.
    fn credentials(&self) -> String {
        let password = PASSWORD.replace(' ', "+");
        format!("email={}&password={password}", self.email)
    }

    fn own_session(&self) -> MutexGuard<'_, String> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn jar(&self) -> MutexGuard<'_, CookieJar> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refreshes, as the session keeper of a page does.
    pub(crate) fn refresh(&self, connection: &mut Connection) -> Result<Outcome, String> {
        let Some(response) = self.post(connection, paths::REFRESH) else {
            return Ok(Outcome::Lost);
        };
        match response.status {
            200 => self.check_own_session(&response),
            503 => Ok(Outcome::Busy),
            _ => Err(self.violation("a refresh gets 200 or 503", &response)),
        }
    }

    /// Requests the session.
    pub(crate) fn session(&self, connection: &mut Connection) -> Result<Outcome, String> {
        let request = self.build_request("GET", paths::SESSION, "application/json", "empty", "");
        let Some(response) = self.send(connection, paths::SESSION, &request) else {
            return Ok(Outcome::Lost);
        };
        match (response.status, response.code()) {
            (200, _) => self.check_own_session(&response),
            (503, _) => Ok(Outcome::Busy),
            (401, "token_expired" | "not_signed_in") => Ok(Outcome::Expired),
            _ => Err(self.violation("a signed-in browser stays signed in", &response)),
        }
    }

    /// Loads the account page. The server refreshes first if the access token has
    /// expired.
    pub(crate) fn load(&self, connection: &mut Connection) -> Result<Outcome, String> {
        let request = self.build_request("GET", "/account", "text/html,*/*;q=0.8", "document", "");
        let Some(response) = self.send(connection, "/account", &request) else {
            return Ok(Outcome::Lost);
        };
        match response.status {
            200 if response.body.contains(&self.email) => Ok(Outcome::Done),
            503 => Ok(Outcome::Busy),
            _ => Err(self.violation("the account page is shown", &response)),
        }
    }

    /// Signs in to the account with a new session.
    pub(crate) fn sign_in(&self, connection: &mut Connection) -> Result<Outcome, String> {
        let body = self.credentials();
        let request = self.build_request("POST", paths::LOGIN, "application/json", "empty", &body);
        // Of a lost response, nothing would be known about its session.
        match connection.send(&request, wait::TIMEOUT) {
            Err(_) => Ok(Outcome::Lost),
            Ok(response) if response.status == 503 => Ok(Outcome::Busy),
            Ok(response) if response.status == 200 => {
                self.store_cookies(&response);
                *self.own_session() = session_id(&response);
                Ok(Outcome::Done)
            }
            Ok(response) => Err(self.violation("the password is accepted", &response)),
        }
    }

    /// Signs out. A repeated sign-out succeeds too.
    pub(crate) fn sign_out(&self, connection: &mut Connection) -> Result<Outcome, String> {
        match self.post(connection, paths::LOGOUT) {
            None => Ok(Outcome::Lost),
            Some(response) if response.status == 503 => Ok(Outcome::Busy),
            Some(response) if response.status == 200 => Ok(Outcome::Done),
            Some(response) => Err(self.violation("a sign-out succeeds", &response)),
        }
    }

    /// Asserts that the session works at that address. Retries until it does.
    #[track_caller]
    pub(crate) fn assert_works(&self, connection: &mut Connection) {
        let what = format!("the session of {} works", self.email);
        wait::until(&what, || {
            let outcome = self.session(connection);
            if outcome == Ok(Outcome::Expired) {
                self.refresh(connection)
                    .unwrap_or_else(|violation| panic!("{violation}"));
            }
            outcome.unwrap_or_else(|violation| panic!("{violation}")) == Outcome::Done
        });
    }

    pub(crate) fn post(&self, connection: &mut Connection, path: &str) -> Option<Response> {
        let request = self.build_request("POST", path, "application/json", "empty", "");
        self.send(connection, path, &request)
    }

    /// Builds a request of a page of the site, with the current cookies.
    pub(crate) fn build_request(
        &self,
        method: &str,
        path: &str,
        accept: &str,
        dest: &str,
        body: &str,
    ) -> String {
        let cookies = self.jar().header(&url(path)).unwrap_or_default();
        let mut headers = vec![
            ("accept", accept),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-dest", dest),
        ];
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        http::request(method, path, &headers, body)
    }

    /// Sends a request and stores the cookies of the response.
    fn send(&self, connection: &mut Connection, path: &str, request: &str) -> Option<Response> {
        let sent = (Instant::now(), token_generation(&self.jar()));
        let response = connection.send(request, self.timeout);
        self.record(path, sent, &response);
        let response = response.ok()?;
        self.store_cookies(&response);
        Some(response)
    }

    /// Stores the cookies of a response.
    pub(crate) fn store_cookies(&self, response: &Response) {
        let mut jar = self.jar();
        for cookie in response.all("set-cookie") {
            assert!(
                response.status < 400,
                "an error sets no cookie: {response:?}"
            );
            jar.store(&url("/"), cookie).expect("a valid cookie");
        }
    }

    /// Checks that a response is about this browser's own session.
    fn check_own_session(&self, response: &Response) -> Result<Outcome, String> {
        if session_id(response) == *self.own_session() && self.jar().get(REFRESH).is_some() {
            Ok(Outcome::Done)
        } else {
            Err(self.violation("a browser sees its own session", response))
        }
    }

    /// Records a request and its response for the report of a violation.
    fn record(
        &self,
        path: &str,
        (sent, generation): (Instant, i64),
        response: &std::io::Result<Response>,
    ) {
        let what = match response {
            // Hundreds of these occur while a process is being restarted.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => return,
            Err(error) => error.kind().to_string(),
            Ok(response) => {
                let mut received = CookieJar::new(SystemClock);
                for cookie in response.all("set-cookie") {
                    let _ = received.store(&url("/"), cookie);
                }
                let (status, code) = (response.status, response.code());
                if received.get(REFRESH).is_some() {
                    format!("{status}, token {}", token_generation(&received))
                } else {
                    format!("{status} {code}")
                }
            }
        };
        let (from, to) = (sent - self.opened, self.opened.elapsed());
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() == MAX_EVENTS {
            events.pop_front();
        }
        events.push_back(format!(
            "{from:.3?} to {to:.3?} {path}, token {generation}: {what}"
        ));
    }

    /// Returns the report of a broken promise.
    fn violation(&self, promise: &str, response: &Response) -> String {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let events = events.iter().cloned().collect::<Vec<_>>().join("\n  ");
        let Response { status, body, .. } = response;
        format!(
            "{promise}, but {} got {status}: {body:.300}\n  {events}",
            self.email
        )
    }
}

/// Asserts that the response is a 503 with `Retry-After` that changes no cookie.
#[track_caller]
pub(crate) fn assert_busy(response: &Response) {
    assert_eq!(
        (response.status, response.code()),
        (503, Code::Busy.as_str()),
        "{response:?}"
    );
    assert!(!response.header("retry-after").is_empty(), "{response:?}");
    assert_eq!(response.all("set-cookie").count(), 0, "{response:?}");
}

/// Returns the URL of a path at the public origin, which is the same for every process.
fn url(path: &str) -> Uri {
    format!("{ORIGIN}{path}").parse().expect("a URL")
}

fn json(response: &Response) -> serde_json::Value {
    serde_json::from_str(&response.body).unwrap_or_default()
}

fn session_id(response: &Response) -> String {
    let id = &json(response)["session"]["id"];
    id.as_str().unwrap_or_default().to_owned()
}
