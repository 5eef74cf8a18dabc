//! The id of each request, and the address of its client.

use axum::{extract::Request, response::Response};

use super::client_address::ClientAddress;
use crate::{
    Portcullis,
    request_context::RequestContext,
    request_id::{REQUEST_ID, RequestId},
};

/// Returns the context of a request. Its id is that of `X-Request-Id` if a trusted proxy has
/// sent a valid one, because any other client could give its requests the id of another's.
pub(super) fn context_of(portcullis: &Portcullis, request: &Request) -> RequestContext {
    let (headers, extensions) = (request.headers(), request.extensions());
    let client = ClientAddress::read(headers, extensions, portcullis.trusted_proxies());
    let given = || headers.get(REQUEST_ID).and_then(RequestId::parse);
    let id = client.is_behind_proxy.then(given).flatten();
    RequestContext {
        id: id.unwrap_or_else(|| RequestId::new(portcullis.now())),
        address: client.address,
        observer: extensions.get().cloned(),
    }
}

/// Adds the id of its request to a response.
pub(super) fn with_id(id: &RequestId, mut response: Response) -> Response {
    if let Some(id) = id.to_header() {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
