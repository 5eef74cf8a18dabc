//! Submits a form by script, instead of by the browser.

use futures::future::LocalBoxFuture;
use server_fn::{redirect::call_redirect_hook, response::ClientRes};
use web_sys::{FormData, HtmlFormElement, UrlSearchParams};

use super::{
    client::{Failure, RefreshingClient, SignInClient, send_refreshing, send_signing},
    fetch,
    json::{FromJson, parse_json},
    request::RepeatableRequest,
    response::CallResponse,
};
use crate::wire::{ApiError, Code};

/// A client of server functions that can also submit forms (sealed).
pub trait FormClient {
    /// Sends a request by this client.
    #[doc(hidden)]
    fn send(request: RepeatableRequest) -> Sending;
}

pub(crate) type Sending = LocalBoxFuture<'static, Result<CallResponse, Failure>>;

impl FormClient for RefreshingClient {
    fn send(request: RepeatableRequest) -> Sending {
        Box::pin(send_refreshing(request))
    }
}

impl FormClient for SignInClient {
    fn send(request: RepeatableRequest) -> Sending {
        Box::pin(send_signing(request))
    }
}

/// Submits the fields of `form` to the server function at `path`, by the client `C`, encoded as
/// the browser would without a script, and parses the response. The router follows a redirect of
/// the function.
///
/// Does the same as an `ActionForm` at less cost: the arguments are not parsed into Rust values
/// and encoded again, and no code is compiled for each function.
///
/// # Errors
/// The error that the server function returned; [`Code::Unreachable`] if there was no response;
/// [`Code::Internal`] if the form could not be encoded or the response not parsed; and the errors
/// of the client `C`.
pub async fn send_form<C, T>(path: &str, form: &HtmlFormElement) -> Result<T, ApiError>
where
    C: FormClient,
    T: FromJson,
{
    let body = send_form_for_body(C::send, path, form).await?;
    parse_json(&body).ok_or_else(|| Code::Internal.into())
}

/// Does the same as [`send_form`], with the [`FormClient::send`] of a client, and returns the body
/// of the response. Not generic, so that a page with twenty forms loads this code only once.
pub(crate) async fn send_form_for_body(
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
    Err(parse_json(&body).unwrap_or_else(|| Code::Internal.into()))
}

fn encoded(form: &HtmlFormElement) -> Option<String> {
    let entered = FormData::new_with_form(form).ok()?;
    let encoded = UrlSearchParams::new_with_str_sequence_sequence(&entered).ok()?;
    Some(encoded.to_string().into())
}
