//! Pages, components and server functions of Portcullis.
//!
//! | module | holds |
//! |---|---|
//! | [`routes`] | every page path, which of them need a session, the router |
//! | `root` | the application: session, header, pages, guard |
//! | `error_page` | what a person sees of an error, on the server |
//! | `shell` | the HTML document around it, on the server |
//! | `session` | who is signed in, for every component |
//! | [`api`] | server functions: thin, the library does the work |
//! | `forms` | what the forms have in common |
//! | `pages`, `components` | what is shown |
//!
//! Two features, of which a build has one: `ssr` on the server, `hydrate` in the
//! browser.
#![allow(
    // Props are owned: a component is a call in a view, not a function that
    // borrows from its caller.
    clippy::needless_pass_by_value,
    // `#[component]` writes `pub` into what it makes of a `pub(crate)` function.
    unreachable_pub,
)]

pub mod api;
mod components;
mod effect;
#[cfg(feature = "ssr")]
mod error_page;
mod forms;
mod pages;
mod root;
pub mod routes;
mod session;
#[cfg(feature = "ssr")]
mod shell;
mod title;
mod whole;

#[cfg(feature = "ssr")]
pub use error_page::error_page;
pub use root::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
