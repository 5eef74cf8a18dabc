//! Every layer around the routes, in order.

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use leptos::config::{Env, LeptosOptions, ReloadWSProtocol};
use portcullis::{
    Portcullis,
    http::{
        ErrorPage, SecurityHeaders, authenticate, error_page, error_status, guard, headers,
        json_form, resume, same_origin,
    },
};
use tower::ServiceBuilder;

use crate::middleware::{body, canonical, deadline, panic, redirects, trace};

/// Puts all layers around the routes. The first sees a request first and its
/// answer last.
pub(crate) fn wrap(routes: Router, portcullis: &Portcullis, site: &LeptosOptions) -> Router {
    let is_protected: fn(&str) -> bool = app::routes::is_protected;
    // Around the router as a whole, not around each of its routes: every layer
    // clones what is inside of it, and a router is an `Arc`, a route is not. An
    // answer to HEAD has lost its body when a layer sees it.
    Router::new().fallback_service(
        ServiceBuilder::new()
            // Outermost, so that every answer is logged as it goes out.
            .layer(trace::layer())
            // Outside of all that answers by itself: errors get the headers too.
            .layer(from_fn_with_state(
                security_headers(portcullis, site),
                headers,
            ))
            // Outside of all that answers with an error, of whatever kind.
            .layer(from_fn_with_state(error_pages(site), error_page))
            // Around everything that does work; what is outside of it is short.
            .layer(panic::layer())
            // Around all that redirects.
            .layer(from_fn(redirects::local_redirects))
            // Before anything is decided by the path. Nothing is read for it.
            .layer(from_fn(canonical::canonical_path))
            // Around the body's arrival, so that a slow sender is given up too.
            .layer(from_fn(deadline::deadline))
            // Before anybody reads the body.
            .layer(from_fn(body::small_body))
            // Inside of the limits, whose answers have their status already.
            .layer(from_fn(error_status))
            // Before the tokens are looked at: another site learns nothing of them.
            .layer(from_fn_with_state(portcullis.clone(), same_origin))
            // Behind that check, which a form could otherwise walk around.
            .layer(from_fn(json_form))
            // From here on it is known who calls.
            .layer(from_fn_with_state(portcullis.clone(), authenticate))
            // Needs the caller; makes one of a refresh token, on a page load.
            .layer(from_fn(resume))
            // Needs what was resumed; stands before any rendering.
            .layer(from_fn_with_state(is_protected, guard))
            .service(routes),
    )
}

fn error_pages(site: &LeptosOptions) -> ErrorPage {
    let site = site.clone();
    ErrorPage::new(move |code, again| app::error_page(&site, code, again))
}

/// `cargo leptos watch` reloads pages through a socket on a port of its own,
/// which the policy of a page has to allow.
fn security_headers(portcullis: &Portcullis, site: &LeptosOptions) -> SecurityHeaders {
    let headers = SecurityHeaders::new(portcullis.origin());
    if site.env != Env::DEV {
        return headers;
    }
    let port = site.reload_external_port.unwrap_or(site.reload_port);
    let scheme = match site.reload_ws_protocol {
        ReloadWSProtocol::WS => "ws",
        ReloadWSProtocol::WSS => "wss",
    };
    headers.connect_to(&format!("{scheme}://*:{port}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{body::Body, extract::Request, routing::get};
    use portcullis::{
        Setup, clock::SystemClock, keys::MasterSecret, origin::PublicOrigin, policy::Policy,
        store::Store,
    };
    use tower::ServiceExt;

    use super::*;

    async fn portcullis(folder: &std::path::Path) -> Portcullis {
        let setup = Setup {
            origin: PublicOrigin::parse("http://127.0.0.1:3000").expect("an origin"),
            policy: Policy::default(),
            store: Store::open_sqlite(&folder.join("p.db"))
                .await
                .expect("a database"),
            secret: MasterSecret::load_or_create(&folder.join("secret")).expect("a secret"),
            update_last_login: false,
            clock: Arc::new(SystemClock),
        };
        Portcullis::open(setup).await.expect("the services")
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_like_any_other_error() {
        async fn panics() {
            panic!("a secret may be in here");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let portcullis = portcullis(folder.path()).await;
        let site = LeptosOptions::builder().output_name("portcullis").build();
        let routes = Router::new().route("/panics", get(panics));
        let request = Request::get("/panics")
            .body(Body::empty())
            .expect("a request");
        let Ok(response) = wrap(routes, &portcullis, &site).oneshot(request).await;
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let body = axum::body::to_bytes(response.into_body(), 1000)
            .await
            .expect("a body");
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }

    #[tokio::test]
    async fn pages_may_connect_to_the_reloader_while_developing_and_never_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let portcullis = portcullis(folder.path()).await;
        for (env, is_allowed) in [(Env::DEV, true), (Env::PROD, false)] {
            let site = LeptosOptions::builder()
                .output_name("portcullis")
                .env(env)
                .reload_port(3001_u32)
                .build();
            let page = get(async || axum::response::Html("a page"));
            let router = wrap(Router::new().route("/", page), &portcullis, &site);
            let Ok(response) = router.oneshot(Request::new(Body::empty())).await;
            let policy = response.headers()["content-security-policy"]
                .to_str()
                .expect("text");
            assert_eq!(policy.contains("ws://*:3001"), is_allowed, "{policy}");
        }
    }
}
