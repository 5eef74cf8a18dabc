//! `SQLite`, and somebody else writes for longer than anybody waits.

use std::{
    thread,
    time::{Duration, Instant},
};

use portcullis::wire::paths;
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use testkit::PASSWORD;

use crate::{
    browser::{Browser, Outcome, is_busy},
    database_away::DATABASE_TIMEOUT,
    http::{Connection, request},
    installation::Installation,
    wait,
};

/// Longer than a view of what ended is good without being read again.
const LONG: Duration = Duration::from_secs(12);

#[test]
fn who_reads_goes_on_and_who_writes_is_told_to_come_back() {
    let installation = Installation::on_sqlite()
        .with("REPLAY_WINDOW", "1s")
        .with("ACCESS_LIFETIME", "1m");
    let program = installation.start();
    let mut connection = Connection::to(program.address);
    let browser = Browser::register(program.address, "ada@example.org", DATABASE_TIMEOUT);
    let database = installation.folder().join("data/portcullis.db");
    // The window since signing in, after which a refresh has to write.
    thread::sleep(Duration::from_millis(1_100));

    let url = format!("sqlite://{}", database.display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut locked = runtime.block_on(async {
        let mut locked = SqliteConnection::connect(&url).await.expect("connected");
        locked.execute("BEGIN IMMEDIATE").await.expect("locked");
        locked
    });
    let since = Instant::now();
    assert_eq!(browser.refresh(&mut connection), Ok(Outcome::Busy));
    let form = format!(
        "email=ada@example.org&password={}",
        PASSWORD.replace(' ', "+")
    );
    let sign_in = request(
        "POST",
        paths::LOGIN,
        &[("accept", "application/json")],
        &form,
    );
    is_busy(
        &connection
            .send(&sign_in, DATABASE_TIMEOUT)
            .expect("an answer"),
    );
    while since.elapsed() < LONG {
        assert_eq!(browser.session(&mut connection), Ok(Outcome::Done));
        assert_eq!(browser.load(&mut connection), Ok(Outcome::Done));
        thread::sleep(Duration::from_millis(100));
    }
    runtime.block_on(async { locked.execute("ROLLBACK").await.expect("unlocked") });

    wait::until("it renews again", || {
        browser.refresh(&mut connection) == Ok(Outcome::Done)
    });
    browser.works(&mut connection);
    assert_eq!(browser.refresh(&mut connection), Ok(Outcome::Done));
}
