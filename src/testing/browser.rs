//! A browser that keeps cookies and runs no scripts.

use std::{fmt, sync::Arc};

use axum::{
    body::Body,
    http::{
        HeaderValue, Method, Request, Uri,
        header::{ACCEPT, CONTENT_TYPE, COOKIE, ORIGIN},
        uri::PathAndQuery,
    },
};
use http_body_util::BodyExt;
use serde::Serialize;
use tower::ServiceExt;
use url::form_urlencoded;

use super::{CookieJar, TestResponse};
use crate::{Portcullis, http::ProtectedRouter};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// A browser on a page of the application. It sends requests to the router in this process,
/// marks them as same-origin, and keeps the cookies. It follows no redirects and runs no
/// scripts.
///
/// ```
/// use axum::{Router, routing::get};
/// use portcullis::{Portcullis, SignedIn, testing::Browser};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let auth = Portcullis::builder("https://app.example.org")
///     .sqlite(folder.path().join("app.db"))
///     .open()
///     .await?;
/// let app = Router::new()
///     .route("/api/me", get(async |user: SignedIn| user.account_id().to_string()))
///     .merge(auth.routes());
/// let mut browser = Browser::new(&auth, auth.protect(app));
///
/// assert_eq!(browser.get("/api/me").await.status, 401);
/// let form = [("email", "ada@example.org"), ("password", "correct horse battery staple")];
/// let registered = browser.post_form("/api/accounts/auth/register/", &form).await;
/// assert_eq!(registered.status, 200);
/// assert_eq!(browser.get("/api/me").await.status, 200);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Browser {
    router: ProtectedRouter,
    origin: Arc<str>,
    jar: CookieJar,
}

impl Browser {
    /// Returns a browser without cookies, at the origin of the application. Its cookies expire
    /// by the clock of the session service. `router` is the router that
    /// [`Portcullis::protect`] returned.
    pub fn new(portcullis: &Portcullis, router: ProtectedRouter) -> Self {
        Self {
            router,
            origin: portcullis.origin().as_str().into(),
            jar: CookieJar::new(portcullis.clock()),
        }
    }

    /// Returns the browser with the cookies of another jar, such as the one that
    /// [`sign_in`](super::sign_in) returns.
    #[must_use]
    pub fn with_jar(mut self, jar: CookieJar) -> Self {
        self.jar = jar;
        self
    }

    /// Returns the cookies.
    pub fn jar(&self) -> &CookieJar {
        &self.jar
    }

    /// Returns the cookies for modification.
    pub fn jar_mut(&mut self) -> &mut CookieJar {
        &mut self.jar
    }

    /// Sends a GET request, as a script of a page does. It accepts JSON.
    ///
    /// # Panics
    /// As [`Browser::send`].
    pub async fn get(&mut self, path: &str) -> TestResponse {
        self.send(script(Method::GET, path, Body::empty())).await
    }

    /// Sends a POST request with the fields of a form, as a script of a page does. It accepts
    /// JSON.
    ///
    /// # Panics
    /// As [`Browser::send`].
    pub async fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> TestResponse {
        let request = script(Method::POST, path, encode(fields));
        self.send(with(request, CONTENT_TYPE, FORM)).await
    }

    /// Sends a POST request with JSON, as a script of a page does. It accepts JSON.
    ///
    /// # Panics
    /// As [`Browser::send`], and if `value` cannot be serialized as JSON.
    pub async fn post_json(&mut self, path: &str, value: &impl Serialize) -> TestResponse {
        let json = serde_json::to_vec(value).expect("the value serializes as JSON");
        let request = script(Method::POST, path, json);
        self.send(with(request, CONTENT_TYPE, JSON)).await
    }

    /// Loads a page: sends a GET request for a document. It accepts HTML.
    ///
    /// # Panics
    /// As [`Browser::send`].
    pub async fn load(&mut self, path: &str) -> TestResponse {
        self.send(navigation(Method::GET, path, Body::empty()))
            .await
    }

    /// Submits a form of a page, as a browser without scripts does: the response is the next
    /// page or a redirect to it.
    ///
    /// # Panics
    /// As [`Browser::send`].
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> TestResponse {
        let request = navigation(Method::POST, path, encode(fields));
        self.send(with(request, CONTENT_TYPE, FORM)).await
    }

    /// Sends a request whose URI is a path with an optional query.
    ///
    /// The browser adds its cookies. If the request has no `Sec-Fetch-Site`, the browser adds
    /// `Sec-Fetch-Site: same-origin` and, unless the method is GET or HEAD, the `Origin` of
    /// the application. It keeps those cookies of the response that a real browser would keep.
    ///
    /// # Panics
    /// If the path is not valid, or the response breaks off.
    pub async fn send(&mut self, mut request: Request<Body>) -> TestResponse {
        let uri = self.uri(request.uri());
        let is_safe = matches!(*request.method(), Method::GET | Method::HEAD);
        let headers = request.headers_mut();
        if !headers.contains_key("sec-fetch-site") {
            headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
            if !is_safe && !headers.contains_key(ORIGIN) {
                let origin = HeaderValue::from_str(&self.origin);
                headers.insert(ORIGIN, origin.expect("an origin is ASCII"));
            }
        }
        if let Some(cookies) = self.jar.header(&uri) {
            let cookies = HeaderValue::try_from(cookies).expect("no control characters");
            headers.append(COOKIE, cookies);
        }
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a complete response");
        let response = TestResponse {
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes(),
        };
        for set_cookie in response.set_cookies() {
            // A browser ignores the cookies that it does not accept.
            let _ = self.jar.store(&uri, set_cookie);
        }
        response
    }

    /// Returns the absolute URL of a path.
    fn uri(&self, path: &Uri) -> Uri {
        let path = path.path_and_query().map_or("/", PathAndQuery::as_str);
        let url = format!("{}{path}", self.origin);
        url.parse().expect("an origin with a path is a URL")
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser")
            .field("origin", &self.origin)
            .field("jar", &self.jar)
            .finish_non_exhaustive()
    }
}

fn script(method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(ACCEPT, JSON)
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-dest", "empty")
        .body(body.into());
    request.expect("a path")
}

fn navigation(method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(ACCEPT, HTML)
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .body(body.into());
    request.expect("a path")
}

fn with(
    mut request: Request<Body>,
    name: axum::http::HeaderName,
    value: &'static str,
) -> Request<Body> {
    let value = HeaderValue::from_static(value);
    request.headers_mut().insert(name, value);
    request
}

fn encode(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields).finish()
}
