//! Static files, and the answers for what is neither a route nor a file.

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
    leptos::page_context,
    wire::{Code, paths},
};
use tower::{ServiceBuilder, ServiceExt};
use tower_http::{compression::CompressionLayer, services::ServeDir};

use crate::site_version::SiteVersion;

/// The files of the site.
pub(crate) struct Files {
    site: LeptosOptions,
    /// The same, with the version in the path.
    in_pages: LeptosOptions,
    version: Option<SiteVersion>,
}

impl Files {
    /// Reads them for their version. There is none while `cargo leptos watch` runs,
    /// which replaces them.
    pub(crate) fn of(site: &LeptosOptions) -> Self {
        let folder = Path::new(&*site.site_root).join(&*site.site_pkg_dir);
        let version = match site.env {
            Env::DEV => None,
            Env::PROD => SiteVersion::of(folder)
                .inspect_err(|error| {
                    tracing::warn!(target: "portcullis::http", %error, "the version of the site cannot be determined");
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

    /// The options that pages are rendered with.
    pub(crate) fn in_pages(&self) -> &LeptosOptions {
        &self.in_pages
    }

    /// The path without its version, where that is this one and in place.
    fn of_this_version(&self, path: &str) -> Option<String> {
        let version = self.version.as_ref()?;
        let folder = self.in_pages.site_pkg_dir_route_base();
        let name = path.strip_prefix(&folder)?;
        version
            .is_in_place()
            .then(|| format!("{}{name}", self.site.site_pkg_dir_route_base()))
    }
}

/// A file of the site; or else 404, as HTML for a page and as JSON for a program.
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

/// A file below the site's root.
///
/// Files alone are compressed, and never a page: pages show what an address
/// chose (`next`, the error of a form) beside what only the user may see, and
/// the length of a compressed answer would tell the one from the other (BREACH).
async fn file(site: &Files, mut request: Request) -> Option<Response> {
    let current = site.of_this_version(request.uri().path());
    // With the version in its path, a file never changes. Without it, the names stay
    // the same from version to version, and a browser must ask each time.
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
    // No file system has such a name, and asking for it is logged as a fault.
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

/// The application's own page for paths that are no pages.
async fn page_not_found(site: LeptosOptions, request: Request) -> Response {
    let shell = move || app::shell(site.clone());
    let mut response = render_app_async_with_context(page_context, shell)(request).await;
    // The page sets it too; a redirect that it may have chosen stays.
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
