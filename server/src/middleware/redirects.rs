//! Redirects lead to a path of this application, never to another host.

use axum::{
    extract::Request,
    http::{HeaderValue, Uri, header::LOCATION},
    middleware::Next,
    response::Response,
};
use percent_encoding::{CONTROLS, utf8_percent_encode};
use portcullis::wire::LocalPath;

/// Makes every `Location` a local path.
///
/// Where a form was sent without JavaScript, leptos redirects to the `Referer`,
/// which is a header like any other. So the host of a `Location` is dropped
/// wherever it came from, and what is left is checked.
pub(crate) async fn local_redirects(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
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

/// A `Location` of that path and query, if it stays here. What follows the
/// question mark cannot lead away and may be long.
pub(super) fn to_local_path(path: &str, query: Option<&str>) -> Option<HeaderValue> {
    let path = LocalPath::parse(path)?;
    let location = match query {
        Some(query) => format!("{}?{query}", path.as_str()),
        None => path.as_str().to_owned(),
    };
    // Encodes what is not ASCII, as a browser would: a header has no encoding of its
    // own, and clients differ in what they take it for.
    let ascii = utf8_percent_encode(&location, CONTROLS).to_string();
    HeaderValue::try_from(ascii).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_loses_its_host_and_keeps_the_rest() {
        for (location, stays) in [
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
            assert_eq!(local, stays, "{location:?}");
        }
    }
}
