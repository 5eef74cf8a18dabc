//! Pages and components of Portcullis.
//!
//! | module | holds |
//! |---|---|
//! | [`routes`] | every page path, which of them need a session, the router |
//! | `root` | the application: session, header, pages |
//! | `error_page` | what a person sees of an error, on the server |
//! | `shell` | the HTML document around it, on the server |
//! | `pages`, `components` | what is shown |
//!
//! The session, the server functions and the forms are the library's
//! ([`portcullis::leptos`]).
//!
//! Two features, of which a build has one: `ssr` on the server, `hydrate` in the
//! browser.
#![allow(
    // Props are owned: a component is a call in a view, not a function that
    // borrows from its caller.
    clippy::needless_pass_by_value,
    // `#[component]` writes `pub` into what it makes of a `pub(crate)` function.
    unreachable_pub,
    // What `#[wasm_split]` makes of a function may fail where the function cannot.
    clippy::unnecessary_wraps,
)]

mod boxed;
mod components;
#[cfg(feature = "ssr")]
mod error_page;
mod pages;
mod root;
pub mod routes;
#[cfg(feature = "ssr")]
mod shell;
mod title;

#[cfg(feature = "ssr")]
pub use error_page::error_page;
pub use root::App;
#[cfg(feature = "hydrate")]
pub use root::hydrate;
#[cfg(feature = "ssr")]
pub use shell::shell;
