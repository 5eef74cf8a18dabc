//! The paths of the HTTP interface, trailing slashes included.

/// `POST`: creates an account and signs in.
pub const REGISTER: &str = "/api/accounts/auth/register/";
/// `POST`: signs in.
pub const LOGIN: &str = "/api/accounts/auth/login/";
/// `POST`: signs out.
pub const LOGOUT: &str = "/api/accounts/auth/logout/";
/// `POST`, empty body: refreshes the tokens.
pub const REFRESH: &str = "/api/accounts/auth/token/refresh/";
/// `GET`: returns who is signed in and for how long.
pub const SESSION: &str = "/api/accounts/auth/session/";
/// `GET`: returns the public signing keys (RFC 7517).
pub const JWKS: &str = "/.well-known/jwks.json";
/// `GET`: responds while the process is alive.
pub const HEALTH: &str = "/healthz";
/// The prefix of all API paths.
pub const API: &str = "/api/";
/// `GET`: responds whether the process is ready to serve requests.
pub const READY: &str = "/readyz";

/// Returns whether this library serves a path below `/api/`, by a server function or a
/// route. All other paths below `/api/` belong to the application.
#[cfg(feature = "axum")]
pub(crate) fn is_own(path: &str) -> bool {
    [REGISTER, LOGIN, LOGOUT, REFRESH, SESSION].contains(&path)
}
