//! The client for server functions: renews once and repeats the request after a
//! 401 that calls for it.

use futures::{Sink, Stream};
use send_wrapper::SendWrapper;
use server_fn::{
    Bytes,
    client::{Client, browser::BrowserClient},
    error::FromServerFnError,
    request::{
        ClientReq,
        browser::{BrowserFormData, BrowserRequest},
    },
    response::browser::BrowserResponse,
};

use super::driver;
use crate::{
    keeper::Outcome,
    wire::{CODE_HEADER, Code},
};

/// A client for `#[server(client = RefreshingClient)]`.
///
/// A call that meets a 401 about its session ([`Code::is_about_session`]) while
/// somebody is signed in waits for one refresh, shared by all calls that wait, and is sent
/// once more, body and all. A second 401 is the call's answer. Form data,
/// multipart bodies and streams cannot be sent twice, and are not.
///
/// Not for signing in, signing out and refreshing themselves.
#[derive(Clone, Copy, Debug)]
pub struct RefreshingClient;

impl<E, I, O> Client<E, I, O> for RefreshingClient
where
    E: FromServerFnError,
    I: FromServerFnError,
    O: FromServerFnError,
{
    type Request = RepeatableRequest;
    type Response = BrowserResponse;

    fn send(request: Self::Request) -> impl Future<Output = Result<Self::Response, E>> + Send {
        SendWrapper::new(async move {
            let seen = driver::refreshes();
            let repeat = request.recipe();
            let response = send_once::<E, I, O>(request.build()?).await?;
            let Some(again) = repeat.filter(|_| calls_for_refresh(&response)) else {
                return Ok(response);
            };
            match driver::unauthorized(seen).await {
                Outcome::Repeat => send_once::<E, I, O>(again.build()?).await,
                Outcome::GiveUp => Ok(response),
            }
        })
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

async fn send_once<E, I, O>(request: BrowserRequest) -> Result<BrowserResponse, E>
where
    E: FromServerFnError,
    I: FromServerFnError,
    O: FromServerFnError,
{
    <BrowserClient as Client<E, I, O>>::send(request).await
}

/// The code comes in a header too, because a body can be read only once.
fn calls_for_refresh(response: &BrowserResponse) -> bool {
    let headers = response.generate_headers();
    let code = headers.get(CODE_HEADER).and_then(|code| code.to_str().ok());
    code.and_then(Code::from_wire)
        .is_some_and(Code::is_about_session)
}

/// A request of a server function, kept as a recipe until it is sent.
#[derive(Debug)]
pub struct RepeatableRequest(Kept);

#[derive(Debug)]
enum Kept {
    Recipe(Recipe),
    /// What can be sent only once.
    Once(BrowserRequest),
}

#[derive(Clone, Debug)]
struct Recipe {
    path: String,
    content_type: String,
    accepts: String,
    method: http::Method,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Query(String),
    Text(String),
    Bytes(Bytes),
}

impl RepeatableRequest {
    fn recipe(&self) -> Option<Recipe> {
        match &self.0 {
            Kept::Recipe(recipe) => Some(recipe.clone()),
            Kept::Once(_) => None,
        }
    }

    fn build<E: FromServerFnError>(self) -> Result<BrowserRequest, E> {
        match self.0 {
            Kept::Recipe(recipe) => recipe.build(),
            Kept::Once(request) => Ok(request),
        }
    }

    fn keep(
        path: &str,
        content_type: &str,
        accepts: &str,
        method: http::Method,
        body: Body,
    ) -> Self {
        Self(Kept::Recipe(Recipe {
            path: path.to_owned(),
            content_type: content_type.to_owned(),
            accepts: accepts.to_owned(),
            method,
            body,
        }))
    }
}

impl Recipe {
    fn build<E: FromServerFnError>(self) -> Result<BrowserRequest, E> {
        let Self {
            path,
            content_type,
            accepts,
            method,
            body,
        } = self;
        match body {
            Body::Query(query) => {
                BrowserRequest::try_new_req_query(&path, &content_type, &accepts, &query, method)
            }
            Body::Text(text) => {
                BrowserRequest::try_new_req_text(&path, &content_type, &accepts, text, method)
            }
            Body::Bytes(bytes) => {
                BrowserRequest::try_new_req_bytes(&path, &content_type, &accepts, bytes, method)
            }
        }
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
        Ok(Self::keep(
            path,
            content_type,
            accepts,
            method,
            Body::Query(query.to_owned()),
        ))
    }

    fn try_new_req_text(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: String,
        method: http::Method,
    ) -> Result<Self, E> {
        Ok(Self::keep(
            path,
            content_type,
            accepts,
            method,
            Body::Text(body),
        ))
    }

    fn try_new_req_bytes(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: Bytes,
        method: http::Method,
    ) -> Result<Self, E> {
        Ok(Self::keep(
            path,
            content_type,
            accepts,
            method,
            Body::Bytes(body),
        ))
    }

    fn try_new_req_form_data(
        path: &str,
        accepts: &str,
        content_type: &str,
        body: Self::FormData,
        method: http::Method,
    ) -> Result<Self, E> {
        let request =
            BrowserRequest::try_new_req_form_data(path, accepts, content_type, body, method);
        request.map(|request| Self(Kept::Once(request)))
    }

    fn try_new_req_multipart(
        path: &str,
        accepts: &str,
        body: Self::FormData,
        method: http::Method,
    ) -> Result<Self, E> {
        let request = BrowserRequest::try_new_req_multipart(path, accepts, body, method);
        request.map(|request| Self(Kept::Once(request)))
    }

    fn try_new_req_streaming(
        path: &str,
        accepts: &str,
        content_type: &str,
        body: impl Stream<Item = Bytes> + Send + 'static,
        method: http::Method,
    ) -> Result<Self, E> {
        let request =
            BrowserRequest::try_new_req_streaming(path, accepts, content_type, body, method);
        request.map(|request| Self(Kept::Once(request)))
    }
}
