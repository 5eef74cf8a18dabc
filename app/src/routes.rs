//! Every page path, and which of them need a session. The one place for both.

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route},
    location::Url,
    path,
};
use portcullis::wire::LocalPath;

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

/// The pages that need a session, with all below them.
pub const PROTECTED: [&str; 2] = [ACCOUNT, ADMIN];

/// Whether `path` is that of `page` or of one below it.
pub(crate) fn is_below(path: &str, page: &str) -> bool {
    path.strip_prefix(page)
        .is_some_and(|below| below.is_empty() || below.starts_with('/'))
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
}
