//! Revocation: every process keeps the ended sessions in memory.

mod cursor;
mod ended;
mod feed;
mod freshness;
mod streams;
mod view;
mod watch;
mod watchdog;

pub(crate) use feed::RevocationFeed;
pub(crate) use view::{RevocationView, SessionStatus};
pub(crate) use watch::SessionWatch;
pub(crate) use watchdog::Watchdog;
