//! The requests of a process, by the class of their route and the class of their status.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use axum::http::StatusCode;

use super::{Exposition, Histogram, Kind};
use crate::wire::paths;

/// The class of a route. Paths are not labels, because clients choose them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Signing in and registering.
    SignIn,
    Refresh,
    /// The other paths of this library for users.
    Account,
    Admin,
    /// The routes for reverse proxies.
    Verify,
    Health,
    Keys,
    /// The application's own paths below `/api/`.
    Api,
    /// A path whose last part has a dot.
    File,
    Page,
}

impl Route {
    const ALL: [Self; 10] = [
        Self::SignIn,
        Self::Refresh,
        Self::Account,
        Self::Admin,
        Self::Verify,
        Self::Health,
        Self::Keys,
        Self::Api,
        Self::File,
        Self::Page,
    ];

    /// Returns the class of a path. It may lack its last slash.
    pub(crate) fn of(path: &str) -> Self {
        let is = |own: &str| path == own || Some(path) == own.strip_suffix('/');
        if !path.starts_with(paths::API) {
            return match path {
                paths::HEALTH | paths::READY => Self::Health,
                paths::JWKS => Self::Keys,
                _ if path
                    .rsplit('/')
                    .next()
                    .is_some_and(|name| name.contains('.')) =>
                {
                    Self::File
                }
                _ => Self::Page,
            };
        }
        if is(paths::REFRESH) || is(paths::TOKEN_REFRESH) {
            Self::Refresh
        } else if [paths::LOGIN, paths::REGISTER, paths::TOKEN]
            .into_iter()
            .any(is)
        {
            Self::SignIn
        } else if is(paths::VERIFY) || is(paths::RESUME) {
            Self::Verify
        } else if path.starts_with("/api/accounts/") || path.starts_with(paths::TOKEN) {
            Self::Account
        } else if path.starts_with("/api/admin/") {
            Self::Admin
        } else {
            Self::Api
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Refresh => "refresh",
            Self::Account => "account",
            Self::Admin => "admin",
            Self::Verify => "verify",
            Self::Health => "health",
            Self::Keys => "keys",
            Self::Api => "api",
            Self::File => "file",
            Self::Page => "page",
        }
    }
}

/// Returns the class of a path's route, as in the label `route` of the metrics: `sign_in`, for
/// example. It is one of a few, whatever path a client chooses.
pub fn route_class(path: &str) -> &'static str {
    Route::of(path).name()
}

/// The classes of statuses.
const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The requests of one class of routes.
#[derive(Debug, Default)]
struct OfRoute {
    by_status: [AtomicU64; STATUSES.len()],
    latency: Histogram,
}

/// The requests of a process.
#[derive(Debug, Default)]
pub(crate) struct Requests([OfRoute; Route::ALL.len()]);

impl Requests {
    /// Counts a request whose response begins after `latency`.
    pub(crate) fn count(&self, route: Route, status: StatusCode, latency: Duration) {
        let of_route = &self.0[route as usize];
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        of_route.by_status[class.min(STATUSES.len() - 1)].fetch_add(1, Relaxed);
        of_route.latency.observe(latency);
    }

    pub(super) fn write(&self, metrics: &mut Exposition) {
        let help = "Requests, by the class of the route and of the status.";
        let mut total = metrics.family("portcullis_http_requests_total", Kind::Counter, help);
        for (route, of_route) in Route::ALL.iter().zip(&self.0) {
            for (status, count) in STATUSES.iter().zip(&of_route.by_status) {
                let labels = [("route", route.name()), ("status", *status)];
                total.sample(&labels, count.load(Relaxed));
            }
        }
        let help = "Time until the response begins, by the class of the route.";
        let name = "portcullis_http_request_seconds";
        let mut latency = metrics.family(name, Kind::Histogram, help);
        for (route, of_route) in Route::ALL.iter().zip(&self.0) {
            of_route
                .latency
                .write(&mut latency, &[("route", route.name())]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_has_one_class() {
        for (path, route) in [
            ("/", Route::Page),
            ("/login", Route::Page),
            ("/api", Route::Page),
            ("/pkg/app.js", Route::File),
            ("/.well-known/jwks.json", Route::Keys),
            ("/healthz", Route::Health),
            ("/readyz", Route::Health),
            ("/api/accounts/auth/login/", Route::SignIn),
            ("/api/accounts/auth/login", Route::SignIn),
            ("/api/accounts/auth/register/", Route::SignIn),
            ("/api/accounts/auth/token/refresh/", Route::Refresh),
            ("/api/accounts/auth/verify/", Route::Verify),
            ("/api/accounts/auth/session/", Route::Account),
            ("/api/accounts/sessions/x/revoke/", Route::Account),
            ("/api/admin/accounts/", Route::Admin),
            ("/api/token/", Route::SignIn),
            ("/api/token", Route::SignIn),
            ("/api/token/refresh/", Route::Refresh),
            ("/api/token/verify/", Route::Account),
            ("/api/tokens/", Route::Api),
            ("/api/notes/", Route::Api),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }

    #[test]
    fn place_of_a_class_is_its_number() {
        for (n, route) in Route::ALL.into_iter().enumerate() {
            assert_eq!(route as usize, n);
        }
    }

    #[test]
    fn request_is_counted_in_its_class() {
        let requests = Requests::default();
        let status = |code| StatusCode::from_u16(code).expect("a status");
        requests.count(Route::Refresh, status(204), Duration::from_millis(1));
        requests.count(Route::Page, status(101), Duration::from_millis(1));
        requests.count(Route::Page, status(999), Duration::from_millis(1));
        let mut metrics = Exposition::default();
        requests.write(&mut metrics);
        let text = metrics.into_text();
        for line in [
            "portcullis_http_requests_total{route=\"refresh\",status=\"2xx\"} 1\n",
            "portcullis_http_requests_total{route=\"page\",status=\"1xx\"} 1\n",
            "portcullis_http_requests_total{route=\"page\",status=\"5xx\"} 1\n",
            "portcullis_http_requests_total{route=\"page\",status=\"2xx\"} 0\n",
            "portcullis_http_request_seconds_count{route=\"page\"} 2\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }
}
