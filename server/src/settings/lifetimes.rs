//! Lifetimes and windows. The rules are the library's; here they get the names
//! of the variables.

use portcullis::policy::{Lifetimes, Policy};

use super::{
    SettingError, Values, duration,
    table::{self, Setting},
};

/// Reads the lifetimes and checks them against one another.
pub(super) fn read(values: &Values) -> Result<Policy, SettingError> {
    let time = |setting: &Setting| values.parse(setting, duration::parse);
    let lifetimes = Lifetimes {
        access: time(&table::ACCESS_LIFETIME)?,
        refresh: time(&table::REFRESH_LIFETIME)?,
        session: time(&table::SESSION_LIFETIME)?,
        refresh_lead: time(&table::REFRESH_LEAD)?,
        replay_window: time(&table::REPLAY_WINDOW)?,
        retention: time(&table::RETENTION)?,
        audit_retention: time(&table::AUDIT_RETENTION)?,
        key_age: time(&table::KEY_AGE)?,
    };
    Policy::new(lifetimes)
        .map_err(|error| SettingError::Contradiction(with_variables(&error.to_string())))
}

/// The sentence, with `access_lifetime` written as `PORTCULLIS_ACCESS_LIFETIME`
/// and so on.
fn with_variables(sentence: &str) -> String {
    sentence
        .split(' ')
        .map(|word| {
            let setting = table::ALL.iter().find(|setting| setting.key() == word);
            setting.map_or_else(|| word.to_owned(), |setting| setting.variable())
        })
        .collect::<Vec<_>>()
        .join(" ")
}
