//! The disk of the `PostgreSQL` server is full, under load: first no table can grow, then the
//! server crashes, because it cannot write its log, and cannot start again.

use std::{net::SocketAddr, os::unix::fs::MetadataExt, sync::atomic::Ordering::Relaxed, thread};

use portcullis::wire::{Code, paths};
use sqlx::{Connection as _, PgConnection};
use testkit::PASSWORD;

use crate::{
    browser::{Browser, assert_busy},
    crowd::Crowd,
    disk::SmallDisk,
    http::{Connection, request},
    installation::{Installation, Program},
    killed_programs::{seeded_rng, session_counts},
    postgres::{self, Own, Server},
    wait,
};

/// The size of the disk in megabytes. A new server has 30.
const DISK: u32 = 64;

#[test]
fn full_disk_of_the_database_signs_no_user_out_and_loses_nothing() {
    let shared = postgres::share();
    let owner = shared.folder().metadata().expect("the folder").uid();
    let Some(disk) = SmallDisk::mount_for(DISK, owner, shared.folder()) else {
        return;
    };
    let server = Running(shared.create_in(disk.folder()));
    assert!(server.0.start(), "PostgreSQL starts");
    let url = server.0.new_database();
    let installation = Installation::on_postgres(&url).with_window(3);
    let programs: Vec<Program> = (0..2).map(|_| installation.start()).collect();
    let addresses: Vec<SocketAddr> = programs.iter().map(|program| program.address).collect();
    let crowd = Crowd::start(&installation, &addresses, &mut seeded_rng("full disk"));
    let leaving = Browser::register(addresses[0], "leaving@example.org", wait::TIMEOUT);
    let stolen = leaving.build_request("POST", paths::REFRESH, "application/json", "empty", "");
    let signed_out = leaving.post(&mut Connection::to(addresses[1]), paths::LOGOUT);
    assert_eq!(signed_out.map(|response| response.status), Some(200));

    disk.fill();
    let error = write_tables(&url).expect_err("no table can grow");
    assert!(error.to_string().contains("No space left"), "{error}");
    let registered = register_while_there_is_space(addresses[0]);
    thread::sleep(2 * installation.window());
    crowd.assert_no_violation();
    disk.empty();
    crowd.assert_all_work();

    disk.fill();
    wait::until("the server crashes", || write_log(&url).is_err());
    thread::sleep(2 * installation.window());
    crowd.assert_no_violation();
    disk.empty();
    // It may still be about to stop, because it could not recover.
    wait::until("the server works again", || {
        server.0.start() && execute(&url, "SELECT 1").is_ok()
    });
    crowd.assert_all_work();
    for address in &addresses {
        let response = Connection::to(*address).send(&stolen, wait::TIMEOUT);
        let response = response.expect("a response");
        let answer = (response.status, response.code());
        assert_eq!(answer, (401, Code::SessionEnded.as_str()), "{response:?}");
    }
    let tally = crowd.tally();
    println!("{tally:?}");
    let affected = tally.busy.load(Relaxed) + tally.lost.load(Relaxed);
    assert!(affected > 0, "the full disk had no effect");
    assert_eq!(session_counts(&url), (Crowd::size() + 1 + registered, 1));
}

/// Registers accounts until a table has to grow, which is 503. Returns how many there are.
fn register_while_there_is_space(address: SocketAddr) -> i64 {
    let mut connection = Connection::to(address);
    let mut registered = 0;
    wait::until("a registration needs space", || {
        let password = PASSWORD.replace(' ', "+");
        let form = format!("email=new{registered}@example.org&name=New&password={password}");
        let accept = [("accept", "application/json")];
        let register = request("POST", paths::REGISTER, &accept, &form);
        let response = connection.send(&register, wait::TIMEOUT);
        let response = response.expect("a response");
        if response.status == 200 {
            registered += 1;
            return false;
        }
        assert_busy(&response);
        true
    });
    registered
}

/// A server that is stopped before its disk is removed.
struct Running(Server<Own>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Writes a table of many megabytes, without its log.
fn write_tables(url: &str) -> Result<(), sqlx::Error> {
    execute(
        url,
        "CREATE UNLOGGED TABLE ballast AS
         SELECT repeat(md5(n::text), 60) AS line FROM generate_series(1, 50000) AS n",
    )
}

/// Writes half a megabyte to the log of the server's changes.
fn write_log(url: &str) -> Result<(), sqlx::Error> {
    execute(
        url,
        "SELECT pg_logical_emit_message(false, 'ballast', repeat('-', 500000))",
    )
}

fn execute(url: &str, statement: &'static str) -> Result<(), sqlx::Error> {
    postgres::run_query(async {
        let connected = PgConnection::connect(url).await;
        let outcome = async {
            let mut connection = connected?;
            sqlx::raw_sql(statement).execute(&mut connection).await
        };
        Ok(outcome.await.map(drop))
    })
}
