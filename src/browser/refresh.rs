//! One refresh over the network.

use std::time::Duration;

use gloo_net::http::{Request, Response};
use web_sys::AbortSignal;

use crate::{
    keeper::RefreshResult,
    wire::{Answer, ApiError, Snapshot, paths},
};

/// Sends one refresh, until `signal` says that it is given up. Only an answer of
/// ours that says so refuses; everything else is a failure that passes.
pub(super) async fn send(signal: &AbortSignal) -> Result<Snapshot, RefreshResult> {
    let response = Request::post(paths::REFRESH)
        .header("Accept", "application/json")
        .abort_signal(Some(signal))
        .send()
        .await
        .map_err(|_| RefreshResult::Unanswered)?;
    let body = response
        .text()
        .await
        .map_err(|_| RefreshResult::Unanswered)?;
    if response.status() == 200 {
        let answer = serde_json::from_str::<Answer>(&body);
        return answer
            .map(|answer| answer.snapshot)
            .map_err(|_| RefreshResult::Unanswered);
    }
    if response.status() == 401
        && let Ok(error) = serde_json::from_str::<ApiError>(&body)
        && error.code.is_about_session()
    {
        return Err(RefreshResult::Refused(error.code));
    }
    Err(RefreshResult::Deferred {
        retry_after: retry_after(&response),
    })
}

/// The header, for a proxy in between has no JSON of ours. In seconds; as a date
/// (RFC 9110, section 10.2.3) it is not believed, for the clocks may differ.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get("retry-after")?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
