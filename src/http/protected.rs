//! The router that `Portcullis::protect` returns.

use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router, ServiceExt,
    body::{Body, Bytes, HttpBody},
    extract::connect_info::IntoMakeServiceWithConnectInfo,
    http::Request,
    response::{IntoResponse, Response},
    routing::IntoMakeService,
    serve::{IncomingStream, Listener},
};
use tower::{BoxError, Service};

use super::protect;
use crate::Portcullis;

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
#[derive(Clone)]
#[must_use]
pub struct ProtectedRouter(Arc<Respond>);

/// Passes a request through all layers. The type of the application's own layer is in it.
type Respond = dyn Fn(Request<Body>) -> ResponseFuture + Send + Sync;

type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl ProtectedRouter {
    /// Puts the outer layers around the application's own layer.
    pub(super) fn new<S>(portcullis: &Portcullis, inner: S) -> Self
    where
        S: Service<Request<Body>, Error = Infallible, Response: IntoResponse, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let portcullis = portcullis.clone();
        Self(Arc::new(move |request| {
            let (portcullis, inner) = (portcullis.clone(), inner.clone());
            Box::pin(async move { Ok(protect::outer(&portcullis, inner, request).await) })
        }))
    }

    /// Returns the router, to put further layers around it or to nest it in a larger
    /// application. A route that is added to the returned router is not protected.
    pub fn into_router(self) -> Router {
        Router::new().fallback_service(self)
    }

    /// Converts the router for `axum::serve` or another server that makes a service
    /// for each connection; see [`Router::into_make_service`].
    pub fn into_make_service(self) -> IntoMakeService<Self> {
        ServiceExt::<Request<Body>>::into_make_service(self)
    }

    /// Converts the router for a server that passes the client's address to the
    /// handlers; see [`Router::into_make_service_with_connect_info`].
    pub fn into_make_service_with_connect_info<C>(self) -> IntoMakeServiceWithConnectInfo<Self, C> {
        ServiceExt::<Request<Body>>::into_make_service_with_connect_info(self)
    }
}

impl fmt::Debug for ProtectedRouter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProtectedRouter")
    }
}

impl<B> Service<Request<B>> for ProtectedRouter
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        (self.0)(request.map(Body::new))
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
