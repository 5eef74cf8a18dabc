//! The one table of all settings: name, default, what it is. The help text, the
//! answer of `portcullis config` and the check for unknown names come from it.

use std::{fmt::Write, net::SocketAddr};

use super::{PREFIX, Values};

/// A setting that can be given.
#[derive(Debug)]
pub struct Setting {
    /// The name of the variable, without [`PREFIX`].
    pub name: &'static str,
    /// What holds where nothing is given.
    pub default: Fallback,
    /// What it is, in a line.
    pub about: &'static str,
}

/// What holds where nothing is given.
#[derive(Debug)]
pub enum Fallback {
    /// Always the same.
    Fixed(&'static str),
    /// It follows from other settings; the text says how, for the help.
    Follows(&'static str, fn(&Values) -> String),
}

impl Setting {
    /// The name of the environment variable.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// The key in the settings file.
    pub fn key(&self) -> String {
        self.name.to_ascii_lowercase()
    }
}

macro_rules! settings {
    ($( $name:ident: $default:expr, $about:literal; )+) => {
        $(
            #[doc = $about]
            pub static $name: Setting =
                Setting { name: stringify!($name), default: $default, about: $about };
        )+

        /// Every setting, in the order in which they are shown.
        pub static ALL: &[&Setting] = &[ $( &$name, )+ ];
    };
}

settings! {
    ORIGIN: Fallback::Follows("http:// and the loopback address it listens on", origin),
        "where browsers reach it: https://…, or http:// on a loopback host";
    LISTEN: Fallback::Follows("127.0.0.1:3000", listen),
        "the address and port it listens on";
    SITE_ROOT: Fallback::Follows("target/site", site_root),
        "the folder of scripts, styles and other files that `cargo leptos build` writes";
    DATA_DIR: Fallback::Fixed("data"),
        "the folder of its data, made where there is none";
    DATABASE_URL: Fallback::Follows("sqlite:<data dir>/portcullis.db", database_url),
        "the database";
    DATABASE_SCHEMA: Fallback::Fixed("portcullis"),
        "the schema that holds all tables where the database is a server, made where there is none";
    SECRET_FILE: Fallback::Follows("<data dir>/secret", secret_file),
        "the file of the master secret, made where there is none";
    ACCESS_LIFETIME: Fallback::Fixed("25m"),
        "how long an access token lives";
    REFRESH_LIFETIME: Fallback::Fixed("7d"),
        "how long a session lives that nobody uses";
    SESSION_LIFETIME: Fallback::Fixed("30d"),
        "how long a session lives at most";
    REFRESH_LEAD: Fallback::Fixed("5m"),
        "how long before its end an access token is renewed; of no effect where it lives 10m or less";
    REPLAY_WINDOW: Fallback::Fixed("30s"),
        "how long a superseded refresh token is still forgiven; at most a quarter of the access lifetime";
    RETENTION: Fallback::Fixed("30d"),
        "how long a session is kept after its end, as evidence; at least 25s longer than an access token lives";
    AUDIT_RETENTION: Fallback::Fixed("90d"),
        "how long an event of the audit trail is kept; at least as long as a session";
    KEY_AGE: Fallback::Fixed("90d"),
        "how long a signing key signs before the next one takes over; nobody is signed out by that";
    UPDATE_LAST_LOGIN: Fallback::Fixed("false"),
        "whether an account remembers its last sign-in: true or false";
    LOG: Fallback::Fixed("info"),
        "what is logged: error, warn, info, debug, trace, or directives such as info,sqlx=warn";
}

/// A server on a loopback address is most likely reached there, and one on every
/// address by loopback too; any other says nothing about the name that browsers
/// use.
fn origin(values: &Values) -> String {
    let listen = values.get(&LISTEN).text;
    match listen.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => format!("http://{address}"),
        Ok(address) if address.ip().is_unspecified() => {
            format!("http://127.0.0.1:{}", address.port())
        }
        _ => "http://127.0.0.1:3000".to_owned(),
    }
}

/// `cargo leptos` waits for the server where it told it to be.
fn listen(values: &Values) -> String {
    values
        .leptos("SITE_ADDR")
        .unwrap_or("127.0.0.1:3000")
        .to_owned()
}

fn site_root(values: &Values) -> String {
    values
        .leptos("SITE_ROOT")
        .unwrap_or("target/site")
        .to_owned()
}

fn database_url(values: &Values) -> String {
    format!("sqlite:{}/portcullis.db", values.get(&DATA_DIR).text)
}

fn secret_file(values: &Values) -> String {
    format!("{}/secret", values.get(&DATA_DIR).text)
}

/// The settings, for `--help`.
pub fn help() -> String {
    let mut text = String::from("Settings, as environment variables:\n");
    // Writing to a `String` cannot fail.
    for setting in ALL {
        let default = match setting.default {
            Fallback::Fixed(text) | Fallback::Follows(text, _) => text,
        };
        let _ = writeln!(
            text,
            "  {}\n      {} [default: {default}]",
            setting.variable(),
            setting.about
        );
    }
    text.push_str(
        "  PORTCULLIS_CONFIG\n      a TOML file with the same settings, in lower case and without the prefix, \
         such as access_lifetime = \"25m\" [default: portcullis.toml, if there is one]\n",
    );
    text
}
