//! The clients for server functions: one renews once and repeats the request
//! after a 401 that calls for it; one signs in and out.

use futures::{Sink, Stream};
use gloo_timers::callback::Timeout;
use send_wrapper::SendWrapper;
use server_fn::{
    Bytes,
    client::{Client, browser::BrowserClient},
    error::{FromServerFnError, ServerFnErrorErr},
    request::browser::BrowserRequest,
    response::{ClientRes, browser::BrowserResponse},
};

use super::{driver, lock, request::RepeatableRequest};
use crate::{
    keeper::{Event, Outcome},
    wire::{CODE_HEADER, Code},
};

/// A client for `#[server(client = RefreshingClient)]`.
///
/// A call that meets a 401 about its session ([`Code::is_about_session`]) while
/// somebody is signed in waits for one refresh, shared by all calls that wait,
/// and is sent once more, body and all. A second 401 is the call's answer. The
/// refresh goes on where the call is dropped.
///
/// Form data, multipart bodies and streams cannot be sent twice, and are not:
/// once the tokens are renewed, the call fails and says that it is to be sent
/// again ([`Code::SendAgain`]).
///
/// Not for signing in and out; that is [`SigningClient`].
#[derive(Clone, Copy, Debug)]
pub struct RefreshingClient;

/// A client for `#[server(client = SigningClient)]`: for server functions that
/// set the session's cookies or clear them.
///
/// It takes the lock under which all tabs refresh. A refresh under way would
/// otherwise be answered after it, and set the former session's cookies.
#[derive(Clone, Copy, Debug)]
pub struct SigningClient;

/// For how long the lock is kept after signing in or out.
const UNTIL_TOLD_MS: u32 = 200;

async fn send_refreshing<E, I, O>(request: RepeatableRequest) -> Result<BrowserResponse, E>
where
    E: FromServerFnError,
    I: FromServerFnError,
    O: FromServerFnError,
{
    let seen = driver::grants();
    let repeat = request.recipe();
    let response = send_once::<E, I, O>(request.build()?).await?;
    if code_about_session(&response).is_none() {
        accepted::<E>(&response);
        return Ok(response);
    }
    if driver::unauthorized(seen).await == Outcome::GiveUp {
        return Ok(response);
    }
    let Some(again) = repeat else {
        return Err(E::from_server_fn_error(send_again()));
    };
    let mut seen = driver::grants();
    let mut response = send_once::<E, I, O>(again.clone().build()?).await?;
    // Repeated with what another tab told, without a refresh: that one is owed.
    if code_about_session(&response).is_some() && !driver::is_own() {
        if driver::unauthorized(seen).await == Outcome::GiveUp {
            return Ok(response);
        }
        seen = driver::grants();
        response = send_once::<E, I, O>(again.build()?).await?;
    }
    match code_about_session(&response) {
        Some(code) => driver::tell(Event::StillUnauthorized { seen, code }),
        None => accepted::<E>(&response),
    }
    Ok(response)
}

async fn send_once<E, I, O>(request: BrowserRequest) -> Result<BrowserResponse, E>
where
    E: FromServerFnError,
    I: FromServerFnError,
    O: FromServerFnError,
{
    <BrowserClient as Client<E, I, O>>::send(request).await
}

fn accepted<E: FromServerFnError>(response: &BrowserResponse) {
    if ClientRes::<E>::status(response) < 400 {
        driver::tell(Event::Accepted);
    }
}

/// The error of a call that could not be repeated.
fn send_again() -> ServerFnErrorErr {
    ServerFnErrorErr::MiddlewareError(Code::SendAgain.sentence().to_owned())
}

/// The code comes in a header too, because a body can be read only once.
fn code_about_session(response: &BrowserResponse) -> Option<Code> {
    let headers = response.generate_headers();
    let code = headers.get(CODE_HEADER).and_then(|code| code.to_str().ok());
    code.and_then(Code::from_wire)
        .filter(|code| code.is_about_session())
}

/// What a client does besides sending is the framework's own.
macro_rules! client {
    ($client:ident, $request:ty, |$sent:ident| $send:expr) => {
        impl<E, I, O> Client<E, I, O> for $client
        where
            E: FromServerFnError,
            I: FromServerFnError,
            O: FromServerFnError,
        {
            type Request = $request;
            type Response = BrowserResponse;

            fn send(
                $sent: Self::Request,
            ) -> impl Future<Output = Result<Self::Response, E>> + Send {
                SendWrapper::new(async move { $send })
            }

            async fn open_websocket(
                path: &str,
            ) -> Result<
                (
                    impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static,
                    impl Sink<Bytes> + Send + 'static,
                ),
                E,
            > {
                <BrowserClient as Client<E, I, O>>::open_websocket(path).await
            }

            fn spawn(future: impl Future<Output = ()> + Send + 'static) {
                <BrowserClient as Client<E, I, O>>::spawn(future);
            }
        }
    };
}

client!(RefreshingClient, RepeatableRequest, |request| {
    send_refreshing::<E, I, O>(request).await
});

client!(SigningClient, BrowserRequest, |request| {
    let lock = lock::wait().await;
    let response = send_once::<E, I, O>(request).await;
    // Until the other tabs have been told, or the next of them that refreshes
    // would be the first to find out.
    Timeout::new(UNTIL_TOLD_MS, move || drop(lock)).forget();
    response
});
