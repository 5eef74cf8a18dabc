//! The settings as an operator sees them.

use crate::installation::Installation;

#[test]
fn config_shows_values_and_sources() {
    let installation = Installation::new().with("ACCESS_LIFETIME", "10m");
    installation.write("portcullis.toml", "refresh_lifetime = \"3d\"\n");
    let shown = installation.run(&["config"]);
    assert_eq!((shown.code, &*shown.err), (Some(0), ""));
    let value = |name: &str| {
        let line = shown
            .out
            .lines()
            .find(|line| line.starts_with(&format!("{name} ")));
        line.expect(name)
            .split_whitespace()
            .skip(1)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(value("PORTCULLIS_ACCESS_LIFETIME"), "10m environment");
    assert_eq!(value("PORTCULLIS_REFRESH_LIFETIME"), "3d file");
    assert_eq!(value("PORTCULLIS_SESSION_LIFETIME"), "30d default");
    assert_eq!(
        value("PORTCULLIS_DATABASE_URL"),
        "sqlite:data/portcullis.db default"
    );
    assert!(shown.out.contains("portcullis.toml"));
}

#[test]
fn config_creates_no_files() {
    let installation = Installation::new();
    installation.run(&["config"]);
    assert!(!installation.has_data());
}

#[test]
fn invalid_settings_stop_every_command() {
    let cases = [
        (
            Installation::new().with("ORIGN", "https://a.example"),
            "PORTCULLIS_ORIGN is not a setting; did you mean PORTCULLIS_ORIGIN? `portcullis --help` lists all settings",
        ),
        (
            Installation::new().with("ORIGIN", "http://app.example.org"),
            "PORTCULLIS_ORIGIN: `http://app.example.org` would send session cookies unencrypted; \
             use https://, or http:// on a loopback host such as http://127.0.0.1:3000",
        ),
        (
            Installation::new().with("REPLAY_WINDOW", "20m"),
            "PORTCULLIS_REPLAY_WINDOW must be at least 1 s and at most a quarter of PORTCULLIS_ACCESS_LIFETIME",
        ),
    ];
    for (installation, message) in cases {
        for command in [
            &[] as &[&str],
            &["serve"],
            &["config"],
            &["user", "list"],
            &["healthcheck"],
        ] {
            assert_eq!(installation.fails(command, 2), message);
        }
        assert!(!installation.has_data(), "no data folder is created");
    }
}

#[test]
fn error_never_shows_the_password_of_a_url() {
    let installation = Installation::new().with("DATABASE_URL", "postgres://app:hunter2@db/app");
    let message = installation.fails(&["config"], 2);
    assert!(message.starts_with("PORTCULLIS_SECRET_FILE must be set for a PostgreSQL database"));
    assert!(!message.contains("hunter2"));
}

#[test]
fn help_lists_commands_and_settings() {
    let help = Installation::new().run(&["--help"]);
    assert_eq!(help.code, Some(0));
    for part in [
        "serve",
        "user",
        "keys",
        "config",
        "healthcheck",
        "PORTCULLIS_ORIGIN",
        "PORTCULLIS_CONFIG",
    ] {
        assert!(help.out.contains(part), "{part}");
    }
}

#[test]
fn unknown_command_is_exit_code_2() {
    let failed = Installation::new().run(&["sevre"]);
    assert_eq!(failed.code, Some(2));
    assert!(failed.err.contains("serve"), "{}", failed.err);
}
