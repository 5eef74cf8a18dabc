//! Paths of this library without their last slash are answered as with it. A redirect would
//! not do: programs do not repeat a POST after a redirect, and a proxy that drops the slash
//! would make a loop.

use axum::{
    extract::Request,
    http::{Uri, uri::PathAndQuery},
};

use crate::wire::paths;

/// Adds the last slash to the path of a request, if this library serves that path.
pub(super) fn add_last_slash(request: &mut Request) {
    if let Some(uri) = with_last_slash(request.uri()) {
        *request.uri_mut() = uri;
    }
}

/// Returns the URI with a slash at the end of its path, or `None` if this library does not
/// serve that path, or the slash is there. The first check is fast, and true for most requests.
fn with_last_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if path.ends_with('/') || !path.starts_with(paths::API) {
        return None;
    }
    let path = format!("{path}/");
    if !paths::is_own(&path) && ![paths::VERIFY, paths::RESUME].contains(&&*path) {
        return None;
    }
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slash_is_added_to_paths_of_this_library_only() {
        let added = |path: &str| {
            let uri = path.parse().expect(path);
            with_last_slash(&uri).map(|uri| uri.to_string())
        };
        for (path, expected) in [
            ("/api/accounts/auth/login", "/api/accounts/auth/login/"),
            (
                "/api/accounts/sessions?a=b/",
                "/api/accounts/sessions/?a=b/",
            ),
            (
                "/api/accounts/sessions/0198/revoke",
                "/api/accounts/sessions/0198/revoke/",
            ),
            ("/api/accounts/auth/verify", "/api/accounts/auth/verify/"),
            (
                "https://app.example.org/api/admin/accounts",
                "https://app.example.org/api/admin/accounts/",
            ),
        ] {
            assert_eq!(added(path).as_deref(), Some(expected), "{path}");
        }
        for path in [
            "/",
            "/login",
            "/api",
            "/api/notes",
            "/api/accounts",
            "/api/accounts/auth/login/",
            "/api/accounts/auth/login/x",
        ] {
            assert_eq!(added(path), None, "{path}");
        }
    }
}
