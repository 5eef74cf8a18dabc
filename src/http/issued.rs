//! The responses that set the session's cookies.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    http::{HeaderName, HeaderValue, header::SET_COOKIE},
    response::{IntoResponse, IntoResponseParts, Response, ResponseParts},
};

use crate::{cookies::Cookies, sessions::IssuedTokens, wire::SignedInResponse};

/// The header that makes a browser remove what it has stored of the site.
const CLEAR_SITE_DATA: &str = "clear-site-data";

/// The result of a sign-in or a refresh: the response body and the cookies with the tokens.
///
/// As a response it is the body as JSON (`detail` and the fields of
/// [`Snapshot`](crate::wire::Snapshot)) with a `Set-Cookie` header for each issued token. A
/// refresh may issue the access token alone; the browser keeps its refresh cookie then.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Issued {
    /// The response body.
    pub answer: SignedInResponse,
    /// The `Set-Cookie` headers.
    pub cookies: SessionCookies,
}

impl Issued {
    /// Creates the response with the issued tokens in cookies.
    pub(super) fn new(cookies: &Cookies, tokens: IssuedTokens, detail: &str) -> Self {
        let lifetime = Duration::from_secs(tokens.snapshot.expires_in);
        let mut set = vec![cookies.set_access(&tokens.access, lifetime)];
        if let Some((token, expires_at)) = &tokens.refresh {
            set.push(cookies.set_refresh(token, expires_at.since(tokens.issued_at)));
        }
        let answer = SignedInResponse {
            detail: detail.to_owned(),
            snapshot: tokens.snapshot,
        };
        Self {
            answer,
            cookies: SessionCookies::set(set),
        }
    }
}

/// The `Set-Cookie` headers that set the cookies with the tokens, or remove them; and
/// `Clear-Site-Data` after a sign-out on https. A handler returns them before its own
/// response: `(cookies, "Signed in.")`.
#[derive(Clone, Debug)]
#[must_use = "return the cookies with the response, or the browser does not get them"]
pub struct SessionCookies {
    cookies: Vec<HeaderValue>,
    clear_site_data: Option<HeaderValue>,
}

impl SessionCookies {
    pub(super) fn set(cookies: Vec<HeaderValue>) -> Self {
        Self {
            cookies,
            clear_site_data: None,
        }
    }

    /// Returns the headers that remove the cookies, and on https the cached pages.
    pub(super) fn clear(cookies: &Cookies) -> Self {
        Self {
            cookies: cookies.clear(),
            clear_site_data: cookies.clear_site_data(),
        }
    }

    /// Returns the values of the `Set-Cookie` headers, one per cookie.
    pub fn values(&self) -> &[HeaderValue] {
        &self.cookies
    }

    /// Returns all headers.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let cookies = self.cookies.iter().map(|value| (SET_COOKIE, value));
        let clear = self.clear_site_data.iter();
        let clear = clear.map(|value| (HeaderName::from_static(CLEAR_SITE_DATA), value));
        cookies
            .chain(clear)
            .map(|(name, value)| (name, value.clone()))
    }
}

impl IntoResponseParts for SessionCookies {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        for (name, value) in self.headers() {
            // Appended, because the response may set cookies of the application too.
            response.headers_mut().append(name, value);
        }
        Ok(response)
    }
}

impl IntoResponse for SessionCookies {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

impl IntoResponse for Issued {
    fn into_response(self) -> Response {
        (self.cookies, Json(self.answer)).into_response()
    }
}
