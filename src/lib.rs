//! Secure JWT sessions for full-stack Rust web applications: Leptos on Axum, or
//! Axum alone.
//!
//! # What you get
//!
//! - A user signs in once. A 25-minute access token and a rotating 7-day refresh
//!   token, both Ed25519 JWTs, are in `HttpOnly` cookies, which scripts cannot read.
//! - The page refreshes them silently; one tab does so for all tabs. A server function
//!   call that still gets a 401 is sent again once, after a refresh.
//! - If a refresh token is stolen and both the thief and the user's browser keep
//!   refreshing, the server detects the reuse and ends the session. An honest browser
//!   that lost a response stays signed in. An exhaustive search tests both; the exact
//!   promises and their assumptions are in `docs/protocol.md`.
//! - The tokens of an ended session are rejected at once by the process that ended it,
//!   and within a second by every other process on the same database, without a
//!   database query per request.
//! - Pages are signed in on first paint and work without `JavaScript`; cross-site
//!   requests are rejected.
//! - The database is `SQLite` or `PostgreSQL`, and refreshes do not make it grow.
//!
//! # Add it
//!
//! ```toml
//! [dependencies]
//! portcullis = { version = "0.1", features = ["axum"] }
//! ```
//!
//! # Axum
//!
#![cfg_attr(
    feature = "axum",
    doc = r#"
```no_run
use axum::{Router, routing::get};
use portcullis::{Portcullis, SignedIn};

async fn me(user: SignedIn) -> String {
    format!("account {}", user.account_id())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = Portcullis::builder("http://127.0.0.1:3000")
        .sqlite("data/app.db")                        // or .postgres(url).secret_file(path)
        .protected(["/account"])                      // pages; sign_in_page("/login") is the default
        .open()                                       // starts and supervises the background tasks
        .await?;
    let app = Router::new().route("/api/me", get(me)).merge(auth.routes());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, auth.protect(app))          // adds all layers, in order
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    auth.shutdown().await;                            // stops the tasks, writes what is pending
    Ok(())
}
```

[`Portcullis::routes`] serves the HTTP interface. Clients post a form or JSON with
`email` and `password` to `/api/accounts/auth/register/` or `login/`, and an empty body
to `logout/` or `token/refresh/`. [`SignedIn`] as an argument protects a handler;
`Option<SignedIn>` is `None` for a request that is not signed in; [`SignedIn::ended`]
ends a stream (server-sent events, a WebSocket) with its session. [`http::Caller`]
registers, signs in, refreshes and signs out, changes the password, and lists and ends
the sessions of the account. If you keep accounts of your own (a table, LDAP, OAuth),
authenticate the user yourself and call [`http::Caller::sign_in_as`].
"#
)]
//!
//! # Leptos
//!
//! The server build has the feature `ssr`, the browser build the feature `hydrate`. The
//! documentation of the module `leptos` says where each part goes. In short:
//!
//! ```ignore
//! #[component]
//! fn App() -> impl IntoView {
//!     provide_session();
//!     view! { <SignedIn fallback=SignInForm> <Account/> </SignedIn> }
//! }
//!
//! #[server(client = RefreshingClient)]
//! async fn notes() -> Result<Vec<Note>, ApiError> {
//!     let user = signed_in().await?;
//!     // …
//! }
//! ```
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | is for | contains |
//! |---|---|---|
//! | `axum` | a server without Leptos | tokens, keys, store, layers, extractors, routes |
//! | `ssr` | the server build with Leptos | `axum`, `browser`, server functions, components |
//! | `hydrate` | the browser build with Leptos | `browser`, components |
//! | `browser` | the browser build without Leptos | the session keeper and its driver |
//! | `testing` | an application's own tests | a clock, a cookie jar, a sign-in without a password |
//!
//! Without a feature the crate has only its core: the types of the HTTP interface, the
//! policy, the rotation decision and the state machine of the session keeper. The core
//! does no I/O and reads no clock.
//!
//! # How it works
//!
//! A session is one database row with the generation of its current refresh token. A
//! refresh exchanges that token for one of the next generation. One function decides
//! what a presented token means: a regular refresh, a second tab, a lost response, or
//! a reuse, which ends the session. Access tokens are verified by signature, claims and
//! the revocation view in memory. In the browser the *session keeper* decides when to
//! refresh, and lets one tab refresh for all. The document `docs/protocol.md` of this
//! package has the rules, what they promise, and where that is tested; `docs/adopting.md`
//! explains how to add the library to an existing application; `docs/proxies.md` explains
//! how nginx or Caddy uses it to authenticate the users of another application.
#![warn(missing_docs, missing_debug_implementations)]
// A request, a row or a setting must not end a task. Each remaining place says why it cannot.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::panic, clippy::unreachable)
)]

#[cfg(all(feature = "ssr", feature = "hydrate"))]
compile_error!(
    "the features `ssr` and `hydrate` of portcullis cannot be in one build: `ssr` is for the \
     server, `hydrate` for the browser"
);
#[cfg(all(feature = "axum", target_arch = "wasm32"))]
compile_error!(
    "the features `axum` and `ssr` of portcullis are for the server; use `hydrate` in a browser \
     build, or `browser` without Leptos"
);

pub mod clock;
pub mod policy;
pub mod wire;

// Public for the search and the simulation in `tests/`, which call them from outside.
#[doc(hidden)]
pub mod keeper;
#[doc(hidden)]
pub mod rotation;

#[cfg(any(feature = "axum", feature = "browser"))]
mod server_fn_error;

#[cfg(feature = "browser")]
pub mod browser;

#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub mod leptos;

#[cfg(feature = "axum")]
pub mod accounts;
#[cfg(feature = "axum")]
pub mod attempts;
#[cfg(feature = "axum")]
mod audit;
#[cfg(feature = "axum")]
mod cookies;
#[cfg(feature = "axum")]
mod detached;
#[cfg(feature = "axum")]
mod file_access;
#[cfg(feature = "axum")]
pub mod http;
#[cfg(feature = "axum")]
mod ids;
#[cfg(feature = "axum")]
pub mod keys;
#[cfg(feature = "axum")]
pub mod metrics;
#[cfg(feature = "axum")]
mod origin;
#[cfg(feature = "axum")]
mod request_context;
#[cfg(feature = "axum")]
mod request_id;
#[cfg(feature = "axum")]
mod request_observer;
#[cfg(feature = "axum")]
mod revocation;
#[cfg(feature = "axum")]
mod service;
#[cfg(feature = "axum")]
pub mod sessions;
#[cfg(feature = "axum")]
mod statistics;
#[cfg(feature = "axum")]
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "axum")]
pub mod token;

pub use crate::wire::ApiError;

#[cfg(feature = "axum")]
pub use crate::{
    accounts::{ExternalAccount, Registration},
    cookies::CookieNameError,
    http::{Caller, SignedIn},
    ids::{AccountId, InvitationId, SessionId},
    origin::{OriginError, PublicOrigin},
    request_id::RequestId,
    request_observer::{RequestObserver, Waited},
    service::{BackupError, Builder, OpenError, Portcullis},
    store::StoreError,
};
