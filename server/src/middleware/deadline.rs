//! Requests that take too long are given up.

use std::time::Duration;

use axum::{extract::Request, middleware::Next, response::Response};
use portcullis::{http::error_response, wire::Code};
use tokio::time::timeout;

/// Shorter than the ten seconds for which a browser waits: an answer that comes
/// later tells it nothing. Longer than what is waited for behind it (a connection
/// to the database, a place in the queue of passwords), so that what answers by
/// itself gets to do so. What does not is a statement on its way through a network
/// that loses everything.
const LONGEST: Duration = Duration::from_secs(8);

/// Answers 503 where a request has taken too long, its body included.
pub(crate) async fn deadline(request: Request, next: Next) -> Response {
    within(LONGEST, next.run(request)).await
}

async fn within(time: Duration, response: impl Future<Output = Response>) -> Response {
    match timeout(time, response).await {
        Ok(response) => response,
        Err(_) => error_response(Code::Busy.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_request_that_never_ends_is_503_in_the_end() {
        let response = within(Duration::from_millis(1), pending()).await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "1");
    }
}
