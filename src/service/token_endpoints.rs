//! The setting of the routes for clients that are not browsers.

use super::{Builder, Portcullis};

impl Builder {
    /// Sets whether clients that are not browsers, such as mobile and command-line
    /// applications, get tokens in JSON bodies: `POST /api/token/` signs in,
    /// `/api/token/refresh/` refreshes, `/api/token/verify/` verifies an access token, and
    /// `/api/token/blacklist/` signs out, as djangorestframework-simplejwt does. Default false:
    /// the paths belong to the application.
    ///
    /// A request that a browser has sent is rejected there, because no script may read a
    /// token. docs/clients.md describes the requests and responses.
    pub fn token_endpoints(mut self, has_token_endpoints: bool) -> Self {
        self.has_token_endpoints = has_token_endpoints;
        self
    }
}

impl Portcullis {
    /// Returns whether clients that are not browsers get tokens in JSON bodies.
    pub(crate) fn has_token_endpoints(&self) -> bool {
        self.0.has_token_endpoints
    }
}
