//! One refresh over the network.

use std::time::Duration;

use gloo_net::http::Request;
use gloo_timers::callback::Timeout;
use web_sys::AbortController;

use crate::{
    keeper::RefreshResult,
    wire::{Answer, ApiError, Snapshot, paths},
};

/// Sends one refresh, and gives it up after `patience` or when `abort` says so.
/// Only an answer of ours that says so refuses; everything else is a failure
/// that passes.
pub(super) async fn send(
    abort: Option<AbortController>,
    patience: Duration,
) -> Result<Snapshot, RefreshResult> {
    const FAILED: RefreshResult = RefreshResult::Failed { retry_after: None };
    let abort = abort.ok_or(FAILED)?;
    let signal = abort.signal();
    let millis = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
    // Until the body is here: an answer may stall after its head.
    let _give_up = Timeout::new(millis, move || abort.abort());
    let response = Request::post(paths::REFRESH)
        .header("Accept", "application/json")
        .abort_signal(Some(&signal))
        .send()
        .await
        .map_err(|_| FAILED)?;
    let body = response.text().await.map_err(|_| FAILED)?;
    if response.status() == 200 {
        let answer: Answer = serde_json::from_str(&body).map_err(|_| FAILED)?;
        return Ok(answer.snapshot);
    }
    let error: ApiError = serde_json::from_str(&body).map_err(|_| FAILED)?;
    if response.status() == 401 && error.code.is_about_session() {
        return Err(RefreshResult::Refused(error.code));
    }
    let retry_after = error
        .retry_after
        .map(|seconds| Duration::from_secs(seconds.into()));
    Err(RefreshResult::Failed { retry_after })
}
