//! Settings as an operator gives them, and the sentences that come back.

use std::{fs, path::Path, time::Duration};

use super::*;

const VARIABLES: [(&str, &str); 0] = [];

fn values(variables: &[(&str, &str)], file: Option<&str>) -> Result<Values, SettingError> {
    let folder = tempfile::tempdir().expect("a folder");
    if let Some(text) = file {
        fs::write(folder.path().join("portcullis.toml"), text).expect("written");
    }
    Values::collect(Environment::new(variables.iter().copied(), folder.path())?)
}

fn settings(variables: &[(&str, &str)], file: Option<&str>) -> Result<Settings, SettingError> {
    Settings::read(&values(variables, file)?)
}

/// The sentence that stops the start.
fn refusal(variables: &[(&str, &str)], file: Option<&str>) -> String {
    let sentence = settings(variables, file).expect_err("refused").to_string();
    assert_eq!(sentence.lines().count(), 1, "{sentence}");
    sentence
}

#[test]
fn nothing_has_to_be_set() {
    let settings = settings(&VARIABLES, None).expect("the defaults");
    assert_eq!(settings.http.origin.as_str(), "http://127.0.0.1:3000");
    assert_eq!(settings.http.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(&*settings.http.site.site_root, "target/site");
    assert_eq!(
        settings.storage.database,
        Database::Sqlite("data/portcullis.db".into())
    );
    assert_eq!(settings.storage.secret_file, Path::new("data/secret"));
    assert_eq!(settings.policy, Policy::default());
    assert!(!settings.update_last_login);
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
    let file = "access_lifetime = \"10m\"\nrefresh_lifetime = \"2d\"\nupdate_last_login = true\n";
    let values = values(&[("PORTCULLIS_ACCESS_LIFETIME", "12m")], Some(file)).expect("values");
    let sources = [
        &table::ACCESS_LIFETIME,
        &table::REFRESH_LIFETIME,
        &table::LISTEN,
    ]
    .map(|setting| values.get(setting).source);
    assert_eq!(
        sources,
        [Source::Environment, Source::File, Source::Default]
    );

    let settings = Settings::read(&values).expect("settings");
    assert_eq!(
        settings.policy.access_lifetime(),
        Duration::from_secs(12 * 60)
    );
    assert_eq!(
        settings.policy.refresh_lifetime(),
        Duration::from_secs(2 * 24 * 60 * 60)
    );
    assert!(settings.update_last_login);
}

#[test]
fn the_origin_follows_a_loopback_address_and_no_other() {
    for (listen, origin) in [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("[::]:8080", "http://127.0.0.1:8080"),
        ("10.0.0.1:8080", "http://127.0.0.1:3000"),
    ] {
        let settings = settings(&[("PORTCULLIS_LISTEN", listen)], None).expect(listen);
        assert_eq!(settings.http.origin.as_str(), origin, "{listen}");
    }
}

#[test]
fn behind_a_proxy_origin_and_address_differ() {
    let variables = [
        ("PORTCULLIS_ORIGIN", "https://App.Example.org"),
        ("PORTCULLIS_LISTEN", "0.0.0.0:80"),
    ];
    let http = settings(&variables, None).expect("both").http;
    assert_eq!(http.origin.as_str(), "https://app.example.org");
    assert_eq!(http.listen.port(), 80);
}

#[test]
fn what_belongs_to_the_data_follows_the_data_directory() {
    let storage = settings(&[("PORTCULLIS_DATA_DIR", "/srv/p")], None)
        .expect("one")
        .storage;
    assert_eq!(
        storage.database,
        Database::Sqlite("/srv/p/portcullis.db".into())
    );
    assert_eq!(storage.secret_file, Path::new("/srv/p/secret"));
}

#[test]
fn cargo_leptos_is_followed_and_overruled() {
    let leptos = [
        ("LEPTOS_SITE_ROOT", "elsewhere"),
        ("LEPTOS_RELOAD_PORT", "4001"),
    ];
    let site = settings(&leptos, None).expect("leptos").http.site;
    assert_eq!((&*site.site_root, site.reload_port), ("elsewhere", 4001));

    let ours = [
        ("LEPTOS_SITE_ROOT", "elsewhere"),
        ("PORTCULLIS_SITE_ROOT", "here"),
    ];
    assert_eq!(
        &*settings(&ours, None).expect("ours").http.site.site_root,
        "here"
    );
}

#[test]
fn an_empty_variable_is_an_unset_one() {
    assert!(settings(&[("PORTCULLIS_ORIGIN", "")], None).is_ok());
}

#[test]
fn values_that_cannot_be_used_are_named_with_what_to_do() {
    for (name, value, part) in [
        (
            "ORIGIN",
            "app.example.org",
            "write it like https://app.example.org",
        ),
        ("ORIGIN", "http://app.example.org", "use https://"),
        ("LISTEN", "localhost:3000", "write it like 127.0.0.1:3000"),
        ("LISTEN", "127.0.0.1", "write it like 127.0.0.1:3000"),
        (
            "DATABASE_URL",
            "mysql://a:b@db/app",
            "write it like sqlite:data/portcullis.db or postgres://",
        ),
        ("ACCESS_LIFETIME", "25", "write it like 90s, 25m, 12h or 7d"),
        ("UPDATE_LAST_LOGIN", "yes", "neither true nor false"),
        ("LOG", "inof", "write it like info"),
        ("LOG", "a=b=c", "write it like info"),
    ] {
        let name = format!("PORTCULLIS_{name}");
        let sentence = refusal(&[(&name, value)], None);
        assert!(sentence.starts_with(&format!("{name}: ")), "{sentence}");
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[test]
fn contradictions_name_the_variables() {
    for (variables, sentence) in [
        (
            [("PORTCULLIS_REPLAY_WINDOW", "10m")].as_slice(),
            "PORTCULLIS_REPLAY_WINDOW must be at least 1 s and at most a quarter of PORTCULLIS_ACCESS_LIFETIME",
        ),
        (
            &[("PORTCULLIS_REFRESH_LEAD", "20m")],
            "PORTCULLIS_REFRESH_LEAD must be at most half of PORTCULLIS_ACCESS_LIFETIME",
        ),
        (
            &[("PORTCULLIS_REFRESH_LIFETIME", "25m")],
            "PORTCULLIS_REFRESH_LIFETIME must be longer than PORTCULLIS_ACCESS_LIFETIME",
        ),
        (
            &[("PORTCULLIS_SESSION_LIFETIME", "1d")],
            "PORTCULLIS_SESSION_LIFETIME must be at least PORTCULLIS_REFRESH_LIFETIME",
        ),
        (
            &[("PORTCULLIS_KEY_AGE", "12h")],
            "PORTCULLIS_KEY_AGE must be between 1 h and 400 days and at least an eighth of PORTCULLIS_REFRESH_LIFETIME",
        ),
        (
            &[("PORTCULLIS_ACCESS_LIFETIME", "1s")],
            "PORTCULLIS_ACCESS_LIFETIME must be whole seconds, at least 4 s and at most 400 days",
        ),
        (
            &[("PORTCULLIS_RETENTION", "25m")],
            "PORTCULLIS_RETENTION must be at least 25 s longer than PORTCULLIS_ACCESS_LIFETIME",
        ),
        (
            &[("PORTCULLIS_AUDIT_RETENTION", "29d")],
            "PORTCULLIS_AUDIT_RETENTION must be at least PORTCULLIS_RETENTION",
        ),
        (
            &[("PORTCULLIS_DATABASE_SCHEMA", "auth")],
            "PORTCULLIS_DATABASE_SCHEMA goes with a PostgreSQL database; SQLite has no schemas",
        ),
    ] {
        assert_eq!(refusal(variables, None), sentence);
    }
}

#[test]
fn an_unknown_name_is_refused_with_the_one_that_was_meant() {
    let listed = "`portcullis --help` lists them all";
    assert_eq!(
        refusal(&[("PORTCULLIS_ACESS_LIFETIME", "25m")], None),
        format!(
            "PORTCULLIS_ACESS_LIFETIME is not a setting; did you mean PORTCULLIS_ACCESS_LIFETIME? {listed}"
        )
    );
    assert_eq!(
        refusal(&[("PORTCULLIS_COLOUR", "red")], None),
        format!("PORTCULLIS_COLOUR is not a setting; {listed}")
    );
    let in_file = refusal(&VARIABLES, Some("lisen = \"127.0.0.1:1\""));
    assert!(
        in_file.contains("`lisen` in ") && in_file.contains("did you mean listen?"),
        "{in_file}"
    );
}

#[test]
fn variables_that_kubernetes_makes_are_passed_over() {
    let made = [
        ("PORTCULLIS_SERVICE_HOST", "10.0.0.1"),
        ("PORTCULLIS_PORT", "tcp://10.0.0.1:3000"),
    ];
    assert!(settings(&made, None).is_ok());
    assert!(refusal(&[("PORTCULLIS_PORT", "8080")], None).contains("is not a setting"));
}

#[test]
fn a_file_with_a_mistake_is_refused_where_it_is() {
    for (file, part) in [
        (
            "listen = \"127.0.0.1:1\"\norigin = https",
            "portcullis.toml, line 2: ",
        ),
        ("[http]\nlisten = \"127.0.0.1:1\"", "`http` in "),
        ("listen = 3000", "write a text in quotation marks"),
        ("access_lifetime = \"soon\"", "access_lifetime in "),
    ] {
        let sentence = refusal(&VARIABLES, Some(file));
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[test]
fn a_file_that_is_asked_for_has_to_be_there() {
    let sentence = refusal(&[("PORTCULLIS_CONFIG", "nowhere.toml")], None);
    assert!(
        sentence.contains("nowhere.toml cannot be read"),
        "{sentence}"
    );
}

#[test]
#[cfg(unix)]
fn a_value_that_is_not_text_is_refused() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let variable = [("PORTCULLIS_ORIGIN", OsStr::from_bytes(b"\xff"))];
    let refused = Environment::new(variable, Path::new("")).expect_err("refused");
    assert_eq!(
        refused.to_string(),
        "PORTCULLIS_ORIGIN: its value is not UTF-8"
    );
}

#[test]
fn the_help_names_every_setting() {
    let help = table::help();
    for setting in table::ALL {
        assert!(help.contains(&setting.variable()), "{}", setting.name);
    }
}
