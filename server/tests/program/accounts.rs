//! `portcullis user`: accounts on the command line.

use testkit::{EMAIL, PASSWORD};

use crate::{installation::Installation, rejected::assert_rejected_within_a_second};

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
fn closed_registration_leaves_the_command() {
    let installation = Installation::new().with("REGISTRATION", "closed");
    let created = installation.run_with_input(&["user", "create", EMAIL], PASSWORD);
    assert_eq!((created.code, &*created.err), (Some(0), ""));
    installation.serve().sign_in();
}

#[test]
fn invited_user_registers_by_the_printed_link() {
    let installation = Installation::new().with("REGISTRATION", "invited");
    let invited = installation.run(&["user", "invite", "grace@example.org"]);
    assert_eq!((invited.code, &*invited.err), (Some(0), ""));
    let (message, link) = invited.out.trim_end().split_once('\n').expect("two lines");
    assert!(
        message.starts_with("Send this link to grace@example.org."),
        "{message}"
    );
    let (_, token) = link.split_once("/register?invitation=").expect("a link");
    assert_eq!(token.len(), 43, "{link}");
    let closed = installation.with("REGISTRATION", "closed");
    let rejected = closed.run(&["user", "invite", "ada@example.org"]);
    assert_eq!((rejected.code, &*rejected.out), (Some(1), ""));
    assert!(
        rejected.err.contains("registration is closed"),
        "{}",
        rejected.err
    );
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

#[test]
fn administrator_rights_are_granted_and_revoked() {
    let installation = Installation::new();
    installation.create_user();
    let output = |command| installation.run(&["user", command, EMAIL]).out;
    let was_not = "The account was not an administrator.\n";
    assert_eq!(output("revoke-admin"), was_not);
    let granted = "The account is now an administrator.\n";
    assert_eq!(output("grant-admin"), granted);
    let was_already = "The account was already an administrator.\n";
    assert_eq!(output("grant-admin"), was_already);
    assert!(
        installation
            .run(&["user", "list"])
            .out
            .contains("  admin  ")
    );
    // Also the last one: an operator can make another.
    let revoked = "The account is no longer an administrator.\n";
    assert_eq!(output("revoke-admin"), revoked);
    let unknown = installation.fails(&["user", "grant-admin", "eve@example.org"], 1);
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
    assert_rejected_within_a_second(&server, &cookies);
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

#[test]
fn password_can_be_set_and_ends_all_sessions() {
    let installation = Installation::new();
    installation.create_user();
    let server = installation.serve();
    let sessions = [server.sign_in(), server.sign_in()];

    let arguments = ["user", "set-password", EMAIL];
    let set = installation.run_with_input(&arguments, "another long password\n");
    assert_eq!((set.code, &*set.err), (Some(0), ""));
    assert_eq!(
        set.out,
        "The password has been set. Its 2 sessions have ended.\n"
    );
    for cookies in &sessions {
        assert_rejected_within_a_second(&server, cookies);
    }
    let refresh = server.post("/api/accounts/auth/token/refresh/", &sessions[0], "");
    assert!(refresh.contains("password_changed"), "{refresh}");
    let sign_in = |password| {
        let body = format!("email={EMAIL}&password={password}");
        server.post("/api/accounts/auth/login/", "", &body)
    };
    let former = sign_in(PASSWORD.replace(' ', "+"));
    assert!(former.starts_with("HTTP/1.1 401"), "{former}");
    let current = sign_in("another+long+password".to_owned());
    assert!(current.starts_with("HTTP/1.1 200"), "{current}");
}

#[test]
fn account_can_be_renamed() {
    let installation = Installation::new();
    installation.create_user();
    let rename = || installation.run(&["user", "rename", EMAIL, "Ada King"]).out;
    assert_eq!(rename(), "The account has been renamed.\n");
    assert_eq!(rename(), "The account had this name already.\n");
    let list = installation.run(&["user", "list"]).out;
    assert!(list.contains("Ada King"), "{list}");
}

#[test]
fn deleted_account_is_rejected_within_a_second() {
    let installation = Installation::new();
    installation.create_user();
    let server = installation.serve();
    let cookies = server.sign_in();

    let unconfirmed = installation.fails(&["user", "delete", EMAIL], 1);
    assert_eq!(
        unconfirmed,
        "This deletes the account ada@example.org and its personal data, and cannot be undone. \
         Add --yes to confirm it; nothing was changed"
    );
    assert!(server.session(&cookies).starts_with("HTTP/1.1 200"));

    let deleted = installation.run(&["user", "delete", EMAIL, "--yes"]);
    assert_eq!(
        deleted.out,
        "The account has been deleted. Its session has ended.\n"
    );
    assert_rejected_within_a_second(&server, &cookies);
    let refresh = server.post("/api/accounts/auth/token/refresh/", &cookies, "");
    assert!(refresh.contains("account_deleted"), "{refresh}");
    let again = installation.fails(&["user", "delete", EMAIL, "--yes"], 1);
    assert_eq!(again, "there is no account with this e-mail address");
    // The address is free.
    installation.create_user();
}

#[test]
fn unknown_account_or_command_is_reported() {
    let installation = Installation::new();
    installation.create_user();
    let unknown = "there is no account with this e-mail address";
    let eve = "eve@example.org";
    assert_eq!(
        installation.fails(&["user", "rename", eve, "Eve"], 1),
        unknown
    );
    let set = installation.run_with_input(&["user", "set-password", eve], PASSWORD);
    assert_eq!(set.err, format!("portcullis: {unknown}\n"));
    let mistyped = installation.run(&["user", "set-pasword", EMAIL]);
    assert_eq!(mistyped.code, Some(2));
    assert!(mistyped.err.contains("set-password"), "{}", mistyped.err);
}
