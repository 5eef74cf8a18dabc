//! Requests that take too long are given up.

use std::time::Duration;

use axum::{extract::Request, middleware::Next, response::Response};
use portcullis::{http::error_response, wire::Code};
use tokio::time::timeout;

/// Longer than everything that is waited for behind it (the database, a place
/// in the queue of passwords), so that what answers by itself gets to do so.
const LONGEST: Duration = Duration::from_secs(30);

/// Answers 503 where a request has taken too long, its body included.
pub(crate) async fn deadline(request: Request, next: Next) -> Response {
    match timeout(LONGEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => error_response(Code::Busy.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::{Router, body::Body, middleware::from_fn, routing::get};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_is_503_in_the_end() {
        let router = Router::new()
            .route("/", get(async || pending::<()>().await))
            .layer(from_fn(deadline));
        let response = router.oneshot(Request::new(Body::empty())).await;
        let Ok(response) = response;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "1");
    }
}
