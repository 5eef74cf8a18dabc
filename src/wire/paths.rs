//! The paths of the HTTP interface, trailing slashes included.

/// `POST`: opens an account and signs in.
pub const REGISTER: &str = "/api/accounts/auth/register/";
/// `POST`: signs in.
pub const LOGIN: &str = "/api/accounts/auth/login/";
/// `POST`: signs out.
pub const LOGOUT: &str = "/api/accounts/auth/logout/";
/// `POST`, empty body: renews the tokens.
pub const REFRESH: &str = "/api/accounts/auth/token/refresh/";
/// `GET`: who is signed in, until when.
pub const SESSION: &str = "/api/accounts/auth/session/";
/// `GET`: the public signing keys, RFC 7517.
pub const JWKS: &str = "/.well-known/jwks.json";
/// `GET`: the process is alive.
pub const HEALTH: &str = "/healthz";
/// What every path of the HTTP interface starts with.
pub const API: &str = "/api/";
/// `GET`: the process can serve.
pub const READY: &str = "/readyz";

/// Whether this library serves the path, by a server function or a route. All other
/// paths below `/api/` are the application's.
#[cfg(feature = "axum")]
pub(crate) fn is_own(path: &str) -> bool {
    [REGISTER, LOGIN, LOGOUT, REFRESH, SESSION].contains(&path)
}
