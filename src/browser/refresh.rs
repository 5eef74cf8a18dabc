//! One refresh over the network.

use std::time::Duration;

use wasm_bindgen::JsValue;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

use super::{
    fetch::{Target, fetch, header, text},
    json,
};
use crate::{
    keeper::RefreshResult,
    wire::{ApiError, Snapshot, paths},
};

/// Sends one refresh, until `signal` says that it is given up. Only an answer of
/// ours that says so refuses; everything else is a failure that passes.
pub(super) async fn send(signal: &AbortSignal) -> Result<Snapshot, RefreshResult> {
    let (response, body) = ask(signal).await.map_err(|_| RefreshResult::Unanswered)?;
    if response.status() == 200 {
        return json::read::<Snapshot>(&body).ok_or(RefreshResult::Unanswered);
    }
    if response.status() == 401
        && let Some(error) = json::read::<ApiError>(&body)
        && error.code.is_about_session()
    {
        return Err(RefreshResult::Refused(error.code));
    }
    Err(RefreshResult::Deferred {
        retry_after: retry_after(&response),
    })
}

async fn ask(signal: &AbortSignal) -> Result<(Response, String), JsValue> {
    let headers = Headers::new()?;
    headers.set("Accept", "application/json")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_signal(Some(signal));
    let response = fetch(Target::Url(paths::REFRESH), &init).await?;
    let body = text(&response).await?;
    Ok((response, body))
}

/// The header, for a proxy in between has no JSON of ours. In seconds; as a date
/// (RFC 9110, section 10.2.3) it is not believed, for the clocks may differ.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = header(response, "retry-after")?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
