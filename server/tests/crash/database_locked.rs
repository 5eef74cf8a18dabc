//! A locked `SQLite` database: another process writes for longer than any timeout.

use std::{
    thread,
    time::{Duration, Instant},
};

use portcullis::wire::paths;
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use testkit::PASSWORD;

use crate::{
    browser::{Browser, Outcome, assert_busy},
    database_outage::REQUEST_TIMEOUT,
    http::{Connection, request},
    installation::Installation,
    wait,
};

/// The duration of the lock. Longer than a revocation view stays valid without being
/// read again.
const LOCK_DURATION: Duration = Duration::from_secs(12);

#[test]
fn locked_database_serves_reads_and_writes_get_503() {
    let installation = Installation::on_sqlite()
        .with("REPLAY_WINDOW", "1s")
        .with("ACCESS_LIFETIME", "1m");
    let program = installation.start();
    let mut connection = Connection::to(program.address);
    let browser = Browser::register(program.address, "ada@example.org", REQUEST_TIMEOUT);
    let database = installation.folder().join("data/portcullis.db");
    // After the replay window since the sign-in, a refresh has to write.
    thread::sleep(Duration::from_millis(1_100));

    let url = format!("sqlite://{}", database.display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut locked = runtime.block_on(async {
        let mut locked = SqliteConnection::connect(&url).await.expect("a connection");
        locked.execute("BEGIN IMMEDIATE").await.expect("a lock");
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
    assert_busy(
        &connection
            .send(&sign_in, REQUEST_TIMEOUT)
            .expect("a response"),
    );
    while since.elapsed() < LOCK_DURATION {
        assert_eq!(browser.session(&mut connection), Ok(Outcome::Done));
        assert_eq!(browser.load(&mut connection), Ok(Outcome::Done));
        thread::sleep(Duration::from_millis(100));
    }
    runtime.block_on(async { locked.execute("ROLLBACK").await.expect("a rollback") });

    wait::until("a refresh succeeds again", || {
        browser.refresh(&mut connection) == Ok(Outcome::Done)
    });
    browser.assert_works(&mut connection);
    assert_eq!(browser.refresh(&mut connection), Ok(Outcome::Done));
}
