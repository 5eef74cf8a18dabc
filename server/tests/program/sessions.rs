//! `portcullis session`: sessions on the command line.

use std::{
    thread,
    time::{Duration, Instant},
};

use sqlx::{Connection, SqliteConnection};

use testkit::EMAIL;

use crate::{installation::Installation, rejected::assert_rejected_within_a_second};

fn cells(list: &str) -> Vec<Vec<&str>> {
    list.lines()
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect()
        })
        .collect()
}

#[test]
fn listed_session_can_be_revoked() {
    let installation = Installation::new();
    installation.create_user();
    let list = || installation.run(&["session", "list"]).out;
    assert_eq!(list(), "There are no active sessions.\n");

    let server = installation.serve();
    let (first, second) = (server.sign_in(), server.sign_in());
    let listed = list();
    let lines = cells(&listed);
    assert_eq!(
        lines[0],
        ["SESSION", "E-MAIL", "SIGNED IN", "REFRESHED", "EXPIRES"]
    );
    assert_eq!((lines[1][1], lines[2][1], lines.len()), (EMAIL, EMAIL, 3));
    assert_eq!(
        installation
            .run(&["session", "list", "--account", EMAIL])
            .out,
        listed
    );

    // Newest first.
    let newest = lines[1][0];
    let revoke = || installation.run(&["session", "revoke", newest]).out;
    assert_eq!(revoke(), "The session has been revoked.\n");
    assert_rejected_within_a_second(&server, &second);
    assert!(server.session(&first).starts_with("HTTP/1.1 200"));
    assert_eq!(revoke(), "The session had already ended.\n");
    assert_eq!(cells(&list())[1..], lines[2..]);
}

#[test]
fn all_sessions_of_an_account_can_be_revoked() {
    let installation = Installation::new();
    installation.create_user();
    let revoke = || {
        installation
            .run(&["session", "revoke", "--account", EMAIL])
            .out
    };
    assert_eq!(revoke(), "The account had no active session.\n");

    let server = installation.serve();
    let sessions = [server.sign_in(), server.sign_in()];
    assert_eq!(revoke(), "The account's 2 sessions have been revoked.\n");
    for cookies in &sessions {
        assert_rejected_within_a_second(&server, cookies);
    }
    let again = server.sign_in();
    assert!(server.session(&again).starts_with("HTTP/1.1 200"));
    assert_eq!(revoke(), "The account's session has been revoked.\n");
}

#[test]
fn all_sessions_of_the_installation_can_be_revoked() {
    let installation = Installation::new();
    installation.create_user();
    let revoke = || {
        installation
            .run(&["session", "revoke", "--all", "--yes"])
            .out
    };
    assert_eq!(revoke(), "There was no active session.\n");
    let server = installation.serve();
    let sessions = [server.sign_in(), server.sign_in()];
    let unconfirmed = installation.fails(&["session", "revoke", "--all"], 1);
    assert_eq!(
        unconfirmed,
        "This signs out every user of the installation. Add --yes to confirm it; nothing was changed"
    );
    assert_eq!(revoke(), "2 sessions have been revoked.\n");
    for cookies in &sessions {
        assert_rejected_within_a_second(&server, cookies);
    }
}

#[test]
fn mistake_is_reported_in_one_line() {
    let installation = Installation::new();
    for (arguments, expected) in [
        (
            &["session", "revoke", "ada"][..],
            "`ada` is not a session id; `portcullis session list` lists the ids",
        ),
        (
            &["session", "revoke", "--account", "ada"],
            "the e-mail address is invalid: ",
        ),
    ] {
        let message = installation.fails(arguments, 1);
        assert!(message.starts_with(expected), "{message}");
        assert!(!installation.has_data(), "no data folder is created");
    }
    for (arguments, expected) in [
        (
            &["session", "revoke", "019a0000-0000-7000-8000-000000000000"][..],
            "there is no session with this id; `portcullis session list` lists the ids",
        ),
        (
            &["session", "revoke", "--account", "eve@example.org"],
            "there is no account with this e-mail address",
        ),
        (
            &["session", "list", "--account", "eve@example.org"],
            "there is no account with this e-mail address",
        ),
    ] {
        assert_eq!(installation.fails(arguments, 1), expected);
    }
    for arguments in [
        &["session", "revoke"][..],
        &["session", "revoke", "x", "--account", EMAIL],
        &["session", "revoke", "x", "--all"],
        &["session", "revoke", "x", "--yes"],
    ] {
        let failed = installation.run(arguments);
        assert_eq!(failed.code, Some(2), "one or the other: {failed:?}");
    }
}

#[test]
fn old_rows_are_purged_by_command_and_by_server() {
    let installation = Installation::new();
    installation.create_user();
    let purge = || installation.run(&["session", "purge"]).out;
    {
        let server = installation.serve();
        server.sign_in();
        server.sign_in();
    }
    assert_eq!(purge(), "Sessions deleted: 0. Audit events deleted: 0.\n");
    make_older(&installation, 61, "LIMIT 1");
    assert_eq!(purge(), "Sessions deleted: 1. Audit events deleted: 0.\n");
    make_older(&installation, 91, "");
    // Four events: the signing key and the account were created, and two sign-ins. The
    // remaining session expired 61 days ago.
    assert_eq!(purge(), "Sessions deleted: 1. Audit events deleted: 4.\n");

    let server = installation.serve();
    server.sign_in();
    drop(server);
    make_older(&installation, 91, "");
    let _server = installation.serve();
    let since = Instant::now();
    while count(&installation) > 0 {
        assert!(since.elapsed() < Duration::from_secs(10), "no purge");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Moves all events, and the sessions that `limit` selects, `days` into the past.
fn make_older(installation: &Installation, days: i64, limit: &str) {
    let micros = days * 24 * 60 * 60 * 1_000_000;
    on_database(installation, async |connection| {
        for statement in [
            format!(
                "UPDATE sessions SET created_at = created_at - {micros}, expires_at = expires_at - {micros}
                 WHERE id IN (SELECT id FROM sessions ORDER BY id {limit})"
            ),
            format!("UPDATE audit_events SET at = at - {micros}"),
        ] {
            let done = sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *connection).await;
            done.expect("an update");
        }
    });
}

fn count(installation: &Installation) -> i64 {
    on_database(installation, async |connection| {
        let count = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM audit_events)",
        );
        count.fetch_one(connection).await.expect("a count")
    })
}

pub(crate) fn on_database<T>(
    installation: &Installation,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> T,
) -> T {
    let database = installation.folder.path().join("data/portcullis.db");
    let url = format!("sqlite://{}", database.display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect(&url).await.expect("a connection");
        let outcome = work(&mut connection).await;
        connection.close().await.expect("the connection closes");
        outcome
    })
}
