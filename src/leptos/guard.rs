//! The guard of protected pages, in the browser.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
    location::Url,
};

use super::{effect::effect, session::use_session};
use crate::wire::{Code, LocalPath, ProtectedPages, REASON_PARAMETER};

/// Navigates from a protected page to the sign-in page as soon as the session ends.
/// Place it inside `<Router>`, outside of the routes.
///
/// The server redirects page loads in the same way. Neither protects data: every server
/// function must verify its caller.
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
        // If the user is on the page, its history entry is replaced, so that going back
        // does not lead to it again. If a link leads to the page, it has no entry yet.
        let replace = location_pathname().as_ref() == Some(&path);
        // The sign-in page shows the reason from its query, also after a reload.
        let reason = session.notice().get_untracked();
        if reason.is_some_and(Code::is_reason) {
            session.notice().set(None);
        }
        let search = location.search.get_untracked();
        let fragment = location.hash.get_untracked();
        navigate(
            &sign_in_address(&pages, &path, &search, &fragment, reason),
            NavigateOptions {
                replace,
                ..NavigateOptions::default()
            },
        );
    });
}

/// Returns the address of the sign-in page, with `path`, its query `search` (without the
/// question mark) and its `fragment` (with the `#`) as the page to return to. `reason` is
/// why the session ended.
fn sign_in_address(
    pages: &ProtectedPages,
    path: &str,
    search: &str,
    fragment: &str,
    reason: Option<Code>,
) -> String {
    let query = if search.is_empty() { "" } else { "?" };
    let next = LocalPath::parse(&(path.to_owned() + query + search));
    let mut address = pages.sign_in_page().to_owned();
    let mut mark = "?";
    if let Some(next) = next.map(|next| next.with_fragment(fragment)) {
        address = address + mark + "next=" + &Url::escape(next.as_str());
        mark = "&";
    }
    if let Some(code) = reason.filter(|code| code.is_reason()) {
        address = address + mark + REASON_PARAMETER + "=" + code.as_str();
    }
    address
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn address(path: &str, search: &str, reason: Option<Code>) -> String {
        sign_in_address(&ProtectedPages::default(), path, search, "", reason)
    }

    #[test]
    fn fragment_is_part_of_next() {
        let pages = ProtectedPages::default();
        let address = sign_in_address(&pages, "/account", "a=b", "#devices", None);
        assert_eq!(address, "/login?next=%2Faccount%3Fa%3Db%23devices");
    }

    #[test]
    fn next_is_a_local_path_or_absent() {
        assert_eq!(address("/account", "", None), "/login?next=%2Faccount");
        assert_eq!(
            address("/account/sessions", "a=b", None),
            "/login?next=%2Faccount%2Fsessions%3Fa%3Db"
        );
        assert_eq!(address("//evil.example", "", None), "/login");
    }

    #[test]
    fn reason_for_the_user_is_in_the_query() {
        assert_eq!(
            address("/account", "", Some(Code::ReuseDetected)),
            "/login?next=%2Faccount&reason=reuse_detected"
        );
        let reason_only = address("//evil.example", "", Some(Code::ReuseDetected));
        assert_eq!(reason_only, "/login?reason=reuse_detected");
        let next_only = address("/account", "", Some(Code::NotSignedIn));
        assert_eq!(next_only, "/login?next=%2Faccount");
    }
}
