//! The layers around an application's routes, and their order.

use std::{convert::Infallible, pin::Pin};

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use tower::{Layer, Service, ServiceExt, service_fn};

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
    /// They are around the router as a whole, not around each of its routes. A consequence: a
    /// response to HEAD has already lost its body when a layer sees it.
    fn outer<S>(&self, inner: S) -> ProtectedRouter
    where
        S: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let portcullis = self.clone();
        let layered = service_fn(move |request| {
            let (portcullis, inner) = (portcullis.clone(), inner.clone());
            async move {
                let run = |request| async {
                    let Ok(response) = inner.oneshot(request).await;
                    response.into_response()
                };
                // Outside all layers that respond with an error.
                let error_page = |request| error_page(portcullis.error_page(), request, run);
                // Outside all other layers, so that their error responses get the headers too.
                let headers = headers(portcullis.security_headers(), request, error_page);
                Ok::<_, Infallible>(headers.await)
            }
        });
        ProtectedRouter::new(Router::new().fallback_service(layered))
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
        let portcullis = self.clone();
        service_fn(move |request| {
            let (portcullis, router) = (portcullis.clone(), router.clone());
            async move { Ok(inner(&portcullis, router, request).await) }
        })
    }
}

/// Passes a request through the layers inside the application's own layer, the last one
/// first.
///
/// They are functions that call each other, and not layers of `axum::middleware`: each of
/// those clones everything inside of it for each request, and allocates twice.
async fn inner(portcullis: &Portcullis, router: Router, request: Request) -> Response {
    let run = |request| {
        boxed(async {
            let Ok(response) = router.oneshot(request).await;
            response
        })
    };
    // Needs the resumed session; runs before any rendering.
    let guard = |request| boxed(guard(portcullis, request, run));
    // Needs the `Caller`; refreshes its session on a page load.
    let resume = |request| boxed(resume(request, guard));
    // From here on the request has a `Caller`.
    let authenticate = |request| boxed(authenticate(portcullis, request, resume));
    // After the same-origin check: the body of another site's form is not even read.
    let body = |request| boxed(body(request, authenticate));
    // Before the tokens are read, so that another site learns nothing about them.
    let same_origin = |request| boxed(same_origin(portcullis, request, body));
    // Inside the application's limits, whose responses have the right status already.
    error_status(request, same_origin).await
}

/// Puts the future of a layer on the heap. Otherwise its type would contain the type of the
/// next layer twice, and the compiler's work would double with each layer.
fn boxed<'r>(
    response: impl Future<Output = Response> + Send + 'r,
) -> Pin<Box<dyn Future<Output = Response> + Send + 'r>> {
    Box::pin(response)
}
