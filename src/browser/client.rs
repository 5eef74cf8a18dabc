//! The clients for server functions: [`RefreshingClient`] refreshes the tokens after a 401 about
//! the session and repeats the call; [`SignInClient`] is for signing in and out.

use std::{cell::Cell, rc::Rc};

use futures::{Sink, Stream};
use gloo_timers::callback::Timeout;
use send_wrapper::SendWrapper;
use server_fn::{
    Bytes,
    client::{Client, browser::BrowserClient},
    error::{FromServerFnError, ServerFnErrorErr},
};
use wasm_bindgen::JsValue;

use super::{
    driver,
    fetch::{error_message, header},
    lock::{self, Lock},
    request::RepeatableRequest,
    response::CallResponse,
};
use crate::{
    keeper::{Event, Outcome},
    wire::{CODE_HEADER, Code, SIGNED_IN_HEADER},
};

/// A client for `#[server(client = RefreshingClient)]`, which repeats a call after a refresh.
///
/// If a call returns a 401 about its session ([`Code::is_about_session`]) while a user is signed
/// in:
///
/// 1. The call waits for one refresh, which all waiting calls share.
/// 2. The call is sent again, with its body.
/// 3. If it returns a 401 again, and the tokens came from a refresh of this page, that response
///    is the result of the call.
/// 4. Otherwise, as when another tab refreshed, the tokens may be older than they seem. The page
///    refreshes them, and the call is sent a third time.
///
/// If the refresh fails, the call fails with [`Code::Busy`], and the user stays signed in. The
/// refresh continues even if the call is dropped.
///
/// Form data, multipart bodies and streams cannot be sent twice. Such a call fails with
/// [`Code::SendAgain`] after the refresh, so that the user sends it again.
///
/// For signing in and out use [`SignInClient`].
#[derive(Clone, Copy, Debug)]
pub struct RefreshingClient;

/// A client for `#[server(client = SignInClient)]`, for server functions that set or clear the
/// session's cookies.
///
/// It takes the lock under which all tabs refresh. Otherwise the response to a refresh under
/// way could arrive later and set the cookies of the previous session.
#[derive(Clone, Copy, Debug)]
pub struct SignInClient;

/// How long the lock is held after signing in or out.
const LOCK_RELEASE_DELAY_MS: u32 = 200;

/// Why a call has no response.
#[derive(Debug)]
pub enum Failure {
    /// The call could not be repeated after the refresh ([`Code::SendAgain`]), or the refresh
    /// failed ([`Code::Busy`]).
    NotRepeated(Code),
    /// The network failed, or the request could not be created.
    Unreachable(JsValue),
}

impl Failure {
    pub(super) fn into_error<E: FromServerFnError>(self) -> E {
        E::from_server_fn_error(match self {
            Self::NotRepeated(code) => ServerFnErrorErr::MiddlewareError(code.message().to_owned()),
            Self::Unreachable(error) => ServerFnErrorErr::Request(error_message(&error)),
        })
    }
}

/// Not generic, like everything here but the trait implementations, so that a page with twenty
/// server functions loads this code only once.
pub(super) async fn send_refreshing(request: RepeatableRequest) -> Result<CallResponse, Failure> {
    let seen = driver::grants();
    let response = send_once(&request).await?;
    if code_about_session(&response).is_none() {
        report_accepted(&response, seen);
        return Ok(response);
    }
    if !wait_for_refresh(seen).await? {
        return Ok(response);
    }
    if !request.is_repeatable() {
        return Err(Failure::NotRepeated(Code::SendAgain));
    }
    let mut seen = driver::grants();
    let mut response = send_once(&request).await?;
    // The tokens did not come from a refresh of this page, so it refreshes now.
    if code_about_session(&response).is_some() && !driver::is_own() {
        if !wait_for_refresh(seen).await? {
            return Ok(response);
        }
        seen = driver::grants();
        response = send_once(&request).await?;
    }
    match code_about_session(&response) {
        Some(code) => driver::dispatch(Event::StillUnauthorized { seen, code }),
        None => report_accepted(&response, seen),
    }
    Ok(response)
}

/// Waits for the refresh after a 401, and returns whether the call is to be sent again.
async fn wait_for_refresh(seen: u64) -> Result<bool, Failure> {
    match driver::unauthorized(seen).await {
        Outcome::Repeat => Ok(true),
        Outcome::KeepResponse => Ok(false),
        Outcome::TryLater => Err(Failure::NotRepeated(Code::Busy)),
    }
}

pub(super) async fn send_signing(request: RepeatableRequest) -> Result<CallResponse, Failure> {
    let lock = Rc::new(Cell::new(lock::acquire().await));
    let _timeout = release_after(&lock, lock::SIGNING_TIMEOUT_MS);
    let response = send_once(&request).await;
    // The lock is held until the other tabs have received the message. Otherwise the next tab that
    // refreshes would be the first to notice the change.
    release_after(&lock, LOCK_RELEASE_DELAY_MS).forget();
    response
}

/// Releases the lock after this time, unless the returned timeout is dropped.
fn release_after(lock: &Rc<Cell<Option<Lock>>>, after: u32) -> Timeout {
    let lock = Rc::clone(lock);
    Timeout::new(after, move || drop(lock.take()))
}

async fn send_once(request: &RepeatableRequest) -> Result<CallResponse, Failure> {
    let sent = request.send().await;
    sent.map(|(response, abort)| CallResponse::new(response, abort))
        .map_err(Failure::Unreachable)
}

/// Reports that a call was authenticated. A response without the header proves nothing about the
/// cookies, because the server function did not authenticate its caller.
fn report_accepted(response: &CallResponse, seen: u64) {
    if header(response.head(), SIGNED_IN_HEADER).is_some() {
        driver::dispatch(Event::Accepted { seen });
    }
}

/// Returns the code of a 401 about the session. It is read from the header, because a body can be
/// read only once.
fn code_about_session(response: &CallResponse) -> Option<Code> {
    header(response.head(), CODE_HEADER)
        .and_then(|code| Code::from_wire(&code))
        .filter(|code| code.is_about_session())
}

/// Implements a client that sends with `$send` and delegates the rest to the framework's client.
macro_rules! client {
    ($client:ident, $send:ident) => {
        impl<E, I, O> Client<E, I, O> for $client
        where
            E: FromServerFnError,
            I: FromServerFnError,
            O: FromServerFnError,
        {
            type Request = RepeatableRequest;
            type Response = CallResponse;

            fn send(
                request: Self::Request,
            ) -> impl Future<Output = Result<Self::Response, E>> + Send {
                SendWrapper::new(async move { $send(request).await.map_err(Failure::into_error) })
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

client!(RefreshingClient, send_refreshing);
client!(SignInClient, send_signing);
