//! The layers around an application's routes, and their order.

use std::{convert::Infallible, pin::pin, time::Instant};

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use tower::{Layer, Service, ServiceExt};

use super::{
    AuthenticatedRouter, ProtectedRouter, authenticate,
    body::read_form_body,
    error_page::ErrorFormat,
    error_response,
    error_status::StatusRule,
    form_page, guard,
    head::{self, RemoveBody},
    identify,
    last_slash::add_last_slash,
    resume, same_origin,
};
use crate::{Portcullis, metrics::Route};

impl Portcullis {
    /// Puts all layers around a router. Call it last: the [`ProtectedRouter`] takes no
    /// further routes. From the outside to the inside, the layers are:
    ///
    /// 1. The id of the request ([`RequestId`](crate::RequestId)), and security headers, on
    ///    every response.
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
        ProtectedRouter::new(self, AuthenticatedRouter::new(self, router))
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
        L: Layer<AuthenticatedRouter>,
        L::Service: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.note_protected();
        ProtectedRouter::new(self, layer.layer(AuthenticatedRouter::new(self, router)))
    }
}

/// Passes a request through the layers outside the application's own layer. The first one
/// sees a request first and its response last.
///
/// They are around the router as a whole, not around each of its routes. A consequence: a
/// response to HEAD has already lost its body when a layer sees it.
///
/// The layers are functions, called one after the other, and not layers of
/// `axum::middleware`: each of those clones everything inside of it for each request, and
/// allocates twice.
pub(super) async fn outer<S>(portcullis: &Portcullis, inner: S, request: Request) -> Response
where
    S: Service<Request, Error = Infallible, Response: IntoResponse>,
{
    // Outside everything that logs or records an event.
    let context = identify::context_of(portcullis, &request);
    let id = context.id.clone();
    let (route, start) = (Route::of(request.uri().path()), Instant::now());
    // By reference: an argument of an async function is stored twice.
    let response = pin!(with_headers(portcullis, inner, request));
    let response = context.scope(response).await;
    let requests = portcullis.requests();
    requests.count(route, response.status(), start.elapsed());
    identify::with_id(&id, response)
}

async fn with_headers<S>(portcullis: &Portcullis, mut inner: S, mut request: Request) -> Response
where
    S: Service<Request, Error = Infallible, Response: IntoResponse>,
{
    // Outside all other layers, so that their error responses get the headers too.
    let headers = portcullis.security_headers().prepare(&mut request);
    let body = RemoveBody::of(&request);
    // Outside all layers that respond with an error.
    let format = ErrorFormat::of(&request);
    // Not `oneshot`, which moves the request twice more.
    let Ok(inner) = inner.ready().await;
    let Ok(response) = inner.call(request).await;
    let response = format.apply(portcullis.error_page(), response.into_response());
    headers.add(body.apply(response))
}

/// Passes a request through the layers inside the application's own layer.
pub(super) async fn inner(
    portcullis: &Portcullis,
    router: &Router,
    mut request: Request,
) -> Response {
    // Before all that depends on the path.
    add_last_slash(&mut request);
    head::as_get(&mut request);
    form_page::set_referer(&mut request, portcullis.origin());
    // Inside the application's limits, whose responses have the right status already.
    let status = StatusRule::of(&mut request);
    status
        .apply(checked(portcullis, router, request).await)
        .await
}

/// Passes a request through the checks that know nothing about its caller.
async fn checked(portcullis: &Portcullis, router: &Router, mut request: Request) -> Response {
    // Before the tokens are read, so that another site learns nothing about them.
    if let Some(rejection) = same_origin::rejection(portcullis, &mut request) {
        return rejection;
    }
    // After the same-origin check: the body of another site's form is not even read.
    if let Err(error) = read_form_body(&mut request).await {
        return error_response(error);
    }
    // From here on the request has a `Caller`.
    let caller = authenticate::caller_of(portcullis, &mut request).await;
    let response = match resume::resume(&caller, &mut request).await {
        // Needs the resumed session; runs before any rendering.
        Ok(cookies) => {
            let response = match guard::rejection(caller.pages(), &request) {
                Some(rejection) => rejection,
                None => respond(router, request).await,
            };
            resume::with_cookies(cookies, response)
        }
        Err(rejection) => *rejection,
    };
    authenticate::mark(&caller, response)
}

async fn respond(router: &Router, request: Request) -> Response {
    // A router is always ready.
    let Ok(response) = router.clone().call(request).await;
    response
}
