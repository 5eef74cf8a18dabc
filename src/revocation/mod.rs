//! Revocation: every process keeps the ended sessions in memory.

mod cursor;
mod ended;
mod feed;
mod freshness;
mod registration;
mod streams;
mod view;
mod watchdog;

pub(crate) use feed::RevocationFeed;
pub(crate) use registration::StreamRegistration;
pub(crate) use view::{RevocationView, SessionStatus};
pub(crate) use watchdog::Watchdog;
