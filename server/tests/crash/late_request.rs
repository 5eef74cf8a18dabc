//! A request that is being sent while the `PostgreSQL` server loses commits, and that
//! arrives after its restart. It carries the refresh token of the generation before the
//! lost rotation.

use std::thread;

use portcullis::wire::paths;

use crate::{
    browser::Browser,
    http::Connection,
    installation::Installation,
    killed_programs::session_counts,
    postgres::{self, Crash},
};

/// In the meantime the browser continues with the tokens that it received. So the
/// server recovers the lost rotation first, and then the late request arrives.
#[test]
fn late_request_after_lost_rotation_is_accepted() {
    let server = postgres::take();
    // Only commits that wait for the disk survive the crash.
    server.set("SET wal_writer_delay = '10s'");
    let url = server.new_database();
    let installation = Installation::on_postgres(&url).with_window(10);
    let program = installation.start();
    let timeout = installation.window();
    let browser = Browser::register(program.address, "ada@example.org", timeout);
    let mut connection = Connection::to(program.address);
    // After the replay window since the sign-in, a refresh rotates.
    thread::sleep(installation.window());
    thread::sleep(installation.window() / 100);

    let request = browser.build_request("POST", paths::REFRESH, "application/json", "empty", "");
    let (beginning, end) = request.split_at(request.len() - 1);
    let mut late = Connection::to(program.address);
    late.send_beginning(beginning, timeout)
        .expect("the beginning is sent");

    browser
        .refresh(&mut connection)
        .expect("the session is kept");
    assert_eq!(generation(&url), 1, "the session rotated");
    server.crash(Crash::Stop, &url);
    assert_eq!(generation(&url), 0, "the rotation was lost");
    browser.assert_works(&mut connection);
    let refreshed = browser.refresh(&mut connection);
    refreshed.expect("the received tokens are valid");
    browser.assert_works(&mut connection);

    late.send_beginning(end, timeout).expect("the end is sent");
    let response = late.receive(timeout).expect("a response");
    assert_eq!(response.status, 200, "{response:?}");
    browser.store_cookies(&response);
    browser.assert_works(&mut connection);
    let refreshed = browser.refresh(&mut connection);
    refreshed.expect("the received tokens are valid");
    assert_eq!(session_counts(&url), (1, 0));
}

fn generation(url: &str) -> i64 {
    use sqlx::{Connection as _, PgConnection};
    let row: (i64,) = postgres::run_query(async {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query_as("SELECT generation FROM sessions")
            .fetch_one(&mut connection)
            .await
    });
    row.0
}
