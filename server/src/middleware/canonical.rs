//! One spelling for each page: without a slash at the end. The other spelling is redirected.
//! Paths of the HTTP interface end in a slash, but are not redirected: the library adds the
//! slash.

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, Uri, header::LOCATION},
    response::{IntoResponse, Response},
};
use portcullis::{
    http::error_response,
    wire::{Code, paths},
};

use super::redirects::to_local_path;

/// Redirects the other spelling of a page with 308, which keeps method and body. Returns
/// `None` if the path is canonical.
pub(crate) fn redirect(request: &Request) -> Option<Response> {
    let uri = request.uri();
    // `CONNECT host:port` and `OPTIONS *` have no path, but the inner layers and the
    // routes rely on one. A page that builds a link from its own path `//host` would
    // name another host.
    let is_path = uri.path().starts_with('/') && !uri.path().starts_with("//");
    if !is_path {
        return Some(error_response(Code::NotFound.into()));
    }
    let location = canonical_location(uri)?;
    Some((StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response())
}

/// Returns the location of the canonical spelling of a page, or `None` if the path is
/// canonical already.
///
/// A path without its final slash, such as `//evil.example`, can still name another
/// host for a browser. Such a path is not redirected to: the request goes on and gets
/// 404.
fn canonical_location(uri: &Uri) -> Option<HeaderValue> {
    let path = uri.path();
    if path.starts_with(paths::API) || path == paths::API.trim_end_matches('/') {
        return None;
    }
    let canonical = match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    };
    if canonical == path {
        return None;
    }
    to_local_path(canonical, uri.query())
}

#[cfg(test)]
mod tests {
    use portcullis::wire::LocalPath;

    use super::*;

    fn location(path: &str) -> Option<String> {
        let uri = path.parse::<Uri>().expect(path);
        canonical_location(&uri).map(|location| location.to_str().expect("ASCII").to_owned())
    }

    #[test]
    fn other_spelling_is_redirected_with_its_query() {
        for (path, target) in [
            ("/login/", "/login"),
            ("/login///", "/login"),
            (
                "/login/?next=%2Faccount&a=//b/",
                "/login?next=%2Faccount&a=//b/",
            ),
            ("/account/sessions/", "/account/sessions"),
            ("/pkg/", "/pkg"),
            ("http://evil.example/login/", "/login"),
        ] {
            assert_eq!(location(path).as_deref(), Some(target), "{path}");
        }
    }

    #[test]
    fn canonical_path_is_not_redirected() {
        for path in [
            "/", "/?a=b/", "/login", "/api", "/api/", "/api/a", "/api/a/", "/api/a//", "/apiary",
            "/a//b",
        ] {
            assert_eq!(location(path), None, "{path}");
        }
    }

    #[test]
    fn redirect_never_leads_to_another_host() {
        for path in [
            "//evil.example/",
            "///evil.example/",
            "//evil.example/a/?b",
            "/\\evil.example/",
            "/\\/evil.example/",
            "/%2Fevil.example/",
            "/%2fevil.example/",
            "/%5cevil.example/",
            "/%09/evil.example/",
            "/%0d%0aSet-Cookie:a=b/../",
            "//evil.example/%2f../",
        ] {
            let target = location(path);
            let is_safe = target
                .as_deref()
                .is_none_or(|target| LocalPath::parse(target).is_some());
            assert!(is_safe, "{path} leads to {target:?}");
            let leaves =
                target.is_some_and(|target| target.starts_with("//") || target.contains('\\'));
            assert!(!leaves, "{path}");
        }
    }
}
