//! The layers around an application's routes, and their order.

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
    guard::guard, headers::headers, protected::ProtectedRouter, resume::resume,
    same_origin::same_origin,
};
use crate::Portcullis;

impl Portcullis {
    /// Puts all layers around a router. Call it last: the [`ProtectedRouter`] takes no
    /// further routes. From the outside to the inside, the layers are:
    ///
    /// 1. Security headers, on every response.
    /// 2. Error pages: an [`ApiError`](crate::wire::ApiError) becomes HTML if a browser loads
    ///    a page or submits a form.
    /// 3. The status of server function errors.
    /// 4. The same-origin check: a cross-site request that may change something is rejected
    ///    with 403 `cross_site`.
    /// 5. Request bodies for this library's paths: a form or JSON, limited in size.
    /// 6. Authentication: the request gets a [`Caller`](super::Caller).
    /// 7. Resuming: a page load with a refresh token and without a valid access token is
    ///    refreshed before the handler runs.
    /// 8. The guard: a signed-out page load of a protected path is redirected to the sign-in
    ///    page; any other signed-out request for such a path is rejected with 401.
    ///
    /// Layers of the application that need to know who is signed in go onto the router
    /// before this call (`router.layer(…)`). For layers that should run before requests are
    /// authenticated, see [`Portcullis::protect_with`].
    ///
    /// # Panics
    /// If this session service has protected a router before: a request would pass through
    /// the layers twice. For two listeners, clone the returned router.
    #[track_caller]
    pub fn protect(&self, router: Router) -> ProtectedRouter {
        self.note_protected();
        self.outer(self.inner(router))
    }

    /// Puts all layers around a router, as [`Portcullis::protect`] does, and adds `layer`
    /// inside the security headers and error pages and outside everything that reads the
    /// tokens. That is the place for access logs, limits on bodies and time, and redirects.
    /// If such a layer returns an [`ApiError`](crate::wire::ApiError), a browser that loads a
    /// page gets an error page.
    ///
    /// # Panics
    /// As [`Portcullis::protect`].
    #[track_caller]
    pub fn protect_with<L>(&self, router: Router, layer: L) -> ProtectedRouter
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

    /// Adds the layers outside the application's own layer. The first one sees a request
    /// first and its response last.
    ///
    /// They are around the router as a whole, not around each of its routes: every layer
    /// clones the service inside it, and cloning a router clones an `Arc`, but cloning a
    /// route does not. A consequence: a response to HEAD has already lost its body when a
    /// layer sees it.
    fn outer<S>(&self, inner: S) -> ProtectedRouter
    where
        S: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let layered = Router::new().fallback_service(
            ServiceBuilder::new()
                // Outside all other layers, so that their error responses get the headers too.
                .layer(from_fn_with_state(self.security_headers().clone(), headers))
                // Outside all layers that respond with an error.
                .layer(from_fn_with_state(self.error_page().clone(), error_page))
                .service(inner),
        );
        ProtectedRouter::new(layered)
    }

    /// Adds the layers inside the application's own layer.
    fn inner(
        &self,
        router: Router,
    ) -> impl Service<Request, Error = Infallible, Response = Response, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static {
        ServiceBuilder::new()
            // Inside the application's limits, whose responses have the right status already.
            .layer(from_fn(error_status))
            // Before the tokens are read, so that another site learns nothing about them.
            .layer(from_fn_with_state(self.clone(), same_origin))
            // After the same-origin check: the body of another site's form is not even read.
            .layer(from_fn(body))
            // From here on the request has a `Caller`.
            .layer(from_fn_with_state(self.clone(), authenticate))
            // Needs the `Caller`; refreshes its session on a page load.
            .layer(from_fn(resume))
            // Needs the resumed session; runs before any rendering.
            .layer(from_fn_with_state(self.clone(), guard))
            .service(router)
    }
}
