//! `portcullis keys`: signing keys from the command line, while a server runs.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::installation::{Installation, Server};

/// The state of each key that is listed, the oldest first.
fn states(installation: &Installation) -> Vec<String> {
    let listed = installation.run(&["keys", "list"]);
    assert_eq!((listed.code, &*listed.err), (Some(0), ""));
    let mut lines = listed.out.lines().map(|line| {
        let cells: Vec<_> = line.split("  ").filter(|cell| !cell.is_empty()).collect();
        assert_eq!(cells.len(), 4, "{line}");
        cells[1].trim().to_owned()
    });
    assert_eq!(lines.next().as_deref(), Some("STATE"));
    lines.collect()
}

fn published(server: &Server) -> usize {
    let set = server.get("/.well-known/jwks.json", "");
    assert!(set.contains("max-age=300"), "{set}");
    set.matches("\"kid\"").count()
}

/// Longer than the seconds within which a running server reads the keys, for a
/// machine that has much to do.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn rotating_publishes_a_key_in_a_running_server_and_signs_nobody_out() {
    let installation = Installation::new();
    installation.create_user();
    let server = installation.serve();
    let cookies = server.sign_in();
    assert_eq!(states(&installation), ["signs"]);
    assert_eq!(published(&server), 1);

    let rotated = installation.run(&["keys", "rotate"]);
    assert_eq!((rotated.code, &*rotated.err), (Some(0), ""));
    assert!(
        rotated
            .out
            .starts_with("A new key is published, and signs from "),
        "{}",
        rotated.out
    );
    assert_eq!(states(&installation), ["signs", "published, signs next"]);
    wait_until("it is not published", || published(&server) == 2);
    assert!(server.session(&cookies).starts_with("HTTP/1.1 200"));

    let again = installation.run(&["keys", "rotate"]).out;
    assert!(
        again.starts_with("A new key had been published already; "),
        "{again}"
    );
    assert_eq!(states(&installation).len(), 2);
}

#[test]
fn revoking_replaces_every_key_and_is_known_to_a_running_server_before_it_counts() {
    let installation = Installation::new();
    installation.create_user();
    let server = installation.serve();
    let cookies = server.sign_in();
    let revoked = installation.run(&["keys", "rotate", "--revoke"]);
    assert_eq!((revoked.code, &*revoked.err), (Some(0), ""));
    assert!(
        revoked.out.contains("browsers renew theirs"),
        "{}",
        revoked.out
    );
    wait_until("it is not published", || published(&server) == 2);
    assert!(
        server.session(&cookies).starts_with("HTTP/1.1 200"),
        "not before its moment"
    );
}

#[test]
fn the_help_says_what_revoking_costs() {
    let help = Installation::new().run(&["keys", "rotate", "--help"]).out;
    for part in [
        "--revoke",
        "nobody is signed out",
        "What it costs",
        "jwks.json",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
}

#[test]
fn keys_of_another_secret_are_refused_with_what_to_do() {
    let installation = Installation::new();
    assert_eq!(states(&installation), ["signs"]);
    let other = Installation::new();
    other.run(&["keys", "list"]);
    let secret = |of: &Installation| of.folder.path().join("data/secret");
    std::fs::copy(secret(&other), secret(&installation)).expect("copied");
    for command in [
        &["keys", "list"][..],
        &["keys", "rotate"],
        &["keys", "rotate", "--revoke"],
    ] {
        let sentence = installation.refuses(command, 1);
        assert!(
            sentence.contains("do not open with this secret file"),
            "{sentence}"
        );
    }
}
