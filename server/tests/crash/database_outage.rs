//! Outages of `PostgreSQL`: requests that need the database get 503 soon and lose
//! nothing, and everything recovers without help.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use portcullis::wire::{Code, paths};
use sqlx::{Connection as _, PgConnection};

use testkit::PASSWORD;

use crate::{
    browser::{Browser, assert_busy},
    http::{Connection, Response, request},
    installation::{Installation, Program},
    jar::ACCESS,
    postgres,
    proxy::{Mode, Proxy},
    wait,
};

/// The time for which a browser waits for a refresh. It ignores a later response.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

#[test]
fn outage_with_refused_connections_is_survived() {
    outage_and_recovery(Mode::Closed);
}

#[test]
fn outage_with_cut_connections_is_survived() {
    outage_and_recovery(Mode::Cut);
}

#[test]
fn outage_with_silent_connections_is_survived() {
    outage_and_recovery(Mode::Silent);
}

fn outage_and_recovery(mode: Mode) {
    let server = postgres::share();
    let url = server.new_database();
    let proxy = Proxy::to(server.socket());
    let installation = Installation::on_postgres(&proxy.url_of(&url));
    let program = installation.start();
    // On the same database, but without the proxy.
    let other = installation.start_with(&[("PORTCULLIS_DATABASE_URL", &url)]);
    let browser = Browser::register(program.address, "ada@example.org", REQUEST_TIMEOUT);
    let other_browser = Browser::register(program.address, "bob@example.org", REQUEST_TIMEOUT);
    let stolen =
        other_browser.build_request("GET", paths::SESSION, "application/json", "empty", "");

    during_refreshes(&browser, &program, || proxy.set(mode));
    assert_requests_get_503(&browser, &program);
    assert_paths_without_database_work(&program);
    let signed_out = other_browser.post(&mut Connection::to(other.address), paths::LOGOUT);
    assert_eq!(signed_out.map(|response| response.status), Some(200));

    proxy.set(Mode::Open);
    let mut connection = Connection::to(program.address);
    wait::until("the program is ready again", || {
        get(&mut connection, "/readyz").status == 200
    });
    // As soon as the process accepts any token again, it knows the sessions that ended
    // during the outage.
    let response = connection
        .send(&stolen, REQUEST_TIMEOUT)
        .expect("a response");
    assert_eq!(
        (response.status, response.code()),
        (401, Code::SessionEnded.as_str()),
        "{response:?}"
    );
    browser.assert_works(&mut connection);
    wait::until("both processes listen for ended sessions", || {
        listeners(&url) == 2
    });
}

/// The number of concurrent refreshes. More than the database connections of the
/// program, because each running refresh may hold one of these for ever.
const CONCURRENT_REFRESHES: usize = 20;

/// Refreshes on several connections before, during and after `action`.
fn during_refreshes(browser: &Browser, program: &Program, action: impl FnOnce()) {
    let is_stopped = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..CONCURRENT_REFRESHES {
            scope.spawn(|| {
                let mut connection = Connection::to(program.address);
                while !is_stopped.load(Ordering::Relaxed) {
                    let outcome = browser.refresh(&mut connection);
                    assert_ne!(
                        outcome,
                        Ok(crate::browser::Outcome::Lost),
                        "every refresh gets a response"
                    );
                    outcome.unwrap_or_else(|violation| panic!("{violation}"));
                }
            });
        }
        thread::sleep(Duration::from_millis(500));
        action();
        is_stopped.store(true, Ordering::Relaxed);
    });
}

fn assert_requests_get_503(browser: &Browser, program: &Program) {
    let json = |method: &str, path: &str, body: &str| {
        browser.build_request(method, path, "application/json", "empty", body)
    };
    let page =
        |path: &str| browser.build_request("GET", path, "text/html,*/*;q=0.8", "document", "");
    let form = format!(
        "email=eve@example.org&password={}",
        PASSWORD.replace(' ', "+")
    );
    let without_cookies =
        |path: &str| request("POST", path, &[("accept", "application/json")], &form);
    let mut requests = vec![
        json("POST", paths::REFRESH, ""),
        json("GET", paths::SESSION, ""),
        json("POST", paths::LOGOUT, ""),
        without_cookies(paths::LOGIN),
        without_cookies(paths::REGISTER),
    ];
    let mut pages = vec![page("/account?a=b"), page("/"), page("/nothing-here")];
    let jar = browser.jar().clone();
    browser.jar().remove(ACCESS);
    pages.push(page("/account"));
    *browser.jar() = jar;
    requests.push(request("GET", "/readyz", &[], ""));

    thread::scope(|scope| {
        for request in requests {
            scope.spawn(move || assert_busy(&send(program, &request)));
        }
        for page in pages {
            scope.spawn(move || assert_error_page(&send(program, &page)));
        }
    });
}

fn send(program: &Program, request: &str) -> Response {
    let response = Connection::to(program.address).send(request, REQUEST_TIMEOUT);
    response.unwrap_or_else(|error| panic!("{error}: {request}"))
}

/// Asserts that the response is a page with the error message. A script on it would
/// treat the user as signed out, so there must be none.
#[track_caller]
fn assert_error_page(response: &Response) {
    assert_busy(response);
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    assert!(response.body.contains(Code::Busy.message()), "{response:?}");
    assert!(!response.body.contains("<script"), "{response:?}");
}

fn assert_paths_without_database_work(program: &Program) {
    let mut connection = Connection::to(program.address);
    for path in [paths::HEALTH, paths::JWKS, "/", "/login"] {
        assert_eq!(get(&mut connection, path).status, 200, "{path}");
    }
}

fn get(connection: &mut Connection, path: &str) -> Response {
    let request = request("GET", path, &[("accept", "*/*")], "");
    connection
        .send(&request, REQUEST_TIMEOUT)
        .expect("a response")
}

/// Returns the number of connections that listen for the end of sessions.
fn listeners(url: &str) -> i64 {
    let (count,): (i64,) = postgres::run_query(async {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query_as(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE 'LISTEN%'",
        )
        .fetch_one(&mut connection)
        .await
    });
    count
}
