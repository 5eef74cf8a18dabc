//! The live sessions of an account, as shown to its owner.

use serde::{Deserialize, Serialize};

/// The live sessions of an account, newest first: the response of
/// [`paths::SESSIONS`](super::paths::SESSIONS).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionList {
    /// At most 1000 sessions.
    pub sessions: Vec<ListedSession>,
}

/// A session with the device on which it began. Times are seconds since the Unix epoch,
/// like those of a JWT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListedSession {
    /// The session's id, a UUID.
    pub id: String,
    /// Whether it is the session of the request.
    pub is_current: bool,
    /// The browser in words, such as `Firefox`; empty if unknown.
    pub browser: String,
    /// The operating system in words, such as `Android`; empty if unknown.
    pub system: String,
    /// The IP address of the sign-in; empty if unknown.
    pub address: String,
    /// When the session began.
    pub created_at: u64,
    /// When the session was last refreshed, or began. A device in use refreshes its session
    /// every 20 minutes with the default lifetimes.
    pub last_seen_at: u64,
    /// When the session expires, unless it is refreshed again.
    pub expires_at: u64,
}

impl ListedSession {
    /// Returns the browser and the system in words: `Firefox on Linux`.
    pub fn device(&self) -> String {
        let browser = match self.browser.as_str() {
            "" => "Unknown browser",
            browser => browser,
        };
        match self.system.as_str() {
            "" => browser.to_owned(),
            system => format!("{browser} on {system}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_is_named_also_if_unknown() {
        for (browser, system, expected) in [
            ("Firefox", "Linux", "Firefox on Linux"),
            ("Firefox", "", "Firefox"),
            ("", "Android", "Unknown browser on Android"),
            ("", "", "Unknown browser"),
        ] {
            let session = ListedSession {
                id: String::new(),
                is_current: false,
                browser: browser.to_owned(),
                system: system.to_owned(),
                address: String::new(),
                created_at: 0,
                last_seen_at: 0,
                expires_at: 0,
            };
            assert_eq!(session.device(), expected);
        }
    }
}
