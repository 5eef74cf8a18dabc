//! A line of a session's history. It is small, and is formatted only if a promise is broken.

use std::fmt;

use crate::{watch::Party, world::Ms};

/// A line of a session's history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) at: Ms,
    pub(crate) by: Option<Party>,
    pub(crate) what: &'static str,
    pub(crate) generation: u32,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.at / 1_000, self.at % 1_000);
        let who = match self.by {
            Some(Party::Browser) => "browser",
            Some(Party::Thief) => "thief",
            None => "session",
        };
        let (what, generation) = (self.what, self.generation);
        write!(
            f,
            "  {seconds:>8}.{millis:03}  {who:<7} {what} g{generation}"
        )
    }
}
