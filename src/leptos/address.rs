//! The address of the page, with or without a router, and navigation to another page.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate, location::BrowserUrl};

use crate::wire::{INVITATION_PARAMETER, LocalPath};

/// Returns the path to go to after signing in: `next` in the query of the page, if it is
/// a path of this application.
///
/// In the browser it has the fragment of the page, unless it has one of its own. Browsers
/// keep the fragment of a page that redirects to the sign-in page, and do not send it.
pub fn next_path() -> Option<LocalPath> {
    let (next, fragment) = next_and_fragment()?;
    Some(LocalPath::parse(&next)?.with_fragment(&fragment))
}

/// Returns the token of the invitation in the query of the page, if there is one.
pub fn invitation_token() -> Option<String> {
    query_value(INVITATION_PARAMETER).filter(|token| !token.is_empty())
}

/// Returns a function that navigates to another page of this application, by the router
/// if there is one, or else by the browser.
pub(super) fn use_page_navigation() -> impl Fn(&str) + Clone + Send + Sync {
    let navigate = use_context::<BrowserUrl>().map(|_| use_navigate());
    move |path: &str| match &navigate {
        Some(navigate) => navigate(
            path,
            NavigateOptions {
                resolve: false,
                ..NavigateOptions::default()
            },
        ),
        // It does not fail for a local path.
        None => drop(window().location().assign(path)),
    }
}

#[cfg(feature = "ssr")]
pub(super) use server::{form_action, form_error, path_and_query};

#[cfg(feature = "ssr")]
use server::{next_and_fragment, query_value};

#[cfg(not(feature = "ssr"))]
pub(super) use page::{form_error, strip_error};

#[cfg(not(feature = "ssr"))]
use page::{next_and_fragment, query_value};

#[cfg(feature = "ssr")]
mod server {
    use axum::http::{Uri, request::Parts};
    use leptos::{prelude::*, server_fn::error::ServerFnUrlError};
    use url::form_urlencoded;

    use crate::{
        http::form_page,
        wire::{ApiError, LocalPath},
    };

    pub(super) fn query_value(name: &str) -> Option<String> {
        let query = uri()?.query()?.to_owned();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }

    /// Returns `next` in the query of the page, and no fragment, because browsers do not send it.
    pub(super) fn next_and_fragment() -> Option<(String, String)> {
        Some((query_value("next")?, String::new()))
    }

    /// Returns the path and the query of the page.
    pub(crate) fn path_and_query() -> (String, String) {
        let uri = uri().unwrap_or_default();
        let query = uri.query().unwrap_or_default();
        (uri.path().to_owned(), query.to_owned())
    }

    /// Returns the error of a form that was sent to `path` without JavaScript. The
    /// server has put it into the address of the page. An attacker may have written
    /// that address, so an [`ApiError`] takes only codes from it, no text.
    pub(crate) fn form_error(path: &str) -> Option<ApiError> {
        (query_value("__path")? == path).then_some(())?;
        Some(ServerFnUrlError::decode_err(&query_value("__err")?))
    }

    /// Returns the address to which a form of this page is sent without JavaScript, for the
    /// server function at `path`. It names the page, without the error that the page shows.
    pub(crate) fn form_action(path: &str) -> String {
        let (page, query) = path_and_query();
        let pairs = form_urlencoded::parse(query.as_bytes());
        let pairs = pairs.filter(|(name, _)| name != "__path" && name != "__err");
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let page = match query.as_str() {
            "" => page,
            query => format!("{page}?{query}"),
        };
        match LocalPath::parse(&page) {
            Some(page) => form_page::action(path, &page),
            None => path.to_owned(),
        }
    }

    fn uri() -> Option<Uri> {
        Some(use_context::<Parts>()?.uri)
    }
}

#[cfg(not(feature = "ssr"))]
mod page {
    use leptos::prelude::*;
    use leptos_router::location::{BrowserUrl, LocationProvider};
    use web_sys::Url;

    use crate::{
        browser,
        wire::{ApiError, Code},
    };

    /// Returns `next` in the query of the page, and the fragment. It asks the router first,
    /// because during a navigation the browser's address is still that of the previous page.
    pub(super) fn next_and_fragment() -> Option<(String, String)> {
        let Some(router) = use_context::<BrowserUrl>() else {
            return Some((browser::query_value("next")?, browser::fragment()));
        };
        let url = router.as_url().read_untracked();
        Some((url.search_params().get("next")?, url.hash().to_owned()))
    }

    /// Returns a value from the query of the page. It asks the router first, as
    /// [`next_and_fragment`] does.
    pub(super) fn query_value(name: &str) -> Option<String> {
        match use_context::<BrowserUrl>() {
            Some(router) => router.as_url().read_untracked().search_params().get(name),
            None => browser::query_value(name),
        }
    }

    /// Returns the error of a form that was sent to `path` without JavaScript. It reads
    /// the browser's address, because the router's still contains the error after
    /// [`strip_error`].
    pub(crate) fn form_error(path: &str) -> Option<ApiError> {
        (browser::query_value("__path")? == path).then_some(())?;
        // `atob` decodes only the standard alphabet of base64, not the one for URLs.
        let error = browser::query_value("__err")?
            .replace('-', "+")
            .replace('_', "/");
        let json = window().atob(&error).ok();
        let error = json.and_then(|json| browser::parse_json(&json));
        Some(error.unwrap_or_else(|| Code::Internal.into()))
    }

    /// Removes the error from the address bar and the history, so that a reload does not
    /// show it again.
    pub(crate) fn strip_error() {
        // An absolute URL, because a path such as `//host` would name another host.
        let url = window().location().href().and_then(|url| Url::new(&url));
        if let (Ok(url), Ok(history), Some(_)) =
            (url, window().history(), browser::query_value("__err"))
        {
            url.search_params().delete("__err");
            url.search_params().delete("__path");
            let state = history.state().unwrap_or_default();
            // It fails only for another origin.
            let _ = history.replace_state_with_url(&state, "", Some(&url.href()));
        }
    }
}
