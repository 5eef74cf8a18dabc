//! Secure JWT sessions for full-stack Leptos applications on Axum.
//!
//! Three rings, held apart by features:
//!
//! - **pure** (no feature): what crosses the wire, the policy, the rotation
//!   decision and the session keeper's state machine. No I/O, no `async`, no
//!   clock: time comes in as an argument.
//! - **`axum`**: tokens, keys, cookies, store, revocation, and the HTTP
//!   middleware, on Axum and sqlx.
//! - **`browser`**: drives the keeper with real timers and fetch, and the
//!   server-function client that renews and repeats.
//!
//! On the server, an application opens a [`Portcullis`] and puts its layers around
//! the routes with [`Portcullis::protect`].
#![warn(missing_docs)]

#[cfg(all(feature = "ssr", feature = "hydrate"))]
compile_error!(
    "the features `ssr` and `hydrate` of portcullis are for two builds: `ssr` for the server, \
     `hydrate` for the browser"
);
#[cfg(all(feature = "axum", target_arch = "wasm32"))]
compile_error!(
    "the features `axum` and `ssr` of portcullis are for the server; a build for the browser \
     takes `hydrate`, or `browser` without Leptos"
);

pub mod clock;
pub mod keeper;
pub mod policy;
pub mod rotation;
pub mod wire;

#[cfg(any(feature = "axum", feature = "browser"))]
mod server_fn_error;

#[cfg(feature = "browser")]
pub mod browser;

#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub mod leptos;

#[cfg(feature = "axum")]
pub mod accounts;
#[cfg(feature = "axum")]
mod audit;
#[cfg(feature = "axum")]
mod cookies;
#[cfg(feature = "axum")]
pub mod http;
#[cfg(feature = "axum")]
pub mod ids;
#[cfg(feature = "axum")]
pub mod keys;
#[cfg(feature = "axum")]
pub mod origin;
#[cfg(feature = "axum")]
mod revocation;
#[cfg(feature = "axum")]
mod service;
#[cfg(feature = "axum")]
pub mod sessions;
#[cfg(feature = "axum")]
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "axum")]
pub mod token;

#[cfg(feature = "axum")]
pub use crate::{
    cookies::CookieNameError,
    http::SignedIn,
    service::{Builder, OpenError, Portcullis},
};
