//! Settings as an operator sets them, and the error messages.

use std::{fs, path::Path, time::Duration};

use super::*;

mod access;
mod file;
mod tls;

const NO_VARIABLES: [(&str, &str); 0] = [];

fn values(variables: &[(&str, &str)], file: Option<&str>) -> Result<Values, SettingError> {
    let folder = tempfile::tempdir().expect("a folder");
    if let Some(text) = file {
        fs::write(folder.path().join("portcullis.toml"), text).expect("a file");
    }
    Values::collect(Environment::new(variables.iter().copied(), folder.path())?)
}

fn settings(variables: &[(&str, &str)], file: Option<&str>) -> Result<Settings, SettingError> {
    Settings::read(&values(variables, file)?)
}

/// Returns the message of the error, which has to be one line.
fn message(variables: &[(&str, &str)], file: Option<&str>) -> String {
    let error = settings(variables, file).expect_err("an error");
    let message = error.to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

#[test]
fn every_setting_has_a_default() {
    let settings = settings(&NO_VARIABLES, None).expect("the defaults");
    assert_eq!(settings.http.origin.as_str(), "http://127.0.0.1:3000");
    assert_eq!(settings.http.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(&*settings.http.site.site_root, "target/site");
    assert_eq!(
        settings.storage.database,
        Database::Sqlite("data/portcullis.db".into())
    );
    assert_eq!(settings.storage.secret_file, Path::new("data/secret"));
    assert_eq!(settings.policy, Policy::default());
    assert!(settings.http.trusted_proxies.is_empty());
    assert!(!settings.update_last_login);
}

#[test]
fn environment_overrides_file_and_file_default() {
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
fn default_origin_follows_loopback_addresses_only() {
    for (listen, origin) in [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
    ] {
        let settings = settings(&[("PORTCULLIS_LISTEN", listen)], None).expect(listen);
        assert_eq!(settings.http.origin.as_str(), origin, "{listen}");
    }
}

/// Behind a proxy with TLS everything would seem to work, with cookies that are sent in plain
/// text.
#[test]
fn server_for_other_machines_needs_its_origin() {
    for listen in ["0.0.0.0:8080", "[::]:8080", "10.0.0.1:8080"] {
        let listen = ("PORTCULLIS_LISTEN", listen);
        let error = settings(&[listen], None).expect_err(listen.1).to_string();
        assert!(
            error.starts_with("PORTCULLIS_ORIGIN must be set"),
            "{error}"
        );
        let origin = ("PORTCULLIS_ORIGIN", "https://app.example.org");
        assert!(settings(&[listen, origin], None).is_ok(), "{listen:?}");
    }
}

#[test]
fn origin_and_listen_address_may_differ() {
    let variables = [
        ("PORTCULLIS_ORIGIN", "https://App.Example.org"),
        ("PORTCULLIS_LISTEN", "0.0.0.0:80"),
    ];
    let http = settings(&variables, None).expect("settings").http;
    assert_eq!(http.origin.as_str(), "https://app.example.org");
    assert_eq!(http.listen.port(), 80);
}

/// For two installations on one host.
#[test]
fn cookie_names_are_settings() {
    let names = |variables: &[(&str, &str)]| {
        let settings = settings(variables, None).expect("settings");
        settings.http.cookie_names
    };
    let (access, refresh) = names(&NO_VARIABLES);
    assert_eq!((&*access, &*refresh), ("access_token", "refresh_token"));
    let (access, refresh) = names(&[
        ("PORTCULLIS_ACCESS_COOKIE", "staging_access"),
        ("PORTCULLIS_REFRESH_COOKIE", "staging_refresh"),
    ]);
    assert_eq!((&*access, &*refresh), ("staging_access", "staging_refresh"));
}

#[test]
fn hsts_of_subdomains_is_off_by_default() {
    let is_on = |variables: &[(&str, &str)]| {
        let settings = settings(variables, None).expect("settings");
        settings.http.hsts_include_subdomains
    };
    assert!(!is_on(&NO_VARIABLES));
    assert!(is_on(&[("PORTCULLIS_HSTS_INCLUDE_SUBDOMAINS", "true")]));
}

#[test]
fn default_paths_follow_the_data_folder() {
    let storage = settings(&[("PORTCULLIS_DATA_DIR", "/srv/p")], None)
        .expect("settings")
        .storage;
    assert_eq!(
        storage.database,
        Database::Sqlite("/srv/p/portcullis.db".into())
    );
    assert_eq!(storage.secret_file, Path::new("/srv/p/secret"));
}

#[test]
fn cargo_leptos_variables_apply_unless_overridden() {
    let leptos = [
        ("LEPTOS_SITE_ROOT", "elsewhere"),
        ("LEPTOS_RELOAD_PORT", "4001"),
    ];
    let site = settings(&leptos, None).expect("settings").http.site;
    assert_eq!((&*site.site_root, site.reload_port), ("elsewhere", 4001));

    let both = [
        ("LEPTOS_SITE_ROOT", "elsewhere"),
        ("PORTCULLIS_SITE_ROOT", "here"),
    ];
    let site = settings(&both, None).expect("settings").http.site;
    assert_eq!(&*site.site_root, "here");
}

/// As in an unpacked archive.
#[test]
fn site_beside_the_program_is_the_default_without_a_build() {
    let (working, program) = (tempfile::tempdir(), tempfile::tempdir());
    let (working, program) = (working.expect("a folder"), program.expect("a folder"));
    let root = |variables: &[(&str, &str)]| {
        let environment = Environment::new(variables.iter().copied(), working.path());
        let environment = environment.expect("UTF-8").with_program_in(program.path());
        let values = Values::collect(environment).expect("values");
        let settings = Settings::read(&values).expect("settings");
        settings.http.site.site_root.to_string()
    };
    assert_eq!(root(&[]), "target/site", "there is no site at all");
    let packed = program.path().join("site");
    fs::create_dir(&packed).expect("a folder");
    assert_eq!(Path::new(&root(&[])), packed);
    assert_eq!(root(&[("LEPTOS_SITE_ROOT", "elsewhere")]), "elsewhere");
    assert_eq!(root(&[("PORTCULLIS_SITE_ROOT", "here")]), "here");
    fs::create_dir_all(working.path().join("target/site")).expect("a folder");
    assert_eq!(root(&[]), "target/site", "a build comes first");
}

#[test]
fn empty_variable_counts_as_unset() {
    assert!(settings(&[("PORTCULLIS_ORIGIN", "")], None).is_ok());
}

#[test]
fn invalid_value_is_named_with_what_to_write() {
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
        ("METRICS_LISTEN", "9464", "write it like 127.0.0.1:3000"),
        ("LOG_FORMAT", "xml", "neither text nor json"),
        ("LOG", "info,a[request{path=1}]=debug", "write it like info"),
    ] {
        let name = format!("PORTCULLIS_{name}");
        let message = message(&[(&name, value)], None);
        assert!(message.starts_with(&format!("{name}: ")), "{message}");
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn contradiction_names_the_variables() {
    for (variables, expected) in [
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
            "PORTCULLIS_DATABASE_SCHEMA applies to PostgreSQL only; remove it, or set PORTCULLIS_DATABASE_URL to postgres://…",
        ),
    ] {
        assert_eq!(message(variables, None), expected);
    }
}

#[test]
fn unknown_name_is_rejected_with_a_suggestion() {
    let listed = "`portcullis --help` lists all settings";
    assert_eq!(
        message(&[("PORTCULLIS_ACESS_LIFETIME", "25m")], None),
        format!(
            "PORTCULLIS_ACESS_LIFETIME is not a setting; did you mean PORTCULLIS_ACCESS_LIFETIME? {listed}"
        )
    );
    assert_eq!(
        message(&[("PORTCULLIS_COLOUR", "red")], None),
        format!("PORTCULLIS_COLOUR is not a setting; {listed}")
    );
    let in_file = message(&NO_VARIABLES, Some("lisen = \"127.0.0.1:1\""));
    assert!(
        in_file.contains("`lisen` in ") && in_file.contains("did you mean listen?"),
        "{in_file}"
    );
}

#[test]
fn variables_of_kubernetes_are_ignored() {
    let variables = [
        ("PORTCULLIS_SERVICE_HOST", "10.0.0.1"),
        ("PORTCULLIS_PORT", "tcp://10.0.0.1:3000"),
    ];
    assert!(settings(&variables, None).is_ok());
    assert!(message(&[("PORTCULLIS_PORT", "8080")], None).contains("is not a setting"));
}

#[test]
#[cfg(unix)]
fn value_that_is_not_utf8_is_rejected() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let variable = [("PORTCULLIS_ORIGIN", OsStr::from_bytes(b"\xff"))];
    let error = Environment::new(variable, Path::new("")).expect_err("an error");
    assert_eq!(
        error.to_string(),
        "PORTCULLIS_ORIGIN: its value is not UTF-8"
    );
}

#[test]
fn help_states_the_shortest_retention() {
    let policy = Policy::default();
    let margin = policy.revocation_memory().as_secs() - policy.access_lifetime().as_secs();
    let expected = format!("at least {margin}s longer than the access lifetime");
    let about = table::RETENTION.about;
    assert!(about.contains(&expected), "{about}");
}

#[test]
fn help_lists_every_setting() {
    let help = table::help();
    for setting in table::ALL {
        assert!(help.contains(&setting.variable()), "{}", setting.name);
    }
}
