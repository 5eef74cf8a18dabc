//! Settings: environment variables, or a TOML file with the same names in lower
//! case and without the prefix; the environment wins.
//!
//! [`table`] names them all, [`Values`] knows what was given where, and one
//! struct per concern holds what it means. Whatever does not fit stops the
//! start with one sentence.

mod duration;
mod environment;
mod error;
mod http;
mod kubernetes;
mod lifetimes;
mod log;
mod storage;
pub mod table;
mod values;

pub use environment::Environment;
pub use error::SettingError;
pub use http::Http;
pub use log::Log;
pub use storage::{Database, Storage};
pub use values::{Source, Value, Values};

use portcullis::policy::Policy;

/// What every variable of ours starts with.
pub const PREFIX: &str = "PORTCULLIS_";

/// Everything that can be set, read and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the server listens and what it serves.
    pub http: Http,
    /// Where it keeps its data.
    pub storage: Storage,
    /// Lifetimes and windows.
    pub policy: Policy,
    /// Whether a sign-in is written to the account.
    pub update_last_login: bool,
    /// What it logs.
    pub log: Log,
}

impl Settings {
    /// Reads what was given.
    ///
    /// # Errors
    /// The first setting that does not fit, as a sentence.
    pub fn read(values: &Values) -> Result<Self, SettingError> {
        Ok(Self {
            http: Http::read(values)?,
            storage: Storage::read(values)?,
            policy: lifetimes::read(values)?,
            update_last_login: values.parse(&table::UPDATE_LAST_LOGIN, |text| {
                text.parse::<bool>()
                    .map_err(|_| format!("`{text}` is neither true nor false"))
            })?,
            log: Log::read(values)?,
        })
    }
}

#[cfg(test)]
mod tests;
