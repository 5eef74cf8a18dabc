//! The guard of protected pages, in the browser.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
    location::Url,
};

use super::{effect::effect, session::use_session};
use crate::wire::{Code, LocalPath, ProtectedPages, REASON};

/// Leaves a protected page for the sign-in page as soon as the session ends. To be
/// placed into `<Router>`, outside of the routes.
///
/// The server does the same for page loads. Neither protects data: every server
/// function verifies its caller.
#[component]
pub fn Guard() -> impl IntoView {
    let session = use_session();
    let location = use_location();
    let navigate = use_navigate();
    effect(move || {
        let path = location.pathname.get();
        let pages = session.pages();
        if session.is_signed_in() || !pages.is_protected(&path) {
            return;
        }
        // A link to the page is not in the history yet. The page itself is, and
        // going back must not lead to it again.
        let replace = location_pathname().as_ref() == Some(&path);
        // The sign-in page shows the reason, also after a reload.
        let reason = session.notice().get_untracked();
        if reason.is_some_and(Code::is_reason) {
            session.notice().set(None);
        }
        let search = location.search.get_untracked();
        navigate(
            &sign_in_address(&pages, &path, &search, reason),
            NavigateOptions {
                replace,
                ..NavigateOptions::default()
            },
        );
    });
}

/// The address at which to sign in and come back to `path` with `search`, the
/// query without its question mark. `reason` is why the session ended.
fn sign_in_address(
    pages: &ProtectedPages,
    path: &str,
    search: &str,
    reason: Option<Code>,
) -> String {
    let query = if search.is_empty() { "" } else { "?" };
    let next = LocalPath::parse(&(path.to_owned() + query + search));
    let mut address = pages.sign_in_page().to_owned();
    let mut mark = "?";
    if let Some(next) = next {
        address = address + mark + "next=" + &Url::escape(next.as_str());
        mark = "&";
    }
    if let Some(code) = reason.filter(|code| code.is_reason()) {
        address = address + mark + REASON + "=" + code.as_str();
    }
    address
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn address(path: &str, search: &str, reason: Option<Code>) -> String {
        sign_in_address(&ProtectedPages::default(), path, search, reason)
    }

    #[test]
    fn the_way_back_is_a_local_path_or_nothing() {
        assert_eq!(address("/account", "", None), "/login?next=%2Faccount");
        assert_eq!(
            address("/account/sessions", "a=b", None),
            "/login?next=%2Faccount%2Fsessions%3Fa%3Db"
        );
        assert_eq!(address("//evil.example", "", None), "/login");
    }

    #[test]
    fn a_reason_for_the_user_is_in_the_query() {
        assert_eq!(
            address("/account", "", Some(Code::ReuseDetected)),
            "/login?next=%2Faccount&reason=reuse_detected"
        );
        let stolen = address("//evil.example", "", Some(Code::ReuseDetected));
        assert_eq!(stolen, "/login?reason=reuse_detected");
        let nothing = address("/account", "", Some(Code::NotSignedIn));
        assert_eq!(nothing, "/login?next=%2Faccount");
    }
}
