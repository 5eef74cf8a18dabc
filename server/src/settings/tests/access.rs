//! The settings of who may register, how many sessions an account has, which clients get tokens
//! in JSON, and which proxies are trusted.

use super::*;

#[test]
fn trusted_proxies_are_a_list_of_addresses_and_ranges() {
    let name = "PORTCULLIS_TRUSTED_PROXIES";
    let read = settings(&[(name, "10.0.0.5, 2001:db8::/32")], None).expect("settings");
    assert_eq!(read.http.trusted_proxies, ["10.0.0.5", "2001:db8::/32"]);
    for (value, problem) in [
        ("10.0.0.5,", "`` is neither an IP address nor a range"),
        ("proxy.example.org", "`proxy.example.org` is neither"),
        ("10.0.0.5/8", "`10.0.0.5/8` is not a range"),
    ] {
        let message = message(&[(name, value)], None);
        assert!(
            message.starts_with(&format!("{name}: {problem}")),
            "{message}"
        );
    }
}

#[test]
fn registration_and_sessions_are_limited_by_settings() {
    let read = |name, value| settings(&[(name, value)], None);
    let defaults = settings(&NO_VARIABLES, None).expect("the defaults");
    assert_eq!(defaults.registration, Registration::Open);
    assert_eq!(defaults.max_sessions, 100);
    let closed = read("PORTCULLIS_REGISTRATION", "closed").expect("settings");
    assert_eq!(closed.registration, Registration::Closed);
    let invited = read("PORTCULLIS_REGISTRATION", "invited").expect("settings");
    assert_eq!(invited.registration, Registration::Invited);
    let week = Duration::from_secs(7 * 24 * 60 * 60);
    assert_eq!(defaults.invitation_lifetime, week);
    let short = read("PORTCULLIS_INVITATION_LIFETIME", "2h").expect("settings");
    assert_eq!(short.invitation_lifetime, Duration::from_secs(7_200));
    let few = read("PORTCULLIS_MAX_SESSIONS", "5").expect("settings");
    assert_eq!(few.max_sessions, 5);
    for (name, value, problem) in [
        (
            "PORTCULLIS_REGISTRATION",
            "off",
            "`off` is not open, invited or closed",
        ),
        (
            "PORTCULLIS_MAX_SESSIONS",
            "0",
            "`0` is not a number of sessions",
        ),
        (
            "PORTCULLIS_MAX_SESSIONS",
            "+5",
            "`+5` is not a number of sessions",
        ),
    ] {
        let message = message(&[(name, value)], None);
        assert!(
            message.starts_with(&format!("{name}: {problem}")),
            "{message}"
        );
    }
}

#[test]
fn token_endpoints_are_off_by_default() {
    let name = "PORTCULLIS_TOKEN_ENDPOINTS";
    let defaults = settings(&NO_VARIABLES, None).expect("the defaults");
    assert!(!defaults.token_endpoints);
    let on = settings(&[(name, "true")], None).expect("settings");
    assert!(on.token_endpoints);
    assert_eq!(
        message(&[(name, "on")], None),
        "PORTCULLIS_TOKEN_ENDPOINTS: `on` is neither true nor false"
    );
}

#[test]
fn number_of_connections_is_a_setting_of_postgres() {
    const POSTGRES: [(&str, &str); 2] = [
        ("PORTCULLIS_DATABASE_URL", "postgres://db/app"),
        ("PORTCULLIS_SECRET_FILE", "secret"),
    ];
    let read = |more: &[(&'static str, &'static str)]| {
        let variables: Vec<_> = POSTGRES.iter().chain(more).copied().collect();
        settings(&variables, None).map(|settings| settings.storage.connections)
    };
    assert_eq!(read(&[]).expect("settings"), Some(18));
    let few = [("PORTCULLIS_DATABASE_CONNECTIONS", "6")];
    assert_eq!(read(&few).expect("settings"), Some(6));
    let sqlite = settings(&NO_VARIABLES, None).expect("settings");
    assert_eq!(sqlite.storage.connections, None);
    assert!(message(&few, None).contains("applies to PostgreSQL only"));
    let invalid = read(&[("PORTCULLIS_DATABASE_CONNECTIONS", "-1")]);
    let invalid = invalid.expect_err("invalid").to_string();
    assert!(
        invalid.contains("`-1` is not a number of connections"),
        "{invalid}"
    );
}

#[test]
fn share_of_connections_is_a_quarter_unless_all_peers_are_loopback() {
    let name = "PORTCULLIS_CONNECTIONS_PER_ADDRESS";
    let origin = ("PORTCULLIS_ORIGIN", "https://app.example.org");
    for (listen, expected) in [
        ("0.0.0.0:80", Share::Percent(25)),
        ("10.0.0.1:80", Share::Percent(25)),
        ("127.0.0.1:80", Share::Unlimited),
        ("[::1]:80", Share::Unlimited),
    ] {
        let listen = ("PORTCULLIS_LISTEN", listen);
        let read = settings(&[listen, origin], None).expect("settings");
        assert_eq!(read.http.connections_per_address, expected, "{listen:?}");
        let set = settings(&[listen, origin, (name, "50")], None).expect("settings");
        assert_eq!(set.http.connections_per_address, Share::Number(50));
    }
    assert_eq!(
        message(&[(name, "many")], None),
        format!("{name}: `many` is not a number of connections; write it like 200, 25% or none")
    );
}

#[test]
fn idle_timeout_is_longer_than_that_of_proxies() {
    let name = "PORTCULLIS_IDLE_TIMEOUT";
    let read = |variables: &[_]| {
        let read = settings(variables, None).expect("settings");
        read.http.idle_timeout.as_secs()
    };
    assert!(read(&[]) > 60, "nginx and AWS keep a connection for 60 s");
    assert_eq!(read(&[(name, "620s")]), 620);
    for invalid in ["4s", "61m"] {
        let expected = format!("{name}: `{invalid}` is not between 5s and 1h");
        assert_eq!(message(&[(name, invalid)], None), expected);
    }
}
