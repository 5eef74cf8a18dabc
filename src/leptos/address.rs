//! The address of the page, with or without a router, and going on to another.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate, location::BrowserUrl};
use web_sys::UrlSearchParams;

use crate::wire::LocalPath;

/// Returns where the page is asked to go on to after signing in: `next` in its
/// query, where that is a path of this application.
pub fn next_page() -> Option<LocalPath> {
    LocalPath::parse(&in_query("next")?)
}

/// Returns what leads to another page of this application: the router, or else
/// the browser.
pub(super) fn use_go() -> impl Fn(&str) + Clone + Send + Sync {
    let navigate = use_context::<BrowserUrl>().map(|_| use_navigate());
    move |path: &str| match &navigate {
        Some(navigate) => navigate(
            path,
            NavigateOptions {
                resolve: false,
                ..NavigateOptions::default()
            },
        ),
        // It fails for no local path.
        None => drop(window().location().assign(path)),
    }
}

/// Returns a value in the query of the browser's address.
pub(super) fn in_address(name: &str) -> Option<String> {
    let query = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&query).ok()?.get(name)
}

#[cfg(feature = "ssr")]
pub(super) use server::{error, in_query, path_and_query};

#[cfg(not(feature = "ssr"))]
pub(super) use page::{error, in_query, strip_error};

#[cfg(feature = "ssr")]
mod server {
    use axum::http::{Uri, request::Parts};
    use leptos::{prelude::*, server_fn::error::ServerFnUrlError};
    use url::form_urlencoded;

    use crate::wire::ApiError;

    pub(crate) fn in_query(name: &str) -> Option<String> {
        let query = uri()?.query()?.to_owned();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }

    /// Path and query of the page.
    pub(crate) fn path_and_query() -> (String, String) {
        let uri = uri().unwrap_or_default();
        let query = uri.query().unwrap_or_default();
        (uri.path().to_owned(), query.to_owned())
    }

    /// The error with which a form came back that was sent to `path` without
    /// JavaScript. The address may be an attacker's: an [`ApiError`] takes codes
    /// from it, and no text.
    pub(crate) fn error(path: &str) -> Option<ApiError> {
        (in_query("__path")? == path).then_some(())?;
        Some(ServerFnUrlError::decode_err(&in_query("__err")?))
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

    use super::in_address;
    use crate::{
        browser,
        wire::{ApiError, Code},
    };

    /// While the router goes to another page, the browser's own address is still
    /// that of the page before.
    pub(crate) fn in_query(name: &str) -> Option<String> {
        match use_context::<BrowserUrl>() {
            Some(router) => router.as_url().read_untracked().search_params().get(name),
            None => in_address(name),
        }
    }

    /// By the browser's own address: the router's still has the error after
    /// [`strip_error`].
    pub(crate) fn error(path: &str) -> Option<ApiError> {
        (in_address("__path")? == path).then_some(())?;
        // The browser decodes the older of the two alphabets.
        let error = in_address("__err")?.replace('-', "+").replace('_', "/");
        let json = window().atob(&error).ok();
        let error = json.and_then(|json| browser::read(&json));
        Some(error.unwrap_or_else(|| Code::Internal.into()))
    }

    /// Removes the error from the address bar and the history: it would come back
    /// with every reload.
    pub(crate) fn strip_error() {
        // An absolute URL, for the path may be such as `//host`.
        let url = window().location().href().and_then(|url| Url::new(&url));
        if let (Ok(url), Ok(history), Some(_)) = (url, window().history(), in_address("__err")) {
            url.search_params().delete("__err");
            url.search_params().delete("__path");
            let state = history.state().unwrap_or_default();
            // It fails for another origin.
            let _ = history.replace_state_with_url(&state, "", Some(&url.href()));
        }
    }
}
