//! The browser: drives the session keeper with real timers and fetch, and gives
//! server functions a client that renews and repeats.
//!
//! Start it once, after hydration, with what the page was rendered with:
//!
//! ```
//! use portcullis::{browser::{Change, start}, wire::Snapshot};
//!
//! fn keep(rendered_with: Option<&Snapshot>) {
//!     start(rendered_with, |change| match change {
//!         Change::Renewed(snapshot) => { /* show the new times */ }
//!         Change::Ended(reason) => { /* show the page as signed out */ }
//!     });
//! }
//! # keep(None);
//! ```
//!
//! Any server function opts in to being renewed and repeated with
//! `#[server(client = portcullis::browser::RefreshingClient)]`.
//!
//! It compiles natively too, because server functions name their client in both
//! builds, and does nothing there.

mod client;
mod driver;
mod listeners;
mod refresh;

pub use client::{RefreshingClient, RepeatableRequest};
pub use driver::{Change, Status, signed_in, signed_out, start, status};
