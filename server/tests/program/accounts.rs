//! `portcullis user`: accounts on the command line.

use std::{
    thread,
    time::{Duration, Instant},
};

use testkit::{EMAIL, PASSWORD};

use crate::installation::Installation;

#[test]
fn created_accounts_are_listed() {
    let installation = Installation::new();
    let empty = installation.run(&["user", "list"]);
    assert_eq!(
        empty.out,
        "There are no accounts yet; create one with `portcullis user create EMAIL`.\n"
    );

    let input = format!("{PASSWORD}\n");
    let arguments = ["user", "create", EMAIL, "--name", "Ada Lovelace", "--admin"];
    let created = installation.run_with_input(&arguments, &input);
    assert_eq!((created.code, &*created.err), (Some(0), ""));
    assert!(
        created.out.starts_with("Created ada@example.org ("),
        "{}",
        created.out
    );

    let arguments = ["user", "create", "bob@example.org", "--inactive"];
    installation.run_with_input(&arguments, "another long password\r\n");
    let list = installation.run(&["user", "list"]).out;
    let lines: Vec<Vec<_>> = list
        .lines()
        .map(|line| {
            line.split("  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect()
        })
        .collect();
    assert_eq!(
        lines[0][..5],
        ["E-MAIL", "NAME", "STATE", "ROLE", "CREATED"]
    );
    assert_eq!(lines[1][..4], [EMAIL, "Ada Lovelace", "active", "admin"]);
    assert_eq!(lines[2][..2], ["bob@example.org", "inactive"]);
    assert_eq!(lines.len(), 3);
}

#[test]
fn invalid_input_is_rejected_and_creates_no_files() {
    let installation = Installation::new();
    for (arguments, input, expected) in [
        (
            &["user", "create", "ada"][..],
            PASSWORD,
            "the e-mail address is invalid: ",
        ),
        (
            &["user", "create", EMAIL],
            "short",
            "the password is invalid: Use at least 15 characters.",
        ),
        (&["user", "create", EMAIL], "", "the password is invalid: "),
        (
            &["user", "create", EMAIL, "--name", "a\u{202e}b"],
            PASSWORD,
            "the name is invalid: ",
        ),
        (
            &["user", "activate", "ada"],
            "",
            "the e-mail address is invalid: ",
        ),
    ] {
        let failed = installation.run_with_input(arguments, input);
        assert_eq!(failed.code, Some(1), "{arguments:?}: {failed:?}");
        let message = failed.err.strip_prefix("portcullis: ").expect("a message");
        assert!(message.starts_with(expected), "{message}");
        assert_eq!(message.lines().count(), 1);
        assert!(!installation.has_data(), "no data folder is created");
    }
}

#[test]
fn second_account_with_same_address_is_rejected() {
    let installation = Installation::new();
    installation.create_user();
    let second = installation.run_with_input(&["user", "create", "ADA@example.org"], PASSWORD);
    assert_eq!(second.code, Some(1));
    assert_eq!(
        second.err,
        "portcullis: there is an account with this e-mail address already\n"
    );
}

#[test]
fn activation_reports_what_changed() {
    let installation = Installation::new();
    installation.create_user();
    let output = |command| installation.run(&["user", command, EMAIL]).out;
    assert_eq!(output("activate"), "The account was already active.\n");
    assert_eq!(
        output("deactivate"),
        "The account can no longer sign in; all its sessions have ended.\n"
    );
    assert_eq!(output("deactivate"), "The account was already inactive.\n");
    assert_eq!(output("activate"), "The account can sign in again.\n");
    let unknown = installation.fails(&["user", "deactivate", "eve@example.org"], 1);
    assert_eq!(unknown, "there is no account with this e-mail address");
}

/// After an operator deactivates an account, the running server rejects its sessions
/// in under a second.
#[test]
fn running_server_rejects_account_within_a_second() {
    let installation = Installation::new();
    installation.create_user();
    let server = installation.serve();
    let cookies = server.sign_in();
    assert!(server.session(&cookies).starts_with("HTTP/1.1 200"));

    assert_eq!(
        installation.run(&["user", "deactivate", EMAIL]).code,
        Some(0)
    );
    let since = Instant::now();
    while server.session(&cookies).starts_with("HTTP/1.1 200") {
        assert!(
            since.elapsed() < Duration::from_secs(1),
            "the session is still valid"
        );
        thread::sleep(Duration::from_millis(20));
    }
    assert!(server.session(&cookies).starts_with("HTTP/1.1 401"));
}

#[test]
#[cfg(unix)]
fn data_are_readable_by_this_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let installation = Installation::new().with("DATA_DIR", "deep/er");
    installation.create_user();
    let mode = |path: &str| {
        let path = installation.folder.path().join(path);
        path.metadata().expect("a file").permissions().mode() & 0o777
    };
    assert_eq!(mode("deep/er"), 0o700);
    assert_eq!(mode("deep/er/secret"), 0o600);
}
