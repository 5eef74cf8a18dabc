//! The cookies of one browser.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

pub(crate) const ACCESS: &str = "access_token";
pub(crate) const REFRESH: &str = "refresh_token";

/// Cookies by name, each with its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar(BTreeMap<String, (String, Instant)>);

impl Jar {
    /// Takes in one `Set-Cookie`.
    pub(crate) fn keep(&mut self, set_cookie: &str) {
        let mut parts = set_cookie.split("; ");
        let pair = parts.next().and_then(|pair| pair.split_once('='));
        let (name, value) = pair.expect("a name and a value");
        let lifetime = parts.find_map(|part| part.strip_prefix("Max-Age="));
        let lifetime = lifetime
            .and_then(|seconds| seconds.parse().ok())
            .map(Duration::from_secs)
            .expect("a lifetime");
        let ends = Instant::now() + lifetime;
        self.0.insert(name.to_owned(), (value.to_owned(), ends));
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0
            .get(name)
            .is_some_and(|(_, ends)| *ends > Instant::now())
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The generation in the refresh token, which the tests alone look at.
    pub(crate) fn generation(&self) -> i64 {
        let token = self.0.get(REFRESH).map_or("", |(token, _)| token);
        let claims = token.split('.').nth(1).unwrap_or_default();
        let claims = URL_SAFE_NO_PAD.decode(claims).unwrap_or_default();
        let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
        claims["gen"].as_i64().unwrap_or(-1)
    }

    /// The `Cookie` header.
    pub(crate) fn header(&self) -> String {
        let now = Instant::now();
        let alive = self.0.iter().filter(|(_, (_, ends))| *ends > now);
        let pairs = alive.map(|(name, (value, _))| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }
}
