//! `portcullis session`: sessions from the command line.

use std::{
    thread,
    time::{Duration, Instant},
};

use sqlx::{Connection, SqliteConnection};

use testkit::EMAIL;

use crate::installation::{Installation, Server};

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

/// Waits until the running server refuses.
#[track_caller]
fn assert_refused_within_a_second(server: &Server, cookies: &str) {
    let since = Instant::now();
    while server.session(cookies).starts_with("HTTP/1.1 200") {
        assert!(since.elapsed() < Duration::from_secs(1), "it still lives");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(server.session(cookies).starts_with("HTTP/1.1 401"));
    let renewed = server.post("/api/accounts/auth/token/refresh/", cookies, "");
    assert!(renewed.starts_with("HTTP/1.1 401"), "{renewed}");
}

#[test]
fn a_session_is_listed_and_revoked() {
    let installation = Installation::new();
    installation.create_user();
    let list = || installation.run(&["session", "list"]).out;
    assert_eq!(list(), "Nobody is signed in.\n");

    let server = installation.serve();
    let (first, second) = (server.sign_in(), server.sign_in());
    let listed = list();
    let lines = cells(&listed);
    assert_eq!(
        lines[0],
        ["SESSION", "E-MAIL", "SIGNED IN", "RENEWED", "ENDS"]
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
    assert_eq!(revoke(), "The session is ended.\n");
    assert_refused_within_a_second(&server, &second);
    assert!(server.session(&first).starts_with("HTTP/1.1 200"));
    assert_eq!(revoke(), "The session had ended already.\n");
    assert_eq!(cells(&list())[1..], lines[2..]);
}

#[test]
fn all_sessions_of_an_account_are_revoked() {
    let installation = Installation::new();
    installation.create_user();
    let revoke = || {
        installation
            .run(&["session", "revoke", "--account", EMAIL])
            .out
    };
    assert_eq!(revoke(), "The account had no session.\n");

    let server = installation.serve();
    let sessions = [server.sign_in(), server.sign_in()];
    assert_eq!(revoke(), "The account's 2 sessions are ended.\n");
    for cookies in &sessions {
        assert_refused_within_a_second(&server, cookies);
    }
    let again = server.sign_in();
    assert!(server.session(&again).starts_with("HTTP/1.1 200"));
    assert_eq!(revoke(), "The account's session is ended.\n");
}

#[test]
fn a_mistake_is_one_sentence() {
    let installation = Installation::new();
    for (arguments, sentence) in [
        (
            &["session", "revoke", "ada"][..],
            "`ada` is not the id of a session; `portcullis session list` shows them",
        ),
        (
            &["session", "revoke", "--account", "ada"],
            "the e-mail address cannot be used: ",
        ),
    ] {
        let said = installation.refuses(arguments, 1);
        assert!(said.starts_with(sentence), "{said}");
        let data = installation.folder.path().join("data");
        assert!(!data.exists(), "nothing was made");
    }
    for (arguments, sentence) in [
        (
            &["session", "revoke", "019a0000-0000-7000-8000-000000000000"][..],
            "there is no session with this id",
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
        assert_eq!(installation.refuses(arguments, 1), sentence);
    }
    for arguments in [
        &["session", "revoke"][..],
        &["session", "revoke", "x", "--account", EMAIL],
    ] {
        let refused = installation.run(arguments);
        assert_eq!(refused.code, Some(2), "one or the other: {refused:?}");
    }
}

#[test]
fn what_is_over_is_purged_by_command_and_by_the_server() {
    let installation = Installation::new();
    installation.create_user();
    let purge = || installation.run(&["session", "purge"]).out;
    {
        let server = installation.serve();
        server.sign_in();
        server.sign_in();
    }
    assert_eq!(purge(), "Sessions removed: 0. Events removed: 0.\n");
    make_older(&installation, 61, "LIMIT 1");
    assert_eq!(purge(), "Sessions removed: 1. Events removed: 0.\n");
    make_older(&installation, 91, "");
    // The account was opened, and two people signed in; the one who is left
    // expired 61 days ago.
    assert_eq!(purge(), "Sessions removed: 1. Events removed: 3.\n");

    let server = installation.serve();
    server.sign_in();
    drop(server);
    make_older(&installation, 91, "");
    let _server = installation.serve();
    let since = Instant::now();
    while count(&installation) > 0 {
        assert!(since.elapsed() < Duration::from_secs(10), "never purged");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Puts events, and sessions or one of them, that many days into the past.
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
            done.expect("written");
        }
    });
}

fn count(installation: &Installation) -> i64 {
    on_database(installation, async |connection| {
        let count = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM audit_events)",
        );
        count.fetch_one(connection).await.expect("read")
    })
}

fn on_database<T>(
    installation: &Installation,
    work: impl AsyncFnOnce(&mut SqliteConnection) -> T,
) -> T {
    let database = installation.folder.path().join("data/portcullis.db");
    let url = format!("sqlite://{}", database.display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect(&url).await.expect("connected");
        let outcome = work(&mut connection).await;
        connection.close().await.expect("closed");
        outcome
    })
}
