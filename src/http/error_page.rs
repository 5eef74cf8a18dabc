//! Errors that a person meets: a page in place of JSON.

use std::{fmt, sync::Arc};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG},
        uri::PathAndQuery,
    },
    middleware::Next,
    response::Response,
};

use super::{is_document, is_navigation, media_type::accepts_html};
use crate::wire::{CODE_HEADER, Code, LocalPath};

/// How an application shows an error. It is given the code, and the address at
/// which asking again may help.
///
/// The page must not start the application: nobody knows who is signed in, and
/// it would show everybody as signed out.
#[derive(Clone)]
pub struct ErrorPage(Arc<Render>);

type Render = dyn Fn(Code, Option<&LocalPath>) -> String + Send + Sync;

impl ErrorPage {
    /// With what makes the HTML document.
    pub fn new(
        render: impl Fn(Code, Option<&LocalPath>) -> String + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(render))
    }
}

/// A page without style of its own: the sentence, and a link that asks again.
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
                code.sentence(),
                link.unwrap_or_default(),
            )
        })
    }
}

/// Escapes a string for an attribute's value.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}

impl fmt::Debug for ErrorPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErrorPage")
    }
}

/// Where a browser loads a page or sends a form without JavaScript, makes a page
/// of every [`error_response`](super::error_response), with its status and all of
/// its headers. Who calls the HTTP interface gets the JSON.
pub(super) async fn error_page(
    State(page): State<ErrorPage>,
    request: Request,
    next: Next,
) -> Response {
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    let is_load = is_navigation(method, uri, headers);
    if !is_load && !is_form(method, headers) {
        return next.run(request).await;
    }
    let target = uri.path_and_query().map(PathAndQuery::as_str);
    let target = target.filter(|_| is_load).and_then(LocalPath::parse);
    let response = next.run(request).await;
    match code_of(&response) {
        Some(code) => as_page(response, &page, code, target.as_ref()),
        None => response,
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
    let again = target.filter(|_| code.is_passing());
    let (mut parts, _) = response.into_parts();
    for stale in [CONTENT_LENGTH, CONTENT_ENCODING, CONTENT_RANGE, ETAG] {
        parts.headers.remove(stale);
    }
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    parts.headers.insert(CONTENT_TYPE, html);
    Response::from_parts(parts, Body::from((page.0)(code, again)))
}
