//! Every layer around an application's routes, in order.

use std::convert::Infallible;

use axum::{
    Router,
    extract::Request,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower::{Layer, Service, ServiceBuilder};

use super::{
    authenticate::authenticate, body::body, error_page::error_page, error_status::error_status,
    guard::guard, headers::headers, resume::resume, same_origin::same_origin,
};
use crate::Portcullis;

impl Portcullis {
    /// Puts all layers around a router: security headers, error pages, the
    /// same-origin check, who is signed in, the refresh of a page load, and the
    /// guard of protected pages. Routes that are added later stay outside, so this
    /// comes last.
    ///
    /// Layers of the application that need to know who is signed in go onto the
    /// router before (`router.layer(…)`); for those that should run before
    /// anything is decided, see [`Portcullis::protect_with`].
    ///
    /// # Panics
    /// Where this process has protected a router before: a request would pass the
    /// layers twice. For two listeners, clone the router that this returns.
    #[track_caller]
    pub fn protect(&self, router: Router) -> Router {
        self.note_protected();
        self.outer(self.inner(router))
    }

    /// As [`Portcullis::protect`], with `layer` inside of the security headers and
    /// error pages and outside of everything that looks at the tokens: the place
    /// of access logs, limits on bodies and time, and redirects. An error that
    /// such a layer returns as an [`ApiError`](crate::wire::ApiError) becomes a
    /// page for a person.
    ///
    /// # Panics
    /// As [`Portcullis::protect`].
    #[track_caller]
    pub fn protect_with<L>(&self, router: Router, layer: L) -> Router
    where
        L: Layer<Router>,
        L::Service: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.note_protected();
        let inner = Router::new().fallback_service(self.inner(router));
        self.outer(layer.layer(inner))
    }

    /// The layers outside of the application's own. The first sees a request first
    /// and its response last.
    ///
    /// Around the router as a whole, not around each of its routes: every layer
    /// clones what is inside of it, and a router is an `Arc`, a route is not. A
    /// response to HEAD has lost its body when a layer sees it.
    fn outer<S>(&self, inner: S) -> Router
    where
        S: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        Router::new().fallback_service(
            ServiceBuilder::new()
                // Outside of all that responds by itself: errors get the headers too.
                .layer(from_fn_with_state(self.security_headers().clone(), headers))
                // Outside of all that responds with an error, of whatever kind.
                .layer(from_fn_with_state(self.error_page().clone(), error_page))
                .service(inner),
        )
    }

    /// The layers inside of the application's own.
    fn inner(
        &self,
        router: Router,
    ) -> impl Service<Request, Error = Infallible, Response = Response, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static {
        ServiceBuilder::new()
            // Inside of the limits, whose responses have their status already.
            .layer(from_fn(error_status))
            // Before the tokens are looked at: another site learns nothing of them.
            .layer(from_fn_with_state(self.clone(), same_origin))
            // Behind that check, which a form could otherwise walk around.
            .layer(from_fn(body))
            // From here on the request has a caller.
            .layer(from_fn_with_state(self.clone(), authenticate))
            // Needs the caller; refreshes its session on a page load.
            .layer(from_fn(resume))
            // Needs the resumed session; stands before any rendering.
            .layer(from_fn_with_state(self.clone(), guard))
            .service(router)
    }
}
