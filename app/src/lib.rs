//! Pages and components of Portcullis.
//!
//! | module | holds |
//! |---|---|
//! | [`routes`] | the paths of all pages, the protected pages, the router |
//! | `root` | the application: session, header, pages |
//! | `error_page` | the page for an error, on the server |
//! | `shell` | the HTML document around the application, on the server |
//! | `pages`, `components` | the pages, and the parts that they share |
//!
//! The session, the server functions and the forms come from the library
//! ([`portcullis::leptos`]).
//!
//! A build has one of two features: `ssr` for the server, `hydrate` for the browser.
#![allow(
    // Props are owned, because a view calls a component and passes them by value.
    clippy::needless_pass_by_value,
    // `#[component]` generates `pub` items for a `pub(crate)` function.
    unreachable_pub,
    // The function that `#[wasm_split]` generates can fail, even if the original cannot.
    clippy::unnecessary_wraps,
)]

mod boxed;
mod components;
#[cfg(feature = "ssr")]
mod error_page;
mod hand_over;
#[cfg(feature = "ssr")]
mod invitation_page;
mod pages;
mod root;
pub mod routes;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
mod static_page;
mod title;

#[cfg(feature = "ssr")]
pub use error_page::error_page;
#[cfg(feature = "ssr")]
pub use invitation_page::invitation_page;
pub use root::App;
#[cfg(feature = "hydrate")]
pub use root::hydrate;
#[cfg(feature = "ssr")]
pub use shell::shell;
