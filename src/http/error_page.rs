//! Error pages: HTML instead of JSON when a browser loads a page or submits a form.

use std::{fmt, sync::Arc};

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG},
        uri::PathAndQuery,
    },
    response::Response,
};

use super::{forward_auth::resumed_load, is_document, is_navigation, media_type::accepts_html};
use crate::wire::{CODE_HEADER, Code, LocalPath};

/// A function that renders the HTML document for an error. It gets the [`Code`] and, if
/// the error is transient and the request was a page load, the path at which a retry may
/// help.
///
/// [`Builder::error_page`](crate::Builder::error_page) sets it; the default is a page
/// without styles. The error response keeps its status.
///
/// The page must not start the application in the browser: an error page does not know
/// who is signed in, so the application would show every user as signed out.
#[derive(Clone)]
pub struct ErrorPage(Arc<Render>);

type Render = dyn Fn(Code, Option<&LocalPath>) -> String + Send + Sync;

impl ErrorPage {
    /// Creates an error page from a render function. The function returns the whole HTML
    /// document. It must escape the path when it writes the path into HTML.
    pub fn new(
        render: impl Fn(Code, Option<&LocalPath>) -> String + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(render))
    }
}

/// A page without styles: the message of the code, a link to try again if a path is
/// given, and a link to the front page.
impl Default for ErrorPage {
    fn default() -> Self {
        Self::new(|code, again| {
            let link = again.map(|path| {
                let path = escaped(path.as_str());
                format!("<p><a href=\"{path}\">Try again</a></p>")
            });
            format!(
                "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">\
                 <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
                 <meta name=\"color-scheme\" content=\"light dark\">\
                 <title>Error</title><h1>{}</h1>{}<p><a href=\"/\">Go to the front page</a></p></html>",
                code.message(),
                link.unwrap_or_default(),
            )
        })
    }
}

/// Escapes a string for an attribute value.
fn escaped(value: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}

impl fmt::Debug for ErrorPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErrorPage")
    }
}

/// The format in which a request gets an error.
pub(super) enum ErrorFormat {
    /// A client of the HTTP interface gets JSON.
    Json,
    /// A browser that loads a page, or submits a form without JavaScript, gets the error
    /// page. Holds the path of the page load.
    Page(Option<LocalPath>),
}

impl ErrorFormat {
    pub(super) fn of(request: &Request) -> Self {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        let is_load = is_navigation(method, uri, headers);
        let resumed = resumed_load(request);
        if !is_load && resumed.is_none() && !is_form(method, headers) {
            return Self::Json;
        }
        let target = uri.path_and_query().map(PathAndQuery::as_str);
        let target = target.filter(|_| is_load).and_then(LocalPath::parse);
        Self::Page(target.or(resumed))
    }

    /// Replaces the JSON of an [`error_response`](super::error_response) by the error page if
    /// this is the format. The status and the headers stay, except for the headers that
    /// describe the JSON body.
    pub(super) fn apply(&self, page: &ErrorPage, response: Response) -> Response {
        let Self::Page(target) = self else {
            return response;
        };
        match code_of(&response) {
            Some(code) => as_page(response, page, code, target.as_ref()),
            None => response,
        }
    }
}

fn is_form(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::POST && accepts_html(headers) && is_document(headers)
}

fn code_of(response: &Response) -> Option<Code> {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let code = response.headers().get(CODE_HEADER).filter(|_| is_error)?;
    Code::from_wire(code.to_str().ok()?)
}

fn as_page(
    response: Response,
    page: &ErrorPage,
    code: Code,
    target: Option<&LocalPath>,
) -> Response {
    let again = target.filter(|_| code.is_transient());
    let (mut parts, _) = response.into_parts();
    for stale in [CONTENT_LENGTH, CONTENT_ENCODING, CONTENT_RANGE, ETAG] {
        parts.headers.remove(stale);
    }
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    parts.headers.insert(CONTENT_TYPE, html);
    Response::from_parts(parts, Body::from((page.0)(code, again)))
}
