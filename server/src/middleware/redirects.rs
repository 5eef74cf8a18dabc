//! Redirects lead to a path of this application, never to another host.

use axum::{
    http::{HeaderValue, Uri, header::LOCATION},
    response::Response,
};
use percent_encoding::{CONTROLS, utf8_percent_encode};
use portcullis::wire::LocalPath;

/// Replaces the `Location` of a response by a local path.
///
/// After a form without JavaScript, leptos redirects to the `Referer`, which a client
/// can set to any value. So the host of every `Location` is dropped, and the rest is
/// checked.
pub(crate) fn local_redirect(mut response: Response) -> Response {
    let Some(location) = response.headers().get(LOCATION) else {
        return response;
    };
    let local = local(location).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, local);
    response
}

fn local(location: &HeaderValue) -> Option<HeaderValue> {
    let uri = Uri::try_from(location.as_bytes()).ok()?;
    to_local_path(uri.path(), uri.query())
}

/// Returns a `Location` with the path and the query, or `None` if the path could name
/// another host. The query is not checked: it cannot lead to another host and may be
/// long.
pub(super) fn to_local_path(path: &str, query: Option<&str>) -> Option<HeaderValue> {
    let path = LocalPath::parse(path)?;
    let location = match query {
        Some(query) => format!("{}?{query}", path.as_str()),
        None => path.as_str().to_owned(),
    };
    // Percent-encodes all non-ASCII characters, as a browser would: a header has no
    // defined encoding, and clients decode it differently.
    let ascii = utf8_percent_encode(&location, CONTROLS).to_string();
    HeaderValue::try_from(ascii).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn location_loses_its_host_and_keeps_the_rest() {
        for (location, expected) in [
            ("/account?a=b", Some("/account?a=b")),
            (
                "http://127.0.0.1:3000/login?next=%2Fa&__err=x",
                Some("/login?next=%2Fa&__err=x"),
            ),
            ("/caf\u{e9}?q=\u{e9}", Some("/caf%C3%A9?q=%C3%A9")),
            ("https://evil.example/login", Some("/login")),
            ("https://evil.example", Some("/")),
            ("https://evil.example//other.example/", None),
            ("//evil.example/", None),
            ("/\\evil.example", None),
            ("/%2Fevil.example", None),
            ("javascript:alert(1)", None),
            ("evil.example", None),
            ("", None),
        ] {
            let location = HeaderValue::from_str(location).expect("a value");
            let local = local(&location);
            let local = local.as_ref().map(|local| local.to_str().expect("ASCII"));
            assert_eq!(local, expected, "{location:?}");
        }
    }
}
