//! The settings of lifetimes and windows. The library has the rules; this module puts
//! the names of the variables into its messages.

use portcullis::policy::{Lifetimes, Policy};

use super::{
    SettingError, Values, duration,
    table::{self, Setting},
};

/// Reads the lifetimes and checks them against one another.
pub(super) fn read(values: &Values) -> Result<Policy, SettingError> {
    let read = |setting: &Setting| values.parse(setting, duration::parse);
    let lifetimes = Lifetimes {
        access: read(&table::ACCESS_LIFETIME)?,
        refresh: read(&table::REFRESH_LIFETIME)?,
        session: read(&table::SESSION_LIFETIME)?,
        refresh_lead: read(&table::REFRESH_LEAD)?,
        replay_window: read(&table::REPLAY_WINDOW)?,
        retention: read(&table::RETENTION)?,
        audit_retention: read(&table::AUDIT_RETENTION)?,
        key_age: read(&table::KEY_AGE)?,
    };
    Policy::new(lifetimes)
        .map_err(|error| SettingError::Contradiction(with_variables(&error.to_string())))
}

/// Returns the message with the name of each setting replaced by its variable:
/// `access_lifetime` becomes `PORTCULLIS_ACCESS_LIFETIME`.
fn with_variables(message: &str) -> String {
    message
        .split(' ')
        .map(|word| {
            let setting = table::ALL.iter().find(|setting| setting.key() == word);
            setting.map_or_else(|| word.to_owned(), |setting| setting.variable())
        })
        .collect::<Vec<_>>()
        .join(" ")
}
