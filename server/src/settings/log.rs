//! The settings of the log.

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::{SettingError, Values, table};

/// The log filter (a level, and levels for single targets) and the format.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    filter: Targets,
    is_json: bool,
}

impl Log {
    pub(super) fn read(values: &Values) -> Result<Self, SettingError> {
        let filter = values.parse(&table::LOG, |text| {
            let filter = text.parse().ok();
            filter
                .filter(|_| text.split(',').all(is_level_or_rule))
                .ok_or_else(|| {
                    format!("`{text}` is not a log filter; write it like info or info,sqlx=warn")
                })
        })?;
        let is_json = values.parse(&table::LOG_FORMAT, |text| match text {
            "text" => Ok(false),
            "json" => Ok(true),
            _ => Err(format!("`{text}` is neither text nor json")),
        })?;
        Ok(Self { filter, is_json })
    }

    /// Returns whether each line is an object of JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.is_json
    }

    /// Returns the filter.
    pub(crate) fn filter(&self) -> Targets {
        self.filter.clone()
    }
}

/// Whether a directive is a level or has the form `target=level`. `tracing` reads a
/// single word that is not a level as the name of a module, so that `inof` would
/// disable the log silently.
fn is_level_or_rule(directive: &str) -> bool {
    directive.contains('=') || directive.parse::<LevelFilter>().is_ok()
}
