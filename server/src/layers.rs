//! The layers of this program, and its configuration of the library.

use std::{convert::Infallible, pin::pin};

use axum::{Router, extract::Request, response::Response};
use leptos::config::{Env, LeptosOptions, ReloadWSProtocol};
use portcullis::{
    Builder, Portcullis,
    http::{AuthenticatedRouter, ErrorPage, ProtectedRouter},
};
use tower::{Service, layer::layer_fn, service_fn};

use crate::middleware::{
    canonical,
    deadline::deadline,
    panic::catch_panic,
    redirects::local_redirect,
    trace::{Logged, trace},
};

/// Puts all layers around the routes.
pub fn wrap(routes: Router, portcullis: &Portcullis) -> ProtectedRouter {
    let layers = layer_fn(|router: AuthenticatedRouter| {
        service_fn(move |request| {
            let router = router.clone();
            async { Ok::<_, Infallible>(own_layers(router, request).await) }
        })
    });
    portcullis.protect_with(routes, layers)
}

/// Passes a request through the layers of this program. They are functions, because layers of
/// `axum::middleware` cost more.
async fn own_layers(router: AuthenticatedRouter, request: Request) -> Response {
    let logged = Logged::of(&request);
    // Futures are passed by reference: an argument of an async function is stored twice.
    let response = pin!(respond(router, request));
    // Around everything except the log layer, which does little.
    let response = pin!(catch_panic(response));
    // Outermost, so that the final form of every response is logged.
    trace(logged, response).await
}

async fn respond(mut router: AuthenticatedRouter, request: Request) -> Response {
    // Before anything depends on the path. It reads no body.
    if let Some(redirect) = canonical::redirect(&request) {
        return redirect;
    }
    // Includes the time in which the body arrives, so that a slow sender times out too.
    let response = deadline(router.call(request)).await;
    // Around every layer and handler that redirects.
    local_redirect(response)
}

/// Configures the sign-in page, the protected pages and the error page.
pub fn configure(builder: Builder, site: &LeptosOptions) -> Builder {
    let builder = builder
        .sign_in_page(app::routes::LOGIN)
        .protected(app::routes::PROTECTED)
        .error_page(error_pages(site));
    match reloader(site) {
        Some(source) => builder.connect_src(source),
        None => builder,
    }
}

fn error_pages(site: &LeptosOptions) -> ErrorPage {
    let site = site.clone();
    ErrorPage::new(move |code, again| app::error_page(&site, code, again))
}

/// Returns the URL of the socket by which `cargo leptos watch` reloads pages. It has
/// a port of its own.
fn reloader(site: &LeptosOptions) -> Option<String> {
    if site.env != Env::DEV {
        return None;
    }
    let port = site.reload_external_port.unwrap_or(site.reload_port);
    let scheme = match site.reload_ws_protocol {
        ReloadWSProtocol::WS => "ws",
        ReloadWSProtocol::WSS => "wss",
    };
    Some(format!("{scheme}://*:{port}"))
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request, routing::get};
    use tower::ServiceExt;

    use super::*;

    async fn portcullis(folder: &std::path::Path, site: &LeptosOptions) -> Portcullis {
        let builder = Portcullis::builder("http://127.0.0.1:3000").sqlite(folder.join("p.db"));
        let opened = configure(builder, site).open_without_tasks().await;
        opened.expect("the session service")
    }

    #[tokio::test]
    async fn panic_is_a_500_without_its_message() {
        async fn panics() {
            panic!("a panic message with a secret");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let site = LeptosOptions::builder().output_name("portcullis").build();
        let portcullis = portcullis(folder.path(), &site).await;
        let routes = Router::new().route("/panics", get(panics));
        let request = Request::get("/panics")
            .body(Body::empty())
            .expect("a request");
        let Ok(response) = wrap(routes, &portcullis).oneshot(request).await;
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let body = axum::body::to_bytes(response.into_body(), 1000)
            .await
            .expect("a body");
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }

    #[tokio::test]
    async fn reload_socket_is_allowed_in_development_only() {
        let folder = tempfile::tempdir().expect("a folder");
        for (env, is_allowed) in [(Env::DEV, true), (Env::PROD, false)] {
            let site = LeptosOptions::builder()
                .output_name("portcullis")
                .env(env)
                .reload_port(3001_u32)
                .build();
            let portcullis = portcullis(folder.path(), &site).await;
            let page = get(async || axum::response::Html("a page"));
            let router = wrap(Router::new().route("/", page), &portcullis);
            let Ok(response) = router.oneshot(Request::new(Body::empty())).await;
            let policy = response.headers()["content-security-policy"]
                .to_str()
                .expect("ASCII");
            assert_eq!(policy.contains("ws://*:3001"), is_allowed, "{policy}");
        }
    }
}
