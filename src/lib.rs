//! Secure JWT sessions for full-stack Leptos applications on Axum.
//!
//! Three rings, held apart by features:
//!
//! - **pure** (no feature): what crosses the wire, the policy, the rotation
//!   decision and the session keeper's state machine. No I/O, no `async`, no
//!   clock: time comes in as an argument.
//! - **`server`**: tokens, keys, cookies, store, revocation, and the HTTP
//!   middleware, on Axum and sqlx.
//! - **`browser`**: drives the keeper with real timers and fetch, and the
//!   server-function client that renews and repeats.
//!
//! On the server, an application opens a [`Portcullis`] and puts the middleware
//! of [`http`] around its routes:
//!
//! ```
//! # #[cfg(feature = "server")]
//! # {
//! use axum::{Router, middleware::{from_fn, from_fn_with_state}};
//! use portcullis::{Portcullis, http};
//!
//! fn protect(routes: Router, portcullis: &Portcullis) -> Router {
//!     let headers = http::SecurityHeaders::new(portcullis.origin());
//!     // The last layer is the outermost.
//!     routes
//!         .layer(from_fn(http::resume))
//!         .layer(from_fn_with_state(portcullis.clone(), http::authenticate))
//!         .layer(from_fn(http::json_form))
//!         .layer(from_fn_with_state(portcullis.clone(), http::same_origin))
//!         .layer(from_fn(http::error_status))
//!         .layer(from_fn_with_state(headers, http::headers))
//! }
//! # }
//! ```
#![warn(missing_docs)]

pub mod clock;
pub mod keeper;
pub mod policy;
pub mod rotation;
pub mod wire;

#[cfg(any(feature = "server", feature = "browser"))]
mod server_fn_error;

#[cfg(feature = "browser")]
pub mod browser;

#[cfg(feature = "server")]
pub mod accounts;
#[cfg(feature = "server")]
mod audit;
#[cfg(feature = "server")]
mod confirmations;
#[cfg(feature = "server")]
pub mod cookies;
#[cfg(feature = "server")]
pub mod http;
#[cfg(feature = "server")]
pub mod ids;
#[cfg(feature = "server")]
pub mod origin;
#[cfg(feature = "server")]
mod portcullis;
#[cfg(feature = "server")]
pub mod revocation;
#[cfg(feature = "server")]
pub mod sessions;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "server")]
pub mod token;

#[cfg(feature = "server")]
pub use crate::portcullis::{
    ListedKey, OpenError, Portcullis, Purged, Rotation, Setup, SigningKeyError, SigningKeys,
};
