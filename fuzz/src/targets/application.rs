//! The application that requests are sent to: the program's router, and the routes for
//! applications without Leptos.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header::LOCATION},
};
use http_body_util::BodyExt;
use leptos::config::{Env, LeptosOptions};
use portcullis::{
    Portcullis,
    accounts::{AccountFlags, DisplayName, Email, NewPassword},
    http::ProtectedRouter,
    testing::TestClock,
};
use tempfile::TempDir;
use testkit::{EMAIL, PASSWORD};
use tokio::runtime::Runtime;
use tower::ServiceExt;
use url::Url;

const ORIGIN: &str = "https://app.example.org";

pub(super) struct Application {
    /// That of the program, and that without Leptos.
    routers: [ProtectedRouter; 2],
    pub(super) portcullis: Portcullis,
    /// The tokens of an administrator, for the first router.
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) runtime: Runtime,
    _folder: TempDir,
}

/// The parts of a response that are checked.
pub(super) struct Response {
    status: StatusCode,
    headers: HeaderMap,
}

impl Application {
    pub(super) fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let (program, other) = runtime.block_on(async {
            let program = open(&folder, "program.db").await;
            (program, open(&folder, "other.db").await)
        });
        let site = site(&folder);
        let issued = runtime.block_on(sign_in(&program));
        let routes = Router::new().merge(other.routes());
        Self {
            routers: [
                server::router::router(&program, &site),
                other.protect(routes),
            ],
            access: issued.0,
            refresh: issued.1,
            portcullis: program,
            runtime,
            _folder: folder,
        }
    }

    /// Sends a request to one of the routers, that of the program for `A`, and checks the
    /// response.
    pub(super) fn send(&self, router: u8, request: Request<Body>) {
        let router = self.routers[usize::from(router.wrapping_sub(b'A')) % 2].clone();
        let response = self.runtime.block_on(async {
            let Ok(response) = router.oneshot(request).await;
            let (parts, body) = response.into_parts();
            // A body that is rendered while it is sent is parsed input too.
            body.collect().await.expect("a body");
            Response {
                status: parts.status,
                headers: parts.headers,
            }
        });
        response.check();
    }
}

impl Response {
    /// No input is an error of the server, and none leads to another site.
    fn check(&self) {
        let is_unavailable = self.status == StatusCode::SERVICE_UNAVAILABLE;
        assert!(
            !self.status.is_server_error() || is_unavailable,
            "{}",
            self.status
        );
        if let Some(location) = self.headers.get(LOCATION) {
            let location = String::from_utf8_lossy(location.as_bytes());
            let origin = Url::parse(ORIGIN).expect("a URL");
            let resolved = origin.join(&location).expect("a URL");
            let is_local = location.starts_with('/') && resolved.origin() == origin.origin();
            assert!(is_local, "{location}");
        }
    }
}

async fn open(folder: &TempDir, database: &str) -> Portcullis {
    let site = site(folder);
    let builder = Portcullis::builder(ORIGIN)
        .sqlite(folder.path().join(database))
        .trusted_proxies(["192.0.2.0/24"])
        .token_endpoints(true)
        // No token expires while the search lasts.
        .clock(TestClock::new());
    let builder = server::layers::configure(builder, &site);
    builder.open().await.expect("the session service")
}

fn site(folder: &TempDir) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("portcullis")
        .site_root(folder.path().to_str().expect("UTF-8"))
        .env(Env::PROD)
        .build()
}

/// Creates an administrator and returns the access and the refresh token of a session.
async fn sign_in(portcullis: &Portcullis) -> (String, String) {
    let accounts = portcullis.accounts();
    let email = Email::parse(EMAIL).expect("an address");
    let password = NewPassword::parse(PASSWORD).expect("a password");
    let flags = AccountFlags {
        is_active: true,
        is_admin: true,
    };
    let name = DisplayName::default();
    let created = accounts.create(&email, &name, &password, flags).await;
    created.expect("created");
    let account = accounts.check(EMAIL, PASSWORD).await.expect("an account");
    let issued = portcullis.sessions().begin(&account, &[]).await;
    let issued = issued.expect("a session");
    let (refresh, _) = issued.refresh.expect("a refresh token");
    (
        issued.access.expose().to_owned(),
        refresh.expose().to_owned(),
    )
}
