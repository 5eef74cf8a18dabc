//! The router inside the application's own layer.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{Router, extract::Request, response::Response};
use tower::Service;

use super::protect;
use crate::Portcullis;

/// An application's routes, and around them the layers that check the origin of a request
/// and authenticate it. [`Portcullis::protect_with`] passes it to the application's own
/// layer.
#[derive(Clone, Debug)]
#[must_use]
pub struct AuthenticatedRouter {
    shared: Arc<Shared>,
}

/// One pointer, because it is copied for each request.
#[derive(Debug)]
struct Shared {
    portcullis: Portcullis,
    router: Router,
}

impl AuthenticatedRouter {
    pub(super) fn new(portcullis: &Portcullis, router: Router) -> Self {
        Self {
            shared: Arc::new(Shared {
                portcullis: portcullis.clone(),
                router,
            }),
        }
    }
}

impl Service<Request> for AuthenticatedRouter {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let Shared { portcullis, router } = &*shared;
            Ok(protect::inner(portcullis, router, request).await)
        })
    }
}
