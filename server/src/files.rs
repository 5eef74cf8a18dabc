//! Static files, and the answers for what is neither a route nor a file.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderValue, Method, StatusCode,
        header::{ALLOW, CACHE_CONTROL},
    },
    response::{IntoResponse, Response},
};
use leptos::config::LeptosOptions;
use leptos_axum::render_app_async_with_context;
use portcullis::{
    http::error_response,
    leptos::page_context,
    wire::{Code, paths},
};
use tower::{ServiceBuilder, ServiceExt};
use tower_http::{compression::CompressionLayer, services::ServeDir};

/// A file of the site; or else 404, as HTML for a page and as JSON for a program.
pub(crate) async fn file_or_not_found(
    State(site): State<LeptosOptions>,
    request: Request,
) -> Response {
    let path = request.uri().path();
    if path.starts_with(paths::API) {
        return error_response(Code::NotFound.into());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allow = [(ALLOW, "GET,HEAD")];
        return (allow, error_response(Code::MethodNotAllowed.into())).into_response();
    }
    let is_asset = path.starts_with(&site.site_pkg_dir_route_base());
    match file(&site, without_body(&request)).await {
        Some(file) => file,
        None if is_asset => error_response(Code::NotFound.into()),
        None => page_not_found(site, request).await,
    }
}

/// A file below the site's root.
///
/// Files alone are compressed, and never a page: pages show what an address
/// chose (`next`, the error of a form) beside what only the user may see, and
/// the length of a compressed answer would tell the one from the other (BREACH).
async fn file(site: &LeptosOptions, request: Request) -> Option<Response> {
    let files = ServeDir::new(&*site.site_root)
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
    // The names stay the same from version to version: without asking each
    // time, a browser would mix the script of one with the WASM of another.
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
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
