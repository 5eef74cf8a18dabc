//! The pages that need a session. The server enforces the list, and the browser leaves
//! such a page when the session ends.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::paths;

/// The pages that need a session, and the sign-in page. The default protects no page
/// and has the sign-in page `/login`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectedPages {
    /// The path of the sign-in page.
    sign_in_page: String,
    /// The protected paths; each also protects every path below it.
    protected: Vec<String>,
}

/// An error of [`ProtectedPages::new`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PagesError {
    /// The string is not an absolute ASCII path without query, pattern and escapes.
    #[error(
        "`{0}` cannot be protected: use a path like /account, which also protects all paths below it, without a query, a pattern or an escape"
    )]
    NotAPath(String),
    /// The path is below `/api/`, where a redirect is no protection.
    #[error("`{0}` is below /api/: add an argument of type `SignedIn` to its handler instead")]
    Api(String),
    /// The sign-in page is protected, so no user could sign in.
    #[error(
        "the sign-in page {sign_in_page} is below the protected path {protected}: protect another path, or move the sign-in page"
    )]
    SignInProtected {
        /// The path of the sign-in page.
        sign_in_page: String,
        /// The path that protects it.
        protected: String,
    },
}

impl ProtectedPages {
    /// Checks the paths and creates the pages. A slash at the end of a path is ignored.
    ///
    /// # Errors
    /// [`PagesError`] if a path is invalid or below `/api/`, or if the sign-in page
    /// would be protected.
    pub fn new(
        sign_in_page: &str,
        protected: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Self, PagesError> {
        let sign_in_page = path(sign_in_page)?;
        let protected = protected.into_iter().map(|page| path(page.as_ref()));
        let protected: Vec<String> = protected.collect::<Result<_, _>>()?;
        if let Some(page) = protected.iter().find(|page| is_below(&sign_in_page, page)) {
            return Err(PagesError::SignInProtected {
                protected: page.clone(),
                sign_in_page,
            });
        }
        Ok(Self {
            sign_in_page,
            protected,
        })
    }

    /// Creates pages from paths that [`ProtectedPages::new`] has checked on the server.
    #[cfg(feature = "browser")]
    pub(crate) fn from_checked(sign_in_page: String, protected: Vec<String>) -> Self {
        Self {
            sign_in_page,
            protected,
        }
    }

    /// Returns the path of the sign-in page.
    pub fn sign_in_page(&self) -> &str {
        &self.sign_in_page
    }

    /// Returns the protected paths.
    pub fn protected(&self) -> &[String] {
        &self.protected
    }

    /// Returns the path to go to after signing in if the request names none: the first
    /// protected page, or else `/`.
    pub fn after_sign_in(&self) -> &str {
        self.protected.first().map_or("/", String::as_str)
    }

    /// Returns whether the page at `path` needs a session. `path` is the path of a URL,
    /// without the query.
    pub fn is_protected(&self, path: &str) -> bool {
        self.protected.iter().any(|page| is_below(path, page))
    }
}

impl Default for ProtectedPages {
    fn default() -> Self {
        Self {
            sign_in_page: "/login".to_owned(),
            protected: Vec::new(),
        }
    }
}

fn path(text: &str) -> Result<String, PagesError> {
    let has_dots = text.split('/').any(|segment| matches!(segment, "." | ".."));
    let is_path = text.starts_with('/')
        && !text.contains("//")
        && !has_dots
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.contains(['?', '#', '\\', '{', '}', '*', ':', '%']);
    if format!("{text}/").starts_with(paths::API) {
        return Err(PagesError::Api(text.to_owned()));
    }
    if !is_path {
        return Err(PagesError::NotAPath(text.to_owned()));
    }
    Ok(match text.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    })
}

/// Returns whether `path` is `page` or a path below it.
fn is_below(path: &str, page: &str) -> bool {
    let page = page.trim_end_matches('/');
    path.strip_prefix(page)
        .is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protected_page_protects_all_below_it() {
        let pages = ProtectedPages::new("/login", ["/account", "/admin/"]).expect("paths");
        for path in [
            "/account",
            "/account/",
            "/account/sessions",
            "/admin",
            "/admin/accounts",
        ] {
            assert!(pages.is_protected(path), "{path}");
        }
        for path in [
            "/",
            "/login",
            "/accounting",
            "/administrator",
            "/api/admin/",
            "",
        ] {
            assert!(!pages.is_protected(path), "{path}");
        }
    }

    #[test]
    fn protecting_the_sign_in_page_is_rejected() {
        let error = ProtectedPages::new("/login", ["/"]).expect_err("no user could sign in");
        assert!(error.to_string().contains("/login"), "{error}");
    }

    #[test]
    fn invalid_paths_are_rejected_by_name() {
        for text in [
            "",
            "account",
            "//host",
            "/a?b",
            "/a#b",
            "/a\\b",
            "/a b",
            "/users/{id}",
            "/files/*",
            "/users/:id",
            "/\u{fc}ber",
            "/%C3%BC",
            "/a/../b",
            "/a/.",
        ] {
            let error = ProtectedPages::new("/login", [text]).expect_err(text);
            assert_eq!(error, PagesError::NotAPath(text.to_owned()));
        }
        for text in ["/api", "/api/private"] {
            let error = ProtectedPages::new("/login", [text]).expect_err(text);
            assert_eq!(error, PagesError::Api(text.to_owned()));
        }
        assert!(ProtectedPages::new("/login", ["/docs/v1.2"]).is_ok());
    }
}
