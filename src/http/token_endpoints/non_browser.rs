//! The check that no browser has sent a request.

use axum::http::{HeaderMap, HeaderName, header::ORIGIN};

use super::errors::TokenEndpointError;
use crate::cookies::{CookieValue, Cookies};

/// The prefix of the headers that only a browser itself may set (Fetch standard, "forbidden
/// request-header"), such as `Sec-Fetch-Site`.
const BROWSER_PREFIX: &str = "sec-";

/// The proof that a request was not sent by a browser, as far as its headers show. A
/// response with tokens can be created only with it.
///
/// A script cannot avoid the rejection. A browser adds `Origin` to every POST of a script, and
/// `Sec-Fetch-Site` to every request to https or to a loopback host; a script can change
/// neither, nor send a form in another way. A session cookie shows a browser too. Scripts would
/// otherwise use these routes to keep tokens where any injected script can read them.
pub(super) struct NonBrowser(());

impl NonBrowser {
    /// Checks the headers of a request.
    ///
    /// # Errors
    /// [`TokenEndpointError::Browser`] if a browser has sent the request.
    pub(super) fn check(
        headers: &HeaderMap,
        cookies: &Cookies,
    ) -> Result<Self, TokenEndpointError> {
        let is_of_browser =
            |name: &HeaderName| name == ORIGIN || name.as_str().starts_with(BROWSER_PREFIX);
        let has_cookie = || {
            let values = [cookies.access(headers), cookies.refresh(headers)];
            values
                .into_iter()
                .any(|value| value != CookieValue::Missing)
        };
        if headers.keys().any(is_of_browser) || has_cookie() {
            return Err(TokenEndpointError::Browser);
        }
        Ok(Self(()))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::origin::PublicOrigin;

    #[test]
    fn request_with_a_header_of_a_browser_is_rejected() {
        let origin = PublicOrigin::parse("https://app.example.org").expect("valid");
        let cookies = Cookies::new(&origin);
        for (name, value, is_accepted) in [
            ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)", true),
            ("authorization", "Bearer x", true),
            ("cookie", "lb=1; access_token=of-another-application", true),
            ("referer", "https://app.example.org/login", true),
            ("origin", "https://app.example.org", false),
            ("origin", "null", false),
            ("sec-fetch-site", "same-origin", false),
            ("sec-fetch-mode", "cors", false),
            ("sec-fetch-dest", "empty", false),
            ("sec-gpc", "1", false),
            ("cookie", "a=b; __Host-access_token=x", false),
            ("cookie", "__Host-refresh_token=", false),
        ] {
            let headers = [(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )];
            let checked = NonBrowser::check(&headers.into_iter().collect(), &cookies);
            assert_eq!(checked.is_ok(), is_accepted, "{name}: {value}");
        }
    }
}
