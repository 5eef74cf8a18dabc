//! A request of a server function, kept so that it can be sent again.

use futures::Stream;
use server_fn::{
    Bytes,
    error::FromServerFnError,
    request::{
        ClientReq,
        browser::{BrowserFormData, BrowserRequest},
    },
};

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
pub(super) struct Recipe {
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
    /// What to send again; none where that cannot be.
    pub(super) fn recipe(&self) -> Option<Recipe> {
        match &self.0 {
            Kept::Recipe(recipe) => Some(recipe.clone()),
            Kept::Once(_) => None,
        }
    }

    pub(super) fn build<E: FromServerFnError>(self) -> Result<BrowserRequest, E> {
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
    pub(super) fn build<E: FromServerFnError>(self) -> Result<BrowserRequest, E> {
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
