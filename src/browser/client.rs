//! The clients for server functions: one renews once and repeats the request
//! after a 401 that calls for it; one signs in and out.

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
    fetch::{header, reason},
    lock::{self, Lock},
    request::RepeatableRequest,
    response::CallResponse,
};
use crate::{
    keeper::{Event, Outcome},
    wire::{CODE_HEADER, Code, SIGNED_IN_HEADER},
};

/// A client for `#[server(client = RefreshingClient)]`.
///
/// A call that meets a 401 about its session ([`Code::is_about_session`]) while
/// somebody is signed in waits for one refresh, shared by all calls that wait,
/// and is sent once more, body and all. A second 401 is the call's answer, where
/// it was sent with tokens of this page's own refresh; what another tab told may
/// be older than it looks, and is made good by a refresh and a third sending. Where
/// the refresh did not get through, the call fails for now ([`Code::Busy`]), and
/// whoever is signed in stays so. The refresh goes on where the call is dropped.
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

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// It could not be repeated after the tokens were renewed
    /// ([`Code::SendAgain`]), or they could not be renewed now ([`Code::Busy`]).
    Told(Code),
    /// The network failed, or the request could not be made.
    Unreachable(JsValue),
}

impl Failure {
    pub(super) fn into_error<E: FromServerFnError>(self) -> E {
        E::from_server_fn_error(match self {
            Self::Told(code) => ServerFnErrorErr::MiddlewareError(code.sentence().to_owned()),
            Self::Unreachable(why) => ServerFnErrorErr::Request(reason(&why)),
        })
    }
}

/// Not generic, as nothing here but the edges is: a page with twenty server
/// functions loads it once.
pub(super) async fn send_refreshing(request: RepeatableRequest) -> Result<CallResponse, Failure> {
    let seen = driver::grants();
    let response = send_once(&request).await?;
    if code_about_session(&response).is_none() {
        accepted(&response, seen);
        return Ok(response);
    }
    if !is_renewed(seen).await? {
        return Ok(response);
    }
    if !request.is_repeatable() {
        return Err(Failure::Told(Code::SendAgain));
    }
    let mut seen = driver::grants();
    let mut response = send_once(&request).await?;
    // Repeated with what another tab told, without a refresh: that one is owed.
    if code_about_session(&response).is_some() && !driver::is_own() {
        if !is_renewed(seen).await? {
            return Ok(response);
        }
        seen = driver::grants();
        response = send_once(&request).await?;
    }
    match code_about_session(&response) {
        Some(code) => driver::tell(Event::StillUnauthorized { seen, code }),
        None => accepted(&response, seen),
    }
    Ok(response)
}

/// Waits for the refresh that a 401 calls for; whether the call is to be sent
/// again.
async fn is_renewed(seen: u64) -> Result<bool, Failure> {
    match driver::unauthorized(seen).await {
        Outcome::Repeat => Ok(true),
        Outcome::GiveUp => Ok(false),
        Outcome::NotNow => Err(Failure::Told(Code::Busy)),
    }
}

pub(super) async fn send_signing(request: RepeatableRequest) -> Result<CallResponse, Failure> {
    let lock = Rc::new(Cell::new(lock::wait().await));
    let _timeout = release_after(&lock, lock::TIMEOUT_MS);
    let response = send_once(&request).await;
    // Until the other tabs have been told, or the next of them that refreshes
    // would be the first to find out.
    release_after(&lock, UNTIL_TOLD_MS).forget();
    response
}

/// Gives the lock back after a while, unless what this returns is dropped.
fn release_after(lock: &Rc<Cell<Option<Lock>>>, after: u32) -> Timeout {
    let lock = Rc::clone(lock);
    Timeout::new(after, move || drop(lock.take()))
}

async fn send_once(request: &RepeatableRequest) -> Result<CallResponse, Failure> {
    let sent = request.send().await;
    sent.map(|(response, abort)| CallResponse::new(response, abort))
        .map_err(Failure::Unreachable)
}

/// A function that asks nobody who they are proves nothing of the cookies.
fn accepted(response: &CallResponse, seen: u64) {
    if header(response.head(), SIGNED_IN_HEADER).is_some() {
        driver::tell(Event::Accepted { seen });
    }
}

/// The code comes in a header too, because a body can be read only once.
fn code_about_session(response: &CallResponse) -> Option<Code> {
    header(response.head(), CODE_HEADER)
        .and_then(|code| Code::from_wire(&code))
        .filter(|code| code.is_about_session())
}

/// What a client does besides sending is the framework's own.
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
client!(SigningClient, send_signing);
