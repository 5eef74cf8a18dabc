//! The pages, one file each. Their paths are in `routes`.

mod account;
mod admin;
mod home;
mod login;
mod not_found;
mod not_loaded;
mod register;
mod security;
mod sessions;

pub(crate) use account::{account_page, load_account};
pub(crate) use admin::{Tab, admin_page, load_admin};
pub(crate) use home::HomePage;
pub(crate) use login::LoginPage;
pub(crate) use not_found::NotFoundPage;
pub(crate) use not_loaded::not_loaded;
pub(crate) use register::{load_register, register_page};
pub(crate) use security::{load_security, security_page};
pub(crate) use sessions::{load_sessions, sessions_page};
