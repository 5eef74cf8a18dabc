//! The answer to a server function's call.

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

use super::fetch::{self, AbortOnDrop, header, reason, settled};

/// The answer to a call, whose body is still to be read.
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
                .map_err(|why| unreadable(&why))
        })
    }

    fn try_into_bytes(self) -> impl Future<Output = Result<Bytes, E>> + Send {
        SendWrapper::new(async move {
            let buffer = settled(self.head().array_buffer())
                .await
                .map_err(|why| unreadable(&why))?;
            Ok(copied(&Uint8Array::new(&buffer)))
        })
    }

    fn try_into_stream(
        self,
    ) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, E> {
        let (response, abort) = self.0.take();
        let body = response
            .body()
            .ok_or(JsValue::UNDEFINED)
            .map_err(|why| unreadable(&why))?;
        let pieces = ReadableStream::from_raw(body).into_stream();
        let pieces = pieces.map(move |piece| {
            // Given up with the stream.
            let _ = &abort;
            let piece = piece.and_then(JsCast::dyn_into::<Uint8Array>);
            piece
                .map(|piece| copied(&piece))
                .map_err(|why| unreadable::<E>(&why).ser())
        });
        Ok(SendWrapper::new(pieces))
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

fn copied(bytes: &Uint8Array) -> Bytes {
    bytes.to_vec().into()
}

/// The error of an answer that broke off.
fn unreadable<E: FromServerFnError>(why: &JsValue) -> E {
    E::from_server_fn_error(ServerFnErrorErr::Request(reason(why)))
}
