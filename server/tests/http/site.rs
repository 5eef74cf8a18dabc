//! A site for a test: the real router, a database of its own, and a clock that the test
//! controls.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request},
};
use http_body_util::BodyExt;
use leptos::config::LeptosOptions;
use portcullis::{Builder, Portcullis, accounts::Email, http::ProtectedRouter, testing::TestClock};
use tempfile::TempDir;
use tokio::time::timeout;
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

use crate::browser::Browser;

pub(crate) const HTTP: &str = "http://127.0.0.1:3000";
pub(crate) const HTTPS: &str = "https://app.example.org";

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A running site.
pub(crate) struct Site {
    pub(crate) portcullis: Portcullis,
    pub(crate) origin: &'static str,
    pub(crate) folder: TempDir,
    router: ProtectedRouter,
    clock: TestClock,
}

impl Site {
    pub(crate) async fn open() -> Self {
        Self::at(HTTP).await
    }

    pub(crate) async fn at(origin: &'static str) -> Self {
        Self::with_routes(origin, server::router::router).await
    }

    /// A site of an application that uses axum alone.
    pub(crate) async fn without_leptos(origin: &'static str) -> Self {
        Self::with_routes(origin, |portcullis, _| {
            portcullis.protect(Router::new().merge(portcullis.routes()))
        })
        .await
    }

    /// A site with other settings.
    pub(crate) async fn with_builder(settings: impl FnOnce(Builder) -> Builder) -> Self {
        Self::with(HTTP, server::router::router, settings).await
    }

    /// A site with other routes.
    pub(crate) async fn with_routes(
        origin: &'static str,
        routes: fn(&Portcullis, &LeptosOptions) -> ProtectedRouter,
    ) -> Self {
        Self::with(origin, routes, |builder| builder).await
    }

    async fn with(
        origin: &'static str,
        routes: fn(&Portcullis, &LeptosOptions) -> ProtectedRouter,
        settings: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = TestClock::new();
        let site_root = folder.path().join("site");
        std::fs::create_dir_all(site_root.join("pkg")).expect("a folder");
        let options = LeptosOptions::builder()
            .output_name("portcullis")
            .site_root(site_root.to_str().expect("UTF-8"))
            .env(leptos::config::Env::PROD)
            .build();
        let builder = Portcullis::builder(origin)
            .sqlite(folder.path().join("p.db"))
            .record_last_sign_in(true)
            .clock(clock.clone());
        let builder = server::layers::configure(builder, &options);
        let portcullis = settings(builder).open().await.expect("the session service");
        let router = routes(&portcullis, &options);
        Self {
            portcullis,
            origin,
            folder,
            router,
            clock,
        }
    }

    /// Advances the clock.
    pub(crate) async fn advance(&self, time: Duration) {
        self.portcullis.flush().await;
        self.clock.advance(time);
        // The background task would reload the keys later.
        let reloaded = self.portcullis.signing_keys().reload().await;
        reloaded.expect("the signing keys");
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    pub(crate) async fn set_active(&self, email: &str, is_active: bool) {
        let email = Email::parse(email).expect("an address");
        self.portcullis
            .accounts()
            .set_active(&email, is_active)
            .await
            .expect("an account");
    }

    /// Whether an access token is accepted without a database query, as in every request
    /// that only authenticates its caller.
    pub(crate) fn accepts(&self, access: &str) -> bool {
        self.portcullis.sessions().authenticate(access).is_ok()
    }

    /// Returns the e-mail addresses of all accounts.
    pub(crate) async fn accounts(&self) -> Vec<String> {
        let accounts = self.portcullis.accounts().list().await.expect("accounts");
        accounts.into_iter().map(|account| account.email).collect()
    }

    /// Sends a request, and returns the body of the response, before any of it is read.
    pub(crate) async fn body(&self, request: RequestBuilder) -> Body {
        let Ok(response) = self.router.clone().oneshot(request.request).await;
        response.into_body()
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Response {
        let response = self
            .router
            .clone()
            .oneshot(request.request)
            .await
            .expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Response {
            status: parts.status.as_u16(),
            headers: parts.headers,
            bytes: bytes.to_vec(),
        }
    }

    /// Sends a request and disconnects as soon as the server has begun to handle it.
    pub(crate) async fn send_and_disconnect(&self, request: RequestBuilder) {
        let response = self.router.clone().oneshot(request.request);
        // Polls once.
        let dropped = timeout(Duration::ZERO, response).await;
        assert!(dropped.is_err(), "the server is still at work");
    }
}

/// A request that a test builds.
pub(crate) struct RequestBuilder {
    request: Request<Body>,
}

pub(crate) fn get(path: &str) -> RequestBuilder {
    RequestBuilder::new(Method::GET, path)
}

pub(crate) fn post(path: &str) -> RequestBuilder {
    RequestBuilder::new(Method::POST, path)
}

impl RequestBuilder {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty());
        Self {
            request: request.expect("a request"),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a value");
        self.request.headers_mut().append(name, value);
        self
    }

    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self.header("content-type", content_type)
    }

    /// Adds what the server knows about the connection.
    pub(crate) fn extension(mut self, extension: impl Clone + Send + Sync + 'static) -> Self {
        self.request.extensions_mut().insert(extension);
        self
    }

    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }
}

/// A complete response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Response {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        serde_json::from_slice(&self.bytes).expect("JSON")
    }

    /// Returns the value of a header, or an empty string if it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        let values = self.headers.get_all("set-cookie").iter();
        values.map(|value| value.to_str().expect("ASCII")).collect()
    }

    /// Asserts the status, the code and the common form of errors. Returns the JSON.
    #[track_caller]
    pub(crate) fn expect_error(&self, status: u16, code: &str) -> serde_json::Value {
        let json = self.json();
        assert_eq!(
            (self.status, json["code"].as_str()),
            (status, Some(code)),
            "{json}"
        );
        let detail = json["detail"].as_str().unwrap_or_default();
        assert!(detail.ends_with(['.', '?']), "a complete message: {json}");
        json
    }

    /// Asserts the status 200. Returns the JSON.
    #[track_caller]
    pub(crate) fn expect_ok(&self) -> serde_json::Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }
}
