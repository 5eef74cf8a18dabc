//! The pages, one file each. Their paths are in `routes`.

mod account;
mod home;
mod login;
mod not_found;
mod not_loaded;
mod register;
mod security;
mod sessions;

pub(crate) use account::{AccountPage, load_account};
pub(crate) use home::HomePage;
pub(crate) use login::LoginPage;
pub(crate) use not_found::NotFoundPage;
pub(crate) use register::{RegisterPage, load_register};
pub(crate) use security::{SecurityPage, load_security};
pub(crate) use sessions::{SessionsPage, load_sessions};
