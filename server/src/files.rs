//! Static files, and the responses to paths that are neither a route nor a file.

use std::{path::Path, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            ACCEPT_ENCODING, ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
            RANGE, VARY,
        },
    },
    response::{IntoResponse, Response},
};
use leptos::config::{Env, LeptosOptions};
use leptos_axum::render_app_async_with_context;
use portcullis::{
    http::error_response,
    leptos::provide_page_context,
    wire::{Code, paths},
};
use tower::{ServiceBuilder, ServiceExt};
use tower_http::{compression::CompressionLayer, services::ServeDir};

use crate::{compressed::Compressed, site_version::SiteVersion};

/// The static files of the site.
pub(crate) struct Files {
    site: LeptosOptions,
    /// The same options, with the version in the path of the files.
    in_pages: LeptosOptions,
    version: Option<Arc<SiteVersion>>,
    compressed: Option<Compressed>,
}

impl Files {
    /// Reads the files to determine their version. There is no version while `cargo
    /// leptos watch` runs, because it replaces the files.
    pub(crate) fn of(site: &LeptosOptions) -> Self {
        let folder = Path::new(&*site.site_root).join(&*site.site_pkg_dir);
        let version = match site.env {
            Env::DEV => None,
            Env::PROD => SiteVersion::of(folder)
                .inspect_err(|error| {
                    tracing::warn!(target: "portcullis::http", %error, "the files of the site cannot be read, so their paths have no version; build the site again");
                })
                .ok()
                .map(Arc::new),
        };
        let mut in_pages = site.clone();
        if let Some(version) = &version {
            in_pages.site_pkg_dir = format!("{}/{}", site.site_pkg_dir, version.id()).into();
        }
        Self {
            site: site.clone(),
            in_pages,
            compressed: version.clone().map(Compressed::of),
            version,
        }
    }

    /// Returns the options that pages are rendered with.
    pub(crate) fn in_pages(&self) -> &LeptosOptions {
        &self.in_pages
    }

    /// Returns the file of a path without a version, compressed, if it is in memory and the client
    /// accepts it.
    fn compressed(&self, path: &str, headers: &HeaderMap) -> Option<Bytes> {
        let name = path.strip_prefix(&self.site.site_pkg_dir_route_base())?;
        // A part of a file is that of the file as it is.
        let is_accepted = accepts_brotli(headers) && !headers.contains_key(RANGE);
        let compressed = self.compressed.as_ref().filter(|_| is_accepted);
        compressed?.get(name)
    }

    /// Returns the path without its version, if that is the current version and its
    /// files are in place.
    fn unversioned(&self, path: &str) -> Option<String> {
        let version = self.version.as_ref()?;
        let folder = self.in_pages.site_pkg_dir_route_base();
        let name = path.strip_prefix(&folder)?;
        version
            .is_in_place()
            .then(|| format!("{}{name}", self.site.site_pkg_dir_route_base()))
    }
}

/// Responds with a file of the site, or with 404: HTML for a page, JSON for the API
/// and for a file.
pub(crate) async fn file_or_not_found(files: Arc<Files>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with(paths::API) {
        return error_response(Code::NotFound.into());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allow = [(ALLOW, "GET,HEAD")];
        return (allow, error_response(Code::MethodNotAllowed.into())).into_response();
    }
    let is_asset = path.starts_with(&files.site.site_pkg_dir_route_base());
    match file(&files, without_body(&request)).await {
        Some(file) => file,
        None if is_asset => error_response(Code::NotFound.into()),
        None => page_not_found(files.in_pages().clone(), request).await,
    }
}

/// Returns a file below the site's root.
///
/// Only files are compressed, never pages. A page contains input from its URL
/// (`next`, the error of a form) next to data that only the user may see, and the
/// length of a compressed response would leak these data (BREACH).
async fn file(site: &Files, mut request: Request) -> Option<Response> {
    let current = site.unversioned(request.uri().path());
    let is_head = request.method() == Method::HEAD;
    let compressed = current
        .as_deref()
        .and_then(|path| site.compressed(path, request.headers()));
    if compressed.is_some() {
        // The file itself is only opened, for the headers of the response.
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    // With the version in its path, a file never changes. Without it, the names stay
    // the same from version to version, and a browser must revalidate each time.
    let caching = match current {
        Some(path) => {
            *request.uri_mut() = path.parse().ok()?;
            "public, max-age=31536000, immutable"
        }
        None => "no-cache",
    };
    let files = ServeDir::new(&*site.site.site_root)
        .precompressed_br()
        .precompressed_gzip();
    let files = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .service(files);

    let path = request.uri().path().to_owned();
    // No file system allows such a name, and a lookup would be logged as an error.
    if path.split('/').any(|name| name.len() > 255) {
        return None;
    }
    let Ok(mut response) = files.oneshot(request).await;

    let is_file = match response.status() {
        StatusCode::INTERNAL_SERVER_ERROR => {
            tracing::error!(target: "portcullis::http", path, "a file could not be read");
            false
        }
        status => {
            status.is_success()
                || status == StatusCode::NOT_MODIFIED
                || status == StatusCode::RANGE_NOT_SATISFIABLE
                || status == StatusCode::PRECONDITION_FAILED
        }
    };
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    let response = response.map(Body::new);
    let response = match compressed {
        Some(bytes) if response.status() == StatusCode::OK => with_body(response, bytes, is_head),
        _ => response,
    };
    is_file.then_some(response)
}

/// Replaces the body of a response by a compressed one.
fn with_body(mut response: Response, compressed: Bytes, is_head: bool) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
    headers.insert(CONTENT_LENGTH, compressed.len().into());
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    // The range would be one of the compressed bytes.
    headers.remove(ACCEPT_RANGES);
    response.map(|_| {
        if is_head {
            Body::empty()
        } else {
            Body::from(compressed)
        }
    })
}

/// Returns whether a client accepts Brotli, as every browser does over https and on loopback.
/// Where the header says more than that, another encoding may be preferred.
fn accepts_brotli(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(ACCEPT_ENCODING).iter();
    lines.any(|line| {
        let encodings = line.to_str().unwrap_or_default().split(',');
        encodings
            .map(str::trim)
            .any(|encoding| encoding.eq_ignore_ascii_case("br"))
    })
}

fn without_body(request: &Request) -> Request {
    let mut copy = Request::new(Body::empty());
    request.method().clone_into(copy.method_mut());
    request.uri().clone_into(copy.uri_mut());
    request.headers().clone_into(copy.headers_mut());
    copy
}

/// Renders the application's own page for unknown paths.
async fn page_not_found(site: LeptosOptions, request: Request) -> Response {
    let shell = move || app::shell(site.clone());
    let mut response = render_app_async_with_context(provide_page_context, shell)(request).await;
    // The page sets the status too. If the page redirects, the redirect stays.
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
