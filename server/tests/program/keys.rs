//! `portcullis keys`: signing keys on the command line, while a server runs.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    installation::{Installation, Server},
    sessions::on_database,
};

/// Returns the state of each listed key, oldest key first.
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

/// Waits for the condition. The timeout is longer than the seconds within which a
/// running server reads the keys, to allow for a busy machine.
fn wait_until(condition: &str, mut is_met: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_met() {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "timed out: {condition}"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn rotation_publishes_a_key_and_keeps_sessions() {
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
            .starts_with("A new key is published and signs from "),
        "{}",
        rotated.out
    );
    assert_eq!(states(&installation), ["signs", "published, signs next"]);
    wait_until("the key is published", || published(&server) == 2);
    assert!(server.session(&cookies).starts_with("HTTP/1.1 200"));

    let again = installation.run(&["keys", "rotate"]).out;
    assert!(
        again.starts_with("A new key was already published; "),
        "{again}"
    );
    assert_eq!(states(&installation).len(), 2);
}

#[test]
fn revocation_publishes_the_new_key_before_it_signs() {
    let installation = Installation::new();
    installation.create_user();
    let server = installation.serve();
    let cookies = server.sign_in();
    let revoked = installation.run(&["keys", "rotate", "--revoke"]);
    assert_eq!((revoked.code, &*revoked.err), (Some(0), ""));
    assert!(
        revoked.out.contains("browsers refresh theirs"),
        "{}",
        revoked.out
    );
    wait_until("the key is published", || published(&server) == 2);
    assert!(
        server.session(&cookies).starts_with("HTTP/1.1 200"),
        "the old key is valid until the new key signs"
    );
}

#[test]
fn help_states_the_costs_of_a_revocation() {
    let help = Installation::new().run(&["keys", "rotate", "--help"]).out;
    for part in ["--revoke", "no user is signed out", "Costs", "jwks.json"] {
        assert!(help.contains(part), "{part}: {help}");
    }
}

#[test]
fn keys_of_another_secret_are_an_error() {
    let installation = Installation::new();
    assert_eq!(states(&installation), ["signs"]);
    let other = Installation::new();
    other.run(&["keys", "list"]);
    let secret = |of: &Installation| of.folder.path().join("data/secret");
    std::fs::copy(secret(&other), secret(&installation)).expect("a copy");
    for command in [
        &["keys", "list"][..],
        &["keys", "rotate"],
        &["keys", "rotate", "--revoke"],
    ] {
        let message = installation.fails(command, 1);
        assert!(
            message.contains("cannot be decrypted with this secret file"),
            "{message}"
        );
    }
}

/// An intruder with a shell who revokes the keys leaves a trace.
#[test]
fn acts_of_an_operator_are_in_the_audit_trail() {
    let installation = Installation::new();
    installation.create_user();
    let revoked = installation.run(&["keys", "rotate", "--revoke"]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    let events: Vec<(String, String)> = on_database(&installation, async |connection| {
        let events = sqlx::query_as("SELECT event, actor FROM audit_events ORDER BY id");
        events.fetch_all(connection).await.expect("the events")
    });
    let expected = [
        ("crypt_key_created", "system"),
        ("user_created", "operator"),
        ("crypt_key_created", "operator"),
        ("crypt_key_revoked", "operator"),
    ];
    assert_eq!(
        events,
        expected.map(|(event, actor)| (event.to_owned(), actor.to_owned()))
    );
}
