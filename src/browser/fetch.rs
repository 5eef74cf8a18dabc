//! One request over the network, by the browser's own `fetch`. It is called without a wrapper
//! library, which would be the largest part of what a page loads.

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Request, RequestInit, Response};

/// Aborts a request when it is dropped before the response has been read.
pub(super) struct AbortOnDrop(AbortController);

impl AbortOnDrop {
    pub(super) fn new() -> Result<Self, JsValue> {
        AbortController::new().map(Self)
    }

    pub(super) fn signal(&self) -> AbortSignal {
        self.0.signal()
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        // Has no effect after the response has been read.
        self.0.abort();
    }
}

/// What is sent: a URL, whose method, headers and body are in the `RequestInit`, or a complete
/// request.
pub(super) enum Target<'a> {
    Url(&'a str),
    Request(&'a Request),
}

/// Sends a request and returns the response, whose body is still to be read.
pub(super) async fn fetch(target: Target<'_>, init: &RequestInit) -> Result<Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let sent = match target {
        Target::Url(url) => window.fetch_with_str_and_init(url, init),
        Target::Request(request) => window.fetch_with_request_and_init(request, init),
    };
    JsFuture::from(sent).await?.dyn_into()
}

/// Reads the body of a response as a string.
pub(super) async fn text(response: &Response) -> Result<String, JsValue> {
    await_promise(response.text())
        .await?
        .as_string()
        .ok_or(JsValue::UNDEFINED)
}

/// Waits for a promise. Fails if the promise could not be created or is rejected.
pub(super) async fn await_promise(promise: Result<Promise, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(promise?).await
}

/// Returns a header of a response.
pub(super) fn header(response: &Response, name: &str) -> Option<String> {
    // Fails only for an invalid header name.
    response.headers().get(name).ok().flatten()
}

/// Returns the browser's message for a request that failed.
pub(super) fn error_message(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map(|error| error.message().into())
        .unwrap_or_default()
}
