//! One refresh over the network.

use std::time::Duration;

use gloo_net::http::{Request, Response};
use gloo_timers::callback::Timeout;
use web_sys::AbortController;

use crate::{
    keeper::RefreshResult,
    wire::{Answer, ApiError, Snapshot, paths},
};

/// When a refresh is given up: a third of the default replay window, so that
/// the next attempt still finds it open.
const TIME_OUT: Duration = Duration::from_secs(10);

/// Sends one refresh. Only an answer of ours that says so refuses; everything
/// else is a failure that passes.
pub(super) async fn send() -> Result<Snapshot, RefreshResult> {
    const FAILED: RefreshResult = RefreshResult::Failed { retry_after: None };
    let response = fetch().await.ok_or(FAILED)?;
    let status = response.status();
    let body = response.text().await.map_err(|_| FAILED)?;
    if status == 200 {
        let answer: Answer = serde_json::from_str(&body).map_err(|_| FAILED)?;
        return Ok(answer.snapshot);
    }
    let error: ApiError = serde_json::from_str(&body).map_err(|_| FAILED)?;
    if status == 401 && error.code.is_about_session() {
        return Err(RefreshResult::Refused(error.code));
    }
    let retry_after = error
        .retry_after
        .map(|seconds| Duration::from_secs(seconds.into()));
    Err(RefreshResult::Failed { retry_after })
}

async fn fetch() -> Option<Response> {
    let abort = AbortController::new().ok()?;
    let request = Request::post(paths::REFRESH)
        .header("Accept", "application/json")
        .abort_signal(Some(&abort.signal()));
    let millis = u32::try_from(TIME_OUT.as_millis()).unwrap_or(u32::MAX);
    let give_up = Timeout::new(millis, move || abort.abort());
    let response = request.send().await.ok();
    drop(give_up);
    response
}
