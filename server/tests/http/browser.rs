//! A browser without scripts. It stores cookies and marks requests as same-origin.
//! Unlike a real browser it keeps a cookie after its `Max-Age`, as an attacker would:
//! the server must reject the expired token.

use std::{collections::BTreeMap, net::SocketAddr};

use axum::extract::ConnectInfo;
use portcullis::wire::paths;
use testkit::{EMAIL, PASSWORD};

use crate::site::{RequestBuilder, Response, Site, get, post};

#[derive(Clone)]
pub(crate) struct Browser<'s> {
    site: &'s Site,
    pub(crate) jar: BTreeMap<String, String>,
    /// The address of its connections; `None` if the server does not know it.
    peer: Option<SocketAddr>,
}

impl<'s> Browser<'s> {
    pub(crate) fn new(site: &'s Site) -> Self {
        Self {
            site,
            jar: BTreeMap::new(),
            peer: None,
        }
    }

    /// Returns the browser with connections from an IP address.
    pub(crate) fn from(mut self, address: &str) -> Self {
        let address = address.parse().expect("an address");
        self.peer = Some(SocketAddr::new(address, 50_000));
        self
    }

    /// Sends a request of one of the site's own pages.
    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Response {
        let mut request = request.header("sec-fetch-site", "same-origin");
        if !self.jar.is_empty() {
            request = request.header("cookie", self.cookies());
        }
        if let Some(peer) = self.peer {
            request = request.extension(ConnectInfo(peer));
        }
        let response = self.site.send(request).await;
        for cookie in response.set_cookies() {
            self.store(cookie);
        }
        response
    }

    /// Sends a form as a script does.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send(post(path).header("accept", "application/json").form(fields))
            .await
    }

    /// Sends an empty POST as axios does.
    pub(crate) async fn post_empty(&mut self, path: &str) -> Response {
        let content_type = "application/x-www-form-urlencoded";
        self.send(
            post(path)
                .header("accept", "application/json")
                .header("content-type", content_type),
        )
        .await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Response {
        self.send(get(path).header("accept", "application/json"))
            .await
    }

    /// Loads a page.
    pub(crate) async fn load(&mut self, path: &str) -> Response {
        let request = get(path).header("accept", "text/html,*/*;q=0.8");
        self.send(request.header("sec-fetch-dest", "document"))
            .await
    }

    /// Sends a form of `page` without JavaScript.
    pub(crate) async fn submit(
        &mut self,
        page: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Response {
        let referer = format!("{}{page}", self.site.origin);
        let request = post(path)
            .form(fields)
            .header("accept", "text/html")
            .header("referer", referer);
        self.send(request).await
    }

    /// Registers an account with [`EMAIL`] and [`PASSWORD`], which signs the browser in.
    pub(crate) async fn register(&mut self) -> Response {
        let fields = [("email", EMAIL), ("password", PASSWORD), ("name", "Ada")];
        let response = self.post(paths::REGISTER, &fields).await;
        response.expect_ok();
        response
    }

    /// Registers an account with another address and [`PASSWORD`], which signs the browser in.
    pub(crate) async fn register_as(&mut self, email: &str) {
        let fields = [("email", email), ("password", PASSWORD)];
        self.post(paths::REGISTER, &fields).await.expect_ok();
    }

    pub(crate) async fn sign_in(&mut self) -> Response {
        self.post(paths::LOGIN, &[("email", EMAIL), ("password", PASSWORD)])
            .await
    }

    pub(crate) async fn refresh(&mut self) -> Response {
        self.post_empty(paths::REFRESH).await
    }

    pub(crate) async fn session(&mut self) -> Response {
        self.get(paths::SESSION).await
    }

    /// Returns the access token in the jar.
    pub(crate) fn access(&self) -> String {
        self.token("access_token")
    }

    /// Returns the refresh token in the jar.
    pub(crate) fn refresh_token(&self) -> String {
        self.token("refresh_token")
    }

    /// Returns the full name of a cookie at this origin.
    pub(crate) fn name(&self, short: &str) -> String {
        let prefix = if self.site.origin.starts_with("https") {
            "__Host-"
        } else {
            ""
        };
        format!("{prefix}{short}")
    }

    pub(crate) fn cookies(&self) -> String {
        let pairs = self
            .jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn token(&self, short: &str) -> String {
        self.jar.get(&self.name(short)).cloned().unwrap_or_default()
    }

    fn store(&mut self, set_cookie: &str) {
        let mut parts = set_cookie.split("; ");
        let (name, value) = parts
            .next()
            .and_then(|pair| pair.split_once('='))
            .expect("a name and a value");
        if parts.any(|attribute| attribute == "Max-Age=0") {
            self.jar.remove(name);
        } else {
            self.jar.insert(name.to_owned(), value.to_owned());
        }
    }
}
