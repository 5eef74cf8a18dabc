//! The timeout of a whole request.

use std::{convert::Infallible, future::poll_fn, pin::pin, task::Poll, time::Duration};

use axum::response::Response;
use portcullis::{http::error_response, wire::Code};
use tokio::time::timeout;

/// The timeout of a request. It is shorter than the ten seconds for which a browser
/// waits, because a later response is of no use to the browser. It is longer than the
/// inner timeouts (for a connection to the database, for a place in the password
/// queue), so that these respond first. The remaining case is a statement that was
/// sent over a network that loses all packets.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(8);

/// Responds with 503 if a request takes too long, including the arrival of its body.
pub(crate) async fn deadline(
    response: impl Future<Output = Result<Response, Infallible>>,
) -> Response {
    within(REQUEST_TIMEOUT, response).await
}

async fn within(
    time: Duration,
    response: impl Future<Output = Result<Response, Infallible>>,
) -> Response {
    let mut response = pin!(response);
    // Most responses are ready at once, and need no timer.
    let first = poll_fn(|context| Poll::Ready(response.as_mut().poll(context))).await;
    if let Poll::Ready(Ok(response)) = first {
        return response;
    }
    match timeout(time, response).await {
        Ok(Ok(response)) => response,
        Err(_) => error_response(Code::Busy.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn endless_request_gets_503() {
        let response = within(Duration::from_millis(1), pending()).await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "1");
    }
}
