//! Every route. The pages and server functions of the application name their
//! own paths; all others are here.

use app::App;
use axum::{
    Router,
    http::{
        header::{CACHE_CONTROL, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
    routing::get,
};
use leptos::{
    config::LeptosOptions,
    context::{provide_context, use_context},
    nonce::Nonce,
};
use leptos_axum::{LeptosRoutes, generate_route_list};
use portcullis::{
    Portcullis,
    http::{CspNonce, error_response},
    keys::JWKS_MAX_AGE,
    wire::{Code, paths},
};

use crate::{files, layers};

/// `GET`: the process can serve.
const READY: &str = "/readyz";

/// Everything that the server answers, with all layers around it.
pub fn router(portcullis: &Portcullis, site: &LeptosOptions) -> Router {
    let shell = {
        let site = site.clone();
        move || app::shell(site.clone())
    };
    let (ready, keys) = (portcullis.clone(), portcullis.clone());
    let routes = Router::new()
        .route(paths::HEALTH, get(async || "alive\n"))
        .route(READY, get(async move || readiness(&ready).await))
        .route(paths::JWKS, get(async move || jwks(&keys)))
        .leptos_routes_with_context(site, generate_route_list(App), page_context, shell)
        .fallback(files::file_or_not_found)
        // After the routes: it holds for those that are there already.
        .method_not_allowed_fallback(async || error_response(Code::MethodNotAllowed.into()))
        .with_state(site.clone());
    layers::wrap(routes, portcullis, site)
}

async fn readiness(portcullis: &Portcullis) -> Response {
    if portcullis.is_ready().await {
        "ready\n".into_response()
    } else {
        error_response(Code::Busy.into())
    }
}

/// A key is published for longer than the answer may be kept before it signs.
fn jwks(portcullis: &Portcullis) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/jwk-set+json".to_owned()),
        (
            CACHE_CONTROL,
            format!("public, max-age={}", JWKS_MAX_AGE.as_secs()),
        ),
    ];
    (headers, portcullis.jwks()).into_response()
}

/// What a render finds in its context besides the request: the nonce that the
/// answer's Content-Security-Policy names, in place of one that leptos makes.
pub(crate) fn page_context() {
    let nonce =
        use_context::<Parts>().and_then(|parts| parts.extensions.get::<CspNonce>().cloned());
    if let Some(nonce) = nonce {
        provide_context(Nonce::from_value(nonce.value()));
    }
}
