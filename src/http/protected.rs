//! The router that `Portcullis::protect` returns.

use std::{
    any::Any,
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router, ServiceExt,
    body::{Body, Bytes, HttpBody},
    extract::{ConnectInfo, connect_info::IntoMakeServiceWithConnectInfo},
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
pub struct ProtectedRouter {
    layers: Arc<dyn Respond>,
    /// The address of the peer, if `axum::serve` called this for a connection.
    peer: Option<SocketAddr>,
}

type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// All layers, without the type of the application's own.
trait Respond: Send + Sync {
    fn respond(self: Arc<Self>, request: Request<Body>) -> ResponseFuture;
}

/// All layers: the outer ones, and the application's own with all that it contains.
struct Layers<S> {
    portcullis: Portcullis,
    own: S,
}

impl<S> Respond for Layers<S>
where
    S: Service<Request<Body>, Error = Infallible, Response: IntoResponse, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    fn respond(self: Arc<Self>, request: Request<Body>) -> ResponseFuture {
        Box::pin(
            async move { Ok(protect::outer(&self.portcullis, self.own.clone(), request).await) },
        )
    }
}

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
        Self {
            layers: Arc::new(Layers {
                portcullis: portcullis.clone(),
                own: inner,
            }),
            peer: None,
        }
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
        let mut request = request.map(Body::new);
        let extensions = request.extensions_mut();
        if let Some(peer) = self.peer
            && extensions.get::<ConnectInfo<SocketAddr>>().is_none()
        {
            extensions.insert(ConnectInfo(peer));
        }
        Arc::clone(&self.layers).respond(request)
    }
}

/// `axum::serve` calls this for each connection. A request of a TCP connection gets the
/// address of its peer, by which attempts are limited.
impl<L: Listener<Addr: 'static>> Service<IncomingStream<'_, L>> for ProtectedRouter {
    type Response = Self;
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, connection: IncomingStream<'_, L>) -> Self::Future {
        let peer: &dyn Any = connection.remote_addr();
        ready(Ok(Self {
            layers: Arc::clone(&self.layers),
            peer: peer.downcast_ref().copied(),
        }))
    }
}
