//! The router that `Portcullis::protect` returns.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use axum::{
    Router,
    body::{Bytes, HttpBody},
    extract::connect_info::IntoMakeServiceWithConnectInfo,
    http::Request,
    response::Response,
    routing::{IntoMakeService, future::RouteFuture},
    serve::{IncomingStream, Listener},
};
use tower::{BoxError, Service};

/// A router with all layers around it, returned by
/// [`Portcullis::protect`](crate::Portcullis::protect).
///
/// Pass it to `axum::serve`, or call it as a [`Service`]. It has no `route` and no
/// `merge`, because a route that is added outside the layers is not protected. Such code
/// does not compile:
///
/// ```compile_fail,E0599
/// # use axum::{Router, routing::get};
/// # fn protect(auth: &portcullis::Portcullis) {
/// let app = auth.protect(Router::new());
/// let app = app.route("/late", get(|| async { "not protected" }));
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ProtectedRouter(Router);

impl ProtectedRouter {
    /// Wraps a router that has all layers around it.
    pub(super) fn new(layered: Router) -> Self {
        Self(layered)
    }

    /// Returns the router, to put further layers around it or to nest it in a larger
    /// application. A route that is added to the returned router is not protected.
    pub fn into_router(self) -> Router {
        self.0
    }

    /// Converts the router for `axum::serve` or another server that makes a service
    /// for each connection; see [`Router::into_make_service`].
    pub fn into_make_service(self) -> IntoMakeService<Router> {
        self.0.into_make_service()
    }

    /// Converts the router for a server that passes the client's address to the
    /// handlers; see [`Router::into_make_service_with_connect_info`].
    pub fn into_make_service_with_connect_info<C>(
        self,
    ) -> IntoMakeServiceWithConnectInfo<Router, C> {
        self.0.into_make_service_with_connect_info()
    }
}

impl<B> Service<Request<B>> for ProtectedRouter
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request<B>>::poll_ready(&mut self.0, context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.0.call(request)
    }
}

/// `axum::serve` calls this for each connection.
impl<L: Listener> Service<IncomingStream<'_, L>> for ProtectedRouter {
    type Response = Self;
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _connection: IncomingStream<'_, L>) -> Self::Future {
        ready(Ok(self.clone()))
    }
}
