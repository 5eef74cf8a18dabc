//! The browser: drives the session keeper with real timers and fetch, and gives
//! server functions a client that renews and repeats.
//!
//! Start it once, before hydration, with the session that the page was rendered
//! with, and listen once the view is there:
//!
//! ```
//! use portcullis::{browser::{Change, on_change, start}, wire::Snapshot};
//!
//! fn keep(rendered_with: Option<&Snapshot>) {
//!     start(rendered_with);
//!     on_change(|change| match change {
//!         Change::Refreshed(snapshot) => { /* show the new times */ }
//!         Change::Ended(reason) => { /* show the page as signed out */ }
//!         Change::Trouble(trouble) => { /* show that the server does not answer */ }
//!         _ => {}
//!     });
//! }
//! # keep(None);
//! ```
//!
//! Any server function opts in to being renewed and repeated with
//! `#[server(client = portcullis::browser::RefreshingClient)]`. Those that sign in
//! or out take `SigningClient`, and tell [`signed_in`] or [`signed_out`].
//!
//! What a browser lacks degrades: without locks each tab refreshes for itself,
//! without channels tabs learn of a sign-out by their next call.
//!
//! It compiles natively too, because server functions name their client in both
//! builds, and does nothing there.

mod change;
mod channel;
mod client;
mod codec;
mod driver;
mod fetch;
mod form;
mod json;
mod listeners;
mod lock;
mod page;
mod refresh;
mod request;
mod response;

pub use crate::keeper::Trouble;
pub use change::{Change, on_change};
pub use client::{RefreshingClient, SigningClient};
pub use codec::{PlainEncoding, PlainJson, Unreadable};
pub use driver::{Status, signed_in, signed_out, start, status};
pub use form::{FormClient, send_form};
#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub(crate) use form::{Sending, send_form_for_text};
pub use json::{FromJson, Json, read};
pub use page::keeps_cookies;
pub use request::RepeatableRequest;
pub use response::CallResponse;
