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

/// Sends one refresh, which `signal` can abort. Only a 401 with an [`ApiError`] about the session
/// is a definite rejection; every other failure is transient.
pub(super) async fn send(signal: &AbortSignal) -> Result<Snapshot, RefreshResult> {
    let (response, body) = request(signal)
        .await
        .map_err(|_| RefreshResult::NoResponse)?;
    if response.status() == 200 {
        return json::parse_json::<Snapshot>(&body).ok_or(RefreshResult::NoResponse);
    }
    if response.status() == 401
        && let Some(error) = json::parse_json::<ApiError>(&body)
        && error.code.is_about_session()
    {
        return Err(RefreshResult::Rejected(error.code));
    }
    Err(RefreshResult::Deferred {
        retry_after: retry_after(&response),
    })
}

async fn request(signal: &AbortSignal) -> Result<(Response, String), JsValue> {
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

/// Returns the `Retry-After` header, in seconds. The header is read and not the JSON body, because
/// the response may be of a proxy. A date (RFC 9110, section 10.2.3) is ignored, because the
/// clocks may differ.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = header(response, "retry-after")?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
