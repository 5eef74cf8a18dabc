//! An honest browser: several requests at once from one jar of cookies, each
//! given up after a while and sent again, and no cookie from an answer that did
//! not arrive in full.
//!
//! Whatever an honest browser must never be told is an `Err` here, with the last
//! of what the browser did.

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
    http::{self, Answer, Connection},
    installation::ORIGIN,
    jar::{REFRESH, token_generation},
    wait,
};

/// How much of what a browser did is told where a promise is broken.
const MOST_EVENTS: usize = 60;

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did what it was for.
    Done,
    /// 503: to be tried again.
    Busy,
    /// No answer, or not all of it.
    Lost,
    /// The access token is over: to be renewed.
    Expired,
}

pub(crate) struct Browser {
    email: String,
    session: String,
    jar: Mutex<CookieJar>,
    timeout: Duration,
    opened: Instant,
    events: Mutex<VecDeque<String>>,
}

impl Browser {
    /// Opens an account at that address, and is signed in.
    pub(crate) fn register(address: SocketAddr, email: &str, timeout: Duration) -> Self {
        let mut browser = Self {
            email: email.to_owned(),
            session: String::new(),
            jar: Mutex::new(CookieJar::new(SystemClock)),
            timeout,
            opened: Instant::now(),
            events: Mutex::default(),
        };
        let body = format!("email={email}&password={}", PASSWORD.replace(' ', "+"));
        // Nobody repeats it, so it may take its time.
        let request = browser.asking("POST", paths::REGISTER, "*/*", "empty", &body);
        let answer = Connection::to(address).send(&request, wait::LONGEST);
        let answer = answer.expect("an answer");
        browser.take_in(&answer);
        assert_eq!(answer.status, 200, "{answer:?}");
        browser.session = session_id(&answer);
        browser
    }

    pub(crate) fn jar(&self) -> MutexGuard<'_, CookieJar> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Renews, as the page's keeper does.
    pub(crate) fn refresh(&self, connection: &mut Connection) -> Result<Outcome, String> {
        let Some(answer) = self.post(connection, paths::REFRESH) else {
            return Ok(Outcome::Lost);
        };
        match answer.status {
            200 => self.own(&answer),
            503 => Ok(Outcome::Busy),
            _ => Err(self.broken("a refresh is 200 or 503", &answer)),
        }
    }

    /// Asks who is signed in.
    pub(crate) fn session(&self, connection: &mut Connection) -> Result<Outcome, String> {
        let request = self.asking("GET", paths::SESSION, "application/json", "empty", "");
        let Some(answer) = self.ask(connection, paths::SESSION, &request) else {
            return Ok(Outcome::Lost);
        };
        match (answer.status, answer.code()) {
            (200, _) => self.own(&answer),
            (503, _) => Ok(Outcome::Busy),
            (401, "token_expired" | "not_signed_in") => Ok(Outcome::Expired),
            _ => Err(self.broken("who is signed in is signed in", &answer)),
        }
    }

    /// Loads the account's page, which is resumed where the access token is over.
    pub(crate) fn load(&self, connection: &mut Connection) -> Result<Outcome, String> {
        let request = self.asking("GET", "/account", "text/html,*/*;q=0.8", "document", "");
        let Some(answer) = self.ask(connection, "/account", &request) else {
            return Ok(Outcome::Lost);
        };
        match answer.status {
            200 if answer.body.contains(&self.email) => Ok(Outcome::Done),
            503 => Ok(Outcome::Busy),
            _ => Err(self.broken("the account's page is shown", &answer)),
        }
    }

    /// Goes on until it has been shown that the session works at that address.
    #[track_caller]
    pub(crate) fn works(&self, connection: &mut Connection) {
        let what = format!("the session of {} works", self.email);
        wait::until(&what, || {
            let outcome = self.session(connection);
            if outcome == Ok(Outcome::Expired) {
                self.refresh(connection)
                    .unwrap_or_else(|broken| panic!("{broken}"));
            }
            outcome.unwrap_or_else(|broken| panic!("{broken}")) == Outcome::Done
        });
    }

    pub(crate) fn post(&self, connection: &mut Connection, path: &str) -> Option<Answer> {
        let request = self.asking("POST", path, "application/json", "empty", "");
        self.ask(connection, path, &request)
    }

    /// A request of a page of ours, with the cookies of this moment.
    pub(crate) fn asking(
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

    /// Sends, and takes in what came back.
    fn ask(&self, connection: &mut Connection, path: &str, request: &str) -> Option<Answer> {
        let sent = (Instant::now(), token_generation(&self.jar()));
        let answer = connection.send(request, self.timeout);
        self.note(path, sent, &answer);
        let answer = answer.ok()?;
        self.take_in(&answer);
        Some(answer)
    }

    /// Keeps the cookies of an answer.
    pub(crate) fn take_in(&self, answer: &Answer) {
        let mut jar = self.jar();
        for cookie in answer.all("set-cookie") {
            assert!(answer.status < 400, "an error sets no cookie: {answer:?}");
            jar.store(&url("/"), cookie).expect("a cookie that is kept");
        }
    }

    /// Whether an answer speaks of this browser's own session.
    fn own(&self, answer: &Answer) -> Result<Outcome, String> {
        if session_id(answer) == self.session && self.jar().get(REFRESH).is_some() {
            Ok(Outcome::Done)
        } else {
            Err(self.broken("a browser sees its own session", answer))
        }
    }

    fn note(
        &self,
        path: &str,
        (sent, generation): (Instant, i64),
        answer: &std::io::Result<Answer>,
    ) {
        let what = match answer {
            // While a process is started again there are hundreds.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => return,
            Err(error) => error.kind().to_string(),
            Ok(answer) => {
                let mut received = CookieJar::new(SystemClock);
                for cookie in answer.all("set-cookie") {
                    let _ = received.store(&url("/"), cookie);
                }
                let (status, code) = (answer.status, answer.code());
                if received.get(REFRESH).is_some() {
                    format!("{status}, token {}", token_generation(&received))
                } else {
                    format!("{status} {code}")
                }
            }
        };
        let (from, to) = (sent - self.opened, self.opened.elapsed());
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() == MOST_EVENTS {
            events.pop_front();
        }
        events.push_back(format!(
            "{from:.3?} to {to:.3?} {path}, token {generation}: {what}"
        ));
    }

    fn broken(&self, promise: &str, answer: &Answer) -> String {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let events = events.iter().cloned().collect::<Vec<_>>().join("\n  ");
        let Answer { status, body, .. } = answer;
        format!(
            "{promise}, and {} got {status}: {body:.300}\n  {events}",
            self.email
        )
    }
}

/// Nothing in 503, and nothing that could have signed anybody out.
#[track_caller]
pub(crate) fn is_busy(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.code()),
        (503, Code::Busy.as_str()),
        "{answer:?}"
    );
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    assert_eq!(answer.all("set-cookie").count(), 0, "{answer:?}");
}

/// Where the browser believes it is, whichever process it reaches.
fn url(path: &str) -> Uri {
    format!("{ORIGIN}{path}").parse().expect("a URL")
}

fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_str(&answer.body).unwrap_or_default()
}

fn session_id(answer: &Answer) -> String {
    let id = &json(answer)["session"]["id"];
    id.as_str().unwrap_or_default().to_owned()
}
