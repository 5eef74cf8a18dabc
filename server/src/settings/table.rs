//! The table of all settings: name, default and description. The help text, the output
//! of `portcullis config` and the check for unknown names use it.

use std::{fmt::Write, net::SocketAddr};

use super::{PREFIX, Values, tls};

/// A setting.
#[derive(Debug)]
pub struct Setting {
    /// The name of the variable, without [`PREFIX`].
    pub name: &'static str,
    /// The default value.
    pub default: Fallback,
    /// The description, in one line.
    pub about: &'static str,
}

/// The default value of a setting.
#[derive(Debug)]
pub enum Fallback {
    /// A fixed value.
    Fixed(&'static str),
    /// A value derived from other settings or from variables of `cargo leptos`. The
    /// string describes it in the help.
    Derived(&'static str, fn(&Values) -> String),
}

impl Setting {
    /// Returns the name of the environment variable.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name)
    }

    /// Returns the key in the settings file.
    pub fn key(&self) -> String {
        self.name.to_ascii_lowercase()
    }
}

macro_rules! settings {
    ($( $name:ident: $default:expr, $about:literal; )+) => {
        $(
            // The description is also help text, which has no backticks.
            #[allow(clippy::doc_markdown)]
            #[doc = $about]
            pub static $name: Setting =
                Setting { name: stringify!($name), default: $default, about: $about };
        )+

        /// Every setting, in the order of the help and of `portcullis config`.
        pub static ALL: &[&Setting] = &[ $( &$name, )+ ];
    };
}

settings! {
    ORIGIN: Fallback::Derived(
        "http:// (https:// with TLS) and the listen address, if that is a loopback address; otherwise it must be set",
        origin,
    ),
        "public origin, as browsers use it: https://…, or http:// on a loopback host";
    LISTEN: Fallback::Derived("127.0.0.1:3000", listen),
        "IP address and port to listen on";
    METRICS_LISTEN: Fallback::Fixed("none"),
        "IP address and port that serve the metrics for Prometheus, best on a loopback address; or none";
    TLS_CERTIFICATE: Fallback::Fixed("none"),
        "PEM file with the certificate and those of its issuers, if the server itself ends TLS; or none";
    TLS_KEY: Fallback::Fixed("none"),
        "PEM file with the key of the certificate; both files are read again when they change";
    ACCESS_COOKIE: Fallback::Fixed("access_token"),
        "name of the cookie with the access token; with https it gets the prefix __Host-";
    REFRESH_COOKIE: Fallback::Fixed("refresh_token"),
        "name of the cookie with the refresh token; two installations on one host need different names";
    HSTS_INCLUDE_SUBDOMAINS: Fallback::Fixed("false"),
        "whether browsers may use all subdomains of the origin by https only, for two years: true or false";
    TRUSTED_PROXIES: Fallback::Fixed("none"),
        "addresses of reverse proxies, such as 10.0.0.5,10.1.0.0/16, whose X-Forwarded-For is read; or none";
    CONNECTIONS_PER_ADDRESS: Fallback::Derived(
        "25%; none if the server listens on a loopback address, because all peers have the same one",
        connections_per_address,
    ),
        "connections that one address (of IPv6: one /64 network) may hold, unless it is a trusted proxy: a number, a share of all, such as 25%, or none";
    // Longer than the 60 s for which nginx and the load balancers of large providers keep a
    // connection.
    IDLE_TIMEOUT: Fallback::Fixed("75s"),
        "how long a connection may be idle; longer than the proxy in front keeps one, or it responds with 502";
    SITE_ROOT: Fallback::Derived(
        "target/site, or without that folder `site` beside the program, as in the archive",
        site_root,
    ),
        "folder with the scripts, styles and other files that `cargo leptos build` writes";
    DATA_DIR: Fallback::Fixed("data"),
        "folder of the SQLite database and of the secret file; created if missing";
    DATABASE_URL: Fallback::Derived("sqlite:<data dir>/portcullis.db", database_url),
        "URL of the database: sqlite:…, or postgres://…";
    DATABASE_SCHEMA: Fallback::Fixed("portcullis"),
        "PostgreSQL schema that holds all tables; created if missing";
    DATABASE_CONNECTIONS: Fallback::Fixed("18"),
        "connections to PostgreSQL that a process opens at most; at least 6";
    SECRET_FILE: Fallback::Derived("<data dir>/secret", secret_file),
        "file with the master secret; with SQLite it is created if missing, with PostgreSQL it must be set and exist";
    ACCESS_LIFETIME: Fallback::Fixed("25m"),
        "lifetime of an access token";
    REFRESH_LIFETIME: Fallback::Fixed("7d"),
        "idle lifetime of a session";
    SESSION_LIFETIME: Fallback::Fixed("30d"),
        "maximum lifetime of a session";
    REFRESH_LEAD: Fallback::Fixed("5m"),
        "browsers refresh this long before the access token expires; ignored if the access lifetime is 10m or less";
    REPLAY_WINDOW: Fallback::Fixed("30s"),
        "how long a superseded refresh token is still accepted as a retry; at most a quarter of the access lifetime";
    RETENTION: Fallback::Fixed("30d"),
        "how long a session is kept as evidence after it ends; at least 25s longer than the access lifetime";
    AUDIT_RETENTION: Fallback::Fixed("90d"),
        "how long an audit event is kept; at least as long as a session is kept after it ends";
    KEY_AGE: Fallback::Fixed("90d"),
        "how long a signing key signs before the next one replaces it; no user is signed out";
    REGISTRATION: Fallback::Fixed("open"),
        "whether visitors can register: open, invited or closed";
    INVITATION_LIFETIME: Fallback::Fixed("7d"),
        "how long an invitation to register can be used";
    MAX_SESSIONS: Fallback::Fixed("100"),
        "live sessions of an account; a sign-in above that ends the session that was refreshed longest ago";
    TOKEN_ENDPOINTS: Fallback::Fixed("false"),
        "whether clients that are not browsers get tokens in JSON at /api/token/: true or false";
    ADDRESS_LIMIT: Fallback::Fixed("100 then 1 per 10s"),
        "wrong passwords from one address: how many at once, and how often one more";
    ACCOUNT_LIMIT: Fallback::Fixed("10 then 1 per 5m"),
        "wrong passwords for one account from one address, or in one session";
    UNKNOWN_ADDRESSES_LIMIT: Fallback::Fixed("100 then 1 per 2m"),
        "wrong passwords for one account from all addresses that have not signed in to it";
    REGISTRATION_LIMIT: Fallback::Fixed("100 then 1 per 1m"),
        "registrations from one address";
    UPDATE_LAST_LOGIN: Fallback::Fixed("false"),
        "whether a sign-in updates the account's last sign-in time: true or false";
    LOG: Fallback::Fixed("info"),
        "log filter: error, warn, info, debug, trace, or directives such as info,sqlx=warn";
    LOG_FORMAT: Fallback::Fixed("text"),
        "format of the log: text, or json for an object in each line";
    TRACES_ENDPOINT: Fallback::Fixed("none"),
        "URL of a collector of OpenTelemetry for the spans of requests, such as http://127.0.0.1:4318; or none";
    TRACES_SHARE: Fallback::Fixed("100%"),
        "share of the new traces that are recorded, such as 100% or 0.5%";
    TRACES_SERVICE: Fallback::Fixed("portcullis"),
        "name of this service in the traces";
}

/// The folder to which `cargo leptos build` writes the site.
const BUILT_SITE: &str = "target/site";

/// Returns the default origin. Browsers most likely use the listen address if it is a
/// loopback address. From any other listen address the name that browsers use cannot be
/// derived, and `Http` requires the setting.
fn origin(values: &Values) -> String {
    let listen = values.get(&LISTEN).text;
    let scheme = if tls::is_set(values) { "https" } else { "http" };
    match listen.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => format!("{scheme}://{address}"),
        _ => format!("{scheme}://127.0.0.1:3000"),
    }
}

/// Returns the default listen address. `cargo leptos` waits for the server at the
/// address that it has set.
fn listen(values: &Values) -> String {
    values
        .leptos("SITE_ADDR")
        .unwrap_or("127.0.0.1:3000")
        .to_owned()
}

/// Returns the default share of the connections. On a loopback address the peer is most likely a
/// proxy, and the share would be that of all its clients.
fn connections_per_address(values: &Values) -> String {
    let listen = values.get(&LISTEN).text.parse::<SocketAddr>();
    let is_loopback = listen.is_ok_and(|address| address.ip().is_loopback());
    if is_loopback { "none" } else { "25%" }.to_owned()
}

fn site_root(values: &Values) -> String {
    if let Some(folder) = values.leptos("SITE_ROOT") {
        return folder.to_owned();
    }
    let packed = values.packed_site(BUILT_SITE);
    packed.unwrap_or_else(|| BUILT_SITE.to_owned())
}

fn database_url(values: &Values) -> String {
    format!("sqlite:{}/portcullis.db", values.get(&DATA_DIR).text)
}

fn secret_file(values: &Values) -> String {
    format!("{}/secret", values.get(&DATA_DIR).text)
}

/// Returns the list of all settings for `--help`.
pub fn help() -> String {
    let mut text = String::from("Settings, as environment variables:\n");
    // Writing to a `String` cannot fail.
    for setting in ALL {
        let default = match setting.default {
            Fallback::Fixed(text) | Fallback::Derived(text, _) => text,
        };
        let _ = writeln!(
            text,
            "  {}\n      {} [default: {default}]",
            setting.variable(),
            setting.about
        );
    }
    text.push_str(
        "  PORTCULLIS_CONFIG\n      TOML file with the same settings in lower case, without the prefix, \
         such as access_lifetime = \"25m\" [default: portcullis.toml, if it exists]\n",
    );
    text
}
