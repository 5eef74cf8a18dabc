//! Tests of the HTTP interface through the real router, on a real database.

mod admin;
mod attempts;
mod authentication;
mod axum_routes;
mod bad_input;
mod browser;
mod cookies;
mod cross_site;
mod devices;
mod devices_page;
mod error_pages;
mod forward_auth;
mod headers;
mod inactive_accounts;
mod local_redirects;
mod pages;
mod password;
mod paths;
mod refresh;
mod register;
mod sign_in;
mod sign_out;
mod site;
mod static_files;
mod tokens_stay_in_cookies;
