//! Secure JWT sessions for full-stack Rust web applications: Leptos on Axum, or
//! Axum alone.
//!
//! # What you get
//!
//! - A person signs in once. A 25-minute access token and a rotating 7-day refresh
//!   token, both Ed25519 JWTs, live in `HttpOnly` cookies that no script can read.
//! - The page refreshes them silently, one tab on behalf of all, and a request that
//!   still gets a 401 is refreshed and sent again once.
//! - A stolen refresh token is detected and its session ends. An honest browser that
//!   lost a response stays signed in. Both are shown by an exhaustive search.
//! - A session that ends is refused in this process at once and in every other process
//!   on the same database in under a second, without a database query per request.
//! - Pages are signed in on first paint and work without `JavaScript`; cross-site
//!   requests are refused.
//! - The database does not grow by refreshing: `SQLite` by default, `PostgreSQL` by URL.
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
    axum::serve(listener, auth.protect(app))          // every layer, in its order, in one call
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    auth.shutdown().await;                            // stops the tasks, writes what is pending
    Ok(())
}
```

[`Portcullis::routes`] serves the HTTP interface: a form or JSON with `email` and
`password` is posted to `/api/accounts/auth/register/` or `login/`; `logout/` and
`token/refresh/` take an empty body. [`SignedIn`] as an argument protects a handler,
`Option<SignedIn>` asks, and [`http::Caller`] registers, signs in, refreshes and signs
out. With accounts of your own (a table, LDAP, OAuth), check the password yourself and
call [`http::Caller::sign_in_as`].
"#
)]
//!
//! # Leptos
//!
//! The server build has the feature `ssr`, the browser build `hydrate`; the module
//! `leptos` tells what goes where. In short:
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
//! | feature | for | brings |
//! |---|---|---|
//! | `axum` | a server without Leptos | tokens, keys, store, layers, extractors, routes |
//! | `ssr` | the server build of a Leptos application | `axum`, `browser`, server functions, components |
//! | `hydrate` | the browser build of a Leptos application | `browser`, components |
//! | `browser` | a browser build without Leptos | the session keeper and its driver |
//! | `testing` | an application's own tests | a clock, a cookie jar, a sign-in without a password |
//!
//! Without a feature the crate is its core alone: the types that cross the wire, the
//! policy, the rotation decision and the state machine of the session keeper. It does
//! no I/O and reads no clock.
//!
//! # How it works
//!
//! A session is one row with the generation of its current refresh token. A refresh
//! exchanges that token for the next generation; one function decides what any other
//! token means: a second tab, a response that was lost, or a reuse, which ends
//! the session. Access tokens are verified by signature, claims and the revocation
//! view in memory. In the browser the *session keeper* decides when to refresh and
//! what tabs do for one another. The document `docs/protocol.md` of this package has
//! the rules, what they promise, and where that is shown; `docs/adopting.md` has the
//! way into an existing application.
#![warn(missing_docs, missing_debug_implementations)]

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
pub mod policy;
pub mod wire;

// Public for the searches in `tests/`, which drive them from outside.
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
mod audit;
#[cfg(feature = "axum")]
mod cookies;
#[cfg(feature = "axum")]
pub mod http;
#[cfg(feature = "axum")]
mod ids;
#[cfg(feature = "axum")]
pub mod keys;
#[cfg(feature = "axum")]
mod origin;
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

pub use crate::wire::ApiError;

#[cfg(feature = "axum")]
pub use crate::{
    accounts::ExternalAccount,
    cookies::CookieNameError,
    http::{Caller, SignedIn},
    ids::{AccountId, SessionId},
    origin::{OriginError, PublicOrigin},
    service::{Builder, OpenError, Portcullis},
    store::StoreError,
};
