//! What an operator sees of the settings.

use crate::installation::Installation;

#[test]
fn what_is_in_force_is_shown_with_where_it_comes_from() {
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
fn showing_the_settings_makes_nothing() {
    let installation = Installation::new();
    installation.run(&["config"]);
    assert!(!installation.folder.path().join("data").exists());
}

#[test]
fn mistakes_stop_every_command_with_one_sentence() {
    let cases = [
        (
            Installation::new().with("ORIGN", "https://a.example"),
            "PORTCULLIS_ORIGN is not a setting; did you mean PORTCULLIS_ORIGIN? `portcullis --help` lists them all",
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
    for (installation, sentence) in cases {
        for command in [
            &[] as &[&str],
            &["serve"],
            &["config"],
            &["user", "list"],
            &["healthcheck"],
        ] {
            assert_eq!(installation.refuses(command, 2), sentence);
        }
        assert!(
            !installation.folder.path().join("data").exists(),
            "nothing was made"
        );
    }
}

#[test]
fn a_password_in_a_url_is_never_shown() {
    let installation = Installation::new().with("DATABASE_URL", "postgres://app:hunter2@db/app");
    let sentence = installation.refuses(&["config"], 2);
    assert!(sentence.starts_with("PORTCULLIS_SECRET_FILE must name a file"));
    assert!(!sentence.contains("hunter2"));
}

#[test]
fn the_help_tells_commands_and_settings() {
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
fn an_unknown_command_is_exit_code_2() {
    let refused = Installation::new().run(&["sevre"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("serve"), "{}", refused.err);
}
