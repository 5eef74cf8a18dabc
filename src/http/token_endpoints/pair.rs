//! The response with both tokens.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::non_browser::NonBrowser;
use crate::sessions::IssuedTokens;

/// Both tokens, as the body of a response. It is created only for a client that is not a
/// browser.
#[derive(Serialize)]
pub(super) struct TokenPair {
    access: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<String>,
}

impl TokenPair {
    pub(super) fn new(_: &NonBrowser, issued: &IssuedTokens) -> Self {
        let refresh = issued.refresh.as_ref();
        Self {
            access: issued.access.expose().to_owned(),
            refresh: refresh.map(|(token, _)| token.expose().to_owned()),
        }
    }

    /// Adds the presented refresh token if no refresh token was issued.
    pub(super) fn or_refresh(mut self, presented: String) -> Self {
        self.refresh.get_or_insert(presented);
        self
    }
}

impl IntoResponse for TokenPair {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}
