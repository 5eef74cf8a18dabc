//! Settings: environment variables, or a TOML file with the same names in lower
//! case and without the prefix; the environment wins.
//!
//! [`table`] lists all settings, [`Values`] has the value and the source of each, and
//! one struct per concern holds the parsed values. An invalid setting stops the
//! program with a one-line message.

mod duration;
mod environment;
mod error;
mod http;
mod kubernetes;
mod lifetimes;
mod limits;
mod log;
mod share;
mod storage;
pub mod table;
mod tls;
mod traces;
mod values;

pub use environment::Environment;
pub use error::SettingError;
pub use http::Http;
pub use log::Log;
pub use share::Share;
pub use storage::{Database, Storage};
pub use tls::TlsFiles;
pub use traces::{CollectorEndpoint, Traces};
pub use values::{Source, Value, Values};

use std::time::Duration;

use portcullis::{Registration, attempts::Limits, policy::Policy};

/// The prefix of every environment variable of this program.
pub const PREFIX: &str = "PORTCULLIS_";

/// All settings, parsed and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Listen address, public origin and site folder.
    pub http: Http,
    /// The data folder, the database and the secret file.
    pub storage: Storage,
    /// Lifetimes and windows.
    pub policy: Policy,
    /// Whether visitors can register.
    pub registration: Registration,
    /// How long an invitation can be used.
    pub invitation_lifetime: Duration,
    /// How many live sessions an account may have.
    pub max_sessions: u32,
    /// Whether clients that are not browsers get tokens at `/api/token/`.
    pub token_endpoints: bool,
    /// The limits on attempts.
    pub limits: Limits,
    /// Whether a sign-in updates the account's last sign-in time.
    pub update_last_login: bool,
    /// The log filter.
    pub log: Log,
    /// The traces.
    pub traces: Traces,
}

impl Settings {
    /// Parses and checks the values.
    ///
    /// # Errors
    /// [`SettingError::Unusable`] for the first invalid value,
    /// [`SettingError::Contradiction`] for values that contradict one another.
    pub fn read(values: &Values) -> Result<Self, SettingError> {
        Ok(Self {
            http: Http::read(values)?,
            storage: Storage::read(values)?,
            policy: lifetimes::read(values)?,
            registration: values.parse(&table::REGISTRATION, |text| match text {
                "open" => Ok(Registration::Open),
                "invited" => Ok(Registration::Invited),
                "closed" => Ok(Registration::Closed),
                _ => Err(format!("`{text}` is not open, invited or closed")),
            })?,
            invitation_lifetime: values.parse(&table::INVITATION_LIFETIME, duration::parse)?,
            max_sessions: values.parse(&table::MAX_SESSIONS, max_sessions)?,
            token_endpoints: values.parse(&table::TOKEN_ENDPOINTS, boolean)?,
            limits: limits::read(values)?,
            update_last_login: values.parse(&table::UPDATE_LAST_LOGIN, boolean)?,
            log: Log::read(values)?,
            traces: Traces::read(values)?,
        })
    }
}

fn boolean(text: &str) -> Result<bool, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is neither true nor false"))
}

/// Parses the maximum number of live sessions of an account.
fn max_sessions(text: &str) -> Result<u32, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let max = text.parse().ok().filter(|max| is_number && *max > 0);
    max.ok_or_else(|| format!("`{text}` is not a number of sessions; write it like 100"))
}

#[cfg(test)]
mod tests;
