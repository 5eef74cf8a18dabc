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
/// Any method: responds to a reverse proxy whether a request is signed in, for nginx
/// `auth_request` and Caddy `forward_auth`.
pub const VERIFY: &str = "/api/accounts/auth/verify/";
/// Any method: refreshes the session of a request that a reverse proxy has received, and
/// redirects to its address, or to the sign-in page.
pub const RESUME: &str = "/api/accounts/auth/resume/";
/// `POST`: changes the password.
pub const PASSWORD: &str = "/api/accounts/password/";
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
    [REGISTER, LOGIN, LOGOUT, REFRESH, SESSION, PASSWORD].contains(&path)
}
