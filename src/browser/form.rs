//! Sends a form by script, in place of the browser.

use futures::future::LocalBoxFuture;
use server_fn::{redirect::call_redirect_hook, response::ClientRes};
use web_sys::{FormData, HtmlFormElement, UrlSearchParams};

use super::{
    client::{Failure, RefreshingClient, SigningClient, send_refreshing, send_signing},
    fetch,
    json::{FromJson, read},
    request::RepeatableRequest,
    response::CallResponse,
};
use crate::wire::{ApiError, Code};

/// A client of server functions by which their forms are sent too.
pub trait FormClient {
    /// Sends a request as the client does.
    #[doc(hidden)]
    fn send(request: RepeatableRequest) -> Sending;
}

pub(crate) type Sending = LocalBoxFuture<'static, Result<CallResponse, Failure>>;

impl FormClient for RefreshingClient {
    fn send(request: RepeatableRequest) -> Sending {
        Box::pin(send_refreshing(request))
    }
}

impl FormClient for SigningClient {
    fn send(request: RepeatableRequest) -> Sending {
        Box::pin(send_signing(request))
    }
}

/// Sends what is entered in `form` to the server function at `path`, by the
/// client `C`, as the browser would without a script, and reads the answer. A
/// redirect that the function asks for is followed by the router.
///
/// The same as an `ActionForm` without what that costs: no arguments are read
/// into Rust and written out again, and nothing is compiled for each function.
pub async fn send_form<C, T>(path: &str, form: &HtmlFormElement) -> Result<T, ApiError>
where
    C: FormClient,
    T: FromJson,
{
    let body = send_form_for_text(C::send, path, form).await?;
    read(&body).ok_or_else(|| Code::Internal.into())
}

/// The same, with the client's [`FormClient::send`], for the response as it came.
/// Not generic: a page with twenty forms loads it once.
pub(crate) async fn send_form_for_text(
    client: fn(RepeatableRequest) -> Sending,
    path: &str,
    form: &HtmlFormElement,
) -> Result<String, ApiError> {
    let body = encoded(form).ok_or(Code::Internal)?;
    let response = match client(RepeatableRequest::form(path, body)).await {
        Ok(response) => response,
        Err(failure) => return Err(failure.into_error()),
    };
    let body = fetch::text(response.head()).await;
    let body = body.map_err(|_| Code::Unreachable)?;
    if response.head().status() < 400 {
        if ClientRes::<ApiError>::has_redirect(&response) {
            call_redirect_hook(&ClientRes::<ApiError>::location(&response));
        }
        return Ok(body);
    }
    Err(read(&body).unwrap_or_else(|| Code::Internal.into()))
}

fn encoded(form: &HtmlFormElement) -> Option<String> {
    let entered = FormData::new_with_form(form).ok()?;
    let encoded = UrlSearchParams::new_with_str_sequence_sequence(&entered).ok()?;
    Some(encoded.to_string().into())
}
