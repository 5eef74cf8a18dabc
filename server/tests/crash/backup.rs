//! A backup is restored: which sessions work afterwards, and how to end those that the backup
//! revived.

use std::{fs, process::Command, thread};

use portcullis::wire::{SIGNED_IN_HEADER, paths};

use crate::{
    browser::{Browser, Outcome},
    http::Connection,
    installation::{Installation, Program},
    postgres, wait,
};

#[test]
fn restored_sqlite_backup_keeps_sessions_that_are_older_than_it() {
    let installation = Installation::on_sqlite().with_window(3);
    let database = installation.folder().join("data/portcullis.db");
    let backup = || {
        installation.run(&["backup", "backup.db"]);
    };
    let restore = || {
        for rest in ["portcullis.db-wal", "portcullis.db-shm"] {
            // There are none if the program had closed the database.
            let _ = fs::remove_file(database.with_file_name(rest));
        }
        fs::copy(installation.folder().join("backup.db"), &database).expect("restored");
    };
    check(&installation, backup, restore);
}

#[test]
fn restored_postgres_backup_keeps_sessions_that_are_older_than_it() {
    let server = postgres::share();
    let url = server.new_database();
    let name = postgres::name_of(&url);
    let installation = Installation::on_postgres(&url).with_window(3);
    let file = installation.folder().join("backup.dump");
    let run = |program: &str, arguments: &[&str]| {
        // As root: the owner of the server may not write to the folder of the test.
        let mut command = Command::new(server.program(program));
        command.arg("--host").arg(server.folder());
        command.args(["--username=postgres"]).args(arguments);
        assert!(command.status().expect("a status").success(), "{program}");
    };
    let file = file.to_str().expect("UTF-8");
    let backup = || run("pg_dump", &["--format=custom", "--file", file, &name]);
    let restore = || {
        let into = [
            "--clean",
            "--if-exists",
            "--single-transaction",
            "--dbname",
            &name,
            file,
        ];
        run("pg_restore", &into);
    };
    check(&installation, backup, restore);
}

fn check(installation: &Installation, backup: impl Fn(), restore: impl Fn()) {
    let mut program = installation.start();
    let register = |program: &Program, name| {
        let email = format!("{name}@example.org");
        Browser::register(program.address, &email, wait::TIMEOUT)
    };
    let staying = register(&program, "staying");
    let leaving = register(&program, "leaving");
    backup();

    let late = register(&program, "late");
    let mut connection = Connection::to(program.address);
    for _ in 0..2 {
        thread::sleep(installation.window());
        until_done("a refresh", || staying.refresh(&mut connection));
    }
    let left = access_of(&leaving);
    until_done("a sign-out", || leaving.sign_out(&mut connection));
    assert!(!is_accepted(&mut connection, &left));

    program.kill();
    restore();
    program.start();
    // The database does not know the last tokens of this browser, and restores its state.
    let mut connection = Connection::to(program.address);
    until_done("a refresh", || staying.refresh(&mut connection));
    staying.assert_works(&mut connection);
    assert!(is_accepted(&mut connection, &left), "revived");
    let lost = connection.send(&refresh_of(&late), wait::TIMEOUT);
    assert_eq!(lost.expect("a response").status, 401);

    installation.run(&["session", "revoke", "--all", "--yes"]);
    wait::until("all sessions have ended", || {
        !is_accepted(&mut connection, &left) && !is_accepted(&mut connection, &access_of(&staying))
    });
}

/// Repeats a request until it gets its response in time.
#[track_caller]
fn until_done(what: &str, mut request: impl FnMut() -> Result<Outcome, String>) {
    wait::until(what, || {
        request().unwrap_or_else(|violation| panic!("{violation}")) == Outcome::Done
    });
}

/// Returns a request with the browser's access token.
fn access_of(browser: &Browser) -> String {
    browser.build_request("GET", paths::SESSION, "application/json", "empty", "")
}

/// Returns a request with the browser's refresh token.
fn refresh_of(browser: &Browser) -> String {
    browser.build_request("POST", paths::REFRESH, "application/json", "empty", "")
}

fn is_accepted(connection: &mut Connection, request: &str) -> bool {
    let response = connection.send(request, wait::TIMEOUT).expect("a response");
    response.header(SIGNED_IN_HEADER) == "true"
}
