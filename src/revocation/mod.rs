//! Revocation: every process keeps the ended sessions in memory.

mod feed;
mod view;

pub(crate) use feed::RevocationFeed;
pub(crate) use view::{RevocationView, SessionStatus};
