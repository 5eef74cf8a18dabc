//! The browser ring: the driver of the session keeper, with real timers and `fetch`, and a
//! client for server functions that refreshes the tokens and repeats a call.
//!
//! Call [`start`] once, before hydration, with the session that the page was rendered with, and
//! [`on_change`] once the view exists:
//!
//! ```
//! use portcullis::{browser::{Change, on_change, start}, wire::Snapshot};
//!
//! fn keep(rendered_with: Option<&Snapshot>) {
//!     start(rendered_with);
//!     on_change(|change| match change {
//!         Change::Refreshed(snapshot) => { /* show the new times */ }
//!         Change::Ended(reason) => { /* show the page as signed out */ }
//!         Change::Trouble(trouble) => { /* show that the server does not respond */ }
//!         _ => {}
//!     });
//! }
//! # keep(None);
//! ```
//!
//! Add `client = portcullis::browser::RefreshingClient` to a server function to repeat it after
//! a token refresh. Server functions that sign in or out use [`SignInClient`] instead, and the
//! page then calls [`signed_in`] or [`signed_out`].
//!
//! In a browser without locks each tab refreshes for itself; without channels a tab learns of
//! a sign-out by its next call.
//!
//! This module also compiles natively, because server functions name their client in both
//! builds, and does nothing there.

mod change;
mod channel;
mod client;
mod codec;
mod driver;
mod fetch;
mod form;
mod input;
mod json;
mod listeners;
mod lock;
mod page;
mod refresh;
mod request;
mod response;

pub use crate::keeper::Trouble;
pub use change::{Change, on_change};
pub use client::{RefreshingClient, SignInClient};
pub use codec::{PlainEncoding, PlainJson, Unreadable};
pub use driver::{Status, signed_in, signed_out, start, status};
pub use form::{FormClient, send_form};
#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub(crate) use form::{Sending, send_form_for_body};
pub use json::{FromJson, Json, parse_json};
pub use page::keeps_cookies;
#[cfg(feature = "hydrate")]
pub(crate) use page::{fragment, query_value};
pub use request::RepeatableRequest;
pub use response::CallResponse;
