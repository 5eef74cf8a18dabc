//! Static files, and the responses to paths that are neither a route nor a file.

use std::{path::Path, sync::Arc};

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderValue, Method, StatusCode,
        header::{ALLOW, CACHE_CONTROL},
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

use crate::site_version::SiteVersion;

/// The static files of the site.
pub(crate) struct Files {
    site: LeptosOptions,
    /// The same options, with the version in the path of the files.
    in_pages: LeptosOptions,
    version: Option<SiteVersion>,
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
                .ok(),
        };
        let mut in_pages = site.clone();
        if let Some(version) = &version {
            in_pages.site_pkg_dir = format!("{}/{}", site.site_pkg_dir, version.id()).into();
        }
        Self {
            site: site.clone(),
            in_pages,
            version,
        }
    }

    /// Returns the options that pages are rendered with.
    pub(crate) fn in_pages(&self) -> &LeptosOptions {
        &self.in_pages
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
    is_file.then(|| response.map(Body::new))
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
