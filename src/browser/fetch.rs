//! One request over the network: the browser's own `fetch`, and nothing around
//! it, for what is around it would be most of what a page loads.

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Request, RequestInit, Response};

/// Gives a request up when it is dropped before it is answered.
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
        // After the answer has been read it does nothing.
        self.0.abort();
    }
}

/// What is sent: an address with what goes with it, or a request that is whole.
pub(super) enum Target<'a> {
    Url(&'a str),
    Request(&'a Request),
}

/// Sends a request; its answer's head.
pub(super) async fn fetch(target: Target<'_>, init: &RequestInit) -> Result<Response, JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let sent = match target {
        Target::Url(url) => window.fetch_with_str_and_init(url, init),
        Target::Request(request) => window.fetch_with_request_and_init(request, init),
    };
    JsFuture::from(sent).await?.dyn_into()
}

/// Waits for the text of an answer.
pub(super) async fn text(response: &Response) -> Result<String, JsValue> {
    settled(response.text())
        .await?
        .as_string()
        .ok_or(JsValue::UNDEFINED)
}

/// Waits for a promise that could not be made, or may be broken.
pub(super) async fn settled(promise: Result<Promise, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(promise?).await
}

/// A header of an answer.
pub(super) fn header(response: &Response, name: &str) -> Option<String> {
    // It fails for names that are none.
    response.headers().get(name).ok().flatten()
}

/// What a browser says of a request that failed.
pub(super) fn reason(why: &JsValue) -> String {
    why.dyn_ref::<js_sys::Error>()
        .map(|error| error.message().into())
        .unwrap_or_default()
}
