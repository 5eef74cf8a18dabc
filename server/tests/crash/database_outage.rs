//! `PostgreSQL` is away: whoever needs it is told to come back, soon and without
//! losing anything, and all comes back by itself.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use portcullis::wire::{Code, paths};
use sqlx::{Connection as _, PgConnection};

use testkit::PASSWORD;

use crate::{
    browser::{Browser, is_busy},
    http::{Answer, Connection, request},
    installation::{Installation, Program},
    jar::ACCESS,
    postgres,
    proxy::{Proxy, Way},
    wait,
};

/// How long a browser waits for a refresh: what comes later tells it nothing.
pub(crate) const DATABASE_TIMEOUT: Duration = Duration::from_secs(10);

#[test]
fn where_no_server_runs() {
    away_and_back(Way::Closed);
}

#[test]
fn where_connections_are_cut() {
    away_and_back(Way::Cut);
}

#[test]
fn where_nothing_arrives_and_nobody_is_told() {
    away_and_back(Way::Silent);
}

fn away_and_back(way: Way) {
    let server = postgres::share();
    let url = server.new_database();
    let proxy = Proxy::to(server.socket());
    let installation = Installation::on_postgres(&proxy.url_of(&url));
    let program = installation.start();
    // On the same data, and not cut off.
    let other = installation.start_with(&[("PORTCULLIS_DATABASE_URL", &url)]);
    let browser = Browser::register(program.address, "ada@example.org", DATABASE_TIMEOUT);
    let leaver = Browser::register(program.address, "bob@example.org", DATABASE_TIMEOUT);
    let stolen = leaver.asking("GET", paths::SESSION, "application/json", "empty", "");

    in_the_middle_of_refreshes(&browser, &program, || proxy.set(way));
    all_are_told_to_come_back(&browser, &program);
    what_needs_no_database_goes_on(&program);
    let signed_out = leaver.post(&mut Connection::to(other.address), paths::LOGOUT);
    assert_eq!(signed_out.map(|answer| answer.status), Some(200));

    proxy.set(Way::Open);
    let mut connection = Connection::to(program.address);
    wait::until("it is ready again", || {
        get(&mut connection, "/readyz").status == 200
    });
    // As soon as the process vouches for anybody, it knows what ended meanwhile.
    let answer = connection
        .send(&stolen, DATABASE_TIMEOUT)
        .expect("an answer");
    assert_eq!(
        (answer.status, answer.code()),
        (401, Code::SessionEnded.as_str()),
        "{answer:?}"
    );
    browser.works(&mut connection);
    wait::until("both processes listen for what ends", || {
        listeners(&url) == 2
    });
}

/// More than there are connections to the database: those under way may each hold
/// one for ever.
const LANES: usize = 20;

/// Renews on several connections while something happens, and some more.
fn in_the_middle_of_refreshes(browser: &Browser, program: &Program, happens: impl FnOnce()) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                let mut connection = Connection::to(program.address);
                while !is_over.load(Ordering::Relaxed) {
                    let outcome = browser.refresh(&mut connection);
                    assert_ne!(
                        outcome,
                        Ok(crate::browser::Outcome::Lost),
                        "an answer comes"
                    );
                    outcome.unwrap_or_else(|broken| panic!("{broken}"));
                }
            });
        }
        thread::sleep(Duration::from_millis(500));
        happens();
        is_over.store(true, Ordering::Relaxed);
    });
}

fn all_are_told_to_come_back(browser: &Browser, program: &Program) {
    let json = |method: &str, path: &str, body: &str| {
        browser.asking(method, path, "application/json", "empty", body)
    };
    let page = |path: &str| browser.asking("GET", path, "text/html,*/*;q=0.8", "document", "");
    let form = format!(
        "email=eve@example.org&password={}",
        PASSWORD.replace(' ', "+")
    );
    let strangers = |path: &str| request("POST", path, &[("accept", "application/json")], &form);
    let mut requests = vec![
        json("POST", paths::REFRESH, ""),
        json("GET", paths::SESSION, ""),
        json("POST", paths::LOGOUT, ""),
        strangers(paths::LOGIN),
        strangers(paths::REGISTER),
    ];
    let mut pages = vec![page("/account?a=b"), page("/"), page("/nothing-here")];
    let jar = browser.jar().clone();
    browser.jar().remove(ACCESS);
    pages.push(page("/account"));
    *browser.jar() = jar;
    requests.push(request("GET", "/readyz", &[], ""));

    thread::scope(|scope| {
        for request in requests {
            scope.spawn(move || is_busy(&answer(program, &request)));
        }
        for page in pages {
            scope.spawn(move || is_a_page(&answer(program, &page)));
        }
    });
}

fn answer(program: &Program, request: &str) -> Answer {
    let answer = Connection::to(program.address).send(request, DATABASE_TIMEOUT);
    answer.unwrap_or_else(|error| panic!("{error}: {request}"))
}

/// For a person, in words, without a script that would take them for signed out.
#[track_caller]
fn is_a_page(answer: &Answer) {
    is_busy(answer);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert!(answer.body.contains(Code::Busy.sentence()), "{answer:?}");
    assert!(!answer.body.contains("<script"), "{answer:?}");
}

fn what_needs_no_database_goes_on(program: &Program) {
    let mut connection = Connection::to(program.address);
    for path in [paths::HEALTH, paths::JWKS, "/", "/login"] {
        assert_eq!(get(&mut connection, path).status, 200, "{path}");
    }
}

fn get(connection: &mut Connection, path: &str) -> Answer {
    let request = request("GET", path, &[("accept", "*/*")], "");
    connection
        .send(&request, DATABASE_TIMEOUT)
        .expect("an answer")
}

/// How many connections wait to be told that a session has ended.
fn listeners(url: &str) -> i64 {
    let (count,): (i64,) = postgres::wait_for(async {
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
