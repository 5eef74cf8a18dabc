//! The HTTP interface, driven through the real router on a real database.

mod bad_input;
mod browser;
mod cookies;
mod error_pages;
mod headers;
mod inactive_accounts;
mod next_stays_local;
mod other_sites;
mod pages;
mod paths;
mod ready_routes;
mod refreshing;
mod registering;
mod signing_in;
mod signing_out;
mod site;
mod static_files;
mod tokens_stay_in_cookies;
mod who_is_signed_in;
