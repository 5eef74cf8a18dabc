//! The names of response headers.

/// The header of a response for which the access token of the request was verified and
/// found valid. It shows the browser that its cookies are stored and sent.
pub const SIGNED_IN_HEADER: &str = "x-portcullis-signed-in";

/// The response header of [`paths::VERIFY`](super::paths::VERIFY) with the id of the account
/// that is signed in.
pub const USER_HEADER: &str = "x-portcullis-user";

/// The response header of [`paths::VERIFY`](super::paths::VERIFY) with the id of the session.
pub const SESSION_HEADER: &str = "x-portcullis-session";
