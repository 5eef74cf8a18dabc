//! The paths of all pages, the pages that need a session, and the pages whose code is
//! loaded separately.

use std::pin::Pin;

use leptos::prelude::*;
use leptos_router::{
    ChooseView, SsrMode,
    components::{FlatRoutes, Route},
    location::Url,
    path,
};
use portcullis::wire::{INVITATION_PARAMETER, LocalPath};
use wasm_split_helpers::SplitLoaderError;

use crate::pages::{
    HomePage, LoginPage, NotFoundPage, Tab, account_page, admin_page, load_account, load_admin,
    load_register, load_security, load_sessions, not_loaded, register_page, security_page,
    sessions_page,
};

/// The front page.
pub const HOME: &str = "/";
/// The sign-in page.
pub const LOGIN: &str = "/login";
/// The registration page.
pub const REGISTER: &str = "/register";
/// The account page, to which signing in leads.
pub const ACCOUNT: &str = "/account";
/// The page with the devices on which the user is signed in.
pub const SESSIONS: &str = "/account/sessions";
/// The page on which a user changes the password.
pub const SECURITY: &str = "/account/security";
/// The page with the statistics, and the prefix of the pages for administrators.
pub const ADMIN: &str = "/admin";
/// The page on which an administrator searches and changes accounts.
pub const ADMIN_ACCOUNTS: &str = "/admin/accounts";
/// The page on which an administrator reads the audit trail.
pub const ADMIN_EVENTS: &str = "/admin/events";
/// The page on which an administrator invites users to register.
pub const ADMIN_INVITATIONS: &str = "/admin/invitations";

/// Returns the path of the registration page for the user of an invitation.
pub fn invitation(token: &str) -> String {
    [REGISTER, "?", INVITATION_PARAMETER, "=", token].concat()
}

/// The pages that need a session; all paths below them do too.
pub const PROTECTED: [&str; 2] = [ACCOUNT, ADMIN];

/// A page whose code is not in the main WASM file. It is loaded when the page is opened.
pub struct LazyPage {
    path: &'static str,
    /// The name of the chunk, as given to `#[wasm_split]`.
    pub chunk: &'static str,
    /// Loads the chunk.
    pub load: fn() -> Loading,
}

type Loading = Pin<Box<dyn Future<Output = Result<(), SplitLoaderError>>>>;

/// The view of a lazy page. It has one type for all pages, because the router is compiled for
/// the type of each view, and is in the main WASM file.
#[derive(Clone, Copy)]
struct LazyView(fn() -> Rendering);

type Rendering = Pin<Box<dyn Future<Output = Result<AnyView, SplitLoaderError>>>>;

impl ChooseView for LazyView {
    async fn choose(self) -> AnyView {
        (self.0)().await.unwrap_or_else(|_| not_loaded())
    }

    async fn preload(&self) {}
}

/// All lazy pages. Hydration panics on a lazy page that is missing here.
const LAZY_PAGES: [LazyPage; 8] = [
    LazyPage {
        path: REGISTER,
        chunk: "register",
        load: || Box::pin(load_register()),
    },
    LazyPage {
        path: ACCOUNT,
        chunk: "account",
        load: || Box::pin(load_account()),
    },
    LazyPage {
        path: SESSIONS,
        chunk: "sessions",
        load: || Box::pin(load_sessions()),
    },
    LazyPage {
        path: SECURITY,
        chunk: "security",
        load: || Box::pin(load_security()),
    },
    LazyPage {
        path: ADMIN,
        chunk: "admin",
        load: || Box::pin(load_admin()),
    },
    LazyPage {
        path: ADMIN_ACCOUNTS,
        chunk: "admin",
        load: || Box::pin(load_admin()),
    },
    LazyPage {
        path: ADMIN_EVENTS,
        chunk: "admin",
        load: || Box::pin(load_admin()),
    },
    LazyPage {
        path: ADMIN_INVITATIONS,
        chunk: "admin",
        load: || Box::pin(load_admin()),
    },
];

/// Returns the lazy page that the router shows at `path`.
pub fn lazy_page(path: &str) -> Option<&'static LazyPage> {
    // The router ignores one slash at the end and does not decode the path.
    let path = path.strip_suffix('/').unwrap_or(path);
    LAZY_PAGES.iter().find(|page| page.path == path)
}

/// Returns whether `path` is `page` or a path below it.
pub(crate) fn is_below(path: &str, page: &str) -> bool {
    path.strip_prefix(page)
        .is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// Returns whether the router shows the page of an address. Any other address needs a page
/// load: behind a reverse proxy it may belong to another application (docs/proxies.md), and so
/// may the front page.
pub(crate) fn is_in_router(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    [LOGIN, REGISTER, ACCOUNT, ADMIN]
        .into_iter()
        .any(|page| is_below(path, page))
}

/// Returns the address of `page` with `next` in its query.
pub(crate) fn with_next(page: &str, next: Option<&LocalPath>) -> String {
    match next {
        Some(next) => format!("{page}?next={}", Url::escape(next.as_str())),
        None => page.to_owned(),
    }
}

/// Renders the page of the current path. On the server, each page is rendered completely
/// before the first byte is sent, so that it works without JavaScript and can set its
/// status.
#[component]
pub(crate) fn Pages() -> impl IntoView {
    view! {
        <FlatRoutes fallback=NotFoundPage>
            <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
            <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
            <Route path=path!("/register") view={LazyView(|| Box::pin(register_page()))} ssr=SsrMode::Async/>
            <Route path=path!("/account") view={LazyView(|| Box::pin(account_page()))} ssr=SsrMode::Async/>
            <Route path=path!("/account/sessions") view={LazyView(|| Box::pin(sessions_page()))} ssr=SsrMode::Async/>
            <Route path=path!("/account/security") view={LazyView(|| Box::pin(security_page()))} ssr=SsrMode::Async/>
            <Route path=path!("/admin") view={LazyView(|| Box::pin(admin_page(Tab::Overview)))} ssr=SsrMode::Async/>
            <Route path=path!("/admin/accounts") view={LazyView(|| Box::pin(admin_page(Tab::Accounts)))} ssr=SsrMode::Async/>
            <Route path=path!("/admin/events") view={LazyView(|| Box::pin(admin_page(Tab::Events)))} ssr=SsrMode::Async/>
            <Route path=path!("/admin/invitations") view={LazyView(|| Box::pin(admin_page(Tab::Invitations)))} ssr=SsrMode::Async/>
        </FlatRoutes>
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::{NestedRoute, RouteDefs};

    use super::*;

    #[cfg(feature = "ssr")]
    #[test]
    fn router_paths_match_the_constants() {
        let mut pages: Vec<_> = leptos_axum::generate_route_list(crate::App)
            .iter()
            .map(|r| r.path().to_owned())
            .collect();
        pages.sort();
        let expected = [
            HOME,
            ACCOUNT,
            SECURITY,
            SESSIONS,
            ADMIN,
            ADMIN_ACCOUNTS,
            ADMIN_EVENTS,
            ADMIN_INVITATIONS,
            LOGIN,
            REGISTER,
        ];
        assert_eq!(pages, expected);
    }

    #[test]
    fn address_of_another_application_needs_a_load() {
        for address in ["/account", "/account/sessions?a=/", "/login?next=/notes#a"] {
            assert!(is_in_router(address), "{address}");
        }
        for address in [
            "/notes",
            "/accounting",
            "/?next=/account",
            "/notes/account",
            "",
        ] {
            assert!(!is_in_router(address), "{address}");
        }
    }

    #[test]
    fn every_lazy_route_is_in_lazy_pages() {
        let source = include_str!("routes.rs");
        let routes = source.lines().filter(|line| line.contains("<Route path="));
        let lazy: Vec<_> = routes
            .filter(|route| route.contains("view={LazyView("))
            .filter_map(|route| route.split('"').nth(1))
            .collect();
        assert_eq!(lazy, LAZY_PAGES.map(|page| page.path));
    }

    #[test]
    fn lazy_page_matches_the_router() {
        let routes = RouteDefs::new(NestedRoute::new(path!("/account"), || ()));
        let spellings = [
            "/account",
            "/account/",
            "/account//",
            "//account",
            "/account/x",
            "/accounts",
            "/Account",
            "/%61ccount",
            "/account%2f",
            "/",
            "",
        ];
        for path in spellings {
            let is_shown = routes.match_route(path).is_some();
            assert_eq!(lazy_page(path).is_some(), is_shown, "{path}");
        }
        assert!(lazy_page("/account/").is_some());
    }
}
