//! Every page path, and which of them need a session. The one place for both.

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route},
    location::Url,
    path,
};
use portcullis::wire::{Code, LocalPath, REASON};

use crate::pages::{AccountPage, HomePage, LoginPage, NotFoundPage, RegisterPage};

/// The front page.
pub const HOME: &str = "/";
/// Signing in.
pub const LOGIN: &str = "/login";
/// Opening an account.
pub const REGISTER: &str = "/register";
/// The account's own page, where signing in leads to.
pub const ACCOUNT: &str = "/account";
/// Below it: the administration.
pub const ADMIN: &str = "/admin";

/// The pages that are there for somebody signed in alone, with all below them.
pub const PROTECTED: [&str; 2] = [ACCOUNT, ADMIN];

/// Whether a page needs a session. Takes the path of a URL, without its query.
pub fn is_protected(path: &str) -> bool {
    PROTECTED.iter().any(|page| is_below(path, page))
}

/// Whether `path` is that of `page` or of one below it.
pub(crate) fn is_below(path: &str, page: &str) -> bool {
    path.strip_prefix(page)
        .is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// Where to sign in and come back to `path` with `search`, the query without its
/// question mark; `reason` is why nobody is signed in any more.
pub fn login_for(path: &str, search: &str, reason: Option<Code>) -> String {
    let query = if search.is_empty() { "" } else { "?" };
    let next = LocalPath::parse(&format!("{path}{query}{search}"));
    let login = with_next(LOGIN, next.as_ref());
    match reason.filter(|code| code.is_reason()) {
        Some(code) => {
            let mark = if next.is_some() { "&" } else { "?" };
            login + mark + REASON + "=" + code.as_str()
        }
        None => login,
    }
}

/// The path of `page` that goes on to `next`.
pub(crate) fn with_next(page: &str, next: Option<&LocalPath>) -> String {
    match next {
        Some(next) => format!("{page}?next={}", Url::escape(next.as_str())),
        None => page.to_owned(),
    }
}

/// The pages. All are rendered whole before the first byte is sent: so they
/// work without JavaScript, and a page can still choose its status.
#[component]
pub(crate) fn Pages() -> impl IntoView {
    view! {
        <FlatRoutes fallback=NotFoundPage>
            <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
            <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
            <Route path=path!("/register") view=RegisterPage ssr=SsrMode::Async/>
            <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
        </FlatRoutes>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "ssr")]
    #[test]
    fn the_pages_are_those_that_are_named() {
        let mut pages: Vec<_> = leptos_axum::generate_route_list(crate::App)
            .iter()
            .map(|r| r.path().to_owned())
            .collect();
        pages.sort();
        assert_eq!(pages, [HOME, ACCOUNT, LOGIN, REGISTER]);
    }

    #[test]
    fn protected_is_the_page_and_all_below_it() {
        for path in [
            "/account",
            "/account/",
            "/account/sessions",
            "/admin",
            "/admin/accounts",
        ] {
            assert!(is_protected(path), "{path}");
        }
        for path in [
            "/",
            "/login",
            "/accounting",
            "/administrator",
            "/api/admin/",
            "",
        ] {
            assert!(!is_protected(path), "{path}");
        }
    }

    #[test]
    fn the_way_back_is_a_local_path_or_nothing() {
        assert_eq!(login_for("/account", "", None), "/login?next=%2Faccount");
        assert_eq!(
            login_for("/account/sessions", "a=b", None),
            "/login?next=%2Faccount%2Fsessions%3Fa%3Db"
        );
        assert_eq!(login_for("//evil.example", "", None), "/login");
    }

    #[test]
    fn the_reason_is_told_where_there_is_one_to_tell() {
        assert_eq!(
            login_for("/account", "", Some(Code::ReuseDetected)),
            "/login?next=%2Faccount&reason=reuse_detected"
        );
        let stolen = login_for("//evil.example", "", Some(Code::ReuseDetected));
        assert_eq!(stolen, "/login?reason=reuse_detected");
        let nothing = login_for("/account", "", Some(Code::NotSignedIn));
        assert_eq!(nothing, "/login?next=%2Faccount");
    }
}
