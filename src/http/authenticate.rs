//! The layer that puts a [`Caller`] into each request. The access token is verified at
//! most once per request, and only if a handler needs it.

use axum::{
    extract::Request,
    http::{
        HeaderName, HeaderValue,
        header::{AUTHORIZATION, COOKIE},
    },
    response::Response,
};

use super::Caller;
use crate::{Portcullis, wire::SIGNED_IN_HEADER};

const SIGNED_IN: HeaderName = HeaderName::from_static(SIGNED_IN_HEADER);

/// Marks a response whose handler has checked who is signed in. Such a response depends
/// on the session, also if no user is signed in.
#[derive(Clone, Copy, Debug)]
pub(super) struct IsPersonal;

/// Puts a [`Caller`] into the request's extensions. If the process was frozen, first waits
/// until it knows again which sessions have ended. Never rejects a request: a handler that
/// needs a session calls [`Caller::authenticated`].
pub(super) async fn caller_of(portcullis: &Portcullis, request: &mut Request) -> Caller {
    let headers = request.headers();
    if headers.contains_key(COOKIE) || headers.contains_key(AUTHORIZATION) {
        portcullis.revocations().catch_up().await;
    }
    let caller = Caller::of_request(portcullis.clone(), request.headers(), request.extensions());
    request.extensions_mut().insert(caller.clone());
    caller
}

/// Marks the response if its handler has checked who is signed in. If the caller is signed
/// in, the response gets the [`SIGNED_IN_HEADER`] too.
pub(super) fn mark(caller: &Caller, mut response: Response) -> Response {
    if caller.was_checked() {
        response.extensions_mut().insert(IsPersonal);
    }
    if caller.is_authenticated() {
        let headers = response.headers_mut();
        headers.insert(SIGNED_IN, HeaderValue::from_static("true"));
    }
    response
}
