//! `portcullis user`: accounts from the command line.

use std::{
    thread,
    time::{Duration, Instant},
};

use testkit::{EMAIL, PASSWORD};

use crate::installation::Installation;

#[test]
fn accounts_are_created_and_listed() {
    let installation = Installation::new();
    let empty = installation.run(&["user", "list"]);
    assert_eq!(
        empty.out,
        "There are no accounts yet; `portcullis user create` makes one.\n"
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
fn what_cannot_be_used_is_refused_and_leaves_nothing_behind() {
    let installation = Installation::new();
    for (arguments, input, sentence) in [
        (
            &["user", "create", "ada"][..],
            PASSWORD,
            "the e-mail address cannot be used: ",
        ),
        (
            &["user", "create", EMAIL],
            "short",
            "the password cannot be used: Use at least 15 characters.",
        ),
        (
            &["user", "create", EMAIL],
            "",
            "the password cannot be used: ",
        ),
        (
            &["user", "create", EMAIL, "--name", "a\u{202e}b"],
            PASSWORD,
            "the name cannot be used: ",
        ),
        (
            &["user", "activate", "ada"],
            "",
            "the e-mail address cannot be used: ",
        ),
    ] {
        let refused = installation.run_with_input(arguments, input);
        assert_eq!(refused.code, Some(1), "{arguments:?}: {refused:?}");
        let said = refused
            .err
            .strip_prefix("portcullis: ")
            .expect("a sentence");
        assert!(said.starts_with(sentence), "{said}");
        assert_eq!(said.lines().count(), 1);
        assert!(
            !installation.folder.path().join("data").exists(),
            "nothing was made"
        );
    }
}

#[test]
fn an_address_is_given_once() {
    let installation = Installation::new();
    installation.create_user();
    let again = installation.run_with_input(&["user", "create", "ADA@example.org"], PASSWORD);
    assert_eq!(again.code, Some(1));
    assert_eq!(
        again.err,
        "portcullis: there is an account with this e-mail address already\n"
    );
}

#[test]
fn switching_says_what_it_did() {
    let installation = Installation::new();
    installation.create_user();
    let said = |verb| installation.run(&["user", verb, EMAIL]).out;
    assert_eq!(said("activate"), "The account was active already.\n");
    assert_eq!(
        said("deactivate"),
        "The account cannot sign in any more; all of its sessions are ended.\n"
    );
    assert_eq!(said("deactivate"), "The account was inactive already.\n");
    assert_eq!(said("activate"), "The account can sign in again.\n");
    let unknown = installation.refuses(&["user", "deactivate", "eve@example.org"], 1);
    assert_eq!(unknown, "there is no account with this e-mail address");
}

/// An operator who switches an account off has it out of the running server in
/// under a second.
#[test]
fn a_running_server_feels_it_within_a_second() {
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
        assert!(since.elapsed() < Duration::from_secs(1), "it still lives");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(server.session(&cookies).starts_with("HTTP/1.1 401"));
}

#[test]
#[cfg(unix)]
fn the_data_are_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let installation = Installation::new().with("DATA_DIR", "deep/er");
    installation.create_user();
    let mode = |path: &str| {
        let path = installation.folder.path().join(path);
        path.metadata().expect("there").permissions().mode() & 0o777
    };
    assert_eq!(mode("deep/er"), 0o700);
    assert_eq!(mode("deep/er/secret"), 0o600);
}
