//! Server functions: what pages and other clients of the HTTP interface call.
//!
//! Thin on purpose: each reads its arguments, asks the library, and answers. They
//! are public endpoints, and the library checks who calls.

mod auth;
mod password;
#[cfg(feature = "ssr")]
mod respond;

pub use auth::{
    CurrentSession, Login, Logout, Refresh, Register, current_session, login, logout, refresh,
    register,
};
pub use password::EnteredPassword;
