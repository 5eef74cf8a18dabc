//! A request that is under way while the server loses commits, and arrives when
//! it is back: it carries the token before the one whose rotation was lost.

use std::thread;

use portcullis::wire::paths;

use crate::{
    browser::Browser,
    http::Connection,
    installation::Installation,
    killed_programs::ended_on_postgres,
    postgres::{self, Crash},
};

/// With the browser going on in the meantime from what it received: the lost
/// write is made good first, and then the request of before arrives.
#[test]
fn from_before_a_lost_rotation_signs_nobody_out() {
    let server = postgres::take();
    // Nothing but a commit that waits for the disk is kept.
    server.set("SET wal_writer_delay = '10s'");
    let url = server.new_database();
    let installation = Installation::on_postgres(&url).with_window(10);
    let program = installation.start();
    let timeout = installation.window();
    let browser = Browser::register(program.address, "ada@example.org", timeout);
    let mut connection = Connection::to(program.address);
    // The window since signing in, after which a refresh rotates.
    thread::sleep(installation.window());
    thread::sleep(installation.window() / 100);

    let request = browser.asking("POST", paths::REFRESH, "application/json", "empty", "");
    let (beginning, end) = request.split_at(request.len() - 1);
    let mut late = Connection::to(program.address);
    late.send_beginning(beginning, timeout).expect("sent");

    browser.refresh(&mut connection).expect("kept");
    assert_eq!(generation(&url), 1, "it rotated");
    server.crash(Crash::Stop, &url);
    assert_eq!(generation(&url), 0, "the rotation was lost");
    browser.works(&mut connection);
    let renewed = browser.refresh(&mut connection);
    renewed.expect("what the browser received is good");
    browser.works(&mut connection);

    late.send_beginning(end, timeout).expect("sent");
    let answer = late.receive(timeout).expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    browser.take_in(&answer);
    browser.works(&mut connection);
    let renewed = browser.refresh(&mut connection);
    renewed.expect("what the browser received is good");
    assert_eq!(ended_on_postgres(&url), (1, 0));
}

fn generation(url: &str) -> i64 {
    use sqlx::{Connection as _, PgConnection};
    let row: (i64,) = postgres::wait_for(async {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query_as("SELECT generation FROM sessions")
            .fetch_one(&mut connection)
            .await
    });
    row.0
}
