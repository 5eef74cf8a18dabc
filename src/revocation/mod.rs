//! Revocation: which sessions have ended, in memory and in every process.

mod feed;
mod view;

pub(crate) use feed::RevocationFeed;
pub(crate) use view::{RevocationView, SessionStatus};
