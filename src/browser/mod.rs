//! The browser: drives the session keeper with real timers and fetch, and gives
//! server functions a client that renews and repeats.
//!
//! ```ignore
//! // Once, after hydration, with what the page was rendered with:
//! portcullis::browser::start(snapshot.as_ref(), |change| match change {
//!     Change::Renewed(snapshot) => session.set(Some(snapshot)),
//!     Change::Ended(reason) => session.set(None),
//! });
//!
//! // A server function that renews and repeats:
//! #[server(client = portcullis::browser::RefreshingClient)]
//! async fn devices() -> Result<Vec<Device>, ApiError> { … }
//! ```
//!
//! It compiles natively too, because server functions name their client in both
//! builds, and does nothing there.

mod client;
mod driver;
mod listeners;
mod refresh;

pub use client::{RefreshingClient, RepeatableRequest};
pub use driver::{Change, Status, signed_in, signed_out, start, status};
