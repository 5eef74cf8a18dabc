//! The layers of this program, and what it sets of the library's.

use axum::{Router, middleware::from_fn};
use leptos::config::{Env, LeptosOptions, ReloadWSProtocol};
use portcullis::{Builder, Portcullis, http::ErrorPage};
use tower::ServiceBuilder;

use crate::middleware::{canonical, deadline, panic, redirects, trace};

/// Puts all layers around the routes. The first sees a request first and its
/// response last.
pub(crate) fn wrap(routes: Router, portcullis: &Portcullis) -> Router {
    let limits = ServiceBuilder::new()
        // Outermost, so that every response is logged as it goes out.
        .layer(trace::layer())
        // Around everything that does work; what is outside of it is short.
        .layer(panic::layer())
        // Around all that redirects.
        .layer(from_fn(redirects::local_redirects))
        // Before anything is decided by the path. Nothing is read for it.
        .layer(from_fn(canonical::canonical_path))
        // Around the body's arrival, so that a slow sender is given up too.
        .layer(from_fn(deadline::deadline));
    portcullis.protect_with(routes, limits)
}

/// Sets the pages, and how an error looks.
pub fn configure(builder: Builder, site: &LeptosOptions) -> Builder {
    let builder = builder
        .sign_in_page(app::routes::LOGIN)
        .protected(app::routes::PROTECTED)
        .error_page(error_pages(site));
    match reloader(site) {
        Some(source) => builder.connect_to(source),
        None => builder,
    }
}

fn error_pages(site: &LeptosOptions) -> ErrorPage {
    let site = site.clone();
    ErrorPage::new(move |code, again| app::error_page(&site, code, again))
}

/// The socket by which `cargo leptos watch` reloads pages, on a port of its own.
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
        opened.expect("the services")
    }

    #[tokio::test]
    async fn a_panic_is_an_error_like_any_other() {
        async fn panics() {
            panic!("a secret may be in here");
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
    async fn pages_connect_to_the_reloader_in_development_alone() {
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
                .expect("text");
            assert_eq!(policy.contains("ws://*:3001"), is_allowed, "{policy}");
        }
    }
}
