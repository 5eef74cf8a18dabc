//! The settings of the program. An operator writes them; a wrong one is an error, not a panic.

use server::settings::{Environment, SettingError, Settings, Values};

use super::{Prepared, Target};

/// The name of a variable, `=`, and its value.
pub(super) const SETTING: Target = Target {
    name: "setting",
    what: "a setting in the environment",
    seeds: &[
        "ORIGIN=https://app.example.org",
        "LISTEN=[::]:8443",
        "TRUSTED_PROXIES=10.0.0.5,10.1.0.0/16",
        "DATABASE_URL=postgres://user:secret@db.example.org/name?sslmode=verify-full",
        "DATABASE_URL=sqlite:data/p.db",
        "ACCESS_LIFETIME=25m",
        "SESSION_LIFETIME=30d",
        "REPLAY_WINDOW=30s",
        "KEY_AGE=90d",
        "ACCOUNT_LIMIT=10 then 1 per 5m",
        "MAX_SESSIONS=100",
        "TOKEN_ENDPOINTS=true",
        "ACCESS_COOKIE=my_token",
        "LOG=info,sqlx=warn",
    ],
    words: &[
        "=",
        "18446744073709551615",
        "s",
        "m",
        "d",
        " then 1 per ",
        "://",
        "?",
        "@",
        ",",
        "%",
    ],
    prepare: || {
        Prepared::of_text(|text| {
            let Some((name, value)) = text.split_once('=') else {
                return;
            };
            // A path of a file would be read.
            if name != "CONFIG" {
                let variable = (format!("PORTCULLIS_{name}"), value.to_owned());
                let folder = std::path::Path::new("/nonexistent");
                let environment = Environment::new([variable], folder);
                let _ = environment.and_then(read);
            }
        })
    },
};

/// The text of a settings file.
pub(super) const FILE: Target = Target {
    name: "settings_file",
    what: "a file of settings",
    seeds: &[
        "access_lifetime = \"10m\"\nrefresh_lifetime = \"2d\"\nupdate_last_login = true\n",
        "# a comment\norigin = 'https://app.example.org'\n[table]\nlist = [1, 2.5, 1979-05-27]\n",
    ],
    words: &[
        "=", "[", "]", "{", "}", "\"", "'''", "\"\"\"", "\\u0041", "1e999", "inf", "#", "\n",
    ],
    prepare: || {
        let folder = tempfile::tempdir().expect("a folder");
        Prepared::new(move |input| {
            std::fs::write(folder.path().join("portcullis.toml"), input).expect("written");
            let none: [(&str, &str); 0] = [];
            let environment = Environment::new(none, folder.path());
            let _ = environment.and_then(read);
        })
    },
};

fn read(environment: Environment) -> Result<Settings, SettingError> {
    Settings::read(&Values::collect(environment)?)
}
