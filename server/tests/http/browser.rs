//! A browser without scripts: it keeps cookies and says where a request comes
//! from. Unlike a real one it keeps and sends a cookie whose `Max-Age` is over, as
//! an attacker does: the server must refuse the token by itself.

use std::collections::BTreeMap;

use portcullis::wire::paths;
use testkit::{EMAIL, PASSWORD};

use crate::site::{Answer, Ask, Site, get, post};

pub(crate) struct Browser<'s> {
    site: &'s Site,
    pub(crate) jar: BTreeMap<String, String>,
}

impl<'s> Browser<'s> {
    pub(crate) fn new(site: &'s Site) -> Self {
        Self {
            site,
            jar: BTreeMap::new(),
        }
    }

    /// Sends a request of one of the site's own pages.
    pub(crate) async fn send(&mut self, ask: Ask) -> Answer {
        let mut ask = ask.header("sec-fetch-site", "same-origin");
        if !self.jar.is_empty() {
            ask = ask.header("cookie", self.cookies());
        }
        let answer = self.site.send(ask).await;
        for cookie in answer.set_cookies() {
            self.keep(cookie);
        }
        answer
    }

    /// What a script sends.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(post(path).header("accept", "application/json").form(fields))
            .await
    }

    /// As axios posts nothing.
    pub(crate) async fn post_nothing(&mut self, path: &str) -> Answer {
        let kind = "application/x-www-form-urlencoded";
        self.send(
            post(path)
                .header("accept", "application/json")
                .header("content-type", kind),
        )
        .await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(get(path).header("accept", "application/json"))
            .await
    }

    /// Loads a page.
    pub(crate) async fn load(&mut self, path: &str) -> Answer {
        let ask = get(path).header("accept", "text/html,*/*;q=0.8");
        self.send(ask.header("sec-fetch-dest", "document")).await
    }

    /// Sends a form of `page` without JavaScript.
    pub(crate) async fn submit(
        &mut self,
        page: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let referer = format!("{}{page}", self.site.origin);
        let ask = post(path)
            .form(fields)
            .header("accept", "text/html")
            .header("referer", referer);
        self.send(ask).await
    }

    /// Opens an account with [`EMAIL`] and [`PASSWORD`], and is signed in.
    pub(crate) async fn register(&mut self) -> Answer {
        let fields = [("email", EMAIL), ("password", PASSWORD), ("name", "Ada")];
        let answer = self.post(paths::REGISTER, &fields).await;
        answer.is_ok();
        answer
    }

    pub(crate) async fn sign_in(&mut self) -> Answer {
        self.post(paths::LOGIN, &[("email", EMAIL), ("password", PASSWORD)])
            .await
    }

    pub(crate) async fn refresh(&mut self) -> Answer {
        self.post_nothing(paths::REFRESH).await
    }

    pub(crate) async fn session(&mut self) -> Answer {
        self.get(paths::SESSION).await
    }

    /// The access token in the jar.
    pub(crate) fn access(&self) -> String {
        self.token("access_token")
    }

    /// The refresh token in the jar.
    pub(crate) fn refresh_token(&self) -> String {
        self.token("refresh_token")
    }

    /// The name under which a cookie of ours goes here.
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

    fn keep(&mut self, set_cookie: &str) {
        let mut parts = set_cookie.split("; ");
        let (name, value) = parts
            .next()
            .and_then(|pair| pair.split_once('='))
            .expect("a pair");
        if parts.any(|attribute| attribute == "Max-Age=0") {
            self.jar.remove(name);
        } else {
            self.jar.insert(name.to_owned(), value.to_owned());
        }
    }
}
