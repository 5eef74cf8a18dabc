//! A request of a server function that can be sent again.

use futures::Stream;
use js_sys::Uint8Array;
use send_wrapper::SendWrapper;
use server_fn::{
    Bytes,
    client::get_server_url,
    error::FromServerFnError,
    request::{
        ClientReq,
        browser::{BrowserFormData, BrowserRequest},
    },
};
use wasm_bindgen::JsValue;
use web_sys::{Headers, Request, RequestInit, Response};

use super::fetch::{AbortOnDrop, Target, fetch};

/// A request of a server function, stored as its parts, so that it can be sent again.
#[derive(Debug)]
pub struct RepeatableRequest(Stored);

#[derive(Debug)]
enum Stored {
    Parts {
        url: String,
        method: http::Method,
        content_type: String,
        accepts: String,
        body: Body,
    },
    /// A request that can be sent only once.
    Once(SendWrapper<Request>),
}

#[derive(Debug)]
enum Body {
    None,
    Text(String),
    Bytes(Bytes),
}

impl RepeatableRequest {
    /// Returns the `POST` request of a form.
    pub(super) fn form(path: &str, body: String) -> Self {
        let (content_type, accepts) = ("application/x-www-form-urlencoded", "application/json");
        let body = Body::Text(body);
        Self::new(path, None, content_type, accepts, http::Method::POST, body)
    }

    /// Returns whether the request can be sent more than once.
    pub(super) fn is_repeatable(&self) -> bool {
        matches!(self.0, Stored::Parts { .. })
    }

    /// Sends the request. Dropping the guard aborts it, also while the body of the response is
    /// read.
    pub(super) async fn send(&self) -> Result<(Response, AbortOnDrop), JsValue> {
        let abort = AbortOnDrop::new()?;
        let init = RequestInit::new();
        init.set_signal(Some(&abort.signal()));
        let target = match &self.0 {
            Stored::Parts {
                url,
                method,
                content_type,
                accepts,
                body,
            } => {
                let headers = Headers::new()?;
                headers.set("Content-Type", content_type)?;
                headers.set("Accept", accepts)?;
                init.set_headers(&headers);
                init.set_method(method.as_str());
                match body {
                    Body::None => {}
                    Body::Text(text) => init.set_body(&text.into()),
                    Body::Bytes(bytes) => init.set_body(&Uint8Array::from(&**bytes)),
                }
                Target::Url(url)
            }
            Stored::Once(request) => Target::Request(request),
        };
        Ok((fetch(target, &init).await?, abort))
    }

    fn new(
        path: &str,
        query: Option<&str>,
        content_type: &str,
        accepts: &str,
        method: http::Method,
        body: Body,
    ) -> Self {
        let mut url = get_server_url().to_owned() + path;
        if let Some(query) = query {
            url = url + "?" + query;
        }
        Self(Stored::Parts {
            url,
            method,
            content_type: content_type.to_owned(),
            accepts: accepts.to_owned(),
            body,
        })
    }

    /// Wraps a request of the framework. Its abort signal is not used, because it is aborted as
    /// soon as the request is taken out of the framework's type.
    fn once(request: BrowserRequest) -> Self {
        Self(Stored::Once(SendWrapper::new(request.into())))
    }
}

impl<E: FromServerFnError> ClientReq<E> for RepeatableRequest {
    type FormData = BrowserFormData;

    fn try_new_req_query(
        path: &str,
        content_type: &str,
        accepts: &str,
        query: &str,
        method: http::Method,
    ) -> Result<Self, E> {
        let request = Self::new(path, Some(query), content_type, accepts, method, Body::None);
        Ok(request)
    }

    fn try_new_req_text(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: String,
        method: http::Method,
    ) -> Result<Self, E> {
        let body = Body::Text(body);
        Ok(Self::new(path, None, content_type, accepts, method, body))
    }

    fn try_new_req_bytes(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: Bytes,
        method: http::Method,
    ) -> Result<Self, E> {
        let body = Body::Bytes(body);
        Ok(Self::new(path, None, content_type, accepts, method, body))
    }

    fn try_new_req_form_data(
        path: &str,
        accepts: &str,
        content_type: &str,
        body: Self::FormData,
        method: http::Method,
    ) -> Result<Self, E> {
        BrowserRequest::try_new_req_form_data(path, accepts, content_type, body, method)
            .map(Self::once)
    }

    fn try_new_req_multipart(
        path: &str,
        accepts: &str,
        body: Self::FormData,
        method: http::Method,
    ) -> Result<Self, E> {
        BrowserRequest::try_new_req_multipart(path, accepts, body, method).map(Self::once)
    }

    fn try_new_req_streaming(
        path: &str,
        accepts: &str,
        content_type: &str,
        body: impl Stream<Item = Bytes> + Send + 'static,
        method: http::Method,
    ) -> Result<Self, E> {
        BrowserRequest::try_new_req_streaming(path, accepts, content_type, body, method)
            .map(Self::once)
    }
}
