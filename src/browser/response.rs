//! The response to a call of a server function.

use std::fmt;

use futures::{Stream, StreamExt};
use js_sys::Uint8Array;
use send_wrapper::SendWrapper;
use server_fn::{
    Bytes,
    error::{FromServerFnError, ServerFnErrorErr},
    redirect::REDIRECT_HEADER,
    response::ClientRes,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_streams::ReadableStream;
use web_sys::Response;

use super::fetch::{self, AbortOnDrop, await_promise, error_message, header};

/// The response to a call, whose body is still to be read.
pub struct CallResponse(SendWrapper<(Response, AbortOnDrop)>);

impl CallResponse {
    pub(super) fn new(response: Response, abort: AbortOnDrop) -> Self {
        Self(SendWrapper::new((response, abort)))
    }

    pub(super) fn head(&self) -> &Response {
        &self.0.0
    }
}

impl fmt::Debug for CallResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallResponse")
    }
}

impl<E: FromServerFnError> ClientRes<E> for CallResponse {
    fn try_into_string(self) -> impl Future<Output = Result<String, E>> + Send {
        SendWrapper::new(async move {
            fetch::text(self.head())
                .await
                .map_err(|error| unreadable(&error))
        })
    }

    fn try_into_bytes(self) -> impl Future<Output = Result<Bytes, E>> + Send {
        SendWrapper::new(async move {
            let buffer = await_promise(self.head().array_buffer())
                .await
                .map_err(|error| unreadable(&error))?;
            Ok(to_bytes(&Uint8Array::new(&buffer)))
        })
    }

    fn try_into_stream(
        self,
    ) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, E> {
        let (response, abort) = self.0.take();
        let body = response
            .body()
            .ok_or(JsValue::UNDEFINED)
            .map_err(|error| unreadable(&error))?;
        let chunks = ReadableStream::from_raw(body).into_stream();
        let chunks = chunks.map(move |chunk| {
            // Moved into the stream: dropping the stream aborts the request.
            let _ = &abort;
            let chunk = chunk.and_then(JsCast::dyn_into::<Uint8Array>);
            chunk
                .map(|chunk| to_bytes(&chunk))
                .map_err(|error| unreadable::<E>(&error).ser())
        });
        Ok(SendWrapper::new(chunks))
    }

    fn status(&self) -> u16 {
        self.head().status()
    }

    fn status_text(&self) -> String {
        self.head().status_text()
    }

    fn location(&self) -> String {
        header(self.head(), "Location").unwrap_or_else(|| self.head().url())
    }

    fn has_redirect(&self) -> bool {
        header(self.head(), REDIRECT_HEADER).is_some()
    }
}

fn to_bytes(bytes: &Uint8Array) -> Bytes {
    bytes.to_vec().into()
}

/// Returns the error of a response whose body could not be read.
fn unreadable<E: FromServerFnError>(error: &JsValue) -> E {
    E::from_server_fn_error(ServerFnErrorErr::Request(error_message(error)))
}
