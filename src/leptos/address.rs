//! The address of the page, with or without a router, and navigation to another page.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate, location::BrowserUrl};
use web_sys::UrlSearchParams;

use crate::wire::LocalPath;

/// Returns the path to go to after signing in: `next` in the query of the page, if it is
/// a path of this application.
///
/// In the browser it has the fragment of the page, unless it has one of its own. Browsers
/// keep the fragment of a page that redirects to the sign-in page, and do not send it.
pub fn next_path() -> Option<LocalPath> {
    LocalPath::parse(&query_value("next")?).map(with_page_fragment)
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

/// Returns a value from the query of the browser's address.
pub(super) fn browser_query_value(name: &str) -> Option<String> {
    let query = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&query).ok()?.get(name)
}

#[cfg(feature = "ssr")]
pub(super) use server::{form_action, form_error, path_and_query};

#[cfg(feature = "ssr")]
use server::{query_value, with_page_fragment};

#[cfg(not(feature = "ssr"))]
pub(super) use page::{form_error, strip_error};

#[cfg(not(feature = "ssr"))]
use page::{query_value, with_page_fragment};

#[cfg(feature = "ssr")]
mod server {
    use axum::http::{Uri, request::Parts};
    use leptos::{prelude::*, server_fn::error::ServerFnUrlError};
    use url::form_urlencoded;

    use crate::{
        http::form_page,
        wire::{ApiError, LocalPath},
    };

    pub(crate) fn query_value(name: &str) -> Option<String> {
        let query = uri()?.query()?.to_owned();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }

    /// Returns the path as it is, because browsers do not send the fragment.
    pub(super) fn with_page_fragment(path: LocalPath) -> LocalPath {
        path
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

    use super::browser_query_value;
    use crate::{
        browser,
        wire::{ApiError, Code, LocalPath},
    };

    /// Returns a value from the query of the page. It asks the router first, because
    /// during a navigation the browser's address is still that of the previous page.
    pub(crate) fn query_value(name: &str) -> Option<String> {
        match use_context::<BrowserUrl>() {
            Some(router) => router.as_url().read_untracked().search_params().get(name),
            None => browser_query_value(name),
        }
    }

    /// Returns the path with the fragment of the page, unless it has one of its own.
    pub(super) fn with_page_fragment(path: LocalPath) -> LocalPath {
        let fragment = match use_context::<BrowserUrl>() {
            Some(router) => router.as_url().read_untracked().hash().to_owned(),
            None => window().location().hash().unwrap_or_default(),
        };
        path.with_fragment(&fragment)
    }

    /// Returns the error of a form that was sent to `path` without JavaScript. It reads
    /// the browser's address, because the router's still contains the error after
    /// [`strip_error`].
    pub(crate) fn form_error(path: &str) -> Option<ApiError> {
        (browser_query_value("__path")? == path).then_some(())?;
        // `atob` decodes only the standard alphabet of base64, not the one for URLs.
        let error = browser_query_value("__err")?
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
            (url, window().history(), browser_query_value("__err"))
        {
            url.search_params().delete("__err");
            url.search_params().delete("__path");
            let state = history.state().unwrap_or_default();
            // It fails only for another origin.
            let _ = history.replace_state_with_url(&state, "", Some(&url.href()));
        }
    }
}
